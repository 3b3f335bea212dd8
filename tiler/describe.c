/* tiler/describe.c: an archive's imx_archive_info as words and as JSON. */
#include "tiler/describe.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tiler/json_text.h"

/* ---- words ---------------------------------------------------------------------------------------------------- */

enum { NAME_WIDTH = 12, SCENES_SHOWN = 20 };

typedef struct words {
    imx_memory *memory;
    char *data;
    size_t size, capacity;
    bool bad;
} words;

static void say(words *to, const char *format, ...) IMX_PRINTF(2, 3);
static void say(words *to, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    size_t need = to->size + (length < 0 ? 0 : (size_t)length) + 1;
    to->bad |= length < 0;
    if (!to->bad && need > to->capacity) {
        size_t capacity = need + need / 2 + 512;
        char *grown = imx_realloc(to->memory, to->data, capacity);
        to->bad = !grown;
        to->data = grown ? grown : to->data;
        to->capacity = grown ? capacity : to->capacity;
    }
    if (!to->bad) {
        (void)vsnprintf(to->data + to->size, to->capacity - to->size, format, again);
        to->size += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

/* Foreign text, without its control characters: C0, DEL, and C1 (U+0080 to U+009F, which is C2 80 to C2 9F in UTF-8).
 */
static void say_foreign(words *to, const char *text) {
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        bool c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
        say(to, "%c", *at < 0x20 || *at == 0x7f || c1 ? '?' : *at);
        at += c1;
    }
}

static void name_line(words *to, const char *name) { say(to, "%-*s", NAME_WIDTH, name); }

static void foreign_line(words *to, const char *name, const char *text) {
    if (text && *text) {
        name_line(to, name);
        say_foreign(to, text);
        say(to, "\n");
    }
}

/* 1234567 -> "1,234,567". */
static const char *grouped(uint64_t value, char text[32]) {
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value), out = 0;
    for (int i = 0; i < count; i++) {
        if (i && (count - i) % 3 == 0) {
            text[out++] = ',';
        }
        text[out++] = digits[i];
    }
    text[out] = '\0';
    return text;
}

static void say_bytes(words *to, uint64_t bytes) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes / 1024;
    size_t unit = 0;
    for (; value >= 1023.95 && unit + 1 < sizeof units / sizeof *units; unit++) {
        value /= 1024;
    }
    char exact[32];
    if (bytes >= 1024) {
        say(to, "%.1f %s (%s bytes)", value, units[unit], grouped(bytes, exact));
    } else {
        say(to, "%s bytes", grouped(bytes, exact));
    }
}

static void say_bounds(words *to, const imx_archive_info *info, uint32_t first_id) {
    name_line(to, "bounds");
    say(to, "%.10g, %.10g, %.10g, %.10g (west, south, east, north; degrees%s)\n",
        info->crosses ? info->data_west : info->west, info->south, info->crosses ? info->data_east : info->east,
        info->north, info->crosses ? "; across the antimeridian" : "");
    name_line(to, "center");
    say(to, "%.10g, %.10g at zoom %u\n", info->center_lon, info->center_lat, info->center_zoom + first_id);
}

static void say_facts(words *to, const imx_archive_info *info) {
    char number[32];
    const imx_grid *grid = imx_archive_grid(info);
    const uint32_t first_id = grid ? grid->first_id : 0;
    if (grid) {
        name_line(to, "grid");
        say(to, "%s (%s)\n", grid->id,
            grid->projection == IMX_GRID_PLANE ? "a raster's own pixels, without a place on the Earth" : grid->crs);
    } else {
        foreign_line(to, "grid", info->grid_id ? info->grid_id : "not said; taken for WebMercatorQuad");
    }
    name_line(to, "zooms");
    say(to, info->zoom_min == info->zoom_max ? "%u\n" : "%u to %u\n", info->zoom_min + first_id,
        info->zoom_max + first_id);
    name_line(to, "tiles");
    if (info->tiles_addressed) {
        say(to, "%s", grouped(info->tiles_addressed, number));
        if (info->tiles_distinct) {
            say(to, " (%s distinct)", grouped(info->tiles_distinct, number));
        }
        say(to, ", ");
    }
    say(to, "%s, %u x %u px", imx_tile_type_name(info->tile_type), info->tile_px, info->tile_px);
    if (info->buffer_px) {
        say(to, " and %u px of the neighbours on each side", info->buffer_px);
    }
    say(to, "\n");
    if (!grid || grid->projection != IMX_GRID_PLANE) {
        say_bounds(to, info, first_id);
    }
    foreign_line(to, "generation", info->generation);
    foreign_line(to, "engine", info->engine);
}

/* A limit of the job: its extent, which is as good as the scalar of an option. */
static json_t *limit_extent(json_t *value) {
    json_t *extent = json_object_get(value, "extent");
    return json_is_array(extent) ? extent : NULL;
}

/* "resample=cubic, quality=75": the scalars of the options, and limits, in the order of their names. */
static void say_options(words *to, json_t *options) {
    const char *key;
    json_t *value;
    size_t said = 0;
    json_object_foreach(options, key, value) {
        const char *crs = NULL;
        if (limit_extent(value)) {
            crs = json_string_value(json_object_get(value, "crs"));
            value = limit_extent(value);
        } else if (json_is_null(value) || json_is_object(value) || json_is_array(value)) {
            continue;
        }
        if (said++) {
            say(to, ", ");
        } else {
            name_line(to, "options");
        }
        say_foreign(to, key);
        say(to, "=");
        if (json_is_string(value)) {
            say_foreign(to, json_string_value(value));
        } else {
            char *text = imx_json_dump(to->memory, value, 15);
            to->bad |= !text;
            say(to, "%s", text ? text : "");
            imx_free(to->memory, text);
        }
        if (crs) {
            say(to, " in ");
            say_foreign(to, crs);
        }
    }
    if (said) {
        say(to, "\n");
    }
}

static void say_scenes(words *to, const json_t *scenes) {
    static const char *const keys[] = {"crs", "time_start"};
    size_t count = json_array_size(scenes);
    if (!count) {
        return;
    }
    name_line(to, "scenes");
    say(to, "%zu, the later ones on top\n", count);
    for (size_t i = 0; i < count && i < SCENES_SHOWN; i++) {
        const json_t *scene = json_array_get(scenes, i);
        const char *id = json_string_value(json_object_get(scene, "id"));
        say(to, "%*s", NAME_WIDTH, "");
        say_foreign(to, id ? id : "(no id)");
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            const char *more = json_string_value(json_object_get(scene, keys[k]));
            if (more) {
                say(to, "  ");
                say_foreign(to, more);
            }
        }
        say(to, "\n");
    }
    if (count > SCENES_SHOWN) {
        say(to, "%*sand %zu more\n", NAME_WIDTH, "", count - SCENES_SHOWN);
    }
}

imx_status imx_describe_text(imx_memory *memory, const char *path, const imx_store_reader *reader, imx_error *err,
                             char **out) {
    const imx_archive_info *info = imx_store_reader_info(reader);
    words to = {.memory = memory};
    name_line(&to, "archive");
    say(&to, "%s\n", path);
    name_line(&to, "kind");
    say(&to, "%s", imx_store_reader_kind(reader));
    if (info->bytes) {
        say(&to, ", ");
        say_bytes(&to, info->bytes);
    }
    say(&to, "\n");
    foreign_line(&to, "name", info->name);
    foreign_line(&to, "description", info->description);
    foreign_line(&to, "attribution", info->attribution);
    foreign_line(&to, "encoding", info->encoding);
    say_facts(&to, info);
    json_t *job = info->job_json ? json_loads(info->job_json, 0, NULL) : NULL;
    say_options(&to, json_object_get(job, "options"));
    say_scenes(&to, json_object_get(job, "scenes"));
    json_decref(job);
    if (to.bad) {
        imx_free(memory, to.data);
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    *out = to.data;
    return IMX_OK;
}

/* ---- JSON ----------------------------------------------------------------------------------------------------- */

static void count_member(imx_json_text *to, const char *key, uint64_t value) {
    if (value) {
        imx_json_member_take(to, key, json_integer((json_int_t)value), 0);
    }
}

imx_status imx_describe_json(imx_memory *memory, const char *path, const imx_store_reader *reader, imx_error *err,
                             char **out) {
    const imx_archive_info *info = imx_store_reader_info(reader);
    const imx_grid *grid = imx_archive_grid(info);
    const uint32_t first_id = grid ? grid->first_id : 0;
    imx_json_text to = {.memory = memory};
    imx_json_begin(&to);
    json_t *name = json_string(path);
    imx_json_member_take(&to, "archive", name ? name : json_null(), 0); /* null: the path is not UTF-8 */
    imx_json_string(&to, "attribution", info->attribution);
    const bool placed = !grid || grid->projection != IMX_GRID_PLANE;
    imx_json_member_take(&to, "bounds",
                         !placed
                             ? json_null()
                             : json_pack("[o, o, o, o]", imx_json_degrees(info->crosses ? info->data_west : info->west),
                                         imx_json_degrees(info->south),
                                         imx_json_degrees(info->crosses ? info->data_east : info->east),
                                         imx_json_degrees(info->north)),
                         15);
    if (info->buffer_px) {
        count_member(&to, "buffer", info->buffer_px);
    }
    count_member(&to, "bytes", info->bytes);
    imx_json_member_take(&to, "center",
                         !placed ? json_null()
                                 : json_pack("[o, o, i]", imx_json_degrees(info->center_lon),
                                             imx_json_degrees(info->center_lat), (int)(info->center_zoom + first_id)),
                         15);
    imx_json_string(&to, "description", info->description);
    imx_json_string(&to, "encoding", info->encoding);
    imx_json_string(&to, "engine", info->engine);
    imx_json_string(&to, "generation", info->generation);
    imx_json_string(&to, "grid", info->grid_id);
    if (info->job_json) {
        imx_json_member_take(&to, "job", json_loads(info->job_json, 0, NULL), 17);
    }
    imx_json_string(&to, "kind", imx_store_reader_kind(reader));
    imx_json_string(&to, "name", info->name);
    count_member(&to, "tile_size", info->tile_px);
    imx_json_string(&to, "tile_type", imx_tile_type_name(info->tile_type));
    count_member(&to, "tiles", info->tiles_addressed);
    count_member(&to, "tiles_distinct", info->tiles_distinct);
    imx_json_member_take(&to, "zoom_max", json_integer(info->zoom_max + first_id), 0);
    imx_json_member_take(&to, "zoom_min", json_integer(info->zoom_min + first_id), 0);
    char *text = imx_json_end_take(&to);
    if (!text) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    *out = text;
    return IMX_OK;
}
