#!/usr/bin/python3
"""Every way to resample against its definition, where the source lies askew in the output.

    formula.py IMBREX CASE [--gdal]

Noise is brought onto LV95 (EPSG:2056) from UTM (turned by 1 degree there), from degrees (other steps along x than along y)
and from a raster of LV95 that is turned by 30 degrees; magnified not at all and minified by 1.25, 2 and 3; as numbers
(`imbrex warp`, f32) and as a picture (`imbrex tile`, whose kernels work in integers). What is expected is worked out here, in
doubles, from what the headers say: filters by kernels/kernels.h, widened along the source's axes by the scale that
engine/transform.h defines; areas by its boxes and kernels/warp_area.h. Positions are PROJ's, pixel by pixel. GDAL is no
oracle for this: it takes one scale for a chunk, from the upright rectangle around it, whose side is 1.37 times that of the
turned raster; and its own lanczos and cubicspline, minified, are not the filters that they are called (oracle.py). --gdal prints what gdalwarp gives beside it: as it is, and told the scale (XSCALE, YSCALE).
Exit 0: all within the bounds, 1: not, 77: GDAL's Python is not there.
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

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from tile_pixels import read  # noqa: E402

gdal.UseExceptions()
SIDE = 128  # of the source
DARKEST = 32  # of 16 values, so that mode has something to count; rms is the steeper the darker
FACTORS = (1, 1.25, 2, 3)
# CRS, geotransform, side of a source pixel in the output, m
CASES = {
    "utm": ("EPSG:32632", (400000, 10, 0, 5210000, 0, -10), 10),
    "degrees": ("EPSG:4326", (7.5, .0001, 0, 46.8, 0, -.0001), 9.2),
    "turned": ("EPSG:2056", (2600000, 8.660254, 5, 1200000, 5, -8.660254), 10),
}
# Largest difference from the definition. Numbers: positions and shrinks have 16 fractional bits, and noise changes by up
# to 500 a pixel. Pictures: positions and shrinks have 8 of them, and the result is rounded.
NUMBERS_DN, PICTURE_DN, PICTURE_MEAN_DN = 0.01, 2, 0.3
NEAR_EDGE_PX = 1e-5  # positions and boxes this near to a pixel's edge may be on either side of it
TILE = 256


# ---- the filters: functions of the distance, and how far they reach ----

def triangle(t):
    return np.maximum(0, 1 - np.abs(t))


def keys(t):
    t = np.abs(t)
    return np.where(t < 1, 1.5 * t**3 - 2.5 * t**2 + 1, np.where(t < 2, -.5 * t**3 + 2.5 * t**2 - 4 * t + 2, 0))


def b_spline(t):
    t = np.abs(t)
    return np.where(t < 1, (3 * t**3 - 6 * t**2 + 4) / 6, np.where(t < 2, (2 - t)**3 / 6, 0))


def lanczos(t):
    return np.where(np.abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0)


FILTERS = {"bilinear": (triangle, 1), "cubic": (keys, 2), "cubicspline": (b_spline, 2), "lanczos": (lanczos, 3)}
AREAS = ("average", "rms", "min", "max", "med", "q1", "q3", "mode")
QUANTILES = {"med": 1 / 2, "q1": 1 / 4, "q3": 3 / 4}


def by_filter(samples, places, method):
    """Values, and where all taps lie in the raster."""
    function, support = FILTERS[method]
    (x, y), shrinks = places.centres, places.shrinks
    reach = int(np.ceil(support / min(s.min() for s in shrinks)))
    first = [np.floor(v - 0.5).astype(int) for v in (x, y)]
    total, weights, whole = np.zeros(x.shape), np.zeros(x.shape), np.ones(x.shape, bool)
    for dy in range(1 - reach, reach + 1):
        row = first[1] + dy
        wy = function((row + 0.5 - y) * shrinks[1])
        for dx in range(1 - reach, reach + 1):
            column = first[0] + dx
            w = wy * function((column + 0.5 - x) * shrinks[0])
            inside = (row >= 0) & (row < SIDE) & (column >= 0) & (column < SIDE)
            whole &= inside | (w == 0)
            total += w * samples[np.clip(row, 0, SIDE - 1), np.clip(column, 0, SIDE - 1)]
            weights += w
    return total / np.where(whole, weights, 1), whole


# ---- areas ----

def taps_of(samples, places):
    """Of each output pixel whose box lies in the raster: its taps row by row, which of them the box touches, and how much of
    each it covers."""
    low, high = places.boxes
    whole = np.ones(low[0].shape, bool)
    for k in (0, 1):
        whole &= (low[k] > 0) & (high[k] < SIDE)
        whole &= (np.abs(low[k] - np.rint(low[k])) > NEAR_EDGE_PX) & (np.abs(high[k] - np.rint(high[k])) > NEAR_EDGE_PX)
    low, high = ([v[whole] for v in ends] for ends in (low, high))
    first = [np.floor(v).astype(int) for v in low]
    counts = [int((np.ceil(high[k]) - first[k]).max()) for k in (0, 1)]
    values, weights = [], []
    for dy in range(counts[1]):
        row = first[1] + dy
        wy = np.minimum(high[1], row + 1) - np.maximum(low[1], row)
        for dx in range(counts[0]):
            column = first[0] + dx
            wx = np.minimum(high[0], column + 1) - np.maximum(low[0], column)
            values.append(samples[np.minimum(row, SIDE - 1), np.minimum(column, SIDE - 1)])
            weights.append(np.maximum(wx, 0) * np.maximum(wy, 0))
    return np.array(values), np.array(weights), whole


def quantile(values, touched, share):
    count = touched.sum(axis=0)
    at = np.ceil(share * count - 1e-9).astype(int) - 1
    return np.take_along_axis(np.sort(np.where(touched, values, np.inf), axis=0), at[None], axis=0)[0]


def mode(values, touched):
    """The most frequent; of several, that which reached its count first."""
    best, result = np.zeros(values.shape[1], int), np.zeros(values.shape[1])
    for i in range(len(values)):
        count = ((values[:i + 1] == values[i]) & touched[:i + 1]).sum(axis=0) * touched[i]
        result = np.where(count > best, values[i], result)
        best = np.maximum(best, count)
    return result


def by_area(samples, places, method):
    values, weights, whole = taps_of(samples, places)
    touched = weights > 0
    if method == "average":
        found = (weights * values).sum(axis=0) / weights.sum(axis=0)
    elif method == "rms":
        found = np.sqrt((weights * values**2).sum(axis=0) / weights.sum(axis=0))
    elif method in ("min", "max"):
        edge = np.where(touched, values, np.inf if method == "min" else -np.inf)
        found = edge.min(axis=0) if method == "min" else edge.max(axis=0)
    elif method == "mode":
        found = mode(values, touched)
    else:
        found = quantile(values, touched, QUANTILES[method])
    result = np.zeros(whole.shape)
    result[whole] = found
    return result, whole


def by_nearest(samples, places):
    x, y = places.centres
    whole = (x > 0) & (x < SIDE) & (y > 0) & (y < SIDE)
    for v in (x, y):
        whole &= np.abs(v - np.rint(v)) > NEAR_EDGE_PX
    column, row = (np.clip(np.floor(v).astype(int), 0, SIDE - 1) for v in (x, y))
    return samples[row, column], whole


# ---- places ----

class Places:
    """Where an output of LV95 lies in the source: by PROJ, at each pixel."""

    def __init__(self, source, left, top, res, width, height):
        self.inverse = gdal.InvGeoTransform(source.GetGeoTransform())
        lv95, crs = osr.SpatialReference(), source.GetSpatialRef()
        lv95.ImportFromEPSG(2056)
        for srs in (lv95, crs):
            srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        self.operation = osr.CoordinateTransformation(lv95, crs)
        self.left, self.top, self.res = left, top, res
        x, y = np.meshgrid(np.arange(width + 1.), np.arange(height + 1.))
        corners = self.at(x, y)
        self.centres = self.at(x[:-1, :-1] + 0.5, y[:-1, :-1] + 0.5)
        self.shrinks = self.scale(x[:-1, :-1] + 0.5, y[:-1, :-1] + 0.5)
        self.boxes = self.make_boxes(corners)

    def at(self, x, y):
        points = np.stack([self.left + x.ravel() * self.res, self.top - y.ravel() * self.res], axis=1)
        to = np.array(self.operation.TransformPoints(points.tolist()))
        g = self.inverse
        return [(g[k] + g[k + 1] * to[:, 0] + g[k + 2] * to[:, 1]).reshape(x.shape) for k in (0, 3)]

    def scale(self, x, y):
        """Output px per source px along the source's axes, at most 1."""
        by_x = [b - a for a, b in zip(self.at(x - 0.5, y), self.at(x + 0.5, y))]
        by_y = [b - a for a, b in zip(self.at(x, y - 0.5), self.at(x, y + 0.5))]
        return [np.minimum(1, 1 / np.hypot(by_x[k], by_y[k])) for k in (0, 1)]

    @staticmethod
    def make_boxes(corners):
        """Between the upper left and the lower right corner, and no narrower than a share of the pixel's extent."""
        low, high = [], []
        for c in corners:
            a, right, b = c[:-1, :-1], c[:-1, 1:], c[1:, 1:]
            wide = np.maximum(np.abs(b - a), np.sqrt(0.5) * np.hypot(right - a, b - right))
            low.append((a + b) / 2 - wide / 2)
            high.append((a + b) / 2 + wide / 2)
        return low, high


# ---- ours ----

def make_source(case, folder):
    """Two files of the same noise, for numbers and for pictures."""
    crs, place, _ = CASES[case]
    noise = (DARKEST + 14 * np.random.default_rng(3).integers(0, 16, (SIDE, SIDE))).astype(np.uint8)
    srs = osr.SpatialReference()
    srs.SetFromUserInput(crs)
    for name, kind in (("numbers.tif", gdal.GDT_Float32), ("picture.tif", gdal.GDT_Byte)):
        d = gdal.GetDriverByName("GTiff").Create(os.path.join(folder, name), SIDE, SIDE, 1, kind)
        d.SetProjection(srs.ExportToWkt())
        d.SetGeoTransform(place)
        d.GetRasterBand(1).WriteArray(noise)
    return noise.astype(np.float64)


def warp(imbrex, method, res, source, folder):
    """Values, where there are any, and where they lie."""
    out = os.path.join(folder, "out.tif")
    subprocess.run([imbrex, "warp", "--quiet", "--overwrite", "--crs", "EPSG:2056", "--res", repr(res), "-r", method,
                    "--error-threshold", "0", source, out], check=True)
    d = gdal.Open(out)
    g = d.GetGeoTransform()
    return d.GetRasterBand(1).ReadAsArray(), d.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0, g[0], g[3]


def tile(imbrex, method, res, source, folder):
    """The same as tiles: one zoom of a grid of this resolution."""
    west, north = 2420000, 1350000
    grid, out = (os.path.join(folder, name) for name in ("grid.json", "tiles"))
    with open(grid, "w", encoding="utf-8") as f:
        json.dump({"id": "One", "crs": "http://www.opengis.net/def/crs/EPSG/0/2056", "tileMatrices": [
            {"id": "0", "cellSize": res, "pointOfOrigin": [west, north], "tileWidth": TILE, "tileHeight": TILE,
             "matrixWidth": int(480000 / TILE / res), "matrixHeight": int(320000 / TILE / res)}]}, f)
    subprocess.run([imbrex, "tile", "--quiet", "--overwrite", "-f", "png", "--grid", grid, "-r", method,
                    "--error-threshold", "0", source, out + "/"], check=True)
    tiles = {(int(x), int(y[:-4])): read(os.path.join(out, "0", x, y))
             for x in os.listdir(os.path.join(out, "0")) for y in os.listdir(os.path.join(out, "0", x))}
    x0, y0 = (min(key[k] for key in tiles) for k in (0, 1))
    x1, y1 = (max(key[k] for key in tiles) + 1 for k in (0, 1))
    px = np.zeros(((y1 - y0) * TILE, (x1 - x0) * TILE, 4), np.uint8)
    for (x, y), made in tiles.items():
        px[(y - y0) * TILE:(y - y0 + 1) * TILE, (x - x0) * TILE:(x - x0 + 1) * TILE] = made
    return px[..., 0], px[..., 3] > 0, west + x0 * TILE * res, north - y0 * TILE * res


# ---- beside it ----

def gdalwarp(source, method, places, shape, scale):
    options = [] if scale is None else ["XSCALE=%.12g" % scale[0], "YSCALE=%.12g" % scale[1], "SOURCE_EXTRA=20"]
    box = (places.left, places.top - shape[0] * places.res, places.left + shape[1] * places.res, places.top)
    return gdal.Warp("", source, format="MEM", outputBounds=box, width=shape[1], height=shape[0], dstSRS="EPSG:2056",
                     resampleAlg=method, errorThreshold=0, overviewLevel="NONE", warpOptions=options).ReadAsArray()


def figures(difference):
    return "%9.4f %9.5f" % (difference.max(), difference.mean())


def main():
    imbrex, case = sys.argv[1:3]
    beside = "--gdal" in sys.argv[3:]
    failed = False
    print("%-8s %6s %-12s %-8s %8s %9s %9s" % ("raster", "factor", "method", "as", "pixels", "worst", "mean"))
    with tempfile.TemporaryDirectory(prefix="imbrex-formula-") as folder:
        noise = make_source(case, folder)
        for factor in FACTORS:
            known = {}
            for method in ("nearest", *FILTERS, *AREAS):
                for lane, render in (("numbers", warp), ("picture", tile)):
                    path = os.path.join(folder, lane + ".tif")
                    res = CASES[case][2] * factor
                    ours, there, left, top = render(imbrex, method, res, path, folder)
                    if lane not in known:
                        known[lane] = Places(gdal.Open(path), left, top, res, ours.shape[1], ours.shape[0])
                    places = known[lane]
                    made, whole = (by_nearest(noise, places) if method == "nearest" else by_filter(
                        noise, places, method) if method in FILTERS else by_area(noise, places, method))
                    whole[there.shape[0]:] = False
                    if lane == "picture":
                        made = np.clip(made, 0, 255)
                    difference = np.abs(ours.astype(np.float64) - made)[whole & there]
                    exact = method == "nearest" or method in AREAS[2:]
                    worst, mean = (0, 0) if exact else ((NUMBERS_DN, NUMBERS_DN) if lane == "numbers"
                                                        else (PICTURE_DN, PICTURE_MEAN_DN))
                    bad = (whole & ~there).any() or len(difference) < 1000 or difference.max() > worst or \
                        difference.mean() > mean
                    failed = failed or bad
                    text = "%-8s %6g %-12s %-8s %8d %s" % (case, factor, method, lane, len(difference), figures(difference))
                    if beside and lane == "numbers":
                        scale = [float(s.mean()) for s in places.shrinks]
                        for told in (None, scale):
                            theirs = gdalwarp(path, method, places, ours.shape, told)
                            text += "   gdalwarp%s %s" % (" told" if told else "",
                                                          figures(np.abs(theirs - made)[whole & there]))
                    print(text, "FAILED" if bad else "", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
