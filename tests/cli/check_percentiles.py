#!/usr/bin/python3
"""check_percentiles.py PLAN.json LOW HIGH SCENE...: the plan's ranges are those percentiles of all valid pixels of the scenes."""
import json
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
plan, low, high, *scenes = sys.argv[1:]
options = json.load(open(plan))
grade, bands = options["options"]["grade"], [b[0] for b in options["scenes"][0]["assets"][0]["data"]]
found = [[] for _ in bands]
for scene in scenes:
    d = gdal.Open(scene)
    samples = [d.GetRasterBand(b).ReadAsArray() for b in bands]
    valid = np.logical_and.reduce([d.GetRasterBand(b).GetMaskBand().ReadAsArray() > 0 for b in bands] + [~np.isnan(s) for s in samples])
    for i, b in enumerate(bands):
        band = d.GetRasterBand(b)
        found[i].append(samples[i][valid] * float(1 if band.GetScale() is None else band.GetScale()) + (band.GetOffset() or 0))
for i in range(len(bands)):
    values = np.concatenate(found[i])
    for percent, have in ((float(low), grade["lo"][i]), (float(high), grade["hi"][i])):
        want = np.percentile(values, percent, method="inverted_cdf")
        bound = 1e-4 * np.ptp(values) if grade["type"] == "f32" else 1e-9 * max(1, abs(want))
        assert abs(have - want) <= bound, (bands[i], percent, have, want)
