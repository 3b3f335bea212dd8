/* engine/source_tiff_impl.h: shared by the source_tiff*.c files; nobody else includes it.
 *
 * A strile is a strip or a tile, as in libtiff. Those of a plane are numbered row by row, planes follow each other. */
#ifndef IMX_ENGINE_SOURCE_TIFF_IMPL_H
#define IMX_ENGINE_SOURCE_TIFF_IMPL_H

#include <libdeflate.h>
#include <tiffio.h>

#include "engine/source_tiff.h"

/* Undoes zlib streams. One worker's. */
typedef struct imx_inflater imx_inflater;
imx_inflater *imx_inflater_create(imx_memory *memory); /* NULL: no memory */
void imx_inflater_destroy(imx_inflater **inflater);
/* To `need` bytes, no more and no less; false if it finds fault. differences: those of predictor 2. */
bool imx_inflate(imx_inflater *inflater, const uint8_t *zlib, size_t zlib_bytes, bool differences, uint8_t *out,
                 size_t need);
/* A stream of more than `need` bytes to its first ones: a last strip that holds rows which the image does not have.
 * Their check is one of all bytes, and cannot be asked. false: it is not longer, or it is damaged. */
bool imx_inflate_more(imx_inflater *inflater, const uint8_t *zlib, size_t zlib_bytes, uint8_t *out, size_t need);

struct imx_tiff {
    imx_memory *memory;
    const imx_kernels *kernels;
    TIFF *file;
    imx_inflater *inflater; /* NULL: not deflate */
    int fd;
    /* the directory */
    int32_t width, height, strile_w, strile_h; /* px; a strip is as wide as the image */
    uint32_t columns, rows;                    /* striles */
    int32_t samples;                           /* that stand side by side in a strile */
    size_t row_bytes;                          /* of a strile */
    uint16_t compression, bits, predictor;
    bool tiled, planar;
    imx_type stored;        /* of a sample as it is looked at: narrower ones are widened first (imx_tiff.bits tells) */
    imx_width sample_width; /* of a sample that fills whole bytes */
    bool foreign;           /* the other byte order, of samples that have one */
    /* what is wanted */
    int32_t *bands, band_count; /* 0-based */
    bool alpha, data;
    imx_type working;     /* of data */
    uint8_t (*fill)[8];   /* each band's; data: one sample of the working type; else its byte */
    uint8_t *line, *band; /* scratch of data: samples of a strile's row; of one band of it */
    /* the strile decoded last */
    uint8_t *raw, *decoded; /* scratch, grown on demand */
    size_t raw_bytes, decoded_bytes;
    bool broken;      /* the tables of blocks cannot be read as a whole */
    int64_t held;     /* its number; -1: none */
    bool held_coded;  /* its byte order and predictor are still the file's */
    char reason[400]; /* the first complaint since it was cleared; "": none */
};

/* A strile as it is needed: rows that the image has (of a tile: all). */
typedef struct strile {
    bool stored;
    bool coded;            /* byte order and predictor still to be undone; only if asked for */
    const uint8_t *pixels; /* of imx_tiff.decoded; NULL: not stored */
} strile;

/* Gets one. keep_coded: the caller undoes the predictor. */
IMX_MUST_USE imx_status imx_tiff_strile(imx_tiff *tiff, uint32_t number, int32_t rows, bool keep_coded, strile *out);
/* Its place in the file, bytes: *offset may be NULL. 0: not stored. Once a table turned out to be broken: 1, and
 * reading any strile fails; for libtiff says so only once, and then gives zeros for the entries around, too. */
uint64_t imx_tiff_stored_bytes(imx_tiff *tiff, uint32_t number, uint64_t *offset);

/* A part of a strile that lies in a window, and where it goes. */
typedef struct strile_part {
    uint32_t number; /* of the strile, in its plane */
    int32_t rows;    /* that are decoded */
    int32_t skip;    /* rows of it above the window */
    size_t w, h;     /* px */
    ptrdiff_t at;    /* bytes from the window's first pixel to the part's */
    ptrdiff_t stride;
    void *to; /* the window */
} strile_part;

/* The striles that a window touches, in each plane; both ends count. */
typedef struct strile_range {
    uint32_t left, top, right, bottom;
} strile_range;
strile_range imx_tiff_striles(const imx_tiff *tiff, const int window[4]);
/* Planes whose striles make the pixels, and the number of the first strile of the i-th. */
int32_t imx_tiff_plane_count(const imx_tiff *tiff);
uint32_t imx_tiff_plane_start(const imx_tiff *tiff, int32_t i);

typedef imx_status (*imx_tiff_part_fn)(imx_tiff *tiff, const strile_part *part);
/* Visits the parts of a window whose pixels take px_bytes, until one fails. to is passed on. */
IMX_MUST_USE imx_status imx_tiff_parts(imx_tiff *tiff, const int window[4], void *to, ptrdiff_t stride, size_t px_bytes,
                                       imx_tiff_part_fn visit);

/* Writes a complaint, if it is the first. */
void imx_tiff_complain(imx_tiff *tiff, const char *format, ...) IMX_PRINTF(2, 3);

#endif
