/* tests/unit/tiler/test_chain.c: how grids' zooms fall into chains, what a chain holds, and how much work it is. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tiler/forecast.h"
#include "tiler/plan.h"

enum { TEXT_MAX = 1 << 15 };

/* ---- grids ---- */

typedef struct level { /* a tile matrix */
    double res, x, y;
    int columns, rows;
} level;

static imx_status ask(void *context, const char *crs, imx_error *err, imx_grid_crs *out) {
    (void)crs;
    (void)err;
    *out = *(const imx_grid_crs *)context;
    return IMX_OK;
}

static imx_grid *grid_of(const level *levels, size_t count, double period) {
    static char text[TEXT_MAX];
    imx_grid_crs facts = {.metres_per_unit = 1, .period = period, .projection = IMX_GRID_PROJECTED};
    imx_grid *grid = NULL;
    size_t at = (size_t)snprintf(text, sizeof text, "{\"id\":\"G\",\"crs\":\"EPSG:2056\",\"tileMatrices\":[");
    for (size_t i = 0; i < count; i++) {
        const level *l = &levels[i];
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "%s{\"id\":\"%zu\",\"cellSize\":%.17g,\"pointOfOrigin\":[%.17g,%.17g],\"tileWidth\":256,"
                               "\"tileHeight\":256,\"matrixWidth\":%d,\"matrixHeight\":%d}",
                               i ? "," : "", i, l->res, l->x, l->y, l->columns, l->rows);
    }
    at += (size_t)snprintf(text + at, sizeof text - at, "]}");
    assert_in_range(at, 1, sizeof text - 1);
    imx_error err = IMX_ERROR_INIT;
    if (imx_grid_parse(NULL, text, at, ask, &facts, &err, &grid) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return grid;
}

/* Matrices that cover an extent from a common corner. */
static imx_grid *covering(const double *res, size_t count, double x, double y, double width, double height) {
    level levels[IMX_ZOOM_MAX + 1];
    for (size_t i = 0; i < count; i++) {
        levels[i] = (level){res[i], x, y, (int)ceil(width / 256 / res[i]), (int)ceil(height / 256 / res[i])};
    }
    return grid_of(levels, count, 0);
}

/* "8-20: 19-20 17-18 ...": the chains of the zooms, the finest first. */
static void check_chains(const imx_grid *grid, uint32_t zoom_min, uint32_t zoom_max, const char *expected) {
    imx_plan plan = {.grid = grid, .pyramid = {.zoom_min = zoom_min, .zoom_max = zoom_max, .tile_px = 256}};
    char text[400] = "";
    assert_int_equal(imx_plan_chain(&plan, NULL), IMX_OK);
    for (uint32_t c = 0; c < plan.chain_count; c++) {
        const imx_chain *chain = &plan.chains[c];
        const imx_pyramid *p = &chain->pyramid;
        const size_t at = strlen(text);
        (void)snprintf(text + at, sizeof text - at, "%s%u-%u", c ? " " : "", p->zoom_min, p->zoom_max);
        for (uint32_t z = p->zoom_min; z <= p->zoom_max; z++) {
            assert_ptr_equal(imx_plan_chain_of(&plan, z), chain);
        }
        /* the space is the base's own, and the pyramid holds its matrix */
        double x, y;
        imx_grid_origin(grid, p->zoom_max, &x, &y);
        assert_true(chain->space.res == imx_grid_res(grid, p->zoom_max, 256));
        assert_true(chain->space.origin_x == x && chain->space.origin_y == y);
        assert_true(chain->space.width == 256.0 * (double)imx_grid_columns(grid, p->zoom_max));
        assert_true((uint64_t)p->columns << p->zoom_max >= imx_grid_columns(grid, p->zoom_max));
        assert_true((uint64_t)p->rows << p->zoom_max >= imx_grid_rows(grid, p->zoom_max));
    }
    for (uint32_t c = 0; c < plan.chain_count; c++) {
        imx_chain_clear(NULL, 0, &plan.chains[c]);
    }
    assert_string_equal(text, expected);
}

/* eCH-0056 4.0, annex: the cell sizes of swisstopo's LV95. */
static const double lv95[] = {4000, 3750, 3500, 3250, 3000, 2750, 2500, 2250, 2000, 1750, 1500, 1250, 1000, 750, 650,
                              500,  250,  100,  50,   20,   10,   5,    2.5,  2,    1.5,  1,    0.5,  0.25, 0.1};

static void national_grids_have_several_chains(void **state) {
    (void)state;
    imx_grid *grid = covering(lv95, sizeof lv95 / sizeof *lv95, 2420000, 1350000, 480000, 320000);
    check_chains(grid, 8, 20, "19-20 17-18 15-16 14-14 13-13 12-12 11-11 10-10 9-9 8-8");
    check_chains(grid, 16, 22, "19-22 17-18 16-16"); /* 15 is not asked for */
    check_chains(grid, 20, 22, "20-22");
    check_chains(grid, 21, 28, "28-28 25-27 24-24 23-23 21-22");
    imx_grid_destroy(NULL, &grid);

    /* linz/NZTM2000TileMatrixSet: scale denominators of 32,000,000 to 250 from one corner */
    static const double nztm[] = {8960, 4480, 2240, 1120, 560, 280, 140, 70, 28, 14, 7, 2.8, 1.4, 0.7, .28, .14, .07};
    grid = covering(nztm, sizeof nztm / sizeof *nztm, -1000000, 10000000, 2 * 256 * 8960, 4 * 256 * 8960);
    check_chains(grid, 0, 16, "14-16 11-13 8-10 0-7");
    check_chains(grid, 3, 9, "8-9 3-7");
    imx_grid_destroy(NULL, &grid);
}

static void others_have_one(void **state) {
    (void)state;
    check_chains(imx_grid_find("WebMercatorQuad"), 0, 24, "0-24");
    check_chains(imx_grid_find("WebMercatorQuad"), 5, 5, "5-5");
    check_chains(imx_grid_find("CGCS2000Quad"), 0, 19, "0-19");
    /* halves within 1e-6: cell sizes of published sets are rounded */
    static const double rounded[] = {100, 50.00002, 25};
    imx_grid *grid = covering(rounded, 3, 0, 0, 50000, 50000);
    check_chains(grid, 0, 2, "0-2");
    imx_grid_destroy(NULL, &grid);
    static const double off[] = {100, 50.0001, 25.00005};
    grid = covering(off, 3, 0, 0, 50000, 50000);
    check_chains(grid, 0, 2, "1-2 0-0");
    imx_grid_destroy(NULL, &grid);
}

/* Zooms that halve belong together only where their tiles do. */
static void tiles_must_nest(void **state) {
    (void)state;
    static const struct {
        level levels[3];
        const char *chains;
    } rows[] = {
        {{{100, 7, 9, 2, 1}, {50, 7, 9, 4, 2}, {25, 7, 9, 8, 4}}, "0-2"},
        {{{100, 7, 9, 2, 1}, {50, 7, 9, 3, 1}, {25, 7, 9, 5, 1}}, "0-2"},         /* cut at an extent */
        {{{100, 7, 9, 2, 1}, {50, 7 + 1, 9, 4, 2}, {25, 8, 9, 8, 4}}, "1-2 0-0"}, /* another corner */
        {{{100, 7, 9, 2, 1}, {50, 7, 9, 4, 2}, {25, 7, 9 - 25, 8, 4}}, "2-2 0-1"},
        {{{100, 7, 9, 4, 1}, {50, 7, 9, 4, 2}, {25, 7, 9, 8, 4}}, "1-2 0-0"}, /* the coarse one shows more */
        {{{100, 7, 9, 2, 1}, {50, 7, 9, 4, 2}, {25, 7, 9, 8, 5}}, "2-2 0-1"}, /* has no place for the last row */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        imx_grid *grid = grid_of(rows[i].levels, 3, 0);
        check_chains(grid, 0, 2, rows[i].chains);
        imx_grid_destroy(NULL, &grid);
    }
}

/* In a set that goes round the Earth, matrices that do not fill the period do not. */
static void a_matrix_wraps_by_itself(void **state) {
    (void)state;
    const level levels[] = {{0.703125, -180, 90, 2, 1}, {0.5, -180, 90, 3, 2}, {0.17578125, -180, 90, 8, 4}};
    imx_grid *grid = grid_of(levels, 3, 360);
    assert_true(grid->wraps && imx_grid_wraps(grid, 0) && !imx_grid_wraps(grid, 1) && imx_grid_wraps(grid, 2));
    assert_false(imx_chain_space(grid, 1, 256).wraps);
    assert_true(imx_chain_space(grid, 2, 512).wraps);
    imx_grid_destroy(NULL, &grid);
    assert_true(imx_grid_wraps(imx_grid_find("WorldCRS84Quad"), 17));
    assert_false(imx_grid_wraps(imx_grid_find("UTM31WGS84Quad"), 3));
}

/* ---- places and work ---- */

typedef struct bench {
    imx_grid *grid;
    imx_asset assets[2];
    imx_scene scenes[2];
    imx_plan plan;
} bench;

/* Zooms of 40, 20, 10 and 4 m, and two scenes of 4000 x 2000 px; the second is one only in the coarser chain. */
static void open_bench(bench *b) {
    static const double res[] = {40, 20, 10, 4};
    memset(b, 0, sizeof *b);
    b->grid = covering(res, 4, 0, 0, 256 * 160, 256 * 160);
    for (int i = 0; i < 2; i++) {
        b->assets[i] = (imx_asset){.width = 4000,
                                   .height = 2000,
                                   .tiled = true,
                                   .block_w = 256,
                                   .block_h = 256,
                                   .overview_count = 1,
                                   .overview_w = {2000},
                                   .overview_h = {1000}};
        b->scenes[i] = (imx_scene){.assets = &b->assets[i], .asset_count = 1};
    }
    b->plan =
        (imx_plan){.grid = b->grid, .scenes = b->scenes, .scene_count = 2, .pyramid = {.zoom_max = 3, .tile_px = 256}};
    assert_int_equal(imx_plan_chain(&b->plan, NULL), IMX_OK);
    assert_int_equal(b->plan.chain_count, 2);
    imx_chain *fine = &b->plan.chains[0], *coarse = &b->plan.chains[1];
    fine->footprints[0].box = (imx_box){1000, 0, 5000, 2000};
    coarse->footprints[0].box = (imx_box){400, 0, 2000, 800};
    coarse->footprints[1].box = (imx_box){2000, 0, 3600, 800};
    coarse->levels[0][0] = 1;
    fine->tiles[3] = 100;
    coarse->tiles[2] = 20;
    coarse->tiles[1] = 5;
}

static void close_bench(bench *b) {
    for (uint32_t c = 0; c < b->plan.chain_count; c++) {
        imx_chain_clear(NULL, b->plan.scene_count, &b->plan.chains[c]);
    }
    imx_grid_destroy(NULL, &b->grid);
}

static void what_a_matrix_does_not_hold_is_not_shown(void **state) {
    (void)state;
    bench b;
    open_bench(&b);
    const imx_chain *fine = &b.plan.chains[0], *coarse = &b.plan.chains[1];
    assert_true(imx_chain_shows(fine, 0) && !imx_chain_shows(fine, 1) && imx_chain_shows(coarse, 1));
    const imx_box one = imx_chain_extent(fine, 2), both = imx_chain_extent(coarse, 2);
    assert_memory_equal(&one, &fine->footprints[0].box, sizeof one);
    assert_true(both.min_x == 400 && both.max_x == 3600 && both.max_y == 800);
    const imx_box tile = imx_chain_tile_box(coarse, (imx_tile){1, 2, 3});
    assert_true(tile.min_x == 1024 && tile.max_x == 1536 && tile.min_y == 1536 && tile.max_y == 2048);
    imx_chain_drop_scene(NULL, 2, 0, &b.plan.chains[1]);
    imx_chain_drop_scene(NULL, 2, 0, &b.plan.chains[0]);
    b.plan.scene_count = 1;
    assert_true(imx_chain_shows(coarse, 0) && coarse->footprints[0].box.min_x == 2000 && coarse->levels[0][0] == 0);
    close_bench(&b);
}

/* The same tiles, seen by finer pixels. */
static void a_base_may_be_rendered_finer(void **state) {
    (void)state;
    bench b;
    open_bench(&b);
    imx_chain *coarse = &b.plan.chains[1];
    const imx_pyramid was = coarse->pyramid;
    imx_chain_deepen(coarse, 3);
    assert_int_equal(coarse->pyramid.zoom_max, was.zoom_max + 3);
    assert_int_equal(imx_pyramid_written_max(&coarse->pyramid), was.zoom_max);
    assert_int_equal(coarse->pyramid.columns, was.columns);
    assert_true(coarse->space.res == 10.0 / 8 && imx_space_res_y(&coarse->space) == 10.0 / 8);
    assert_true(coarse->space.width == 8 * 256.0 * (double)imx_grid_columns(b.grid, 2));
    const imx_box tile = imx_chain_tile_box(coarse, (imx_tile){2, 1, 0});
    assert_true(tile.min_x == 2048 && tile.max_x == 4096 && tile.max_y == 2048);
    assert_ptr_equal(imx_plan_chain_of(&b.plan, 2), coarse);
    assert_ptr_equal(imx_plan_chain_of(&b.plan, 3), &b.plan.chains[0]);
    close_bench(&b);
}

static void the_share_that_is_done_goes_by_the_work(void **state) {
    (void)state;
    bench b;
    open_bench(&b);
    const double fine_px = imx_chain_source_px(&b.plan, &b.plan.chains[0]),
                 coarse_px = imx_chain_source_px(&b.plan, &b.plan.chains[1]);
    assert_true(fine_px == 8e6);
    assert_true(coarse_px == 2e6 + 8e6); /* an overview, and a whole scene */
    imx_work work;
    imx_work_of(&b.plan, &work);
    const double coarse = 20 * 65536.0 + coarse_px, fine = 100 * 65536.0 + fine_px, all = coarse + fine;
    assert_int_equal(work.count, 2);
    assert_true(imx_work_share(&work, 0) == 0);
    assert_true(fabs(imx_work_share(&work, 10) - coarse / 2 / all) < 1e-12); /* the coarsest comes first */
    assert_true(fabs(imx_work_share(&work, 20) - coarse / all) < 1e-12);
    assert_true(fabs(imx_work_share(&work, 70) - (coarse + fine / 2) / all) < 1e-12);
    assert_true(imx_work_share(&work, 120) == 1 && imx_work_share(&work, 1000) == 1);
    b.plan.chains[0].tiles[3] = 0; /* nothing there: no work */
    imx_work_of(&b.plan, &work);
    assert_true(imx_work_share(&work, 20) == 1);
    b.plan.chains[1].tiles[2] = 0;
    imx_work_of(&b.plan, &work);
    assert_true(imx_work_share(&work, 0) == 1);
    close_bench(&b);
}

static void memory_runs_out(void **state) {
    (void)state;
    bench b;
    open_bench(&b);
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_chain chain = {.region_count = 0};
    unsigned failures = 0;
    for (uint64_t nth = 1;; nth++) {
        imx_memory_fail_nth(memory, nth);
        if (imx_chain_create_places(memory, b.scenes, 2, NULL, &chain) == IMX_OK) {
            break;
        }
        assert_null(chain.footprints);
        assert_int_equal(imx_memory_used(memory), 0);
        failures++;
    }
    assert_int_equal(failures, 3);
    imx_chain_clear(memory, 2, &chain);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
    close_bench(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(national_grids_have_several_chains),
        cmocka_unit_test(others_have_one),
        cmocka_unit_test(tiles_must_nest),
        cmocka_unit_test(a_matrix_wraps_by_itself),
        cmocka_unit_test(what_a_matrix_does_not_hold_is_not_shown),
        cmocka_unit_test(a_base_may_be_rendered_finer),
        cmocka_unit_test(the_share_that_is_done_goes_by_the_work),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
