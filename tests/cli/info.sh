#!/bin/bash
# imbrex info of rasters: its numbers against numpy and PROJ (check_info.py), its words, its options, its refusals.
#   info.sh [real]
. "$(dirname "$0")/lib.sh"
if [ "${1:-}" = real ]; then
    real_only
    /usr/bin/python3 "$SOURCE/tests/cli/check_info.py" real "$imbrex" "$DATA" || fault "info and what is known of real rasters differ"
    checks=1
    finish
fi
/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"
/usr/bin/python3 "$SOURCE/tests/cli/check_info.py" make . || exit 1
/usr/bin/python3 "$SOURCE/tests/cli/check_info.py" check "$imbrex" . || fault "info and what is known of its rasters differ"

# ---- words
line() { expect 0 "$1" "$imbrex" info "${@:2}"; }
line '^  band  type  colour  nodata  scale  offset  unit  min    max +mean +std +valid  name$' numbers.tif
line '^     1  u16   gray +7    0.5 +-10  K +8  65535 .* 99\.9[0-9]* %  first$' numbers.tif
line '^size +60 x 50 px, GTiff$' numbers.tif
line '^statistics +measured on all pixels$' numbers.tif
line '^valid +nodata 7: 99.9[0-9]* % of the pixels$' numbers.tif
line '^crs +EPSG:32632, WGS 84 / UTM zone 32N$' numbers.tif
line '^shown +band 1 of u16 as gray, percentiles 2 to 98, from' numbers.tif
line '^lane +numbers' numbers.tif
line '^tiles +[0-9]+, zooms 0 to [0-9]+, about .*; format auto' numbers.tif
line '^statistics +measured on the overview of 1024 x 1024 px \(1/4 of the pixels\); --stats: of all$' overviews.tif
line '^statistics +measured on 16 of 64 blocks \(1/4 of the pixels\); --stats: of all$' blocks.tif
line '^statistics +measured on all pixels$' --stats blocks.tif
line '^statistics +those of the file; --stats: of all$' said.tif
line '^statistics +measured on all pixels$' --stats said.tif
line '^  and 22 more \(--json lists all\)$' many.tif
[ "$("$imbrex" info many.tif | grep -c '^ *[0-9]  u8')" = 8 ] || fault "of many bands not the first eight"
line '^bounds .*west, south, east, north; degrees; across the antimeridian\)' dateline.tif
line '^placed by +geotransform, rotated$' turned.tif
line '^valid +alpha band 4: 75 % of the pixels$' alpha.tif
line '^tiles +none: no pixel is valid$' nothing.tif
line '^warning +nothing.tif: no valid pixel was found' nothing.tif
expect 3 'not one tile with anything in it' "$imbrex" tile nothing.tif x.pmtiles
[ "$("$imbrex" info numbers.tif | awk 'NR > 2 && /^ /{exit !($2 == "type")}; 0' && echo ok)" = ok ] || fault "no table"

# ---- without a place: described, and what to say to tile
line '^tiles +none: no coordinate reference system: give the CRS with --src-crs EPSG:n$' nocrs.tif
line '^     1  u8 .* 0  199 ' nocrs.tif
line '^crs +EPSG:32632' --src-crs EPSG:32632 nocrs.tif
line '^  band  type .*' plain.tif
line '^tiles +none: .*' plain.tif
line '^     1  ci16' complex.tif
line '^tiles +none: band 1 is CInt16' complex.tif

# ---- several: what tile would take of a folder, in its order, a line for each and the tiles of all; JSON: a list
mkdir shelf shelf/.hidden && cp numbers.tif turned.tif shelf && echo words >shelf/readme.txt
line '^scenes +2$' shelf
line '^  numbers.tif +GTiff +60 x 50 +band 1 of u16 as gray +[0-9.]+ m +[0-9]+  EPSG:32632$' shelf/
line '^  turned.tif +GTiff ' 'shelf/*.tif'
"$imbrex" info shelf | grep '^tiles' >shelf.txt
"$imbrex" tile --dry-run --json shelf x.pmtiles >shelf.json
checks=$((checks + 1))
/usr/bin/python3 - "$imbrex" <<'PYTHON' || fault "info of a folder is not what tile would do"
import json, re, subprocess, sys
words = open("shelf.txt").read()
plan = json.load(open("shelf.json"))
total, zooms = sum(plan["tiles"]), (plan["options"]["zoom_min"], plan["options"]["zoom_max"])
assert re.match(rf"tiles +{total:,}, zooms %d to %d, " % zooms, words), (words, total, zooms)
told = json.loads(subprocess.run([sys.argv[1], "info", "--json", "shelf"], capture_output=True, check=True).stdout)
assert [one["raster"] for one in told] == ["shelf/numbers.tif", "shelf/turned.tif"], told
alone = json.loads(subprocess.run([sys.argv[1], "info", "--json", "shelf/turned.tif"], capture_output=True, check=True).stdout)
assert told[1] == alone
PYTHON
cp nocrs.tif shelf # described, and why there would be no tiles
line '^refused +shelf/nocrs.tif: no coordinate reference system' shelf
line '^tiles +none while 1 of 3 scenes is refused$' shelf
line '^tiles +[0-9,]+, zooms' --src-crs EPSG:32632 shelf
head -c 90 numbers.tif >shelf/cut.tif # not even described
expect 3 'shelf: 1 of 4 scenes cannot be read' "$imbrex" info shelf
one_line
grep -qE '^refused +shelf/cut.tif: ' out.txt && grep -qE '^  turned.tif +GTiff' out.txt || fault "one damaged raster hides the others"
expect 3 'shelf: 1 of 4 scenes cannot be read' "$imbrex" info --json shelf
/usr/bin/python3 -c '
import json
told = json.load(open("out.txt"))
assert len(told) == 4 and set(told[0]) == {"kind", "raster", "problem"} and "cut.tif" in told[0]["problem"], told' ||
    fault "one damaged raster hides the others in JSON"
mkdir one && cp numbers.tif one
line '^raster +one/numbers.tif$' one
expect 0 '^\[\{.*\}\]$' "$imbrex" info --json one
expect 3 'shelf/.hidden: not a folder of tiles: .*; shelf/.hidden: no rasters .* in this directory, and no deliveries' "$imbrex" info shelf/.hidden
one_line
expect 2 'nonsense' "$imbrex" info --stretch nonsense shelf

# ---- archives across the antimeridian: bounds west > east, a centre where data are; for clients -180 to 180
expect 0 '' "$imbrex" tile dateline.tif line.pmtiles
expect 0 '' "$imbrex" tile --grid WorldCRS84Quad dateline.tif line
expect 0 '' "$imbrex" tile swath.tif swath.pmtiles
expect 0 '' "$imbrex" tile numbers.tif one.pmtiles
for archive in line.pmtiles line; do
    expect 0 '^bounds .*degrees; across the antimeridian\)$' "$imbrex" info $archive
done
! "$imbrex" info one.pmtiles | grep -q antimeridian || fault "what does not cross the antimeridian is said to"
checks=$((checks + 1))
/usr/bin/python3 "$SOURCE/tests/cli/check_info.py" archives "$imbrex" . || fault "archives across the antimeridian"

# ---- the options of tile
line '^shown +band 2 of u16 as gray' --bands 2 numbers.tif
line '^shown +band 1 of u16 as gray, .*from 100 to 200$' --stretch 100,200 numbers.tif
line '^valid +nodata 9: ' --nodata 9 numbers.tif
line '^valid +all pixels$' --no-nodata numbers.tif
line '^placed by +polynomial of order 1' --order 1 points.tif
line '^placed by +thin-plate spline' --tps points.tif
expect 2 'src-crs .NONSENSE.: not a CRS' "$imbrex" info --src-crs NONSENSE nocrs.tif
expect 2 'no band 9|--bands' "$imbrex" info --bands 1,2,3,4 numbers.tif
expect 3 'missing.tif' "$imbrex" info missing.tif
finish
