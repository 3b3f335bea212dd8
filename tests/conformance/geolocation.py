#!/usr/bin/python3
"""Where geolocation arrays put a pixel.

    geolocation.py POSITIONS IMBREX CASE

Makes a swath with arrays of its places, takes random places in its image, finds by an own bilinear interpolation (numpy)
where they lie on the ground, and asks the engine for the way back: it must be within BOUND_PX. What GDAL's transformer says
(METHOD=GEOLOC_ARRAY: a map from the ground to the image, refined in cells nearby) is printed beside it, not judged. Then
warps the swath, whose values are a formula of longitude and latitude, and looks at all pixels and at where there are none.
Exit 0: right, 1: not, 77: GDAL's Python is not there.
"""
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

gdal.UseExceptions()
BOUND_PX = 1 / 16
RANDOM = 1000000
RADIUS_M = 6378137.0
# name: image size, nodes (columns, rows), offset and step along x and y, convention, middle longitude and latitude, nodata
CASES = {
    "sparse": ((640, 500), (41, 26), (0, 16), (0, 20), "TOP_LEFT_CORNER", (12, 47), False),
    "dense": ((300, 240), (300, 240), (0, 1), (0, 1), "TOP_LEFT_CORNER", (-70, -33), False),
    "centre": ((300, 240), (300, 240), (0, 1), (0, 1), "PIXEL_CENTER", (100, 20), False),
    "every5th": ((500, 400), (100, 80), (0, 5), (0, 5), "PIXEL_CENTER", (30, 60), False),
    "dateline": ((640, 500), (41, 26), (0, 16), (0, 20), "TOP_LEFT_CORNER", (179, -17), False),
    "holes": ((640, 500), (41, 26), (0, 16), (0, 20), "TOP_LEFT_CORNER", (12, 47), True),
    "lines": ((400, 300), (400, 300), (0, 1), (0, 1), "PIXEL_CENTER", (12, 47), False),
}
NODATA = -999.0


def places(columns, rows, middle, straight):
    """A swath of some 8 x 6 degrees that is turned, bent and stretched towards its edges; straight: rows and columns of
    their own latitudes and longitudes, unevenly spaced."""
    s, t = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows))
    if straight:
        return middle[0] + 4 * s + 0.3 * s ** 3, middle[1] - 3 * t - 0.4 * t ** 3
    along, across = 4 * s + 0.6 * s ** 3, -3 * t + 0.4 * s * s
    lat = middle[1] + across * np.cos(0.3) + along * np.sin(0.3)
    lon = middle[0] + (along * np.cos(0.3) - across * np.sin(0.3)) / np.cos(np.radians(lat))
    return (lon + 180) % 360 - 180, lat


def mercator(lon, lat):
    return RADIUS_M * np.radians(lon), RADIUS_M * np.arctanh(np.sin(np.radians(lat)))


def unroll(lon):
    """in one piece, around the last node's"""
    return lon - 360 * np.floor((lon - lon.flat[-1]) / 360 + .5)


def write(path, array, dtype, nodata=None):
    made = gdal.GetDriverByName("GTiff").Create(path, array.shape[1], array.shape[0], 1, dtype)
    made.GetRasterBand(1).WriteArray(array)
    if nodata is not None:
        made.GetRasterBand(1).SetNoDataValue(nodata)


def bilinear(array, column, row):
    c = np.clip(np.floor(column), 0, array.shape[1] - 2).astype(int)
    r = np.clip(np.floor(row), 0, array.shape[0] - 2).astype(int)
    u, v = column - c, row - r
    return ((1 - v) * ((1 - u) * array[r, c] + u * array[r, c + 1]) + v * ((1 - u) * array[r + 1, c] + u * array[r + 1, c + 1]))


def value(lon, lat):
    return 1000 * np.cos(np.radians(2 * lat)) * np.cos(np.radians(3 * lon)) + 50 * lat


def make(folder, case):
    size, nodes, (x_offset, x_step), (y_offset, y_step), convention, middle, holes = CASES[case]
    lon, lat = places(*nodes, middle, case == "lines")
    if holes:
        lon[5:9, 10:14] = np.nan
        lon[:3, :4] = np.nan
    half = .5 if convention == "PIXEL_CENTER" else 0
    column, row = np.meshgrid((np.arange(size[0]) + .5 - x_offset) / x_step - half,
                              (np.arange(size[1]) + .5 - y_offset) / y_step - half)
    at = bilinear(unroll(np.nan_to_num(lon)), column, row), bilinear(lat, column, row)
    raster = os.path.join(folder, "raster.tif")
    write(raster, value(*at).astype(np.float32), gdal.GDT_Float32)
    if case == "lines":
        write(os.path.join(folder, "x.tif"), lon[:1], gdal.GDT_Float64)
        write(os.path.join(folder, "y.tif"), lat[:, :1].T.copy(), gdal.GDT_Float64)
    else:
        write(os.path.join(folder, "x.tif"), np.where(np.isnan(lon), NODATA, lon), gdal.GDT_Float64, NODATA)
        write(os.path.join(folder, "y.tif"), np.where(np.isnan(lon), NODATA, lat), gdal.GDT_Float64, NODATA)
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(4326)
    vrt = gdal.GetDriverByName("VRT").CreateCopy(os.path.join(folder, "swath.vrt"), gdal.Open(raster))
    vrt.SetMetadata({"X_DATASET": os.path.join(folder, "x.tif"), "X_BAND": "1", "Y_BAND": "1", "SRS": srs.ExportToWkt(),
                     "Y_DATASET": os.path.join(folder, "y.tif"), "PIXEL_OFFSET": str(x_offset), "PIXEL_STEP": str(x_step),
                     "LINE_OFFSET": str(y_offset), "LINE_STEP": str(y_step), "GEOREFERENCING_CONVENTION": convention},
                    "GEOLOCATION")
    del vrt
    return os.path.join(folder, "swath.vrt"), lon, lat, half


def check_places(positions, vrt, lon, lat, half, case):
    size, _, (x_offset, x_step), (y_offset, y_step), _, middle, _ = CASES[case]
    random = np.random.default_rng(7)
    px, line = random.uniform(0, size[0], RANDOM), random.uniform(0, size[1], RANDOM)
    column, row = (px - x_offset) / x_step - half, (line - y_offset) / y_step - half
    known = np.where(np.isnan(lon), np.nan, unroll(np.nan_to_num(lon)))
    ground = bilinear(known, column, row), bilinear(lat, column, row)
    there = np.isfinite(ground[0])
    xy = np.stack(mercator(ground[0][there], ground[1][there]), 1)
    xy[:, 0] -= 2 * np.pi * RADIUS_M * np.floor(xy[:, 0] / (2 * np.pi * RADIUS_M) + .5)
    said = subprocess.run([positions, vrt], input=xy.astype(np.float64).tobytes(), capture_output=True, check=False)
    assert said.returncode == 0, said.stderr.decode()
    ours = np.frombuffer(said.stdout).reshape(-1, 2)
    want = np.stack([px[there], line[there]], 1)
    lost = ~np.isfinite(ours).all(axis=1)
    assert not lost.any(), "%d of %d places lost: %s" % (lost.sum(), len(ours), want[lost][:5])
    error = np.hypot(*(ours - want).T)
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    back = gdal.Transformer(gdal.Open(vrt), None, ["METHOD=GEOLOC_ARRAY", "DST_SRS=EPSG:3857"])
    few = slice(0, 20000)
    theirs, ok = back.TransformPoints(1, [(x, y, 0.) for x, y in xy[few]])
    gdal.PopErrorHandler()
    good = np.array(ok, bool)
    away = np.hypot(*(np.array(theirs)[:, :2] - want[few]).T)[good]
    print("%s: %d places, at most %.2g px off; GDAL: median %.2g, 99 %% %.2g, at most %.2g px, %.2f %% lost" %
          (case, len(ours), error.max(), np.median(away), np.percentile(away, 99), away.max(), 100 * (1 - good.mean())))
    assert error.max() <= BOUND_PX, error.max()


def check_warp(imbrex, vrt, lon, lat, case, folder):
    """In WebMercator, over the antimeridian in degrees: values where the swath is, nothing in holes and outside."""
    made = os.path.join(folder, "out.tif")
    degrees = case == "dateline"
    crs = "EPSG:4326" if degrees else "EPSG:3857"
    done = subprocess.run([imbrex, "warp", "--quiet", "-r", "bilinear", "--crs", crs, vrt, made], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    raster = gdal.Open(made)
    g = raster.GetGeoTransform()
    x, y = np.meshgrid(g[0] + (np.arange(raster.RasterXSize) + .5) * g[1], g[3] + (np.arange(raster.RasterYSize) + .5) * g[5])
    valid = raster.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
    at = (x, y) if degrees else (np.degrees(x / RADIUS_M), np.degrees(np.arcsin(np.tanh(y / RADIUS_M))))
    got = raster.GetRasterBand(1).ReadAsArray()
    error = np.abs(got - value(*at))[valid]
    share = valid.mean()
    print("%s: %d x %d px warped, %.1f %% there, values at most %.2g of 1000 off (99.9 %%: %.2g)" %
          (case, raster.RasterXSize, raster.RasterYSize, 100 * share, error.max(), np.percentile(error, 99.9)))
    assert np.percentile(error, 99.9) < 1, np.percentile(error, 99.9)
    # As much is there as the cells are large.
    x = np.where(np.isnan(lon), np.nan, unroll(np.nan_to_num(lon)))
    x, y = (x, lat) if degrees else mercator(x, lat)
    d1, d2 = (x[1:, 1:] - x[:-1, :-1], y[1:, 1:] - y[:-1, :-1]), (x[:-1, 1:] - x[1:, :-1], y[:-1, 1:] - y[1:, :-1])
    cells = np.nansum(np.abs(d1[0] * d2[1] - d1[1] * d2[0]) / 2)
    want = cells * (1 if case not in ("dense", "centre", "every5th", "lines") else lon.size / ((lon.shape[0] - 1) * (lon.shape[1] - 1)))
    have = valid.sum() * g[1] * -g[5]
    assert abs(have / want - 1) < .02, (have, want)


def main(positions, imbrex, case):
    with tempfile.TemporaryDirectory(prefix="imbrex-geolocation-") as folder:
        vrt, lon, lat, half = make(folder, case)
        try:
            check_places(positions, vrt, lon, lat, half, case)
            check_warp(imbrex, vrt, lon, lat, case, folder)
        except AssertionError as error:
            print("%s: WRONG: %s" % (case, error))
            return 1
    return 0


sys.exit(main(*sys.argv[1:]))
