#!/usr/bin/python3
"""make_scene.py SOURCE TARGET SIZE: a SIZE x SIZE RGB scene with the texture of a real one.

The first three bands of SOURCE (a border of 8 px cut off), mirrored in both directions so that the pattern repeats without a
seam, written as a GeoTIFF of 256 x 256 deflate tiles with the horizontal predictor: what a data provider delivers."""
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
source, target, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
dataset = gdal.Open(source)
pattern = dataset.ReadAsArray()[:3, 8:-8, 8:-8]
pattern = np.concatenate([pattern, pattern[:, ::-1]], axis=1)
pattern = np.concatenate([pattern, pattern[:, :, ::-1]], axis=2)
columns = np.arange(size) % pattern.shape[2]
out = gdal.GetDriverByName("GTiff").Create(target, size, size, 3, gdal.GDT_Byte, [
    "TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256", "COMPRESS=DEFLATE", "PREDICTOR=2", "PHOTOMETRIC=RGB",
    "NUM_THREADS=ALL_CPUS", "BIGTIFF=IF_SAFER"])
out.SetProjection(dataset.GetProjection())
out.SetGeoTransform(dataset.GetGeoTransform())
for top in range(0, size, 1024):
    rows = np.arange(top, min(top + 1024, size)) % pattern.shape[1]
    out.WriteArray(np.ascontiguousarray(pattern[:, rows][:, :, columns]), 0, top)
out = None
