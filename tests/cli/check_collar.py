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
    kind = {np.uint8: gdal.GDT_Byte, np.uint16: gdal.GDT_UInt16, np.int16: gdal.GDT_Int16, np.uint32: gdal.GDT_UInt32,
            np.int32: gdal.GDT_Int32, np.float32: gdal.GDT_Float32, np.int8: gdal.GDT_Byte}[bands.dtype.type]
    if bands.dtype == np.int8:
        bands, options = bands.view(np.uint8), options + ["PIXELTYPE=SIGNEDBYTE"]
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
    # the frame of each type: 0 and the largest number; of floats 255 and the like are no white
    for name, kind, largest, more in (("twelve", np.uint16, 4095, ["NBITS=12"]), ("four", np.uint8, 15, ["NBITS=4"]),
                                      ("i8", np.int8, 127, []), ("i16", np.int16, 32767, []),
                                      ("u32", np.uint32, 2**32 - 1, []), ("i32", np.int32, 2**31 - 1, []),
                                      ("f32", np.float32, 255, [])):
        part = rgb[:1].astype(float) / 255
        whole = (largest * np.where(part > 0.99, 1, np.where(part < 0.03, 0, part))).round()
        if np.issubdtype(kind, np.signedinteger):
            whole[0, 500:520, 500:520] *= -1
        write(f"{folder}/{name}.tif", whole.astype(kind), ["TILED=YES", "COMPRESS=DEFLATE"] + more)
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


def numbers(ds):
    a = ds.ReadAsArray()
    signed = ds.GetRasterBand(1).GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE") == "SIGNEDBYTE"
    a = a.view(np.int8) if signed else a
    return a[None] if a.ndim == 2 else a


def check(cut, source, within):
    cut, source = gdal.Open(cut), gdal.Open(source)
    bands = numbers(source)
    bits = source.GetRasterBand(1).GetMetadataItem("NBITS", "IMAGE_STRUCTURE")
    white = np.inf if bands.dtype.kind == "f" else 2**int(bits) - 1 if bits else np.iinfo(bands.dtype).max
    bands = bands.astype(np.float64)
    valid = np.any([source.GetRasterBand(i + 1).GetMaskBand().ReadAsArray() > 0 for i in range(len(bands))], axis=0)
    near = (abs(bands) <= within).all(axis=0) | (bands >= white - within).all(axis=0) | ~valid
    want = valid & ~flood(near)
    assert (cut.RasterXSize, cut.RasterYSize) == (source.RasterXSize, source.RasterYSize)
    have = cut.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
    assert want.any() and not (want != have).any(), (int((want != have).sum()), want.sum(), have.sum())
    assert (numbers(cut)[:, want] == bands[:, want]).all()
    print(f"{(valid & ~want).mean():.4f} removed")


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    check(sys.argv[2], sys.argv[3], int(sys.argv[4]))
