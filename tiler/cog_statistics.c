/* tiler/cog_statistics.c: the statistics of a GeoTIFF's bands, tile by tile, and what GDAL's metadata tag says of
 * bands.
 *
 * Tiles are joined in the order of their places by the formula of Chan, Golub and LeVeque (1979: Updating formulae and
 * a pairwise algorithm for computing sample variances), so the numbers do not depend on who computed what when. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tiler/cog.h"

enum { ITEM_BYTES_MAX = 160, ITEMS_MAX = 7 };

imx_cog_summary imx_cog_summary_of(const imx_statistics *statistics) {
    const double count = (double)statistics->count;
    return (imx_cog_summary){count, statistics->min, statistics->max, imx_statistics_mean(statistics),
                             imx_statistics_variance(statistics) * count};
}

void imx_cog_summarise(const imx_kernels *kernels, const imx_pixels *pixels, int32_t width, int32_t height,
                       imx_cog_summary *out) {
    for (int32_t band = 0; band < pixels->bands; band++) {
        imx_statistics all = IMX_STATISTICS_NONE;
        const uint8_t *samples = (const uint8_t *)pixels->data + band * pixels->band_stride;
        const uint8_t *valid = pixels->valid ? pixels->valid + band * pixels->valid_band_stride : NULL;
        for (int32_t y = 0; y < height; y++) {
            kernels->statistics.add[pixels->type](samples + y * pixels->row_stride,
                                                  valid ? valid + y * pixels->valid_stride : NULL, (size_t)width, &all);
        }
        out[band] = imx_cog_summary_of(&all);
    }
}

void imx_cog_summary_add(imx_cog_summary *into, const imx_cog_summary *from) {
    if (!(from->count > 0)) {
        return;
    }
    if (!(into->count > 0)) {
        *into = *from;
        return;
    }
    const double count = into->count + from->count, apart = from->mean - into->mean;
    into->min = fmin(into->min, from->min);
    into->max = fmax(into->max, from->max);
    into->squares += from->squares + apart * apart * (into->count * from->count / count);
    into->mean += apart * (from->count / count);
    into->count = count;
}

/* ---- GDAL_METADATA ---- */

typedef struct text {
    char *data;
    size_t size, room;
} text;

static void put_item(text *t, const char *name, uint32_t band, const char *role, double value) {
    t->size +=
        (size_t)snprintf(t->data + t->size, t->room - t->size, "  <Item name=\"%s\" sample=\"%u\"%s%s%s>%.15g</Item>\n",
                         name, band, role ? " role=\"" : "", role ? role : "", role ? "\"" : "", value);
}

static void put_statistics(text *t, const imx_cog_options *o, uint32_t band, const imx_cog_summary *s) {
    const double pixels = (double)o->width * (double)o->height;
    put_item(t, "STATISTICS_MAXIMUM", band, NULL, s->max);
    put_item(t, "STATISTICS_MEAN", band, NULL, s->mean);
    put_item(t, "STATISTICS_MINIMUM", band, NULL, s->min);
    put_item(t, "STATISTICS_STDDEV", band, NULL, sqrt(s->squares / s->count));
    put_item(t, "STATISTICS_VALID_PERCENT", band, NULL, round(s->count / pixels * 1e6) / 1e4);
}

/* ---- texts ---- */

/* Escaped twice, as GDAL writes and reads it; what XML cannot hold becomes '?'. */
static void put_escaped(text *t, const char *from) {
    for (; *from; from++) {
        const unsigned char c = (unsigned char)*from;
        const char *as = c == '&'   ? "&amp;amp;"
                         : c == '<' ? "&amp;lt;"
                         : c == '>' ? "&amp;gt;"
                         : c == '"' ? "&amp;quot;"
                                    : NULL;
        if (as) {
            t->size += (size_t)snprintf(t->data + t->size, t->room - t->size, "%s", as);
        } else {
            t->data[t->size++] = c < ' ' && c != '\t' && c != '\n' ? '?' : *from;
        }
    }
}

static void put_text(text *t, const char *name, uint32_t band, const char *role, const char *value) {
    t->size += (size_t)snprintf(t->data + t->size, t->room - t->size, "  <Item name=\"%s\" sample=\"%u\" role=\"%s\">",
                                name, band, role);
    put_escaped(t, value);
    t->size += (size_t)snprintf(t->data + t->size, t->room - t->size, "</Item>\n");
}

/* What GDAL takes a band for by TIFF's own tags. */
static imx_band_colour colour_by_tags(const imx_cog_options *o, uint32_t band) {
    if (o->colours == 3 && band < 3) {
        return (imx_band_colour)(IMX_COLOUR_RED + band);
    }
    if (band == 0) {
        return imx_cog_has_palette(o) ? IMX_COLOUR_PALETTE : IMX_COLOUR_GRAY;
    }
    return o->notes[band].colour == IMX_COLOUR_ALPHA ? IMX_COLOUR_ALPHA : IMX_COLOUR_UNDEFINED;
}

/* Roles and names as GDAL's GeoTIFF driver has them. */
static void put_notes(text *t, const imx_cog_options *o, uint32_t band) {
    const imx_band_note *note = &o->notes[band];
    if (note->colour != colour_by_tags(o, band)) {
        put_text(t, "COLORINTERP", band, "colorinterp", imx_band_colour_name(note->colour));
    }
    if (note->description) {
        put_text(t, "DESCRIPTION", band, "description", note->description);
    }
    if (note->unit) {
        put_text(t, "UNITTYPE", band, "unittype", note->unit);
    }
}

/* All that notes take. */
static size_t notes_room(const imx_cog_options *o) {
    enum { ESCAPED_MAX = 10 }; /* "&amp;quot;" */
    size_t room = 0;
    for (uint32_t band = 0; band < o->bands && o->notes; band++) {
        const imx_band_note *note = &o->notes[band];
        room += 3 * ITEM_BYTES_MAX + ESCAPED_MAX * ((note->description ? strlen(note->description) : 0) +
                                                    (note->unit ? strlen(note->unit) : 0));
    }
    return room;
}

imx_status imx_cog_metadata(imx_memory *memory, const imx_cog_options *options, const imx_cog_summary *summaries,
                            imx_error *err, char **out) {
    static const char first[] = "<GDALMetadata>\n", last[] = "</GDALMetadata>\n";
    *out = NULL;
    if (!summaries && !options->scales && !options->notes) {
        return IMX_OK;
    }
    text t = {.room = sizeof first + sizeof last + (size_t)options->bands * ITEMS_MAX * ITEM_BYTES_MAX +
                      notes_room(options)};
    t.data = imx_alloc(memory, t.room);
    if (!t.data) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the metadata of a GeoTIFF");
    }
    memcpy(t.data, first, sizeof first);
    t.size = sizeof first - 1;
    for (uint32_t band = 0; band < options->bands; band++) {
        if (summaries && summaries[band].count > 0) {
            put_statistics(&t, options, band, &summaries[band]);
        }
        if (options->scales) {
            put_item(&t, "OFFSET", band, "offset", options->offsets[band]);
            put_item(&t, "SCALE", band, "scale", options->scales[band]);
        }
        if (options->notes) {
            put_notes(&t, options, band);
        }
    }
    memcpy(t.data + t.size, last, sizeof last);
    *out = t.data;
    return IMX_OK;
}
