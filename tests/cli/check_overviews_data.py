#!/usr/bin/python3
"""check_overviews_data.py FILE METHOD [FILE METHOD]...: every overview of a GeoTIFF of numbers is the reduction of the
whole next finer one, by the definitions of kernels/reduce.h, values and validity; so there can be no seam."""
import math
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()


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


def lanczos_weights():
    at = [0.25 + 0.5 * k for k in range(6)]
    w = [math.sin(math.pi * x) * math.sin(math.pi * x / 3) / (math.pi * math.pi * x * x / 3) for x in at]
    return [round(8192 * v / sum(w)) for v in w]


def filtered(half, least):
    w, halo = half[::-1] + half, len(half) - 1

    def along(a, axis):
        n = a.shape[axis] // 2 - halo
        return sum(w[k] * (a[k:k + 2 * n:2] if axis == 0 else a[:, k:k + 2 * n:2]) for k in range(len(w)))

    def reduce(v, ok):
        value = along(along(padded(np.where(ok, v, 0), halo), 1), 0)
        weight = along(along(padded(ok, halo).astype(float), 1), 0)
        mean, there = average(v, ok)
        weak = weight < least * 2.0 ** 28
        return np.where(weak, mean, value / np.where(weak, 1, weight)), there
    return reduce


reductions = {"bilinear": filtered([6144, 2048], 1e-9), "cubic": filtered([7104, 1856, -576, -192], 1 / 4),
              "lanczos": filtered(lanczos_weights(), 1 / 4), "average": average, "nearest": nearest, "mode": mode, "min": smallest, "max": largest}


def read(band):
    values = band.ReadAsArray().astype(float)
    ok = band.GetMaskBand().ReadAsArray() > 0
    return np.where(ok, values, 0), ok


ranges = {gdal.GDT_Byte: (0, 255), gdal.GDT_UInt16: (0, 65535), gdal.GDT_Int16: (-32768, 32767),
          gdal.GDT_UInt32: (0, 2 ** 32 - 1), gdal.GDT_Int32: (-2 ** 31, 2 ** 31 - 1)}
steps = {gdal.GDT_Float32: 2.0 ** -23, gdal.GDT_Float64: 2.0 ** -50}


def check(band, reduce):
    """How many samples of overviews there are."""
    kind, checked = band.DataType, 0
    v, ok = read(band)
    for level in range(band.GetOverviewCount()):
        v, ok = reduce(v, ok)
        v = np.where(ok, v, 0)
        got, got_ok = read(band.GetOverview(level))
        assert got.shape == v.shape, (level, got.shape, v.shape)
        assert (got_ok == ok).all(), (level, "validity differs in %d pixels" % (got_ok != ok).sum())
        if kind in steps:
            away = np.abs(got - v).max() / np.abs(v).max()
            assert away <= steps[kind], (level, away)
            v = got
        elif kind in (gdal.GDT_UInt32, gdal.GDT_Int32): # of doubles, rounded in the file alone
            away = np.abs(got - np.clip(v, *ranges[kind])).max()
            assert away <= 0.5 + 1e-5, (level, away)
        else:
            v = np.sign(v) * np.floor(np.abs(np.clip(v, *ranges[kind])) + 0.5)
            assert (got == v).all(), (level, "%d values differ" % (got != v).sum())
        checked += ok.sum()
    return checked


def main():
    total = 0
    for path, method in zip(sys.argv[1::2], sys.argv[2::2]):
        raster = gdal.Open(path)
        for number in range(1, raster.RasterCount + 1):
            try:
                checked = check(raster.GetRasterBand(number), reductions[method])
            except AssertionError as error:
                sys.exit("%s, %s, band %d: %s" % (path, method, number, error))
            assert checked > 0, path
            total += checked
    print("%d samples of overviews are exact" % total)


if __name__ == "__main__":
    main()
