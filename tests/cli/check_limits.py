"""tests/cli/check_limits.py LIMITED WHOLE VECTOR [WHERE] [DIFFER]: the first raster is the second one where a pixel's
centre lies in the polygons, to the definition (but 1/64 px along an edge), and nothing elsewhere; its lattice is the same."""
import sys
import numpy as np
from osgeo import gdal, ogr, osr

gdal.UseExceptions()


def polygons(path, where):
    layer = (source := ogr.Open(path)).GetLayer(0)
    layer.SetAttributeFilter(where)
    crs = layer.GetSpatialRef().Clone()
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    found = []
    for feature in layer:
        geometry = feature.GetGeometryRef()
        several = geometry.GetGeometryName() == "MULTIPOLYGON"
        for part in [geometry.GetGeometryRef(i) for i in range(geometry.GetGeometryCount())] if several else [geometry]:
            found.append([np.array(part.GetGeometryRef(i).GetPoints())[:, :2] for i in range(part.GetGeometryCount())])
    return crs, found


def inside(found, x, y):
    """Which points are in any polygon, and how far they are from the nearest edge."""
    held, near = np.zeros(x.shape, bool), np.full(x.shape, np.inf)
    for rings in found:
        odd = np.zeros(x.shape, bool)
        for ring in rings:
            for a, b in zip(ring[:-1], ring[1:]):
                with np.errstate(all="ignore"):
                    odd ^= ((a[1] > y) != (b[1] > y)) & (x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
                d = b - a
                t = np.clip(((x - a[0]) * d[0] + (y - a[1]) * d[1]) / (d @ d), 0, 1)
                near = np.minimum(near, np.hypot(x - a[0] - t * d[0], y - a[1] - t * d[1]))
        held |= odd
    return held, near


def main(limited, whole, vector, where=None):
    ours, all_of = gdal.Open(limited), gdal.Open(whole)
    place, lattice = ours.GetGeoTransform(), all_of.GetGeoTransform()
    column, row = (place[0] - lattice[0]) / lattice[1], (place[3] - lattice[3]) / lattice[5]
    assert abs(column - round(column)) < 1e-6 and abs(row - round(row)) < 1e-6, (column, row)
    column, row = round(column), round(row)
    w, h = ours.RasterXSize, ours.RasterYSize
    crs, found = polygons(vector, where)
    to_vector = osr.CoordinateTransformation(all_of.GetSpatialRef(), crs)
    x, y = np.meshgrid(lattice[0] + (np.arange(all_of.RasterXSize) + 0.5) * lattice[1],
                       lattice[3] + (np.arange(all_of.RasterYSize) + 0.5) * lattice[5])
    points = np.array(to_vector.TransformPoints(np.column_stack([x.ravel(), y.ravel()])))
    u, v = points[:, 0].reshape(x.shape), points[:, 1].reshape(x.shape)
    held, near = inside(found, u, v)
    pixel = np.hypot(np.diff(u, axis=1).max(), np.diff(v, axis=1).max())
    have = np.zeros(held.shape, bool)
    have[row:row + h, column:column + w] = ours.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
    want = held & (all_of.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0)
    wrong = have != want
    assert want.any() and not want.all()
    assert not wrong.any() or near[wrong].max() <= pixel / 64, (wrong.sum(), near[wrong].max() / pixel)
    rows, columns = np.flatnonzero(have.any(axis=1)), np.flatnonzero(have.any(axis=0))
    edges = (rows[0] - row, columns[0] - column, row + h - 1 - rows[-1], column + w - 1 - columns[-1])
    assert max(edges) <= 1, f"cropped to the polygons but for {edges}"
    for band in range(1, ours.RasterCount + 1):
        a = ours.GetRasterBand(band).ReadAsArray().astype(int)
        b = all_of.GetRasterBand(band).ReadAsArray(column, row, w, h).astype(int)
        # the lattice of positions begins elsewhere: within 1/64 px
        assert np.abs(a - b)[have[row:row + h, column:column + w]].max() <= 1


main(*sys.argv[1:])
