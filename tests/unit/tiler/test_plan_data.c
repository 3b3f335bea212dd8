/* tests/unit/tiler/test_plan_data.c: what a plan says of samples and of what becomes of them (nodata, depths, grades,
 * quality, colours, rasters) survives its JSON form; damaged forms are refused or harmless. */
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
#include "tests/unit/tiler/plan_fixture.h"
#include "tiler/cog.h"

static size_t find(const char *json, const char *text) {
    size_t at = 0;
    while (json[at] && strncmp(json + at, text, strlen(text)) != 0) {
        at++;
    }
    assert_true(json[at]);
    return at;
}

static void test_band_masks_of_pictures(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_plan *plan = make_plan(NULL), *back = NULL;
    imx_asset *asset = &plan->scenes[0].assets[0];
    asset->validity = IMX_VALID_MASK;
    asset->band_masks = true;
    asset->nodata[0] = asset->nodata[2] = -1;
    asset->nodata[1] = 7;
    char *json = json_of(plan, false);
    assert_int_equal(imx_plan_from_json(NULL, json, &err, &back), IMX_OK);
    const imx_asset *read = &back->scenes[0].assets[0];
    assert_true(read->band_masks && read->validity == IMX_VALID_MASK && read->role == IMX_ROLE_VISUAL);
    assert_memory_equal(read->nodata, asset->nodata, sizeof asset->nodata);
    imx_free(NULL, json);
    imx_plan_destroy(&plan);
    imx_plan_destroy(&back);
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
    for (size_t at = find(json, "\"quality\":{"); json[at] && strncmp(json + at, "\"time_end\"", 10) != 0; at++) {
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_band_masks_of_pictures),
        cmocka_unit_test(test_nodata_of_data),
        cmocka_unit_test(test_depths),
        cmocka_unit_test(test_grade),
        cmocka_unit_test(test_quality),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_raster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
