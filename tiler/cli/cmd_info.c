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
#include "tiler/raster_table.h"

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
    {"json", 0, NULL, "one JSON object for each; a list of them of what holds several", set_json},
    {"stats", 0, NULL,
     "statistics and validity of all pixels of a raster, instead of an\noverview or a sample of blocks", set_stats},
    {"help", 'h', NULL, "this text", NULL},
    IMX_OPTION_HEADING("What imbrex tile would do with these (of rasters and deliveries)"),
    IMX_OPTION_END,
};

static const imx_command command = {
    .name = "info",
    .summary = "what an archive, a raster or a delivery holds, and what becomes of it",
    .usage = "[options] ARCHIVE|RASTER|DELIVERY|FOLDER...",
    .about = "Of an archive: grid, zooms, tiles, bounds, the generation and the scenes it was made from. Nothing is\n"
             "scanned; imbrex verify looks at every tile. Of a raster: its bands with their statistics (an\n"
             "overview's, or a sample's), what is valid, where it lies and by which georeferencing; and what\n"
             "imbrex tile would do with it: bands and stretch of the picture, PROJ's operation, zooms, tiles,\n"
             "bytes, warnings. Where it would refuse, why. Of a delivery (Landsat, Sentinel-2, Gaofen; a folder\n"
             "or its .tar or .zip) also product and time. Of a folder or archive of several: all that imbrex tile\n"
             "would take of it, a line for each, and the tiles of all; --json has each in full.",
    .examples = "  imbrex info map.pmtiles\n  imbrex info scene.tif\n  imbrex info scenes/\n  imbrex info --stats "
                "--src-crs EPSG:32650 plain.tif\n"
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

static imx_raster_info_options raster_options(const info_options *o) {
    imx_raster_info_options options = {.job = &o->job.job, .measure = {.whole = o->whole}};
    options.measure.progress = o->whole && isatty(STDERR_FILENO) ? on_progress : NULL;
    return options;
}

static imx_status describe_raster(const info_options *o, const char *path, imx_error *err, char **text) {
    const imx_raster_info_options options = raster_options(o);
    return (o->json ? imx_raster_info_json : imx_raster_info_text)(o->memory, path, &options, err, text);
}

/* ---- several scenes ---- */

static imx_status unreadable(const char *path, size_t bad, size_t count, imx_error *err) {
    return bad ? imx_fail(err, IMX_E_INPUT, "%s: %zu of %zu scenes cannot be read", path, bad, count) : IMX_OK;
}

/* A list, each as soon as it is known. */
static imx_status list_json(const info_options *o, const char *path, char *const *scenes, size_t count,
                            imx_error *err) {
    size_t bad = 0;
    imx_status s = IMX_OK;
    imx_error own = IMX_ERROR_INIT;
    (void)putchar('[');
    for (size_t i = 0; i < count && !s; i++) {
        char *text = NULL;
        own = (imx_error)IMX_ERROR_INIT;
        s = describe_raster(o, scenes[i], &own, &text);
        if (imx_raster_unreadable(s)) {
            s = imx_raster_info_json_refused(o->memory, scenes[i], own.text, &own, &text);
            bad++;
        }
        (void)printf("%s%s", i && text ? ",\n" : "", text ? text : "");
        imx_free(o->memory, text);
    }
    (void)puts("]");
    return s ? imx_fail(err, s, "%s", own.text) : unreadable(path, bad, count, err);
}

static imx_status show_table(const info_options *o, const char *path, char *const *scenes, size_t count,
                             imx_error *err) {
    const imx_raster_info_options options = raster_options(o);
    size_t bad = 0;
    char *text = NULL;
    imx_status s =
        imx_raster_table(o->memory, (const char *const *)(const void *)scenes, count, &options, err, &text, &bad);
    if (!s) {
        (void)printf("%s", text);
        s = unreadable(path, bad, count, err);
    }
    imx_free(o->memory, text);
    return s;
}

/* ---- what a path names ---- */

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static void on_log(void *context, imx_log_level level, const char *text) {
    (void)context, (void)level;
    (void)fprintf(stderr, "imbrex info: warning: %s\n", text);
}

static imx_status expand(const char *path, imx_error *err, char ***scenes, size_t *count) {
    imx_log *log = NULL;
    imx_status s = imx_log_create(NULL, IMX_LOG_WARNING, on_log, NULL, &log);
    s = s ? imx_fail(err, s, "%s: out of memory", path) : imx_inputs_expand(NULL, &path, 1, log, err, scenes, count);
    imx_log_destroy(&log);
    return s;
}

/* What imbrex tile would take of a path; *found: how much. */
static imx_status describe_scenes(const info_options *o, const char *path, imx_error *err, size_t *found) {
    char **scenes = NULL, *text = NULL, *name = imx_input_name(NULL, path);
    size_t count = 0;
    imx_status s = name ? expand(path, err, &scenes, &count) : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    *found = count;
    const bool itself = !s && count == 1 && !strcmp(scenes[0], name);
    if (!s && o->json && !itself) {
        s = list_json(o, path, scenes, count, err);
    } else if (!s && count > 1) {
        s = show_table(o, path, scenes, count, err);
    } else if (!s && count) {
        s = describe_raster(o, scenes[0], err, &text);
    }
    if (!s && text) {
        (void)printf(o->json ? "%s\n" : "%s", text);
    }
    imx_free(o->memory, text);
    imx_inputs_free(NULL, scenes, count);
    imx_free(NULL, name);
    return s;
}

/* An archive by its content; what is none are scenes. */
static imx_status describe(const info_options *o, const char *path, imx_error *err) {
    const char *dot = strrchr(path, '.');
    const bool scene = strstr(path, "://") || !strncmp(path, "/vsi", 4) || imx_delivery_is(NULL, path);
    imx_error as_archive = IMX_ERROR_INIT;
    char *text = NULL;
    imx_status s = scene ? IMX_E_INPUT : describe_archive(o, path, &as_archive, &text);
    if (!s) {
        (void)printf(o->json ? "%s\n" : "%s", text);
        imx_free(o->memory, text);
        return IMX_OK;
    }
    if (s != IMX_E_INPUT || (dot && !strcmp(dot, ".pmtiles"))) {
        *err = as_archive;
        return s;
    }
    size_t found;
    s = describe_scenes(o, path, err, &found);
    if (s == IMX_E_INPUT && !scene && is_folder(path) && !found) {
        imx_error as_scenes = *err;
        return imx_fail(err, s, "%s; %s", as_archive.text, as_scenes.text);
    }
    if (s == IMX_E_INPUT && !scene && access(path, R_OK) != 0 && !imx_folder_is_archive(path)) {
        *err = as_archive;
    }
    return s;
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
    imx_sources_init(library_cache_bytes);
    for (int i = 1; i <= positional && !s; i++) {
        s = describe(&o, argv[i], &err);
        if (!s && i < positional && !o.json) {
            (void)puts("");
        }
    }
    imx_sources_finish();
    imx_memory_destroy(&o.memory);
    return s ? imx_cmd_fail("info", &err) : 0;
}
