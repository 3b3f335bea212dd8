#!/usr/bin/python3
"""make_scenes.py FOLDER: small georeferenced rasters for the tests, made from formulas (no pixels of anybody else's).

  left.tif, right.tif   two overlapping RGB scenes in UTM 22S, nodata 0 along a slanted border; left striped, right tiled
  alpha.tif             RGBA, soft alpha disc, UTM 22S, tiled
  gray.tif              one band, EPSG:4326, with two overviews
  palette.tif           one band with a colour table, EPSG:3857
  wide.tif              striped, 2000 x 1500, UTM 22S
  mask.tif              RGB with an internal mask
  nogeo.tif             no georeferencing          u16.tif   16-bit
  truncated.tif         right.tif, cut in the middle
"""
import os
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")


def texture(width, height, bands, seed, x0=0, y0=0):
    """Smooth hills, a checkerboard and some noise: flat and busy places, edges in every direction. 1..255."""
    y, x = np.mgrid[y0:y0 + height, x0:x0 + width].astype(np.float64)
    noise = np.random.default_rng(seed).integers(-12, 13, (bands, height, width))
    out = np.empty((bands, height, width))
    for b in range(bands):
        out[b] = 128 + 60 * np.sin(x / (17 + 5 * b)) * np.cos(y / (23 - 3 * b)) + 30 * (((x // 32) + (y // 32)) % 2)
    return np.clip(out + noise, 1, 255).astype(np.uint8)


def write(path, pixels, epsg, transform, options=(), nodata=None, dtype=gdal.GDT_Byte):
    bands, height, width = pixels.shape
    d = gdal.GetDriverByName("GTiff").Create(path, width, height, bands, dtype, list(options))
    if epsg:
        crs = osr.SpatialReference()
        crs.ImportFromEPSG(epsg)
        d.SetProjection(crs.ExportToWkt())
        d.SetGeoTransform(transform)
    for b in range(bands):
        d.GetRasterBand(b + 1).WriteArray(pixels[b])
        if nodata is not None:
            d.GetRasterBand(b + 1).SetNoDataValue(nodata)
    return d


def collar(pixels, slope):
    """nodata 0 left and right of a slanted strip, as in a satellite scene."""
    _, height, width = pixels.shape
    y, x = np.mgrid[0:height, 0:width]
    outside = (x < slope * y) | (x > width - 40 + slope * y)
    pixels[:, outside] = 0
    return pixels


def main(folder):
    os.makedirs(folder, exist_ok=True)
    at = lambda name: os.path.join(folder, name)
    tiled = ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128", "COMPRESS=DEFLATE", "PREDICTOR=2"]
    write(at("left.tif"), collar(texture(400, 330, 3, 1), 0.1), 32722, (500000, 20, 0, 7300000, 0, -20), nodata=0)
    write(at("right.tif"), collar(texture(390, 340, 3, 2, 300, 20), 0.1), 32722, (506000, 20, 0, 7299600, 0, -20), tiled, 0)
    y, x = np.mgrid[0:300, 0:300]
    disc = np.clip(255 - 3 * np.abs(np.hypot(x - 150, y - 150) - 60), 0, 255).astype(np.uint8)
    rgba = np.concatenate([texture(300, 300, 3, 3), disc[None]])
    write(at("alpha.tif"), rgba, 32722, (502000, 15, 0, 7298000, 0, -15), tiled + ["ALPHA=YES"])
    d = write(at("gray.tif"), texture(600, 400, 1, 4), 4326, (-60, 0.01, 0, 10, 0, -0.01), tiled)
    d.BuildOverviews("AVERAGE", [2, 4])
    d = write(at("palette.tif"), texture(200, 200, 1, 5) // 16, 3857, (-6000000, 100, 0, -2000000, 0, -100))
    table = gdal.ColorTable()
    for i in range(16):
        table.SetColorEntry(i, (16 * i, 255 - 16 * i, (53 * i) % 256, 255))
    d.GetRasterBand(1).SetColorTable(table)
    write(at("wide.tif"), texture(2000, 1500, 3, 6), 32722, (490000, 10, 0, 7310000, 0, -10), ["COMPRESS=DEFLATE"])
    d = write(at("mask.tif"), texture(256, 256, 3, 7), 32722, (500000, 20, 0, 7300000, 0, -20), tiled)
    d.CreateMaskBand(gdal.GMF_PER_DATASET)
    d.GetRasterBand(1).GetMaskBand().WriteArray(np.where(disc[:256, :256] > 128, 255, 0).astype(np.uint8))
    write(at("nogeo.tif"), texture(64, 64, 3, 8), None, None)
    write(at("u16.tif"), texture(64, 64, 1, 9).astype(np.uint16) * 200, 32722, (500000, 20, 0, 7300000, 0, -20),
          dtype=gdal.GDT_UInt16)
    d = None
    whole = open(at("right.tif"), "rb").read()
    open(at("truncated.tif"), "wb").write(whole[:len(whole) * 6 // 10])


main(sys.argv[1])
