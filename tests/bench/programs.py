"""tests/bench/programs.py: the programs that are measured: imbrex and its peers, each with the command lines of one case.

A case says what everybody is to do: raster, zooms, kernel, format, quality, threads. commands() is what is run and measured,
one after the other; None: the program cannot do it. result is what its tiles lie in, kind how to read them
(quality.py), notes what is not the same work.
"""
import math
import os
import re
import shutil
import subprocess

WORLD_M = 2 * math.pi * 6378137
TILE_PX = 256


def answers(command):
    """What a program prints; None if it is not there or fails."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def first_line(command):
    text = answers(command) or ""
    return text.strip().splitlines()[0] if text.strip() else None


def demo_scene(root):
    """What `./dev demo` has fetched; None if it has not."""
    return next((os.path.join(d, f) for d, _, files in os.walk(os.path.join(root, "build/demo/terralib")) for f in files
                 if f == "cbers_rgb342_crop1.tif"), None)


def make_scene(python, source, target, size, strip_rows=0):
    """A scene with the texture of a source; whole, or not there."""
    maker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make_scene.py")
    subprocess.run([python, maker, source, target + ".part", str(size)] + ([str(strip_rows)] if strip_rows else []), check=True,
                   stderr=subprocess.DEVNULL)
    os.rename(target + ".part", target)


class Program:
    name = kind = notes = None

    def version(self):
        """None if it is not there."""
        raise NotImplementedError

    def commands(self, case, out):
        raise NotImplementedError

    def result(self, out):
        return out


class Imbrex(Program):
    name, kind, notes = "imbrex tile", "pmtiles", "one archive"

    def __init__(self, binaries):
        self.program = os.path.join(binaries, "imbrex")

    def version(self):
        text = answers([self.program, "--version"])
        if not text:
            return None
        rows = [re.split(r"  +", line.strip(), maxsplit=1) for line in text.splitlines()[1:] if line.strip()]
        return "%s (%s)" % (text.splitlines()[0], ", ".join(
            parts[-1] if parts[0] in ("SIMD level", "png", "jpeg", "webp") else " ".join(parts) for parts in rows))

    def commands(self, case, out):
        return [[self.program, "tile", "--quiet", "--overwrite", "-j", str(case.threads), "-z", "%d-%d" % case.zooms,
                 "-r", case.resample, "-f", case.form, "-q", str(case.quality), case.raster, self.result(out)]]

    def result(self, out):
        return out + ".pmtiles"


class CodecFloor(Program):
    """Prints its own clocks: see codec_floor.c."""
    name, notes = "codec floor", "blocks decoded once, tiles encoded once, nothing else"

    def __init__(self, binaries):
        self.program = os.path.join(binaries, "codec_floor")

    def version(self):
        return "of this build" if os.path.exists(self.program) else None

    def commands(self, case, out):
        return [[self.program, str(case.threads), case.form, str(case.quality), case.raster, str(case.level), case.lossless]]


class GdalRasterTile(Program):
    name, kind, notes = "gdal raster tile", "xyz", "a file a tile"

    def __init__(self, gdal):
        self.program = gdal

    def version(self):
        return first_line([self.program, "--version"]) if answers([self.program, "raster", "tile", "--help"]) else None

    def commands(self, case, out):
        quality = [] if case.form == "png" else ["--co", "QUALITY=%d" % case.quality]
        return [[self.program, "raster", "tile", "--quiet", "-j", str(case.threads), "--min-zoom", str(case.zooms[0]),
                 "--max-zoom", str(case.zooms[1]), "-r", case.resample, "--overview-resampling", "average",
                 "--webviewer", "none", "-f", case.form.upper()] + quality + [case.raster, out]]


class Gdal2tiles(Program):
    name, kind, notes = "gdal2tiles.py", "xyz", "a file a tile; overviews by the base's kernel"

    def version(self):
        return first_line(["gdal2tiles.py", "--version"])

    def commands(self, case, out):
        if case.form == "jpeg":  # since 3.9 only
            return None
        quality = [] if case.form == "png" else ["--webp-quality=%d" % case.quality]
        return [["gdal2tiles.py", "--quiet", "--xyz", "--exclude", "--no-kml", "--webviewer=none",
                 "--processes=%d" % case.threads, "--zoom=%d-%d" % case.zooms, "--resampling=%s" % case.resample,
                 "--tiledriver=%s" % case.form.upper()] + quality + [case.raster, out]]


class Gdalwarp(Program):
    name, kind, notes = "gdalwarp + gdaladdo", "geotiff", "one tiled GeoTIFF with overviews; JPEG without alpha"

    def version(self):
        return first_line(["gdalwarp", "--version"]) if shutil.which("gdaladdo") else None

    def commands(self, case, out):
        x0, y0, x1, y1 = case.tiles
        res = WORLD_M / TILE_PX / 2 ** case.zooms[1]
        extent = [x0 * TILE_PX * res - WORLD_M / 2, WORLD_M / 2 - y1 * TILE_PX * res, x1 * TILE_PX * res - WORLD_M / 2,
                  WORLD_M / 2 - y0 * TILE_PX * res]
        side = max(x1 - x0, y1 - y0) * TILE_PX
        levels = [2 ** k for k in range(1, case.zooms[1] - case.zooms[0] + 1) if 2 ** k <= side]
        options = {"png": ["-dstalpha", "-co", "COMPRESS=DEFLATE", "-co", "PREDICTOR=2"],
                   "jpeg": ["-co", "COMPRESS=JPEG", "-co", "PHOTOMETRIC=YCBCR", "-co", "JPEG_QUALITY=%d" % case.quality],
                   "webp": ["-dstalpha", "-co", "COMPRESS=WEBP", "-co", "WEBP_LEVEL=%d" % case.quality]}[case.form]
        warp = ["gdalwarp", "-q", "-multi", "-wo", "NUM_THREADS=%d" % case.threads, "-r", case.resample, "-t_srs", "EPSG:3857",
                "-te"] + ["%.17g" % v for v in extent] + ["-tr", "%.17g" % res, "%.17g" % res, "-co", "TILED=YES",
                "-co", "BIGTIFF=IF_SAFER", "-co", "NUM_THREADS=%d" % case.threads] + options + [case.raster, self.result(out)]
        overviews = ["gdaladdo", "-q", "-r", "average", "--config", "GDAL_NUM_THREADS", str(case.threads),
                     "--config", "JPEG_QUALITY_OVERVIEW", str(case.quality), "--config", "WEBP_LEVEL_OVERVIEW",
                     str(case.quality), self.result(out)] + [str(n) for n in levels]
        return [warp, overviews] if levels else [warp]

    def result(self, out):
        return out + ".tif"


class Vips(Program):
    name, notes = "vips dzsave", "no reprojection: the raster's own pixels; a file a tile"

    def version(self):
        return first_line(["vips", "--version"])

    def commands(self, case, out):
        suffix = {"png": ".png", "jpeg": ".jpg[Q=%d]" % case.quality, "webp": ".webp[Q=%d]" % case.quality}[case.form]
        return [["vips", "--vips-concurrency=%d" % case.threads, "dzsave", case.raster, out, "--layout=google",
                 "--tile-size=%d" % TILE_PX, "--overlap=0", "--suffix=" + suffix]]


def all_programs(binaries, gdal):
    """Imbrex first; short names as in --programs."""
    return {"imbrex": Imbrex(binaries), "floor": CodecFloor(binaries), "gdal": GdalRasterTile(gdal), "gdalwarp": Gdalwarp(),
            "gdal2tiles": Gdal2tiles(), "vips": Vips()}
