#!/usr/bin/python3
"""check_pyramid.py FOLDER: every tile above the base equals the 2 x 2 reduction of its children: with alpha a and colour c of
the four pixels, A = (sum a + 2) >> 2, C = (sum(c a) + floor(sum a / 2)) / sum a, nothing where A = 0; and lies within
its children's range of colours, so that no border is darker or lighter than what it borders."""
import json
import os
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
folder = sys.argv[1]


def read(z, x, y, px):
    path = os.path.join(folder, str(z), str(x), "%d.png" % y)
    if not os.path.exists(path):
        return None
    dataset = gdal.Open(path)
    a, palette = dataset.ReadAsArray(), dataset.GetRasterBand(1).GetColorTable()
    a = a[None] if a.ndim == 2 else a
    if palette:
        a = np.array([palette.GetColorEntry(i) for i in range(palette.GetCount())], np.uint8)[a[0]].transpose(2, 0, 1)
    if a.shape[0] <= 2:
        a = np.concatenate([a[:1]] * 3 + [a[1:]])
    if a.shape[0] == 3:
        a = np.concatenate([a, np.full((1,) + a.shape[1:], 255, np.uint8)])
    assert a.shape == (4, px, px), (path, a.shape)
    return a.astype(np.int64)


def reduce(four):
    parts = [four[:, i::2, k::2] for i in (0, 1) for k in (0, 1)]
    total = sum(p[3] for p in parts)
    alpha = (total + 2) >> 2
    colour = (sum(p[:3] * p[3] for p in parts) + total // 2) // np.maximum(total, 1)
    lowest = np.min([np.where(p[3] > 0, p[:3], 255) for p in parts], axis=0)
    highest = np.max([np.where(p[3] > 0, p[:3], 0) for p in parts], axis=0)
    seen = alpha > 0
    assert (colour >= lowest)[:, seen].all() and (colour <= highest)[:, seen].all(), "a colour beyond its sources"
    return np.where(seen, np.concatenate([colour, alpha[None]]), 0)


meta = json.load(open(os.path.join(folder, "metadata.json")))
low, high = int(meta["minzoom"]), int(meta["maxzoom"])
px = int(meta["imbrex"]["tile_size"])
checked = 0
for z in range(low, high):
    parents = set()
    for zz, scale in ((z, 1), (z + 1, 2)):
        top = os.path.join(folder, str(zz))
        for x in os.listdir(top):
            parents |= {(int(x) // scale, int(n.split(".")[0]) // scale) for n in os.listdir(os.path.join(top, x))}
    for x, y in sorted(parents):
        canvas = np.zeros((4, 2 * px, 2 * px), np.int64)
        for dx in (0, 1):
            for dy in (0, 1):
                child = read(z + 1, 2 * x + dx, 2 * y + dy, px)
                if child is not None:
                    canvas[:, dy * px:(dy + 1) * px, dx * px:(dx + 1) * px] = child
        wanted, got = reduce(canvas), read(z, x, y, px)
        if got is None:
            assert not wanted[3].any(), "tile %d/%d/%d is missing" % (z, x, y)
            continue
        assert (wanted == got).all(), "tile %d/%d/%d differs in %d values" % (z, x, y, (wanted != got).sum())
        checked += 1
assert checked > 0
print("%d overview tiles are exact" % checked)
