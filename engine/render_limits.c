/* engine/render_limits.c: see the header. */
#include "engine/render_limits.h"

#include <string.h>

void imx_render_limits_clear(imx_memory *memory, imx_render_limits *limits) {
    imx_region_scan_clear(memory, &limits->scan);
    imx_free(memory, limits->inside);
    *limits = (imx_render_limits){0};
}

bool imx_render_limits_touch(const imx_region *const *regions, size_t count, const imx_box *box) {
    for (size_t i = 0; i < count; i++) {
        if (!imx_region_touches(regions[i], box)) {
            return false;
        }
    }
    return true;
}

imx_box imx_render_limits_crop(const imx_region *const *regions, size_t count, const imx_box *box) {
    imx_box left = *box;
    for (size_t i = 0; i < count; i++) {
        const imx_box by = imx_region_box(regions[i]);
        left.min_x = by.min_x > left.min_x ? by.min_x : left.min_x;
        left.min_y = by.min_y > left.min_y ? by.min_y : left.min_y;
        left.max_x = by.max_x < left.max_x ? by.max_x : left.max_x;
        left.max_y = by.max_y < left.max_y ? by.max_y : left.max_y;
    }
    return left;
}

static imx_status draw(imx_memory *memory, imx_render_limits *limits, const imx_region *region, int64_t x, int64_t y,
                       int32_t w, int32_t h, imx_error *err) {
    for (int32_t row = 0; row < h; row++) {
        imx_status status =
            imx_region_row(region, memory, &limits->scan, x, y + row, w, err, limits->inside + (size_t)row * (size_t)w);
        if (status != IMX_OK) {
            return status;
        }
    }
    return IMX_OK;
}

/* The first and the last pixel of a row that are inside; false: none is. */
static bool span(const uint8_t *inside, int32_t w, int32_t *first, int32_t *last) {
    const uint8_t *low = memchr(inside, 255, (size_t)w), *high = memrchr(inside, 255, (size_t)w);
    if (low) {
        *first = (int32_t)(low - inside);
        *last = (int32_t)(high - inside);
    }
    return low != NULL;
}

static imx_render_part part_of(const imx_render_limits *limits, int32_t w, int32_t h) {
    int32_t left = w, right = -1, top = h, bottom = -1;
    for (int32_t row = 0; row < h; row++) {
        int32_t first, last;
        if (span(limits->inside + (size_t)row * (size_t)w, w, &first, &last)) {
            left = first < left ? first : left;
            right = last > right ? last : right;
            top = row < top ? row : top;
            bottom = row;
        }
    }
    return right < 0 ? (imx_render_part){.cut = true}
                     : (imx_render_part){left, top, right - left + 1, bottom - top + 1,
                                         memchr(limits->inside, 0, (size_t)w * (size_t)h) != NULL};
}

imx_status imx_render_limits_find(imx_memory *memory, imx_render_limits *limits, const imx_region *const *regions,
                                  size_t count, int64_t x, int64_t y, int32_t w, int32_t h, imx_error *err,
                                  imx_render_part *out) {
    const imx_box box = {(double)x, (double)y, (double)x + w, (double)y + h};
    const size_t pixels = (size_t)w * (size_t)h;
    imx_status status = IMX_OK;
    *out = (imx_render_part){0, 0, w, h, false};
    for (size_t i = 0; i < count && status == IMX_OK; i++) {
        if (imx_region_covers(regions[i], &box)) {
            continue;
        }
        if (!imx_region_touches(regions[i], &box)) {
            *out = (imx_render_part){.cut = true};
            return IMX_OK;
        }
        if (pixels > limits->room) {
            uint8_t *grown = imx_realloc(memory, limits->inside, pixels);
            if (!grown) {
                return imx_fail(err, IMX_E_NOMEM, "out of memory for the outline in %d x %d pixels", (int)w, (int)h);
            }
            limits->inside = grown;
            limits->room = pixels;
        }
        if (!out->cut) {
            memset(limits->inside, 255, pixels);
            out->cut = true;
        }
        status = draw(memory, limits, regions[i], x, y, w, h, err);
    }
    if (status == IMX_OK && out->cut) {
        *out = part_of(limits, w, h);
    }
    return status;
}

/* In place: x and all, or nothing. */
static void cut_bytes(uint8_t *samples, size_t sample_bytes, const uint8_t *inside, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!inside[i]) {
            memset(samples + i * sample_bytes, 0, sample_bytes);
        }
    }
}

static void cut_row(const imx_pixels *pixels, int32_t y, int32_t first, int32_t n, const uint8_t *inside) {
    const bool rgba8 = imx_pixels_is_rgba8(pixels);
    const size_t size = rgba8 ? 4 : imx_type_size(pixels->type);
    for (int32_t band = 0; band < (rgba8 ? 1 : pixels->bands); band++) {
        uint8_t *samples = (uint8_t *)pixels->data + band * pixels->band_stride + y * pixels->row_stride;
        cut_bytes(samples + (size_t)first * size, size, inside + first, (size_t)n);
        if (!rgba8) {
            uint8_t *valid = pixels->valid + band * pixels->valid_band_stride + y * pixels->valid_stride;
            for (int32_t i = first; i < first + n; i++) {
                valid[i] &= inside[i];
            }
        }
    }
}

static void clear_rectangle(imx_pixels *pixels, int32_t x, int32_t y, int32_t w, int32_t h) {
    if (w > 0 && h > 0) {
        imx_pixels part = imx_pixels_crop(pixels, x, y, w, h);
        imx_pixels_clear(&part);
    }
}

void imx_render_limits_apply(const imx_render_limits *limits, const imx_render_part *part, imx_pixels *pixels) {
    const int32_t w = pixels->width, h = pixels->height, right = part->x + part->w, below = part->y + part->h;
    clear_rectangle(pixels, 0, 0, w, part->y);
    clear_rectangle(pixels, 0, below, w, h - below);
    clear_rectangle(pixels, 0, part->y, part->x, part->h);
    clear_rectangle(pixels, right, part->y, w - right, part->h);
    for (int32_t y = part->y; y < below; y++) {
        cut_row(pixels, y, part->x, part->w, limits->inside + (size_t)y * (size_t)w);
    }
}
