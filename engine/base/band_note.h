/* engine/base/band_note.h: what a file says of a band besides its numbers: a name, a unit, which colour it is. Nothing
 * is computed with it; it goes from the scenes into a GeoTIFF.
 */
#ifndef IMX_ENGINE_BASE_BAND_NOTE_H
#define IMX_ENGINE_BASE_BAND_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/memory.h"

typedef enum imx_band_colour {
    IMX_COLOUR_UNDEFINED,
    IMX_COLOUR_GRAY,
    IMX_COLOUR_PALETTE, /* samples are indexes of a table of colours */
    IMX_COLOUR_RED,
    IMX_COLOUR_GREEN,
    IMX_COLOUR_BLUE,
    IMX_COLOUR_ALPHA
} imx_band_colour;
#define IMX_BAND_COLOURS 7                                /* how many there are */
const char *imx_band_colour_name(imx_band_colour colour); /* "Undefined", "Gray", ...: as GDAL calls them */

#define IMX_PALETTE_MAX 65536

typedef struct imx_band_note {
    int32_t number; /* 1-based, in the file */
    imx_band_colour colour;
    char *description, *unit; /* UTF-8; NULL: none */
    uint8_t *palette;         /* red, green, blue of index 0, 1, ...; NULL: there is no table */
    int32_t palette_count;    /* colours in it, up to IMX_PALETTE_MAX */
    bool transparent;         /* the table has colours that are not opaque, apart from nodata's */
} imx_band_note;

/* A deep copy into *to, which need not be initialised; false: no memory, and nothing to clear. */
bool imx_band_note_copy(imx_memory *memory, const imx_band_note *from, imx_band_note *to);
void imx_band_note_clear(imx_memory *memory, imx_band_note *note);
/* Frees a list and what its notes own; sets NULL. */
void imx_band_notes_destroy(imx_memory *memory, imx_band_note **notes, size_t count);
bool imx_band_note_same_palette(const imx_band_note *a, const imx_band_note *b);

#endif
