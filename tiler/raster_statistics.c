/* tiler/raster_statistics.c: see the header. */
#include "tiler/raster_statistics.h"

#include <math.h>

#include "engine/layer_sample.h"

/* A walk over the blocks of a sample; what is done with each is the caller's. */
typedef struct meter {
    imx_memory *memory;
    const imx_asset *asset;
    imx_kernels kernels;
    imx_sample sample;
    imx_source *source;
    uint8_t *block;
    /* statistics: one a band */
    imx_cog_summary *of_block, *all;
    /* or validity */
    uint64_t valid;
} meter;

typedef void (*block_fn)(meter *m, int32_t width, int32_t height);

static imx_sample sample_of(const imx_asset *asset, bool whole) {
    imx_sample sample = imx_sample_of(asset, false);
    if (whole) {
        sample = (imx_sample){.level = 0, .layout = imx_asset_blocks(asset, 0)};
        sample.columns = sample.layout.columns;
        sample.rows = sample.layout.rows;
    }
    return sample;
}

static void summarise(meter *m, int32_t width, int32_t height) {
    const int32_t masks = imx_asset_valid_planes(m->asset), bands = m->asset->data_count;
    const imx_type type = imx_asset_working_type(m->asset);
    const ptrdiff_t size = (ptrdiff_t)imx_type_size(type), n = (ptrdiff_t)width * height;
    const imx_pixels view = {.type = type,
                             .width = width,
                             .height = height,
                             .bands = bands,
                             .data = m->block,
                             .pixel_stride = size,
                             .row_stride = size * width,
                             .band_stride = size * n,
                             .valid = masks ? m->block + bands * size * n : NULL,
                             .valid_stride = width,
                             .valid_band_stride = masks > 1 ? n : 0};
    imx_cog_summarise(&m->kernels, &view, width, height, m->of_block);
    for (int32_t band = 0; band < bands; band++) {
        imx_cog_summary_add(&m->all[band], &m->of_block[band]);
    }
}

/* Alpha of a picture, or the first plane of validity. */
static void count_valid(meter *m, int32_t width, int32_t height) {
    const bool data = m->asset->role == IMX_ROLE_DATA;
    const size_t n = (size_t)width * (size_t)height, step = data ? 1 : 4;
    const size_t bytes = imx_type_size(imx_asset_working_type(m->asset));
    const uint8_t *valid = m->block + (data ? (size_t)m->asset->data_count * bytes * n : 3);
    for (size_t i = 0; i < n; i++) {
        m->valid += valid[i * step] != 0;
    }
}

static imx_status walk(meter *m, block_fn use, const imx_measure_options *options, imx_error *err, imx_measured *out) {
    const imx_block_layout *l = &m->sample.layout;
    const int64_t columns = m->sample.columns, count = columns * m->sample.rows;
    imx_status status = IMX_OK;
    for (int64_t i = 0; i < count && status == IMX_OK; i++) {
        const int32_t column = imx_sample_column(&m->sample, (int32_t)(i % columns));
        const int32_t row = imx_sample_row(&m->sample, (int32_t)(i / columns));
        const int32_t x = column * l->block_w, y = row * l->block_h;
        const int32_t w = l->level_w - x < l->block_w ? l->level_w - x : l->block_w;
        const int32_t h = l->level_h - y < l->block_h ? l->level_h - y : l->block_h;
        bool empty = false;
        if (options->progress) {
            options->progress(options->context, (double)i / (double)count);
        }
        status =
            imx_source_read_block(m->source, m->sample.level, column, row, m->block, (ptrdiff_t)4 * w, err, &empty);
        if (status == IMX_OK && !empty) {
            use(m, w, h);
        }
        out->pixels += (uint64_t)w * (uint64_t)h;
    }
    if (options->progress) {
        options->progress(options->context, 1);
    }
    out->share = (double)out->pixels / ((double)m->asset->width * m->asset->height);
    return status;
}

static imx_status run(meter *m, block_fn use, const imx_measure_options *options, imx_error *err, imx_measured *out) {
    m->sample = sample_of(m->asset, options->whole);
    const imx_block_layout *l = &m->sample.layout;
    size_t bytes = 0;
    *out = (imx_measured){.level = m->sample.level,
                          .width = l->level_w,
                          .height = l->level_h,
                          .blocks = (uint64_t)m->sample.columns * (uint64_t)m->sample.rows,
                          .of_blocks = (uint64_t)l->columns * (uint64_t)l->rows};
    imx_kernels_init(&m->kernels, imx_cpu_detect());
    m->block = imx_size_mul((size_t)l->block_w, (size_t)l->block_h, l->pixel_bytes, &bytes)
                   ? imx_alloc(m->memory, bytes)
                   : NULL;
    imx_status status = m->block ? imx_source_open(m->memory, &m->kernels, m->asset, err, &m->source)
                                 : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", m->asset->path);
    status = status ? status : walk(m, use, options, err, out);
    imx_source_close(&m->source);
    imx_free(m->memory, m->block);
    return status;
}

imx_status imx_raster_measure(imx_memory *memory, const imx_asset *asset, const imx_measure_options *options,
                              imx_error *err, imx_cog_summary *bands, imx_measured *out) {
    meter m = {.memory = memory, .asset = asset, .all = bands};
    m.of_block = imx_calloc(memory, (size_t)asset->data_count, sizeof *m.of_block);
    for (int32_t band = 0; band < asset->data_count; band++) {
        bands[band] = (imx_cog_summary){.count = 0};
    }
    imx_status status = m.of_block ? run(&m, summarise, options, err, out)
                                   : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
    imx_free(memory, m.of_block);
    return status;
}

imx_status imx_raster_count_valid(imx_memory *memory, const imx_asset *asset, bool whole, imx_error *err, double *part,
                                  imx_measured *out) {
    const imx_measure_options options = {.whole = whole};
    meter m = {.memory = memory, .asset = asset};
    imx_status status = run(&m, count_valid, &options, err, out);
    *part = status == IMX_OK && out->pixels ? (double)m.valid / (double)out->pixels : (double)NAN;
    return status;
}
