/* engine/layer.h: what the scenes of a layer of numbers have in common: how many planes, of which type, in which units.
 *
 * Scenes of other types are converted to the common one when they are warped. Where all have the same scale and offset,
 * planes hold samples as they are stored; where these differ, values (value = scale * sample + offset), in f32.
 */
#ifndef IMX_ENGINE_LAYER_H
#define IMX_ENGINE_LAYER_H

#include "engine/scene.h"

#define IMX_LAYER_BANDS_MAX 3 /* of a picture: gray, or red, green, blue */

typedef struct imx_layer_planes {
    int32_t bands;
    imx_type type; /* u8, u16, i16 or f32: pictures need no more */
    bool values;   /* the planes hold values; otherwise samples, of the scale and offset of each band */
    double scale[IMX_LAYER_BANDS_MAX], offset[IMX_LAYER_BANDS_MAX];
    bool coverage; /* one more plane, behind the bands (engine/coverage.h) */
} imx_layer_planes;

/* The smallest working type that holds what either has. */
imx_type imx_layer_wider(imx_type a, imx_type b);

/* The smallest one that holds all assets' of a scene. */
imx_type imx_scene_working_type(const imx_scene *scene);

/* Takes alpha bands for coverage. Before anything else is asked of the scenes. Whether any has one. */
bool imx_layer_take_coverage(imx_scene *scenes, size_t scene_count);

/* Of scenes that are data, of at most IMX_LAYER_BANDS_MAX bands. IMX_E_INPUT: their numbers of bands differ. */
IMX_MUST_USE imx_status imx_layer_planes_of(const imx_scene *scenes, size_t scene_count, imx_error *err,
                                            imx_layer_planes *out);

#endif
