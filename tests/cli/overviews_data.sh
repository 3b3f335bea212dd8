#!/bin/bash
# --overview-resample of numbers: each way is what it says over whole levels (tests/cli/check_overviews_data.py), for each
# type, with the same bytes for any number of threads, bound of memory and CPU.
. "$(dirname "$0")/lib.sh"

/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"
# Rough and smooth, with holes (a mask; nodata of floats, where no value can be it), sides that are no multiple of a quad's.
/usr/bin/python3 - <<'PYTHON' || fault "no rasters"
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()

gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")

def make(name, kind, values, nodata=None):
    height, width = values.shape
    raster = gdal.GetDriverByName("GTiff").Create(name + ".tif", width, height, 1, kind, ["TILED=YES", "COMPRESS=DEFLATE"])
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32650)
    raster.SetProjection(crs.ExportToWkt())
    raster.SetGeoTransform((5e5, 30, 0, 44e5, 0, -30))
    if nodata is None:
        raster.CreateMaskBand(gdal.GMF_PER_DATASET)
        raster.GetRasterBand(1).GetMaskBand().WriteArray(np.where(holes, 0, 255).astype(np.uint8))
        nodata = 0
    else:
        raster.GetRasterBand(1).SetNoDataValue(nodata)
    raster.GetRasterBand(1).WriteArray(np.where(holes, nodata, values))

width, height = 2301, 705
noise = np.random.default_rng(7)
x, y = np.arange(width), np.arange(height)
surface = np.add.outer(np.sin(y / 40), np.cos(x / 60)) / 2 + noise.normal(0, 0.1, (height, width))
surface = np.where(noise.random((height, width)) < 0.1, np.sign(surface), np.clip(surface, -1, 1)) # the ends of a type
holes = np.hypot(*np.ogrid[-350:355, -900:1401]) % 400 < 30
holes |= noise.random((height, width)) < np.where(x < 600, 0.3, 0.001)
holes[:, 2000:2100] = True
make("u8", gdal.GDT_Byte, np.rint(128 + 127 * surface))
make("u16", gdal.GDT_UInt16, np.rint(32768 + 32767 * surface))
make("i16", gdal.GDT_Int16, np.rint(32767 * surface))
make("u32", gdal.GDT_UInt32, np.rint(2.0 ** 31 * (1 + 0.99 * surface)))
make("i32", gdal.GDT_Int32, np.rint(2e9 * surface))
make("f32", gdal.GDT_Float32, 1234.5 + 100 * surface, -9999)
make("f64", gdal.GDT_Float64, 1e6 + surface, -9999)

# Two bands and alpha: smooth, steps, noise, and the holes.
width, x, surface, holes = 901, x[:901], surface[:, :901], holes[:, :901]
cover = np.clip(0.5 + np.add.outer(np.sin(y / 23), np.cos(x / 31)), 0, 1)
cover = np.where(noise.random(cover.shape) < 0.05, noise.random(cover.shape), cover) * ~holes
for name, kind, most, opaque in ("u8a", gdal.GDT_Byte, 255, 255), ("u16a", gdal.GDT_UInt16, 65535, 65535), ("f32a", gdal.GDT_Float32, 1e3, 255):
    raster = gdal.GetDriverByName("GTiff").Create(name + ".tif", width, height, 3, kind, ["TILED=YES", "COMPRESS=DEFLATE", "PHOTOMETRIC=MINISBLACK", "ALPHA=YES"])
    raster.SetProjection(gdal.Open("u8.tif").GetProjection())
    raster.SetGeoTransform((5e5, 30, 0, 44e5, 0, -30))
    for number, values in enumerate([most * (surface + 1) / 2, most * (1 - surface) / 2, opaque * cover], 1):
        raster.GetRasterBand(number).WriteArray(values if kind == gdal.GDT_Float32 else np.rint(values))
PYTHON

made=()
for method in average nearest mode min max bilinear cubic lanczos; do
    for type in u8 u16 i16 u32 i32 f32 f64 u8a u16a f32a; do
        expect 0 '' "$imbrex" warp --quiet -r nearest --overview-resample $method $type.tif $type.$method.tif
        made+=("$type.$method.tif" $method)
    done
done
/usr/bin/python3 "$SOURCE/tests/cli/check_overviews_data.py" "${made[@]}" || fault "overviews are not exact"

# Where all taps are valid the filters are those of gdaladdo (which takes out more beside holes; and of odd sides it makes
# overviews that are a little less than halves).
checks=$((checks + 1))
/usr/bin/python3 - <<'PYTHON' || fault "not as gdaladdo makes them"
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
for kind in "u16", "f32":
    for method, halo in ("bilinear", 1), ("cubic", 3), ("lanczos", 5):
        file = gdal.Open(f"{kind}.{method}.tif")
        ours = file.GetRasterBand(1)
        height, width = ours.YSize // 2 * 2, ours.XSize // 2 * 2
        values = ours.ReadAsArray()[:height, :width]
        valid = ours.GetMaskBand().ReadAsArray()[:height, :width] > 0
        other = gdal.GetDriverByName("GTiff").Create("theirs.tif", width, height, 1, ours.DataType)
        other.GetRasterBand(1).WriteArray(values)
        other.BuildOverviews(method.upper(), [2])
        theirs = other.GetRasterBand(1).GetOverview(0).ReadAsArray().astype(float)
        padded, inside = np.pad(valid, halo), True
        for i in range(2 * halo + 2):
            for k in range(2 * halo + 2):
                inside = inside & padded[i:i + height:2, k:k + width:2]
        span = values[valid].max() - float(values[valid].min())
        away = np.abs(ours.GetOverview(0).ReadAsArray()[:height // 2, :width // 2] - theirs)[inside].max() / span
        # lanczos: weights of 14 bits; integers: halves that floats miss
        most = 1e-4 if method == "lanczos" else 1.01 / span if kind == "u16" else 1e-6
        assert inside.sum() > 200000 and away <= most, (kind, method, away)
PYTHON

# Pictures made of numbers are reduced as pictures.
expect 0 '' "$imbrex" tile --quiet -f png --overview-resample lanczos --stretch 0,65535 u16.tif tiles
checks=$((checks + 1))
/usr/bin/python3 "$SOURCE/tests/cli/check_overviews.py" tiles lanczos || fault "a graded picture's overviews are not exact"

# The same bytes however they are made, mosaics too; and what has no room says so.
for scenes in "f32.tif i16.tif" "f32a.tif u8a.tif"; do
    first=
    for more in -j1 -j7 "--memory 320M" "--cpu-mask scalar"; do
        # shellcheck disable=SC2086
        expect 0 '' "$imbrex" warp --quiet --overwrite $more --crs EPSG:3857 --overview-resample lanczos $scenes again.tif
        sum=$(sha256sum <again.tif)
        [ "${first:=$sum}" = "$sum" ] || fault "$scenes: other bytes with $more"
    done
done
expect 0 '^overviews +lanczos$' "$imbrex" warp --dry-run --overview-resample lanczos f64.tif plan.tif
expect 2 'overviews that wait .* or --overview-resample average' \
    "$imbrex" warp --memory 256M --block-size 4096 --res 0.2 --overview-resample lanczos f64.tif plan.tif
one_line
[ ! -e plan.tif ] || fault "an output appeared"
finish
