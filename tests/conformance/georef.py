#!/usr/bin/python3
"""Where control points, RPC and DEMs put a pixel: the engine's transform against GDAL's.

    georef.py POSITIONS DATA_DIR CASE

Takes places on the ground all over a raster (GDAL's image-to-ground direction tells where that is), asks both for the
source pixel, as gdalwarp -order/-tps/-rpc -et 0 would, and compares. Prints a line a variant; exit 0: all within
their bounds, 1: not, 77: the data or GDAL's Python is not there.
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
gdal.PushErrorHandler("CPLQuietErrorHandler")

DEM = "dem/srtm3_N43E001/N43E001.hgt"
SIDE = 101  # places a side

# case: raster, then variants: bound in px, our options, GDAL's transformer options
CASES = {
    "gcps": ("odd/gcp210_sentinel1_cog.tif", [
        (0.1, [], ["METHOD=GCP_POLYNOMIAL"]),
        (0.1, ["--order", "1"], ["METHOD=GCP_POLYNOMIAL", "MAX_GCP_ORDER=1"]),
        (0.1, ["--order", "2"], ["METHOD=GCP_POLYNOMIAL", "MAX_GCP_ORDER=2"]),
        (0.1, ["--order", "3"], ["METHOD=GCP_POLYNOMIAL", "MAX_GCP_ORDER=3"]),
        (0.1, ["--tps"], ["METHOD=GCP_TPS"]),
    ]),
    "phr": ("rpc/derived_phr_pan_crop.tif", [
        (0.01, ["--height", "290"], ["METHOD=RPC", "RPC_HEIGHT=290"]),
        (0.01, [], ["METHOD=RPC", "RPC_HEIGHT=290"]),
        (0.5, ["--dem", DEM], ["METHOD=RPC", "RPC_DEM=" + DEM]),
        # (what GDAL calls cubic is a B-spline; our --cubic goes through the heights)
        (0.01, ["--dem", DEM, "--cubicspline"], ["METHOD=RPC", "RPC_DEM=" + DEM, "RPC_DEMINTERPOLATION=cubic"]),
    ]),
    "reunion": ("rpc/reunion_phr_pair_1.tif", [
        (0.01, [], ["METHOD=RPC", "RPC_HEIGHT=1295"]),
        (0.01, ["--height", "100"], ["METHOD=RPC", "RPC_HEIGHT=100"]),
        (0.5, ["--dem", "MADE"], ["METHOD=RPC", "RPC_DEM=MADE"]),
        (0.01, ["--dem", "MADE", "--cubicspline"], ["METHOD=RPC", "RPC_DEM=MADE", "RPC_DEMINTERPOLATION=cubic"]),
    ]),
    "rotated": ("odd/rotated_utm.tif", [(0.001, [], [])]),
    "rpc_and_crs": ("rpc/rpc_tag_and_crs.tif", [
        (0.01, [], ["METHOD=RPC", "RPC_HEIGHT=1046.87008017261"]),
    ]),
}


def places(source, options):
    """WebMercator coordinates all over the raster and a little beyond."""
    forward = gdal.Transformer(source, None, ["DST_SRS=EPSG:3857"] + options)
    w, h = source.RasterXSize, source.RasterYSize
    px = [(w * (c / (SIDE - 1) * 1.04 - 0.02), h * (r / (SIDE - 1) * 1.04 - 0.02), 0.0)
          for r in range(SIDE) for c in range(SIDE)]
    at, ok = forward.TransformPoints(0, px)
    return np.array([p[:2] for p, good in zip(at, ok) if good]), forward


def make_dem(source, options, path):
    """Hills in UTM zone 40S under the scene: a DEM in another CRS."""
    at, _ = places(source, options)
    x0, y0 = at.min(axis=0) - 2000
    x1, y1 = at.max(axis=0) + 2000
    step = 40.0
    columns, rows = int((x1 - x0) / step), int((y1 - y0) / step)
    yy, xx = np.mgrid[0:rows, 0:columns]
    heights = 1200 + 150 * np.sin(xx / 9.0) * np.cos(yy / 7.0) + 3 * ((xx * 7 + yy * 3) % 11)
    mercator = path + ".3857.tif"
    made = gdal.GetDriverByName("GTiff").Create(mercator, columns, rows, 1, gdal.GDT_Float32)
    made.SetGeoTransform([x0, step, 0, y1, 0, -step])
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(3857)
    made.SetSpatialRef(srs)
    made.GetRasterBand(1).WriteArray(heights.astype(np.float32))
    made = None
    gdal.Warp(path, mercator, dstSRS="EPSG:32740", resampleAlg="bilinear", dstNodata=-9999)
    return path


def main():
    program, data, case = sys.argv[1:4]
    name, variants = CASES[case]
    raster = os.path.join(data, name)
    if not os.path.exists(raster):
        print("skipped: %s is not there" % raster)
        return SKIPPED
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        # 8 bit, in case the engine wants it; the georeferencing is what is looked at
        copy = os.path.join(folder, "scene.tif")
        gdal.Translate(copy, raster, outputType=gdal.GDT_Byte, scaleParams=[[]])
        source = gdal.Open(copy)
        for bound, ours, theirs in variants:
            if "MADE" in ours:
                dem = make_dem(source, ["METHOD=RPC", "RPC_HEIGHT=1200"], os.path.join(folder, "dem.tif"))
            else:
                dem = os.path.join(data, DEM)
            ours = [dem if o in (DEM, "MADE") else o for o in ours]
            theirs = [o.replace("MADE", dem).replace(DEM if DEM in o and dem not in o else "\0", dem) for o in theirs]
            at, transformer = places(source, theirs)
            there, ok = transformer.TransformPoints(1, [(x, y, 0.0) for x, y in at])
            expected = np.array([p[:2] for p in there])
            ok = np.array(ok, bool)
            done = subprocess.run([program] + ours + [copy], input=at.astype(np.float64).tobytes(), check=True,
                                  stdout=subprocess.PIPE)
            got = np.frombuffer(done.stdout, np.float64).reshape(-1, 2)
            inside = ok & (expected >= 0).all(axis=1) & (expected[:, 0] <= source.RasterXSize) & \
                (expected[:, 1] <= source.RasterYSize)
            distance = np.hypot(*(got[inside] - expected[inside]).T)
            worst = float(distance.max()) if len(distance) else float("inf")
            bad = not (worst <= bound) or len(distance) < SIDE * SIDE / 2
            failed = failed or bad
            print("%-12s %-28s %6d places, mean %.6f px, worst %.6f px (at most %g) %s" % (
                case, " ".join(os.path.basename(o) for o in ours) or "(default)", len(distance),
                float(distance.mean()) if len(distance) else float("nan"), worst, bound, "FAILED" if bad else ""),
                flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
