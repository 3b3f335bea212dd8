#!/usr/bin/python3
"""The planar warp against gdalwarp, on planes of u16 and f32 with holes: warp_plane.py WARP_PLANE

Every method not minified, and bilinear and cubic minified (oracle.py says why not the others). Bounds: 99.9 % of the
values within 1e-3 of the range of the samples around them (and the rounding of integers), away from holes; no hole
moved by more than the filters' reach. Exit 0: within, 1: not, 77: GDAL's Python is not there.
"""
import subprocess
import sys

try:
    import numpy as np
    from osgeo import gdal
except ImportError:
    print("skipped: needs Python 3 with numpy and osgeo.gdal")
    sys.exit(77)

gdal.UseExceptions()
SIZE, NODATA, START = 300, 0, 20.27
METHODS = ("nearest", "bilinear", "cubic", "cubicspline", "lanczos")
CASES = [(m, 0.7) for m in METHODS] + [(m, s) for m in ("bilinear", "cubic") for s in (1.3, 3)]


def plane(kind):
    """Hills and noise with a few holes."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    values = 4000 + 900 * np.sin(x / 17) * np.cos(y / 23) + random.uniform(-200, 200, (SIZE, SIZE))
    values[random.random((SIZE, SIZE)) < 0.0005] = NODATA
    return values.astype(kind)


def by_gdal(values, method, step, n):
    kind = gdal.GDT_UInt16 if values.dtype == np.uint16 else gdal.GDT_Float32
    source = gdal.GetDriverByName("MEM").Create("", SIZE, SIZE, 1, kind)
    source.SetGeoTransform([0, 1, 0, 0, 0, -1])
    source.GetRasterBand(1).SetNoDataValue(NODATA)
    source.GetRasterBand(1).WriteArray(values)
    end, scale = START + n * step, "%.12g" % min(1, 1 / step)
    return gdal.Warp("", source, format="MEM", outputBounds=[START, -end, end, -START], width=n, height=n,
                     resampleAlg=method, errorThreshold=0, dstNodata=NODATA,
                     warpOptions=["XSCALE=" + scale, "YSCALE=" + scale]).ReadAsArray()


def main():
    failed = False
    for kind in (np.uint16, np.float32):
        values = plane(kind)
        for method, step in CASES:
            n = int((SIZE - 2 * START) / step)
            name = "u16" if kind == np.uint16 else "f32"
            done = subprocess.run([sys.argv[1], name, method] + [repr(v) for v in (SIZE, SIZE, NODATA, START, START, step, n)],
                                  input=values.tobytes(), stdout=subprocess.PIPE, check=True)
            ours, theirs = np.frombuffer(done.stdout, kind).reshape(n, n).astype(float), by_gdal(values, method, step, n)
            holes = np.pad((ours == NODATA) | (theirs == NODATA), 1)
            near = sum(np.roll(holes, (a, b), (0, 1)) for a in (-1, 0, 1) for b in (-1, 0, 1))[1:-1, 1:-1] > 0
            at = (START + (np.arange(n) + 0.5) * step - 0.5).astype(int)
            around = np.stack([values[np.ix_(at + a, at + b)] for a in range(-2, 4) for b in range(-2, 4)]).astype(float)
            filled = np.where(around == NODATA, 4000, around)
            local = filled.max(axis=0) - filled.min(axis=0)
            error = np.abs(ours - theirs) - (1 if kind == np.uint16 else 0)  # two roundings
            within = float((error <= 1e-3 * local)[~near].mean())
            moved = float(((ours == NODATA) != (theirs == NODATA)).mean())
            bad = within < 0.999 or moved > 0.03
            failed |= bad
            print("%s %-11s step %.1f: %8d px, within 1e-3 %9.5f%%, largest %.3g, other mask %.3f%% %s" % (
                name, method, step, int((~near).sum()), 100 * within, float(np.abs(ours - theirs)[~near].max()), 100 * moved,
                "FAILED" if bad else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
