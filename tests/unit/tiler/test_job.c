/* tests/unit/tiler/test_job.c: a job from scenes to an archive, read back pixel by pixel; its bytes under other threads
 * and memory limits; cancelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "tests/unit/tiler/job_fixture.h"

/* ---- reading back ---- */

typedef struct reading {
    imx_store_reader *reader;
    uint64_t tiles[IMX_ZOOM_MAX + 1];
} reading;

static imx_pixels get(imx_store_reader *reader, imx_tile tile) {
    imx_error err = IMX_ERROR_INIT;
    imx_tile_key key = {.tile = tile};
    imx_tile_ref ref = {0};
    imx_pixels pixels = {0};
    imx_status s = imx_store_get(reader, &key, &err, &ref);
    if (s == IMX_E_NOT_FOUND) {
        assert_int_equal(imx_pixels_create_rgba8(NULL, JOB_TILE, JOB_TILE, &err, &pixels), IMX_OK);
        for (int y = 0; y < JOB_TILE; y++) {
            memset((uint8_t *)pixels.data + y * pixels.row_stride, 0, (size_t)4 * JOB_TILE);
        }
        return pixels;
    }
    assert_int_equal(s, IMX_OK);
    assert_int_equal(imx_decode(NULL, ref.data, ref.size, JOB_TILE, &err, &pixels), IMX_OK);
    imx_tile_ref_release(reader, &ref);
    return pixels;
}

static const uint8_t *at(const imx_pixels *pixels, int x, int y) {
    return (const uint8_t *)pixels->data + y * pixels->row_stride + 4 * (ptrdiff_t)x;
}

static void check_base(const imx_pixels *pixels, imx_tile tile) {
    bool any = false;
    for (int y = 0; y < JOB_TILE; y++) {
        for (int x = 0; x < JOB_TILE; x++) {
            uint8_t want[4];
            job_fixture_expect((int64_t)tile.x * JOB_TILE + x, (int64_t)tile.y * JOB_TILE + y, want);
            if (memcmp(at(pixels, x, y), want, 4)) {
                fail_msg("tile %u/%u px %d,%d: %u,%u,%u,%u", tile.x, tile.y, x, y, at(pixels, x, y)[0],
                         at(pixels, x, y)[1], at(pixels, x, y)[2], at(pixels, x, y)[3]);
            }
            any = any || want[3];
        }
    }
    assert_true(any); /* empty tiles are not written */
}

/* Design section 4: A = (sum a + 2) >> 2, C = (sum(c a) + sum a / 2) / sum a. */
static void reduce_pixel(const uint8_t *from[4], uint8_t out[4]) {
    unsigned alpha = 0;
    memset(out, 0, 4);
    for (int i = 0; i < 4; i++) {
        alpha += from[i][3];
    }
    out[3] = (uint8_t)((alpha + 2) >> 2);
    for (int c = 0; c < 3 && out[3]; c++) {
        unsigned sum = alpha / 2;
        for (int i = 0; i < 4; i++) {
            sum += (unsigned)from[i][c] * from[i][3];
        }
        out[c] = (uint8_t)(sum / alpha);
    }
}

static void check_parent(const imx_pixels *pixels, imx_store_reader *reader, imx_tile tile) {
    imx_pixels children[4];
    for (unsigned i = 0; i < 4; i++) {
        children[i] = get(reader, (imx_tile){tile.z + 1, 2 * tile.x + i % 2, 2 * tile.y + i / 2});
    }
    for (int y = 0; y < JOB_TILE; y++) {
        for (int x = 0; x < JOB_TILE; x++) {
            const imx_pixels *child = &children[(x >= JOB_TILE / 2) + 2 * (y >= JOB_TILE / 2)];
            int u = 2 * x % JOB_TILE, v = 2 * y % JOB_TILE;
            const uint8_t *from[4] = {at(child, u, v), at(child, u + 1, v), at(child, u, v + 1),
                                      at(child, u + 1, v + 1)};
            uint8_t want[4];
            reduce_pixel(from, want);
            if (memcmp(at(pixels, x, y), want, 4)) {
                fail_msg("tile %u/%u/%u px %d,%d is not the mean of its children", tile.z, tile.x, tile.y, x, y);
            }
        }
    }
    for (int i = 0; i < 4; i++) {
        imx_pixels_destroy(NULL, &children[i]);
    }
}

static imx_status check_tile(void *context, imx_tile tile, const imx_tile_ref *ref, imx_error *err) {
    reading *r = context;
    imx_pixels pixels = {0};
    assert_int_equal(ref->type, IMX_TILE_PNG);
    assert_int_equal(imx_decode(NULL, ref->data, ref->size, JOB_TILE, err, &pixels), IMX_OK);
    assert_in_range(tile.z, 10, JOB_ZOOM);
    r->tiles[tile.z]++;
    if (tile.z == JOB_ZOOM) {
        check_base(&pixels, tile);
    } else {
        check_parent(&pixels, r->reader, tile);
    }
    imx_pixels_destroy(NULL, &pixels);
    return IMX_OK;
}

static void test_every_pixel(void **state) {
    const job_fixture *f = *state;
    const char *inputs[] = {f->left, f->right};
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_job_options options = job_fixture_options(inputs, 2);
    imx_job_report report = {0};
    imx_error err = IMX_ERROR_INIT;
    if (job_fixture_run(memory, &options, f->target, 2, &err, &report)) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(imx_memory_used(memory), 0);
    job_fixture_check_folder(f, true);

    reading r = {0};
    assert_int_equal(imx_store_reader_open(memory, f->target, &err, &r.reader), IMX_OK);
    const imx_archive_info *info = imx_store_reader_info(r.reader);
    assert_string_equal(info->name, "two scenes");
    assert_int_equal(info->zoom_min, 10);
    assert_int_equal(info->zoom_max, JOB_ZOOM);
    assert_int_equal(imx_store_check(r.reader, &err), IMX_OK);
    assert_int_equal(imx_store_each(r.reader, check_tile, &r, &err), IMX_OK);
    /* 37 + 1100 px across are columns 0..4, 101 + 750 px down are rows 0..3. Neither scene is in column 0 of row 3: the
     * left one ends above it, the right one begins at px 437. */
    assert_int_equal(r.tiles[14], 5 * 4 - 1);
    assert_int_equal(r.tiles[13], 3 * 2);
    assert_int_equal(r.tiles[12], 2 * 2);
    assert_int_equal(r.tiles[11], 2 * 2);
    assert_int_equal(r.tiles[10], 2 * 1);
    assert_int_equal(report.store.tiles, 19 + 6 + 4 + 4 + 2);
    assert_int_equal(report.tiles_encoded, report.store.tiles);
    assert_int_equal(report.base_tiles, r.tiles[14] + report.tiles_empty);
    assert_true(report.memory_peak_bytes > 0 && report.wall_s > 0 && report.cpu_s > 0);
    imx_store_reader_close(&r.reader);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

/* ---- threads and memory ---- */

/* Under any limit a job ends with the same bytes, or is refused, or says that memory is out, and keeps within the limit. */
static void test_limits(void **state) {
    const job_fixture *f = *state;
    const char *inputs[] = {f->left, f->right};
    static const size_t limits_mib[] = {0, 64, 24, 8, 4, 1};
    imx_hash first = {{0}};
    size_t done = 0, refused = 0;
    for (size_t i = 0; i < sizeof limits_mib / sizeof *limits_mib; i++) {
        for (unsigned threads = 1; threads <= 4; threads += 3) {
            imx_memory *memory = NULL;
            size_t limit = limits_mib[i] << 20;
            assert_int_equal(imx_memory_create(limit, &memory), IMX_OK);
            imx_job_options options = job_fixture_options(inputs, 2);
            options.resample = IMX_RESAMPLE_CUBIC;
            options.codec.format = IMX_FORMAT_AUTO;
            imx_job_report report = {0};
            imx_error err = IMX_ERROR_INIT;
            job_fixture_write(f->target, "old");
            imx_status s = job_fixture_run(memory, &options, f->target, threads, &err, &report);
            assert_true(s == IMX_OK || s == IMX_E_NOMEM || s == IMX_E_USAGE); /* usage: refused before any work */
            assert_true(!limit || imx_memory_peak(memory) <= limit);
            assert_int_equal(imx_memory_used(memory), 0);
            imx_hash hash = job_fixture_hash(f->target);
            if (s) {
                imx_hash old = imx_hash_bytes("old", 3);
                assert_true(imx_hash_equal(&hash, &old));
                assert_non_null(strstr(err.text, "memory"));
                refused++;
            } else {
                first = done++ ? first : hash;
                assert_true(imx_hash_equal(&hash, &first));
            }
            /* what the command line lets a user ask for is enough */
            assert_true(!s || (limit && limit < (size_t)64 << 20));
            job_fixture_check_folder(f, true);
            imx_memory_destroy(&memory);
        }
    }
    assert_true(done >= 4 && refused >= 1);
}

/* ---- cancelling ---- */

typedef struct canceller {
    imx_job *job;
    atomic_bool ended;
} canceller;

static void *cancel_soon(void *context) {
    canceller *c = context;
    while (!atomic_load(&imx_job_stats(c->job)->encoded) && !atomic_load(&c->ended)) {
        sched_yield();
    }
    imx_job_cancel(c->job);
    return NULL;
}

static void test_cancel(void **state) {
    const job_fixture *f = *state;
    char wide[128];
    (void)snprintf(wide, sizeof wide, "%s/wide.tif", f->folder);
    job_fixture_raster(wide, JOB_LEFT_X, JOB_LEFT_Y, 2000, 1500);
    const char *inputs[] = {wide};
    imx_job_options options = job_fixture_options(inputs, 1);
    options.codec.format = IMX_FORMAT_WEBP; /* slow enough: seconds */
    options.codec.webp_method = 6;
    for (unsigned threads = 1; threads <= 3; threads++) {
        imx_memory *memory = NULL;
        imx_plan *plan = NULL;
        imx_error err = IMX_ERROR_INIT;
        imx_job_report report = {0};
        canceller c = {.job = NULL};
        imx_run_options run = {
            .threads = threads, .cpu_mask = imx_cpu_detect(), .target = f->target, .store = {.overwrite = true}};
        job_fixture_write(f->target, "old");
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        assert_int_equal(imx_analyse(memory, &options, NULL, &err, &plan), IMX_OK);
        assert_int_equal(imx_job_create(memory, plan, &run, &err, &c.job), IMX_OK);
        if (threads == 3) { /* before it begins */
            imx_job_cancel(c.job);
            assert_int_equal(imx_job_run(c.job, &err, &report), IMX_E_CANCELLED);
            assert_int_equal(report.tiles_encoded, 0);
        } else {
            pthread_t thread;
            assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &c), 0);
            imx_status s = imx_job_run(c.job, &err, &report);
            atomic_store(&c.ended, true);
            pthread_join(thread, NULL);
            assert_int_equal(s, IMX_E_CANCELLED);
            assert_in_range(report.tiles_encoded, 1, plan->tiles_total / 2); /* at once, not at the end */
        }
        imx_job_destroy(&c.job);
        imx_plan_destroy(&plan);
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
        imx_hash hash = job_fixture_hash(f->target), old = imx_hash_bytes("old", 3);
        assert_true(imx_hash_equal(&hash, &old));
        job_fixture_check_folder(f, true);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pixel),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, job_fixture_set_up, job_fixture_tear_down);
}
