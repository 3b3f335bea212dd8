/* engine/base/band_note.c: see the header. */
#include "engine/base/band_note.h"

#include <string.h>

const char *imx_band_colour_name(imx_band_colour colour) {
    static const char *const names[IMX_BAND_COLOURS] = {"Undefined", "Gray", "Palette", "Red",
                                                        "Green",     "Blue", "Alpha"};
    return names[colour];
}

bool imx_band_note_copy(imx_memory *memory, const imx_band_note *from, imx_band_note *to) {
    const size_t palette_bytes = 3 * (size_t)from->palette_count;
    imx_band_note copy = *from;
    copy.description = from->description ? imx_strdup(memory, from->description) : NULL;
    copy.unit = from->unit ? imx_strdup(memory, from->unit) : NULL;
    copy.palette = from->palette ? imx_alloc(memory, palette_bytes) : NULL;
    if ((from->description && !copy.description) || (from->unit && !copy.unit) || (from->palette && !copy.palette)) {
        imx_band_note_clear(memory, &copy);
        return false;
    }
    if (copy.palette) {
        memcpy(copy.palette, from->palette, palette_bytes);
    }
    *to = copy;
    return true;
}

void imx_band_note_clear(imx_memory *memory, imx_band_note *note) {
    imx_free(memory, note->description);
    imx_free(memory, note->unit);
    imx_free(memory, note->palette);
    *note = (imx_band_note){0};
}

void imx_band_notes_destroy(imx_memory *memory, imx_band_note **notes, size_t count) {
    for (size_t i = 0; *notes && i < count; i++) {
        imx_band_note_clear(memory, &(*notes)[i]);
    }
    imx_free(memory, *notes);
    *notes = NULL;
}

bool imx_band_note_same_palette(const imx_band_note *a, const imx_band_note *b) {
    return a->palette_count == b->palette_count && !a->palette == !b->palette &&
           (!a->palette || memcmp(a->palette, b->palette, 3 * (size_t)a->palette_count) == 0);
}
