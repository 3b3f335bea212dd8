#!/usr/bin/python3
"""check_grade.py TILES PLAN.json SCENE...: the base tiles of a directory {z}/{x}/{y}.png against gdalwarp onto the same grid
and the formula of a stretch in doubles: floor(255 t^(1/gamma) + 0.5), t = (value - lo) / (hi - lo), with the plan's numbers.

A difference of one unit is what positions (within 1/64 px) and roundings (of the warp, for whole numbers) make; the outline
may differ by a pixel.
"""
import glob
import json
import os
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
SIDE, HALF = 256, 20037508.342789244


def tile_pixels(path):
    d = gdal.Open(path)
    a = d.ReadAsArray()
    table = d.GetRasterBand(1).GetColorTable()
    if table:
        a = np.array([table.GetColorEntry(i) for i in range(table.GetCount())], np.uint8)[a].transpose(2, 0, 1)
    a = a[None] if a.ndim == 2 else a
    colours, alpha = (a[:1], a[1:]) if a.shape[0] in (1, 2) else (a[:3], a[3:])
    colours = np.repeat(colours, 3, axis=0) if colours.shape[0] == 1 else colours
    return colours, alpha[0] if alpha.shape[0] else np.full(a.shape[1:], 255, np.uint8)


def warp(scene, bands, box, width, height):
    # a file of the chosen bands alone: its mask is theirs
    source = gdal.Open(scene)
    alpha = [b for b in range(1, source.RasterCount + 1)
             if source.GetRasterBand(b).GetColorInterpretation() == gdal.GCI_AlphaBand and b not in bands]
    chosen = gdal.Translate("", scene, format="VRT", bandList=bands + alpha)
    result = gdal.Warp("", chosen, format="MEM", outputBounds=box, width=width, height=height, dstSRS="EPSG:3857",
                       resampleAlg="bilinear", errorThreshold=0, overviewLevel="NONE", dstAlpha=True,
                       outputType=gdal.GDT_Float64)
    values = result.ReadAsArray()
    for i, band in enumerate(bands):
        b = source.GetRasterBand(band)
        values[i] = values[i] * (1 if b.GetScale() is None else b.GetScale()) + (b.GetOffset() or 0)
    return values[:-1], (values[-1] > 0) & ~np.isnan(values[:-1]).any(axis=0)


def near_edge(mask):
    padded = np.pad(mask, 2, mode="edge")
    h, w = mask.shape
    views = [padded[i:i + h, j:j + w] for i in range(5) for j in range(5)]
    return np.logical_or.reduce(views) != np.logical_and.reduce(views)


def main():
    tiles, plan, *scenes = sys.argv[1:]
    options = json.load(open(plan))
    grade, bands = options["options"]["grade"], [b[0] for b in options["scenes"][0]["assets"][0]["data"]]
    zoom = options["options"]["zoom_max"]
    paths = glob.glob(os.path.join(tiles, str(zoom), "*", "*.png"))
    assert paths, "no base tiles"
    at = [(int(p.split("/")[-2]), int(os.path.basename(p)[:-4])) for p in paths]
    x0, y0 = min(x for x, _ in at), min(y for _, y in at)
    columns, rows = max(x for x, _ in at) - x0 + 1, max(y for _, y in at) - y0 + 1
    res = 2 * HALF / (SIDE << zoom)
    box = (x0 * SIDE * res - HALF, HALF - (y0 + rows) * SIDE * res, (x0 + columns) * SIDE * res - HALF, HALF - y0 * SIDE * res)
    shape = (rows * SIDE, columns * SIDE)
    values, valid, seam = np.zeros((len(bands),) + shape), np.zeros(shape, bool), np.zeros(shape, bool)
    for scene in scenes:
        v, mask = warp(scene, bands, box, shape[1], shape[0])
        values[:, mask] = v[:, mask]
        valid |= mask
        seam |= near_edge(mask)
    have, alpha = np.zeros((3,) + shape, np.uint8), np.zeros(shape, np.uint8)
    for (x, y), path in zip(at, paths):
        part = np.s_[(y - y0) * SIDE:(y - y0 + 1) * SIDE, (x - x0) * SIDE:(x - x0 + 1) * SIDE]
        have[(slice(None),) + part], alpha[part] = tile_pixels(path)
    away = ~seam
    assert set(np.unique(alpha[away])) <= {0, 255}
    assert not ((alpha > 0) != valid)[away].any(), "masks differ"
    assert not have[:, alpha == 0].any()
    both = valid & (alpha > 0) & away
    assert both.sum() > 1000
    for channel in range(3):
        band = channel if len(bands) == 3 else 0
        t = np.clip((values[band] - grade["lo"][band]) / (grade["hi"][band] - grade["lo"][band]), 0, 1)
        want = 255 * t ** (1 / grade["gamma"])
        off = np.abs(have[channel].astype(float) - want)[both]
        # a whole number is rounded before it is stretched
        step = 0 if grade["type"] == "f32" else abs(grade["scale"][band]) * 255 / abs(grade["hi"][band] - grade["lo"][band])
        allowed = 0.5 + max(1.0, step) if grade["gamma"] == 1 else 0.5 + 4 * max(1.0, step)
        share = (off <= allowed).mean()
        assert share > 0.999, (channel, share, off.max())
        assert off.mean() < 0.5 + step, (channel, off.mean())
    return 0


sys.exit(main())
