/* tiler/kernel_bench_planes.c: what the kernels on planes are measured with. */
#include "tiler/kernel_bench_planes.h"

#include <string.h>

#include "tiler/kernel_bench_random.h"
#include "tiler/kernel_bench_window.h"

enum {
    STRIP = 1536,        /* samples: 12 KiB of f64, and three such buffers stay in a first cache; a multiple of 3 */
    SAMPLES = 256 * 256, /* a pass; the last strip is shorter */
    BINS = 256
};

struct imx_bench_planes {
    union {
        uint8_t u8[8 * STRIP];
        uint16_t u16[4 * STRIP];
        uint32_t u32[2 * STRIP];
        float f32[STRIP];
        double f64[STRIP];
    } bytes, numbers32, numbers64, out, more; /* random bits; numbers from -100 to 400; results */
    uint8_t valid[STRIP], other[STRIP];       /* runs of 0 and 255 */
    uint16_t weight[STRIP];
    uint8_t lut[65536]; /* also a palette and a ramp */
    uint64_t bins[65536];
    imx_statistics statistics;
    imx_bench_window window;
};

imx_bench_planes *imx_bench_planes_create(imx_memory *memory) {
    imx_bench_planes *b = imx_alloc(memory, sizeof *b);
    if (!b) {
        return NULL;
    }
    memset(b, 0, sizeof *b);
    uint32_t state = 7;
    for (size_t i = 0; i < sizeof b->bytes; i++) {
        b->bytes.u8[i] = (uint8_t)imx_bench_random(&state);
    }
    for (size_t i = 0; i < sizeof b->lut; i++) {
        b->lut[i] = (uint8_t)imx_bench_random(&state);
    }
    for (size_t i = 0; i < STRIP; i++) {
        b->numbers64.f64[i] = imx_bench_random(&state) % 50000 * 0.01 - 100;
        b->numbers32.f32[i] = (float)b->numbers64.f64[i];
        b->valid[i] = i % 64 < 48 ? 255 : 0;
        b->other[i] = i % 50 < 30 ? 255 : 0;
        b->weight[i] = (uint16_t)(i % 64 < 56 ? imx_bench_random(&state) : 0);
    }
    imx_bench_window_fill(&b->window);
    return b;
}

void imx_bench_planes_prepare(imx_bench_planes *b) {
    b->out = b->bytes;
    b->more = b->numbers64;
}

void imx_bench_planes_destroy(imx_memory *memory, imx_bench_planes **planes) {
    if (planes) {
        imx_free(memory, *planes);
        *planes = NULL;
    }
}

/* run_NAME(): the call, for each strip of n samples. */
#define RUN(name, call)                                                                                                \
    static void run_##name(const imx_kernels *k, imx_bench_planes *b) {                                                \
        for (size_t done = 0, n; done < SAMPLES; done += n) {                                                          \
            n = SAMPLES - done < STRIP ? SAMPLES - done : STRIP;                                                       \
            call;                                                                                                      \
        }                                                                                                              \
    }

RUN(nodata_u8, k->validity.nodata[IMX_U8](b->bytes.u8, n, 0, b->out.u8))
RUN(nodata_u16, k->validity.nodata[IMX_U16](b->bytes.u16, n, 0, b->out.u8))
RUN(nodata_i32, k->validity.nodata[IMX_I32](b->bytes.u32, n, 0, b->out.u8))
RUN(nodata_f32, k->validity.nodata[IMX_F32](b->numbers32.f32, n, 0, b->out.u8))
RUN(nan_f32, k->validity.nodata[IMX_F32](b->numbers32.f32, n, (double)__builtin_nanf(""), b->out.u8))
RUN(nodata_f64, k->validity.nodata[IMX_F64](b->numbers64.f64, n, 0, b->out.u8))
RUN(qa_u8, k->validity.qa_u8(b->bytes.u8, n, 14, 0, b->out.u8))
RUN(qa_u16, k->validity.qa_u16(b->bytes.u16, n, 14, 0, b->out.u8))
RUN(qa_u32, k->validity.qa_u32(b->bytes.u32, n, 14, 0, b->out.u8))
RUN(bits, k->validity.bits(b->bytes.u8, n, b->out.u8))
RUN(either, k->validity.either(b->valid, n, b->out.u8))
RUN(valid_from_rgba8, k->validity.from_rgba8(b->bytes.u8, n, b->out.u8))
RUN(fill_u8, k->validity.fill[IMX_U8](b->valid, n, "        ", b->out.u8))
RUN(fill_i16, k->validity.fill[IMX_I16](b->valid, n, "        ", b->out.u16))
RUN(fill_f32, k->validity.fill[IMX_F32](b->valid, n, "        ", b->out.f32))

RUN(widen_u8, k->convert.widen[IMX_U8](b->bytes.u8, n, b->out.f64))
RUN(widen_u16, k->convert.widen[IMX_U16](b->bytes.u16, n, b->out.f64))
RUN(widen_i16, k->convert.widen[IMX_I16](b->bytes.u16, n, b->out.f64))
RUN(widen_u32, k->convert.widen[IMX_U32](b->bytes.u32, n, b->out.f64))
RUN(widen_f32, k->convert.widen[IMX_F32](b->numbers32.f32, n, b->out.f64))
RUN(scale, k->convert.scale(b->more.f64, n, 1.01, 1))
RUN(narrow_u8, k->convert.narrow[IMX_U8](b->numbers64.f64, n, b->out.u8, NULL))
RUN(narrow_i16, k->convert.narrow[IMX_I16](b->numbers64.f64, n, b->out.u16, b->other))
RUN(narrow_u16, k->convert.narrow[IMX_U16](b->numbers64.f64, n, b->out.u16, b->other))
RUN(narrow_u32, k->convert.narrow[IMX_U32](b->numbers64.f64, n, b->out.u32, b->other))
RUN(narrow_f32, k->convert.narrow[IMX_F32](b->numbers64.f64, n, b->out.f32, b->other))
RUN(convert_u16_f32,
    imx_convert(&k->convert, &(imx_conversion){IMX_U16, IMX_F32, 0.0001, -0.1}, b->bytes.u16, n, b->out.f32, NULL))
RUN(convert_f32_i16,
    imx_convert(&k->convert, &(imx_conversion){IMX_F32, IMX_I16, 10, 0}, b->numbers32.f32, n, b->out.u16, NULL))
RUN(f16, k->convert.f16_f32(b->bytes.u16, n, b->out.f32))
RUN(unpack1, k->convert.unpack1(b->bytes.u8, n, b->out.u8))
RUN(unpack2, k->convert.unpack2(b->bytes.u8, n, b->out.u8))
RUN(unpack4, k->convert.unpack4(b->bytes.u8, n, b->out.u8))
RUN(unpack12, k->convert.unpack12(b->bytes.u8, n, b->out.u16))
RUN(to_rgba8, k->convert.to_rgba8((const uint8_t *const[]){b->bytes.u8, b->bytes.u8 + STRIP, b->bytes.u8 + 2 * STRIP},
                                  b->valid, n, b->out.u8))
RUN(from_rgba8,
    k->convert.from_rgba8(b->bytes.u8, n, (uint8_t *const[]){b->out.u8, b->out.u8 + STRIP, b->out.u8 + 2 * STRIP},
                          b->more.u8))

RUN(stretch, k->lookup.stretch(&(imx_stretch){-50, 1.f / 300, 1}, b->numbers32.f32, n, b->out.u8))
RUN(stretch_gamma, k->lookup.stretch(&(imx_stretch){-50, 1.f / 300, 0.4f}, b->numbers32.f32, n, b->out.u8))
RUN(lut_u8, k->lookup.u8(b->lut, b->bytes.u8, n, b->out.u8))
RUN(lut_u16, k->lookup.u16(b->lut, b->bytes.u16, n, b->out.u8))
RUN(palette, k->lookup.palette(b->lut, b->bytes.u8, n, b->out.u8))
RUN(ramp, k->lookup.ramp(&(imx_ramp){-50, 3, b->lut, 1024}, b->numbers32.f32, b->valid, n, b->out.u8))

RUN(add_u8, k->statistics.add[IMX_U8](b->bytes.u8, b->valid, n, &b->statistics))
RUN(add_u16, k->statistics.add[IMX_U16](b->bytes.u16, b->valid, n, &b->statistics))
RUN(add_all_u16, k->statistics.add[IMX_U16](b->bytes.u16, NULL, n, &b->statistics))
RUN(add_i32, k->statistics.add[IMX_I32](b->bytes.u32, b->valid, n, &b->statistics))
RUN(add_f32, k->statistics.add[IMX_F32](b->numbers32.f32, b->valid, n, &b->statistics))
RUN(add_f64, k->statistics.add[IMX_F64](b->numbers64.f64, b->valid, n, &b->statistics))
RUN(bins_u8, k->statistics.bins_u8(b->bytes.u8, b->valid, n, b->bins))
RUN(bins_u16, k->statistics.bins_u16(b->bytes.u16, b->valid, n, b->bins))
RUN(bins_f32, k->statistics.bins_f32(b->numbers32.f32, b->valid, n, &(imx_bins){-100, 300, BINS, b->bins}))

RUN(over_u8, k->mix.over[IMX_U8](b->out.u8, b->bytes.u8, b->valid, n))
RUN(over_u16, k->mix.over[IMX_U16](b->out.u16, b->bytes.u16, b->valid, n))
RUN(over_f32, k->mix.over[IMX_F32](b->out.f32, b->numbers32.f32, b->valid, n))
RUN(under_u8, k->mix.under[IMX_U8](b->out.u8, b->other, b->bytes.u8, b->valid, n))
RUN(under_u16, k->mix.under[IMX_U16](b->out.u16, b->other, b->bytes.u16, b->valid, n))
RUN(under_f32, k->mix.under[IMX_F32](b->out.f32, b->other, b->numbers32.f32, b->valid, n))
RUN(weigh, k->mix.weigh(b->out.u16, b->valid, n))
RUN(total, k->mix.total(b->more.f64, b->weight, n))
RUN(add, k->mix.add(b->more.f64, b->numbers64.f64, b->weight, n))
RUN(divide, k->mix.divide(b->more.f64, b->numbers64.f64, n, b->out.u8))
RUN(premultiply16, k->mix.premultiply_rgba16(b->out.u16, n))
RUN(unpremultiply16, k->mix.unpremultiply_rgba16(b->out.u16, n))

RUN(sums_8_1, k->predictor.sums[IMX_WIDTH_8](b->out.u8, n, 1))
RUN(sums_8_3, k->predictor.sums[IMX_WIDTH_8](b->out.u8, n, 3))
RUN(sums_8_4, k->predictor.sums[IMX_WIDTH_8](b->out.u8, n, 4))
RUN(sums_16_1, k->predictor.sums[IMX_WIDTH_16](b->out.u16, n, 1))
RUN(sums_16_3, k->predictor.sums[IMX_WIDTH_16](b->out.u16, n, 3))
RUN(sums_16_4, k->predictor.sums[IMX_WIDTH_16](b->out.u16, n, 4))
RUN(sums_16_13, k->predictor.sums[IMX_WIDTH_16](b->out.u16, n, 13))
RUN(sums_32_1, k->predictor.sums[IMX_WIDTH_32](b->out.u32, n, 1))
RUN(sums_64_1, k->predictor.sums[IMX_WIDTH_64](b->out.f64, n, 1))
RUN(planes_f32, k->predictor.planes[IMX_WIDTH_32](b->bytes.u8, n, b->out.u32))
RUN(planes_f64, k->predictor.planes[IMX_WIDTH_64](b->bytes.u8, n, b->out.f64))
RUN(swap_16, k->predictor.swap[IMX_WIDTH_16](b->out.u16, n))
RUN(swap_32, k->predictor.swap[IMX_WIDTH_32](b->out.u32, n))
static imx_relief_row relief_row(const imx_bench_planes *b, size_t n) {
    const float *heights = b->numbers32.f32 + 1;
    return (imx_relief_row){.heights = {heights, heights + 1, heights},
                            .valid = {b->valid + 1, b->valid + 2, b->valid + 1},
                            .per_x = 0.01F,
                            .per_y = 0.01F,
                            .n = n > 3 ? n - 3 : 0};
}
static void shade_by(const imx_kernels *k, imx_bench_planes *b, size_t n, bool all_round) {
    const imx_relief_row row = relief_row(b, n);
    const imx_relief_light light = imx_relief_light_from(315, 45, all_round);
    k->relief.shade(&row, &light, b->out.u8);
}
static void slope_by(const imx_kernels *k, imx_bench_planes *b, size_t n) {
    const imx_relief_row row = relief_row(b, n);
    k->relief.slope(&row, b->out.f32);
}
RUN(shade, shade_by(k, b, n, false))
RUN(shade_all_round, shade_by(k, b, n, true))
RUN(slope, slope_by(k, b, n))
RUN(swap_64, k->predictor.swap[IMX_WIDTH_64](b->out.f64, n))

/* A strip as two rows of quads; samples in, as for rgba8. */
static void reduce_strip(const imx_kernels *k, imx_bench_planes *b, imx_reduce_method method, imx_type type,
                         const void *src, size_t bytes, const uint8_t *valid, size_t n) {
    k->reduce.plane[method][type](&(imx_reduce_plane){.src = src,
                                                      .src_stride = (ptrdiff_t)(n / 2 * bytes),
                                                      .valid = valid,
                                                      .valid_stride = (ptrdiff_t)(n / 2),
                                                      .w_out = n / 4,
                                                      .h_out = 1,
                                                      .dst = b->out.u8,
                                                      .dst_valid = valid ? b->more.u8 : NULL});
}
#define REDUCE(name, method, type, src, bytes, valid)                                                                  \
    RUN(reduce_##name, reduce_strip(k, b, IMX_REDUCE_##method, IMX_##type, src, bytes, valid, n / 4 * 4))
REDUCE(average_u8, AVERAGE, U8, b->bytes.u8, 1, b->valid)
REDUCE(average_u16, AVERAGE, U16, b->bytes.u16, 2, b->valid)
REDUCE(average_i16, AVERAGE, I16, b->bytes.u16, 2, b->valid)
REDUCE(average_f32, AVERAGE, F32, b->numbers32.f32, 4, b->valid)
REDUCE(nearest_u8, NEAREST, U8, b->bytes.u8, 1, b->valid)
REDUCE(nearest_f32, NEAREST, F32, b->numbers32.f32, 4, b->valid)
REDUCE(mode_u16, MODE, U16, b->bytes.u16, 2, b->valid)
REDUCE(mode_f32, MODE, F32, b->numbers32.f32, 4, b->valid)
REDUCE(min_u8, MIN, U8, b->bytes.u8, 1, b->valid)
REDUCE(min_u16, MIN, U16, b->bytes.u16, 2, b->valid)
REDUCE(max_i16, MAX, I16, b->bytes.u16, 2, b->valid)
REDUCE(max_f32, MAX, F32, b->numbers32.f32, 4, b->valid)
REDUCE(all_u8, AVERAGE, U8, b->bytes.u8, 1, NULL)
REDUCE(all_f32, AVERAGE, F32, b->numbers32.f32, 4, NULL)

/* A pass over a window. */
#define WINDOW(name, call)                                                                                             \
    static void run_##name(const imx_kernels *k, imx_bench_planes *b) { call; }
#define FILTER(name, METHOD, TYPE, holes)                                                                              \
    WINDOW(filter_##name, imx_bench_window_reduce(k, &b->window, IMX_REDUCE_##METHOD, IMX_##TYPE, holes))
FILTER(bilinear_u8, BILINEAR, U8, false)
FILTER(bilinear_f32, BILINEAR, F32, false)
FILTER(cubic_u16, CUBIC, U16, false)
FILTER(cubic_i16, CUBIC, I16, false)
FILTER(cubic_f32, CUBIC, F32, false)
FILTER(cubic_f32_holes, CUBIC, F32, true)
FILTER(lanczos_f32, LANCZOS, F32, false)
FILTER(lanczos_f32_holes, LANCZOS, F32, true)
FILTER(lanczos_f64, LANCZOS, F64, false)

#define WARP(name, METHOD, by_2)                                                                                       \
    WINDOW(warp_##name, imx_bench_window_warp(k, &b->window, IMX_WARP_METHOD_##METHOD, by_2))
WARP(nearest, NEAREST, false)
WARP(bilinear, BILINEAR, false)
WARP(bilinear_by_2, BILINEAR, true)
WARP(cubic, CUBIC, false)
WARP(cubic_by_2, CUBIC, true)
WARP(cubicspline, CUBICSPLINE, false)
WARP(lanczos, LANCZOS, false)
static void area_f64(const imx_kernels *k, imx_bench_planes *b, imx_area_method method, double box_px) {
    const imx_bench_area on = imx_bench_window_boxes(&b->window, box_px);
    imx_bench_area_plane(k, method, IMX_F64, &on);
}
WINDOW(area_average, area_f64(k, b, IMX_AREA_AVERAGE, 0.9))
WINDOW(area_average_3, area_f64(k, b, IMX_AREA_AVERAGE, 3))
WINDOW(area_mode_3, area_f64(k, b, IMX_AREA_MODE, 3))
WINDOW(area_max_3, area_f64(k, b, IMX_AREA_MAX, 3))
WINDOW(area_med_3, area_f64(k, b, IMX_AREA_MED, 3))
static void sum_f64(const imx_kernels *k, imx_bench_planes *b, bool turned) {
    const imx_bench_area on = imx_bench_window_boxes(&b->window, 0.9);
    imx_bench_sum_plane(k, turned, IMX_F64, &on);
}
WINDOW(sum_upright, sum_f64(k, b, false))
WINDOW(sum_turned, sum_f64(k, b, true))

enum { F64_PLANE = 4 }; /* imx_plane_type_index(), in a constant */
#define CASE(words, member, run)                                                                                       \
    { words, offsetof(imx_kernels, member), run_##run }
static const imx_plane_case cases[] = {
    CASE("nearest, f64", warp_plane.fn[IMX_WARP_METHOD_NEAREST][F64_PLANE], warp_nearest),
    CASE("bilinear, f64", warp_plane.fn[IMX_WARP_METHOD_BILINEAR][F64_PLANE], warp_bilinear),
    CASE("bilinear, f64, minified 2x", warp_plane.fn[IMX_WARP_METHOD_BILINEAR][F64_PLANE], warp_bilinear_by_2),
    CASE("cubic, f64", warp_plane.fn[IMX_WARP_METHOD_CUBIC][F64_PLANE], warp_cubic),
    CASE("cubic, f64, minified 2x", warp_plane.fn[IMX_WARP_METHOD_CUBIC][F64_PLANE], warp_cubic_by_2),
    CASE("cubicspline, f64", warp_plane.fn[IMX_WARP_METHOD_CUBICSPLINE][F64_PLANE], warp_cubicspline),
    CASE("lanczos, f64", warp_plane.fn[IMX_WARP_METHOD_LANCZOS][F64_PLANE], warp_lanczos),
    CASE("average, 0.9 px, f64", warp_area.plane[IMX_AREA_AVERAGE][F64_PLANE], area_average),
    CASE("average, 3 px, f64", warp_area.plane[IMX_AREA_AVERAGE][F64_PLANE], area_average_3),
    CASE("mode, 3 px, f64", warp_area.plane[IMX_AREA_MODE][F64_PLANE], area_mode_3),
    CASE("max, 3 px, f64", warp_area.plane[IMX_AREA_MAX][F64_PLANE], area_max_3),
    CASE("med, 3 px, f64", warp_area.plane[IMX_AREA_MED][F64_PLANE], area_med_3),
    CASE("upright, 0.9 px, f64", warp_sum.plane[F64_PLANE], sum_upright),
    CASE("turned, 0.9 px, f64", warp_sum.plane[F64_PLANE], sum_turned),
    CASE("average, u8, validity", reduce.plane[IMX_REDUCE_AVERAGE][IMX_U8], reduce_average_u8),
    CASE("average, u16, validity", reduce.plane[IMX_REDUCE_AVERAGE][IMX_U16], reduce_average_u16),
    CASE("average, i16, validity", reduce.plane[IMX_REDUCE_AVERAGE][IMX_I16], reduce_average_i16),
    CASE("average, f32, validity", reduce.plane[IMX_REDUCE_AVERAGE][IMX_F32], reduce_average_f32),
    CASE("nearest, u8, validity", reduce.plane[IMX_REDUCE_NEAREST][IMX_U8], reduce_nearest_u8),
    CASE("nearest, f32, validity", reduce.plane[IMX_REDUCE_NEAREST][IMX_F32], reduce_nearest_f32),
    CASE("mode, u16, validity", reduce.plane[IMX_REDUCE_MODE][IMX_U16], reduce_mode_u16),
    CASE("mode, f32, validity", reduce.plane[IMX_REDUCE_MODE][IMX_F32], reduce_mode_f32),
    CASE("min, u8, validity", reduce.plane[IMX_REDUCE_MIN][IMX_U8], reduce_min_u8),
    CASE("min, u16, validity", reduce.plane[IMX_REDUCE_MIN][IMX_U16], reduce_min_u16),
    CASE("max, i16, validity", reduce.plane[IMX_REDUCE_MAX][IMX_I16], reduce_max_i16),
    CASE("max, f32, validity", reduce.plane[IMX_REDUCE_MAX][IMX_F32], reduce_max_f32),
    CASE("average, u8", reduce.plane[IMX_REDUCE_AVERAGE][IMX_U8], reduce_all_u8),
    CASE("average, f32", reduce.plane[IMX_REDUCE_AVERAGE][IMX_F32], reduce_all_f32),
    CASE("bilinear, u8", reduce.plane[IMX_REDUCE_BILINEAR][IMX_U8], filter_bilinear_u8),
    CASE("bilinear, f32", reduce.plane[IMX_REDUCE_BILINEAR][IMX_F32], filter_bilinear_f32),
    CASE("cubic, u16", reduce.plane[IMX_REDUCE_CUBIC][IMX_U16], filter_cubic_u16),
    CASE("cubic, i16", reduce.plane[IMX_REDUCE_CUBIC][IMX_I16], filter_cubic_i16),
    CASE("cubic, f32", reduce.plane[IMX_REDUCE_CUBIC][IMX_F32], filter_cubic_f32),
    CASE("cubic, f32, holes", reduce.plane[IMX_REDUCE_CUBIC][IMX_F32], filter_cubic_f32_holes),
    CASE("lanczos, f32", reduce.plane[IMX_REDUCE_LANCZOS][IMX_F32], filter_lanczos_f32),
    CASE("lanczos, f32, holes", reduce.plane[IMX_REDUCE_LANCZOS][IMX_F32], filter_lanczos_f32_holes),
    CASE("lanczos, f64", reduce.plane[IMX_REDUCE_LANCZOS][IMX_F64], filter_lanczos_f64),
    CASE("nodata, u8", validity.nodata[IMX_U8], nodata_u8),
    CASE("nodata, u16", validity.nodata[IMX_U16], nodata_u16),
    CASE("nodata, i32", validity.nodata[IMX_I32], nodata_i32),
    CASE("nodata, f32", validity.nodata[IMX_F32], nodata_f32),
    CASE("nodata, f32, NaN", validity.nodata[IMX_F32], nan_f32),
    CASE("nodata, f64", validity.nodata[IMX_F64], nodata_f64),
    CASE("qa_u8", validity.qa_u8, qa_u8),
    CASE("qa_u16", validity.qa_u16, qa_u16),
    CASE("qa_u32", validity.qa_u32, qa_u32),
    CASE("bits", validity.bits, bits),
    CASE("either", validity.either, either),
    CASE("from_rgba8", validity.from_rgba8, valid_from_rgba8),
    CASE("fill, u8", validity.fill[IMX_U8], fill_u8),
    CASE("fill, i16", validity.fill[IMX_I16], fill_i16),
    CASE("fill, f32", validity.fill[IMX_F32], fill_f32),
    CASE("widen, u8", convert.widen[IMX_U8], widen_u8),
    CASE("widen, u16", convert.widen[IMX_U16], widen_u16),
    CASE("widen, i16", convert.widen[IMX_I16], widen_i16),
    CASE("widen, u32", convert.widen[IMX_U32], widen_u32),
    CASE("widen, f32", convert.widen[IMX_F32], widen_f32),
    CASE("scale", convert.scale, scale),
    CASE("narrow, u8", convert.narrow[IMX_U8], narrow_u8),
    CASE("narrow, i16, validity", convert.narrow[IMX_I16], narrow_i16),
    CASE("narrow, u16, validity", convert.narrow[IMX_U16], narrow_u16),
    CASE("narrow, u32, validity", convert.narrow[IMX_U32], narrow_u32),
    CASE("narrow, f32, validity", convert.narrow[IMX_F32], narrow_f32),
    CASE("u16 to f32, scaled", convert.narrow[IMX_F32], convert_u16_f32),
    CASE("f32 to i16, scaled", convert.narrow[IMX_I16], convert_f32_i16),
    CASE("f16_f32", convert.f16_f32, f16),
    CASE("unpack1", convert.unpack1, unpack1),
    CASE("unpack2", convert.unpack2, unpack2),
    CASE("unpack4", convert.unpack4, unpack4),
    CASE("unpack12", convert.unpack12, unpack12),
    CASE("to_rgba8", convert.to_rgba8, to_rgba8),
    CASE("from_rgba8", convert.from_rgba8, from_rgba8),
    CASE("stretch", lookup.stretch, stretch),
    CASE("stretch, gamma", lookup.stretch, stretch_gamma),
    CASE("u8", lookup.u8, lut_u8),
    CASE("u16", lookup.u16, lut_u16),
    CASE("palette", lookup.palette, palette),
    CASE("ramp", lookup.ramp, ramp),
    CASE("add, u8", statistics.add[IMX_U8], add_u8),
    CASE("add, u16", statistics.add[IMX_U16], add_u16),
    CASE("add, u16, all valid", statistics.add[IMX_U16], add_all_u16),
    CASE("add, i32", statistics.add[IMX_I32], add_i32),
    CASE("add, f32", statistics.add[IMX_F32], add_f32),
    CASE("add, f64", statistics.add[IMX_F64], add_f64),
    CASE("bins_u8", statistics.bins_u8, bins_u8),
    CASE("bins_u16", statistics.bins_u16, bins_u16),
    CASE("bins_f32", statistics.bins_f32, bins_f32),
    CASE("over, u8", mix.over[IMX_U8], over_u8),
    CASE("over, u16", mix.over[IMX_U16], over_u16),
    CASE("over, f32", mix.over[IMX_F32], over_f32),
    CASE("under, u8", mix.under[IMX_U8], under_u8),
    CASE("under, u16", mix.under[IMX_U16], under_u16),
    CASE("under, f32", mix.under[IMX_F32], under_f32),
    CASE("weigh", mix.weigh, weigh),
    CASE("total", mix.total, total),
    CASE("add", mix.add, add),
    CASE("divide", mix.divide, divide),
    CASE("premultiply_rgba16", mix.premultiply_rgba16, premultiply16),
    CASE("unpremultiply_rgba16", mix.unpremultiply_rgba16, unpremultiply16),
    CASE("sums, 8 bits", predictor.sums[IMX_WIDTH_8], sums_8_1),
    CASE("sums, 8 bits, 3 a pixel", predictor.sums[IMX_WIDTH_8], sums_8_3),
    CASE("sums, 8 bits, 4 a pixel", predictor.sums[IMX_WIDTH_8], sums_8_4),
    CASE("sums, 16 bits", predictor.sums[IMX_WIDTH_16], sums_16_1),
    CASE("sums, 16 bits, 3 a pixel", predictor.sums[IMX_WIDTH_16], sums_16_3),
    CASE("sums, 16 bits, 4 a pixel", predictor.sums[IMX_WIDTH_16], sums_16_4),
    CASE("sums, 16 bits, 13 a pixel", predictor.sums[IMX_WIDTH_16], sums_16_13),
    CASE("sums, 32 bits", predictor.sums[IMX_WIDTH_32], sums_32_1),
    CASE("sums, 64 bits", predictor.sums[IMX_WIDTH_64], sums_64_1),
    CASE("planes, f32", predictor.planes[IMX_WIDTH_32], planes_f32),
    CASE("planes, f64", predictor.planes[IMX_WIDTH_64], planes_f64),
    CASE("swap, 16 bits", predictor.swap[IMX_WIDTH_16], swap_16),
    CASE("swap, 32 bits", predictor.swap[IMX_WIDTH_32], swap_32),
    CASE("swap, 64 bits", predictor.swap[IMX_WIDTH_64], swap_64),
    CASE("shade", relief.shade, shade),
    CASE("shade, four lights", relief.shade, shade_all_round),
    CASE("slope", relief.slope, slope),
};

const imx_plane_case *imx_plane_cases(size_t *count) {
    *count = sizeof cases / sizeof cases[0];
    return cases;
}
