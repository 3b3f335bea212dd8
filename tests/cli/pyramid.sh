#!/bin/bash
# Every overview tile is the 2 x 2 reduction of the tiles under it, exactly; no border pixel is darker or lighter than its
# neighbours (tests/cli/check_pyramid.py reads the PNGs with GDAL).
. "$(dirname "$0")/lib.sh"

check() { # NAME OPTIONS... INPUT...
    local name=$1
    shift
    expect 0 '' "$imbrex" tile --quiet --overwrite -f png "$@" tiles
    checks=$((checks + 1))
    /usr/bin/python3 "$(dirname "$script")/check_pyramid.py" tiles || fault "$name: the overviews are not exact"
}
script=$(readlink -f "$SOURCE/tests/cli/pyramid.sh")

if [ "${1:-}" = real ]; then
    real_only
    check landsat7 "$DATA/scenes/landsat7_rgb_u8_utm18.tif"
    check drone "$DATA/ortho/pix4d_drone_rgba_utm50s.tif"
    finish
fi
make_scenes
check nodata "$scenes/left.tif" "$scenes/right.tif"
check alpha -r cubic "$scenes/alpha.tif"
check mask "$scenes/mask.tif"
check geographic --grid WorldCRS84Quad "$scenes/gray.tif"
check large-tiles --tile-size 512 "$scenes/left.tif" "$scenes/wide.tif"
finish
