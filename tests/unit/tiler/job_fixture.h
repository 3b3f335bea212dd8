/* tests/unit/tiler/job_fixture.h: two small scenes on the pixels of WebMercatorQuad's zoom 14, so that what a base tile
 * must hold is known without resampling; and whole jobs over them. */
#ifndef IMX_TESTS_UNIT_TILER_JOB_FIXTURE_H
#define IMX_TESTS_UNIT_TILER_JOB_FIXTURE_H

#include "tiler/analyse.h"
#include "tiler/job.h"

enum {
    JOB_ZOOM = 14,
    JOB_TILE = 256,
    /* px of zoom 14, from the grid's upper left corner; four metatiles meet within the left scene, at tile 5008, 6008
     */
    JOB_LEFT_X = 5006 * JOB_TILE + 37,
    JOB_LEFT_Y = 6006 * JOB_TILE + 101,
    JOB_RIGHT_X = JOB_LEFT_X + 400,
    JOB_RIGHT_Y = JOB_LEFT_Y + 150,
    JOB_SCENE_W = 700,
    JOB_SCENE_H = 600,
};

typedef struct job_fixture {
    char folder[64]; /* a fresh one, removed at the end */
    char left[96], right[96], target[96];
} job_fixture;

/* cmocka set-up and tear-down: *state is a job_fixture. */
int job_fixture_set_up(void **state);
int job_fixture_tear_down(void **state);

/* left: RGB, tiled. right, on top of it: RGB with nodata 0 and a hole, tiled. Both deflated. */
void job_fixture_expect(int64_t x, int64_t y, uint8_t rgba[4]); /* at a pixel of zoom 14 */
/* A raster of that size in the grid's pixels; its content is raster_fill()'s. */
void job_fixture_raster(const char *path, int64_t x, int64_t y, int width, int height);

/* Nearest, PNG, zooms 10 to 14 (chosen), no sampled forecast; inputs: left, right. */
imx_job_options job_fixture_options(const char *const inputs[], size_t count);
/* analyse, create, run, destroy. Nothing of it stays but the report and the target. */
imx_status job_fixture_run(imx_memory *memory, const imx_job_options *options, const char *target, unsigned threads,
                           imx_error *err, imx_job_report *report);

/* The file's content hash; fails the test if it is not there. */
imx_hash job_fixture_hash(const char *path);
void job_fixture_write(const char *path, const char *text);
/* Whether the folder holds exactly the scenes and, if there is one, the target: nothing partial. */
void job_fixture_check_folder(const job_fixture *fixture, bool target);

#endif
