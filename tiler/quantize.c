/* tiler/quantize.c: Leptonica's modified median cut, without dithering.
 *
 * With 6 bits a channel (5 are its default) and with the mean of a class as its colour (the codec's part) four real
 * scenes come to 39 to 43 dB in 256 colours, and tiles meet without visible seams. Its other ways were looked at and
 * not taken: 5 bits turn white into light gray in some tiles and not in their neighbours; the octrees (at most 240
 * colours) give 36 to 39 dB and bands in calm water; dithering costs 2 dB and a fifth more bytes, and scatters specks
 * of other colours.
 */
#include "tiler/quantize.h"

#include <leptonica/allheaders.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIGNIFICANT_BITS = 6,
    DEPTH = 8,
    EVERY_PIXEL = 1,
    ROW_PX = 256,
    /* Its histogram of 2^18 colours, the boxes' queue, and 4 + 1 bytes a pixel: it allocates on its own. */
    FIXED_BYTES = 2 << 20,
    BYTES_PER_PX = 5
};

/* The pixels in rows of ROW_PX, the last one filled up with its last pixel. */
static PIX *pix_of(const uint8_t *rgba, size_t n) {
    const size_t rows = (n + ROW_PX - 1) / ROW_PX;
    PIX *pix = pixCreateNoInit(ROW_PX, (l_int32)rows, 32);
    if (!pix) {
        return NULL;
    }
    l_uint32 *data = pixGetData(pix);
    const size_t words = (size_t)pixGetWpl(pix) * rows; /* a word is a pixel */
    for (size_t i = 0; i < words; i++) {
        const uint8_t *px = rgba + 4 * (i < n ? i : n - 1);
        data[i] = (l_uint32)px[0] << L_RED_SHIFT | (l_uint32)px[1] << L_GREEN_SHIFT | (l_uint32)px[2] << L_BLUE_SHIFT;
    }
    return pix;
}

/* False if there is one too many. */
static bool read_classes(PIX *pix, size_t n, uint32_t most, uint8_t *classes) {
    const l_uint32 *data = pixGetData(pix);
    const size_t words = (size_t)pixGetWpl(pix);
    uint32_t largest = 0;
    for (size_t i = 0; i < n; i++) {
        classes[i] = (uint8_t)GET_DATA_BYTE(data + i / ROW_PX * words, i % ROW_PX);
        largest = classes[i] > largest ? classes[i] : largest;
    }
    return largest < most;
}

imx_status imx_quantize_median_cut(imx_memory *memory, const uint8_t *rgba, size_t n, uint32_t most, imx_error *err,
                                   uint8_t *classes) {
    imx_status status = IMX_E_NOMEM;
    PIX *in = NULL, *out = NULL;
    void *counted =
        imx_alloc(memory, FIXED_BYTES + BYTES_PER_PX * n); /* never touched: it stands for Leptonica's own */
    setMsgSeverity(L_SEVERITY_NONE);                       /* it prints otherwise */
    in = counted ? pix_of(rgba, n) : NULL;
    out = in ? pixMedianCutQuantGeneral(in, 0, DEPTH, (l_int32)most, SIGNIFICANT_BITS, EVERY_PIXEL, 0) : NULL;
    if (out && pixGetDepth(out) == DEPTH) {
        status = read_classes(out, n, most, classes) ? IMX_OK : IMX_E_INTERNAL;
    }
    pixDestroy(&in);
    pixDestroy(&out);
    imx_free(memory, counted);
    return status == IMX_E_NOMEM ? imx_fail(err, status, "no memory to quantize a tile's colours")
           : status != IMX_OK    ? imx_fail(err, status, "Leptonica made more than %u colours", most)
                                 : IMX_OK;
}

imx_codec_options imx_codec_options_quantizing(const imx_codec_options *options) {
    imx_codec_options with = *options;
    with.quantize = options->png_palette == IMX_PNG_PALETTE_QUANTIZE ? imx_quantize_median_cut : NULL;
    return with;
}

void imx_quantize_library(char text[IMX_LIBRARY_TEXT_SIZE]) {
    (void)snprintf(text, IMX_LIBRARY_TEXT_SIZE, "Leptonica %d.%d.%d", LIBLEPT_MAJOR_VERSION, LIBLEPT_MINOR_VERSION,
                   LIBLEPT_PATCH_VERSION);
}
