#!/bin/bash
# --buffer: around every tile are the pixels of its neighbours, at every zoom (tests/cli/check_buffer.py); the same bytes
# for any number of threads, memory and CPU; what archives, info, verify and the server's description say of it; refusals.
. "$(dirname "$0")/lib.sh"

# check COLUMNS(of zoom 0, if it wraps; else 0) PX OPTIONS... INPUT...
check() {
    local columns=$1 px=$2
    shift 2
    expect 0 '' "$imbrex" tile --quiet --overwrite -f png "$@" plain
    expect 0 '' "$imbrex" tile --quiet --overwrite -f png --buffer "$px" "$@" buffered
    expect 0 '' "$imbrex" verify buffered
    checks=$((checks + 1))
    /usr/bin/python3 "$SOURCE/tests/cli/check_buffer.py" buffered plain "$columns" "$px" || fault "--buffer $px $*"
}

same() {
    local first= sum more
    for more in -j1 -j3 "--memory 128M" "-j2 --cpu-mask scalar"; do
        # shellcheck disable=SC2086
        expect 0 '' "$imbrex" tile --quiet --overwrite $more "$@" same.pmtiles
        sum=$(sha256sum <same.pmtiles)
        first=${first:-$sum}
        [ "$sum" = "$first" ] || fault "other bytes with $more: $*"
    done
    expect 0 '' "$imbrex" verify same.pmtiles
}

if [ "${1:-}" = real ]; then
    real_only
    check 1 2 -z 8-15 "$DATA/ortho/naip_nd_20100629.tif" # four metatiles and more, and tiles above them
    check 1 1 --encode terrain-rgb "$DATA/dem/swiss_dem_epsg2056_cog.tif"
    same --encode terrain-rgb --buffer 2 "$DATA/dem/swiss_dem_epsg2056_cog.tif"
    finish
fi
make_scenes
/usr/bin/python3 - "$scenes" <<'PYTHON' || exit 1
import sys
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()
crs = osr.SpatialReference()
crs.ImportFromEPSG(4326)
y, x = np.mgrid[0:360, 0:720].astype(float)
h = 2000 + 1500 * np.sin(x / 57) * np.cos(y / 40)


def write(name, type, bands):
    d = gdal.GetDriverByName("GTiff").Create(f"{sys.argv[1]}/{name}.tif", 720, 360, len(bands), type, ["TILED=YES"])
    d.SetProjection(crs.ExportToWkt())
    d.SetGeoTransform((-180, .5, 0, 90, 0, -.5))
    for i, pixels in enumerate(bands):
        d.GetRasterBand(i + 1).WriteArray(pixels)


write("globe", gdal.GDT_Byte, [h / 20, x / 3, y / 2])
write("heights", gdal.GDT_Float32, [h])
PYTHON
for method in average mode bilinear lanczos; do
    check 1 3 -z 4-13 --tile-size 64 --overview-resample "$method" "$scenes/left.tif" "$scenes/right.tif"
done
check 1 16 -z 0-3 --tile-size 64 "$scenes/globe.tif" # across the antimeridian, beyond the poles
check 2 5 -z 0-2 --tile-size 64 --grid WorldCRS84Quad --overview-resample cubic "$scenes/globe.tif"
check 1 1 -z 2-4 "$scenes/alpha.tif" "$scenes/globe.tif"
check 1 8 --retina -z 0-1 "$scenes/globe.tif"
check 1 2 --encode terrain-rgb -z 0-3 "$scenes/heights.tif"
check 1 64 --encode terrarium -z 0-2 "$scenes/heights.tif"
check 1 1 --hillshade -z 0-3 "$scenes/heights.tif"
check 0 7 --raster-grid --tile-size 64 "$scenes/wide.tif"
check 1 4 --bbox -170,-60,175,40 -z 0-2 "$scenes/globe.tif"
same --buffer 2 --encode terrain-rgb -z 0-4 "$scenes/heights.tif"
same --buffer 1 -z 0-4 --overview-resample lanczos "$scenes/globe.tif"
for format in auto jpeg webp; do
    expect 0 '' "$imbrex" tile --quiet --overwrite --buffer 1 -f $format -z 0-2 "$scenes/globe.tif" format.pmtiles
    expect 0 '' "$imbrex" verify format.pmtiles
done

expect 0 '^tiles +[0-9]+ .*, 256 x 256 px and 1 px of the neighbours on each side$' "$imbrex" info format.pmtiles
expect 0 '"buffer": ?1,' "$imbrex" info --json format.pmtiles
expect 0 '^buffer +2 px of the neighbours on each side: 260 x 260 px$' "$imbrex" tile --dry-run --buffer 2 "$scenes/left.tif" out.pmtiles
expect 0 '"buffer":2,' "$imbrex" tile --dry-run --json --buffer 2 "$scenes/left.tif" out.pmtiles
expect 0 '' "$imbrex" tile --quiet --overwrite -z 0-2 "$scenes/globe.tif" none.pmtiles
expect 0 '' "$imbrex" tile --quiet --overwrite -z 0-2 --buffer 0 "$scenes/globe.tif" zero.pmtiles
cmp none.pmtiles zero.pmtiles || fault "--buffer 0 is not the same as none"
expect 2 '^imbrex tile: --buffer: 65 px are more than a quarter of a tile; 64 at most with tiles of 256 px$' \
    "$imbrex" tile --buffer 65 "$scenes/left.tif" out.pmtiles
one_line
expect 2 '^imbrex tile: --buffer: .* is not' "$imbrex" tile --buffer -1 "$scenes/left.tif" out.pmtiles
expect 2 '^imbrex tile: too little memory: .* or a smaller --buffer$' \
    "$imbrex" tile --memory 256M --tile-size 4096 -z 0-14 --buffer 1 "$scenes/left.tif" out.pmtiles
one_line
[ ! -e out.pmtiles ] || fault "an output appeared"
finish
