/* tiler/store_metadata.c: archive metadata to JSON and back, through jansson. */
#include "tiler/store_metadata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tiler/json_text.h"

/* ---- writing -------------------------------------------------------------------------------------------------- */

static json_t *imbrex_object(const imx_archive_info *info, const imx_metadata_extra *extra, json_t *job) {
    json_t *object = json_object();
    if (!object) {
        json_decref(job);
        return NULL;
    }
    bool bad =
        json_object_set_new(object, "engine", json_string(info->engine ? info->engine : "imbrex " IMX_VERSION)) != 0;
    bad |= json_object_set_new(object, "tile_size", json_integer(info->tile_px)) != 0;
    bad |= info->buffer_px && json_object_set_new(object, "buffer", json_integer(info->buffer_px)) != 0;
    bad |= json_object_set_new(object, "tiles", json_integer((json_int_t)info->tiles_addressed)) != 0;
    bad |= info->grid_id && json_object_set_new(object, "grid", json_string(info->grid_id)) != 0;
    if (info->own_grid) {
        bad |= json_object_set_new(object, "tile_matrix_set", json_loads(info->own_grid->json, 0, NULL)) != 0;
    }
    bad |= info->generation && json_object_set_new(object, "generation", json_string(info->generation)) != 0;
    bad |= job && json_object_set_new(object, "job", job) != 0;
    if (info->crosses) {
        bad |= json_object_set_new(object, "bounds",
                                   json_pack("[o, o, o, o]", imx_json_degrees(info->data_west),
                                             imx_json_degrees(info->south), imx_json_degrees(info->data_east),
                                             imx_json_degrees(info->north))) != 0;
    }
    if (extra->etags_count) {
        json_t *etags = json_pack("{s:s, s:I, s:I, s:I}", "hash", "XXH3-128", "offset", (json_int_t)extra->etags_offset,
                                  "size", (json_int_t)extra->etags_size, "count", (json_int_t)extra->etags_count);
        bad |= json_object_set_new(object, "etags", etags) != 0;
    }
    if (bad) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* The user's own texts go into JSON, which is UTF-8. */
static imx_status check_texts(const imx_archive_info *info, imx_error *err) {
    const char *const texts[][2] = {
        {"name", info->name}, {"description", info->description}, {"attribution", info->attribution}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *value = texts[i][1] ? json_string(texts[i][1]) : json_null();
        if (!value) {
            return imx_fail(err, IMX_E_USAGE, "the %s is not UTF-8 text", texts[i][0]);
        }
        json_decref(value);
    }
    return IMX_OK;
}

imx_status imx_metadata_write(imx_memory *memory, const imx_archive_info *info, const imx_metadata_extra *extra,
                              imx_error *err, char **out) {
    imx_status status = check_texts(info, err);
    if (status != IMX_OK) {
        return status;
    }
    json_t *job = NULL;
    if (info->job_json) {
        job = json_loads(info->job_json, 0, NULL);
        if (!json_is_object(job)) {
            json_decref(job);
            return imx_fail(err, IMX_E_INTERNAL, "the job's description is not a JSON object");
        }
    }
    const imx_grid *grid = imx_archive_grid(info);
    const uint32_t first_id = grid ? grid->first_id : 0;
    imx_json_text to = {.memory = memory};
    imx_json_begin(&to);
    imx_json_string(&to, "attribution", info->attribution);
    if (!grid || grid->projection != IMX_GRID_PLANE) {
        imx_json_member_take(&to, "bounds",
                             json_pack("[o, o, o, o]", imx_json_degrees(info->west), imx_json_degrees(info->south),
                                       imx_json_degrees(info->east), imx_json_degrees(info->north)),
                             15);
        imx_json_member_take(&to, "center",
                             json_pack("[o, o, i]", imx_json_degrees(info->center_lon),
                                       imx_json_degrees(info->center_lat), (int)(info->center_zoom + first_id)),
                             15);
    }
    imx_json_string(&to, "description", info->description);
    imx_json_string(&to, "encoding", info->encoding);
    imx_json_string(&to, "format",
                    info->tile_type == IMX_TILE_MIXED ? "mixed" : imx_tile_type_extension(info->tile_type));
    imx_json_member_take(&to, "imbrex", imbrex_object(info, extra, job), 17);
    imx_json_member_take(&to, "maxzoom", json_integer(info->zoom_max + first_id), 0);
    imx_json_member_take(&to, "minzoom", json_integer(info->zoom_min + first_id), 0);
    imx_json_string(&to, "name", info->name);
    imx_json_string(&to, "scheme", extra->scheme);
    imx_json_string(&to, "type", "overlay");
    *out = imx_json_end_take(&to);
    if (!*out) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    return IMX_OK;
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static bool read_string(imx_memory *memory, const json_t *object, const char *key, char **out) {
    const char *value = json_string_value(json_object_get(object, key));
    if (value && !*out) {
        *out = imx_strdup(memory, value);
        return *out != NULL;
    }
    return true;
}

/* A count or a zoom; MBTiles' habit is to write numbers as strings. */
static bool read_count(const json_t *object, const char *key, uint64_t limit, uint64_t *out) {
    const json_t *value = json_object_get(object, key);
    double number = -1;
    if (json_is_number(value)) {
        number = json_number_value(value);
    } else if (json_is_string(value)) {
        char *end;
        number = strtod(json_string_value(value), &end);
        number = *end ? -1 : number;
    }
    if (!(number >= 0 && number <= (double)limit) || number != floor(number)) {
        return false;
    }
    *out = (uint64_t)number;
    return true;
}

/* `count` numbers: an array, or a string with commas. */
static bool read_numbers(const json_t *object, const char *key, size_t count, double *out) {
    const json_t *value = json_object_get(object, key);
    if (json_is_array(value) && json_array_size(value) == count) {
        for (size_t i = 0; i < count; i++) {
            const json_t *number = json_array_get(value, i);
            if (!json_is_number(number)) {
                return false;
            }
            out[i] = json_number_value(number);
        }
        return true;
    }
    const char *at = json_string_value(value);
    for (size_t i = 0; at && i < count; i++) {
        char *end;
        out[i] = strtod(at, &end);
        if (end == at || !isfinite(out[i]) || *end != (i + 1 < count ? ',' : '\0')) {
            return false;
        }
        at = end + 1;
    }
    return at != NULL;
}

static bool lonlat(double lon, double lat) { return fabs(lon) <= 360 && fabs(lat) <= 90; }

static void read_places(const json_t *root, imx_archive_info *info, imx_metadata_extra *extra) {
    const imx_grid *grid = imx_archive_grid(info);
    const uint32_t first = grid ? grid->first_id : 0, last = first + IMX_ZOOM_MAX;
    uint64_t zoom_min, zoom_max;
    double box[4], center[3];
    if (read_count(root, "minzoom", last, &zoom_min) && read_count(root, "maxzoom", last, &zoom_max) &&
        first <= zoom_min && zoom_min <= zoom_max) {
        info->zoom_min = (uint32_t)zoom_min - first;
        info->zoom_max = (uint32_t)zoom_max - first;
        extra->has_zooms = true;
    }
    if (read_numbers(root, "bounds", 4, box) && lonlat(box[0], box[1]) && lonlat(box[2], box[3]) && box[1] <= box[3]) {
        info->west = box[0];
        info->south = box[1];
        info->east = box[2];
        info->north = box[3];
        info->center_lon = (box[0] + box[2]) / 2;
        info->center_lat = (box[1] + box[3]) / 2;
        extra->has_bounds = true;
    }
    if (read_numbers(root, "center", 3, center) && lonlat(center[0], center[1]) && center[2] >= first &&
        center[2] <= last) {
        info->center_lon = center[0];
        info->center_lat = center[1];
        info->center_zoom = (uint32_t)center[2] - first;
    }
}

static void read_format(const json_t *root, imx_archive_info *info, imx_metadata_extra *extra) {
    static const struct {
        const char *name;
        imx_tile_type type;
    } formats[] = {{"png", IMX_TILE_PNG},
                   {"jpg", IMX_TILE_JPEG},
                   {"jpeg", IMX_TILE_JPEG},
                   {"webp", IMX_TILE_WEBP},
                   {"mixed", IMX_TILE_MIXED}};
    const char *format = json_string_value(json_object_get(root, "format"));
    for (size_t i = 0; format && i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(format, formats[i].name) == 0) {
            info->tile_type = formats[i].type;
            extra->has_format = true;
        }
    }
    extra->vector = format && (strcmp(format, "pbf") == 0 || strcmp(format, "mvt") == 0 || strcmp(format, "mlt") == 0);
    const char *scheme = json_string_value(json_object_get(root, "scheme"));
    extra->scheme = !scheme ? NULL : strcmp(scheme, "tms") == 0 ? "tms" : "xyz";
}

/* A grid of the archive's own. */
static imx_status read_grid(imx_memory *memory, const json_t *own, imx_archive_info *info, imx_error *err) {
    const json_t *set = json_object_get(own, "tile_matrix_set");
    char *text = json_is_object(set) ? imx_json_dump(memory, set, 17) : NULL;
    if (!text) {
        return IMX_OK;
    }
    imx_status status = imx_grid_parse(memory, text, strlen(text), NULL, NULL, err, &info->own_grid);
    imx_free(memory, text);
    return status;
}

static bool read_imbrex(imx_memory *memory, const json_t *own, imx_archive_info *info, imx_metadata_extra *extra) {
    uint64_t number;
    if (!json_is_object(own)) {
        return true;
    }
    if (read_count(own, "tile_size", 1 << 16, &number) && number) {
        info->tile_px = (uint32_t)number;
    }
    if (info->tile_px && read_count(own, "buffer", info->tile_px, &number)) {
        info->buffer_px = (uint32_t)number;
    }
    if (read_count(own, "tiles", (uint64_t)1 << 62, &number)) {
        info->tiles_addressed = number;
    }
    double box[4];
    if (read_numbers(own, "bounds", 4, box) && fabs(box[0]) <= 180 && fabs(box[2]) <= 180 && box[0] > box[2]) {
        info->crosses = true;
        info->data_west = box[0];
        info->data_east = box[2];
    }
    const json_t *etags = json_object_get(own, "etags");
    const char *hash = json_string_value(json_object_get(etags, "hash"));
    extra->etags_known_hash = hash && strcmp(hash, "XXH3-128") == 0;
    if (!read_count(etags, "offset", (uint64_t)1 << 62, &extra->etags_offset) ||
        !read_count(etags, "size", (uint64_t)1 << 62, &extra->etags_size) ||
        !read_count(etags, "count", (uint64_t)1 << 56, &extra->etags_count)) {
        extra->etags_count = 0;
    }
    const json_t *job = json_object_get(own, "job");
    if (json_is_object(job)) {
        char *text = imx_json_dump(memory, job, 17);
        if (!text) {
            return false;
        }
        imx_free(memory, info->job_json);
        info->job_json = text;
    }
    return read_string(memory, own, "engine", &info->engine) && read_string(memory, own, "grid", &info->grid_id) &&
           read_string(memory, own, "generation", &info->generation);
}

imx_status imx_metadata_read(imx_memory *memory, const char *bytes, size_t size, imx_error *err, imx_archive_info *info,
                             imx_metadata_extra *extra) {
    *extra = (imx_metadata_extra){0};
    json_error_t fault;
    json_t *root = json_loadb(bytes, size, 0, &fault);
    if (!root) {
        return imx_fail(err, IMX_E_INPUT, "its metadata is not JSON (line %d: %s)", fault.line, fault.text);
    }
    imx_status status = IMX_OK;
    if (!json_is_object(root)) {
        status = imx_fail(err, IMX_E_INPUT, "its metadata is not a JSON object");
    } else if (!read_string(memory, root, "name", &info->name) ||
               !read_string(memory, root, "description", &info->description) ||
               !read_string(memory, root, "attribution", &info->attribution) ||
               !read_string(memory, root, "encoding", &info->encoding) ||
               !read_imbrex(memory, json_object_get(root, "imbrex"), info, extra)) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory");
    } else {
        status = read_grid(memory, json_object_get(root, "imbrex"), info, err);
        read_places(root, info, extra);
        read_format(root, info, extra);
    }
    json_decref(root);
    return status;
}
