/* tiler/cli/job_options.c: what `imbrex tile` and `imbrex warp` have in common: defaults, resampling, the run. */
#include "tiler/cli/job_options_inner.h"

#include <string.h>
#include <unistd.h>

enum { TILE_PX_MIN = 64, TILE_PX_MAX = 4096 };

imx_status imx_parse_tile_px(const char *what, const char *value, imx_error *err, uint32_t *out) {
    long px;
    imx_status s = imx_parse_int(what, value, TILE_PX_MIN, TILE_PX_MAX, err, &px);
    if (!s && (px & (px - 1))) {
        s = imx_fail(err, IMX_E_USAGE, "%s: %ld is not a power of two", what, px);
    }
    *out = s ? *out : (uint32_t)px;
    return s;
}

SETTER(resample) return imx_resample_parse(value, err, &o->job.resample);
}
SETTER(overview)
o->target.overview_given = true;
return imx_overview_parse(value, err, &o->job.overview);
}

SETTER(error_threshold) return imx_parse_real("--error-threshold", value, 0, 16, err, &o->job.error_threshold_px);
}

const imx_option imx_resampling_options[] = {
    {"resample", 'r', "METHOD",
     "nearest, bilinear, cubic, cubicspline, lanczos, average,\nmode, min, max, med, q1, q3, sum, rms (bilinear)",
     set_resample},
    {"overview-resample", 0, "METHOD",
     "how a zoom is made of the next finer one: average, nearest,\nmode, min, max, bilinear, cubic, lanczos (average)",
     set_overview},
    {"error-threshold", 0, "PX", "largest error of a position, output pixels; 0: exact\n(0.015625)",
     set_error_threshold},
    IMX_OPTION_END,
};

/* ---- the run ---- */

SETTER(threads)
long threads;
imx_status s = imx_parse_int("--threads", value, 1, IMX_THREADS_MAX, err, &threads);
o->threads = s ? o->threads : (unsigned)threads;
return s;
}

SETTER(memory)
imx_status s = imx_parse_bytes("--memory", value, err, &o->memory_bytes);
if (!s && o->memory_bytes < (size_t)IMX_MEMORY_MIN_MIB << 20) {
    s = imx_fail(err, IMX_E_USAGE, "--memory: %s is too little; at least %dM", value, IMX_MEMORY_MIN_MIB);
}
return s;
}

SETTER(cpu)
static const struct {
    const char *name;
    unsigned mask;
} levels[] = {{"scalar", IMX_CPU_NONE},
              {"sse4.2", IMX_CPU_SSE42},
              {"avx2", IMX_CPU_SSE42 | IMX_CPU_AVX2},
              {"neon", IMX_CPU_NEON}};
for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    if (!strcmp(value, levels[i].name)) {
        o->cpu_mask = levels[i].mask;
        return IMX_OK;
    }
}
return imx_fail(err, IMX_E_USAGE, "--cpu-mask: '%s' is not scalar, sse4.2, avx2 or neon", value);
}

SETTER(progress)
static const char *const modes[] = {"auto", "plain", "json", "none"};
for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    if (!strcmp(value, modes[i])) {
        o->progress = (imx_progress_mode)i;
        return IMX_OK;
    }
}
return imx_fail(err, IMX_E_USAGE, "--progress: '%s' is not auto, plain, json or none", value);
}

SETTER(dry_run)
o->dry_run = true;
return IMX_OK;
}

SETTER(json)
o->json = true;
return IMX_OK;
}

SETTER(verbose)
o->verbose = true;
return IMX_OK;
}

SETTER(quiet)
o->quiet = true;
o->progress = IMX_PROGRESS_NONE;
return IMX_OK;
}

const imx_option imx_running_options[] = {
    IMX_OPTION_HEADING("Running"),
    {"threads", 'j', "N", "worker threads (one a core)", set_threads},
    {"memory", 0, "SIZE", "bound on memory, e.g. 512M, 2G (a quarter, at most 1G)", set_memory},
    {"progress", 0, "MODE", "auto, plain, json (one object a line, on standard\noutput), none (auto)", set_progress},
    {"dry-run", 0, NULL, "print the plan (scenes, what is made, bytes); write nothing", set_dry_run},
    {"json", 0, NULL, "with --dry-run: the whole job plan as JSON", set_json},
    {"cpu-mask", 0, "LEVEL", "scalar, sse4.2, avx2, neon: no better kernels than that", set_cpu},
    {"verbose", 'v', NULL, "say what is decided", set_verbose},
    {"quiet", 0, NULL, "errors only", set_quiet},
    {"help", 'h', NULL, "this text", NULL},
    IMX_OPTION_END,
};

void imx_job_cli_init(imx_job_cli *o) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    double quarter = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / 4;
    size_t least = (size_t)IMX_MEMORY_MIN_MIB << 20, most = (size_t)1 << 30;
    *o = (imx_job_cli){
        .job = {.grid = "WebMercatorQuad",
                .zoom_min_auto = true,
                .zoom_max_auto = true,
                .resample = IMX_RESAMPLE_BILINEAR,
                .mosaic = IMX_MOSAIC_OVER,
                .error_threshold_px = 1.0 / 64,
                .picture.relief = {.azimuth_deg = 315, .altitude_deg = 45, .z_factor = 1},
                .codec = IMX_CODEC_OPTIONS_DEFAULT,
                .source_overviews = true},
        .threads = cores < 1                 ? 1
                   : cores > IMX_THREADS_MAX ? IMX_THREADS_MAX
                                             : (unsigned)cores,
        .cpu_mask = imx_cpu_detect(),
        .memory_bytes = quarter < (double)least  ? least
                        : quarter > (double)most ? most
                                                 : (size_t)quarter,
        .progress = IMX_PROGRESS_AUTO,
    };
}
