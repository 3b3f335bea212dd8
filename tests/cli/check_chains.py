#!/usr/bin/python3
"""check_chains.py grid NAME FILE: writes a tile matrix set: LV95 (steps of 1.07 to 2.5), or Split, whose fine matrices
                                    hold only a part of what the coarse ones do.
check_chains.py scene FILE:         writes a picture of 1500 x 1100 px of 2 m in LV95, without overviews.
check_chains.py values TILES GRID SCENE RESAMPLE ZOOM=CHAIN...: each zoom of a folder of PNG tiles, by value. CHAIN `base`: it is
    what gdalwarp makes of the scene for that zoom; `base/N`: for pixels N times finer, of which this is the average;
    `reduced`: the average of four pixels of the next zoom, to the bit.
check_chains.py heights TILES GRID DEM ZOOM=CHAIN...: terrain-rgb of such zooms, against gdalwarp."""
import json
import math
import os
import sys

import numpy as np
from osgeo import gdal, osr

from tile_pixels import read

gdal.UseExceptions()
LV95 = [4000, 3750, 3500, 3250, 3000, 2750, 2500, 2250, 2000, 1750, 1500, 1250, 1000, 750, 650, 500, 250, 100, 50, 20,
        10, 5, 2.5, 2, 1.5, 1, 0.5, 0.25, 0.1]
WEST, NORTH = 2600000.0, 1200000.0  # of the scene


def matrix(i, res, columns, rows):
    return {"id": str(i), "cellSize": res, "pointOfOrigin": [2420000, 1350000], "tileWidth": 256, "tileHeight": 256,
            "matrixWidth": columns, "matrixHeight": rows}


def covering(i, res, width, height):
    return matrix(i, res, math.ceil(width / 256 / res), math.ceil(height / 256 / res))


def write_grid(name, path):
    if name == "LV95":
        matrices = [covering(z, res, 480000, 320000) for z, res in enumerate(LV95)]
    else:  # 40 and 20 m of the country; 10 and 5 m as far as 2601000, so that the scene's east is beyond
        matrices = [covering(i, res, 480000, 320000) for i, res in enumerate([40, 20])]
        matrices += [covering(2 + i, res, 181000, 320000) for i, res in enumerate([10, 5])]
    with open(path, "w") as f:
        json.dump({"id": name, "crs": "http://www.opengis.net/def/crs/EPSG/0/2056", "tileMatrices": matrices}, f)


def write_scene(path):
    w, h = 1500, 1100
    y, x = np.mgrid[0:h, 0:w].astype(float)
    rng = np.random.default_rng(7)
    noise = rng.normal(0, 12, (h, w))
    bands = [128 + 70 * np.sin(x / 23 + b) * np.cos(y / 31 - b) + 40 * np.sin((x + y) / 190 + 2 * b) + noise
             for b in range(3)]
    d = gdal.GetDriverByName("GTiff").Create(path, w, h, 3, gdal.GDT_Byte, ["TILED=YES", "COMPRESS=DEFLATE"])
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(2056)
    d.SetProjection(srs.ExportToWkt())
    d.SetGeoTransform([WEST, 2, 0, NORTH, 0, -2])
    for b in range(3):
        d.GetRasterBand(b + 1).WriteArray(np.clip(np.rint(bands[b]), 0, 255).astype(np.uint8))


def zoom(folder, z):
    """The picture of all tiles, and the first column and row; columns and rows begin at even ones."""
    tiles = {}
    for top, _, names in os.walk(os.path.join(folder, str(z))):
        for name in names:
            tiles[int(os.path.basename(top)), int(name[:-4])] = os.path.join(top, name)
    assert tiles, f"zoom {z} has no tile"
    x0, y0 = (min(key[k] for key in tiles) & ~1 for k in (0, 1))
    x1, y1 = (max(key[k] for key in tiles) + 1 for k in (0, 1))
    px = read(next(iter(tiles.values()))).shape[0]
    out = np.zeros(((y1 - y0) * px, (x1 - x0) * px, 4), np.uint8)
    for (x, y), path in tiles.items():
        out[(y - y0) * px:(y - y0 + 1) * px, (x - x0) * px:(x - x0 + 1) * px] = read(path)
    return out, x0, y0, px


def warped(scene, m, x0, y0, shape, px, finer, resample, source_res, **more):
    res = m["cellSize"] * 256 / px / finer
    west, north = m["pointOfOrigin"][0] + x0 * px * res * finer, m["pointOfOrigin"][1] - y0 * px * res * finer
    shape = (shape[0] * finer, shape[1] * finer)
    options = []
    if res > source_res:  # GDAL takes one scale for each chunk: say which
        options = [f"XSCALE={source_res / res}", f"YSCALE={source_res / res}"]
    return gdal.Warp("", scene, format="MEM", outputBounds=[west, north - shape[0] * res, west + shape[1] * res, north],
                     width=shape[1], height=shape[0], resampleAlg=resample, errorThreshold=0, overviewLevel="NONE",
                     warpOptions=options, **more)


def finer_of(chain):
    return int(chain.partition("/")[2] or 1)


def inner(alpha):
    """Pixels whose neighbours are there, too: along the outline the share of a kernel that lies outside differs."""
    there = np.pad(alpha == 255, 1)
    rows = there[:-2] & there[1:-1] & there[2:]
    return rows[:, :-2] & rows[:, 1:-1] & rows[:, 2:]


def reduce(a):
    """Four straight-alpha pixels: docs/architecture.md, the walk."""
    q = np.stack([a[i::2, j::2].astype(np.int64) for i in (0, 1) for j in (0, 1)])
    alpha = q[..., 3].sum(axis=0)
    colour = (q[..., :3] * q[..., 3:]).sum(axis=0) + (alpha // 2)[..., None]
    colour //= np.maximum(alpha, 1)[..., None]
    out = np.concatenate([colour, ((alpha + 2) >> 2)[..., None]], axis=2)
    out[out[..., 3] == 0] = 0
    return out


def check_base(folder, m, scene, resample, finer):
    got, x0, y0, px = zoom(folder, m["id"])
    want = warped(scene, m, x0, y0, got.shape, px, finer, resample, 2, dstAlpha=True).ReadAsArray().transpose(1, 2, 0)
    while want.shape != got.shape:
        want = reduce(want).astype(np.uint8)
    outline = (got[..., 3] > 0) != (want[..., 3] > 0)
    assert outline.sum() <= 4 + 0.02 * (want[..., 3] > 0).sum(), (m["id"], int(outline.sum()))
    both = inner(got[..., 3]) & inner(want[..., 3])
    if not both.any():
        both = (got[..., 3] > 0) & (want[..., 3] > 0)
    assert both.any(), f"zoom {m['id']}: nothing to compare"
    assert np.abs(got[both][:, 3].astype(int) - want[both][:, 3]).max() <= 2, m["id"]
    error = np.abs(got[both][:, :3].astype(int) - want[both][:, :3])
    assert error.max() <= 2 and error.mean() < 0.35, (m["id"], int(error.max()), float(error.mean()))
    return f"zoom {m['id']}: {int(both.sum())} px like gdalwarp's, at most {error.max()}, {error.mean():.3f} on average"


def check_reduced(folder, m, finer):
    fine, fx, fy, px = zoom(folder, finer["id"])
    got, x0, y0, _ = zoom(folder, m["id"])
    pad = np.pad(fine, ((0, -fine.shape[0] % (2 * px)), (0, -fine.shape[1] % (2 * px)), (0, 0)))
    want = reduce(pad)
    at_x, at_y = (fx // 2 - x0) * px, (fy // 2 - y0) * px
    expected = np.zeros_like(got)
    expected[at_y:at_y + want.shape[0], at_x:at_x + want.shape[1]] = want
    assert (got == expected).all(), (m["id"], int((got != expected).any(axis=2).sum()))
    return f"zoom {m['id']}: reduced from zoom {finer['id']}"


def check_heights(folder, m, dem, finer):
    got, x0, y0, px = zoom(folder, m["id"])
    rgb = got[..., :3].astype(np.int64)
    metres = -10000 + 0.1 * (rgb[..., 0] * 65536 + rgb[..., 1] * 256 + rgb[..., 2])
    source = gdal.Open(dem).GetGeoTransform()[1]
    want = warped(dem, m, x0, y0, got.shape, px, finer, "bilinear", source, dstNodata=-9999).ReadAsArray()
    want[want == -9999] = np.nan
    while want.shape != got.shape[:2]:  # the mean of those that are there
        four = np.stack([want[i::2, j::2] for i in (0, 1) for j in (0, 1)])
        there = np.isfinite(four).sum(axis=0)
        want = np.where(there, np.nansum(four, axis=0) / np.maximum(there, 1), np.nan)
    both = inner(got[..., 3]) & inner(np.where(np.isfinite(want), 255, 0))
    if not both.any():
        both = (got[..., 3] > 0) & np.isfinite(want)
    assert both.any(), f"zoom {m['id']}: nothing to compare"
    error = np.abs(metres[both] - want[both])
    # a step of the encoding, and 2e-4 of the range: a widened kernel's weights are rounded
    assert np.percentile(error, 99.9) <= 0.1 + 2e-4 * np.ptp(gdal.Open(dem).ReadAsArray()), (m["id"], float(error.max()))
    return f"zoom {m['id']}: {int(both.sum())} heights, at most {error.max():.2f} m off"


def main():
    what, *args = sys.argv[1:]
    if what == "grid":
        return write_grid(*args)
    if what == "scene":
        return write_scene(*args)
    matrices = json.load(open(args[1]))["tileMatrices"]
    by_id = {m["id"]: m for m in matrices}
    for arg in args[4:] if what == "values" else args[3:]:
        z, chain = arg.split("=")
        if what == "heights":
            print(check_heights(args[0], by_id[z], args[2], finer_of(chain)))
        elif chain == "reduced":
            print(check_reduced(args[0], by_id[z], by_id[str(int(z) + 1)]))
        else:
            print(check_base(args[0], by_id[z], args[2], args[3], finer_of(chain)))


main()
