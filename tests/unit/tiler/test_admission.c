/* tests/unit/tiler/test_admission.c: how memory is shared out, and how flat metatiles are for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tiler/admission.h"
#include "tiler/cog.h"

enum { MIB = 1 << 20, SCENES_MAX = 4 };

/* Scenes one below the other or side by side, a source pixel an output pixel. */
typedef struct bench {
    imx_memory *memory;
    imx_asset assets[SCENES_MAX];
    imx_scene scenes[SCENES_MAX];
    imx_footprint footprints[SCENES_MAX];
    int32_t full[1], *levels[SCENES_MAX];
    imx_plan plan;
} bench;

static void open_bench(bench *b) {
    memset(b, 0, sizeof *b);
    assert_int_equal(imx_memory_create(0, &b->memory), IMX_OK);
    b->plan = (imx_plan){.memory = b->memory,
                         .scenes = b->scenes,
                         .grid = imx_grid_find("WebMercatorQuad"),
                         .chain_count = 1,
                         .pyramid = {.zoom_max = 14, .tile_px = 256},
                         .codec = IMX_CODEC_OPTIONS_DEFAULT};
    imx_chain *chain = &b->plan.chains[0];
    chain->pyramid = b->plan.pyramid;
    imx_chain_shape(chain, b->plan.grid);
    chain->footprints = b->footprints;
    chain->levels = b->levels;
}

static void add(bench *b, bool tiled, int32_t width, int32_t height, double x, double y) {
    size_t i = b->plan.scene_count++;
    b->assets[i] = (imx_asset){.width = width, .height = height, .tiled = tiled, .block_h = 1};
    b->assets[i].block_w = tiled ? 256 : width;
    b->assets[i].block_h = tiled ? 256 : 1;
    b->scenes[i] = (imx_scene){.assets = &b->assets[i], .asset_count = 1};
    b->levels[i] = b->full;
    b->footprints[i].box = (imx_box){x, y, x + width, y + height};
}

/* The chain's pyramid is that of the plan. */
static void follow(bench *b) {
    imx_pyramid *p = &b->plan.chains[0].pyramid;
    p->bands = b->plan.pyramid.bands;
    p->type = b->plan.pyramid.type;
    p->overview = b->plan.pyramid.overview;
    p->order = b->plan.pyramid.order;
}

static imx_shares shares_of(bench *b, size_t mib, unsigned workers) {
    for (uint32_t z = 0; z <= 14; z++) {
        double side = (double)(256u << (14 - z)), across = 0;
        for (size_t i = 0; i < b->plan.scene_count; i++) {
            across += (double)b->assets[i].width / side * b->assets[i].height / side;
        }
        b->plan.chains[0].tiles[z] = (uint64_t)across + 1;
    }
    imx_shares shares = {0};
    follow(b);
    assert_int_equal(imx_plan_share_memory(&b->plan, b->plan.chains, mib * MIB, workers, NULL, &shares), IMX_OK);
    assert_int_equal(shares.render.cell_px, 2048); /* positions do not depend on memory */
    assert_int_equal(imx_memory_used(b->memory), 0);
    return shares;
}

static imx_shares of_one(bool tiled, int32_t width, int32_t height, size_t mib, unsigned workers) {
    static bench b;
    open_bench(&b);
    b.plan.pyramid.order = tiled ? IMX_WALK_HILBERT : IMX_WALK_ROWS;
    add(&b, tiled, width, height, 1000, 1000);
    imx_shares shares = shares_of(&b, mib, workers);
    imx_memory_destroy(&b.memory);
    return shares;
}

/* A row of metatiles needs 1.1 x 2048 rows and some more, of 4 bytes a pixel, in 96 MiB. */
static void wide_strips_make_metatiles_flat(void **state) {
    (void)state;
    static const struct {
        bool tiled;
        int32_t width, height;
        uint32_t flatter;
    } rows[] = {
        {true, 65536, 65536, 0},  {false, 3000, 3000, 0},   {false, 8192, 8192, 0},    {false, 16384, 16384, 1},
        {false, 32768, 32768, 2}, {false, 65536, 65536, 3}, {false, 1 << 18, 4096, 3}, /* base tiles: no flatter than
                                                                                          that */
        {false, 65536, 300, 0},                                                        /* it has no more rows */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        imx_shares shares = of_one(rows[i].tiled, rows[i].width, rows[i].height, 1024, 2);
        assert_int_equal(shares.flatter, rows[i].flatter);
        assert_int_equal(shares.rows_short_bytes, 0);
        assert_int_equal(shares.render.workers, 2);
    }
}

static void scenes_side_by_side_count_together(void **state) {
    (void)state;
    static bench b;
    open_bench(&b);
    b.plan.pyramid.order = IMX_WALK_ROWS;
    add(&b, false, 8192, 8192, 0, 0);
    add(&b, false, 8192, 8192, 0, 9000); /* below: not at the same time */
    assert_int_equal(shares_of(&b, 1024, 2).flatter, 0);
    b.plan.scene_count = 1;
    add(&b, false, 8192, 8192, 9000, 0);
    assert_int_equal(shares_of(&b, 1024, 2).flatter, 1);
    imx_memory_destroy(&b.memory);
}

static void the_cache_holds_a_row_if_it_can(void **state) {
    (void)state;
    assert_int_equal(of_one(true, 8192, 8192, 1024, 2).render.cache_bytes, 128 * MIB); /* more would help little */
    assert_int_equal(of_one(true, 49152, 65536, 1024, 2).render.cache_bytes, 192 * MIB);
    assert_int_equal(of_one(true, 1 << 18, 65536, 1024, 2).render.cache_bytes, 256 * MIB);
    assert_true(of_one(true, 1 << 18, 65536, 256, 2).render.cache_bytes < 200 * MIB); /* no more than there is */
    imx_shares strips = of_one(false, 1 << 17, 65536, 1024, 2); /* 1.1 x 256 rows and some of 512 KiB */
    assert_int_equal(strips.flatter, 3);
    assert_true(strips.render.cache_bytes > 140 * MIB && strips.render.cache_bytes < 180 * MIB);
}

/* Where memory is short, all is as it is with tiles, and what is missing is said; nothing is refused for it. */
static void memory_that_is_too_short_is_stated(void **state) {
    (void)state;
    imx_shares strips = of_one(false, 1 << 17, 65536, 256, 2), tiles = of_one(true, 1 << 17, 65536, 256, 2);
    assert_int_equal(strips.flatter, 0);
    assert_int_equal(strips.render.workers, tiles.render.workers);
    /* what is said to be missing is just about enough */
    size_t missing_mib = strips.rows_short_bytes / MIB;
    assert_in_range(missing_mib, 100, 300);
    assert_int_equal(of_one(false, 1 << 17, 65536, 256 + missing_mib + 1, 2).rows_short_bytes, 0);
    assert_true(of_one(false, 1 << 17, 65536, 256 + missing_mib - 4, 2).rows_short_bytes > 0);
    assert_int_equal(of_one(false, 65536, 65536, 100, 2).flatter, 0);
    assert_int_equal(of_one(false, 65536, 65536, 400, 2).flatter, 3);
    imx_shares narrow = of_one(false, 16384, 16384, 110, 2); /* flatter than with more memory */
    assert_int_equal(narrow.flatter, 2);
    assert_int_equal(narrow.rows_short_bytes, 0);
    narrow = of_one(false, 16384, 16384, 64, 2); /* and with fewer workers */
    assert_int_equal(narrow.flatter, 3);
    assert_int_equal(narrow.rows_short_bytes, 0);
    assert_int_equal(narrow.render.workers, 1);
}

/* Tiles of many bands are large: metatiles are flatter before anything is refused, and no larger than the raster. */
static void many_bands_make_metatiles_flat(void **state) {
    (void)state;
    static bench b;
    open_bench(&b);
    add(&b, true, 65536, 65536, 0, 0);
    b.plan.pyramid.bands = 60;
    b.plan.pyramid.type = IMX_U16;
    imx_cog_options cog = {.tile_px = 256};
    b.plan.cog = &cog;
    assert_int_equal(shares_of(&b, 4096, 1).flatter, 0);
    const imx_shares little = shares_of(&b, 512, 1);
    assert_in_range(little.flatter, 1, 3);
    b.plan.pyramid.overview = IMX_REDUCE_LANCZOS; /* which looks around: as deep as ever, or not at all */
    imx_shares shares;
    follow(&b);
    assert_int_equal(imx_plan_share_memory(&b.plan, b.plan.chains, 512 * MIB, 1, NULL, &shares), IMX_E_USAGE);
    b.plan.pyramid.overview = IMX_REDUCE_AVERAGE;
    b.plan.scene_count = 0;
    add(&b, true, 100, 100, 0, 0);
    assert_int_equal(shares_of(&b, 512, 2).flatter, 0);
    assert_int_equal(shares_of(&b, 512, 2).render.workers, 2);
    imx_memory_destroy(&b.memory);
}

static void too_little_is_refused(void **state) {
    (void)state;
    static bench b;
    open_bench(&b);
    add(&b, true, 8192, 8192, 0, 0);
    imx_shares shares = {.rows_short_bytes = 7};
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_plan_share_memory(&b.plan, b.plan.chains, 8 * MIB, 2, &err, &shares), IMX_E_USAGE);
    assert_non_null(strstr(err.text, "too little memory: one worker with tiles of 256 px needs"));
    assert_int_equal(shares.rows_short_bytes, 7);
    imx_memory_destroy(&b.memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_strips_make_metatiles_flat), cmocka_unit_test(scenes_side_by_side_count_together),
        cmocka_unit_test(the_cache_holds_a_row_if_it_can), cmocka_unit_test(memory_that_is_too_short_is_stated),
        cmocka_unit_test(many_bands_make_metatiles_flat),  cmocka_unit_test(too_little_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
