/* engine/layer_limits.c: see the header. */
#include "engine/layer_limits.h"

#include <math.h>
#include <string.h>

#include "engine/collar.h"

enum { LATTICE = 5, PIXELS_SIDE = 8 /* up to which each pixel is asked */ };

typedef struct judge {
    const imx_layer_limits *limits;
    imx_transform *transform;
    double scale_x, scale_y; /* px at level 0 for each of the level */
} judge;

typedef struct rect { /* px of the level */
    int64_t x, y, w, h;
} rect;

static judge judge_of(const imx_layer_limits *limits, imx_transform *transform, const imx_asset *asset,
                      const imx_block_layout *layout) {
    return (judge){limits, transform, (double)asset->width / layout->level_w, (double)asset->height / layout->level_h};
}

/* ---- rectangles ---- */

/* The box of a rectangle in output space, with a margin; false: nothing is known of it. */
static bool box_of(const judge *j, const rect *r, imx_box *out) {
    double x[LATTICE * LATTICE], y[LATTICE * LATTICE];
    for (int i = 0; i < LATTICE * LATTICE; i++) {
        x[i] = j->scale_x * ((double)r->x + (double)r->w * (i % LATTICE) / (LATTICE - 1));
        y[i] = j->scale_y * ((double)r->y + (double)r->h * (i / LATTICE) / (LATTICE - 1));
    }
    imx_transform_forward(j->transform, LATTICE * LATTICE, x, y);
    *out = (imx_box){x[0], y[0], x[0], y[0]};
    for (int i = 0; i < LATTICE * LATTICE; i++) {
        if (x[i] == HUGE_VAL) {
            return false;
        }
        out->min_x = fmin(out->min_x, x[i]), out->max_x = fmax(out->max_x, x[i]);
        out->min_y = fmin(out->min_y, y[i]), out->max_y = fmax(out->max_y, y[i]);
    }
    const double wide = out->max_x - out->min_x, high = out->max_y - out->min_y, margin = 0.1 * (wide + high);
    out->min_x -= margin, out->max_x += margin;
    out->min_y -= margin, out->max_y += margin;
    const double round = imx_space_round(j->limits->space);
    return !(round > 0 && wide > round / 4); /* it may lie on both sides of a seam */
}

static imx_limits_side side_of(const judge *j, const rect *r) {
    imx_box box;
    if (!box_of(j, r, &box)) {
        return IMX_LIMITS_ACROSS;
    }
    bool inside = true;
    for (size_t i = 0; i < j->limits->count; i++) {
        const bool across = imx_region_crosses(j->limits->regions[i], &box);
        const bool holds = imx_region_holds(j->limits->regions[i], box.min_x, box.min_y);
        if (!across && !holds) {
            return IMX_LIMITS_OUTSIDE;
        }
        inside = inside && !across;
    }
    return inside ? IMX_LIMITS_INSIDE : IMX_LIMITS_ACROSS;
}

/* ---- pixels ---- */

static void judge_pixels(const judge *j, const rect *r, int64_t stride, uint8_t *inside) {
    double x[PIXELS_SIDE * PIXELS_SIDE], y[PIXELS_SIDE * PIXELS_SIDE];
    const size_t n = (size_t)(r->w * r->h);
    for (size_t i = 0; i < n; i++) {
        x[i] = j->scale_x * ((double)(r->x + (int64_t)i % r->w) + 0.5);
        y[i] = j->scale_y * ((double)(r->y + (int64_t)i / r->w) + 0.5);
    }
    imx_transform_forward(j->transform, n, x, y);
    for (size_t i = 0; i < n; i++) {
        bool within = x[i] != HUGE_VAL;
        for (size_t k = 0; k < j->limits->count && within; k++) {
            within = imx_region_holds(j->limits->regions[k], x[i], y[i]);
        }
        inside[(int64_t)i / r->w * stride + (int64_t)i % r->w] = within ? 255 : 0;
    }
}

static void judge_rect(const judge *j, const rect *r, int64_t stride, uint8_t *inside) {
    if (r->w < 1 || r->h < 1) {
        return;
    }
    if (r->w <= PIXELS_SIDE && r->h <= PIXELS_SIDE) {
        judge_pixels(j, r, stride, inside);
        return;
    }
    const imx_limits_side side = side_of(j, r);
    if (side != IMX_LIMITS_ACROSS) {
        for (int64_t row = 0; row < r->h; row++) {
            memset(inside + row * stride, side == IMX_LIMITS_INSIDE ? 255 : 0, (size_t)r->w);
        }
        return;
    }
    const int64_t left = r->w > PIXELS_SIDE ? r->w / 2 : r->w, top = r->h > PIXELS_SIDE ? r->h / 2 : r->h;
    for (int i = 0; i < 4; i++) {
        const int64_t x = i % 2 ? left : 0, y = i / 2 ? top : 0;
        const rect part = {r->x + x, r->y + y, i % 2 ? r->w - left : left, i / 2 ? r->h - top : top};
        judge_rect(j, &part, stride, inside + y * stride + x);
    }
}

imx_status imx_limits_pixels(const imx_layer_limits *limits, imx_transform *transform, const imx_asset *asset,
                             int32_t level, const int32_t window[4], imx_error *err, uint8_t *inside) {
    const imx_block_layout layout = imx_asset_blocks(asset, level);
    const judge j = judge_of(limits, transform, asset, &layout);
    const rect all = {window[0], window[1], window[2], window[3]};
    judge_rect(&j, &all, window[2], inside);
    return imx_transform_check(transform, err);
}

/* ---- blocks ---- */

/* Of blocks: a rectangle of them. */
static void judge_blocks(const judge *j, const rect *blocks, imx_limited_sample *sample) {
    const imx_block_layout *l = &sample->layout;
    const int64_t x = blocks->x * l->block_w, y = blocks->y * l->block_h;
    const int64_t right = (blocks->x + blocks->w) * l->block_w, below = (blocks->y + blocks->h) * l->block_h;
    if (blocks->w < 1 || blocks->h < 1) {
        return;
    }
    const rect px = {x, y, (right < l->level_w ? right : l->level_w) - x,
                     (below < l->level_h ? below : l->level_h) - y};
    const imx_limits_side side = side_of(j, &px);
    if (side == IMX_LIMITS_ACROSS && (blocks->w > 1 || blocks->h > 1)) {
        const int64_t left = (blocks->w + 1) / 2, top = (blocks->h + 1) / 2;
        for (int i = 0; i < 4; i++) {
            const rect part = {blocks->x + (i % 2 ? left : 0), blocks->y + (i / 2 ? top : 0),
                               i % 2 ? blocks->w - left : left, i / 2 ? blocks->h - top : top};
            judge_blocks(j, &part, sample);
        }
        return;
    }
    for (int64_t row = blocks->y; row < blocks->y + blocks->h; row++) {
        memset(sample->sides + row * l->columns + blocks->x, (int)side, (size_t)blocks->w);
    }
}

static double block_px(const imx_block_layout *l, size_t i) {
    const int32_t column = (int32_t)(i % (size_t)l->columns), row = (int32_t)(i / (size_t)l->columns);
    const int32_t right = l->level_w - column * l->block_w, below = l->level_h - row * l->block_h;
    return (double)(right < l->block_w ? right : l->block_w) * (below < l->block_h ? below : l->block_h);
}

/* The blocks of a level that meet the limits; *px: theirs, *met: how many. */
static imx_status find_blocks(imx_memory *memory, const imx_layer_limits *limits, imx_transform *transform,
                              const imx_asset *asset, int32_t level, imx_error *err, imx_limited_sample *out,
                              double *px, size_t *met) {
    *out = (imx_limited_sample){.level = level, .layout = imx_asset_blocks(asset, level)};
    const size_t blocks = (size_t)out->layout.columns * (size_t)out->layout.rows;
    out->sides = imx_calloc(memory, blocks, 1);
    if (!out->sides) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory for a list of its blocks", asset->path);
    }
    const judge j = judge_of(limits, transform, asset, &out->layout);
    judge_blocks(&j, &(rect){0, 0, out->layout.columns, out->layout.rows}, out);
    *px = 0;
    *met = 0;
    for (size_t i = 0; i < blocks; i++) {
        *px += out->sides[i] != IMX_LIMITS_OUTSIDE ? block_px(&out->layout, i) : 0;
        *met += out->sides[i] != IMX_LIMITS_OUTSIDE;
    }
    out->all_px =
        *px * ((double)asset->width * asset->height) / ((double)out->layout.level_w * (double)out->layout.level_h);
    return IMX_OK;
}

static bool row_has_any(const imx_limited_sample *sample, int32_t row) {
    const uint8_t *sides = sample->sides + (size_t)row * (size_t)sample->layout.columns;
    for (int32_t column = 0; column < sample->layout.columns; column++) {
        if (sides[column] != IMX_LIMITS_OUTSIDE) {
            return true;
        }
    }
    return false;
}

/* Leaves so many of the blocks, or a few more: some of those in every n-th row that has any; one at least. */
static void thin_out(imx_limited_sample *sample, size_t met, size_t wanted) {
    const imx_block_layout *l = &sample->layout;
    size_t rows_met = 0, rows = 0, taken = 0;
    for (int32_t row = 0; row < l->rows; row++) {
        rows_met += row_has_any(sample, row);
    }
    const size_t square = (size_t)sqrt((double)met / (double)wanted); /* at least 1, and so are both of these */
    const size_t rows_apart = square < rows_met ? square : rows_met, apart = met / wanted / rows_apart;
    for (int32_t row = 0; row < l->rows; row++) {
        uint8_t *sides = sample->sides + (size_t)row * (size_t)l->columns;
        const bool any = row_has_any(sample, row), counts = rows % rows_apart == rows_apart / 2;
        for (int32_t column = 0; column < l->columns && any; column++) {
            const bool met_here = sides[column] != IMX_LIMITS_OUTSIDE;
            if (met_here && !(counts && taken++ % apart == 0)) {
                sides[column] = IMX_LIMITS_OUTSIDE;
            }
        }
        rows += any;
    }
}

static bool is_known(const imx_asset *asset, int32_t level) {
    return !asset->collar || imx_collar_knows(asset->collar, level);
}

imx_status imx_limits_sample(imx_memory *memory, const imx_layer_limits *limits, imx_transform *transform,
                             const imx_asset *asset, bool whole, imx_error *err, imx_limited_sample *out) {
    imx_limited_sample sample = {0};
    imx_status status = IMX_OK;
    double px = HUGE_VAL;
    size_t met = 0;
    int32_t last = asset->overview_count;
    while (last > 0 && !is_known(asset, last)) {
        last--;
    }
    for (int32_t level = whole ? last : 0; level <= last && status == IMX_OK && px > IMX_SAMPLE_PX; level++) {
        if (is_known(asset, level) || level == last) {
            imx_free(memory, sample.sides);
            status = find_blocks(memory, limits, transform, asset, level, err, &sample, &px, &met);
        }
    }
    const size_t share = met ? (met - 1) / IMX_SAMPLE_SHARE + 1 : 0;
    const size_t wanted = share > IMX_SAMPLE_BLOCKS ? share : IMX_SAMPLE_BLOCKS;
    if (status == IMX_OK && !whole && px > IMX_SAMPLE_PX && wanted < met) {
        thin_out(&sample, met, wanted);
    }
    status = status ? status : imx_transform_check(transform, err);
    if (status == IMX_OK) {
        *out = sample;
    } else {
        imx_free(memory, sample.sides);
    }
    return status;
}
