/* tests/kernels/test_png.c: PNG's filters and packing: the reference against the standard's definitions, written down
 * naively, and each level against the reference. */
#include "tests/kernels/harness.h"

enum { MAX = 1300, LEAD = 4 };

typedef struct fixture {
    levels levels;
    rng rng;
    guarded row, above, out;
    uint8_t want[MAX];
} fixture;

static int paeth_by_the_book(int a, int b, int c) {
    int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

static uint8_t residual_by_the_book(imx_png_filter filter, int x, int a, int b, int c) {
    int predictions[IMX_PNG_FILTERS] = {0, a, b, (a + b) / 2, paeth_by_the_book(a, b, c)};
    return (uint8_t)(x - predictions[filter]);
}

/* Fills want with the residuals; returns their sum of magnitudes. */
static uint32_t filter_by_the_book(const imx_png_row *r, imx_png_filter filter, uint8_t *want) {
    uint32_t sum = 0;
    for (size_t i = 0; i < r->n; i++) {
        int a = i < r->pixel_bytes ? 0 : r->row[i - r->pixel_bytes];
        int c = i < r->pixel_bytes ? 0 : r->above[i - r->pixel_bytes];
        want[i] = residual_by_the_book(filter, r->row[i], a, r->above[i], c);
        sum += (uint32_t)abs((int8_t)want[i]);
    }
    return sum;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

typedef enum row_kind { ROW_NOISE, ROW_SLOPE, ROW_CALM, ROW_EXTREMES, ROW_FLAT, ROW_TWINS, ROW_KINDS } row_kind;

static void fill_row(uint8_t *row, uint8_t *above, size_t n, row_kind kind, rng *r) {
    for (size_t i = 0; i < n; i++) {
        const uint64_t bits = rng_next(r);
        switch (kind) {
        case ROW_SLOPE:
            row[i] = (uint8_t)(3 * i + (bits & 3));
            above[i] = (uint8_t)(3 * i + 7);
            break;
        case ROW_CALM:
            row[i] = (uint8_t)(128 + (bits & 7));
            above[i] = (uint8_t)(128 + (bits >> 8 & 7));
            break;
        case ROW_EXTREMES:
            row[i] = bits & 1 ? 128 : (uint8_t)(bits & 2 ? 255 : 0);
            above[i] = bits & 4 ? 127 : (uint8_t)(bits & 8 ? 255 : 0);
            break;
        case ROW_FLAT: row[i] = above[i] = 200; break;
        case ROW_TWINS: row[i] = above[i] = (uint8_t)bits; break;
        default: row[i] = (uint8_t)bits, above[i] = (uint8_t)(bits >> 8);
        }
    }
}

/* A row and the one above with their zeros in front, each between guards. */
static imx_png_row some_row(fixture *f, size_t n, size_t pixel_bytes, row_kind kind) {
    uint8_t *row = guarded_place(&f->row, pixel_bytes + n, 1, &f->rng);
    uint8_t *above = guarded_place(&f->above, pixel_bytes + n, 1, &f->rng);
    memset(row, 0, pixel_bytes);
    memset(above, 0, pixel_bytes);
    fill_row(row + pixel_bytes, above + pixel_bytes, n, kind, &f->rng);
    return (imx_png_row){row + pixel_bytes, above + pixel_bytes, n, pixel_bytes};
}

/* 0..2 vectors and one, each length; then longer ones. */
static size_t some_length(rng *r, unsigned round) { return round < 66 ? round : 66 + rng_below(r, MAX - 66); }

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static void check_filters(fixture *f, const imx_png_row *r) {
    for (imx_png_filter filter = IMX_PNG_NONE; filter <= IMX_PNG_PAETH; filter++) {
        (void)filter_by_the_book(r, filter, f->want);
        for (size_t l = 0; l < f->levels.count; l++) {
            uint8_t *out = guarded_place(&f->out, r->n, 1, &f->rng);
            memset(out, 0x5A, r->n);
            f->levels.table[l].png.filter(r, filter, out);
            guarded_check(&f->out, out, r->n);
            assert_memory_equal(out, f->want, r->n);
        }
    }
}

static void check_best(fixture *f, const imx_png_row *r) {
    imx_png_filter best = IMX_PNG_NONE;
    uint32_t least = UINT32_MAX;
    for (imx_png_filter filter = IMX_PNG_NONE; filter <= IMX_PNG_PAETH; filter++) {
        const uint32_t sum = filter_by_the_book(r, filter, f->want);
        best = sum < least ? filter : best;
        least = sum < least ? sum : least;
    }
    (void)filter_by_the_book(r, best, f->want);
    for (size_t l = 0; l < f->levels.count; l++) {
        uint8_t *out = guarded_place(&f->out, r->n, 1, &f->rng);
        memset(out, 0x5A, r->n);
        assert_int_equal(f->levels.table[l].png.best_filter(r, out), best);
        guarded_check(&f->out, out, r->n);
        assert_memory_equal(out, f->want, r->n);
    }
}

static void test_filters(void **state) {
    fixture *f = *state;
    const unsigned rounds = rng_rounds(80);
    for (size_t pixel_bytes = 1; pixel_bytes <= LEAD; pixel_bytes++) {
        for (unsigned i = 0; i < rounds; i++) {
            for (row_kind kind = 0; kind < ROW_KINDS; kind++) {
                const imx_png_row r = some_row(f, some_length(&f->rng, i), pixel_bytes, kind);
                check_filters(f, &r);
                check_best(f, &r);
            }
        }
    }
}

/* Every (a, b, c) of Paeth: the 8-bit form is the standard's. a and b go along the row in pairs of bytes. */
static void test_paeth_everywhere(void **state) {
    fixture *f = *state;
    for (int c = 0; c < 256; c++) {
        for (int a = 0; a < 256; a += 1) {
            uint8_t rows[2][2 + 512] = {{0}}, out[512];
            for (int b = 0; b < 256; b++) {
                rows[0][2 + 2 * b] = (uint8_t)a;
                rows[1][2 + 2 * b] = (uint8_t)c;
                rows[1][2 + 2 * b + 1] = (uint8_t)b;
            }
            const imx_png_row r = {rows[0] + 2, rows[1] + 2, 512, 1};
            for (size_t l = 0; l < f->levels.count; l++) {
                f->levels.table[l].png.filter(&r, IMX_PNG_PAETH, out);
                for (int b = 0; b < 256; b++) {
                    if (out[2 * b + 1] != residual_by_the_book(IMX_PNG_PAETH, 0, a, b, c)) {
                        fail_msg("%s: Paeth of %d %d %d", imx_cpu_name(f->levels.table[l].cpu_mask), a, b, c);
                    }
                }
            }
        }
    }
}

/* A row as long as they come: a sum of magnitudes of 128 needs more than 16 bits. */
static void test_long_row(void **state) {
    fixture *f = *state;
    enum { N = 4 * 16383 };
    static uint8_t rows[2][LEAD + N], out[N];
    memset(rows[0] + LEAD, 128, N); /* none: N * 128; sub, paeth, average: nearly nothing */
    memset(rows[1] + LEAD, 0, N);
    for (size_t l = 0; l < f->levels.count; l++) {
        const imx_png_row r = {rows[0] + LEAD, rows[1] + LEAD, N, LEAD};
        assert_int_equal(f->levels.table[l].png.best_filter(&r, out), IMX_PNG_SUB);
        assert_int_equal(out[0] | out[1] | out[2] | out[3], 128);
        for (size_t i = LEAD; i < N; i++) {
            assert_int_equal(out[i], 0);
        }
    }
}

static void test_pack(void **state) {
    static const size_t channels[5][4] = {{0}, {0}, {0, 3}, {0, 1, 2}, {0, 1, 2, 3}};
    fixture *f = *state;
    const unsigned rounds = rng_rounds(200);
    for (size_t pixel_bytes = 1; pixel_bytes <= 4; pixel_bytes++) {
        for (unsigned i = 0; i < rounds; i++) {
            const size_t n = i < 66 ? i : rng_below(&f->rng, MAX / 4);
            uint8_t *rgba = guarded_place(&f->row, 4 * n, 1, &f->rng);
            fill_pixels(rgba, n, PX_RANDOM, &f->rng);
            for (size_t l = 0; l < f->levels.count; l++) {
                uint8_t *out = guarded_place(&f->out, pixel_bytes * n, 1, &f->rng);
                f->levels.table[l].png.pack(rgba, n, pixel_bytes, out);
                guarded_check(&f->out, out, pixel_bytes * n);
                for (size_t p = 0; p < n * pixel_bytes; p++) {
                    assert_int_equal(out[p], rgba[4 * (p / pixel_bytes) + channels[pixel_bytes][p % pixel_bytes]]);
                }
            }
        }
    }
}

static int setup(void **state) {
    static fixture f;
    f = (fixture){.levels = levels_here(), .rng = rng_create()};
    f.row = guarded_create(2 * MAX);
    f.above = guarded_create(2 * MAX);
    f.out = guarded_create(2 * MAX);
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    guarded_destroy(&f->row);
    guarded_destroy(&f->above);
    guarded_destroy(&f->out);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_filters), cmocka_unit_test(test_paeth_everywhere),
                                       cmocka_unit_test(test_long_row), cmocka_unit_test(test_pack)};
    return cmocka_run_group_tests_name("kernels: PNG", tests, setup, teardown);
}
