/* tests/kernels/test_variants_area.c: each level of the area warps against the reference, byte for byte. */
#include "tests/kernels/area_boxes.h"

#define N_MAX 64
#define WINDOW_BYTES_MAX (1u << 20)

typedef struct fixture {
    levels levels;
    rng rng;
    guarded src, box[4], dst, want;
} fixture;

static void run_levels(fixture *f, imx_warp_area_rgba8 *job) {
    uint8_t *want = guarded_place(&f->want, 4 * job->n, 1, &f->rng);
    for (int method = 0; method < IMX_AREA_METHODS; method++) {
        job->dst = want;
        f->levels.table[0].warp_area.rgba8[method](job);
        guarded_check(&f->want, want, 4 * job->n);
        for (size_t l = 1; l < f->levels.count; l++) {
            uint8_t *dst = guarded_place(&f->dst, 4 * job->n, 1, &f->rng);
            job->dst = dst;
            f->levels.table[l].warp_area.rgba8[method](job);
            guarded_check(&f->dst, dst, 4 * job->n);
            assert_pixels(method_names[method], imx_cpu_name(f->levels.table[l].cpu_mask), dst, want, job->n);
        }
    }
}

static void random_case(fixture *f, size_t n, int32_t w, int32_t h, double side_x, double side_y, pixel_kind kind) {
    rng *r = &f->rng;
    const size_t row = 4 * ((size_t)w + rng_below(r, 3)), bytes = row * (size_t)(h - 1) + 4 * (size_t)w;
    uint8_t *src = guarded_place(&f->src, bytes, 1, r);
    fill_pixels(src, bytes / 4, kind, r);
    int32_t *box[4];
    for (int k = 0; k < 4; k++) {
        box[k] = (int32_t *)(void *)guarded_place(&f->box[k], n * sizeof(int32_t), sizeof(int32_t), r);
    }
    fill_boxes(r, w, side_x, n, box[0], box[1]);
    fill_boxes(r, h, side_y, n, box[2], box[3]);
    const bool upwards = rng_below(r, 4) == 0;
    imx_warp_area_rgba8 job = {.src = upwards ? src + row * (size_t)(h - 1) : src,
                               .src_stride = upwards ? -(ptrdiff_t)row : (ptrdiff_t)row,
                               .src_w = w,
                               .src_h = h,
                               .boxes = {box[0], box[1], box[2], box[3]},
                               .binary_alpha = rng_below(r, 2),
                               .n = n};
    run_levels(f, &job);
}

/* Every number of output pixels, small windows. */
static void test_short_rows(void **state) {
    fixture *f = *state;
    static const int32_t sizes[] = {1, 2, 3, 5, 7, 8, 9, 16, 33};
    for (unsigned round = 0; round < rng_rounds(12); round++) {
        for (size_t n = 0; n <= 17; n++) {
            random_case(f, n, sizes[rng_below(&f->rng, 9)], sizes[rng_below(&f->rng, 9)], side_of(&f->rng),
                        side_of(&f->rng), (pixel_kind)rng_below(&f->rng, PX_KINDS));
        }
    }
}

/* Inside a larger window, where the variants are at work. */
static void test_inside(void **state) {
    fixture *f = *state;
    for (unsigned round = 0; round < rng_rounds(300); round++) {
        const pixel_kind kind = rng_below(&f->rng, 2) ? PX_OPAQUE : (pixel_kind)rng_below(&f->rng, PX_KINDS);
        random_case(f, N_MAX, 120, 90, side_of(&f->rng), side_of(&f->rng), kind);
    }
}

/* Boxes of more rows and taps than the vectors' counters hold. */
static void test_large_boxes(void **state) {
    fixture *f = *state;
    static const double sides[][2] = {{300, 300}, {2, 400}, {400, 2}, {64.5, 64.2}, {40, 11}, {9, 255.5}, {33, 256.5}};
    for (unsigned round = 0; round < rng_rounds(14); round++) {
        const double *side = sides[round % 7];
        random_case(f, 9, 410, 420, side[0], side[1], round & 1 ? PX_SATURATED : round % 3 ? PX_HOLES : PX_OPAQUE);
    }
}

/* The longest side of a window. */
static void test_long_windows(void **state) {
    fixture *f = *state;
    for (unsigned round = 0; round < rng_rounds(8); round++) {
        const bool wide = round & 1;
        const double side = round & 2 ? 1.5 : 5000.5;
        random_case(f, 17, wide ? 32767 : 3, wide ? 3 : 32767, wide ? side : 1.5, wide ? 1.5 : side,
                    round & 4 ? PX_OPAQUE : PX_HOLES);
    }
}

static int setup(void **state) {
    static fixture f;
    f = (fixture){.levels = levels_here(),
                  .rng = rng_create(),
                  .src = guarded_create(WINDOW_BYTES_MAX),
                  .dst = guarded_create(4 * N_MAX + 64),
                  .want = guarded_create(4 * N_MAX + 64)};
    for (int k = 0; k < 4; k++) {
        f.box[k] = guarded_create(sizeof(int32_t) * N_MAX + 64);
    }
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    guarded_destroy(&f->src);
    guarded_destroy(&f->dst);
    guarded_destroy(&f->want);
    for (int k = 0; k < 4; k++) {
        guarded_destroy(&f->box[k]);
    }
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_rows),
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_large_boxes),
        cmocka_unit_test(test_long_windows),
    };
    return cmocka_run_group_tests_name("kernels: area warp variants", tests, setup, teardown);
}
