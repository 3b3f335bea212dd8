#!/usr/bin/python3
"""The lane for numbers against gdalwarp: the same rasters, the same grid, every band and its mask.

    planes.py RENDER_RECT DATA_DIR CASE

As oracle.py does for pictures: GDAL's warper with the exact transform, its scale pinned where it minifies. A value may
differ by 1e-3 of the band's range (99.9 % of the pixels must be within), integers by 1 as well; masks may
differ near the outline only, those by filters only at edges of source pixels. The case `holes` is made here: scattered
pixels and lines without data, magnified ten times. Exit 0: all within the bounds, 1: not, 77: the data or GDAL's Python is not there.
"""
import json
import os
import subprocess
import sys
import tempfile

SKIPPED = 77
try:
    import numpy as np
    from osgeo import gdal, osr
except ImportError:
    print("skipped: needs Python 3 with numpy and osgeo.gdal")
    sys.exit(SKIPPED)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oracle

gdal.UseExceptions()

CASES = {
    "landsat8_u16": "scenes/landsat8_mosaic_cog1.tif",
    "road_u16": "scenes/qb_road_4band_u16_utm32.tif",
    "olinda_dem": "dem/olinda_dem_utm25s.tif",
    "lidar_f32": "dem/lidar_dsm.tif",
    "swiss_f32": "dem/swiss_dem_epsg2056_cog.tif",
    "holes": None,
}
METHODS = ("nearest", "bilinear", "cubic", "cubicspline", "lanczos", "average", "mode", "min", "max", "med", "q1", "q3",
           "rms")
# GDAL 3.6's own kernel is off where these minify: lanczos ignores where between two pixels a position lies, cubicspline has a
# weight beyond its support (1e-3 of the range at 1.3 x); the kernels' unit tests hold them there.
ONLY_MAGNIFIED = ("cubicspline", "lanczos")
FACTORS = (0, 1.3, 3)
OUTLINE_PX = 4  # masks by areas, and values, may differ this close to the outline


def make_holes(path):
    """One f32 band, nodata -9999: single pixels, lines of one pixel, a block, a corner."""
    rows, columns = np.mgrid[0:40, 0:50]
    values = (100 + 60 * np.sin(columns / 5) + 40 * np.cos(rows / 4)).astype(np.float32)
    random = np.random.default_rng(1)
    gone = random.random(values.shape) < 0.05
    gone[20, 5:30] = gone[8:35, 40] = gone[30:33, 10:14] = gone[:2, :3] = True
    values[gone] = -9999
    dataset = gdal.GetDriverByName("GTiff").Create(path, 50, 40, 1, gdal.GDT_Float32)
    dataset.SetGeoTransform((500000, 30, 0, 5000000, 0, -30))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32631)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.GetRasterBand(1).SetNoDataValue(-9999)
    dataset.GetRasterBand(1).WriteArray(values)


def planes(driver, raster, method, factor, folder, bands, dtype):
    out = os.path.join(folder, "out.planes")
    done = subprocess.run([driver, raster, "data:" + method, "0", repr(factor), out], check=True, stdout=subprocess.PIPE,
                          text=True)
    place = json.loads(done.stdout)
    shape = (bands, place["height"], place["width"])
    pixels = int(np.prod(shape))
    raw = np.fromfile(out, np.uint8)
    values = raw[:pixels * dtype.itemsize].view(dtype).reshape(shape)
    return values, raw[pixels * dtype.itemsize:].reshape(shape) > 0, place


def warp(source, place, window, method, scale):
    x, y, w, h = window
    left, top = place["min_x"] + x * place["res"], place["max_y"] - y * place["res"]
    options = ["SOURCE_EXTRA=16"]
    if scale is not None:
        options += ["XSCALE=%.12g" % min(1, scale[0]), "YSCALE=%.12g" % min(1, scale[1])]
    result = gdal.Warp("", source, format="MEM", outputBounds=(left, top - h * place["res"], left + w * place["res"], top),
                       width=w, height=h, dstSRS="EPSG:3857", resampleAlg=method, errorThreshold=0, overviewLevel="NONE",
                       dstAlpha=True, warpOptions=options)
    values = result.ReadAsArray()
    return values[:-1], values[-1] > 0


def compare(driver, raster, method, factor, folder):
    source = gdal.Open(raster)
    bands = source.RasterCount
    dtype = np.dtype({gdal.GDT_Byte: np.uint8, gdal.GDT_UInt16: np.uint16, gdal.GDT_Int16: np.int16,
                      gdal.GDT_Float32: np.float32}[source.GetRasterBand(1).DataType])
    ours, valid, place = planes(driver, raster, method, factor, folder, bands, dtype)
    of_place = oracle.Oracle(raster, place)
    low, high = [], []
    for band in range(bands):
        inside = ours[band][valid[band]]
        low.append(float(inside.min()) if inside.size else 0)
        high.append(float(inside.max()) if inside.size else 1)
    outline = oracle.near_outline(valid.all(axis=0), OUTLINE_PX)
    seen = far = mask_away = 0
    worst = 0.0
    minified = factor > 1 and method != "nearest"
    for window in oracle.windows(place, minified, minified, method):  # GDAL has one scale a window: rows
        x, y, w, h = window
        scale = of_place.scale(*window) if minified else np.array([1.0, 1.0])
        if scale is None or any(0.949 < s < 1 for s in scale):
            continue
        theirs, mask = warp(source, place, window, method, scale)
        some = valid[:, y:y + h, x:x + w].any(axis=0)  # what GDAL's alpha tells, where bands have nodata of their own
        if method not in oracle.AREAS and (some != mask).any():
            mask_away += of_place.away_from_edges(window, method, some & ~mask, mask & ~some)
        away = ~outline[y:y + h, x:x + w] & ~oracle.near_outline(mask, OUTLINE_PX)
        for band in range(bands):
            mine, have = ours[band, y:y + h, x:x + w], valid[band, y:y + h, x:x + w]
            if method in oracle.AREAS:
                mask_away += int(((have != mask) & away).sum())
            both = have & mask & away
            if not both.any():
                continue
            difference = np.abs(mine[both].astype(np.float64) - theirs[band][both])
            allowed = 1e-3 * max(high[band] - low[band], 1e-12)
            if np.issubdtype(dtype, np.integer):
                allowed = max(allowed, 1)
            seen += int(both.sum())
            far += int((difference > allowed).sum())
            worst = max(worst, float(difference.max()) / max(high[band] - low[band], 1e-12))
    return seen, far, mask_away, worst


def main():
    driver, data, case = sys.argv[1:4]
    raster = os.path.join(data, CASES[case]) if CASES[case] else None
    if raster and not os.path.exists(raster):
        print("skipped: %s is not there" % raster)
        return SKIPPED
    failed = False
    print("%-13s %-11s %6s %9s %10s %6s %9s" % ("raster", "method", "factor", "samples", "within", "mask", "worst"))
    with tempfile.TemporaryDirectory() as folder:
        if not raster:
            raster = os.path.join(folder, "holes.tif")
            make_holes(raster)
        for factor in FACTORS if CASES[case] else (0.1,):
            for method in METHODS if CASES[case] else [m for m in METHODS if m not in oracle.AREAS]:
                if factor > 1 and method in ONLY_MAGNIFIED:
                    continue
                seen, far, mask, worst = compare(driver, raster, method, factor, folder)
                share = 1 - far / max(1, seen)
                bound = 0.99 if method == "mode" else 0.999
                bad = seen == 0 or share < bound or mask > 0
                failed = failed or bad
                print("%-13s %-11s %6g %9d %9.4f%% %6d %9.2g %s" % (case, method, factor, seen, 100 * share, mask, worst,
                                                                  "FAILED" if bad else ""), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
