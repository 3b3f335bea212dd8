/* tests/unit/tiler/test_job_failures.c: jobs that fail: at any allocation, on sources that break after they were
 * analysed, on a target that cannot be. Nothing leaks, and the old output stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/tiler/job_fixture.h"

static void check_old(const job_fixture *f) {
    imx_hash hash = job_fixture_hash(f->target), old = imx_hash_bytes("old", 3);
    assert_true(imx_hash_equal(&hash, &old));
    job_fixture_check_folder(f, true);
}

/* ---- allocations ---- */

/* Whether a failure that was asked for is still to come: it then meets one of these blocks. */
static bool still_armed(imx_memory *memory, size_t nth) {
    for (size_t i = 0; i < nth; i++) {
        void *block = imx_alloc(memory, 1);
        if (!block) {
            return true;
        }
        imx_free(memory, block);
    }
    return false;
}

/* Every early allocation, then ever wider steps, until none is left to fail. */
static void sweep(const job_fixture *f, unsigned threads, bool sample_forecast) {
    char a[128], b[128]; /* small ones, where four metatiles meet */
    (void)snprintf(a, sizeof a, "%s/a.tif", f->folder);
    (void)snprintf(b, sizeof b, "%s/b.tif", f->folder);
    job_fixture_raster(a, 5008 * JOB_TILE - 100, 6008 * JOB_TILE - 90, 150, 130);
    job_fixture_raster(b, 5008 * JOB_TILE - 20, 6008 * JOB_TILE - 30, 160, 110);
    const char *inputs[] = {a, b};
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_job_options options = job_fixture_options(inputs, 2);
    options.codec.format = IMX_FORMAT_AUTO;
    options.sample_forecast = sample_forecast;
    imx_job_report report = {0};
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(job_fixture_run(memory, &options, f->target, threads, &err, &report), IMX_OK);
    const imx_hash whole = job_fixture_hash(f->target);
    job_fixture_write(f->target, "old");
    size_t failures = 0;
    for (size_t nth = 1, step = 1;; nth += step, step = nth < 60 ? 1 : nth / 9) {
        err = (imx_error)IMX_ERROR_INIT;
        imx_memory_fail_nth(memory, nth);
        imx_status s = job_fixture_run(memory, &options, f->target, threads, &err, &report);
        bool beyond = still_armed(memory, nth);
        imx_memory_fail_nth(memory, 0);
        if (imx_memory_used(memory)) {
            fail_msg("allocation %zu: %zu bytes leaked (%s)", nth, imx_memory_used(memory), err.text);
        }
        if (s == IMX_OK) { /* what is done without the block is done right */
            imx_hash hash = job_fixture_hash(f->target);
            assert_true(imx_hash_equal(&hash, &whole));
            job_fixture_check_folder(f, true);
            job_fixture_write(f->target, "old");
        } else {
            if (s != IMX_E_NOMEM || err.status != IMX_E_NOMEM || !err.text[0]) {
                fail_msg("allocation %zu: %s: %s", nth, imx_status_name(s), err.text);
            }
            check_old(f);
            failures++;
        }
        if (beyond) {
            assert_int_equal(s, IMX_OK);
            break;
        }
    }
    assert_true(failures > 60);
    imx_memory_destroy(&memory);
}

static void test_allocations(void **state) { sweep(*state, 1, false); }
static void test_allocations_threads(void **state) { sweep(*state, 3, false); }
static void test_allocations_forecast(void **state) { sweep(*state, 1, true); }

/* ---- sources that break after the analysis ---- */

static void empty_file(const char *path) { assert_int_equal(truncate(path, 0), 0); }

static void halve_file(const char *path) {
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size / 2), 0);
}

/* Noise over the second half: the blocks there no longer inflate. */
static void spoil_file(const char *path) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_int_equal(fseek(file, size / 2, SEEK_SET), 0);
    for (long i = size / 2; i < size; i++) {
        (void)fputc((int)(((unsigned long)i * 2654435761u >> 7) & 255), file);
    }
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *path) { assert_int_equal(unlink(path), 0); }

static void test_broken_sources(void **state) {
    const job_fixture *f = *state;
    static void (*const breaks[])(const char *) = {halve_file, spoil_file, empty_file, remove_file};
    char victim[128];
    (void)snprintf(victim, sizeof victim, "%s/victim.tif", f->folder);
    const char *inputs[] = {f->left, victim};
    for (size_t i = 0; i < 4 * 2; i++) {
        job_fixture_raster(victim, JOB_RIGHT_X, JOB_RIGHT_Y, JOB_SCENE_W, JOB_SCENE_H);
        job_fixture_write(f->target, "old");
        imx_memory *memory = NULL;
        imx_plan *plan = NULL;
        imx_job *job = NULL;
        imx_job_report report = {0};
        imx_error err = IMX_ERROR_INIT;
        imx_job_options options = job_fixture_options(inputs, 2);
        imx_run_options run = {.threads = 1 + 2 * (unsigned)(i % 2),
                               .cpu_mask = imx_cpu_detect(),
                               .target = f->target,
                               .store = {.overwrite = true}};
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        assert_int_equal(imx_analyse(memory, &options, NULL, &err, &plan), IMX_OK);
        breaks[i / 2](victim);
        imx_status s = imx_job_create(memory, plan, &run, &err, &job);
        s = s ? s : imx_job_run(job, &err, &report);
        if (s != IMX_E_INPUT || err.status != s || strncmp(err.text, victim, strlen(victim)) ||
            strchr(err.text, '\n')) {
            fail_msg("break %zu: %s: \"%s\"", i / 2, imx_status_name(s), err.text);
        }
        imx_job_destroy(&job);
        imx_plan_destroy(&plan);
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
        check_old(f);
    }
}

/* A sound file that was exchanged for a smaller one after the analysis is not read beyond its edge. */
static void test_exchanged_source(void **state) {
    const job_fixture *f = *state;
    char victim[128];
    (void)snprintf(victim, sizeof victim, "%s/victim.tif", f->folder);
    const char *inputs[] = {victim};
    job_fixture_raster(victim, JOB_RIGHT_X, JOB_RIGHT_Y, JOB_SCENE_W, JOB_SCENE_H);
    job_fixture_write(f->target, "old");
    imx_plan *plan = NULL;
    imx_job *job = NULL;
    imx_job_report report = {0};
    imx_error err = IMX_ERROR_INIT;
    imx_job_options options = job_fixture_options(inputs, 1);
    imx_run_options run = {.threads = 2, .cpu_mask = 0, .target = f->target, .store = {.overwrite = true}};
    assert_int_equal(imx_analyse(NULL, &options, NULL, &err, &plan), IMX_OK);
    job_fixture_raster(victim, JOB_RIGHT_X, JOB_RIGHT_Y, 60, 50);
    imx_status s = imx_job_create(NULL, plan, &run, &err, &job);
    s = s ? s : imx_job_run(job, &err, &report);
    assert_int_equal(s, IMX_E_INPUT);
    assert_memory_equal(err.text, victim, strlen(victim));
    imx_job_destroy(&job);
    imx_plan_destroy(&plan);
    check_old(f);
}

/* ---- targets ---- */

static void test_targets(void **state) {
    const job_fixture *f = *state;
    const char *inputs[] = {f->left};
    imx_job_options options = job_fixture_options(inputs, 1);
    imx_plan *plan = NULL;
    imx_job *job = NULL;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_analyse(NULL, &options, NULL, &err, &plan), IMX_OK);
    job_fixture_write(f->target, "old");
    imx_run_options run = {.threads = 1, .cpu_mask = 0, .target = f->target, .store = {.overwrite = false}};
    assert_int_equal(imx_job_create(NULL, plan, &run, &err, &job), IMX_E_USAGE);
    assert_non_null(strstr(err.text, f->target));
    check_old(f);
    run.store.overwrite = true;
    run.target = "no/such/folder/out.pmtiles";
    assert_int_equal(imx_job_create(NULL, plan, &run, &err, &job), IMX_E_IO);
    assert_non_null(strstr(err.text, "no/such/folder"));
    run.target = f->target;
    plan->bytes_estimate = UINT64_MAX / 4; /* more than any disk */
    assert_int_equal(imx_job_create(NULL, plan, &run, &err, &job), IMX_E_DISK_FULL);
    assert_non_null(strstr(err.text, "nothing was written"));
    assert_null(job);
    check_old(f);
    imx_plan_destroy(&plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocations),          cmocka_unit_test(test_allocations_threads),
        cmocka_unit_test(test_allocations_forecast), cmocka_unit_test(test_broken_sources),
        cmocka_unit_test(test_exchanged_source),     cmocka_unit_test(test_targets),
    };
    return cmocka_run_group_tests(tests, job_fixture_set_up, job_fixture_tear_down);
}
