/* tests/unit/engine/test_transform_quads.c: the quadrilaterals of sums: what comes out is what went in, however they
 * are asked for, and shares are areas in the output. */
#include "kernels/kernels.h"
#include "tests/unit/engine/scene_fixture.h"

enum { CELL = 512, TILE = 96, SRC_MAX = 200 };
static const double full[2] = {1, 1};

typedef struct setup {
    const char *crs;
    double gt[6];
    int32_t width, height;
    int zoom;
} setup;

static const setup setups[] = {
    {"EPSG:4326", {-20, 0.7, 0, 84, 0, -0.7}, 60, 50, 2}, /* far north, coarse */
    {"EPSG:4326", {-20, 0.7, 0, 84, 0, -0.7}, 60, 50, 3},
    {"EPSG:4326", {-20, 0.7, 0, 30, 0, -0.7}, 60, 50, 4},
    {"EPSG:4326", {-180, 3, 0, 84, 0, -3}, 120, 56, 1}, /* the whole world, from west to east, */
    {"EPSG:4326", {0, 3, 0, 84, 0, -3}, 120, 56, 0},    /* and from Greenwich on */
    {"EPSG:32618", {300000, 30, 0, 4600000, 0, -30}, 200, 200, 12},
    {"EPSG:32618", {300000, 30, 0, 4600000, 0, -30}, 200, 200, 9},
    {"EPSG:32618", {500000, 200, 140, 4300000, 130, -210}, 90, 70, 9}, /* turned */
    {"EPSG:32618", {500000, 200, 140, 4300000, -130, 210}, 90, 70, 8}, /* south up */
    {"EPSG:3413", {500000, 8000, 0, -500000, 0, -8000}, 80, 80, 5},    /* turned and curved */
    {"EPSG:3413", {500000, 8000, 0, -500000, 0, -8000}, 80, 80, 3},
    {"EPSG:32660", {740000, 3000, 0, 200000, 0, -3000}, 60, 40, 5}, /* over the antimeridian */
    {"EPSG:6933", {-5000000, 50000, 0, 5000000, 0, -50000}, 100, 60, 4},
};
enum { SETUPS = sizeof setups / sizeof setups[0] };

typedef struct bench {
    fixture f;
    imx_kernels kernels;
    imx_transform_grid *grid;
    double left, top, right, bottom; /* output px that the raster may touch */
} bench;

static void open_bench(const setup *s, bench *b) {
    *b = (bench){.left = HUGE_VAL, .top = HUGE_VAL, .right = -HUGE_VAL, .bottom = -HUGE_VAL};
    fixture_open(NULL, s->crs, s->gt, s->width, s->height, mercator_space(s->zoom), &b->f);
    imx_kernels_init(&b->kernels, imx_cpu_detect());
    assert_int_equal(imx_transform_grid_create(NULL, CELL, NULL, &b->grid), IMX_OK);
    for (int32_t v = 0; v <= s->height; v++) {
        for (int32_t u = 0; u <= s->width; u++) {
            double x = u, y = v;
            imx_transform_forward(b->f.transform, 1, &x, &y);
            b->left = fmin(b->left, x), b->right = fmax(b->right, x);
            b->top = fmin(b->top, y), b->bottom = fmax(b->bottom, y);
        }
    }
    assert_true(b->right < HUGE_VAL && b->bottom < HUGE_VAL);
}

static void close_bench(bench *b) {
    imx_transform_grid_destroy(&b->grid);
    fixture_close(&b->f);
}

typedef struct quads {
    int32_t x[4][CELL], y[4][CELL];
} quads;

static void ask(const bench *b, int32_t x, int32_t y, int32_t n, int32_t wx, int32_t wy, quads *out) {
    static double px[4][CELL + 1];
    const imx_corner_line upper = {px[0], px[1]}, lower = {px[2], px[3]};
    imx_transform_grid_corners(b->grid, x, y, n, &upper);
    imx_transform_grid_corners(b->grid, x, y + 1, n, &lower);
    imx_transform_grid_quads(b->grid, x, y, n, wx, wy, &upper, &lower,
                             (int32_t *const[4]){out->x[0], out->x[1], out->x[2], out->x[3]},
                             (int32_t *const[4]){out->y[0], out->y[1], out->y[2], out->y[3]});
}

/* What a row of a tile holds. */
static double sum_row(const bench *b, const float *src, int32_t x, int32_t y, int32_t n) {
    static uint64_t scratch[SRC_MAX * 64];
    float dst[TILE];
    uint8_t valid[TILE];
    quads q;
    ask(b, x, y, n, 0, 0, &q);
    const imx_warp_sum_plane job = {.src = src,
                                    .src_stride = b->f.asset.width * (ptrdiff_t)sizeof(float),
                                    .src_w = b->f.asset.width,
                                    .src_h = b->f.asset.height,
                                    .quads = {{q.x[0], q.x[1], q.x[2], q.x[3]}, {q.y[0], q.y[1], q.y[2], q.y[3]}},
                                    .scratch = scratch,
                                    .scratch_bytes = sizeof scratch,
                                    .n = (size_t)n,
                                    .dst = dst,
                                    .dst_valid = valid};
    b->kernels.warp_sum.plane[imx_plane_type_index(IMX_F32)](&job);
    double sum = 0;
    for (int32_t i = 0; i < n; i++) {
        sum += (double)dst[i];
    }
    return sum;
}

static double sum_cell(const bench *b, const float *src, int64_t cx, int64_t cy) {
    double sum = 0;
    for (int32_t y = 0; y < CELL; y++) {
        for (int32_t x = 0; x < CELL; x += TILE) {
            double at_x = (double)cx * CELL + x, at_y = (double)cy * CELL + y;
            if (at_x <= b->right + 1 && at_x + TILE >= b->left - 1 && at_y <= b->bottom + 1 && at_y >= b->top - 1) {
                sum += sum_row(b, src, x, y, CELL - x < TILE ? CELL - x : TILE);
            }
        }
    }
    return sum;
}

/* The sum of all output pixels is that of all source pixels. */
static void sums_are_kept(void **state) {
    (void)state;
    for (size_t i = 0; i < SETUPS; i++) {
        for (int exact = 0; exact < (i % 6 == 0 ? 2 : 1); exact++) {
            bench b;
            open_bench(&setups[i], &b);
            uint32_t seed = 5;
            float src[SRC_MAX * SRC_MAX];
            double want = 0, got = 0;
            for (int32_t k = 0; k < setups[i].width * setups[i].height; k++) {
                src[k] = (float)(1000 * next_unit(&seed) * next_unit(&seed));
                want += (double)src[k];
            }
            int64_t cells = (int64_t)ceil(b.f.space.width / CELL);
            for (int64_t cy = (int64_t)fmax(0, b.top / CELL); cy < cells && (double)cy * CELL <= b.bottom; cy++) {
                for (int64_t cx = (int64_t)fmax(0, b.left / CELL); cx < cells && (double)cx * CELL <= b.right; cx++) {
                    assert_int_equal(
                        imx_transform_grid_fill(b.grid, b.f.transform, cx, cy, exact ? 0 : 1.0 / 64, full, NULL),
                        IMX_OK);
                    got += sum_cell(&b, src, cx, cy);
                }
            }
            if (fabs(got / want - 1) > 1e-6) {
                fail_msg("setup %zu, %s: %.9g of %.9g", i, exact ? "exact" : "grid", got, want);
            }
            close_bench(&b);
        }
    }
}

/* The cell over the middle of the raster. */
static void fill_middle(bench *b) {
    double x = b->f.asset.width / 2.0, y = b->f.asset.height / 2.0;
    imx_transform_forward(b->f.transform, 1, &x, &y);
    assert_int_equal(imx_transform_grid_fill(b->grid, b->f.transform, (int64_t)(x / CELL), (int64_t)(y / CELL),
                                             1.0 / 64, full, NULL),
                     IMX_OK);
}

/* Any split of a row, any window: the same quadrilaterals; neighbours share corners. */
static void splits_and_windows_agree(void **state) {
    (void)state;
    for (size_t i = 0; i < SETUPS; i++) {
        bench b;
        open_bench(&setups[i], &b);
        fill_middle(&b);
        const bool cyclic = setups[i].width == 120;
        uint32_t seed = 9;
        for (int k = 0; k < 60; k++) {
            int32_t y = (int32_t)(next_unit(&seed) * CELL), x = (int32_t)(next_unit(&seed) * CELL);
            int32_t n = 1 + (int32_t)(next_unit(&seed) * (CELL - x)), wx = (int32_t)(next_unit(&seed) * 99) - 50;
            quads whole, part, below;
            ask(&b, 0, y, CELL, 0, 0, &whole);
            ask(&b, x, y, n, wx, -wx, &part);
            ask(&b, 0, y + 1 < CELL ? y + 1 : y, CELL, 0, 0, &below);
            for (int32_t j = x; j < x + n; j++) {
                for (int c = 0; c < 4 && abs(whole.x[c][j]) < INT32_MAX / 2 && abs(whole.y[c][j]) < INT32_MAX / 2;
                     c++) {
                    assert_int_equal(part.x[c][j - x], whole.x[c][j] - wx * 65536);
                    assert_int_equal(part.y[c][j - x], whole.y[c][j] + wx * 65536);
                }
                bool both = whole.x[0][j] != IMX_WARP_INVALID && !cyclic;
                if (both && j + 1 < CELL && whole.x[0][j + 1] != IMX_WARP_INVALID) {
                    assert_int_equal(whole.x[1][j], whole.x[0][j + 1]);
                    assert_int_equal(whole.y[2][j], whole.y[3][j + 1]);
                }
                if (both && y + 1 < CELL && below.x[0][j] != IMX_WARP_INVALID) {
                    assert_int_equal(whole.x[3][j], below.x[0][j]);
                    assert_int_equal(whole.y[2][j], below.y[1][j]);
                }
            }
        }
        close_bench(&b);
    }
}

/* All of a rectangle's quadrilaterals in the raster lie within its bounds. */
static void bounds_hold_all(void **state) {
    (void)state;
    for (size_t i = 0; i < SETUPS; i++) {
        bench b;
        open_bench(&setups[i], &b);
        fill_middle(&b);
        uint32_t seed = 17;
        for (int k = 0; k < 30; k++) {
            int32_t x = (int32_t)(next_unit(&seed) * CELL), y = (int32_t)(next_unit(&seed) * CELL);
            int32_t w = 1 + (int32_t)(next_unit(&seed) * fmin(64, CELL - x)),
                    h = 1 + (int32_t)(next_unit(&seed) * fmin(64, CELL - y));
            double low[2], high[2], size[2] = {b.f.asset.width, b.f.asset.height};
            bool some = imx_transform_grid_quad_bounds(b.grid, x, y, w, h, &low[0], &low[1], &high[0], &high[1]);
            for (int32_t row = y; row < y + h; row++) {
                quads q;
                ask(&b, x, row, w, 0, 0, &q);
                for (int32_t j = 0; j < w; j++) {
                    bool touches = q.x[0][j] != IMX_WARP_INVALID;
                    for (int axis = 0; axis < 2; axis++) {
                        int32_t(*const p)[CELL] = axis ? q.y : q.x;
                        double least = fmin(fmin(p[0][j], p[1][j]), fmin(p[2][j], p[3][j])) / 65536;
                        double most = fmax(fmax(p[0][j], p[1][j]), fmax(p[2][j], p[3][j])) / 65536;
                        touches = touches && most > 0 && least < size[axis];
                        assert_true(!touches || axis == 0 ||
                                    (some && fmax(0, least) >= low[1] - 1 && fmin(size[1], most) <= high[1] + 1));
                    }
                    if (touches) {
                        double least = fmin(fmin(q.x[0][j], q.x[1][j]), fmin(q.x[2][j], q.x[3][j])) / 65536;
                        double most = fmax(fmax(q.x[0][j], q.x[1][j]), fmax(q.x[2][j], q.x[3][j])) / 65536;
                        assert_true(fmax(0, least) >= low[0] - 1 && fmin(size[0], most) <= high[0] + 1);
                    }
                }
            }
        }
        close_bench(&b);
    }
}

/* Degrees in Mercator: the part of a source row above a pixel's edge is the one that it has of the row's height in the
 * output, not in degrees (which at 84 degrees north is 0.01 off). */
static void shares_are_of_output_area(void **state) {
    (void)state;
    bench b;
    open_bench(&setups[1], &b);
    double most_off_plain = 0;
    int tested = 0;
    for (int64_t cell = (int64_t)(b.top / CELL); (double)cell * CELL < b.bottom; cell++) {
        assert_int_equal(imx_transform_grid_fill(b.grid, b.f.transform, (int64_t)(b.left / CELL), cell, 0, full, NULL),
                         IMX_OK);
        for (int32_t y = 0; y < CELL; y++) {
            int32_t at = (int32_t)((b.left + b.right) / 2) % CELL;
            quads q;
            ask(&b, at, y, 1, 0, 0, &q);
            double px = at + floor(b.left / CELL) * CELL, py = (double)cell * CELL + y;
            imx_transform_inverse(b.f.transform, 1, &px, &py);
            if (q.x[0][0] == IMX_WARP_INVALID || !(py > 0 && py < b.f.asset.height)) {
                continue;
            }
            double k = floor(py), x[2] = {px, px}, line[2] = {k, k + 1};
            imx_transform_forward(b.f.transform, 2, x, line);
            double want = k + ((double)cell * CELL + y - line[0]) / (line[1] - line[0]);
            assert_true(fabs(q.y[0][0] / 65536.0 - want) < 0.003);
            most_off_plain = fmax(most_off_plain, fabs(py - want));
            tested++;
        }
    }
    assert_true(tested > 100 && most_off_plain > 0.01);
    close_bench(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_kept),
        cmocka_unit_test(splits_and_windows_agree),
        cmocka_unit_test(bounds_hold_all),
        cmocka_unit_test(shares_are_of_output_area),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
