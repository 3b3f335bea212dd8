/* tiler/plan_json_data.c: see the header. A band is [number, nodata or null, scale, offset], its name if it has one,
 * and the largest sample that it can have where its type holds larger ones.
 */
#include "tiler/plan_json_data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/geotiff_tags.h"

/* JSON has finite numbers alone. */
static const struct {
    const char *name;
    double value;
} names_of_reals[] = {{"nan", (double)NAN}, {"inf", (double)INFINITY}, {"-inf", -(double)INFINITY}};

static json_t *real_or_null(bool given, double value) {
    if (!given || isfinite(value)) {
        return given ? json_real(value) : json_null();
    }
    return json_string(names_of_reals[isnan(value) ? 0 : value > 0 ? 1 : 2].name);
}

static bool read_real(const json_t *value, bool *given, double *out) {
    *given = !json_is_null(value);
    *out = json_number_value(value);
    bool found = json_is_number(value) || json_is_null(value);
    for (size_t i = 0; i < sizeof names_of_reals / sizeof *names_of_reals && json_is_string(value) && !found; i++) {
        found = strcmp(json_string_value(value), names_of_reals[i].name) == 0;
        *out = names_of_reals[i].value;
    }
    return found;
}

json_t *imx_data_bands_to_json(const imx_asset *asset) {
    json_t *list = json_array();
    for (int32_t i = 0; list && i < asset->data_count; i++) {
        const imx_data_band *b = &asset->data[i];
        json_t *band =
            json_pack("[i, o, f, f]", (int)b->number, real_or_null(b->has_nodata, b->nodata), b->scale, b->offset);
        if ((b->name[0] && json_array_append_new(band, json_string(b->name))) ||
            (b->largest > 0 && json_array_append_new(band, json_real(b->largest)))) {
            json_decref(band);
            band = NULL;
        }
        if (json_array_append_new(list, band)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

imx_status imx_data_bands_from_json(imx_memory *memory, const json_t *bands, imx_error *err, imx_asset *asset) {
    const size_t count = json_array_size(bands);
    if (asset->role != IMX_ROLE_DATA) {
        return IMX_OK;
    }
    if (count < 1 || count > IMX_COG_BANDS_MAX) {
        return imx_fail(err, IMX_E_INPUT, "job plan: 'data' is not a list of bands");
    }
    asset->data = imx_calloc(memory, count, sizeof *asset->data);
    if (!asset->data) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    }
    asset->data_count = (int32_t)count;
    for (size_t i = 0; i < count; i++) {
        const json_t *band = json_array_get(bands, i);
        imx_data_band *b = &asset->data[i];
        b->number = (int32_t)json_integer_value(json_array_get(band, 0));
        b->scale = json_number_value(json_array_get(band, 2));
        b->offset = json_number_value(json_array_get(band, 3));
        const char *name = json_string_value(json_array_get(band, 4));
        const json_t *largest = json_array_get(band, name ? 5 : 4);
        (void)snprintf(b->name, sizeof b->name, "%s", name ? name : "");
        b->largest = json_number_value(largest);
        if (json_array_size(band) != (size_t)4 + (name != NULL) + (largest != NULL) || b->number < 1 ||
            (largest && !(b->largest > 0)) || !read_real(json_array_get(band, 1), &b->has_nodata, &b->nodata)) {
            return imx_fail(err, IMX_E_INPUT,
                            "job plan: 'data' has a band that is not [number, nodata, scale, offset, name, largest]");
        }
    }
    return IMX_OK;
}

json_t *imx_quality_to_json(const imx_quality *quality) {
    return quality ? json_pack("{s:s, s:s, s:I}", "name", quality->name, "words", quality->words, "bits",
                               (json_int_t)quality->bits)
                   : NULL;
}

imx_status imx_quality_from_json(imx_memory *memory, const json_t *o, imx_error *err, imx_quality **out) {
    const char *name = json_string_value(json_object_get(o, "name")),
               *words = json_string_value(json_object_get(o, "words"));
    const json_int_t bits = json_integer_value(json_object_get(o, "bits"));
    if (!o) {
        return IMX_OK;
    }
    if (!name || !words || bits < 1 || bits > UINT32_MAX) {
        return imx_fail(err, IMX_E_INPUT, "job plan: 'quality' does not say its name, words and bits");
    }
    imx_quality *quality = imx_calloc(memory, 1, sizeof *quality);
    if (!quality) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    }
    (void)snprintf(quality->name, sizeof quality->name, "%s", name);
    (void)snprintf(quality->words, sizeof quality->words, "%s", words);
    quality->bits = (uint32_t)bits;
    *out = quality;
    return IMX_OK;
}

/* ---- notes: {"colour", "description", "palette", "unit"}, the palette as hexadecimal digits ---- */

static const char hex[] = "0123456789abcdef";

static bool put_text(json_t *o, const char *key, const char *text) {
    return !text || json_object_set_new(o, key, json_string(text)) == 0;
}

static bool put_palette(imx_memory *memory, json_t *o, const imx_band_note *note) {
    const size_t bytes = 3 * (size_t)note->palette_count;
    char *digits = note->palette ? imx_alloc(memory, 2 * bytes + 1) : NULL;
    for (size_t i = 0; digits && i < bytes; i++) {
        digits[2 * i] = hex[note->palette[i] >> 4];
        digits[2 * i + 1] = hex[note->palette[i] & 15];
        digits[2 * i + 2] = '\0';
    }
    const bool ok = !note->palette || (digits && put_text(o, "palette", digits));
    imx_free(memory, digits);
    return ok;
}

static json_t *note_to_json(imx_memory *memory, const imx_band_note *note) {
    json_t *o = json_object();
    const bool ok = o && put_text(o, "colour", imx_band_colour_name(note->colour)) &&
                    put_text(o, "description", note->description) && put_text(o, "unit", note->unit) &&
                    put_palette(memory, o, note);
    if (!ok) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static bool read_text(imx_memory *memory, const json_t *value, char **out) {
    *out = json_is_string(value) ? imx_strdup(memory, json_string_value(value)) : NULL;
    return !value || *out;
}

static bool read_palette(imx_memory *memory, const json_t *value, imx_band_note *note) {
    const size_t digits = json_string_length(value);
    if (!value) {
        return true;
    }
    if (!digits || digits % 6 || digits / 6 > IMX_PALETTE_MAX) {
        return false;
    }
    note->palette = imx_calloc(memory, digits / 2, 1);
    note->palette_count = note->palette ? (int32_t)(digits / 6) : 0;
    for (size_t i = 0; note->palette && i < digits; i++) {
        const char *digit = strchr(hex, json_string_value(value)[i]);
        if (!digit) {
            return false;
        }
        note->palette[i / 2] = (uint8_t)(note->palette[i / 2] * 16 + (digit - hex));
    }
    return note->palette != NULL;
}

/* false: not a note, or no memory. */
static bool note_from_json(imx_memory *memory, const json_t *o, imx_band_note *note) {
    const char *colour = json_string_value(json_object_get(o, "colour"));
    int k = 0;
    while (k < IMX_BAND_COLOURS && !(colour && strcmp(colour, imx_band_colour_name((imx_band_colour)k)) == 0)) {
        k++;
    }
    note->colour = k < IMX_BAND_COLOURS ? (imx_band_colour)k : IMX_COLOUR_UNDEFINED;
    return k < IMX_BAND_COLOURS && read_text(memory, json_object_get(o, "description"), &note->description) &&
           read_text(memory, json_object_get(o, "unit"), &note->unit) &&
           read_palette(memory, json_object_get(o, "palette"), note);
}

static bool put_bands(imx_memory *memory, json_t *raster, const imx_cog_options *cog) {
    json_t *notes = json_array(), *scales = json_array();
    bool ok = notes && scales;
    for (uint32_t i = 0; i < cog->bands && ok; i++) {
        ok = (!cog->notes || json_array_append_new(notes, note_to_json(memory, &cog->notes[i])) == 0) &&
             (!cog->scales || json_array_append_new(scales, json_pack("[f, f]", cog->scales[i], cog->offsets[i])) == 0);
    }
    ok = ok && (!cog->notes || json_object_set(raster, "notes", notes) == 0) &&
         (!cog->scales || json_object_set(raster, "scales", scales) == 0);
    json_decref(notes);
    json_decref(scales);
    return ok;
}

/* Notes, scales and offsets of the bands, as far as there are any. */
static bool read_bands(imx_memory *memory, const json_t *raster, imx_cog_options *cog) {
    const json_t *notes = json_object_get(raster, "notes"), *scales = json_object_get(raster, "scales");
    imx_band_note *list = notes ? imx_calloc(memory, cog->bands, sizeof *list) : NULL;
    double *numbers = scales ? imx_calloc(memory, cog->bands, 2 * sizeof *numbers) : NULL;
    cog->notes = list;
    cog->scales = numbers;
    cog->offsets = numbers ? numbers + cog->bands : NULL;
    bool ok = (!notes || (list && json_array_size(notes) == cog->bands)) &&
              (!scales || (numbers && json_array_size(scales) == cog->bands));
    for (uint32_t i = 0; i < cog->bands && ok; i++) {
        const json_t *pair = json_array_get(scales, i);
        ok = (!list || note_from_json(memory, json_array_get(notes, i), &list[i])) &&
             (!numbers || (json_is_number(json_array_get(pair, 0)) && json_is_number(json_array_get(pair, 1))));
        if (numbers) {
            numbers[i] = json_number_value(json_array_get(pair, 0));
            numbers[cog->bands + i] = json_number_value(json_array_get(pair, 1));
        }
    }
    return ok;
}

json_t *imx_raster_to_json(imx_memory *memory, const imx_cog_options *cog) {
    json_t *raster =
        json_pack("{s:I, s:I, s:i, s:s, s:i, s:o, s:b}", "width", (json_int_t)cog->width, "height",
                  (json_int_t)cog->height, "bands", (int)cog->bands, "type", imx_type_name(cog->type), "colours",
                  (int)cog->colours, "nodata", real_or_null(cog->has_nodata, cog->nodata), "mask", (int)cog->mask);
    if (raster && cog->alpha && json_object_set_new(raster, "alpha", json_true())) {
        json_decref(raster);
        return NULL;
    }
    if (raster && !put_bands(memory, raster, cog)) {
        json_decref(raster);
        return NULL;
    }
    return raster;
}

static bool find_type(const char *name, imx_type *out) {
    for (int type = 0; name && type < IMX_TYPES; type++) {
        if (strcmp(imx_type_name((imx_type)type), name) == 0) {
            *out = (imx_type)type;
            return imx_plane_type_index(imx_cog_working_type(*out)) >= 0;
        }
    }
    return false;
}

imx_status imx_raster_from_json(const json_t *raster, imx_error *err, imx_plan *plan) {
    if (!raster) {
        return IMX_OK;
    }
    imx_cog_options *cog = imx_calloc(plan->memory, 1, sizeof *cog);
    if (!cog) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    }
    plan->cog = cog;
    cog->width = (uint64_t)json_integer_value(json_object_get(raster, "width"));
    cog->height = (uint64_t)json_integer_value(json_object_get(raster, "height"));
    cog->bands = (uint32_t)json_integer_value(json_object_get(raster, "bands"));
    cog->colours = (uint32_t)json_integer_value(json_object_get(raster, "colours"));
    cog->mask = json_is_true(json_object_get(raster, "mask"));
    cog->alpha = json_is_true(json_object_get(raster, "alpha"));
    cog->tile_px = plan->pyramid.tile_px;
    const imx_space space = imx_chain_space(plan->grid, plan->pyramid.zoom_max, plan->pyramid.tile_px);
    cog->origin_x = space.origin_x;
    cog->origin_y = space.origin_y;
    cog->res_x = space.res;
    cog->res_y = imx_space_res_y(&space);
    if (cog->width < 1 || cog->width > INT32_MAX || cog->height < 1 || cog->height > INT32_MAX || cog->bands < 1 ||
        cog->bands > IMX_COG_BANDS_MAX || (cog->colours != 1 && cog->colours != 3) ||
        cog->colours > cog->bands - cog->alpha ||
        !find_type(json_string_value(json_object_get(raster, "type")), &cog->type) ||
        !read_real(json_object_get(raster, "nodata"), &cog->has_nodata, &cog->nodata) ||
        (cog->has_nodata && !imx_type_holds(cog->type, cog->nodata)) || !read_bands(plan->memory, raster, cog)) {
        return imx_fail(err, IMX_E_INPUT, "job plan: 'raster' does not describe one");
    }
    plan->pyramid.bands = (int32_t)cog->bands;
    plan->pyramid.type = imx_cog_working_type(cog->type);
    plan->pyramid.coverage = cog->alpha;
    imx_geotiff_tags tags;
    imx_status status = imx_geotiff_tags_create(plan->memory, plan->grid->crs, err, &tags);
    if (status == IMX_OK) {
        cog->keys = (imx_geokeys){tags.directory, tags.directory_count, tags.doubles, tags.double_count, tags.ascii};
    }
    return status;
}
