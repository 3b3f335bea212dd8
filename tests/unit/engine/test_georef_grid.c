/* tests/unit/engine/test_georef_grid.c: the lattice over control points, RPC and terrain: within 1/16 px of the exact
 * position at random pixels and at the borders of cells; bounds and footprints that hold them. */
#include <stdio.h>

#include "engine/footprint.h"
#include "engine/source.h"
#include "kernels/kernels.h"
#include "tests/unit/engine/georef_fixture.h"

enum { CELL = 1024, GCPS = 48, PER_ROW = 8, PIXELS = 4000 };
static const char dem_path[] = "/vsimem/terrain.tif";

/* Mountains: some octaves, steep, with an edge of cells of its own everywhere. */
static double mountains(int x, int y) {
    uint32_t noise = (uint32_t)x * 2654435761U ^ (uint32_t)y * 2246822519U;
    noise ^= noise >> 15;
    return 1200 + 400 * sin(x / 31.0) * cos(y / 23.0) + 80 * sin(x / 5.0 + y / 7.0) + (noise % 1000) / 100.0;
}

typedef struct setup {
    const char *name;
    imx_georef_kind kind;
    int order, zoom;
    double dem_deg; /* the DEM's cells; 0: no DEM */
    bool cubic;
    double threshold_px; /* 0: 1/64 */
} setup;

static const setup setups[] = {
    {"order 1", IMX_GEOREF_POLYNOMIAL, 1, 12, 0, false, 0},
    {"order 2", IMX_GEOREF_POLYNOMIAL, 2, 12, 0, false, 0},
    {"order 3", IMX_GEOREF_POLYNOMIAL, 3, 12, 0, false, 0},
    {"spline", IMX_GEOREF_TPS, 0, 12, 0, false, 0},
    {"spline, zoomed in", IMX_GEOREF_TPS, 0, 14, 0, false, 0},
    {"RPC, flat", IMX_GEOREF_RPC, 0, 17, 0, false, 0},
    {"RPC, 90 m", IMX_GEOREF_RPC, 0, 17, 1.0 / 1200, false, 0},
    {"RPC, 90 m, cubic", IMX_GEOREF_RPC, 0, 17, 1.0 / 1200, true, 0},
    {"RPC, 30 m", IMX_GEOREF_RPC, 0, 17, 1.0 / 3600, false, 0},
    {"RPC, 30 m, zoomed out", IMX_GEOREF_RPC, 0, 15, 1.0 / 3600, false, 0},
    {"RPC, 10 m", IMX_GEOREF_RPC, 0, 16, 1.0 / 10800, false, 0},
};

typedef struct scene {
    fixture f;
    imx_georef georef;
    imx_gcp gcps[GCPS];
} scene;

static void open_scene(const setup *s, scene *out) {
    memset(out, 0, sizeof *out);
    out->georef.kind = s->kind;
    out->georef.order = s->order;
    out->georef.rpc = made_rpc();
    out->georef.heights.height_m = 1200;
    if (s->dem_deg > 0) {
        int columns = (int)(0.16 / s->dem_deg), rows = (int)(0.12 / s->dem_deg);
        write_dem(dem_path, "EPSG:4326", (double[6]){11.42, s->dem_deg, 0, 46.56, 0, -s->dem_deg}, columns, rows,
                  mountains);
        out->georef.heights.dem = (char *)(uintptr_t)dem_path;
        out->georef.heights.resample = s->cubic ? IMX_DEM_CUBIC : IMX_DEM_BILINEAR;
    }
    made_gcps(out->gcps, 8, 6, 8);
    out->georef.gcps = out->gcps;
    out->georef.gcp_count = GCPS;
    fixture *f = &out->f;
    bool rpc = s->kind == IMX_GEOREF_RPC;
    f->asset =
        (imx_asset){.width = rpc ? 10000 : 2000, .height = rpc ? 10000 : 1500, .geotransform = {0, 1, 0, 0, 0, 1}};
    f->asset.georef = &out->georef;
    f->scene = (imx_scene){.id = (char *)(uintptr_t) "scene.tif",
                           .crs = (char *)(uintptr_t) "EPSG:4326",
                           .assets = &f->asset,
                           .asset_count = 1};
    f->space = mercator_space(s->zoom);
    imx_error err = IMX_ERROR_INIT;
    if (imx_transform_create(NULL, &f->scene, &f->asset, &f->space, &err, &f->transform) != IMX_OK) {
        fail_msg("%s", err.text);
    }
}

/* Error in output px of a Q16 position for output px (x, y); at the raster's edge the two may differ about being
 * inside. */
static double position_error(fixture *f, double x, double y, int32_t x_q16, int32_t y_q16) {
    double sx[3] = {x, x + 0.01, x}, sy[3] = {y, y, y + 0.01};
    imx_transform_inverse(f->transform, 3, sx, sy);
    if (sx[0] == HUGE_VAL || sx[1] == HUGE_VAL || sx[2] == HUGE_VAL) {
        return x_q16 == IMX_WARP_INVALID ? 0 : HUGE_VAL;
    }
    double a = (sx[1] - sx[0]) * 100, b = (sx[2] - sx[0]) * 100, c = (sy[1] - sy[0]) * 100, d = (sy[2] - sy[0]) * 100;
    if (x_q16 == IMX_WARP_INVALID) {
        double edge_x = fmin(sx[0], f->asset.width - sx[0]), edge_y = fmin(sy[0], f->asset.height - sy[0]);
        return fmax(0, fmin(edge_x / hypot(a, b), edge_y / hypot(c, d)));
    }
    double ex = x_q16 / 65536.0 - sx[0], ey = y_q16 / 65536.0 - sy[0];
    if (fabs(ex) < 8e-6 && fabs(ey) < 8e-6) {
        return 0; /* rounding to Q16 */
    }
    /* By the scale of the scene: where the terrain folds (a slope along the line of sight) the local one is zero. */
    double square = fmax(a * a + c * c, b * b + d * d);
    return hypot(ex, ey) / sqrt(square);
}

/* One cell around a random source pixel: rows at random and at both ends; columns likewise. Also bounds, and the
 * footprint: a pixel with a position lies in it. */
static void look_at_cell(scene *s, const imx_footprint *footprint, imx_transform_grid *grid, const imx_kernels *kernels,
                         double threshold_px, uint32_t *seed, long *seen, double *worst) {
    static const double full[2] = {1, 1};
    fixture *f = &s->f;
    double x = next_unit(seed) * f->asset.width, y = next_unit(seed) * f->asset.height;
    imx_transform_forward(f->transform, 1, &x, &y);
    if (x == HUGE_VAL) {
        return;
    }
    int64_t cx = (int64_t)floor(x / CELL), cy = (int64_t)floor(y / CELL);
    assert_int_equal(imx_transform_grid_fill(grid, f->transform, cx, cy, threshold_px, full, NULL), IMX_OK);
    for (int i = 0; i < 128; i++) {
        int32_t xq[CELL], yq[CELL], row = i == 0 ? 0 : i == 1 ? CELL - 1 : (int32_t)(next_unit(seed) * CELL);
        imx_transform_grid_row(grid, kernels, 0, row, CELL, 0, 0, f->asset.width, f->asset.height, xq, yq, NULL, NULL,
                               NULL);
        double min_x, min_y, max_x, max_y;
        bool some = imx_transform_grid_bounds(grid, 0, row, CELL, 1, &min_x, &min_y, &max_x, &max_y);
        for (int k = 0; k < PER_ROW; k++) {
            int32_t column = k == 0 ? 0 : k == 1 ? CELL - 1 : (int32_t)(next_unit(seed) * CELL);
            double px = (double)cx * CELL + column + 0.5, py = (double)cy * CELL + row + 0.5;
            *worst = fmax(*worst, position_error(f, px, py, xq[column], yq[column]));
            if (xq[column] == IMX_WARP_INVALID) {
                continue;
            }
            ++*seen;
            double at_x = xq[column] / 65536.0, at_y = yq[column] / 65536.0;
            assert_true(some && at_x >= min_x - 1e-4 && at_x <= max_x + 1e-4 && at_y >= min_y - 1e-4 &&
                        at_y <= max_y + 1e-4);
            imx_box box = {px - 0.5, py - 0.5, px + 0.5, py + 0.5};
            assert_true(imx_footprint_touches(footprint, &box));
        }
    }
}

static void positions_are_within_the_bound(void **state) {
    (void)state;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
        scene s;
        imx_footprint footprint;
        imx_transform_grid *grid = NULL;
        open_scene(&setups[i], &s);
        assert_int_equal(imx_footprint_create(NULL, s.f.transform, &s.f.asset, &s.f.space, NULL, &footprint), IMX_OK);
        assert_int_equal(imx_transform_grid_create(NULL, CELL, NULL, &grid), IMX_OK);
        uint32_t seed = 17;
        long seen = 0;
        double worst = 0;
        for (int tries = 0; seen < PIXELS && tries < 100000; tries++) {
            look_at_cell(&s, &footprint, grid, &kernels, 1.0 / 64, &seed, &seen, &worst);
        }
        printf("%-24s worst %.5f px of %ld, footprint %s\n", setups[i].name, worst, seen,
               footprint.outline ? "outline" : "boxes");
        assert_true(seen >= PIXELS);
        assert_true(worst <= 1.0 / 16);
        imx_transform_grid_destroy(&grid);
        imx_footprint_clear(NULL, &footprint);
        fixture_close(&s.f);
    }
}

/* There and back over terrain, and the same answers one by one and in bulk. */
static void forward_leads_back(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
        scene s;
        open_scene(&setups[i], &s);
        enum { COUNT = 500 };
        double x[COUNT], y[COUNT], from_x[COUNT], from_y[COUNT];
        uint32_t seed = 23;
        for (int k = 0; k < COUNT; k++) {
            x[k] = from_x[k] = next_unit(&seed) * s.f.asset.width;
            y[k] = from_y[k] = next_unit(&seed) * s.f.asset.height;
        }
        imx_transform_forward(s.f.transform, COUNT, x, y);
        double one_x = x[COUNT / 2], one_y = y[COUNT / 2];
        imx_transform_inverse(s.f.transform, COUNT, x, y);
        imx_transform_inverse(s.f.transform, 1, &one_x, &one_y);
        assert_true(one_x == x[COUNT / 2] && one_y == y[COUNT / 2]);
        int found = 0;
        for (int k = 0; k < COUNT; k++) {
            if (x[k] != HUGE_VAL) {
                found++;
                assert_near(x[k], from_x[k], 0.011);
                assert_near(y[k], from_y[k], 0.011);
            }
        }
        assert_true(found > COUNT * 9 / 10);
        fixture_close(&s.f);
    }
}

/* A slope is no detail: the resolution with a DEM is the one without. */
static void native_resolution_is_that_of_flat_ground(void **state) {
    (void)state;
    scene flat, rough;
    open_scene(&setups[5], &flat);
    open_scene(&setups[6], &rough);
    double flat_res, rough_res;
    assert_int_equal(imx_transform_native_res(flat.f.transform, NULL, &flat_res), IMX_OK);
    assert_int_equal(imx_transform_native_res(rough.f.transform, NULL, &rough_res), IMX_OK);
    assert_near(rough_res / flat_res, 1, 1e-3);
    fixture_close(&flat.f);
    fixture_close(&rough.f);
}

int main(void) {
    imx_sources_init(8 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_are_within_the_bound),
        cmocka_unit_test(forward_leads_back),
        cmocka_unit_test(native_resolution_is_that_of_flat_ground),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    imx_sources_finish();
    return failed;
}
