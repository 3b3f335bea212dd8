/* tests/kernels/test_variants_planes.c: each level of the planar families against the references: validity, convert,
 * lookup, statistics, mix, predictor. One row of a table for each kernel: what it reads, what it writes, how to call
 * it. */
#include <math.h>

#include "tests/kernels/harness.h"

#define N_MAX 300
#define SLOT_BYTES (N_MAX * 64 + 4096)

/* What a case works on. Every buffer lies between guard pages, at the alignment of its elements. */
typedef struct args {
    rng *rng;
    imx_type type;
    size_t n;
    const void *in, *in2;
    const uint8_t *valid;  /* NULL at times */
    const uint8_t *always; /* the same, never NULL */
    void *out;             /* the same before for all levels; compared after */
    uint8_t *out_valid;    /* NULL where valid is */
    double p, q;           /* numbers that occur among the samples, at times NaN */
    uint32_t mask, value;
    size_t stride;        /* 1..40 */
    const uint8_t *table; /* 65536 bytes */
} args;

typedef struct plane_case {
    const char *name;
    void (*run)(const imx_kernels *t, const args *a);
    unsigned types;      /* bits: 1 << imx_type */
    size_t in, in2, out; /* bytes an element; BY_TYPE: of the type */
    imx_type in_type;    /* what `in` holds where it is not BY_TYPE */
} plane_case;
#define BY_TYPE 99
#define ALL_TYPES 0xffu
#define ONE 1u

static size_t type_bytes(imx_type type) {
    static const size_t bytes[IMX_TYPES] = {1, 1, 2, 2, 4, 4, 4, 8};
    return bytes[type];
}

/* ---- calls ---- */
static void nodata(const imx_kernels *t, const args *a) { t->validity.nodata[a->type](a->in, a->n, a->p, a->out); }
static void qa(const imx_kernels *t, const args *a) {
    const imx_validity_qa_fn fn = a->type == IMX_U8    ? t->validity.qa_u8
                                  : a->type == IMX_U16 ? t->validity.qa_u16
                                                       : t->validity.qa_u32;
    fn(a->in, a->n, a->mask, a->value, a->out);
}
static void bits(const imx_kernels *t, const args *a) { t->validity.bits(a->in, a->n, a->out); }
static void either(const imx_kernels *t, const args *a) { t->validity.either(a->always, a->n, a->out); }
static void valid_from_rgba8(const imx_kernels *t, const args *a) { t->validity.from_rgba8(a->in, a->n, a->out); }
static void fill(const imx_kernels *t, const args *a) { t->validity.fill[a->type](a->always, a->n, &a->p, a->out); }

static void widen(const imx_kernels *t, const args *a) { t->convert.widen[a->type](a->in, a->n, a->out); }
static void scale(const imx_kernels *t, const args *a) { t->convert.scale(a->out, a->n, a->p, a->q); }
static void narrow(const imx_kernels *t, const args *a) {
    t->convert.narrow[a->type](a->in, a->n, a->out, a->out_valid);
}
static void convert(const imx_kernels *t, const args *a) {
    imx_convert(&t->convert, &(imx_conversion){a->type, (imx_type)(a->stride % 4 + 2), 0.75, -3.5}, a->in, a->n, a->out,
                a->out_valid);
}
static void f16(const imx_kernels *t, const args *a) { t->convert.f16_f32(a->in, a->n, a->out); }
static void unpack1(const imx_kernels *t, const args *a) { t->convert.unpack1(a->in, a->n, a->out); }
static void unpack2(const imx_kernels *t, const args *a) { t->convert.unpack2(a->in, a->n, a->out); }
static void unpack4(const imx_kernels *t, const args *a) { t->convert.unpack4(a->in, a->n, a->out); }
static void unpack12(const imx_kernels *t, const args *a) { t->convert.unpack12(a->in, a->n, a->out); }
static void to_rgba8(const imx_kernels *t, const args *a) {
    const uint8_t *p = a->in;
    const uint8_t *const rgb[3] = {p, p + a->n, p + 2 * a->n};
    t->convert.to_rgba8(rgb, a->valid, a->n, a->out);
}
static void from_rgba8(const imx_kernels *t, const args *a) {
    uint8_t *p = a->out;
    uint8_t *const rgb[3] = {p, p + a->n, p + 2 * a->n};
    t->convert.from_rgba8(a->in, a->n, rgb, a->out_valid);
}

static void stretch(const imx_kernels *t, const args *a) {
    const imx_stretch s =
        imx_stretch_of(a->mask % 1000, a->value % 3000, a->stride % 4 ? 0.2 + 0.1 * (double)a->stride : 1);
    t->lookup.stretch(&s, a->in, a->n, a->out);
}
static void lut8(const imx_kernels *t, const args *a) { t->lookup.u8(a->table, a->in, a->n, a->out); }
static void lut16(const imx_kernels *t, const args *a) { t->lookup.u16(a->table, a->in, a->n, a->out); }
static void palette(const imx_kernels *t, const args *a) { t->lookup.palette(a->table, a->in, a->n, a->out); }
static void ramp(const imx_kernels *t, const args *a) {
    const imx_ramp r = {(float)(a->mask % 500), 0.01f * (float)a->stride, a->table, (int32_t)(1 + a->value % 300)};
    t->lookup.ramp(&r, a->in, a->valid, a->n, a->out);
}

static void statistics(const imx_kernels *t, const args *a) {
    imx_statistics s = IMX_STATISTICS_NONE;
    memset(a->out, 0, sizeof s); /* padding, if there is any */
    const size_t half = a->n / 2;
    t->statistics.add[a->type](a->in, a->valid, half, &s);
    t->statistics.add[a->type]((const char *)a->in + half * type_bytes(a->type), a->valid ? a->valid + half : NULL,
                               a->n - half, &s);
    memcpy(a->out, &s, sizeof s);
}
static void bins_u8(const imx_kernels *t, const args *a) { t->statistics.bins_u8(a->in, a->valid, a->n, a->out); }
static void bins_f32(const imx_kernels *t, const args *a) {
    const imx_bins b = {-100, (double)(a->mask % 5000), (int32_t)(1 + a->value % 250), a->out};
    t->statistics.bins_f32(a->in, a->valid, a->n, &b);
}

static void over(const imx_kernels *t, const args *a) { t->mix.over[a->type](a->out, a->in, a->always, a->n); }
static void under(const imx_kernels *t, const args *a) {
    t->mix.under[a->type](a->out, a->in2, a->in, a->always, a->n);
}
static void weigh(const imx_kernels *t, const args *a) { t->mix.weigh(a->out, a->always, a->n); }
static void total(const imx_kernels *t, const args *a) { t->mix.total(a->out, a->in2, a->n); }
static void add(const imx_kernels *t, const args *a) { t->mix.add(a->out, a->in, a->in2, a->n); }
static void divide(const imx_kernels *t, const args *a) { t->mix.divide(a->out, a->in, a->n, a->out_valid); }
static void mix_add(const imx_kernels *t, const args *a) { imx_mix_add(t, a->type, a->out, a->in, a->in2, a->n); }
static void resolve(const imx_kernels *t, const args *a) {
    double sum[N_MAX];
    memcpy(sum, a->in2, a->n * sizeof sum[0]);
    imx_mix_resolve(t, a->type, sum, a->in, a->n, a->out, a->out_valid);
}
static void premultiply16(const imx_kernels *t, const args *a) { t->mix.premultiply_rgba16(a->out, a->n); }
static void unpremultiply16(const imx_kernels *t, const args *a) { t->mix.unpremultiply_rgba16(a->out, a->n); }

static imx_width width_of(imx_type type) { return (imx_width)__builtin_ctzl(type_bytes(type)); }
static void sums(const imx_kernels *t, const args *a) { t->predictor.sums[width_of(a->type)](a->out, a->n, a->stride); }
static void planes(const imx_kernels *t, const args *a) { t->predictor.planes[width_of(a->type)](a->in, a->n, a->out); }
static void swap(const imx_kernels *t, const args *a) { t->predictor.swap[width_of(a->type)](a->out, a->n); }

#define U8_U16_U32 (1u << IMX_U8 | 1u << IMX_U16 | 1u << IMX_U32)
#define EACH_WIDTH (U8_U16_U32 | 1u << IMX_F64)
static const plane_case cases[] = {
    {"validity.nodata", nodata, ALL_TYPES, BY_TYPE, 0, 1, 0},
    {"validity.qa", qa, U8_U16_U32, BY_TYPE, 0, 1, 0},
    {"validity.bits", bits, ONE, 1, 0, 1, IMX_U8},
    {"validity.either", either, ONE, 0, 0, 1, 0},
    {"validity.from_rgba8", valid_from_rgba8, ONE, 4, 0, 1, IMX_U8},
    {"validity.fill", fill, ALL_TYPES, 0, 0, BY_TYPE, 0},
    {"convert.widen", widen, ALL_TYPES, BY_TYPE, 0, 8, 0},
    {"convert.scale", scale, ONE, 0, 0, 8, 0},
    {"convert.narrow", narrow, ALL_TYPES, 8, 0, BY_TYPE, IMX_F64},
    {"imx_convert", convert, ALL_TYPES, BY_TYPE, 0, 4, 0},
    {"convert.f16_f32", f16, ONE, 2, 0, 4, IMX_U16},
    {"convert.unpack1", unpack1, ONE, 1, 0, 1, IMX_U8},
    {"convert.unpack2", unpack2, ONE, 1, 0, 1, IMX_U8},
    {"convert.unpack4", unpack4, ONE, 1, 0, 1, IMX_U8},
    {"convert.unpack12", unpack12, ONE, 2, 0, 2, IMX_U8},
    {"convert.to_rgba8", to_rgba8, ONE, 3, 0, 4, IMX_U8},
    {"convert.from_rgba8", from_rgba8, ONE, 4, 0, 3, IMX_U8},
    {"lookup.stretch", stretch, ONE, 4, 0, 1, IMX_F32},
    {"lookup.u8", lut8, ONE, 1, 0, 1, IMX_U8},
    {"lookup.u16", lut16, ONE, 2, 0, 1, IMX_U16},
    {"lookup.palette", palette, ONE, 1, 0, 4, IMX_U8},
    {"lookup.ramp", ramp, ONE, 4, 0, 4, IMX_F32},
    {"statistics.add", statistics, ALL_TYPES, BY_TYPE, 0, sizeof(imx_statistics), 0},
    {"statistics.bins_u8", bins_u8, ONE, 1, 0, 256 * 8, IMX_U8},
    {"statistics.bins_f32", bins_f32, ONE, 4, 0, 256 * 8, IMX_F32},
    {"mix.over", over, ALL_TYPES, BY_TYPE, 0, BY_TYPE, 0},
    {"mix.under", under, ALL_TYPES, BY_TYPE, 1, BY_TYPE, 0},
    {"mix.weigh", weigh, ONE, 0, 0, 2, 0},
    {"mix.total", total, ONE, 0, 2, 8, 0},
    {"mix.add", add, ONE, 8, 2, 8, IMX_F64},
    {"mix.divide", divide, ONE, 8, 0, 8, IMX_F64},
    {"imx_mix_add", mix_add, ALL_TYPES, BY_TYPE, 2, 8, 0},
    {"imx_mix_resolve", resolve, ALL_TYPES, 8, 8, BY_TYPE, IMX_F64},
    {"mix.premultiply_rgba16", premultiply16, ONE, 0, 0, 8, 0},
    {"mix.unpremultiply_rgba16", unpremultiply16, ONE, 0, 0, 8, 0},
    {"predictor.sums", sums, EACH_WIDTH, 0, 0, BY_TYPE, 0},
    {"predictor.planes", planes, EACH_WIDTH, BY_TYPE, 0, BY_TYPE, 0},
    {"predictor.swap", swap, EACH_WIDTH, 0, 0, BY_TYPE, 0},
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* Is the output one value an element (else one state for all)? */
static bool is_state(const plane_case *c) { return c->out != BY_TYPE && c->out >= 64; }

/* ---- samples ---- */

static double odd_number(rng *r) {
    static const double odd[] = {
        0,     -0.0,  0.5,        -0.5,         0.49999999999999994, 2.5,          -2.5,         254.5,   255.5,
        1e10,  -1e10, 2147483647, 2147483647.5, -2147483648.5,       4294967295.0, 4294967295.5, 65535.5, -32768.5,
        127.5, 1e300, 3.5e38};
    switch (rng_below(r, 12)) {
    case 0: return NAN;
    case 1: return rng_below(r, 2) ? HUGE_VAL : -HUGE_VAL;
    case 2: return odd[rng_below(r, sizeof odd / sizeof odd[0])];
    case 3: return rng_between(r, -300, 300) + 0.5;
    case 4: return ldexp(rng_between(r, -1000, 1000), rng_between(r, -1060, 20));
    default: return rng_between(r, -70000, 70000) / 16.0;
    }
}

/* Few distinct values, so that some equal each other; extremes; any bits. */
static void fill_samples(imx_type type, void *p, size_t n, rng *r) {
    const bool wild = rng_below(r, 2), plain = rng_below(r, 4) == 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t any = rng_next(r);
        const uint64_t whole = wild           ? any
                               : any % 5 == 0 ? UINT64_MAX
                               : any % 5 == 1 ? (uint64_t)INT64_MIN >> 32
                                              : any & 3;
        const double number = plain ? (double)rng_below(r, 4) : odd_number(r);
        switch (type) {
        case IMX_U8:
        case IMX_I8: ((uint8_t *)p)[i] = (uint8_t)(wild ? any : any % 5 == 1 ? 128 : whole); break;
        case IMX_U16:
        case IMX_I16: ((uint16_t *)p)[i] = (uint16_t)(wild ? any : any % 5 == 1 ? 32768 : whole); break;
        case IMX_U32:
        case IMX_I32: ((uint32_t *)p)[i] = (uint32_t)whole; break;
        case IMX_F32: ((float *)p)[i] = (float)number; break;
        case IMX_F64: ((double *)p)[i] = number; break;
        }
    }
}

static void fill_valid(uint8_t *p, size_t n, rng *r) {
    const uint32_t kind = rng_below(r, 4);
    for (size_t i = 0; i < n; i++) {
        p[i] = kind == 0 ? 255 : kind == 1 ? 0 : rng_below(r, 2) ? 0 : rng_below(r, 3) ? 255 : (uint8_t)rng_next(r);
    }
}

/* ---- the harness ---- */

typedef struct fixture {
    levels levels;
    rng rng;
    guarded in, in2, valid, out, out_valid;
    uint8_t before[SLOT_BYTES], want[SLOT_BYTES], before_valid[N_MAX], want_valid[N_MAX];
    uint8_t table[65536];
} fixture;

static size_t align_of(size_t bytes) { return bytes >= 8 ? 8 : bytes ? bytes & (~bytes + 1) : 1; }

static void run_round(fixture *f, const plane_case *c, imx_type type, unsigned round) {
    rng *r = &f->rng;
    const size_t bytes = type_bytes(type);
    const size_t in = c->in == BY_TYPE ? bytes : c->in, out = c->out == BY_TYPE ? bytes : c->out;
    args a = {.rng = r, .type = type, .n = round < 70 ? round : rng_below(r, N_MAX), .table = f->table};
    /* Samples are aligned to their size; rgba8 and packed bits are not. */
    const imx_type in_type = c->in == BY_TYPE ? type : c->in_type;
    const size_t in_bytes = a.n * in, out_bytes = is_state(c) ? out : a.n * out;
    uint8_t *p = guarded_place(&f->in, in_bytes, type_bytes(in_type), r);
    fill_samples(in_type, p, in_bytes / type_bytes(in_type), r);
    a.in = p;
    p = guarded_place(&f->in2, a.n * c->in2, align_of(c->in2), r);
    if (c->in2 == 8) {
        fill_samples(IMX_F64, p, a.n, r);
    } else if (c->in2 == 1) {
        fill_valid(p, a.n, r);
    } else {
        fill_samples(IMX_U16, p, a.n * c->in2 / 2, r);
    }
    a.in2 = p;
    p = guarded_place(&f->valid, a.n, 1, r);
    fill_valid(p, a.n, r);
    a.always = p;
    const bool with_valid = rng_below(r, 3);
    a.valid = with_valid ? p : NULL;
    if (c->out == 8 && c->run != widen && c->run != premultiply16 && c->run != unpremultiply16) {
        fill_samples(IMX_F64, f->before, a.n, r);
    } else if (is_state(c)) {
        memset(f->before, 3, out_bytes);
    } else {
        fill_samples(IMX_U16, f->before, out_bytes / 2 + 1, r);
    }
    fill_valid(f->before_valid, a.n, r);
    a.p = odd_number(r);
    a.q = odd_number(r);
    if (rng_below(r, 2)) {
        a.p = rng_below(r, 4);
    }
    a.mask = (uint32_t)(rng_below(r, 2) ? rng_next(r) : rng_below(r, 8));
    a.value = rng_below(r, 2) ? 0 : rng_below(r, 3) ? (uint32_t)rng_next(r) & a.mask & 0xff : (uint32_t)rng_next(r);
    a.stride = 1 + rng_below(r, round % 2 ? 8 : 40);
    for (size_t l = 0; l < f->levels.count; l++) {
        a.out = guarded_place(&f->out, out_bytes, align_of(out), r);
        memcpy(a.out, f->before, out_bytes);
        uint8_t *out_valid = guarded_place(&f->out_valid, a.n, 1, r);
        memcpy(out_valid, f->before_valid, a.n);
        a.out_valid = with_valid ? out_valid : NULL;
        c->run(&f->levels.table[l], &a);
        guarded_check(&f->out, a.out, out_bytes);
        guarded_check(&f->out_valid, out_valid, a.n);
        if (l == 0) {
            memcpy(f->want, a.out, out_bytes);
            memcpy(f->want_valid, out_valid, a.n);
        }
        if (memcmp(a.out, f->want, out_bytes) != 0 || memcmp(out_valid, f->want_valid, a.n) != 0) {
            size_t at = 0;
            while (at < out_bytes && ((uint8_t *)a.out)[at] == f->want[at]) {
                at++;
            }
            fail_msg("%s, type %d, %s: n %zu, stride %zu: byte %zu of %zu differs", c->name, (int)type,
                     imx_cpu_name(f->levels.table[l].cpu_mask), a.n, a.stride, at, out_bytes);
        }
    }
}

static void test_every_case(void **state) {
    fixture *f = *state;
    for (size_t c = 0; c < CASES; c++) {
        for (imx_type type = IMX_U8; type < IMX_TYPES; type++) {
            const unsigned rounds = cases[c].types >> type & 1 ? rng_rounds(400) : 0;
            for (unsigned i = 0; i < rounds; i++) {
                run_round(f, &cases[c], type, i);
            }
        }
    }
}

/* 16-bit histograms have half a megabyte of bins. */
static void test_bins_u16(void **state) {
    fixture *f = *state;
    static uint64_t want[65536], got[65536];
    uint16_t samples[N_MAX];
    fill_samples(IMX_U16, samples, N_MAX, &f->rng);
    for (size_t l = 0; l < f->levels.count; l++) {
        memset(l ? got : want, 0, sizeof got);
        f->levels.table[l].statistics.bins_u16(samples, f->table, N_MAX, l ? got : want);
        assert_memory_equal(l ? got : want, want, sizeof got);
    }
}

/* Every colour against many alphas, and the other way. */
static void test_rgba16_divisions(void **state) {
    fixture *f = *state;
    enum { N = 65536 };
    static uint16_t before[4 * N], want[4 * N], got[4 * N];
    for (unsigned round = 0; round < 24; round++) {
        for (unsigned i = 0; i < N; i++) {
            const uint16_t a = (uint16_t)(round < 8 ? i : round < 16 ? round - 8 : rng_next(&f->rng));
            const uint16_t px[4] = {(uint16_t)rng_next(&f->rng), (uint16_t)i, (uint16_t)(65535 - round), a};
            memcpy(before + 4 * i, px, sizeof px);
        }
        for (size_t l = 0; l < f->levels.count; l++) {
            const imx_mix_kernels *k = &f->levels.table[l].mix;
            const imx_mix_premultiply_fn fn = round % 2 ? k->premultiply_rgba16 : k->unpremultiply_rgba16;
            uint16_t *px = l ? got : want;
            memcpy(px, before, sizeof before);
            fn(px, N);
            assert_memory_equal(px, want, sizeof want);
        }
    }
}

/* More samples than one lane of a variant's sums takes. */
static void test_long_sums(void **state) {
    fixture *f = *state;
    enum { N = 600000 };
    static uint16_t samples[N];
    for (int kind = 0; kind < 3; kind++) {
        memset(samples, kind == 0 ? 0xff : kind == 1 ? 0x80 : 0x7f, sizeof samples);
        for (imx_type type = IMX_U8; type <= IMX_I16; type++) {
            imx_statistics want = IMX_STATISTICS_NONE;
            for (size_t l = 0; l < f->levels.count; l++) {
                imx_statistics got = IMX_STATISTICS_NONE;
                f->levels.table[l].statistics.add[type](samples, NULL, N, &got);
                want = l ? want : got;
                assert_memory_equal(&got, &want, sizeof got);
            }
        }
    }
}

static int setup(void **state) {
    static fixture f;
    f.levels = levels_here();
    f.rng = rng_create();
    guarded *all[] = {&f.in, &f.in2, &f.valid, &f.out, &f.out_valid};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        *all[i] = guarded_create(SLOT_BYTES);
    }
    for (size_t i = 0; i < sizeof f.table; i++) {
        f.table[i] = (uint8_t)rng_next(&f.rng);
    }
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    guarded *all[] = {&f->in, &f->in2, &f->valid, &f->out, &f->out_valid};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        guarded_destroy(all[i]);
    }
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_case),
        cmocka_unit_test(test_bins_u16),
        cmocka_unit_test(test_rgba16_divisions),
        cmocka_unit_test(test_long_sums),
    };
    return cmocka_run_group_tests_name("kernels: plane variants", tests, setup, teardown);
}
