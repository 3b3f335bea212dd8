/* tiler/colormap.c: see the header. */
#include "tiler/colormap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/file.h"
#include "engine/source.h"

enum { WORDS_MAX = 6, WORD_SIZE = 64 };

static const struct {
    const char *name;
    uint8_t rgb[3];
} colours[] = {{"white", {255, 255, 255}}, {"black", {0, 0, 0}},      {"red", {255, 0, 0}},
               {"green", {0, 255, 0}},     {"blue", {0, 0, 255}},     {"yellow", {255, 255, 0}},
               {"magenta", {255, 0, 255}}, {"cyan", {0, 255, 255}},   {"aqua", {0, 191, 191}},
               {"grey", {191, 191, 191}},  {"gray", {191, 191, 191}}, {"orange", {255, 127, 0}},
               {"brown", {191, 127, 63}},  {"purple", {127, 0, 255}}, {"violet", {127, 0, 255}},
               {"indigo", {0, 127, 255}}}; /* as gdaldem has them */

typedef struct line {
    char words[WORDS_MAX][WORD_SIZE]; /* too long ones are cut off; more are a label */
    int count;
} line;

static bool is_between(char c) { return c == ' ' || c == ',' || c == '\t' || c == ':' || c == '\r'; }

static line split(const char *text, size_t size) {
    line words = {.count = 0};
    size_t at = 0;
    while (words.count < WORDS_MAX) {
        while (at < size && is_between(text[at])) {
            at++;
        }
        const size_t begin = at;
        while (at < size && !is_between(text[at])) {
            at++;
        }
        if (at == begin) {
            break;
        }
        const size_t length = at - begin < WORD_SIZE - 1 ? at - begin : WORD_SIZE - 1;
        memcpy(words.words[words.count], text + begin, length);
        words.words[words.count++][length] = '\0';
    }
    return words;
}

/* A number, which may have decimals, as 0..255. */
static bool read_byte(const char *word, uint8_t *out) {
    char *end;
    const double value = strtod(word, &end);
    const bool sound = end != word && !*end && value >= 0 && value <= 255;
    *out = sound ? (uint8_t)value : 0;
    return sound;
}

static bool read_value(const char *word, imx_colour_stop *out) {
    char *end;
    const double value = strtod(word, &end);
    out->percent = end != word && *end == '%';
    out->value = fmin(fmax(value, -IMX_COLORMAP_ENDLESS), IMX_COLORMAP_ENDLESS);
    return end != word && !end[out->percent] && !isnan(value) && !(out->percent && (value < 0 || value > 100));
}

static bool read_name(const char *word, uint8_t rgb[3]) {
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        if (strcasecmp(word, colours[i].name) == 0) {
            memcpy(rgb, colours[i].rgb, 3);
            return true;
        }
    }
    return false;
}

static bool read_colour(const line *words, uint8_t rgba[4]) {
    rgba[3] = 255;
    if (words->count >= 2 && read_name(words->words[1], rgba)) {
        return words->count < 3 || read_byte(words->words[2], &rgba[3]);
    }
    bool sound = words->count >= 4;
    for (int i = 0; sound && i < 4 && i + 1 < words->count; i++) {
        sound = read_byte(words->words[i + 1], &rgba[i]);
    }
    return sound;
}

static bool read_mode(const char *name, imx_colormap_mode *out) {
    static const char *const qgis[] = {
        [IMX_COLORMAP_BETWEEN] = "INTERPOLATED", [IMX_COLORMAP_EXACT] = "EXACT", [IMX_COLORMAP_DISCRETE] = "DISCRETE"};
    for (int mode = 0; mode < IMX_COLORMAP_MODES; mode++) {
        if (qgis[mode] && strcmp(name, qgis[mode]) == 0) {
            *out = (imx_colormap_mode)mode;
            return true;
        }
    }
    return false;
}

/* A line into the next stop of map, or its mode; false: it is neither. */
static bool read_line(const char *text, size_t size, imx_colormap *map) {
    const line words = split(text, size);
    if (words.count == 0 || text[0] == '#' || text[0] == '/' || strcasecmp(words.words[0], "nv") == 0) {
        return true;
    }
    if (words.count == 2 && strcmp(words.words[0], "INTERPOLATION") == 0) {
        return read_mode(words.words[1], &map->mode);
    }
    imx_colour_stop *stop = &map->stops[map->count];
    if (map->count == IMX_COLORMAP_STOPS_MAX || !read_value(words.words[0], stop) || !read_colour(&words, stop->rgba)) {
        return false;
    }
    map->count++;
    return true;
}

static imx_status read_lines(const char *path, const imx_map *file, imx_error *err, imx_colormap *map) {
    const char *text = (const char *)file->data, *const end = text + file->size;
    map->count = 0;
    text += file->size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a byte order mark */
    for (int number = 1; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline ? newline : end;
        if (!read_line(text, (size_t)(stop - text), map)) {
            return map->count == IMX_COLORMAP_STOPS_MAX
                       ? imx_fail(err, IMX_E_INPUT, "%s: more than %d colours", path, IMX_COLORMAP_STOPS_MAX)
                       : imx_fail(err, IMX_E_INPUT,
                                  "%s: line %d is not a value and its colour, such as '1200 240 230 140'", path,
                                  number);
        }
        text = newline ? newline + 1 : end;
    }
    return map->count ? IMX_OK : imx_fail(err, IMX_E_INPUT, "%s: holds no colours", path);
}

imx_status imx_colormap_read(imx_memory *memory, const char *path, imx_error *err, imx_colormap **out) {
    imx_map file;
    imx_colormap *map = NULL;
    if (imx_input_is_url(path)) {
        return imx_fail(err, IMX_E_INPUT,
                        "--colormap: %s: colours are read from this machine alone: download the file first", path);
    }
    imx_status status = imx_map_open(path, err, &file);
    if (status != IMX_OK) {
        return status;
    }
    status = imx_colormap_create(memory, IMX_COLORMAP_STOPS_MAX + 1, err, &map);
    status = status ? status : read_lines(path, &file, err, map);
    imx_map_close(&file);
    if (status != IMX_OK) {
        if (map) {
            imx_colormap_destroy(memory, &map);
        }
        return status;
    }
    imx_colour_stop *fitting = imx_realloc(memory, map->stops, map->count * sizeof *fitting);
    map->stops = fitting ? fitting : map->stops;
    *out = map;
    return IMX_OK;
}
