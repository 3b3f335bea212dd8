/* engine/asset.c: what follows from assets of data: how they are kept while they are worked on, a scene's bands. */
#include <math.h>
#include <string.h>

#include "engine/scene.h"

imx_type imx_asset_working_type(const imx_asset *asset) {
    if (asset->as_floats) {
        return IMX_F32;
    }
    switch (asset->type) {
    case IMX_U8: return IMX_U8;
    case IMX_U16: return IMX_U16;
    case IMX_I8:
    case IMX_I16: return IMX_I16;
    case IMX_F32: return IMX_F32;
    case IMX_U32:
    case IMX_I32:
    case IMX_F64: break;
    }
    return IMX_F64;
}

int32_t imx_asset_planes(const imx_asset *asset) { return asset->data_count + (asset->coverage ? 1 : 0); }

/* A VRT may have alpha of another type than its bands. Bytes with a sign are read as such, alpha too, which has none.
 */
bool imx_asset_take_coverage(imx_asset *asset) {
    const imx_type type = imx_asset_working_type(asset);
    if (asset->role != IMX_ROLE_DATA || asset->validity != IMX_VALID_ALPHA || !asset->alpha_band ||
        !(asset->opaque > 0) || asset->type == IMX_I8) {
        return false;
    }
    if (asset->opaque > imx_type_opaque(type) && (type == IMX_U8 || type == IMX_I16)) {
        for (int32_t i = 0; i < asset->data_count; i++) {
            asset->data[i].largest = imx_asset_largest(asset, i);
        }
        asset->type = type == IMX_U8 ? IMX_U16 : IMX_I32;
    }
    asset->coverage = true;
    return true;
}

int32_t imx_asset_valid_planes(const imx_asset *asset) {
    switch (asset->validity) {
    case IMX_VALID_ALL: return asset->collar || asset->quality ? 1 : 0;
    case IMX_VALID_NODATA: return asset->whole_pixels ? 1 : asset->data_count;
    case IMX_VALID_MASK: return asset->band_masks ? asset->data_count : 1;
    case IMX_VALID_ALPHA: break;
    }
    return 1;
}

double imx_asset_largest(const imx_asset *asset, int32_t i) {
    const double told = asset->role == IMX_ROLE_DATA ? asset->data[i].largest : asset->largest[i];
    const imx_type_range range = imx_type_range_of(asset->type);
    return told > 0 ? told : range.whole ? range.max : (double)INFINITY;
}

/* Validity is made when a block is read. */
void imx_asset_join_bands(imx_asset *asset) {
    asset->whole_pixels = true;
    if (asset->validity == IMX_VALID_ALL && !imx_type_range_of(asset->type).whole) {
        asset->validity = IMX_VALID_NODATA;
        for (int32_t i = 0; i < asset->data_count; i++) {
            asset->data[i].has_nodata = true;
            asset->data[i].nodata = (double)NAN;
        }
    }
}

bool imx_asset_same_place(const imx_asset *a, const imx_asset *b) {
    return a == b || (!a->georef && !b->georef && a->width == b->width && a->height == b->height &&
                      memcmp(a->geotransform, b->geotransform, sizeof a->geotransform) == 0);
}

bool imx_scene_is_data(const imx_scene *scene) { return scene->assets[0].role == IMX_ROLE_DATA; }

bool imx_scene_has_coverage(const imx_scene *scene) {
    bool any = false;
    for (size_t i = 0; i < scene->asset_count; i++) {
        any = any || scene->assets[i].coverage;
    }
    return any;
}

int32_t imx_scene_band_count(const imx_scene *scene) {
    int32_t count = 0;
    for (size_t i = 0; i < scene->asset_count; i++) {
        count += scene->assets[i].data_count;
    }
    return count;
}

/* The asset that has band i of the scene; *band: which of its own that is. */
static const imx_asset *asset_with_band(const imx_scene *scene, int32_t i, int32_t *band) {
    const imx_asset *asset = scene->assets;
    while (i >= asset->data_count) {
        i -= asset->data_count;
        asset++;
    }
    *band = i;
    return asset;
}

const imx_data_band *imx_scene_band(const imx_scene *scene, int32_t i) {
    int32_t band;
    const imx_asset *asset = asset_with_band(scene, i, &band);
    return &asset->data[band];
}

const imx_band_note *imx_scene_band_note(const imx_scene *scene, int32_t i) {
    int32_t band;
    const imx_asset *asset = asset_with_band(scene, i, &band);
    const imx_band_note *found = NULL;
    for (int32_t k = 0; k < asset->note_count && !found; k++) {
        found = asset->notes[k].number == asset->data[band].number ? &asset->notes[k] : NULL;
    }
    return found;
}
