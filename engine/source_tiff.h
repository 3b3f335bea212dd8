/* engine/source_tiff.h: the fast path of GeoTIFFs: one image directory of a file, read without GDAL.
 *
 * It knows pictures of 8 bits, data of 1, 2, 4, 8, 12, 16 and 32 bits and of 64-bit floats, and masks of 1 or 8 bits,
 * in tiles or strips, interleaved by pixel or by band, uncompressed or in deflate, LZW, PackBits, ZSTD, JPEG or WebP
 * (these two: 8 bits), with predictor 2 or 3, in either byte order, in TIFF and BigTIFF, with blocks that are not
 * stored. Which directory is which level, and what is to be filled in for what is not stored, the caller says. Whatever
 * it does not know it declines when it is opened; what it accepts, it reads to the same bytes as GDAL. A handle of one
 * worker, as the source that it belongs to. In engine/ only the source_tiff*.c files know libtiff. */
#ifndef IMX_ENGINE_SOURCE_TIFF_H
#define IMX_ENGINE_SOURCE_TIFF_H

#include "engine/base/memory.h"
#include "kernels/kernels.h"

typedef struct imx_tiff imx_tiff;

typedef struct imx_tiff_options {
    const char *path;         /* a plain file */
    uint64_t directory;       /* its offset in the file, bytes */
    int32_t width, height;    /* px that it must have */
    int32_t block_w, block_h; /* px of its tiles or strips (whole ones); 0: any. Windows consist of whole ones */
    int32_t file_bands;       /* samples that it must have */
    /* What a pixel is made of: 1-based bands for gray (1) or colours (3), or any number of data; then alpha if there is
     * one. Borrowed for the call, as is fill: what stands for what is not stored, in the order of the bands. */
    const int32_t *bands;
    const double *fill;
    int32_t band_count;
    bool alpha;
    bool mask; /* a mask directory: one band, read by imx_tiff_read_mask */
    /* Data, read by imx_tiff_read_planes: the type that the samples must have (f16: f32; fewer bits: the next larger
     * type), and the one that they are wanted in. */
    bool data;
    imx_type stored, working;
} imx_tiff_options;

/* IMX_OK with *out NULL: not for this path. IMX_E_NOMEM otherwise. */
IMX_MUST_USE imx_status imx_tiff_open(imx_memory *memory, const imx_kernels *kernels, const imx_tiff_options *options,
                                      imx_tiff **out);
void imx_tiff_close(imx_tiff **tiff);

/* Whether any byte of the window (x, y, w, h; px) is stored. x and w follow the blocks' columns. */
bool imx_tiff_is_stored(imx_tiff *tiff, const int window[4]);

/* Tells the system that the window (px, anywhere in the image) will be read soon: it reads its bytes ahead, as far as
 * it sees fit, while the caller goes on. */
void imx_tiff_announce(imx_tiff *tiff, const int window[4]);

/* Reads a window into rgba8: gray is repeated, alpha is 255 where no band gives it; nothing else is done to it.
 * IMX_E_INPUT: damaged, and imx_tiff_reason() tells more; IMX_E_NOMEM. */
IMX_MUST_USE imx_status imx_tiff_read(imx_tiff *tiff, const int window[4], uint8_t *rgba, ptrdiff_t stride);
/* The same for data: each band into a plane of its own, in the working type. */
typedef struct imx_tiff_planes {
    uint8_t *first;     /* band i is at first + i * plane_bytes, its rows without a gap */
    size_t plane_bytes; /* a multiple of the sample's size, as is the address */
    uint8_t *alpha;     /* the alpha band's plane, likewise; not counted among the others */
} imx_tiff_planes;
IMX_MUST_USE imx_status imx_tiff_read_planes(imx_tiff *tiff, const int window[4], const imx_tiff_planes *planes);
/* One pixel of what is not stored. */
void imx_tiff_fill_pixel(const imx_tiff *tiff, const imx_tiff_planes *planes);
/* The same for a mask: 0 where it masks. */
IMX_MUST_USE imx_status imx_tiff_read_mask(imx_tiff *tiff, const int window[4], uint8_t *mask, ptrdiff_t stride);
/* One line, of the last failure. */
const char *imx_tiff_reason(const imx_tiff *tiff);

#endif
