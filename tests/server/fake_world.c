/* A world of four layers for the tests of the server's core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/server/fake_world.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

const uint8_t FAKE_PNG[FAKE_PNG_SIZE] = "\x89PNG one tile", FAKE_JPEG[FAKE_JPEG_SIZE] = "\xff\xd8\xff another one";
static const uint8_t DEEP_BYTES[] = "deep";
static const fake_tile LAND_TILES[] = {
    {{0, 0, 0}, IMX_TILE_PNG, FAKE_PNG, FAKE_PNG_SIZE},
    {{30, 1073741823, 1073741823}, IMX_TILE_PNG, DEEP_BYTES, sizeof DEEP_BYTES},
};
static const fake_tile MIX_TILES[] = {
    {{1, 0, 0}, IMX_TILE_PNG, FAKE_PNG, FAKE_PNG_SIZE},
    {{1, 1, 0}, IMX_TILE_JPEG, FAKE_JPEG, FAKE_JPEG_SIZE},
};
static const fake_tile PLATE_TILES[] = {{{0, 1, 0}, IMX_TILE_WEBP, DEEP_BYTES, sizeof DEEP_BYTES}};

static char NAME[] = FAKE_LAND_NAME, ATTRIBUTION[] = FAKE_LAND_ATTRIBUTION, GENERATION[] = "0123abc",
            ODD_GENERATION[] = "../../x", PLATE_GRID[] = "WorldCRS84Quad";

void fake_world_note(void *context, imx_log_level level, const char *text) {
    (void)level;
    (void)snprintf(((fake_world *)context)->warnings, sizeof((fake_world *)context)->warnings, "%s", text);
}

static void add(fake_world *w, const char *name, const fake_archive *archive) {
    imx_error err = IMX_ERROR_INIT;
    imx_store_reader *reader = fake_reader(w->memory, archive);
    assert_non_null(reader);
    if (imx_layers_add_reader_take(w->layers, name, NULL, false, reader, &err)) {
        fail_msg("%s", err.text);
    }
}

void fake_world_open(fake_world *w, const imx_server_options *options) {
    memset(w, 0, sizeof *w);
    assert_int_equal(imx_memory_create(0, &w->memory), IMX_OK);
    assert_int_equal(imx_layers_create(w->memory, NULL, &w->layers), IMX_OK);
    w->land = (fake_archive){{.name = NAME,
                              .attribution = ATTRIBUTION,
                              .encoding = "terrarium",
                              .generation = GENERATION,
                              .tile_type = IMX_TILE_PNG,
                              .tile_px = 256,
                              .zoom_max = 30,
                              .west = -200,
                              .south = -10,
                              .east = 20.5,
                              .north = 30,
                              .center_lon = 5,
                              .center_lat = 7.25,
                              .center_zoom = 40},
                             LAND_TILES,
                             COUNT(LAND_TILES),
                             false,
                             &w->counters};
    w->mix = (fake_archive){{.tile_type = IMX_TILE_MIXED, .tile_px = 256, .zoom_max = 1, .generation = ODD_GENERATION},
                            MIX_TILES,
                            COUNT(MIX_TILES),
                            false,
                            &w->counters};
    w->plate = (fake_archive){
        {.tile_type = IMX_TILE_WEBP, .tile_px = 512, .buffer_px = 4, .zoom_max = 3, .grid_id = PLATE_GRID},
        PLATE_TILES,
        COUNT(PLATE_TILES),
        false,
        &w->counters};
    w->broken = (fake_archive){{.tile_type = IMX_TILE_PNG}, NULL, 0, true, &w->counters};
    add(w, "plate", &w->plate);
    add(w, "land", &w->land);
    add(w, "mix", &w->mix);
    add(w, "broken", &w->broken);
    imx_error err = IMX_ERROR_INIT;
    if (imx_server_create(w->memory, w->layers, options, &err, &w->server)) {
        fail_msg("%s", err.text);
    }
}

void fake_world_close(fake_world *w) {
    imx_server_destroy(&w->server);
    imx_layers_destroy(&w->layers);
    assert_int_equal(atomic_load(&w->counters.open), 0);
    assert_int_equal(atomic_load(&w->counters.held), 0);
    assert_int_equal(imx_memory_used(w->memory), 0);
    imx_memory_destroy(&w->memory);
}

imx_server_options fake_world_options(void) {
    imx_server_options options = IMX_SERVER_OPTIONS_DEFAULT;
    options.max_age_s = 60;
    return options;
}

imx_request fake_get(const char *target) {
    return (imx_request){
        .method = "GET", .target = target, .host_required = true, .host_count = 1, .host = "maps.test:81"};
}
