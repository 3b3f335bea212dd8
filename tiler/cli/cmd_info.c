/* tiler/cli/cmd_info.c: `imbrex info`: what an archive says of itself, and what a raster is to us. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/delivery.h"
#include "engine/folder.h"
#include "tiler/analyse.h"
#include "tiler/cli/commands.h"
#include "tiler/describe.h"
#include "tiler/raster_info.h"

typedef struct info_options {
    bool json;
} info_options;

static imx_status set_json(void *to, const char *value, imx_error *err) {
    (void)value, (void)err;
    ((info_options *)to)->json = true;
    return IMX_OK;
}

static const imx_option table[] = {
    IMX_OPTION_HEADING("Options"),
    {"json", 0, NULL, "one JSON object for each", set_json},
    {"help", 'h', NULL, "this text", NULL},
    IMX_OPTION_END,
};

static const imx_command command = {
    .name = "info",
    .summary = "what an archive or a delivery holds, how a raster is placed",
    .usage = "[--json] ARCHIVE|RASTER|DELIVERY...",
    .about = "Grid, zooms, tiles, bounds, the generation and the scenes it was made from. Nothing is scanned;\n"
             "imbrex verify looks at every tile. Of a raster: bands, which of them a picture shows and how they\n"
             "are stretched, CRS, how it is georeferenced (geotransform, control points, RPC, arrays), PROJ's\n"
             "operation onto the map, resolution, zoom and bounds. Of a delivery (Landsat, Sentinel-2, Gaofen;\n"
             "a folder or its .tar or .zip): product, time and bands.",
    .examples = "  imbrex info map.pmtiles\n  imbrex info scene.tif\n  imbrex info --json tiles/ | jq .bounds\n",
    .options = (const imx_option *const[]){table, NULL},
};

static imx_status describe_archive(const info_options *o, const char *path, imx_error *err, char **text) {
    imx_store_reader *reader = NULL;
    imx_status s = imx_store_reader_open(NULL, path, err, &reader);
    s = s ? s : (o->json ? imx_describe_json : imx_describe_text)(NULL, path, reader, err, text);
    imx_store_reader_close(&reader);
    return s;
}

static void on_log(void *context, imx_log_level level, const char *text) {
    (void)context, (void)level;
    (void)fprintf(stderr, "imbrex info: warning: %s\n", text);
}

static imx_status describe_raster(const info_options *o, const char *path, imx_error *err, char **text) {
    imx_log *log = NULL;
    imx_status s = imx_log_create(NULL, IMX_LOG_WARNING, on_log, NULL, &log);
    imx_sources_init((size_t)8 << 20);
    s = s ? s : (o->json ? imx_raster_info_json : imx_raster_info_text)(NULL, path, log, err, text);
    imx_sources_finish();
    imx_log_destroy(&log);
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
    imx_free(NULL, text);
    return s;
}

/* The paths of a delivery that is several scenes; *count 0: it is anything else. */
static imx_status find_parts(const char *path, imx_error *err, char ***parts, size_t *count) {
    char *name = imx_input_name(NULL, path);
    imx_status s = name ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    if (!s && imx_folder_is_archive(name)) {
        imx_sources_init((size_t)8 << 20);
        s = imx_delivery_parts(NULL, name, err, parts, count);
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
    info_options o = {0};
    imx_error err = IMX_ERROR_INIT;
    int positional, exit_status;
    if (!imx_cmd_begin(&command, argc, argv, &o, &positional, &exit_status)) {
        return exit_status;
    }
    if (!positional) {
        (void)imx_fail(&err, IMX_E_USAGE, "name at least one archive: imbrex info ARCHIVE...");
        return imx_cmd_fail("info", &err);
    }
    imx_status s = IMX_OK;
    for (int i = 1; i <= positional && !s; i++) {
        s = describe_all(&o, argv[i], &err);
        if (!s && i < positional && !o.json) {
            (void)puts("");
        }
    }
    return s ? imx_cmd_fail("info", &err) : 0;
}
