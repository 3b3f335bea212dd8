#!/usr/bin/python3
"""check_buffer.py BUFFERED PLAIN COLUMNS PX: two folders {z}/{x}/{y}.png of one job, with --buffer PX and without. Both hold the same
tiles; the middle of each is the plain one, and what is around are the plain ones beside it, at every zoom: nothing where
there is none. COLUMNS: of the grid at zoom 0, if it wraps; else 0."""
import os
import sys

import numpy as np
from osgeo import gdal

from tile_pixels import read

gdal.UseExceptions()
buffered, plain, columns, b = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def tiles_of(folder):
    found = {}
    for top, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".png"):
                z, x = top.split("/")[-2:]
                found[int(z), int(x), int(name[:-4])] = os.path.join(top, name)
    return found


want, got = tiles_of(plain), tiles_of(buffered)
assert want and want.keys() == got.keys(), (len(want), len(got))
want = {key: read(path) for key, path in want.items()}
filled, seen = 0, 0
for (z, x, y), path in got.items():
    tile = read(path)
    px = want[z, x, y].shape[0]
    assert tile.shape == (px + 2 * b, px + 2 * b, 4), (z, x, y, tile.shape)
    around = np.zeros((3 * px, 3 * px, 4), np.uint8)
    for i in range(9):
        column = x + i % 3 - 1
        beside = want.get((z, column % (columns << z) if columns else column, y + i // 3 - 1))
        if beside is not None:
            around[i // 3 * px:(i // 3 + 1) * px, i % 3 * px:(i % 3 + 1) * px] = beside
    expected = around[px - b:2 * px + b, px - b:2 * px + b]
    assert (tile == expected).all(), (z, x, y, np.argwhere((tile != expected).any(axis=2))[:5].tolist())
    margin = expected.copy()
    margin[b:-b, b:-b] = 0
    filled += int((margin[..., 3] > 0).sum())
    seen += 1
assert filled, "no neighbour has pixels beside another: nothing was tested"
print(f"{seen} tiles, {filled} pixels of neighbours")
