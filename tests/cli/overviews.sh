#!/bin/bash
# --overview-resample: each way is what it says over whole zooms (tests/cli/check_overviews.py), with the same bytes for any
# number of threads, and named in the plan and in the archive; where memory is short it says so.
. "$(dirname "$0")/lib.sh"

check() { # METHOD OPTIONS... INPUT...
    local method=$1
    shift
    expect 0 '' "$imbrex" tile --quiet --overwrite -f png --overview-resample "$method" "$@" tiles
    checks=$((checks + 1))
    /usr/bin/python3 "$SOURCE/tests/cli/check_overviews.py" tiles "$method" || fault "$method $*: the overviews are not exact"
}

if [ "${1:-}" = real ]; then
    real_only
    check lanczos -z 8-15 "$DATA/ortho/naip_nd_20100629.tif" # four metatiles and more, and tiles above them
    check cubic "$DATA/ortho/pix4d_drone_rgba_utm50s.tif"
    finish
fi
make_scenes
for method in average nearest mode min max bilinear cubic lanczos; do
    check "$method" "$scenes/left.tif" "$scenes/right.tif"
done
check lanczos --tile-size 64 "$scenes/alpha.tif"
check bilinear --grid WorldCRS84Quad "$scenes/mask.tif"
for j in 1 2 7; do
    expect 0 '' "$imbrex" tile --quiet --overwrite --overview-resample lanczos --tile-size 64 -j $j "$scenes/left.tif" "$scenes/wide.tif" $j.pmtiles
done
cmp 1.pmtiles 2.pmtiles && cmp 1.pmtiles 7.pmtiles || fault "the bytes depend on the number of threads"
expect 0 'overview_resample=lanczos' "$imbrex" info 1.pmtiles
expect 0 '^overviews +cubic$' "$imbrex" tile --dry-run --overview-resample cubic "$scenes/left.tif" out.pmtiles
expect 2 "unknown way to make overviews 'best': average, nearest" "$imbrex" tile --overview-resample best "$scenes/left.tif" out.pmtiles
one_line
expect 2 '^imbrex tile: too little memory: one worker with tiles of 4096 px, and overviews that wait .* or --overview-resample average' \
    "$imbrex" tile --memory 256M --tile-size 4096 -z 0-14 --overview-resample lanczos "$scenes/left.tif" out.pmtiles
one_line
[ ! -e out.pmtiles ] || fault "an output appeared"
finish
