#!/usr/bin/python3
"""The engine's pixels against gdalwarp's: right place, right values.

    oracle.py RENDER_RECT DATA_DIR CASE [METHOD...]

Renders a real raster with tests/conformance/render_rect.c and with GDAL's warper (exact transform, no overviews) onto
the same grid, at the raster's own zoom and minified, and compares masks and values. GDAL takes one scale for a
whole chunk where it minifies; here it is told the scale (XSCALE, YSCALE), window by window. Where GDAL 3.6 minifies by
cubicspline or lanczos it does not sample the filter that it means (its response to an impulse shows it: lanczos ignores
where between two pixels a position lies, which 3.13 has mended; cubicspline has a weight beyond its support, which moves 0.2 % of
world_rgb's pixels by more than 2 DN at 3 x): there the oracle is the filter's formula in doubles, at the positions that
GDAL's transformer says. Prints a table; exit 0:
all within the bounds, 1: not, 77: the data or GDAL's Python is not there.
"""
import json
import os
import subprocess
import sys
import tempfile

SKIPPED = 77
try:
    import numpy as np
    from osgeo import gdal
except ImportError:
    print("skipped: needs Python 3 with numpy and osgeo.gdal")
    sys.exit(SKIPPED)

gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")  # failures still raise; warnings about CRS definitions do not matter here

CASES = {
    "landsat7": "scenes/landsat7_rgb_u8_utm18.tif",
    "cbers2": "scenes/cbers2_rgb342_crop1.tif",
    "drone": "ortho/pix4d_drone_rgba_utm50s.tif",
    "world_byte": "world/world_byte_f64bounds.tif",
    "world_rgb": "world/world_rgb.tif",
    "world_ycbcr": "world/world_ycbcr_jpeg_tiled.tif",
}
WIDENED = ("bilinear", "cubic", "cubicspline", "lanczos")  # by the scale where they minify
AREAS = ("average", "mode", "min", "max", "med", "q1", "q3", "sum", "rms")
METHODS = ("nearest",) + WIDENED + AREAS
THRESHOLDS = (1 / 64, 0)
FACTORS = (0, 1.3, 3)  # 0: the raster's own zoom; else so many times its resolution
# Where validity is yes or no, masks by filters may differ only at positions this near to a source pixel's edge, in source or
# output px, whichever is more.
EDGE_PX = 1 / 64
# Else masks may differ within 2 px of the oracle's outline, or as far as the filter reaches, where alpha is coverage and
# fades. Magnifying by areas, GDAL before 3.7 loses up to 3 px of a raster's rim (its issue 7733).
OUTLINE_PX = {"cubicspline": 4, "lanczos": 6, **dict.fromkeys(AREAS, 4)}
WINDOWS_MAX, PIXELS_MAX = 320, 2 << 20  # compared of a picture: everything, or so much, evenly spread
# GDAL's sums lack what a pixel has in another chunk; it does not cut windows of up to 100 px, but with SOURCE_EXTRA.
SUM_WINDOW = 96
WORLD_HALF_M = 20037508.342789244  # WebMercator ends there; whole tiles may hang over


def render(driver, raster, method, threshold, factor, folder):
    """Our pixels (height, width, 4) and where they lie."""
    out = os.path.join(folder, "out.rgba")
    done = subprocess.run([driver, raster, method, repr(threshold), repr(factor), out], check=True,
                          stdout=subprocess.PIPE, text=True)
    place = json.loads(done.stdout)
    return np.fromfile(out, np.uint8).reshape(place["height"], place["width"], 4), place


def cubicspline(t):
    t = np.abs(t)
    return np.where(t < 1, (3 * t**3 - 6 * t**2 + 4) / 6, np.where(t < 2, (2 - t)**3 / 6, 0))


def lanczos(t):
    return np.where(np.abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0)


REACH_PX = {"bilinear": 1, "cubic": 2, "cubicspline": 2, "lanczos": 3}
FILTERS = {"cubicspline": (cubicspline, 2), "lanczos": (lanczos, 3)}  # and their supports


class Oracle:
    def __init__(self, raster, place):
        self.source = gdal.Open(raster)
        self.place = place
        self.inverse = gdal.Transformer(self.source, None, ["DST_SRS=EPSG:3857"])
        self.pixels = None

    def bounds(self, x, y, w, h):
        res, place = self.place["res"], self.place
        left, top = place["min_x"] + x * res, place["max_y"] - y * res
        return left, top - h * res, left + w * res, top

    def position(self, x, y):
        """Source pixel of an output position."""
        left, _, _, top = self.bounds(x, y, 0, 0)
        ok, at = self.inverse.TransformPoint(1, left, top)
        return np.array(at[:2]) if ok else None

    def scale(self, x, y, w, h):
        """Output pixels per source pixel along the source's axes at the window's centre."""
        cx, cy = x + w / 2, y + h / 2
        points = [self.position(*p) for p in ((cx - 0.5, cy), (cx + 0.5, cy), (cx, cy - 0.5), (cx, cy + 0.5))]
        if any(p is None for p in points):
            return None
        return 1 / np.hypot(points[1] - points[0], points[3] - points[2])

    def over_seam(self, window, method, scale):
        """Columns whose filter reaches over the first or last column of a raster that goes round the Earth: gdalwarp has
        an edge there, and we have none (tests/cli/global_seam.sh)."""
        left, step, *_ = self.source.GetGeoTransform()
        width, over = self.source.RasterXSize, np.zeros(window[2], bool)
        if method in REACH_PX and self.source.GetSpatialRef().IsGeographic() and abs(width * step - 360) < step / 2:
            reach = REACH_PX[method] / min(1, scale[0])
            for i in range(window[2]):
                at = self.position(window[0] + i + 0.5, window[1] + window[3] / 2)
                over[i] = at is not None and (at[0] < reach or at[0] > width - reach)
        return over

    def binary(self):
        """Whether validity is yes or no."""
        return self.source.GetRasterBand(self.source.RasterCount).GetColorInterpretation() != gdal.GCI_AlphaBand

    def lacks_taps(self, at, method):
        """GDAL's lanczos gives nothing where fewer than half of its 36 taps are valid."""
        x, y = (int(np.floor(v - 0.5)) for v in at)
        valid = self.read()[1]
        return method == "lanczos" and valid[max(0, y - 2):y + 4, max(0, x - 2):x + 4].sum() < 18

    def away_from_edges(self, window, method, only_ours, only_theirs):
        """How many of the pixels that differ do not lie at an edge of a source pixel."""
        rows, columns = np.nonzero(only_ours | only_theirs)
        res = self.place["res"]
        left, _, _, top = self.bounds(window[0], window[1], 0, 0)
        scale = self.scale(*window)
        away = 0
        for row, column in zip(rows, columns):
            ok, at = self.inverse.TransformPoint(1, left + (column + 0.5) * res, top - (row + 0.5) * res)
            near = ok and any(abs(v - round(v)) <= EDGE_PX * max(1, 1 / s) for v, s in zip(at[:2], scale))
            away += not near and not (ok and only_ours[row, column] and self.lacks_taps(at[:2], method))
        return away

    def warp(self, window, method, scale):
        x, y, w, h = window
        options = ["UNIFIED_SRC_NODATA=YES"] + (["SOURCE_EXTRA=16"] if method != "sum" else [])
        if scale is not None:
            options += ["XSCALE=%.12g" % min(1, scale[0]), "YSCALE=%.12g" % min(1, scale[1])]
        result = gdal.Warp("", self.source, format="MEM", outputBounds=self.bounds(x, y, w, h), width=w, height=h,
                           dstSRS="EPSG:3857", resampleAlg=method, errorThreshold=0, overviewLevel="NONE",
                           dstAlpha=True, srcNodata=None if self.binary() else "None", warpOptions=options)
        bands = np.moveaxis(result.ReadAsArray(), 0, -1)
        colour = bands[..., :-1]
        if colour.shape[-1] == 1:
            colour = np.repeat(colour, 3, axis=-1)
        return np.concatenate([colour, bands[..., -1:]], axis=-1)


    def positions(self, x, y, w, h):
        """Source pixels of a window's centres, as two arrays; NaN where there is none."""
        left, _, _, top = self.bounds(x, y, 0, 0)
        res = self.place["res"]
        points = [(left + (i + 0.5) * res, top - (j + 0.5) * res) for j in range(h) for i in range(w)]
        at, ok = self.inverse.TransformPoints(1, points)
        at = np.where(np.array(ok, bool)[:, None], np.array(at)[:, :2], np.nan)
        return at[:, 0], at[:, 1]

    def read(self):
        """Samples as doubles (band, row, column) without alpha, and their validity (row, column)."""
        if self.pixels is None:
            bands = self.source.ReadAsArray().reshape(-1, self.source.RasterYSize, self.source.RasterXSize)
            last = self.source.GetRasterBand(self.source.RasterCount)
            nodata = [self.source.GetRasterBand(b + 1).GetNoDataValue() for b in range(len(bands))]
            if last.GetColorInterpretation() == gdal.GCI_AlphaBand:
                colour, valid = bands[:-1], bands[-1] > 0
            elif None not in nodata:
                colour, valid = bands, (bands != np.array(nodata)[:, None, None]).any(axis=0)
            else:
                colour, valid = bands, self.source.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
            colour = np.repeat(colour, 3, axis=0) if len(colour) == 1 else colour
            self.pixels = colour.astype(np.float64), valid
        return self.pixels

    def filter(self, window, method, scale):
        """By the formula: taps inside that are valid, and a value where the pixel under the position is."""
        (function, support), (colour, valid) = FILTERS[method], self.read()
        x, y = self.positions(*window)
        height, width = valid.shape
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        x, y = np.where(inside, x, 0), np.where(inside, y, 0)
        sx, sy = np.minimum(1, scale)
        nx, ny = int(np.ceil(support / sx)), int(np.ceil(support / sy))
        x0, y0 = np.floor(x - 0.5).astype(int), np.floor(y - 0.5).astype(int)
        total, weights = np.zeros((3, len(x))), np.zeros(len(x))
        for dy in range(1 - ny, ny + 1):
            row, wy = y0 + dy, function((y0 + dy + 0.5 - y) * sy)
            for dx in range(1 - nx, nx + 1):
                column, wx = x0 + dx, function((x0 + dx + 0.5 - x) * sx)
                there = (row >= 0) & (row < height) & (column >= 0) & (column < width)
                at = np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)
                w = wx * wy * (there & valid[at])
                total += w * colour[:, at[0], at[1]]
                weights += w
        known = inside & valid[y.astype(int), x.astype(int)] & (weights > 1e-6)
        value = np.where(known, np.clip(np.floor(total / np.where(known, weights, 1) + 0.5), 0, 255), 0)
        result = np.concatenate([value, np.where(known, 255, 0)[None]]).astype(np.uint8)
        return result.T.reshape(window[3], window[2], 4)


def windows(place, minified, geographic, method):
    """Windows to compare. Where the scale varies from row to row and matters, single rows."""
    whole = int if method in AREAS else round  # the boxes of pixels over the world's edge are turned around in GDAL
    width = min(place["width"], whole((WORLD_HALF_M - place["min_x"]) / place["res"] + 1e-6))
    height = min(place["height"], whole((WORLD_HALF_M + place["max_y"]) / place["res"] + 1e-6))
    w, h = (width, 1) if minified and geographic else (min(width, 512), 64 if minified else 512)
    if method == "sum":
        w = h = SUM_WINDOW
    every = [(x, y, min(w, width - x), min(h, height - y)) for y in range(0, height, h) for x in range(0, width, w)]
    step = max(1, len(every) / WINDOWS_MAX, len(every) * w * h / PIXELS_MAX)
    return [every[int(i * step)] for i in range(int(len(every) / step))]


def near_outline(mask, px):
    """Pixels within px of a change of the mask."""
    padded = np.pad(mask, px, mode="edge")
    low, high = mask.copy(), mask.copy()
    for dy in range(2 * px + 1):
        for dx in range(2 * px + 1):
            part = padded[dy:dy + mask.shape[0], dx:dx + mask.shape[1]]
            low &= part
            high |= part
    return low != high


class Figures:
    def __init__(self, outline_px):
        self.outline_px = outline_px
        self.pixels = self.mask_outline = self.mask_inside = self.same = 0
        self.histogram = np.zeros(256, np.int64)

    def add(self, ours, theirs, outline, away_from_edges, over_seam):
        """outline: where ours is near its outline, which the window alone does not tell at its border.
        away_from_edges: of what only ours and only theirs has, how much is wrong; None: what is not near an outline."""
        a, b = ours[..., 3] > 0, theirs[..., 3] > 0
        differ = a != b
        if away_from_edges:
            inside = away_from_edges(a & ~b, b & ~a) if differ.any() else 0
            self.mask_inside += inside
            self.mask_outline += int(differ.sum()) - inside
        else:
            away = ~(outline | near_outline(b, self.outline_px))
            inside = (differ | (np.abs(ours[..., 3].astype(np.int16) - theirs[..., 3]) > 2)) & away
            self.mask_inside += int(inside.sum())
            self.mask_outline += int((differ & ~away).sum())
        both = a & b & ~over_seam[None, :]
        diff = np.abs(ours[both][:, :3].astype(np.int16) - theirs[both][:, :3].astype(np.int16))
        self.pixels += int(both.sum())
        self.same += int((diff.max(axis=1) == 0).sum()) if len(diff) else 0
        self.histogram += np.bincount(diff.ravel(), minlength=256)

    def mean(self):
        return float((self.histogram * np.arange(256)).sum()) / max(1, int(self.histogram.sum()))

    def within(self, dn):
        return float(self.histogram[:dn + 1].sum()) / max(1, int(self.histogram.sum()))

    def largest(self):
        return int(np.flatnonzero(self.histogram).max(initial=0))

    def identical(self):
        return self.same / max(1, self.pixels)


def verdict(figures, method, threshold):
    """What the figures miss."""
    misses = []
    if figures.pixels == 0:
        misses.append("nothing compared")
    if figures.mask_inside:
        misses.append("mask")
    if method == "mode":
        if figures.identical() < 0.99:
            misses.append("identical")
    elif method == "nearest":
        if figures.identical() < (0.99 if threshold else 0.999):
            misses.append("identical")
    else:
        if figures.mean() > 0.3:
            misses.append("mean")
        if figures.within(2) < 0.999:
            misses.append("within 2")
    return misses


def compare(ours, oracle, method, factor, geographic, cache):
    outline_px = OUTLINE_PX.get(method, 2)
    figures = Figures(outline_px)
    minified = factor > 1 and method in WIDENED
    outline = near_outline(ours[..., 3] > 0, outline_px)
    for window in windows(oracle.place, minified, geographic, method):
        x, y, w, h = window
        scale = oracle.scale(*window) if minified else np.array([1.0, 1.0])
        # Between 0.95 and 1 GDAL does not widen its kernel, whatever it is told; outside the projection nothing is.
        if scale is None or any(0.949 < s < 1 for s in scale):
            continue
        key = (method, factor, window)
        if key not in cache:
            by_formula = minified and method in FILTERS
            cache[key] = oracle.filter(window, method, scale) if by_formula else oracle.warp(window, method, scale)
        at_edges = oracle.binary() and method not in AREAS
        figures.add(ours[y:y + h, x:x + w], cache[key], outline[y:y + h, x:x + w],
                    (lambda *only: oracle.away_from_edges(window, method, *only)) if at_edges else None,
                    oracle.over_seam(window, method, scale))
    return figures


def main():
    driver, data, case = sys.argv[1:4]
    methods = sys.argv[4:] or METHODS
    raster = os.path.join(data, CASES[case])
    if not os.path.exists(raster):
        print("skipped: %s is not there" % raster)
        return SKIPPED
    geographic = gdal.Open(raster).GetSpatialRef().IsGeographic()
    failed = False
    print("%-12s %-11s %6s %9s %9s %8s %8s %9s %9s %4s" % (
        "raster", "method", "factor", "threshold", "pixels", "mask", "mean", "within 2", "same", "max"))
    with tempfile.TemporaryDirectory() as folder:
        for factor in FACTORS:
            cache = {}
            for method in methods:
                for threshold in THRESHOLDS:
                    ours, place = render(driver, raster, method, threshold, factor, folder)
                    f = compare(ours, Oracle(raster, place), method, factor, geographic, cache)
                    misses = verdict(f, method, threshold)
                    failed = failed or bool(misses)
                    print("%-12s %-11s %6g %9.4g %9d %4d+%-3d %8.4f %8.4f%% %8.4f%% %4d %s" % (
                        case, method, factor, threshold, f.pixels, f.mask_outline, f.mask_inside, f.mean(),
                        100 * f.within(2), 100 * f.identical(), f.largest(),
                        "FAILED: " + ", ".join(misses) if misses else ""), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
