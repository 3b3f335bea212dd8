/* engine/transform_model.h: an imx_georef at work: coordinates of the scene's CRS <-> px of its image.
 *
 * The direction that a warp needs, ground to image, is the exact one: fitted (control points), evaluated (RPC) or
 * searched (geolocation arrays). Image to ground is its inverse, by iteration, so that the two agree; a fit of its own
 * only starts it. One thread's. Failed points are HUGE_VAL in both coordinates, going in and coming out.
 */
#ifndef IMX_ENGINE_TRANSFORM_MODEL_H
#define IMX_ENGINE_TRANSFORM_MODEL_H

#include "engine/georef.h"

typedef struct imx_model imx_model;

/* What a kind of model gives; the rest is common. */
typedef struct imx_model_kind {
    /* Ground to image, n points in place. */
    void (*to_image)(imx_model *model, size_t n, double *x, double *y);
    /* Image to ground, where that is exact by itself; NULL: by iteration. False: there is none. */
    bool (*to_ground)(imx_model *model, double px, double line, double *x, double *y);
    /* Where to start the way back: a place on the ground near the image position. False: there is none. */
    bool (*start)(imx_model *model, double px, double line, double *x, double *y);
    void (*destroy)(imx_model *model);
} imx_model_kind;

struct imx_model {
    const imx_model_kind *kind;
    imx_memory *memory;
    double step_x, step_y; /* ground units: for differences; some pixels */
    bool may_fold;         /* far from where it was fitted it may lead into the image again */
    bool flat;             /* RPC: see imx_model_flatten() */
    bool has_box;
    double box[4]; /* west, south, east, north of all that it leads to, where that is known */
    double detail; /* ground units between kinks; 0: none of its own */
};

/* georef is borrowed for the life of the model. Errors are IMX_E_INPUT, and say what is wrong with it. */
IMX_MUST_USE imx_status imx_model_create(imx_memory *memory, const imx_georef *georef, imx_error *err, imx_model **out);
void imx_model_destroy(imx_model **model);

void imx_model_to_image(imx_model *model, size_t n, double *x, double *y);
void imx_model_to_ground(imx_model *model, size_t n, double *x, double *y);

/* On: one height instead of a DEM's, so that slopes do not count (for the scale of a scene as a whole). */
void imx_model_flatten(imx_model *model, bool on);
/* The distance (ground units) between kinks, where the model is smooth only in pieces (a DEM's cells); 0: smooth. */
void imx_model_detail(const imx_model *model, double detail[2]);
/* How far (ground units) heights move things at the place: the reach of twice the range of heights of RPC; 0, 0 without
 * heights. */
void imx_model_parallax(const imx_model *model, double x, double y, double parallax[2]);
/* IMX_E_INPUT if heights could not be read since it was created. */
IMX_MUST_USE imx_status imx_model_check(const imx_model *model, imx_error *err);

/* ---- the kinds ---- */
IMX_MUST_USE imx_status imx_model_create_polynomial(imx_memory *memory, const imx_georef *georef, imx_error *err,
                                                    imx_model **out);
IMX_MUST_USE imx_status imx_model_create_tps(imx_memory *memory, const imx_georef *georef, imx_error *err,
                                             imx_model **out);
IMX_MUST_USE imx_status imx_model_create_rpc(imx_memory *memory, const imx_georef *georef, imx_error *err,
                                             imx_model **out);
IMX_MUST_USE imx_status imx_model_create_geolocation(imx_memory *memory, const imx_georef *georef, imx_error *err,
                                                     imx_model **out);
/* The order that imx_model_create_polynomial() took. */
int imx_model_order(const imx_model *model);
struct imx_elevation;
/* An RPC's heights; NULL: no DEM. */
struct imx_elevation *imx_model_elevation(const imx_model *model);

#endif
