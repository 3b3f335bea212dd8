"""check_nodata.py make: rasters for tests/cli/nodata.sh. check_nodata.py CHECK ...: what GDAL reads in an output of it."""
import sys

import numpy as np
from osgeo import gdal, osr

import tile_pixels

gdal.UseExceptions()
gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
KINDS = {"u8": gdal.GDT_Byte, "u16": gdal.GDT_UInt16, "i16": gdal.GDT_Int16, "i32": gdal.GDT_Int32, "f32": gdal.GDT_Float32,
         "f64": gdal.GDT_Float64}


def write(name, kind, values, nodata=None, x=500000):
    values = np.atleast_3d(values.T).T
    bands, height, width = values.shape
    raster = gdal.GetDriverByName("GTiff").Create(name, width, height, bands, KINDS[kind])
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32650)
    raster.SetProjection(crs.ExportToWkt())
    raster.SetGeoTransform((x, 30, 0, 4400000, 0, -30))
    for i, band in enumerate(values):
        if nodata is not None:
            raster.GetRasterBand(i + 1).SetNoDataValue(float(nodata))
        raster.GetRasterBand(i + 1).WriteArray(band)


def make_vrts():
    random = np.random.default_rng(3)
    write("three.tif", "u16", random.integers(0, 200, (3, 70, 90)))
    vrt = gdal.GetDriverByName("VRT").CreateCopy("bands.vrt", gdal.Open("three.tif"))
    vrt.GetRasterBand(1).SetNoDataValue(5)
    vrt.GetRasterBand(3).SetNoDataValue(77)
    vrt = None
    for i, nodata in enumerate((7, -9999)):
        values = random.integers(0, 200, (70, 90)).astype(float)
        values[10 * i + 5 : 10 * i + 20, 30:50] = nodata
        write(f"floats{i}.tif", "f32", values, nodata)
    gdal.BuildVRT("floats.vrt", ["floats0.tif", "floats1.tif"], separate=True)
    # a mask for each band
    for i in range(2):
        mask = np.full((70, 90), 255)
        mask[10 * i + 5 : 10 * i + 20, 30:50] = 0
        write(f"mask{i}.tif", "u8", mask)
    write("pair.tif", "u16", random.integers(0, 200, (2, 70, 90)))
    write_masked("masks.vrt", "pair.tif", 2)
    # a picture: red and green with masks of their own, blue with nodata; and with nodata alone
    write("mask2.tif", "u8", np.where(random.random((70, 90)) < 0.1, 0, 255))
    write("colours.tif", "u8", random.integers(0, 200, (3, 70, 90)))
    write_masked("colours.vrt", "colours.tif", 2)
    write_masked("colours3.vrt", "colours.tif", 3)
    write("shades.tif", "u8", random.integers(4, 8, (3, 70, 90)))
    gdal.GetDriverByName("VRT").CreateCopy("colours_nodata.vrt", gdal.Open("shades.tif"))
    for name in "colours.vrt", "colours_nodata.vrt":
        vrt = gdal.Open(name, gdal.GA_Update)
        for band in (3,) if name == "colours.vrt" else (1, 2, 3):
            vrt.GetRasterBand(band).SetNoDataValue(band + 4)
        vrt = None


def write_masked(name, source, count):
    """The first `count` bands with a mask each."""
    gdal.GetDriverByName("VRT").CreateCopy(name, gdal.Open(source))
    text = open(name).read()
    for i in range(count):
        end = text.find("</VRTRasterBand>", text.find(f'band="{i + 1}"'))
        text = (text[:end] + '<MaskBand><VRTRasterBand dataType="Byte"><SimpleSource><SourceFilename relativeToVRT="1">'
                f"mask{i}.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></MaskBand>" + text[end:])
    open(name, "w").write(text)


def make():
    random = np.random.default_rng(9)
    rings = random.random((120, 150)) < 0.5
    for kind in ("u8", "u16", "i16", "i32", "f32"):
        write(f"ring_{kind}.tif", kind, np.where(rings, 2, 200 if kind == "u8" else 3000), 0)
    write("full.tif", "u16", np.full((64, 64), 40000), 65535)
    few = np.full((40, 60), 3000)
    few[7:10, 20:24] = 2
    write("twelve.tif", "u16", few, x=800000)
    write("twelve_f32.tif", "f32", few, x=800000)
    for kind in ("f32", "f64"):
        write(f"tenth_{kind}.tif", kind, np.where(few == 2, 0.1, few), x=800000)
    for kind, nodata in (("u16", "-9999"), ("u8", "9999"), ("i16", "65535"), ("u16", "nan")):
        write(f"wrong_{kind}_{nodata}.tif", kind, np.where(few == 2, 0, 255 if kind == "u8" else 32767), nodata, 800000)
    low = few.astype(float)
    low[3:9, 5:20] = -1.7976931348623157e308
    write("lowest.tif", "f64", low)
    huge = np.full((64, 64), 7, np.float32)
    huge[0, :6] = 1e30, 1.1e31, 1.5e38, np.finfo(np.float32).max, -1e35, np.inf
    write("huge.tif", "f32", huge)
    for nodata in ("inf", "-inf"):
        far = few.astype(float)
        far[3:9, 5:20] = float(nodata)
        write(f"far_{nodata}.tif", "f32", far, nodata)
    # -9999, the second scene's, is what no other band can have
    for name, kind, band, nodata, x in (("first", "u8", 0, 7, 0), ("second", "i16", 1, -9999, 90)):
        pair = random.integers(0, 200, (2, 70, 90))
        pair[band, 10:20, 10:30] = nodata
        write(name + ".tif", kind, pair, nodata, 500000 + 30 * x)
    make_vrts()


def read(name, level=None):
    """Samples and masks of all bands as GDAL reads them."""
    raster = gdal.Open(name)
    bands = [raster.GetRasterBand(i + 1) for i in range(raster.RasterCount)]
    bands = bands if level is None else [band.GetOverview(level) for band in bands]
    return np.stack([b.ReadAsArray() for b in bands]), np.stack([b.GetMaskBand().ReadAsArray() for b in bands]) > 0


def rings(way, source, out):
    """All within the scene is valid, with gdalwarp's values."""
    raster = gdal.Open(out)
    g = raster.GetGeoTransform()
    extent = (g[0], g[3] + g[5] * raster.RasterYSize, g[0] + g[1] * raster.RasterXSize, g[3])
    wanted = gdal.Warp("", source, format="MEM", dstSRS="EPSG:3857", resampleAlg=way, outputBounds=extent,
                       width=raster.RasterXSize, height=raster.RasterYSize, errorThreshold=0)
    values, valid = read(out)
    inside = np.s_[0, 5:-5, 5:-5]
    assert valid[inside].all()
    other = wanted.ReadAsArray()[None].astype(float)
    assert "_u" not in source or other[inside].min() == values[inside].min() == 1
    assert np.abs(values[inside] - other[inside]).max() <= 0.02 * np.ptp(other[inside]) + 1  # 1/64 pixel
    assert raster.GetRasterBand(1).GetOverviewCount() > 0
    for level in range(raster.GetRasterBand(1).GetOverviewCount()):
        valid_there = read(out, level)[1][0]
        assert valid_there[4:-4, 4:-4].all(), level
    metadata = raster.GetRasterBand(1).GetMetadata()
    seen = values[valid]
    assert abs(float(metadata["STATISTICS_MINIMUM"]) - seen.min()) <= 1e-6 * abs(float(seen.min()))
    assert abs(float(metadata["STATISTICS_MEAN"]) - seen.mean(dtype=float)) <= 1e-6 * abs(seen.mean(dtype=float))


def value(out, *wanted):
    values, valid = read(out)
    assert valid.all() and sorted(set(values.ravel())) == [float(w) for w in wanted], set(values.ravel())


def all_valid(out):
    assert read(out)[1].all()


def corners(nodata, out):
    """The corners are nodata, the middle is not."""
    values, valid = read(out)
    raster = gdal.Open(out)
    found = raster.GetRasterBand(1).GetNoDataValue()
    assert found == float(nodata) or (np.isnan(found) and nodata == "nan"), found
    assert valid[0, 5:-5, 5:-5].all() and not valid.all()
    assert np.array_equal(values[~valid], np.full((~valid).sum(), float(nodata), np.float32), equal_nan=True)


def unread(out, count):
    """GDAL reads so many samples as nodata, all of which are valid."""
    raster = gdal.Open(out)
    mask = raster.GetRasterBand(1).GetMaskBand().ReadAsArray()
    assert (mask == 0).sum() == int(count), (mask == 0).sum()


def masked(out):
    """A mask, whose corners are nothing; all samples are what they were."""
    raster = gdal.Open(out)
    band = raster.GetRasterBand(1)
    values, valid = read(out)
    assert band.GetMaskFlags() == gdal.GMF_PER_DATASET and band.GetNoDataValue() is None
    assert not valid.all() and valid[0, 5:-5, 5:-5].all()
    assert 8 <= (values[valid] <= 2).sum() <= 16 and values[valid].max() in (255, 3000, 32767)


def truth(source):
    values, valid = read(source)
    if source == "lowest.tif":
        valid = values > -1e308
    return values.astype(float), valid


def same(source, out, off="0"):
    """Band by band the same validity; the values too, but for `off`."""
    values, valid = truth(source)
    got, got_valid = read(out)
    assert np.array_equal(valid, got_valid), (valid.sum(), got_valid.sum())
    assert np.abs(values[valid] - got[valid]).max() <= float(off)


def joined(source, out):
    """One mask: where all bands are valid, and there with their values."""
    values, valid = truth(source)
    got, got_valid = read(out)
    raster = gdal.Open(out)
    assert raster.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET
    assert all(np.array_equal(valid.all(axis=0), band) for band in got_valid)
    assert np.array_equal(values[:, valid.all(axis=0)], got[:, valid.all(axis=0)])


def two(out):
    """Two scenes with different nodata values, in different bands."""
    got, valid = read(out)
    values, there = (np.concatenate(pair, axis=2) for pair in zip(read("first.tif"), read("second.tif")))
    assert np.array_equal(valid, there)
    assert np.array_equal(got[valid], values[valid])


def picture(way, source, folder, bands="1,2,3"):
    """Colours where all (any) of the bands are valid, in a pyramid's finest zoom: a tile."""
    values, valid = read(source)
    order = [int(band) - 1 for band in bands.split(",")]
    there = (valid.all if way == "all" else valid.any)(axis=0)
    assert 0.005 < (valid.all(axis=0) != valid.any(axis=0)).mean() and not there.all()
    got = tile_pixels.read(folder + "/0/0/0.png")[:70, :90].transpose(2, 0, 1)
    assert np.array_equal(got[3], np.where(there, 255, 0)), (got[3] > 0).sum()
    assert np.array_equal(got[:3], np.where(there, values[order], 0))


globals()[sys.argv[1]](*sys.argv[2:])
