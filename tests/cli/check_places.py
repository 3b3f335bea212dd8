#!/usr/bin/python3
"""check_places.py: rasters whose colours are a formula of longitude and latitude, in hard places, and what became of them.

    check_places.py make FOLDER              writes the rasters
    check_places.py warp OUT.tif SOURCE      each pixel of OUT has the formula's colours at its own place, and is there
                                             if and only if SOURCE (a name of RASTERS) has the place
    check_places.py tiles DIR GRID SOURCE    the same for every zoom of a folder of PNG tiles

The formula is smooth on the sphere (the unit vector to the place), so that no filter may change it by more than TOLERANCE
units: a seam, a hole, a streak or a place off by a pixel at a dateline or a pole is seen.
"""
import os
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
TOLERANCE = 3
POLAR = "+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +datum=WGS84"
SOUTH = "+proj=stere +lat_0=-90 +lat_ts=-71 +lon_0=0 +datum=WGS84"
GEOS = "+proj=geos +lon_0=-75 +h=35786023 +sweep=x +datum=WGS84"
# name: CRS, geotransform, width, height
RASTERS = {
    "world": ("EPSG:4326", (-180, .5, 0, 90, 0, -.5), 720, 360),
    "world360": ("EPSG:4326", (0, .5, 0, 90, 0, -.5), 720, 360),
    "wide": ("EPSG:4326", (-200, .5, 0, 90, 0, -.5), 800, 360),
    "half": ("EPSG:4326", (100, .5, 0, 60, 0, -.5), 320, 180),  # 100 .. 260 degrees
    "dateline": ("EPSG:32660", (500000, 1500, 0, 5900000, 0, -1500), 500, 300),
    "north": (POLAR, (-2600000, 10000, 0, 2900000, 0, -10000), 540, 470),
    "south": (SOUTH, (-2913000, 10000, 0, 2217000, 0, -10000), 433, 519),
    "disk": (GEOS, (-5500000, 22000, 0, 5500000, 0, -22000), 500, 500),
    "mercator": ("EPSG:3857", (-20037508.342789244, 62617.213571216, 0, 30056262.5, 0, -62617.213571216), 640, 960),
    "speck": ("EPSG:32660", (600000, .01, 0, 5900000, 0, -.01), 9, 9),
    "one": ("EPSG:4326", (12, .25, 0, 47, 0, -.25), 1, 1),
    "line": ("EPSG:4326", (-170, .0034, 0, 10, 0, -.0034), 100000, 1),
}


def srs_of(text):
    srs = osr.SpatialReference()
    srs.SetFromUserInput(text)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


def formula(lon_deg, lat_deg):
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    unit = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return 128 + 119 * unit


def transform(points, source, target):
    """-> x, y; NaN where there is none"""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    t = osr.CoordinateTransformation(source, target)
    at = np.array(t.TransformPoints(points))[:, :2]
    gdal.PopErrorHandler()
    at[~np.isfinite(at).all(axis=1)] = np.nan
    return at[:, 0], at[:, 1]


def centres(geotransform, width, height):
    x, y = np.meshgrid(np.arange(width) + .5, np.arange(height) + .5)
    return np.stack([geotransform[0] + x.ravel() * geotransform[1], geotransform[3] + y.ravel() * geotransform[5]], 1)


def lonlat(crs, geotransform, width, height):
    at = centres(geotransform, width, height)
    if srs_of(crs).IsGeographic():
        return at[:, 0], at[:, 1]
    lon, lat = transform(at, srs_of(crs), srs_of("EPSG:4326"))
    if "Equal Earth" in crs or "geos" in crs:  # whose inverses give places for points where none is
        x, y = transform(np.nan_to_num(np.stack([lon, lat], 1)), srs_of("EPSG:4326"), srs_of(crs))
        lon[~(np.hypot(x - at[:, 0], y - at[:, 1]) < 1)] = np.nan
    return lon, lat


def make(folder):
    os.makedirs(folder, exist_ok=True)
    for name, (crs, geotransform, width, height) in RASTERS.items():
        lon, lat = lonlat(crs, geotransform, width, height)
        there = np.isfinite(lon).reshape(height, width)
        colours = np.nan_to_num(formula(lon, lat)).reshape(3, height, width)
        made = gdal.GetDriverByName("GTiff").Create(os.path.join(folder, name + ".tif"), width, height, 3, gdal.GDT_Byte,
                                                    ["TILED=YES", "COMPRESS=DEFLATE"] if height > 1 else [])
        made.SetSpatialRef(srs_of(crs))
        made.SetGeoTransform(geotransform)
        for band in range(3):
            made.GetRasterBand(band + 1).WriteArray(np.where(there, np.rint(colours[band]), 0).astype(np.uint8))
            if not there.all():
                made.GetRasterBand(band + 1).SetNoDataValue(0)


def source_px(name, lon, lat):
    """Where places lie in a raster, px; the nearest to its middle of a longitude's."""
    crs, g, width, height = RASTERS[name]
    x, y = lon, lat
    if not srs_of(crs).IsGeographic():
        x, y = transform(np.stack([np.nan_to_num(lon), np.nan_to_num(lat)], 1), srs_of("EPSG:4326"), srs_of(crs))
    column, row = (x - g[0]) / g[1], (y - g[3]) / g[5]
    if srs_of(crs).IsGeographic():
        around = 360 / g[1]
        column = column - around * np.floor((column - width / 2) / around + .5)
    if crs == "EPSG:32660": # transverse Mercator comes round on the other side of the Earth
        column = np.where(np.abs((lon - 177 + 180) % 360 - 180) < 20, column, np.nan)
    return column, row, width, height


def check(name, colours, valid, lon, lat, what, away_px):
    """away_px: how far (source px) from the raster's rim nothing is asked"""
    column, row, width, height = source_px(name, lon, lat)
    away_px = min(away_px, width / 4, height / 4)
    with np.errstate(invalid="ignore"):
        deep = (column > away_px) & (column < width - away_px) & (row > away_px) & (row < height - away_px)
        off = ~((column > -away_px) & (column < width + away_px) & (row > -away_px) & (row < height + away_px))
    crs, g, _, _ = RASTERS[name]
    around = 360 / g[1] if srs_of(crs).IsGeographic() else np.inf
    if width >= around: # no rim to the east and west
        deep, off = (row > away_px) & (row < height - away_px), (row < -away_px) | (row > height + away_px)
        if height * -g[5] == 180: # nor at the poles
            deep, off = row > -1, row > 2 * height
    if name == "disk":
        deep &= np.hypot((column - 250) / 247, (row - 250) / 247) < .97
        off |= ~np.isfinite(column)
    lost, extra = deep & ~valid, off & valid
    assert deep.any(), (what, "nothing to compare")
    assert not lost.any(), (what, "%d px missing" % lost.sum(), lon[lost][:4], lat[lost][:4])
    assert not extra.any(), (what, "%d px too many" % extra.sum(), lon[extra][:4], lat[extra][:4])
    both = deep & valid
    error = np.abs(colours[:, both] - formula(lon[both], lat[both])).max(axis=0)
    at = error.argmax()
    assert error[at] <= TOLERANCE, (what, "off by %.1f" % error[at], lon[both][at], lat[both][at])
    return both.sum(), error[at]


def check_warp(path, name):
    made = gdal.Open(path)
    width, height = made.RasterXSize, made.RasterYSize
    lon, lat = lonlat(made.GetProjection(), made.GetGeoTransform(), width, height)
    colours = made.ReadAsArray().reshape(3, -1).astype(float)
    valid = made.GetRasterBand(1).GetMaskBand().ReadAsArray().ravel() > 0
    finite = np.isfinite(lon) & (np.abs(lat) <= 90)
    print("%s: %d px, off by %.1f at most" % ((path,) + check(name, colours[:, finite], valid[finite], lon[finite],
                                                             lat[finite], path, 2)))


def read_tile(path):
    if not os.path.exists(path):
        return np.zeros((4, 256, 256), np.uint8)
    dataset = gdal.Open(path)
    a, palette = dataset.ReadAsArray(), dataset.GetRasterBand(1).GetColorTable()
    a = a[None] if a.ndim == 2 else a
    if palette:
        a = np.array([palette.GetColorEntry(i) for i in range(palette.GetCount())], np.uint8)[a[0]].transpose(2, 0, 1)
    if a.shape[0] <= 2:
        a = np.concatenate([a[:1]] * 3 + [a[1:]])
    return a if a.shape[0] == 4 else np.concatenate([a, np.full((1,) + a.shape[1:], 255, np.uint8)])


def check_tiles(folder, grid, name):
    crs, span, top, flat = {"WebMercatorQuad": ("EPSG:3857", 40075016.685578488, 20037508.342789244, 1),
                            "WorldCRS84Quad": ("EPSG:4326", 360., 90., 2)}[grid]
    source_deg = RASTERS[name][1][1] if srs_of(RASTERS[name][0]).IsGeographic() else RASTERS[name][1][1] / 111320
    zooms = sorted(int(z) for z in os.listdir(folder) if z.isdigit())
    count = 0
    for z in zooms:
        side = 256 * 2 ** z
        res = span / side / flat
        # What is drawn is told where the rim is within a pixel or two, of the source's or the zoom's.
        away = 2 + 3 * res * 360 / span / source_deg
        mosaic = np.concatenate([np.concatenate([read_tile(os.path.join(folder, str(z), str(c), "%d.png" % r))
                                                 for c in range(flat * 2 ** z)], axis=2) for r in range(2 ** z)], axis=1)
        lon, lat = lonlat(crs, (-span / 2, res, 0, top, 0, -res), side * flat, side)
        for i in range(0, lon.size, 1 << 22): # in pieces that memory holds
            part = slice(i, i + (1 << 22))
            try:
                count += check(name, mosaic.reshape(4, -1)[:3, part].astype(float), mosaic[3].ravel()[part] > 0,
                               lon[part], lat[part], "%s zoom %d" % (folder, z), away)[0]
            except AssertionError as error:
                if "nothing to compare" not in str(error):
                    raise
    assert count > 0, folder
    print("%s: zooms %d to %d, %d px" % (folder, zooms[0], zooms[-1], count))


{"make": make, "warp": check_warp, "tiles": check_tiles}[sys.argv[1]](*sys.argv[2:])
