/* engine/warp_inner.h: shared by the warp*.c files of this folder; nobody else includes it. */
#ifndef IMX_ENGINE_WARP_INNER_H
#define IMX_ENGINE_WARP_INNER_H

#include "engine/warp.h"

enum { WARP_PIXEL = 4 /* bytes of rgba8 */ };

/* How a resampling is computed, by imx_resample. */
typedef struct warp_method {
    size_t kernel;          /* offset of its imx_warp_rgba8_fn in imx_kernels */
    imx_warp_kernel filter; /* what is widened where it minifies; IMX_WARP_NONE: nothing is */
    bool by_tables;         /* also where it does not minify */
    bool area;              /* by boxes: */
    imx_area_method statistic;
    imx_box_kind boxes;
    bool sum; /* by quadrilaterals */
} warp_method;

struct imx_warper {
    imx_memory *memory;
    imx_block_cache *cache;
    const imx_kernels *kernels;
    imx_warp_rgba8_fn kernel;
    imx_warp_area_rgba8_fn area; /* instead of kernel, where method->area */
    imx_warp_sum_rgba8_fn sum;   /* where method->sum */
    const warp_method *method;
    imx_resample resample;
    int32_t max_w, max_h;
    size_t window_bytes;
    uint8_t *window;
    /* One row of output pixels. */
    int32_t *x_q16, *y_q16; /* where area: the boxes' first edges */
    int32_t *x1_q16, *y1_q16;
    uint32_t *shrink_x_q16, *shrink_y_q16;
    /* By quantised shrink, made when one is first met: a picture needs few of them, and all take 1 MB per px of the
     * filter's support. */
    imx_warp_taps taps[IMX_TAPS_SHRINK_ONE_Q8 + 1];
    int16_t *taps_q14[IMX_TAPS_SHRINK_ONE_Q8 + 1];
    int32_t *quads_q16; /* where method->sum: the corners of a row, x of all four, then y */
    double *corners_px; /* and of its two lines: x and y of the one, then of the other */
    void *scratch;      /* the area warp of data, and sums */
    size_t scratch_bytes;
    struct warp_cover *cover; /* rows of data with coverage; made when first wanted */
};

/* What pixels of blocks and windows consist of: planes of samples, then planes of validity. rgba8: one plane of 4
 * bytes. */
typedef struct warp_shape {
    size_t sample_bytes;
    int32_t planes, valid_planes;
} warp_shape;

/* What stays the same throughout one imx_warp(). */
typedef struct warp_job {
    imx_warper *warper;
    imx_transform_grid *grid;
    imx_source *source;
    const imx_block_key *key_base;
    imx_block_layout layout;
    bool binary_alpha;
    bool data;
    bool weighed;  /* data with coverage, by a method that weighs: windows hold floats (warp_cover.c) */
    imx_type type; /* data: of blocks */
    int32_t bands; /* data: without coverage */
    warp_shape block, window;
    imx_error *err;
} warp_job;

typedef struct out_rect { /* output px within the grid's cell */
    int32_t x, y, w, h;
} out_rect;

/* How pixels are minified along both axes, in the steps of the tables. */
typedef struct warp_step {
    int32_t x_q8, y_q8; /* 0: not by a table */
} warp_step;

static inline warp_step warp_step_of(uint32_t shrink_x_q16, uint32_t shrink_y_q16) {
    warp_step s = {imx_warp_shrink_q8(shrink_x_q16), imx_warp_shrink_q8(shrink_y_q16)};
    return s.x_q8 && s.y_q8 ? s : (warp_step){0, 0};
}

static inline bool warp_same_step(warp_step a, warp_step b) { return a.x_q8 == b.x_q8 && a.y_q8 == b.y_q8; }

typedef struct src_window { /* px of the level */
    int32_t x, y, w, h;
    const uint8_t *samples; /* first of the first plane */
    ptrdiff_t stride, plane_bytes;
    const uint8_t *valid; /* first of the first validity plane; NULL: there is none */
    ptrdiff_t valid_stride, valid_plane_bytes;
    imx_block block; /* held while samples points into it */
    bool in_block;
    warp_step step; /* of all its pixels; {0, 0}: each asks for its own */
    /* Where job->weighed, what was met in it: pixels that are not opaque; samples that are no numbers. */
    bool translucent, gaps;
    /* What the rectangle shows, without the taps around it; neighbouring rectangles' parts abut. Where it lies turned
     * in the source only a share of this is its own, the same of each pixel as far as anybody needs to know. */
    double left, top, right, bottom, share;
} src_window;

/* Finds the source window of a rectangle: all taps of all its pixels, cut where the raster ends. false: no pixel of the
 * rectangle has a source position inside the raster. */
bool imx_warp_find_window(const warp_job *job, const out_rect *rect, src_window *out);
/* The validity of a band's pixels; NULL: all are valid. */
static inline const uint8_t *warp_valid_of(const src_window *window, int32_t band) {
    return window->valid ? window->valid + (window->valid_plane_bytes ? band : 0) * window->valid_plane_bytes : NULL;
}
/* A row of a band of the result. */
static inline void *warp_row_of(const imx_pixels *out, int32_t band, int32_t y) {
    return (uint8_t *)out->data + band * out->band_stride + y * out->row_stride;
}
static inline uint8_t *warp_valid_row_of(const imx_pixels *out, int32_t band, int32_t y) {
    return out->valid + band * out->valid_band_stride + y * out->valid_stride;
}
/* Whether the kernels can address it and it needs no more memory than there is. */
bool imx_warp_window_fits(const warp_job *job, const src_window *window);
/* Fetches the window's pixels; *empty: no block of it holds any. To be ended by imx_warp_drop_window(). */
IMX_MUST_USE imx_status imx_warp_fetch_window(const warp_job *job, const out_rect *rect, src_window *window,
                                              bool *empty);
void imx_warp_drop_window(const warp_job *job, src_window *window);

/* Makes the scratch so large. */
IMX_MUST_USE imx_status imx_warp_grow_scratch(const warp_job *job, size_t bytes);

/* A row of output pixels that has its positions, boxes or quadrilaterals, for any plane of the window. */
typedef struct warp_row {
    const warp_job *job;
    const src_window *window;
    size_t n;
    bool any_shrink;
    const imx_sum_quads *quads;
} warp_row;

typedef enum warp_line_kind {
    WARP_LINE_SAMPLES, /* by the job's method */
    WARP_LINE_WEIGHTS, /* the weights that this method gives them: rms is average */
    WARP_LINE_STEADY   /* without negative weights */
} warp_line_kind;

/* One plane of such a row. type: the plane's and the result's. */
void imx_warp_line(const warp_row *row, warp_line_kind kind, imx_type type, const void *samples, const uint8_t *valid,
                   void *dst, uint8_t *dst_valid);
void imx_warp_sum_line(const warp_row *row, imx_type type, const void *samples, const uint8_t *valid, void *dst,
                       uint8_t *dst_valid);
/* All planes of row y of the result. */
void imx_warp_take_row(const warp_row *row, int32_t y, const imx_pixels *out);

/* ---- data with coverage (warp_cover.c) ---- */

/* Whether the job is one; then says what its windows hold, and makes room for rows. */
IMX_MUST_USE imx_status imx_warp_cover_begin(warp_job *job, const imx_asset *asset);
void imx_warp_cover_destroy(imx_warper *warper);
/* w x h pixels of a block of block_w x block_h (NULL: nothing is there) into the window, from the one that is so many
 * pixels behind the block's first to the one that is to_px behind the window's. */
void imx_warp_cover_fill(const warp_job *job, src_window *window, const uint8_t *block, int32_t block_w,
                         int32_t block_h, ptrdiff_t from_px, ptrdiff_t to_px, int32_t w, int32_t h);
void imx_warp_cover_row(const warp_row *row, int32_t y, const imx_pixels *out);

/* The rows of a rectangle out of its window: pictures (warp.c), data (warp_planes.c), sums of either (warp_sum.c). */
IMX_MUST_USE imx_status imx_warp_sum_rows(const warp_job *job, const out_rect *rect, const src_window *window,
                                          imx_pixels *out);
IMX_MUST_USE imx_status imx_warp_plane_rows(const warp_job *job, const out_rect *rect, const src_window *window,
                                            imx_pixels *out);

#endif
