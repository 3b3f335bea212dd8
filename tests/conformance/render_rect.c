/* tests/conformance/render_rect.c: renders one raster into WebMercator through the engine, for a comparison with an
 * oracle. Writes OUT (rgba8; or, for data:METHOD, all bands as numbers in
 * the working type, plane by plane, then a validity plane for each) and, on standard output, one line of JSON: where
 * those pixels lie.
 *
 *   render_rect RASTER METHOD THRESHOLD_PX FACTOR OUT
 * FACTOR 0: the coarsest zoom that is at least as fine as the raster; else FACTOR x the raster's own resolution. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/renderer.h"

enum { TILE = 256, CELL = 2048 };

static const double WORLD_M = 2 * 20037508.342789244; /* the side of WebMercatorQuad: 2 pi 6378137 */

typedef struct render_request {
    const char *raster, *out;
    imx_resample resample;
    double threshold_px, factor;
    bool data;
} render_request;

typedef struct out_extent { /* output px, whole tiles */
    int64_t x, y;
    int32_t w, h;
} out_extent;

static bool parse(int argc, char **argv, render_request *out) {
    static const char *const names[IMX_RESAMPLES] = {"nearest", "bilinear", "cubic", "cubicspline", "lanczos",
                                                     "average", "mode",     "min",   "max",         "med",
                                                     "q1",      "q3",       "sum",   "rms"};
    if (argc != 6) {
        return false;
    }
    static const char prefix[] = "data:";
    const bool data = strncmp(argv[2], prefix, strlen(prefix)) == 0;
    const char *method = data ? argv[2] + strlen(prefix) : argv[2];
    *out = (render_request){
        .raster = argv[1], .threshold_px = atof(argv[3]), .factor = atof(argv[4]), .out = argv[5], .data = data};
    for (size_t i = 0; i < IMX_RESAMPLES; i++) {
        if (strcmp(method, names[i]) == 0) {
            out->resample = (imx_resample)i;
            return true;
        }
    }
    return false;
}

/* The output grid of the request for a raster of this resolution. */
static imx_space make_space(const render_request *request, double native_res) {
    double res = native_res * request->factor;
    if (request->factor == 0) {
        for (res = WORLD_M / TILE; res > native_res * (1 + 1e-6);) {
            res /= 2;
        }
    }
    return (imx_space){.crs = "EPSG:3857",
                       .origin_x = -WORLD_M / 2,
                       .origin_y = WORLD_M / 2,
                       .res = res,
                       .width = WORLD_M / res,
                       .height = WORLD_M / res,
                       .wraps = true};
}

static out_extent tiles_of(const imx_space *space, const imx_box *box) {
    int64_t x0 = (int64_t)floor(fmax(box->min_x, 0) / TILE), y0 = (int64_t)floor(fmax(box->min_y, 0) / TILE);
    int64_t x1 = (int64_t)ceil(fmin(box->max_x, space->width) / TILE);
    int64_t y1 = (int64_t)ceil(fmin(box->max_y, space->height) / TILE);
    return (out_extent){x0 * TILE, y0 * TILE, (int32_t)((x1 - x0) * TILE), (int32_t)((y1 - y0) * TILE)};
}

/* Tile by tile, as the walk does. */
static imx_status render_tiles(imx_render_context *context, const out_extent *extent, const imx_pixels *all,
                               imx_error *err) {
    for (int32_t y = 0; y < extent->h; y += TILE) {
        for (int32_t x = 0; x < extent->w; x += TILE) {
            imx_pixels out = imx_pixels_crop(all, x, y, TILE, TILE);
            unsigned look;
            imx_status status = imx_render(context, extent->x + x, extent->y + y, &out, err, &look);
            if (status != IMX_OK) {
                return status;
            }
            if (look & IMX_LOOK_EMPTY) {
                imx_pixels_clear(&out);
            }
        }
    }
    return IMX_OK;
}

static imx_status write_result(const render_request *request, const imx_space *space, double native_res,
                               const out_extent *extent, const imx_pixels *all, imx_error *err) {
    FILE *file = fopen(request->out, "wb");
    size_t px = (size_t)extent->w * (size_t)extent->h, masks = all->valid ? (size_t)all->bands * px : 0;
    size_t size = (size_t)all->bands * imx_type_size(all->type) * px;
    bool written =
        file && fwrite(all->data, 1, size, file) == size && (masks == 0 || fwrite(all->valid, 1, masks, file) == masks);
    if ((file && fclose(file) != 0) || !written) {
        return imx_fail(err, IMX_E_IO, "%s: cannot be written", request->out);
    }
    double min_x = space->origin_x + (double)extent->x * space->res;
    double max_y = space->origin_y - (double)extent->y * space->res;
    printf("{\"native_res\": %.17g, \"res\": %.17g, \"width\": %d, \"height\": %d, \"min_x\": %.17g, \"min_y\": %.17g, "
           "\"max_x\": %.17g, \"max_y\": %.17g}\n",
           native_res, space->res, (int)extent->w, (int)extent->h, min_x, max_y - extent->h * space->res,
           min_x + extent->w * space->res, max_y);
    return IMX_OK;
}

static imx_status run(const render_request *request, imx_error *err) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_scene scene = {0};
    imx_footprint footprint = {0};
    imx_transform *transform = NULL;
    imx_renderer *renderer = NULL;
    imx_render_context *context = NULL;
    imx_pixels all = {0};
    double native_res;
    imx_status status = imx_source_probe(NULL, request->raster, &(imx_source_options){.data = request->data},
                                         (size_t)256 << 20, NULL, err, &scene);
    if (status != IMX_OK) {
        return status;
    }
    imx_space unit = make_space(&(render_request){.factor = 1}, 1);
    status = imx_transform_create(NULL, &scene, &scene.assets[0], &unit, err, &transform);
    if (status == IMX_OK) {
        status = imx_transform_native_res(transform, err, &native_res);
    }
    imx_transform_destroy(&transform);
    if (status != IMX_OK) {
        goto out;
    }
    imx_space space = make_space(request, native_res);
    status = imx_transform_create(NULL, &scene, &scene.assets[0], &space, err, &transform);
    if (status == IMX_OK) {
        status = imx_footprint_create(NULL, transform, &scene.assets[0], &space, err, &footprint);
    }
    if (status != IMX_OK) {
        goto out;
    }
    out_extent extent = tiles_of(&space, &footprint.box);
    const imx_asset *asset = &scene.assets[0];
    const imx_type type = request->data ? imx_asset_working_type(asset) : IMX_U8;
    const int32_t bands = request->data ? asset->data_count : 0;
    status = request->data ? imx_pixels_create_planar(NULL, type, bands, extent.w, extent.h, bands, err, &all)
                           : imx_pixels_create_rgba8(NULL, extent.w, extent.h, err, &all);
    if (status != IMX_OK) {
        goto out;
    }
    imx_render_options options = {.bands = bands,
                                  .type = type,
                                  .resample = request->resample,
                                  .mosaic = IMX_MOSAIC_OVER,
                                  .error_threshold_px = request->threshold_px,
                                  .cell_px = CELL,
                                  .cache_bytes = (size_t)64 << 20,
                                  .window_bytes = (size_t)16 << 20,
                                  .workers = 1};
    status = imx_renderer_create(NULL, &kernels, &scene, &footprint, 1, &space, &options, err, &renderer);
    if (status == IMX_OK) {
        status = imx_render_context_create(renderer, err, &context);
    }
    if (status == IMX_OK) {
        status = render_tiles(context, &extent, &all, err);
    }
    if (status == IMX_OK) {
        status = write_result(request, &space, native_res, &extent, &all, err);
    }
out:
    imx_pixels_destroy(NULL, &all);
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);
    imx_footprint_clear(NULL, &footprint);
    imx_transform_destroy(&transform);
    imx_scene_clear(NULL, &scene);
    return status;
}

int main(int argc, char **argv) {
    render_request request;
    if (!parse(argc, argv, &request)) {
        fprintf(stderr, "usage: render_rect RASTER METHOD THRESHOLD_PX FACTOR OUT\n");
        return 2;
    }
    imx_error err = IMX_ERROR_INIT;
    imx_sources_init((size_t)64 << 20);
    imx_status status = run(&request, &err);
    imx_sources_finish();
    if (status != IMX_OK) {
        fprintf(stderr, "render_rect: %s\n", err.text);
    }
    return imx_status_exit_code(status);
}
