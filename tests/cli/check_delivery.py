#!/usr/bin/python3
"""check_delivery.py OURS.tif FILE[:BAND]...: each band of OURS is what gdalwarp makes of that file on the same grid
(bilinear, -et 0): valid at the same places but along outlines (a pixel of the source), values within 1e-3 of the band's range (99.9 %)."""
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()


def grown(mask, px):
    """By so many pixels to each side."""
    out = mask.copy()
    if px > 1:
        mask = grown(mask, px - 1)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            out |= np.roll(np.roll(mask, dy, 0), dx, 1)
    return out


def warped(path, band, like):
    g = like.GetGeoTransform()
    w, h = like.RasterXSize, like.RasterYSize
    source = gdal.Open(path)
    one = gdal.Translate("", source, format="MEM", bandList=[band])
    rpc = source.GetMetadata("RPC")
    if rpc:
        one.SetMetadata(rpc, "RPC")
    out = gdal.Warp("", one, format="MEM", dstSRS=like.GetProjection(), resampleAlg="bilinear", errorThreshold=0,
                    outputBounds=(g[0], g[3] + h * g[5], g[0] + w * g[1], g[3]), width=w, height=h, overviewLevel="NONE",
                    srcNodata=None if rpc else 0, dstAlpha=True, rpc=bool(rpc),
                    warpOptions=["XSCALE=1", "YSCALE=1"])
    # an outline is as wide as a pixel of the source
    metres = float(rpc["LONG_SCALE"]) * 2 * 111e3 / one.RasterXSize if rpc else source.GetGeoTransform()[1]
    px = int(np.ceil(1.6 * metres / g[1])) + 1
    return out.GetRasterBand(1).ReadAsArray().astype(float), out.GetRasterBand(2).ReadAsArray() > 0, px


def main(ours, *files):
    d = gdal.Open(ours)
    assert d.RasterCount == len(files), f"{d.RasterCount} bands, not {len(files)}"
    for i, name in enumerate(files):
        path, _, band = name.partition(":")
        want, want_valid, px = warped(path, int(band or 1), d)
        band = d.GetRasterBand(i + 1)
        got, valid = band.ReadAsArray().astype(float), band.GetMaskBand().ReadAsArray() > 0
        framed = np.pad(want_valid, px) # outside of the grid nothing is valid
        edge = (grown(framed, px) & grown(~framed, px))[px:-px, px:-px]
        assert want_valid.any() and not ((valid != want_valid) & ~edge).any(), f"{name}: other pixels are valid"
        both = valid & want_valid
        apart = np.abs(got - want)[both]
        span = want[both].max() - want[both].min()
        close = np.percentile(apart, 99.9)
        assert span > 0 and close <= max(1, 1e-3 * span), f"{name}: {close} apart of {span}"


if __name__ == "__main__":
    main(*sys.argv[1:])
