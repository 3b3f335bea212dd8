/* tiler/cli/cmd_verify.c: `imbrex verify`: an archive's structure, then every tile decoded. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "engine/base/text.h"
#include "tiler/cli/commands.h"
#include "tiler/verify.h"

typedef struct verify_options {
    unsigned threads;
    bool json, quiet;
} verify_options;

static imx_status set_threads(void *to, const char *value, imx_error *err) {
    long threads;
    imx_status s = imx_parse_int("--threads", value, 1, 256, err, &threads);
    ((verify_options *)to)->threads = s ? 1 : (unsigned)threads;
    return s;
}

static imx_status set_json(void *to, const char *value, imx_error *err) {
    (void)value, (void)err;
    ((verify_options *)to)->json = true;
    return IMX_OK;
}

static imx_status set_quiet(void *to, const char *value, imx_error *err) {
    (void)value, (void)err;
    ((verify_options *)to)->quiet = true;
    return IMX_OK;
}

static const imx_option table[] = {
    IMX_OPTION_HEADING("Options"),
    {"threads", 'j', "N", "worker threads (one a core)", set_threads},
    {"json", 0, NULL, "the report as one JSON object", set_json},
    {"quiet", 0, NULL, "nothing but errors", set_quiet},
    {"help", 'h', NULL, "this text", NULL},
    IMX_OPTION_END,
};

static const imx_command command = {
    .name = "verify",
    .summary = "check an archive, tile by tile",
    .usage = "[options] ARCHIVE...",
    .about = "Checks the structure by the rules of its kind, then decodes every tile. Exit status 0: all is\n"
             "sound; 3: the first fault is named.",
    .examples = "  imbrex verify map.pmtiles\n  imbrex verify --json tiles/\n",
    .options = (const imx_option *const[]){table, NULL},
};

static void print_text(const char *path, const imx_verify_report *r) {
    char count[IMX_TEXT_SIZE], bytes[IMX_TEXT_SIZE];
    (void)printf("%s: sound: %s tiles, %s", path, imx_text_count(r->all.tiles, count),
                 imx_text_bytes((double)r->all.bytes, bytes));
    static const imx_tile_type types[] = {IMX_TILE_PNG, IMX_TILE_JPEG, IMX_TILE_WEBP};
    const char *separator = " (";
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (r->by_type[types[i]].tiles) {
            (void)printf("%s%s %s", separator, imx_text_count(r->by_type[types[i]].tiles, count),
                         imx_tile_type_name(types[i]));
            separator = ", ";
        }
    }
    (void)printf("%s; %s decoded, %s of one colour\n", r->all.tiles ? ")" : "", imx_text_count(r->decoded, count),
                 imx_text_count(r->single_colour, bytes));
}

static void print_json(const char *path, const imx_verify_report *r) {
    json_t *zooms = json_object();
    for (unsigned z = 0; z <= IMX_ZOOM_MAX; z++) {
        char name[4];
        (void)snprintf(name, sizeof name, "%u", z);
        if (r->by_zoom[z].tiles) {
            (void)json_object_set_new(zooms, name, json_integer((json_int_t)r->by_zoom[z].tiles));
        }
    }
    json_t *o = json_pack(
        "{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "archive", path, "sound", 1, "tiles",
        (json_int_t)r->all.tiles, "bytes", (json_int_t)r->all.bytes, "png", (json_int_t)r->by_type[IMX_TILE_PNG].tiles,
        "jpeg", (json_int_t)r->by_type[IMX_TILE_JPEG].tiles, "webp", (json_int_t)r->by_type[IMX_TILE_WEBP].tiles,
        "decoded", (json_int_t)r->decoded, "single_colour", (json_int_t)r->single_colour, "zooms", zooms);
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    (void)puts(text ? text : "{}");
    free(text);
    json_decref(o);
}

static imx_status verify(const verify_options *o, char **paths, int count, imx_error *err) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_pool *pool = NULL;
    imx_status s = imx_pool_create(NULL, o->threads, err, &pool);
    for (int i = 0; i < count && !s; i++) {
        imx_verify_report report;
        s = imx_verify(NULL, &kernels, paths[i], pool, err, &report);
        if (!s && o->json) {
            print_json(paths[i], &report);
        } else if (!s && !o->quiet) {
            print_text(paths[i], &report);
        }
    }
    imx_pool_destroy(&pool);
    return s;
}

int imx_cmd_verify(int argc, char **argv) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    verify_options o = {.threads = cores > 0 ? (unsigned)cores : 1};
    imx_error err = IMX_ERROR_INIT;
    int positional, exit_status;
    if (!imx_cmd_begin(&command, argc, argv, &o, &positional, &exit_status)) {
        return exit_status;
    }
    if (!positional) {
        (void)imx_fail(&err, IMX_E_USAGE, "name at least one archive: imbrex verify ARCHIVE...");
        return imx_cmd_fail("verify", &err);
    }
    imx_status s = verify(&o, argv + 1, positional, &err);
    return s ? imx_cmd_fail("verify", &err) : 0;
}
