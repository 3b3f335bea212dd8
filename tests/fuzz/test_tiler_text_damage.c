/* tests/fuzz/test_tiler_text_damage.c: damaged texts that the tiler reads: tile matrix sets (TMS 2.0, its first
 * version, and what an archive keeps of one) and files of colours. Each is refused in one line, or taken and then used;
 * nothing crashes (the sanitizers watch), hangs, or stays in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <math.h>
#include <time.h>

#include "tests/fuzz/mutate.h"
#include "tiler/colormap.h"
#include "tiler/grid.h"

enum { CASE_SECONDS_MAX = 2 };

static const char grid_json[] =
    "{\"id\":\"Test\",\"title\":\"T\",\"uri\":\"http://x/tms\",\"crs\":\"http://www.opengis.net/def/crs/EPSG/0/4549\","
    "\"orderedAxes\":[\"X\",\"Y\"],\"tileMatrices\":[\n{\"id\":\"1\",\"scaleDenominator\":357142.857,\"cellSize\":100,"
    "\"cornerOfOrigin\":\"topLeft\",\"pointOfOrigin\":[4000000,300000],\"tileWidth\":256,\"tileHeight\":256,"
    "\"matrixWidth\":1,\"matrixHeight\":2},\n{\"id\":\"2\",\"scaleDenominator\":178571.4285,\"cellSize\":50,"
    "\"pointOfOrigin\":[4000000,300000],\"tileWidth\":256,\"tileHeight\":256,\"matrixWidth\":2,\"matrixHeight\":4},\n"
    "{\"id\":\"3\",\"cellSize\":20,\"pointOfOrigin\":[4000000,300000],\"tileWidth\":256,\"tileHeight\":256,"
    "\"matrixWidth\":5,\"matrixHeight\":10}]}";
static const char first_version_json[] =
    "{\"type\":\"TileMatrixSetType\",\"identifier\":\"Old\",\"supportedCRS\":\"urn:ogc:def:crs:EPSG::3857\","
    "\"wellKnownScaleSet\":\"http://y\",\"tileMatrix\":[{\"identifier\":\"0\",\"scaleDenominator\":559082264.0287178,"
    "\"topLeftCorner\":[-20037508.34,20037508.34],\"tileWidth\":256,\"tileHeight\":256,\"matrixWidth\":1,"
    "\"matrixHeight\":"
    "1},\n{\"identifier\":\"1\",\"scaleDenominator\":279541132.0143589,\"topLeftCorner\":[-20037508.34,20037508.34],"
    "\"tileWidth\":256,\"tileHeight\":256,\"matrixWidth\":2,\"matrixHeight\":2}]}";
static const char *const grid_words[] = {"bottomLeft",  "variableMatrixWidths",
                                         "null",        "true",
                                         "[]",          "{}",
                                         "matrixWidth", "tileMatrices",
                                         "[EPSG:1]",    "wkt",
                                         "imbrex",      "period",
                                         "lonlat",      "64",
                                         "4096",        "1e-9",
                                         "aspect",      "\\u0000",
                                         "999",         "cellSize",
                                         "tileWidth",   "a:b:31",
                                         NULL};

static const char colours[] =
    "\xef\xbb\xbf# heights\nINTERPOLATION:INTERPOLATED\nnv 0 0 0 0\n-inf blue\n0,0,0,255,255,sea\n"
    "10\t0 128 0 255 Plains\n25% 10 20 30\n 1200.5 240 230 140 200 \n50% : red : 128\n"
    "3000 255 255 255\r\n100% white\n/ end\n";
static const char *const colour_words[] = {"nv",    "INTERPOLATION", "EXACT",    "DISCRETE", "orange", "100%",
                                           "101%",  "-inf",          "%",        "#",        "\n",     "255",
                                           "255.9", "0x7f",          "infinity", "nan(1)",   NULL};

typedef struct context {
    imx_memory *memory;
    uint32_t seed;
    int taken, refused;
} context;

static void expect_refusal(context *c, imx_status status, const imx_error *err) {
    if ((status != IMX_E_INPUT && status != IMX_E_UNSUPPORTED) || !err->text[0] || strchr(err->text, '\n')) {
        fail_msg("%s: %s", imx_status_name(status), err->text);
    }
    c->refused++;
}

typedef void (*try_fn)(context *c, const char *text, size_t size);

static void damage(context *c, const char *name, const char *text, const char *const *words, int count, try_fn try) {
    static mutated m;
    c->taken = c->refused = 0;
    try(c, text, strlen(text));
    assert_int_equal(c->taken, 1);
    for (int i = 0; i < count; i++) {
        const clock_t begin = clock();
        fuzz_mutate(text, words, &c->seed, &m);
        try(c, m.text, m.size);
        assert_int_equal(imx_memory_used(c->memory), 0);
        assert_true((clock() - begin) / CLOCKS_PER_SEC < CASE_SECONDS_MAX);
    }
    printf("%-24s %d taken, %d refused\n", name, c->taken, c->refused);
    assert_true(c->taken > count / 20 && c->refused > count / 20);
}

/* ---- grids ---- */

/* What every part of the program asks of one. */
static void use_grid(const imx_grid *grid) {
    assert_true(grid->id && grid->crs && grid->zooms >= 1 && grid->zooms <= IMX_ZOOM_MAX + 1);
    assert_true(grid->tile_px >= 64 && grid->tile_px <= 4096 && grid->aspect > 0);
    assert_true(grid->first_id + grid->zooms - 1 <= IMX_ZOOM_ID_MAX);
    for (uint32_t z = 0; z < grid->zooms; z++) {
        double x, y;
        imx_grid_origin(grid, z, &x, &y);
        const double res = imx_grid_res(grid, z, grid->tile_px);
        const uint64_t columns = imx_grid_columns(grid, z), rows = imx_grid_rows(grid, z);
        assert_true(res > 0 && isfinite(res) && columns >= 1 && rows >= 1 && isfinite(x) && isfinite(y));
        assert_true(imx_grid_scale_denominator(grid, z) > 0);
        assert_true(imx_grid_has(grid, (imx_tile){z, 0, 0}));
        assert_false(columns <= UINT32_MAX && imx_grid_has(grid, (imx_tile){z, (uint32_t)columns, 0}));
        const imx_tile tile = {z, 0, (uint32_t)(rows - 1)};
        assert_int_equal(imx_grid_row(grid, (imx_tile){z, 0, (uint32_t)imx_grid_row(grid, tile, true)}, true),
                         rows - 1);
        assert_true(imx_grid_zoom_for(grid, res, grid->tile_px) < grid->zooms);
        assert_true(imx_grid_chain_start(grid, z) <= z);
    }
}

static imx_status answer(void *unused, const char *crs, imx_error *err, imx_grid_crs *out) {
    (void)unused;
    if (strlen(crs) > 10) {
        return imx_fail(err, IMX_E_INPUT, "no such CRS");
    }
    *out = (imx_grid_crs){.north_first = strcmp(crs, "EPSG:4549") == 0,
                          .metres_per_unit = 1,
                          .projection = IMX_GRID_PROJECTED,
                          .axes = {"X", "Y"}};
    return IMX_OK;
}

/* A grid is the same once more out of the text that archives keep of it. */
static void try_grid(context *c, const char *text, size_t size) {
    imx_grid *grid = NULL, *again = NULL;
    imx_error err = IMX_ERROR_INIT;
    imx_status status = imx_grid_parse(c->memory, text, size, answer, NULL, &err, &grid);
    if (status != IMX_OK) {
        expect_refusal(c, status, &err);
        return;
    }
    c->taken++;
    use_grid(grid);
    if (imx_grid_parse(c->memory, grid->json, strlen(grid->json), NULL, NULL, &err, &again) != IMX_OK) {
        fail_msg("its own text: %s\n%s", err.text, grid->json);
    }
    assert_true(imx_grid_same(grid, again));
    imx_grid_destroy(c->memory, &again);
    imx_grid_destroy(c->memory, &grid);
}

static void try_kept_grid(context *c, const char *text, size_t size) {
    imx_grid *grid = NULL;
    imx_error err = IMX_ERROR_INIT;
    imx_status status = imx_grid_parse(c->memory, text, size, NULL, NULL, &err, &grid);
    if (status != IMX_OK) {
        expect_refusal(c, status, &err);
        return;
    }
    c->taken++;
    use_grid(grid);
    imx_grid_destroy(c->memory, &grid);
}

static void test_grids(void **state) {
    context *c = *state;
    imx_grid *grid = NULL;
    assert_int_equal(imx_grid_parse(NULL, grid_json, strlen(grid_json), answer, NULL, NULL, &grid), IMX_OK);
    damage(c, "tile matrix set", grid_json, grid_words, 10000, try_grid);
    damage(c, "its first version", first_version_json, grid_words, 10000, try_grid);
    damage(c, "an archive's", grid->json, grid_words, 10000, try_kept_grid);
    imx_grid_destroy(NULL, &grid);
}

/* ---- colours ---- */

static void use_colours(imx_colormap *map) {
    static const double values[] = {-HUGE_VAL, -1e300, -1, 0, 9.99, 10, 1200.5, 1e9, 1e300, HUGE_VAL, (double)NAN};
    assert_true(map->count >= 1 && map->count <= IMX_COLORMAP_STOPS_MAX);
    (void)imx_colormap_has_percent(map);
    imx_colormap_resolve(map, -500, 8848);
    assert_false(imx_colormap_has_percent(map));
    for (size_t i = 0; i < map->count; i++) {
        assert_true(isfinite(map->stops[i].value) && (i == 0 || map->stops[i].value >= map->stops[i - 1].value));
    }
    for (int mode = 0; mode < IMX_COLORMAP_MODES; mode++) {
        size_t at = 0;
        map->mode = (imx_colormap_mode)mode;
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            uint8_t rgba[4], fresh[4];
            size_t from = 0;
            imx_colormap_find(map, values[i], &at, rgba);
            imx_colormap_find(map, values[i], &from, fresh);
            assert_memory_equal(rgba, fresh, 4); /* wherever the search begins */
        }
    }
}

static void try_colours(context *c, const char *text, size_t size) {
    static const char path[] = "text_damage_colours.txt"; /* in the folder that the test runs in */
    imx_colormap *map = NULL;
    imx_error err = IMX_ERROR_INIT;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    imx_status status = imx_colormap_read(c->memory, path, &err, &map);
    (void)remove(path);
    if (status == IMX_OK) {
        c->taken++;
        use_colours(map);
        imx_colormap_destroy(c->memory, &map);
    } else {
        expect_refusal(c, status, &err);
        assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
    }
}

static void test_colours(void **state) { damage(*state, "colours", colours, colour_words, 4000, try_colours); }

static int set_up(void **state) {
    static context c;
    c = (context){.seed = 20260722};
    *state = &c;
    return imx_memory_create((size_t)64 << 20, &c.memory) == IMX_OK ? 0 : -1;
}

static int tear_down(void **state) {
    context *c = *state;
    imx_memory_destroy(&c->memory);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_grids), cmocka_unit_test(test_colours)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
