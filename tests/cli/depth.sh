#!/bin/bash
# tests/cli/depth.sh: samples of fewer bits than their type has (NBITS), and files whose 0 is white: pictures show them from
# black to white, data keep them.
. "$SOURCE/tests/cli/lib.sh"
/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"

check() {
    checks=$((checks + 1))
    /usr/bin/python3 "$SOURCE/tests/cli/check_depth.py" "$@" 2>python.txt || fault "check_depth.py $*: $(tail -1 python.txt)"
}

check make

# Pictures of 1 to 8 bits, with nodata (a sample, not a shade) in two of them, in colours, with alpha.
for scene in {b,w}{1,2,3,4,5,6,7,8} rgb4 alpha4; do
    expect 0 '' "$imbrex" tile --overwrite --raster-grid -f png -r nearest $scene.tif tiles/
    check picture $scene.tif tiles
done
expect 0 'band 1 of u8:4 as gray, 0 as white' "$imbrex" info w4.tif
expect 0 '"white_is_zero":true' "$imbrex" tile --dry-run --json w4.tif x/
expect 0 '"largest":\[15.0\]' "$imbrex" tile --dry-run --json w4.tif x/

# The same pixels whatever reads the file: here its own bytes, there GDAL.
for scene in b8 w8; do
    expect 0 '' "$imbrex" tile --overwrite --raster-grid -f png "/vsisubfile/0,$PWD/$scene.tif" gdal/
    expect 0 '' "$imbrex" tile --overwrite --raster-grid -f png "$PWD/$scene.tif" direct/
    diff -r <(cd direct && find . -name '*.png' -exec sha256sum {} + | sort) <(cd gdal && find . -name '*.png' -exec sha256sum {} + | sort) >/dev/null || fault "$scene: GDAL's pixels are others"
done

# Data keep their samples.
for scene in w1 b2 w4 rgb4 b7 w8 w12; do
    expect 0 '' "$imbrex" warp --overwrite -r nearest $scene.tif data.tif
    check data data.tif $scene.tif
done

# As numbers: all that the bits hold, or percentiles; the other way round where 0 is white, unless the range is said.
plan() { "$imbrex" tile --dry-run --json "$@" x/ >plan.json 2>err.txt || fault "no plan: $*"; }
for case in "b4 --gamma=2 0 15" "w4 --gamma=2 15 0" "w8 --gamma=2 255 0" "b12 --gamma=1 82 4013" "w12 --gamma=1 4013 82" \
    "w16 --gamma=1 64224 1311" "w12 --stretch=0,4095 0 4095" "b9 --stretch=none 0 255"; do
    read -r scene option lo hi <<<"$case"
    plan "$option" $scene.tif
    check range plan.json "$lo" "$hi"
done
expect 0 'percentiles 98 to 2' "$imbrex" info w12.tif
expect 0 'different depths are in one layer' "$imbrex" tile --dry-run --gamma 2 b4.tif b8.tif x/
expect 0 'different depths are in one layer' "$imbrex" tile --dry-run b12.tif w12.tif x/
expect 0 '' "$imbrex" tile --dry-run b4.tif w8.tif rgb4.tif x/
! grep -q 'depths' err.txt || fault "pictures of all depths go together"

# Overviews of 0 and 1 that are 0 to 255 are none: neither black tiles nor other numbers.
for scene in plan_b plan_w; do
    expect 0 '' "$imbrex" warp --overwrite -r mode --res 160 $scene.tif data.tif
    check within data.tif 1
    expect 0 '' "$imbrex" tile --overwrite --raster-grid -r average -z 0 -f png $scene.tif tiles/
    /usr/bin/python3 -c '
import glob, sys
sys.path.insert(0, sys.argv[1])
import tile_pixels
a = tile_pixels.read(glob.glob("tiles/0/*/*.png")[0])[..., 0]
assert 110 < a.mean() < 145, a.mean()' "$SOURCE/tests/cli" 2>python.txt || fault "$scene: not gray from afar: $(tail -1 python.txt)"
done
finish
