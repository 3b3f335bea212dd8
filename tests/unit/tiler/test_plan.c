/* tests/unit/tiler/test_plan.c: the job plan survives its JSON form, which is canonical; damaged forms are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tiler/plan_fixture.h"

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
    assert_memory_equal(back->chains[0].footprints[0].rings[0].xy, plan_ring, sizeof plan_ring);
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
    assert_memory_equal(coarse->footprints[0].rings[0].xy, plan_ring, sizeof plan_ring);
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
                               .resample = IMX_DEM_CUBIC,
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
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_chains),
        cmocka_unit_test(test_georef),     cmocka_unit_test(test_archive_form),
        cmocka_unit_test(test_overviews),  cmocka_unit_test(test_buffer),
        cmocka_unit_test(test_damage),     cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
