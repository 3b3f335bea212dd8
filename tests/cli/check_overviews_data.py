#!/usr/bin/python3
"""check_overviews_data.py FILE METHOD: every overview of a GeoTIFF of numbers is the reduction of the whole next finer
one, by the definitions of kernels/reduce.h, values and validity; so there can be no seam. Prints the largest departure."""
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
path, method = sys.argv[1:]


def padded(a, halo=0):
    """To whole quads, and a halo around, of zeros."""
    return np.pad(a, ((halo, halo + a.shape[0] % 2), (halo, halo + a.shape[1] % 2)))


def quads(a):
    return np.stack([a[i::2, k::2] for i in (0, 1) for k in (0, 1)])


def average(v, ok):
    p, there = quads(padded(v)), quads(padded(ok))
    return np.where(there, p, 0).sum(axis=0) / np.maximum(there.sum(axis=0), 1), there.any(axis=0)


def nearest(v, ok):
    return quads(padded(v))[0], quads(padded(ok))[0]


def mode(v, ok):
    p, there = quads(padded(v)), quads(padded(ok))
    best, highest = np.zeros_like(p[0]), np.zeros(p[0].shape, int)
    for i in range(4):
        times = sum(((p[i] == p[k]) & there[k]).astype(int) for k in range(i + 1))
        wins = (times > highest) & there[i]
        best, highest = np.where(wins, p[i], best), np.where(wins, times, highest)
    return best, there.any(axis=0)


def smallest(v, ok):
    p, there = quads(padded(v)), quads(padded(ok))
    return np.where(there, p, np.inf).min(axis=0), there.any(axis=0)


def largest(v, ok):
    p, there = quads(padded(v)), quads(padded(ok))
    return np.where(there, p, -np.inf).max(axis=0), there.any(axis=0)


reductions = {"average": average, "nearest": nearest, "mode": mode, "min": smallest, "max": largest}


def read(band):
    values = band.ReadAsArray().astype(float)
    ok = band.GetMaskBand().ReadAsArray() > 0
    return np.where(ok, values, 0), ok


worst, checked = 0, 0
raster = gdal.Open(path)
for number in range(1, raster.RasterCount + 1):
    band = raster.GetRasterBand(number)
    kind = band.DataType
    wide = kind in (gdal.GDT_UInt32, gdal.GDT_Int32)  # of doubles, and rounded in the file alone
    step = {gdal.GDT_Float32: 2.0 ** -23, gdal.GDT_Float64: 2.0 ** -50}.get(kind)
    v, ok = read(band)
    for level in range(band.GetOverviewCount()):
        v, ok = reductions[method](v, ok)
        v = np.where(ok, v, 0)
        got, got_ok = read(band.GetOverview(level))
        assert got.shape == v.shape, (level, got.shape, v.shape)
        assert (got_ok == ok).all(), (number, level, "validity differs in %d pixels" % (got_ok != ok).sum())
        if step:
            away = np.abs(got - v) / np.maximum(np.abs(v).max(), 1e-300)
            assert away.max() <= (level + 2) * step, (number, level, away.max())
            v = got
        else:
            rounded = np.sign(v) * np.floor(np.abs(v) + 0.5) if not wide or method == "average" else v
            away = np.abs(got - rounded)
            assert away.max() <= (1 if wide else 0), (number, level, away.max())
            v = v if wide else got
        worst = max(worst, away.max())
        checked += ok.sum()
assert checked > 0
print("%d samples of overviews: at most %g away" % (checked, worst))
