#!/bin/bash
# tests/cli/limits.sh: --bbox and --cutline: which pixels are left, by the definition and beside gdalwarp's; what is made
# and read; how bad ones are refused.
. "$SOURCE/tests/cli/lib.sh"
make_scenes
check() { checks=$((checks + 1)); /usr/bin/python3 "$SOURCE/tests/cli/check_limits.py" "$@" || fault "not within its limits: $*"; }

# polygons that overlap, one with a hole and an island in it, another with two parts
cat >cut.geojson <<'JSON'
{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"name":"a"},"geometry":{"type":"Polygon","coordinates":
[[[-59.5,9.5],[-55,9.8],[-54.2,6.3],[-57,7.7],[-59.7,6.1],[-59.5,9.5]],[[-58,9],[-57,9],[-57.5,8.3],[-58,9]]]}},
{"type":"Feature","properties":{"name":"b"},"geometry":{"type":"MultiPolygon","coordinates":
[[[[-57.6,8.7],[-57.4,8.7],[-57.4,8.9],[-57.6,8.9],[-57.6,8.7]]],[[[-56,7],[-53,7],[-53,9],[-56,9],[-56,7]]]]}}]}
JSON
gray=$scenes/gray.tif
expect 0 '' "$imbrex" warp --crs EPSG:32621 --res 1000 "$gray" whole.tif
expect 0 '' "$imbrex" warp --crs EPSG:32621 --res 1000 --cutline cut.geojson "$gray" cut.tif
check cut.tif whole.tif cut.geojson
ogr2ogr -q -t_srs EPSG:3857 -segmentize 0.01 cut.gpkg cut.geojson -nln areas
ogr2ogr -q -t_srs EPSG:3857 cut.shp cut.geojson
expect 0 '' "$imbrex" warp --crs EPSG:32621 --res 1000 --cutline cut.shp --cutline-where "name = 'b'" "$gray" b.tif
check b.tif whole.tif cut.shp "name = 'b'"
expect 0 '' "$imbrex" warp --crs EPSG:32621 --res 1000 --bbox=-58,7,-55,8.5 "$gray" box.tif
cat >box.geojson <<'JSON'
{"type":"Polygon","coordinates":[[[-58,7],[-55,7],[-55,8.5],[-58,8.5],[-58,7]]]}
JSON
check box.tif whole.tif box.geojson
expect 0 '' "$imbrex" warp --crs EPSG:32621 --res 1000 --cutline box.geojson "$gray" box2.tif
expect 0 '' "$imbrex" warp --crs EPSG:32621 --res 1000 --bbox=-58,7,-55,8.5 --bbox-crs EPSG:4326 "$gray" box3.tif
/usr/bin/python3 - <<'PYTHON' || fault "a box is not the polygon of its corners"
from osgeo import gdal
a, b, c = (gdal.Open(name).ReadAsArray() for name in ("box.tif", "box2.tif", "box3.tif"))
assert (a == b).all() and (a == c).all()
PYTHON

# Beside gdalwarp, which cuts in the scene's pixels: nothing differs but along the outline.
gdalwarp -q -t_srs EPSG:32621 -et 0 -r bilinear -dstalpha -cutline cut.geojson \
    -te $(gdalinfo -json cut.tif | /usr/bin/python3 -c 'import json, sys; c = json.load(sys.stdin)["cornerCoordinates"]; print(*c["lowerLeft"], *c["upperRight"])') \
    -tr 1000 1000 "$gray" gdal.tif
/usr/bin/python3 - <<'PYTHON' || fault "not the mask of gdalwarp -cutline"
import numpy as np
from osgeo import gdal
ours, theirs = gdal.Open("cut.tif"), gdal.Open("gdal.tif")
a, b = ours.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0, theirs.GetRasterBand(2).ReadAsArray() > 0
edge = np.zeros(a.shape, bool)
for k in (0, 1):
    step = np.diff(a, axis=k)
    edge |= np.pad(step, [(0, 1) if i == k else (0, 0) for i in (0, 1)])
    edge |= np.pad(step, [(1, 0) if i == k else (0, 0) for i in (0, 1)])
assert a.any() and not ((a != b) & ~edge).any(), ((a != b) & ~edge).sum()
PYTHON

# Tiles: those outside are not made, the bounds are the limits', the bytes one whatever the threads and memory.
expect 0 '' "$imbrex" tile -f png -z 0-9 --bbox=-58.5,6.5,-55.5,9.2 "$gray" box/
expect 0 'bounds +-58.5, 6.5, -55.5, 9.2 ' "$imbrex" info box
expect 0 'bbox=\[-58.5,6.5,-55.5,9.2\] in OGC:CRS84' "$imbrex" info box
expect 0 sound "$imbrex" verify box
expect 0 '' "$imbrex" tile -f png -z 0-9 "$gray" all/
[ "$(find box/9 -name '*.png' | wc -l)" -lt "$(($(find all/9 -name '*.png' | wc -l) / 2))" ] || fault "tiles outside of the box"
/usr/bin/python3 - <<'PYTHON' || fault "tiles are not those of the whole, cut"
import glob, math, os
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
side = 256 * 2 ** 9
def pixel_of(lon, lat):
    return (lon + 180) / 360 * side, (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side
left, top = pixel_of(-58.5, 9.2)
right, bottom = pixel_of(-55.5, 6.5)
seen = 0
for path in glob.glob("all/9/*/*.png"):
    x, y = int(path.split("/")[2]) * 256, int(os.path.basename(path)[:-4]) * 256
    columns, rows = np.meshgrid(x + np.arange(256) + 0.5, y + np.arange(256) + 0.5)
    held = (columns > left) & (columns < right) & (rows > top) & (rows < bottom)
    cut = path.replace("all", "box", 1)
    if not held.any():
        assert not os.path.exists(cut), cut
        continue
    def rgba(name):
        d = gdal.Open(name)
        if d.GetRasterBand(1).GetColorTable():
            d = gdal.Translate("", d, format="MEM", rgbExpand="rgba")
        a = d.ReadAsArray()
        a = a[None] if a.ndim == 2 else a
        alpha = a[-1:] if len(a) in (2, 4) else np.full((1, 256, 256), 255, np.uint8)
        return np.concatenate([a[:3] if len(a) > 2 else np.repeat(a[:1], 3, axis=0), alpha])
    want, have = rgba(path), rgba(cut)
    want[:, ~held] = 0
    have[:3, have[3] == 0] = 0
    assert (want == have).all(), cut
    seen += 1
assert seen > 10, seen
PYTHON
for how in "-j1" "-j2 --memory 128M" "-j3 --cpu-mask scalar"; do
    # shellcheck disable=SC2086
    expect 0 '' "$imbrex" tile $how --overwrite -r cubic -z 2-10 --bbox=-58.5,6.5,-55.5,9.2 --cutline cut.gpkg "$gray" both.pmtiles
    sha256sum <both.pmtiles >>sums
done
[ "$(sort -u sums | wc -l)" = 1 ] || fault "limited tiles depend on how they were made"
expect 0 sound "$imbrex" verify both.pmtiles
expect 0 'cutline .* in EPSG:3857' "$imbrex" tile --dry-run --cutline cut.gpkg "$gray" x.pmtiles
"$imbrex" tile --dry-run --json --cutline cut.gpkg --bbox=-58,7,-55,8 "$gray" x.pmtiles >plan.json
grep -q '"cutline":{"crs":"EPSG:3857","rings":\[\[' plan.json || fault "the plan lacks its cutline"

# Nothing outside is decoded: the box lies in one of the six blocks of 256 x 256 px.
expect 0 '"blocks_decoded":1,' "$imbrex" tile --progress json --bbox=-59.9,8,-58,9.9 -z 0-8 "$gray" one.pmtiles
expect 0 '"blocks_decoded":6,' "$imbrex" tile --progress json -z 0-8 "$gray" six.pmtiles

# Scenes outside have no say: neither in the zoom nor in the list.
expect 0 '' "$imbrex" tile --bbox=-60,6,-54,10 "$gray" "$scenes/left.tif" two.pmtiles
expect 0 'scenes +1,' "$imbrex" info two.pmtiles
expect 0 'zooms +0 to 8' "$imbrex" info two.pmtiles

# Across the antimeridian: tiles on both sides, none in between.
gdal_translate -q -a_srs EPSG:4326 -a_ullr 170 10 190 -10 "$gray" dateline.tif
expect 0 '' "$imbrex" tile -f png -z 6 --bbox 175,-5,-175,5 dateline.tif date/
[ "$(ls date/6 | sort -n | tr '\n' ' ')" = "0 63 " ] || fault "the columns are $(ls date/6)"

# What is not right is said in one sentence, and nothing is left behind.
expect 2 "--bbox: '1,2,3' is not WEST,SOUTH,EAST,NORTH" "$imbrex" tile --bbox 1,2,3 "$gray" bad.pmtiles
expect 2 'not WEST' "$imbrex" tile --bbox 1,2,3,x "$gray" bad.pmtiles
expect 2 '--bbox: the box 1,3,2,3 is empty' "$imbrex" tile --bbox 1,3,2,3 "$gray" bad.pmtiles
expect 2 '--bbox-crs: there is no --bbox' "$imbrex" tile --bbox-crs EPSG:3857 "$gray" bad.pmtiles
expect 2 '--cutline-where: there is no --cutline' "$imbrex" tile --cutline-where a=1 "$gray" bad.pmtiles
expect 2 '--tps: another kind of georeferencing' "$imbrex" tile --order 2 --tps "$gray" bad.pmtiles
expect 2 '--rpc-height: the heights are those of --dem' "$imbrex" tile --rpc-height 10 --dem "$gray" "$gray" bad.pmtiles
expect 3 '--bbox: no scene lies in it' "$imbrex" tile --bbox 1,1,2,2 "$gray" bad.pmtiles
one_line
expect 3 '--bbox: no scene lies in it' "$imbrex" warp --bbox 1,1,2,2 "$gray" bad.tif
expect 3 'no scene lies in both' "$imbrex" tile --bbox=-60,9.9,-59,10 --cutline cut.geojson "$gray" bad.pmtiles
expect 2 "^imbrex tile: --bbox-crs 'EPSG:99999': not a CRS: give" "$imbrex" tile --bbox 1,1,2,2 --bbox-crs EPSG:99999 "$gray" bad.pmtiles
expect 3 'none.gpkg: no such file' "$imbrex" tile --cutline none.gpkg "$gray" bad.pmtiles
expect 3 'not a vector file' "$imbrex" tile --cutline "$gray" "$gray" bad.pmtiles
one_line
echo '{"type":"LineString","coordinates":[[-58,7],[-57,8]]}' >line.geojson
expect 3 'is a LINESTRING: a cutline is made of polygons' "$imbrex" tile --cutline line.geojson "$gray" bad.pmtiles
expect 3 'no polygon in it that' "$imbrex" tile --cutline cut.geojson --cutline-where "name = 'z'" "$gray" bad.pmtiles
expect 2 'is no condition' "$imbrex" tile --cutline cut.geojson --cutline-where 'na me' "$gray" bad.pmtiles
expect 3 'has no layer zz, but areas' "$imbrex" tile --cutline cut.gpkg --cutline-layer zz "$gray" bad.pmtiles
ogr2ogr -q -update cut.gpkg line.geojson -nln lines
expect 3 'several layers \(areas, lines\)' "$imbrex" tile --cutline cut.gpkg "$gray" bad.pmtiles
expect 0 '' "$imbrex" warp --cutline cut.gpkg --cutline-layer areas "$gray" ok.tif
rm cut.prj
expect 3 'no coordinate reference system: give one with --cutline-crs' "$imbrex" warp --cutline cut.shp "$gray" bad.tif
expect 0 '' "$imbrex" warp --cutline cut.shp --cutline-crs EPSG:3857 "$gray" ok2.tif
cmp -s ok.tif ok2.tif && fault "the fingerprints of two outlines are the same" # ok.tif: with more corners
[ -z "$(ls -d bad* 2>/dev/null)" ] || fault "a refused job left something behind"
finish
