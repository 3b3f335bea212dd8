/* tests/unit/engine/test_renderer.c: which scenes are asked, in which order, how often; and what comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/renderer.h"
#include "tests/unit/engine/fake_engine.h"

enum { SIDE = 64, CELL = 128, TILE = 32, MANY = 80 };

/* Scenes of one colour each. */
typedef struct bench {
    imx_kernels kernels;
    imx_memory *memory;
    size_t count;
    fake_raster rasters[MANY];
    uint8_t pixels[MANY][SIDE * SIDE * 4];
    char ids[MANY][16];
    imx_asset assets[MANY];
    imx_scene scenes[MANY];
    imx_footprint footprints[MANY];
    imx_space space;
    imx_render_options options;
} bench;

static void open_bench(bench *b) {
    memset(b, 0, sizeof *b);
    imx_kernels_init(&b->kernels, imx_cpu_detect());
    assert_int_equal(imx_memory_create(0, &b->memory), IMX_OK);
    b->options = (imx_render_options){.resample = IMX_RESAMPLE_NEAREST,
                                      .mosaic = IMX_MOSAIC_OVER,
                                      .error_threshold_px = 1.0 / 64,
                                      .cell_px = CELL,
                                      .window_bytes = 1 << 20,
                                      .workers = 1};
}

static void close_bench(bench *b) {
    for (size_t i = 0; i < b->count; i++) {
        assert_int_equal(b->rasters[i].opens, b->rasters[i].closes);
        assert_int_equal(b->rasters[i].pinned, 0);
    }
    assert_int_equal(imx_memory_used(b->memory), 0);
    imx_memory_destroy(&b->memory);
}

/* A scene of SIDE x SIDE px whose corner is at output px (x, y). */
static void add_scene(bench *b, double x, double y, const uint8_t colour[4]) {
    size_t i = b->count++;
    for (size_t p = 0; p < SIDE * SIDE; p++) {
        memcpy(b->pixels[i] + 4 * p, colour, 4);
    }
    b->rasters[i] = (fake_raster){.width = SIDE, .height = SIDE, .block_w = 16, .block_h = 16, .rgba = b->pixels[i]};
    (void)snprintf(b->ids[i], sizeof b->ids[i], "scene%zu", i);
    fake_scene(&b->rasters[i], b->ids[i], (const double[6]){x, 1, 0, y, 0, 1}, &b->assets[i], &b->scenes[i]);
    fake_footprint(&b->assets[i], &b->footprints[i]);
}

static imx_renderer *make_renderer(bench *b) {
    imx_renderer *renderer = NULL;
    assert_int_equal(imx_renderer_create(b->memory, &b->kernels, b->scenes, b->footprints, b->count, &b->space,
                                         &b->options, NULL, &renderer),
                     IMX_OK);
    return renderer;
}

static imx_render_context *make_context(imx_renderer *renderer) {
    imx_render_context *context = NULL;
    assert_int_equal(imx_render_context_create(renderer, NULL, &context), IMX_OK);
    return context;
}

typedef struct tile {
    uint8_t px[TILE * TILE * 4];
    unsigned look;
} tile;

static void render(imx_render_context *context, int64_t x, int64_t y, tile *t) {
    imx_pixels out = imx_pixels_view_rgba8(t->px, TILE, TILE, TILE * 4);
    memset(t->px, 0x55, sizeof t->px);
    t->look = 99;
    assert_int_equal(imx_render(context, x, y, &out, NULL, &t->look), IMX_OK);
}

static void expect_pixel(const tile *t, int x, int y, const uint8_t want[4]) {
    assert_memory_equal(t->px + 4 * (y * TILE + x), want, 4);
}

static const uint8_t RED[4] = {200, 0, 0, 255}, GREEN[4] = {0, 200, 0, 255}, BLUE[4] = {0, 0, 200, 255};
static const uint8_t GLASS[4] = {100, 100, 100, 51}, NOTHING[4] = {0};
static const unsigned SOLID = IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE;

static void later_scenes_are_on_top(void **state) {
    (void)state;
    static bench b;
    static tile t;
    open_bench(&b);
    add_scene(&b, 0, 0, RED);
    add_scene(&b, 16, 0, GREEN); /* covers the right half of the first tile */
    add_scene(&b, 64, 64, BLUE);
    imx_renderer *renderer = make_renderer(&b);
    imx_render_context *context = make_context(renderer);
    render(context, 0, 0, &t);
    assert_int_equal(t.look, IMX_LOOK_OPAQUE);
    expect_pixel(&t, 15, 7, RED);
    expect_pixel(&t, 16, 7, GREEN);
    render(context, 32, 32, &t); /* green alone shows: red is not even read */
    int reads = b.rasters[0].reads;
    assert_int_equal(t.look, SOLID);
    render(context, 32, 0, &t);
    assert_int_equal(b.rasters[0].reads, reads);
    render(context, 96, 0, &t);
    assert_int_equal(t.look, IMX_LOOK_EMPTY);
    render(context, 64, 64, &t);
    assert_int_equal(t.look, SOLID);
    expect_pixel(&t, 0, 0, BLUE);
    assert_true(imx_renderer_touches(renderer, &(imx_box){120, 120, 200, 200}));
    assert_false(imx_renderer_touches(renderer, &(imx_box){128, 128, 200, 200}));
    imx_render_context_destroy(&context);
    assert_null(context);
    imx_renderer_destroy(&renderer);
    assert_null(renderer);
    close_bench(&b);
}

static void layers_are_composed(void **state) {
    (void)state;
    static bench b;
    static tile t;
    open_bench(&b);
    add_scene(&b, 0, 0, RED);      /* hidden */
    add_scene(&b, 0, 0, GREEN);    /* opaque: nothing below is wanted */
    add_scene(&b, 0, 0, NOTHING);  /* no block has anything */
    add_scene(&b, 0, 0, GLASS);    /* alpha 51: a fifth */
    add_scene(&b, 0, 16, NOTHING); /* touched, but empty */
    imx_renderer *renderer = make_renderer(&b);
    imx_render_context *context = make_context(renderer);
    render(context, 0, 0, &t);
    assert_int_equal(t.look, SOLID);
    expect_pixel(&t, 3, 30, (const uint8_t[4]){20, 180, 20, 255});
    assert_int_equal(b.rasters[0].reads, 0);
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);
    b.options.mosaic = IMX_MOSAIC_BLEND;
    renderer = make_renderer(&b);
    context = make_context(renderer);
    render(context, 0, 0, &t);
    assert_int_equal(t.look, SOLID);
    expect_pixel(&t, 3, 30, (const uint8_t[4]){100, 100, 9, 255} /* 255 255 51 weigh: (51000+5100)/561, 5100/561 */);
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);
    close_bench(&b);
}

static void the_tiles_of_a_cell_share_a_grid(void **state) {
    (void)state;
    static bench b;
    static tile t;
    open_bench(&b);
    add_scene(&b, 40, 40, RED);
    add_scene(&b, 100, 100, GREEN); /* reaches into the next cells */
    imx_renderer *renderer = make_renderer(&b);
    imx_render_context *context = make_context(renderer);
    for (int round = 0; round < 2; round++) {
        for (int64_t y = 0; y < CELL; y += TILE) {
            for (int64_t x = 0; x < CELL; x += TILE) {
                render(context, x, y, &t);
            }
        }
        render(context, CELL, CELL, &t);
    }
    assert_int_equal(b.rasters[0].fills, 1);
    assert_int_equal(b.rasters[1].fills, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(b.rasters[i].opens, 1);
        assert_int_equal(b.rasters[i].transforms, 1);
    }
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);
    close_bench(&b);
}

/* More scenes than handles and grids: all are rendered, few stay open. */
static void many_scenes_take_turns(void **state) {
    (void)state;
    static bench b;
    static tile t;
    open_bench(&b);
    for (int i = 0; i < MANY; i++) {
        add_scene(&b, 0, 0, (const uint8_t[4]){(uint8_t)i, 0, 0, 255});
    }
    b.options.mosaic = IMX_MOSAIC_BLEND;
    imx_renderer *renderer = make_renderer(&b);
    imx_render_context *context = make_context(renderer);
    for (int round = 0; round < 2; round++) {
        render(context, 0, 0, &t);
        expect_pixel(&t, 0, 0, (const uint8_t[4]){40, 0, 0, 255}); /* 39.5 rounded */
    }
    int open = 0;
    for (size_t i = 0; i < MANY; i++) {
        assert_in_range(b.rasters[i].opens, 1, 2);
        open += b.rasters[i].opens - b.rasters[i].closes;
    }
    assert_int_equal(open, 64);
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);
    close_bench(&b);
}

static void rectangles_of_any_size_and_place(void **state) {
    (void)state;
    static bench b;
    open_bench(&b);
    add_scene(&b, -100, -100, RED);
    add_scene(&b, -110, -100, GLASS);
    imx_renderer *renderer = make_renderer(&b);
    imx_render_context *context = make_context(renderer);
    static uint8_t px[CELL * CELL * 4];
    imx_error err = IMX_ERROR_INIT;
    unsigned look;
    imx_pixels small = imx_pixels_view_rgba8(px, 1, 1, CELL * 4),
               whole = imx_pixels_view_rgba8(px, CELL, CELL, CELL * 4);
    assert_int_equal(imx_render(context, -50, -100, &small, &err, &look), IMX_OK);
    assert_memory_equal(px, ((uint8_t[4]){180, 20, 20, 255}), 4);
    assert_int_equal(imx_render(context, -CELL, -CELL, &whole, &err, &look), IMX_OK);
    assert_int_equal(look, 0);
    assert_memory_equal(px + 4 * (28 * CELL + 18), GLASS, 4);
    assert_memory_equal(px + 4 * (28 * CELL + 28), ((uint8_t[4]){180, 20, 20, 255}), 4);
    assert_memory_equal(px + 4 * (28 * CELL + 82), RED, 4);
    assert_memory_equal(px + 4 * (91 * CELL + 92), NOTHING, 4);
    assert_int_equal(imx_render(context, -CELL + 1, -CELL, &whole, &err, &look), IMX_E_INTERNAL);
    assert_int_equal(imx_render(context, 0, 1, &whole, &err, &look), IMX_E_INTERNAL);
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);
    close_bench(&b);
}

static void errors_name_the_scene_and_pass(void **state) {
    (void)state;
    static bench b;
    open_bench(&b);
    add_scene(&b, 0, 0, RED);
    add_scene(&b, 0, 0, GREEN);
    imx_renderer *renderer = make_renderer(&b);
    imx_render_context *context = make_context(renderer);
    static tile t;
    imx_pixels out = imx_pixels_view_rgba8(t.px, TILE, TILE, TILE * 4);
    bool *flags[] = {&b.rasters[1].fail_fill, &b.rasters[1].fail_transform, &b.rasters[1].fail_open,
                     &b.rasters[1].fail_read};
    const char *texts[] = {"scene1: unknown CRS", "scene1: grid", "scene1: cannot be opened",
                           "scene1: block 0,0 is damaged"};
    for (int i = 0; i < 4; i++) {
        *flags[i] = true;
    }
    *flags[0] = false;
    for (int i = 0; i < 4; i++) {
        imx_error err = IMX_ERROR_INIT;
        unsigned look;
        assert_int_not_equal(imx_render(context, 0, 0, &out, &err, &look), IMX_OK);
        assert_string_equal(err.text, texts[i]);
        if (i == 0) { /* the next one in the order of work */
            b.rasters[1].fail_transform = false;
            b.rasters[1].fail_fill = true;
        } else if (i == 1) {
            b.rasters[1].fail_fill = false;
        } else if (i == 2) {
            b.rasters[1].fail_open = false;
        }
    }
    b.rasters[1].fail_read = false;
    render(context, 0, 0, &t); /* and works again */
    assert_int_equal(t.look, SOLID);
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);

    b.assets[1].role = IMX_ROLE_DATA;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_renderer_create(b.memory, &b.kernels, b.scenes, b.footprints, b.count, &b.space, &b.options,
                                         &err, &renderer),
                     IMX_E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "scene1"));
    assert_null(renderer);
    close_bench(&b);
}

/* Every allocation on the way fails once: always a clean error, never a wrong picture. */
static void memory_runs_out_cleanly(void **state) {
    (void)state;
    static bench b;
    static tile want, t;
    open_bench(&b);
    add_scene(&b, 0, 0, RED);
    add_scene(&b, 16, 0, GLASS);
    imx_renderer *renderer = make_renderer(&b);
    imx_render_context *context = make_context(renderer);
    render(context, 0, 0, &want);
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);
    size_t nth = 1;
    for (bool failed = true; failed; nth++) {
        imx_memory_fail_nth(b.memory, nth);
        imx_pixels out = imx_pixels_view_rgba8(t.px, TILE, TILE, TILE * 4);
        unsigned look = 99;
        imx_error err = IMX_ERROR_INIT;
        imx_status status = imx_renderer_create(b.memory, &b.kernels, b.scenes, b.footprints, b.count, &b.space,
                                                &b.options, &err, &renderer);
        if (status == IMX_OK) {
            status = imx_render_context_create(renderer, &err, &context);
        }
        if (status == IMX_OK) {
            status = imx_render(context, 0, 0, &out, &err, &look);
        }
        failed = status != IMX_OK;
        assert_int_equal(status, failed ? IMX_E_NOMEM : IMX_OK);
        if (failed && context) { /* the same context goes on */
            assert_int_equal(imx_render(context, 0, 0, &out, &err, &look), IMX_OK);
        }
        if (context) {
            assert_memory_equal(t.px, want.px, sizeof t.px);
            assert_int_equal(look, want.look);
        }
        imx_render_context_destroy(&context);
        imx_renderer_destroy(&renderer);
        assert_int_equal(imx_memory_used(b.memory), 0);
    }
    assert_in_range(nth, 15, 60); /* it did try */
    imx_memory_fail_nth(b.memory, 0);
    close_bench(&b);
}

static double row_at(imx_render_context *context, double x, double y) {
    double row = -1;
    imx_box box = {x - 1, y - 1, x + 1, y + 1};
    assert_int_equal(imx_render_row(context, &box, NULL, &row), IMX_OK);
    return row;
}

static void rows_follow_the_topmost_source(void **state) {
    (void)state;
    static bench b;
    open_bench(&b);
    add_scene(&b, 0, 0, RED);
    add_scene(&b, 32, 100, GREEN);
    b.assets[1].geotransform[4] = 0.25; /* its rows fall by a quarter: from 100 to 116 at its right edge */
    b.assets[1].height = 2000;          /* of which the transform knows half */
    b.footprints[1].box = (imx_box){32, 0, 96, 1000};
    imx_renderer *renderer = make_renderer(&b);
    imx_render_context *context = make_context(renderer);
    assert_true(row_at(context, 10, 20) == 20);         /* an upright one: its own row */
    assert_true(row_at(context, 64, 108) == 0);         /* the first row of the slanting one, at its middle */
    assert_true(row_at(context, 96, 116) == 0);         /* and at its right edge */
    assert_true(row_at(context, 64, 508) == 400.0 / 2); /* a fifth of it, and of its extent */
    assert_true(row_at(context, 64, 980) == 872.0 / 2);
    b.assets[1].geotransform[3] = -300;
    imx_render_context_destroy(&context);
    context = make_context(renderer);
    assert_true(row_at(context, 64, 980) == 980); /* no position there */
    assert_true(row_at(context, 5000, 70) == 70); /* no scene there */
    b.rasters[0].fail_transform = true;
    imx_render_context_destroy(&context);
    context = make_context(renderer);
    double row;
    imx_box box = {8, 8, 9, 9};
    assert_int_equal(imx_render_row(context, &box, NULL, &row), IMX_E_INPUT);
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);
    close_bench(&b);
}

static void what_is_announced_reaches_its_sources(void **state) {
    (void)state;
    static bench b;
    open_bench(&b);
    add_scene(&b, 0, 0, RED);
    add_scene(&b, 40, 0, GREEN);
    add_scene(&b, 1000, 0, BLUE);
    imx_renderer *renderer = make_renderer(&b);
    imx_render_context *context = make_context(renderer);
    imx_render_announce(context, &(imx_box){32, 8, 64, 24});
    assert_int_equal(b.rasters[0].announces, 1);
    const int32_t first[4] = {28, 4, 36, 24}, second[4] = {0, 4, 28, 24}; /* with the kernels' margin */
    assert_memory_equal(b.rasters[0].announced, first, sizeof first);
    assert_int_equal(b.rasters[1].announces, 1);
    assert_memory_equal(b.rasters[1].announced, second, sizeof second);
    assert_int_equal(b.rasters[2].announces + b.rasters[2].opens, 0);
    b.rasters[2].fail_open = true;
    imx_render_announce(context, &(imx_box){1000, 0, 1032, 32}); /* it is the render that says so */
    assert_int_equal(b.rasters[2].announces, 0);
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);
    close_bench(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_scenes_are_on_top),
        cmocka_unit_test(layers_are_composed),
        cmocka_unit_test(the_tiles_of_a_cell_share_a_grid),
        cmocka_unit_test(many_scenes_take_turns),
        cmocka_unit_test(rectangles_of_any_size_and_place),
        cmocka_unit_test(errors_name_the_scene_and_pass),
        cmocka_unit_test(memory_runs_out_cleanly),
        cmocka_unit_test(rows_follow_the_topmost_source),
        cmocka_unit_test(what_is_announced_reaches_its_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
