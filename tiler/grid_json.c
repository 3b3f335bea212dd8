/* tiler/grid_json.c: tile matrix sets out of JSON (OGC 17-083r4, annex B: requirements class JSON encoding).
 *
 * What only PROJ can tell of the CRS is asked for once and kept in the text, in a member `imbrex` of its own, so that
 * an archive's reader needs no PROJ. */
#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tiler/grid.h"
#include "tiler/grid_axes.h"
#include "tiler/json_text.h"

#define STANDARD_PIXEL_M 0.00028     /* 6.2 */
#define SCREEN_PIXEL_M (0.0254 / 96) /* what others count for */
#define SCALE_TOLERANCE 1e-3
#define PERIOD_TOLERANCE 1e-6
/* What no grid of the Earth exceeds, whatever its unit: so that no arithmetic with it overflows. */
#define COORDINATE_MAX 1e12
#define RES_MIN 1e-15
#define FACTOR_MAX 1e9

enum { MATRICES_MAX = IMX_ZOOM_MAX + 1, TILE_PX_MIN = 64, TILE_PX_MAX = 4096, ID_BYTES_MAX = 100 };

static const char *const projection_names[] = {"lonlat", "mercator", "mercator_wgs84", "projected", "plane"};

typedef struct matrix {
    imx_grid_matrix m;
    const char *id;
    bool rows_up;
    uint32_t tile_px;
} matrix;

typedef struct reader {
    imx_memory *memory;
    imx_error *err;
    json_t *root;
    char *crs;
    imx_grid_crs facts;
    matrix matrices[MATRICES_MAX];
    uint32_t count;
} reader;

static imx_status fail(reader *r, const char *what) {
    return imx_fail(r->err, IMX_E_INPUT, "the tile matrix set's %s", what);
}

/* ---- identifiers ---- */

/* The standard has any text (ows:CodeType). These stand in URLs and paths of tiles, and in what people type: what could
 * lead elsewhere there, or cannot be seen, is none. */
static const char *fault_of_id(const char *id) {
    const size_t length = strlen(id);
    if (!length) {
        return "is empty";
    }
    if (length > ID_BYTES_MAX) {
        return "is longer than 100 bytes";
    }
    for (const char *at = id; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            return "has a control character";
        }
        if (*at == '/' || *at == '\\') {
            return "has a slash";
        }
    }
    return id[0] == ' ' || id[length - 1] == ' '           ? "begins or ends with a space"
           : strcmp(id, ".") == 0 || strcmp(id, "..") == 0 ? "is the name of a folder above"
                                                           : NULL;
}

/* Of a matrix, or of the set. */
static imx_status check_id(reader *r, const char *whose, const json_t *value) {
    char shown[44];
    const char *id = json_string_value(value);
    const char *fault = !value ? "is missing" : id ? fault_of_id(id) : "is not a text";
    if (!fault) {
        return IMX_OK;
    }
    (void)snprintf(shown, sizeof shown, "%.40s", id ? id : "");
    for (char *at = shown; *at; at++) {
        *at = (unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f ? '?' : *at;
    }
    return imx_fail(r->err, IMX_E_INPUT, "the tile matrix set's %sid%s%s%s %s", whose, *shown ? " '" : "", shown,
                    *shown ? "'" : "", fault);
}

/* 17-083r4, table "Parts of TileMatrix data structure", note c: they are different in a set. */
static imx_status check_ids_differ(reader *r) {
    for (uint32_t a = 0; a < r->count; a++) {
        for (uint32_t b = a + 1; b < r->count; b++) {
            if (strcmp(r->matrices[a].id, r->matrices[b].id) == 0) {
                return imx_fail(r->err, IMX_E_INPUT, "the tile matrix set has two matrices with the id '%s'",
                                r->matrices[a].id);
            }
        }
    }
    return IMX_OK;
}

/* ---- the CRS ---- */

/* The last three parts of .../def/crs/AUTHORITY/VERSION/CODE or urn:ogc:def:crs:AUTHORITY:VERSION:CODE as
 * AUTHORITY:CODE; anything else as it is, CURIEs without their brackets. */
static char *short_crs(imx_memory *memory, const char *text) {
    const char *tail = strstr(text, "/def/crs/"), *rest = NULL;
    char separator = '/';
    if (tail) {
        rest = tail + strlen("/def/crs/");
    } else if (strncmp(text, "urn:ogc:def:crs:", 16) == 0) {
        rest = text + 16;
        separator = ':';
    }
    const char *version = rest ? strchr(rest, separator) : NULL;
    const char *code = version ? strchr(version + 1, separator) : NULL;
    if (code && !strchr(code + 1, separator)) {
        return imx_sprintf(memory, "%.*s:%s", (int)(version - rest), rest, code + 1);
    }
    size_t size = strlen(text);
    bool curie = size > 2 && text[0] == '[' && text[size - 1] == ']';
    return curie ? imx_sprintf(memory, "%.*s", (int)(size - 2), text + 1) : imx_strdup(memory, text);
}

static imx_status read_crs(reader *r) {
    const json_t *crs = json_object_get(r->root, "crs");
    crs = crs ? crs : json_object_get(r->root, "supportedCRS"); /* the first version */
    const json_t *uri = json_object_get(crs, "uri"), *wkt = json_object_get(crs, "wkt");
    const char *text = json_string_value(json_is_object(crs) ? (uri ? uri : wkt) : crs);
    if (text) {
        r->crs = short_crs(r->memory, text);
    } else if (json_is_object(wkt)) { /* PROJJSON */
        r->crs = imx_json_dump(r->memory, wkt, 17);
    } else {
        return fail(r, "crs is neither a URI nor WKT");
    }
    return r->crs ? IMX_OK : imx_fail(r->err, IMX_E_NOMEM, "out of memory for a grid");
}

static imx_status read_own_facts(reader *r, const json_t *own) {
    const char *name = json_string_value(json_object_get(own, "projection"));
    r->facts.north_first = json_is_true(json_object_get(own, "north_first"));
    r->facts.metres_per_unit = json_number_value(json_object_get(own, "metres_per_unit"));
    r->facts.period = json_number_value(json_object_get(own, "period"));
    r->facts.aspect = json_number_value(json_object_get(own, "aspect"));
    r->facts.projection = IMX_GRID_PROJECTED;
    for (unsigned i = 0; name && i < sizeof projection_names / sizeof *projection_names; i++) {
        if (strcmp(projection_names[i], name) == 0) {
            r->facts.projection = (imx_grid_projection)i;
        }
    }
    return r->facts.metres_per_unit > 1 / FACTOR_MAX && r->facts.metres_per_unit < FACTOR_MAX && r->facts.period >= 0 &&
                   r->facts.period < COORDINATE_MAX && r->facts.aspect > 1 / FACTOR_MAX && r->facts.aspect < FACTOR_MAX
               ? IMX_OK
               : fail(r, "axes are not described");
}

static imx_status write_own_facts(reader *r) {
    json_t *own = json_pack("{s:f, s:b, s:f, s:f, s:s}", "aspect", r->facts.aspect, "north_first", r->facts.north_first,
                            "metres_per_unit", r->facts.metres_per_unit, "period", r->facts.period, "projection",
                            projection_names[r->facts.projection]);
    return json_object_set_new(r->root, "imbrex", own) == 0 ? IMX_OK
                                                            : imx_fail(r->err, IMX_E_NOMEM, "out of memory for a grid");
}

static imx_status check_axes(reader *r) {
    const json_t *axes = json_object_get(r->root, "orderedAxes");
    if (!axes) {
        return IMX_OK;
    }
    const char *first = json_string_value(json_array_get(axes, 0)),
               *second = json_string_value(json_array_get(axes, 1));
    if (json_array_size(axes) != 2 || !first || !second) {
        return fail(r, "orderedAxes is not the names of two axes");
    }
    const bool named = r->facts.axes[0][0] && r->facts.axes[1][0], north_first = r->facts.north_first;
    const char *own_first = named ? r->facts.axes[0] : north_first ? "north" : "east";
    const char *own_second = named ? r->facts.axes[1] : north_first ? "east" : "north";
    switch (imx_grid_axes_compare(&r->facts, first, second)) {
    case IMX_GRID_AXES_SAME: return IMX_OK;
    case IMX_GRID_AXES_SWAPPED:
        return imx_fail(
            r->err, IMX_E_INPUT,
            "the tile matrix set contradicts itself: orderedAxes are %.20s, %.20s, but the axes of its crs, "
            "in whose order pointOfOrigin is, are %s, %s: correct the one or the other%s",
            first, second, own_first, own_second,
            strcmp(r->crs, "EPSG:4326") == 0 ? " (longitude first is OGC:CRS84)" : "");
    default:
        return imx_fail(r->err, IMX_E_INPUT,
                        "the tile matrix set's orderedAxes, %.20s, %.20s, are not those of its "
                        "crs: %s, %s",
                        first, second, own_first, own_second);
    }
}

static imx_status find_facts(reader *r, imx_grid_crs_fn ask, void *context) {
    if (!ask) {
        return read_own_facts(r, json_object_get(r->root, "imbrex"));
    }
    imx_status status = ask(context, r->crs, r->err, &r->facts);
    status = status ? status : check_axes(r);
    r->facts.aspect = r->facts.aspect > 0 ? r->facts.aspect : 1;
    return status == IMX_OK ? write_own_facts(r) : status;
}

/* ---- the matrices ---- */

static bool read_whole(const json_t *object, const char *key, int64_t min, int64_t max, uint32_t *out) {
    const json_t *value = json_object_get(object, key);
    double number = json_number_value(value); /* 256.0 is as good as 256 */
    if (!json_is_number(value) || !(number >= (double)min && number <= (double)max) || number != floor(number)) {
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

static imx_status read_tile_size(reader *r, const json_t *object, matrix *out) {
    uint32_t w, h;
    if (!read_whole(object, "tileWidth", 1, 1 << 20, &w) || !read_whole(object, "tileHeight", 1, 1 << 20, &h)) {
        return fail(r, "tileWidth or tileHeight is missing");
    }
    if (w != h || w < TILE_PX_MIN || w > TILE_PX_MAX || (w & (w - 1))) {
        return imx_fail(r->err, IMX_E_UNSUPPORTED,
                        "the tile matrix set has tiles of %u x %u px; imbrex makes square ones of 64, 128, ... 4096 px",
                        w, h);
    }
    out->tile_px = w;
    return IMX_OK;
}

/* Its corner, as x = east and the upper one. */
static imx_status read_origin(reader *r, const json_t *object, matrix *out) {
    const json_t *point = json_object_get(object, "pointOfOrigin");
    point = point ? point : json_object_get(object, "topLeftCorner"); /* the first version */
    const json_t *first = json_array_get(point, 0), *second = json_array_get(point, 1);
    const json_t *corner = json_object_get(object, "cornerOfOrigin");
    const char *named = corner ? json_string_value(corner) : "topLeft"; /* the default; the first version's only one */
    out->rows_up = named && strcmp(named, "bottomLeft") == 0;
    if (!out->rows_up && (!named || strcmp(named, "topLeft") != 0)) {
        return imx_fail(r->err, IMX_E_INPUT,
                        "the tile matrix set's cornerOfOrigin%s%.40s%s is neither topLeft nor bottomLeft",
                        named ? " '" : "", named ? named : "", named ? "'" : "");
    }
    if (json_array_size(point) != 2 || !json_is_number(first) || !json_is_number(second)) {
        return fail(r, "pointOfOrigin is not two numbers");
    }
    out->m.origin_x = json_number_value(r->facts.north_first ? second : first);
    out->m.origin_y = json_number_value(r->facts.north_first ? first : second);
    if (out->rows_up) {
        out->m.origin_y += out->m.res * r->facts.aspect * out->tile_px * out->m.rows;
    }
    return fabs(out->m.origin_x) < COORDINATE_MAX && fabs(out->m.origin_y) < COORDINATE_MAX
               ? IMX_OK
               : fail(r, "pointOfOrigin is nowhere on the Earth");
}

/* Of a pixel, from cellSize, else from scaleDenominator; they say the same where both are there. */
static imx_status read_res(reader *r, const json_t *object, matrix *out) {
    const json_t *cell = json_object_get(object, "cellSize"), *scale = json_object_get(object, "scaleDenominator");
    const double denominator = json_number_value(scale), unit = r->facts.metres_per_unit;
    out->m.res = cell ? json_number_value(cell) : denominator * STANDARD_PIXEL_M / unit;
    if (!(out->m.res > RES_MIN && out->m.res < COORDINATE_MAX)) {
        return fail(r, "cellSize is not a positive number, or not of this Earth");
    }
    const double standard = out->m.res * unit / STANDARD_PIXEL_M, screen = out->m.res * unit / SCREEN_PIXEL_M;
    if (!scale || fabs(denominator - standard) <= SCALE_TOLERANCE * standard ||
        fabs(denominator - screen) <= SCALE_TOLERANCE * screen) {
        return IMX_OK;
    }
    return imx_fail(r->err, IMX_E_INPUT,
                    "the tile matrix set contradicts itself: in matrix '%.40s' cellSize is %.10g, which makes a "
                    "scaleDenominator of %.10g (or %.10g at 96 dpi), not %.10g: correct one of them, or leave "
                    "scaleDenominator out",
                    out->id, out->m.res, standard, screen, denominator);
}

static imx_status read_matrix(reader *r, const json_t *object, matrix *out) {
    const json_t *id = json_object_get(object, "id");
    id = id ? id : json_object_get(object, "identifier"); /* the first version */
    imx_status status = check_id(r, "matrix ", id);
    if (status) {
        return status;
    }
    out->id = json_string_value(id);
    if (json_array_size(json_object_get(object, "variableMatrixWidths"))) {
        return imx_fail(
            r->err, IMX_E_UNSUPPORTED,
            "the tile matrix set has variable matrix widths (rows of fewer, wider tiles towards the poles), "
            "which imbrex does not make");
    }
    status = read_res(r, object, out);
    if (status) {
        return status;
    }
    if (!read_whole(object, "matrixWidth", 1, INT32_MAX, &out->m.columns) ||
        !read_whole(object, "matrixHeight", 1, INT32_MAX, &out->m.rows)) {
        return fail(r, "matrixWidth or matrixHeight is not a positive whole number");
    }
    status = read_tile_size(r, object, out);
    return status == IMX_OK ? read_origin(r, object, out) : status;
}

static int coarse_first(const void *a, const void *b) {
    double left = ((const matrix *)a)->m.res, right = ((const matrix *)b)->m.res;
    return (left < right) - (left > right);
}

static imx_status read_matrices(reader *r) {
    const json_t *list = json_object_get(r->root, "tileMatrices");
    list = list ? list : json_object_get(r->root, "tileMatrix"); /* the first version */
    size_t count = json_array_size(list);
    if (count < 1) {
        return imx_fail(r->err, IMX_E_INPUT, "not a tile matrix set: no tileMatrices");
    }
    imx_status status = IMX_OK;
    matrix excess;
    for (size_t i = 0; i < count && status == IMX_OK; i++) {
        status = read_matrix(r, json_array_get(list, i), i < MATRICES_MAX ? &r->matrices[i] : &excess);
    }
    if (status == IMX_OK && count > MATRICES_MAX) {
        status = imx_fail(r->err, IMX_E_UNSUPPORTED, "the tile matrix set has %zu matrices; imbrex handles up to %d",
                          count, MATRICES_MAX);
    }
    if (status != IMX_OK) {
        return status;
    }
    r->count = (uint32_t)count;
    qsort(r->matrices, r->count, sizeof *r->matrices, coarse_first);
    for (uint32_t z = 1; z < r->count; z++) {
        const matrix *a = &r->matrices[z - 1], *b = &r->matrices[z];
        if (a->m.res == b->m.res) {
            return fail(r, "matrices are not of different scales");
        }
        if (a->tile_px != b->tile_px || a->rows_up != b->rows_up) {
            return imx_fail(r->err, IMX_E_UNSUPPORTED,
                            "the tile matrix set has tiles of several sizes, or rows that are counted both ways");
        }
    }
    return check_ids_differ(r);
}

/* ---- the grid ---- */

/* The number at the end of an identifier; -1: there is none. */
static int id_number(const char *id) {
    size_t size = strlen(id), digits = 0;
    while (digits < size && isdigit((unsigned char)id[size - 1 - digits])) {
        digits++;
    }
    return digits && digits < 4 ? atoi(id + size - digits) : -1;
}

static uint32_t first_id(const reader *r) {
    int first = id_number(r->matrices[0].id);
    for (uint32_t z = 0; z < r->count; z++) {
        if (first < 0 || first + (int)z > IMX_ZOOM_ID_MAX || id_number(r->matrices[z].id) != first + (int)z) {
            return 0;
        }
    }
    return (uint32_t)first;
}

/* Whether all follows from the first matrix; published pixel sizes may be rounded. */
static bool all_double(const reader *r) {
    const imx_grid_matrix *top = &r->matrices[0].m;
    for (uint32_t z = 1; z < r->count; z++) {
        const imx_grid_matrix *m = &r->matrices[z].m;
        double res = ldexp(top->res, -(int)z);
        if (fabs(m->res - res) > 1e-7 * res || m->columns != (uint64_t)top->columns << z ||
            m->rows != (uint64_t)top->rows << z || fabs(m->origin_x - top->origin_x) > res / 64 ||
            fabs(m->origin_y - top->origin_y) > res / 64) {
            return false;
        }
    }
    return true;
}

static bool copy_member(reader *r, const char *key, const char *other_key, const char **out) {
    const char *value = json_string_value(json_object_get(r->root, key));
    value = value ? value : json_string_value(json_object_get(r->root, other_key));
    *out = value ? imx_strdup(r->memory, value) : NULL;
    return !value || *out;
}

static imx_status fill(reader *r, imx_grid *grid) {
    const json_t *crs = json_object_get(r->root, "crs");
    const char *crs_uri = json_string_value(json_is_object(crs) ? json_object_get(crs, "uri") : crs);
    const imx_grid_matrix *top = &r->matrices[0].m;
    double width = top->res * r->matrices[0].tile_px * top->columns;
    grid->crs = r->crs;
    r->crs = NULL;
    grid->tile_px = r->matrices[0].tile_px;
    grid->rows_up = r->matrices[0].rows_up;
    grid->first_id = first_id(r);
    grid->zooms = r->count;
    grid->top = *top;
    grid->metres_per_unit = r->facts.metres_per_unit;
    grid->aspect = r->facts.aspect;
    grid->projection = r->facts.projection;
    grid->period = r->facts.period;
    grid->wraps = r->facts.period > 0 && fabs(width - r->facts.period) <= PERIOD_TOLERANCE * width;
    bool whole = copy_member(r, "id", "identifier", &grid->id) && copy_member(r, "title", "title", &grid->title) &&
                 copy_member(r, "uri", "wellKnownScaleSet", &grid->uri);
    grid->crs_uri = crs_uri ? imx_strdup(r->memory, crs_uri) : NULL;
    whole = whole && (!crs_uri || grid->crs_uri);
    if (whole && !grid->id) {
        grid->id = imx_strdup(r->memory, "custom");
        whole = grid->id != NULL;
    }
    if (whole && !all_double(r)) {
        imx_grid_matrix *list = imx_calloc(r->memory, r->count, sizeof *list);
        for (uint32_t z = 0; list && z < r->count; z++) {
            list[z] = r->matrices[z].m;
        }
        grid->matrices = list;
        whole = list != NULL;
    }
    grid->json = whole ? imx_json_dump(r->memory, r->root, 17) : NULL;
    return grid->json ? IMX_OK : imx_fail(r->err, IMX_E_NOMEM, "out of memory for a grid");
}

imx_status imx_grid_parse(imx_memory *memory, const char *text, size_t size, imx_grid_crs_fn ask, void *context,
                          imx_error *err, imx_grid **out) {
    reader r = {.memory = memory, .err = err};
    imx_grid *grid = NULL;
    json_error_t fault;
    imx_status status;
    r.root = json_loadb(text, size, 0, &fault);
    if (!json_is_object(r.root)) {
        status = r.root ? imx_fail(err, IMX_E_INPUT, "not a JSON object")
                        : imx_fail(err, IMX_E_INPUT, "not JSON (line %d: %s)", fault.line, fault.text);
        goto out;
    }
    const json_t *id = json_object_get(r.root, "id");
    id = id ? id : json_object_get(r.root, "identifier"); /* the first version */
    status = id ? check_id(&r, "", id) : IMX_OK;          /* without one it is "custom" */
    status = status ? status : read_crs(&r);
    status = status ? status : find_facts(&r, ask, context);
    status = status ? status : read_matrices(&r);
    if (status == IMX_OK) {
        grid = imx_calloc(memory, 1, sizeof *grid);
        status = grid ? fill(&r, grid) : imx_fail(err, IMX_E_NOMEM, "out of memory for a grid");
    }
    if (status == IMX_OK) {
        *out = grid;
        grid = NULL;
    }
out:
    imx_grid_destroy(memory, &grid);
    imx_free(memory, r.crs);
    json_decref(r.root);
    return status;
}

void imx_grid_destroy(imx_memory *memory, imx_grid **grid) {
    imx_grid *g = *grid;
    if (!g) {
        return;
    }
    const void *const parts[] = {g->id, g->title, g->uri, g->crs, g->crs_uri, g->matrices, g->json};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        imx_free(memory, (void *)(uintptr_t)parts[i]);
    }
    imx_free(memory, g);
    *grid = NULL;
}
