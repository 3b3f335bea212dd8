/* tiler/target_notes.c: see the header. */
#include "tiler/target_notes.h"

#include <string.h>

#include "tiler/cog.h"

static const imx_band_note no_note = {0};

static const imx_band_note *note_of(const imx_scene *scene, uint32_t band) {
    const imx_band_note *note = imx_scene_band_note(scene, (int32_t)band);
    return note ? note : &no_note;
}

static const char *said(const char *text) { return text ? text : ""; }

/* The name that a delivery gives a band counts where its file gives none. */
static const char *description_of(const imx_scene *scene, uint32_t band) {
    const imx_band_note *note = note_of(scene, band);
    return note->description ? note->description : imx_scene_band(scene, (int32_t)band)->name;
}

/* All but alpha. */
static uint32_t data_bands(const imx_cog_options *cog) { return cog->bands - (cog->alpha ? 1 : 0); }

/* ---- the first scene's ---- */

static imx_status copy_notes(imx_plan *plan, imx_error *err) {
    imx_cog_options *cog = plan->cog;
    const imx_scene *first = &plan->scenes[0];
    imx_band_note *notes = imx_calloc(plan->memory, cog->bands, sizeof *notes);
    bool ok = notes != NULL;
    cog->notes = notes;
    for (uint32_t i = 0; i < data_bands(cog) && ok; i++) {
        const char *name = description_of(first, i);
        ok = imx_band_note_copy(plan->memory, note_of(first, i), &notes[i]);
        if (ok && !notes[i].description && *name) {
            notes[i].description = imx_strdup(plan->memory, name);
            ok = notes[i].description != NULL;
        }
    }
    if (ok && cog->alpha) {
        notes[cog->bands - 1].colour = IMX_COLOUR_ALPHA;
    }
    return ok ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
}

/* Red, green and blue in front, of 8 or 16 bits: what TIFF calls RGB. */
static uint32_t count_colours(const imx_cog_options *cog) {
    const imx_band_note *n = cog->notes;
    const bool rgb = data_bands(cog) >= 3 && n[0].colour == IMX_COLOUR_RED && n[1].colour == IMX_COLOUR_GREEN &&
                     n[2].colour == IMX_COLOUR_BLUE;
    return rgb && (cog->type == IMX_U8 || cog->type == IMX_U16) ? 3 : 1;
}

/* ---- the other scenes' ---- */

enum { DESCRIPTION, UNIT, COLOUR, PALETTE, KINDS };

static bool differs(const imx_scene *a, const imx_scene *b, uint32_t band, int kind) {
    const imx_band_note *x = note_of(a, band), *y = note_of(b, band);
    switch (kind) {
    case DESCRIPTION: return strcmp(description_of(a, band), description_of(b, band)) != 0;
    case UNIT: return strcmp(said(x->unit), said(y->unit)) != 0;
    case COLOUR: return x->colour != y->colour;
    default: return !imx_band_note_same_palette(x, y);
    }
}

static void warn_of(const imx_scene *first, const imx_scene *scene, uint32_t band, int kind, imx_log *log) {
    const imx_band_note *x = note_of(first, band), *y = note_of(scene, band);
    const char *path = scene->assets[0].path;
    switch (kind) {
    case DESCRIPTION:
        imx_log_say(log, IMX_LOG_WARNING, "%s: band %u is called '%.60s', in the first scene '%.60s', as in the output",
                    path, band + 1, description_of(scene, band), description_of(first, band));
        break;
    case UNIT:
        imx_log_say(log, IMX_LOG_WARNING,
                    "%s: the unit of band %u is '%.60s', in the first scene '%.60s', as in the output", path, band + 1,
                    said(y->unit), said(x->unit));
        break;
    case COLOUR:
        imx_log_say(log, IMX_LOG_WARNING, "%s: the colour of band %u is %s, in the first scene %s, as in the output",
                    path, band + 1, imx_band_colour_name(y->colour), imx_band_colour_name(x->colour));
        break;
    default: break;
    }
}

/* Warns of the first difference of each kind; returns whether all have the same tables. */
static bool compare_scenes(const imx_plan *plan, imx_log *log) {
    bool found[KINDS] = {false};
    for (size_t i = 1; i < plan->scene_count; i++) {
        for (uint32_t band = 0; band < data_bands(plan->cog); band++) {
            for (int kind = 0; kind < KINDS; kind++) {
                if (!found[kind] && differs(&plan->scenes[0], &plan->scenes[i], band, kind)) {
                    found[kind] = true;
                    warn_of(&plan->scenes[0], &plan->scenes[i], band, kind, log);
                }
            }
        }
    }
    return !found[PALETTE];
}

/* ---- tables of colours ---- */

/* Whether a sample of the output need not be one of the scenes'. */
static bool mixes(imx_resample resample) {
    switch (resample) {
    case IMX_RESAMPLE_NEAREST:
    case IMX_RESAMPLE_MODE:
    case IMX_RESAMPLE_MIN:
    case IMX_RESAMPLE_MAX:
    case IMX_RESAMPLE_MED:
    case IMX_RESAMPLE_Q1:
    case IMX_RESAMPLE_Q3: return false;
    default: return true;
    }
}

/* Why the output cannot have the scenes' table; NULL: it can. */
static const char *no_palette_because(const imx_plan *plan, bool same, bool overview_given) {
    const imx_cog_options *cog = plan->cog;
    return cog->bands != 1 ? "a GeoTIFF of several bands has none"
           : cog->type != IMX_U8 && cog->type != IMX_U16
               ? "a GeoTIFF has one for samples of 8 and 16 bits without a sign alone"
           : !same                 ? "the scenes have different ones"
           : mixes(plan->resample) ? "this -r mixes its indexes: nearest and mode keep them"
           : overview_given && plan->pyramid.overview == IMX_REDUCE_AVERAGE
               ? "--overview-resample average mixes its indexes: nearest and mode keep them"
               : NULL;
}

static void drop_palette(const imx_plan *plan, imx_band_note *note) {
    imx_free(plan->memory, note->palette);
    note->palette = NULL;
    note->palette_count = 0;
    note->colour = note == plan->cog->notes ? IMX_COLOUR_GRAY : IMX_COLOUR_UNDEFINED; /* as of any other numbers */
}

static void choose_palettes(imx_plan *plan, bool same, bool overview_given, imx_log *log) {
    imx_band_note *notes = (imx_band_note *)(uintptr_t)plan->cog->notes; /* the plan's own */
    const char *why = no_palette_because(plan, same, overview_given), *path = plan->scenes[0].assets[0].path;
    bool warned = false;
    for (uint32_t i = 0; i < plan->cog->bands; i++) {
        if (notes[i].colour != IMX_COLOUR_PALETTE) {
            continue;
        }
        if (why && !warned) {
            imx_log_say(log, IMX_LOG_WARNING, "%s: the output is without its table of colours: %s", path, why);
        } else if (notes[i].transparent && !warned) {
            imx_log_say(log, IMX_LOG_WARNING,
                        "%s: the transparency in its table of colours is lost: a GeoTIFF has none", path);
        }
        warned = true;
        if (why || !notes[i].palette) {
            drop_palette(plan, &notes[i]);
        }
    }
    if (imx_cog_has_palette(plan->cog) && !overview_given) {
        plan->pyramid.overview = plan->resample == IMX_RESAMPLE_MODE ? IMX_REDUCE_MODE : IMX_REDUCE_NEAREST;
    }
}

imx_status imx_target_notes(imx_plan *plan, bool overview_given, imx_log *log, imx_error *err) {
    imx_status status = copy_notes(plan, err);
    if (status == IMX_OK) {
        plan->cog->colours = count_colours(plan->cog);
        choose_palettes(plan, compare_scenes(plan, log), overview_given, log);
    }
    return status;
}
