#!/usr/bin/python3
"""Every raster there is: warped and tiled, or refused in one sentence; and what that costs beside gdalwarp.

    rasters.py IMBREX DATA_DIR [--markdown FILE] [--rounds N] [NAME...]

For each raster of DATA_DIR (scenes ortho dem rpc world odd) that GDAL opens: `imbrex warp` to WebMercator (what cannot
be shown there: see GRIDS) and `imbrex tile` either end with status 0 and a file that GDAL reads, or with status 3 and
one sentence on standard error; anything else (a crash, a hang, another status, more to read) is a fault. Where both it
and gdalwarp made something, user CPU times are compared for the same base level: CRS, extent, size, kernel, block
size and deflate with the same predictor; ours has made overviews, too, gdalwarp's has not (base) and has (COG).

Exit 0: no fault; 1: faults; 77: the data or GDAL's programs are not there. Times are printed, not judged.
"""
import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
try:
    from osgeo import gdal
except ImportError:
    print("skipped: needs Python 3 with osgeo.gdal")
    sys.exit(SKIPPED)

gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")

FOLDERS = ("scenes", "ortho", "dem", "rpc", "world", "odd")
NOT_RASTERS = (".rpb", ".xml", ".geom", ".txt", ".tfw", ".jgw", ".j2w", ".wld", ".ovr", ".msk", ".prj", ".aux")
# What WebMercator does not show, or not all of it: the raster's own projection around a pole, a degree grid.
GRIDS = {"polar_stereo.tif": "EPSG:3995", "polar_wind_10km.tif": "EPSG:3995", "goode_homolosine.tif": "EPSG:4326",
         "world_rgb.tif": "EPSG:4326", "cog_world_36000x18000.tif": "EPSG:4326", "landsat7_gridEPSG8858.tif": "EPSG:4326"}
TIMEOUT_S = 300


def run(command, folder):
    """-> (exit status or None for a hang, standard error, user CPU seconds)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, errors="replace")
        status, said = done.returncode, done.stderr
    except subprocess.TimeoutExpired:
        status, said = None, ""
    return status, said, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def sentence(said):
    """The last line that is an error; warnings may stand before it."""
    lines = [line for line in said.splitlines() if line.strip() and "warning: " not in line]
    return lines[0] if len(lines) == 1 else None


def judge(status, said, output):
    """-> (word for the table, fault or None)"""
    if re.search("Sanitizer|runtime error", said):
        return "fault", "a sanitizer spoke: " + said[:600]
    if status == 0:
        return ("done", None) if os.path.exists(output) else ("fault", "status 0 and no file")
    if status == 3:
        line = sentence(said)
        if os.path.exists(output):
            return "fault", "refused, and left something"
        return (line, None) if line else ("fault", "refused, but not in one sentence: " + said[:400])
    return "fault", "status %s: %s" % (status, said[:400])


def gdalwarp_arguments(source, output):
    """The same base level: what `output` has."""
    made = gdal.Open(output)
    g, w, h = made.GetGeoTransform(), made.RasterXSize, made.RasterYSize
    box = [g[0], g[3] + g[5] * h, g[0] + g[1] * w, g[3]]
    block = made.GetRasterBand(1).GetBlockSize()[0]
    predictor = "3" if made.GetRasterBand(1).DataType in (gdal.GDT_Float32, gdal.GDT_Float64) else "2"
    with open(os.path.join(os.path.dirname(output), "crs.wkt"), "w", encoding="utf-8") as f:
        f.write(made.GetProjection())
    same = ["-q", "-overwrite", "-ot", gdal.GetDataTypeName(made.GetRasterBand(1).DataType), "-r", "bilinear", "-t_srs", f.name, "-te", *(repr(v) for v in box), "-ts", str(w), str(h),
            "-co", "COMPRESS=DEFLATE", "-co", "BIGTIFF=IF_SAFER"]
    if gdal.Open(source).GetMetadata("RPC") and not gdal.Open(source).GetSpatialRef():
        same += ["-rpc"]
    base = same + ["-of", "GTiff", "-co", "TILED=YES", "-co", "BLOCKXSIZE=%d" % block, "-co", "BLOCKYSIZE=%d" % block,
                   "-co", "PREDICTOR=" + predictor]
    cog = same + ["-of", "COG", "-co", "BLOCKSIZE=%d" % block, "-co", "PREDICTOR=YES"]
    return base, cog, w, h


def rasters(data, names):
    for folder in FOLDERS:
        for root, _, files in sorted(os.walk(os.path.join(data, folder))):
            for file in sorted(files):
                path = os.path.join(root, file)
                if file.lower().endswith(NOT_RASTERS) or (names and not any(n in path for n in names)):
                    continue
                yield path


def measure(imbrex, path, folder, rounds):
    """-> row for the table, list of faults"""
    faults = []
    crs = GRIDS.get(os.path.basename(path), "EPSG:3857")
    output = os.path.join(folder, "out.tif")
    ours = [imbrex, "warp", "--quiet", "-j1", "--overwrite", "--crs", crs, path, output]
    status, said, cpu = run(ours, folder)
    warp, fault = judge(status, said, output)
    if fault:
        faults.append("warp: " + fault)
    row = {"path": path, "warp": warp, "size": "", "ours": None, "base": None, "cog": None}
    if warp == "done":
        times = [cpu]
        base, cog, w, h = gdalwarp_arguments(path, output)
        row["size"] = "%d x %d" % (w, h)
        theirs = {"base": [], "cog": []}
        for i in range(rounds):
            if i:
                times.append(run(ours, folder)[2])
            for name, arguments in (("base", base), ("cog", cog)):
                bad, _, cpu = run(["gdalwarp", *arguments, path, os.path.join(folder, name + ".tif")], folder)
                if bad == 0:
                    theirs[name].append(cpu)
        row["ours"] = min(times)
        row.update({name: min(t) if t else None for name, t in theirs.items()})
    tiles = os.path.join(folder, "out.pmtiles")
    status, said, _ = run([imbrex, "tile", "--quiet", "--overwrite", path, tiles], folder)
    row["tile"], fault = judge(status, said, tiles)
    if fault:
        faults.append("tile: " + fault)
    return row, faults


def seconds(value):
    return "" if value is None else "%.3f" % value


def ratio(a, b):
    return "" if a is None or not b else "%.2f" % (a / b)


def shorter(word, path):
    """A refusal without what to do about it, for the table."""
    word = re.sub("^imbrex (warp|tile): ", "refused: ", word).replace(path + ": ", "").replace("|", "/")
    return re.split(r" \(|: (?=give|convert|put)|, and |: complex", word)[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("imbrex")
    parser.add_argument("data")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--markdown")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    if not os.path.isdir(os.path.join(options.data, "odd")) or not shutil.which("gdalwarp"):
        print("skipped: no real rasters in %s, or no gdalwarp" % options.data)
        return SKIPPED
    rows, faults = [], 0
    text = ["| raster | warped to | imbrex warp, CPU s | gdalwarp base | x | gdalwarp COG | x | imbrex tile |",
            "| --- | --- | --: | --: | --: | --: | --: | --- |"]
    for path in rasters(options.data, options.names):
        try:
            gdal.Open(path)
        except RuntimeError:
            continue
        with tempfile.TemporaryDirectory(prefix="imbrex-rasters-") as folder:
            row, bad = measure(os.path.abspath(options.imbrex), path, folder, options.rounds)
        name = os.path.relpath(path, options.data)
        for fault in bad:
            faults += 1
            print("FAULT: %s: %s" % (name, fault))
        if row["warp"] == "done":
            cells = [row["size"], seconds(row["ours"]), seconds(row["base"]), ratio(row["ours"], row["base"]),
                     seconds(row["cog"]), ratio(row["ours"], row["cog"])]
        else:
            cells = [shorter(row["warp"], path), "", "", "", "", ""]
        text.append("| %s | %s | %s |" % (name, " | ".join(cells), shorter(row["tile"], path)))
        print(text[-1], flush=True)
        rows.append(row)
    if options.markdown:
        with open(options.markdown, "w", encoding="utf-8") as f:
            f.write("\n".join(text) + "\n")
    print("%d rasters, %d faults" % (len(rows), faults))
    return 1 if faults or not rows else 0


sys.exit(main())
