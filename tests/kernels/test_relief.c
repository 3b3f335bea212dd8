/* tests/kernels/test_relief.c: light and slope: the reference against the formulas in double precision, each level
 * against the reference. */
#include <math.h>

#include "tests/kernels/harness.h"

enum { N_MAX = 100, SIDE = N_MAX + 2 };

static const double radian = 0.017453292519943295;

typedef struct patch { /* three rows of heights, with a pixel more on either side */
    float *heights[3];
    uint8_t *valid[3];
    guarded memory[6];
    float per_x, per_y;
    size_t n;
} patch;

static patch patch_create(void) {
    patch p = {0};
    for (int i = 0; i < 6; i++) {
        p.memory[i] = guarded_create(4 * SIDE);
    }
    return p;
}

static void patch_destroy(patch *p) {
    for (int i = 0; i < 6; i++) {
        guarded_destroy(&p->memory[i]);
    }
}

static void patch_fill(patch *p, rng *r, size_t n, bool holes) {
    const double steep = pow(10, rng_between(r, -3, 3));
    p->n = n;
    p->per_x = (float)(1 / (8.0 * (1 + rng_below(r, 100))));
    p->per_y = (float)(1 / (8.0 * (1 + rng_below(r, 100))));
    for (int line = 0; line < 3; line++) {
        p->heights[line] = (float *)(void *)guarded_place(&p->memory[line], 4 * (n + 2), 4, r);
        p->valid[line] = guarded_place(&p->memory[3 + line], n + 2, 1, r);
        for (size_t i = 0; i < n + 2; i++) {
            p->heights[line][i] = (float)(1000 + steep * rng_between(r, -1000, 1000));
            p->valid[line][i] = holes && rng_below(r, 4) == 0 ? 0 : (uint8_t)(1 + rng_below(r, 255));
            if (!p->valid[line][i] && rng_below(r, 2)) {
                p->heights[line][i] = NAN;
            }
        }
    }
    if (rng_below(r, 8) == 0 && n) { /* level ground */
        for (int line = 0; line < 3; line++) {
            for (size_t i = 0; i < n + 2; i++) {
                p->heights[line][i] = 7;
            }
        }
    }
}

static imx_relief_row row_of(const patch *p) {
    imx_relief_row row = {.per_x = p->per_x, .per_y = p->per_y, .n = p->n};
    for (int line = 0; line < 3; line++) {
        row.heights[line] = p->heights[line] + 1;
        row.valid[line] = p->valid[line] + 1;
    }
    return row;
}

static void rise_of(const patch *p, size_t i, double rise[2]) {
    double z[3][3];
    for (int y = 0; y < 3; y++) {
        for (size_t x = 0; x < 3; x++) {
            z[y][x] = (double)(p->valid[y][i + x] ? p->heights[y][i + x] : p->heights[1][i + 1]);
        }
    }
    rise[0] = (z[0][2] + 2 * z[1][2] + z[2][2] - z[0][0] - 2 * z[1][0] - z[2][0]) * (double)p->per_x;
    rise[1] = (z[0][0] + 2 * z[0][1] + z[0][2] - z[2][0] - 2 * z[2][1] - z[2][2]) * (double)p->per_y;
}

/* Lambert's cosine of a light of unit length and the surface's unit normal. */
static double cosine(const double rise[2], double azimuth_deg, double altitude_deg) {
    const double a = azimuth_deg * radian, h = altitude_deg * radian;
    const double light[3] = {sin(a) * cos(h), cos(a) * cos(h), sin(h)};
    const double length = sqrt(rise[0] * rise[0] + rise[1] * rise[1] + 1);
    const double c = (-rise[0] * light[0] - rise[1] * light[1] + light[2]) / length;
    return c > 0 ? c : 0;
}

static double wanted_shade(const double rise[2], double azimuth, double altitude, bool all_round) {
    if (!all_round) {
        return 1 + 254 * cosine(rise, azimuth, altitude);
    }
    double sum = 0, weights = 0;
    for (int k = 0; k < 4; k++) {
        const double from = 225 + 45 * k, along = rise[0] * sin(from * radian) + rise[1] * cos(from * radian);
        sum += along * along * cosine(rise, from, altitude);
        weights += along * along;
    }
    return 1 + 254 * (weights > 0 ? sum / weights : sin(altitude * radian));
}

static void test_formulas(void **state) {
    (void)state;
    imx_kernels k;
    imx_kernels_init(&k, IMX_CPU_NONE);
    rng r = rng_create();
    patch p = patch_create();
    for (unsigned round = 0; round < rng_rounds(1000); round++) {
        patch_fill(&p, &r, 1 + rng_below(&r, N_MAX), rng_below(&r, 2));
        const double azimuth = rng_below(&r, 360), altitude = rng_below(&r, 91);
        const bool all_round = rng_below(&r, 2);
        const imx_relief_light light = imx_relief_light_from(azimuth, altitude, all_round);
        const imx_relief_row row = row_of(&p);
        uint8_t shade[N_MAX];
        float slope[N_MAX];
        k.relief.shade(&row, &light, shade);
        k.relief.slope(&row, slope);
        for (size_t i = 0; i < p.n; i++) {
            if (!p.valid[1][i + 1]) {
                assert_int_equal(shade[i], 0);
                assert_true(slope[i] == 0);
                continue;
            }
            double rise[2];
            rise_of(&p, i, rise);
            const double want = wanted_shade(rise, azimuth, altitude, all_round);
            assert_true(fabs(shade[i] - want) < 0.51);
            assert_true(fabs((double)slope[i] - atan(hypot(rise[0], rise[1])) / radian) < 0.002);
        }
    }
    patch_destroy(&p);
}

static void test_levels(void **state) {
    (void)state;
    levels here = levels_here();
    rng r = rng_create();
    patch p = patch_create();
    guarded out = guarded_create(4 * N_MAX);
    for (unsigned round = 0; round < rng_rounds(2000); round++) {
        const size_t n = round < 40 ? round : rng_below(&r, N_MAX);
        patch_fill(&p, &r, n, rng_below(&r, 2));
        const imx_relief_light light = imx_relief_light_from(rng_below(&r, 360), rng_below(&r, 91), round % 2);
        const imx_relief_row row = row_of(&p);
        uint8_t want_shade[N_MAX];
        float want_slope[N_MAX];
        for (size_t l = 0; l < here.count; l++) {
            uint8_t *shade = guarded_place(&out, n, 1, &r);
            here.table[l].relief.shade(&row, &light, shade);
            guarded_check(&out, shade, n);
            if (l == 0) {
                memcpy(want_shade, shade, n);
            }
            assert_memory_equal(shade, want_shade, n);
            float *slope = (float *)(void *)guarded_place(&out, 4 * n, 4, &r);
            here.table[l].relief.slope(&row, slope);
            guarded_check(&out, (uint8_t *)slope, 4 * n);
            if (l == 0) {
                memcpy(want_slope, slope, 4 * n);
            }
            assert_memory_equal(slope, want_slope, 4 * n);
        }
    }
    guarded_destroy(&out);
    patch_destroy(&p);
}

/* Heights that no ground has: nothing is undefined, and all levels agree. */
static void test_infinite_heights(void **state) {
    (void)state;
    levels here = levels_here();
    const float heights[3][18] = {{0, INFINITY, 3, -INFINITY, 1e38f, -1e38f}, {1, 2, INFINITY, 3e38f}, {-INFINITY, 4}};
    uint8_t valid[18], want[16];
    memset(valid, 255, sizeof valid);
    const imx_relief_row row = {.heights = {heights[0] + 1, heights[1] + 1, heights[2] + 1},
                                .valid = {valid + 1, valid + 1, valid + 1},
                                .per_x = 1,
                                .per_y = 1,
                                .n = 16};
    for (int all_round = 0; all_round < 2; all_round++) {
        const imx_relief_light light = imx_relief_light_from(315, 45, all_round);
        for (size_t l = 0; l < here.count; l++) {
            uint8_t shade[16];
            here.table[l].relief.shade(&row, &light, shade);
            memcpy(want, l ? want : shade, sizeof want);
            assert_memory_equal(shade, want, sizeof want);
            for (size_t i = 0; i < 16; i++) {
                assert_in_range(shade[i], 1, 255);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_infinite_heights),
    };
    return cmocka_run_group_tests_name("kernels: relief", tests, NULL, NULL);
}
