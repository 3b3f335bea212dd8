#!/usr/bin/python3
"""check_overviews.py FOLDER METHOD: every zoom above the base, tile for tile, is the reduction of the whole next zoom at
once, by the definitions of kernels/reduce.h; so there can be no seam. For scenes that lie within the grid."""
import json
import math
import os
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
folder, method = sys.argv[1:]


def read_zoom(z, px):
    """All tiles of a zoom by (x, y)."""
    tiles = {}
    top = os.path.join(folder, str(z))
    for x in os.listdir(top):
        for name in os.listdir(os.path.join(top, x)):
            dataset = gdal.Open(os.path.join(top, x, name))
            a, palette = dataset.ReadAsArray(), dataset.GetRasterBand(1).GetColorTable()
            a = a[None] if a.ndim == 2 else a
            if palette:
                entries = [palette.GetColorEntry(i) for i in range(palette.GetCount())]
                a = np.array(entries, np.uint8)[a[0]].transpose(2, 0, 1)
            if a.shape[0] <= 2:
                a = np.concatenate([a[:1]] * 3 + [a[1:]])
            if a.shape[0] == 3:
                a = np.concatenate([a, np.full((1,) + a.shape[1:], 255, np.uint8)])
            assert a.shape == (4, px, px), (z, x, name, a.shape)
            tiles[int(x), int(name.split(".")[0])] = a.astype(np.int64)
    return tiles


def quads(image):
    return [image[:, i::2, k::2] for i in (0, 1) for k in (0, 1)]


def average(image):
    p = quads(image)
    total = sum(q[3] for q in p)
    colour = (sum(q[:3] * q[3] for q in p) + total // 2) // np.maximum(total, 1)
    return np.concatenate([colour, (total[None] + 2) >> 2])


def nearest(image):
    return quads(image)[0]


def mode(image):
    p = quads(image)
    best, highest = np.zeros_like(p[0]), np.zeros_like(p[0][0])
    for i in range(4):
        times = sum((p[i] == p[k]).all(axis=0).astype(int) for k in range(i + 1))
        wins = (times > highest) & (p[i][3] > 0)
        best, highest = np.where(wins, p[i], best), np.where(wins, times, highest)
    return best


def smallest(image):
    p = quads(image)
    return np.concatenate([np.min([np.where(q[3] > 0, q[:3], 255) for q in p], axis=0),
                           np.max([q[3:] for q in p], axis=0)])


def largest(image):
    p = quads(image)
    return np.max([np.where(q[3] > 0, q, 0) for q in p], axis=0)


def lanczos_weights():
    at = [0.25 + 0.5 * k for k in range(6)]
    w = [math.sin(math.pi * x) * math.sin(math.pi * x / 3) / (math.pi * math.pi * x * x / 3) for x in at]
    return [round(8192 * v / sum(w)) for v in w]


def filtered(half):
    w = np.array(half[::-1] + half, np.int64)
    halo = len(half) - 1

    def along(a, axis):
        shape = list(a.shape)
        shape[axis] //= 2
        out = np.zeros(shape, np.int64)
        padding = [(0, 0)] * 3
        padding[axis] = (halo, halo)
        a = np.pad(a, padding)
        for k in range(len(w)):
            part = [slice(None)] * 3
            part[axis] = slice(k, k + 2 * shape[axis], 2)
            out += w[k] * a[tuple(part)]
        return out

    def reduce(image):
        s = along(along(np.concatenate([image[:3] * image[3], image[3:]]), 2), 1)
        alpha = np.clip((s[3] + (1 << 27)) >> 28, 0, 255)
        colour = (s[:3] + s[3] // 2) // np.maximum(s[3], 1)
        return np.concatenate([np.clip(colour, 0, 255), alpha[None]])
    return reduce


reductions = {"average": average, "nearest": nearest, "mode": mode, "min": smallest, "max": largest,
              "bilinear": filtered([6144, 2048]), "cubic": filtered([7104, 1856, -576, -192]),
              "lanczos": filtered(lanczos_weights())}

meta = json.load(open(os.path.join(folder, "metadata.json")))
low, high, px = int(meta["minzoom"]), int(meta["maxzoom"]), int(meta["imbrex"]["tile_size"])
checked = 0
below = read_zoom(high, px)
for z in range(high - 1, low - 1, -1):
    tiles = read_zoom(z, px)
    parents = {(x // 2, y // 2) for x, y in below}
    assert set(tiles) <= parents, "zoom %d has tiles with nothing under them" % z
    x0, y0 = (min(p[i] for p in parents) for i in (0, 1))
    x1, y1 = (max(p[i] for p in parents) + 1 for i in (0, 1))
    image = np.zeros((4, 2 * px * (y1 - y0), 2 * px * (x1 - x0)), np.int64)
    for (x, y), a in below.items():
        image[:, (y - 2 * y0) * px:(y - 2 * y0 + 1) * px, (x - 2 * x0) * px:(x - 2 * x0 + 1) * px] = a
    wanted = reductions[method](image)
    wanted = np.where(wanted[3] > 0, wanted, 0)
    for x, y in parents:
        want = wanted[:, (y - y0) * px:(y - y0 + 1) * px, (x - x0) * px:(x - x0 + 1) * px]
        got = tiles.get((x, y), np.zeros_like(want))
        assert (got == want).all(), "tile %d/%d/%d differs in %d values" % (z, x, y, (got != want).sum())
        checked += 1
    below = tiles
assert checked > 0
print("%d overview tiles are exact" % checked)
