#!/bin/bash
# The benchmark runs from scene to plot, and what it says makes sense: imbrex and the codec floor on a small scene.
set -eu
/usr/bin/python3 -c 'import osgeo.gdal, numpy' 2>/dev/null || { echo "skipped: python3-gdal is not there"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/imbrex-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 "$SOURCE/testdata/make_scenes.py" "$work"
/usr/bin/python3 "$SOURCE/tests/bench/make_scene.py" "$work/wide.tif" "$work/scene.tif" 512
refused() { # a floor that could not be measured is not printed
    if "$IMBREX/codec_floor" "$@" >"$work/floor.txt" 2>"$work/refusal.txt" || [ -s "$work/floor.txt" ] ||
        grep -q Sanitizer "$work/refusal.txt"; then
        echo "not refused: $* ($(head -c 300 "$work/refusal.txt"))" >&2
        exit 1
    fi
}
refused 2 png 75 "$work/truncated.tif" 0 "$work/none.pmtiles"
refused 2 png 75 "$work/scene.tif" 0 "$work/none.pmtiles"
refused 2 png 75 "$work/scene.tif" 3 "$work/none.pmtiles"
refused 2 gif 75 "$work/scene.tif" 0 "$work/none.pmtiles"

/usr/bin/python3 "$SOURCE/tests/bench/run" --bin "$IMBREX" --scene "$work/scene.tif" --rounds 1 --programs imbrex,floor \
    --formats png,jpeg --resample bilinear,cubic --json "$work/out.json" --svg "$work/out.svg" --markdown "$work/out.md"
/usr/bin/python3 "$SOURCE/tests/bench/run" --bin "$IMBREX" --scene "$work/scene.tif" --rounds 1 --goals --programs imbrex,floor \
    --formats webp --resample bilinear --json "$work/goals.json" --svg "$work/goals.svg" >"$work/goals.txt"
/usr/bin/python3 "$SOURCE/tests/bench/scale" --bin "$IMBREX" --source "$work/wide.tif" --sizes 300,600 --blocks tiles,strips:16 \
    --formats png --zoom 0-12 --rounds 1 --folder "$work" --remove --json "$work/scale.json" >"$work/scale.txt"
/usr/bin/python3 - "$work" <<'TEXT'
import json, os, sys
import xml.etree.ElementTree as tree

folder = sys.argv[1]
results = json.load(open(os.path.join(folder, "out.json")))["results"]
assert [(r["resample"], r["format"], r["program"]) for r in results] == [
    (k, f, p) for k in ("bilinear", "cubic") for f in ("png", "jpeg") for p in ("imbrex tile", "codec floor")], results
for ours, floor in zip(results[::2], results[1::2]):
    assert ours["cpu_s"] > 0 and ours["wall_s"] > 0 and ours["peak_mb"] > 1 and ours["cpu_ratio"] == 1
    assert ours["psnr_db"] > (45 if ours["format"] == "png" else 25), ours
    assert floor["psnr_db"] is None and floor["decode_cpu_s"] > 0 and floor["encode_cpu_s"] > 0
    # the same tiles by the same encoder: in PNG the archive has but its directory more
    assert 0 <= ours["bytes"] - floor["bytes"] < 8192, (ours["bytes"], floor["bytes"])
bars = [e for e in tree.parse(os.path.join(folder, "out.svg")).iter() if e.tag.endswith("rect")]
assert len(bars) == len(results), len(bars)
# the same pixels in tiles and in strips, hence the same archives
made = json.load(open(os.path.join(folder, "scale.json")))
assert [(r["size"], r["blocks"]) for r in made["results"]] == [
    (n, b) for b in ("tiles", "strips") for n in (300, 600)], made["results"]
for tiles, strips in zip(made["results"][:2], made["results"][2:]):
    assert tiles["amplification"] == strips["amplification"] == 1 and tiles["peak_mb"] > 1
    assert abs(tiles["bytes"] - strips["bytes"]) < 64, (tiles["bytes"], strips["bytes"])
    assert abs(tiles["output_mpx"] - strips["output_mpx"]) < 1e-6 < tiles["output_mpx"]
    assert tiles["rounds"][0]["blocks_distinct"] == (-(-tiles["size"] // 256)) ** 2, tiles
assert [g["verdict"] for g in made["goals"]] == ["met"] * 4, made["goals"]
rows = json.load(open(os.path.join(folder, "goals.json")))
assert [(r["program"], r["threads"]) for r in rows["results"]] == [
    (p, n) for n in (2, 1) for p in ("imbrex tile", "codec floor")], rows["results"]
assert [g["what"] for g in rows["goals"]] == ["CPU, imbrex / codec floor", "wall, -j2 / -j1: the floor's x 1.05"], rows["goals"]
assert all(g["measured"] > 0 and g["goal"] > 0 for g in rows["goals"])
bars = [e for e in tree.parse(os.path.join(folder, "goals.svg")).iter() if e.tag.endswith("rect")]
assert len(bars) == 2, len(bars)  # of all threads only
lines = [l for l in open(os.path.join(folder, "out.md")) if l.startswith("| ")]
assert len(lines) == 2 + len(results) + 2 + len(results) // 2, lines
TEXT
