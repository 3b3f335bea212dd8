"""tile_pixels.py: a tile of any kind (gray, palette, with or without alpha) as RGBA; for the check_*.py beside it."""
import numpy as np
from osgeo import gdal


def read(path):
    """RGBA, by row and column."""
    d = gdal.Open(path)
    a, table = d.ReadAsArray(), d.GetRasterBand(1).GetColorTable()
    if table:
        a = np.array([table.GetColorEntry(i) for i in range(table.GetCount())], np.uint8)[a].transpose(2, 0, 1)
    a = a[None] if a.ndim == 2 else a
    if a.shape[0] <= 2:
        a = np.concatenate([a[:1]] * 3 + [a[1:]])
    if a.shape[0] == 3:
        a = np.concatenate([a, np.full((1,) + a.shape[1:], 255, np.uint8)])
    return a.transpose(1, 2, 0)
