#!/usr/bin/python3
"""check_relief.py WHAT ...: light and slope in tiles (directories {z}/{x}/{y}.png, their finest zoom).
make FOLDER: heights to work on.
metric TILES WANTED SCENE: a raster's own pixels against gdaldem's, within 1, but for the raster's edge, where gdaldem goes on
as it came; slopes are degrees times 255/90.
places TILES CRS LIGHT: at their places in the light of another CRS, on average within 1.
seams SMALL LARGE: the same pixels. shifted ONE OTHER: the same but for half the world, within 1, and 3 at
the antimeridian.
part PART WHOLE: the same wherever PART has any."""
import glob
import os
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
HALF = 20037508.342789244


def read(path):
    d = gdal.Open(path)
    a = d.ReadAsArray()
    table = d.GetRasterBand(1).GetColorTable()
    if table:
        a = np.array([table.GetColorEntry(i) for i in range(table.GetCount())], np.uint8)[a].transpose(2, 0, 1)
    if a.ndim == 2 or a.shape[0] <= 2:
        a = a[None] if a.ndim == 2 else a
        a = np.concatenate([np.repeat(a[:1], 3, axis=0), a[1:] if len(a) == 2 else np.full_like(a[:1], 255)])
    return (a if a.shape[0] == 4 else np.concatenate([a, np.full_like(a[:1], 255)])).astype(int)


def join(tiles):
    """Zoom, column and row of the upper left pixel, pixels."""
    zoom = max(int(os.path.basename(p)) for p in glob.glob(f"{tiles}/*") if os.path.isdir(p))
    parts = {(int(p.split("/")[-2]), int(os.path.basename(p)[:-4])): read(p) for p in glob.glob(f"{tiles}/{zoom}/*/*.png")}
    side = next(iter(parts.values())).shape[1]
    x0, y0 = min(x for x, y in parts), min(y for x, y in parts)
    all = np.zeros((4, (max(y for x, y in parts) - y0 + 1) * side, (max(x for x, y in parts) - x0 + 1) * side), int)
    for (x, y), a in parts.items():
        all[:, (y - y0) * side:(y - y0 + 1) * side, (x - x0) * side:(x - x0 + 1) * side] = a
    return zoom, x0 * side, y0 * side, all


def write(path, epsg, geotransform, pixels, nodata=None):
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(epsg)
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    d = gdal.GetDriverByName("GTiff").Create(path, pixels.shape[1], pixels.shape[0], 1, gdal.GDT_Float32, ["TILED=YES"])
    d.SetProjection(crs.ExportToWkt())
    d.SetGeoTransform(geotransform)
    d.GetRasterBand(1).WriteArray(pixels)
    if nodata is not None:
        d.GetRasterBand(1).SetNoDataValue(nodata)


def make(folder):
    y, x = np.mgrid[0:700, 0:600].astype(float)
    h = 800 + 300 * np.sin(x / 40) * np.cos(y / 33) + x / 2 + 40 * np.sin((x + y) / 15)
    utm = (500000, 10, 0, 6656000, 0, -10)  # the middle meridian, 9 E, at 60 N: north is up
    write(f"{folder}/utm.tif", 32632, utm, h)
    hole = ((x % 97 < 20) & (y % 83 < 20)) | ((x % 31 == 7) & (y % 29 == 3))
    write(f"{folder}/holes.tif", 32632, utm, np.where(hole, -9999, h), -9999)
    lon, lat = np.meshgrid(np.arange(-300, 300) + 0.5, np.arange(400) + 0.5)
    h = 1500 + 1200 * np.sin(lon / 21) * np.cos(lat / 17)
    step = 1 / 300
    write(f"{folder}/middle.tif", 4326, (-300 * step, step, 0, 46, 0, -step), h)
    write(f"{folder}/east.tif", 4326, (180 - 300 * step, step, 0, 46, 0, -step), h[:, :300])
    write(f"{folder}/west.tif", 4326, (-180, step, 0, 46, 0, -step), h[:, 300:])


def metric(tiles, wanted, scene):
    zoom, x0, y0, have = join(tiles)
    assert x0 == 0 and y0 == 0
    d = gdal.Open(wanted)
    want = d.ReadAsArray().astype(float)
    source = gdal.Open(scene)
    valid = source.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
    if d.GetRasterBand(1).DataType != gdal.GDT_Byte:
        want = want * (255 / 90)
    have = have[:, :want.shape[0], :want.shape[1]]
    assert ((have[3] > 0) == valid).all()
    inside = valid.copy()
    inside[[0, -1]] = False
    inside[:, [0, -1]] = False
    off = np.abs(have[0] - want)[inside]
    assert off.max() <= 1, (off.max(), off.mean())
    print(f"{tiles}: {off.size} pixels, {100 * (off > 0.5).mean():.3f} % off by 1")


def places(tiles, crs, light):
    zoom, x0, y0, have = join(tiles)
    size = (2 * HALF if crs == "EPSG:3857" else 180) / (256 << zoom)
    left, top = (-HALF, HALF) if crs == "EPSG:3857" else (-180, 90)
    box = (left + x0 * size, top - (y0 + have.shape[1]) * size, left + (x0 + have.shape[2]) * size, top - y0 * size)
    source = gdal.Open(light)
    out = dict(format="MEM", outputBounds=box, width=have.shape[2], height=have.shape[1], dstSRS=crs, errorThreshold=0)
    want = gdal.Warp("", source, resampleAlg="cubic", outputType=gdal.GDT_Float32, dstNodata=-1, srcNodata=0, **out).ReadAsArray()
    inside = (want >= 0) & (have[3] > 0)
    for axis in (0, 1):
        for by in (-3, 3):
            inside &= np.roll(inside, by, axis)
    off = (have[0] - want)[inside]
    print(f"{tiles}: {off.size} pixels, off by {off.mean():.3f} on average, {np.abs(off).mean():.3f} absolute, {np.abs(off).max():.1f} at most")
    assert off.size > 100000 and np.abs(off).mean() < 1 and abs(off.mean()) < 0.3 and np.percentile(np.abs(off), 99.9) < 8


def seams(small, large):
    _, x0, y0, a = join(small)
    _, x1, y1, b = join(large)
    x, y = min(x0, x1), min(y0, y1)
    h = max(y0 + a.shape[1], y1 + b.shape[1]) - y
    w = max(x0 + a.shape[2], x1 + b.shape[2]) - x
    one, other = np.zeros((4, h, w), int), np.zeros((4, h, w), int)
    one[:, y0 - y:y0 - y + a.shape[1], x0 - x:x0 - x + a.shape[2]] = a
    other[:, y1 - y:y1 - y + b.shape[1], x1 - x:x1 - x + b.shape[2]] = b
    assert one[3].any() and (one == other).all(), np.argwhere((one != other).any(axis=0))[:5]
    print(f"{small}, {large}: {(one[3] > 0).sum()} pixels")


def shifted(dateline, inside):
    def centred(tiles, shift):
        zoom, x0, y0, a = join(tiles)
        world = 256 << zoom
        all = np.zeros((4, a.shape[1], 2048), int)
        for i in range(a.shape[2]):
            x = (x0 + i + shift) % world - world // 2 + 1024
            if 0 <= x < 2048:
                all[:, :, x] = np.maximum(all[:, :, x], a[:, :, i])
        return y0, all
    y0, a = centred(dateline, (256 << 9) // 2)
    y1, b = centred(inside, 0)
    assert y0 == y1 and a[3].any()
    assert ((a[3] > 0) == (b[3] > 0)).all()
    off = np.abs(a - b).max(axis=0)
    assert off.max() <= 3, (off.max(), np.argwhere(off > 3)[:5])  # where one scene ends nothing is interpolated
    off[:, 1021:1027] = 0
    assert off.max() <= 1, (off.max(), np.argwhere(off > 1)[:5])
    print(f"{dateline}, {inside}: {(a[3] > 0).sum()} pixels, {(off > 0).sum()} off by 1")


def part(name, whole):
    _, x0, y0, a = join(name)
    _, x1, y1, b = join(whole)
    b = b[:, y0 - y1:y0 - y1 + a.shape[1], x0 - x1:x0 - x1 + a.shape[2]]
    mask = a[3] > 0
    assert mask.any() and not mask.all() and (a[:, mask] == b[:, mask]).all()


{f.__name__: f for f in (make, metric, places, seams, shifted, part)}[sys.argv[1]](*sys.argv[2:])
