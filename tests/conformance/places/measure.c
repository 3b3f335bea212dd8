/* tests/conformance/places/measure.c: which pixels are looked at, and how far off they are.
 *
 * Error is in output pixels. Where the way from the raster to the output is a formula (an affine and a projection, or
 * arrays), the lattice's position is taken that way and compared with the pixel's centre. Where it is an iteration
 * (control points, RPC), the exact position in the raster is compared with the lattice's, through the Jacobian of the
 * exact transform; over terrain, where an image may fold, by the scale of the scene instead. What the lattice says has
 * no place is an error by as much as the exact position lies inside. Positions are Q16: where a raster is magnified so
 * much that half of 1/65536 of its pixel is an error that counts (the limb of a globe), that is no error. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/footprint.h"
#include "engine/transform_inner.h"
#include "kernels/kernels.h"
#include "tests/conformance/places/places.h"

enum {
    CELL_MAX_PX = 2048,
    CELL_MIN_PX = 256,
    CELLS_MAX = 1500,
    TILE_PX = 256,
    TRIAL = 16384,
    BATCH = 4096,
    BORDER_MAX = 400000
};
#define MERCATOR_HALF_M 20037508.342789244
#define ROUNDING_PX 9e-6 /* source px: of Q16 (1/131072), and of the single precision of kept exact positions */
#define STEP_PX 0.01     /* of the differences that make a Jacobian */
#define SURPLUS 1.05     /* drawn beyond what is wanted: the share that has a place is an estimate */

typedef struct bench {
    const subject *s;
    measured *out;
    imx_scene scene;
    const imx_asset *asset;
    imx_space space;
    imx_transform *transform;
    imx_footprint footprint;
    imx_transform_grid *grid;
    imx_kernels kernels;
    oracle *oracle;
    int32_t cell_px;
    int32_t (*cells)[2]; /* that may have pixels: column, row */
    size_t cell_count;
    bool model; /* the exact direction is into the raster */
    double period[2];
    long bins[BINS];
    /* waiting to be judged: the pixel's centre, and the lattice's answer (HUGE_VAL: none) */
    size_t count;
    double at_x[BATCH], at_y[BATCH], said_x[BATCH], said_y[BATCH];
    bool border[BATCH];
} bench;

static bool give_up(bench *b, const char *what, const char *why) {
    (void)snprintf(b->out->trouble, sizeof b->out->trouble, "%s: %s", what, why);
    return false;
}

/* ---- the grid ---- */

/* A grid of the kind that is asked for; res 0: its zoom's. */
static imx_space space_of(const char *grid, int zoom, double res) {
    const double size = ldexp(256, zoom);
    if (strcmp(grid, "degrees") == 0) {
        res = res > 0 ? res : 180 / size;
        return (imx_space){"OGC:CRS84", -180, 90, res, 0, 360 / res, 180 / res, true, 0};
    }
    if (strcmp(grid, "mercator") == 0) {
        res = res > 0 ? res : 2 * MERCATOR_HALF_M / size;
        return (imx_space){"EPSG:3857",
                           -MERCATOR_HALF_M,
                           MERCATOR_HALF_M,
                           res,
                           0,
                           2 * MERCATOR_HALF_M / res,
                           2 * MERCATOR_HALF_M / res,
                           true,
                           0};
    }
    const double half = ldexp(1, 25); /* metres */
    res = res > 0 ? res : 2 * half / size;
    return (imx_space){grid, -half, half, res, 0, 2 * half / res, 2 * half / res, false, 0};
}

/* The zoom that keeps the raster's detail, finer where it has fewer pixels than are wanted. */
static bool choose_zoom(bench *b, long wanted) {
    imx_error err = IMX_ERROR_INIT;
    b->space = space_of(b->s->grid, 0, strcmp(b->s->grid, "degrees") == 0 ? 1e-5 : 1);
    double res = 0;
    if (imx_transform_create(NULL, &b->scene, b->asset, &b->space, &err, &b->transform) != IMX_OK ||
        imx_transform_native_res(b->transform, &err, &res) != IMX_OK) {
        return give_up(b, "transform", err.text);
    }
    imx_transform_destroy(&b->transform);
    int zoom = 0;
    const double pixels = (double)b->asset->width * b->asset->height * res * res;
    for (double at = space_of(b->s->grid, 0, 0).res; at > res * (1 + 1e-6) || pixels / (at * at) < 1.6 * (double)wanted;
         at /= 2) {
        zoom++;
    }
    b->out->zoom = b->s->zoom > 0 ? b->s->zoom : zoom;
    b->space = space_of(b->s->grid, b->out->zoom, 0);
    return true;
}

static bool touched(const bench *b, int32_t column, int32_t row) {
    const double side = b->cell_px;
    const imx_box box = {column * side, row * side, (column + 1) * side, (row + 1) * side};
    return imx_footprint_touches(&b->footprint, &box);
}

/* The cells under the raster; of too many, some all over it. */
static bool list_cells(bench *b) {
    const imx_box *box = &b->footprint.box;
    const int32_t first_x = (int32_t)(box->min_x / b->cell_px), first_y = (int32_t)(box->min_y / b->cell_px);
    const int32_t columns = (int32_t)ceil(box->max_x / b->cell_px) - first_x,
                  rows = (int32_t)ceil(box->max_y / b->cell_px) - first_y;
    uint64_t seed = 5;
    size_t seen = 0;
    b->cells = calloc(CELLS_MAX, sizeof *b->cells);
    for (int64_t i = 0; i < (int64_t)columns * rows; i++) {
        const int32_t column = first_x + (int32_t)(i % columns), row = first_y + (int32_t)(i / columns);
        if (!touched(b, column, row)) {
            continue;
        }
        /* reservoir sampling (algorithm R: Vitter 1985) */
        size_t place = seen < CELLS_MAX ? seen : next_random(&seed) % (seen + 1);
        if (place < CELLS_MAX) {
            b->cells[place][0] = column, b->cells[place][1] = row;
        }
        seen++;
    }
    b->cell_count = seen < CELLS_MAX ? seen : CELLS_MAX;
    return seen > 0 || give_up(b, "footprint", "it touches no cell");
}

/* How many of the cells' pixels have a place in the raster, 0 to 1. */
static double share_inside(bench *b) {
    static const size_t chunk = 256;
    double x[256], y[256];
    uint64_t seed = 11;
    long inside = 0;
    for (size_t at = 0; at < TRIAL; at += chunk) {
        for (size_t i = 0; i < chunk; i++) {
            const int32_t *cell = b->cells[next_random(&seed) % b->cell_count];
            x[i] = (cell[0] + next_unit(&seed)) * b->cell_px;
            y[i] = (cell[1] + next_unit(&seed)) * b->cell_px;
        }
        imx_transform_inverse(b->transform, chunk, x, y);
        for (size_t i = 0; i < chunk; i++) {
            inside += x[i] >= 0 && x[i] < b->asset->width && y[i] >= 0 && y[i] < b->asset->height;
        }
    }
    return (double)inside / TRIAL;
}

static bool set_up(bench *b, const char *path, long wanted) {
    imx_error err = IMX_ERROR_INIT;
    if (imx_source_probe(NULL, path, &b->s->options, (size_t)1 << 30, NULL, &err, &b->scene) != IMX_OK) {
        return give_up(b, "raster", err.text);
    }
    b->asset = &b->scene.assets[0];
    b->model = b->asset->georef && b->asset->georef->kind != IMX_GEOREF_GEOLOCATION;
    if (!choose_zoom(b, wanted)) {
        return false;
    }
    if (imx_transform_create(NULL, &b->scene, b->asset, &b->space, &err, &b->transform) != IMX_OK ||
        imx_footprint_create(NULL, b->transform, b->asset, &b->space, &err, &b->footprint) != IMX_OK) {
        return give_up(b, "footprint", err.text);
    }
    /* As the walk has it, but several of them under each raster. */
    const imx_box *box = &b->footprint.box;
    const double side = fmin(b->space.height, fmax(box->max_x - box->min_x, box->max_y - box->min_y) / 2);
    b->cell_px = CELL_MAX_PX;
    while (b->cell_px > CELL_MIN_PX && b->cell_px > side) {
        b->cell_px /= 2;
    }
    if (imx_transform_grid_create(NULL, b->cell_px, &err, &b->grid) != IMX_OK) {
        return give_up(b, "lattice", err.text);
    }
    imx_transform_period(b->transform, b->period);
    imx_kernels_init(&b->kernels, imx_cpu_detect());
    if (b->s->gdal_px > 0 || b->s->swath) {
        b->oracle = oracle_create(b->s, path, b->asset, &b->space);
        if (!b->oracle) {
            return give_up(b, "GDAL", "no transformer");
        }
    }
    return list_cells(b);
}

/* ---- errors ---- */

static double turned(const bench *b, double dx) {
    return b->space.wraps ? dx - b->space.width * floor(dx / b->space.width + 0.5) : dx;
}

/* A difference of source positions without whole turns of a cyclic axis. */
static void unwind(const bench *b, double *dx, double *dy) {
    const double square = b->period[0] * b->period[0] + b->period[1] * b->period[1];
    if (square > 0) {
        const double turns = floor((*dx * b->period[0] + *dy * b->period[1]) / square + 0.5);
        *dx -= turns * b->period[0], *dy -= turns * b->period[1];
    }
}

/* From a difference of source positions, through the exact transform's Jacobian there. */
static double by_jacobian(const bench *b, double x, double y, double dx, double dy) {
    unwind(b, &dx, &dy);
    dx = copysign(fdim(fabs(dx), ROUNDING_PX), dx), dy = copysign(fdim(fabs(dy), ROUNDING_PX), dy);
    if (dx == 0 && dy == 0) {
        return 0;
    }
    double sx[4] = {x - STEP_PX, x + STEP_PX, x, x}, sy[4] = {y, y, y - STEP_PX, y + STEP_PX};
    imx_transform_inverse_unguarded(b->transform, 4, sx, sy);
    double a = sx[1] - sx[0], d = sy[1] - sy[0], c = sx[3] - sx[2], e = sy[3] - sy[2];
    unwind(b, &a, &d);
    unwind(b, &c, &e);
    a /= 2 * STEP_PX, d /= 2 * STEP_PX, c /= 2 * STEP_PX, e /= 2 * STEP_PX;
    double error_px;
    if (imx_transform_detail(b->transform) > 0 && !b->s->swath) {
        error_px = hypot(dx, dy) / sqrt(fmax(a * a + d * d, c * c + e * e));
    } else {
        const double det = a * e - c * d;
        error_px = hypot((e * dx - c * dy) / det, (a * dy - d * dx) / det);
    }
    return error_px >= 0 ? error_px : HUGE_VAL;
}

/* How far inside the raster an exact position is that the lattice has none for; 0: outside. */
static double how_far_inside(const bench *b, double x, double y, double sx, double sy) {
    const double w = b->asset->width, h = b->asset->height;
    if (!(sx >= 0 && sx < w && sy >= 0 && sy < h) || !(x < b->space.width && y < b->space.height)) {
        return 0;
    }
    const double to_x = sx < w / 2 ? -sx : w - sx, to_y = sy < h / 2 ? -sy : h - sy;
    return fmin(by_jacobian(b, x, y, to_x, 0), by_jacobian(b, x, y, 0, to_y));
}

/* Of pixels whose lattice position is p against the position e, both in the raster. */
static double against(const bench *b, size_t i, double ex, double ey) {
    return ex == HUGE_VAL ? HUGE_VAL : by_jacobian(b, b->at_x[i], b->at_y[i], b->said_x[i] - ex, b->said_y[i] - ey);
}

static void note(bench *b, double error_px) {
    const double bin = error_px / BIN_PX;
    b->bins[bin < BINS - 1 ? (int)bin : BINS - 1]++;
    b->out->worst_px = fmax(b->out->worst_px, error_px);
}

/* The ones without a place: against the exact transform, with its guard. */
static void judge_missing(bench *b, size_t n, const double *x, const double *y) {
    double ex[BATCH], ey[BATCH];
    memcpy(ex, x, n * sizeof *x);
    memcpy(ey, y, n * sizeof *y);
    imx_transform_inverse(b->transform, n, ex, ey);
    for (size_t i = 0; i < n; i++) {
        const double inside_px = how_far_inside(b, x[i], y[i], ex[i], ey[i]);
        if (inside_px > 0) {
            note(b, inside_px);
        }
    }
}

/* Errors of the n that have a place against the exact transform, which is taken forward where it can be. */
static void measure_exact(bench *b, size_t n, double *error_px) {
    double x[BATCH], y[BATCH];
    const bool forward = !b->model;
    memcpy(x, forward ? b->said_x : b->at_x, n * sizeof *x);
    memcpy(y, forward ? b->said_y : b->at_y, n * sizeof *y);
    if (b->s->swath) {
        oracle_forward(b->oracle, n, x, y);
    } else if (forward) {
        imx_transform_forward_unwrapped(b->transform, n, x, y);
    } else {
        imx_transform_inverse_unguarded(b->transform, n, x, y);
    }
    for (size_t i = 0; i < n; i++) {
        if (!forward) {
            error_px[i] = against(b, i, x[i], y[i]);
            continue;
        }
        error_px[i] = hypot(turned(b, x[i] - b->at_x[i]), y[i] - b->at_y[i]);
        if (!(error_px[i] <= b->s->bound_px / 2) && !b->s->swath) { /* perhaps where a rounding goes far */
            double ex = b->at_x[i], ey = b->at_y[i];
            imx_transform_inverse(b->transform, 1, &ex, &ey);
            error_px[i] = fmin(against(b, i, ex, ey), isfinite(error_px[i]) ? error_px[i] : HUGE_VAL);
        }
    }
}

static void measure_gdal(bench *b, size_t n) {
    double x[BATCH], y[BATCH];
    const bool forward = !b->model;
    memcpy(x, forward ? b->said_x : b->at_x, n * sizeof *x);
    memcpy(y, forward ? b->said_y : b->at_y, n * sizeof *y);
    (forward ? oracle_forward : oracle_inverse)(b->oracle, n, x, y);
    for (size_t i = 0; i < n; i++) {
        double error_px =
            forward && x[i] != HUGE_VAL ? hypot(turned(b, x[i] - b->at_x[i]), y[i] - b->at_y[i]) : HUGE_VAL;
        if (forward && error_px > b->s->gdal_px / 2) {
            double ex = b->at_x[i], ey = b->at_y[i];
            oracle_inverse(b->oracle, 1, &ex, &ey);
            error_px = fmin(error_px, against(b, i, ex, ey));
        } else if (!forward) {
            error_px = against(b, i, x[i], y[i]);
        }
        if (error_px == HUGE_VAL) {
            b->out->gdal_lost++;
        } else {
            b->out->gdal_worst_px = fmax(b->out->gdal_worst_px, error_px);
        }
    }
}

/* Judges what waits. */
static void judge(bench *b) {
    double missing_x[BATCH], missing_y[BATCH], error_px[BATCH];
    size_t missing = 0, there = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (b->said_x[i] == HUGE_VAL) {
            missing_x[missing] = b->at_x[i], missing_y[missing++] = b->at_y[i];
            continue;
        }
        b->at_x[there] = b->at_x[i], b->at_y[there] = b->at_y[i];
        b->said_x[there] = b->said_x[i], b->said_y[there++] = b->said_y[i];
        b->out->at_borders += b->border[i];
    }
    b->count = 0;
    b->out->pixels += (long)there;
    judge_missing(b, missing, missing_x, missing_y);
    measure_exact(b, there, error_px);
    for (size_t i = 0; i < there; i++) {
        note(b, error_px[i]);
    }
    if (b->s->gdal_px > 0) {
        measure_gdal(b, there);
    }
}

/* ---- pixels ---- */

typedef struct pixel {
    int16_t x, y; /* in the cell */
    bool border;
} pixel;

/* By tiles, then by rows, as the warp asks. */
static int by_tiles(const void *a, const void *b) {
    const pixel *p = a, *q = b;
    const int order[4] = {p->y / TILE_PX - q->y / TILE_PX, p->x / TILE_PX - q->x / TILE_PX, p->y - q->y, p->x - q->x};
    for (int i = 0; i < 4; i++) {
        if (order[i] != 0) {
            return order[i];
        }
    }
    return 0;
}

/* What the lattice says of pixels of one row of one tile, asked as one run. */
static void ask_run(bench *b, const int32_t cell[2], const pixel *p, size_t n, const int32_t window[2]) {
    int32_t xq[TILE_PX], yq[TILE_PX];
    const int32_t first = p[0].x, run = p[n - 1].x - first + 1;
    imx_transform_grid_row(b->grid, &b->kernels, first, p[0].y, run, window[0], window[1], b->asset->width,
                           b->asset->height, xq, yq, NULL, NULL, NULL);
    for (size_t i = 0; i < n; i++) {
        const int32_t k = p[i].x - first;
        const bool none = xq[k] == IMX_WARP_INVALID;
        b->at_x[b->count] = (double)cell[0] * b->cell_px + p[i].x + 0.5;
        b->at_y[b->count] = (double)cell[1] * b->cell_px + p[i].y + 0.5;
        b->said_x[b->count] = none ? HUGE_VAL : window[0] + xq[k] / 65536.0;
        b->said_y[b->count] = none ? HUGE_VAL : window[1] + yq[k] / 65536.0;
        b->border[b->count++] = p[i].border;
        if (b->count == BATCH) {
            judge(b);
        }
    }
}

static bool look_at_cell(bench *b, const int32_t cell[2], pixel *pixels, size_t n) {
    static const double full[2] = {1, 1};
    imx_error err = IMX_ERROR_INIT;
    if (imx_transform_grid_fill(b->grid, b->transform, cell[0], cell[1], 1.0 / 64, full, &err) != IMX_OK) {
        return give_up(b, "lattice", err.text);
    }
    double min_x = 0, min_y = 0, max_x, max_y;
    int32_t window[2] = {0, 0}; /* Q16 reaches over 32768 px */
    if (imx_transform_grid_bounds(b->grid, 0, 0, b->cell_px, b->cell_px, &min_x, &min_y, &max_x, &max_y)) {
        window[0] = (int32_t)floor(min_x), window[1] = (int32_t)floor(min_y);
    }
    qsort(pixels, n, sizeof *pixels, by_tiles);
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1;
             next < n && pixels[next].y == pixels[i].y && pixels[next].x / TILE_PX == pixels[i].x / TILE_PX; next++) {
        }
        ask_run(b, cell, pixels + i, next - i, window);
    }
    return true;
}

static bool look_around(bench *b, long wanted) {
    const double share = share_inside(b);
    if (!(share > 0)) {
        return give_up(b, "footprint", "no pixel has a place");
    }
    const size_t random = (size_t)ceil(SURPLUS * (double)wanted / share / (double)b->cell_count);
    const size_t around = 4 * (size_t)b->cell_px, all = around * b->cell_count;
    const size_t border = all <= BORDER_MAX ? around : BORDER_MAX / b->cell_count;
    pixel *pixels = malloc((random + border) * sizeof *pixels);
    const int32_t last = b->cell_px - 1;
    uint64_t seed = 17;
    bool fine = true;
    for (size_t c = 0; c < b->cell_count && fine; c++) {
        size_t n = 0;
        for (; n < random; n++) {
            pixels[n] = (pixel){(int16_t)(next_random(&seed) & (uint32_t)last),
                                (int16_t)(next_random(&seed) & (uint32_t)last), false};
        }
        for (size_t i = 0; i < border; i++, n++) { /* all of them, or some at random */
            const uint32_t at = border == around ? (uint32_t)i : next_random(&seed) % (uint32_t)around;
            const int16_t along = (int16_t)(at / 4), across = (int16_t)(at & 1 ? last : 0);
            pixels[n] = at & 2 ? (pixel){across, along, true} : (pixel){along, across, true};
        }
        fine = look_at_cell(b, b->cells[c], pixels, n);
    }
    judge(b);
    free(pixels);
    return fine;
}

static double cpu_s(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool measure(const subject *s, const char *data_folder, long wanted, measured *out) {
    const double begin = cpu_s();
    char path[4096];
    const bool elsewhere = strncmp(s->path, "/vsimem/", 8) == 0;
    (void)snprintf(path, sizeof path, "%s%s%s", elsewhere ? "" : data_folder, elsewhere ? "" : "/", s->path);
    memset(out, 0, sizeof *out);
    bench *b = calloc(1, sizeof *b);
    b->s = s;
    b->out = out;
    bool fine = set_up(b, path, wanted) && look_around(b, wanted);
    long above = out->pixels / 1000;
    for (int bin = BINS - 1; bin >= 0; bin--) {
        above -= b->bins[bin];
        if (above < 0) {
            out->most_px = (bin + 1) * BIN_PX;
            break;
        }
    }
    oracle_destroy(&b->oracle);
    free(b->cells);
    imx_transform_grid_destroy(&b->grid);
    imx_footprint_clear(NULL, &b->footprint);
    imx_transform_destroy(&b->transform);
    imx_scene_clear(NULL, &b->scene);
    free(b);
    out->cpu_s = cpu_s() - begin;
    return fine;
}
