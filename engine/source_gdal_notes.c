/* engine/source_gdal_notes.c: what a file says of its bands besides numbers. */
#include <cpl_string.h>

#include "engine/source_gdal.h"

static imx_band_colour colour_of(GDALRasterBandH band) {
    switch (GDALGetRasterColorInterpretation(band)) {
    case GCI_GrayIndex: return IMX_COLOUR_GRAY;
    case GCI_PaletteIndex: return IMX_COLOUR_PALETTE;
    case GCI_RedBand: return IMX_COLOUR_RED;
    case GCI_GreenBand: return IMX_COLOUR_GREEN;
    case GCI_BlueBand: return IMX_COLOUR_BLUE;
    case GCI_AlphaBand: return IMX_COLOUR_ALPHA;
    default: return IMX_COLOUR_UNDEFINED;
    }
}

/* A text that says something, in UTF-8; false: no memory. */
static bool copy_text(imx_memory *memory, const char *text, char **out) {
    if (!text || !*text || !CPLIsUTF8(text, -1)) {
        return true;
    }
    *out = imx_strdup(memory, text);
    return *out != NULL;
}

static bool copy_palette(imx_memory *memory, GDALRasterBandH band, imx_band_note *note) {
    GDALColorTableH table = GDALGetRasterColorTable(band);
    const int all = table ? GDALGetColorEntryCount(table) : 0, count = all < IMX_PALETTE_MAX ? all : IMX_PALETTE_MAX;
    int has_nodata = 0;
    const double nodata = GDALGetRasterNoDataValue(band, &has_nodata);
    if (note->colour != IMX_COLOUR_PALETTE || count < 1 || GDALGetPaletteInterpretation(table) != GPI_RGB) {
        return true;
    }
    note->palette = imx_alloc(memory, 3 * (size_t)count);
    note->palette_count = note->palette ? count : 0;
    for (int i = 0; i < note->palette_count; i++) {
        GDALColorEntry entry;
        (void)GDALGetColorEntryAsRGB(table, i, &entry);
        note->palette[3 * i] = (uint8_t)entry.c1;
        note->palette[3 * i + 1] = (uint8_t)entry.c2;
        note->palette[3 * i + 2] = (uint8_t)entry.c3;
        note->transparent |= entry.c4 < 255 && !(has_nodata && i == nodata);
    }
    return note->palette != NULL;
}

imx_status imx_gdal_note_bands(imx_memory *memory, GDALDatasetH dataset, imx_error *err, imx_asset *asset) {
    bool ok = true;
    asset->notes = imx_calloc(memory, (size_t)asset->data_count, sizeof *asset->notes);
    asset->note_count = asset->notes ? asset->data_count : 0;
    for (int32_t i = 0; i < asset->note_count && ok; i++) {
        imx_band_note *note = &asset->notes[i];
        GDALRasterBandH band = GDALGetRasterBand(dataset, asset->data[i].number);
        note->number = asset->data[i].number;
        note->colour = colour_of(band);
        ok = copy_text(memory, GDALGetDescription(band), &note->description) &&
             copy_text(memory, GDALGetRasterUnitType(band), &note->unit) && copy_palette(memory, band, note);
    }
    return asset->notes && ok ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
}
