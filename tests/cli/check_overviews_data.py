#!/usr/bin/python3
"""check_overviews_data.py FILE METHOD [FILE METHOD]...: every overview of a GeoTIFF of numbers is the reduction of the
whole next finer one, by the definitions of kernels/reduce.h and, of one with alpha, engine/coverage.h, values and
validity; so there can be no seam."""
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


# ---- with alpha: values of all bands and alpha (0 to 1) at once ----

def by_quad(reduce, alphas):
    def reduce_all(v, a):
        return [reduce(band, a > 0)[0] for band in v], alphas(a, a > 0)[0]
    return reduce_all


def average_by_alpha(v, a):
    total = quads(padded(a)).sum(axis=0)
    return [quads(padded(band * a)).sum(axis=0) / np.where(total > 0, total, 1) for band in v], total / 4


def filtered_by_alpha(half, least):
    w, halo = half[::-1] + half, len(half) - 1

    def along(a, axis):
        n = a.shape[axis] // 2 - halo
        return sum(w[k] * (a[k:k + 2 * n:2] if axis == 0 else a[:, k:k + 2 * n:2]) for k in range(len(w)))

    def filtered_sum(a):
        return along(along(padded(a.astype(float), halo), 1), 0) / 2.0 ** 28

    def reduce(v, a):
        there, cover, taps = quads(padded(a > 0)).sum(axis=0), filtered_sum(a), filtered_sum(a > 0)
        reach = padded(a, halo)
        h, wide = there.shape
        largest = np.maximum.reduce([reach[i:i + 2 * h:2, k:k + 2 * wide:2] for i in range(len(w)) for k in range(len(w))])
        safe = np.where(taps > 0, taps, 1)
        weak = (taps < least) | (cover / safe < (least if least >= 0.01 else 0) * largest)
        means, mean_alpha = average_by_alpha(v, a)
        alpha = np.where(weak, mean_alpha, np.minimum(cover / safe, 1) * there / 4)
        return [np.where(weak, mean, filtered_sum(band * a) / np.where(weak | (there == 0), 1, cover)) * (there > 0)
                for band, mean in zip(v, means)], alpha * (there > 0)
    return reduce


reductions_by_alpha = {"bilinear": filtered_by_alpha([6144, 2048], 1e-9), "cubic": filtered_by_alpha([7104, 1856, -576, -192], 1 / 4),
                       "lanczos": filtered_by_alpha(lanczos_weights(), 1 / 4), "average": average_by_alpha, "nearest": by_quad(nearest, nearest),
                       "mode": by_quad(mode, mode), "min": by_quad(smallest, largest), "max": by_quad(largest, largest)}


def differ(kind, got, want):
    """Where a sample is neither; sums have another order here, so that halves may be rounded either way."""
    if kind in steps:
        return np.abs(got - want) > np.abs(want).max() * 2.0 ** -22
    return np.abs(got - np.clip(want, *ranges[kind])) > 0.5 + 1e-9


def check_alpha(raster, reduce):
    kind, checked = raster.GetRasterBand(1).DataType, 0
    opaque = 65535 if kind == gdal.GDT_UInt16 else 255
    planes = raster.ReadAsArray().astype(float)
    for level in range(raster.GetRasterBand(1).GetOverviewCount()):
        values, alpha = reduce(list(planes[:-1]), planes[-1] / opaque)
        got = np.stack([raster.GetRasterBand(b + 1).GetOverview(level).ReadAsArray() for b in range(raster.RasterCount)]).astype(float)
        assert got[-1].shape == alpha.shape, (level, got[-1].shape, alpha.shape)
        there = got[-1] > 0
        for number, want in enumerate(values + [alpha * opaque], 1):
            bad = differ(kind, got[number - 1], np.where(there | (number == len(got)), want, 0))
            assert not bad.any(), (level, number, "%d values differ" % bad.sum())
        planes = got
        checked += there.sum() * len(got)
    return checked


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
        try:
            if raster.RasterCount > 1:
                assert raster.GetRasterBand(raster.RasterCount).GetColorInterpretation() == gdal.GCI_AlphaBand
                checked = check_alpha(raster, reductions_by_alpha[method])
            else:
                checked = check(raster.GetRasterBand(1), reductions[method])
        except AssertionError as error:
            sys.exit("%s, %s: %s" % (path, method, error))
        assert checked > 0, path
        total += checked
    print("%d samples of overviews are exact" % total)


if __name__ == "__main__":
    main()
