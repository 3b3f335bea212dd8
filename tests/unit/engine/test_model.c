/* tests/unit/engine/test_model.c: polynomials, splines and RPC on their own: right, there and back, and unharmed by
 * numbers that are wrong. */
#include "engine/least_squares.h"
#include "engine/transform_model.h"
#include "tests/unit/engine/georef_fixture.h"

static imx_model *make(const imx_georef *georef) {
    imx_error err = IMX_ERROR_INIT;
    imx_model *model = NULL;
    if (imx_model_create(NULL, georef, &err, &model) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return model;
}

static void refused(const imx_georef *georef, imx_status status, const char *words) {
    imx_error err = IMX_ERROR_INIT;
    imx_model *model = NULL;
    assert_int_equal(imx_model_create(NULL, georef, &err, &model), status);
    assert_null(model);
    if (!strstr(err.text, words)) {
        fail_msg("\"%s\" instead of \"%s\"", err.text, words);
    }
}

/* ---- linear systems ---- */

static void systems_are_solved(void **state) {
    (void)state;
    double a[9] = {0, 2, 1, 1, 1, 1, 4, -1, 3}, b[6] = {5, 1, 6, 2, 9, 3}; /* needs pivoting */
    assert_true(imx_solve(3, 2, a, b));
    const double sides[6] = {5, 1, 6, 2, 9, 3};
    for (int k = 0; k < 2; k++) {
        assert_near(2 * b[2 + k] + b[4 + k], sides[k], 1e-12);
        assert_near(b[k] + b[2 + k] + b[4 + k], sides[2 + k], 1e-12);
        assert_near(4 * b[k] - b[2 + k] + 3 * b[4 + k], sides[4 + k], 1e-12);
    }
    double singular[4] = {1, 2, 2, 4}, side[2] = {1, 2}, bad[4] = {1, NAN, 0, 1};
    assert_false(imx_solve(2, 1, singular, side));
    assert_false(imx_solve(2, 1, bad, side));
    /* a line through (0, 1), (1, 3), (2, 4): the normal equations give 7/6 + 3/2 x */
    double rows[6] = {1, 0, 1, 1, 1, 2}, values[3] = {1, 3, 4};
    assert_true(imx_least_squares(3, 2, 1, rows, values));
    assert_near(values[0], 7.0 / 6, 1e-12);
    assert_near(values[1], 1.5, 1e-12);
    double twins[6] = {1, 2, 1, 2, 1, 2};
    assert_false(imx_least_squares(3, 2, 1, twins, values));
    assert_false(imx_least_squares(1, 2, 1, twins, values));
}

/* ---- control points ---- */

static void polynomials_are_reproduced(void **state) {
    (void)state;
    imx_gcp gcps[36];
    for (int order = 1; order <= 3; order++) {
        for (int i = 0; i < 36; i++) {
            double u = i % 6 / 5.0, v = i / 6 / 5.0;
            gcps[i].x = 600000 + 5000 * u + 300 * v, gcps[i].y = 5100000 - 4000 * v + 200 * u;
            gcps[i].px = 1000 * u + 20 * v + (order > 1 ? 30 * u * v - 9 * v * v : 0) + (order > 2 ? 7 * u * u * u : 0);
            gcps[i].line = 900 * v - 10 * u + (order > 1 ? 12 * u * u : 0) + (order > 2 ? 5 * u * v * v : 0);
        }
        imx_georef georef = {.kind = IMX_GEOREF_POLYNOMIAL, .order = order, .gcps = gcps, .gcp_count = 36};
        imx_model *model = make(&georef);
        assert_int_equal(imx_model_order(model), order);
        for (int i = 0; i < 36; i++) {
            double x = gcps[i].x, y = gcps[i].y;
            imx_model_to_image(model, 1, &x, &y);
            assert_near(x, gcps[i].px, 1e-7);
            assert_near(y, gcps[i].line, 1e-7);
            imx_model_to_ground(model, 1, &x, &y);
            assert_near(x, gcps[i].x, 1e-5); /* metres */
            assert_near(y, gcps[i].y, 1e-5);
        }
        imx_model_destroy(&model);
        imx_model_destroy(&model); /* NULL-safe */
    }
}

static void orders_follow_the_points(void **state) {
    (void)state;
    imx_gcp gcps[30];
    made_gcps(gcps, 6, 5, 1);
    imx_georef georef = {.kind = IMX_GEOREF_POLYNOMIAL, .gcps = gcps, .gcp_count = 30};
    imx_model *model = make(&georef);
    assert_int_equal(imx_model_order(model), 2);
    imx_model_destroy(&model);
    imx_gcp five[5] = {gcps[0], gcps[5], gcps[24], gcps[29], gcps[14]};
    georef = (imx_georef){.kind = IMX_GEOREF_POLYNOMIAL, .gcps = five, .gcp_count = 5};
    model = make(&georef);
    assert_int_equal(imx_model_order(model), 1);
    imx_model_destroy(&model);
    imx_gcp two_lines[8]; /* on two lines of the image and of the ground: v^2 = v, so no order 2 */
    for (int i = 0; i < 8; i++) {
        two_lines[i] = (imx_gcp){i % 4 * 100, i / 4 * 50, 10 + i % 4, 50 - i / 4};
    }
    georef = (imx_georef){.kind = IMX_GEOREF_POLYNOMIAL, .gcps = two_lines, .gcp_count = 8};
    model = make(&georef);
    assert_int_equal(imx_model_order(model), 1);
    imx_model_destroy(&model);
    georef.order = 2;
    refused(&georef, IMX_E_INPUT, "do not determine a polynomial of order 2");
    georef.order = 3;
    refused(&georef, IMX_E_INPUT, "a polynomial of order 3 needs 10 ground control points; it has 8");
    georef.order = 0;
    georef.gcp_count = 2;
    refused(&georef, IMX_E_INPUT, "a polynomial of order 1 needs 3 ground control points; it has 2");
    georef.gcp_count = 4; /* one line */
    refused(&georef, IMX_E_INPUT, "do not determine a polynomial of order 1");
}

static void splines_go_through_their_points(void **state) {
    (void)state;
    enum { COUNT = 48 };
    imx_gcp gcps[COUNT + 1];
    made_gcps(gcps, 8, 6, 6);
    gcps[COUNT] = gcps[3]; /* says the same twice */
    imx_georef georef = {.kind = IMX_GEOREF_TPS, .gcps = gcps, .gcp_count = COUNT + 1};
    imx_model *model = make(&georef);
    for (int i = 0; i < COUNT; i++) {
        double x = gcps[i].x, y = gcps[i].y;
        imx_model_to_image(model, 1, &x, &y);
        assert_near(x, gcps[i].px, 1e-7);
        assert_near(y, gcps[i].line, 1e-7);
        imx_model_to_ground(model, 1, &x, &y);
        assert_near(x, gcps[i].x, 1e-9);
        assert_near(y, gcps[i].y, 1e-9);
    }
    imx_model_destroy(&model);
    gcps[COUNT].px += 1;
    refused(&georef, IMX_E_INPUT, "name different pixels");
    georef.gcp_count = 2;
    refused(&georef, IMX_E_INPUT, "a thin-plate spline needs 3 ground control points; it has 2");
    imx_gcp line[5];
    for (int i = 0; i < 5; i++) {
        line[i] = (imx_gcp){10 * i, 20 * i, i, 2 * i};
    }
    georef = (imx_georef){.kind = IMX_GEOREF_TPS, .gcps = line, .gcp_count = 5};
    refused(&georef, IMX_E_INPUT, "on a line");
    georef.gcp_count = IMX_TPS_GCPS_MAX + 1;
    refused(&georef, IMX_E_UNSUPPORTED, "--order 3");
}

/* ---- RPC ---- */

static void rpc_are_the_standards(void **state) {
    (void)state;
    imx_georef georef = {.kind = IMX_GEOREF_RPC, .rpc = made_rpc(), .heights = {.height_m = 900}};
    imx_model *model = make(&georef);
    uint32_t seed = 5;
    for (int i = 0; i < 1000; i++) {
        double lon = 11.5 + 0.09 * (next_unit(&seed) - 0.5), lat = 46.5 + 0.06 * (next_unit(&seed) - 0.5);
        double x = lon, y = lat, px, line;
        rpc_by_the_book(&georef.rpc, lon, lat, 900, &px, &line);
        imx_model_to_image(model, 1, &x, &y);
        assert_near(x, px, 1e-8);
        assert_near(y, line, 1e-8);
        imx_model_to_ground(model, 1, &x, &y);
        assert_near(x, lon, 1e-11);
        assert_near(y, lat, 1e-11);
    }
    double x = HUGE_VAL, y = 46.5;
    imx_model_to_image(model, 1, &x, &y);
    assert_true(x == HUGE_VAL && y == HUGE_VAL);
    x = HUGE_VAL, y = HUGE_VAL;
    imx_model_to_ground(model, 1, &x, &y);
    assert_true(x == HUGE_VAL && y == HUGE_VAL);
    imx_model_destroy(&model);
}

/* Beyond a zero of the denominator the quotient comes back from the other side of infinity. */
static void poles_are_not_crossed(void **state) {
    (void)state;
    imx_georef georef = {.kind = IMX_GEOREF_RPC, .rpc = made_rpc(), .heights = {.height_m = 1200}};
    georef.rpc.samp_den[1] = -2; /* zero at L = 0.5 */
    imx_model *model = make(&georef);
    double x[3] = {11.5, 11.5 + 0.4 * 0.0457, 11.5 + 0.6 * 0.0457}, y[3] = {46.5, 46.5, 46.5};
    imx_model_to_image(model, 3, x, y);
    assert_true(isfinite(x[0]) && isfinite(x[1]) && x[1] > x[0]);
    assert_true(x[2] == HUGE_VAL && y[2] == HUGE_VAL);
    imx_model_destroy(&model);
}

static void damaged_rpc_are_refused(void **state) {
    (void)state;
    const imx_georef good = {.kind = IMX_GEOREF_RPC, .rpc = made_rpc()};
    imx_georef georef = good;
    georef.rpc.lat_scale_deg = 0;
    refused(&georef, IMX_E_INPUT, "LAT_SCALE is 0");
    georef = good;
    georef.rpc.height_off_m = (double)NAN;
    refused(&georef, IMX_E_INPUT, "HEIGHT_OFF is nan");
    georef = good;
    georef.rpc.samp_num[7] = HUGE_VAL;
    refused(&georef, IMX_E_INPUT, "number 8 of SAMP_NUM_COEFF is inf");
    georef = good;
    georef.rpc.line_den[0] = 0;
    refused(&georef, IMX_E_INPUT, "LINE_DEN_COEFF is zero in the middle");
    georef = good;
    memset(georef.rpc.line_num, 0, sizeof georef.rpc.line_num);
    refused(&georef, IMX_E_INPUT, "LINE_NUM_COEFF is zero");
    georef = good;
    georef.rpc.lat_off_deg = 465;
    refused(&georef, IMX_E_INPUT, "latitude 465");
}

/* Whatever the numbers: a refusal, or answers that are finite or HUGE_VAL, in a bounded time. */
static void any_numbers_do_no_harm(void **state) {
    (void)state;
    static const double strange[] = {0,      -0.0, 1,   -1,       1e-300,    1e300, -1e300,
                                     5e-324, 1e18, NAN, HUGE_VAL, -HUGE_VAL, 1e-9};
    enum { STRANGE = sizeof strange / sizeof *strange, COUNT = 20 };
    uint32_t seed = 11;
    int made = 0;
    for (int round = 0; round < 4000; round++) {
        imx_gcp gcps[COUNT];
        made_gcps(gcps, 5, 4, 2);
        imx_georef georef = {.kind = (imx_georef_kind)(round % 3),
                             .order = (int)(next_random(&seed) % 4),
                             .gcps = gcps,
                             .gcp_count = next_random(&seed) % (COUNT + 1),
                             .rpc = made_rpc(),
                             .heights = {.height_m = 500}};
        for (int k = 0, hits = 1 + (int)(next_random(&seed) % 4); k < hits; k++) {
            double value = strange[next_random(&seed) % STRANGE];
            imx_gcp *gcp = &gcps[next_random(&seed) % COUNT];
            double *const fields[] = {&gcp->px, &gcp->line, &gcp->x, &gcp->y};
            *fields[next_random(&seed) % 4] = value;
            double *rpc = (double *)(void *)&georef.rpc; /* doubles from end to end */
            rpc[next_random(&seed) % (sizeof georef.rpc / sizeof *rpc)] = value;
        }
        imx_model *model = NULL;
        imx_error err = IMX_ERROR_INIT;
        imx_status status = imx_model_create(NULL, &georef, &err, &model);
        assert_true(status == IMX_OK || (status == IMX_E_INPUT && err.text[0]));
        for (int i = 0; model && i < 20; i++) {
            double x = i == 0 ? 1e300 : 2000 * next_unit(&seed), y = i == 1 ? -1e300 : 1500 * next_unit(&seed);
            imx_model_to_ground(model, 1, &x, &y);
            assert_true((isfinite(x) && isfinite(y)) || (x == HUGE_VAL && y == HUGE_VAL));
            x = 11 + next_unit(&seed), y = 46 + next_unit(&seed);
            imx_model_to_image(model, 1, &x, &y);
            assert_true((isfinite(x) && isfinite(y)) || (x == HUGE_VAL && y == HUGE_VAL));
        }
        made += model != NULL;
        imx_model_destroy(&model);
    }
    assert_true(made > 400);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    imx_gcp gcps[20];
    made_gcps(gcps, 5, 4, 2);
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    for (int kind = 0; kind < 3; kind++) {
        imx_georef georef = {.kind = (imx_georef_kind)kind, .gcps = gcps, .gcp_count = 20, .rpc = made_rpc()};
        int failures = 0;
        for (size_t nth = 1; nth < 12; nth++) {
            imx_memory_fail_nth(memory, nth);
            imx_model *model = NULL;
            imx_status status = imx_model_create(memory, &georef, NULL, &model);
            assert_true(status == IMX_OK ? model != NULL : status == IMX_E_NOMEM && !model);
            failures += status != IMX_OK;
            imx_model_destroy(&model);
            assert_int_equal(imx_memory_used(memory), 0);
        }
        assert_true(failures >= 1 && failures < 11);
    }
    imx_memory_fail_nth(memory, 0);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(systems_are_solved),        cmocka_unit_test(polynomials_are_reproduced),
        cmocka_unit_test(orders_follow_the_points),  cmocka_unit_test(splines_go_through_their_points),
        cmocka_unit_test(rpc_are_the_standards),     cmocka_unit_test(poles_are_not_crossed),
        cmocka_unit_test(damaged_rpc_are_refused),   cmocka_unit_test(any_numbers_do_no_harm),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
