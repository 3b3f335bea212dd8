#!/usr/bin/python3
"""check_quality.py OURS.tif QA.TIF BITS FILE...: each band of OURS, on the grid of its file, has the file's samples where these are
not 0 and no bit of BITS is set in the quality pixel that the band pixel's centre lies in (on an edge, the left or upper one)."""
import sys
from fractions import Fraction
from math import ceil

import numpy as np
from osgeo import gdal

gdal.UseExceptions()


def nearest(first, step, count, of_first, of_step, of_count):
    at = [(Fraction(first) + (i + Fraction(1, 2)) * Fraction(step) - Fraction(of_first)) / Fraction(of_step) for i in range(count)]
    return np.clip([ceil(a) - 1 for a in at], 0, of_count - 1)


def main(ours, qa, bits, *files):
    d, q = gdal.Open(ours), gdal.Open(qa)
    flags, g = q.ReadAsArray(), q.GetGeoTransform()
    assert d.RasterCount == len(files)
    for i, name in enumerate(files):
        f = gdal.Open(name)
        b = f.GetGeoTransform()
        assert b == d.GetGeoTransform() and (f.RasterXSize, f.RasterYSize) == (d.RasterXSize, d.RasterYSize), name
        samples = f.ReadAsArray()
        columns = nearest(b[0], b[1], f.RasterXSize, g[0], g[1], q.RasterXSize)
        rows = nearest(b[3], b[5], f.RasterYSize, g[3], g[5], q.RasterYSize)
        want = (samples != 0) & (flags[np.ix_(rows, columns)] & int(bits) == 0)
        band = d.GetRasterBand(i + 1)
        valid = band.GetMaskBand().ReadAsArray() > 0
        assert (valid == want).all(), f"{name}: {(valid != want).sum()} pixels are not valid as they should be"
        assert (band.ReadAsArray()[want] == samples[want]).all(), f"{name}: other samples"
        assert want.any() and (want != (samples != 0)).any(), f"{name}: this shows nothing"


if __name__ == "__main__":
    main(*sys.argv[1:])
