"""tests/cli/check_collar.py make FOLDER: scenes with collars. check CUT SOURCE N: CUT (a warp onto SOURCE's own pixels) has
no pixel that the flood from the border reaches through pixels within N of black or white, and every other one."""
import os
import sys
from collections import deque
import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()


def write(path, bands, options, nodata=None):
    count, height, width = bands.shape
    kind = {np.uint8: gdal.GDT_Byte, np.uint16: gdal.GDT_UInt16, np.float32: gdal.GDT_Float32}[bands.dtype.type]
    ds = gdal.GetDriverByName("GTiff").Create(path, width, height, count, kind, options)
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32633)
    ds.SetProjection(crs.ExportToWkt())
    ds.SetGeoTransform((500000, 10, 0, 5000000, 0, -10))
    for i, band in enumerate(bands):
        ds.GetRasterBand(i + 1).WriteArray(band)
        if nodata is not None:
            ds.GetRasterBand(i + 1).SetNoDataValue(nodata)


def make(folder):
    os.makedirs(folder, exist_ok=True)
    random = np.random.default_rng(7)
    h, w = 700, 900
    y, x = np.mgrid[0:h, 0:w]
    rgb = random.integers(60, 200, (3, h, w))
    tilted = (x + y // 4 < 160) | (x + y // 4 > 980) | (y - x // 5 < 40)  # a wedge at each side
    rgb[:, tilted] = random.integers(0, 6, (3, tilted.sum()))  # noise of a lossy codec
    rgb[:, (y - x // 5 > 600)] = 254
    rgb[:, 300:340, 400:470] = 2  # a lake, which is no collar
    rgb[:, 200:210, 500:900] = 3  # a river from the frame inwards, which is
    rgb[:, 400:403, 300:303] = 255
    spiral = np.zeros((h, w), bool)  # a corridor that winds through many blocks
    for k in range(0, 120, 12):
        spiral[420 + k:424 + k, 350:800] = True
        side = 796 if k % 24 else 350
        spiral[420 + k:436 + k, side:side + 4] = True
    spiral[420:424, 100:360] = True
    rgb[:, spiral] = 4
    rgb = rgb.astype(np.uint8)
    write(f"{folder}/tiled.tif", rgb, ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"])
    write(f"{folder}/strips.tif", rgb, ["COMPRESS=LZW"])
    write(f"{folder}/u16.tif", (rgb.astype(np.uint16) * 257)[:1], ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128"])
    # a ring of nodata outside of the collar: the flood goes through it
    framed = rgb.copy()
    framed[:, :20], framed[:, -20:], framed[:, :, :20], framed[:, :, -20:] = 230, 230, 230, 230
    write(f"{folder}/nodata.tif", framed, ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"], 230)
    inside = random.integers(60, 200, (3, h, w)).astype(np.uint8)
    inside[:, 100:600, 100:800] = 0
    write(f"{folder}/inside.tif", inside, ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"])


def flood(near):
    h, w = near.shape
    wet = np.zeros_like(near)
    queue = deque((y, x) for y in range(h) for x in range(w)
                  if near[y, x] and (y in (0, h - 1) or x in (0, w - 1)))
    for y, x in queue:
        wet[y, x] = True
    while queue:
        y, x = queue.popleft()
        for v, u in ((y, x - 1), (y, x + 1), (y - 1, x), (y + 1, x)):
            if 0 <= v < h and 0 <= u < w and near[v, u] and not wet[v, u]:
                wet[v, u] = True
                queue.append((v, u))
    return wet


def check(cut, source, within):
    cut, source = gdal.Open(cut), gdal.Open(source)
    bands = source.ReadAsArray().astype(int)
    bands = bands[None] if bands.ndim == 2 else bands
    white = 65535 if source.GetRasterBand(1).DataType == gdal.GDT_UInt16 else 255
    valid = np.any([source.GetRasterBand(i + 1).GetMaskBand().ReadAsArray() > 0 for i in range(len(bands))], axis=0)
    near = (bands <= within).all(axis=0) | (bands >= white - within).all(axis=0) | ~valid
    want = valid & ~flood(near)
    assert (cut.RasterXSize, cut.RasterYSize) == (source.RasterXSize, source.RasterYSize)
    have = cut.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
    assert want.any() and not (want != have).any(), (int((want != have).sum()), want.sum(), have.sum())
    values = cut.ReadAsArray().astype(int)
    values = values[None] if values.ndim == 2 else values
    assert (values[:, want] == bands[:, want]).all()
    print(f"{(valid & ~want).mean():.4f} removed")


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    check(sys.argv[2], sys.argv[3], int(sys.argv[4]))
