#!/bin/bash
# tests/cli/terrain.sh: --encode: heights in colours, decoded again at every zoom; bytes, refusals.
. "$SOURCE/tests/cli/lib.sh"

# heights KIND NAME OVERVIEWS SCENE...
heights() {
    local kind=$1 name=$2 overviews=$3 zoom
    shift 3
    checks=$((checks + 1))
    expect 0 '' "$imbrex" tile --quiet --overwrite --encode "$kind" --error-threshold 0 --overview-resample "$overviews" "$@" "$name"
    zoom=$(find "$name" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort -n | tail -1)
    /usr/bin/python3 "$SOURCE/tests/cli/check_terrain.py" "$kind" "$overviews" "$name" "$zoom" "$@" || fault "$kind $name"
}

same() {
    local first= sum
    for more in -j1 -j3 "--memory 128M" "-j2 --cpu-mask scalar"; do
        # shellcheck disable=SC2086
        expect 0 '' "$imbrex" tile --quiet --overwrite $more --encode terrain-rgb "$@" same.pmtiles
        sum=$(sha256sum <same.pmtiles)
        first=${first:-$sum}
        [ "$sum" = "$first" ] || fault "other bytes with $more: $*"
    done
    expect 0 '' "$imbrex" verify same.pmtiles
}

if [ "${1:-}" = real ]; then
    real_only
    swiss=$DATA/dem/swiss_dem_epsg2056_cog.tif
    heights terrain-rgb swiss average "$swiss"
    heights terrarium swiss_t average "$swiss"
    heights terrain-rgb swiss_l lanczos "$swiss"
    heights terrain-rgb lidar average "$DATA/dem/lidar_dtm.tif"
    heights terrain-rgb alps average "$DATA/dem/srtm3_N45E006/N45E006.hgt"
    same "$swiss"
    finish
fi

make_scenes
/usr/bin/python3 - "$scenes" <<'PYTHON' || exit 1
import sys
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()
crs = osr.SpatialReference()
crs.ImportFromEPSG(32722)
y, x = np.mgrid[0:260, 0:300].astype(float)
h = 900 + 400 * np.sin(x / 40) * np.cos(y / 33) + 2 * x - 600 * (x > 200)


def write(name, type, pixels, nodata=None, scale=None, x0=500000):
    d = gdal.GetDriverByName("GTiff").Create(f"{sys.argv[1]}/{name}.tif", 300, 260, 1, type, ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"])
    d.SetProjection(crs.ExportToWkt())
    d.SetGeoTransform((x0, 20, 0, 7300000, 0, -20))
    band = d.GetRasterBand(1)
    band.WriteArray(pixels)
    if nodata is not None:
        band.SetNoDataValue(nodata)
    if scale:
        band.SetScale(scale[0])
        band.SetOffset(scale[1])


hole = (x > 100) & (x < 140) & (y > 50) & (y < 99)
write("f32", gdal.GDT_Float32, h)
write("i16", gdal.GDT_Int16, np.where(hole, -32768, h.round()), -32768)
write("u16", gdal.GDT_UInt16, np.where(hole, 0, (h * 10 + 5000).round()), 0, (0.1, -500))
write("right", gdal.GDT_Float32, h + 3, -9999, x0=504000)
write("deep", gdal.GDT_Float32, -20000 + 0 * h)
PYTHON
heights terrain-rgb f32 average "$scenes/f32.tif"
heights terrarium i16 average "$scenes/i16.tif"
heights terrain-rgb u16 average "$scenes/u16.tif"
heights terrarium filtered cubic "$scenes/i16.tif" "$scenes/right.tif"
heights terrain-rgb low_pass lanczos "$scenes/f32.tif"
heights terrain-rgb two average "$scenes/i16.tif" "$scenes/right.tif"
heights terrain-rgb units average "$scenes/u16.tif" "$scenes/right.tif"
same "$scenes/i16.tif" "$scenes/right.tif"
expect 0 '^encoding +mapbox$' "$imbrex" info same.pmtiles # what clients call it
expect 0 '"encoding":"terrarium"' cat i16/metadata.json
expect 0 '"encoding":"mapbox"' "$imbrex" info --json same.pmtiles

# Beyond the lowest height there is: the lowest, and a warning with the number of pixels.
expect 0 'beyond what terrain-rgb holds \(-10000 m to 1667721.5 m\) were cut off, in [0-9,]+ pixels of the tiles' \
    "$imbrex" tile --encode terrain-rgb -z 11-11 "$scenes/deep.tif" deep
/usr/bin/python3 - deep "$(sed -n 's/.* in \([0-9,]*\) pixels of the tiles$/\1/p' err.txt)" <<'PYTHON' || fault "not cut off at the lowest height, or miscounted"
import glob
import sys
from osgeo import gdal
count = 0
for path in glob.glob(sys.argv[1] + "/11/*/*.png"):
    tile = gdal.Open(path)
    table = tile.GetRasterBand(1).GetColorTable()
    colours = [table.GetColorEntry(i) for i in range(table.GetCount())]
    assert set(colours) <= {(0, 0, 0, 0), (0, 0, 0, 255)}
    count += sum(colours[i][3] == 255 for i in tile.GetRasterBand(1).ReadAsArray().ravel())
assert count == int(sys.argv[2].replace(",", "")), count
PYTHON
expect 0 '' "$imbrex" tile --encode terrarium -z 11-11 "$scenes/f32.tif" within
[ ! -s err.txt ] || fault "heights within the range: $(cat err.txt)"

expect 0 'encoding +terrain-rgb' "$imbrex" tile --dry-run --encode terrain-rgb "$scenes/f32.tif" x.pmtiles
expect 2 'is not terrain-rgb or terrarium' "$imbrex" tile --encode terrain "$scenes/f32.tif" bad.pmtiles
expect 2 'need every bit' "$imbrex" tile --encode terrarium -f webp "$scenes/f32.tif" bad.pmtiles
expect 2 'need every bit' "$imbrex" tile --encode terrarium --png-palette quantize "$scenes/f32.tif" bad.pmtiles
expect 2 'are not stretched' "$imbrex" tile --encode terrarium --stretch 0,10 "$scenes/f32.tif" bad.pmtiles
expect 2 'are one band' "$imbrex" tile --encode terrarium --bands 1,2,3 "$scenes/left.tif" bad.pmtiles
if [ -e bad.pmtiles ] || [ -e bad.tif ]; then fault "a refused job left something behind"; fi
finish
