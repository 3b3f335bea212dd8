#!/bin/bash
# Help, versions and typos.
. "$(dirname "$0")/lib.sh"

expect 0 '^  tile +scenes -> tiles' "$imbrex" --help
expect 2 '^Usage: imbrex COMMAND' "$imbrex"
expect 0 '^imbrex [0-9]+\.[0-9]+\.[0-9]+' "$imbrex" --version
for library in 'SIMD level +[a-z]' 'GDAL +[0-9]' 'PROJ +[0-9]' 'png +ISA-L [0-9.]+, libdeflate [0-9.]+, libpng [0-9]' 'png palettes +Leptonica [0-9]' 'jpeg +libjpeg-turbo [0-9]' 'webp +libwebp [0-9]'; do
    expect 0 "^  $library" "$imbrex" --version
done
for command in tile info verify kernels serve; do
    expect 0 '^Usage: imbrex' "$imbrex" "$command" --help
    grep -q '^Example' out.txt || fault "imbrex $command --help has no example"
done
expect 0 "^ +bilinear_rgba8 +(scalar|sse4.2|avx2|neon)" "$imbrex" kernels
expect 2 "unknown command 'tlie'; did you mean 'tile'" "$imbrex" tlie
one_line
expect 2 'unknown option --zom; did you mean --zoom' "$imbrex" tile --zom 3 a b
one_line
expect 2 'name at least one input and the output' "$imbrex" tile only.tif
expect 1 'standard output' bash -c "'$imbrex' --version >/dev/full"
finish
