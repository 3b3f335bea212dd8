/* engine/quality.h: a quality band: a raster of bits beside the bands of a delivery that tells which of their pixels
 * are fill, cloud and so on (Landsat's QA_PIXEL).
 *
 * Where any of some bits is set a band's pixel is invalid, besides what the band itself says of it. That is worked into
 * blocks when they are read, before anything is resampled. Which quality pixel a band's pixel goes by: the one that its
 * centre lies in; on the edge of two (within 1/1024 px) the left or upper one, so that the two by two pixels of 15 m
 * whose corner lies half a pixel of theirs inside (Landsat's panchromatic band) go by one of 30 m; beyond the quality
 * band, by the one at its edge. Of a level of a band: in the coarsest level of the quality band that is at least as
 * fine (the overviews of bits are made by picking pixels).
 *
 * Of every block of a band that is decoded, the window that it needs of the quality band is read once, some 1 MiB at a
 * time. */
#ifndef IMX_ENGINE_QUALITY_H
#define IMX_ENGINE_QUALITY_H

#include "engine/source.h"

enum { IMX_QUALITY_WORDS_MAX = 96 };

typedef struct imx_quality {
    imx_asset asset; /* one band of data, u8 or u16, whose pixels are all valid */
    uint32_t bits;
    char name[IMX_BAND_NAME_MAX];      /* "QA_PIXEL" */
    char words[IMX_QUALITY_WORDS_MAX]; /* "QA_PIXEL fill, cloud bits" */
} imx_quality;

/* Frees what it owns, and itself. NULL-safe; sets NULL. */
void imx_quality_destroy(imx_memory *memory, imx_quality **quality);

/* Whether its asset is what one has to be: for what comes out of a plan. */
bool imx_quality_is_sound(const imx_quality *quality);
/* Whether it can tell of an asset's pixels: both lie by geotransforms in the same directions, and it reaches as far, or
 * falls short by a pixel of its own at most. */
bool imx_quality_suits(const imx_quality *quality, const imx_asset *asset);

/* What a source of an asset with a quality band has of it: of one worker. */
typedef struct imx_quality_reader imx_quality_reader;

/* The asset is borrowed for the call. Errors: those of imx_source_open(). */
IMX_MUST_USE imx_status imx_quality_open(imx_memory *memory, const imx_kernels *kernels, const imx_asset *asset,
                                         imx_error *err, imx_quality_reader **out);
void imx_quality_close(imx_quality_reader **reader);
/* Clears the pixels of a window (px: x, y, w, h) of a level of the asset in its validity planes, which follow each
 * other without a gap. *any: some pixel is valid still. Errors: of reading the quality band, which they name;
 * IMX_E_NOMEM. */
IMX_MUST_USE imx_status imx_quality_apply(imx_quality_reader *reader, int32_t level, const int window[4],
                                          uint8_t *valid, int32_t planes, imx_error *err, bool *any);

#endif
