/* tests/unit/tiler/plan_fixture.c: see plan_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tiler/plan_fixture.h"

const double plan_ring[8] = {100.25, 200.5, 300, 200.125, 310.1, 420.7, 90, 400};

imx_plan *make_plan(imx_memory *memory) {
    imx_plan *plan = imx_calloc(memory, 1, sizeof *plan);
    assert_non_null(plan);
    plan->memory = memory;
    plan->scene_count = 1;
    plan->scenes = imx_calloc(memory, 1, sizeof *plan->scenes);
    plan->operations = imx_calloc(memory, 1, sizeof *plan->operations);
    plan->grid = imx_grid_find("WebMercatorQuad");
    plan->pyramid =
        (imx_pyramid){.zoom_min = 2, .zoom_max = 11, .tile_px = 512, .order = IMX_WALK_ROWS, IMX_REDUCE_AVERAGE};
    plan->resample = IMX_RESAMPLE_CUBIC;
    plan->error_threshold_px = 0.1;
    plan->codec = (imx_codec_options){IMX_FORMAT_WEBP, 81, 2, {1, 2, 250}, IMX_PNG_SMALL, IMX_PNG_PALETTE_NONE, NULL};
    plan->name = imx_strdup(memory, "a \"name\"");
    plan->west = -10.125;
    plan->south = 1.0 / 3;
    plan->east = 20;
    plan->north = 30;
    plan->tiles_total = 22;
    plan->bytes_estimate = 12345678901;
    memset(plan->generation, 'a', IMX_HASH_TEXT_SIZE - 1);
    plan->operations[0] = imx_strdup(memory, "Inverse of UTM zone 22S");

    imx_scene *scene = &plan->scenes[0];
    *scene = (imx_scene){.id = imx_strdup(memory, "s.tif"),
                         .crs = imx_strdup(memory, "EPSG:32722"),
                         .time_start = imx_strdup(memory, "2026-01-02T03:04:05Z"),
                         .asset_count = 1,
                         .assets = imx_calloc(memory, 1, sizeof *scene->assets)};
    scene->fingerprint.bytes[3] = 0xab;
    scene->assets[0] = (imx_asset){.path = imx_strdup(memory, "/data/tonight/s.tif"),
                                   .band_count = 3,
                                   .bands = {3, 2, 1},
                                   .validity = IMX_VALID_NODATA,
                                   .nodata = {0, 1.5, 255},
                                   .width = 4000,
                                   .height = 3000,
                                   .geotransform = {500000.1, 20, 0.25, 7300000, -0.25, -20},
                                   .tiled = true,
                                   .block_w = 256,
                                   .block_h = 128,
                                   .overview_count = 2,
                                   .overview_w = {2000, 1000},
                                   .overview_h = {1500, 750}};
    assert_int_equal(imx_plan_chain(plan, NULL), IMX_OK);
    imx_chain *chain = &plan->chains[0];
    chain->tiles[11] = 17;
    chain->tiles[10] = 5;
    chain->tiles[1] = 1;
    chain->tiles_total = 22;
    chain->levels[0][0] = 1;
    imx_footprint *footprint = &chain->footprints[0];
    *footprint =
        (imx_footprint){.ring_count = 1, .outline = true, .margin_px = 0.75, .box = {90, 200.125, 310.1, 420.7}};
    footprint->rings[0].xy = imx_calloc(memory, 8, sizeof(double));
    memcpy(footprint->rings[0].xy, plan_ring, sizeof plan_ring);
    footprint->rings[0].count = 4;
    return plan;
}

static imx_status metres(void *context, const char *crs, imx_error *err, imx_grid_crs *out) {
    (void)context;
    (void)crs;
    (void)err;
    *out = (imx_grid_crs){.metres_per_unit = 1, .projection = IMX_GRID_PROJECTED};
    return IMX_OK;
}

imx_plan *make_chained_plan(imx_memory *memory) {
    static const char set[] =
        "{\"id\":\"G\",\"crs\":\"EPSG:2056\",\"tileMatrices\":["
        "{\"id\":\"6\",\"cellSize\":50,\"pointOfOrigin\":[2420000,1350000],\"tileWidth\":256,\"tileHeight\":256,"
        "\"matrixWidth\":38,\"matrixHeight\":25},"
        "{\"id\":\"7\",\"cellSize\":20,\"pointOfOrigin\":[2420000,1350000],\"tileWidth\":256,\"tileHeight\":256,"
        "\"matrixWidth\":4,\"matrixHeight\":3}]}";
    imx_plan *plan = make_plan(memory);
    const imx_footprint was = plan->chains[0].footprints[0];
    plan->chains[0].footprints[0] = (imx_footprint){0};
    assert_int_equal(imx_grid_parse(memory, set, strlen(set), metres, NULL, NULL, &plan->own_grid), IMX_OK);
    plan->grid = plan->own_grid;
    plan->pyramid.zoom_min = 0;
    plan->pyramid.zoom_max = 1;
    plan->pyramid.overview = IMX_REDUCE_CUBIC; /* tiles wait */
    plan->pyramid.tile_px = 256;
    assert_int_equal(imx_plan_chain(plan, NULL), IMX_OK);
    assert_int_equal(plan->chain_count, 2);
    imx_chain *coarse = &plan->chains[1];
    imx_chain_deepen(coarse, 3);
    coarse->footprints[0] = was;
    coarse->levels[0][0] = 2;
    coarse->tiles[0] = coarse->tiles_total = plan->tiles_total = 3;
    coarse->tiles[3] = 70; /* not written */
    coarse->waiting = (imx_pyramid_waiting){17, 1, 2, 3};
    return plan;
}

char *json_of(const imx_plan *plan, bool for_archive) {
    imx_error err = IMX_ERROR_INIT;
    char *json = NULL;
    assert_int_equal(imx_plan_to_json(plan, for_archive, &err, &json), IMX_OK);
    return json;
}
