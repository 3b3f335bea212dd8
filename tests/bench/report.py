"""tests/bench/report.py: results as a Markdown table, and as a bar plot in SVG.

A result is a dict: scene, resample, threads, format; program, cpu_s, wall_s, peak_mb, bytes, psnr_db; cpu_ratio and
wall_ratio (to imbrex, in the same rounds); rounds.
"""
from xml.sax.saxutils import escape

CASE = ("scene", "resample", "threads", "format")
TITLES = {"scene": "scene", "resample": "kernel", "threads": "-j", "format": "format"}


def number(value, form):
    return form % value if value is not None else ""


def psnr(result):
    if result["psnr_db"] is None:
        return ""
    return result["psnr_db"] if result["psnr_db"] == "equal" else "%.1f" % result["psnr_db"]


def constant(results):
    """What is the same in all cases: it goes into the heading. The format is always shown."""
    return [k for k in CASE[:-1] if len({r[k] for r in results}) == 1]


def table(columns, rows):
    """columns: (title, right-aligned)."""
    widths = [max(len(c[0]), 3, *(len(r[i]) for r in rows)) for i, c in enumerate(columns)]

    def line(cells):
        return "| " + " | ".join(c.rjust(w) if right else c.ljust(w)
                                 for c, w, (_, right) in zip(cells, widths, columns)) + " |"

    ruler = "| " + " | ".join("-" * (w - 1) + ":" if right else "-" * w for w, (_, right) in zip(widths, columns)) + " |"
    return "\n".join([line([c[0] for c in columns]), ruler] + [line(r) for r in rows])


def beside_gdal(results, result):
    """Bytes over those of gdal raster tile in the same case."""
    theirs = [r["bytes"] for r in results if r["program"] == "gdal raster tile" and
              all(r[k] == result[k] for k in CASE if k != "threads")]
    return "%.3f" % (result["bytes"] / theirs[0]) if theirs else ""


def markdown(results):
    keys = [k for k in CASE if k not in constant(results)]
    columns = [(TITLES[k], k == "threads") for k in keys] + [("program", False)] + [(t, True) for t in (
        "CPU s", "wall s", "peak MB", "MB", "bytes / gdal's", "PSNR dB", "CPU / imbrex", "wall / imbrex", "rounds")]
    rows = [[str(r[k]) for k in keys] + [r["program"], number(r["cpu_s"], "%.2f"), number(r["wall_s"], "%.2f"),
                                         number(r["peak_mb"], "%.0f"), "%.1f" % (r["bytes"] / 1e6), beside_gdal(results, r), psnr(r),
                                         number(r["cpu_ratio"], "%.2f"), number(r["wall_ratio"], "%.2f"), str(r["rounds"])]
            for r in results]
    return table(columns, rows)


def floors(results):
    """imbrex over the codec floor; "" without a floor."""
    keys = [k for k in CASE if k not in constant(results)]
    rows = [[str(r[k]) for k in keys] + ["%.2f" % r["decode_cpu_s"], "%.2f" % r["encode_cpu_s"],
                                         "%.2f" % (1 / r["cpu_ratio"]), "%.2f" % (1 / r["wall_ratio"])]
            for r in results if "decode_cpu_s" in r and r["cpu_ratio"] and r["wall_ratio"]]
    columns = [(TITLES[k], k == "threads") for k in keys] + [(t, True) for t in (
        "floor: decode CPU s", "encode CPU s", "imbrex / floor CPU", "wall")]
    return table(columns, rows) if rows else ""


# ---- goals ----

class Goal:
    """A figure that is asked for: sense is "<=" or ">="; reach may be None, and measured too (not measured in this run)."""

    def __init__(self, what, where, sense, goal, reach, measured):
        self.what, self.where, self.sense, self.goal, self.reach, self.measured = what, where, sense, goal, reach, measured

    def met(self, bound):
        if self.measured is None or bound is None:
            return None
        return self.measured <= bound if self.sense == "<=" else self.measured >= bound

    def verdict(self):
        if self.measured is None:
            return "not measured"
        return "reach" if self.met(self.reach) else "met" if self.met(self.goal) else "NOT MET"

    def as_dict(self):
        return {"what": self.what, "where": self.where, "sense": self.sense, "goal": self.goal, "reach": self.reach,
                "measured": self.measured, "verdict": self.verdict()}


def goals(rows):
    columns = [("goal", False), ("where", False), ("asked for", True), ("reach", True), ("measured", True), ("", False)]

    def figure(value):
        return "" if value is None else "%.0f" % value if value >= 100 else "%.2f" % value

    return table(columns, [[g.what, g.where, "%s %s" % (g.sense, figure(g.goal)), figure(g.reach), figure(g.measured),
                            g.verdict()] for g in rows])


# ---- plot ----

WIDTH, LEFT, RIGHT, BAR, GAP = 720, 170, 130, 16, 6
STYLE = """<style>
text { font: 12px sans-serif; fill: #7d7d7d }
.title { font-weight: bold }
.peer { fill: #9aa3ab }
.ours { fill: #2a9d8f }
.floor { fill: none; stroke: #7d7d7d; stroke-dasharray: 3 2 }
</style>"""


def bar(result, longest, y):
    kind = {"imbrex tile": "ours", "codec floor": "floor"}.get(result["program"], "peer")
    width = max(1, (WIDTH - LEFT - RIGHT) * result["cpu_s"] / longest)
    ratio = ", %.1f x" % result["cpu_ratio"] if kind == "peer" and result["cpu_ratio"] else ""
    return ('<text x="%d" y="%d" text-anchor="end">%s</text><rect class="%s" x="%d" y="%d" width="%.1f" height="%d"/>'
            '<text x="%.1f" y="%d">%.2f s%s</text>' % (
                LEFT - 8, y + 12, escape(result["program"]), kind, LEFT, y, width, BAR, LEFT + width + 6, y + 12,
                result["cpu_s"], ratio))


def svg(results, heading):
    """CPU seconds, a panel a case; each panel has its own scale. Neutral greys: for light and dark pages."""
    cases = []
    for r in results:
        case = tuple(r[k] for k in CASE)
        if not cases or cases[-1][0] != case:
            cases.append((case, []))
        cases[-1][1].append(r)
    same = constant(results)
    parts, y = ['<text class="title" x="8" y="18">%s</text>' % escape(heading)], 34
    for _, rows in cases:
        title = ", ".join(["%s%s" % ("-j" if k == "threads" else "", rows[0][k]) for k in CASE if k not in same])
        parts.append('<text class="title" x="%d" y="%d">%s</text>' % (LEFT, y + 12, escape(title)))
        y += 20
        longest = max(r["cpu_s"] for r in rows)
        for r in rows:
            parts.append(bar(r, longest, y))
            y += BAR + GAP
        y += 10
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">\n<title>%s</title>\n'
            '%s\n%s\n</svg>\n' % (WIDTH, y, WIDTH, y, escape(heading), STYLE, "\n".join(parts)))
