/* tiler/target_nodata.c: see the header. */
#include "tiler/target_nodata.h"

#include <math.h>

#include "engine/base/text.h"
#include "tiler/cog.h"

enum { CANDIDATES_MAX = 32 };

static bool is_same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

/* The next asset of all scenes; NULL: there are no more. Begins with zeros. */
typedef struct asset_place {
    size_t scene, asset;
} asset_place;

static imx_asset *next_asset(const imx_plan *plan, asset_place *at) {
    while (at->scene < plan->scene_count && at->asset == plan->scenes[at->scene].asset_count) {
        *at = (asset_place){at->scene + 1, 0};
    }
    return at->scene < plan->scene_count ? &plan->scenes[at->scene].assets[at->asset++] : NULL;
}

/* ---- what the scenes have ---- */

/* The one nodata value of all bands of all scenes. */
static bool common_nodata(const imx_plan *plan, double *value) {
    asset_place at = {0};
    bool any = false;
    for (const imx_asset *asset = next_asset(plan, &at); asset; asset = next_asset(plan, &at)) {
        for (int32_t i = 0; i < asset->data_count; i++) {
            const imx_data_band *band = &asset->data[i];
            if (asset->validity != IMX_VALID_NODATA || !band->has_nodata || (any && !is_same(band->nodata, *value))) {
                return false;
            }
            *value = band->nodata;
            any = true;
        }
    }
    return any && imx_type_holds(plan->cog->type, *value);
}

/* Whether its bands may be valid at different places, as it says of them. */
static bool is_apart(const imx_asset *asset) { return asset->validity == IMX_VALID_NODATA || asset->band_masks; }

static bool any_apart(const imx_plan *plan) {
    asset_place at = {0};
    const imx_asset *asset = next_asset(plan, &at);
    while (asset && !is_apart(asset)) {
        asset = next_asset(plan, &at);
    }
    return asset != NULL;
}

/* How many bands may have it as a valid sample. */
static size_t count_users(const imx_plan *plan, double value) {
    asset_place at = {0};
    size_t users = 0;
    for (const imx_asset *asset = next_asset(plan, &at); asset; asset = next_asset(plan, &at)) {
        for (int32_t i = 0; i < asset->data_count && imx_type_holds(asset->type, value); i++) {
            users += !(asset->data[i].has_nodata && is_same(asset->data[i].nodata, value));
        }
    }
    return users;
}

/* The scenes' nodata values that the output's type holds, each once; of very many the first ones. */
static size_t list_nodata(const imx_plan *plan, double found[CANDIDATES_MAX]) {
    asset_place at = {0};
    size_t count = 0;
    for (const imx_asset *asset = next_asset(plan, &at); asset; asset = next_asset(plan, &at)) {
        for (int32_t i = 0; i < asset->data_count && count < CANDIDATES_MAX; i++) {
            const imx_data_band *band = &asset->data[i];
            bool is_new = band->has_nodata && imx_type_holds(plan->cog->type, band->nodata);
            for (size_t k = 0; k < count && is_new; k++) {
                is_new = !is_same(found[k], band->nodata);
            }
            if (is_new) {
                found[count++] = band->nodata;
            }
        }
    }
    return count;
}

/* For bands that are valid each for itself. */
static bool choose_for_bands(const imx_plan *plan, double *value) {
    double found[CANDIDATES_MAX];
    if (!imx_type_range_of(plan->cog->type).whole) {
        *value = (double)NAN;
        return true;
    }
    const size_t count = any_apart(plan) ? list_nodata(plan, found) : 0;
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        const size_t users = count_users(plan, found[i]);
        if (users < fewest) {
            fewest = users;
            *value = found[i];
        }
    }
    return count > 0;
}

/* ---- a mask, or alpha ---- */

/* It is one for all bands: it leaves what all of them have, also where they are of several files, which may end at
 * different places. */
static void join_bands(imx_plan *plan, imx_log *log) {
    const bool apart = plan->cog->bands > (plan->cog->alpha ? 2 : 1) && any_apart(plan);
    asset_place at = {0};
    for (imx_asset *asset = next_asset(plan, &at); asset; asset = next_asset(plan, &at)) {
        const bool floats = !imx_type_range_of(asset->type).whole;
        if (plan->scenes[at.scene].asset_count > 1 || (asset->data_count > 1 && (floats || is_apart(asset)))) {
            imx_asset_join_bands(asset);
        }
    }
    if (apart) {
        imx_log_say(
            log, IMX_LOG_WARNING,
            "one mask for all bands: a pixel is valid where all of them are (of 8 bits with nodata values: where "
            "any is); --dst-nodata VALUE keeps them apart");
    }
}

/* ---- the choice ---- */

static imx_status check_given(const imx_plan *plan, double value, imx_error *err) {
    const imx_type type = plan->cog->type;
    const imx_type_range range = imx_type_range_of(type);
    if (imx_type_holds(type, value)) {
        return IMX_OK;
    }
    char given[IMX_TEXT_SIZE], least[IMX_TEXT_SIZE], most[IMX_TEXT_SIZE];
    return imx_fail(err, IMX_E_USAGE, "--dst-nodata %s: the output's samples are %s: %s from %s to %s%s",
                    imx_text_number(value, given), imx_type_name(type), range.whole ? "whole numbers" : "numbers",
                    imx_text_number(range.min, least), imx_text_number(range.max, most),
                    range.whole ? "" : ", inf, -inf or nan");
}

imx_status imx_target_nodata(imx_plan *plan, const imx_target_options *options, imx_log *log, imx_error *err) {
    imx_cog_options *cog = plan->cog;
    double value = 0;
    if (plan->pyramid.coverage) {
        cog->alpha = true;
        join_bands(plan, log);
        return IMX_OK;
    }
    if (options->has_nodata) {
        value = options->nodata;
        cog->has_nodata = true;
    } else if (!options->no_nodata) {
        cog->has_nodata = common_nodata(plan, &value) || (cog->bands > 1 && choose_for_bands(plan, &value));
    }
    cog->nodata = cog->has_nodata ? value : 0;
    cog->mask = !cog->has_nodata;
    if (cog->mask) {
        join_bands(plan, log);
    }
    return options->has_nodata ? check_given(plan, value, err) : IMX_OK;
}
