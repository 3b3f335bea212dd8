#!/bin/bash
# Every malformed raster: no crash, no hang, no sanitizer report; exit 0 or 3; on failure one line and no output.
. "$(dirname "$0")/lib.sh"
[ -d "$DATA/corrupt" ] || skip "no real rasters in $DATA"
refused=0 tiled=0
for raster in "$DATA"/corrupt/*; do
    rm -f out.pmtiles
    checks=$((checks + 1))
    # most are not georeferenced: a CRS gets them past that refusal, so that the decoder sees them
    for options in "" "--src-crs EPSG:3857"; do
        timeout 60 "$imbrex" tile --quiet --overwrite -z 0-3 $options "$raster" out.pmtiles >out.txt 2>err.txt
        status=$?
        case $status in
        0) tiled=$((tiled + 1)) ;;
        3)
            refused=$((refused + 1))
            one_line
            [ ! -e out.pmtiles ] || [ -z "$options" ] || fault "$raster: refused, but there is an output"
            ;;
        *) fault "$raster: exit status $status ($(head -c 300 err.txt))" ;;
        esac
        ! grep -qE 'Sanitizer|runtime error' err.txt || fault "$raster: $(head -c 600 err.txt)"
    done
done
echo "$refused refused, $tiled tiled"
finish
