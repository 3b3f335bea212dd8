/* tiler/cli/cmd_info.c: `imbrex info`: what an archive says of itself, and what a raster is to us. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/delivery.h"
#include "engine/folder.h"
#include "tiler/cli/commands.h"
#include "tiler/cli/job_options.h"
#include "tiler/describe.h"
#include "tiler/raster_info.h"

/* The raster library's own block cache. */
static const size_t library_cache_bytes = (size_t)8 << 20;

typedef struct info_options {
    imx_job_cli job; /* the first member: its options are set through it */
    bool json, whole;
    imx_memory *memory;
} info_options;

static imx_status set_json(void *to, const char *value, imx_error *err) {
    (void)value, (void)err;
    ((info_options *)to)->json = true;
    return IMX_OK;
}

static imx_status set_stats(void *to, const char *value, imx_error *err) {
    (void)value, (void)err;
    ((info_options *)to)->whole = true;
    return IMX_OK;
}

static const imx_option table[] = {
    IMX_OPTION_HEADING("Options"),
    {"json", 0, NULL, "one JSON object for each", set_json},
    {"stats", 0, NULL,
     "statistics and validity of all pixels of a raster, instead of an\noverview or a sample of blocks", set_stats},
    {"help", 'h', NULL, "this text", NULL},
    IMX_OPTION_HEADING("What imbrex tile would do with these (of rasters and deliveries)"),
    IMX_OPTION_END,
};

static const imx_command command = {
    .name = "info",
    .summary = "what an archive, a raster or a delivery holds, and what becomes of it",
    .usage = "[options] ARCHIVE|RASTER|DELIVERY...",
    .about = "Of an archive: grid, zooms, tiles, bounds, the generation and the scenes it was made from. Nothing is\n"
             "scanned; imbrex verify looks at every tile. Of a raster: its bands with their statistics (an\n"
             "overview's, or a sample's), what is valid, where it lies and by which georeferencing; and what\n"
             "imbrex tile would do with it: bands and stretch of the picture, PROJ's operation, zooms, tiles,\n"
             "bytes, warnings. Where it would refuse, why. Of a delivery (Landsat, Sentinel-2, Gaofen; a folder\n"
             "or its .tar or .zip) also product and time. An archive of several is each of them.",
    .examples =
        "  imbrex info map.pmtiles\n  imbrex info scene.tif\n  imbrex info --stats --src-crs EPSG:32650 plain.tif\n"
        "  imbrex info --json scene.tif | jq .footprint\n",
    .options = (const imx_option *const[]){table, imx_colour_options, imx_scene_options, NULL},
};

static imx_status describe_archive(const info_options *o, const char *path, imx_error *err, char **text) {
    imx_store_reader *reader = NULL;
    imx_status s = imx_store_reader_open(o->memory, path, err, &reader);
    s = s ? s : (o->json ? imx_describe_json : imx_describe_text)(o->memory, path, reader, err, text);
    imx_store_reader_close(&reader);
    return s;
}

/* On a terminal, on one line that is cleared at the end. */
static void on_progress(void *context, double share) {
    (void)context;
    if (share < 1) {
        (void)fprintf(stderr, "\rstatistics: %3.0f %%", 100 * share);
    } else {
        (void)fprintf(stderr, "\r%16s\r", "");
    }
}

static imx_status describe_raster(const info_options *o, const char *path, imx_error *err, char **text) {
    imx_raster_info_options options = {.job = &o->job.job, .measure = {.whole = o->whole}};
    options.measure.progress = o->whole && isatty(STDERR_FILENO) ? on_progress : NULL;
    imx_sources_init(library_cache_bytes);
    imx_status s = (o->json ? imx_raster_info_json : imx_raster_info_text)(o->memory, path, &options, err, text);
    imx_sources_finish();
    return s;
}

/* By its name: what ends as an archive does, or is a folder, is one; everything else a raster. */
static bool names_archive(const char *path) {
    struct stat info;
    const char *dot = strrchr(path, '.');
    return (dot && !strcmp(dot, ".pmtiles")) || (stat(path, &info) == 0 && S_ISDIR(info.st_mode));
}

static imx_status describe(const info_options *o, const char *path, imx_error *err) {
    char *text = NULL, *name = imx_input_name(NULL, path);
    if (!name) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    }
    const bool never_archive = !strncmp(name, "/vsi", 4) || imx_delivery_is(NULL, path);
    imx_status s = never_archive ? describe_raster(o, name, err, &text) : describe_archive(o, path, err, &text);
    imx_free(NULL, name);
    if (s == IMX_E_INPUT && !never_archive && !names_archive(path)) {
        imx_error as_raster = IMX_ERROR_INIT;
        s = describe_raster(o, path, &as_raster, &text);
        if (s != IMX_E_INPUT || access(path, R_OK) == 0) {
            *err = as_raster;
        }
    }
    if (!s) {
        (void)printf(o->json ? "%s\n" : "%s", text);
    }
    imx_free(o->memory, text);
    return s;
}

/* The paths of a delivery that is several scenes, or of what an archive of scenes holds; *count 0: it is anything else.
 */
static imx_status find_parts(const char *path, imx_error *err, char ***parts, size_t *count) {
    char *name = imx_input_name(NULL, path);
    imx_status s = name ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    if (!s && imx_folder_is_archive(name)) {
        imx_sources_init((size_t)8 << 20);
        s = imx_inputs_expand(NULL, &path, 1, err, parts, count);
        imx_sources_finish();
    } else if (!s) {
        s = imx_delivery_parts(NULL, name, err, parts, count);
    }
    imx_free(NULL, name);
    return s;
}

static imx_status describe_all(const info_options *o, const char *path, imx_error *err) {
    char **parts = NULL;
    size_t count = 0;
    imx_status s = find_parts(path, err, &parts, &count);
    for (size_t i = 0; i < count && !s; i++) {
        s = describe(o, parts[i], err);
        if (!s && i + 1 < count && !o->json) {
            (void)puts("");
        }
    }
    imx_inputs_free(NULL, parts, count);
    return s || count ? s : describe(o, path, err);
}

int imx_cmd_info(int argc, char **argv) {
    info_options o = {.json = false};
    imx_error err = IMX_ERROR_INIT;
    int positional, exit_status;
    imx_job_cli_init(&o.job);
    if (!imx_cmd_begin(&command, argc, argv, &o, &positional, &exit_status)) {
        return exit_status;
    }
    if (!positional) {
        (void)imx_fail(&err, IMX_E_USAGE, "name at least one archive or raster: imbrex info ARCHIVE|RASTER...");
        return imx_cmd_fail("info", &err);
    }
    o.job.job.block_limit_bytes = o.job.memory_bytes / 3;
    imx_status s = imx_memory_create(o.job.memory_bytes, &o.memory);
    for (int i = 1; i <= positional && !s; i++) {
        s = describe_all(&o, argv[i], &err);
        if (!s && i < positional && !o.json) {
            (void)puts("");
        }
    }
    imx_memory_destroy(&o.memory);
    return s ? imx_cmd_fail("info", &err) : 0;
}
