/* tiler/raster_report.c: see the header. */
#include "tiler/raster_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/crs.h"
#include "engine/quality.h"

static imx_status no_memory(imx_error *err) { return imx_fail(err, IMX_E_NOMEM, "out of memory"); }

/* ---- warnings ---- */

static void warn(imx_raster_report *r, const char *text) {
    for (size_t i = 0; i < r->warning_count; i++) {
        if (!strcmp(r->warnings[i], text)) {
            return;
        }
    }
    char **more = imx_realloc(r->memory, r->warnings, (r->warning_count + 1) * sizeof *more);
    char *copy = more ? imx_strdup(r->memory, text) : NULL;
    r->warnings = more ? more : r->warnings;
    r->lost = r->lost || !copy;
    if (copy) {
        r->warnings[r->warning_count++] = copy;
    }
}

static void on_log(void *context, imx_log_level level, const char *text) {
    (void)level;
    warn(context, text);
}

/* ---- statistics ---- */

static void take_measured(imx_band_report *band, const imx_cog_summary *summary, const imx_measured *how) {
    band->measured = *how;
    band->has_statistics = summary->count > 0;
    band->from_file = false;
    band->min = summary->min;
    band->max = summary->max;
    band->mean = summary->mean;
    band->std = summary->count > 0 ? sqrt(summary->squares / summary->count) : 0;
    band->valid_part = how->pixels ? summary->count / (double)how->pixels : (double)NAN;
}

/* What the file says is taken as it is, unless all pixels are asked for. */
static void take_said(imx_band_report *band, const imx_measure_options *options) {
    const imx_band_facts *f = band->facts;
    if (!f || !f->has_statistics || options->whole) {
        return;
    }
    band->has_statistics = band->from_file = true;
    band->min = f->min;
    band->max = f->max;
    band->mean = f->mean;
    band->std = f->std;
    band->valid_part = isnan(f->valid_part) ? band->valid_part : f->valid_part;
}

/* The bands of an asset of data, into rows of the table that have the same numbers. */
static imx_status measure_asset(imx_raster_report *r, const imx_asset *asset, const imx_measure_options *options,
                                imx_band_report *rows, size_t row_count, imx_error *err) {
    imx_measured how;
    imx_cog_summary *bands = imx_calloc(r->memory, (size_t)asset->data_count, sizeof *bands);
    imx_status status = bands ? imx_raster_measure(r->memory, asset, options, err, bands, &how) : no_memory(err);
    for (int32_t i = 0; i < asset->data_count && !status; i++) {
        for (size_t k = 0; k < row_count; k++) {
            if (row_count == 1 || rows[k].facts->number == asset->data[i].number) {
                rows[k].has_nodata = asset->data[i].has_nodata;
                rows[k].nodata = asset->data[i].nodata;
                take_measured(&rows[k], &bands[i], &how);
            }
        }
    }
    imx_free(r->memory, bands);
    return status;
}

/* A file that cannot be read whole is described as far as it can. */
static imx_status forgive(imx_raster_report *r, imx_status status, const imx_error *err) {
    if (status == IMX_E_INPUT || status == IMX_E_UNSUPPORTED) {
        warn(r, err->text);
        return IMX_OK;
    }
    return status;
}

static imx_source_options data_options(const imx_raster_info_options *options) {
    imx_source_options source = options->job->source;
    source.data = true;
    source.unplaced = true;
    source.as_floats = false;
    source.band_list = NULL; /* all of them */
    source.band_count = 0;
    source.lane = IMX_LANE_RGBA8;
    return source;
}

/* ---- a file ---- */

static imx_status report_file(imx_raster_report *r, const imx_raster_info_options *options, imx_error *err) {
    const imx_source_options source = data_options(options);
    imx_error own = IMX_ERROR_INIT;
    imx_scene scene = {0};
    imx_status status = imx_raster_facts_read(r->memory, r->path, NULL, err, &r->facts);
    if (status) {
        return status;
    }
    r->bands = imx_calloc(r->memory, (size_t)r->facts.band_count + 1, sizeof *r->bands);
    if (!r->bands) {
        return no_memory(err);
    }
    r->band_count = (size_t)r->facts.band_count;
    for (size_t i = 0; i < r->band_count; i++) {
        const imx_band_facts *f = &r->facts.bands[i];
        r->bands[i] =
            (imx_band_report){.facts = f, .has_nodata = f->has_nodata, .nodata = f->nodata, .valid_part = (double)NAN};
    }
    status = imx_source_probe(r->memory, r->path, &source, options->job->block_limit_bytes, NULL, &own, &scene);
    status = status ? status : measure_asset(r, &scene.assets[0], &options->measure, r->bands, r->band_count, &own);
    imx_scene_clear(r->memory, &scene);
    for (size_t i = 0; i < r->band_count; i++) {
        take_said(&r->bands[i], &options->measure);
    }
    status = forgive(r, status, &own);
    return status ? imx_fail(err, status, "%s", own.text) : IMX_OK;
}

/* ---- a delivery ---- */

static imx_status report_band(imx_raster_report *r, size_t i, const imx_raster_info_options *options, imx_error *err) {
    imx_source_options source = data_options(options);
    imx_band_report *band = &r->bands[i];
    imx_error own = IMX_ERROR_INIT;
    imx_scene scene = {0};
    source.unplaced = false;
    *band = (imx_band_report){.product = &r->delivery.bands[i], .valid_part = (double)NAN};
    const size_t limit = options->job->block_limit_bytes;
    imx_status status = imx_delivery_probe(r->memory, &r->delivery, &i, 1, &source, limit, NULL, &own, &scene);
    if (status == IMX_E_INPUT) { /* perhaps only what says which of its pixels are valid is missing */
        source.no_nodata = true;
        source.mask = NULL;
        status = imx_delivery_probe(r->memory, &r->delivery, &i, 1, &source, limit, NULL, &own, &scene);
    }
    if (status == IMX_OK) {
        const imx_asset *asset = &scene.assets[0];
        band->found = true;
        band->width = asset->width;
        band->height = asset->height;
        band->type = asset->type;
        band->pixel = asset->georef ? 0 : hypot(asset->geotransform[1], asset->geotransform[4]);
        status = measure_asset(r, asset, &options->measure, band, 1, &own);
        status = forgive(r, status, &own);
    }
    imx_scene_clear(r->memory, &scene);
    return status == IMX_E_NOMEM || status == IMX_E_USAGE ? imx_fail(err, status, "%s", own.text) : IMX_OK;
}

static imx_status report_delivery(imx_raster_report *r, const imx_raster_info_options *options, imx_error *err) {
    imx_status status = IMX_OK;
    r->bands = imx_calloc(r->memory, r->delivery.band_count + 1, sizeof *r->bands);
    if (!r->bands) {
        return no_memory(err);
    }
    for (size_t i = 0; i < r->delivery.band_count && !status; i++) {
        r->band_count = i + 1;
        status = report_band(r, i, options, err);
    }
    return status;
}

/* ---- what imbrex would do ---- */

static imx_status find_validity(imx_raster_report *r, bool whole, imx_error *err) {
    const imx_asset *asset = imx_raster_report_asset(r);
    imx_error own = IMX_ERROR_INIT;
    imx_status status = IMX_OK;
    r->valid_part = (double)NAN;
    if (!asset) { /* what all bands have */
        double least = HUGE_VAL;
        for (size_t i = 0; i < r->band_count; i++) {
            least = isnan(r->bands[i].valid_part) ? least : fmin(least, r->bands[i].valid_part);
            r->valid_whole = r->bands[i].measured.share >= 1;
        }
        r->valid_part = least <= 1 ? least : (double)NAN;
    } else if (asset->role == IMX_ROLE_DATA ? imx_asset_valid_planes(asset) == 0 : asset->validity == IMX_VALID_ALL) {
        r->valid_part = 1;
        r->valid_whole = true;
    } else {
        imx_measured how;
        status = imx_raster_count_valid(r->memory, asset, whole, &own, &r->valid_part, &how);
        if (!status && how.share < 1 && r->valid_part == 0) { /* a sample proves nothing */
            status = imx_raster_count_valid(r->memory, asset, true, &own, &r->valid_part, &how);
        }
        r->valid_whole = !status && how.share >= 1;
    }
    status = forgive(r, status, &own);
    return status ? imx_fail(err, status, "%s", own.text) : IMX_OK;
}

/* The operation and the resolution on the web map, and where it lies. */
static imx_status find_place(imx_raster_report *r, imx_error *err) {
    const imx_grid *grid = imx_grid_find("WebMercatorQuad");
    const imx_scene *scene = &r->plan->scenes[0];
    imx_space space = imx_chain_space(grid, 0, grid->tile_px);
    imx_transform *transform = NULL;
    imx_error own = IMX_ERROR_INIT;
    imx_crs_name(scene->crs, sizeof r->crs_name, r->crs_name);
    imx_status status = imx_transform_create(r->memory, scene, &scene->assets[0], &space, err, &transform);
    status = status ? status : imx_transform_native_res(transform, err, &r->res_m);
    if (status == IMX_OK) {
        r->operation = imx_strdup(r->memory, imx_transform_operation(transform));
        r->ballpark = imx_transform_ballpark(transform);
        (void)imx_transform_frames(transform, r->frames);
        r->accuracy_m = imx_transform_accuracy_m(transform);
        status = r->operation ? IMX_OK : no_memory(err);
    }
    imx_transform_destroy(&transform);
    if (status) {
        return status;
    }
    status = imx_ground_outline_create(r->memory, scene, &scene->assets[0], &own, &r->outline);
    r->has_outline = status == IMX_OK;
    return status == IMX_E_NOMEM ? no_memory(err) : IMX_OK;
}

static imx_status make_plan(imx_raster_report *r, const imx_raster_info_options *options, imx_error *err) {
    imx_job_options job = *options->job;
    imx_error own = IMX_ERROR_INIT;
    imx_log *log = NULL;
    job.inputs = &r->path;
    job.input_count = 1;
    imx_status status = imx_log_create(r->memory, IMX_LOG_WARNING, on_log, r, &log);
    status = status ? status : imx_analyse(r->memory, &job, log, &own, &r->plan);
    imx_log_destroy(&log);
    if (status == IMX_OK) {
        return find_place(r, err);
    }
    if (status == IMX_E_USAGE || status == IMX_E_NOMEM || status == IMX_E_INTERNAL) {
        return imx_fail(err, status, "%s", own.text);
    }
    r->problem = imx_strdup(r->memory, own.text);
    for (size_t i = 0; i < r->warning_count; i++) { /* said once */
        if (!strcmp(r->warnings[i], own.text)) {
            imx_free(r->memory, r->warnings[i]);
            memmove(r->warnings + i, r->warnings + i + 1, (--r->warning_count - i) * sizeof *r->warnings);
        }
    }
    return r->problem ? IMX_OK : no_memory(err);
}

/* ---- all of it ---- */

imx_status imx_raster_report_make(imx_memory *memory, const char *path, const imx_raster_info_options *options,
                                  imx_error *err, imx_raster_report *out) {
    imx_raster_report r = {.memory = memory, .path = path, .accuracy_m = -1};
    imx_status status = imx_delivery_read(memory, path, err, &r.delivery);
    r.delivered = status == IMX_OK;
    if (r.delivered) {
        status = report_delivery(&r, options, err);
    } else if (status == IMX_E_NOT_FOUND) {
        status = report_file(&r, options, err);
    }
    status = status ? status : make_plan(&r, options, err);
    status = status ? status : find_validity(&r, options->measure.whole, err);
    status = status || !r.lost ? status : no_memory(err);
    if (status) {
        imx_raster_report_clear(&r);
        return status;
    }
    r.nothing = r.plan && r.valid_whole && r.valid_part == 0;
    *out = r;
    return IMX_OK;
}

void imx_raster_report_clear(imx_raster_report *r) {
    imx_ground_outline_clear(r->memory, &r->outline);
    imx_plan_destroy(&r->plan);
    imx_raster_facts_clear(r->memory, &r->facts);
    imx_delivery_clear(r->memory, &r->delivery);
    for (size_t i = 0; i < r->warning_count; i++) {
        imx_free(r->memory, r->warnings[i]);
    }
    imx_free(r->memory, r->warnings);
    imx_free(r->memory, r->bands);
    imx_free(r->memory, r->operation);
    imx_free(r->memory, r->problem);
    *r = (imx_raster_report){.memory = NULL};
}

const imx_asset *imx_raster_report_asset(const imx_raster_report *r) {
    return r->plan ? &r->plan->scenes[0].assets[0] : NULL;
}

/* ---- words ---- */

/* The nodata values of what is shown; "by band" where they differ. */
static void name_nodata(const imx_asset *a, char *text, size_t size) {
    const bool data = a->role == IMX_ROLE_DATA;
    const int32_t count = data ? a->data_count : a->palette ? 1 : a->band_count;
    const double first = data ? a->data[0].nodata : a->nodata[0];
    bool same = true;
    for (int32_t i = 1; i < count; i++) {
        const double other = data ? a->data[i].nodata : a->nodata[i];
        same = same && (other == first || (isnan(other) && isnan(first)));
    }
    if (a->palette && !data && first < 0) {
        (void)snprintf(text, size, "the palette's transparent colours");
    } else if (same) {
        char value[IMX_TEXT_SIZE];
        (void)snprintf(text, size, "nodata %s", imx_text_number(first, value));
    } else {
        (void)snprintf(text, size, "nodata, by band");
    }
}

void imx_raster_report_validity(const imx_raster_report *r, char *text, size_t size) {
    const imx_asset *a = imx_raster_report_asset(r);
    char own[80] = "all pixels";
    if (!a) {
        (void)snprintf(text, size, "as the bands say");
        return;
    }
    if (a->validity == IMX_VALID_NODATA) {
        name_nodata(a, own, sizeof own);
    } else if (a->validity == IMX_VALID_ALPHA && a->alpha_band) {
        (void)snprintf(own, sizeof own, "alpha band %d", (int)a->alpha_band);
    } else if (a->validity != IMX_VALID_ALL) {
        (void)snprintf(own, sizeof own, "%s",
                       a->validity == IMX_VALID_ALPHA ? "the palette's transparent colours" : "mask");
    }
    const bool more = !a->quality || a->validity != IMX_VALID_ALL;
    (void)snprintf(text, size, "%s%s%s", a->quality ? a->quality->words : "", a->quality && more ? ", " : "",
                   more ? own : "");
}

void imx_raster_report_source(const imx_band_report *band, char *text, size_t size) {
    const imx_measured *m = &band->measured;
    const double parts = m->share > 0 ? 1 / m->share : 0;
    if (band->from_file) {
        (void)snprintf(text, size, "the file%s", band->facts->approximate ? " (approximate)" : "");
    } else if (m->share >= 1) {
        (void)snprintf(text, size, "all pixels");
    } else if (m->level > 0 && m->blocks == m->of_blocks) {
        (void)snprintf(text, size, "the overview of %d x %d px (1/%.0f of the pixels)", (int)m->width, (int)m->height,
                       parts);
    } else {
        (void)snprintf(text, size, "%llu of %llu blocks (1/%.0f of the pixels)", (unsigned long long)m->blocks,
                       (unsigned long long)m->of_blocks, parts);
    }
}

void imx_raster_report_place(const imx_asset *asset, char *text, size_t size) {
    const double *g = asset->geotransform;
    if (asset->georef) {
        imx_georef_describe(asset->georef, text, size);
        return;
    }
    const double skew = fabs(g[1] * g[2] + g[4] * g[5]), lengths = hypot(g[1], g[4]) * hypot(g[2], g[5]);
    (void)snprintf(text, size, "geotransform%s%s",
                   g[2] != 0 || g[4] != 0 ? skew > 1e-6 * lengths ? ", sheared" : ", rotated" : "",
                   g[2] == 0 && g[4] == 0 && g[5] > 0 ? ", south up" : "");
}

void imx_raster_report_tiles(const imx_plan *plan, char *text, size_t size) {
    char count[IMX_TEXT_SIZE], bytes[IMX_TEXT_SIZE];
    (void)snprintf(text, size, "%s, zooms %u to %u, about %s; format %s%s", imx_text_count(plan->tiles_total, count),
                   plan->pyramid.zoom_min + plan->grid->first_id, plan->pyramid.zoom_max + plan->grid->first_id,
                   imx_text_bytes((double)plan->bytes_estimate, bytes), imx_format_name(plan->codec.format),
                   plan->codec.format == IMX_FORMAT_AUTO ? ": JPEG, PNG where a tile is not opaque" : "");
}
