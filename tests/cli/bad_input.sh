#!/bin/bash
# Bad input: one clear line, the right exit status, and the old output untouched.
. "$(dirname "$0")/lib.sh"
make_scenes

echo "precious" >old.pmtiles
keep() { [ "$(cat old.pmtiles)" = precious ] || fault "the old output was touched by: $*"; }
refuse() { # STATUS PATTERN INPUT...
    local status=$1 pattern=$2
    shift 2
    expect "$status" "$pattern" "$imbrex" tile --overwrite "$@" old.pmtiles
    one_line
    keep "$@"
}

refuse 3 'missing\.tif: .*(no such|does not exist)' missing.tif
echo "just text" >text.tif
refuse 3 'text\.tif: not a raster' text.tif
: >empty.tif
refuse 3 'empty\.tif: ' empty.tif
refuse 3 'nogeo\.tif: .*--src-crs' "$scenes/nogeo.tif"
refuse 3 'truncated\.tif' "$scenes/truncated.tif"
refuse 3 'truncated\.tif' "$scenes/left.tif" "$scenes/truncated.tif"
refuse 3 'no file matches' "$scenes/*.jp2"
refuse 3 'cannot be read' @nolist.txt
refuse 3 'text\.tif: ' "$scenes/left.tif" text.tif
# What is no file is not waited for, whatever it is to be.
mkfifo pipe pipe.tif pipe_MTL.txt pipe.zip
mkdir pipes && mkfifo pipes/a.tif
echo pipe.tif >list_of_pipes.txt
for pipe in pipe pipe.tif pipe_MTL.txt pipe.zip pipes @pipe @list_of_pipes.txt; do
    refuse 3 ': is a pipe, not a file' "$pipe"
done
for options in "--cutline pipe" "--colormap pipe --bands 1" "--rpc --dem pipe" "--grid pipe" "--crs pipe"; do
    # shellcheck disable=SC2086
    timeout 10 "$imbrex" warp --overwrite $options "$scenes/left.tif" old.pmtiles >/dev/null 2>&1 </dev/null
    [ $? != 124 ] || fault "$options waits"
    # shellcheck disable=SC2086
    timeout 10 "$imbrex" tile --overwrite $options "$scenes/left.tif" old.pmtiles >/dev/null 2>&1 </dev/null
    [ $? != 124 ] || fault "$options waits"
    keep "$options"
done
refuse 3 'pipe: is a pipe, not a file' --cutline pipe "$scenes/left.tif"
refuse 3 '/dev/zero: is a device, not a file' /dev/zero
for what in pipe pipe.tif pipes @pipe; do
    timeout 10 "$imbrex" info "$what" >/dev/null 2>err.txt
    [ $? = 3 ] || fault "info $what: $(cat err.txt)"
done
# But a list may come out of one that the shell has opened.
expect 0 '' "$imbrex" tile --quiet --overwrite @<(echo "$scenes/left.tif") listed.pmtiles
echo "$scenes/left.tif" | "$imbrex" tile --quiet --overwrite @/dev/stdin listed.pmtiles || fault "no list from standard input"

refuse 2 'no-such-crs' --src-crs no-such-crs "$scenes/left.tif"
refuse 2 'is empty: the finest scene' -z 20-auto "$scenes/left.tif"

expect 2 'exists.*--overwrite' "$imbrex" tile "$scenes/left.tif" old.pmtiles
one_line
keep existing
mkdir precious-folder && echo photo >precious-folder/photo.txt
expect 2 'precious-folder' "$imbrex" tile --overwrite "$scenes/left.tif" precious-folder
[ "$(cat precious-folder/photo.txt)" = photo ] || fault "a foreign folder was touched"
expect 1 'no-such-folder' "$imbrex" tile "$scenes/left.tif" no-such-folder/out.pmtiles
one_line
expect 1 'nodir/sub cannot be used' "$imbrex" tile "$scenes/left.tif" nodir/sub/out.pmtiles
one_line
if [ "$(id -u)" != 0 ]; then
    mkdir locked && chmod 500 locked
    expect 1 'locked' "$imbrex" tile "$scenes/left.tif" locked/out.pmtiles
    one_line
else
    # root may write anywhere but here
    expect 1 '/proc' "$imbrex" tile "$scenes/left.tif" /proc/out.pmtiles
    one_line
fi

# What is made from a file never replaces it, whatever it is called: itself, a link, of a virtual raster, of an archive,
# among a folder's, heights, a cutline; nor does a folder of tiles that holds it.
apart() { # PATTERN COMMAND...
    expect 2 "$1.*which it would be made from" "${@:2}"
    one_line
    [ "$(sha256sum source/left.tif)" = "$before" ] || fault "its source was touched: ${*:2}"
}
mkdir source && cp "$scenes/left.tif" source/left.tif && before=$(sha256sum source/left.tif)
ln -s source/left.tif link.tif
gdalbuildvrt -q left.vrt source/left.tif
for way in source/left.tif ./source/../source/left.tif "$work/source/left.tif" link.tif; do
    apart 'replaces' "$imbrex" warp --overwrite source/left.tif "$way"
done
apart 'source/left\.tif: replaces' "$imbrex" warp --overwrite --dry-run source/left.tif source/left.tif
apart 'replaces .*left\.tif' "$imbrex" warp --overwrite left.vrt source/left.tif
gdalbuildvrt -q in.vrt source/left.tif && gdalbuildvrt -q out.vrt in.vrt
apart 'replaces .*left\.tif' "$imbrex" warp --overwrite out.vrt source/left.tif
apart 'replaces ' "$imbrex" warp --overwrite "/vsisubfile/0,$work/source/left.tif" source/left.tif
apart 'replaces out\.vrt' "$imbrex" warp --quiet --overwrite --dem out.vrt "$scenes/right.tif" source/left.tif
/usr/bin/python3 - "$scenes/nogeo.tif" <<'PYTHON' || exit 1
import sys
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
image = gdal.Open(sys.argv[1])
h, w = image.RasterYSize, image.RasterXSize
arrays = gdal.GetDriverByName("GTiff").Create("arrays.tif", w, h, 2, gdal.GDT_Float64)
row, column = np.mgrid[0:h, 0:w]
arrays.GetRasterBand(1).WriteArray(10 + column * .01)
arrays.GetRasterBand(2).WriteArray(50 - row * .01)
swath = gdal.GetDriverByName("VRT").CreateCopy("swath.vrt", image)
swath.SetMetadata({"SRS": "EPSG:4326", "X_DATASET": "arrays.tif", "X_BAND": "1", "Y_DATASET": "arrays.tif", "Y_BAND": "2",
                   "PIXEL_OFFSET": "0", "PIXEL_STEP": "1", "LINE_OFFSET": "0", "LINE_STEP": "1"}, "GEOLOCATION")
PYTHON
expect 0 '' "$imbrex" warp --quiet --dry-run swath.vrt swath.tif
apart 'replaces arrays\.tif' "$imbrex" warp --overwrite swath.vrt arrays.tif
apart 'replaces .*left\.tif' "$imbrex" warp --overwrite source source/left.tif
mkdir links && cp source/left.tif links && ln -s /dev/null links/null && mkfifo links/pipe && ln -s pipe links/run.sock
expect 0 '' "$imbrex" warp --quiet links linked.tif # what is no raster by its name is not looked at
apart 'replaces .*left\.tif' "$imbrex" warp --quiet --overwrite --dem source/left.tif "$scenes/right.tif" source/left.tif
expect 0 '' "$imbrex" warp --quiet source/left.tif source/out.tif
apart 'replaces .*out\.tif' "$imbrex" warp --overwrite source source/out.tif # what the last run made is no scene of the next
expect 0 '' "$imbrex" tile --quiet -f png source/left.tif tiles
cp source/left.tif tiles/left.tif
apart 'holds .*left\.tif' "$imbrex" tile --overwrite -f png tiles/left.tif tiles
echo tiles/left.tif >tiles/list.txt
apart 'holds ' "$imbrex" tile --overwrite -f png source/left.tif @tiles/list.txt tiles
echo source/left.tif >tiles/list.txt
apart 'holds .*list\.txt' "$imbrex" tile --overwrite -f png @tiles/list.txt tiles
/usr/bin/python3 -m zipfile -c tiles/left.zip source/left.tif
apart 'holds .*left\.zip' "$imbrex" tile --overwrite -f png tiles/left.zip tiles
[ -s tiles/left.zip ] && [ -s tiles/list.txt ] || fault "files in a folder of tiles are gone"
expect 0 '' "$imbrex" warp --quiet --overwrite source/left.tif source/out.tif

for command in info verify serve; do
    expect 3 'old\.pmtiles: ' "$imbrex" "$command" old.pmtiles
    one_line
    expect 3 'nothing\.pmtiles: ' "$imbrex" "$command" nothing.pmtiles
    one_line
done
[ -z "$(find . -name '.*partial*')" ] || fault "partial files were left behind: $(find . -name '.*partial*')"
finish
