#!/bin/bash
# tests/cli/collar.sh: --collar: exactly the flood from the border through near black and near white, by the definition.
. "$SOURCE/tests/cli/lib.sh"
/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"
/usr/bin/python3 "$SOURCE/tests/cli/check_collar.py" make . || exit 1
check() { checks=$((checks + 1)); /usr/bin/python3 "$SOURCE/tests/cli/check_collar.py" check "$@" || fault "not the collar: $*"; }

for name in tiled strips nodata inside; do
    expect 0 "$name.tif: [0-9]+ of 630000 pixels of level 0 lie in the collar" \
        "$imbrex" warp -v -r nearest --collar 5 $name.tif $name.cut.tif
    check $name.cut.tif $name.tif 5
done
expect 0 '' "$imbrex" warp -r nearest --collar 1500 u16.tif u16.cut.tif
check u16.cut.tif u16.tif 1500
for case in twelve:20 four:0 i8:1 i16:30 u32:9 i32:9 f32:1; do # white by the type, or by how many bits are used
    name=${case%:*}
    expect 0 '' "$imbrex" warp -r nearest --collar "${case#*:}" "$name.tif" "$name.cut.tif"
    check "$name.cut.tif" "$name.tif" "${case#*:}"
done
# 12 bits and 4 as pictures: the latter in the shades that they are shown in
expect 0 'twelve.tif: [0-9]+ of 630000 pixels of level 0 lie in the collar' "$imbrex" tile --raster-grid -f png -v --collar 20 twelve.tif twelve/
pixels=$(sed -n 's/.*twelve.tif: \([0-9]*\) of .*/\1/p' err.txt)
expect 0 "four.tif: $pixels of 630000 pixels of level 0 lie in the collar" "$imbrex" tile --raster-grid -f png -v --collar 16 four.tif four/
expect 0 '' "$imbrex" warp -r nearest --collar 0 tiled.tif none.tif # noise of the codec stands in the way
check none.tif tiled.tif 0

# Pictures: tiles of the raster's own pixels are those of the file that has the collar as a mask.
expect 0 '' "$imbrex" tile -f png --raster-grid -z 2 --collar 5 tiled.tif own/
/usr/bin/python3 - <<'PYTHON' || fault "tiles have another collar than the raster"
import glob, os
import numpy as np
from osgeo import gdal
want = (source := gdal.Open("tiled.cut.tif")).GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
have = np.zeros((1024, 1024), bool)
for path in glob.glob("own/2/*/*.png"):
    x, y = int(path.split("/")[2]) * 256, int(os.path.basename(path)[:-4]) * 256
    d = gdal.Translate("", path, format="MEM", rgbExpand="rgba") if (o := gdal.Open(path)).GetRasterBand(1).GetColorTable() else o
    a = d.ReadAsArray()
    have[y:y + 256, x:x + 256] = a[-1] > 0 if len(a) in (2, 4) else True
assert (have[:700, :900] == want).all() and not have[700:].any()
PYTHON

# A 16-bit picture is stretched by what is no collar; the bytes are one whatever the threads and memory.
for how in "-j1" "-j3" "-j2 --memory 128M --cpu-mask scalar"; do
    # shellcheck disable=SC2086
    expect 0 '' "$imbrex" tile $how --overwrite --collar 1500 u16.tif u16.pmtiles
    sha256sum <u16.pmtiles >>sums
done
[ "$(sort -u sums | wc -l)" = 1 ] || fault "a collar depends on how it was found"
expect 0 '' "$imbrex" tile --overwrite --collar 1400 u16.tif other.pmtiles
"$imbrex" info u16.pmtiles | grep generation >a.txt
"$imbrex" info other.pmtiles | grep generation >b.txt
cmp -s a.txt b.txt && fault "the generation does not tell the collar"
"$imbrex" tile --dry-run --json --collar 7 tiled.tif x.pmtiles | grep -q '"collar":7' || fault "the plan lacks the collar"
expect 2 "--collar: 'x' is not a whole number from 0 to 65535" "$imbrex" tile --collar x tiled.tif bad.pmtiles
expect 2 'not a whole number' "$imbrex" tile --collar -1 tiled.tif bad.pmtiles
head -c 300000 tiled.tif >damaged.tif
expect 3 'damaged' "$imbrex" tile --collar 5 damaged.tif bad.pmtiles
[ ! -e bad.pmtiles ] || fault "a refused job left something behind"

# Scenes are searched side by side: the same bytes, told in the same order, and of several damaged ones the first is named.
mkdir many
for i in 1 2 3 4 5 6 7 8 9; do
    gdal_translate -q -co TILED=YES -a_ullr $((500000 + i * 9000)) 4600000 $((509000 + i * 9000)) 4593000 -a_srs EPSG:32650 tiled.tif many/$i.tif
done
for j in 1 2 5; do
    "$imbrex" tile -v -j$j --overwrite --collar 5 many many$j.pmtiles 2>log$j.txt >/dev/null || fault "-j$j fails"
    sed -n 's/ (.*//;s/.*: \([0-9]*.tif: .* lie in the collar\)/\1/p' log$j.txt | grep collar >told$j.txt
done
[ "$(wc -l <told1.txt)" = 9 ] && cmp -s told1.txt told2.txt && cmp -s told1.txt told5.txt || fault "threads tell other collars"
cmp -s many1.pmtiles many2.pmtiles && cmp -s many1.pmtiles many5.pmtiles || fault "threads find other collars"
for i in 3 4 8; do
    head -c 300000 many/$i.tif >cut.tif && mv cut.tif many/$i.tif
done
for try in 1 2 3 4 5 6; do
    expect 3 "3.tif: .*damaged" "$imbrex" tile -j4 --overwrite --collar 5 many bad.pmtiles
done
finish
