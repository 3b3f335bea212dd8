#!/usr/bin/python3
"""check_terrain.py terrain-rgb|terrarium METHOD TILES ZOOM SCENE...: heights out of a directory {z}/{x}/{y}.png against
gdalwarp (in floats) onto the grid of the base zoom, and at each zoom above against that way to make overviews: within half
a step of the encoding and 1 cm. (Positions have to be exact: --error-threshold 0.)"""
import glob
import os
import sys

import numpy as np
from osgeo import gdal

from check_overviews_data import reductions

gdal.UseExceptions()
SIDE, HALF = 256, 20037508.342789244
SLACK_M = 0.01  # a cliff of 600 m a pixel by the 2^-16 px of positions


def read(path):
    d = gdal.Open(path)
    a = d.ReadAsArray()
    table = d.GetRasterBand(1).GetColorTable()
    if table:
        a = np.array([table.GetColorEntry(i) for i in range(table.GetCount())], np.uint8)[a].transpose(2, 0, 1)
    a = np.repeat(a[None] if a.ndim == 2 else a, 3, axis=0) if a.ndim == 2 or a.shape[0] == 1 else a
    return a[:3].astype(np.float64), a[3] > 0 if a.shape[0] == 4 else np.ones(a.shape[1:], bool)


def near_edge(mask):
    padded = np.pad(mask, 2, mode="edge")
    h, w = mask.shape
    views = [padded[i:i + h, j:j + w] for i in range(5) for j in range(5)]
    return np.logical_or.reduce(views) != np.logical_and.reduce(views)


def warp(scenes, box, size):
    values, valid, seam = np.zeros((size, size)), np.zeros((size, size), bool), np.zeros((size, size), bool)
    for scene in scenes:
        source = gdal.Open(scene)
        band = source.GetRasterBand(1)
        floats = gdal.Translate("", source, format="MEM", outputType=gdal.GDT_Float64)
        result = gdal.Warp("", floats, format="MEM", outputBounds=box, width=size, height=size, dstSRS="EPSG:3857",
                           resampleAlg="bilinear", errorThreshold=0, dstAlpha=True, outputType=gdal.GDT_Float64).ReadAsArray()
        mask = result[1] > 0
        scale = 1 if band.GetScale() is None else band.GetScale()
        values[mask] = (result[0] * scale + (band.GetOffset() or 0))[mask]
        valid |= mask
        seam |= near_edge(mask)
    return values, valid, seam


def reached(mask, method):
    """Where the reduction takes something of it."""
    halo, (h, w) = {"bilinear": 1, "cubic": 3, "lanczos": 5}.get(method, 0), mask.shape
    padded, taps = np.pad(mask, halo), range(2 * halo + 2)
    return np.logical_or.reduce([padded[i:i + h:2, j:j + w:2] for i in taps for j in taps])


def main():
    kind, method, tiles, zoom, *scenes = sys.argv[1:]
    zoom = int(zoom)
    step = 0.1 if kind == "terrain-rgb" else 1 / 256
    base = [(int(p.split("/")[-2]), int(os.path.basename(p)[:-4])) for p in glob.glob(f"{tiles}/{zoom}/*/*.png")]
    assert base
    # a root tile under which everything lies, as few zooms up as possible
    up = 0
    while len({(x >> up, y >> up) for x, y in base}) > 1:
        up += 1
    x0, y0 = base[0][0] >> up << up, base[0][1] >> up << up
    size, res = SIDE << up, 2 * HALF / (SIDE << zoom)
    left, top = x0 * SIDE * res - HALF, HALF - y0 * SIDE * res
    values, valid, seam = warp(scenes, (left, top - size * res, left + size * res, top), size)
    seen = 0
    for z in range(zoom, zoom - up - 1, -1):
        k = zoom - z
        side = SIDE << (up - k)
        have, there = np.zeros((side, side)), np.zeros((side, side), bool)
        for path in glob.glob(f"{tiles}/{z}/*/*.png"):
            x, y = int(path.split("/")[-2]) - (x0 >> k), int(os.path.basename(path)[:-4]) - (y0 >> k)
            c, mask = read(path)
            part = np.s_[y * SIDE:(y + 1) * SIDE, x * SIDE:(x + 1) * SIDE]
            have[part] = (c[0] * 65536 + c[1] * 256 + c[2]) * 0.1 - 10000 if kind == "terrain-rgb" else \
                c[0] * 256 + c[1] + c[2] / 256 - 32768
            there[part] = mask
        assert not ((there != valid) & ~seam).any(), z
        both = there & valid & ~seam
        off = np.abs(have - values)[both]
        assert off.size == 0 or off.max() <= 0.5 * step + SLACK_M, (z, off.max(), off.mean())
        seen += off.size
        values, valid = reductions[method](values, valid)
        values, seam = np.where(valid, values, 0), reached(seam, method)
    assert seen > 2000, seen
    print(f"{kind}: {seen} heights at {up + 1} zooms")


main()
