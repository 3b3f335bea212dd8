/* tiler/raster_info_json.c: a raster or a delivery as JSON. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/band_list.h"
#include "engine/base/text.h"
#include "engine/quality.h"
#include "tiler/json_text.h"
#include "tiler/plan_georef.h"
#include "tiler/raster_report.h"

/* Doubles come out short, and true to the 15th digit. */
static const size_t dump_flags = JSON_SORT_KEYS | JSON_REAL_PRECISION(15);

static json_t *text_or_null(const char *text) {
    json_t *value = text && *text ? json_string(text) : NULL;
    return value ? value : json_null(); /* also where it is not UTF-8 */
}

/* JSON has no NaN and no infinities. */
static json_t *real_or_null(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static void put(json_t *o, const char *key, json_t *value) { (void)json_object_set_new(o, key, value); }

/* ---- bands ---- */

static json_t *statistics_json(const imx_band_report *b) {
    json_t *o = json_object();
    char source[160];
    imx_raster_report_source(b, source, sizeof source);
    put(o, "min", real_or_null(b->min));
    put(o, "max", real_or_null(b->max));
    put(o, "mean", real_or_null(b->mean));
    put(o, "std", real_or_null(b->std));
    put(o, "from", json_string(source));
    put(o, "exact", json_boolean(b->from_file ? !b->facts->approximate : b->measured.share >= 1));
    put(o, "share", b->from_file ? json_null() : json_real(fmin(b->measured.share, 1)));
    return o;
}

/* A nodata value that JSON cannot hold is a text: "nan", "inf", and the ends of f64, which 15 digits round to infinity.
 */
static json_t *nodata_json(double value) {
    const double largest = 1.79769313486231e308; /* of 15 digits */
    char text[IMX_TEXT_SIZE];
    return fabs(value) <= largest ? json_real(value) : json_string(imx_text_number(value, text));
}

/* Of either kind. */
static void put_values(json_t *o, const imx_band_report *b) {
    put(o, "nodata", b->has_nodata ? nodata_json(b->nodata) : json_null());
    put(o, "valid", real_or_null(b->valid_part));
    put(o, "statistics", b->has_statistics ? statistics_json(b) : json_null());
}

static json_t *band_json(const imx_band_report *b) {
    const imx_band_facts *f = b->facts;
    json_t *o = json_object();
    put(o, "band", json_integer(f->number));
    put(o, "type", json_string(f->type));
    put(o, "colour", text_or_null(f->colour));
    put(o, "name", text_or_null(f->description));
    put(o, "unit", text_or_null(f->unit));
    put(o, "scale", json_real(f->has_scaling ? f->scale : 1));
    put(o, "offset", json_real(f->has_scaling ? f->offset : 0));
    put(o, "palette", f->palette_count ? json_integer(f->palette_count) : json_null());
    put_values(o, b);
    return o;
}

static json_t *product_json(const imx_band_report *b) {
    const imx_delivery_band *p = b->product;
    json_t *o = json_object();
    put(o, "name", json_string(p->name));
    put(o, "shows", text_or_null(p->shows));
    put(o, "file", text_or_null(p->file));
    put(o, "found", json_boolean(b->found));
    put(o, "scale", json_real(p->scale));
    put(o, "offset", json_real(p->offset));
    if (b->found) {
        put(o, "width", json_integer(b->width));
        put(o, "height", json_integer(b->height));
        put(o, "type", json_string(imx_type_name(b->type)));
        put(o, "pixel", b->pixel > 0 ? json_real(b->pixel) : json_null());
        put_values(o, b);
    }
    return o;
}

static json_t *bands_json(const imx_raster_report *r) {
    json_t *bands = json_array();
    for (size_t i = 0; i < r->band_count; i++) {
        (void)json_array_append_new(bands, r->delivered ? product_json(&r->bands[i]) : band_json(&r->bands[i]));
    }
    return bands;
}

static void put_delivery(json_t *o, const imx_raster_report *r) {
    const imx_delivery *d = &r->delivery;
    json_t *told = json_object();
    put(told, "product", text_or_null(d->id));
    put(told, "kind", json_string(d->kind));
    put(told, "time_start", text_or_null(d->time_start));
    put(told, "time_end", text_or_null(d->time_end));
    put(told, "bands", bands_json(r));
    put(o, "delivery", told);
}

/* ---- place ---- */

static json_t *point_json(const double *lonlat) {
    return isfinite(lonlat[0]) ? json_pack("[o, o]", imx_json_degrees(lonlat[0]), imx_json_degrees(lonlat[1]))
                               : json_null();
}

static json_t *part_json(const imx_ground_part *part) {
    json_t *ring = json_array(), *rings = json_array();
    for (size_t i = 0; i <= part->count; i++) { /* the first again at the end */
        (void)json_array_append_new(ring, point_json(part->lonlat + 2 * (i % part->count)));
    }
    (void)json_array_append_new(rings, ring);
    return rings;
}

/* A GeoJSON geometry. */
static json_t *footprint_json(const imx_ground_outline *outline) {
    if (outline->part_count == 1) {
        return json_pack("{s:s, s:o}", "type", "Polygon", "coordinates", part_json(&outline->parts[0]));
    }
    json_t *parts = json_array();
    for (size_t i = 0; i < outline->part_count; i++) {
        (void)json_array_append_new(parts, part_json(&outline->parts[i]));
    }
    return json_pack("{s:s, s:o}", "type", "MultiPolygon", "coordinates", parts);
}

static void put_outline(json_t *o, const imx_raster_report *r) {
    json_t *bounds = json_array(), *corners = json_array();
    if (r->has_outline) {
        for (int i = 0; i < 4; i++) {
            (void)json_array_append_new(bounds, imx_json_degrees(r->outline.bounds[i]));
            (void)json_array_append_new(corners, point_json(r->outline.corners[i]));
        }
    }
    put(o, "bounds", r->has_outline ? json_incref(bounds) : json_null());
    put(o, "corners", r->has_outline ? json_incref(corners) : json_null());
    put(o, "crosses_antimeridian", json_boolean(r->has_outline && r->outline.crosses));
    put(o, "footprint", r->has_outline ? footprint_json(&r->outline) : json_null());
    json_decref(bounds);
    json_decref(corners);
}

/* The grids stand at the operation's end (engine/transform_proj.h). */
static json_t *grids_json(const char *operation) {
    static const char mark[] = "; grids ";
    json_t *grids = json_array();
    const char *at = strstr(operation, mark);
    for (at = at ? at + sizeof mark - 1 : ""; *at;) {
        const size_t length = strcspn(at, ",");
        (void)json_array_append_new(grids, json_stringn(at, length));
        at += length;
        at += strspn(at, ", ");
    }
    return grids;
}

static json_t *transform_json(const imx_raster_report *r) {
    json_t *o = json_object();
    char place[256];
    imx_raster_report_place(imx_raster_report_asset(r), place, sizeof place);
    put(o, "kind", json_string(place));
    put(o, "operation", text_or_null(r->operation));
    put(o, "accuracy", r->accuracy_m >= 0 && !r->ballpark ? json_real(r->accuracy_m) : json_null());
    put(o, "ballpark", json_boolean(r->ballpark));
    if (r->frames[0]) { /* no operation is known between them, nor needed */
        put(o, "same_datums", json_pack("[s, s]", r->frames[0]->short_name, r->frames[1]->short_name));
    }
    put(o, "grids", grids_json(r->operation));
    return o;
}

/* ---- what becomes of it ---- */

static json_t *shown_json(const imx_plan *plan) {
    const imx_scene *scene = &plan->scenes[0];
    const imx_grade_options *grade = &plan->grade;
    int32_t count;
    const char *colours = imx_picture_colours(scene, &count);
    json_t *bands = json_array();
    for (int32_t i = 0; i < count; i++) {
        char name[IMX_BAND_NAME_MAX];
        imx_picture_band_name(scene, i, name);
        const int32_t number = imx_band_list_number(name);
        (void)json_array_append_new(bands, number ? json_integer(number) : json_string(name));
    }
    json_t *o = json_pack("{s:o, s:s, s:s, s:s}", "bands", bands, "colours", colours, "stretch",
                          imx_picture_own_stretch(scene), "type", imx_type_name(scene->assets[0].type));
    if (o && grade->kind == IMX_GRADE_STRETCH && imx_scene_is_data(scene)) {
        json_t *range = json_array();
        for (int32_t band = 0; band < grade->planes.bands; band++) {
            (void)json_array_append_new(
                range, json_pack("[o, o]", real_or_null(grade->lo[band]), real_or_null(grade->hi[band])));
        }
        put(o, "range", range);
    }
    return o;
}

static json_t *tiles_json(const imx_raster_report *r) {
    const imx_plan *plan = r->plan;
    json_t *o = json_object();
    put(o, "grid", json_string(plan->grid->id));
    put(o, "zoom_min", json_integer(plan->pyramid.zoom_min + plan->grid->first_id));
    put(o, "zoom_max", json_integer(plan->pyramid.zoom_max + plan->grid->first_id));
    put(o, "count", json_integer(r->nothing ? 0 : (json_int_t)plan->tiles_total));
    put(o, "bytes", json_integer(r->nothing ? 0 : (json_int_t)plan->bytes_estimate));
    put(o, "format", json_string(imx_format_name(plan->codec.format)));
    put(o, "lane", json_string(imx_scene_is_data(&plan->scenes[0]) ? "numbers" : "picture"));
    return o;
}

static void put_plan(json_t *o, const imx_raster_report *r) {
    const imx_asset *a = imx_raster_report_asset(r);
    const imx_grid *grid = imx_grid_find("WebMercatorQuad");
    json_t *geotransform = json_array();
    for (int i = 0; i < 6; i++) {
        (void)json_array_append_new(geotransform, json_real(a->geotransform[i]));
    }
    put(o, "crs", text_or_null(r->plan->scenes[0].crs));
    put(o, "crs_name", text_or_null(r->crs_name));
    put(o, "operation", text_or_null(r->operation));
    put(o, "ballpark", json_boolean(r->ballpark));
    put(o, "resolution", json_real(r->res_m));
    put(o, "zoom", json_integer(imx_grid_zoom_for(grid, r->res_m, grid->tile_px)));
    put(o, "geotransform", geotransform);
    put(o, "georef", imx_georef_to_json(a->georef, false));
    put(o, "transform", transform_json(r));
    put(o, "tiles", tiles_json(r));
    put(o, "shown", shown_json(r->plan));
    put_outline(o, r);
}

/* "validity" is the kind alone: "nodata", "QA_PIXEL fill bit, nodata". */
static void put_validity(json_t *o, const imx_raster_report *r) {
    static const char *const names[] = {"all pixels", "nodata", "alpha", "mask"};
    const imx_asset *a = imx_raster_report_asset(r);
    char text[IMX_VALIDITY_TEXT_MAX], kind[IMX_VALIDITY_TEXT_MAX] = "";
    imx_raster_report_validity(r, text, sizeof text);
    if (a) {
        const bool more = !a->quality || a->validity != IMX_VALID_ALL;
        (void)snprintf(kind, sizeof kind, "%s%s%s", a->quality ? a->quality->words : "", a->quality && more ? ", " : "",
                       more ? names[a->validity] : "");
    }
    put(o, "validity", text_or_null(kind));
    put(o, "valid",
        json_pack("{s:s, s:o, s:b}", "by", text, "part", real_or_null(r->valid_part), "exact", (int)r->valid_whole));
}

static json_t *report_json(const imx_raster_report *r) {
    static const char *const placed[] = {"shown", "crs", "transform", "tiles", "bounds", "footprint", "zoom"};
    const imx_asset *a = imx_raster_report_asset(r);
    json_t *o = json_object(), *warnings = json_array();
    for (size_t i = 0; i < r->warning_count; i++) {
        (void)json_array_append_new(warnings, text_or_null(r->warnings[i]));
    }
    put(o, "kind", json_string("raster"));
    put(o, "raster", text_or_null(r->path));
    put(o, "warnings", warnings);
    put(o, "problem", text_or_null(r->problem));
    if (r->delivered) {
        put_delivery(o, r);
    } else {
        put(o, "driver", text_or_null(r->facts.driver));
        put(o, "width", json_integer(r->facts.width));
        put(o, "height", json_integer(r->facts.height));
        put(o, "overviews", json_integer(r->facts.overview_count));
        put(o, "bands", bands_json(r));
    }
    if (a) {
        put(o, "type", json_string(imx_type_name(a->type)));
        put(o, "width", json_integer(a->width));
        put(o, "height", json_integer(a->height));
        put(o, "overviews", json_integer(a->overview_count));
        put_plan(o, r);
    } else {
        for (size_t i = 0; i < sizeof placed / sizeof *placed; i++) {
            put(o, placed[i], json_null());
        }
    }
    put_validity(o, r);
    return o;
}

static imx_status dump_taken(imx_memory *memory, json_t *o, imx_error *err, char **out) {
    char *text = o ? json_dumps(o, dump_flags) : NULL;
    json_decref(o);
    char *copy = text ? imx_strdup(memory, text) : NULL;
    free(text);
    *out = copy ? copy : *out;
    return copy ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory");
}

imx_status imx_raster_info_json(imx_memory *memory, const char *path, const imx_raster_info_options *options,
                                imx_error *err, char **out) {
    imx_raster_report r;
    imx_status status = imx_raster_report_make(memory, path, options, err, &r);
    if (status) {
        return status;
    }
    json_t *o = report_json(&r);
    imx_raster_report_clear(&r);
    return dump_taken(memory, o, err, out);
}

imx_status imx_raster_info_json_refused(imx_memory *memory, const char *path, const char *problem, imx_error *err,
                                        char **out) {
    json_t *o = json_object();
    put(o, "kind", json_string("raster"));
    put(o, "raster", text_or_null(path));
    put(o, "problem", text_or_null(problem));
    return dump_taken(memory, o, err, out);
}
