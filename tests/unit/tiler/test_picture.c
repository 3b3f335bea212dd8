/* tests/unit/tiler/test_picture.c: --bands and --stretch, and what is decided of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tiler/picture.h"
#include "tiler/plan.h"

static void test_bands(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_source_options o = {0};
    assert_int_equal(imx_bands_parse("4,3,2", &err, &o), IMX_OK);
    assert_int_equal(o.band_count, 3);
    assert_true(o.bands[0] == 4 && o.bands[1] == 3 && o.bands[2] == 2);
    assert_int_equal(imx_bands_parse("31", &err, &o), IMX_OK);
    assert_true(o.band_count == 1 && o.bands[0] == 31);
    static const char *const bad[] = {"",   "0",  "1,2", "1,2,3,4", "1,",  ",1",      "1;2;3",
                                      "-1", "+1", " 1",  "4x",      "a,b", "1,b+c,3", "70000"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (imx_bands_parse(bad[i], &err, &o) != IMX_E_USAGE) {
            fail_msg("'%s' was taken", bad[i]);
        }
        assert_true(o.band_count == 1 && o.bands[0] == 31); /* untouched */
        assert_string_equal(o.band_list, "31");
    }
    assert_int_equal(imx_bands_parse("red,B8A,2", &err, &o), IMX_OK); /* names: not numbers of any file */
    assert_int_equal(o.band_count, 0);
    assert_string_equal(o.band_list, "red,B8A,2");
    assert_int_equal(imx_band_list_parse("red,nir,B1,4", &err, &o), IMX_OK);
    assert_int_equal(imx_band_list_parse("red,,nir", &err, &o), IMX_E_USAGE);
    assert_string_equal(o.band_list, "red,nir,B1,4");
}

static void test_stretch(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_picture_options o = {.gamma = 1.5};
    assert_int_equal(imx_stretch_parse("0.5%,99%", &err, &o), IMX_OK);
    assert_true(o.stretch == IMX_STRETCH_LIMITS && o.limit_count == 1 && o.gamma == 1.5);
    assert_true(o.lo[0].percent && o.lo[0].at == 0.5 && o.hi[0].percent && o.hi[0].at == 99);
    assert_int_equal(imx_stretch_parse("-12.5,3e3/0,2%/7,1", &err, &o), IMX_OK);
    assert_true(o.limit_count == 3 && !o.lo[0].percent && o.lo[0].at == -12.5 && o.hi[0].at == 3000);
    assert_true(o.hi[1].percent && o.hi[1].at == 2 && o.lo[2].at == 7 && o.hi[2].at == 1);
    assert_int_equal(imx_stretch_parse("none", &err, &o), IMX_OK);
    assert_true(o.stretch == IMX_STRETCH_NONE && o.limit_count == 0);
    assert_int_equal(imx_stretch_parse("auto", &err, &o), IMX_OK);
    assert_int_equal(o.stretch, IMX_STRETCH_AUTO);
    static const char *const bad[] = {"",     "1",       "1,1",  "2%",    "2%,2%", "-1%,3", "1,101%", "nan,3", "1,inf",
                                      "1,2/", "1,2/3,4", "/1,2", "1,2,3", "1,2/3", "1,2x",  "1,,2",   "all"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (imx_stretch_parse(bad[i], &err, &o) != IMX_E_USAGE) {
            fail_msg("'%s' was taken", bad[i]);
        }
        assert_int_equal(o.stretch, IMX_STRETCH_AUTO);
    }
}

static imx_picture_lane lane_of(const imx_picture_options *options) {
    imx_error err = IMX_ERROR_INIT;
    imx_source_options source = {0};
    assert_int_equal(imx_picture_wants(options, &source, &err), IMX_OK);
    assert_int_equal(source.band_count, 0);
    return source.lane;
}

static void test_lanes(void **state) {
    (void)state;
    imx_picture_options o = {0};
    assert_int_equal(lane_of(&o), IMX_LANE_ANY);
    o.stretch = IMX_STRETCH_NONE;
    assert_int_equal(lane_of(&o), IMX_LANE_ANY);
    o.gamma = 1;
    assert_int_equal(lane_of(&o), IMX_LANE_ANY);
    o.gamma = 1.1;
    assert_int_equal(lane_of(&o), IMX_LANE_NUMBERS);
    o = (imx_picture_options){.stretch = IMX_STRETCH_LIMITS};
    assert_int_equal(lane_of(&o), IMX_LANE_NUMBERS);
}

static void test_heights(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_picture_options o = {0};
    imx_source_options source = {0};
    assert_int_equal(imx_encode_parse("stretch", &err, &o), IMX_E_USAGE);
    assert_int_equal(imx_encode_parse("none", &err, &o), IMX_E_USAGE);
    assert_int_equal(imx_encode_parse("terrarium", &err, &o), IMX_OK);
    assert_int_equal(o.heights, IMX_GRADE_TERRARIUM);
    assert_int_equal(imx_picture_wants(&o, &source, &err), IMX_OK);
    assert_true(source.as_floats && source.lane == IMX_LANE_NUMBERS && source.band_count == 1 && source.bands[0] == 1);
    source.bands[0] = 4;
    assert_int_equal(imx_picture_wants(&o, &source, &err), IMX_OK);
    assert_int_equal(source.bands[0], 4);
    source.band_count = 3;
    assert_int_equal(imx_picture_wants(&o, &source, &err), IMX_E_USAGE);
    o.gamma = 2;
    source.band_count = 1;
    assert_int_equal(imx_picture_wants(&o, &source, &err), IMX_E_USAGE);
}

/* What goes with a colormap, and what does not. */
static void test_colormap(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_source_options source = {0};
    imx_picture_options o = {0};
    assert_int_equal(imx_colormap_mode_parse("mixed", &err, &o), IMX_E_USAGE);
    assert_int_equal(imx_colormap_mode_parse("nearest", &err, &o), IMX_OK);
    assert_int_equal(imx_picture_wants(&o, &source, &err), IMX_E_USAGE); /* of what? */
    o.colormap = "colours.txt";
    assert_int_equal(imx_stretch_parse("auto", &err, &o), IMX_OK); /* which leaves the rest as it is */
    assert_true(o.colormap && o.colormap_mode == IMX_COLORMAP_NEAREST);
    assert_int_equal(imx_picture_wants(&o, &source, &err), IMX_OK);
    assert_true(!source.as_floats && source.lane == IMX_LANE_NUMBERS && source.band_count == 1);
    source.band_count = 3;
    assert_int_equal(imx_picture_wants(&o, &source, &err), IMX_E_USAGE);
    source.band_count = 1;
    o.heights = IMX_GRADE_TERRARIUM;
    assert_int_equal(imx_picture_wants(&o, &source, &err), IMX_E_USAGE);
    o.heights = IMX_GRADE_NONE;
    assert_int_equal(imx_stretch_parse("0,1", &err, &o), IMX_OK);
    assert_int_equal(imx_picture_wants(&o, &source, &err), IMX_E_USAGE);
}

static imx_status wants(imx_picture_options o, imx_source_options *source) {
    imx_error err = IMX_ERROR_INIT;
    *source = (imx_source_options){0};
    return imx_picture_wants(&o, source, &err);
}

/* Light and slope are of one band of floats; what does not go with them. */
static void test_relief(void **state) {
    (void)state;
    imx_source_options source;
    const imx_picture_options shade = {.relief = {.kind = IMX_RELIEF_SHADE, .z_factor = 1}},
                              slope = {.relief = {.kind = IMX_RELIEF_SLOPE, .z_factor = 1}};
    imx_picture_options o = shade;
    assert_int_equal(wants(o, &source), IMX_OK);
    assert_true(source.as_floats && source.band_count == 1 && source.lane == IMX_LANE_NUMBERS);
    o.colormap = "colours.txt";
    assert_int_equal(wants(o, &source), IMX_OK);
    assert_true(source.as_floats);
    o = shade;
    o.gamma = 2;
    assert_int_equal(wants(o, &source), IMX_E_USAGE);
    o = shade;
    o.heights = IMX_GRADE_TERRARIUM;
    assert_int_equal(wants(o, &source), IMX_E_USAGE);
    o = shade;
    o.light_given = o.one_light_given = true;
    assert_int_equal(wants(o, &source), IMX_OK);
    o.relief.all_round = true;
    assert_int_equal(wants(o, &source), IMX_E_USAGE);
    o = slope;
    o.gamma = 2;
    o.z_factor_given = true;
    assert_int_equal(wants(o, &source), IMX_OK);
    o.light_given = true;
    assert_int_equal(wants(o, &source), IMX_E_USAGE);
    o = slope;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_stretch_parse("0,45", &err, &o), IMX_OK);
    assert_int_equal(wants(o, &source), IMX_OK);
    assert_int_equal(imx_stretch_parse("0,98%", &err, &o), IMX_OK);
    assert_int_equal(wants(o, &source), IMX_E_USAGE);
    o = (imx_picture_options){.z_factor_given = true};
    assert_int_equal(wants(o, &source), IMX_E_USAGE);
}

/* A plan of two scenes of numbers; nothing is read. */
typedef struct made {
    imx_plan plan;
    imx_scene scenes[2];
    imx_asset assets[2];
    imx_data_band bands[2][3];
} made;

static void make(made *m, imx_type first, imx_type second, int32_t bands) {
    memset(m, 0, sizeof *m);
    m->plan.scenes = m->scenes;
    m->plan.scene_count = 2;
    for (int i = 0; i < 2; i++) {
        m->scenes[i] = (imx_scene){.id = (char *)(uintptr_t) "scene", .assets = &m->assets[i], .asset_count = 1};
        m->assets[i] = (imx_asset){.path = (char *)(uintptr_t) "scene.tif",
                                   .role = IMX_ROLE_DATA,
                                   .type = i ? second : first,
                                   .data = m->bands[i],
                                   .data_count = bands,
                                   .whole_pixels = true};
        for (int k = 0; k < 3; k++) {
            m->bands[i][k] = (imx_data_band){.number = 4 - k, .scale = 1};
        }
    }
}

static void test_choice(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_picture_options o = {0};
    made m;
    make(&m, IMX_U8, IMX_U8, 3); /* as they are */
    assert_int_equal(imx_picture_choose(&m.plan, &o, NULL, &err), IMX_OK);
    assert_int_equal(imx_picture_measure(&m.plan, &o, NULL, &err), IMX_OK);
    assert_true(m.plan.grade.kind == IMX_GRADE_STRETCH && m.plan.grade.planes.type == IMX_U8);
    assert_true(m.plan.grade.lo[2] == 0 && m.plan.grade.hi[2] == 255 && m.plan.grade.gamma == 1);

    make(&m, IMX_U8, IMX_I16, 1);
    o = (imx_picture_options){.stretch = IMX_STRETCH_NONE, .gamma = 2};
    assert_int_equal(imx_picture_choose(&m.plan, &o, NULL, &err), IMX_OK);
    assert_true(m.plan.grade.planes.type == IMX_I16 && m.plan.grade.planes.bands == 1 && m.plan.grade.gamma == 2);
    assert_true(m.plan.grade.lo[0] == 0 && m.plan.grade.hi[0] == 255);

    make(&m, IMX_U16, IMX_U16, 3);
    m.bands[1][1].scale = 0.5;
    assert_int_equal(imx_stretch_parse("1,2/3,4/6,5", &err, &o), IMX_OK);
    assert_int_equal(imx_picture_choose(&m.plan, &o, NULL, &err), IMX_OK);
    assert_int_equal(imx_picture_measure(&m.plan, &o, NULL, &err), IMX_OK);
    assert_true(m.plan.grade.planes.type == IMX_F32 && m.plan.grade.planes.values);
    assert_true(m.plan.grade.lo[1] == 3 && m.plan.grade.hi[2] == 5);

    make(&m, IMX_U16, IMX_U16, 1);
    assert_int_equal(imx_picture_choose(&m.plan, &o, NULL, &err), IMX_E_USAGE);
    make(&m, IMX_U16, IMX_U16, 3);
    m.assets[1].data_count = 1;
    assert_int_equal(imx_picture_choose(&m.plan, &o, NULL, &err), IMX_E_INPUT);
    make(&m, IMX_U16, IMX_U16, 3);
    m.plan.mosaic = IMX_MOSAIC_BLEND;
    assert_int_equal(imx_picture_choose(&m.plan, &o, NULL, &err), IMX_E_UNSUPPORTED);

    make(&m, IMX_U16, IMX_U16, 3);
    assert_false(imx_picture_is_mixed(m.scenes, 2));
    m.assets[0].role = IMX_ROLE_VISUAL;
    assert_true(imx_picture_is_mixed(m.scenes, 2));
    char text[120];
    imx_picture_describe(&m.scenes[1], text, sizeof text);
    assert_string_equal(text, "bands 4, 3, 2 of u16 as red, green, blue");
    m.assets[0] = (imx_asset){.type = IMX_U8, .band_count = 1, .bands = {2}};
    imx_picture_describe(&m.scenes[0], text, sizeof text);
    assert_string_equal(text, "band 2 of u8 as gray");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bands),  cmocka_unit_test(test_stretch),
                                       cmocka_unit_test(test_lanes),  cmocka_unit_test(test_heights),
                                       cmocka_unit_test(test_relief), cmocka_unit_test(test_colormap),
                                       cmocka_unit_test(test_choice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
