#!/bin/bash
# --overview-resample of numbers: each way is what it says over whole levels (tests/cli/check_overviews_data.py), for each
# type, with the same bytes for any number of threads, bound of memory and CPU.
. "$(dirname "$0")/lib.sh"

/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"
# Rough and smooth, with holes (nodata), and sides that are no multiple of a quad's.
/usr/bin/python3 - <<'PYTHON' || fault "no rasters"
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()

def make(name, kind, values, nodata):
    height, width = values.shape
    raster = gdal.GetDriverByName("GTiff").Create(name + ".tif", width, height, 1, kind, ["TILED=YES", "COMPRESS=DEFLATE"])
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32650)
    raster.SetProjection(crs.ExportToWkt())
    raster.SetGeoTransform((5e5, 30, 0, 44e5, 0, -30))
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
make("u8", gdal.GDT_Byte, np.rint(128 + 127 * surface), 0)
make("u16", gdal.GDT_UInt16, np.rint(32768 + 32767 * surface), 0)
make("i16", gdal.GDT_Int16, np.rint(32767 * surface), -32768)
make("u32", gdal.GDT_UInt32, np.rint(2.0 ** 31 * (1 + 0.99 * surface)), 0)
make("i32", gdal.GDT_Int32, np.rint(2e9 * surface), -2147483648)
make("f32", gdal.GDT_Float32, 1234.5 + 100 * surface, -9999)
make("f64", gdal.GDT_Float64, 1e6 + surface, -9999)
PYTHON

for method in average nearest mode min max; do
    for type in u8 u16 i16 u32 i32 f32 f64; do
        expect 0 '' "$imbrex" warp --quiet --overwrite -r nearest --overview-resample $method $type.tif out.tif
        checks=$((checks + 1))
        /usr/bin/python3 "$SOURCE/tests/cli/check_overviews_data.py" out.tif $method || fault "$method, $type: the overviews are not exact"
    done
done
finish
