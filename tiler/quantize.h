/* tiler/quantize.h: colours to at most 256 classes, by Leptonica's median cut. Apart from the codecs, so that the
 * server, which stands on them, goes without Leptonica. */
#ifndef IMX_TILER_QUANTIZE_H
#define IMX_TILER_QUANTIZE_H

#include "tiler/codec.h"

/* An imx_quantize_fn. */
IMX_MUST_USE imx_status imx_quantize_median_cut(imx_memory *memory, const uint8_t *rgba, size_t n, uint32_t most,
                                                imx_error *err, uint8_t *classes);
/* The options with that quantizer, if they need one: what encoders of a job are created with. */
imx_codec_options imx_codec_options_quantizing(const imx_codec_options *options);
/* "Leptonica 1.82.0" */
void imx_quantize_library(char text[IMX_LIBRARY_TEXT_SIZE]);

#endif
