#!/bin/bash
# tests/cli/deliveries.sh: scenes as they are delivered (engine/delivery.h): each band's values beside gdalwarp's of its
# single file, folders and archives, names, times, mosaics, and how damaged ones are refused.
. "$SOURCE/tests/cli/lib.sh"
/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || skip "python3-gdal is not there"
d=$work/d
/usr/bin/python3 "$SOURCE/testdata/make_deliveries.py" "$d" || exit 1
check() { checks=$((checks + 1)); /usr/bin/python3 "$SOURCE/tests/cli/check_delivery.py" "$@" || fault "not gdalwarp's: $*"; }
id=LC08_L1TP_200027_20200101_20200113_02_T1
l=$d/landsat/$id second=$d/landsat/LC09_L1TP_199027_20220103_20220104_02_T1
level2=$d/l2/LC08_L2SP_200027_20200101_20200822_02_T1
safe=$d/S2A_MSIL2A_20220601T105441_N0400_R051_T30UYU_20220601T150000
l1c=$d/s2l1c/S2B_MSIL1C_20200101T105441_N0208_R051_T30UYU_20200101T120000
images() { echo "$safe.SAFE/GRANULE/L2A_T30UYU_A023/IMG_DATA/R$1/T30UYU_20200101T105441_$2_$1.jp2"; }
gf=$d/gaofen/GF1_PMS1_E113.9_N34.4_20200101_L1A0004521234
wide=GF6_WFV_E114.3_N34.9_20200102_L1A1119842986

# ---- values: every resolution beside gdalwarp's of the single file, onto a finer grid of another CRS and of the own one
expect 0 '' "$imbrex" warp --bands B4,pan,blue --crs EPSG:3857 --res 12 "$l" l.tif
check l.tif "$l/${id}_B4.TIF" "$l/${id}_B8.TIF" "$l/${id}_B2.TIF"
expect 0 '' "$imbrex" warp --bands b03,B11,coastal,1,b02 --crs EPSG:3035 --res 9 "$safe.SAFE" s.tif
check s.tif "$(images 10m B03)" "$(images 20m B11)" "$(images 60m B01)" "$(images 60m B01)" "$(images 10m B02)"
expect 0 '' "$imbrex" warp --bands pan,nir,red,B1 --crs EPSG:32649 --res 3.5 "$d/gaofen" g.tif
check g.tif "$gf-PAN1.tiff" "$gf-MSS1.tiff:4" "$gf-MSS1.tiff:3" "$gf-MSS1.tiff:1"
expect 0 '' "$imbrex" warp --bands 4,cirrus "$l1c.SAFE" c.tif
flat=$l1c.SAFE/GRANULE/L1C_T30UYU_A023/IMG_DATA/T30UYU_20200101T105441
check c.tif "${flat}_B8A.tif" "${flat}_B10.tif"
# all bands, in the product's order, at the finest pixel of them
expect 0 '' "$imbrex" warp "$l" all.tif
[ "$(gdalinfo all.tif | grep -cE '^Band |Pixel Size = \(15.0*,-15')" = 5 ] || fault "not four bands of 15 m"

# ---- quality bands: fill, and what --mask names, of every band by its nearest quality pixel; pixels as they are
q=$d/qa/LC08_L1TP_200028_20200101_20200113_02_T1
bits() { checks=$((checks + 1)); /usr/bin/python3 "$SOURCE/tests/cli/check_quality.py" "$@" || fault "not by the quality band: $*"; }
for case in 1: 25:cloud-shadow,cloud 181:water,fill,cirrus,snow,cloud-shadow 3:dilated-cloud; do
    words=${case#*:}
    # shellcheck disable=SC2086
    expect 0 '' "$imbrex" warp -r nearest ${words:+--mask $words} --bands B4,blue "$q" --overwrite q.tif
    bits q.tif "${q}/$(basename "$q")_QA_PIXEL.TIF" "${case%%:*}" "$q"/*_B4.TIF "$q"/*_B2.TIF
    # shellcheck disable=SC2086
    expect 0 '' "$imbrex" warp -r nearest ${words:+--mask $words} --bands pan "$q" --overwrite pan.tif
    bits pan.tif "${q}/$(basename "$q")_QA_PIXEL.TIF" "${case%%:*}" "$q"/*_B8.TIF
done
for j in 1 3; do
    expect 0 '' "$imbrex" tile -j$j --mask cloud --bands red,pan,blue "$q" q$j.pmtiles
done
expect 0 '' "$imbrex" tile --mask cloud --bands red,pan,blue "$d/$(basename "$q").tar" q4.pmtiles
cmp -s q1.pmtiles q3.pmtiles && cmp -s q1.pmtiles q4.pmtiles || fault "what is masked depends on threads or archives"
cp -r "$q" none && rm none/*_QA_PIXEL.TIF # then the bands tell their fill
expect 0 '' "$imbrex" warp --bands B4 none none.tif
expect 0 '' "$imbrex" warp --nodata 0 "$q"/*_B4.TIF b4.tif
sums() { gdalinfo -checksum "$1" | grep -E 'Checksum|NoData'; }
[ -n "$(sums none.tif)" ] && [ "$(sums none.tif)" = "$(sums b4.tif)" ] ||
    fault "without a quality band a delivery is not its files"
expect 0 '' "$imbrex" warp --no-nodata --bands B4 "$q" all4.tif
[ "$(gdalinfo -stats all4.tif | grep -c 'VALID_PERCENT=100$')" = 1 ] || fault "--no-nodata leaves something out"
expect 0 'QA_PIXEL full' "$imbrex" warp --dry-run --no-nodata --mask cloud --bands B4 "$q" x.tif
expect 3 'is missing, which --mask needs' "$imbrex" warp --mask cloud --bands B4 none x.tif
expect 2 "'clouds' is not a list of words that QA_PIXEL has: fill, .*water" "$imbrex" tile --mask clouds "$q" x.pmtiles
expect 2 "not a list of words" "$imbrex" tile --mask cloud, "$q" x.pmtiles
expect 3 'has no quality band' "$imbrex" tile --mask cloud "$d/gaofen" x.pmtiles
expect 3 'is no delivery with a quality band' "$imbrex" tile --mask cloud "$q"/*_B4.TIF x.pmtiles
cp -r "$q" short && gdal_translate -q -srcwin 9 0 251 260 "$q"/*_QA_PIXEL.TIF "$(echo short/*_QA_PIXEL.TIF)"
expect 0 'B4.TIF: lies elsewhere than QA_PIXEL' "$imbrex" warp --bands B4 short short.tif
gdal_translate -q -ot Float32 "$q"/*_QA_PIXEL.TIF "$(echo short/*_QA_PIXEL.TIF)"
expect 3 'QA_PIXEL.TIF: is not one band of 8 or 16 bits' "$imbrex" warp --bands B4 short x.tif
head -c 900 "$q"/*_QA_PIXEL.TIF >"$(echo short/*_QA_PIXEL.TIF)"
expect 3 'QA_PIXEL.TIF' "$imbrex" warp --bands B4 short x.tif

# ---- archives are what is in them; the bytes are one whatever the threads
expect 0 '' "$imbrex" warp --bands B4,pan,blue --crs EPSG:3857 --res 12 "$d/$id.tar" tar.tif
cmp -s l.tif tar.tif || fault "a tar is not its folder"
expect 0 '' "$imbrex" warp --bands b03,B11,coastal,1,b02 --crs EPSG:3035 --res 9 "$safe.zip" zip.tif
cmp -s s.tif zip.tif || fault "a zip is not its folder"
expect 0 '' "$imbrex" warp --bands pan,nir,red,B1 --crs EPSG:32649 --res 3.5 "$d/$(basename "$gf").tar.gz" gz.tif
cmp -s g.tif gz.tif || fault "a tar.gz is not its folder"
for j in 1 3; do
    expect 0 '' "$imbrex" tile -j$j --bands red,pan,blue "$d/landsat" j$j.pmtiles
    expect 0 '' "$imbrex" tile -j$j --bands red,B05,B01 "$safe.zip" z$j.pmtiles
done
cmp -s j1.pmtiles j3.pmtiles && cmp -s z1.pmtiles z3.pmtiles || fault "bytes depend on the threads"
expect 0 '' "$imbrex" tile --bands 3,4,1 "$l" "$second" j4.pmtiles
cmp -s j1.pmtiles j4.pmtiles || fault "a folder of deliveries is not these, or numbers not names"
expect 0 sound "$imbrex" verify j1.pmtiles

# ---- pictures: red, green and blue of what there is; one validity for all bands
expect 0 'bands B4, B3, B2 of u16' "$imbrex" tile --dry-run "$d/landsat" x.pmtiles
expect 0 'bands B04, B03, B02 of u16' "$imbrex" tile --dry-run "$safe.SAFE" x.pmtiles
expect 0 'bands B3, B2, B1 of u16' "$imbrex" tile --dry-run "$d/gaofen" x.pmtiles
expect 0 'band PAN of u16' "$imbrex" tile --dry-run --bands pan "$d/gaofen" x.pmtiles
expect 0 'bands 3, 2, 1 of u16' "$imbrex" tile --dry-run --src-crs EPSG:32649 --bands 3,2,1 "$gf-MSS1.tiff" x.pmtiles

# ---- the mosaic of two in different UTM zones: band by band what it is of the single files
here="--crs EPSG:3857 --res 20 --extent -9000,6100000,4000,6112000"
for band in 4 8; do
    # shellcheck disable=SC2086
    expect 0 '' "$imbrex" warp $here "$l/${id}_B$band.TIF" "$second/$(basename "$second")_B$band.TIF" m$band.tif
done
mkdir plain && cp -r "$l" "$second" plain && rm plain/*/*_QA_PIXEL.TIF
# shellcheck disable=SC2086
expect 0 '' "$imbrex" warp $here --bands red,pan plain/"$id" plain/"$(basename "$second")" m.tif
/usr/bin/python3 - <<'PYTHON' || fault "the mosaic of deliveries is not that of their files"
from osgeo import gdal
both = gdal.Open("m.tif").ReadAsArray()
for i, name in enumerate(("m4.tif", "m8.tif")):
    one = gdal.Open(name).ReadAsArray()
    assert (both[i] == one).all() and (one > 0).mean() > 0.3, name
PYTHON

# ---- the parts of a product are scenes of their own: eight bands each, one metadata file, in folders and archives
for n in 1 3; do
    part=$d/gf6/$wide-$n.tiff
    expect 0 '' "$imbrex" warp --bands red,nir,rededge1,rededge2,B7,yellow --crs EPSG:32650 --res 14 "$part" w$n.tif
    check w$n.tif "$part:3" "$part:4" "$part:5" "$part:6" "$part:7" "$part:8"
done
expect 0 '' "$imbrex" warp --bands coastal "$d/gf6" w.tif
expect 0 '' "$imbrex" warp --bands coastal "$d/gf6/$wide-1.tiff" "$d/gf6/$wide-2.tiff" "$d/gf6/$wide-3.tiff" w123.tif
cmp -s w.tif w123.tif || fault "a product is not its parts"
expect 0 '' "$imbrex" warp --bands coastal "$d/$wide.tar.gz" wgz.tif
cmp -s w.tif wgz.tif || fault "a tar.gz of parts is not its folder"
expect 0 'bands B3, B2, B1 of u16' "$imbrex" tile --dry-run "$d/gf6" x.pmtiles
[ "$("$imbrex" tile --dry-run --json "$d/gf6" x.pmtiles | grep -o "$wide-[123]\"" | sort -u | wc -l)" = 3 ] ||
    fault "a product of three parts is not three scenes"
expect 0 '^ *8  B8 *yellow *150 x 150 u16' "$imbrex" info "$d/gf6/$wide-3.tiff"
[ "$("$imbrex" info "$d/gf6" | grep -cE "^  $wide-[123] +Gaofen +2020-01-02T03:20:30Z +150 x 150 ")" = 3 ] ||
    fault "info does not show the parts"
[ "$("$imbrex" info --json "$d/$wide.tar.gz" | grep -c '"time_start": "2020-01-02T03:20:30Z"')" = 3 ] ||
    fault "info --json does not show the parts"
cp -r "$d/gf6" mixed && cp "$gf-MSS1".tiff mixed # without its .xml: of which product?
expect 3 'several images of one kind .*without their .xml' "$imbrex" tile --dry-run mixed x.pmtiles
cp -r "$d/gf6" bare && rm bare/*.xml # then each is a raster of its own
expect 0 'bands 1, 2, 3 of u16' "$imbrex" tile --dry-run bare/*-2.tiff x.pmtiles

pack() { /usr/bin/python3 -c '
import os, shutil, sys
shutil.make_archive(sys.argv[1], sys.argv[2], sys.argv[3])' "$@"; }
ids() { "$imbrex" tile --dry-run --json "$@" x.pmtiles | /usr/bin/python3 -c '
import json, sys
print(*(s["id"][:4] for s in json.load(sys.stdin)["scenes"]))'; }
holds() { checks=$((checks + 1)); [ "$(ids "${@:2}")" = "$1" ] || fault "$2 holds '$(ids "${@:2}")', not '$1'"; }

# ---- the metadata file stands for its folder; products that lie file beside file are each a scene; names in any case
same() { expect 0 '' "$imbrex" warp --overwrite --bands "$3" "$1" a.tif && expect 0 '' "$imbrex" warp --overwrite --bands "$3" "$2" b.tif &&
    { cmp -s a.tif b.tif || fault "$1 is not $2"; }; }
same "$l" "$l/${id}_MTL.txt" B4
same "$safe.SAFE" "$safe.SAFE/MTD_MSIL2A.xml" B04
same "$d/gaofen" "$gf-PAN1.xml" pan
same "$d/gf6" "$d/gf6/$wide.xml" coastal
expect 0 "^product +$id, Landsat Level-1" "$imbrex" info "$l/${id}_MTL.txt"
cp -r "$l" case && for f in case/*.TIF; do mv "$f" "$(dirname "$f")/$(basename "$f" | tr '[:upper:]' '[:lower:]')"; done
same "$l" case B4,pan
expect 0 'QA_PIXEL' "$imbrex" tile --dry-run case x.pmtiles
recase() { # FOLDER NEW FROM TO: a copy with all its names in one case, as some shares have them
    /usr/bin/python3 - "$@" <<'PYTHON'
import os, shutil, sys
old, new, case = sys.argv[1:]
for at, _, files in os.walk(old):
    below = os.path.relpath(at, old)
    to = os.path.join(new, "" if below == "." else getattr(below, case)())
    os.makedirs(to)
    for name in files:
        shutil.copy(os.path.join(at, name), os.path.join(to, getattr(name, case)()))
PYTHON
}
for case in lower upper; do
    recase "$safe.SAFE" $case.safe $case && recase "$l1c.SAFE" $case-l1c.safe $case && recase "$l" $case-l $case
    recase "$d/gaofen" $case-gf $case && recase "$d/gf6" $case-gf6 $case && recase "$d/gaofen" $case-flat/gf $case
    cp $case-gf6/* $case-flat/gf
    same "$safe.SAFE" $case.safe b03,B11,coastal
    same "$l1c.SAFE" $case-l1c.safe b03,B8A
    same "$l" $case-l B4,pan
    same "$d/gaofen" $case-gf pan,red
    same "$d/gf6" $case-gf6 coastal
    pack $case zip $case.safe
    same "$safe.SAFE" $case.zip b03,B11,coastal
    expect 0 '^scenes +4$' "$imbrex" info $case-flat/gf
    holds 'S2A_' $case.safe/*.[xX]*
done
mkdir flat && cp "$l"/* "$second"/* flat && tar cf flat.tar -C flat .
same "$d/landsat" flat B4,pan
same "$d/landsat" flat.tar B4,pan
same "$second" "flat/$(basename "$second")_MTL.xml" B4
# Gaofen's: colours and panchromatic of a product are one scene, whatever else lies beside; one may begin as another does
other=${gf/L1A0004521234/L1A00045212345} other=gfflat/$(basename "$other")
mkdir gfflat gfalone
gdal_translate -q -scale 0 1000 1000 0 "$gf-MSS1.tiff" "$other-MSS1.tiff" # so that one is never taken for the other
for f in "$d/gaofen"/*; do
    cp "$f" gfflat && cp -n "$f" "$other${f##*L1A0004521234}"
done
cp "$other"* gfalone
same "$d/gaofen" "$gf-MSS1.xml" pan,B2
for camera in MSS1 PAN1; do
    same "$d/gaofen" "gfflat/$(basename "$gf")-$camera.xml" pan,B2
    same gfalone "$other-$camera.xml" pan,B2
done
expect 0 '' "$imbrex" warp --overwrite --bands pan,B2 "$d/gaofen" gfalone a.tif
expect 0 '' "$imbrex" warp --overwrite --bands pan,B2 gfflat b.tif
cmp -s a.tif b.tif || fault "two Gaofen products in one folder are not these"
expect 0 '^scenes +2$' "$imbrex" info gfflat

# ---- an archive of several is what a folder of them is: deliveries, also archives of them, and plain rasters
pack two tar "$d/landsat" && pack two gztar "$d/landsat" && pack two zip "$d/landsat"
for archive in two.tar two.tar.gz two.zip; do
    same "$d/landsat" $archive B4,pan
done
mkdir many many/__MACOSX && cp -r "$l" "$safe.SAFE" "$l1c.SAFE" "$d/gf6" many && touch many/readme.txt many/__MACOSX/._x
pack many zip many
holds 'LC08 S2A_ S2B_ GF6_ GF6_ GF6_' many
holds 'LC08 S2A_ S2B_ GF6_ GF6_ GF6_' many.zip
for several in many many.zip; do
    expect 0 '^scenes +6$' "$imbrex" info $several
    [ "$(grep -cE '^  (GF6|S2[AB]|LC08)' out.txt)" = 6 ] || fault "info does not show what $several holds"
done
cp -r "$d/gf6" heap && cp "$gf"* "$l"/* heap # kinds and products in one heap
holds 'LC08 GF1_ GF6_ GF6_ GF6_' heap
mkdir mac mac/__MACOSX && cp -r "$safe.SAFE" mac && touch mac/__MACOSX/._x && pack mac zip mac
same "$safe.SAFE" mac.zip B04
mkdir nest && cp "$d/$id.tar" "$d/$wide.tar.gz" nest && pack nest zip nest && pack nest tar nest
for archive in nest nest.zip nest.tar; do
    holds 'GF6_ GF6_ GF6_ LC08' $archive
done
[ -z "$(ls ./*.properties nest/*.properties "$d"/*.properties 2>/dev/null)" ] || fault "something was written beside an archive"
/usr/bin/python3 -c 'import sys, zipfile; sys.exit(len(zipfile.ZipFile("nest.zip").namelist()) > 2)' || fault "an archive was written to"
# archives in archives, one level deep: zips of zips too; deeper ones, and what else nothing is taken of, are named
mkdir zips && cp "$safe.zip" "$d/$(basename "$gf").tar.gz" zips && pack zips zip zips
same "$safe.SAFE" zips/*.zip b03,B11
holds 'GF1_ S2A_' zips.zip
mkdir bulk && cp two.tar bulk && pack bulk zip bulk # of several in one
holds 'LC08 LC09' bulk.zip
mkdir deep && cp nest.zip deep && pack deep tar deep
expect 3 '^imbrex tile: deep.tar/nest.zip/GF6_.*.tar.gz: archives are read in an archive, but no deeper: unpack' "$imbrex" tile deep.tar x.pmtiles
one_line
cp deep.tar deep && cp -r "$l" deep && head -c 3000 "$safe.zip" >deep/broken.zip
expect 0 '' "$imbrex" tile --dry-run --json deep x.pmtiles
one_line
grep -qE '^imbrex tile: warning: deep/broken.zip: cannot be listed.*\(and 2 more archives of which nothing is taken\)$' err.txt ||
    fault "what is passed over is not told: $(cat err.txt)"
expect 0 '^scenes +5$' "$imbrex" info deep
grep -q '^imbrex info: warning: deep/broken.zip: cannot be listed' err.txt || fault "info does not tell what is passed over"
mkdir bands two_bands && cp "$l"/*_B[34].TIF two_bands &&
    pack bands/loose zip two_bands && cp "$l"/*_B2.TIF bands
expect 0 'bands/loose.zip: an archive without deliveries .*: to have its rasters, name it or unpack it' "$imbrex" tile --dry-run bands x.pmtiles
/usr/bin/python3 - "$l"/*_B4.TIF <<'PYTHON'
import sys, zipfile
def fill(name, members):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as out:
        for member, content in members:
            out.writestr(member, content)
tiff = open(sys.argv[1], "rb").read()
fill("bomb.zip", [("a.tgz", bytes(6 << 20))])
fill("out.zip", [(name, tiff) for name in ("../up.tif", "/root.tif", "a/../../x.tif", "in.tif", "..")])
quine = b""
for level in range(30):
    fill("endless.zip", [("endless.zip", quine)])
    quine = open("endless.zip", "rb").read()
fill("thousand.zip", [(f"{i}.zip", quine) for i in range(1000)])
PYTHON
expect 3 'bomb.zip/a.tgz: cannot be listed: .*far larger' "$imbrex" tile bomb.zip x.pmtiles
[ "$(ids out.zip)" = in.t ] || fault "what leads out of an archive is in it: $(ids out.zip)"
for hostile in endless thousand; do
    expect 3 'archives are read in an archive, but no deeper' timeout 20 "$imbrex" tile $hostile.zip x.pmtiles
    one_line
done
mkdir shelf && mv two.tar shelf && holds 'LC08 LC09' shelf
mkdir loose && cp "$l"/*_B[34].TIF loose && pack loose tar loose
holds 'LC08 LC08' loose.tar
expect 0 '' "$imbrex" warp --overwrite loose a.tif
expect 0 '' "$imbrex" warp --overwrite loose.tar b.tif
cmp -s a.tif b.tif || fault "an archive of rasters is not its folder"
mkdir words && touch words/readme.txt && pack words zip words
expect 3 'words.zip: no rasters .* in this archive, and no deliveries' "$imbrex" tile words.zip x.pmtiles
expect 3 'words.zip: no rasters .* in this archive, and no deliveries' "$imbrex" info words.zip

# ---- time, scale and names in plans and archives
plan() { "$imbrex" tile --dry-run --json "$@" x.pmtiles | /usr/bin/python3 -c '
import json, sys
for s in json.load(sys.stdin)["scenes"]:
    band = s["assets"][0]["data"][0]
    print(s["id"], s["time_start"], s["time_end"], *band[2:])'; }
told() { checks=$((checks + 1)); [ "$(plan "${@:2}")" = "$1" ] || fault "the plan tells '$(plan "${@:2}")', not '$1'"; }
told "$id 2020-01-01T10:51:36.123456Z None 1.0 0.0 B4" "$l"
told "$(basename "$second") 2022-01-03T10:45:00Z None 1.0 0.0 B4" "$second"
told "$(basename "$level2") 2020-01-01T10:51:36.123456Z None 2.75e-05 -0.2 B4" "$level2"
told "$(basename "$level2") 2020-01-01T10:51:36.123456Z None 0.00341802 149.0 B10" --bands thermal "$level2"
told "$(basename "$safe") 2022-06-01T10:54:41.024Z None 0.0001 -0.1 B04" "$safe.zip"
told "$(basename "$l1c") 2020-01-01T10:54:41Z 2020-01-01T10:54:52Z 0.0001 0.0 B8A" --bands b8a "$l1c.SAFE"
told "$(basename "$gf") 2020-01-01T03:32:36.5Z 2020-01-01T03:32:44Z 1.0 0.0 B3" "$d/gaofen"
pmtiles_scene() { /usr/bin/python3 -c '
import gzip, json, struct, sys
b = open(sys.argv[1], "rb").read()
at, n = struct.unpack_from("<QQ", b, 24)
t = b[at:at + n]
print(json.dumps(json.loads(gzip.decompress(t) if t[:2] == b"\x1f\x8b" else t)))' "$1"; }
pmtiles_scene j1.pmtiles | grep -q '2020-01-01T10:51:36.123456Z' || fault "the archive does not tell when"
! pmtiles_scene j1.pmtiles | grep -q "$work" || fault "the archive names a folder"
# scenes of other offsets are joined by their values
expect 0 'stretch +0\.' "$imbrex" tile --dry-run "$safe.SAFE" "$l1c.SAFE" x.pmtiles

# ---- info
info() { expect 0 "$1" "$imbrex" info "$2"; }
info "^product +$id, Landsat Level-1" "$l"
info '^acquired +2020-01-01T10:51:36.123456Z' "$d/$id.tar"
info '^ +4  B8 +pan +520 x 520 u16 +15 +.*_B8.TIF' "$l"
info '^ +1  B01 +coastal +24 x 24 u16 +60 ' "$safe.zip"
info '^ +7  B11 +swir1 +72 x 72 u16 +20 ' "$safe.SAFE"
info '^ +5  PAN +pan +360 x 360 u16 ' "$d/gaofen"
info '^placed by +RPC' "$d/gaofen"
info '^acquired +2020-01-01T03:32:36.5Z to 2020-01-01T03:32:44Z' "$d/gaofen"
cp -r "$l" less && rm less/*_B8.TIF && info '^ +4  B8 +pan +missing' less
rm less/*_B4.TIF && info '^shown +not: .*_B4.TIF: is missing' less
shown() { checks=$((checks + 1)); /usr/bin/python3 - "$@" <<'PYTHON' || fault "info --json does not show $*"
import json, subprocess, sys
path, want = sys.argv[1], json.loads(sys.argv[2])
told = json.loads(subprocess.run([__import__("os").environ["IMBREX"], "info", "--json", path], capture_output=True, check=True).stdout)
shown = told["shown"] and {key: told["shown"][key] for key in want}
assert shown == want, told
assert want or "_B4.TIF: is missing" in told["problem"] and told["delivery"]["bands"][2]["found"] is False, told
PYTHON
}
export IMBREX=$imbrex
shown "$l" '{"bands": ["B4", "B3", "B2"], "colours": "rgb", "stretch": "2%,98%", "type": "u16"}'
shown "$l/${id}_B4.TIF" '{"bands": [1], "colours": "gray", "stretch": "2%,98%", "type": "u16"}'
shown less null
gdal_translate -q -of GTiff -ot Byte -scale 6000 20000 "$l/${id}_B4.TIF" eight.tif
shown eight.tif '{"bands": [1], "colours": "gray", "stretch": "none", "type": "u8"}'
info '^valid +QA_PIXEL fill bit, nodata' "$l"
expect 0 '"validity": "QA_PIXEL fill bit, nodata"' "$imbrex" info --json "$d/$id.tar"
expect 0 '"shows": "red"' "$imbrex" info --json "$level2"
expect 0 '' "$imbrex" tile --encode terrarium --bands thermal "$level2" heat.pmtiles

# ---- refused in one line
bad() { expect 3 "$@"; one_line; }
bad 'no band B99' "$imbrex" tile --bands B99 "$l" x.pmtiles
bad 'no band 9:' "$imbrex" tile --bands 9 "$l" x.pmtiles
expect 2 'one band or three' "$imbrex" tile --bands red,green "$l" x.pmtiles
expect 2 'not a list of bands' "$imbrex" warp --bands red,,green "$l" x.tif
expect 2 'none of them' "$imbrex" tile --bands red,green,blue --src-crs EPSG:32649 "$gf-MSS1.tiff" x.pmtiles
cp -r "$l" gap && rm gap/*_B3.TIF
bad 'gap/.*_B3.TIF: is missing, the file of band B3' "$imbrex" tile gap x.pmtiles
expect 0 '' "$imbrex" tile --bands B4 gap b4.pmtiles # only what is asked for is opened
# what metadata name is in the delivery: no step upwards, no path of the root
for name in ../landsat/x.TIF /etc/passwd a/../../x.TIF '..\\\\x.TIF' /vsimem/x; do
    rm -rf out && cp -r "$l" out && sed -i "s|FILE_NAME_BAND_3 = .*|FILE_NAME_BAND_3 = \"$name\"|" out/*_MTL.txt
    bad 'out/.*_MTL.txt: names a file outside of the delivery \(.*\): a delivery may only name what is in it' "$imbrex" tile out x.pmtiles
done
rm -rf out && cp -r "$l" out && sed -i "s|_QUALITY_L1_PIXEL = .*|_QUALITY_L1_PIXEL = \"../x.TIF\"|" out/*_MTL.txt
bad 'names a file outside of the delivery' "$imbrex" tile out x.pmtiles
cp -r "$safe.SAFE" out.SAFE && sed -i 's|>GRANULE/|>../out.SAFE/GRANULE/|g' out.SAFE/MTD_MSIL2A.xml
grep -q '>../out.SAFE/' out.SAFE/MTD_MSIL2A.xml || fault "the test changes no name"
bad 'out.SAFE/MTD_MSIL2A.xml: names a file outside of the delivery' "$imbrex" tile out.SAFE x.pmtiles
# nor is a band a text that leads on to other files
cp -r "$l" vrt && gdal_translate -q -of VRT "$second"/*_B4.TIF b4.vrt && mv b4.vrt vrt/${id}_B4.TIF
bad 'vrt/.*_B4.TIF: neither TIFF nor JPEG 2000, which deliveries consist of' "$imbrex" tile vrt x.pmtiles
cp -r "$l" vrtq && cp vrt/${id}_B4.TIF vrtq/${id}_QA_PIXEL.TIF
bad 'vrtq/.*_QA_PIXEL.TIF: neither TIFF nor JPEG 2000' "$imbrex" tile --mask cloud vrtq x.pmtiles
cp -r "$l" cut && sed -i '/^END$/d' cut/*_MTL.txt
bad 'END is missing' "$imbrex" tile cut x.pmtiles
sed -i '3s/=//' gap/*_MTL.txt
bad 'line 3 is not KEY = VALUE' "$imbrex" tile gap x.pmtiles
cp -r "$safe.SAFE" cut.SAFE && truncate -s 700 cut.SAFE/MTD_MSIL2A.xml
bad 'not sound XML' "$imbrex" tile cut.SAFE x.pmtiles
cp -r "$level2" json && truncate -s 300 json/*_MTL.json
bad 'not sound JSON' "$imbrex" tile json x.pmtiles
cp -r "$d/gaofen" gfbad && sed -i 's/SatelliteID/Satellite/g' gfbad/*.xml
bad 'does not tell its satellite' "$imbrex" tile gfbad x.pmtiles
cp -r "$d/gaofen" rpc && for n in 100 1700 2200; do
    head -c $n "$gf-PAN1.rpb" >"rpc/$(basename "$gf")-PAN1.rpb"
    bad 'the RPC file beside it is damaged .*rpc/.*-PAN1.rpb$' "$imbrex" tile --bands pan rpc x.pmtiles
done
rm rpc/*-PAN1.rpb && printf 'LINE_OFF: 10\nSAMP_OFF: 4\n' >"rpc/$(basename "$gf")-PAN1_RPC.TXT"
bad 'the RPC file beside it is damaged .*rpc/.*-PAN1_RPC.TXT$' "$imbrex" tile --bands pan rpc x.pmtiles
rm rpc/*-PAN1_RPC.TXT
bad 'no georeferencing' "$imbrex" tile --bands pan rpc x.pmtiles
head -c 3000 "$safe.zip" >cut.zip
bad 'cut.zip' "$imbrex" tile cut.zip x.pmtiles
bad 'no such file' "$imbrex" tile nothing.tar x.pmtiles
[ ! -e x.pmtiles ] && [ ! -e x.tif ] || fault "a refused job left an output"
finish
