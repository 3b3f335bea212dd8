#!/usr/bin/python3
"""check_percentiles.py [--within X,Y,X,Y,...]... PLAN.json LOW HIGH SCENE...: the plan's ranges are those percentiles of all valid
pixels of the scenes, or of those whose centres lie within all of these polygons (in the scenes' CRS). Centres within 1/32 pixel of an
edge may count or not: so many ranks the values may be off."""
import json
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
polygons = []
arguments = sys.argv[1:]
while arguments[0] == "--within":
    polygons.append(np.array([float(v) for v in arguments[1].split(",")]).reshape(-1, 2))
    arguments = arguments[2:]
plan, low, high, *scenes = arguments


def within(d):
    g = d.GetGeoTransform()
    x = g[0] + g[1] * (np.arange(d.RasterXSize) + 0.5)[None, :]
    y = g[3] + g[5] * (np.arange(d.RasterYSize) + 0.5)[:, None]
    every = np.ones((d.RasterYSize, d.RasterXSize), bool)
    unsure = ~every
    for polygon in polygons:
        inside = np.zeros_like(every)
        for a, b in zip(polygon, np.roll(polygon, -1, 0)):
            length = np.hypot(*(b - a))
            along = ((x - a[0]) * (b[0] - a[0]) + (y - a[1]) * (b[1] - a[1])) / length
            across = np.abs((x - a[0]) * (b[1] - a[1]) - (y - a[1]) * (b[0] - a[0])) / length
            near = (across < g[1] / 32) & (along > -g[1]) & (along < length + g[1])
            unsure |= near
            with np.errstate(divide="ignore", invalid="ignore"):
                inside ^= ((a[1] > y) != (b[1] > y)) & (x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
        every &= inside
    return every | unsure, unsure


options = json.load(open(plan))
grade, bands = options["options"]["grade"], [b[0] for b in options["scenes"][0]["assets"][0]["data"]]
found = [[] for _ in bands]
unsure = 0
for scene in scenes:
    d = gdal.Open(scene)
    samples = [d.GetRasterBand(b).ReadAsArray() for b in bands]
    valid = np.logical_and.reduce([d.GetRasterBand(b).GetMaskBand().ReadAsArray() > 0 for b in bands] + [~np.isnan(s) for s in samples])
    inside, near = within(d)
    valid &= inside
    unsure += (valid & near).sum()
    for i, b in enumerate(bands):
        band = d.GetRasterBand(b)
        found[i].append(samples[i][valid] * float(1 if band.GetScale() is None else band.GetScale()) + (band.GetOffset() or 0))
for i in range(len(bands)):
    values = np.concatenate(found[i])
    for percent, have in ((float(low), grade["lo"][i]), (float(high), grade["hi"][i])):
        ranked = np.sort(values)
        rank = max(int(np.ceil(percent / 100 * len(ranked))) - 1, 0)
        assert ranked[rank] == np.percentile(values, percent, method="inverted_cdf") and unsure < 0.01 * len(ranked)
        least, most = ranked[max(rank - unsure, 0)], ranked[min(rank + unsure, len(ranked) - 1)]
        bound = 1e-4 * np.ptp(values) if grade["type"] == "f32" else 1e-9 * max(1, abs(least), abs(most))
        assert least - bound <= have <= most + bound, (bands[i], percent, have, least, most, unsure)
