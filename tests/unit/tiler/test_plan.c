/* tests/unit/tiler/test_plan.c: the job plan survives its JSON form, which is canonical; damaged forms are refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/quality.h"
#include "engine/source.h"
#include "tiler/cog.h"
#include "tiler/plan.h"

static double ring[] = {100.25, 200.5, 300, 200.125, 310.1, 420.7, 90, 400};

/* A plan of one scene with everything that can be set, built by hand. */
static imx_plan *make_plan(imx_memory *memory) {
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
    memcpy(footprint->rings[0].xy, ring, sizeof ring);
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

/* The same scene in a grid whose zoom 7 is no half of zoom 6; the finer matrix does not hold it. */
static imx_plan *make_chained_plan(imx_memory *memory) {
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

static char *json_of(const imx_plan *plan, bool for_archive) {
    imx_error err = IMX_ERROR_INIT;
    char *json = NULL;
    assert_int_equal(imx_plan_to_json(plan, for_archive, &err, &json), IMX_OK);
    return json;
}

static void test_round_trip(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_plan *plan = make_plan(memory), *back = NULL;
    char *json = json_of(plan, false);
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_plan_from_json(memory, json, &err, &back), IMX_OK);
    char *again = json_of(back, false);
    assert_string_equal(json, again);
    assert_int_equal(back->pyramid.order, IMX_WALK_ROWS);
    assert_int_equal(back->tiles_total, plan->tiles_total);
    assert_int_equal(back->chains[0].pyramid.columns, 1);
    assert_true(back->chains[0].footprints[0].margin_px == 0.75);
    assert_memory_equal(&back->chains[0].footprints[0].box, &plan->chains[0].footprints[0].box, sizeof(imx_box));
    assert_memory_equal(back->chains[0].footprints[0].rings[0].xy, ring, sizeof ring);
    assert_memory_equal(back->scenes[0].assets[0].geotransform, plan->scenes[0].assets[0].geotransform,
                        6 * sizeof(double));
    assert_true(imx_hash_equal(&back->scenes[0].fingerprint, &plan->scenes[0].fingerprint));
    assert_null(back->attribution);
    assert_true(back->chains[0].space.res == plan->chains[0].space.res &&
                back->chains[0].space.width == plan->chains[0].space.width);
    imx_free(memory, json);
    imx_free(memory, again);
    imx_plan_destroy(&plan);
    imx_plan_destroy(&back);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

/* JSON has no NaN and no infinities; nodata values may be such. */
static void test_nodata_of_data(void **state) {
    (void)state;
    static const double values[] = {NAN, INFINITY, -INFINITY, -1.7976931348623157e308, 0};
    enum { COUNT = sizeof values / sizeof *values };
    imx_error err = IMX_ERROR_INIT;
    imx_plan *plan = make_plan(NULL), *back = NULL;
    imx_asset *asset = &plan->scenes[0].assets[0];
    asset->role = IMX_ROLE_DATA;
    asset->type = IMX_F64;
    asset->validity = IMX_VALID_MASK;
    asset->band_masks = true;
    asset->band_count = 0;
    asset->data_count = COUNT;
    asset->data = imx_calloc(NULL, COUNT, sizeof *asset->data);
    for (int i = 0; i < COUNT; i++) {
        asset->data[i] = (imx_data_band){.number = i + 1, .has_nodata = true, .nodata = values[i], .scale = 1};
    }
    char *json = json_of(plan, false);
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
    const imx_asset *read = &back->scenes[0].assets[0];
    assert_true(read->band_masks && read->validity == IMX_VALID_MASK);
    assert_int_equal(read->data_count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_true(read->data[i].has_nodata);
        assert_true(i ? read->data[i].nodata == values[i] : isnan(read->data[i].nodata));
    }
    char *damaged = imx_strdup(NULL, json), *at = strstr(damaged, "\"-inf\"");
    assert_non_null(at);
    at[1] = '+';
    imx_plan *none = NULL;
    assert_int_equal(imx_plan_from_json(NULL, damaged, &err, &none), IMX_E_INPUT);
    imx_free(NULL, damaged);
    imx_free(NULL, json);
    imx_plan_destroy(&plan);
    imx_plan_destroy(&back);
}

static size_t find(const char *json, const char *text) {
    size_t at = 0;
    while (json[at] && strncmp(json + at, text, strlen(text)) != 0) {
        at++;
    }
    assert_true(json[at]);
    return at;
}

/* How deep samples are comes back, of pictures and of data. */
static void test_depths(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_plan *plan = make_plan(NULL), *back = NULL;
    imx_asset *asset = &plan->scenes[0].assets[0];
    char *json = json_of(plan, false);
    assert_null(strstr(json, "largest")); /* as most are */
    imx_free(NULL, json);
    asset->band_count = 1;
    asset->largest[0] = 15;
    asset->white_is_zero = true;
    asset->validity = IMX_VALID_ALPHA;
    asset->alpha_band = 2;
    asset->opaque = 3;
    json = json_of(plan, false);
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
    const imx_asset *read = &back->scenes[0].assets[0];
    assert_true(read->largest[0] == 15 && read->white_is_zero && read->opaque == 3 && !read->coverage);
    imx_plan_destroy(&back);
    size_t at = find(json, "\"largest\":[15");
    json[at + 11] = '9'; /* 95: odd, but possible */
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
    imx_plan_destroy(&back);
    json[at + 13] = '5'; /* 9550 */
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_E_INPUT);
    imx_free(NULL, json);

    asset->role = IMX_ROLE_DATA;
    asset->type = IMX_U16;
    asset->validity = IMX_VALID_ALL;
    asset->band_count = 0;
    asset->data_count = 2;
    asset->data = imx_calloc(NULL, 2, sizeof *asset->data);
    asset->data[0] = (imx_data_band){.number = 1, .scale = 1, .largest = 4095};
    asset->data[1] = (imx_data_band){.number = 2, .name = "B2", .scale = 1, .largest = 1023};
    json = json_of(plan, false);
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
    read = &back->scenes[0].assets[0];
    assert_true(read->data[0].largest == 4095 && read->data[1].largest == 1023 && read->white_is_zero);
    assert_string_equal(read->data[1].name, "B2");
    assert_true(imx_asset_largest(read, 0) == 4095);
    imx_plan_destroy(&back);
    at = find(json, "1023");
    memcpy(json + at, "-023", 4);
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_E_INPUT);
    imx_free(NULL, json);
    imx_plan_destroy(&plan);
}

/* What each chain holds comes back; an archive keeps what was read for each. */
static void test_chains(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_plan *plan = make_chained_plan(NULL), *back = NULL;
    char *json = json_of(plan, false);
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
    char *again = json_of(back, false), *kept = json_of(plan, true);
    assert_string_equal(json, again);
    assert_int_equal(back->chain_count, 2);
    assert_int_equal(back->tiles_total, 3);
    const imx_chain *coarse = &back->chains[1];
    assert_int_equal(coarse->levels[0][0], 2);
    assert_int_equal(coarse->waiting.most, 17);
    assert_true(coarse->space.res == 50.0 / 8 && coarse->space.width == 8 * 38 * 256 &&
                back->chains[0].space.res == 20);
    assert_int_equal(coarse->pyramid.unwritten, 3);
    assert_int_equal(coarse->tiles[3], 70);
    assert_true(imx_chain_shows(coarse, 0) && !imx_chain_shows(back->chains, 0));
    assert_memory_equal(coarse->footprints[0].rings[0].xy, ring, sizeof ring);
    assert_non_null(strstr(json, "\"tiles\":[3,0]}")); /* the last member: those of the output */
    assert_non_null(strstr(json, "\"chains\":[{\"tiles\":[0,0],\"waiting\":"));
    assert_null(strstr(kept, "\"tiles\""));
    assert_non_null(strstr(kept, "\"chains\":[{\"zoom_max\":7,\"zoom_min\":7},"
                                 "{\"levels\":[[2]],\"rendered_finer\":3,\"zoom_max\":6,\"zoom_min\":6}]"));
    imx_free(NULL, json);
    imx_free(NULL, again);
    imx_free(NULL, kept);
    imx_plan_destroy(&plan);
    imx_plan_destroy(&back);
}

/* How numbers become a picture; every damage to that is refused or harmless. */
static void test_grade(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_plan *plan = make_plan(NULL), *back = NULL;
    imx_asset *asset = &plan->scenes[0].assets[0];
    asset->role = IMX_ROLE_DATA;
    asset->type = IMX_U16;
    asset->band_count = 0;
    asset->whole_pixels = true;
    asset->data_count = 3;
    asset->data = imx_calloc(NULL, 3, sizeof *asset->data);
    for (int i = 0; i < 3; i++) {
        asset->data[i] = (imx_data_band){.number = 4 - i, .has_nodata = true, .scale = 0.1, .offset = -7};
    }
    plan->grade = (imx_grade_options){.kind = IMX_GRADE_STRETCH,
                                      .planes = {3, IMX_U16, false, {0.1, 0.1, 0.1}, {-7, -7, -7}},
                                      .lo = {1.0 / 3, 2, -3},
                                      .hi = {40, 5, -60},
                                      .gamma = 1.8};
    char *json = json_of(plan, false);
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
    char *again = json_of(back, false);
    assert_string_equal(json, again);
    assert_memory_equal(&back->grade, &plan->grade, sizeof plan->grade);
    assert_true(back->scenes[0].assets[0].whole_pixels);
    imx_plan_destroy(&back);
    for (size_t at = find(json, "\"grade\""); json[at] != '}'; at++) {
        const char kept = json[at];
        json[at] = kept == '0' ? '7' : '0';
        if (imx_plan_from_json(NULL, json, &err, &back) == IMX_OK) {
            const imx_layer_planes *p = &back->grade.planes;
            assert_true(back->grade.kind == IMX_GRADE_NONE || (p->bands >= 1 && p->bands <= IMX_LAYER_BANDS_MAX));
            imx_plan_destroy(&back);
        }
        json[at] = kept;
    }
    imx_free(NULL, json);
    imx_free(NULL, again);
    imx_plan_destroy(&plan);
}

/* Fills an asset of data of one band. */
static void make_data(imx_asset *asset) {
    asset->role = IMX_ROLE_DATA;
    asset->type = IMX_U16;
    asset->band_count = 0;
    asset->data_count = 1;
    asset->data = imx_calloc(NULL, 1, sizeof *asset->data);
    asset->data[0] = (imx_data_band){.number = 1, .scale = 1};
}

/* A quality band comes back with its asset, and whose it is; every damage to it is refused or harmless. */
static void test_quality(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_plan *plan = make_plan(NULL), *back = NULL;
    imx_scene *scene = &plan->scenes[0];
    make_data(&scene->assets[0]);
    imx_quality *quality = imx_calloc(NULL, 1, sizeof *quality);
    *quality = (imx_quality){.bits = 9, .name = "QA_PIXEL", .words = "QA_PIXEL fill, cloud bits"};
    quality->asset = (imx_asset){.width = 7, .height = 5, .block_w = 7, .block_h = 5};
    quality->asset.path = imx_strdup(NULL, "/folder/qa.tif");
    make_data(&quality->asset);
    scene->quality = quality;
    scene->assets[0].quality = quality;
    char *json = json_of(plan, false), *archive = json_of(plan, true);
    assert_non_null(strstr(archive, "QA_PIXEL fill, cloud bits"));
    assert_null(strstr(archive, "qa.tif"));
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
    char *again = json_of(back, false);
    assert_string_equal(json, again);
    assert_ptr_equal(back->scenes[0].assets[0].quality, back->scenes[0].quality);
    assert_string_equal(back->scenes[0].quality->asset.path, "/folder/qa.tif");
    assert_int_equal(back->scenes[0].quality->bits, 9);
    imx_plan_destroy(&back);
    size_t at = 0;
    while (json[at] && strncmp(json + at, "\"quality\":{", 11) != 0) {
        at++;
    }
    assert_true(json[at]);
    for (; json[at] && strncmp(json + at, "\"time_end\"", 10) != 0; at++) {
        const char kept = json[at];
        json[at] = kept == '1' ? '7' : '1';
        if (imx_plan_from_json(NULL, json, &err, &back) == IMX_OK) {
            assert_true(!back->scenes[0].quality || imx_quality_is_sound(back->scenes[0].quality));
            imx_plan_destroy(&back);
        }
        json[at] = kept;
    }
    imx_free(NULL, json);
    imx_free(NULL, again);
    imx_free(NULL, archive);
    imx_plan_destroy(&plan);
}

/* Colours by value come back; every damage is refused or harmless. */
static void test_colours(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_plan *plan = make_plan(NULL), *back = NULL;
    imx_asset *asset = &plan->scenes[0].assets[0];
    asset->role = IMX_ROLE_DATA;
    asset->band_count = 0;
    asset->data_count = 1;
    asset->data = imx_calloc(NULL, 1, sizeof *asset->data);
    asset->data[0] = (imx_data_band){.number = 1, .scale = 1};
    assert_int_equal(imx_colormap_create(NULL, 3, &err, &plan->colormap), IMX_OK);
    imx_colour_stop *stops = plan->colormap->stops;
    stops[0] = (imx_colour_stop){-IMX_COLORMAP_ENDLESS, false, {1, 2, 3, 4}};
    stops[1] = (imx_colour_stop){1.0 / 3, false, {255, 0, 128, 255}};
    stops[2] = (imx_colour_stop){1.0 / 3, false, {0, 0, 0, 0}};
    plan->colormap->mode = IMX_COLORMAP_NEAREST;
    plan->grade = (imx_grade_options){.kind = IMX_GRADE_COLORMAP,
                                      .planes = {1, IMX_U8, false, {1}, {0}},
                                      .gamma = 1,
                                      .colours = plan->colormap,
                                      .relief = {IMX_RELIEF_SHADE, 300.5, 1.0 / 3, true, 0.3048}};
    char *json = json_of(plan, false);
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
    assert_ptr_equal(back->grade.colours, back->colormap);
    assert_memory_equal(&back->grade.relief, &plan->grade.relief, sizeof plan->grade.relief);
    assert_int_equal(back->colormap->mode, IMX_COLORMAP_NEAREST);
    assert_int_equal(back->colormap->count, 3);
    assert_memory_equal(back->colormap->stops, stops, 3 * sizeof *stops);
    imx_plan_destroy(&back);
    size_t at = 0;
    while (json[at] && strncmp(json + at, "\"colours\"", 9) != 0) {
        at++;
    }
    assert_true(json[at]);
    for (; json[at] != '}'; at++) {
        const char kept = json[at];
        json[at] = kept == '0' ? '7' : '0';
        if (imx_plan_from_json(NULL, json, &err, &back) == IMX_OK) {
            assert_true(back->grade.kind == IMX_GRADE_COLORMAP && back->colormap->count >= 1);
            assert_true(back->colormap->stops[0].value <= back->colormap->stops[2].value);
            imx_plan_destroy(&back);
        }
        json[at] = kept;
    }
    imx_free(NULL, json);
    imx_plan_destroy(&plan);
}

/* A raster with notes and scales of its bands; every damage is refused or harmless. */
static void test_raster(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_sources_init(1 << 20); /* GeoTIFF's keys for a CRS are made by it */
    imx_plan *plan = make_plan(NULL), *back = NULL;
    imx_asset *asset = &plan->scenes[0].assets[0];
    asset->role = IMX_ROLE_DATA;
    asset->band_count = 0;
    asset->data_count = 2;
    asset->data = imx_calloc(NULL, 2, sizeof *asset->data);
    asset->data[0] = asset->data[1] = (imx_data_band){.number = 1, .scale = 1};
    double *scales = imx_calloc(NULL, 4, sizeof *scales);
    memcpy(scales, (double[4]){0.1, 2, -7, 0}, 4 * sizeof *scales);
    imx_band_note *notes = imx_calloc(NULL, 2, sizeof *notes);
    notes[0] = (imx_band_note){.colour = IMX_COLOUR_PALETTE, .palette = imx_calloc(NULL, 6, 1), .palette_count = 2};
    memcpy(notes[0].palette, (uint8_t[6]){0, 1, 0xfe, 0x80, 9, 255}, 6);
    notes[1] = (imx_band_note){
        .colour = IMX_COLOUR_ALPHA, .description = imx_strdup(NULL, "\"a\" \u00e9"), .unit = imx_strdup(NULL, "m")};
    plan->pyramid.type = IMX_U8;
    plan->pyramid.bands = 2;
    plan->cog = imx_calloc(NULL, 1, sizeof *plan->cog);
    *plan->cog = (imx_cog_options){.width = 10,
                                   .height = 7,
                                   .bands = 2,
                                   .colours = 1,
                                   .mask = true,
                                   .scales = scales,
                                   .offsets = scales + 2,
                                   .notes = notes};
    char *json = json_of(plan, false);
    assert_non_null(strstr(json, "\"palette\":\"0001fe8009ff\""));
    if (imx_plan_from_json(NULL, json, &err, &back) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    char *again = json_of(back, false);
    assert_string_equal(json, again);
    assert_true(imx_band_note_same_palette(&notes[0], &back->cog->notes[0]));
    assert_string_equal(back->cog->notes[1].description, notes[1].description);
    assert_true(back->cog->scales[0] == 0.1 && back->cog->offsets[0] == -7 && back->cog->scales[1] == 2);
    imx_plan_destroy(&back);
    size_t at = 0;
    while (json[at] && strncmp(json + at, "\"raster\"", 8) != 0) {
        at++;
    }
    assert_true(json[at]);
    for (const size_t end = at + 300; at < end && json[at]; at++) {
        const char kept = json[at];
        json[at] = kept == '0' ? '7' : '0';
        if (imx_plan_from_json(NULL, json, &err, &back) == IMX_OK) {
            imx_plan_destroy(&back);
        }
        json[at] = kept;
    }
    imx_free(NULL, json);
    imx_free(NULL, again);
    imx_plan_destroy(&plan);
    imx_sources_finish();
}

/* An RPC over a DEM, then control points, in both forms; every damage is refused or harmless. */
static void test_georef(void **state) {
    (void)state;
    imx_plan *plan = make_plan(NULL);
    imx_georef *g = plan->scenes[0].assets[0].georef = imx_calloc(NULL, 1, sizeof *g);
    g->kind = IMX_GEOREF_RPC;
    g->rpc.samp_den[19] = 0.1;
    g->rpc.lon_scale_deg = 1.0 / 3;
    g->heights = (imx_heights){.dem = imx_strdup(NULL, "/heights/dem.tif"),
                               .geoid = imx_strdup(NULL, "/heights/geoid.gtx"),
                               .cubic = true,
                               .height_m = 290};
    g->heights.content.bytes[5] = 0x5a;
    plan->scenes[0].operation = imx_strdup(NULL, "+proj=pipeline +step +proj=noop");
    for (int round = 0; round < 2; round++) {
        imx_error err = IMX_ERROR_INIT;
        imx_plan *back = NULL;
        char *json = json_of(plan, false);
        assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
        char *again = json_of(back, false);
        assert_string_equal(json, again);
        const imx_georef *b = back->scenes[0].assets[0].georef;
        assert_int_equal(b->kind, g->kind);
        assert_memory_equal(&b->rpc, &g->rpc, round == 0 ? sizeof b->rpc : 0);
        assert_int_equal(b->gcp_count, g->gcp_count);
        imx_plan_destroy(&back);
        imx_free(NULL, again);
        size_t from = strcspn(json, "{"), length = strlen(json);
        while (from < length && strncmp(json + from, "\"georef\"", 8) != 0) {
            from++;
        }
        assert_true(from < length);
        for (size_t at = from; at < length && at < from + 700; at++) {
            char kept = json[at];
            json[at] = kept == '0' ? 'x' : '0';
            if (imx_plan_from_json(NULL, json, &err, &back) == IMX_OK) {
                imx_plan_destroy(&back);
            }
            json[at] = kept;
        }
        imx_free(NULL, json);
        json = json_of(plan, true);
        assert_null(strstr(json, "/heights"));
        assert_non_null(
            strstr(json, round == 0 ? "\"kind\":\"rpc\"" : "\"kind\":\"polynomial\",\"order\":1,\"points\":3"));
        assert_non_null(strstr(json, "+proj=noop"));
        imx_free(NULL, json);
        g->kind = IMX_GEOREF_POLYNOMIAL;
        g->order = 1;
        if (round == 0) {
            g->gcps = imx_calloc(NULL, 3, sizeof *g->gcps);
            g->gcp_count = 3;
            g->gcps[1] = (imx_gcp){1.5, 2, 3, 1.0 / 7};
        }
    }
    imx_plan_destroy(&plan);
}

static void test_archive_form(void **state) {
    (void)state;
    imx_plan *plan = make_plan(NULL);
    char *json = json_of(plan, true);
    assert_null(strstr(json, "/data/tonight")); /* no folders */
    assert_null(strstr(json, "bytes_estimate"));
    assert_non_null(strstr(json, "\"path\":\"s.tif\""));
    plan->bytes_estimate++; /* what is no part of the content leaves no trace */
    plan->pyramid.order = IMX_WALK_HILBERT;
    imx_free(NULL, plan->scenes[0].assets[0].path);
    plan->scenes[0].assets[0].path = imx_strdup(NULL, "/elsewhere/s.tif");
    char *again = json_of(plan, true);
    assert_string_equal(json, again);
    imx_free(NULL, again);
    plan->codec.quality++; /* what is part of it does */
    again = json_of(plan, true);
    assert_string_not_equal(json, again);
    imx_free(NULL, again);
    plan->codec.quality--;
    assert_null(strstr(json, "overview_resample")); /* the usual way is not said */
    plan->pyramid.overview = IMX_REDUCE_MODE;
    again = json_of(plan, true);
    assert_non_null(strstr(again, "\"overview_resample\":\"mode\""));
    imx_free(NULL, again);
    imx_free(NULL, json);
    imx_plan_destroy(&plan);
}

/* Every single damage (a character gone, or another in its place) is either refused or harmless; nothing leaks. */
static void damage(imx_plan *plan) {
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    char *json = json_of(plan, false);
    size_t length = strlen(json), held = imx_memory_used(memory), refused = 0;
    char *damaged = malloc(length + 1);
    assert_non_null(damaged);
    for (size_t i = 0; i < length; i++) {
        for (int kind = 0; kind < 3; kind++) {
            memcpy(damaged, json, length + 1);
            if (kind == 0) {
                memmove(damaged + i, damaged + i + 1, length - i);
            } else {
                damaged[i] = kind == 1 ? '9' : '-';
            }
            imx_error err = IMX_ERROR_INIT;
            imx_plan *back = NULL;
            imx_status s = imx_plan_from_json(memory, damaged, &err, &back);
            assert_true(s == IMX_OK || s == IMX_E_INPUT);
            assert_true((s == IMX_OK) == (back != NULL));
            refused += s != IMX_OK;
            imx_plan_destroy(&back);
            assert_int_equal(imx_memory_used(memory), held);
        }
    }
    assert_true(refused > length);
    free(damaged);
    imx_free(NULL, json);
    imx_plan_destroy(&plan);
    imx_memory_destroy(&memory);
}

/* A buffer is said where there is one, with what then waits above the metatiles; none is too wide. */
static void test_buffer(void **state) {
    (void)state;
    imx_plan *plan = make_plan(NULL), *back = NULL;
    imx_error err = IMX_ERROR_INIT;
    char *json = json_of(plan, false);
    assert_null(strstr(json, "buffer"));
    imx_free(NULL, json);
    plan->pyramid.buffer_px = plan->chains[0].pyramid.buffer_px = 128;
    plan->chains[0].waiting = (imx_pyramid_waiting){17, 0, 0, 0};
    json = json_of(plan, true);
    assert_non_null(strstr(json, "\"buffer\":128"));
    imx_free(NULL, json);
    json = json_of(plan, false);
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
    assert_int_equal(back->pyramid.buffer_px, 128);
    assert_int_equal(back->chains[0].waiting.most, 17);
    imx_plan_destroy(&back);
    imx_free(NULL, json);
    plan->pyramid.buffer_px = 129; /* tiles of 512 px */
    json = json_of(plan, false);
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "buffer"));
    imx_free(NULL, json);
    imx_plan_destroy(&plan);
}

/* Every way to make overviews has a name, which comes back; the usual one may be left out. */
static void test_overviews(void **state) {
    (void)state;
    for (unsigned method = 0; method < IMX_REDUCE_METHODS; method++) {
        imx_plan *plan = make_plan(NULL), *back = NULL;
        plan->pyramid.overview = plan->chains[0].pyramid.overview = (imx_reduce_method)method;
        plan->chains[0].waiting = (imx_pyramid_waiting){imx_reduce_halo_px(plan->pyramid.overview) ? 17 : 0, 0, 0, 0};
        char *json = json_of(plan, false);
        imx_error err = IMX_ERROR_INIT;
        imx_reduce_method parsed;
        assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
        assert_int_equal(back->pyramid.overview, method);
        assert_int_equal(back->chains[0].waiting.most, plan->chains[0].waiting.most);
        assert_true(back->chains[0].pyramid.wraps);
        assert_int_equal(imx_overview_parse(imx_overview_name((imx_reduce_method)method), &err, &parsed), IMX_OK);
        assert_int_equal(parsed, method);
        imx_free(NULL, json);
        imx_plan_destroy(&plan);
        imx_plan_destroy(&back);
    }
    imx_error err = IMX_ERROR_INIT;
    imx_reduce_method parsed = IMX_REDUCE_MIN;
    assert_int_equal(imx_overview_parse("best", &err, &parsed), IMX_E_USAGE);
    assert_non_null(strstr(err.text, "'best': average, nearest, mode"));
    assert_int_equal(parsed, IMX_REDUCE_MIN);
}

static void test_damage(void **state) {
    (void)state;
    damage(make_plan(NULL));
    damage(make_chained_plan(NULL));
}

static void fail_allocations(imx_plan *plan) {
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    char *json = json_of(plan, false);
    imx_status s = IMX_E_NOMEM;
    for (size_t nth = 1; s; nth++) {
        imx_error err = IMX_ERROR_INIT;
        imx_plan *back = NULL;
        imx_memory_fail_nth(memory, nth);
        s = imx_plan_from_json(memory, json, &err, &back);
        imx_memory_fail_nth(memory, 0);
        assert_true(s == IMX_OK || s == IMX_E_NOMEM);
        imx_plan_destroy(&back);
        assert_int_equal(imx_memory_used(memory), 0);
    }
    imx_free(NULL, json);
    imx_plan_destroy(&plan);
    imx_memory_destroy(&memory);
}

static void test_allocation_failures(void **state) {
    (void)state;
    fail_allocations(make_plan(NULL));
    fail_allocations(make_chained_plan(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_chains),
        cmocka_unit_test(test_nodata_of_data), cmocka_unit_test(test_depths),
        cmocka_unit_test(test_grade),          cmocka_unit_test(test_quality),
        cmocka_unit_test(test_colours),        cmocka_unit_test(test_raster),
        cmocka_unit_test(test_georef),         cmocka_unit_test(test_archive_form),
        cmocka_unit_test(test_overviews),      cmocka_unit_test(test_buffer),
        cmocka_unit_test(test_damage),         cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
