#!/usr/bin/python3
"""make_scene.py SOURCE TARGET SIZE [ROWS]: a SIZE x SIZE RGB scene with the texture of a real one.

The first three bands of SOURCE (a border of 8 px cut off, and what is left cut to multiples of 128 px), mirrored in both
directions so that the pattern repeats without a seam, written as a GeoTIFF in deflate with the horizontal predictor: what a data
provider delivers. Its blocks are tiles of 256 x 256 px, or with ROWS strips of so many rows. The pattern's period is a whole
number of tiles, so that each distinct block is compressed but once and a scene of any size takes seconds and little memory; in
the file every block stands for itself, as in any other. BigTIFF beyond 2 GB of pixels."""
import struct
import sys
import zlib

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
TILE_PX, BORDER_PX, BANDS = 256, 8, 3
SHORT, LONG, LONG8 = 3, 4, 16
FORMS = {2: "B", SHORT: "H", LONG: "I", 12: "d", LONG8: "Q"}
GEO_TAGS = (33550, 33922, 34264, 34735, 34736, 34737)


def texture(dataset):
    """One period: rows, columns, bands."""
    half = np.moveaxis(dataset.ReadAsArray()[:BANDS, BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX], 0, -1)
    height, width = (side // (TILE_PX // 2) * (TILE_PX // 2) for side in half.shape[:2])
    half = half[:height, :width]
    half = np.concatenate([half, half[::-1]])
    return np.concatenate([half, half[:, ::-1]], axis=1)


def geo_tags(dataset):
    """{tag: (type, values)} that place a raster, as GDAL writes them."""
    small = gdal.GetDriverByName("GTiff").Create("/vsimem/small.tif", 1, 1, 1, gdal.GDT_Byte)
    small.SetProjection(dataset.GetProjection())
    small.SetGeoTransform(dataset.GetGeoTransform())
    small = None
    file = gdal.VSIFOpenL("/vsimem/small.tif", "rb")
    data = bytes(gdal.VSIFReadL(1, 1 << 20, file))
    gdal.VSIFCloseL(file)
    at, = struct.unpack_from("<I", data, 4)
    found = {}
    for i in range(struct.unpack_from("<H", data, at)[0]):
        tag, kind, count, where = struct.unpack_from("<HHII", data, at + 2 + 12 * i)
        if tag in GEO_TAGS:
            found[tag] = kind, struct.unpack_from("<%d%s" % (count, FORMS[kind]), data, where)
    return found


def compressed(rows, period_w):
    """A block of rows, columns, bands: differences along the row, then deflate, which may not look back into the period before:
    a real scene does not repeat itself."""
    rows = rows.copy()
    rows[:, 1:] -= rows[:, :-1].copy()
    deflate, parts = zlib.compressobj(6), []
    if rows.shape[1] <= period_w:
        parts.append(deflate.compress(rows.tobytes()))
    else:
        for row in rows:
            for left in range(0, len(row), period_w):
                parts += deflate.compress(row[left:left + period_w].tobytes()), deflate.flush(zlib.Z_FULL_FLUSH)
    return b"".join(parts) + deflate.flush()


class Blocks:
    """The blocks in the file's order."""

    def __init__(self, pattern, size, strip_rows):
        self.pattern, self.size = pattern, size
        self.width, self.height = (size, strip_rows) if strip_rows else (TILE_PX, TILE_PX)
        self.columns, self.rows = -(-size // self.width), -(-size // self.height)
        self.made = {}

    def block(self, column, row):
        period_h, period_w = self.pattern.shape[:2]
        left, top = column * self.width % period_w, row * self.height % period_h
        height = min(self.height, self.size - row * self.height) if self.width == self.size else self.height
        key = left, top, height
        if key not in self.made:
            rows = self.pattern[np.arange(top, top + height) % period_h]
            self.made[key] = compressed(rows[:, np.arange(left, left + self.width) % period_w], period_w)
        return self.made[key]

    def __iter__(self):
        return (self.block(column, row) for row in range(self.rows) for column in range(self.columns))


def directory(tags, at, big):
    """The bytes of an image directory that stands at an offset of the file."""
    inline, entry, count, where = (8, 20, "<Q", "<HHQ8s") if big else (4, 12, "<H", "<HHI4s")
    outside = at + struct.calcsize(count) + entry * len(tags) + inline
    entries, values = b"", b""
    for tag, (kind, numbers) in sorted(tags.items()):
        data = struct.pack("<%d%s" % (len(numbers), FORMS[kind]), *numbers)
        place = data
        if len(data) > inline:
            values += b"\0" * (-(outside + len(values)) % 8)
            place = struct.pack("<Q" if big else "<I", outside + len(values))
            values += data
        entries += struct.pack(where, tag, kind, len(numbers), place.ljust(inline, b"\0"))
    return struct.pack(count, len(tags)) + entries + b"\0" * inline + values


def write(target, blocks, tags):
    big = BANDS * blocks.size ** 2 >= 2 << 30
    header = b"II\x2b\0\x08\0\0\0" if big else b"II\x2a\0"
    offsets, counts = [], []
    with open(target, "wb") as file:
        at = file.write(header + b"\0" * (8 if big else 4))
        for block in blocks:
            offsets.append(at)
            counts.append(len(block))
            at += file.write(block)
        at += file.write(b"\0" * (-at % 8))
        pointer = LONG8 if big else LONG
        tiled = blocks.width < blocks.size or blocks.height == TILE_PX == blocks.size
        tags = dict(tags)
        tags.update({256: (LONG, [blocks.size]), 257: (LONG, [blocks.size]), 258: (SHORT, [8] * BANDS), 259: (SHORT, [8]),
                     262: (SHORT, [2]), 277: (SHORT, [BANDS]), 284: (SHORT, [1]), 317: (SHORT, [2])})
        if tiled:
            tags.update({322: (SHORT, [TILE_PX]), 323: (SHORT, [TILE_PX]), 324: (pointer, offsets), 325: (LONG, counts)})
        else:
            tags.update({273: (pointer, offsets), 278: (LONG, [blocks.height]), 279: (LONG, counts)})
        file.write(directory(tags, at, big))
        file.seek(len(header))
        file.write(struct.pack("<Q" if big else "<I", at))


def main():
    source, target, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    dataset = gdal.Open(source)
    pattern = texture(dataset)
    assert min(pattern.shape[:2]) >= TILE_PX, "the source is too small"
    write(target, Blocks(pattern, size, int(sys.argv[4]) if len(sys.argv) > 4 else 0), geo_tags(dataset))


main()
