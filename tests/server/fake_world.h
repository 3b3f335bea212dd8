/* tests/server/fake_world.h: the server's core over fake archives, without sockets. Layers: `land` (PNG, versioned),
 * `mix` (PNG and JPEG, no generation), `plate` (WorldCRS84Quad, 512 px), `broken` (whose reader fails). */
#ifndef IMX_TESTS_SERVER_FAKE_WORLD_H
#define IMX_TESTS_SERVER_FAKE_WORLD_H

#include "server/core.h"
#include "tests/server/fake_store.h"

#define IMMUTABLE "public, max-age=31536000, immutable"
#define PLAIN "public, max-age=60"
#define FAKE_LAND_NAME "Land \"&\" sea"
#define FAKE_LAND_ATTRIBUTION "<a href='https://example.org'>Us</a>"

/* The tile land/0/0/0 and mix/1/0/0, and mix/1/1/0. */
enum { FAKE_PNG_SIZE = sizeof "\x89PNG one tile", FAKE_JPEG_SIZE = sizeof "\xff\xd8\xff another one" };
extern const uint8_t FAKE_PNG[FAKE_PNG_SIZE], FAKE_JPEG[FAKE_JPEG_SIZE];

typedef struct fake_world {
    imx_memory *memory;
    imx_layers *layers;
    imx_server *server;
    fake_counters counters;
    fake_archive land, mix, plate, broken;
    char warnings[512];
} fake_world;

/* Fails the test where it cannot; fake_world_close asserts that nothing is still open, held or allocated. */
void fake_world_open(fake_world *w, const imx_server_options *options);
void fake_world_close(fake_world *w);
/* The defaults, with 60 s of max-age. */
imx_server_options fake_world_options(void);
/* A log function whose context is a fake_world: keeps the last text in warnings. */
void fake_world_note(void *context, imx_log_level level, const char *text);
/* GET, as a browser asks http://maps.test:81. */
imx_request fake_get(const char *target);

#endif
