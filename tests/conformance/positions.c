/* tests/conformance/positions.c: where WebMercator coordinates lie in a raster, for a comparison with an oracle.
 *
 *   positions [--order N | --tps | --rpc | --geoloc] [--dem FILE] [--cubic | --cubicspline] [--geoid GEOID] [--height
 * M] RASTER < XY > PX XY: pairs of native doubles (metres); PX: as many pairs, level-0 pixels, infinite where there is
 * none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/source.h"
#include "engine/transform.h"

enum { CHUNK = 4096 };

static const double WORLD_M = 2 * 20037508.342789244; /* the side of WebMercatorQuad: 2 pi 6378137 */

static const char *parse(int argc, char **argv, imx_source_options *o) {
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--order") == 0) {
            o->georef = IMX_CHOOSE_POLYNOMIAL;
            o->gcp_order = atoi(value), i++;
        } else if (strcmp(argv[i], "--tps") == 0) {
            o->georef = IMX_CHOOSE_TPS;
        } else if (strcmp(argv[i], "--rpc") == 0) {
            o->georef = IMX_CHOOSE_RPC;
        } else if (strcmp(argv[i], "--geoloc") == 0) {
            o->georef = IMX_CHOOSE_GEOLOCATION;
        } else if (strcmp(argv[i], "--cubic") == 0) {
            o->dem_resample = IMX_DEM_CUBIC;
        } else if (strcmp(argv[i], "--cubicspline") == 0) {
            o->dem_resample = IMX_DEM_CUBICSPLINE;
        } else if (strcmp(argv[i], "--dem") == 0) {
            o->dem = value, i++;
        } else if (strcmp(argv[i], "--geoid") == 0) {
            o->geoid = value, i++;
        } else if (strcmp(argv[i], "--height") == 0) {
            o->has_rpc_height = true;
            o->rpc_height_m = atof(value), i++;
        } else {
            return argv[i];
        }
    }
    return NULL;
}

/* In the raster's output space of one pixel a metre. */
static imx_status answer(imx_transform *transform, imx_error *err) {
    double pairs[2 * CHUNK], x[CHUNK], y[CHUNK];
    for (size_t n; (n = fread(pairs, 2 * sizeof *pairs, CHUNK, stdin)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            x[i] = pairs[2 * i] + WORLD_M / 2;
            y[i] = WORLD_M / 2 - pairs[2 * i + 1];
        }
        imx_transform_inverse(transform, n, x, y);
        for (size_t i = 0; i < n; i++) {
            pairs[2 * i] = x[i];
            pairs[2 * i + 1] = y[i];
        }
        if (fwrite(pairs, 2 * sizeof *pairs, n, stdout) != n) {
            return imx_fail(err, IMX_E_IO, "standard output cannot be written");
        }
    }
    return imx_transform_check(transform, err);
}

int main(int argc, char **argv) {
    imx_error err = IMX_ERROR_INIT;
    imx_source_options options = {.data = true}; /* only the place counts: any type */
    imx_scene scene = {0};
    imx_transform *transform = NULL;
    imx_space space = {.crs = "EPSG:3857",
                       .origin_x = -WORLD_M / 2,
                       .origin_y = WORLD_M / 2,
                       .res = 1,
                       .width = WORLD_M,
                       .height = WORLD_M,
                       .wraps = true};
    const char *raster = parse(argc, argv, &options);
    if (!raster) {
        fprintf(stderr, "usage: positions [OPTIONS] RASTER\n");
        return 2;
    }
    imx_sources_init((size_t)64 << 20);
    imx_status status = imx_source_probe(NULL, raster, &options, (size_t)256 << 20, NULL, &err, &scene);
    if (status == IMX_OK) {
        status = imx_transform_create(NULL, &scene, &scene.assets[0], &space, &err, &transform);
    }
    if (status == IMX_OK) {
        status = answer(transform, &err);
    }
    imx_transform_destroy(&transform);
    imx_scene_clear(NULL, &scene);
    imx_sources_finish();
    if (status != IMX_OK) {
        fprintf(stderr, "positions: %s\n", err.text);
    }
    return imx_status_exit_code(status);
}
