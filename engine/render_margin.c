/* engine/render_margin.c: see the header. */
#include "engine/render_margin.h"

enum { SPANS = 3 };

typedef struct span {
    int64_t from;
    int32_t at, length;
} span;

/* Along one axis of `limit` px: [from, from + length) cut where cells meet and where it goes round. */
static size_t find_spans(int64_t from, int32_t length, int64_t limit, int64_t cell, bool wraps, span spans[SPANS]) {
    size_t count = 0;
    for (int32_t at = 0; at < length && count < SPANS;) {
        const int64_t is = from + at, place = wraps ? (is % limit + limit) % limit : is;
        if (place < 0 || place >= limit) {
            at++;
            continue;
        }
        const int64_t in_cell = cell - place % cell, in_space = limit - place, left = length - at;
        const int64_t rest = in_cell < in_space ? in_cell : in_space;
        const span next = {place, at, (int32_t)(rest < left ? rest : left)};
        spans[count++] = next;
        at += next.length;
    }
    return count;
}

size_t imx_margin_parts(const imx_space *space, int32_t cell_px, int64_t x, int64_t y, int32_t w, int32_t h,
                        imx_margin_part parts[IMX_MARGIN_PARTS]) {
    span across[SPANS], down[SPANS];
    const size_t columns =
        find_spans(x - IMX_MARGIN_PX, w + 2 * IMX_MARGIN_PX, (int64_t)space->width, cell_px, space->wraps, across);
    const size_t rows =
        find_spans(y - IMX_MARGIN_PX, h + 2 * IMX_MARGIN_PX, (int64_t)space->height, cell_px, false, down);
    for (size_t i = 0; i < rows * columns; i++) {
        const span *row = &down[i / columns], *column = &across[i % columns];
        parts[i] = (imx_margin_part){column->from, row->from, column->at, row->at, column->length, row->length};
    }
    return rows * columns;
}
