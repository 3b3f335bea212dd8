#!/bin/bash
# The rules of the house (docs/architecture.md), checked on the sources: house.sh ROOT CC
#  1. includes run downwards: kernels < engine/base < engine; the tiles' rooms know no engine but engine/base; the server
#     stands on the tiles
#  2. each library is known to its own file or group of files
#  3. each header compiles alone
#  4. no file over 600 lines; nothing left for later; no path of somebody's machine
#  5. docs/architecture.md lists every file, room by room, and none that is not there
#  6. at the top stand the rooms and a few files, and nothing else
set -u
root=$1 cc=$2 faults=0
cd "$root" || exit 1

fault() { printf '%s\n' "$1" >&2; faults=$((faults + 1)); }

# lines FILE-PATTERN... -- REGEX: prints offending includes; counts them
forbid() {
    local why=$1 regex=$2
    shift 2
    local found
    found=$(grep -nE "#include *[<\"]($regex)" "$@" /dev/null) || return 0
    fault "$why:
$found"
}

sources() { find "$@" -name '*.[ch]' 2>/dev/null; }
# the rooms of imx_codecs and imx_tiles: their sources as CMake lists them, and the headers of the same names
tiles=$(awk '/^add_library\(imx_(codecs|tiles) /{on = 1; next} /\)/{on = 0} on{sub(/\.c$/, "", $1); print $1}' tiler/CMakeLists.txt |
    while read -r name; do ls "tiler/$name".[ch] 2>/dev/null; done)
[ "$(wc -w <<<"$tiles")" -gt 20 ] || fault "the sources of imx_tiles were not found in tiler/CMakeLists.txt"

forbid "kernels/ includes something above it" 'engine/|tiler/|server/' $(sources kernels)
forbid "engine/base includes something above it" 'kernels/kernels|engine/[^b]|tiler/|server/' $(sources engine/base)
forbid "engine/ includes something above it" 'tiler/|server/' $(sources engine)
forbid "tiler/ includes the server" 'server/' $(sources tiler)
forbid "grids, codecs or stores include the engine" 'engine/[a-z_]+\.h' $tiles
forbid "the server includes the engine or the walk" \
    'engine/[a-z_]+\.h|tiler/(plan|analyse|job|pyramid|forecast|cli/)' $(sources server)

# knows LIBRARY-HEADER-REGEX FILE-REGEX
knows() {
    local regex=$1 home=$2 found
    found=$(grep -rlE "#include *<($regex)" kernels engine tiler server | grep -vE "^($home)\$") || return 0
    fault "$regex is known outside of its room ($home): $found"
}
knows 'gdal|cpl_|ogr_' 'engine/source_gdal[a-z_]*\.[ch]'
knows 'proj\.h' 'engine/(transform|crs)_proj\.c'
knows 'tiff' 'engine/source_tiff[a-z_]*\.[ch]|tiler/store_cog[a-z_]*\.[ch]'
knows 'png\.h' 'tiler/codec_png[a-z_]*\.[ch]'
knows 'isa-l' 'engine/source_tiff_inflate\.c|tiler/codec_png[a-z_]*\.[ch]'
knows 'leptonica' 'tiler/quantize\.c'
knows 'jpeglib\.h|turbojpeg' 'tiler/codec_jpeg\.c'
knows 'webp/' 'tiler/codec_webp\.c'
knows 'libdeflate' 'engine/source_tiff[a-z_]*\.[ch]|tiler/cog_tile\.c|tiler/store_pmtiles[a-z_]*\.[ch]|tiler/codec_png[a-z_]*\.[ch]'
knows 'xxh' 'engine/base/hash\.c'
knows 'libxml' 'engine/fields_xml\.c'
knows 'microhttpd' 'server/listen_mhd\.c'
knows 'pthread\.h' 'engine/.*|tiler/.*|server/.*'

for header in $(sources kernels engine tiler server | grep '\.h$'); do
    extra=
    case $header in
    *_avx2.h)
        case $(uname -m) in x86_64) extra="-mavx2 -mfma -mbmi2" ;; aarch64) ;; *) continue ;; esac ;;
    */neon*.h | */intrinsics.h) [ "$(uname -m)" = aarch64 ] || continue ;;
    *source_gdal*) extra=$(pkg-config --cflags gdal | sed "s/-I/-isystem /g") ;;
    esac
    # shellcheck disable=SC2086
    printf '#include "%s"\n' "$header" |
        "$cc" -std=c17 -D_GNU_SOURCE -I. $extra -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c - 2>/dev/null ||
        fault "$header does not compile alone"
done

while read -r lines file; do
    [ "$file" != total ] && [ "$lines" -gt 600 ] && fault "$file has $lines lines: is it one thing?"
done < <(sources kernels engine tiler server | xargs wc -l)

# A table a room: its head is the room's name (`engine/`), its rows begin with patterns of names without endings.
mapfile -t listed < <(awk -F'|' '/^\| `[a-z\/]+\/` \|/{room = $2; gsub(/[` ]/, "", room); next}
    /^\| `/ && room{n = split($2, name, ","); for (i = 1; i <= n; i++) {gsub(/[` ]/, "", name[i]); print room name[i]}}
    /^$/{room = ""}' docs/architecture.md)
while read -r file; do
    found=
    for pattern in "${listed[@]}"; do
        # shellcheck disable=SC2053
        [[ ${file%.*} == $pattern ]] && found=1 && break
    done
    [ -n "$found" ] || fault "$file: docs/architecture.md does not say what it is"
done < <(sources kernels engine tiler server)
for pattern in "${listed[@]}"; do
    compgen -G "$pattern.[ch]" >/dev/null || fault "docs/architecture.md lists $pattern, which is not there"
done

later=$(grep -rnE '\b(TODO|FIXME|XXX|HACK)\b' kernels engine tiler server --include='*.[chj]*') && fault "left for later:
$later"
paths=$(grep -rnE '"/(home|work|root|Users)/' kernels engine tiler server tests --include='*.[ch]') && fault "a path of one machine:
$paths"

# of a checkout; what is unpacked from an archive has no list
if [ -e .git ] && command -v git >/dev/null; then
    while read -r name; do
        case "$name" in
        .ci | .clang-format | .editorconfig | .gitignore | CHANGELOG.md | CMakeLists.txt | CMakePresets.json | LICENSE | README.md) ;;
        cmake | dev | docs | engine | kernels | packaging | server | testdata | tests | tiler) ;;
        *) fault "at the top, where it does not belong: $name" ;;
        esac
    done < <(git -c safe.directory="$PWD" ls-files | cut -d/ -f1 | sort -u)
fi

[ "$faults" = 0 ] && echo "the house is in order"
exit "$faults"
