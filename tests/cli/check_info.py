#!/usr/bin/env python3
"""What `imbrex info --json` says of rasters, against numpy and PROJ.

  check_info.py make FOLDER | check IMBREX FOLDER | archives IMBREX FOLDER | real IMBREX DATA
"""
import json
import math
import os
import struct
import subprocess
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
faults = 0


def fault(text):
    global faults
    faults += 1
    print("FAULT:", text, file=sys.stderr)


def near(got, want, within, what):
    if got is None or not abs(got - want) <= within:
        fault(f"{what}: {got}, not {want}")


def crs_of(text):
    crs = osr.SpatialReference()
    crs.SetFromUserInput(text)
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return crs


# ---- the rasters

def write(path, bands, transform, crs, options=(), nodata=None, kind=None):
    bands = np.atleast_3d(np.asarray(bands)) if np.ndim(bands) == 2 else np.asarray(bands)
    if bands.shape[-1] == 1 and bands.ndim == 3:
        bands = bands.transpose(2, 0, 1)
    kind = kind or {"uint8": gdal.GDT_Byte, "uint16": gdal.GDT_UInt16, "float32": gdal.GDT_Float32}[str(bands.dtype)]
    d = gdal.GetDriverByName("GTiff").Create(path, bands.shape[2], bands.shape[1], bands.shape[0], kind, list(options))
    if transform:
        d.SetGeoTransform(transform)
    if crs:
        d.SetSpatialRef(crs_of(crs))
    for i, band in enumerate(bands):
        if nodata is not None:
            d.GetRasterBand(i + 1).SetNoDataValue(nodata)
        d.GetRasterBand(i + 1).WriteArray(band)
    return d


def make(folder):
    os.chdir(folder)
    r = np.random.default_rng(5)
    utm = (500000, 30, 0, 5000000, 0, -30)
    numbers = r.integers(8, 60000, (2, 50, 60)).astype(np.uint16)
    numbers[0, 0, :] = 65535
    numbers[0, 3, 4:6] = 7
    numbers[0, 5, 5] = 8
    numbers[1, 10:20] = 7
    d = write("numbers.tif", numbers, utm, "EPSG:32632", nodata=7)
    band = d.GetRasterBand(1)
    band.SetScale(0.5), band.SetOffset(-10), band.SetUnitType("K"), band.SetDescription("first")
    del band, d
    ramp = (np.add.outer(np.arange(2048), np.arange(2048)) // 16).astype(np.uint8)
    d = write("overviews.tif", ramp, utm, "EPSG:32632", ["TILED=YES"])
    d.BuildOverviews("AVERAGE", [2, 4])
    del d
    write("blocks.tif", ramp, utm, "EPSG:32632", ["TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"])
    d = write("said.tif", ramp[:100, :100], utm, "EPSG:32632")
    d.GetRasterBand(1).SetStatistics(1, 2, 1.5, 0.25)  # said, not true
    del d
    write("many.tif", r.integers(0, 255, (30, 20, 20)).astype(np.uint8), utm, "EPSG:32632")
    write("dateline.tif", ramp[:200, :300], (600000, 1000, 0, 6800000, 0, -1000), "EPSG:32660")
    write("east.tif", ramp[:100, :200], (170, 0.1, 0, 10, 0, -0.1), "EPSG:4326")
    write("round.tif", ramp[:180, :360], (0, 1, 0, 90, 0, -1), "EPSG:4326")
    write("world.tif", ramp[:180, :360], (-180, 1, 0, 90, 0, -1), "EPSG:4326")
    write("north.tif", ramp[:400, :400], (-2000000, 10000, 0, 2000000, 0, -10000), "EPSG:3413")
    write("south.tif", ramp[:400, :400], (-1000000, 10000, 0, 2000000, 0, -10000), "EPSG:3031")
    c, s = 30 * math.cos(0.3), 30 * math.sin(0.3)
    write("turned.tif", ramp[:200, :300], (500000, c, s, 5000000, s, -c), "EPSG:32632")
    colours = np.zeros((4, 40, 40), np.uint8)
    colours[:3] = 90
    colours[3, 10:, :] = 255
    d = write("alpha.tif", colours, utm, "EPSG:32632", ["PHOTOMETRIC=RGB", "ALPHA=YES"])
    write("nothing.tif", np.full((1, 300, 300), np.nan, np.float32), utm, "EPSG:32632", nodata=float("nan"))
    write("nocrs.tif", (np.arange(400).reshape(20, 20) % 200).astype(np.uint8), utm, None)
    write("plain.tif", ramp[:20, :20], None, None)
    d = gdal.GetDriverByName("GTiff").Create("complex.tif", 10, 10, 1, gdal.GDT_CInt16)
    d.SetGeoTransform(utm), d.SetSpatialRef(crs_of("EPSG:32632"))
    d = write("points.tif", ramp[:100, :100], None, None)
    points = [gdal.GCP(500000 + 30 * x, 5000000 - 30 * y, 0, x, y) for x in (0, 50, 100) for y in (0, 40, 100)]
    d.SetGCPs(points, crs_of("EPSG:32632").ExportToWkt())
    lon = (170 + np.linspace(0.1, 19.9, 100) + 180) % 360 - 180  # a swath whose arrays lead over the antimeridian
    write("lon.tif", np.tile(lon, (50, 1)).astype(np.float32), None, None)
    write("lat.tif", np.tile(np.linspace(9.9, 0.1, 50), (100, 1)).T.astype(np.float32), None, None)
    d = write("swath.tif", ramp[:50, :100], None, None)
    d.SetMetadata({"X_DATASET": "lon.tif", "X_BAND": "1", "Y_DATASET": "lat.tif", "Y_BAND": "1", "PIXEL_OFFSET": "0",
                   "LINE_OFFSET": "0", "PIXEL_STEP": "1", "LINE_STEP": "1", "SRS": crs_of("EPSG:4326").ExportToWkt(),
                   "GEOREFERENCING_CONVENTION": "PIXEL_CENTER"}, "GEOLOCATION")
    del d
    geos = "+proj=geos +h=35785831 +lon_0=0 +ellps=GRS80 +sweep=y"
    write("disk.tif", ramp[:300, :300], (-5570000, 37133.3333, 0, 5570000, 0, -37133.3333), geos)


# ---- what info says

def info(imbrex, *args):
    done = subprocess.run([imbrex, "info", "--json", *args], capture_output=True, text=True)
    if done.returncode:
        fault(f"info {args}: {done.stderr}")
        sys.exit(1)
    return json.loads(done.stdout)


def check_statistics(told, path, exact=True):
    d = gdal.Open(path)
    for i, band in enumerate(told["bands"]):
        source = d.GetRasterBand(i + 1)
        values = source.ReadAsArray().astype(np.float64)
        nodata = source.GetNoDataValue()
        valid = np.isfinite(values) if nodata is None else np.isfinite(values) & (values != nodata)
        s, values = band["statistics"], values[valid]
        what = f"{path}, band {i + 1}"
        if not exact:
            near(s["mean"], values.mean(), 0.1 * np.ptp(values), what + ", mean of a sample")
            near(s["std"], values.std(), 0.02 * np.ptp(values), what + ", std of a sample")
            continue
        near(s["min"], values.min(), 0, what + ", min")
        near(s["max"], values.max(), 0, what + ", max")
        near(s["mean"], values.mean(), 1e-9 * abs(values.mean()), what + ", mean")
        near(s["std"], values.std(), 1e-9 * values.std(), what + ", std")
        near(band["valid"], valid.mean(), 1e-12, what + ", valid")
        if s["exact"] is not True:
            fault(what + " is not said to be exact")


def border(path, steps=400):
    """Longitudes (going on beyond 180) and latitudes of the outline."""
    d = gdal.Open(path)
    g, w, h = d.GetGeoTransform(), d.RasterXSize, d.RasterYSize
    t = np.linspace(0, 1, steps, endpoint=False)
    px = np.concatenate([t * w, np.full(steps, w), (1 - t) * w, np.zeros(steps)])
    py = np.concatenate([np.zeros(steps), t * h, np.full(steps, h), (1 - t) * h])
    x, y = g[0] + g[1] * px + g[2] * py, g[3] + g[4] * px + g[5] * py
    crs = d.GetSpatialRef()
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    to = osr.CoordinateTransformation(crs, crs_of("OGC:CRS84"))
    p = np.array(to.TransformPoints(np.column_stack([x, y])))
    return np.degrees(np.unwrap(np.radians(p[:, 0]))), p[:, 1]


def rings(told):
    f = told["footprint"]
    return [p[0] for p in (f["coordinates"] if f["type"] == "MultiPolygon" else [f["coordinates"]])]


def area(ring):
    r = np.array(ring)
    return (r[:-1, 0] * r[1:, 1] - r[1:, 0] * r[:-1, 1]).sum() / 2


def inside(ring, lon, lat):
    r, odd = np.array(ring), np.zeros(np.shape(lon), bool)
    for (ax, ay), (bx, by) in zip(r[:-1], r[1:]):
        if ay != by:
            odd ^= ((ay > lat) != (by > lat)) & (lon < ax + (bx - ax) * (lat - ay) / (by - ay))
    return odd


def check_geojson(told, path):
    for ring in rings(told):
        if ring[0] != ring[-1] or len(ring) < 4:
            fault(f"{path}: a ring is not closed")
        if area(ring) <= 0:
            fault(f"{path}: a ring is not counterclockwise")
        if max(abs(x) for x, _ in ring) > 180 or max(abs(y) for _, y in ring) > 90:
            fault(f"{path}: a ring leaves the world")


def check_outline(told, path, crosses):
    check_geojson(told, path)
    lon, lat = border(path)
    west, south, east, north = told["bounds"]
    east += 360 * (east < west)
    turn = 360 * round((west - lon.min()) / 360)
    for got, want, what in ((west, lon.min() + turn, "west"), (south, lat.min(), "south"),
                            (east, lon.max() + turn, "east"), (north, lat.max(), "north")):
        near(got, want, 2e-5, f"{path}, {what}")
    if told["crosses_antimeridian"] != crosses or (told["bounds"][0] > told["bounds"][2]) != crosses:
        fault(f"{path}: crosses the antimeridian: {told['crosses_antimeridian']}, {told['bounds']}")
    if len(rings(told)) != (2 if crosses else 1):
        fault(f"{path}: {len(rings(told))} rings")
    whole = abs((lon * np.roll(lat, -1) - np.roll(lon, -1) * lat).sum() / 2)
    near(sum(area(r) for r in rings(told)) / whole, 1, 2e-3, f"{path}, area")


def check(imbrex, folder):
    os.chdir(folder)
    told = info(imbrex, "numbers.tif")
    check_statistics(told, "numbers.tif")
    band = told["bands"][0]
    for key, want in (("type", "u16"), ("nodata", 7), ("scale", 0.5), ("offset", -10), ("unit", "K"),
                      ("name", "first"), ("colour", "gray")):
        if band[key] != want:
            fault(f"numbers.tif: {key} is {band[key]}, not {want}")
    if told["validity"] != "nodata" or told["valid"]["by"] != "nodata 7" or told["problem"] is not None or told["warnings"] != []:
        fault(f"numbers.tif: {told['validity']}, {told['problem']}, {told['warnings']}")
    if told["transform"]["kind"] != "geotransform" or told["transform"]["accuracy"] != 0:
        fault(f"numbers.tif: {told['transform']}")
    numbers = gdal.Open("numbers.tif")
    samples = np.sort(numbers.ReadAsArray()[0].ravel())
    samples = samples[samples != 7]
    for got, percent in zip(told["shown"]["range"][0], (2, 98)):
        near(got, 0.5 * samples[math.ceil(percent / 100 * len(samples)) - 1] - 10, 1e-9, f"percentile {percent}")
    plan = json.loads(subprocess.run([imbrex, "tile", "--dry-run", "--json", "numbers.tif", "x.pmtiles"],
                                     capture_output=True, text=True, check=True).stdout)
    if told["tiles"]["zoom_max"] != plan["options"]["zoom_max"] or told["crs"] != plan["scenes"][0]["crs"]:
        fault(f"numbers.tif: {told['tiles']} is not the plan's")
    near(told["valid"]["part"], 1 - 2 / 3000, 1e-12, "numbers.tif, valid")

    check_statistics(info(imbrex, "overviews.tif"), "overviews.tif", exact=False)
    check_statistics(info(imbrex, "--stats", "overviews.tif"), "overviews.tif")
    check_statistics(info(imbrex, "blocks.tif"), "blocks.tif", exact=False)
    check_statistics(info(imbrex, "--stats", "blocks.tif"), "blocks.tif")
    near(info(imbrex, "blocks.tif")["bands"][0]["statistics"]["share"], 16 / 64, 1e-12, "blocks.tif, share")
    said = info(imbrex, "said.tif")["bands"][0]["statistics"]
    if [said[k] for k in ("min", "max", "mean", "std", "from")] != [1, 2, 1.5, 0.25, "the file"]:
        fault(f"said.tif: {said}")
    check_statistics(info(imbrex, "--stats", "said.tif"), "said.tif")
    many = info(imbrex, "many.tif")
    check_statistics(many, "many.tif")
    if len(many["bands"]) != 30:
        fault("many.tif: not all bands")

    for path, crosses in (("numbers.tif", False), ("turned.tif", False), ("dateline.tif", True), ("east.tif", True)):
        check_outline(info(imbrex, path), path, crosses)
    if len(rings(info(imbrex, "turned.tif"))[0]) > 9:
        fault("turned.tif: more corners than it needs")
    swath = info(imbrex, "swath.tif")
    check_geojson(swath, "swath.tif")
    for got, want in zip(swath["bounds"], (170, 0, -170, 10)):
        near(got, want, 1e-3, "swath.tif, bounds")
    if not swath["crosses_antimeridian"] or swath["transform"]["kind"] != "geolocation arrays":
        fault(f"swath.tif: {swath['transform']}, {swath['bounds']}")
    if info(imbrex, "east.tif")["bounds"] != [170, 0, -170, 10]:
        fault(f"east.tif: {info(imbrex, 'east.tif')['bounds']}")
    for path in ("round.tif", "world.tif"):
        told = info(imbrex, path)
        check_geojson(told, path)
        if told["bounds"] != [-180, -90, 180, 90] or told["crosses_antimeridian"]:
            fault(f"{path}: {told['bounds']}")
        near(sum(area(r) for r in rings(told)), 360 * 180, 1e-6, f"{path}, area")
    if info(imbrex, "world.tif")["corners"] != [[-180, 90], [180, 90], [180, -90], [-180, -90]]:
        fault(f"world.tif: {info(imbrex, 'world.tif')['corners']}")
    for path, pole in (("north.tif", 90), ("south.tif", -90)):
        told = info(imbrex, path)
        check_geojson(told, path)
        _, lat = border(path)
        near(told["bounds"][1 if pole > 0 else 3], lat.min() if pole > 0 else lat.max(), 1e-4, f"{path}, its rim")
        if told["bounds"][3 if pole > 0 else 1] != pole or told["bounds"][0] != -180 or told["bounds"][2] != 180:
            fault(f"{path}: {told['bounds']}")
        lon = np.arange(-179.5, 180, 1.0)
        for ring in [rings(told)]:
            covered = np.zeros(lon.shape, bool)
            for part in ring:
                covered |= inside(part, lon, np.full(lon.shape, pole * 0.995))
            if not covered.all():
                fault(f"{path}: the pole's surroundings are not in the footprint")
    disk = info(imbrex, "disk.tif")
    check_geojson(disk, "disk.tif")
    for got, want in zip(disk["bounds"], (-81.3, -81.3, 81.3, 81.3)):
        near(got, want, 0.3, "disk.tif, bounds")
    if disk["corners"] != [None] * 4:
        fault(f"disk.tif: {disk['corners']}")

    near(info(imbrex, "alpha.tif")["valid"]["part"], 0.75, 0, "alpha.tif, valid")
    nothing = info(imbrex, "nothing.tif")
    if nothing["tiles"]["count"] or nothing["valid"] != {"by": "nodata nan", "exact": True, "part": 0} or not nothing["warnings"]:
        fault(f"nothing.tif: {nothing['tiles']}, {nothing['valid']}, {nothing['warnings']}")
    if nothing["bands"][0]["nodata"] != "nan" or nothing["bands"][0]["statistics"] is not None:
        fault(f"nothing.tif: {nothing['bands']}")
    bare = info(imbrex, "nocrs.tif")
    check_statistics(bare, "nocrs.tif")
    if bare["footprint"] or bare["tiles"] or "--src-crs" not in bare["problem"] or bare["width"] != 20:
        fault(f"nocrs.tif: {bare}")
    if info(imbrex, "--src-crs", "EPSG:32632", "nocrs.tif")["tiles"]["zoom_max"] != 12:
        fault("nocrs.tif: --src-crs does not place it")


def check_archives(imbrex, folder):
    os.chdir(folder)
    raster = info(imbrex, "dateline.tif")["bounds"]
    for archive in ("line.pmtiles", "line"):
        told = info(imbrex, archive)
        for got, want, what in zip(told["bounds"], raster, ("west", "south", "east", "north")):
            near(got, want, 0.02, f"{archive}, {what}")
        lon = told["center"][0]
        if not (lon > raster[0] or lon < raster[2]) or not raster[1] < told["center"][1] < raster[3]:
            fault(f"{archive}: its centre {told['center']} is not in its data")
    with open("line.pmtiles", "rb") as f:
        head = f.read(127)
    west, south, east, north = (v / 1e7 for v in struct.unpack_from("<4i", head, 102))
    if (west, east) != (-180, 180) or not south < north:
        fault(f"line.pmtiles: the header's bounds are {west}, {east}")
    near(struct.unpack_from("<i", head, 119)[0] / 1e7, info(imbrex, "line.pmtiles")["center"][0], 1e-6, "centre")
    told = info(imbrex, "swath.pmtiles")
    for got, want, within in zip(told["bounds"] + told["center"], (170, 0, -170, 10, 180, 5), [0.3] * 4 + [1, 1]):
        near(abs(got) if want == 180 else got, want, within, "swath.pmtiles")
    one = info(imbrex, "one.pmtiles")
    near(one["center"][0], (one["bounds"][0] + one["bounds"][2]) / 2, 1e-6, "one.pmtiles, centre")


def check_real(imbrex, data):
    """Warnings are those of tile --dry-run; known places."""
    for name in ("odd/scale_offset_i16.tif", "world/polar_stereo.tif", "world/polar_wind_10km.tif",
                 "world/goode_homolosine.tif", "odd/ccitt_g4_1bit_1.tif", "world/nan_huge_sparse_utm37s.tif",
                 "odd/derived_china_relief_epsg4490.tif", "odd/iioext_masks.tif"):
        path = os.path.join(data, name)
        dry = subprocess.run([imbrex, "tile", "--dry-run", path, "x.pmtiles"], capture_output=True, text=True)
        warned = sorted({line.split("warning: ", 1)[1] for line in dry.stderr.splitlines() if "warning: " in line})
        if sorted(info(imbrex, path)["warnings"]) != warned:
            fault(f"{name}: {info(imbrex, path)['warnings']}, but tile warns {warned}")
    told = info(imbrex, os.path.join(data, "odd/iioext_masks.tif"))
    if told["bounds"] != [-90, 25, -88, 28]:
        fault(f"iioext_masks.tif: {told['bounds']}")
    told = info(imbrex, os.path.join(data, "world/dateline_utm60_cog.tif"))
    check_outline(told, os.path.join(data, "world/dateline_utm60_cog.tif"), True)


if __name__ == "__main__":
    {"make": make, "check": check, "real": check_real, "archives": check_archives}[sys.argv[1]](*sys.argv[2:])
    sys.exit(faults > 0)
