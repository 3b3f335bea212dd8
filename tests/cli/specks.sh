#!/bin/bash
# tests/cli/specks.sh: scenes smaller than a pixel of the output: what does not show is named, once, and counted.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 - "$work" <<'PYTHON' || skip "python3-gdal is not there"
import sys
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()
srs = osr.SpatialReference()
srs.ImportFromEPSG(4326)

def raster(name, columns, rows, west, north, res, turn=0):
    d = gdal.GetDriverByName("GTiff").Create("%s/%s.tif" % (sys.argv[1], name), columns, rows, 1, gdal.GDT_Byte)
    d.SetGeoTransform([west, res, turn, north, turn, -res])
    d.SetSpatialRef(srs)
    d.GetRasterBand(1).Fill(200)

raster("coarse", 20, 20, 10, 50, 1)
raster("tiny", 3, 3, 33.1, 45.1, 0.001)
raster("centred", 3, 3, 33.4985, 45.5015, 0.001)
raster("strip", 3000, 3, 33.1, 42.1, 0.001)
raster("turned", 3000, 3, 31.1, 40.2427, 0.001, 0.0009)  # through a centre
for i in range(12):
    raster("many%02d" % i, 3, 3, 40.1 + i, 45.1, 0.001)
PYTHON

warn="smaller than a pixel of the output, and no pixel's centre lies in it"
job() { # WARNINGS ARGUMENTS...: so many warnings, the same ones in a dry run
    local count=$1
    shift
    expect 0 '' "$imbrex" "$@"
    [ "$(grep -c "$warn" err.txt)" = "$count" ] || fault "not $count warnings: $* ($(cat err.txt))"
    grep warning err.txt >warned.txt
    expect 0 '' "$imbrex" "$1" --dry-run "${@:2}"
    grep warning err.txt | cmp -s - warned.txt || fault "other warnings in the dry run: $* ($(cat err.txt))"
}
degrees="--overwrite --crs EPSG:4326 --res 1"
# shellcheck disable=SC2086
{
    job 2 warp $degrees coarse.tif tiny.tif centred.tif strip.tif turned.tif o.tif
    grep -q "warning: tiny\.tif: $warn" warned.txt || fault "tiny.tif is not named"
    grep -q "warning: strip\.tif: $warn" warned.txt || fault "strip.tif is not named"
    for method in nearest cubic; do
        job 1 warp $degrees -r $method coarse.tif tiny.tif o.tif
    done
    for method in average max sum; do # what a pixel touches shows
        job 0 warp $degrees -r $method coarse.tif tiny.tif o.tif
    done
    job 0 warp $degrees --bbox 0,0,30,60 coarse.tif tiny.tif o.tif # left out by the box
    job 10 warp $degrees coarse.tif many*.tif o.tif
    grep -q '2 more scenes are smaller than a pixel of the output and do not show; 12 of 13 in all' warned.txt || fault "the others are not counted"
}
job 1 tile --overwrite --zoom 0-3 coarse.tif tiny.tif o.pmtiles
job 0 tile --overwrite --zoom 0-14 tiny.tif o.pmtiles
finish
