/* tiler/delivery_info.c: see the header. */
#include "tiler/delivery_info.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct band_facts {
    bool found; /* with what follows */
    int32_t width, height;
    imx_type type;
    double pixel; /* units of the CRS; 0: not told by a geotransform */
} band_facts;

static band_facts look(imx_memory *memory, const imx_delivery *delivery, size_t band, size_t block_limit_bytes) {
    const imx_source_options options = {.data = true, .no_nodata = true};
    band_facts facts = {.found = false};
    imx_scene scene = {0};
    if (imx_delivery_probe(memory, delivery, &band, 1, &options, block_limit_bytes, NULL, NULL, &scene) == IMX_OK) {
        const imx_asset *asset = &scene.assets[0];
        facts = (band_facts){true, asset->width, asset->height, asset->type,
                             asset->georef ? 0 : hypot(asset->geotransform[1], asset->geotransform[4])};
        imx_scene_clear(memory, &scene);
    }
    return facts;
}

/* A line of the table. */
static char *band_text(imx_memory *memory, const imx_delivery *delivery, size_t i, size_t block_limit_bytes) {
    const imx_delivery_band *band = &delivery->bands[i];
    const band_facts facts = look(memory, delivery, i, block_limit_bytes);
    const char *slash = strrchr(band->file, '/');
    char size[64] = "", pixel[32] = "";
    if (facts.found) {
        (void)snprintf(size, sizeof size, "%d x %d %s", (int)facts.width, (int)facts.height, imx_type_name(facts.type));
    } else {
        (void)snprintf(size, sizeof size, "%s", imx_delivery_has(delivery, band) ? "damaged" : "missing");
    }
    if (facts.pixel > 0) {
        (void)snprintf(pixel, sizeof pixel, "%.6g", facts.pixel);
    }
    return imx_sprintf(memory, "%6zu  %-10s %-12s %-18s %-8s %s\n", i + 1, band->name, band->shows, size, pixel,
                       slash ? slash + 1 : band->file);
}

/* Appends and frees `more`; NULL: no memory. */
static char *append(imx_memory *memory, char *text, char *more) {
    char *longer = text && more ? imx_sprintf(memory, "%s%s", text, more) : NULL;
    imx_free(memory, text);
    imx_free(memory, more);
    return longer;
}

char *imx_delivery_text(imx_memory *memory, const imx_delivery *delivery, const char *path, size_t block_limit_bytes) {
    const bool interval = delivery->time_start && delivery->time_end;
    char *text = imx_sprintf(memory,
                             "delivery    %s\n"
                             "product     %s, %s\n"
                             "acquired    %s%s%s\n"
                             "  band  %-10s %-12s %-18s %-8s %s\n",
                             path, delivery->id, delivery->kind,
                             delivery->time_start ? delivery->time_start : "not told", interval ? " to " : "",
                             interval ? delivery->time_end : "", "name", "shows", "pixels", "pixel", "file");
    for (size_t i = 0; text && i < delivery->band_count; i++) {
        text = append(memory, text, band_text(memory, delivery, i, block_limit_bytes));
    }
    return text;
}

static json_t *text_or_null(const char *text) { return text && *text ? json_string(text) : json_null(); }

static json_t *band_json(imx_memory *memory, const imx_delivery *delivery, size_t i, size_t block_limit_bytes) {
    const imx_delivery_band *band = &delivery->bands[i];
    const band_facts facts = look(memory, delivery, i, block_limit_bytes);
    json_t *o = json_pack("{s:s, s:o, s:s, s:b, s:f, s:f}", "name", band->name, "shows", text_or_null(band->shows),
                          "file", band->file, "found", (int)facts.found, "scale", band->scale, "offset", band->offset);
    if (o && facts.found) {
        (void)json_object_set_new(o, "width", json_integer(facts.width));
        (void)json_object_set_new(o, "height", json_integer(facts.height));
        (void)json_object_set_new(o, "type", json_string(imx_type_name(facts.type)));
        (void)json_object_set_new(o, "pixel", facts.pixel > 0 ? json_real(facts.pixel) : json_null());
    }
    return o;
}

json_t *imx_delivery_json(imx_memory *memory, const imx_delivery *delivery, size_t block_limit_bytes) {
    json_t *bands = json_array();
    for (size_t i = 0; bands && i < delivery->band_count; i++) {
        if (json_array_append_new(bands, band_json(memory, delivery, i, block_limit_bytes))) {
            json_decref(bands);
            return NULL;
        }
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "product", delivery->id, "kind", delivery->kind, "time_start",
                     text_or_null(delivery->time_start), "time_end", text_or_null(delivery->time_end), "bands", bands);
}
