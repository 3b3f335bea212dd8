/* tiler/cog_layout.c: the head of a COG: header, image file directories, and what does not fit into their entries.
 *
 * TIFF 6.0 (Adobe, 1992), section 2; BigTIFF (libtiff's specification): the same with 8-byte offsets and counts. The
 * head is written twice by the same code: once into nothing, to learn its size, and once into memory. */
#include <stdio.h>
#include <string.h>

#include "tiler/cog.h"

enum { /* TIFF 6.0, GeoTIFF 1.1, GDAL */
       NEW_SUBFILE_TYPE = 254,
       IMAGE_WIDTH = 256,
       IMAGE_LENGTH = 257,
       BITS_PER_SAMPLE = 258,
       COMPRESSION = 259,
       PHOTOMETRIC = 262,
       SAMPLES_PER_PIXEL = 277,
       PLANAR_CONFIGURATION = 284,
       PREDICTOR = 317,
       COLOR_MAP = 320,
       TILE_WIDTH = 322,
       TILE_LENGTH = 323,
       TILE_OFFSETS = 324,
       TILE_BYTE_COUNTS = 325,
       EXTRA_SAMPLES = 338,
       SAMPLE_FORMAT = 339,
       MODEL_PIXEL_SCALE = 33550,
       MODEL_TIEPOINT = 33922,
       GEO_KEY_DIRECTORY = 34735,
       GEO_DOUBLE_PARAMS = 34736,
       GEO_ASCII_PARAMS = 34737,
       GDAL_METADATA = 42112,
       GDAL_NODATA = 42113
};
enum { ASCII = 2, SHORT = 3, LONG = 4, DOUBLE = 12, LONG8 = 16 };
enum { REDUCED = 1, MASK = 4, UNASSOCIATED_ALPHA = 2 };
enum { DEFLATE = 8, CONTIGUOUS = 1, DIFFERENCES = 2, FLOATING_POINT = 3 };
enum { MIN_IS_BLACK = 1, RGB = 2, PALETTE = 3, TRANSPARENCY_MASK = 4 };
enum { ENTRIES_MAX = 24 };

typedef struct entry {
    uint16_t tag, type;
    uint64_t count;
    const void *values; /* little-endian as in memory; NULL: `one` */
    uint64_t one;
} entry;

typedef struct directory {
    entry entries[ENTRIES_MAX];
    size_t count;
} directory;

typedef struct writer {
    uint8_t *to; /* NULL: only counted */
    uint64_t at;
    bool big;
} writer;

/* ---- bytes ---- */

static void put(writer *w, const void *bytes, size_t size) {
    if (w->to) {
        memcpy(w->to + w->at, bytes, size);
    }
    w->at += size;
}

/* The machine is little-endian, as everywhere in imbrex's formats. */
static void put_number(writer *w, uint64_t value, size_t size) { put(w, &value, size); }
static void put_offset(writer *w, uint64_t value) { put_number(w, value, w->big ? 8 : 4); }
static uint64_t even(uint64_t at) { return at + (at & 1); }

static size_t type_size(uint16_t type) { return type == ASCII ? 1 : type == SHORT ? 2 : type == LONG ? 4 : 8; }

/* ---- a directory ---- */

static void add(directory *d, uint16_t tag, uint16_t type, uint64_t count, const void *values, uint64_t one) {
    d->entries[d->count++] = (entry){tag, type, count, values, one};
}

static void add_short(directory *d, uint16_t tag, uint16_t value) { add(d, tag, SHORT, 1, NULL, value); }

static void put_values(writer *w, const entry *e) {
    size_t size = type_size(e->type);
    if (e->values && w->big == false && e->type == LONG8) { /* offsets and counts of a classic file */
        for (uint64_t i = 0; i < e->count; i++) {
            put_number(w, ((const uint64_t *)e->values)[i], 4);
        }
    } else if (e->values) {
        put(w, e->values, size * e->count);
    } else {
        put_number(w, e->one, size);
    }
}

static uint64_t stored_size(const writer *w, const entry *e) {
    return (!w->big && e->type == LONG8 ? 4 : type_size(e->type)) * e->count;
}

/* Entries, then the values that do not fit into them. next: whether a directory follows. */
static void put_directory(writer *w, const directory *d, bool next) {
    const uint64_t inline_size = w->big ? 8 : 4;
    const uint64_t start = w->at;
    uint64_t values = start + (w->big ? 8 + 20 * d->count + 8 : 2 + 12 * d->count + 4), end = values;
    for (size_t i = 0; i < d->count; i++) {
        const uint64_t size = stored_size(w, &d->entries[i]);
        end += size > inline_size ? even(size) : 0;
    }
    put_number(w, d->count, w->big ? 8 : 2);
    for (size_t i = 0; i < d->count; i++) {
        const entry *e = &d->entries[i];
        const uint64_t size = stored_size(w, e), at = w->at;
        put_number(w, e->tag, 2);
        put_number(w, !w->big && e->type == LONG8 ? LONG : e->type, 2);
        put_offset(w, e->count);
        if (size > inline_size) {
            put_offset(w, values);
            values += even(size);
        } else {
            put_values(w, e);
        }
        put(w, "\0\0\0\0\0\0\0", (size_t)(at + (w->big ? 20 : 12) - w->at));
    }
    put_offset(w, next ? end : 0);
    for (size_t i = 0; i < d->count; i++) {
        const uint64_t size = stored_size(w, &d->entries[i]);
        if (size > inline_size) {
            put_values(w, &d->entries[i]);
            put(w, "", (size_t)(even(size) - size));
        }
    }
}

/* ---- what the directories say ---- */

typedef struct shared { /* values that entries refer to */
    uint16_t bits[UINT16_MAX], formats[UINT16_MAX], extra[UINT16_MAX];
    uint16_t colours[3 * IMX_PALETTE_MAX];
    double scale[3], tiepoint[6];
    char nodata[32];
} shared;

bool imx_cog_has_palette(const imx_cog_options *o) {
    return o->notes && o->bands == 1 && o->notes[0].palette && (o->type == IMX_U8 || o->type == IMX_U16);
}

/* How many colours a table of all samples has. */
static size_t palette_size(const imx_cog_options *o) { return o->type == IMX_U8 ? 256 : IMX_PALETTE_MAX; }

/* All red, all green, all blue, in 16 bits (TIFF 6.0, section 5). */
static void fill_colours(const imx_cog_options *o, shared *s) {
    const size_t size = palette_size(o), given = (size_t)o->notes[0].palette_count;
    memset(s->colours, 0, sizeof s->colours);
    for (size_t i = 0; i < size && i < given; i++) {
        for (size_t c = 0; c < 3; c++) {
            s->colours[c * size + i] = (uint16_t)(257 * o->notes[0].palette[3 * i + c]);
        }
    }
}

static uint16_t sample_format(imx_type type) {
    switch (type) {
    case IMX_U8:
    case IMX_U16:
    case IMX_U32: return 1;
    case IMX_I8:
    case IMX_I16:
    case IMX_I32: return 2;
    case IMX_F32:
    case IMX_F64: break;
    }
    return 3;
}

static void fill_shared(const imx_cog_options *o, shared *s) {
    for (uint32_t i = 0; i < o->bands; i++) {
        s->bits[i] = (uint16_t)(8 * imx_type_size(o->type));
        s->formats[i] = sample_format(o->type);
        s->extra[i] = 0;
    }
    for (uint32_t i = o->colours; i < o->bands && o->notes; i++) {
        s->extra[i - o->colours] = o->notes[i].colour == IMX_COLOUR_ALPHA ? UNASSOCIATED_ALPHA : 0;
    }
    if (o->alpha && o->bands > o->colours) {
        s->extra[o->bands - o->colours - 1] = UNASSOCIATED_ALPHA;
    }
    if (imx_cog_has_palette(o)) {
        fill_colours(o, s);
    }
    memcpy(s->scale, (double[3]){o->res_x, o->res_y, 0}, sizeof s->scale);
    memcpy(s->tiepoint, (double[6]){0, 0, 0, o->origin_x, o->origin_y, 0}, sizeof s->tiepoint);
    (void)snprintf(s->nodata, sizeof s->nodata, "%.17g", o->nodata);
}

/* Tags in ascending order. */
static directory image_directory(const imx_cog_options *o, const shared *s, const imx_cog_level *level, bool full) {
    directory d = {.count = 0};
    const uint64_t tiles = level->columns * level->rows;
    add(&d, NEW_SUBFILE_TYPE, LONG, 1, NULL, full ? 0 : REDUCED);
    add(&d, IMAGE_WIDTH, LONG, 1, NULL, level->width);
    add(&d, IMAGE_LENGTH, LONG, 1, NULL, level->height);
    add(&d, BITS_PER_SAMPLE, SHORT, o->bands, s->bits, 0);
    add_short(&d, COMPRESSION, DEFLATE);
    add_short(&d, PHOTOMETRIC, imx_cog_has_palette(o) ? PALETTE : o->colours == 3 ? RGB : MIN_IS_BLACK);
    add_short(&d, SAMPLES_PER_PIXEL, (uint16_t)o->bands);
    add_short(&d, PLANAR_CONFIGURATION, CONTIGUOUS);
    add_short(&d, PREDICTOR, sample_format(o->type) == 3 ? FLOATING_POINT : DIFFERENCES);
    if (imx_cog_has_palette(o)) {
        add(&d, COLOR_MAP, SHORT, 3 * palette_size(o), s->colours, 0);
    }
    add(&d, TILE_WIDTH, LONG, 1, NULL, o->tile_px);
    add(&d, TILE_LENGTH, LONG, 1, NULL, o->tile_px);
    add(&d, TILE_OFFSETS, LONG8, tiles, level->offsets, 0);
    add(&d, TILE_BYTE_COUNTS, LONG8, tiles, level->counts, 0);
    if (o->bands > o->colours) {
        add(&d, EXTRA_SAMPLES, SHORT, o->bands - o->colours, s->extra, 0);
    }
    add(&d, SAMPLE_FORMAT, SHORT, o->bands, s->formats, 0);
    if (full) {
        add(&d, MODEL_PIXEL_SCALE, DOUBLE, 3, s->scale, 0);
        add(&d, MODEL_TIEPOINT, DOUBLE, 6, s->tiepoint, 0);
        if (o->keys.directory_count) {
            add(&d, GEO_KEY_DIRECTORY, SHORT, o->keys.directory_count, o->keys.directory, 0);
        }
        if (o->keys.double_count) {
            add(&d, GEO_DOUBLE_PARAMS, DOUBLE, o->keys.double_count, o->keys.doubles, 0);
        }
        if (o->keys.ascii) {
            add(&d, GEO_ASCII_PARAMS, ASCII, strlen(o->keys.ascii) + 1, o->keys.ascii, 0);
        }
        if (o->metadata) {
            add(&d, GDAL_METADATA, ASCII, strlen(o->metadata) + 1, o->metadata, 0);
        }
    }
    if (o->has_nodata) {
        add(&d, GDAL_NODATA, ASCII, strlen(s->nodata) + 1, s->nodata, 0);
    }
    return d;
}

/* One bit a pixel, as GDAL writes its internal masks. */
static directory mask_directory(const imx_cog_options *o, const imx_cog_level *level, bool full) {
    directory d = {.count = 0};
    const uint64_t tiles = level->columns * level->rows;
    add(&d, NEW_SUBFILE_TYPE, LONG, 1, NULL, full ? MASK : MASK | REDUCED);
    add(&d, IMAGE_WIDTH, LONG, 1, NULL, level->width);
    add(&d, IMAGE_LENGTH, LONG, 1, NULL, level->height);
    add_short(&d, BITS_PER_SAMPLE, 1);
    add_short(&d, COMPRESSION, DEFLATE);
    add_short(&d, PHOTOMETRIC, TRANSPARENCY_MASK);
    add_short(&d, SAMPLES_PER_PIXEL, 1);
    add_short(&d, PLANAR_CONFIGURATION, CONTIGUOUS);
    add(&d, TILE_WIDTH, LONG, 1, NULL, o->tile_px);
    add(&d, TILE_LENGTH, LONG, 1, NULL, o->tile_px);
    add(&d, TILE_OFFSETS, LONG8, tiles, level->mask_offsets, 0);
    add(&d, TILE_BYTE_COUNTS, LONG8, tiles, level->mask_counts, 0);
    return d;
}

static void put_head(writer *w, const imx_cog_options *o, const shared *s, const imx_cog_level *levels, size_t count) {
    put(w, "II", 2);
    if (w->big) {
        put_number(w, 43, 2);
        put_number(w, 8, 2);
        put_number(w, 0, 2);
        put_number(w, 16, 8);
    } else {
        put_number(w, 42, 2);
        put_number(w, 8, 4);
    }
    for (size_t i = 0; i < count; i++) {
        directory d = image_directory(o, s, &levels[i], i == 0);
        put_directory(w, &d, o->mask || i + 1 < count);
        if (o->mask) {
            d = mask_directory(o, &levels[i], i == 0);
            put_directory(w, &d, i + 1 < count);
        }
    }
}

static imx_status write_head(imx_memory *memory, const imx_cog_options *options, const imx_cog_level *levels,
                             size_t count, imx_error *err, writer *w) {
    shared *s = imx_alloc(memory, sizeof *s);
    if (!s) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the directories of a GeoTIFF");
    }
    fill_shared(options, s);
    put_head(w, options, s, levels, count);
    imx_free(memory, s);
    return IMX_OK;
}

imx_status imx_cog_head(imx_memory *memory, const imx_cog_options *options, const imx_cog_level *levels, size_t count,
                        bool big, imx_error *err, imx_blob *out) {
    writer w = {.big = big};
    imx_status status = write_head(memory, options, levels, count, err, &w);
    if (status != IMX_OK) {
        return status;
    }
    const size_t size = (size_t)w.at;
    w = (writer){.to = imx_alloc(memory, size), .big = big};
    if (!w.to) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the directories of a GeoTIFF");
    }
    status = write_head(memory, options, levels, count, err, &w);
    if (status != IMX_OK) {
        imx_free(memory, w.to);
        return status;
    }
    *out = (imx_blob){w.to, size};
    return IMX_OK;
}
