/* tiler/kernel_bench_pixels.c: what the kernels on tiles of pixels, and on windows around them, are measured with. */
#include "tiler/kernel_bench_pixels.h"

#include <string.h>

#include "tiler/kernel_bench_area.h"
#include "tiler/kernel_bench_random.h"

enum {
    SIZE = IMX_BENCH_SIDE, /* px a side of the tile */
    PIXELS = IMX_BENCH_PIXELS,
    WINDOW = 2 * SIZE + 16, /* px a side of the source window: minifying by 2 fits */
    MINIFYINGS = 4,
    FILTERS = 5
};

/* Source pixels per output pixel: 1, 1.3, 1.5, 2. */
typedef enum minifying { BY_1, BY_13, BY_15, BY_20 } minifying;
static const int32_t shrinks_q8[MINIFYINGS] = {256, 197, 171, 128};
static const imx_warp_kernel filters[FILTERS] = {IMX_WARP_NONE, IMX_WARP_TRIANGLE, IMX_WARP_KEYS, IMX_WARP_BSPLINE,
                                                 IMX_WARP_LANCZOS};

/* ---- what the kernels work on ---- */
struct imx_bench_pixels {
    /* rgba8 source windows, WINDOW x WINDOW; mixed: opaque, empty and partial runs; holes: one pixel in 64 is empty */
    uint8_t *opaque, *mixed, *holes;
    uint8_t *tile, *under;  /* rgba8, PIXELS */
    uint8_t *mask;          /* PIXELS */
    uint8_t *smooth;        /* 4 * PIXELS bytes of slopes with some noise: no PNG filter fits all rows */
    uint64_t *acc;          /* 4 * PIXELS */
    float *numbers;         /* PIXELS */
    int32_t *x_q16, *y_q16; /* PIXELS: a slightly turned grid */
    int32_t *x2_q16, *y2_q16;
    int16_t *q14[FILTERS][MINIFYINGS]; /* of the tables; none for nearest */
    imx_warp_taps taps[FILTERS][MINIFYINGS];
    float *samples;               /* a WINDOW x WINDOW plane */
    uint8_t *valid, *valid_holes; /* of one: everywhere; all but one in 64 */
    uint32_t shrink_q16[SIZE];    /* by 2 */
    volatile unsigned look;
};

static void fill_window(uint8_t *px, size_t n, bool mixed, uint32_t *state) {
    uint32_t kind = 0, run = 0;
    for (size_t i = 0; i < n; i++, px += 4) {
        if (run-- == 0) {
            kind = imx_bench_random(state) % 3;
            run = imx_bench_random(state) % 64;
        }
        const uint32_t bits = imx_bench_random(state);
        const uint32_t alpha = !mixed || kind == 0 ? 255 : kind == 1 ? 0 : imx_bench_random(state) & 255;
        for (int c = 0; c < 3; c++) {
            px[c] = (uint8_t)(alpha ? bits >> 8 * c : 0);
        }
        px[3] = (uint8_t)alpha;
    }
}

static void fill(imx_bench_pixels *b) {
    uint32_t state = 1;
    fill_window(b->opaque, (size_t)WINDOW * WINDOW, false, &state);
    fill_window(b->mixed, (size_t)WINDOW * WINDOW, true, &state);
    memcpy(b->holes, b->opaque, (size_t)WINDOW * WINDOW * 4);
    for (size_t i = 0; i < WINDOW * WINDOW; i++) {
        if (imx_bench_random(&state) % 64 == 0) {
            memset(b->holes + 4 * i, 0, 4);
        }
    }
    for (int32_t y = 0; y < SIZE; y++) {
        for (int32_t x = 0; x < SIZE; x++) {
            const size_t i = (size_t)y * SIZE + (size_t)x;
            b->x_q16[i] = 4 * 65536 + x * 60000 + y * 300;
            b->y_q16[i] = 4 * 65536 + y * 60000 + x * 300;
            b->x2_q16[i] = 4 * 65536 + x * (2 * 65536 - 300) + y * 60;
            b->y2_q16[i] = 4 * 65536 + y * (2 * 65536 - 300) + x * 60;
            b->numbers[i] = (float)(imx_bench_random(&state) % 50000) * 0.01F - 100;
            b->mask[i] = imx_bench_random(&state) & 1 ? 255 : 0;
            for (size_t c = 0; c < 4; c++) {
                b->smooth[4 * i + c] =
                    (uint8_t)((x * y >> 6) + 40 * (int32_t)c + (int32_t)(imx_bench_random(&state) & 7));
            }
        }
    }
    for (size_t f = 1; f < FILTERS; f++) {
        for (size_t m = 0; m < MINIFYINGS; m++) {
            b->taps[f][m] = imx_warp_taps_fill(filters[f], shrinks_q8[m], b->q14[f][m]);
        }
    }
    for (size_t i = 0; i < (size_t)WINDOW * WINDOW; i++) {
        b->samples[i] = (float)imx_bench_random(&state) / 256;
        b->valid[i] = 255;
        b->valid_holes[i] = b->holes[4 * i + 3];
    }
    for (size_t i = 0; i < SIZE; i++) {
        b->shrink_q16[i] = IMX_Q16_ONE / 2;
    }
    memset(b->acc, 0, 4 * PIXELS * sizeof b->acc[0]);
}

void imx_bench_pixels_destroy(imx_memory *memory, imx_bench_pixels **pixels) {
    imx_bench_pixels *b = pixels ? *pixels : NULL;
    if (!b) {
        return;
    }
    void *all[] = {b->numbers, b->samples, b->valid,  b->valid_holes, b->opaque, b->mixed, b->holes,  b->tile,
                   b->under,   b->mask,    b->smooth, b->acc,         b->x_q16,  b->y_q16, b->x2_q16, b->y2_q16};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        imx_free(memory, all[i]);
    }
    for (size_t i = 0; i < FILTERS * MINIFYINGS; i++) {
        imx_free(memory, b->q14[i / MINIFYINGS][i % MINIFYINGS]);
    }
    imx_free(memory, b);
    *pixels = NULL;
}

static bool find_memory(imx_memory *memory, imx_bench_pixels *b) {
    const size_t window_bytes = (size_t)WINDOW * WINDOW * 4, plane_bytes = (size_t)PIXELS * 4;
    b->opaque = imx_alloc(memory, window_bytes);
    b->mixed = imx_alloc(memory, window_bytes);
    b->holes = imx_alloc(memory, window_bytes);
    b->samples = imx_alloc(memory, window_bytes);
    b->valid = imx_alloc(memory, window_bytes / 4);
    b->valid_holes = imx_alloc(memory, window_bytes / 4);
    b->tile = imx_alloc(memory, plane_bytes);
    b->under = imx_alloc(memory, plane_bytes);
    b->mask = imx_alloc(memory, PIXELS);
    b->smooth = imx_alloc(memory, plane_bytes);
    b->numbers = imx_alloc(memory, plane_bytes);
    b->acc = imx_alloc(memory, 4 * PIXELS * sizeof b->acc[0]);
    b->x_q16 = imx_alloc(memory, plane_bytes);
    b->y_q16 = imx_alloc(memory, plane_bytes);
    b->x2_q16 = imx_alloc(memory, plane_bytes);
    b->y2_q16 = imx_alloc(memory, plane_bytes);
    bool tables = true;
    for (size_t f = 1; f < FILTERS; f++) {
        for (size_t m = 0; m < MINIFYINGS; m++) {
            b->q14[f][m] = imx_alloc(memory, imx_warp_taps_bytes(filters[f], shrinks_q8[m]));
            tables = tables && b->q14[f][m];
        }
    }
    return tables && b->opaque && b->mixed && b->holes && b->samples && b->valid && b->valid_holes && b->tile &&
           b->under && b->mask && b->smooth && b->numbers && b->acc && b->x_q16 && b->y_q16 && b->x2_q16 && b->y2_q16;
}

imx_bench_pixels *imx_bench_pixels_create(imx_memory *memory) {
    imx_bench_pixels *b = imx_calloc(memory, 1, sizeof *b);
    if (b && find_memory(memory, b)) {
        fill(b);
    } else {
        imx_bench_pixels_destroy(memory, &b);
    }
    return b;
}

/* ---- one pass of each case ---- */
static void warp(imx_bench_pixels *b, imx_warp_rgba8_fn fn, const uint8_t *src, size_t filter, minifying by) {
    const bool by_tables = by != BY_1 || filters[filter] == IMX_WARP_BSPLINE || filters[filter] == IMX_WARP_LANCZOS;
    const imx_warp_taps *taps = by_tables ? &b->taps[filter][by] : NULL;
    for (size_t row = 0; row < SIZE; row++) {
        fn(&(imx_warp_rgba8){.src = src,
                             .src_stride = 4 * WINDOW,
                             .src_w = WINDOW,
                             .src_h = WINDOW,
                             .x_q16 = (by == BY_1 ? b->x_q16 : b->x2_q16) + row * SIZE,
                             .y_q16 = (by == BY_1 ? b->y_q16 : b->y2_q16) + row * SIZE,
                             .taps_x = taps,
                             .taps_y = taps,
                             .binary_alpha = src == b->holes,
                             .n = SIZE,
                             .dst = b->tile + row * 4 * SIZE});
    }
}

/* run_FILTER_BY_SOURCE() */
#define WARP(name, filter, by, source)                                                                                 \
    static void run_##name##_##by##_##source(const imx_kernels *k, imx_bench_pixels *b) {                              \
        warp(b, k->warp_##name##_rgba8, b->source, filter, by);                                                        \
    }
#define WARPS(name, filter)                                                                                            \
    WARP(name, filter, BY_1, opaque)                                                                                   \
    WARP(name, filter, BY_1, holes)                                                                                    \
    WARP(name, filter, BY_1, mixed)                                                                                    \
    WARP(name, filter, BY_13, opaque)                                                                                  \
    WARP(name, filter, BY_13, holes)                                                                                   \
    WARP(name, filter, BY_13, mixed)                                                                                   \
    WARP(name, filter, BY_20, opaque)
WARP(nearest, 0, BY_1, opaque)
WARPS(bilinear, 1)
WARPS(cubic, 2)
WARPS(cubicspline, 3)
WARPS(lanczos, 4)
WARP(cubic, 2, BY_15, opaque)

/* run_area_METHOD_BOX_SOURCE(), run_area_METHOD_BOX_TYPE() */
enum { BOX_09, BOX_13, BOX_3, BOX_12 };
static const double box_sides_px[] = {0.9, 1.3, 3, 12};
static imx_bench_area plane_area(imx_bench_pixels *b, double box_px, imx_type type) {
    const bool number = type == IMX_F32;
    return (imx_bench_area){number ? (const void *)b->numbers : b->opaque, number ? SIZE : WINDOW, box_px, b->tile,
                            b->under};
}
static void area_plane(const imx_kernels *k, imx_bench_pixels *b, imx_area_method method, double box_px,
                       imx_type type) {
    const imx_bench_area on = plane_area(b, box_px, type);
    imx_bench_area_plane(k, method, type, &on);
}
#define AREA(method, box, source)                                                                                      \
    static void run_area_##method##_##box##_##source(const imx_kernels *k, imx_bench_pixels *b) {                      \
        imx_bench_area_rgba8(k, IMX_AREA_##method,                                                                     \
                             &(imx_bench_area){b->source, WINDOW, box_sides_px[box], b->tile, NULL});                  \
    }
#define AREA_PLANE(method, box, type)                                                                                  \
    static void run_area_##method##_##box##_##type(const imx_kernels *k, imx_bench_pixels *b) {                        \
        area_plane(k, b, IMX_AREA_##method, box_sides_px[box], IMX_##type);                                            \
    }
#define AREAS(method)                                                                                                  \
    AREA(method, BOX_09, opaque)                                                                                       \
    AREA(method, BOX_13, opaque)                                                                                       \
    AREA(method, BOX_3, opaque)                                                                                        \
    AREA(method, BOX_3, mixed)                                                                                         \
    AREA(method, BOX_12, opaque)                                                                                       \
    AREA_PLANE(method, BOX_09, U8)                                                                                     \
    AREA_PLANE(method, BOX_09, U16)                                                                                    \
    AREA_PLANE(method, BOX_09, F32)                                                                                    \
    AREA_PLANE(method, BOX_3, U8)                                                                                      \
    AREA_PLANE(method, BOX_3, U16)                                                                                     \
    AREA_PLANE(method, BOX_3, F32)                                                                                     \
    AREA_PLANE(method, BOX_12, U16)
AREAS(AVERAGE)
AREAS(MODE)
AREAS(MIN)
AREAS(MAX)
AREAS(MED)
AREAS(Q1)
AREAS(Q3)
AREAS(RMS)

/* run_sum_KIND_BOX_SOURCE(), run_sum_KIND_BOX_TYPE() */
enum { upright, turned };
#define SUM(kind, box, source)                                                                                         \
    static void run_sum_##kind##_##box##_##source(const imx_kernels *k, imx_bench_pixels *b) {                         \
        imx_bench_sum_rgba8(k, kind, &(imx_bench_area){b->source, WINDOW, box_sides_px[box], b->tile, NULL});          \
    }
#define SUM_PLANE(kind, box, type)                                                                                     \
    static void run_sum_##kind##_##box##_##type(const imx_kernels *k, imx_bench_pixels *b) {                           \
        const imx_bench_area on = plane_area(b, box_sides_px[box], IMX_##type);                                        \
        imx_bench_sum_plane(k, kind, IMX_##type, &on);                                                                 \
    }
#define SUMS(kind)                                                                                                     \
    SUM(kind, BOX_09, opaque)                                                                                          \
    SUM(kind, BOX_13, opaque)                                                                                          \
    SUM(kind, BOX_3, opaque)                                                                                           \
    SUM(kind, BOX_12, opaque)                                                                                          \
    SUM_PLANE(kind, BOX_09, U8)                                                                                        \
    SUM_PLANE(kind, BOX_09, U16)                                                                                       \
    SUM_PLANE(kind, BOX_09, I16)                                                                                       \
    SUM_PLANE(kind, BOX_09, F32)                                                                                       \
    SUM_PLANE(kind, BOX_12, U16)
SUMS(upright)
SUMS(turned)

/* PIXELS source pixels: 256 x 256 to 128 x 128; with a halo around, for which the window has room. */
static void reduce(const imx_kernels *k, imx_bench_pixels *b, imx_reduce_method method, const uint8_t *src) {
    const size_t halo_at = IMX_REDUCE_HALO_MAX_PX * 4 * (WINDOW + 1);
    k->reduce.rgba8[method](src + halo_at, 4 * WINDOW, SIZE / 2, SIZE / 2, b->tile, 2 * SIZE);
}
static void run_reduce(const imx_kernels *k, imx_bench_pixels *b) { reduce(k, b, IMX_REDUCE_AVERAGE, b->opaque); }
static void run_reduce_mixed(const imx_kernels *k, imx_bench_pixels *b) { reduce(k, b, IMX_REDUCE_AVERAGE, b->mixed); }
static void run_reduce_nearest(const imx_kernels *k, imx_bench_pixels *b) {
    reduce(k, b, IMX_REDUCE_NEAREST, b->opaque);
}
static void run_reduce_mode(const imx_kernels *k, imx_bench_pixels *b) { reduce(k, b, IMX_REDUCE_MODE, b->mixed); }
static void run_reduce_min(const imx_kernels *k, imx_bench_pixels *b) { reduce(k, b, IMX_REDUCE_MIN, b->mixed); }
static void run_reduce_max(const imx_kernels *k, imx_bench_pixels *b) { reduce(k, b, IMX_REDUCE_MAX, b->mixed); }
static void run_reduce_bilinear(const imx_kernels *k, imx_bench_pixels *b) {
    reduce(k, b, IMX_REDUCE_BILINEAR, b->opaque);
}
static void run_reduce_cubic(const imx_kernels *k, imx_bench_pixels *b) { reduce(k, b, IMX_REDUCE_CUBIC, b->opaque); }
static void run_reduce_lanczos(const imx_kernels *k, imx_bench_pixels *b) {
    reduce(k, b, IMX_REDUCE_LANCZOS, b->opaque);
}
static void run_reduce_lanczos_mixed(const imx_kernels *k, imx_bench_pixels *b) {
    reduce(k, b, IMX_REDUCE_LANCZOS, b->mixed);
}
static void run_composite(const imx_kernels *k, imx_bench_pixels *b) {
    k->composite_under_rgba8(b->tile, b->under, PIXELS);
}
static void run_premultiply(const imx_kernels *k, imx_bench_pixels *b) { k->premultiply_rgba8(b->tile, PIXELS); }
static void run_unpremultiply(const imx_kernels *k, imx_bench_pixels *b) { k->unpremultiply_rgba8(b->tile, PIXELS); }
static void run_blend_add(const imx_kernels *k, imx_bench_pixels *b) {
    k->blend_add_rgba8(b->acc, b->tile, b->mask, PIXELS);
}
static void run_nodata(const imx_kernels *k, imx_bench_pixels *b) {
    const uint8_t nodata[3] = {0, 0, 0};
    k->nodata_rgba8(b->tile, PIXELS, nodata, 3);
}
static void run_mask(const imx_kernels *k, imx_bench_pixels *b) { k->mask_rgba8(b->tile, b->mask, PIXELS); }
static void run_look(const imx_kernels *k, imx_bench_pixels *b) {
    b->look = k->look_rgba8(b->tile, 4 * SIZE, SIZE, SIZE);
}
static void run_expand(const imx_kernels *k, imx_bench_pixels *b) { k->expand_rgb8_rgba8(b->opaque, PIXELS, b->tile); }
static void run_predictor2(const imx_kernels *k, imx_bench_pixels *b) {
    for (size_t row = 0; row < SIZE; row++) {
        k->predictor2_rgb8_rgba8(b->opaque + 3 * SIZE * row, SIZE, b->tile + 4 * SIZE * row);
    }
}
static void filter_png(const imx_kernels *k, imx_bench_pixels *b, size_t pixel_bytes) {
    const size_t n = SIZE * pixel_bytes;
    for (size_t row = 1; row < SIZE; row++) { /* the pixels before a row stand for the zeros in front of it */
        const uint8_t *at = b->smooth + row * n;
        (void)k->png.best_filter(&(imx_png_row){at, at - n, n, pixel_bytes}, b->tile + row * n);
    }
}
static void run_filter_1(const imx_kernels *k, imx_bench_pixels *b) { filter_png(k, b, 1); }
static void run_filter_2(const imx_kernels *k, imx_bench_pixels *b) { filter_png(k, b, 2); }
static void run_filter_3(const imx_kernels *k, imx_bench_pixels *b) { filter_png(k, b, 3); }
static void run_filter_4(const imx_kernels *k, imx_bench_pixels *b) { filter_png(k, b, 4); }
static void pack_png(const imx_kernels *k, imx_bench_pixels *b, size_t pixel_bytes) {
    for (size_t row = 0; row < SIZE; row++) {
        k->png.pack(b->opaque + 4 * SIZE * row, SIZE, pixel_bytes, b->tile);
    }
}
static void run_pack_1(const imx_kernels *k, imx_bench_pixels *b) { pack_png(k, b, 1); }
static void run_pack_2(const imx_kernels *k, imx_bench_pixels *b) { pack_png(k, b, 2); }
static void run_pack_3(const imx_kernels *k, imx_bench_pixels *b) { pack_png(k, b, 3); }
static void warp_plane(const imx_kernels *k, imx_bench_pixels *b, imx_warp_method method, imx_type type, bool holes,
                       bool by_2) {
    const int index = imx_plane_type_index(type);
    const size_t bytes = type == IMX_U8 ? 1 : type == IMX_F32 ? 4 : 2;
    for (size_t row = 0; row < SIZE; row++) {
        k->warp_plane.fn[method][index](&(imx_warp_plane){.src = type == IMX_F32 ? (void *)b->samples : b->opaque,
                                                          .src_stride = (ptrdiff_t)(WINDOW * bytes),
                                                          .src_w = WINDOW,
                                                          .src_h = WINDOW,
                                                          .valid = holes ? b->valid_holes : b->valid,
                                                          .valid_stride = WINDOW,
                                                          .x_q16 = (by_2 ? b->x2_q16 : b->x_q16) + row * SIZE,
                                                          .y_q16 = (by_2 ? b->y2_q16 : b->y_q16) + row * SIZE,
                                                          .shrink_x_q16 = by_2 ? b->shrink_q16 : NULL,
                                                          .shrink_y_q16 = by_2 ? b->shrink_q16 : NULL,
                                                          .n = SIZE,
                                                          .dst = b->tile + row * SIZE * bytes,
                                                          .dst_valid = b->under + row * SIZE});
    }
}
#define PLANE(method, type, words, holes, by_2)                                                                        \
    static void run_plane_##method##_##type##_##words(const imx_kernels *k, imx_bench_pixels *b) {                     \
        warp_plane(k, b, IMX_WARP_METHOD_##method, IMX_##type, holes, by_2);                                           \
    }
#define PLANES(method)                                                                                                 \
    PLANE(method, U8, valid, false, false)                                                                             \
    PLANE(method, U16, valid, false, false)                                                                            \
    PLANE(method, I16, valid, false, false)                                                                            \
    PLANE(method, F32, valid, false, false)
#define PLANES_MORE(method)                                                                                            \
    PLANE(method, U16, holes, true, false)                                                                             \
    PLANE(method, F32, holes, true, false)                                                                             \
    PLANE(method, U16, minified, false, true)                                                                          \
    PLANE(method, F32, minified, false, true)
PLANES(NEAREST)
PLANES(BILINEAR)
PLANES_MORE(BILINEAR)
PLANES(CUBIC)
PLANES_MORE(CUBIC)
PLANES(CUBICSPLINE)
PLANES_MORE(CUBICSPLINE)
PLANES(LANCZOS)
PLANES_MORE(LANCZOS)
static void run_coords(const imx_kernels *k, imx_bench_pixels *b) {
    for (int32_t row = 0; row < SIZE; row++) {
        k->coords_q16(row, INT64_C(1) << 32, SIZE, (int32_t *)(void *)b->tile); /* the engine keeps one row, too */
    }
}

/* ---- the cases ---- */
#define KERNEL(member) offsetof(imx_kernels, member)
#define REDUCE(method) KERNEL(reduce.rgba8[IMX_REDUCE_##method])
#define WARP_CASE(name, words, by, source)                                                                             \
    { #name ", " words, KERNEL(warp_##name##_rgba8), run_##name##_##by##_##source, IMX_TILE_ANY }
#define WARP_CASES(name)                                                                                               \
    WARP_CASE(name, "opaque", BY_1, opaque), WARP_CASE(name, "holes", BY_1, holes),                                    \
        WARP_CASE(name, "mixed alpha", BY_1, mixed), WARP_CASE(name, "minified 1.3x", BY_13, opaque),                  \
        WARP_CASE(name, "minified 1.3x, holes", BY_13, holes), WARP_CASE(name, "minified 1.3x, mixed", BY_13, mixed),  \
        WARP_CASE(name, "minified 2x", BY_20, opaque)
#define PLANE_CASE(words, method, type, index, kind)                                                                   \
    {                                                                                                                  \
        words, KERNEL(warp_plane.fn[IMX_WARP_METHOD_##method][index]), run_plane_##method##_##type##_##kind,           \
            IMX_TILE_ANY                                                                                               \
    }
#define PLANE_CASES(name, method)                                                                                      \
    PLANE_CASE(name ", u8", method, U8, 0, valid), PLANE_CASE(name ", u16", method, U16, 1, valid),                    \
        PLANE_CASE(name ", i16", method, I16, 2, valid), PLANE_CASE(name ", f32", method, F32, 3, valid)
#define PLANE_CASES_MORE(name, method)                                                                                 \
    PLANE_CASE(name ", u16, holes", method, U16, 1, holes), PLANE_CASE(name ", f32, holes", method, F32, 3, holes),    \
        PLANE_CASE(name ", u16, minified 2x", method, U16, 1, minified),                                               \
        PLANE_CASE(name ", f32, minified 2x", method, F32, 3, minified)
#define AREA_CASE(method, words, box, source)                                                                          \
    { words, KERNEL(warp_area.rgba8[IMX_AREA_##method]), run_area_##method##_##box##_##source, IMX_TILE_ANY }
#define AREA_PLANE_CASE(method, words, box, type, index)                                                               \
    { words, KERNEL(warp_area.plane[IMX_AREA_##method][index]), run_area_##method##_##box##_##type, IMX_TILE_ANY }
#define AREA_CASES(method, name)                                                                                       \
    AREA_CASE(method, name ", boxes of 0.9 px", BOX_09, opaque), AREA_CASE(method, name ", 1.3 px", BOX_13, opaque),   \
        AREA_CASE(method, name ", 3 px", BOX_3, opaque), AREA_CASE(method, name ", 3 px, mixed alpha", BOX_3, mixed),  \
        AREA_CASE(method, name ", 12 px", BOX_12, opaque),                                                             \
        AREA_PLANE_CASE(method, name ", 0.9 px, u8", BOX_09, U8, 0),                                                   \
        AREA_PLANE_CASE(method, name ", 0.9 px, u16", BOX_09, U16, 1),                                                 \
        AREA_PLANE_CASE(method, name ", 0.9 px, f32", BOX_09, F32, 3),                                                 \
        AREA_PLANE_CASE(method, name ", 3 px, u8", BOX_3, U8, 0),                                                      \
        AREA_PLANE_CASE(method, name ", 3 px, u16", BOX_3, U16, 1),                                                    \
        AREA_PLANE_CASE(method, name ", 3 px, f32", BOX_3, F32, 3),                                                    \
        AREA_PLANE_CASE(method, name ", 12 px, u16", BOX_12, U16, 1)
#define SUM_CASE(words, kind, box, source)                                                                             \
    { words, KERNEL(warp_sum.rgba8), run_sum_##kind##_##box##_##source, IMX_TILE_ANY }
#define SUM_PLANE_CASE(words, kind, box, type, index)                                                                  \
    { words, KERNEL(warp_sum.plane[index]), run_sum_##kind##_##box##_##type, IMX_TILE_ANY }
#define SUM_CASES(name, kind)                                                                                          \
    SUM_CASE(name ", 0.9 px", kind, BOX_09, opaque), SUM_CASE(name ", 1.3 px", kind, BOX_13, opaque),                  \
        SUM_CASE(name ", 3 px", kind, BOX_3, opaque), SUM_CASE(name ", 12 px", kind, BOX_12, opaque),                  \
        SUM_PLANE_CASE(name ", 0.9 px, u8", kind, BOX_09, U8, 0),                                                      \
        SUM_PLANE_CASE(name ", 0.9 px, u16", kind, BOX_09, U16, 1),                                                    \
        SUM_PLANE_CASE(name ", 0.9 px, i16", kind, BOX_09, I16, 2),                                                    \
        SUM_PLANE_CASE(name ", 0.9 px, f32", kind, BOX_09, F32, 3),                                                    \
        SUM_PLANE_CASE(name ", 12 px, u16", kind, BOX_12, U16, 1)
static const imx_pixel_case cases[] = {
    {"nearest", KERNEL(warp_nearest_rgba8), run_nearest_BY_1_opaque, IMX_TILE_ANY},
    WARP_CASES(bilinear),
    WARP_CASES(cubic),
    {"cubic, minified 1.5x", KERNEL(warp_cubic_rgba8), run_cubic_BY_15_opaque, IMX_TILE_ANY},
    WARP_CASES(cubicspline),
    WARP_CASES(lanczos),
    {"coords", KERNEL(coords_q16), run_coords, IMX_TILE_ANY},
    PLANE_CASES("nearest", NEAREST),
    PLANE_CASES("bilinear", BILINEAR),
    PLANE_CASES_MORE("bilinear", BILINEAR),
    PLANE_CASES("cubic", CUBIC),
    PLANE_CASES_MORE("cubic", CUBIC),
    PLANE_CASES("cubicspline", CUBICSPLINE),
    PLANE_CASES_MORE("cubicspline", CUBICSPLINE),
    PLANE_CASES("lanczos", LANCZOS),
    PLANE_CASES_MORE("lanczos", LANCZOS),
    AREA_CASES(AVERAGE, "average"),
    AREA_CASES(MODE, "mode"),
    AREA_CASES(MIN, "min"),
    AREA_CASES(MAX, "max"),
    AREA_CASES(MED, "med"),
    AREA_CASES(Q1, "q1"),
    AREA_CASES(Q3, "q3"),
    AREA_CASES(RMS, "rms"),
    SUM_CASES("upright", upright),
    SUM_CASES("turned", turned),
    {"composite_under, opaque", KERNEL(composite_under_rgba8), run_composite, IMX_TILE_OPAQUE},
    {"composite_under, mixed alpha", KERNEL(composite_under_rgba8), run_composite, IMX_TILE_MIXED},
    {"premultiply, mixed alpha", KERNEL(premultiply_rgba8), run_premultiply, IMX_TILE_MIXED},
    {"unpremultiply, mixed alpha", KERNEL(unpremultiply_rgba8), run_unpremultiply, IMX_TILE_MIXED},
    {"blend_add", KERNEL(blend_add_rgba8), run_blend_add, IMX_TILE_MIXED},
    {"nodata", KERNEL(nodata_rgba8), run_nodata, IMX_TILE_MIXED},
    {"mask", KERNEL(mask_rgba8), run_mask, IMX_TILE_MIXED},
    {"look, opaque", KERNEL(look_rgba8), run_look, IMX_TILE_OPAQUE},
    {"expand_rgb8", KERNEL(expand_rgb8_rgba8), run_expand, IMX_TILE_ANY},
    {"predictor2_rgb8", KERNEL(predictor2_rgb8_rgba8), run_predictor2, IMX_TILE_ANY},
    {"best_filter, 1 byte a pixel", KERNEL(png.best_filter), run_filter_1, IMX_TILE_ANY},
    {"best_filter, 2 bytes", KERNEL(png.best_filter), run_filter_2, IMX_TILE_ANY},
    {"best_filter, 3 bytes", KERNEL(png.best_filter), run_filter_3, IMX_TILE_ANY},
    {"best_filter, 4 bytes", KERNEL(png.best_filter), run_filter_4, IMX_TILE_ANY},
    {"pack, gray", KERNEL(png.pack), run_pack_1, IMX_TILE_ANY},
    {"pack, gray and alpha", KERNEL(png.pack), run_pack_2, IMX_TILE_ANY},
    {"pack, rgb", KERNEL(png.pack), run_pack_3, IMX_TILE_ANY},
    {"average, opaque", REDUCE(AVERAGE), run_reduce, IMX_TILE_ANY},
    {"average, mixed alpha", REDUCE(AVERAGE), run_reduce_mixed, IMX_TILE_ANY},
    {"nearest", REDUCE(NEAREST), run_reduce_nearest, IMX_TILE_ANY},
    {"mode", REDUCE(MODE), run_reduce_mode, IMX_TILE_ANY},
    {"min", REDUCE(MIN), run_reduce_min, IMX_TILE_ANY},
    {"max", REDUCE(MAX), run_reduce_max, IMX_TILE_ANY},
    {"bilinear", REDUCE(BILINEAR), run_reduce_bilinear, IMX_TILE_ANY},
    {"cubic", REDUCE(CUBIC), run_reduce_cubic, IMX_TILE_ANY},
    {"lanczos", REDUCE(LANCZOS), run_reduce_lanczos, IMX_TILE_ANY},
    {"lanczos, mixed alpha", REDUCE(LANCZOS), run_reduce_lanczos_mixed, IMX_TILE_ANY},
};

const imx_pixel_case *imx_pixel_cases(size_t *count) {
    *count = sizeof cases / sizeof cases[0];
    return cases;
}

void imx_bench_pixels_prepare(imx_bench_pixels *b, imx_tile_kind kind) {
    if (kind != IMX_TILE_ANY) {
        memcpy(b->tile, kind == IMX_TILE_OPAQUE ? b->opaque : b->mixed, (size_t)PIXELS * 4);
        memcpy(b->under, b->mixed + 4 * PIXELS, (size_t)PIXELS * 4);
    }
}
