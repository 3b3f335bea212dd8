#!/bin/bash
# tests/cli/places.sh: hard places: antimeridian, poles, 0..360 and wider, the rim of a disk, the Mercator limit, specks and
# lines. What comes out is held against the formula that the rasters are made of, pixel by pixel.
. "$SOURCE/tests/cli/lib.sh"
/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"
check() {
    checks=$((checks + 1))
    /usr/bin/python3 "$SOURCE/tests/cli/check_places.py" "$@" 2>says.txt || fault "$*: $(tail -1 says.txt)"
}
check make "$scenes"

# warp NAME CRS OPTION...: and what it should be
warp() {
    local name=$1 crs=$2
    shift 2
    expect 0 '' "$imbrex" warp --quiet --overwrite --crs "$crs" "$@" "$scenes/$name.tif" "$name.tif"
    check warp "$name.tif" "$name"
}
# size NAME WIDTH HEIGHT: of what `warp` made
size() {
    gdalinfo "$1.tif" | grep -q "Size is $2, $3$" || fault "$1.tif: not $2 x $3: $(gdalinfo "$1.tif" | grep 'Size is')"
}

# cmp_pixels NAME: what `imbrex warp` made has its source's pixels
cmp_pixels() {
    /usr/bin/python3 - "$scenes/$1.tif" "$1.tif" <<'PYTHON' || fault "$1.tif: other pixels than its source"
import sys
from osgeo import gdal
assert (gdal.Open(sys.argv[1]).ReadAsArray() == gdal.Open(sys.argv[2]).ReadAsArray()).all()
PYTHON
}

# Degrees, in every window; the whole round is exactly that.
warp world EPSG:4326
size world 720 360
warp world360 EPSG:4326
size world360 720 360
warp wide EPSG:4326
size wide 720 360
warp half EPSG:4326
size half 320 180
for resample in nearest lanczos average mode; do
    warp world360 EPSG:4326 -r "$resample"
done
for name in world360 wide half; do
    warp "$name" EPSG:3857
done
warp world360 EPSG:8857 # Equal Earth

# In Mercator a world is a square.
warp world EPSG:3857
size world 720 720
warp mercator EPSG:4326 --res .5
warp mercator EPSG:3857
size mercator 640 640

# The antimeridian: the narrowest extent across it, and both ends of the world where it is asked for.
warp dateline EPSG:32660
warp dateline EPSG:3832
warp dateline EPSG:4326 --res 0.05
size dateline 223 91
warp dateline EPSG:4326 --res 0.05 --extent=-180,49,180,54

# Poles, in the middle and not; from degrees and back.
for name in north south; do
    warp "$name" EPSG:4326
    warp "$name" EPSG:3857
done
warp world360 EPSG:3413 --extent=-3000000,-3000000,3000000,3000000
warp wide EPSG:5041 --extent=0,0,4000000,4000000
warp world EPSG:3031 --extent=-3000000,-3000000,3000000,3000000 -r lanczos
warp world360 EPSG:5042 --extent=0,0,4000000,4000000
warp north EPSG:3413
warp north EPSG:5041
warp south EPSG:3031
warp south EPSG:5042

warp disk EPSG:4326

# A window that is small beside the raster, even beside a pixel of it.
warp world EPSG:3857 --res 500 --extent 1020000,5020000,1060000,5045000
size world 80 50

# Small and thin.
warp speck EPSG:32660
warp one EPSG:4326 --res .01
size one 25 25
expect 0 '' "$imbrex" warp --quiet "$scenes/line.tif" line.tif
size line 100000 1
cmp_pixels line
expect 0 '' "$imbrex" warp --quiet "$scenes/one.tif" one1.tif
size one1 1 1
expect 3 'no pixel of it has a value' "$imbrex" warp --res 100 "$scenes/speck.tif" speck1.tif
expect 0 '' "$imbrex" warp --quiet --res 100 --extent 599950.045,5899949.955,600050.045,5900049.955 "$scenes/speck.tif" speck1.tif
size speck1 1 1

# A CRS that GDAL has no GeoTIFF keys for, but EPSG a number; and one that has none.
expect 3 'GeoTIFF has no way to name the CRS' "$imbrex" warp --crs "+proj=eqearth +lon_0=10 +datum=WGS84 +type=crs" "$scenes/world.tif" no.tif

# Tiles: no seam at the antimeridian in any zoom, with any filter; both sides of it and nothing between; specks.
tiles() {
    local name=$1 grid=$2
    shift 2
    expect 0 '' "$imbrex" tile --quiet --overwrite -f png --grid "$grid" "$@" "$scenes/$name.tif" "tiles-$name"
    check tiles "tiles-$name" "$grid" "$name"
}
for grid in WebMercatorQuad WorldCRS84Quad; do
    for name in world360 wide half; do
        tiles "$name" "$grid" -z 0-1
    done
    for overview in lanczos nearest; do
        tiles world "$grid" -z 0-1 -r cubic --overview-resample "$overview"
    done
    tiles dateline "$grid" -z 1-4
    tiles north "$grid" -z 0-1
done
expect 0 '' "$imbrex" tile --quiet -f png -z 0-4 "$scenes/speck.tif" "$scenes/one.tif" "$scenes/line.tif" small
finish
