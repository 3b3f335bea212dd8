#!/bin/bash
# A raster that goes round the Earth has no edge where it begins: the same raster begun at any column gives the same bytes,
# for any resampling, as numbers and as pictures, for any number of threads; and no step is larger at the seam than elsewhere.
. "$(dirname "$0")/lib.sh"

/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"
/usr/bin/python3 - <<'PYTHON' || fault "no rasters"
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()
crs = osr.SpatialReference()
crs.ImportFromEPSG(4326)

def make(name, kind, values, west, res, nodata=None, overview=False):
    bands, height, width = values.shape
    raster = gdal.GetDriverByName("GTiff").Create(name + ".tif", width, height, bands, kind,
                                                  ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=32"])
    raster.SetProjection(crs.ExportToWkt())
    raster.SetGeoTransform((west, res, 0, 90, 0, -180 / height))
    for band in range(bands):
        raster.GetRasterBand(band + 1).WriteArray(values[band])
        if nodata is not None:
            raster.GetRasterBand(band + 1).SetNoDataValue(nodata)
    if overview:
        raster.BuildOverviews("AVERAGE", [2])

random = np.random.default_rng(5)
numbers = random.integers(0, 1000, (1, 90, 180)).astype(np.float32)
numbers[random.random(numbers.shape) < 0.02] = -9
colours = random.integers(0, 255, (3, 90, 180)).astype(np.uint8)
for first in (0, 1, 90, 179):
    make("numbers%d" % first, gdal.GDT_Float32, np.roll(numbers, -first, 2), -180 + 2 * first, 2, -9)
    make("colours%d" % first, gdal.GDT_Byte, np.roll(colours, -first, 2), -180 + 2 * first, 2)
for first in (0, 90):
    make("overview%d" % first, gdal.GDT_Byte, np.roll(colours, -first, 2), -180 + 2 * first, 2, overview=True)
whole = np.abs(numbers)
for first in (0, 90):
    make("filled%d" % first, gdal.GDT_Float32, np.roll(whole, -first, 2), -180 + 2 * first, 2)
make("smooth", gdal.GDT_Float32, whole, -180, 2)
make("short", gdal.GDT_Float32, whole, -180, 1.9999)  # a resolution rounded down: 360 degrees but for 1/100 pixel
make("wide", gdal.GDT_Float32, np.concatenate([whole, whole[:, :, :1]], 2), -180, 2)  # one column twice
PYTHON

# same NAME OPTIONS...: all rasters of a name, as numbers
same() {
    local name=$1 raster sum first=
    shift
    for raster in "$name"*.tif; do
        expect 0 '' "$imbrex" warp --quiet --overwrite "$@" "$raster" out.tif
        sum=$(sha256sum <out.tif)
        [ "${first:=$sum}" = "$sum" ] || fault "$raster is another picture with $*"
    done
}
# same_tiles NAME OPTIONS...: as pictures
same_tiles() {
    local name=$1 raster sum first=
    shift
    for raster in "$name"*.tif; do
        rm -rf tiles
        expect 0 '' "$imbrex" tile --quiet -f png "$@" "$raster" tiles
        sum=$(cd tiles && find . -name '*.png' | sort | xargs sha256sum | sha256sum)
        [ "${first:=$sum}" = "$sum" ] || fault "$raster has other tiles with $*"
    done
}

at_seam="--crs EPSG:4326 --extent=170,-10,190,10 --res 0.1,0.1"
round_pole="--crs EPSG:3413 --extent=-4000000,-4000000,4000000,4000000 --res 50000,50000"
pacific="--crs EPSG:3832 --extent=1339584,-1000000,5339584,1000000 --res 20000,20000"
for method in nearest bilinear cubic cubicspline lanczos average mode min max med q1 q3 sum rms; do
    # shellcheck disable=SC2086
    same numbers -r $method $at_seam
    # shellcheck disable=SC2086
    same numbers -r $method $round_pole
done
for method in bilinear lanczos average sum; do
    # shellcheck disable=SC2086
    same numbers -r $method -j3 --memory 160M --error-threshold 0 $pacific
    same_tiles colours -r $method -z 0-2
done
same_tiles colours -r cubic -z 2-2 -j1 --memory 160M
same_tiles overview -r cubic -z 0-0

# Squares in which positions are exact, on either side of the split
for raster in filled*.tif; do
    expect 0 '' "$imbrex" warp --quiet --overwrite -r sum --error-threshold 0 --crs EPSG:3031 --res 45000 \
        --extent=-9000000,-9000000,9000000,9000000 "$raster" sums.tif
    checks=$((checks + 1))
    [ "$(gdalinfo -stats sums.tif | grep -c 'VALID_PERCENT=100$')" -gt 0 ] || fault "holes in the sums of $raster"
done
# A world of one pixel is none of endless detail
expect 0 '' gdal_create -q -of GTiff -outsize 1 1 -bands 3 -burn 90 -a_srs EPSG:4326 -a_ullr -180 90 180 -90 one.tif
expect 0 '' "$imbrex" tile --quiet -f png -z 0-2 one.tif one/
[ "$(find one -name '*.png' | wc -l)" = 21 ] || fault "$(find one -name '*.png' | wc -l) tiles of a world of one pixel"

# Magnified 20 times: steps as elsewhere, and no pixel missing, whether the columns are 360 degrees or nearly so.
for raster in smooth short wide; do
    # shellcheck disable=SC2086
    expect 0 '' "$imbrex" warp --quiet --overwrite -r bilinear $at_seam $raster.tif steps.tif
    checks=$((checks + 1))
    /usr/bin/python3 - <<'PYTHON' || fault "a seam in $raster"
import numpy as np
from osgeo import gdal
values = gdal.Open("steps.tif").ReadAsArray()
steps = np.abs(np.diff(values, axis=1)).mean(axis=0)
assert np.isfinite(values).all() and steps.max() < 2.5 * np.median(steps), (steps.max(), np.median(steps))
PYTHON
done
finish
