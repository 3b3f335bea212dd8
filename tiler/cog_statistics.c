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
        const double count = (double)all.count;
        out[band] = (imx_cog_summary){count, all.min, all.max, imx_statistics_mean(&all),
                                      imx_statistics_variance(&all) * count};
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

imx_status imx_cog_metadata(imx_memory *memory, const imx_cog_options *options, const imx_cog_summary *summaries,
                            imx_error *err, char **out) {
    static const char first[] = "<GDALMetadata>\n", last[] = "</GDALMetadata>\n";
    *out = NULL;
    if (!summaries && !options->scales) {
        return IMX_OK;
    }
    text t = {.room = sizeof first + sizeof last + (size_t)options->bands * ITEMS_MAX * ITEM_BYTES_MAX};
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
    }
    memcpy(t.data + t.size, last, sizeof last);
    *out = t.data;
    return IMX_OK;
}
