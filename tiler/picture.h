/* tiler/picture.h: how the bands of a job become the colours of its tiles.
 *
 * Pictures of 8 bits whose samples are colours stay pictures all the way (rgba8). As soon as one scene has other
 * samples, or a stretch or gamma is asked for, all scenes are read as numbers and graded (engine/grade.h) by ranges
 * that are found out here, of the whole layer, and stand in the plan.
 *
 * Bands: --bands; else those that the file calls red, green and blue; else its first three, or its first.
 * The range of a band: --stretch; else all that its bits hold where scenes have 8 bits or fewer (0..255, 0..15: as they
 * are), and its percentiles 2 and 98 where they have more, band by band: what desktop GIS show at first sight. Both the
 * other way round where the file says that 0 is white.
 *
 * With --colormap the first band, or that of --bands, is shown in colours by value (engine/colormap.h); percentages of
 * its file are of the whole layer's range.
 *
 * With --hillshade or --slope that band is taken for heights: floats, whose light or steepness is worked out at the
 * finest zoom and then reduced as a picture. Steepness is stretched from 0 to 90 degrees, or has a colormap; light is
 * gray, or darkens a colormap of the heights.
 *
 * With --encode the first band, or that of --bands, is taken for heights: floats, resampled and reduced as such, which
 * become colours when a tile is encoded, by PNG alone.
 */
#ifndef IMX_TILER_PICTURE_H
#define IMX_TILER_PICTURE_H

#include "engine/base/log.h"
#include "engine/grade.h"
#include "engine/source.h"

struct imx_plan;

typedef struct imx_limit {
    bool percent; /* a percentile of the layer; otherwise a value (scale and offset applied) */
    double at;
} imx_limit;

typedef enum imx_stretch_kind {
    IMX_STRETCH_AUTO,
    IMX_STRETCH_NONE, /* values are 0..255 already; what is beyond is cut off */
    IMX_STRETCH_LIMITS
} imx_stretch_kind;

typedef struct imx_picture_options {
    imx_stretch_kind stretch;
    int32_t limit_count; /* LIMITS: 1 for all bands, or one each */
    imx_limit lo[IMX_LAYER_BANDS_MAX], hi[IMX_LAYER_BANDS_MAX];
    double gamma;              /* 0 or 1: none */
    imx_grade_kind heights;    /* --encode: numbers in the colours; NONE: a picture */
    const char *colormap;      /* a file (tiler/colormap.h); NULL: none */
    imx_relief_options relief; /* --hillshade, --slope; kind NONE: neither */
    bool light_given;          /* whether any option speaks of the light, one of them of a single one, one of heights */
    bool one_light_given, z_factor_given;
    bool colormap_mode_given;
    imx_colormap_mode colormap_mode; /* where given; else the file's */
} imx_picture_options;

/* "4,3,2" or "5": 1-based; "red,green,blue", "B5": names. The text is borrowed. */
IMX_MUST_USE imx_status imx_bands_parse(const char *text, imx_error *err, imx_source_options *out);
/* The same, of data: any number of bands. */
IMX_MUST_USE imx_status imx_band_list_parse(const char *text, imx_error *err, imx_source_options *out);
/* "2%,98%", "0,3000", "auto", "none"; "0,3000/0,2500/0,2000": band by band. Leaves gamma as it is. */
IMX_MUST_USE imx_status imx_stretch_parse(const char *text, imx_error *err, imx_picture_options *out);

/* "terrain-rgb", "terrarium". */
IMX_MUST_USE imx_status imx_encode_parse(const char *text, imx_error *err, imx_picture_options *out);

/* "between", "exact", "nearest", "discrete". */
IMX_MUST_USE imx_status imx_colormap_mode_parse(const char *text, imx_error *err, imx_picture_options *out);

/* Completes how scenes are to be probed. IMX_E_USAGE: options do not go together. */
IMX_MUST_USE imx_status imx_picture_wants(const imx_picture_options *options, imx_source_options *source,
                                          imx_error *err);
/* After that: whether some of the scenes are numbers and others are not: these are then probed again as numbers. */
bool imx_picture_is_mixed(const imx_scene *scenes, size_t count);
/* Fills plan->grade but for the ranges that are percentiles, and reads the colormap; nothing where all scenes are
 * pictures. */
IMX_MUST_USE imx_status imx_picture_choose(struct imx_plan *plan, const imx_picture_options *options, imx_log *log,
                                           imx_error *err);
/* Finds these out: reads some of the scenes (engine/layer_percentiles.h). */
IMX_MUST_USE imx_status imx_picture_measure(struct imx_plan *plan, const imx_picture_options *options, imx_log *log,
                                            imx_error *err);

/* What a scene is shown as: "bands 4, 3, 2 of u16 as red, green, blue". */
void imx_picture_describe(const imx_scene *scene, char *text, size_t size);
/* The same in pieces. Colours: "palette", "gray" or "rgb", of 1 or 3 bands, each by the name that it has in a delivery,
 * else by its number. */
const char *imx_picture_colours(const imx_scene *scene, int32_t *bands);
void imx_picture_band_name(const imx_scene *scene, int32_t i, char text[IMX_BAND_NAME_MAX]);
/* The --stretch that a scene gets by itself: "2%,98%", or "none": its values are colours. */
const char *imx_picture_own_stretch(const imx_scene *scene);

/* What clients call numbers in colours ("mapbox", "terrarium": raster-dem in MapLibre's style specification); NULL:
 * these are pictures. */
const char *imx_picture_encoding(imx_grade_kind kind);

#endif
