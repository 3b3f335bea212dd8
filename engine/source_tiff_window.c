/* engine/source_tiff_window.c: a window of pixels put together from its striles, in the working layout. */
#include <string.h>

#include "engine/source_tiff_impl.h"

enum { OPAQUE = 255 };

static int32_t less(int32_t a, int32_t b) { return a < b ? a : b; }

imx_status imx_tiff_parts(imx_tiff *tiff, const int window[4], void *to, ptrdiff_t stride, size_t px_bytes,
                          imx_tiff_part_fn visit) {
    int32_t right = window[0] + window[2], bottom = window[1] + window[3];
    imx_status status = IMX_OK;
    for (int32_t y = window[1]; y < bottom && status == IMX_OK;) {
        int32_t row = y / tiff->strile_h, top = row * tiff->strile_h;
        int32_t rows = tiff->tiled ? tiff->strile_h : less(tiff->strile_h, tiff->height - top);
        int32_t end = less(bottom - top, tiff->strile_h) + top;
        for (int32_t x = window[0]; x < right && status == IMX_OK; x += tiff->strile_w) {
            const strile_part part = {
                .number = (uint32_t)row * tiff->columns + (uint32_t)(x / tiff->strile_w),
                .rows = rows,
                .skip = y - top,
                .w = (size_t)less(tiff->strile_w, right - x),
                .h = (size_t)(end - y),
                .at = (y - window[1]) * stride + (ptrdiff_t)px_bytes * (x - window[0]),
                .stride = stride,
                .to = to,
            };
            status = visit(tiff, &part);
        }
        y = end;
    }
    return status;
}

/* ---- interleaved by pixel ---- */

/* Three bands in their order and nothing else: what most pictures are. */
static bool is_plain_rgb(const imx_tiff *tiff) {
    return tiff->samples == 3 && tiff->band_count == 3 && tiff->bands[0] == 0 && tiff->bands[1] == 1 &&
           tiff->bands[2] == 2;
}

static bool is_plain_rgba(const imx_tiff *tiff) {
    return tiff->samples == 4 && tiff->band_count == 4 && tiff->bands[0] == 0 && tiff->bands[1] == 1 &&
           tiff->bands[2] == 2 && tiff->bands[3] == 3;
}

static void gather_row(const imx_tiff *tiff, const uint8_t *from, uint8_t *px, size_t n) {
    const size_t samples = (size_t)tiff->samples;
    const bool gray = tiff->band_count < 3;
    const size_t r = (size_t)tiff->bands[0], g = gray ? r : (size_t)tiff->bands[1],
                 b = gray ? r : (size_t)tiff->bands[2];
    if (tiff->alpha) {
        const size_t a = (size_t)tiff->bands[tiff->band_count - 1];
        for (size_t i = 0; i < n; i++, from += samples, px += 4) {
            px[0] = from[r];
            px[1] = from[g];
            px[2] = from[b];
            px[3] = from[a];
        }
    } else {
        for (size_t i = 0; i < n; i++, from += samples, px += 4) {
            px[0] = from[r];
            px[1] = from[g];
            px[2] = from[b];
            px[3] = OPAQUE;
        }
    }
}

static uint8_t *row_of(const strile_part *part, size_t y) {
    return (uint8_t *)part->to + part->at + (ptrdiff_t)y * part->stride;
}

static void fill_part(const imx_tiff *tiff, const strile_part *part) {
    uint8_t(*const fill)[8] = tiff->fill;
    const bool gray = tiff->band_count < 3;
    const uint8_t pixel[4] = {fill[0][0], fill[gray ? 0 : 1][0], fill[gray ? 0 : 2][0],
                              tiff->alpha ? fill[tiff->band_count - 1][0] : OPAQUE};
    for (size_t y = 0; y < part->h; y++) {
        uint8_t *px = row_of(part, y);
        for (size_t x = 0; x < part->w; x++) {
            memcpy(px + 4 * x, pixel, 4);
        }
    }
}

static imx_status read_interleaved(imx_tiff *tiff, const strile_part *part) {
    const bool rgb = is_plain_rgb(tiff), rgba = is_plain_rgba(tiff);
    strile from;
    imx_status status = imx_tiff_strile(tiff, part->number, part->rows, rgb, &from);
    if (status != IMX_OK) {
        return status;
    }
    if (!from.stored) {
        fill_part(tiff, part);
        return IMX_OK;
    }
    for (size_t y = 0; y < part->h; y++) {
        const uint8_t *row = from.pixels + ((size_t)part->skip + y) * tiff->row_bytes;
        uint8_t *px = row_of(part, y);
        if (from.coded) {
            tiff->kernels->predictor2_rgb8_rgba8(row, part->w, px);
        } else if (rgb) {
            tiff->kernels->expand_rgb8_rgba8(row, part->w, px);
        } else if (rgba) {
            memcpy(px, row, 4 * part->w);
        } else {
            gather_row(tiff, row, px, part->w);
        }
    }
    return IMX_OK;
}

/* ---- interleaved by band ---- */

/* One band into one channel, or a gray one into three. */
static void scatter_row(const uint8_t *from, uint8_t fill, uint8_t *px, size_t n, size_t channels) {
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < channels; c++) {
            px[4 * i + c] = from ? from[i] : fill;
        }
    }
}

static imx_status read_planes(imx_tiff *tiff, const strile_part *part) {
    const bool gray = tiff->band_count < 3;
    for (int32_t b = 0; b < tiff->band_count; b++) {
        const uint32_t plane = imx_tiff_plane_start(tiff, b);
        const bool is_alpha = tiff->alpha && b == tiff->band_count - 1;
        strile from;
        imx_status status = imx_tiff_strile(tiff, plane + part->number, part->rows, false, &from);
        if (status != IMX_OK) {
            return status;
        }
        for (size_t y = 0; y < part->h; y++) {
            const uint8_t *row = from.stored ? from.pixels + ((size_t)part->skip + y) * tiff->row_bytes : NULL;
            scatter_row(row, tiff->fill[b][0], row_of(part, y) + (is_alpha ? 3 : b), part->w,
                        gray && !is_alpha ? 3 : 1);
        }
    }
    for (size_t y = 0; y < part->h && !tiff->alpha; y++) {
        scatter_row(NULL, OPAQUE, row_of(part, y) + 3, part->w, 1);
    }
    return IMX_OK;
}

imx_status imx_tiff_read(imx_tiff *tiff, const int window[4], uint8_t *rgba, ptrdiff_t stride) {
    return imx_tiff_parts(tiff, window, rgba, stride, 4, tiff->planar ? read_planes : read_interleaved);
}

/* ---- masks ---- */

static imx_status read_mask_part(imx_tiff *tiff, const strile_part *part) {
    strile from;
    imx_status status = imx_tiff_strile(tiff, part->number, part->rows, false, &from);
    for (size_t y = 0; y < part->h && status == IMX_OK; y++) {
        uint8_t *to = row_of(part, y);
        if (!from.stored) {
            memset(to, 0, part->w);
            continue;
        }
        const uint8_t *row = from.pixels + ((size_t)part->skip + y) * tiff->row_bytes;
        if (tiff->bits == 8) {
            memcpy(to, row, part->w);
        } else {
            memset(to, OPAQUE, part->w);
            tiff->kernels->validity.bits(row, part->w, to);
        }
    }
    return status;
}

imx_status imx_tiff_read_mask(imx_tiff *tiff, const int window[4], uint8_t *mask, ptrdiff_t stride) {
    return imx_tiff_parts(tiff, window, mask, stride, 1, read_mask_part);
}

/* ---- which striles ---- */

strile_range imx_tiff_striles(const imx_tiff *tiff, const int window[4]) {
    return (strile_range){(uint32_t)(window[0] / tiff->strile_w), (uint32_t)(window[1] / tiff->strile_h),
                          (uint32_t)((window[0] + window[2] - 1) / tiff->strile_w),
                          (uint32_t)((window[1] + window[3] - 1) / tiff->strile_h)};
}

int32_t imx_tiff_plane_count(const imx_tiff *tiff) { return tiff->planar ? tiff->band_count : 1; }

uint32_t imx_tiff_plane_start(const imx_tiff *tiff, int32_t i) {
    return tiff->planar ? (uint32_t)tiff->bands[i] * tiff->columns * tiff->rows : 0;
}

bool imx_tiff_is_stored(imx_tiff *tiff, const int window[4]) {
    const strile_range r = imx_tiff_striles(tiff, window);
    for (int32_t i = 0; i < imx_tiff_plane_count(tiff); i++) {
        for (uint32_t row = r.top; row <= r.bottom; row++) {
            for (uint32_t column = r.left; column <= r.right; column++) {
                const uint32_t number = imx_tiff_plane_start(tiff, i) + row * tiff->columns + column;
                if (imx_tiff_stored_bytes(tiff, number, NULL) != 0) {
                    return true;
                }
            }
        }
    }
    return false;
}
