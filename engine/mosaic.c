/* engine/mosaic.c: the two mosaics. OVER keeps one rgba8 picture and puts each further layer beneath it; BLEND keeps
 * integer sums and divides once at the end, so that the result does not depend on intermediate rounding. */
#include "engine/mosaic.h"

#include <string.h>

enum { PIXEL = 4, SUMS = 4 };

struct imx_mosaic {
    imx_memory *memory;
    const imx_kernels *kernels;
    imx_mosaic_mode mode;
    int32_t max_w, max_h;
    int32_t width, height; /* of this tile's layers, from the first one */
    size_t layers;         /* added since begin, not counting empty ones */
    unsigned look;         /* OVER: of picture */
    uint8_t *picture;      /* OVER: rgba8, rows of width pixels */
    uint8_t *weighted;     /* OVER: one row of a layer whose alpha has been weighted */
    uint64_t *sums;        /* BLEND: sum of w a r, w a g, w a b, w a of each pixel */
    uint8_t *alpha;        /* BLEND: the largest alpha of each pixel */
};

static bool alloc_scratch(imx_mosaic *mosaic) {
    size_t pixels, bytes;
    if (!imx_size_mul((size_t)mosaic->max_w, (size_t)mosaic->max_h, 1, &pixels)) {
        return false;
    }
    if (mosaic->mode == IMX_MOSAIC_OVER) {
        if (!imx_size_mul(pixels, PIXEL, 1, &bytes)) {
            return false;
        }
        mosaic->picture = imx_alloc(mosaic->memory, bytes);
        mosaic->weighted = imx_alloc(mosaic->memory, (size_t)mosaic->max_w * PIXEL);
        return mosaic->picture && mosaic->weighted;
    }
    if (!imx_size_mul(pixels, SUMS, sizeof *mosaic->sums, &bytes)) {
        return false;
    }
    mosaic->sums = imx_alloc(mosaic->memory, bytes);
    mosaic->alpha = imx_alloc(mosaic->memory, pixels);
    return mosaic->sums && mosaic->alpha;
}

imx_status imx_mosaic_create(imx_memory *memory, const imx_kernels *kernels, imx_mosaic_mode mode, int32_t width,
                             int32_t height, imx_error *err, imx_mosaic **out) {
    if (width < 1 || height < 1) {
        return imx_fail(err, IMX_E_INTERNAL, "a mosaic of %d x %d pixels", (int)width, (int)height);
    }
    imx_mosaic *mosaic = imx_calloc(memory, 1, sizeof *mosaic);
    if (!mosaic) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a mosaic");
    }
    mosaic->memory = memory;
    mosaic->kernels = kernels;
    mosaic->mode = mode;
    mosaic->max_w = width;
    mosaic->max_h = height;
    if (!alloc_scratch(mosaic)) {
        imx_mosaic_destroy(&mosaic);
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a mosaic of %d x %d pixels", (int)width, (int)height);
    }
    *out = mosaic;
    return IMX_OK;
}

void imx_mosaic_destroy(imx_mosaic **mosaic) {
    if (mosaic && *mosaic) {
        imx_memory *memory = (*mosaic)->memory;
        imx_free(memory, (*mosaic)->picture);
        imx_free(memory, (*mosaic)->weighted);
        imx_free(memory, (*mosaic)->sums);
        imx_free(memory, (*mosaic)->alpha);
        imx_free(memory, *mosaic);
        *mosaic = NULL;
    }
}

void imx_mosaic_begin(imx_mosaic *mosaic) {
    mosaic->layers = 0;
    mosaic->look = IMX_LOOK_EMPTY;
    mosaic->width = mosaic->height = 0;
}

static ptrdiff_t picture_stride(const imx_mosaic *mosaic) { return (ptrdiff_t)mosaic->width * PIXEL; }

/* The layer's coverage is alpha * weight / 255, rounded; a pixel without any is 0,0,0,0. */
static void weight_row(const uint8_t *px, const uint8_t *weight, size_t n, uint8_t *out) {
    for (size_t i = 0; i < n; i++) {
        unsigned alpha = ((unsigned)px[PIXEL * i + 3] * weight[i] + 127) / 255;
        if (alpha) {
            memcpy(out + PIXEL * i, px + PIXEL * i, 3);
            out[PIXEL * i + 3] = (uint8_t)alpha;
        } else {
            memset(out + PIXEL * i, 0, PIXEL);
        }
    }
}

static void add_over(imx_mosaic *mosaic, const imx_pixels *layer, unsigned look, const uint8_t *weights,
                     ptrdiff_t weights_stride) {
    size_t n = (size_t)mosaic->width;
    for (int32_t y = 0; y < mosaic->height; y++) {
        const uint8_t *from = (const uint8_t *)layer->data + y * layer->row_stride;
        uint8_t *to = mosaic->picture + y * picture_stride(mosaic);
        if (weights) {
            weight_row(from, weights + y * weights_stride, n, mosaic->weighted);
            from = mosaic->weighted;
        }
        if (mosaic->layers == 0) {
            memcpy(to, from, n * PIXEL);
        } else {
            mosaic->kernels->composite_under_rgba8(to, from, n);
        }
    }
    mosaic->look =
        mosaic->layers == 0 && !weights
            ? look
            : mosaic->kernels->look_rgba8(mosaic->picture, picture_stride(mosaic), n, (size_t)mosaic->height);
}

/* The largest alpha of the layers that have a say: a weight of 0 takes a pixel out. */
static void raise_alpha(uint8_t *alpha, const uint8_t *px, const uint8_t *weight, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint8_t a = px[PIXEL * i + 3];
        if (a > alpha[i] && (!weight || weight[i])) {
            alpha[i] = a;
        }
    }
}

static void add_blend(imx_mosaic *mosaic, const imx_pixels *layer, const uint8_t *weights, ptrdiff_t weights_stride) {
    size_t n = (size_t)mosaic->width;
    if (mosaic->layers == 0) {
        memset(mosaic->sums, 0, n * (size_t)mosaic->height * SUMS * sizeof *mosaic->sums);
        memset(mosaic->alpha, 0, n * (size_t)mosaic->height);
    }
    for (int32_t y = 0; y < mosaic->height; y++) {
        const uint8_t *from = (const uint8_t *)layer->data + y * layer->row_stride;
        const uint8_t *weight = weights ? weights + y * weights_stride : NULL;
        mosaic->kernels->blend_add_rgba8(mosaic->sums + (size_t)y * n * SUMS, from, weight, n);
        raise_alpha(mosaic->alpha + (size_t)y * n, from, weight, n);
    }
}

imx_status imx_mosaic_add(imx_mosaic *mosaic, const imx_pixels *layer, unsigned look, const uint8_t *weights,
                          ptrdiff_t weights_stride, imx_error *err) {
    if (look & IMX_LOOK_EMPTY) {
        return IMX_OK;
    }
    if (mosaic->layers == 0) {
        mosaic->width = layer->width;
        mosaic->height = layer->height;
    }
    if (!imx_pixels_is_rgba8(layer) || layer->width != mosaic->width || layer->height != mosaic->height ||
        layer->width > mosaic->max_w || layer->height > mosaic->max_h) {
        return imx_fail(err, IMX_E_INTERNAL, "a mosaic layer of %d x %d pixels does not fit", (int)layer->width,
                        (int)layer->height);
    }
    if (mosaic->mode == IMX_MOSAIC_OVER) {
        add_over(mosaic, layer, look, weights, weights_stride);
    } else {
        add_blend(mosaic, layer, weights, weights_stride);
    }
    mosaic->layers++;
    return IMX_OK;
}

bool imx_mosaic_full(const imx_mosaic *mosaic) {
    return mosaic->mode == IMX_MOSAIC_OVER && mosaic->layers > 0 && (mosaic->look & IMX_LOOK_OPAQUE);
}

/* The one rounding of a blend: c = (sum(w a c) + S/2) / S with S = sum(w a). */
static void divide_row(const uint64_t *sums, const uint8_t *alpha, size_t n, uint8_t *out) {
    for (size_t i = 0; i < n; i++, sums += SUMS, out += PIXEL) {
        uint64_t weight = sums[3];
        if (!weight) {
            memset(out, 0, PIXEL);
            continue;
        }
        for (size_t band = 0; band < 3; band++) {
            out[band] = (uint8_t)((sums[band] + weight / 2) / weight);
        }
        out[3] = alpha[i];
    }
}

imx_status imx_mosaic_finish(imx_mosaic *mosaic, imx_pixels *out, imx_error *err, unsigned *look) {
    if (mosaic->layers == 0) {
        *look = IMX_LOOK_EMPTY;
        return IMX_OK;
    }
    if (!imx_pixels_is_rgba8(out) || out->width != mosaic->width || out->height != mosaic->height) {
        return imx_fail(err, IMX_E_INTERNAL, "a mosaic of %d x %d pixels cannot fill %d x %d", (int)mosaic->width,
                        (int)mosaic->height, (int)out->width, (int)out->height);
    }
    size_t n = (size_t)mosaic->width;
    for (int32_t y = 0; y < mosaic->height; y++) {
        uint8_t *to = (uint8_t *)out->data + y * out->row_stride;
        if (mosaic->mode == IMX_MOSAIC_OVER) {
            memcpy(to, mosaic->picture + y * picture_stride(mosaic), n * PIXEL);
        } else {
            divide_row(mosaic->sums + (size_t)y * n * SUMS, mosaic->alpha + (size_t)y * n, n, to);
        }
    }
    *look = mosaic->mode == IMX_MOSAIC_OVER
                ? mosaic->look
                : mosaic->kernels->look_rgba8(out->data, out->row_stride, n, (size_t)mosaic->height);
    return IMX_OK;
}
