/* tiler/kernel_bench.c: times each kernel at each CPU level. */
#include "tiler/kernel_bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tiler/kernel_bench_pixels.h"
#include "tiler/kernel_bench_planes.h"
#include "tiler/kernel_list.h"

enum {
    PASSES = 15, /* or fewer, where they have taken long enough */
    PASSES_MIN = 3,
    LEVELS_MAX = 4
};

static const double ENOUGH_S = 0.015;

/* ---- timing ---- */

/* A case of either kind. */
typedef struct subject {
    const char *name;
    size_t member;
    const imx_pixel_case *pixel_case; /* or NULL */
    const imx_plane_case *plane_case;
    imx_bench_pixels *pixels;
    imx_bench_planes *planes;
} subject;

static void prepare(const subject *s) {
    if (s->pixel_case) {
        imx_bench_pixels_prepare(s->pixels, s->pixel_case->tile);
    } else {
        imx_bench_planes_prepare(s->planes);
    }
}

static void run(const subject *s, const imx_kernels *kernels) {
    if (s->pixel_case) {
        s->pixel_case->run(kernels, s->pixels);
    } else {
        s->plane_case->run(kernels, s->planes);
    }
}

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double mpx_per_s(const subject *s, const imx_kernels *kernels) {
    double seconds[PASSES], spent = 0;
    int passes = 0;
    for (int pass = -1; pass < PASSES && (passes < PASSES_MIN || spent < ENOUGH_S); pass++) { /* the first warms up */
        prepare(s);
        const double start = cpu_seconds();
        run(s, kernels);
        if (pass >= 0) {
            seconds[passes] = cpu_seconds() - start;
            spent += seconds[passes++];
        }
    }
    qsort(seconds, (size_t)passes, sizeof seconds[0], by_value);
    const double median = seconds[passes / 2];
    return IMX_BENCH_PIXELS / 1e6 / (median > 1e-9 ? median : 1e-9); /* a clock has its grain */
}

/* ---- levels ---- */
static size_t levels_of(unsigned cpu_mask, imx_kernels tables[LEVELS_MAX]) {
    const unsigned masks[LEVELS_MAX] = {IMX_CPU_NONE, IMX_CPU_SSE42, IMX_CPU_SSE42 | IMX_CPU_AVX2, IMX_CPU_NEON};
    const unsigned here = cpu_mask & imx_cpu_detect();
    size_t count = 0;
    for (size_t i = 0; i < LEVELS_MAX; i++) {
        if ((masks[i] & here) == masks[i]) {
            imx_kernels_init(&tables[count++], masks[i]);
        }
    }
    return count;
}

static const char *family_of(size_t member) {
    const imx_kernel_entry *entry = imx_kernel_find(member);
    return entry ? entry->family : "";
}

/* The cases on pixels, then those on planes. false: there are no more. */
static bool subject_at(size_t i, imx_bench_pixels *pixels, imx_bench_planes *planes, subject *out) {
    size_t pixel_count, plane_count;
    const imx_pixel_case *on_pixels = imx_pixel_cases(&pixel_count);
    const imx_plane_case *on_planes = imx_plane_cases(&plane_count);
    if (i < pixel_count) {
        *out = (subject){on_pixels[i].name, on_pixels[i].member, &on_pixels[i], NULL, pixels, NULL};
    } else if (i < pixel_count + plane_count) {
        const imx_plane_case *c = &on_planes[i - pixel_count];
        *out = (subject){c->name, c->member, NULL, c, NULL, planes};
    }
    return i < pixel_count + plane_count;
}

/* The rows of one case: the reference, then every level that brings a kernel of its own. */
static size_t measure(const subject *s, const imx_kernels *tables, size_t levels, imx_kernel_bench_row *rows) {
    size_t n = 0;
    for (size_t l = 0; l < levels; l++) {
        if (l == 0 || !imx_kernel_same(&tables[l], &tables[l - 1], s->member)) {
            const double speed = mpx_per_s(s, &tables[l]);
            rows[n] = (imx_kernel_bench_row){family_of(s->member), s->name, imx_cpu_name(tables[l].cpu_mask), speed,
                                             n ? speed / rows[0].mpx_per_s : 1};
            n++;
        }
    }
    return n;
}

imx_status imx_kernel_bench(imx_memory *memory, unsigned cpu_mask, imx_error *err, imx_kernel_bench_row *rows,
                            size_t *count) {
    imx_status status = IMX_OK;
    imx_kernels tables[LEVELS_MAX];
    const size_t levels = levels_of(cpu_mask, tables);
    bool measured[IMX_KERNEL_BENCH_ROWS_MAX] = {false};
    size_t n = 0;
    imx_bench_pixels *pixels = imx_bench_pixels_create(memory);
    imx_bench_planes *planes = imx_bench_planes_create(memory);
    if (!pixels || !planes) {
        status = imx_fail(err, IMX_E_NOMEM, "kernel benchmark: out of memory");
        goto out;
    }
    subject first, s;
    for (size_t i = 0; subject_at(i, pixels, planes, &first); i++) { /* each with the rest of its family */
        const char *family = family_of(first.member);
        for (size_t k = i; n + LEVELS_MAX <= IMX_KERNEL_BENCH_ROWS_MAX && subject_at(k, pixels, planes, &s); k++) {
            if (!measured[k] && strcmp(family_of(s.member), family) == 0) {
                n += measure(&s, tables, levels, rows + n);
                measured[k] = true;
            }
        }
    }
    *count = n;
out:
    imx_bench_planes_destroy(memory, &planes);
    imx_bench_pixels_destroy(memory, &pixels);
    return status;
}
