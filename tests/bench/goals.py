"""tests/bench/goals.py: what the project asks of its speed beside GDAL's `gdal raster tile` and the codecs alone.

For scenes of 8192 x 8192 px, two threads, average overviews, quality 75. "Reach" is what the codecs would allow. On smaller scenes
the start of a program weighs more: there the table only shows that it works."""
import statistics

import report

GDAL, FLOOR, OURS = "gdal raster tile", "codec floor", "imbrex tile"
# kernel -> (goal, reach)
CPU = {"png": {"bilinear": (9, 11), "cubic": (8, 11)}, "jpeg": {"bilinear": (6.5, 9), "cubic": (4.5, 6)},
       "webp": {"bilinear": (1.75, 1.95), "cubic": (1.75, 1.95)}}
BYTES = {"png": 1.08, "jpeg": 1.03, "webp": 1.03}
ABOVE_FLOOR = {"png": {"bilinear": (1.35, 1.2), "cubic": (1.35, 1.2)}, "jpeg": {"bilinear": (1.6, 1.35), "cubic": (2.3, 1.8)},
               "webp": {"bilinear": (1.15, 1.05), "cubic": (1.15, 1.05)}}
SPEED_UP = 1.05  # wall at all threads / wall at one, over the same of the floor


def paired(result, other):
    """Wall over the other's, median of the rounds."""
    return statistics.median(a["wall_s"] / b["wall_s"] for a, b in zip(result["each"], other["each"]))


def of_case(rows, where, form, kernel):
    """The goals of one scene, kernel and format; rows: {(program, threads): result}."""
    all_threads = max(threads for _, threads in rows)
    ours, gdal, floor = (rows.get((p, all_threads)) for p in (OURS, GDAL, FLOOR))
    if gdal:
        yield report.Goal("CPU, gdal raster tile / imbrex", where, ">=", *CPU[form][kernel], gdal["cpu_ratio"])
        yield report.Goal("wall, the same: at least the CPU's", where, ">=", gdal["cpu_ratio"], None, gdal["wall_ratio"])
        yield report.Goal("bytes / gdal raster tile's", where, "<=", BYTES[form], None, ours["bytes"] / gdal["bytes"])
        yield report.Goal("peak memory / gdal raster tile's", where, "<=", 1, None, ours["peak_mb"] / gdal["peak_mb"])
    if floor and floor["cpu_ratio"]:
        yield report.Goal("CPU, imbrex / codec floor", where, "<=", *ABOVE_FLOOR[form][kernel], 1 / floor["cpu_ratio"])
    one, floor_one = rows.get((OURS, 1)), rows.get((FLOOR, 1))
    if floor and one and floor_one and all_threads > 1:
        allowed = SPEED_UP * paired(floor, floor_one)
        yield report.Goal("wall, -j%d / -j1: the floor's x %.2f" % (all_threads, SPEED_UP), where, "<=", allowed, None,
                          paired(ours, one))


def reached(results):
    """One after the other: all cases of the first goal, then those of the second."""
    cases = {}
    for r in results:
        if r["format"] in CPU and r["resample"] in CPU[r["format"]]:
            key = r["scene"], r["resample"], r["format"]
            cases.setdefault(key, {})[(r["program"], r["threads"])] = r
    rows = [goal for (scene, kernel, form), found in cases.items()
            for goal in of_case(found, "%s, %s, %s" % (scene, kernel, form), form, kernel)]
    order = list(dict.fromkeys(g.what for g in rows))
    return sorted(rows, key=lambda g: order.index(g.what))
