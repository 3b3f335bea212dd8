#!/usr/bin/python3
"""check_png.py FOLDER REFERENCE|- [COLOUR TYPES]: three decoders (libpng through GDAL, Pillow, pypng) see the same pixels in every
PNG of a tile directory, those of the same tile in REFERENCE if there is one, and each of the colour types named occurs."""
import os
import sys

import numpy as np
import png
from osgeo import gdal
from PIL import Image

gdal.UseExceptions()


def by_gdal(path):
    dataset = gdal.Open(path)
    a, palette = dataset.ReadAsArray(), dataset.GetRasterBand(1).GetColorTable()
    if palette:
        a = np.array([palette.GetColorEntry(i) for i in range(palette.GetCount())], np.uint8)[a].transpose(2, 0, 1)
    a = a[None] if a.ndim == 2 else a
    a = np.concatenate([a[:1]] * 3 + [a[1:]]) if a.shape[0] <= 2 else a
    a = a if a.shape[0] == 4 else np.concatenate([a, np.full((1,) + a.shape[1:], 255, np.uint8)])
    return a.transpose(1, 2, 0)


def by_pillow(path):
    return np.array(Image.open(path).convert("RGBA"))


def by_pypng(path):
    width, height, rows, _ = png.Reader(filename=path).asRGBA8()
    return np.array([np.array(r) for r in rows], np.uint8).reshape(height, width, 4)


folder, reference, wanted = sys.argv[1], sys.argv[2], {int(t) for t in sys.argv[3:]}
seen, count = set(), 0
for top, _, names in os.walk(folder):
    for name in names:
        if not name.endswith(".png"):
            continue
        path = os.path.join(top, name)
        seen.add(open(path, "rb").read(26)[25])
        a = by_gdal(path)
        for other in (by_pillow, by_pypng):
            assert (a == other(path)).all(), "%s: %s sees other pixels" % (path, other.__name__)
        if reference != "-":
            assert (a == by_gdal(path.replace(folder, reference, 1))).all(), "%s: not the pixels of %s" % (path, reference)
        count += 1
assert count > 0
assert wanted <= seen, "colour types %s, wanted %s" % (seen, wanted)
print("%d tiles, colour types %s" % (count, sorted(seen)))
