/* tests/kernels/test_reference_warp.c: the warp references against formulas in double precision written down here, and
 * in cases whose answer is known. */
#include <math.h>

#include "tests/kernels/harness.h"
#include "tests/kernels/warp_methods.h"

typedef struct picture {
    int32_t w, h;
    uint8_t *px;
} picture;

static picture picture_create(int32_t w, int32_t h, pixel_kind kind, rng *r) {
    picture p = {w, h, malloc((size_t)(w * h) * 4)};
    assert_non_null(p.px);
    fill_pixels(p.px, (size_t)(w * h), kind, r);
    for (int32_t i = 0; i < w * h; i++) {
        if (p.px[4 * i + 3] == 0) {
            memset(p.px + 4 * i, 0, 4);
        }
    }
    return p;
}

static const uint8_t *at(const picture *p, int32_t x, int32_t y) {
    return p->px + 4 * ((size_t)y * (size_t)p->w + (size_t)x);
}

/* One output pixel; minified as the job says. */
static void warp_job(const picture *p, method m, int32_t x, int32_t y, bool binary, imx_warp_rgba8 job,
                     uint8_t out[4]) {
    imx_kernels table;
    imx_kernels_init(&table, IMX_CPU_NONE);
    const imx_warp_rgba8_fn fn[METHODS] = {table.warp_nearest_rgba8, table.warp_bilinear_rgba8, table.warp_cubic_rgba8,
                                           table.warp_cubicspline_rgba8, table.warp_lanczos_rgba8};
    job.src = p->px;
    job.src_stride = 4 * (ptrdiff_t)p->w;
    job.src_w = p->w;
    job.src_h = p->h;
    job.x_q16 = &x;
    job.y_q16 = &y;
    job.binary_alpha = binary;
    job.n = 1;
    job.dst = out;
    memset(out, 0x5A, 4);
    fn[m](&job);
}

/* Shrinks, Q16; both 0: not minified. */
static void warp_one(const picture *p, method m, int32_t x, int32_t y, uint32_t sx, uint32_t sy, bool binary,
                     uint8_t out[4]) {
    imx_warp_rgba8 job = {.shrink_x_q16 = sx ? &sx : NULL, .shrink_y_q16 = sy ? &sy : NULL};
    int16_t *q14 = NULL;
    imx_warp_taps taps;
    if (!sx && !sy && (m == CUBICSPLINE || m == LANCZOS)) {
        taps = taps_create(m, IMX_TAPS_SHRINK_ONE_Q8, &q14);
        job.taps_x = job.taps_y = &taps;
    }
    warp_job(p, m, x, y, binary, job, out);
    free(q14);
}

/* ---- the definition in doubles ---- */
/* Separable, alpha-weighted, normalised; taps outside and of alpha 0 dropped. result[3] is alpha 0..255, unclamped;
 * returns whether anything has weight. */
static bool exact(const picture *p, double (*kernel)(double), double x, double y, double sx, double sy,
                  double result[4]) {
    double sum[4] = {0}, w_sum = 0;
    for (int32_t ty = 0; ty < p->h; ty++) {
        const double wy = kernel((ty + 0.5 - y) * sy);
        for (int32_t tx = 0; wy != 0 && tx < p->w; tx++) {
            const double w = wy * kernel((tx + 0.5 - x) * sx);
            const uint8_t *t = at(p, tx, ty);
            for (int c = 0; c < 3; c++) {
                sum[c] += w * t[3] * t[c];
            }
            sum[3] += w * t[3];
            w_sum += w;
        }
    }
    for (int c = 0; c < 3; c++) {
        result[c] = fmin(255, fmax(0, sum[c] / sum[3]));
    }
    result[3] = sum[3] / w_sum;
    return sum[3] > 1e-9;
}

/* Where alpha is validity, and cubic spline and Lanczos anyway, have a value only where the pixel under the position
 * has one. */
static bool has_centre(const picture *p, method m, bool binary, int32_t x, int32_t y) {
    return (!binary && m != CUBICSPLINE && m != LANCZOS) || at(p, x / 65536, y / 65536)[3] > 0;
}

static void assert_close(const char *what, const uint8_t got[4], const double want[4], double tolerance) {
    for (int c = 0; c < 4; c++) {
        if (fabs(got[c] - want[c]) > tolerance) {
            fail_msg("%s: channel %d is %u, want %.4f", what, c, got[c], want[c]);
        }
    }
}

/* ---- known answers ---- */
static void test_identity(void **state) {
    (void)state;
    rng r = rng_create();
    for (pixel_kind kind = 0; kind < PX_KINDS; kind++) {
        picture p = picture_create(19, 11, kind, &r);
        for (int32_t y = 0; y < p.h; y++) {
            for (int32_t x = 0; x < p.w; x++) {
                for (method m = NEAREST; m < METHODS; m++) {
                    if (m == CUBICSPLINE) {
                        continue; /* smooths */
                    }
                    uint8_t out[4];
                    warp_one(&p, m, x * 65536 + 32768, y * 65536 + 32768, 0, 0, false, out);
                    assert_memory_equal(out, at(&p, x, y), 4);
                    warp_one(&p, m, x * 65536 + 32768, y * 65536 + 32768, 65536, 65536, false, out);
                    assert_memory_equal(out, at(&p, x, y), 4);
                }
            }
        }
        free(p.px);
    }
}

static void test_constant_stays(void **state) {
    (void)state;
    static const uint32_t shrinks[] = {65535, 60000, 43690, 21845, 7000, 500, 255, 100, 16};
    rng r = rng_create();
    const uint8_t color[][4] = {{255, 0, 1, 255}, {17, 240, 128, 255}, {200, 3, 77, 1}, {9, 99, 250, 128}};
    for (size_t c = 0; c < 4; c++) {
        picture p = picture_create(61, 47, PX_EMPTY, &r);
        for (int32_t i = 0; i < p.w * p.h; i++) {
            memcpy(p.px + 4 * i, color[c], 4);
        }
        for (int i = 0; i < 300; i++) {
            const uint32_t sx = shrinks[rng_below(&r, 9)], sy = shrinks[rng_below(&r, 9)];
            const int32_t x = rng_between(&r, 0, p.w * 65536 - 1), y = rng_between(&r, 0, p.h * 65536 - 1);
            for (method m = NEAREST; m < METHODS; m++) {
                uint8_t out[4];
                warp_one(&p, m, x, y, i % 3 ? sx : 0, i % 3 ? sy : 0, false, out);
                assert_memory_equal(out, color[c], 4);
            }
        }
        free(p.px);
    }
}

/* The widest kernel over a window that fills it: the sums come closest to their limits. */
static void test_widest_kernel(void **state) {
    (void)state;
    const int32_t w = 32767, h = 40;
    picture p = {w, h, malloc((size_t)(w * h) * 4)};
    assert_non_null(p.px);
    memset(p.px, 255, (size_t)(w * h) * 4);
    for (method m = BILINEAR; m < METHODS; m++) {
        uint8_t out[4];
        warp_one(&p, m, w / 2 * 65536, h / 2 * 65536, 16, 16, false, out);
        const uint8_t white[4] = {255, 255, 255, 255};
        assert_memory_equal(out, white, 4);
    }
    free(p.px);
}

static void test_outside_is_nothing(void **state) {
    (void)state;
    rng r = rng_create();
    picture p = picture_create(5, 3, PX_OPAQUE, &r);
    const int32_t inside = 65536;
    const int32_t bad_x[] = {-1, -32768, -65536, 5 * 65536, 5 * 65536 + 1, INT32_MAX, INT32_MIN, INT32_MIN + 1};
    const int32_t bad_y[] = {-1, 3 * 65536, INT32_MAX, INT32_MIN};
    for (method m = NEAREST; m < METHODS; m++) {
        for (uint32_t shrink = 0; shrink < 65536; shrink += 30000) {
            uint8_t out[4];
            for (size_t i = 0; i < sizeof bad_x / sizeof bad_x[0]; i++) {
                warp_one(&p, m, bad_x[i], inside, shrink, shrink, true, out);
                assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
            }
            for (size_t i = 0; i < sizeof bad_y / sizeof bad_y[0]; i++) {
                warp_one(&p, m, inside, bad_y[i], shrink, shrink, true, out);
                assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
            }
            /* The first and the last position that count. */
            warp_one(&p, m, 0, 0, shrink, shrink, false, out);
            assert_int_equal(out[3], 255);
            warp_one(&p, m, 5 * 65536 - 1, 3 * 65536 - 1, shrink, shrink, false, out);
            assert_int_equal(out[3], 255);
        }
    }
    free(p.px);
}

static void test_nearest_takes_containing_pixel(void **state) {
    (void)state;
    rng r = rng_create();
    picture p = picture_create(13, 7, PX_RANDOM, &r);
    for (int i = 0; i < 5000; i++) {
        const int32_t x = rng_between(&r, 0, p.w * 65536 - 1), y = rng_between(&r, 0, p.h * 65536 - 1);
        uint8_t out[4];
        warp_one(&p, NEAREST, x, y, rng_below(&r, 2) ? 3000 : 0, 0, rng_below(&r, 2), out);
        assert_memory_equal(out, at(&p, x / 65536, y / 65536), 4);
    }
    free(p.px);
}

/* ---- against doubles ---- */
/* A position inside; on_phase: where the kernel's phases are exact. */
static int32_t some_position(rng *r, int32_t size, int32_t margin, bool on_phase) {
    const int32_t pos = rng_between(r, margin * 65536, (size - margin) * 65536 - 1);
    return on_phase ? pos / 256 * 256 : pos;
}

static void test_bilinear_opaque(void **state) {
    (void)state;
    rng r = rng_create();
    picture p = picture_create(31, 23, PX_OPAQUE, &r);
    for (int i = 0; i < 20000; i++) {
        const bool on_phase = i & 1;
        const int32_t x = some_position(&r, p.w, 0, on_phase), y = some_position(&r, p.h, 0, on_phase);
        uint8_t out[4];
        double want[4];
        assert_true(exact(&p, triangle, x / 65536.0, y / 65536.0, 1, 1, want));
        warp_one(&p, BILINEAR, x, y, 0, 0, false, out);
        /* Off phase: 1/512 px along either axis, on pixels that differ by up to 255. */
        assert_close("bilinear", out, want, on_phase ? 0.5 + 1e-6 : 1.5);
    }
    free(p.px);
}

/* On a picture as smooth as pictures are (neighbours differ by at most 128) bilinear is within 1 DN anywhere. */
static void test_bilinear_within_one(void **state) {
    (void)state;
    rng r = rng_create();
    picture p = picture_create(31, 23, PX_OPAQUE, &r);
    for (int32_t i = 0; i < p.w * p.h * 4; i++) {
        p.px[i] = (uint8_t)(i % 4 == 3 ? 255 : 64 + p.px[i] / 2);
    }
    for (int i = 0; i < 20000; i++) {
        const int32_t x = some_position(&r, p.w, 0, false), y = some_position(&r, p.h, 0, false);
        uint8_t out[4];
        double want[4];
        assert_true(exact(&p, triangle, x / 65536.0, y / 65536.0, 1, 1, want));
        warp_one(&p, BILINEAR, x, y, 0, 0, false, out);
        assert_close("bilinear", out, want, 1.0);
    }
    free(p.px);
}

static void test_bilinear_alpha(void **state) {
    (void)state;
    rng r = rng_create();
    for (pixel_kind kind = 0; kind < PX_KINDS; kind++) {
        picture p = picture_create(31, 23, kind, &r);
        for (int i = 0; i < 5000; i++) {
            const int32_t x = some_position(&r, p.w, 0, true), y = some_position(&r, p.h, 0, true);
            uint8_t out[4];
            double want[4];
            const bool any = exact(&p, triangle, x / 65536.0, y / 65536.0, 1, 1, want);
            for (int binary = 0; binary < 2; binary++) {
                warp_one(&p, BILINEAR, x, y, 0, 0, binary, out);
                const bool has = any && has_centre(&p, BILINEAR, binary, x, y);
                if (!has || (!binary && out[3] == 0)) {
                    assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
                    assert_true(!has || want[3] <= 0.5 + 1e-6);
                    continue;
                }
                const double wanted[4] = {want[0], want[1], want[2], binary ? 255 : want[3]};
                assert_close("bilinear alpha", out, wanted, 0.5 + 1e-6);
            }
        }
        free(p.px);
    }
}

static void test_cubic(void **state) {
    (void)state;
    rng r = rng_create();
    picture opaque = picture_create(31, 23, PX_OPAQUE, &r), partial = picture_create(31, 23, PX_OPAQUE, &r);
    for (int32_t i = 0; i < partial.w * partial.h; i++) {
        partial.px[4 * i + 3] = (uint8_t)(100 + rng_below(&r, 156));
    }
    for (int i = 0; i < 20000; i++) {
        const picture *p = i & 1 ? &opaque : &partial;
        const int32_t x = some_position(&r, p->w, 2, true), y = some_position(&r, p->h, 2, true);
        uint8_t out[4];
        double want[4];
        assert_true(exact(p, keys, x / 65536.0, y / 65536.0, 1, 1, want));
        want[3] = fmin(255, want[3]);
        warp_one(p, CUBIC, x, y, 0, 0, false, out);
        assert_close("cubic", out, want, 0.75); /* 0.5, and weights rounded to Q14 */
    }
    free(opaque.px);
    free(partial.px);
}

/* Near an edge or a hole cubic is bilinear. */
static void test_cubic_falls_back(void **state) {
    (void)state;
    rng r = rng_create();
    picture p = picture_create(17, 13, PX_HOLES, &r);
    unsigned fell = 0;
    for (int i = 0; i < 20000; i++) {
        const int32_t x = rng_between(&r, 0, p.w * 65536 - 1), y = rng_between(&r, 0, p.h * 65536 - 1);
        const int32_t x0 = (int32_t)floor(x / 65536.0 - 0.5) - 1, y0 = (int32_t)floor(y / 65536.0 - 0.5) - 1;
        bool whole = x0 >= 0 && y0 >= 0 && x0 + 3 < p.w && y0 + 3 < p.h;
        for (int t = 0; whole && t < 16; t++) {
            whole = at(&p, x0 + t % 4, y0 + t / 4)[3] > 0;
        }
        if (!whole) {
            uint8_t cubic[4], bilinear[4];
            warp_one(&p, CUBIC, x, y, 0, 0, true, cubic);
            warp_one(&p, BILINEAR, x, y, 0, 0, true, bilinear);
            assert_memory_equal(cubic, bilinear, 4);
            fell++;
        }
    }
    assert_true(fell > 1000 && fell < 20000);
    free(p.px);
}

static void test_minified(void **state) {
    (void)state;
    rng r = rng_create();
    for (pixel_kind kind = 0; kind < PX_KINDS; kind++) {
        picture p = picture_create(41, 29, kind, &r);
        for (int i = 0; i < 1500; i++) {
            const uint32_t sx = (uint32_t)rng_between(&r, 1500, 65535), sy = (uint32_t)rng_between(&r, 1500, 65536);
            const int32_t x = rng_between(&r, 0, p.w * 65536 - 1), y = rng_between(&r, 0, p.h * 65536 - 1);
            uint8_t out[4];
            double want[4];
            const bool any = exact(&p, triangle, x / 65536.0, y / 65536.0, sx / 65536.0, sy / 65536.0, want);
            warp_one(&p, BILINEAR, x, y, sx, sy, false, out);
            if (!any || out[3] == 0) {
                assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
                assert_true(!any || want[3] < 1);
            } else if (want[3] > 30) { /* with little weight left the steps of the weights show */
                assert_close("minified bilinear", out, want, 2);
            }
            for (method m = CUBIC; m < METHODS && kind == PX_OPAQUE; m++) {
                assert_true(exact(&p, exact_filters[m], x / 65536.0, y / 65536.0, sx / 65536.0, sy / 65536.0, want));
                warp_one(&p, m, x, y, sx, sy, false, out);
                assert_close("minified", out, want, 2.5);
            }
        }
        free(p.px);
    }
}

/* By tables, on phases: all opaque within 1 DN; with holes and partial alpha, edges included, as near as the weights
 * allow. */
static void test_widened(void **state) {
    (void)state;
    static const int32_t steps[] = {256, 255, 197, 171, 128, 127, 86, 40, 16};
    enum { STEPS = sizeof steps / sizeof steps[0] };
    rng r = rng_create();
    for (method m = BILINEAR; m < METHODS; m++) {
        int16_t *q14[STEPS];
        imx_warp_taps taps[STEPS];
        for (int s = 0; s < STEPS; s++) {
            taps[s] = taps_create(m, steps[s], &q14[s]);
        }
        for (pixel_kind kind = 0; kind < PX_KINDS; kind++) {
            picture p = picture_create(67, 41, kind, &r);
            for (int i = 0; i < 600; i++) {
                const int sx = (int)rng_below(&r, STEPS), sy = rng_below(&r, 2) ? sx : (int)rng_below(&r, STEPS);
                const int32_t x = some_position(&r, p.w, 0, true), y = some_position(&r, p.h, 0, true);
                const imx_warp_rgba8 job = {.taps_x = &taps[sx], .taps_y = &taps[sy]};
                uint8_t out[4];
                double want[4];
                const bool any =
                    exact(&p, exact_filters[m], x / 65536.0, y / 65536.0, steps[sx] / 256.0, steps[sy] / 256.0, want) &&
                    has_centre(&p, m, false, x, y);
                warp_job(&p, m, x, y, false, job, out);
                if (kind == PX_OPAQUE) {
                    assert_close("widened, opaque", out, want, 1);
                } else if (!any || out[3] == 0) {
                    assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
                    assert_true(!any || want[3] < 1);
                } else if (want[3] > 30) { /* with little weight left the steps of the weights show */
                    want[3] = fmin(255, want[3]);
                    assert_close("widened", out, want, m == CUBIC || m == LANCZOS ? 2.5 : 1.5);
                }
            }
            free(p.px);
        }
        for (int s = 0; s < STEPS; s++) {
            free(q14[s]);
        }
    }
}

/* Whatever lies around it, and whatever the filter: where alpha is validity the mask is that of nearest. */
static void test_outlines_are_those_of_nearest(void **state) {
    (void)state;
    rng r = rng_create();
    for (pixel_kind kind = PX_HOLES; kind < PX_KINDS; kind++) {
        picture p = picture_create(31, 23, kind, &r);
        for (method m = NEAREST; m < METHODS; m++) {
            const int32_t q8 = 16 + (int32_t)rng_below(&r, 241);
            int16_t *q14;
            const imx_warp_taps taps = taps_create(m == NEAREST ? BILINEAR : m, q8, &q14);
            for (int i = 0; i < 1500; i++) {
                const int32_t x = some_position(&r, p.w, 0, false), y = some_position(&r, p.h, 0, false);
                const uint8_t valid = at(&p, x / 65536, y / 65536)[3] > 0 ? 255 : 0;
                const uint32_t shrink = rng_below(&r, 2) ? (uint32_t)rng_between(&r, 200, 65535) : 0;
                uint8_t out[4];
                warp_one(&p, m, x, y, shrink, shrink, true, out);
                assert_int_equal(m == NEAREST && out[3] ? 255 : out[3], valid);
                if (m != NEAREST) {
                    warp_job(&p, m, x, y, true, (imx_warp_rgba8){.taps_x = &taps, .taps_y = &taps}, out);
                    assert_int_equal(out[3], valid);
                }
            }
            free(q14);
        }
        free(p.px);
    }
}

/* A pixel whose taps all but cancel is the one that contains the position. */
static void test_cancelled_weights(void **state) {
    (void)state;
    rng r = rng_create();
    picture p = picture_create(16, 16, PX_EMPTY, &r);
    const uint8_t color[4] = {10, 200, 30, 255}, other[4] = {90, 90, 90, 255};
    /* At 7.9, 7.9 Lanczos' taps 6 and 9 of rows 7 and 8, and rows 6 and 9 of columns 7 and 8, are negative. */
    for (int32_t k = 7; k <= 8; k++) {
        memcpy(p.px + 4 * (k * 16 + 6), other, 4);
        memcpy(p.px + 4 * (k * 16 + 9), other, 4);
        memcpy(p.px + 4 * (6 * 16 + k), other, 4);
        memcpy(p.px + 4 * (9 * 16 + k), other, 4);
    }
    memcpy(p.px + 4 * (7 * 16 + 7), color, 4);
    double want[4];
    assert_true(!exact(&p, lanczos, 7.95, 7.95, 1, 1, want));
    uint8_t out[4];
    warp_one(&p, LANCZOS, 521011, 521011, 0, 0, true, out);
    assert_memory_equal(out, color, 4);
    warp_one(&p, LANCZOS, 521011, 521011, 0, 0, false, out);
    assert_int_equal(out[3], 0);
    free(p.px);
}

/* One valid pixel under a widened kernel: with binary alpha it is where it contains the position, and nowhere else; as
 * coverage it shows as far as the kernel reaches. */
static void test_minified_binary(void **state) {
    (void)state;
    rng r = rng_create();
    picture p = picture_create(20, 20, PX_EMPTY, &r);
    const uint8_t color[4] = {10, 200, 30, 255};
    memcpy(p.px + 4 * (10 * 20 + 10), color, 4);
    int16_t *q14;
    const imx_warp_taps taps = taps_create(BILINEAR, 64, &q14);
    const uint32_t shrink = 16384;
    const imx_warp_rgba8 jobs[2] = {{.shrink_x_q16 = &shrink, .shrink_y_q16 = &shrink},
                                    {.taps_x = &taps, .taps_y = &taps}};
    for (int k = 0; k < 2; k++) {
        uint8_t out[4];
        warp_job(&p, BILINEAR, 10 * 65536 + 9, 10 * 65536 + 65535, true, jobs[k], out);
        assert_memory_equal(out, color, 4);
        warp_job(&p, BILINEAR, 9 * 65536, 9 * 65536, true, jobs[k], out);
        assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
        warp_job(&p, BILINEAR, 9 * 65536, 9 * 65536, false, jobs[k], out);
        assert_memory_equal(out, color, 3);
        assert_in_range(out[3], 1, 20);
        warp_job(&p, BILINEAR, 5 * 65536, 5 * 65536, false, jobs[k], out);
        assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
    }
    free(q14);
    free(p.px);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widened),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_constant_stays),
        cmocka_unit_test(test_widest_kernel),
        cmocka_unit_test(test_outside_is_nothing),
        cmocka_unit_test(test_nearest_takes_containing_pixel),
        cmocka_unit_test(test_bilinear_opaque),
        cmocka_unit_test(test_bilinear_within_one),
        cmocka_unit_test(test_bilinear_alpha),
        cmocka_unit_test(test_cubic),
        cmocka_unit_test(test_cubic_falls_back),
        cmocka_unit_test(test_minified),
        cmocka_unit_test(test_minified_binary),
        cmocka_unit_test(test_outlines_are_those_of_nearest),
        cmocka_unit_test(test_cancelled_weights),
    };
    return cmocka_run_group_tests_name("kernels: warp references", tests, NULL, NULL);
}
