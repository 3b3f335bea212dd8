#!/bin/bash
# PNG: every effort and palette mode is sound to pngcheck and the same to three decoders; what is lossless has the same pixels.
. "$(dirname "$0")/lib.sh"

for module in png PIL osgeo.gdal numpy; do
    /usr/bin/python3 -c "import $module" 2>/dev/null || skip "Python's $module is not there"
done
command -v pngcheck >/dev/null || skip "pngcheck is not there"

# check NAME REFERENCE COLOUR-TYPES OPTIONS...: tiles $inputs into the folder NAME
check() {
    local name=$1 reference=$2 types=$3
    shift 3
    # shellcheck disable=SC2086
    expect 0 '' "$imbrex" tile --quiet --overwrite -f png $more "$@" $inputs "$name"
    find "$name" -name '*.png' -print0 | xargs -0 pngcheck -q >pngcheck.txt 2>&1 || fault "$name: pngcheck: $(head -3 pngcheck.txt)"
    # shellcheck disable=SC2086
    /usr/bin/python3 "$SOURCE/tests/cli/check_png.py" "$name" "$reference" $types || fault "$name: the decoders"
}

bytes() { find "$1" -name '*.png' -printf '%s\n' | awk '{sum += $1} END {print sum}'; }
fewer() { [ "$(bytes "$1")" -lt "$(bytes "$2")" ] || fault "$1 has $(bytes "$1") bytes, $2 $(bytes "$2")"; }

if [ "${1:-}" = real ]; then
    real_only
    more="-z 12" inputs=$DATA/odd/usgs_topo_palette_1.tif
    more="$more -r nearest"
else
    make_scenes
    more="-z 9" inputs="$scenes/left.tif $scenes/alpha.tif"
fi
check none - "" --png-palette none
check exact none "" # the default
check fast none "" --png-effort fast
check small none "" --png-effort small
check quantize - 3 --png-palette quantize
fewer small exact
fewer small fast
[ "${1:-}" != real ] || { fewer exact none; check exact none 3; }

# the options are the archive's, and part of its generation
generation() { "$imbrex" info --json "$1" | sed -n 's/.*"generation": *"\([^"]*\)".*/\1/p'; }
for option in "--png-effort small" "--png-palette quantize"; do
    # shellcheck disable=SC2086
    expect 0 '' "$imbrex" tile --quiet --overwrite -f png $more $option $inputs with.pmtiles
    expect 0 "\"png_${option#--png-}\"" bash -c "'$imbrex' info --json with.pmtiles | sed 's/\"\\(png_[a-z]*\\)\": *\"\\([a-z]*\\)\"/\"\\1 \\2\"/g'"
    expect 0 'sound' "$imbrex" verify with.pmtiles
    [ "$(generation with.pmtiles)" != "${last:-}" ] || fault "the generation does not know $option"
    last=$(generation with.pmtiles)
done
expect 2 "no PNG effort 'best'; there are fast, default and small" "$imbrex" tile --png-effort best a.tif b
one_line
expect 2 "no PNG palette mode 'yes'; there are none, exact and quantize" "$imbrex" tile --png-palette yes a.tif b
one_line
finish
