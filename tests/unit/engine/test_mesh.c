/* tests/unit/engine/test_mesh.c: there and back again in meshes that bend, turn, cross the antimeridian and have holes.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/mesh.h"

static double next_unit(uint32_t *state) { return ((*state = *state * 1664525U + 1013904223U) >> 8) / 16777216.0; }

/* Turned by half a radian, cells of about 0.1, bent by up to a quarter of a cell; longitudes in [-180, 180). */
static imx_status make(imx_memory *memory, int32_t columns, int32_t rows, double middle, double turn, double hole_part,
                       imx_error *err, imx_mesh **out) {
    const size_t count = (size_t)columns * (size_t)rows;
    double *x = imx_calloc(memory, count, sizeof *x), *y = imx_calloc(memory, count, sizeof *y);
    if (!x || !y) {
        imx_free(memory, x);
        imx_free(memory, y);
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    uint32_t seed = 5;
    for (size_t i = 0; i < count; i++) {
        const double s = 0.1 * ((double)(i % (size_t)columns) - columns / 2.0) + 0.02 * next_unit(&seed);
        const double t = 0.1 * ((double)(i / (size_t)columns) - rows / 2.0) + 0.02 * next_unit(&seed);
        x[i] = middle + s * cos(0.5) - t * sin(0.5);
        x[i] -= turn > 0 ? turn * floor(x[i] / turn + 0.5) : 0;
        y[i] = s * sin(0.5) + t * cos(0.5);
        if (next_unit(&seed) < hole_part) {
            x[i] = NAN;
        }
    }
    return imx_mesh_create_take(memory, columns, rows, x, y, turn, err, out);
}

static void there_and_back(void **state) {
    (void)state;
    static const struct {
        int32_t columns, rows;
        double middle, turn;
    } cases[] = {{2, 2, 0, 0},         {2, 9, 3, 360},      {17, 5, 0, 0},
                 {53, 61, 179.9, 360}, {64, 33, -180, 360}, {5, 5, 1e6, 0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        imx_error err = IMX_ERROR_INIT;
        imx_mesh *mesh = NULL;
        assert_int_equal(make(NULL, cases[k].columns, cases[k].rows, cases[k].middle, cases[k].turn, 0, &err, &mesh),
                         IMX_OK);
        uint32_t seed = 77;
        for (int i = 0; i < 5000; i++) {
            const double column = (cases[k].columns - 1) * next_unit(&seed),
                         row = (cases[k].rows - 1) * next_unit(&seed);
            double x = 0, y = 0, c = -9, r = -9, box[4];
            assert_true(imx_mesh_place(mesh, column, row, &x, &y));
            imx_mesh_box(mesh, box);
            assert_true(x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]);
            const double other = i % 3 == 0 ? x : x + (i % 3 == 1 ? 1 : -1) * cases[k].turn; /* the same place */
            assert_true(imx_mesh_find(mesh, other, y, &c, &r));
            assert_true(fabs(c - column) < 1e-6 && fabs(r - row) < 1e-6);
        }
        double x, y, c, r;
        assert_true(imx_mesh_place(mesh, -0.5, cases[k].rows - 0.5, &x, &y)); /* half a cell beyond the rim */
        assert_true(imx_mesh_find(mesh, x, y, &c, &r));
        assert_true(fabs(c + 0.5) < 1e-6 && fabs(r - (cases[k].rows - 0.5)) < 1e-6);
        assert_false(imx_mesh_place(mesh, -1.1, 0, &x, &y));
        assert_false(imx_mesh_place(mesh, 0, cases[k].rows + 0.1, &x, &y));
        assert_false(imx_mesh_place(mesh, NAN, 0, &x, &y));
        assert_false(imx_mesh_find(mesh, cases[k].middle + 50, 0, &c, &r));
        assert_true(imx_mesh_cell(mesh) > 0.05 && imx_mesh_cell(mesh) < 0.15);
        imx_mesh_destroy(NULL, &mesh);
        assert_null(mesh);
    }
}

/* A place is found if and only if its cell has all four nodes. */
static void holes(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_mesh *mesh = NULL;
    assert_int_equal(make(NULL, 40, 40, 180, 360, 0.05, &err, &mesh), IMX_OK);
    uint32_t seed = 3;
    int lost = 0;
    imx_mesh *whole = NULL;
    assert_int_equal(make(NULL, 40, 40, 180, 360, 0, &err, &whole), IMX_OK);
    for (int i = 0; i < 20000; i++) {
        const double column = 39 * next_unit(&seed), row = 39 * next_unit(&seed);
        double x, y, c, r, there_x, there_y;
        assert_true(imx_mesh_place(whole, column, row, &x, &y));
        const bool there = imx_mesh_place(mesh, column, row, &there_x, &there_y);
        lost += !there;
        assert_int_equal(imx_mesh_find(mesh, x, y, &c, &r), there);
    }
    assert_true(lost > 1000 && lost < 8000);
    imx_mesh_destroy(NULL, &mesh);
    imx_mesh_destroy(NULL, &whole);
}

/* Around a pole longitudes go all round: the cell that holds it is a hole, the others are not. */
static void around_a_pole(void **state) {
    (void)state;
    enum { SIDE = 10 };
    imx_error err = IMX_ERROR_INIT;
    imx_mesh *mesh = NULL;
    double *x = imx_calloc(NULL, SIDE * SIDE, sizeof *x), *y = imx_calloc(NULL, SIDE * SIDE, sizeof *y);
    assert_true(x && y);
    for (int i = 0; i < SIDE * SIDE; i++) {
        const double u = i % SIDE - 4.5, v = i / SIDE - 4.5;
        x[i] = atan2(u, v) * 180 / 3.14159265358979;
        y[i] = 90 - hypot(u, v);
    }
    assert_int_equal(imx_mesh_create_take(NULL, SIDE, SIDE, x, y, 360, &err, &mesh), IMX_OK);
    double c, r;
    assert_false(imx_mesh_find(mesh, 10, 89.99, &c, &r));
    for (int lon = -180; lon <= 540; lon += 15) {
        assert_true(imx_mesh_find(mesh, lon, 87, &c, &r));
    }
    imx_mesh_destroy(NULL, &mesh);
}

static void refusals(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_mesh *mesh = NULL;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    assert_int_equal(make(memory, 4, 4, 0, 360, 2, &err, &mesh), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "hold no place"));
    assert_null(mesh);
    imx_status status = IMX_E_NOMEM;
    for (size_t nth = 1; status != IMX_OK; nth++) {
        imx_memory_fail_nth(memory, nth);
        status = make(memory, 30, 30, 0, 0, 0, &err, &mesh);
        assert_true(nth < 20 && (status == IMX_OK || status == IMX_E_NOMEM));
    }
    imx_memory_fail_nth(memory, 0);
    imx_mesh_destroy(memory, &mesh);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back), cmocka_unit_test(holes),
                                       cmocka_unit_test(around_a_pole), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests_name("mesh", tests, NULL, NULL);
}
