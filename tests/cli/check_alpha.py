#!/usr/bin/python3
"""Data with an alpha band, checked: see alpha.sh.

What is right: gdalwarp of the bands times alpha, and of alpha, as numbers, and then their quotient. (gdalwarp of a file with
alpha does not weigh by it: it drops what has alpha 0, interpolates the others' values and alpha each for itself, and makes
averages opaque. Where alpha is the same all around, that is no difference.)"""
import glob
import os
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
SIDE, PX = 300, 10
AWAY_PX = 4


def write(path, bands, kind, options=(), alpha=True, opaque=None):
    colours = ["PHOTOMETRIC=RGB"] if len(bands) == 4 else []
    height, width = bands[0].shape
    out = gdal.GetDriverByName("GTiff").Create(path, width, height, len(bands), kind, colours + (["ALPHA=YES"] if alpha else []) +
                                               ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"] + list(options))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32633)
    out.SetProjection(crs.ExportToWkt())
    out.SetGeoTransform((500000, PX, 0, 4000000, 0, -PX))
    for number, values in enumerate(bands, 1):
        out.GetRasterBand(number).WriteArray(values)


def add_alpha(delivered):
    """To the files of two bands: of 16 bits, and of 8 with the numbers made 8 bits, too."""
    for band, kind, opaque in ("B4", gdal.GDT_UInt16, 65535), ("B2", gdal.GDT_Byte, 255):
        path = glob.glob(delivered + "/*_%s.TIF" % band)[0]
        raster = gdal.Open(path)
        place, crs, values = raster.GetGeoTransform(), raster.GetProjection(), raster.ReadAsArray()
        y, x = np.mgrid[0:values.shape[0], 0:values.shape[1]]
        cover = np.clip(0.5 + 0.7 * np.sin(x / 20 + opaque) * np.cos(y / 15), 0, 1) * (values > 0)
        out = gdal.GetDriverByName("GTiff").Create("alpha.tif", values.shape[1], values.shape[0], 2, kind, ["ALPHA=YES", "TILED=YES"])
        out.SetGeoTransform(place)
        out.SetProjection(crs)
        out.GetRasterBand(1).WriteArray(values if opaque > 255 else values // 100)
        out.GetRasterBand(2).WriteArray((cover * opaque).round())
        out = raster = None
        os.replace("alpha.tif", path)  # GDAL would take the metadata away with the old one


KINDS = {"u8": (1, gdal.GDT_Byte, 255, 255), "u16": (3, gdal.GDT_UInt16, 65535, 65535), "f32": (1, gdal.GDT_Float32, 1000, 255)}


def make(delivered):
    add_alpha(delivered)
    random = np.random.default_rng(3)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    cover = np.clip(0.6 + 0.5 * np.sin(x / 17) * np.sin(y / 13) + 0.2 * random.random(x.shape), 0, 1)
    cover[(x // 60 + y // 60) % 5 == 0] = 0
    cover[(x // 50 + y // 50) % 5 == 1] = 1
    cover[100:140, 20:160] = 0.4
    for name, (bands, kind, most, opaque) in KINDS.items():
        values = [most * (0.5 + 0.25 * np.sin(x / (5 + k)) * np.cos(y / (7 - k)) + 0.25 * random.random(x.shape)) for k in range(bands)]
        alpha = cover * opaque
        if kind != gdal.GDT_Float32:
            values, alpha = [v.round() for v in values], alpha.round()
        write(name + ".tif", values + [alpha], kind)
        times = [np.float64(v) * np.float64(alpha) / opaque for v in values]
        write(name + ".times.tif", times + [alpha / opaque], gdal.GDT_Float64, alpha=False)
        write(name + ".squares.tif", [t * v for t, v in zip(times, values)] + [alpha / opaque], gdal.GDT_Float64, alpha=False)
    write("opaque.tif", [(x + y) % 251 + 2], gdal.GDT_Byte, alpha=False)
    write("alpha16.tif", [(cover * 65535).round()], gdal.GDT_UInt16, alpha=False)
    write("wide.tif", [(x * 531 + y * 77) % 65536, (np.roll(cover, 37, 1) * 65535).round()], gdal.GDT_UInt16)
    write("twelve.tif", [(x * 7 + y) % 4096, (cover * 4095).round()], gdal.GDT_UInt16, ["NBITS=12"])
    y, x = np.mgrid[0:900, 0:900]
    write("big.tif", [(x * 37 + y * 91) % 30000, np.clip(40000 + 60000 * np.sin(x / 90) * np.sin(y / 70), 0, 65535)], gdal.GDT_UInt16)


def oracle(path, ours, method):
    g = ours.GetGeoTransform()
    box = (g[0], g[3] + g[5] * ours.RasterYSize, g[0] + g[1] * ours.RasterXSize, g[3])
    return gdal.Warp("", path, format="MEM", outputBounds=box, width=ours.RasterXSize, height=ours.RasterYSize,
                     resampleAlg={"nearest": "near", "rms": "average"}.get(method, method), errorThreshold=0)


def around(mask, px):
    """Whether all within so many pixels are."""
    padded = np.pad(mask, px, mode="edge")
    h, w = mask.shape
    return np.logical_and.reduce([padded[i:i + h, j:j + w] for i in range(2 * px + 1) for j in range(2 * px + 1)])


def values(name, method, path):
    bands, kind, most, opaque = KINDS[name]
    ours = gdal.Open(path)
    have = ours.ReadAsArray().astype(float)
    assert ours.RasterCount == bands + 1 and ours.GetRasterBand(1).DataType == kind
    want = oracle(name + (".squares.tif" if method == "rms" else ".times.tif"), ours, method).ReadAsArray()
    alpha = np.clip(want[-1], 0, 1)
    sure = (alpha > 0.02) & (have[-1] > 0)
    # these filters give nothing where the pixel itself is nothing
    hidden = (alpha > 0.02) & (have[-1] == 0)
    assert hidden.mean() < (0.02 if method in ("cubicspline", "lanczos") else 1e-3), hidden.mean()
    if method == "cubic":  # bilinear beside what is nothing, as GDAL's own
        sure &= around(oracle(name + ".times.tif", ours, "near").ReadAsArray()[-1] > 0, AWAY_PX)
    assert sure.mean() > 0.6, sure.mean()
    whole = kind != gdal.GDT_Float32
    unit = 0.5001 if whole else 0
    off = np.abs(have[-1] - alpha * opaque)[sure]
    assert (off <= 1e-3 * opaque + unit).mean() > 0.999, (off.max(), (off > 1e-3 * opaque + unit).mean())
    for band in range(bands):
        value = want[band] / np.where(sure, want[-1], 1)
        value = np.sqrt(np.maximum(value, 0)) if method == "rms" else value
        value = np.clip(value, 0, most) if whole else value
        off = np.abs(have[band] - value)[sure]
        assert (off <= 1e-3 * most + unit).mean() > 0.999, (band, off.max(), (off > 1e-3 * most + unit).mean())


def gdalwarp(source, path):
    """Where alpha is the same all around, gdalwarp -dstalpha has the same values and the same alpha."""
    ours = gdal.Open(path)
    g = ours.GetGeoTransform()
    box = (g[0], g[3] + g[5] * ours.RasterYSize, g[0] + g[1] * ours.RasterXSize, g[3])
    theirs = gdal.Warp("", source, format="MEM", outputBounds=box, width=ours.RasterXSize, height=ours.RasterYSize,
                       resampleAlg="bilinear", errorThreshold=0, dstAlpha=True).ReadAsArray().astype(float)
    have = ours.ReadAsArray().astype(float)
    nearest = oracle(source, ours, "near").ReadAsArray()[-1].astype(float)
    padded = np.pad(nearest, AWAY_PX, mode="edge")
    h, w = nearest.shape
    views = [padded[i:i + h, j:j + w] for i in range(2 * AWAY_PX + 1) for j in range(2 * AWAY_PX + 1)]
    flat = np.maximum.reduce(views) == np.minimum.reduce(views)
    partly = flat & (nearest > 0) & (nearest < nearest.max())
    assert partly.sum() > 1000
    assert ((have[-1] > 0) == (theirs[-1] > 0))[flat].all()
    opaque = nearest.max()
    # GDAL cuts alpha off where it is written as a whole number
    assert (np.abs(have[-1] - theirs[-1])[flat] <= max(1, 1e-3 * opaque)).mean() > 0.999
    there = flat & (nearest > 0)
    for band in range(len(have) - 1):
        most = max(1, 1e-3 * np.ptp(theirs[band][there]))
        assert (np.abs(have[band] - theirs[band])[there] <= most).mean() > 0.999


def structure(path):
    from osgeo_utils.samples import validate_cloud_optimized_geotiff as validator
    warnings, errors, _ = validator.validate(path, full_check=True)
    assert not errors and not warnings, (errors, warnings)
    ours = gdal.Open(path)
    last = ours.GetRasterBand(ours.RasterCount)
    assert last.GetColorInterpretation() == gdal.GCI_AlphaBand
    assert ours.GetMetadataItem("ALPHA", "IMAGE_STRUCTURE") is None  # straight
    if ours.GetRasterBand(1).DataType != gdal.GDT_Float32:  # of floats GDAL 3.6 knows no alpha mask
        assert ours.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET | gdal.GMF_ALPHA
    assert ours.GetRasterBand(1).GetNoDataValue() is None
    data = ours.ReadAsArray().astype(float)
    there = data[-1] > 0
    assert 0.05 < there.mean() < 0.95
    for number, values in enumerate(data, 1):
        said = {k[11:]: float(v) for k, v in ours.GetRasterBand(number).GetMetadata().items() if k.startswith("STATISTICS_")}
        want = {"MEAN": values[there].mean(), "MINIMUM": values[there].min(), "MAXIMUM": values[there].max()}
        assert all(abs(said[k] - want[k]) <= 1e-9 * values.max() for k in want), (said, want)
        assert abs(said["VALID_PERCENT"] - 100 * there.mean()) < 1e-3
        assert not values[~there].any()


def overviews(path):
    """Each level is the one before it, averaged by alpha."""
    ours = gdal.Open(path)
    whole = ours.GetRasterBand(1).DataType != gdal.GDT_Float32
    count = ours.GetRasterBand(1).GetOverviewCount()
    assert count >= 2
    before = ours.ReadAsArray().astype(float)
    for level in range(count):
        now = np.array([ours.GetRasterBand(b + 1).GetOverview(level).ReadAsArray() for b in range(ours.RasterCount)]).astype(float)
        h, w = before.shape[1] // 2, before.shape[2] // 2  # without the last row and column, which may be halves
        quads = before[:, :2 * h, :2 * w].reshape(len(before), h, 2, w, 2)
        alpha = quads[-1].sum(axis=(1, 3))
        mean = (quads[:-1] * quads[-1]).sum(axis=(2, 4)) / np.where(alpha > 0, alpha, 1)
        want = np.concatenate([mean, alpha[None] / 4])
        want = np.floor(want + 0.5) if whole else want
        want *= want[-1] > 0
        assert np.abs(now[:, :h, :w] - want).max() <= (0 if whole else 1e-4), (level, np.abs(now[:, :h, :w] - want).max())
        before = now


def bands(*pairs):
    for path, count in zip(pairs[::2], pairs[1::2]):
        assert gdal.Open(path).RasterCount == int(count), (path, gdal.Open(path).RasterCount)


def yes(source, path):
    data, before = gdal.Open(path).ReadAsArray(), gdal.Open(source).ReadAsArray()
    assert (data[1] == 255).all() and (data[0] == before).all()


def scale(source, path, opaque, of_type):
    data, before = gdal.Open(path).ReadAsArray().astype(float), gdal.Open(source).ReadAsArray().astype(float)
    alpha = np.floor(before[1] / float(opaque) * float(of_type) + 0.5)
    assert (data[1] == alpha).all()
    assert (data[0] == before[0])[alpha > 0].all()


def over(method, top, below, both):
    """In 65535ths, as engine/coverage.h has it. All in the type of the mosaic."""
    t, u, have = (gdal.Open(p).ReadAsArray().astype(float) for p in (top, below, both))
    one = 255 if gdal.Open(both).GetRasterBand(1).DataType != gdal.GDT_UInt16 else 65535
    assert t.shape == u.shape == have.shape
    t[1] *= one / 255
    a, b = np.floor(t[1] / one * 65535 + 0.5), u[1] / one * 65535
    w = np.floor((65535 - a) * b / 65535 + 0.5)
    mixed = (a > 0) & (a < 65535) & (np.floor(b + 0.5) > 0)
    assert mixed.mean() > 0.2
    alpha = np.where(mixed, (a + w) / 65535 * one, np.where(a > 0, t[1], u[1]))
    between = (a * t[0] + w * u[0]) / np.where(mixed, a + w, 1) if method == "bilinear" else np.where(a >= w, t[0], u[0])
    assert method == "bilinear" or one == 255 or (mixed & (a < w)).mean() > 0.05
    value = np.where(mixed, between, np.where(a > 0, t[0], u[0]))
    if gdal.Open(both).GetRasterBand(1).DataType != gdal.GDT_Float32:
        alpha, value = np.floor(alpha + 0.5), np.floor(value + 0.5)
    assert np.abs(have - [value * (alpha > 0), alpha]).max() < 1e-4


def scene(path, *files):
    """Of each band of one file, all on one grid. Types differ: a file is rounded to its own before it is converted."""
    have = gdal.Open(path).ReadAsArray().astype(float)
    alpha = np.full(have.shape[1:], 65535.0)
    for number, name in enumerate(files):
        raster = gdal.Open(name)
        one = raster.ReadAsArray().astype(float)
        wide = raster.GetRasterBand(1).DataType == gdal.GDT_UInt16
        one = one if one.ndim == 3 else np.stack([one, (one > 0) * 65535.0])
        alpha = np.minimum(alpha, one[1] * (1 if wide else 257))
        there = have[-1] > 0
        assert (have[number] == one[0] * there).all(), (name, np.abs(have[number] - one[0] * there).max())
    assert (have[-1] == alpha).all(), np.abs(have[-1] - alpha).max()
    assert len(np.unique(alpha)) > 1000 and 0.05 < (alpha > 0).mean() < 0.9


def base_level(folder, width, height):
    zoom = max(int(z) for z in os.listdir(folder) if z.isdigit())
    all_px = np.zeros((4, height + 1024, width + 1024), np.uint8)
    for path in glob.glob(os.path.join(folder, str(zoom), "*", "*.png")):
        tile = gdal.Open(path)
        px = tile.ReadAsArray()
        table = tile.GetRasterBand(1).GetColorTable()
        if table:
            px = np.array([table.GetColorEntry(i) for i in range(table.GetCount())], np.uint8)[px].transpose(2, 0, 1)
        px = px[None] if px.ndim == 2 else px
        colours, alpha = (px[:1], px[1:]) if len(px) < 3 else (px[:3], px[3:])
        x, y = int(path.split("/")[-2]) * px.shape[2], int(os.path.basename(path)[:-4]) * px.shape[1]
        part = np.s_[y:y + px.shape[1], x:x + px.shape[2]]
        all_px[(slice(0, 3),) + part] = colours
        all_px[(3,) + part] = alpha[0] if len(alpha) else 255
    return all_px[:, :height, :width]


def picture(source, folder):
    data = gdal.Open(source).ReadAsArray().astype(float)
    px = base_level(folder, *data.shape[:0:-1])
    alpha = np.floor(data[3] / 65535 * 255 + 0.5)
    assert len(np.unique(alpha)) > 100
    assert (px[3] == alpha).all()
    want = np.floor(data[:3] / 65535 * 255 + 0.5) * (alpha > 0)
    assert np.abs(px[:3] - want).max() <= 1


def colormap(source, folder):
    data = gdal.Open(source).ReadAsArray().astype(float)
    px = base_level(folder, SIDE, SIDE)
    alpha = np.floor(data[1] + 0.5) * (255 - 127 * data[0] / 1000) / 255
    assert np.abs(px[3] - alpha).max() <= 2
    assert not px[:, px[3] == 0].any()


def heights(source, folder):
    data = gdal.Open(source).ReadAsArray()
    px = base_level(folder, SIDE, SIDE)
    assert set(np.unique(px[3])) == {0, 255}
    assert ((px[3] > 0) == (data[1] > 0))[1:-1, 1:-1].all()


{"make": make, "values": values, "gdalwarp": gdalwarp, "structure": structure, "overviews": overviews, "bands": bands, "yes": yes,
 "range": scale, "over": over, "scene": scene,
 "picture": picture, "colormap": colormap, "heights": heights}[sys.argv[1]](*sys.argv[2:])
