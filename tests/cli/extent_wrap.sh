#!/bin/bash
# A longitude has many names: an output grid may begin anywhere, end anywhere, and go round more than once, in warp and in tile.
# The rasters hold a field of longitude and latitude, so that every hole and every shift is seen.
. "$(dirname "$0")/lib.sh"

/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"
check() { /usr/bin/python3 "$SOURCE/tests/cli/check_extent_wrap.py" "$@"; }
check make || fault "no rasters"

# warp OPTIONS... RASTERS...: into out.tif
warp() { expect 0 '' "$imbrex" warp --quiet --overwrite "$@" out.tif; }
# look TOLERANCE AREA...: at out.tif
look() { checks=$((checks + 1)); check look out.tif "$@" || fault "out.tif is not that field"; }
# size WIDTHxHEIGHT WEST: of out.tif, and where it begins, to within a pixel
size() {
    checks=$((checks + 1))
    /usr/bin/python3 -c '
import sys
from osgeo import gdal
raster = gdal.Open("out.tif")
g = raster.GetGeoTransform()
got = "%dx%d" % (raster.RasterXSize, raster.RasterYSize)
sys.exit(0 if got == sys.argv[1] and abs(g[0] - float(sys.argv[2])) < g[1] else f"{got} from {g[0]}, not {sys.argv[1:]}")' "$@" ||
        fault "another extent"
}
# mask: a sum over which pixels of out.tif are valid, whatever its blocks
mask() { gdal_translate -q -b mask -of ENVI out.tif mask.bin && sha256sum <mask.bin; }

# ---- extents beyond the antimeridian, whatever the blocks, in geographic and cylindrical CRSs
half=20037508.342789244 whole=40075016.685578488
while read -r raster epsg extent res; do
    valid=
    for block in 64 512 1024; do
        warp --crs "EPSG:$epsg" --extent="$extent" --res "$res" -r bilinear --block-size $block -j2 $raster.tif
        [ "${valid:=$(mask)}" = "$(mask)" ] || fault "$raster is valid elsewhere in blocks of $block px: $epsg $extent"
        [ $block = 512 ] || look 0.6 $raster
    done
    cp out.tif two.tif
    warp --crs "EPSG:$epsg" --extent="$extent" --res "$res" -r bilinear --block-size 1024 -j1 $raster.tif
    cmp out.tif two.tif || fault "threads make a difference: $raster, $epsg $extent"
done <<CASES
whole 4326 0,-60,360,60 0.5
begun 4326 -540,-50,-170,50 0.5
merc 4326 0,-60,720,60 0.5
whole 4326 -900,-10,1300,10 1
merc 4326 541,-10,560,10 0.1
begun 4490 0,-60,360,60 0.5
whole 3857 0,-8000000,$whole,8000000 50000
merc 3857 -$half,-3000000,100000000,3000000 50000
merc 3395 0,-8000000,$whole,8000000 50000
begun 32662 0,-6000000,$whole,6000000 50000
CASES
for method in nearest cubic lanczos average mode med; do # several rounds in one block, and seams of both
    warp --crs EPSG:4326 --extent=0,-80,720,80 --res 1 -r $method whole.tif
    look 9 whole
    warp --crs EPSG:4326 --extent=-300,-50,270,50 --res 0.25 -r $method merc.tif
    look 9 merc
done
warp --crs EPSG:4326 --extent=0,-60,720,60 --res 1 -r sum whole.tif
look valid whole
warp --crs EPSG:3857 --extent=0,-8000000,$whole,8000000 --res 50000 -r bilinear --error-threshold 0 whole.tif
look 0.6 whole
# one scene over another, which shows through nowhere; and limits, which come again too
warp --crs EPSG:4326 --extent=100,-60,500,60 --res 0.5 -r bilinear begun.tif merc.tif whole.tif
look 0.6 whole
warp --crs EPSG:4326 --extent=0,-60,720,60 --res 0.5 -r bilinear --bbox=170,-20,-150,20 whole.tif
look 0.6 170,-20,210,20
warp --crs EPSG:4326 --extent=0,-60,720,60 --res 0.5 -r bilinear --bbox=-30,-20,40,20 merc.tif
look 0.6 -30,-20,40,20

# ---- scenes that the grid shows under another name
for extent in 176,-5,184,2 -184,-5,-176,2 536,-5,544,2; do
    for raster in a b gcps; do
        warp --crs EPSG:4326 --extent=$extent --res 0.02 -r bilinear --block-size 64 $raster.tif
        look 0.1 a
    done
done
for extent in 176,53,184,59 -184,53,-176,59; do
    warp --crs EPSG:4326 --extent=$extent --res 0.02 -r bilinear utm60.tif
    look 0.1 utm60
done
warp --crs EPSG:4326 --extent=280,22,285,27 --res 0.02 -r bilinear utm18.tif
look 0.1 utm18
warp --crs EPSG:3857 --extent=31000000,2500000,31800000,3100000 --res 2000 -r bilinear utm18.tif
look 0.1 utm18
expect 3 'lies within the output grid' "$imbrex" warp --crs EPSG:4326 --extent=290,22,300,27 utm18.tif no.tif
# Extents that are no whole rounds, though their blocks are
warp --crs EPSG:4326 --extent=-180,-90,30.9375,90 --res 0.3515625 -r bilinear whole.tif
look 0.6 whole
warp --crs EPSG:4326 --extent=-180,-5,30.9375,5 --res 0.3515625 -r bilinear a.tif b.tif
look valid a

# ---- the extent of what crosses the antimeridian is the narrowest
warp --crs EPSG:4326 a.tif b.tif
size 400x300 178
look 0.1 a
warp --crs EPSG:4326 b.tif
size 400x300 -182
for order in "a c" "c a" "b c" "a b c"; do
    # shellcheck disable=SC2086
    warp --crs EPSG:4326 $(printf '%s.tif ' $order)
    size 700x300 "$([ "$order" = "b c" ] && echo -182 || echo 178)"
    look 0.1 a c
done
warp --crs EPSG:4326 --res 0.02 -r bilinear utm60.tif
look 0.1 utm60
west=$(/usr/bin/python3 -c 'from osgeo import gdal; r = gdal.Open("out.tif"); g = r.GetGeoTransform(); print(172 < g[0] and g[0] + r.RasterXSize * g[1] < 184)')
[ "$west" = True ] || fault "utm60 has an extent all round the Earth"
warp --crs EPSG:4326 --res 0.02 -r bilinear --bbox=179,55,-179.5,57 utm60.tif
size 75x100 179
warp --crs EPSG:3857 --res 2000 -r bilinear utm60.tif
look 0.1 utm60
warp --crs EPSG:4326 --res 0.02 -r bilinear a.tif utm60.tif
look 0.1 a utm60
warp --crs EPSG:4326 --res 0.5 -r bilinear --bbox=170,-10,-160,10 whole.tif
size 60x40 170
look 0.6 whole
# limits that end near the antimeridian, on one side of it; what is left begins between -180 and 180 degrees
# around CORNERS: limit.json, that box
around() {
    /usr/bin/python3 -c '
import json, sys
w, s, e, n = (float(v) for v in sys.argv[1].split(","))
print(json.dumps({"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]}))' "$1" >limit.json
}
while read -r raster box extent west; do
    around "$box"
    for limit in --bbox="$box" "--cutline limit.json"; do
        # shellcheck disable=SC2086
        warp --crs EPSG:4326 --res 0.5 -r bilinear $limit $raster.tif
        size "$extent" "$west"
        look 0.6 "$box"
    done
done <<CASES
whole -161,18,-154,23 14x10 -161
whole -179,-20,-145,0 68x40 -179
whole -180,-20,-150,20 60x80 -180
whole 145,-20,179,0 68x40 145
whole 150,-20,180,20 60x80 150
whole 150,-20,210,20 120x80 150
whole -210,-20,-150,20 120x80 150
whole -100,-20,150,20 500x80 -100
whole -10,-20,170,20 360x80 -10
whole -161,18,160,23 642x10 -161
begun -161,18,-154,23 14x10 -161
begun -20,-20,30,20 100x80 -20
begun -100,-20,150,20 500x80 -100
CASES
for limit in --bbox=-161,18,-154,23 "--cutline limit.json"; do # columns 42 to 57
    around -161,18,-154,23
    # shellcheck disable=SC2086
    warp --crs EPSG:3857 --res 50000 -r bilinear $limit whole.tif
    size 16x12 -17937508.342789
    look 0.6 -161,18,-154,23
done
warp --crs EPSG:4326 --res 0.7 --align --bbox=-179.5,55,-176,57 utm60.tif # on the lattice under that name too
size 2x2 -179.2

warp --crs EPSG:4326 whole.tif
size 720x360 -180
warp --crs EPSG:4326 begun.tif
size 720x360 0

# ---- tiles of grids that begin elsewhere, and of more than one revolution
# set_of NAME CRS CORNER CELL COLUMNS ROWS: zooms 0 to 4 of a tile matrix set
set_of() {
    /usr/bin/python3 - "$@" <<'PYTHON'
import json, sys
name, crs, corner, cell, columns, rows = sys.argv[1:]
json.dump({"id": name, "crs": crs, "tileMatrices": [
    {"id": str(z), "cellSize": float(cell) / 2 ** z, "pointOfOrigin": json.loads(corner), "tileWidth": 256,
     "tileHeight": 256, "matrixWidth": int(columns) << z, "matrixHeight": int(rows) << z} for z in range(5)]}, open(name + ".json", "w"))
PYTHON
}
crs84=http://www.opengis.net/def/crs/OGC/1.3/CRS84
set_of half $crs84 '[90, 90]' 0.703125 1 1      # 180 degrees wide
set_of third $crs84 '[100, 90]' 0.703125 3 1    # 540
set_of strip $crs84 '[175, 5]' 0.0390625 1 1    # 10
for raster in whole begun; do
    expect 0 '' "$imbrex" tile --quiet --overwrite --grid half.json --encode terrain-rgb -r bilinear -z 0-2 $raster.tif half/
    check tiles half 2 4 4 90 90 180 || fault "holes in the tiles of $raster"
    expect 0 '' "$imbrex" tile --quiet --overwrite --grid third.json --encode terrain-rgb -r bilinear -z 1-1 $raster.tif third/
    check tiles third 1 6 2 100 90 540 || fault "holes in the tiles of $raster"
    checks=$((checks + 2))
done
for raster in a b; do # 178 to 182 of 175 to 185 at zoom 4: columns 4 to 11
    expect 0 '' "$imbrex" tile --quiet --overwrite --grid strip.json --encode terrain-rgb -z 4-4 $raster.tif strip/
    [ "$(echo $(ls strip/4 | sort -n))" = "4 5 6 7 8 9 10 11" ] || fault "columns $(echo $(ls strip/4)) of $raster"
done
set_of pacific http://www.opengis.net/def/crs/EPSG/0/3857 '[15000000, 5000000]' 39062.5 1 1
expect 0 '' "$imbrex" tile --quiet --overwrite --grid pacific.json --encode terrain-rgb -z 2-2 whole.tif pacific/
[ "$(echo $(ls pacific/2))" = "0 1 2 3" ] || fault "columns $(echo $(ls pacific/2)) of a web map from 15e6 on"

# ---- the bounds of archives within such limits
while read -r raster zooms box bounds; do
    around "$box"
    for limit in --bbox="$box" "--cutline limit.json"; do
        # shellcheck disable=SC2086
        expect 0 '' "$imbrex" tile --quiet --overwrite --encode terrain-rgb -r bilinear -z "$zooms" $limit $raster.tif limit.pmtiles
        checks=$((checks + 1))
        "$imbrex" info --json limit.pmtiles | /usr/bin/python3 -c '
import json, sys
info = json.load(sys.stdin)
wanted = [float(v) for v in sys.argv[1].split(",")]
middle = (wanted[0] + (wanted[2] + 360 if wanted[2] < wanted[0] else wanted[2])) / 2
wanted.append(middle - 360 if middle > 180 else middle)
got = info["bounds"] + info["center"][:1]
sys.exit(0 if all(abs(a - b) < 0.4 for a, b in zip(got, wanted)) else f"{got}, not {wanted}")' "$bounds" ||
            fault "other bounds: $raster $limit"
    done
done <<CASES
whole 0-2 -161,18,-154,23 -161,18,-154,23
whole 0-2 -180,18,-150,23 -180,18,-150,23
whole 0-2 150,18,180,23 150,18,180,23
whole 0-2 -100,-20,150,20 -100,-20,150,20
whole 0-2 170,-20,200,20 170,-20,-160,20
a 3-6 150,-2,179,-1 150,-2,179,-1
a 3-6 -179,-2,-150,-1 -179,-2,-150,-1
CASES
finish
