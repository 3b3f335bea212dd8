/* engine/collar_flood.c: the flood, from block to block. A block is read when the flood first comes to it; whenever it
 * has come on to a block's side, the neighbour there is put in the queue. In what order that happens makes no
 * difference: the pixels that hang together with the border are the same. */
#include <string.h>

#include "engine/collar_inner.h"

typedef enum nearness { NOT_READ, NEAR_NONE, NEAR_SOME, NEAR_ALL } nearness; /* of a block's pixels */
typedef enum side { LEFT, TOP, RIGHT, BOTTOM, SIDES } side;

typedef struct flood {
    imx_memory *memory;
    const imx_asset *asset;
    imx_source *source;
    int32_t number, within;
    collar_level *level;
    uint8_t *nearness; /* a block each */
    uint8_t **near;    /* bits, of NEAR_SOME */
    bool *queued;
    size_t *queue; /* a ring of `blocks` */
    size_t blocks, queue_first, queue_count;
    /* of one block */
    uint8_t *pixels, *is_near;
    uint32_t *stack; /* pixels to go on from */
    imx_collar_stats *stats;
    imx_error *err;
} flood;

typedef struct block {
    size_t index;
    int32_t column, row, w, h;
} block;

static block block_at(const flood *f, size_t index) {
    const imx_block_layout *l = &f->level->layout;
    const int32_t column = (int32_t)(index % (size_t)l->columns), row = (int32_t)(index / (size_t)l->columns);
    const int32_t right = l->level_w - column * l->block_w, below = l->level_h - row * l->block_h;
    return (block){index, column, row, right < l->block_w ? right : l->block_w,
                   below < l->block_h ? below : l->block_h};
}

static size_t pixels_of(const block *b) { return (size_t)b->w * (size_t)b->h; }

static imx_status no_memory(const flood *f) {
    return imx_fail(f->err, IMX_E_NOMEM, "%s: out of memory for its collar", f->asset->path);
}

static void put(flood *f, size_t index) {
    if (!f->queued[index]) {
        f->queued[index] = true;
        f->queue[(f->queue_first + f->queue_count++) % f->blocks] = index;
    }
}

/* ---- reading ---- */

static void pack(const uint8_t *flags, size_t n, uint8_t *bits) {
    for (size_t i = 0; i < n; i++) {
        bits[i >> 3] = (uint8_t)(bits[i >> 3] | (flags[i] != 0) << (i & 7));
    }
}

static imx_status read_block(flood *f, const block *b) {
    const size_t n = pixels_of(b);
    bool empty = false;
    imx_status status =
        imx_source_read_block(f->source, f->number, b->column, b->row, f->pixels, (ptrdiff_t)b->w * 4, f->err, &empty);
    if (status != IMX_OK) {
        return status;
    }
    f->stats->blocks_read++;
    if (empty) {
        f->nearness[b->index] = NEAR_ALL;
        return IMX_OK;
    }
    imx_collar_classify(f->asset, f->within, n, f->pixels, f->is_near);
    const bool some = memchr(f->is_near, 1, n) != NULL, all = memchr(f->is_near, 0, n) == NULL;
    f->nearness[b->index] = all ? NEAR_ALL : some ? NEAR_SOME : NEAR_NONE;
    if (f->nearness[b->index] == NEAR_SOME) {
        uint8_t **bits = &f->level->bits[b->index], **near = &f->near[b->index];
        *near = imx_calloc(f->memory, collar_bytes(n), 1);
        *bits = imx_calloc(f->memory, collar_bytes(n), 1);
        if (!*near || !*bits) {
            return no_memory(f);
        }
        pack(f->is_near, n, *near);
    }
    return IMX_OK;
}

/* ---- sides ---- */

static int32_t side_px(const block *b, side s) { return s == LEFT || s == RIGHT ? b->h : b->w; }

/* The i-th pixel of a side. */
static size_t side_pixel(const block *b, side s, int32_t i) {
    const size_t w = (size_t)b->w, at = (size_t)i;
    switch (s) {
    case LEFT: return at * w;
    case TOP: return at;
    case RIGHT: return at * w + w - 1;
    default: return ((size_t)b->h - 1) * w + at;
    }
}

/* false: the raster ends there. */
static bool neighbour(const flood *f, const block *b, side s, block *out) {
    const imx_block_layout *l = &f->level->layout;
    const int32_t column = b->column + (s == RIGHT) - (s == LEFT), row = b->row + (s == BOTTOM) - (s == TOP);
    if (column < 0 || row < 0 || column >= l->columns || row >= l->rows) {
        return false;
    }
    *out = block_at(f, collar_block(l, column, row));
    return true;
}

static bool is_in(const flood *f, const block *b, size_t pixel) {
    const collar_kind kind = (collar_kind)f->level->kinds[b->index];
    return kind == COLLAR_ALL || (kind == COLLAR_SOME && collar_bit(f->level->bits[b->index], pixel));
}

/* Whether the flood stands outside of a side's i-th pixel: in the neighbour there, or beyond the raster. */
static bool wet(const flood *f, side s, int32_t i, bool border, const block *next) {
    return border || is_in(f, next, side_pixel(next, (side)((s + 2) % SIDES), i));
}

/* ---- inside of a block ---- */

static void enter(flood *f, const block *b, size_t pixel, size_t *depth) {
    uint8_t *bits = f->level->bits[b->index];
    if (collar_bit(f->near[b->index], pixel) && !collar_bit(bits, pixel)) {
        collar_set(bits, pixel);
        f->stack[(*depth)++] = (uint32_t)pixel;
    }
}

/* From the pixels that have been entered on; each is on the stack once. */
static void spread(flood *f, const block *b, size_t depth) {
    const size_t w = (size_t)b->w, h = (size_t)b->h;
    while (depth) {
        const size_t pixel = f->stack[--depth], x = pixel % w, y = pixel / w;
        if (x > 0) {
            enter(f, b, pixel - 1, &depth);
        }
        if (x + 1 < w) {
            enter(f, b, pixel + 1, &depth);
        }
        if (y > 0) {
            enter(f, b, pixel - w, &depth);
        }
        if (y + 1 < h) {
            enter(f, b, pixel + w, &depth);
        }
    }
}

/* What comes in over the sides. *more: some did that was not there before. */
static void let_in(flood *f, const block *b, bool *more) {
    size_t depth = 0;
    *more = false;
    for (side s = LEFT; s < SIDES; s++) {
        block next;
        const bool border = !neighbour(f, b, s, &next);
        for (int32_t i = 0; i < side_px(b, s); i++) {
            if (!wet(f, s, i, border, &next)) {
                continue;
            }
            if (f->nearness[b->index] == NEAR_ALL) {
                f->level->kinds[b->index] = COLLAR_ALL;
                *more = true;
                return;
            }
            enter(f, b, side_pixel(b, s, i), &depth);
        }
    }
    *more = depth > 0;
    f->level->kinds[b->index] = depth ? COLLAR_SOME : f->level->kinds[b->index];
    spread(f, b, depth);
}

/* The neighbours that it may go on to. */
static void let_out(flood *f, const block *b) {
    for (side s = LEFT; s < SIDES; s++) {
        block next;
        if (!neighbour(f, b, s, &next) || f->nearness[next.index] == NEAR_NONE ||
            f->level->kinds[next.index] == COLLAR_ALL) {
            continue;
        }
        bool any = false;
        for (int32_t i = 0; i < side_px(b, s) && !any; i++) {
            any = is_in(f, b, side_pixel(b, s, i));
        }
        if (any) {
            put(f, next.index);
        }
    }
}

static imx_status visit(flood *f, size_t index) {
    const block b = block_at(f, index);
    imx_status status = f->nearness[index] == NOT_READ ? read_block(f, &b) : IMX_OK;
    if (status != IMX_OK || f->nearness[index] == NEAR_NONE || f->level->kinds[index] == COLLAR_ALL) {
        return status;
    }
    bool more;
    let_in(f, &b, &more);
    if (more) {
        let_out(f, &b);
    }
    return IMX_OK;
}

/* ---- all of it ---- */

static imx_status create(flood *f, const imx_kernels *kernels) {
    const imx_block_layout layout = imx_asset_blocks(f->asset, f->number);
    const size_t n = (size_t)layout.block_w * (size_t)layout.block_h;
    f->blocks = (size_t)layout.columns * (size_t)layout.rows;
    f->level = imx_calloc(f->memory, 1, sizeof *f->level);
    if (!f->level) {
        return no_memory(f);
    }
    f->level->layout = layout;
    f->level->kinds = imx_calloc(f->memory, f->blocks, 1);
    f->level->bits = imx_calloc(f->memory, f->blocks, sizeof *f->level->bits);
    f->nearness = imx_calloc(f->memory, f->blocks, 1);
    f->near = imx_calloc(f->memory, f->blocks, sizeof *f->near);
    f->queued = imx_calloc(f->memory, f->blocks, sizeof *f->queued);
    f->queue = imx_calloc(f->memory, f->blocks, sizeof *f->queue);
    f->pixels = imx_calloc(f->memory, n, layout.pixel_bytes);
    f->is_near = imx_calloc(f->memory, n, 1);
    f->stack = imx_calloc(f->memory, n, sizeof *f->stack);
    if (!f->level->kinds || !f->level->bits || !f->nearness || !f->near || !f->queued || !f->queue || !f->pixels ||
        !f->is_near || !f->stack) {
        return no_memory(f);
    }
    return imx_source_open(f->memory, kernels, f->asset, f->err, &f->source);
}

static void clear(flood *f) {
    imx_source_close(&f->source);
    for (size_t i = 0; f->near && i < f->blocks; i++) {
        imx_free(f->memory, f->near[i]);
    }
    imx_free(f->memory, f->near);
    imx_free(f->memory, f->nearness);
    imx_free(f->memory, f->queued);
    imx_free(f->memory, f->queue);
    imx_free(f->memory, f->pixels);
    imx_free(f->memory, f->is_near);
    imx_free(f->memory, f->stack);
    imx_collar_free_level(f->memory, &f->level);
}

static void count(flood *f) {
    for (size_t i = 0; i < f->blocks; i++) {
        const block b = block_at(f, i);
        const size_t n = pixels_of(&b);
        const collar_kind kind = (collar_kind)f->level->kinds[i];
        for (size_t k = 0; k < n && kind == COLLAR_SOME; k++) {
            f->stats->collar_px += collar_bit(f->level->bits[i], k);
        }
        f->stats->collar_px += kind == COLLAR_ALL ? n : 0;
        f->stats->all_px += n;
        if (kind == COLLAR_NONE) {
            imx_free(f->memory, f->level->bits[i]);
            f->level->bits[i] = NULL;
        }
    }
    f->stats->blocks = f->blocks;
}

imx_status imx_collar_find(imx_collar *collar, const imx_kernels *kernels, const imx_asset *asset, int32_t level,
                           imx_error *err, imx_collar_stats *stats) {
    flood f = {.memory = collar->memory,
               .asset = asset,
               .number = level,
               .within = collar->within,
               .stats = stats,
               .err = err};
    *stats = (imx_collar_stats){0};
    imx_status status = create(&f, kernels);
    for (size_t i = 0; i < f.blocks && status == IMX_OK; i++) {
        const block b = block_at(&f, i);
        const imx_block_layout *l = &f.level->layout;
        if (b.column == 0 || b.row == 0 || b.column == l->columns - 1 || b.row == l->rows - 1) {
            put(&f, i);
        }
    }
    while (f.queue_count && status == IMX_OK) {
        const size_t index = f.queue[f.queue_first];
        f.queue_first = (f.queue_first + 1) % f.blocks;
        f.queue_count--;
        f.queued[index] = false;
        status = visit(&f, index);
    }
    if (status == IMX_OK) {
        count(&f);
        imx_collar_free_level(collar->memory, &collar->levels[level]);
        collar->levels[level] = f.level;
        f.level = NULL;
    }
    clear(&f);
    return status;
}
