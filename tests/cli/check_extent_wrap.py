#!/usr/bin/python3
"""Rasters of a smooth field of longitude and latitude, and whether warped ones hold it wherever they should.

check_extent_wrap.py make             the rasters, into the current folder
check_extent_wrap.py look FILE TOLERANCE AREA...
    FILE holds the field to TOLERANCE (none: 'valid', only whether pixels are valid) at each pixel that lies in one of
    the areas, and is valid nowhere else; along their edges, for two pixels, it may do as it likes. An area is
    WEST,SOUTH,EAST,NORTH in degrees (of any turn), or the name of a raster made before.
check_extent_wrap.py tiles FOLDER Z COLUMNS ROWS WEST NORTH WIDTH
    Terrain-RGB tiles of a zoom of a CRS84 grid of so many columns and rows: all there, and all of the field.
"""
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
BOXES = {"whole": (-180, -90, 180, 90), "begun": (0, -90, 360, 90), "a": (178, -3, 182, 0), "b": (-182, -3, -178, 0),
         "c": (-179, -3, -175, 0), "merc": (-180, -60, 180, 60)}
RES = {"whole": 0.5, "begun": 0.5, "a": 0.01, "b": 0.01, "c": 0.01}
UTM = {"utm60": (32660, 300000, 6000000, 800000, 6400000), "utm18": (32618, 200000, 2500000, 500000, 2800000)}


def field(lon, lat):
    lon, lat = np.radians(lon), np.radians(lat)
    return 1000 + 300 * np.cos(lat) * np.sin(lon) + 100 * np.cos(2 * lon + 1) * np.cos(lat) ** 2 + 200 * np.sin(lat)


def crs_of(code):
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(code)
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return crs


def moved(x, y, source, target):
    points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], 1)
    out = np.array(osr.CoordinateTransformation(source, target).TransformPoints(points))
    return out[:, 0].reshape(x.shape), out[:, 1].reshape(x.shape)


def centres(transform, width, height):
    return np.meshgrid(transform[0] + (np.arange(width) + 0.5) * transform[1],
                       transform[3] + (np.arange(height) + 0.5) * transform[5])


def write(name, values, transform, crs, gcps=None):
    options = ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128"]
    raster = gdal.GetDriverByName("GTiff").Create(name + ".tif", values.shape[1], values.shape[0], 1, gdal.GDT_Float32, options)
    if gcps:
        raster.SetGCPs(gcps, crs)
    else:
        raster.SetProjection(crs.ExportToWkt())
        raster.SetGeoTransform(transform)
    raster.GetRasterBand(1).WriteArray(values.astype(np.float32))


def make():
    degrees = crs_of(4326)
    for name, res in RES.items():
        west, south, east, north = BOXES[name]
        width, height = round((east - west) / res), round((north - south) / res)
        transform = (west, res, 0, north, 0, -res)
        values = field(*centres(transform, width, height))
        write(name, values, transform, degrees)
        if name == "b":  # the same by control points, its corners
            corners = [(0, 0), (width, 0), (0, height), (width, height), (width / 2, height / 2)]
            write("gcps", values, None, degrees, [gdal.GCP(west + x * res, north - y * res, 0, x, y) for x, y in corners])
    edge = 20037508.342789244
    size, rows = 720, 300
    top = 6378137 * np.log(np.tan(np.pi / 4 + np.radians(60) / 2))
    transform = (-edge, 2 * edge / size, 0, top, 0, -2 * top / rows)
    x, y = centres(transform, size, rows)
    write("merc", field(np.degrees(x / 6378137), np.degrees(2 * np.arctan(np.exp(y / 6378137)) - np.pi / 2)), transform, crs_of(3857))
    for name, (code, west, south, east, north) in UTM.items():
        transform = (west, 2000, 0, north, 0, -2000)
        x, y = centres(transform, (east - west) // 2000, (north - south) // 2000)
        write(name, field(*moved(x, y, crs_of(code), degrees)), transform, crs_of(code))


def inside(area, lon, lat, pixel_deg):
    """How far inside, in pixels (of about pixel_deg); negative: outside."""
    if area in UTM:
        code, west, south, east, north = UTM[area]
        x, y = moved(lon, lat, crs_of(4326), crs_of(code))
        far = np.abs((lon - {"utm60": 177, "utm18": -75}[area] + 180) % 360 - 180) > 30  # where it may say anything
        depth = np.minimum(np.minimum(x - west, east - x), np.minimum(y - south, north - y)) / 111000 / pixel_deg
        return np.where(far, -1e9, depth)
    west, south, east, north = BOXES[area] if area in BOXES else [float(v) for v in area.split(",")]
    along = np.full(lon.shape, 1e9)
    if east - west < 360:
        along = (east - west) / 2 - np.abs((lon - (west + east) / 2 + 180) % 360 - 180)
    down = np.minimum(lat - south if south > -90 else 1e9, north - lat if north < 90 else 1e9)
    return np.minimum(along, down) / pixel_deg


def look(path, tolerance, *areas):
    raster = gdal.Open(path)
    transform = raster.GetGeoTransform()
    crs = raster.GetSpatialRef()
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    x, y = centres(transform, raster.RasterXSize, raster.RasterYSize)
    period = 360 if crs.IsGeographic() else 2 * np.pi * 6378137
    if crs.IsGeographic():
        lon, lat = x, y
    else:
        lon, lat = moved((x + period / 2) % period - period / 2, y, crs, crs_of(4326))
    depth = np.full(x.shape, -1e9)
    for area in areas:
        depth = np.maximum(depth, inside(area, lon, lat, abs(transform[1]) * 360 / period))
    valid = raster.GetRasterBand(1).GetMaskBand().ReadAsArray() != 0
    assert (depth > 2).any(), "nothing to look at in " + path
    assert valid[depth > 2].all(), "%d of %d pixels are missing" % ((~valid[depth > 2]).sum(), (depth > 2).sum())
    assert not valid[depth < -2].any(), "%d pixels too many" % valid[depth < -2].sum()
    if tolerance != "valid":
        off = np.abs(raster.ReadAsArray().astype(np.float64) - field(lon, lat))[depth > 2].max()
        assert off <= float(tolerance), "off by %g" % off


def tiles(folder, z, columns, rows, west, north, width):
    side = float(width) / int(columns)
    for row in range(int(rows)):
        for column in range(int(columns)):
            r, g, b = gdal.Open("%s/%s/%d/%d.png" % (folder, z, column, row)).ReadAsArray()[:3].astype(float)
            lon, lat = centres((float(west) + column * side, side / 256, 0, float(north) - row * side, 0, -side / 256), 256, 256)
            off = np.abs(-10000 + 0.1 * (r * 65536 + g * 256 + b) - field(lon, lat)).max()
            assert off <= 1, "tile %d/%d is off by %g" % (column, row, off)


try:
    {"make": make, "look": look, "tiles": tiles}[sys.argv[1]](*sys.argv[2:])
except AssertionError as fault:
    sys.exit("%s: %s" % (" ".join(sys.argv[1:]), fault))
