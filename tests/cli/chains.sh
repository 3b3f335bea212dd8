#!/bin/bash
# tests/cli/chains.sh: grids whose zooms do not all halve: `imbrex tile` makes them in one job, each run of zooms that do from
# the scenes. By value, by bytes, and what is said of it.
. "$(dirname "$0")/lib.sh"
make_scenes
check() { /usr/bin/python3 "$SOURCE/tests/cli/check_chains.py" "$@"; }
check grid LV95 lv95.json && check grid Split split.json && check scene scene.tif || exit 1
run() { "$imbrex" tile --quiet --overwrite "$@"; }

# The plan says what each zoom is made of, and what that costs.
expect 0 '^chains +9, since not all zooms halve: 14\.[89] Mpx of the scenes are read, 9\.0 times those of the finest' \
    "$imbrex" tile --dry-run --grid lv95.json --zoom 9-21 scene.tif out/
for line in '^ +zoom +tiles +m a pixel   made of$' '^ +14 +1 +650\.00   the scenes, 1\.[67] Mpx of them, rendered 8 times finer$' \
    '^ +15 +1 +500\.00   zoom 16$' '^ +21 +[0-9]+ +5\.00   the scenes, 1\.[67] Mpx of them$'; do
    grep -qE "$line" out.txt || fault "the plan has no line like: $line"
done
expect 0 '^ +all +19 +about' "$imbrex" tile --dry-run --grid lv95.json --zoom 11-21 scene.tif out/
expect 0 '"chains":' "$imbrex" tile --dry-run --json --grid lv95.json --zoom 11-21 scene.tif out/
/usr/bin/python3 - <<'PYTHON' || fault "the plan's JSON does not count what each chain makes"
import json
plan = json.load(open("out.txt"))
chains, counts = plan["chains"], plan["tiles"]
assert [(c["zoom_min"], c["zoom_max"]) for c in chains] == [(19, 21), (17, 18), (15, 16), (14, 14), (13, 13), (12, 12), (11, 11)], chains
assert len(counts) == 22 and sum(counts) == 19 and not any(counts[:11]) and all(counts[11:]), counts
for c in chains:
    zooms = slice(c["zoom_min"], c["zoom_max"] + 1)
    assert c["tiles"][zooms] == counts[zooms], (c, counts)
PYTHON
expect 0 '^bounds' "$imbrex" tile --dry-run --grid lv95.json --zoom 19-22 scene.tif out/
! grep -qE 'chains|made of' out.txt || fault "one chain is spoken of as several: $(cat out.txt)"
[ ! -e out ] || fault "a dry run wrote something"

# One chain that is rendered finer says so as well; one that is not needs no word.
expect 0 '^ +12 +1 +1000\.00   the scenes, 1\.[67] Mpx of them, rendered 8 times finer$' "$imbrex" tile --dry-run --grid lv95.json --zoom 12 scene.tif out/
! grep -q chains out.txt || fault "one chain is spoken of as several: $(cat out.txt)"
expect 0 '^ +9 +1 +1750\.00   the scenes, 1\.[67] Mpx of them$' "$imbrex" tile --dry-run -r nearest --grid lv95.json --zoom 9-10 scene.tif out/

# Each zoom is what it should be; where it shows pixels 64 times smaller and more, those 2 to 64 times finer, averaged.
expect 0 'zooms 8-22 in 10 chains' "$imbrex" tile -f png --grid lv95.json --zoom 8-22 scene.tif all/
check values all lv95.json scene.tif bilinear 8=base/16 9=base/16 10=base/16 11=base/16 12=base/8 13=base/8 14=base/8 \
    15=reduced 16=base/2 17=reduced 18=base 19=reduced 20=reduced 21=reduced 22=base || fault "bilinear: the zooms are not what they should be"
run -f png -r cubic --grid lv95.json --zoom 12-22 scene.tif cubic/ || fault "cubic"
check values cubic lv95.json scene.tif cubic 12=base/8 13=base/8 14=base/8 15=reduced 16=base/2 17=reduced 18=base 19=reduced \
    20=reduced 21=reduced 22=base || fault "cubic: the zooms are not what they should be"
gdal_create -q -of GTiff -outsize 20000 20000 -bands 1 -a_srs EPSG:2056 -a_ullr 2600000 1200000 2602000 1198000 -co TILED=YES -co SPARSE_OK=TRUE large.tif ||
    fault "gdal_create"
expect 0 'warning: 9 chains of zooms read 3600 Mpx of the scenes, 9\.0 times .*gdaladdo' "$imbrex" tile --dry-run --grid lv95.json --zoom 9-21 large.tif out/
expect 0 'zooms +8 to 22' "$imbrex" info all
expect 0 'sound: 42 tiles' "$imbrex" verify all
grep -q '"chains":\[{"zoom_max":22,"zoom_min":19}' all/metadata.json || fault "the archive does not say what was made of what"

# auto: from the coarsest zoom of the set to the one that keeps the scene's detail.
expect 0 'zooms 0-23 in 19 chains' "$imbrex" tile -f png --grid lv95.json scene.tif auto/
for z in all/[0-9]*; do diff -r "$z" "auto/${z#all/}" >/dev/null || fault "zoom ${z#all/} depends on the others"; done

# One job makes what a job for each run makes, whatever is done to the pixels; stretches are those of the whole layer.
/usr/bin/python3 - <<'PYTHON' || fault "no scene of 16 bits"
from osgeo import gdal
gdal.Translate("deep.tif", "scene.tif", outputType=gdal.GDT_UInt16, scaleParams=[[0, 255, 100, 9000]], creationOptions=["TILED=YES"])
gdal.Translate("dem.tif", "scene.tif", bandList=[1], outputType=gdal.GDT_Float32, scaleParams=[[0, 255, 400, 4400]], noData=-9999)
PYTHON
same_as_apart() { # NAME SCENE OPTIONS...
    local name=$1 scene=$2 z
    shift 2
    checks=$((checks + 1))
    run -f png --grid lv95.json --zoom 14-20 "$@" "$scene" one/ || fault "$name: in one job"
    for part in 14 15-16 17-18 19-20; do
        run -f png --grid lv95.json --zoom "$part" "$@" "$scene" "part-$part/" || fault "$name: zooms $part"
        for z in "part-$part"/[0-9]*; do
            diff -r "$z" "one/${z#*/}" >/dev/null || fault "$name: zoom ${z#*/} differs from that of a job of its own"
        done
    done
    [ "$(ls one | grep -c '^[0-9]')" = 7 ] || fault "$name: zooms are missing: $(ls one)"
}
same_as_apart plain scene.tif
same_as_apart stretched deep.tif
same_as_apart buffer scene.tif --buffer 4
same_as_apart filtered scene.tif --overview-resample lanczos -r lanczos
same_as_apart retina scene.tif --retina
same_as_apart limits scene.tif --bbox 2600500,1198500,2602000,1199600 --bbox-crs EPSG:2056
same_as_apart collar scene.tif --collar 5
same_as_apart shade dem.tif --hillshade
same_as_apart heights dem.tif --encode terrain-rgb
check heights one lv95.json dem.tif 14=base/8 16=base/2 18=base 20=base || fault "heights are not what they should be"

# The same bytes whatever the threads and the memory; by rows as well.
/usr/bin/python3 - <<'PYTHON' || fault "no striped scene"
from osgeo import gdal
gdal.Translate("striped.tif", "scene.tif", width=3000, height=2200, resampleAlg="cubic", creationOptions=["BLOCKYSIZE=1"])
PYTHON
for scene in scene.tif striped.tif; do
    run --grid lv95.json --zoom 10-23 -j1 "$scene" j1/ || fault "-j1"
    for options in "-j2" "-j7" "-j3 --memory 128M" "-j2 --cpu-mask scalar"; do
        checks=$((checks + 1))
        # shellcheck disable=SC2086
        run --grid lv95.json --zoom 10-23 $options "$scene" other/ || fault "$options"
        diff -r j1 other >/dev/null || fault "$scene: $options: not the same bytes"
    done
done

# Matrices that hold different parts of the country: what is beyond the fine ones is still in the coarse ones.
expect 0 'zooms 0-3 in 2 chains' "$imbrex" tile -f png --grid split.json scene.tif split/
check values split split.json scene.tif bilinear 0=reduced 1=base 2=reduced || fault "a split grid's zooms are not what they should be"
expect 0 sound "$imbrex" verify split
run -f png --grid split.json --zoom 0-1 scene.tif coarse/ || fault "the coarse zooms alone"
/usr/bin/python3 - <<'PYTHON' || fault "the bounds end where the fine matrices do"
import json
split, coarse = (json.load(open(f"{name}/metadata.json"))["bounds"] for name in ("split", "coarse"))
assert abs(split[2] - coarse[2]) < 1e-9 and split[0] >= coarse[0], (split, coarse)
PYTHON
gdal_translate -q -a_ullr 2603000 1200000 2606000 1197800 scene.tif east.tif || fault "gdal_translate"
expect 0 'zooms 0-3 in 2 chains' "$imbrex" tile -f png --grid split.json east.tif east/
[ -d east/0 ] && [ -d east/1 ] && [ ! -e east/2 ] || fault "a scene beyond the fine matrices: $(ls east)"
expect 3 'lies outside of the grid' "$imbrex" tile --grid split.json --zoom 2-3 east.tif bad/
one_line
[ ! -e bad ] || fault "a refused job left something behind"

# Interrupted anywhere, it leaves what was there; the next run makes the whole.
run --grid lv95.json --zoom 8-25 -j1 scene.tif whole/ || fault "a whole run"
for signal in INT KILL; do
    rm -rf out && cp -r split out
    setsid "$imbrex" tile --overwrite --grid lv95.json --zoom 8-25 -j1 scene.tif out/ >out.txt 2>err.txt &
    pid=$!
    for _ in $(seq 6000); do find . -path '*partial*/24/*' 2>/dev/null | grep -q . && break; kill -0 "$pid" 2>/dev/null || break; sleep 0.005; done
    kill -"$signal" "$pid"
    wait "$pid" 2>/dev/null
    status=$?
    checks=$((checks + 1))
    [ "$status" = "$([ "$signal" = INT ] && echo 4 || echo 137)" ] || fault "SIG$signal: exit status $status ($(cat err.txt))"
    diff -r split out >/dev/null || fault "SIG$signal: the old output was touched"
    expect 0 'in 13 chains' "$imbrex" tile --overwrite --grid lv95.json --zoom 8-25 -j2 scene.tif out/
    diff -r whole out >/dev/null || fault "SIG$signal: the next run does not make the same"
    ! ls -A . | grep -q partial || fault "SIG$signal: left behind: $(ls -A .)"
done

# Specks, and coarse scenes beside fine ones, are not rendered as fine as these: that would have no end.
gdal_create -q -of GTiff -outsize 40 20 -bands 1 -burn 99 -a_srs EPSG:4326 -a_ullr -180 90 180 -90 world.tif || fault "gdal_create"
gdal_translate -q -srcwin 0 0 12 10 scene.tif speck.tif || fault "gdal_translate"
for scenes in "speck.tif" "world.tif speck.tif"; do
    # shellcheck disable=SC2086
    expect 0 '"bytes_estimate"' "$imbrex" tile --dry-run --json --zoom 0-3 $scenes out.pmtiles
    ! grep -q rendered_finer out.txt || fault "$scenes: rendered finer"
done
expect 3 'add overviews to the raster' "$imbrex" tile --dry-run --zoom 0-3 world.tif large.tif out.pmtiles
expect 0 'zooms 0-3' "$imbrex" tile --overwrite --zoom 0-3 world.tif speck.tif out.pmtiles

# Grids of one chain stay so.
for grid in WebMercatorQuad CGCS2000Quad UTM32WGS84Quad; do
    expect 0 '^generation' "$imbrex" tile --dry-run --grid "$grid" scene.tif out1/
    ! grep -q chains out.txt || fault "$grid: several chains"
done
expect 0 '^generation' "$imbrex" tile --dry-run --raster-grid scene.tif out1/
! grep -q chains out.txt || fault "--raster-grid: several chains"
finish
