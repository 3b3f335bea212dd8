/* engine/grade.h: numbers -> pictures: the stage between mosaic and encoder.
 *
 * A grade makes rgba8 out of the planes of a layer. What it does is its kind; a kind is a row of the table in grade.c
 * and one file (grade_KIND.c). Kinds that make a picture are applied to base tiles, and zooms are then reduced as
 * pictures are. Kinds that write numbers into the colours (terrain) cannot be reduced afterwards: the pyramid keeps
 * planes, every zoom is reduced in numbers, and the grade is applied when a tile is encoded
 * (imx_grade_keeps_numbers()).
 *
 * A pixel counts where all bands are valid: its alpha is 255, or its coverage where planes have that (rounded to
 * 0..255), times the colormap's; elsewhere, and where alpha is 0, the pixel is 0,0,0,0. Heights have no coverage, in
 * colours or under light: half of one is another height, and a slope needs its neighbours whole. All kinds are exact
 * across SIMD levels. An imx_grade is immutable and shared.
 */
#ifndef IMX_ENGINE_GRADE_H
#define IMX_ENGINE_GRADE_H

#include "engine/base/pixels.h"
#include "engine/colormap.h"
#include "engine/ground.h"
#include "engine/layer.h"
#include "kernels/kernels.h"

typedef enum imx_grade_kind {
    IMX_GRADE_NONE,    /* pictures are pictures already, and data stay data */
    IMX_GRADE_STRETCH, /* each band's lo..hi becomes 0..255, by a power of gamma (kernels/lookup.h); one band is gray */
    /* Heights in metres, one band of f32, as numbers in the colours (grade_terrain.c says which). */
    IMX_GRADE_TERRAIN_RGB, /* to 0.1 m */
    IMX_GRADE_TERRARIUM,   /* to 1/256 m */
    IMX_GRADE_COLORMAP     /* one band: colours by value (engine/colormap.h) */
} imx_grade_kind;
#define IMX_GRADE_KINDS 5 /* how many there are */

/* What becomes of heights before they are graded: their own values; light that falls on them, 1..255 (then COLORMAP is
 * darkened by it, and STRETCH shows it alone); or how steep they are, in degrees. Sides of pixels: engine/ground.h. */
typedef enum imx_relief_kind { IMX_RELIEF_NONE, IMX_RELIEF_SHADE, IMX_RELIEF_SLOPE } imx_relief_kind;

typedef struct imx_relief_options { /* kernels/relief.h */
    imx_relief_kind kind;
    double azimuth_deg, altitude_deg; /* SHADE: where the light comes from */
    bool all_round;                   /* from four sides */
    double z_factor;                  /* metres that one of the heights' units is */
} imx_relief_options;

typedef struct imx_grade_options {
    imx_grade_kind kind;
    imx_layer_planes planes; /* what it reads */
    /* STRETCH */
    double lo[IMX_LAYER_BANDS_MAX], hi[IMX_LAYER_BANDS_MAX]; /* in values; hi below lo: bright is low */
    double gamma;                                            /* 1: linear; larger: brighter in between */
    /* COLORMAP: resolved; borrowed, must outlive the grade. */
    const imx_colormap *colours;
    imx_relief_options relief; /* STRETCH or COLORMAP of one band of f32 */
} imx_grade_options;

/* "none", "stretch", "terrain-rgb", "terrarium", "colormap". */
const char *imx_grade_name(imx_grade_kind kind);
bool imx_grade_find(const char *name, imx_grade_kind *out);
/* Whether zooms are reduced in numbers and graded when they are encoded. */
bool imx_grade_keeps_numbers(imx_grade_kind kind);

typedef struct imx_grade imx_grade;

/* kernels is borrowed and must outlive the grade. */
IMX_MUST_USE imx_status imx_grade_create(imx_memory *memory, const imx_kernels *kernels,
                                         const imx_grade_options *options, imx_error *err, imx_grade **out);
void imx_grade_destroy(imx_grade **grade);
/* planes: as the options say, each band with its validity, and then coverage; out: rgba8 of the same size. Thread-safe.
 */
void imx_grade_apply(const imx_grade *grade, const imx_pixels *planes, imx_pixels *out);

/* Pixels whose heights are beyond what the kind's numbers hold, and are cut off to it; of other kinds none. planes as
 * above. Thread-safe. */
uint64_t imx_grade_count_beyond(const imx_grade *grade, const imx_pixels *planes);
/* What those numbers hold. */
void imx_grade_range(imx_grade_kind kind, double *lowest_m, double *highest_m);

/* ---- light and slope: a pixel also asks its neighbours ---- */

/* Of no grade: NONE. */
imx_relief_kind imx_grade_relief_kind(const imx_grade *grade);
/* What light or slope is worked out in. */
imx_type imx_relief_type(imx_relief_kind kind);
/* Instead of imx_grade_apply(): out's upper left pixel is x, y of output space; grown: the planes, a pixel larger on
 * each side; surface: scratch of out's size and that type, one band. ground is the caller's own. Thread-safe. */
void imx_grade_apply_relief(const imx_grade *grade, imx_ground *ground, const imx_pixels *grown, int64_t x, int64_t y,
                            imx_pixels *surface, imx_pixels *out);

#endif
