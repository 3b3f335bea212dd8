/* tests/unit/engine/test_transform_boxes.c: the boxes of area warps against exact corners, and however they are asked.
 */
#include <stdio.h>

#include "kernels/kernels.h"
#include "tests/unit/engine/scene_fixture.h"

enum { CELL = 512 };
static const double full[2] = {1, 1};

typedef struct setup {
    const char *crs;
    double gt[6];
    int32_t width, height;
    int zoom;
    bool rotated;
} setup;

static const setup setups[] = {
    {"EPSG:32618", {300000, 30, 0, 4600000, 0, -30}, 7000, 7000, 12, false},
    {"EPSG:32618", {300000, 30, 0, 4600000, 0, -30}, 7000, 7000, 15, false}, /* boxes within a pixel */
    {"EPSG:32618", {300000, 30, 0, 4600000, 0, -30}, 7000, 7000, 8, false},
    {"EPSG:32618", {500000, 20, 14, 4300000, 13, -21}, 3000, 2000, 12, true},
    {"EPSG:3413", {-800000, 250, 0, 800000, 0, -250}, 6400, 6400, 8, true},
    {"EPSG:4326", {-180, 0.05, 0, 90, 0, -0.05}, 7200, 3600, 5, false},
    {"EPSG:4326", {0, 0.05, 0, 90, 0, -0.05}, 7200, 3600, 2, false},
    {"EPSG:32660", {700000, 30, 0, 200000, 0, -30}, 4000, 4000, 11, false},
    {"EPSG:3995", {-2000000, 8000, 0, 2000000, 0, -8000}, 500, 500, 4, true},
    {"EPSG:3031", {500000, 500, 0, -500000, 0, -500}, 1000, 1000, 7, true},
    {"EPSG:6933", {-17367530, 5000, 0, 7314540, 0, -5000}, 6946, 2925, 5, false},
};
enum { SETUPS = sizeof setups / sizeof setups[0] };

typedef struct boxes {
    int32_t x0[CELL], x1[CELL], y0[CELL], y1[CELL];
} boxes;

typedef struct bench {
    fixture f;
    imx_kernels kernels;
    imx_transform_grid *grid;
    int64_t cx, cy;
    uint32_t seed;
} bench;

/* The cell over a random source pixel. */
static void fill(bench *b, double threshold) {
    for (double x, y;;) {
        x = next_unit(&b->seed) * b->f.asset.width, y = next_unit(&b->seed) * b->f.asset.height;
        imx_transform_forward(b->f.transform, 1, &x, &y);
        if (x != HUGE_VAL && x >= 0 && x < b->f.space.width && y >= 0 && y < b->f.space.height) {
            b->cx = (int64_t)(x / CELL);
            b->cy = (int64_t)(y / CELL);
            break;
        }
    }
    assert_int_equal(imx_transform_grid_fill(b->grid, b->f.transform, b->cx, b->cy, threshold, full, NULL), IMX_OK);
}

static void open_bench(const setup *s, double threshold, bench *b) {
    *b = (bench){.seed = 3};
    fixture_open(NULL, s->crs, s->gt, s->width, s->height, mercator_space(s->zoom), &b->f);
    imx_kernels_init(&b->kernels, imx_cpu_detect());
    assert_int_equal(imx_transform_grid_create(NULL, CELL, NULL, &b->grid), IMX_OK);
    fill(b, threshold);
}

static void close_bench(bench *b) {
    imx_transform_grid_destroy(&b->grid);
    fixture_close(&b->f);
}

static void ask(const bench *b, int32_t x, int32_t y, int32_t n, int32_t wx, int32_t wy, imx_box_kind kind,
                boxes *out) {
    imx_transform_grid_boxes(b->grid, &b->kernels, x, y, n, wx, wy, kind, out->x0, out->x1, out->y0, out->y1);
}

static bool touches(const bench *b, const boxes *row, int32_t i) {
    return row->x0[i] != IMX_WARP_INVALID && row->x1[i] > 0 && row->y1[i] > 0 &&
           row->x0[i] / 65536 < b->f.asset.width && row->y0[i] / 65536 < b->f.asset.height;
}

/* The exact box of pixel (x, y); false where that cannot be said. */
static bool exact_box(const bench *b, int32_t x, int32_t y, double box[4]) {
    double left = (double)b->cx * CELL + x, top = (double)b->cy * CELL + y;
    double px[3] = {left, left + 1, left + 1}, py[3] = {top, top, top + 1};
    imx_transform_inverse(b->f.transform, 3, px, py);
    if (px[0] == HUGE_VAL || px[1] == HUGE_VAL || px[2] == HUGE_VAL) {
        return false;
    }
    const double *axis[2] = {px, py};
    for (int k = 0; k < 2; k++) {
        double extent = hypot(axis[k][1] - axis[k][0], axis[k][2] - axis[k][1]), mid = (axis[k][0] + axis[k][2]) / 2;
        double wide = fmax(fabs(axis[k][2] - axis[k][0]), sqrt(0.5) * extent);
        box[2 * k] = mid - wide / 2;
        box[2 * k + 1] = mid + wide / 2;
    }
    return fabs(box[1] - box[0]) < 3000 && fabs(box[3] - box[2]) < 3000; /* not over the seam of a cyclic axis */
}

/* Edges within twice the threshold (in output px) of the exact ones; exact at threshold 0. */
static void boxes_are_between_exact_corners(void **state) {
    (void)state;
    for (size_t i = 0; i < SETUPS; i++) {
        for (int exact = 0; exact < 2; exact++) {
            bench b;
            open_bench(&setups[i], exact ? 0 : 1.0 / 64, &b);
            int tested = 0;
            for (int k = 0; k < 2000; k++) {
                int32_t x = (int32_t)(next_unit(&b.seed) * CELL), y = (int32_t)(next_unit(&b.seed) * CELL);
                imx_box_kind kind = (imx_box_kind)(k & 1);
                double want[4];
                boxes got;
                ask(&b, x, y, 1, 0, 0, kind, &got);
                if (!touches(&b, &got, 0) || !exact_box(&b, x, y, want)) {
                    continue;
                }
                double scale = fmax(want[1] - want[0], want[3] - want[2]);
                double within = exact ? 2e-5 : scale / 32 + 2e-5;
                assert_true(fabs(got.x0[0] / 65536.0 - want[0]) <= within);
                assert_true(fabs(got.x1[0] / 65536.0 - want[1]) <= within);
                assert_true(fabs(got.y0[0] / 65536.0 - want[2]) <= within);
                assert_true(fabs(got.y1[0] / 65536.0 - want[3]) <= within);
                tested++;
            }
            assert_true(tested > 50);
            close_bench(&b);
        }
    }
}

/* Any split of a row, any window: the same boxes. */
static void splits_and_windows_agree(void **state) {
    (void)state;
    for (size_t i = 0; i < SETUPS; i++) {
        bench b;
        open_bench(&setups[i], i % 4 == 3 ? 0 : 1.0 / 64, &b);
        for (int k = 0; k < 100; k++) {
            int32_t y = (int32_t)(next_unit(&b.seed) * CELL), x = (int32_t)(next_unit(&b.seed) * CELL);
            int32_t n = 1 + (int32_t)(next_unit(&b.seed) * (CELL - x)),
                    wx = (int32_t)(next_unit(&b.seed) * 9999) - 5000;
            boxes whole, part;
            ask(&b, 0, y, CELL, 0, 0, (imx_box_kind)(k & 1), &whole);
            ask(&b, x, y, n, wx, -wx, (imx_box_kind)(k & 1), &part);
            for (int32_t j = 0; j < n; j++) {
                if (!touches(&b, &whole, x + j)) {
                    continue;
                }
                assert_int_equal(part.x0[j], whole.x0[x + j] - wx * 65536);
                assert_int_equal(part.x1[j], whole.x1[x + j] - wx * 65536);
                assert_int_equal(part.y0[j], whole.y0[x + j] + wx * 65536);
                assert_int_equal(part.y1[j], whole.y1[x + j] + wx * 65536);
            }
        }
        close_bench(&b);
    }
}

/* The part in the raster of every box of the rectangle lies within its bounds. */
static void bounds_hold_all_boxes(void **state) {
    (void)state;
    for (size_t i = 0; i < SETUPS; i++) {
        bench b;
        open_bench(&setups[i], i & 1 ? 0 : 1.0 / 64, &b);
        const imx_asset *asset = &b.f.asset;
        for (int k = 0; k < 12; k++) {
            int32_t x = (int32_t)(next_unit(&b.seed) * CELL), y = (int32_t)(next_unit(&b.seed) * CELL);
            int32_t w = 1 + (int32_t)(next_unit(&b.seed) * (CELL - x)),
                    h = 1 + (int32_t)(next_unit(&b.seed) * (CELL - y));
            double min_x, min_y, max_x, max_y;
            bool some = imx_transform_grid_box_bounds(b.grid, x, y, w, h, &min_x, &min_y, &max_x, &max_y);
            for (int32_t row = y; row < y + h; row += 7) {
                boxes got;
                ask(&b, x, row, w, 0, 0, (imx_box_kind)(k & 1), &got);
                for (int32_t j = 0; j < w; j++) {
                    if (!touches(&b, &got, j)) {
                        continue;
                    }
                    assert_true(some); /* (the warp takes one pixel more on each side) */
                    assert_true(fmax(0, got.x0[j] / 65536.0) > min_x - 0.5);
                    assert_true(fmax(0, got.y0[j] / 65536.0) > min_y - 0.5);
                    assert_true(fmin(asset->width, got.x1[j] / 65536.0) < max_x + 0.5);
                    assert_true(fmin(asset->height, got.y1[j] / 65536.0) < max_y + 0.5);
                }
            }
            assert_true(!some || (min_x >= 0 && max_x <= asset->width && min_y >= 0 && max_y <= asset->height));
        }
        close_bench(&b);
    }
}

/* Boxes of whole pixels on an aligned grid have no stray edges, and neighbours share theirs. */
static void aligned_boxes_are_whole(void **state) {
    (void)state;
    for (int zoom = 2; zoom <= 4; zoom++) {
        bench b = {.seed = 1};
        double size = 256 << 3, res = 2 * MERCATOR_HALF / size;
        double gt[6] = {-MERCATOR_HALF, res, 0, MERCATOR_HALF, 0, -res};
        fixture_open(NULL, "EPSG:3857", gt, (int32_t)size, (int32_t)size, mercator_space(zoom), &b.f);
        imx_kernels_init(&b.kernels, imx_cpu_detect());
        assert_int_equal(imx_transform_grid_create(NULL, CELL, NULL, &b.grid), IMX_OK);
        fill(&b, 1.0 / 64);
        int32_t side = zoom == 4 ? 32768 : zoom == 3 ? 65536 : 131072;
        for (int32_t y = 0; y < CELL; y += 31) {
            boxes got;
            ask(&b, 0, y, CELL, 0, 0, (imx_box_kind)(y & 1), &got);
            for (int32_t x = 0; x < CELL; x++) {
                assert_int_equal(got.x0[x], (b.cx * CELL + x) * side);
                assert_int_equal(got.x1[x], (b.cx * CELL + x + 1) * side);
                assert_int_equal(got.y0[x], (b.cy * CELL + y) * side);
                assert_int_equal(got.y1[x], (b.cy * CELL + y + 1) * side);
            }
        }
        close_bench(&b);
    }
}

/* Pixels' edges that lie 6e-7 px beside the boxes': who counts pixels sees that the boxes touch one more. */
static void touched_boxes_reach_over_by_little(void **state) {
    (void)state;
    bench b = {.seed = 1};
    double size = 256 << 3, res = 2 * MERCATOR_HALF / size;
    double gt[6] = {-MERCATOR_HALF + 6e-7 * res, res, 0, MERCATOR_HALF + 6e-7 * res, 0, -res};
    fixture_open(NULL, "EPSG:3857", gt, (int32_t)size, (int32_t)size, mercator_space(3), &b.f);
    imx_kernels_init(&b.kernels, imx_cpu_detect());
    assert_int_equal(imx_transform_grid_create(NULL, CELL, NULL, &b.grid), IMX_OK);
    fill(&b, 1.0 / 64);
    boxes covered, touched;
    for (int32_t y = 0; y < CELL; y += 31) {
        ask(&b, 0, y, CELL, 0, 0, IMX_BOX_COVERED, &covered);
        ask(&b, 0, y, CELL, 0, 0, IMX_BOX_TOUCHED, &touched);
        for (int32_t x = 1; x < CELL; x++) {
            int32_t left = (int32_t)(b.cx * CELL + x) * 65536, top = (int32_t)(b.cy * CELL + y) * 65536;
            assert_int_equal(covered.x0[x], left);
            assert_int_equal(covered.x1[x], left + 65536);
            assert_int_equal(covered.y0[x], top);
            assert_int_equal(covered.y1[x], top + 65536);
            assert_int_equal(touched.x0[x], left - 1);
            assert_int_equal(touched.x1[x], left + 65536);
            assert_int_equal(touched.y0[x], top);
            assert_int_equal(touched.y1[x], top + 65537);
        }
    }
    close_bench(&b);
}

/* A raster turned by 45 degrees: corners that meet do not make an empty box. */
static void turned_boxes_keep_their_size(void **state) {
    (void)state;
    const double s = 100;
    const setup turned = {"EPSG:3857", {0, s, s, 0, s, -s}, 2000, 2000, 10, true};
    bench b;
    open_bench(&turned, 1.0 / 64, &b);
    double extent = b.f.space.res / (s * sqrt(2)) * 65536; /* source px per output px, Q16 */
    int tested = 0;
    for (int32_t y = 0; y < CELL; y += 17) {
        boxes narrow;
        ask(&b, 0, y, CELL, 0, 0, IMX_BOX_COVERED, &narrow);
        for (int32_t x = 0; x < CELL; x++) {
            if (touches(&b, &narrow, x)) {
                double w = narrow.x1[x] - narrow.x0[x], h = narrow.y1[x] - narrow.y0[x];
                assert_true(fmin(w, h) >= extent * sqrt(0.5) - 2 && fmax(w, h) <= extent * sqrt(2) + 2);
                tested++;
            }
        }
    }
    assert_true(tested > 1000);
    close_bench(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_are_between_exact_corners),
        cmocka_unit_test(splits_and_windows_agree),
        cmocka_unit_test(bounds_hold_all_boxes),
        cmocka_unit_test(aligned_boxes_are_whole),
        cmocka_unit_test(touched_boxes_reach_over_by_little),
        cmocka_unit_test(turned_boxes_keep_their_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
