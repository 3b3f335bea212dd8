/* tiler/cli/cmd_info.c: `imbrex info`: what an archive says of itself. */
#include <stdio.h>

#include "tiler/cli/commands.h"
#include "tiler/describe.h"

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
    {"json", 0, NULL, "one JSON object an archive", set_json},
    {"help", 'h', NULL, "this text", NULL},
    IMX_OPTION_END,
};

static const imx_command command = {
    .name = "info",
    .summary = "what an archive holds",
    .usage = "[--json] ARCHIVE...",
    .about = "Grid, zooms, tiles, bounds, the generation and the scenes it was made from. Nothing is scanned;\n"
             "imbrex verify looks at every tile.",
    .examples = "  imbrex info map.pmtiles\n  imbrex info --json tiles/ | jq .bounds\n",
    .options = table,
};

static imx_status describe(const info_options *o, const char *path, imx_error *err) {
    imx_store_reader *reader = NULL;
    char *text = NULL;
    imx_status s = imx_store_reader_open(NULL, path, err, &reader);
    if (!s) {
        s = (o->json ? imx_describe_json : imx_describe_text)(NULL, path, reader, err, &text);
    }
    if (!s) {
        (void)printf(o->json ? "%s\n" : "%s", text);
    }
    imx_free(NULL, text);
    imx_store_reader_close(&reader);
    return s;
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
        s = describe(&o, argv[i], &err);
        if (!s && i < positional && !o.json) {
            (void)puts("");
        }
    }
    return s ? imx_cmd_fail("info", &err) : 0;
}
