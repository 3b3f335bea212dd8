"""tests/cli/check_depth.py make: gray of 1 to 16 bits, from black and from white, and what goes with it. picture FILE FOLDER:
the finest tiles show FILE's samples in proportion, black to white. data OUT FILE: OUT (a warp onto its own pixels) has the
very samples. within OUT MAX: no sample is larger. range PLAN LO HI: a dry run's JSON says so of band 1's colours."""
import glob
import json
import os
import sys
import numpy as np
from osgeo import gdal, osr
import tile_pixels

gdal.UseExceptions()


def write(name, bands, bits, white_is_zero=False, nodata=None, alpha=False):
    count, h, w = bands.shape
    kind, own = (gdal.GDT_Byte, 8) if bits <= 8 else (gdal.GDT_UInt16, 16)
    photometric = "RGB" if count == 3 else "MINISWHITE" if white_is_zero else "MINISBLACK"
    options = ["PHOTOMETRIC=" + photometric, "TILED=YES", "COMPRESS=DEFLATE"]
    ds = gdal.GetDriverByName("GTiff").Create(name, w, h, count, kind, options + (["ALPHA=YES"] if alpha else []) +
                                              ([f"NBITS={bits}"] if bits < own else []))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32633)
    ds.SetProjection(crs.ExportToWkt())
    ds.SetGeoTransform((500000, 10, 0, 5000000, 0, -10))
    for i, band in enumerate(bands):
        ds.GetRasterBand(i + 1).WriteArray(band)
        if nodata is not None:
            ds.GetRasterBand(i + 1).SetNoDataValue(nodata)


def make():
    random = np.random.default_rng(3)
    for bits in range(1, 9):
        for white in (False, True):
            a = random.integers(0, 2**bits, (1, 300, 300))
            a[0, 0, :2] = 0, 2**bits - 1
            write(f"{'w' if white else 'b'}{bits}.tif", a, bits, white, 1 if bits in (2, 8) else None)
    write("rgb4.tif", random.integers(0, 16, (3, 300, 300)), 4)
    write("alpha4.tif", random.integers(0, 16, (2, 300, 300)), 4, True, alpha=True)
    for bits in (9, 12, 16):
        ramp = np.linspace(0, 2**bits - 1, 300 * 300).reshape(1, 300, 300).round()
        write(f"b{bits}.tif", ramp, bits)
        write(f"w{bits}.tif", ramp, bits, True)
    for name, white in (("plan_b.tif", False), ("plan_w.tif", True)):  # overviews of a scanned plan, as gdaladdo makes them
        write(name, random.integers(0, 2, (1, 2048, 2048)), 1, white)
        gdal.Open(name, gdal.GA_Update).BuildOverviews("AVERAGE_BIT2GRAYSCALE", [2, 4, 8])


def picture(name, folder):
    ds = gdal.Open(name)
    a = ds.ReadAsArray().astype(int)
    a = a[None] if a.ndim == 2 else a
    said = ds.GetRasterBand(1).GetMetadataItem("NBITS", "IMAGE_STRUCTURE")
    largest = 2**int(said) - 1 if said else 255
    alpha = a[1] if len(a) == 2 else None
    part = a[[0, 0, 0] if len(a) < 3 else [0, 1, 2]] / largest
    if ds.GetMetadataItem("MINISWHITE", "IMAGE_STRUCTURE"):
        part = 1 - part
    want = np.zeros((300, 300, 4), int)
    want[..., :3] = np.floor(255 * part + 0.5).transpose(1, 2, 0)
    want[..., 3] = 255 if alpha is None else np.floor(255 * alpha / largest + 0.5)
    nodata = ds.GetRasterBand(1).GetNoDataValue()
    if nodata is not None:
        want[(a == nodata).all(axis=0)] = 0
        assert (want[..., 3] == 0).any()
    want[want[..., 3] == 0] = 0
    finest = max(int(os.path.basename(z)) for z in glob.glob(f"{folder}/[0-9]*"))
    have = np.zeros((512, 512, 4), int)
    for path in glob.glob(f"{folder}/{finest}/*/*.png"):
        x, y = int(path.split("/")[-2]) * 256, int(os.path.basename(path)[:-4]) * 256
        have[y:y + 256, x:x + 256] = tile_pixels.read(path)
    assert (have[:300, :300] == want).all(), (name, have[0, :8], want[0, :8])
    assert not have[300:].any() and not have[:, 300:].any()


def data(out, name):
    assert (gdal.Open(out).ReadAsArray() == gdal.Open(name).ReadAsArray()).all(), name


def within(out, largest):
    a = gdal.Open(out).ReadAsArray()
    assert a.min() == 0 and a.max() == largest, (a.min(), a.max())


def grade_range(plan, lo, hi):
    g = json.load(open(plan))["options"]["grade"]
    assert abs(g["lo"][0] - lo) <= 1 and abs(g["hi"][0] - hi) <= 1, g


if sys.argv[1] == "make":
    make()
elif sys.argv[1] == "range":
    grade_range(sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
elif sys.argv[1] == "within":
    within(sys.argv[2], int(sys.argv[3]))
else:
    {"picture": picture, "data": data}[sys.argv[1]](*sys.argv[2:])
