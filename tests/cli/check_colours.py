#!/usr/bin/python3
"""check_colours.py TILES WANTED.tif SCENE: the finest zoom of a directory {z}/{x}/{y}.png of a raster's own pixels against
RGBA of the same size, within 1 of each colour (rounding); what is nodata in SCENE is nothing."""
import glob
import os
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()


def read(path):
    d = gdal.Open(path)
    a = d.ReadAsArray()
    table = d.GetRasterBand(1).GetColorTable()
    if table:
        a = np.array([table.GetColorEntry(i) for i in range(table.GetCount())], np.uint8)[a].transpose(2, 0, 1)
    if a.ndim == 2 or a.shape[0] <= 2:
        a = a[None] if a.ndim == 2 else a
        a = np.concatenate([np.repeat(a[:1], 3, axis=0), a[1:] if len(a) == 2 else np.full_like(a[:1], 255)])
    return a if a.shape[0] == 4 else np.concatenate([a, np.full_like(a[:1], 255)])


def main():
    tiles, wanted, scene = sys.argv[1:]
    want = gdal.Open(wanted).ReadAsArray().astype(int)
    source = gdal.Open(scene)
    want[:, source.GetRasterBand(1).GetMaskBand().ReadAsArray() == 0] = 0
    want[:, want[3] == 0] = 0
    zoom = max(int(os.path.basename(p)) for p in glob.glob(f"{tiles}/*") if os.path.isdir(p))
    have = np.zeros((4, want.shape[1] + 512, want.shape[2] + 512), int)
    for path in glob.glob(f"{tiles}/{zoom}/*/*.png"):
        x, y = int(path.split("/")[-2]) * 256, int(os.path.basename(path)[:-4]) * 256
        have[:, y:y + 256, x:x + 256] = read(path)
    assert not have[:, want.shape[1]:].any() and not have[:, :, want.shape[2]:].any()
    have = have[:, :want.shape[1], :want.shape[2]]
    off = np.abs(have - want)
    assert have.any() and off.max() <= 1, (off.max(), np.argwhere(off == off.max())[0])
    print(f"{tiles}: {have[3].astype(bool).sum()} pixels, {100 * (off.max(axis=0) > 0).mean():.3f} % off by 1")


main()
