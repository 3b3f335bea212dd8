/* tiler/picture_options.c: --bands and --stretch out of their texts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/band_list.h"
#include "tiler/picture.h"

imx_status imx_bands_parse(const char *text, imx_error *err, imx_source_options *out) {
    const int32_t count = imx_band_list_count(text);
    const char *at = text;
    char item[IMX_BAND_NAME_MAX];
    int32_t bands[IMX_LAYER_BANDS_MAX], numbers = 0;
    while (count <= IMX_LAYER_BANDS_MAX && imx_band_list_next(&at, item) && imx_band_list_number(item)) {
        bands[numbers++] = imx_band_list_number(item);
    }
    /* what begins as a number does is one */
    if ((count != 1 && count != 3) || (numbers < count && item[0] >= '0' && item[0] <= '9')) {
        return imx_fail(err, IMX_E_USAGE,
                        "--bands: '%s' is not one band or three, such as 4,3,2 (the first is 1) or red,green,blue",
                        text);
    }
    memcpy(out->bands, bands, sizeof bands[0] * (size_t)numbers);
    out->band_count = numbers == count ? count : 0;
    out->band_list = text;
    return IMX_OK;
}

imx_status imx_band_list_parse(const char *text, imx_error *err, imx_source_options *out) {
    if (imx_band_list_count(text) < 1) {
        return imx_fail(err, IMX_E_USAGE, "--bands: '%s' is not a list of bands, such as 4,3,2 or red,nir", text);
    }
    out->band_list = text;
    return IMX_OK;
}

imx_status imx_encode_parse(const char *text, imx_error *err, imx_picture_options *out) {
    imx_grade_kind kind = IMX_GRADE_NONE;
    if (!imx_grade_find(text, &kind) || !imx_grade_keeps_numbers(kind)) {
        return imx_fail(err, IMX_E_USAGE, "--encode: '%s' is not terrain-rgb or terrarium", text);
    }
    out->heights = kind;
    return IMX_OK;
}

imx_status imx_colormap_mode_parse(const char *text, imx_error *err, imx_picture_options *out) {
    if (!imx_colormap_mode_find(text, &out->colormap_mode)) {
        return imx_fail(err, IMX_E_USAGE, "--colormap-mode: '%s' is not between, exact, nearest or discrete", text);
    }
    out->colormap_mode_given = true;
    return IMX_OK;
}

/* A number, or a percentile. */
static bool read_limit(const char **at, imx_limit *out) {
    char *end;
    out->at = strtod(*at, &end);
    out->percent = *end == '%';
    const bool sound = end != *at && isfinite(out->at) && (!out->percent || (out->at >= 0 && out->at <= 100));
    *at = end + out->percent;
    return sound;
}

static bool read_range(const char **at, imx_limit *lo, imx_limit *hi) {
    if (!read_limit(at, lo) || **at != ',') {
        return false;
    }
    ++*at;
    return read_limit(at, hi) && !(lo->percent == hi->percent && lo->at == hi->at);
}

imx_status imx_stretch_parse(const char *text, imx_error *err, imx_picture_options *out) {
    imx_picture_options o = *out;
    o.stretch = IMX_STRETCH_LIMITS;
    o.limit_count = 0;
    if (strcmp(text, "auto") == 0 || strcmp(text, "none") == 0) {
        o.stretch = strcmp(text, "none") == 0 ? IMX_STRETCH_NONE : IMX_STRETCH_AUTO;
        *out = o;
        return IMX_OK;
    }
    const char *at = text;
    bool sound = true, more = true;
    while (sound && more) {
        sound = o.limit_count < IMX_LAYER_BANDS_MAX && read_range(&at, &o.lo[o.limit_count], &o.hi[o.limit_count]);
        o.limit_count += sound;
        more = sound && *at == '/';
        at += more;
    }
    if (!sound || *at || o.limit_count == 2) {
        return imx_fail(err, IMX_E_USAGE,
                        "--stretch: '%s' is not MIN,MAX (values, or percentiles as in 2%%,98%%; of three bands with / "
                        "between them), auto or none",
                        text);
    }
    *out = o;
    return IMX_OK;
}
