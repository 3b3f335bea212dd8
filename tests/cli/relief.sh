#!/bin/bash
# tests/cli/relief.sh: --hillshade and --slope against gdaldem: on a metric grid, and in web maps at high latitudes; no
# seams between tiles, cells and at the antimeridian; bytes; refusals.
. "$SOURCE/tests/cli/lib.sh"
check() { checks=$((checks + 1)); /usr/bin/python3 "$SOURCE/tests/cli/check_relief.py" "$@" || fault "$*"; }
tile() { expect 0 '' "$imbrex" tile --quiet --overwrite -f png "$@"; }

# metric NAME SCENE "GDALDEM" OPTIONS...: the raster's own pixels, which are as large as they say
metric() {
    local name=$1 scene=$2 gdaldem=$3
    shift 3
    tile --raster-grid -z auto "$@" "$scene" "$name"
    # shellcheck disable=SC2086
    gdaldem $gdaldem -q -compute_edges "$scene" "$name.tif" || fault "gdaldem: $name"
    check metric "$name" "$name.tif" "$scene"
}

same() {
    local first= sum
    for more in -j1 -j3 "--memory 128M" "-j2 --cpu-mask scalar"; do
        # shellcheck disable=SC2086
        expect 0 '' "$imbrex" tile --quiet --overwrite $more "$@" same.pmtiles
        sum=$(sha256sum <same.pmtiles)
        first=${first:-$sum}
        [ "$sum" = "$first" ] || fault "other bytes with $more: $*"
    done
    expect 0 '' "$imbrex" verify same.pmtiles
}

# seams SCENE ZOOM OPTIONS...: sixteen tiles are one of their size, to the byte
seams() {
    local scene=$1 zoom=$2
    shift 2
    tile -z "$zoom-$zoom" "$@" "$scene" small
    tile -z "$((zoom - 2))-$((zoom - 2))" --tile-size 1024 "$@" "$scene" large
    check seams small large
}

printf '0 0 80 40\n900 240 220 150\n1500 white\n' >colours.txt
if [ "${1:-}" = real ]; then
    real_only
    swiss=$DATA/dem/swiss_dem_epsg2056_cog.tif
    metric swiss "$swiss" hillshade --hillshade
    metric swiss_all "$swiss" "hillshade -multidirectional" --hillshade --multidirectional
    metric swiss_slope "$swiss" slope --slope
    seams "$DATA/dem/srtm3_N45E006/N45E006.hgt" 11 --hillshade --colormap colours.txt
    same --hillshade -z 9-10 "$DATA/dem/srtm3_N45E006/N45E006.hgt" "$DATA/dem/srtm3_N45E007/N45E007.hgt"
    finish
fi

/usr/bin/python3 "$SOURCE/tests/cli/check_relief.py" make "$work" || skip "python3-gdal is not there"
metric plain utm.tif hillshade --hillshade
metric low utm.tif "hillshade -az 200 -alt 20 -z 2" --hillshade --azimuth 200 --altitude 20 --z-factor 2
metric all utm.tif "hillshade -multidirectional -alt 60" --hillshade --multidirectional --altitude 60
metric pits holes.tif hillshade --hillshade
metric pits_all holes.tif "hillshade -multidirectional" --hillshade --multidirectional
metric steep holes.tif slope --slope

# A web map at 60 degrees north, whose pixels are half as large as they say; degrees, which are no metres.
gdaldem hillshade -q -compute_edges utm.tif light.tif || fault "gdaldem"
tile -r cubic --hillshade utm.tif web
check places web EPSG:3857 light.tif
tile -r cubic --hillshade --grid WorldCRS84Quad utm.tif degrees
check places degrees EPSG:4326 light.tif

seams utm.tif 14 --hillshade
seams holes.tif 14 --slope --stretch 0,40 --gamma 1.5
seams holes.tif 14 --hillshade --multidirectional --colormap colours.txt

# The same relief at the antimeridian as half the world away from it, where it is one scene.
tile -z 9-9 --hillshade east.tif west.tif dateline
tile -z 9-9 --hillshade middle.tif inside
check shifted dateline inside

# Limits cut the picture, not the heights that it is made of.
tile -z 12-12 --hillshade utm.tif whole
tile -z 12-12 --hillshade --bbox 9.02,60.0,9.06,60.03 utm.tif part
check part part whole

same --hillshade holes.tif
same --slope holes.tif

expect 0 'light +from 315 degrees, 45 high, heights times 1' "$imbrex" tile --dry-run --hillshade utm.tif x.pmtiles
expect 0 'stretch +0 to 90' "$imbrex" tile --dry-run --slope utm.tif x.pmtiles
tile -f jpeg --hillshade utm.tif jpeg.pmtiles
expect 0 '' "$imbrex" verify jpeg.pmtiles
expect 2 'a layer shows one of them' "$imbrex" tile --hillshade --slope utm.tif bad.pmtiles
expect 2 'leave one of them out' "$imbrex" tile --hillshade --encode terrarium utm.tif bad.pmtiles
expect 2 'light is not stretched' "$imbrex" tile --hillshade --gamma 2 utm.tif bad.pmtiles
expect 2 'degrees here, not percentiles' "$imbrex" tile --slope --stretch 2%,98% utm.tif bad.pmtiles
expect 2 'are for --hillshade' "$imbrex" tile --slope --azimuth 20 utm.tif bad.pmtiles
expect 2 'are for --hillshade' "$imbrex" tile --multidirectional utm.tif bad.pmtiles
expect 2 'no --hillshade or --slope' "$imbrex" tile --z-factor 2 utm.tif bad.pmtiles
expect 2 'has no --azimuth' "$imbrex" tile --hillshade --multidirectional --azimuth 20 utm.tif bad.pmtiles
expect 2 'altitude' "$imbrex" tile --hillshade --altitude 91 utm.tif bad.pmtiles
expect 2 'are one band, not 3' "$imbrex" tile --hillshade --bands 1,2,3 utm.tif bad.pmtiles
printf '0%% black\n100%% white\n' >share.txt
expect 2 'by degrees, not by percentages' "$imbrex" tile --slope --colormap share.txt utm.tif bad.pmtiles
[ ! -e bad.pmtiles ] || fault "a refused job left something behind"
finish
