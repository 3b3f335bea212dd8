/* tests/unit/engine/test_transform_grid.c: the lattice against exact positions, everywhere and however it is asked. */
#include <stdio.h>

#include "kernels/kernels.h"
#include "tests/unit/engine/scene_fixture.h"

enum { CELL = 512, CELL_MAX = 2048 };
static const double full[2] = {1, 1};

typedef struct setup {
    const char *name, *crs;
    double gt[6];
    int32_t width, height;
    int zoom;
    bool lonlat; /* the space is WorldCRS84Quad */
} setup;

static const setup setups[] = {
    {"utm", "EPSG:32618", {300000, 30, 0, 4600000, 0, -30}, 7000, 7000, 12, false},
    {"utm, far from its meridian", "EPSG:32618", {1200000, 30, 0, 8000000, 0, -30}, 4000, 4000, 11, false},
    {"utm, rotated", "EPSG:32618", {500000, 20, 14, 4300000, 13, -21}, 3000, 2000, 12, false},
    {"polar stereographic", "EPSG:3413", {-800000, 250, 0, 800000, 0, -250}, 6400, 6400, 8, false},
    {"world in degrees", "EPSG:4326", {-180, 0.05, 0, 90, 0, -0.05}, 7200, 3600, 5, false},
    {"world from Greenwich on", "EPSG:4326", {0, 0.05, 0, 90, 0, -0.05}, 7200, 3600, 5, false},
    {"the whole world in a quarter of a cell", "EPSG:4326", {-180, 0.35, 0, 90, 0, -0.35}, 1028, 514, 0, false},
    {"the whole world in one cell", "EPSG:4326", {-180, 0.703125, 0, 90, 0, -0.703125}, 512, 256, 1, false},
    {"utm onto degrees", "EPSG:32733", {300000, 10, 0, 7500000, 0, -10}, 9000, 9000, 13, true},
    {"polar stereographic onto degrees", "EPSG:3031", {-3000000, 1000, 0, 3000000, 0, -1000}, 6000, 6000, 6, true},
    {"over the antimeridian", "EPSG:32660", {700000, 30, 0, 200000, 0, -30}, 4000, 4000, 11, false},
    {"polar stereographic, curved", "EPSG:3995", {-2000000, 8000, 0, 2000000, 0, -8000}, 500, 500, 4, false},
    {"polar stereographic, strongly curved", "EPSG:3995", {-2000000, 8000, 0, 2000000, 0, -8000}, 500, 500, 2, false},
    {"off the pole", "EPSG:3031", {500000, 500, 0, -500000, 0, -500}, 1000, 1000, 7, false},
    {"geostationary",
     "+proj=geos +h=35785831 +lon_0=-75 +sweep=x +datum=WGS84 +type=crs",
     {-5434895, 20000, 0, 5434895, 0, -20000},
     543,
     543,
     3,
     false},
    {"equal area", "EPSG:6933", {-17367530, 5000, 0, 7314540, 0, -5000}, 6946, 2925, 5, false},
};

static void open_setup(const setup *s, fixture *f) {
    fixture_open(NULL, s->crs, s->gt, s->width, s->height, s->lonlat ? lonlat_space(s->zoom) : mercator_space(s->zoom),
                 f);
}

/* The cell over the output position of a random source pixel; false if it has none in the space. */
static bool random_cell_of(fixture *f, int32_t cell, uint32_t *seed, int64_t *cx, int64_t *cy) {
    double x = next_unit(seed) * f->asset.width, y = next_unit(seed) * f->asset.height;
    imx_transform_forward(f->transform, 1, &x, &y);
    if (x == HUGE_VAL || x < 0 || x >= f->space.width || y < 0 || y >= f->space.height) {
        return false;
    }
    *cx = (int64_t)(x / cell);
    *cy = (int64_t)(y / cell);
    return true;
}

static bool random_cell(fixture *f, uint32_t *seed, int64_t *cx, int64_t *cy) {
    return random_cell_of(f, CELL, seed, cx, cy);
}

/* Error in output px of the Q16 position for output px (x, y); 0 where both say that there is none. At the raster's
 * edge the two may differ by the threshold about being inside. */
static double position_error(fixture *f, double x, double y, int32_t x_q16, int32_t y_q16) {
    double sx[3] = {x, x + 0.01, x}, sy[3] = {y, y, y + 0.01};
    imx_transform_inverse(f->transform, 3, sx, sy);
    bool inside = sx[0] >= 0 && sx[0] < f->asset.width && sy[0] >= 0 && sy[0] < f->asset.height && x < f->space.width &&
                  y < f->space.height; /* a cell may hang over the space */
    if (x_q16 == IMX_WARP_INVALID) {
        double a = (sx[1] - sx[0]) * 100, b = (sx[2] - sx[0]) * 100, c = (sy[1] - sy[0]) * 100,
               d = (sy[2] - sy[0]) * 100;
        double to_edge_x = fmin(sx[0], f->asset.width - sx[0]), to_edge_y = fmin(sy[0], f->asset.height - sy[0]);
        return inside ? fmin(to_edge_x / hypot(a, b), to_edge_y / hypot(c, d)) : 0;
    }
    double ex = x_q16 / 65536.0 - sx[0], ey = y_q16 / 65536.0 - sy[0];
    if (fabs(ex) < 8e-6 && fabs(ey) < 8e-6) {
        return 0; /* rounding to Q16 */
    }
    double a = (sx[1] - sx[0]) * 100, b = (sx[2] - sx[0]) * 100, c = (sy[1] - sy[0]) * 100, d = (sy[2] - sy[0]) * 100;
    double det = a * d - b * c;
    return hypot((d * ex - b * ey) / det, (a * ey - c * ex) / det);
}

static double worst_error(const setup *s, int32_t cell, double threshold, int cells, int points, int *tested) {
    fixture f;
    open_setup(s, &f);
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_transform_grid *grid = NULL;
    assert_int_equal(imx_transform_grid_create(NULL, cell, NULL, &grid), IMX_OK);
    uint32_t seed = 7;
    double worst = 0;
    int32_t xq[CELL_MAX], yq[CELL_MAX];
    for (int c = 0; c < cells; c++) {
        int64_t cx = 0, cy = 0;
        if (!random_cell_of(&f, cell, &seed, &cx, &cy)) {
            continue;
        }
        assert_int_equal(imx_transform_grid_fill(grid, f.transform, cx, cy, threshold, full, NULL), IMX_OK);
        for (int i = 0; i < points; i++) {
            int32_t y = (int32_t)(next_unit(&seed) * cell);
            bool any;
            imx_transform_grid_row(grid, &kernels, 0, y, cell, 0, 0, f.asset.width, f.asset.height, xq, yq, NULL, NULL,
                                   &any);
            for (int k = 0; k < 8; k++) {
                int32_t x = k == 0 ? 0 : k == 1 ? cell - 1 : (int32_t)(next_unit(&seed) * cell);
                double error =
                    position_error(&f, (double)cx * cell + x + 0.5, (double)cy * cell + y + 0.5, xq[x], yq[x]);
                worst = fmax(worst, error);
                *tested += xq[x] != IMX_WARP_INVALID;
            }
        }
    }
    imx_transform_grid_destroy(&grid);
    fixture_close(&f);
    return worst;
}

static void error_is_within_the_threshold(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
        int tested = 0;
        double worst = worst_error(&setups[i], CELL, 1.0 / 64, 30, 40, &tested);
        printf("%-34s worst %.5f px, %d points\n", setups[i].name, worst, tested);
        assert_true(tested > 500);
        assert_true(worst <= 1.0 / 64);
        tested = 0;
        assert_true(worst_error(&setups[i], CELL, 0.125, 10, 40, &tested) <= 0.125);
        for (int32_t cell = 16; cell <= CELL_MAX; cell *= 128 / 16) { /* 16, 128, 1024 */
            assert_true(worst_error(&setups[i], cell, 1.0 / 64, 6, 40, &tested) <= 1.0 / 64);
        }
        assert_true(worst_error(&setups[i], CELL_MAX, 1.0 / 64, 4, 100, &tested) <= 1.0 / 64);
    }
}

static void threshold_0_is_exact(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
        int tested = 0;
        double worst = worst_error(&setups[i], CELL, 0, 6, 10, &tested);
        assert_true(tested > 50);
        assert_true(worst < 1e-6);
    }
}

/* Any split of a row, any window: the same positions. */
static void splits_and_windows_agree(void **state) {
    (void)state;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_transform_grid *grid = NULL;
    assert_int_equal(imx_transform_grid_create(NULL, CELL, NULL, &grid), IMX_OK);
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
        fixture f;
        open_setup(&setups[i], &f);
        uint32_t seed = 11;
        int64_t cx = 0, cy = 0;
        while (!random_cell(&f, &seed, &cx, &cy)) {
        }
        assert_int_equal(imx_transform_grid_fill(grid, f.transform, cx, cy, i % 2 ? 1.0 / 64 : 0, full, NULL), IMX_OK);
        for (int k = 0; k < 60; k++) {
            int32_t y = (int32_t)(next_unit(&seed) * CELL), x = (int32_t)(next_unit(&seed) * CELL);
            int32_t n = 1 + (int32_t)(next_unit(&seed) * (CELL - x)), wx = (int32_t)(next_unit(&seed) * 999) - 500;
            int32_t whole_x[CELL], whole_y[CELL], part_x[CELL], part_y[CELL];
            uint32_t whole_sx[CELL], whole_sy[CELL], part_sx[CELL], part_sy[CELL];
            bool any;
            imx_transform_grid_row(grid, &kernels, 0, y, CELL, 0, 0, f.asset.width, f.asset.height, whole_x, whole_y,
                                   whole_sx, whole_sy, &any);
            imx_transform_grid_row(grid, &kernels, x, y, n, wx, -wx, f.asset.width, f.asset.height, part_x, part_y,
                                   part_sx, part_sy, &any);
            bool shrinks = false;
            for (int32_t j = 0; j < n; j++) {
                bool valid = whole_x[x + j] != IMX_WARP_INVALID;
                assert_int_equal(part_x[j], valid ? whole_x[x + j] - wx * 65536 : IMX_WARP_INVALID);
                if (valid) {
                    assert_int_equal(part_y[j], whole_y[x + j] + wx * 65536);
                }
                assert_int_equal(part_sx[j], whole_sx[x + j]);
                assert_int_equal(part_sy[j], whole_sy[x + j]);
                shrinks |= part_sx[j] < 65536 || part_sy[j] < 65536;
            }
            assert_int_equal(any, shrinks);
        }
        fixture_close(&f);
    }
    imx_transform_grid_destroy(&grid);
}

/* Bounds hold every position of the rectangle, are not much larger, and false means that there is none. */
static void bounds_hold_all_positions(void **state) {
    (void)state;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_transform_grid *grid = NULL;
    assert_int_equal(imx_transform_grid_create(NULL, CELL, NULL, &grid), IMX_OK);
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
        fixture f;
        open_setup(&setups[i], &f);
        uint32_t seed = 5;
        for (int k = 0; k < 24; k++) {
            int64_t cx = 0, cy = 0;
            if (!random_cell(&f, &seed, &cx, &cy)) {
                continue;
            }
            if (k % 4 == 0) {
                assert_int_equal(imx_transform_grid_fill(grid, f.transform, cx, cy, k % 8 ? 0 : 1.0 / 64, full, NULL),
                                 IMX_OK);
            } else if (k < 4) {
                continue;
            }
            int32_t x = (int32_t)(next_unit(&seed) * CELL), y = (int32_t)(next_unit(&seed) * CELL);
            int32_t w = 1 + (int32_t)(next_unit(&seed) * (CELL - x)), h = 1 + (int32_t)(next_unit(&seed) * (CELL - y));
            double min_x, min_y, max_x, max_y;
            bool some = imx_transform_grid_bounds(grid, x, y, w, h, &min_x, &min_y, &max_x, &max_y);
            for (int32_t row = y; row < y + h; row += k % 8 ? 16 : 1) {
                int32_t xq[CELL], yq[CELL];
                bool any;
                imx_transform_grid_row(grid, &kernels, x, row, w, 0, 0, f.asset.width, f.asset.height, xq, yq, NULL,
                                       NULL, &any);
                for (int32_t j = 0; j < w; j++) {
                    if (xq[j] != IMX_WARP_INVALID) {
                        assert_true(some);
                        double sx = xq[j] / 65536.0, sy = yq[j] / 65536.0;
                        assert_true(sx >= min_x && sx <= max_x && sy >= min_y && sy <= max_y);
                    }
                }
            }
            if (some) {
                assert_true(min_x >= 0 && max_x <= f.asset.width && min_y >= 0 && max_y <= f.asset.height);
            }
        }
        fixture_close(&f);
    }
    imx_transform_grid_destroy(&grid);
}

static uint32_t expected_shrink(double by_x, double by_y) {
    double s = hypot(by_x, by_y);
    return s > 1 + 1e-6 ? (uint32_t)floor(65536 / s + 0.5) : 65536;
}

/* Shrinks are the local scale's, within 0.1 %, and go on over cell borders without a step. */
static void shrinks_are_the_local_scale(void **state) {
    (void)state;
    static const setup minified[] = {
        {"utm", "EPSG:32618", {300000, 10, 0, 4600000, 0, -10}, 20000, 20000, 12, false},
        {"rotated", "EPSG:32618", {500000, 5, 4, 4300000, 3, -5}, 20000, 20000, 12, false},
        {"world", "EPSG:4326", {-180, 0.02, 0, 90, 0, -0.02}, 18000, 9000, 4, false},
        {"world from Greenwich on", "EPSG:4326", {0, 0.02, 0, 90, 0, -0.02}, 18000, 9000, 4, false},
        {"polar", "EPSG:3413", {-800000, 100, 0, 800000, 0, -100}, 16000, 16000, 7, false},
    };
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_transform_grid *grid = NULL;
    assert_int_equal(imx_transform_grid_create(NULL, CELL, NULL, &grid), IMX_OK);
    for (size_t i = 0; i < sizeof minified / sizeof *minified; i++) {
        fixture f;
        open_setup(&minified[i], &f);
        uint32_t seed = 2;
        int tested = 0;
        for (int k = 0; k < 20; k++) {
            int64_t cx = 0, cy = 0;
            if (!random_cell(&f, &seed, &cx, &cy)) {
                continue;
            }
            int32_t xq[2 * CELL], yq[2 * CELL], y = (int32_t)(next_unit(&seed) * CELL);
            uint32_t sx[2 * CELL], sy[2 * CELL];
            bool any;
            for (int64_t c = 0; c < 2; c++) { /* a row over two cells */
                assert_int_equal(imx_transform_grid_fill(grid, f.transform, cx + c, cy, 1.0 / 64, full, NULL), IMX_OK);
                int64_t at = c * CELL;
                imx_transform_grid_row(grid, &kernels, 0, y, CELL, 0, 0, f.asset.width, f.asset.height, xq + at,
                                       yq + at, sx + at, sy + at, &any);
                imx_shrink_bounds b;
                imx_transform_grid_shrinks(grid, 0, y, CELL, 1, &b);
                for (int64_t j = at; j < at + CELL; j++) {
                    assert_true(xq[j] == IMX_WARP_INVALID || (sx[j] >= b.least_x_q16 && sy[j] >= b.least_y_q16));
                    assert_true(xq[j] == IMX_WARP_INVALID || (sx[j] <= b.most_x_q16 && sy[j] <= b.most_y_q16));
                }
            }
            for (int j = 0; j < 2 * CELL; j++) {
                if (xq[j] == IMX_WARP_INVALID) {
                    continue;
                }
                if (j > 0 && xq[j - 1] != IMX_WARP_INVALID) {
                    assert_true(fabs((double)sx[j] - sx[j - 1]) < 700 && fabs((double)sy[j] - sy[j - 1]) < 700);
                }
                if (j == CELL && xq[j - 1] != IMX_WARP_INVALID) {
                    double before = fabs((double)sx[j - 1] - sx[j - 2]), here = fabs((double)sx[j] - sx[j - 1]);
                    assert_true(here <= before + 4);
                }
                double x = (double)cx * CELL + j + 0.5, yy = (double)cy * CELL + y + 0.5;
                double ax[4] = {x - 0.01, x + 0.01, x, x}, ay[4] = {yy, yy, yy - 0.01, yy + 0.01};
                imx_transform_inverse(f.transform, 4, ax, ay);
                if (fabs(ax[1] - ax[0]) > 1000 || fabs(ax[3] - ax[2]) > 1000) {
                    continue; /* over the seam */
                }
                double want_x = expected_shrink((ax[1] - ax[0]) * 50, (ax[3] - ax[2]) * 50);
                double want_y = expected_shrink((ay[1] - ay[0]) * 50, (ay[3] - ay[2]) * 50);
                assert_true(fabs(want_x - sx[j]) <= 0.001 * want_x + 1 && fabs(want_y - sy[j]) <= 0.001 * want_y + 1);
                tested++;
            }
        }
        assert_true(tested > 2000);
        fixture_close(&f);
    }
    imx_transform_grid_destroy(&grid);
}

/* Same CRS, same resolution: positions are the pixels' centres to the last bit, and nothing shrinks. */
static void aligned_grids_are_exact(void **state) {
    (void)state;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_space space = mercator_space(14);
    double gt[6] = {space.origin_x + 100000 * space.res, space.res, 0,
                    space.origin_y - 200000 * space.res, 0,         -space.res};
    fixture f;
    fixture_open(NULL, "EPSG:3857", gt, 5000, 5000, space, &f);
    imx_transform_grid *grid = NULL;
    assert_int_equal(imx_transform_grid_create(NULL, 2048, NULL, &grid), IMX_OK);
    for (int pass = 0; pass < 2; pass++) {
        assert_int_equal(imx_transform_grid_fill(grid, f.transform, 49, 98, pass ? 1.0 / 64 : 0, full, NULL), IMX_OK);
        assert_int_equal(imx_transform_grid_step(grid), pass ? 256 : 1);
        int32_t xq[2048], yq[2048];
        uint32_t sx[2048], sy[2048];
        bool any = true;
        imx_transform_grid_row(grid, &kernels, 0, 700, 2048, 0, 0, 5000, 5000, xq, yq, sx, sy, &any);
        assert_false(any);
        for (int j = 0; j < 2048; j++) {
            assert_int_equal(xq[j], (49 * 2048 - 100000 + j) * 65536 + 32768);
            assert_int_equal(yq[j], (98 * 2048 - 200000 + 700) * 65536 + 32768);
            assert_int_equal(sx[j], 65536);
            assert_int_equal(sy[j], 65536);
        }
    }
    imx_transform_grid_destroy(&grid);
    fixture_close(&f);
}

/* Reading an overview: the lattice speaks of that level. */
static void levels_scale_positions(void **state) {
    (void)state;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    fixture f;
    open_setup(&setups[0], &f);
    imx_transform_grid *grid = NULL;
    assert_int_equal(imx_transform_grid_create(NULL, CELL, NULL, &grid), IMX_OK);
    uint32_t seed = 9;
    int64_t cx = 0, cy = 0;
    assert_true(random_cell(&f, &seed, &cx, &cy));
    int32_t xq[2][CELL], yq[2][CELL];
    bool any;
    const double scales[2][2] = {{1, 1}, {0.25, 0.5}};
    for (int k = 0; k < 2; k++) {
        assert_int_equal(imx_transform_grid_fill(grid, f.transform, cx, cy, 0, scales[k], NULL), IMX_OK);
        imx_transform_grid_row(grid, &kernels, 0, 100, CELL, 0, 0, (int32_t)(7000 * scales[k][0]),
                               (int32_t)(7000 * scales[k][1]), xq[k], yq[k], NULL, NULL, &any);
    }
    int valid = 0;
    for (int j = 0; j < CELL; j++) {
        assert_int_equal(xq[0][j] == IMX_WARP_INVALID, xq[1][j] == IMX_WARP_INVALID);
        if (xq[0][j] != IMX_WARP_INVALID) {
            assert_true(fabs(xq[0][j] / 4.0 - xq[1][j]) <= 1 && fabs(yq[0][j] / 2.0 - yq[1][j]) <= 1);
            valid++;
        }
    }
    assert_true(valid > 0);
    imx_transform_grid_destroy(&grid);
    fixture_close(&f);
}

/* A cell that hangs over the space (zoom 0), the far side of a globe, a cell where nothing is. */
static void what_has_no_source_is_invalid(void **state) {
    (void)state;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_transform_grid *grid = NULL;
    assert_int_equal(imx_transform_grid_create(NULL, CELL, NULL, &grid), IMX_OK);
    fixture f;
    double world[6] = {-180, 1, 0, 90, 0, -1};
    fixture_open(NULL, "EPSG:4326", world, 360, 180, mercator_space(0), &f);
    assert_int_equal(imx_transform_grid_fill(grid, f.transform, 0, 0, 1.0 / 64, full, NULL), IMX_OK);
    int32_t xq[CELL], yq[CELL];
    uint32_t sx[CELL], sy[CELL];
    bool any;
    for (int32_t y = 0; y < CELL; y++) {
        imx_transform_grid_row(grid, &kernels, 0, y, CELL, 0, 0, 360, 180, xq, yq, sx, sy, &any);
        for (int x = 0; x < CELL; x++) {
            assert_int_equal(xq[x] != IMX_WARP_INVALID, x < 256 && y < 256);
        }
    }
    double min_x, min_y, max_x, max_y;
    assert_false(imx_transform_grid_bounds(grid, 256, 0, 256, 512, &min_x, &min_y, &max_x, &max_y));
    assert_true(imx_transform_grid_bounds(grid, 0, 0, 512, 512, &min_x, &min_y, &max_x, &max_y));
    fixture_close(&f);

    double globe[6] = {-6400000, 12800, 0, 6400000, 0, -12800};
    fixture_open(NULL, "+proj=ortho +lat_0=10 +lon_0=20 +datum=WGS84 +type=crs", globe, 1000, 1000, mercator_space(3),
                 &f);
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t c = 0; c < 16; c++) {
            assert_int_equal(imx_transform_grid_fill(grid, f.transform, c % 4, c / 4, pass ? 0 : 1.0 / 64, full, NULL),
                             IMX_OK);
            for (int32_t y = 5; y < CELL; y += 64) {
                imx_transform_grid_row(grid, &kernels, 0, y, CELL, 0, 0, 1000, 1000, xq, yq, sx, sy, &any);
                for (int x = 0; x < CELL; x++) {
                    double px = (double)(c % 4) * CELL + x + 0.5, py = (double)(c / 4) * CELL + y + 0.5;
                    imx_transform_inverse(f.transform, 1, &px, &py);
                    assert_int_equal(xq[x] == IMX_WARP_INVALID, px == HUGE_VAL);
                }
            }
        }
    }
    fixture_close(&f);
    imx_transform_grid_destroy(&grid);
}

static void few_points_are_enough(void **state) {
    (void)state;
    fixture f;
    open_setup(&setups[0], &f);
    imx_transform_grid *grid = NULL;
    assert_int_equal(imx_transform_grid_create(NULL, 2048, NULL, &grid), IMX_OK);
    double x = 3500, y = 3500;
    imx_transform_forward(f.transform, 1, &x, &y);
    assert_int_equal(
        imx_transform_grid_fill(grid, f.transform, (int64_t)(x / 2048), (int64_t)(y / 2048), 1.0 / 64, full, NULL),
        IMX_OK);
    printf("utm: step %d\n", (int)imx_transform_grid_step(grid));
    assert_true(imx_transform_grid_step(grid) >= 64); /* at most 33 x 33 points for a cell of 2048 */
    fixture_close(&f);
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
        if (strcmp(setups[i].name, "off the pole") == 0) { /* curved, but nowhere exact */
            open_setup(&setups[i], &f);
            x = y = 500;
            imx_transform_forward(f.transform, 1, &x, &y);
            assert_int_equal(imx_transform_grid_fill(grid, f.transform, (int64_t)(x / 2048), (int64_t)(y / 2048),
                                                     1.0 / 64, full, NULL),
                             IMX_OK);
            assert_true(imx_transform_grid_step(grid) >= 32);
            fixture_close(&f);
        }
    }
    imx_transform_grid_destroy(&grid);
}

static void bad_cells_and_failed_allocations(void **state) {
    (void)state;
    imx_transform_grid *grid = NULL;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_transform_grid_create(NULL, 8, &err, &grid), IMX_E_INTERNAL);
    assert_int_equal(imx_transform_grid_create(NULL, 8192, &err, &grid), IMX_E_INTERNAL);
    assert_int_equal(imx_transform_grid_create(NULL, 768, &err, &grid), IMX_E_INTERNAL);
    assert_null(grid);
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    for (size_t nth = 1; nth <= 7; nth++) {
        imx_memory_fail_nth(memory, nth);
        assert_int_equal(imx_transform_grid_create(memory, 64, &err, &grid), IMX_E_NOMEM);
        assert_int_equal(imx_memory_used(memory), 0);
    }
    imx_memory_fail_nth(memory, 0);
    assert_int_equal(imx_transform_grid_create(memory, 16, &err, &grid), IMX_OK);
    imx_transform_grid_destroy(&grid);
    imx_transform_grid_destroy(&grid);
    imx_memory_destroy(&memory);
}

/* A cell with a rim takes a finer lattice: without memory for it the fill fails, and the next one works. */
static void rims_take_a_finer_lattice(void **state) {
    (void)state;
    fixture f;
    double disc[6] = {-5434895, 20000, 0, 5434895, 0, -20000};
    fixture_open(NULL, "+proj=geos +h=35785831 +lon_0=-75 +sweep=x +datum=WGS84 +type=crs", disc, 543, 543,
                 mercator_space(3), &f);
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_transform_grid *grid = NULL;
    assert_int_equal(imx_transform_grid_create(memory, 2048, NULL, &grid), IMX_OK);
    size_t coarse_bytes = imx_memory_used(memory);
    for (size_t nth = 1; nth <= 6; nth++) {
        imx_error err = IMX_ERROR_INIT;
        imx_memory_fail_nth(memory, 0);
        assert_int_equal(imx_transform_grid_fill(grid, f.transform, 5, 5, 1.0 / 64, full, &err), IMX_OK);
        assert_int_equal(imx_memory_used(memory), coarse_bytes); /* nothing is there */
        imx_memory_fail_nth(memory, nth);
        assert_int_equal(imx_transform_grid_fill(grid, f.transform, 0, 0, 1.0 / 64, full, &err), IMX_E_NOMEM);
        assert_true(imx_memory_used(memory) < coarse_bytes);
    }
    imx_memory_fail_nth(memory, 0);
    assert_int_equal(imx_transform_grid_fill(grid, f.transform, 0, 0, 1.0 / 64, full, NULL), IMX_OK);
    assert_in_range(imx_memory_used(memory), 3 * coarse_bytes, 2600000);
    assert_int_equal(imx_transform_grid_step(grid), 8);
    imx_transform_grid_destroy(&grid);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_is_within_the_threshold), cmocka_unit_test(threshold_0_is_exact),
        cmocka_unit_test(splits_and_windows_agree),      cmocka_unit_test(bounds_hold_all_positions),
        cmocka_unit_test(shrinks_are_the_local_scale),   cmocka_unit_test(aligned_grids_are_exact),
        cmocka_unit_test(levels_scale_positions),        cmocka_unit_test(what_has_no_source_is_invalid),
        cmocka_unit_test(few_points_are_enough),         cmocka_unit_test(bad_cells_and_failed_allocations),
        cmocka_unit_test(rims_take_a_finer_lattice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
