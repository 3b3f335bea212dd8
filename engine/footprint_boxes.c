/* engine/footprint_boxes.c: one or two boxes around everything that a raster covers, where it has no whole outline.
 *
 * A dense lattice of source points is transformed. Each point stands for the box around it and its neighbours (beside a
 * point that failed or a tear: twice as far, and on all sides); together they cover the raster's image. Their union is
 * given as one box, or as two where the space is empty between (a scene over the antimeridian). */
#include <math.h>

#include "engine/footprint_inner.h"
#include "engine/transform_inner.h"

enum {
    SIDE = 129,     /* lattice points */
    BINS = 1024,    /* of the space's width */
    GAP_BINS = 128, /* an empty stretch as wide as this splits the footprint in two */
    ROUNDS_MAX = 16
};

typedef struct lattice {
    const imx_space *space;
    double x[SIDE * SIDE], y[SIDE * SIDE];
    bool used[BINS]; /* some point's box reaches into the bin */
} lattice;

typedef void (*visit_fn)(void *context, const imx_box *box);

/* The box that point (column, row) stands for, from its up to eight neighbours. */
static imx_box box_of(const lattice *l, int column, int row) {
    size_t at = (size_t)(row * SIDE + column);
    bool torn = false, alone = true;
    imx_box reach = {0, 0, 0, 0};
    for (int k = 0; k < 9; k++) {
        int c = column + k % 3 - 1, r = row + k / 3 - 1;
        if (k == 4 || c < 0 || c >= SIDE || r < 0 || r >= SIDE) {
            continue;
        }
        size_t other = (size_t)(r * SIDE + c);
        if (l->x[other] == HUGE_VAL) {
            torn = true;
            continue;
        }
        double dx = imx_space_nearest(l->space, l->x[other] - l->x[at], 0), dy = l->y[other] - l->y[at];
        if (imx_space_round(l->space) == 0 && fabs(dx) > l->space->width / 2) {
            torn = true;
            continue;
        }
        alone = false;
        reach = (imx_box){fmin(reach.min_x, dx), fmin(reach.min_y, dy), fmax(reach.max_x, dx), fmax(reach.max_y, dy)};
    }
    double far_x = fmax(-reach.min_x, reach.max_x), far_y = fmax(-reach.min_y, reach.max_y);
    if (alone) { /* it says nothing about its surroundings */
        reach = (imx_box){-HUGE_VAL, -HUGE_VAL, HUGE_VAL, HUGE_VAL};
    } else if (torn) {
        reach = (imx_box){-2 * far_x, -2 * far_y, 2 * far_x, 2 * far_y};
    }
    /* What a curved border bulges between two points of the lattice. */
    double pad_x = 1 + far_x / 8, pad_y = 1 + fmin(far_y, l->space->height) / 8;
    return (imx_box){l->x[at] + reach.min_x - pad_x, l->y[at] + reach.min_y - pad_y, l->x[at] + reach.max_x + pad_x,
                     l->y[at] + reach.max_y + pad_y};
}

/* Clips to the space and hands on, as often as it shows there; once, all of the width, what is wider than a round, and
 * everything where the rounds are very many. */
static void visit_clipped(const imx_space *space, imx_box box, visit_fn visit, void *context) {
    box.min_y = fmax(box.min_y, 0), box.max_y = fmin(box.max_y, space->height);
    if (box.min_y >= box.max_y) {
        return;
    }
    const double round = imx_space_round(space);
    double first = 0, last = 0;
    if (round > 0 && (box.max_x - box.min_x >= round || space->width > ROUNDS_MAX * round)) {
        box.min_x = 0, box.max_x = space->width;
    } else {
        (void)imx_space_copies(space, box.min_x, box.max_x, &first, &last);
    }
    for (double k = first; k <= last; k++) {
        imx_box part = box;
        part.min_x = fmax(box.min_x + k * round, 0);
        part.max_x = fmin(box.max_x + k * round, space->width);
        if (part.min_x < part.max_x) {
            visit(context, &part);
        }
    }
}

static void for_boxes(const lattice *l, visit_fn visit, void *context) {
    for (int row = 0; row < SIDE; row++) {
        for (int column = 0; column < SIDE; column++) {
            if (l->x[row * SIDE + column] != HUGE_VAL) {
                visit_clipped(l->space, box_of(l, column, row), visit, context);
            }
        }
    }
}

static void mark_bins(void *context, const imx_box *box) {
    lattice *l = context;
    int first = (int)(box->min_x / l->space->width * BINS), last = (int)(box->max_x / l->space->width * BINS);
    for (int i = first; i <= last && i < BINS; i++) {
        l->used[i] = true;
    }
}

/* The middle of the widest empty stretch between used bins, in px; HUGE_VAL if none is wide enough. */
static double find_gap(const lattice *l) {
    int last_used = -1, best = 0;
    double middle = HUGE_VAL;
    for (int i = 0; i < BINS; i++) {
        if (l->used[i]) {
            int empty = last_used < 0 ? 0 : i - last_used - 1;
            if (empty >= GAP_BINS && empty > best) {
                best = empty;
                middle = (last_used + 1 + empty / 2.0) / BINS * l->space->width;
            }
            last_used = i;
        }
    }
    return middle;
}

typedef struct sides {
    double gap_x;
    imx_box box[2]; /* to its left, to its right */
} sides;

static void extend_side(void *context, const imx_box *box) {
    sides *s = context;
    imx_box *b = &s->box[box->min_x > s->gap_x];
    b->min_x = fmin(b->min_x, box->min_x), b->max_x = fmax(b->max_x, box->max_x);
    b->min_y = fmin(b->min_y, box->min_y), b->max_y = fmax(b->max_y, box->max_y);
}

static imx_status add_box(imx_memory *memory, const imx_box *box, imx_footprint *out) {
    double *xy = imx_calloc(memory, 4, 2 * sizeof *xy);
    if (!xy) {
        return IMX_E_NOMEM;
    }
    for (int i = 0; i < 4; i++) {
        xy[2 * i] = i == 1 || i == 2 ? box->max_x : box->min_x;
        xy[2 * i + 1] = i >= 2 ? box->max_y : box->min_y;
    }
    out->rings[out->ring_count++] = (imx_ring){xy, 4};
    return IMX_OK;
}

imx_status imx_footprint_boxes(imx_memory *memory, imx_transform *transform, const imx_asset *asset,
                               const imx_space *space, imx_footprint *out) {
    lattice *l = imx_calloc(memory, 1, sizeof *l);
    if (!l) {
        return IMX_E_NOMEM;
    }
    l->space = space;
    for (int i = 0; i < SIDE * SIDE; i++) {
        l->x[i] = (double)asset->width * (i % SIDE) / (SIDE - 1);
        l->y[i] = (double)asset->height * (i / SIDE) / (SIDE - 1);
    }
    imx_transform_forward(transform, (size_t)SIDE * SIDE, l->x, l->y);
    for_boxes(l, mark_bins, l);
    const imx_box none = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    sides s = {find_gap(l), {none, none}};
    for_boxes(l, extend_side, &s);
    imx_status status = IMX_OK;
    for (int i = 0; i < 2 && status == IMX_OK; i++) {
        if (s.box[i].min_x < s.box[i].max_x) {
            status = add_box(memory, &s.box[i], out);
        }
    }
    out->outline = false;
    out->margin_px = 0;
    imx_free(memory, l);
    return status;
}
