/* tiler/raster_table.c: see the header. */
#include "tiler/raster_table.h"

#include <stdio.h>
#include <string.h>

#include "engine/crs.h"
#include "engine/raster_facts.h"
#include "tiler/raster_report.h"
#include "tiler/text_table.h"
#include "tiler/words.h"

enum column { SCENE, KIND, ACQUIRED, PIXELS, SHOWN, RESOLUTION, ZOOM, CRS, COLUMNS };

typedef struct builder {
    imx_memory *memory;
    const imx_raster_info_options *options;
    imx_source_options source; /* as a picture wants it */
    imx_text_table table;
    imx_words below; /* the lines under the table */
    size_t refused, unreadable;
} builder;

bool imx_raster_unreadable(imx_status status) {
    return status == IMX_E_INPUT || status == IMX_E_UNSUPPORTED || status == IMX_E_NOT_FOUND || status == IMX_E_IO;
}

/* ---- a row ---- */

static imx_status put_facts(builder *b, size_t row, const char *path, imx_error *err) {
    imx_raster_facts facts = {0};
    imx_status status = imx_raster_facts_read(b->memory, path, NULL, err, &facts);
    if (status == IMX_OK) {
        imx_text_table_put(&b->table, row, KIND, "%s", facts.driver);
        imx_text_table_put(&b->table, row, PIXELS, "%d x %d", (int)facts.width, (int)facts.height);
        imx_raster_facts_clear(b->memory, &facts);
    }
    return status;
}

/* What it is, whether it can be tiled or not. */
static imx_status put_head(builder *b, size_t row, const char *path, imx_error *err) {
    imx_delivery delivery = {0};
    const char *slash = strrchr(path, '/');
    imx_text_table_put(&b->table, row, SCENE, "%s", slash && slash[1] ? slash + 1 : path);
    imx_status status = imx_delivery_read(b->memory, path, err, &delivery);
    if (status == IMX_E_NOT_FOUND) {
        return put_facts(b, row, path, err);
    }
    if (status == IMX_OK) {
        imx_text_table_put(&b->table, row, SCENE, "%s", delivery.id);
        imx_text_table_put(&b->table, row, KIND, "%s", delivery.kind);
        imx_text_table_put(&b->table, row, ACQUIRED, "%s", delivery.time_start ? delivery.time_start : "");
        imx_delivery_clear(b->memory, &delivery);
    }
    return status;
}

/* As imx_raster_report_make() tells them of one. */
static imx_status put_place(builder *b, size_t row, const imx_scene *scene, imx_error *err) {
    const imx_grid *grid = imx_grid_find("WebMercatorQuad");
    imx_space space = imx_chain_space(grid, 0, grid->tile_px);
    imx_transform *transform = NULL;
    double finest = 0;
    imx_status status = IMX_OK;
    for (size_t i = 0; i < scene->asset_count && !status; i++) {
        double res;
        status = imx_transform_create(b->memory, scene, &scene->assets[i], &space, err, &transform);
        status = status ? status : imx_transform_native_res(transform, err, &res);
        imx_transform_destroy(&transform);
        finest = !status && (i == 0 || res < finest) ? res : finest;
    }
    if (status == IMX_OK) {
        imx_text_table_put(&b->table, row, RESOLUTION, "%.4g m", finest);
        imx_text_table_put(&b->table, row, ZOOM, "%u", imx_grid_zoom_for(grid, finest, grid->tile_px));
    }
    return status;
}

static imx_status put_scene(builder *b, size_t row, const char *path, imx_error *err) {
    imx_scene scene = {0};
    char text[160];
    imx_status status =
        imx_scene_probe(b->memory, path, &b->source, b->options->job->block_limit_bytes, NULL, err, &scene);
    if (status == IMX_OK) {
        const imx_asset *first = &scene.assets[0];
        imx_text_table_put(&b->table, row, PIXELS, "%d x %d", (int)first->width, (int)first->height);
        imx_picture_describe(&scene, text, sizeof text);
        imx_text_table_put(&b->table, row, SHOWN, "%s", text);
        if (strlen(scene.crs) >= 40) { /* WKT */
            imx_crs_name(scene.crs, sizeof text, text);
        }
        imx_text_table_put(&b->table, row, CRS, "%s", strlen(scene.crs) < 40 ? scene.crs : text);
        status = put_place(b, row, &scene, err);
    }
    imx_scene_clear(b->memory, &scene);
    return status;
}

static imx_status put_row(builder *b, size_t row, const char *path, imx_error *err) {
    imx_error own = IMX_ERROR_INIT;
    imx_status status = put_head(b, row, path, &own);
    const bool readable = status == IMX_OK;
    status = readable ? put_scene(b, row, path, &own) : status;
    if (imx_raster_unreadable(status)) {
        imx_words_say(&b->below, "refused     %s\n", own.text);
        b->refused++;
        b->unreadable += !readable;
        return IMX_OK;
    }
    return status ? imx_fail(err, status, "%s", own.text) : IMX_OK;
}

/* ---- all together ---- */

static void on_log(void *context, imx_log_level level, const char *text) {
    (void)level;
    imx_words_say(context, "warning     %s\n", text);
}

/* Asked from the pass that `imbrex tile` begins with. */
static imx_status say_tiles(builder *b, const char *const *paths, size_t count, imx_error *err) {
    imx_job_options job = *b->options->job;
    imx_error own = IMX_ERROR_INIT;
    imx_log *log = NULL;
    imx_plan *plan = NULL;
    imx_words warnings;
    char text[IMX_TILES_TEXT_MAX];
    if (b->refused) {
        imx_words_say(&b->below, "tiles       none while %zu of %zu scenes %s refused\n", b->refused, count,
                      b->refused == 1 ? "is" : "are");
        return IMX_OK;
    }
    job.inputs = paths;
    job.input_count = count;
    imx_words_begin(&warnings, b->memory);
    imx_status status = imx_log_create(b->memory, IMX_LOG_WARNING, on_log, &warnings, &log);
    status = status ? status : imx_analyse(b->memory, &job, log, &own, &plan);
    imx_log_destroy(&log);
    if (status == IMX_OK) {
        imx_raster_report_tiles(plan, text, sizeof text);
        imx_words_say(&b->below, "tiles       %s\n", text);
        imx_words_take(&b->below, warnings.text);
    } else if (imx_raster_unreadable(status)) {
        imx_words_say(&b->below, "tiles       none: %s\n", own.text);
        imx_words_take(&b->below, warnings.text);
        status = IMX_OK;
    } else {
        imx_free(b->memory, warnings.text);
        status = imx_fail(err, status, "%s", own.text);
    }
    imx_plan_destroy(&plan);
    return status;
}

imx_status imx_raster_table(imx_memory *memory, const char *const *paths, size_t count,
                            const imx_raster_info_options *options, imx_error *err, char **out, size_t *unreadable) {
    static const char *const heads[COLUMNS] = {"scene", "kind",    "acquired", "pixels",
                                               "shown", "web map", "zoom",     "crs"};
    static const bool right[COLUMNS] = {[RESOLUTION] = true, [ZOOM] = true};
    builder b = {.memory = memory, .options = options, .source = options->job->source};
    imx_status status = imx_picture_wants(&options->job->picture, &b.source, err);
    if (status) {
        return status;
    }
    imx_text_table_begin(&b.table, memory, heads, right, COLUMNS, count);
    imx_words_begin(&b.below, memory);
    for (size_t i = 0; i < count && !status; i++) {
        status = put_row(&b, i, paths[i], err);
    }
    status = status ? status : say_tiles(&b, paths, count, err);
    imx_words text;
    imx_words_begin(&text, memory);
    imx_words_say(&text, "scenes      %zu\n", count);
    imx_words_take(&text, imx_text_table_end(&b.table));
    imx_words_take(&text, b.below.text);
    if (status == IMX_OK) {
        status = imx_words_end(&text, err, out);
        *unreadable = b.unreadable;
    } else {
        imx_free(memory, text.text);
    }
    return status;
}
