#!/bin/bash
# Bad input: one clear line, the right exit status, and the old output untouched.
. "$(dirname "$0")/lib.sh"
make_scenes

echo "precious" >old.pmtiles
keep() { [ "$(cat old.pmtiles)" = precious ] || fault "the old output was touched by: $*"; }
refuse() { # STATUS PATTERN INPUT...
    local status=$1 pattern=$2
    shift 2
    expect "$status" "$pattern" "$imbrex" tile --overwrite "$@" old.pmtiles
    one_line
    keep "$@"
}

refuse 3 'missing\.tif: .*(no such|does not exist)' missing.tif
echo "just text" >text.tif
refuse 3 'text\.tif: not a raster' text.tif
: >empty.tif
refuse 3 'empty\.tif: ' empty.tif
refuse 3 'nogeo\.tif: .*--src-crs' "$scenes/nogeo.tif"
refuse 3 'truncated\.tif' "$scenes/truncated.tif"
refuse 3 'truncated\.tif' "$scenes/left.tif" "$scenes/truncated.tif"
refuse 3 'no file matches' "$scenes/*.jp2"
refuse 3 'cannot be read' @nolist.txt
refuse 3 'text\.tif: ' "$scenes/left.tif" text.tif
refuse 2 'no-such-crs' --src-crs no-such-crs "$scenes/left.tif"
refuse 2 'is empty: the finest scene' -z 20-auto "$scenes/left.tif"

expect 2 'exists.*--overwrite' "$imbrex" tile "$scenes/left.tif" old.pmtiles
one_line
keep existing
mkdir precious-folder && echo photo >precious-folder/photo.txt
expect 2 'precious-folder' "$imbrex" tile --overwrite "$scenes/left.tif" precious-folder
[ "$(cat precious-folder/photo.txt)" = photo ] || fault "a foreign folder was touched"
expect 1 'no-such-folder' "$imbrex" tile "$scenes/left.tif" no-such-folder/out.pmtiles
one_line
expect 1 'nodir/sub cannot be used' "$imbrex" tile "$scenes/left.tif" nodir/sub/out.pmtiles
one_line
if [ "$(id -u)" != 0 ]; then
    mkdir locked && chmod 500 locked
    expect 1 'locked' "$imbrex" tile "$scenes/left.tif" locked/out.pmtiles
    one_line
else
    # root may write anywhere but here
    expect 1 '/proc' "$imbrex" tile "$scenes/left.tif" /proc/out.pmtiles
    one_line
fi

for command in info verify serve; do
    expect 3 'old\.pmtiles: ' "$imbrex" "$command" old.pmtiles
    one_line
    expect 3 'nothing\.pmtiles: ' "$imbrex" "$command" nothing.pmtiles
    one_line
done
[ -z "$(find . -name '.*partial*')" ] || fault "partial files were left behind: $(find . -name '.*partial*')"
finish
