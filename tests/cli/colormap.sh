#!/bin/bash
# tests/cli/colormap.sh: --colormap against gdaldem color-relief of the rasters' own pixels; bytes, refusals. (GDAL 3.6 finds no
# exact entry but the first; a value on a sharp edge is of either colour there.)
. "$SOURCE/tests/cli/lib.sh"

# colours NAME COLOURS MODE SCENE
colours() {
    local mode=$3 flag=
    [ "$mode" != nearest ] || flag=-nearest_color_entry
    checks=$((checks + 1))
    expect 0 '' "$imbrex" tile --quiet --overwrite --raster-grid -z auto -f png --colormap "$2" --colormap-mode "$mode" "$4" "$1"
    # shellcheck disable=SC2086
    gdaldem color-relief -q -alpha $flag "$4" "$2" "$1.tif" || fault "gdaldem: $1"
    /usr/bin/python3 "$SOURCE/tests/cli/check_colours.py" "$1" "$1.tif" "$4" || fault "$1"
}

same() {
    local first= sum
    for more in -j1 -j3 "--memory 128M" "-j2 --cpu-mask scalar"; do
        # shellcheck disable=SC2086
        expect 0 '' "$imbrex" tile --quiet --overwrite $more --colormap colours.txt "$@" same.pmtiles
        sum=$(sha256sum <same.pmtiles)
        first=${first:-$sum}
        [ "$sum" = "$first" ] || fault "other bytes with $more: $*"
    done
    expect 0 '' "$imbrex" verify same.pmtiles
}

cat >colours.txt <<'TEXT'
# heights
-100	0 60 120 255
0   20 120 60
400,240,220,130
800.5: 150 90 40
800.5: 200 200 255
1200 white 128
TEXT
if [ "${1:-}" = real ]; then
    real_only
    swiss=$DATA/dem/swiss_dem_epsg2056_cog.tif
    colours swiss colours.txt between "$swiss"
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
h = 500 + 700 * np.sin(x / 40) * np.cos(y / 33)


def write(name, type, pixels, nodata=None):
    d = gdal.GetDriverByName("GTiff").Create(f"{sys.argv[1]}/{name}.tif", 300, 260, 1, type, ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"])
    d.SetProjection(crs.ExportToWkt())
    d.SetGeoTransform((500000, 20, 0, 7300000, 0, -20))
    d.GetRasterBand(1).WriteArray(pixels)
    if nodata is not None:
        d.GetRasterBand(1).SetNoDataValue(nodata)


hole = (x > 100) & (x < 140) & (y > 50) & (y < 99)
write("f32", gdal.GDT_Float32, np.where(hole, -9999, h), -9999)
write("i16", gdal.GDT_Int16, np.where(hole, -32768, h.round()), -32768)
write("u16", gdal.GDT_UInt16, (h + 300).round())
write("u8", gdal.GDT_Byte, (np.abs(h) / 10).round())
PYTHON
printf '0 black\n13 10 20 30\n20 40 50 60 70\n60 red\n' >classes.txt
printf '0%% black\n25%% 0 200 0\n100%% 255 255 255\n' >share.txt
for type in f32 i16 u16; do
    colours "$type" colours.txt between "$scenes/$type.tif"
done
colours i16_nearest colours.txt nearest "$scenes/i16.tif"
colours u8 classes.txt between "$scenes/u8.tif"
colours u8_nearest classes.txt nearest "$scenes/u8.tif"
colours share share.txt between "$scenes/u16.tif"
same "$scenes/i16.tif" "$scenes/u16.tif"

expect 0 '6 by value from -100 to 1200, between' "$imbrex" tile --dry-run --colormap colours.txt "$scenes/f32.tif" x.pmtiles
printf 'INTERPOLATION:DISCRETE\n10,1,2,3,255,low\ninf,4,5,6,255,high\n' >qgis.txt
expect 0 '2 by value from 10 to 1e\+300, discrete' "$imbrex" tile --dry-run --colormap qgis.txt "$scenes/f32.tif" x.pmtiles
expect 0 '' "$imbrex" tile --quiet -f jpeg --colormap colours.txt "$scenes/f32.tif" jpeg.pmtiles
expect 0 '' "$imbrex" verify jpeg.pmtiles
expect 3 'nowhere.txt' "$imbrex" tile --colormap nowhere.txt "$scenes/f32.tif" bad.pmtiles
one_line
echo '12 3' >bad.txt
expect 3 'bad.txt: line 1 is not a value' "$imbrex" tile --colormap bad.txt "$scenes/f32.tif" bad.pmtiles
expect 2 'is not between, exact' "$imbrex" tile --colormap colours.txt --colormap-mode mixed "$scenes/f32.tif" bad.pmtiles
expect 2 'there is no --colormap' "$imbrex" tile --colormap-mode exact "$scenes/f32.tif" bad.pmtiles
expect 2 'are not stretched' "$imbrex" tile --colormap colours.txt --stretch 0,10 "$scenes/f32.tif" bad.pmtiles
expect 2 'have no --colormap' "$imbrex" tile --colormap colours.txt --encode terrarium "$scenes/f32.tif" bad.pmtiles
expect 2 'are one band' "$imbrex" tile --colormap colours.txt --bands 1,2,3 "$scenes/left.tif" bad.pmtiles
[ ! -e bad.pmtiles ] || fault "a refused job left something behind"
finish
