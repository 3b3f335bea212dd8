/* engine/quality.c: see the header. */
#include "engine/quality.h"

#include <math.h>
#include <string.h>

static const size_t chunk_bytes = (size_t)1 << 20; /* of quality pixels that are read at once, but a row at least */

struct imx_quality_reader {
    imx_memory *memory;
    const imx_kernels *kernels;
    imx_asset of;    /* the band's size, levels and geotransform; nothing that it owns is used */
    imx_asset asset; /* the quality band's, likewise */
    imx_source *source;
    uint32_t bits;
};

void imx_quality_destroy(imx_memory *memory, imx_quality **quality) {
    if (quality && *quality) {
        imx_asset_clear(memory, &(*quality)->asset);
        imx_free(memory, *quality);
        *quality = NULL;
    }
}

bool imx_quality_is_sound(const imx_quality *quality) {
    const imx_asset *asset = &quality->asset;
    return quality->bits && asset->role == IMX_ROLE_DATA && asset->data_count == 1 &&
           asset->validity == IMX_VALID_ALL && !asset->collar && !asset->as_floats &&
           (asset->type == IMX_U8 || asset->type == IMX_U16);
}

/* ---- where pixels lie ---- */

static bool is_upright(const imx_asset *asset) {
    return !asset->georef && asset->geotransform[2] == 0 && asset->geotransform[4] == 0;
}

/* Along an axis: from `first` on, `count` pixels; whether these are reached, but for a pixel of the others. */
static bool reaches(const double axis[2], int32_t count, const double of[2], int32_t of_count) {
    const double begin = (of[0] - axis[0]) / axis[1], end = (of[0] + of_count * of[1] - axis[0]) / axis[1];
    return begin < end && begin >= -1 && end <= count + 1.0; /* begin < end: in the same direction */
}

static void axes_of(const imx_asset *asset, double axes[2][2]) {
    axes[0][0] = asset->geotransform[0];
    axes[0][1] = asset->geotransform[1];
    axes[1][0] = asset->geotransform[3];
    axes[1][1] = asset->geotransform[5];
}

bool imx_quality_suits(const imx_quality *quality, const imx_asset *asset) {
    double mine[2][2], its[2][2];
    axes_of(&quality->asset, mine);
    axes_of(asset, its);
    return is_upright(&quality->asset) && is_upright(asset) &&
           reaches(mine[0], quality->asset.width, its[0], asset->width) &&
           reaches(mine[1], quality->asset.height, its[1], asset->height);
}

/* The coarsest level whose pixels are no larger than steps, in units of the CRS. */
static int32_t level_for(const imx_asset *quality, const double steps[2]) {
    const double slack = 1 + 1e-6;
    int32_t level = 0;
    for (int32_t k = 0; k < quality->overview_count; k++) {
        const double x = quality->geotransform[1] * quality->width / quality->overview_w[k],
                     y = quality->geotransform[5] * quality->height / quality->overview_h[k];
        if (fabs(x) <= fabs(steps[0]) * slack && fabs(y) <= fabs(steps[1]) * slack) {
            level = k + 1;
        }
    }
    return level;
}

/* Which of the quality band's `of_count` pixels each of n pixels goes by; never falling. */
static void find_nearest(const double axis[2], int32_t first, int32_t n, const double of[2], int32_t of_count,
                         int32_t *out) {
    for (int32_t i = 0; i < n; i++) {
        const double at = (axis[0] + (first + i + 0.5) * axis[1] - of[0]) / of[1]; /* px, from the first one's edge */
        const double index = ceil(at - 1.0 / 1024) - 1;
        out[i] = (int32_t)fmin(fmax(index, 0), of_count - 1.0);
    }
}

/* ---- reading ---- */

imx_status imx_quality_open(imx_memory *memory, const imx_kernels *kernels, const imx_asset *asset, imx_error *err,
                            imx_quality_reader **out) {
    imx_quality_reader *reader = imx_calloc(memory, 1, sizeof *reader);
    if (!reader) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
    }
    reader->memory = memory;
    reader->kernels = kernels;
    reader->of = *asset;
    reader->asset = asset->quality->asset;
    reader->bits = asset->quality->bits;
    imx_status status = imx_source_open(memory, kernels, &asset->quality->asset, err, &reader->source);
    if (status != IMX_OK) {
        imx_quality_close(&reader);
        return status;
    }
    *out = reader;
    return IMX_OK;
}

void imx_quality_close(imx_quality_reader **reader) {
    if (reader && *reader) {
        imx_source_close(&(*reader)->source);
        imx_free((*reader)->memory, *reader);
        *reader = NULL;
    }
}

/* A window of a band's level and what it goes by. */
typedef struct patch {
    int32_t w, h;
    int32_t level, left, wide; /* of the quality band: what is read of its rows, px */
    int32_t *columns, *rows;
    size_t sample_bytes;
    uint8_t *samples, *line; /* a chunk; the samples of a row, one for each pixel */
    uint8_t *valid;
    int32_t planes;
} patch;

static void clear_row(const imx_quality_reader *reader, const patch *p, const void *samples, size_t at, size_t n) {
    const imx_validity_qa_fn clear =
        p->sample_bytes == 1 ? reader->kernels->validity.qa_u8 : reader->kernels->validity.qa_u16;
    for (int32_t plane = 0; plane < p->planes; plane++) {
        clear(samples, n, reader->bits, 0, p->valid + (size_t)plane * (size_t)p->w * (size_t)p->h + at);
    }
}

/* The samples of a row of the chunk, one for each pixel. */
static const void *spread_row(const patch *p, const uint8_t *row) {
    const int32_t first = p->columns[0] - p->left;
    if (p->columns[p->w - 1] - p->columns[0] + 1 == p->w) {
        return row + (size_t)first * p->sample_bytes;
    }
    for (int32_t x = 0; x < p->w; x++) {
        memcpy(p->line + (size_t)x * p->sample_bytes, row + (size_t)(p->columns[x] - p->left) * p->sample_bytes,
               p->sample_bytes);
    }
    return p->line;
}

/* The pixels' rows from `y` on that one chunk is enough for; returns the one after the last. */
static int32_t chunk_end(const patch *p, int32_t y) {
    const size_t row_bytes = (size_t)p->wide * p->sample_bytes;
    int32_t end = y + 1;
    while (end < p->h && (size_t)(p->rows[end] - p->rows[y] + 1) * row_bytes <= chunk_bytes) {
        end++;
    }
    return end;
}

static imx_status apply_rows(imx_quality_reader *reader, const patch *p, int32_t y, int32_t end, imx_error *err) {
    const int window[4] = {p->left, p->rows[y], p->wide, p->rows[end - 1] - p->rows[y] + 1};
    const size_t row_bytes = (size_t)p->wide * p->sample_bytes;
    bool empty; /* never: all of its pixels are valid */
    imx_status status = imx_source_read_window(reader->source, p->level, window, p->samples, err, &empty);
    for (int32_t row = y; row < end && status == IMX_OK; row++) {
        const uint8_t *from = p->samples + (size_t)(p->rows[row] - p->rows[y]) * row_bytes;
        clear_row(reader, p, spread_row(p, from), (size_t)row * (size_t)p->w, (size_t)p->w);
    }
    return status;
}

static size_t largest_chunk(const patch *p) {
    const size_t row_bytes = (size_t)p->wide * p->sample_bytes;
    const size_t all = (size_t)(p->rows[p->h - 1] - p->rows[0] + 1) * row_bytes;
    const size_t most = chunk_bytes > row_bytes ? chunk_bytes : row_bytes;
    return all < most ? all : most;
}

static bool any_set(const uint8_t *bytes, size_t n) {
    uint8_t all = 0;
    for (size_t i = 0; i < n; i++) {
        all |= bytes[i];
    }
    return all != 0;
}

/* Which pixels the window goes by. */
static void place(const imx_quality_reader *reader, int32_t level, const int window[4], patch *p) {
    const imx_block_layout of = imx_asset_blocks(&reader->of, level);
    double axes[2][2], its[2][2];
    axes_of(&reader->of, axes);
    axes[0][1] *= (double)reader->of.width / of.level_w;
    axes[1][1] *= (double)reader->of.height / of.level_h;
    p->level = level_for(&reader->asset, (const double[2]){axes[0][1], axes[1][1]});
    const imx_block_layout mine = imx_asset_blocks(&reader->asset, p->level);
    axes_of(&reader->asset, its);
    its[0][1] *= (double)reader->asset.width / mine.level_w;
    its[1][1] *= (double)reader->asset.height / mine.level_h;
    find_nearest(axes[0], window[0], p->w, its[0], mine.level_w, p->columns);
    find_nearest(axes[1], window[1], p->h, its[1], mine.level_h, p->rows);
    p->left = p->columns[0] / mine.block_w * mine.block_w;
    p->wide = p->columns[p->w - 1] - p->left + 1;
}

imx_status imx_quality_apply(imx_quality_reader *reader, int32_t level, const int window[4], uint8_t *valid,
                             int32_t planes, imx_error *err, bool *any) {
    patch p = {.w = window[2],
               .h = window[3],
               .sample_bytes = imx_type_size(imx_asset_working_type(&reader->asset)),
               .valid = valid,
               .planes = planes};
    p.columns = imx_calloc(reader->memory, (size_t)p.w + (size_t)p.h, sizeof *p.columns);
    imx_status status = p.columns ? IMX_OK : IMX_E_NOMEM;
    if (status == IMX_OK) {
        p.rows = p.columns + p.w;
        place(reader, level, window, &p);
        p.line = imx_calloc(reader->memory, (size_t)p.w, p.sample_bytes);
        p.samples = imx_alloc(reader->memory, largest_chunk(&p));
        status = p.line && p.samples ? IMX_OK : IMX_E_NOMEM;
    }
    if (status == IMX_E_NOMEM) {
        (void)imx_fail(err, status, "%s: out of memory for a block", reader->asset.path);
    }
    for (int32_t y = 0, end; y < p.h && status == IMX_OK; y = end) {
        end = chunk_end(&p, y);
        status = apply_rows(reader, &p, y, end, err);
    }
    if (status == IMX_OK) {
        *any = any_set(valid, (size_t)planes * (size_t)p.w * (size_t)p.h);
    }
    imx_free(reader->memory, p.samples);
    imx_free(reader->memory, p.line);
    imx_free(reader->memory, p.columns);
    return status;
}
