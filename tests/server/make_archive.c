/* tests/server/make_archive.c: a small archive for tests of whole programs: an island, opaque inside and transparent
 * outside a round coast, so that `auto` gives JPEG, PNG and missing tiles. make_archive OUTPUT GRID TILE_PX ZOOM_MAX
 * FORMAT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tiler/store.h"

typedef struct maker {
    const imx_grid *grid;
    uint32_t tile_px;
    imx_encoder *encoder;
    imx_store_writer *writer;
    imx_pixels pixels;
} maker;

/* The coast: 44 degrees around 20 E 12 N, dented by a third harmonic (sin 3t as a polynomial of dx and dy). Colours
 * rise from shore to hills, with a 5 degree chequer. */
static void paint(double lon, double lat, uint8_t px[4]) {
    double dx = lon - 20, dy = lat - 12, r = sqrt(dx * dx + dy * dy);
    double coast = 44 + 6 * dy * (3 * dx * dx - dy * dy) / (r * r * r + 1);
    memset(px, 0, 4);
    if (r < coast) {
        double height = 1 - r / coast, chequer = ((int)(lon + 180) / 5 + (int)(lat + 90) / 5) & 1 ? 6 : 0;
        px[0] = (uint8_t)(70 + 150 * height + chequer);
        px[1] = (uint8_t)(124 + 70 * height + chequer);
        px[2] = (uint8_t)(104 + 90 * height * height + chequer);
        px[3] = 255;
    }
}

static imx_status make_tile(maker *m, imx_tile tile, imx_error *err) {
    double min_x, min_y, max_x, max_y;
    imx_grid_tile_extent(m->grid, tile, &min_x, &min_y, &max_x, &max_y);
    unsigned visible = 0;
    for (uint32_t y = 0; y < m->tile_px; y++) {
        double lat, step = (max_x - min_x) / m->tile_px, unused;
        imx_grid_to_lonlat(m->grid, 0, max_y - (y + .5) * step, &unused, &lat);
        for (uint32_t x = 0; x < m->tile_px; x++) {
            double lon = -180 + 360 * (tile.x + (x + .5) / m->tile_px) / (double)imx_grid_columns(m->grid, tile.z);
            uint8_t *px = (uint8_t *)m->pixels.data + (ptrdiff_t)y * m->pixels.row_stride + 4 * (ptrdiff_t)x;
            paint(lon, lat, px);
            visible += px[3] != 0;
        }
    }
    if (!visible) {
        return IMX_OK;
    }
    imx_stored_tile stored = {.tile = tile};
    imx_status status = imx_encode(m->encoder, &m->pixels, 0, err, &stored.blob, &stored.type);
    if (!status) {
        imx_metatile metatile = {tile, &stored, 1, NULL};
        status = imx_store_writer_put(m->writer, &metatile, err);
        imx_free(NULL, stored.blob.data);
    }
    return status;
}

static imx_status make(const char *target, const imx_grid *grid, uint32_t tile_px, uint32_t zoom_max, imx_format format,
                       imx_error *err) {
    maker m = {.grid = grid, .tile_px = tile_px};
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_codec_options codec = IMX_CODEC_OPTIONS_DEFAULT;
    codec.format = format;
    imx_store_options store = {.overwrite = true};
    imx_status status = imx_encoder_create(NULL, &kernels, &codec, err, &m.encoder);
    if (!status) {
        status = imx_pixels_create_rgba8(NULL, (int32_t)tile_px, (int32_t)tile_px, err, &m.pixels);
    }
    if (!status) {
        status = imx_store_writer_create(NULL, target, grid, &store, err, &m.writer);
    }
    for (uint32_t z = 0; !status && z <= zoom_max; z++) {
        for (uint32_t y = 0; !status && y < imx_grid_rows(grid, z); y++) {
            for (uint32_t x = 0; !status && x < imx_grid_columns(grid, z); x++) {
                status = make_tile(&m, (imx_tile){z, x, y}, err);
            }
        }
    }
    if (!status) {
        char name[] = "Island",
             attribution[] = "&copy; <a href=\"https://example.org/\">imbrex tests</a><img src=x onerror=alert(1)>",
             generation[] = "5eed0001", grid_id[64];
        (void)snprintf(grid_id, sizeof grid_id, "%s", grid->id);
        imx_archive_info info = {.name = name,
                                 .attribution = attribution,
                                 .generation = generation,
                                 .grid_id = grid_id,
                                 .tile_px = tile_px,
                                 .west = -32,
                                 .south = -40,
                                 .east = 72,
                                 .north = 64,
                                 .center_lon = 20,
                                 .center_lat = 12,
                                 .center_zoom = 2};
        imx_store_result result;
        status = imx_store_writer_commit(&m.writer, &info, err, &result);
    }
    imx_store_writer_abort(&m.writer);
    imx_pixels_destroy(NULL, &m.pixels);
    imx_encoder_destroy(&m.encoder);
    return status;
}

int main(int argc, char **argv) {
    imx_error err = IMX_ERROR_INIT;
    imx_format format;
    const imx_grid *grid = argc == 6 ? imx_grid_find(argv[2]) : NULL;
    if (!grid || imx_format_parse(argv[5], &err, &format) != IMX_OK) {
        (void)fprintf(stderr, "usage: make_archive OUTPUT GRID TILE_PX ZOOM_MAX FORMAT\n");
        return 2;
    }
    imx_status status =
        make(argv[1], grid, (uint32_t)strtoul(argv[3], NULL, 10), (uint32_t)strtoul(argv[4], NULL, 10), format, &err);
    if (status) {
        (void)fprintf(stderr, "make_archive: %s\n", err.text);
    }
    return imx_status_exit_code(status);
}
