#!/bin/bash
# Deterministic: the archive's bytes do not depend on threads, memory, repetition or the CPU.
. "$(dirname "$0")/lib.sh"

same() { # NAME INPUT...
    local name=$1 first sum
    shift
    for options in -j1 -j1 -j2 -j7 "-j3 --memory 128M" "-j2 --cpu-mask scalar"; do
        # shellcheck disable=SC2086
        expect 0 '' "$imbrex" tile --quiet --overwrite $options $format "$@" same.pmtiles
        sum=$(sha256sum <same.pmtiles)
        first=${first:-$sum}
        [ "$sum" = "$first" ] || fault "$name: other bytes with $options $format"
    done
    echo "$name: ${first%% *}"
}

if [ "${1:-}" = real ]; then
    real_only
    format="-f auto"
    same quad "$DATA"/scenes/quad_rgb[1-4].tif
    same cbers "$DATA"/scenes/cbers2_rgb342_crop[12].tif
    same landsat7 "$DATA"/scenes/landsat7_rgb_u8_utm18.tif
    finish
fi
make_scenes
formats=("-f auto" "-f webp --webp-method 0 -r cubic")
[ -n "${SANITIZE:-}" ] || formats+=("-f jpeg -r cubic" "-f png --png-palette quantize" "-f png -r nearest") # auto has JPEGs and PNGs too
for format in "${formats[@]}"; do
    same "generated $format" "$scenes/left.tif" "$scenes/right.tif" "$scenes/alpha.tif" "$scenes/wide.tif"
    same "geographic $format" -z 0-9 "$scenes/gray.tif" "$scenes/wide.tif"
done
finish
