/* tiler/cli/main.c: `imbrex`: finds the subcommand. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/source.h"
#include "engine/transform.h"
#include "kernels/kernels.h"
#include "tiler/cli/commands.h"
#include "tiler/codec.h"
#include "tiler/quantize.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"tile", imx_cmd_tile, "scenes -> tiles"},
    {"warp", imx_cmd_warp, "scenes -> one GeoTIFF in any CRS"},
    {"info", imx_cmd_info, "what an archive holds"},
    {"verify", imx_cmd_verify, "check an archive, tile by tile"},
    {"serve", imx_cmd_serve, "serve archives over HTTP, with a map page"},
    {"kernels", imx_cmd_kernels, "the SIMD level in use; what each kernel reaches here"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

int imx_cmd_fail(const char *name, const imx_error *err) {
    (void)fprintf(stderr, "imbrex %s: %s\n", name, err->text[0] ? err->text : imx_status_name(err->status));
    return imx_status_exit_code(err->status);
}

bool imx_cmd_begin(const imx_command *command, int argc, char **argv, void *options, int *positional,
                   int *exit_status) {
    imx_error err = IMX_ERROR_INIT;
    bool help = false;
    *exit_status = 0;
    if (imx_options_parse(command, argc, argv, options, &err, positional, &help)) {
        *exit_status = imx_cmd_fail(command->name, &err);
        return false;
    }
    if (help) {
        imx_command_help(command, stdout);
        *exit_status = imx_cmd_end(command->name, 0);
    }
    return !help;
}

int imx_cmd_end(const char *name, int exit_status) {
    if ((fflush(stdout) != 0 || ferror(stdout)) && exit_status == 0) {
        (void)fprintf(stderr, "imbrex %s: standard output: %s\n", name, strerror(errno));
        return 1;
    }
    return exit_status;
}

static int help(void) {
    (void)puts("imbrex: satellite and survey rasters -> map tiles, fast and exact\n\n"
               "Usage: imbrex COMMAND [options] ...\n");
    for (int i = 0; i < COMMANDS; i++) {
        (void)printf("  %-9s %s\n", commands[i].name, commands[i].summary);
    }
    (void)puts("\nimbrex COMMAND --help tells more, with examples; imbrex --version lists the libraries.\n\n"
               "Example\n"
               "  imbrex tile scene1.tif scene2.tif map.pmtiles && imbrex serve map.pmtiles\n\n"
               "Exit status: 0 done, 1 failed, 2 bad usage, 3 bad input, 4 interrupted, 5 output incomplete");
    return imx_cmd_end("--help", 0);
}

static int version(void) {
    (void)printf("imbrex %s\n\n", IMX_VERSION);
    (void)printf("  %-16s %s\n", "SIMD level", imx_cpu_name(imx_cpu_detect()));
    (void)printf("  %-16s %s\n", "GDAL", imx_sources_version());
    (void)printf("  %-16s %s\n", "PROJ", imx_transform_version());
    static const imx_tile_type types[] = {IMX_TILE_PNG, IMX_TILE_JPEG, IMX_TILE_WEBP};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char library[IMX_LIBRARY_TEXT_SIZE];
        imx_tile_type_library(types[i], library);
        (void)printf("  %-16s %s\n", imx_tile_type_name(types[i]), library);
    }
    char quantizer[IMX_LIBRARY_TEXT_SIZE];
    imx_quantize_library(quantizer);
    (void)printf("  %-16s %s\n", "png palettes", quantizer);
    return imx_cmd_end("--version", 0);
}

static int unknown(const char *word) {
    const char *names[COMMANDS + 1];
    for (int i = 0; i < COMMANDS; i++) {
        names[i] = commands[i].name;
    }
    names[COMMANDS] = NULL;
    const char *near = imx_suggest(word, names);
    if (near) {
        (void)fprintf(stderr, "imbrex: unknown command '%s'; did you mean '%s'?\n", word, near);
    } else {
        (void)fprintf(stderr, "imbrex: unknown command '%s'; see imbrex --help\n", word);
    }
    return 2;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        (void)help();
        return 2;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        return help();
    }
    if (!strcmp(argv[1], "--version")) {
        return version();
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (!strcmp(argv[1], commands[i].name)) {
            return imx_cmd_end(argv[1], commands[i].run(argc - 1, argv + 1));
        }
    }
    return unknown(argv[1]);
}
