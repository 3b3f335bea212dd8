/* tests/unit/engine/scene_fixture.h: scenes and spaces for the transform's tests, on the stack. */
#ifndef IMX_TESTS_UNIT_ENGINE_SCENE_FIXTURE_H
#define IMX_TESTS_UNIT_ENGINE_SCENE_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/transform.h"

#define MERCATOR_HALF 20037508.342789244

typedef struct fixture {
    imx_asset asset;
    imx_scene scene;
    imx_space space;
    imx_transform *transform;
} fixture;

/* WebMercatorQuad at a zoom, 256 px tiles. */
static inline imx_space mercator_space(int zoom) {
    double size = 256.0 * (double)(1 << zoom);
    return (imx_space){.crs = "EPSG:3857",
                       .origin_x = -MERCATOR_HALF,
                       .origin_y = MERCATOR_HALF,
                       .res = 2 * MERCATOR_HALF / size,
                       .width = size,
                       .height = size,
                       .wraps = true};
}

/* WorldCRS84Quad. */
static inline imx_space lonlat_space(int zoom) {
    double size = 256.0 * (double)(1 << zoom);
    return (imx_space){.crs = "OGC:CRS84",
                       .origin_x = -180,
                       .origin_y = 90,
                       .res = 180 / size,
                       .width = 2 * size,
                       .height = size,
                       .wraps = true};
}

static inline void fixture_open(imx_memory *memory, const char *crs, const double geotransform[6], int32_t width,
                                int32_t height, imx_space space, fixture *f) {
    memset(f, 0, sizeof *f);
    f->asset.width = width;
    f->asset.height = height;
    memcpy(f->asset.geotransform, geotransform, sizeof f->asset.geotransform);
    f->scene.id = (char *)(uintptr_t) "scene.tif";
    f->scene.crs = (char *)(uintptr_t)crs;
    f->scene.assets = &f->asset;
    f->scene.asset_count = 1;
    f->space = space;
    imx_error err = IMX_ERROR_INIT;
    if (imx_transform_create(memory, &f->scene, &f->asset, &f->space, &err, &f->transform) != IMX_OK) {
        fail_msg("%s", err.text);
    }
}

static inline void fixture_close(fixture *f) { imx_transform_destroy(&f->transform); }

/* A small generator with the same numbers everywhere (Numerical Recipes, "quick and dirty"). */
static inline uint32_t next_random(uint32_t *state) { return (*state = *state * 1664525U + 1013904223U) >> 8; }
static inline double next_unit(uint32_t *state) { return next_random(state) / 16777216.0; }

#endif
