/* tiler/raster_info.c: a raster or a delivery in words. */
#include "tiler/raster_info.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "tiler/raster_report.h"
#include "tiler/text_table.h"
#include "tiler/words.h"

enum { BANDS_SHOWN = 20, BANDS_FIRST = 8, NUMBER_BYTES = 40 };

/* Whole numbers as such, others to six digits. */
static const char *number(double value, char text[NUMBER_BYTES]) {
    (void)snprintf(text, NUMBER_BYTES, value == floor(value) && fabs(value) < 1e12 ? "%.0f" : "%.6g", value);
    return text;
}

static const char *percent(double part, char text[NUMBER_BYTES]) {
    const double of_100 = 100 * part; /* never 100 where something is missing, nor 0 where something is there */
    const double shown = part < 1 && of_100 > 99.99 ? 99.99 : part > 0 && of_100 < 0.01 ? 0.01 : of_100;
    (void)snprintf(text, NUMBER_BYTES, isnan(part) ? "" : "%.4g %%", shown);
    return text;
}

/* ---- the table of bands ---- */

enum column {
    BAND,
    NAME,
    SHOWS,
    PIXELS,
    PIXEL,
    TYPE,
    COLOUR,
    NODATA,
    SCALE,
    OFFSET,
    UNIT,
    LEAST,
    MOST,
    MEAN,
    STD,
    VALID,
    TITLE,
    FILE_NAME,
    COLUMNS
};

static void put_statistics(imx_text_table *t, size_t row, const imx_band_report *b) {
    char text[NUMBER_BYTES];
    if (b->has_statistics) {
        imx_text_table_put(t, row, LEAST, "%s", number(b->min, text));
        imx_text_table_put(t, row, MOST, "%s", number(b->max, text));
        imx_text_table_put(t, row, MEAN, "%.6g", b->mean);
        imx_text_table_put(t, row, STD, "%.4g", b->std);
    }
    imx_text_table_put(t, row, VALID, "%s", percent(b->valid_part, text));
}

static void put_scaling(imx_text_table *t, size_t row, double scale, double offset) {
    if (scale != 1 || offset != 0) {
        imx_text_table_put(t, row, SCALE, "%.10g", scale);
        imx_text_table_put(t, row, OFFSET, "%.10g", offset);
    }
}

static void put_band(imx_text_table *t, size_t row, const imx_band_report *b) {
    const imx_band_facts *f = b->facts;
    imx_text_table_put(t, row, BAND, "%d", (int)f->number);
    imx_text_table_put(t, row, TYPE, "%s", f->type);
    if (f->palette_count) {
        imx_text_table_put(t, row, COLOUR, "palette of %d", (int)f->palette_count);
    } else {
        imx_text_table_put(t, row, COLOUR, "%s", f->colour);
    }
    if (b->has_nodata) {
        char nodata[IMX_TEXT_SIZE];
        imx_text_table_put(t, row, NODATA, "%s", imx_text_number(b->nodata, nodata));
    }
    put_scaling(t, row, f->has_scaling ? f->scale : 1, f->has_scaling ? f->offset : 0);
    imx_text_table_put(t, row, UNIT, "%.24s", f->unit ? f->unit : "");
    imx_text_table_put(t, row, TITLE, "%.60s", f->description ? f->description : "");
}

static void put_product(imx_text_table *t, size_t row, const imx_delivery *delivery, const imx_band_report *b) {
    const imx_delivery_band *p = b->product;
    const char *slash = strrchr(p->file, '/');
    imx_text_table_put(t, row, BAND, "%zu", row + 1);
    imx_text_table_put(t, row, NAME, "%s", p->name);
    imx_text_table_put(t, row, SHOWS, "%s", p->shows);
    imx_text_table_put(t, row, FILE_NAME, "%s", slash ? slash + 1 : p->file);
    if (!b->found) {
        imx_text_table_put(t, row, PIXELS, "%s", imx_delivery_has(delivery, p) ? "damaged" : "missing");
        return;
    }
    imx_text_table_put(t, row, PIXELS, "%d x %d %s", (int)b->width, (int)b->height, imx_type_name(b->type));
    if (b->pixel > 0) {
        imx_text_table_put(t, row, PIXEL, "%.6g", b->pixel);
    }
    if (b->has_nodata) {
        char nodata[IMX_TEXT_SIZE];
        imx_text_table_put(t, row, NODATA, "%s", imx_text_number(b->nodata, nodata));
    }
    put_scaling(t, row, p->scale, p->offset);
}

static void say_bands(imx_words *to, const imx_raster_report *r) {
    static const char *const heads[COLUMNS] = {"band",   "name",   "shows", "pixels", "pixel", "type",
                                               "colour", "nodata", "scale", "offset", "unit",  "min",
                                               "max",    "mean",   "std",   "valid",  "name",  "file"};
    static const bool right[COLUMNS] = {
        [BAND] = true,  [PIXEL] = true, [NODATA] = true, [SCALE] = true, [OFFSET] = true,
        [LEAST] = true, [MOST] = true,  [MEAN] = true,   [STD] = true,   [VALID] = true};
    const size_t rows = r->band_count > BANDS_SHOWN && !r->delivered ? BANDS_FIRST : r->band_count;
    imx_text_table t;
    imx_text_table_begin(&t, r->memory, heads, right, COLUMNS, rows);
    for (size_t i = 0; i < rows; i++) {
        if (r->delivered) {
            put_product(&t, i, &r->delivery, &r->bands[i]);
        } else {
            put_band(&t, i, &r->bands[i]);
        }
        put_statistics(&t, i, &r->bands[i]);
    }
    imx_words_take(to, imx_text_table_end(&t));
    if (rows < r->band_count) {
        imx_words_say(to, "  and %zu more (--json lists all)\n", r->band_count - rows);
    }
}

/* Where the numbers come from: of the first band that has any. */
static void say_statistics(imx_words *to, const imx_raster_report *r) {
    for (size_t i = 0; i < r->band_count; i++) {
        const imx_band_report *b = &r->bands[i];
        if (b->has_statistics || b->measured.pixels) {
            char source[160];
            imx_raster_report_source(b, source, sizeof source);
            imx_words_say(to, "statistics  %s %s%s\n", b->from_file ? "those of" : "measured on", source,
                          b->from_file || b->measured.share < 1 ? "; --stats: of all" : "");
            return;
        }
    }
}

/* ---- the rest ---- */

static void say_head(imx_words *to, const imx_raster_report *r) {
    const imx_raster_facts *f = &r->facts;
    if (r->delivered) {
        const imx_delivery *d = &r->delivery;
        const bool interval = d->time_start && d->time_end;
        imx_words_say(to, "delivery    %s\nproduct     %s, %s\nacquired    %s%s%s\n", r->path, d->id, d->kind,
                      d->time_start ? d->time_start : "not told", interval ? " to " : "", interval ? d->time_end : "");
    } else {
        imx_words_say(to, "raster      %s\nsize        %d x %d px, ", r->path, (int)f->width, (int)f->height);
        if (f->overview_count) {
            imx_words_say(to, "%d overview%s, ", (int)f->overview_count, f->overview_count == 1 ? "" : "s");
        }
        imx_words_say(to, "%s\n", f->driver);
    }
    say_bands(to, r);
    say_statistics(to, r);
}

static void say_validity(imx_words *to, const imx_raster_report *r) {
    char kind[IMX_VALIDITY_TEXT_MAX], share[NUMBER_BYTES];
    imx_raster_report_validity(r, kind, sizeof kind);
    imx_words_say(to, "valid       %s", kind);
    if (!isnan(r->valid_part) && strcmp(kind, "all pixels") != 0) {
        imx_words_say(to, ": %s%s of the pixels", r->valid_whole ? "" : "about ", percent(r->valid_part, share));
    }
    imx_words_say(to, "\n");
}

static void say_corner(imx_words *to, const double corner[2]) {
    if (corner[0] < HUGE_VAL && corner[1] < HUGE_VAL) {
        imx_words_say(to, "%9.5f %c %10.5f %c", fabs(corner[1]), corner[1] < 0 ? 'S' : 'N', fabs(corner[0]),
                      corner[0] < 0 ? 'W' : 'E');
    } else {
        imx_words_say(to, "%-24s", "nowhere");
    }
}

static void say_place(imx_words *to, const imx_raster_report *r) {
    const imx_scene *scene = &r->plan->scenes[0];
    char place[256];
    imx_raster_report_place(&scene->assets[0], place, sizeof place);
    if (strlen(scene->crs) < 40) {
        imx_words_say(to, "crs         %s%s%s\n", scene->crs, *r->crs_name ? ", " : "", r->crs_name);
    } else {
        imx_words_say(to, "crs         %s\n", *r->crs_name ? r->crs_name : "without a name (--json has its text)");
    }
    imx_words_say(to, "placed by   %s\n", place);
    if (r->has_outline) {
        const imx_ground_outline *o = &r->outline;
        imx_words_say(to, "corners     ");
        say_corner(to, o->corners[0]);
        imx_words_say(to, "   ");
        say_corner(to, o->corners[1]);
        imx_words_say(to, "\n            ");
        say_corner(to, o->corners[3]);
        imx_words_say(to, "   ");
        say_corner(to, o->corners[2]);
        imx_words_say(to, "\nbounds      %.9g, %.9g, %.9g, %.9g (west, south, east, north; degrees%s)\n", o->bounds[0],
                      o->bounds[1], o->bounds[2], o->bounds[3], o->crosses ? "; across the antimeridian" : "");
    }
}

static void say_shown(imx_words *to, const imx_raster_report *r) {
    const imx_plan *plan = r->plan;
    const imx_scene *scene = &plan->scenes[0];
    const imx_grade_options *grade = &plan->grade;
    char colours[120];
    imx_picture_describe(scene, colours, sizeof colours);
    imx_words_say(to, "shown       %s", colours);
    if (grade->kind == IMX_GRADE_STRETCH && imx_scene_is_data(scene)) {
        const char *own = imx_picture_own_stretch(scene);
        imx_words_say(to, "%s, from",
                      !strcmp(own, "none")     ? ""
                      : !strcmp(own, "98%,2%") ? ", percentiles 98 to 2"
                                               : ", percentiles 2 to 98");
        for (int32_t band = 0; band < grade->planes.bands; band++) {
            imx_words_say(to, "%s %.6g to %.6g", band ? "," : "", grade->lo[band], grade->hi[band]);
        }
    }
    if (imx_scene_is_data(scene)) {
        imx_words_say(to, "\nlane        numbers: planes of %s, colours last\n", imx_type_name(grade->planes.type));
    } else {
        imx_words_say(to, "\nlane        picture: 8-bit colours as they are\n");
    }
}

static void say_tiles(imx_words *to, const imx_raster_report *r) {
    const imx_plan *plan = r->plan;
    char tiles[IMX_TILES_TEXT_MAX];
    imx_words_say(to, "operation   %s", r->operation);
    if (r->ballpark) {
        imx_words_say(to, " (ballpark: may lie off by metres)");
    } else if (r->frames[0]) {
        imx_words_say(to, " (no operation in PROJ's database; %s and %s agree to about a metre)",
                      r->frames[0]->short_name, r->frames[1]->short_name);
    } else if (r->accuracy_m > 0) {
        imx_words_say(to, "; accuracy %.4g m", r->accuracy_m);
    }
    imx_words_say(to, "\n");
    imx_words_say(
        to, "resolution  %.4g m on WebMercatorQuad: zoom %u\n", r->res_m,
        imx_grid_zoom_for(imx_grid_find("WebMercatorQuad"), r->res_m, imx_grid_find("WebMercatorQuad")->tile_px));
    if (r->nothing) {
        imx_words_say(to, "tiles       none: no pixel is valid\n");
        return;
    }
    imx_raster_report_tiles(plan, tiles, sizeof tiles);
    imx_words_say(to, "tiles       %s\n", tiles);
}

imx_status imx_raster_info_text(imx_memory *memory, const char *path, const imx_raster_info_options *options,
                                imx_error *err, char **out) {
    imx_raster_report r;
    imx_status status = imx_raster_report_make(memory, path, options, err, &r);
    if (status) {
        return status;
    }
    imx_words to;
    imx_words_begin(&to, memory);
    say_head(&to, &r);
    if (r.plan) {
        say_validity(&to, &r);
        say_place(&to, &r);
        say_shown(&to, &r);
        say_tiles(&to, &r);
    } else {
        const size_t length = strlen(path); /* which stands above */
        const bool named = !r.delivered && !strncmp(r.problem, path, length) && !strncmp(r.problem + length, ": ", 2);
        imx_words_say(&to, "%s       %s: %s\n", r.delivered ? "shown" : "tiles", r.delivered ? "not" : "none",
                      r.problem + (named ? length + 2 : 0));
    }
    for (size_t i = 0; i < r.warning_count; i++) {
        imx_words_say(&to, "warning     %s\n", r.warnings[i]);
    }
    imx_raster_report_clear(&r);
    return imx_words_end(&to, err, out);
}
