/* engine/layer_percentiles.c: see the header. */
#include "engine/layer_percentiles.h"

#include <math.h>
#include <string.h>

#include "engine/layer_sample.h"

enum { BINS = 65536, CHUNK = 4096 /* samples that are converted at once */ };

/* What is counted in a pass. */
typedef enum pass {
    PASS_SAMPLES, /* u8, u16, i16: each value */
    PASS_UPPER,   /* f32: its upper 16 bits */
    PASS_RANGE    /* f32: equal bins over a range */
} pass;

typedef struct band_count {
    uint64_t scene[BINS + 2]; /* in the order of the kernels: [1 + bin] with PASS_RANGE */
    double layer[BINS + 2];   /* all scenes', by what each pixel stands for, in the order of values */
    double lo, hi;            /* PASS_RANGE */
    double infinite[2];       /* -, +: as the layer's; they do not count */
} band_count;

typedef struct counter {
    imx_memory *memory;
    const imx_kernels *kernels;
    const imx_layer_planes *planes;
    const imx_layer_limits *limits; /* NULL: none */
    pass pass;
    band_count *bands;
    uint64_t read_px, valid_px; /* of the asset at hand; of all scenes' first assets */
} counter;

/* ---- one run of samples ---- */

/* Floats in the order of their values: the sign bit of positive ones set, all bits of negative ones turned. Its upper
 * half. */
static uint32_t upper_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (bits ^ (bits >> 31 ? UINT32_MAX : UINT32_C(1) << 31)) >> 16;
}

/* The least value with these upper bits. */
static double least_of(uint32_t upper) {
    const uint32_t ordered = upper << 16;
    const uint32_t bits = ordered ^ (ordered >> 31 ? UINT32_C(1) << 31 : UINT32_MAX);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

/* The largest one. */
static double most_of(uint32_t upper) {
    const uint32_t ordered = upper << 16 | 0xffff;
    const uint32_t bits = ordered ^ (ordered >> 31 ? UINT32_C(1) << 31 : UINT32_MAX);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static void count_upper(const float *samples, const uint8_t *valid, size_t n, uint64_t *bins) {
    for (size_t i = 0; i < n; i++) {
        if ((!valid || valid[i]) && samples[i] == samples[i]) {
            bins[upper_of(samples[i] + 0.0F)]++; /* -0 is 0 */
        }
    }
}

static void count_run(const counter *c, band_count *to, const void *samples, const uint8_t *valid, size_t n) {
    const imx_statistics_kernels *kernels = &c->kernels->statistics;
    if (c->pass == PASS_RANGE) {
        const imx_bins bins = {to->lo, to->hi, BINS, to->scene};
        kernels->bins_f32(samples, valid, n, &bins);
    } else if (c->pass == PASS_UPPER) {
        count_upper(samples, valid, n, to->scene);
    } else if (c->planes->type == IMX_U8) {
        kernels->bins_u8(samples, valid, n, to->scene);
    } else {
        kernels->bins_u16(samples, valid, n, to->scene); /* i16 by its bits */
    }
}

/* A band of a block, in the layer's type and units, for one of the layer's. */
static void count_band(const counter *c, imx_type own, const imx_data_band *b, band_count *to, const uint8_t *samples,
                       const uint8_t *valid, size_t n) {
    const imx_conversion how = {own, c->planes->type, c->planes->values ? b->scale : 1,
                                c->planes->values ? b->offset : 0};
    if (own == how.to && how.scale == 1 && how.offset == 0) {
        count_run(c, to, samples, valid, n);
        return;
    }
    for (size_t at = 0; at < n; at += CHUNK) {
        float converted[CHUNK]; /* of the widest type */
        const size_t count = n - at < CHUNK ? n - at : CHUNK;
        imx_convert(&c->kernels->convert, &how, samples + at * imx_type_size(own), count, converted, NULL);
        count_run(c, to, converted, valid ? valid + at : NULL, count);
    }
}

/* ---- scenes ---- */

static uint64_t count_valid(const uint8_t *valid, size_t n) {
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += valid[i] != 0;
    }
    return count;
}

/* An asset whose bands are the layer's from `first` on, while its blocks are counted. */
typedef struct asset_count {
    const imx_asset *asset;
    int32_t first, level;
    imx_block_layout layout;
    imx_source *source;
    uint8_t *planes;          /* of a block */
    imx_transform *transform; /* where there are limits */
    uint8_t *inside;
} asset_count;

/* A block's window, px of its level. */
static void window_of(const imx_block_layout *l, int32_t column, int32_t row, int32_t window[4]) {
    window[0] = column * l->block_w;
    window[1] = row * l->block_h;
    window[2] = l->level_w - window[0] < l->block_w ? l->level_w - window[0] : l->block_w;
    window[3] = l->level_h - window[1] < l->block_h ? l->level_h - window[1] : l->block_h;
}

/* Takes the pixels that are not within the limits out of the planes of validity; without any, *valid becomes one. */
static imx_status limit(const counter *c, const asset_count *a, const int32_t window[4], imx_error *err, int32_t *masks,
                        uint8_t **valid) {
    const size_t n = (size_t)window[2] * (size_t)window[3];
    imx_status status = imx_limits_pixels(c->limits, a->transform, a->asset, a->level, window, err, a->inside);
    for (int32_t plane = 0; plane < *masks; plane++) {
        c->kernels->validity.nodata[IMX_U8](a->inside, n, 0, *valid + (size_t)plane * n);
    }
    if (*masks == 0) {
        *masks = 1;
        *valid = a->inside;
    }
    return status;
}

static imx_status count_block(counter *c, const asset_count *a, int32_t column, int32_t row, bool limited,
                              imx_error *err) {
    const imx_asset *asset = a->asset;
    int32_t window[4], masks = imx_asset_valid_planes(asset);
    window_of(&a->layout, column, row, window);
    const size_t n = (size_t)window[2] * (size_t)window[3];
    const size_t plane = n * imx_type_size(imx_asset_working_type(asset));
    uint8_t *valid = a->planes + (size_t)imx_asset_planes(asset) * plane;
    bool empty;
    imx_status status = imx_source_read_block(a->source, a->level, column, row, a->planes, 0, err, &empty);
    if (status != IMX_OK) {
        return status;
    }
    c->read_px += n;
    if (empty) {
        return IMX_OK;
    }
    status = limited ? limit(c, a, window, err, &masks, &valid) : IMX_OK;
    c->valid_px += a->first ? 0 : masks ? count_valid(valid, n) : n;
    for (int32_t band = 0; band < asset->data_count && status == IMX_OK; band++) {
        const uint8_t *of_band = masks ? valid + (size_t)(masks > 1 ? band : 0) * n : NULL;
        count_band(c, imx_asset_working_type(asset), &asset->data[band], &c->bands[a->first + band],
                   a->planes + (size_t)band * plane, of_band, n);
    }
    return status;
}

/* The asset's pixels into the layer's, in the order of their values: those that were read for all_px. */
static void add_asset(counter *c, const imx_asset *asset, int32_t first, double all_px) {
    const double stands_for = c->read_px ? all_px / (double)c->read_px : 0;
    const size_t turned = c->pass == PASS_SAMPLES && c->planes->type == IMX_I16 ? BINS / 2 : 0;
    const size_t bins = c->pass == PASS_RANGE ? BINS + 2 : BINS;
    for (int32_t band = 0; band < asset->data_count; band++) {
        band_count *b = &c->bands[first + band];
        for (size_t i = 0; i < bins; i++) {
            b->layer[i ^ turned] += stands_for * (double)b->scene[i];
        }
        memset(b->scene, 0, sizeof b->scene);
    }
}

static void close_asset(const counter *c, asset_count *a) {
    imx_source_close(&a->source);
    imx_free(c->memory, a->planes);
    imx_free(c->memory, a->inside);
}

static imx_status open_asset(const counter *c, asset_count *a, imx_error *err) {
    const imx_block_layout *l = &a->layout;
    size_t pixels, bytes;
    const bool sound = imx_size_mul((size_t)l->block_w, (size_t)l->block_h, 1, &pixels) &&
                       imx_size_mul(pixels, l->pixel_bytes, 1, &bytes);
    a->planes = sound ? imx_alloc(c->memory, bytes) : NULL;
    a->inside = sound && a->transform ? imx_alloc(c->memory, pixels) : NULL;
    if (!a->planes || (a->transform && !a->inside)) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory for a block", a->asset->path);
    }
    return imx_source_open(c->memory, c->kernels, a->asset, err, &a->source);
}

static imx_status count_sample(counter *c, const imx_asset *asset, int32_t first, bool whole, imx_error *err) {
    const imx_sample sample = imx_sample_of(asset, whole);
    asset_count a = {.asset = asset, .first = first, .level = sample.level, .layout = sample.layout};
    imx_status status = open_asset(c, &a, err);
    for (int32_t i = 0; i < sample.columns * sample.rows && status == IMX_OK; i++) {
        status = count_block(c, &a, imx_sample_column(&sample, i % sample.columns),
                             imx_sample_row(&sample, i / sample.columns), false, err);
    }
    close_asset(c, &a);
    if (status == IMX_OK) {
        add_asset(c, asset, first, (double)asset->width * asset->height);
    }
    return status;
}

/* What of it lies within the limits. */
static imx_status count_limited(counter *c, const imx_scene *scene, const imx_asset *asset, int32_t first, bool whole,
                                imx_error *err) {
    imx_limited_sample sample = {0};
    asset_count a = {.asset = asset, .first = first};
    imx_status status = imx_transform_create(c->memory, scene, asset, c->limits->space, err, &a.transform);
    status = status ? status : imx_limits_sample(c->memory, c->limits, a.transform, asset, whole, err, &sample);
    if (status == IMX_OK) {
        a.level = sample.level;
        a.layout = sample.layout;
        status = open_asset(c, &a, err);
    }
    for (int32_t i = 0; i < a.layout.columns * a.layout.rows && status == IMX_OK; i++) {
        if (sample.sides[i] != IMX_LIMITS_OUTSIDE) {
            status = count_block(c, &a, i % a.layout.columns, i / a.layout.columns,
                                 sample.sides[i] == IMX_LIMITS_ACROSS, err);
        }
    }
    close_asset(c, &a);
    imx_transform_destroy(&a.transform);
    if (status == IMX_OK) {
        add_asset(c, asset, first, sample.all_px);
    }
    imx_free(c->memory, sample.sides);
    return status;
}

static imx_status count_asset(counter *c, const imx_scene *scene, const imx_asset *asset, int32_t first, bool whole,
                              imx_error *err) {
    c->read_px = 0;
    return c->limits ? count_limited(c, scene, asset, first, whole, err) : count_sample(c, asset, first, whole, err);
}

static imx_status count_layer(counter *c, const imx_scene *scenes, size_t scene_count, bool whole, imx_layer_read *read,
                              imx_error *err) {
    const size_t step = whole ? 1 : imx_sample_step(scenes, scene_count);
    imx_status status = IMX_OK;
    for (int32_t band = 0; band < c->planes->bands; band++) {
        memset(c->bands[band].layer, 0, sizeof c->bands[band].layer);
    }
    c->valid_px = 0;
    read->pixels = 0;
    for (size_t i = 0; i < scene_count && status == IMX_OK; i += step) {
        int32_t first = 0;
        for (size_t k = 0; k < scenes[i].asset_count && status == IMX_OK; k++) {
            status = count_asset(c, &scenes[i], &scenes[i].assets[k], first, whole, err);
            first += scenes[i].assets[k].data_count;
            read->pixels += c->read_px;
        }
    }
    read->valid = c->valid_px;
    return status;
}

/* ---- percentiles ---- */

static double total_of(const double *bins, size_t count) {
    double total = 0;
    for (size_t i = 0; i < count; i++) {
        total += bins[i];
    }
    return total;
}

/* The bin in which so many per cent of all are reached. Sums are in f64, and at 100 may fall short of themselves: then
 * the last bin that has any. count: none has. */
static size_t bin_of(const double *bins, size_t count, double percent) {
    const double needed = percent * total_of(bins, count) / 100;
    double reached = 0;
    size_t last = count;
    for (size_t i = 0; i < count && (last == count || reached < needed); i++) {
        if (bins[i] > 0) {
            last = i;
            reached += bins[i];
        }
    }
    return last;
}

/* Where scale is negative the least values are the largest samples. */
static double percent_of_samples(const imx_layer_planes *planes, int32_t band, double percent) {
    return planes->scale[band] < 0 ? 100 - percent : percent;
}

static double value_of(const imx_layer_planes *planes, int32_t band, double sample) {
    return planes->scale[band] * sample + planes->offset[band];
}

static void find_samples(const counter *c, imx_percentiles *bands) {
    const double lowest = c->planes->type == IMX_I16 ? -BINS / 2.0 : 0;
    for (int32_t band = 0; band < c->planes->bands; band++) {
        for (int k = 0; k < 2; k++) {
            const double percent = percent_of_samples(c->planes, band, bands[band].percent[k]);
            const size_t bin = bin_of(c->bands[band].layer, BINS, percent);
            bands[band].value[k] = bin < BINS ? value_of(c->planes, band, (double)bin + lowest) : (double)NAN;
        }
    }
}

/* The range for the second pass; false: no band has a valid pixel. */
static bool find_range(const counter *c, const imx_percentiles *bands) {
    bool any = false;
    for (int32_t band = 0; band < c->planes->bands; band++) {
        band_count *b = &c->bands[band];
        for (int k = 0; k < 2; k++) {
            double *of = &b->layer[upper_of(k ? HUGE_VALF : -HUGE_VALF)];
            b->infinite[k] = *of;
            *of = 0;
        }
        b->lo = HUGE_VAL;
        b->hi = -HUGE_VAL;
        for (int k = 0; k < 2; k++) {
            const double percent = percent_of_samples(c->planes, band, bands[band].percent[k]);
            const size_t bin = bin_of(b->layer, BINS, percent);
            if (bin < BINS) {
                b->lo = fmin(b->lo, least_of((uint32_t)bin));
                b->hi = fmax(b->hi, most_of((uint32_t)bin));
                any = true;
            }
        }
        if (!(b->lo < b->hi)) { /* nothing is counted */
            b->lo = 0;
            b->hi = 1;
        }
    }
    return any;
}

static void find_floats(const counter *c, imx_percentiles *bands) {
    for (int32_t band = 0; band < c->planes->bands; band++) {
        band_count *b = &c->bands[band];
        const double width = (b->hi - b->lo) / BINS;
        b->layer[0] -= b->infinite[0];
        b->layer[BINS + 1] -= b->infinite[1];
        for (int k = 0; k < 2; k++) {
            const double percent = percent_of_samples(c->planes, band, bands[band].percent[k]);
            const size_t bin = bin_of(b->layer, BINS + 2, percent);
            const double at = fmin(fmax((double)bin - 0.5, 0), BINS); /* the middle; of what is beyond, the end */
            bands[band].value[k] = bin < BINS + 2 ? value_of(c->planes, band, b->lo + width * at) : (double)NAN;
        }
    }
}

imx_status imx_layer_percentiles(imx_memory *memory, const imx_kernels *kernels, const imx_scene *scenes,
                                 size_t scene_count, const imx_layer_planes *planes, const imx_layer_limits *limits,
                                 imx_error *err, imx_percentiles *bands, imx_layer_read *read) {
    const bool floats = planes->type == IMX_F32;
    counter c = {.memory = memory,
                 .kernels = kernels,
                 .planes = planes,
                 .limits = limits && limits->count ? limits : NULL,
                 .pass = floats ? PASS_UPPER : PASS_SAMPLES,
                 .bands = imx_calloc(memory, (size_t)planes->bands, sizeof *c.bands)};
    if (!c.bands) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the histograms of a layer");
    }
    bool whole = false;
    imx_status status = count_layer(&c, scenes, scene_count, whole, read, err);
    if (status == IMX_OK && read->valid == 0) {
        whole = true;
        status = count_layer(&c, scenes, scene_count, whole, read, err);
    }
    if (status == IMX_OK && read->valid == 0 && c.limits) {
        c.limits = NULL;
        status = count_layer(&c, scenes, scene_count, whole, read, err);
    }
    if (status == IMX_OK && floats && find_range(&c, bands)) {
        c.pass = PASS_RANGE;
        status = count_layer(&c, scenes, scene_count, whole, read, err);
    }
    if (status == IMX_OK) {
        (floats ? find_floats : find_samples)(&c, bands);
    }
    imx_free(memory, c.bands);
    return status;
}
