#!/bin/bash
# tests/cli/grade.sh: tiles from numbers: --bands, --stretch, --gamma. Values beside gdalwarp and the formula, percentiles
# beside numpy's, bytes for any number of threads, memory and CPU.
. "$SOURCE/tests/cli/lib.sh"

check() { # SCRIPT ARGUMENT...
    checks=$((checks + 1))
    /usr/bin/python3 "$SOURCE/tests/cli/$1" "${@:2}" || fault "$*"
}

# same NAME OPTION-OR-INPUT...: the same bytes however they are made
same() {
    local name=$1 first= sum
    shift
    for more in -j1 -j3 "--memory 128M" "-j2 --cpu-mask scalar"; do
        # shellcheck disable=SC2086
        expect 0 '' "$imbrex" tile --quiet --overwrite $more "$@" same.pmtiles
        sum=$(sha256sum <same.pmtiles)
        first=${first:-$sum}
        [ "$sum" = "$first" ] || fault "$name: other bytes with $more"
    done
}

# graded NAME "OPTIONS" SCENE...: tiles and plan, held against gdalwarp
graded() {
    local name=$1 options=$2
    shift 2
    # shellcheck disable=SC2086
    expect 0 '' "$imbrex" tile --quiet --overwrite -f png $options "$@" "$name"
    # shellcheck disable=SC2086
    "$imbrex" tile --dry-run --json -f png $options "$@" "$name" >"$name.json"
    check check_grade.py "$name" "$name.json" "$@"
}

if [ "${1:-}" = real ]; then
    real_only
    mosaic=("$DATA"/scenes/landsat8_mosaic_cog[12].tif)
    graded landsat8 "" "${mosaic[@]}"
    graded dem "" "$DATA/dem/swiss_dem_epsg2056_cog.tif"
    check check_percentiles.py dem.json 2 98 "$DATA/dem/swiss_dem_epsg2056_cog.tif"
    graded srtm "--stretch 0,1500 --gamma 1.4" "$DATA/dem/srtm3_N44E005/N44E005.hgt"
    graded scaled "--stretch 1000.05,1000.35" "$DATA/odd/scale_offset_i16.tif"
    graded orbview "--bands 1 --stretch 1%,99%" "$DATA"/scenes/orbview3_trieste_pan_[12].tif
    check check_percentiles.py orbview.json 1 99 "$DATA"/scenes/orbview3_trieste_pan_[12].tif
    same landsat8 -f auto "${mosaic[@]}"
    same dem -f png -r cubic "$DATA/dem/swiss_dem_epsg2056_cog.tif"
    expect 3 'CInt16: complex' "$imbrex" tile "$DATA/odd/cint16_gcps.tif" bad.pmtiles
    finish
fi

make_scenes
/usr/bin/python3 - "$scenes" <<'PYTHON' || exit 1
import sys
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()
folder = sys.argv[1]
crs = osr.SpatialReference()
crs.ImportFromEPSG(32722)


def write(name, type, pixels, x, y, nodata=None, scale=None, options=(), colours=None):
    bands, h, w = pixels.shape
    d = gdal.GetDriverByName("GTiff").Create(f"{folder}/{name}.tif", w, h, bands, type, ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", *options])
    d.SetProjection(crs.ExportToWkt())
    d.SetGeoTransform((x, 20, 0, y, 0, -20))
    for i in range(bands):
        band = d.GetRasterBand(i + 1)
        band.WriteArray(pixels[i])
        if nodata is not None:
            band.SetNoDataValue(nodata)
        if scale:
            band.SetScale(scale[0])
            band.SetOffset(scale[1])
        if colours:
            band.SetColorInterpretation(colours[i])
    return d


def hills(bands, seed, w=300, h=260):
    y, x = np.mgrid[0:h, 0:w].astype(float)
    out = np.stack([0.5 + 0.3 * np.sin(x / (31 + 4 * b)) * np.cos(y / (27 - 2 * b)) + 0.15 * np.sin((x + y + seed) / 61) for b in range(bands)])
    return out


def hole(pixels, value):
    pixels[:, 40:90, 50:120] = value
    pixels[:, :, :9] = value
    return pixels


write("u16a", gdal.GDT_UInt16, hole((4000 + 9000 * hills(6, 1)).round(), 0), 500000, 7300000, 0)
write("u16b", gdal.GDT_UInt16, hole((3000 + 9000 * hills(6, 2)).round(), 0), 504000, 7298000, 0)
write("i16", gdal.GDT_Int16, hole((-900 + 3000 * hills(1, 3)).round(), -32768), 500000, 7300000, -32768)
write("i16s", gdal.GDT_Int16, hole((-900 + 3000 * hills(3, 3)).round(), -32768), 500000, 7300000, -32768, (0.01, 3))
write("i32", gdal.GDT_Int32, (1e6 * hills(3, 4)).round(), 500000, 7300000)
write("u32", gdal.GDT_UInt32, (3e6 * hills(1, 4)).round(), 500000, 7300000)
write("f32", gdal.GDT_Float32, hole(0.4 * hills(3, 5), np.nan), 500000, 7300000)
write("f64", gdal.GDT_Float64, hole(1e-5 * hills(1, 6), -9999), 500000, 7300000, -9999)
write("f16", gdal.GDT_Float32, 50 * hills(1, 6), 500000, 7300000, options=["NBITS=16"])
write("twelve", gdal.GDT_UInt16, (4095 * hills(3, 7)).round(), 500000, 7300000, options=["NBITS=12"])
write("i8", gdal.GDT_Byte, (200 * hills(1, 8)).round(), 500000, 7300000, options=["PIXELTYPE=SIGNEDBYTE"])
write("u8six", gdal.GDT_Byte, (250 * hills(6, 9)).round(), 500000, 7300000)
write("bgr", gdal.GDT_UInt16, (4000 + 9000 * hills(4, 1)).round(), 500000, 7300000,
      colours=[gdal.GCI_BlueBand, gdal.GCI_GreenBand, gdal.GCI_RedBand, gdal.GCI_Undefined])
write("scaled", gdal.GDT_UInt16, (2000 + 4500 * hills(6, 2)).round(), 504000, 7298000, scale=(2, -1000))
alpha = np.concatenate([(4000 + 9000 * hills(1, 1)).round(), np.where(hills(1, 5) > 0.4, 65535, 0)])
write("graya", gdal.GDT_UInt16, alpha, 500000, 7300000, options=["ALPHA=YES"])
write("complex", gdal.GDT_CFloat32, hills(1, 1), 500000, 7300000)
write("flat", gdal.GDT_UInt16, np.full((1, 100, 100), 7), 500000, 7300000)
write("nothing", gdal.GDT_Float32, np.full((1, 100, 100), np.nan), 500000, 7300000)
PYTHON

graded u16 "--bands 4,3,2" "$scenes/u16a.tif"
check check_percentiles.py u16.json 2 98 "$scenes/u16a.tif"
graded mosaic "--bands 4,3,2 --stretch 0.5%,99.5%" "$scenes/u16a.tif" "$scenes/u16b.tif"
check check_percentiles.py mosaic.json 0.5 99.5 "$scenes/u16a.tif" "$scenes/u16b.tif"
graded apart "--bands 6,1,2 --stretch 4000,12000/1%,99%/12000,3000 --gamma 0.8" "$scenes/u16b.tif"
graded i16 "" "$scenes/i16.tif"
graded i16s "--stretch 0,20" "$scenes/i16s.tif"
graded i32 "" "$scenes/i32.tif"
graded u32 "--stretch 0,3e6" "$scenes/u32.tif"
graded f32 "--gamma 1.8" "$scenes/f32.tif"
check check_percentiles.py f32.json 2 98 "$scenes/f32.tif"
graded f64 "" "$scenes/f64.tif"
graded f16 "" "$scenes/f16.tif"
graded twelve "--stretch 0,4095" "$scenes/twelve.tif"
graded u8six "--bands 5,4,3 --stretch 2%,98%" "$scenes/u8six.tif"
graded graya "" "$scenes/graya.tif"
graded units "--bands 3,2,1" "$scenes/u16a.tif" "$scenes/scaled.tif" # values of both, in f32
check check_percentiles.py units.json 2 98 "$scenes/u16a.tif" "$scenes/scaled.tif"
expect 0 '' "$imbrex" tile --quiet -f png "$scenes/i8.tif" i8

# Within limits the layer is what lies in them: percentiles of the pixels whose centres do, of large rasters too.
west=501000 south=7296080 east=504640 north=7299140
box="$west,$south,$east,$south,$east,$north,$west,$north"
corners="501111.3,7295203.7 505903.1,7296511.9 503777.7,7299333.3"
polygon() { echo '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:32722"}},"features":[{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[' \
    "$(for c in $1 ${1%% *}; do echo "[$c]"; done | paste -sd,)" ']]}}]}'; }
polygon "$corners" >triangle.geojson
limited() { # NAME "OPTIONS" "WITHIN" SCENE...
    # shellcheck disable=SC2086
    "$imbrex" tile --dry-run --json -f png $2 "${@:4}" "$1" >"$1.json" || fault "no plan: $*"
    # shellcheck disable=SC2086
    check check_percentiles.py $3 "$1.json" 2 98 "${@:4}"
}
here="--bbox $west,$south,$east,$north --bbox-crs EPSG:32722"
limited boxed "$here --bands 4,3,2" "--within $box" "$scenes/u16a.tif"
limited boxed2 "$here --bands 4,3,2" "--within $box" "$scenes/u16a.tif" "$scenes/u16b.tif"
limited boxedf "$here" "--within $box" "$scenes/f32.tif"
limited cut "--cutline triangle.geojson --bands 4,3,2" "--within ${corners// /,}" "$scenes/u16a.tif" "$scenes/u16b.tif"
limited both "--cutline triangle.geojson $here --bands 4,3,2" "--within $box --within ${corners// /,}" "$scenes/u16a.tif" "$scenes/u16b.tif"
limited coarse "--cutline triangle.geojson --bands 4,3,2 -z 0-6" "--within ${corners// /,}" "$scenes/u16a.tif"
/usr/bin/python3 - "$scenes" <<'PYTHON' || exit 1
import sys
import numpy as np
from osgeo import gdal, osr
crs = osr.SpatialReference()
crs.ImportFromEPSG(32722)
y, x = np.mgrid[0:2200, 0:2400]
d = gdal.GetDriverByName("GTiff").Create(f"{sys.argv[1]}/large.tif", 2400, 2200, 1, gdal.GDT_UInt16, ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"])
d.SetProjection(crs.ExportToWkt())
d.SetGeoTransform((480000, 20, 0, 7320000, 0, -20))
d.GetRasterBand(1).WriteArray((9000 + 3 * x + y % 97 + 2000 * np.sin(y / 90)).astype(np.uint16))
PYTHON
limited large "$here" "--within $box" "$scenes/large.tif" # too many pixels to read all; these are read
[ "$("$imbrex" tile --dry-run -v $here "$scenes/large.tif" x.pmtiles 2>&1 | grep -c 'percentiles are those of 27846 valid pixels')" = 1 ] ||
    fault "other pixels than those within are counted"
# across the antimeridian, where the scene lies on both sides of a map
/usr/bin/python3 - "$scenes" <<'PYTHON' || exit 1
import sys
import numpy as np
from osgeo import gdal, osr
crs = osr.SpatialReference()
crs.ImportFromEPSG(32601)
y, x = np.mgrid[0:300, 0:450]
d = gdal.GetDriverByName("GTiff").Create(f"{sys.argv[1]}/date.tif", 450, 300, 1, gdal.GDT_UInt16, ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"])
d.SetProjection(crs.ExportToWkt())
d.SetGeoTransform((180000, 100, 0, 3000000, 0, -100))
d.GetRasterBand(1).WriteArray((5 * x + y % 50).astype(np.uint16))
PYTHON
for grid in WebMercatorQuad WorldCRS84Quad UTM01WGS84Quad; do
    limited "date$grid" "--grid $grid --bbox 170,20,-170,30" "" "$scenes/date.tif"
    limited "part$grid" "--grid $grid --bbox 190000,2980000,210000,2990000 --bbox-crs EPSG:32601" \
        "--within 190000,2980000,210000,2980000,210000,2990000,190000,2990000" "$scenes/date.tif"
done
# a limit that holds no centre of a pixel: the scene's
"$imbrex" tile --dry-run --json --bbox 505001,7296001,505003,7296003 --bbox-crs EPSG:32722 --bands 4,3,2 -z 17 "$scenes/u16b.tif" x.pmtiles >tiny.json
check check_percentiles.py tiny.json 2 98 "$scenes/u16b.tif"
same limits --cutline triangle.geojson --bands 4,3,2 "$scenes/u16a.tif" "$scenes/u16b.tif"

# What is shown when nothing is said: the file's own red, green and blue; else the first three.
expect 0 'bands 3, 2, 1 of u16 as red, green, blue' "$imbrex" tile --dry-run "$scenes/bgr.tif" x.pmtiles
expect 0 'bands 1, 2, 3 of u16 as red, green, blue' "$imbrex" tile --dry-run "$scenes/u16a.tif" x.pmtiles
expect 0 'band 1 of u16 as gray' "$imbrex" tile --dry-run "$scenes/graya.tif" x.pmtiles
expect 0 'shown +bands 3, 2, 1 of u16 as red, green, blue, percentiles 2 to 98' "$imbrex" info "$scenes/bgr.tif"
expect 0 'band 2: 4[0-9]+ to 1[0-9]+ become 0 to 255' "$imbrex" tile -v --overwrite "$scenes/bgr.tif" x.pmtiles

# 8 bits as they are stay in their lane: the same bytes as a file of those bands.
gdal_translate -q -b 5 -b 4 -b 3 -co INTERLEAVE=PIXEL "$scenes/u8six.tif" three.tif
expect 0 'bands 5, 4, 3 of u8' "$imbrex" tile -v -f png --bands 5,4,3 "$scenes/u8six.tif" six
expect 0 '' "$imbrex" tile -f png three.tif three
diff -r -x metadata.json six three >/dev/null || fault "bands 5, 4, 3 are not the picture of these bands"
# Stretched from 0 to 255 they are the same again.
expect 0 '' "$imbrex" tile -f png -r nearest --stretch 0,255 --bands 5,4,3 "$scenes/u8six.tif" identity
expect 0 '' "$imbrex" tile -f png -r nearest three.tif nearest
diff -r -x metadata.json identity nearest >/dev/null || fault "0 to 255 is not the picture itself"

# A picture and wider numbers in one layer.
expect 0 'get one range' "$imbrex" tile --overwrite "$scenes/left.tif" "$scenes/bgr.tif" x.pmtiles
expect 0 '' "$imbrex" tile --quiet --overwrite --stretch none "$scenes/left.tif" "$scenes/bgr.tif" x.pmtiles
expect 0 'is 7 nearly everywhere' "$imbrex" tile --overwrite "$scenes/flat.tif" x.pmtiles
expect 3 'no valid pixel' "$imbrex" tile --overwrite "$scenes/nothing.tif" nothing.pmtiles

same mosaic --bands 4,3,2 -r cubic "$scenes/u16a.tif" "$scenes/u16b.tif"
same units -f png --bands 3,2,1 "$scenes/u16a.tif" "$scenes/scaled.tif"
same floats -f png --gamma 1.8 -r lanczos "$scenes/f32.tif"

# Refusals before any work.
expect 3 'band 1 is CFloat32: complex' "$imbrex" tile "$scenes/complex.tif" bad.pmtiles
one_line
expect 3 'indexes of a palette' "$imbrex" tile --stretch 0,10 "$scenes/palette.tif" bad.pmtiles
expect 3 'indexes of a palette' "$imbrex" tile "$scenes/palette.tif" "$scenes/i16.tif" bad.pmtiles
expect 2 'has 6 bands: --bands 7' "$imbrex" tile --bands 7 "$scenes/u16a.tif" bad.pmtiles
expect 3 'one band to show, the first scene three' "$imbrex" tile "$scenes/u16a.tif" "$scenes/i16.tif" bad.pmtiles
expect 2 '3 ranges for 1 band' "$imbrex" tile --stretch 1,2/3,4/5,6 "$scenes/i16.tif" bad.pmtiles
expect 2 'not one band or three' "$imbrex" tile --bands 1,2 "$scenes/u16a.tif" bad.pmtiles
expect 2 'is not MIN,MAX' "$imbrex" tile --stretch 5 "$scenes/u16a.tif" bad.pmtiles
expect 2 '--gamma' "$imbrex" tile --gamma 0 "$scenes/u16a.tif" bad.pmtiles
[ ! -e bad.pmtiles ] || fault "a refused job left something behind"
finish
