#!/bin/bash
# --dry-run prints the plan and writes nothing; its JSON is complete.
. "$(dirname "$0")/lib.sh"
make_scenes

expect 0 '^left\.tif +400 x 330 +nodata +full resolution' "$imbrex" tile --dry-run "$scenes/left.tif" "$scenes/right.tif" out.pmtiles
for line in '^grid +WebMercatorQuad, tiles of 256 px, bilinear, auto' '^bounds +-51\.[0-9]+, -24\.[0-9]+ to' \
    '^ +zoom +tiles +m a pixel' '^ +13 +[0-9]+ +19\.11' '^generation +[0-9a-f]{32}$' '^nothing was written'; do
    grep -qE "$line" out.txt || fault "the plan has no line like: $line"
done
[ -z "$(ls -A . | grep -v -e scenes -e txt)" ] || fault "a dry run wrote: $(ls -A .)"

expect 0 '"generation":"[0-9a-f]{32}"' "$imbrex" tile --dry-run --json "$scenes/gray.tif" out.pmtiles
/usr/bin/python3 - out.txt <<'PY' || fault "the plan's JSON is not what it should be"
import json, sys
plan = json.load(open(sys.argv[1]))
scene, = plan["scenes"]
asset, = scene["assets"]
assert asset["width"] == 600 and asset["overview_w"] == [300, 150] and asset["role"] == "visual", asset
assert plan["options"]["resample"] == "bilinear" and plan["options"]["zoom_min"] == 0
assert plan["tiles"][0] == 1 and sum(plan["tiles"]) > 4
assert len(scene["footprint"]["rings"][0]) >= 8 and len(scene["fingerprint"]) == 32
PY
# zoomed out, the overview is read
expect 0 '^gray\.tif +600 x 400 +all +overview 150 x 100' "$imbrex" tile --dry-run -z 0-4 "$scenes/gray.tif" out.pmtiles
expect 0 '^gray\.tif +600 x 400 +all +full resolution' "$imbrex" tile --dry-run -z 0-4 --source-overviews none "$scenes/gray.tif" out.pmtiles
# the same file twice: two ids
expect 0 '^left\.tif#2 ' "$imbrex" tile --dry-run "$scenes/left.tif" "$scenes/left.tif" out.pmtiles
# the forecast agrees with the run
expect 0 '^ +all +[0-9]+ +about' "$imbrex" tile --dry-run -f png "$scenes/wide.tif" out.pmtiles
planned=$(awk '$1 == "all" {print $2}' out.txt)
expect 0 '"event":"done"' "$imbrex" tile --progress json -f png "$scenes/wide.tif" out.pmtiles
made=$(grep -o '"tiles":[0-9]*' out.txt | tail -n 1 | cut -d: -f2)
skipped=$(grep -o '"empty_tiles_skipped":[0-9]*' out.txt | cut -d: -f2)
[ "$planned" = $((made + skipped)) ] || fault "$planned tiles planned, $made made and $skipped empty"
finish
