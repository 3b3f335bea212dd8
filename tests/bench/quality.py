#!/usr/bin/python3
"""quality.py REQUEST: PSNR (dB) of tiles to the oracle, on a window of the base level; `null` if they are equal.

The oracle is gdalwarp -et 0 -ovr NONE with the same kernel onto the same pixels, with the scale pinned where it minifies
(left to itself GDAL takes another one for each chunk). Only pixels that are opaque in the oracle count; where the tiles
are not, they count as black. A process of its own, so that what is measured is not started from one that holds rasters.

REQUEST is JSON: raster, resample, zoom, window (x, y, width, height in pixels of that zoom, whole tiles), kind and result:
"pmtiles" (an archive), "xyz" (a folder z/x/y) or "geotiff" (one raster in Web Mercator).
"""
import glob
import gzip
import json
import math
import os
import struct
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")
TILE_PX = 256
WORLD_M = 2 * math.pi * 6378137


def bounds(zoom, x, y, w, h):
    """West, south, east, north of a window."""
    res = WORLD_M / TILE_PX / 2 ** zoom
    return x * res - WORLD_M / 2, WORLD_M / 2 - (y + h) * res, (x + w) * res - WORLD_M / 2, WORLD_M / 2 - y * res


def rgba(dataset):
    a = dataset.ReadAsArray()
    a = a[None] if a.ndim == 2 else a
    if a.shape[0] <= 2:
        a = np.concatenate([a[:1]] * 3 + [a[1:]])
    return a if a.shape[0] == 4 else np.concatenate([a, np.full((1,) + a.shape[1:], 255, np.uint8)])


# ---- what each kind holds ----

def varints(data):
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0


class PMTiles:
    """Version 3: https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md"""

    def __init__(self, path):
        self.file = open(path, "rb")
        header = self.file.read(127)
        assert header[:8] == b"PMTiles\x03", path
        (self.root, self.root_size, _, _, self.leaves, _, self.data, _) = struct.unpack("<8Q", header[8:72])
        self.zipped = header[97] == 2

    def read(self, offset, size):
        self.file.seek(offset)
        return self.file.read(size)

    def directory(self, offset, size):
        data = self.read(offset, size)
        numbers = list(varints(gzip.decompress(data) if self.zipped else data))
        n = numbers[0]
        steps, runs, sizes, places = (numbers[1 + i * n:1 + (i + 1) * n] for i in range(4))
        tile_id, offsets = 0, []
        for i in range(n):
            tile_id += steps[i]
            offsets.append(offsets[-1] + sizes[i - 1] if places[i] == 0 else places[i] - 1)
            yield tile_id, runs[i], offsets[i], sizes[i]

    def tile(self, z, x, y):
        wanted, (offset, size) = hilbert(z, x, y), (self.root, self.root_size)
        while True:
            found = [e for e in self.directory(offset, size) if e[0] <= wanted]
            if not found:
                return None
            first, run, offset, size = found[-1]
            if run:
                return self.read(self.data + offset, size) if wanted < first + run else None
            offset += self.leaves


def hilbert(z, x, y):
    """Tiles of the zooms above, and the place on the zoom's own Hilbert curve."""
    at, half = (4 ** z - 1) // 3, 1 << z >> 1
    while half:
        rx, ry = int(bool(x & half)), int(bool(y & half))
        at += half * half * ((3 * rx) ^ ry)
        if ry == 0:
            if rx:
                x, y = half - 1 - (x & (half - 1)), half - 1 - (y & (half - 1))
            x, y = y, x
        half >>= 1
    return at


def tiles(request):
    """The window, put together of tiles."""
    x0, y0, w, h = request["window"]
    archive = PMTiles(request["result"]) if request["kind"] == "pmtiles" else None
    out = np.zeros((4, h, w), np.uint8)
    for ty in range(y0 // TILE_PX, (y0 + h) // TILE_PX):
        for tx in range(x0 // TILE_PX, (x0 + w) // TILE_PX):
            if archive:
                data = archive.tile(request["zoom"], tx, ty)
            else:
                found = glob.glob(os.path.join(glob.escape(request["result"]), "%d/%d/%d.*[!lm]" % (request["zoom"], tx, ty)))
                data = open(found[0], "rb").read() if found else None
            if data:
                gdal.FileFromMemBuffer("/vsimem/tile", data)
                y, x = ty * TILE_PX - y0, tx * TILE_PX - x0
                out[:, y:y + TILE_PX, x:x + TILE_PX] = rgba(gdal.Open("/vsimem/tile"))
                gdal.Unlink("/vsimem/tile")
    return out


def geotiff(request):
    west, south, east, north = bounds(request["zoom"], *request["window"])
    return rgba(gdal.Translate("", request["result"], format="MEM", projWin=(west, north, east, south),
                               width=request["window"][2], height=request["window"][3]))


# ---- the oracle ----

def oracle(request):
    zoom, (x, y, w, h) = request["zoom"], request["window"]
    source = gdal.Open(request["raster"])
    inverse = gdal.Transformer(source, None, ["DST_SRS=EPSG:3857"])

    def position(px, py):
        west, _, _, north = bounds(zoom, px, py, 0, 0)
        return np.array(inverse.TransformPoint(1, west, north)[1][:2])

    cx, cy = x + w / 2, y + h / 2
    along_x = position(cx + 0.5, cy) - position(cx - 0.5, cy)
    along_y = position(cx, cy + 0.5) - position(cx, cy - 0.5)
    scale = 1 / np.hypot(along_x, along_y)
    pins = ["XSCALE=%.12g" % min(1, scale[0]), "YSCALE=%.12g" % min(1, scale[1])] if min(scale) < 1 else []
    return rgba(gdal.Warp("", source, format="MEM", outputBounds=bounds(zoom, x, y, w, h), width=w, height=h,
                          dstSRS="EPSG:3857", resampleAlg=request["resample"], errorThreshold=0, overviewLevel="NONE",
                          dstAlpha=True, warpOptions=pins + ["SOURCE_EXTRA=16"]))


def psnr(ours, theirs):
    seen = theirs[3] == 255
    assert seen.any(), "the window shows nothing"
    error = float(((ours[:3, seen].astype(np.float64) - theirs[:3, seen]) ** 2).mean())
    return 10 * math.log10(255 ** 2 / error) if error else None


request = json.loads(sys.argv[1])
print(json.dumps(psnr(geotiff(request) if request["kind"] == "geotiff" else tiles(request), oracle(request))))
