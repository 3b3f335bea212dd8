#!/bin/bash
# tests/cli/grids.sh: `imbrex tile --grid`: built-in tile matrix sets, sets out of a file, their zooms' identifiers, and what
# an archive says of them afterwards.
. "$SOURCE/tests/cli/lib.sh"
make_scenes

# Published identifiers: Tianditu's c begins at 1 with 2 x 1 tiles.
expect 0 'zooms 1-' "$imbrex" tile --grid CGCS2000Quad "$scenes/gray.tif" c/
[ -d c/1 ] && [ ! -e c/0 ] || fault "CGCS2000Quad does not begin at folder 1: $(ls c)"
expect 0 'CGCS2000Quad \(EPSG:4490\)' "$imbrex" info c
expect 0 'zooms +1 to' "$imbrex" info c
expect 0 sound "$imbrex" verify c
grep -q '"minzoom":1,' c/metadata.json || fault "minzoom is not the published one"
expect 0 'zooms 3-' "$imbrex" tile --grid cgcs2000quad -z 3-auto "$scenes/gray.tif" c3/
[ ! -e c3/2 ] || fault "-z 3-auto made zoom 2"
for z in c3/[0-9]*; do diff -r "c/${z#c3/}" "$z" >/dev/null || fault "zoom ${z#c3/} depends on the coarsest zoom"; done
expect 2 'has zooms 1 to 20, not 0' "$imbrex" tile --grid CGCS2000Quad -z 0-3 "$scenes/gray.tif" bad/
expect 2 'has zooms 1 to 20, not 21' "$imbrex" tile --grid CGCS2000Quad -z 21 "$scenes/gray.tif" bad/
expect 2 'WebMercatorQuad only' "$imbrex" tile --grid CGCS2000Quad "$scenes/gray.tif" bad.pmtiles
expect 2 'neither a grid nor a file' "$imbrex" tile --grid CGCS2001Quad "$scenes/gray.tif" bad/
expect 2 'UTM01WGS84Quad to UTM60WGS84Quad' "$imbrex" tile --grid no/such.json "$scenes/gray.tif" bad/
[ ! -e bad ] || fault "a refused job left something behind"

# Between datums that agree to about a metre no operation is needed, so that there is nothing to warn of; between others...
for epsg in 4490 4610; do
    /usr/bin/python3 -c '
import sys
from osgeo import gdal, osr
gdal.UseExceptions()
crs = osr.SpatialReference()
crs.ImportFromEPSG(int(sys.argv[1]))
raster = gdal.GetDriverByName("GTiff").Create(f"china_{sys.argv[1]}.tif", 200, 200, 1)
raster.SetProjection(crs.ExportToWkt())
raster.SetGeoTransform((100, 0.01, 0, 31, 0, -0.01))
raster.GetRasterBand(1).Fill(90)' $epsg || exit 1
done
for grid in WebMercatorQuad CGCS2000Quad; do
    expect 0 '' "$imbrex" tile --dry-run --grid $grid china_4490.tif x/
    [ ! -s err.txt ] || fault "said of CGCS2000 on $grid: $(cat err.txt)"
    expect 0 "warning: china_4610.tif: only a ballpark transformation to $grid is known: it may lie off by metres" \
        "$imbrex" tile --dry-run --grid $grid china_4610.tif x/
done
expect 0 "no operation in PROJ's database; CGCS2000 and WGS 84 agree to about a metre" "$imbrex" info china_4490.tif
! grep -q ballpark: out.txt || fault "info calls CGCS2000 a guess"
expect 0 'ballpark: may lie off by metres' "$imbrex" info china_4610.tif
expect 0 '"same_datums": *\[ *"CGCS2000",' "$imbrex" info --json china_4490.tif
expect 0 '"ballpark": *true' "$imbrex" info --json china_4610.tif

# A projected grid: bounds come from PROJ.
expect 0 '' "$imbrex" tile --grid WorldMercatorWGS84Quad -z 0-2 "$scenes/gray.tif" m/
expect 0 sound "$imbrex" verify m

# A set of one's own: steps of 2 and one of 1.8, latitude first, identifiers from 5, rows from below.
matrix() { printf '{"id":"%s","cellSize":%s,"cornerOfOrigin":"%s","pointOfOrigin":%s,"tileWidth":256,"tileHeight":256,"matrixWidth":%s,"matrixHeight":%s}' "$@"; }
set_of() { local IFS=,; printf '{"id":"%s","crs":"http://www.opengis.net/def/crs/EPSG/0/4490","tileMatrices":[%s]}' "$1" "${*:2}"; }
set_of Mine "$(matrix 5 0.9 topLeft '[90,-180]' 2 1)" "$(matrix 6 0.5 topLeft '[90,-180]' 3 2)" "$(matrix 7 0.25 topLeft '[90,-180]' 6 3)" >mine.json
expect 0 'zooms 6-7' "$imbrex" tile --grid mine.json -z 6-7 "$scenes/gray.tif" mine/
expect 0 'grid +Mine \(EPSG:4490\)' "$imbrex" info mine
expect 0 sound "$imbrex" verify mine
expect 0 'zooms 5-5' "$imbrex" tile --grid mine.json -z 5 "$scenes/gray.tif" mine5/
expect 0 'zooms 5-7 in 2 chains' "$imbrex" tile --grid mine.json -z 5-7 "$scenes/gray.tif" mine57/
for z in mine/[67] mine5/5; do diff -r "$z" "mine57/${z#*/}" >/dev/null || fault "zoom ${z#*/} of two chains is another one"; done

# Rows from below: the same tiles under other names.
set_of Up "$(matrix 6 0.5 bottomLeft '[-166,-180]' 3 2)" "$(matrix 7 0.25 bottomLeft '[-166,-180]' 6 4)" >up.json
set_of Down "$(matrix 6 0.5 topLeft '[90,-180]' 3 2)" "$(matrix 7 0.25 topLeft '[90,-180]' 6 4)" >down.json
expect 0 '' "$imbrex" tile --grid up.json -z 6-7 "$scenes/gray.tif" up/
expect 0 '' "$imbrex" tile --grid down.json -z 6-7 "$scenes/gray.tif" down/
expect 0 sound "$imbrex" verify up
for name in $(cd down && find 6 7 -name '*.png'); do
    z=${name%%/*} y=$(basename "$name" .png) x=$(basename "$(dirname "$name")")
    cmp -s "down/$name" "up/$z/$x/$(((z == 6 ? 1 : 3) - y)).png" || fault "row $y of zoom $z, column $x is not the one from below"
done

# A file that describes a built-in set is that set.
set_of CGCS2000Quad "$(for z in $(seq 1 20); do matrix "$z" "$(awk "BEGIN { printf \"%.17g\", 1.40625 / 2^$z }")" topLeft '[90,-180]' $((2 ** z)) $((2 ** (z - 1))); [ "$z" = 20 ] || printf ,; done)" >known.json
expect 0 '' "$imbrex" tile --grid known.json -z 1-3 "$scenes/gray.tif" known/
expect 0 '' "$imbrex" tile --grid CGCS2000Quad -z 1-3 "$scenes/gray.tif" builtin/
diff -r known builtin >/dev/null || fault "a file with CGCS2000Quad is not CGCS2000Quad"

# So is one with fewer of its zooms; but not what only has its name.
set_of CGCS2000Quad "$(matrix 1 0.703125 topLeft '[90,-180]' 2 1)" "$(matrix 2 0.3515625 topLeft '[90,-180]' 4 2)" >top.json
expect 0 '' "$imbrex" tile --grid top.json -z 1-2 "$scenes/gray.tif" top/
expect 0 '' "$imbrex" tile --grid CGCS2000Quad -z 1-2 "$scenes/gray.tif" whole/
for z in 1 2; do diff -r top/$z whole/$z >/dev/null || fault "zoom $z of the top of CGCS2000Quad is another one"; done
set_of cgcs2000quad "$(matrix 1 0.703125 topLeft '[91,-180]' 2 1)" "$(matrix 2 0.3515625 topLeft '[91,-180]' 4 2)" >false.json
expect 3 'false.json: has the id of CGCS2000Quad, but other matrices: give it an id of its own' "$imbrex" tile --grid false.json "$scenes/gray.tif" bad/
one_line
set_of Twice "$(matrix 1 0.703125 topLeft '[90,-180]' 2 1)" "$(matrix 1 0.3515625 topLeft '[90,-180]' 4 2)" >twice.json
expect 3 "twice.json: the tile matrix set has two matrices with the id '1'" "$imbrex" tile --grid twice.json "$scenes/gray.tif" bad/
[ ! -e bad ] || fault "a refused grid left something behind"

# Twice the pixels in each tile: the zoom that a scene needs is one less, its pixels are those of the finer zoom.
expect 0 'zooms 0-8' "$imbrex" tile --retina -f png -z 0-8 "$scenes/gray.tif" retina/
expect 0 'tiles +[0-9]+, png, 512 x 512 px' "$imbrex" info retina
expect 0 'zooms 0-9' "$imbrex" tile -f png -z 0-9 "$scenes/gray.tif" plain/
/usr/bin/python3 - <<'PYTHON' || fault "a retina tile is not the four of the next zoom"
import glob, os
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
def gray(path):
    if not os.path.exists(path):
        return np.zeros((256, 256), int)
    d = gdal.Open(path)
    if d.GetRasterBand(1).GetColorTable():
        d = gdal.Translate("", d, format="MEM", rgbExpand="rgba")
    a = d.ReadAsArray().astype(int)
    return a[0] * (a[-1] > 0) if a.ndim == 3 and len(a) in (2, 4) else a if a.ndim == 2 else a[0]
seen = 0
for path in glob.glob("retina/8/*/*.png"):
    x, y = int(path.split("/")[2]), int(os.path.basename(path)[:-4])
    four = np.block([[gray(f"plain/9/{2 * x + i}/{2 * y + j}.png") for i in (0, 1)] for j in (0, 1)])
    assert (gray(path) == four).all(), path
    seen += 1
assert seen > 5, seen
PYTHON
expect 2 '--retina: --tile-size says already' "$imbrex" tile --retina --tile-size 512 "$scenes/gray.tif" bad/
expect 2 "--retina: the rasters' own" "$imbrex" tile --retina --raster-grid "$scenes/gray.tif" bad/

# The rasters' own pixels, square or not: the base level is the raster, to the byte.
expect 0 'zooms 0-' "$imbrex" tile --raster-grid "$scenes/gray.tif" own/
expect 0 'grid +RasterGrid' "$imbrex" info own
expect 0 sound "$imbrex" verify own
/usr/bin/python3 - "$scenes/gray.tif" own <<'PYTHON' || fault "the base level is not the raster"
import glob, os, sys
import numpy as np
from osgeo import gdal
source = gdal.Open(sys.argv[1]).ReadAsArray()
top = max(int(name) for name in os.listdir(sys.argv[2]) if name.isdigit())
seen = 0
for path in glob.glob(f"{sys.argv[2]}/{top}/*/*.png"):
    x, y = int(path.split("/")[-2]), int(os.path.basename(path)[:-4])
    part = source[256 * y:256 * y + 256, 256 * x:256 * x + 256]
    tile = gdal.Open(path).ReadAsArray()
    gray = tile if tile.ndim == 2 else tile[0]
    same = gray[:part.shape[0], :part.shape[1]] == part
    hidden = False if tile.ndim == 2 or len(tile) == 3 else tile[-1][:part.shape[0], :part.shape[1]] == 0
    assert (same | hidden).all(), path
    seen += part.size
assert seen == source.size, (seen, source.size)
PYTHON
expect 3 'are not those of the first' "$imbrex" tile --raster-grid "$scenes/left.tif" "$scenes/gray.tif" bad/
one_line

# Rasters that do not lie north up in a CRS, whatever else says where they lie: their plain image, to the byte, without a place.
mkdir plane
/usr/bin/python3 - <<'PYTHON' || exit 1
import numpy as np
from osgeo import gdal, osr
gdal.UseExceptions()
utm, local = osr.SpatialReference(), osr.SpatialReference('LOCAL_CS["my garden",UNIT["metre",1]]')
utm.ImportFromEPSG(32650)
rng = np.random.default_rng(5)
def make(name, geotransform=None, crs=None, gcps=None, rpc=None):
    raster = gdal.GetDriverByName("GTiff").Create(f"plane/{name}.tif", 700, 300, 3, options=["TILED=YES", "PHOTOMETRIC=RGB"])
    for b in range(3):
        raster.GetRasterBand(b + 1).WriteArray(rng.integers(0, 256, (300, 700), np.uint8))
    if geotransform: raster.SetGeoTransform(geotransform)
    if crs: raster.SetSpatialRef(crs)
    if gcps: raster.SetGCPs([gdal.GCP(x, y, 0, p, l) for x, y, p, l in gcps], utm)
    if rpc: raster.SetMetadata(rpc, "RPC")
make("rotated", (500000, 8, 3, 3300000, 3, -8), utm)
make("south_up", (500000, 10, 0, 3300000, 0, 10), utm)
make("mirrored", (500000, -10, 0, 3300000, 0, -10), utm)
make("gcps", gcps=[(500000, 3300000, 0, 0), (507000, 3300100, 700, 0), (500000, 3297000, 0, 300)])
make("plain")
make("local", (0, 1, 0, 300, 0, -1), local)
make("no_crs", (500000, 10, 0, 3300000, 0, -10))
mars = osr.SpatialReference()
mars.ImportFromProj4("+proj=merc +a=3396190 +b=3376200 +units=m")
make("mars", (500000, 10, 0, 300000, 0, -10), mars)
zeros = " ".join(["0"] * 18)
make("rpc", rpc={"LINE_OFF": "150", "SAMP_OFF": "350", "LAT_OFF": "30", "LONG_OFF": "117", "HEIGHT_OFF": "0", "LINE_SCALE": "150",
    "SAMP_SCALE": "350", "LAT_SCALE": "0.1", "LONG_SCALE": "0.1", "HEIGHT_SCALE": "500", "LINE_NUM_COEFF": "0 0 -1 " + zeros[2:],
    "LINE_DEN_COEFF": "1 0 " + zeros, "SAMP_NUM_COEFF": "0 1 " + zeros, "SAMP_DEN_COEFF": "1 0 " + zeros})
PYTHON
for name in rotated south_up mirrored gcps plain local no_crs mars rpc; do
    expect 0 'zooms 0-2' "$imbrex" tile --raster-grid -f png "plane/$name.tif" "plane/$name/"
    expect 0 "grid +RasterGrid \\(a raster's own pixels, without a place on the Earth\\)" "$imbrex" info "plane/$name"
    ! grep -q -e '^bounds' -e '^center' out.txt || fault "$name: info gives a place"
    expect 0 '"bounds": *null' "$imbrex" info --json "plane/$name"
    expect 0 sound "$imbrex" verify "plane/$name"
    ! grep -q -e bounds -e center "plane/$name/metadata.json" || fault "$name: the metadata give a place"
    /usr/bin/python3 - "plane/$name.tif" "plane/$name" <<'PYTHON' || fault "$name: the base level is not the raster"
import json, sys
import numpy as np
from osgeo import gdal
source = gdal.Open(sys.argv[1]).ReadAsArray()
for y in range(2):
    for x in range(3):
        part = source[:, 256 * y:256 * y + 256, 256 * x:256 * x + 256]
        tile = gdal.Open(f"{sys.argv[2]}/2/{x}/{y}.png").ReadAsArray()
        h, w = part.shape[1:]
        assert (tile[:3, :h, :w] == part).all(), (x, y)
        assert h == w == 256 or ((tile[3, :h, :w] == 255).all() and tile[3].sum() == 255 * h * w), (x, y)
own = json.load(open(sys.argv[2] + "/metadata.json"))["imbrex"]["tile_matrix_set"]
assert own["crs"]["wkt"].startswith("ENGCRS["), own["crs"]
assert own["tileMatrices"][2]["cellSize"] == 1 and own["tileMatrices"][2]["pointOfOrigin"] == [0, 0], own
assert abs(own["tileMatrices"][2]["scaleDenominator"] - 1) < 1e-12, own
PYTHON
done
expect 0 'bounds +the raster.s own pixels' "$imbrex" tile --dry-run --raster-grid plane/plain.tif bad/
expect 0 '' "$imbrex" tile --raster-grid --src-crs EPSG:32650 plane/no_crs.tif plane/placed/
expect 0 'bounds +117' "$imbrex" info plane/placed
expect 3 'no place beside those of other rasters: tile it alone' "$imbrex" tile --raster-grid plane/plain.tif plane/rotated.tif bad/
one_line
echo '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}' >plane/cut.geojson
for option in --bbox=1,1,2,2 --cutline=plane/cut.geojson --hillshade --slope --dem=none.tif --rpc-height=5 --src-crs=EPSG:32650; do
    [[ $option != --hillshade && $option != --slope ]] || bands=--bands=1
    expect 2 "have no place on the Earth: leave ${option%%=*}|leave --dem, --geoid or --rpc-height out" "$imbrex" tile --raster-grid ${bands:-} "$option" plane/plain.tif bad/
done
for option in --rpc --tps --geoloc --order=1; do
    expect 2 '--raster-grid tiles their own pixels' "$imbrex" tile --raster-grid "$option" plane/gcps.tif bad/
    one_line
done

# Refused before any work.
set_of Wide "$(matrix 0 1 topLeft '[90,-180]' 2 1 | sed 's/}$/,"variableMatrixWidths":[{"coalesce":2,"minTileRow":0,"maxTileRow":0}]}/')" >wide.json
expect 3 'variable matrix widths' "$imbrex" tile --grid wide.json "$scenes/gray.tif" bad/
one_line
# What contradicts itself is: EPSG:4326 has latitude first, whatever orderedAxes say; longitude first is OGC:CRS84.
set_of Swapped "$(matrix 0 0.703125 topLeft '[-180,90]' 2 1)" | sed 's/,"tileMatrices"/,"orderedAxes":["Lon","Lat"]&/; s/4490/4326/' >swapped.json
expect 3 'orderedAxes are Lon, Lat, but the axes of its crs.* are Lat, Lon.*longitude first is OGC:CRS84' "$imbrex" tile --grid swapped.json "$scenes/gray.tif" bad/
one_line
sed 's|EPSG/0/4326|OGC/1.3/CRS84|' swapped.json >crs84.json
expect 0 '' "$imbrex" tile --grid crs84.json -z 0 "$scenes/gray.tif" crs84/
set_of Right "$(matrix 0 0.703125 topRight '[90,180]' 2 1)" >right.json
expect 3 "cornerOfOrigin 'topRight' is neither topLeft nor bottomLeft" "$imbrex" tile --grid right.json "$scenes/gray.tif" bad/
one_line
set_of Scale "$(matrix 0 0.703125 topLeft '[90,-180]' 2 1 | sed 's/}$/,"scaleDenominator":139770566.00717944}/')" >scale.json
expect 3 'cellSize is 0.703125, which makes a scaleDenominator of 279541132' "$imbrex" tile --grid scale.json "$scenes/gray.tif" bad/
one_line
echo '{"crs":"EPSG:999999","tileMatrices":[]}' >unknown.json
expect 3 "unknown.json: 'EPSG:999999' is not a coordinate reference system" "$imbrex" tile --grid unknown.json "$scenes/gray.tif" bad/
one_line
[ ! -e bad ] || fault "a refused job left something behind"
finish
