/* tests/conformance/places/places.h: how far the engine's lattice puts pixels from where they belong.
 *
 * A subject is a raster (a real one, or a sparse file made in memory), read as `imbrex` reads it, and a grid that it is
 * put on. Of its output pixels many are looked at, at random and all along the borders of the lattice's cells: where
 * the lattice says they lie in the raster, where the exact transform does, and where GDAL's exact transformer does. */
#ifndef IMX_TESTS_CONFORMANCE_PLACES_H
#define IMX_TESTS_CONFORMANCE_PLACES_H

#include <stdint.h>

#include "engine/source.h"
#include "engine/transform.h"

enum { THEIRS_MAX = 2, BINS = 20000 };
#define BIN_PX 1e-5

typedef struct swath { /* geolocation arrays: the place of every n-th pixel, bilinear between them */
    int columns, rows;
    double pixel_offset, pixel_step, line_offset, line_step; /* px of the first node, to the next */
    double *lon_deg, *lat_deg;                               /* in one piece */
} swath;

typedef struct subject {
    const char *name, *kind;
    const char *path;
    const char *grid; /* "mercator", "degrees", or the CRS of a grid around its origin */
    int zoom;         /* 0: the scene's own, or as fine as gives pixels enough */
    double bound_px;  /* error allowed against the exact transform */
    double gdal_px;   /* ... against GDAL's; 0: it is not asked */
    imx_source_options options;
    const char *theirs[THEIRS_MAX]; /* options of GDAL's transformer */
    const swath *swath;             /* NULL: no geolocation arrays */
} subject;

typedef struct measured {
    int zoom;
    long pixels, at_borders; /* with a place in the raster; those of them at borders of cells */
    double worst_px, most_px /* of 99.9 % */, gdal_worst_px;
    long gdal_lost; /* pixels that GDAL has no place for */
    double cpu_s;
    char trouble[512]; /* "": none */
} measured;

/* Looks at `wanted` random pixels and at the borders. False: it could not; see trouble. */
bool measure(const subject *s, const char *data_folder, long wanted, measured *out);

/* ---- made.c: rasters in memory ---- */
typedef struct made {
    subject *subjects;
    size_t count, room;
    swath *swaths;
    size_t swath_count;
} made;
/* Adds all that are made here, with their files. */
void made_create(made *m);
void made_destroy(made *m);
subject *made_add(made *m);

/* ---- oracle.c: what does not come from the engine ---- */
typedef struct oracle oracle;
/* NULL: GDAL cannot. Heights are those that the asset has; pixels of `space` are what it speaks of. */
oracle *oracle_create(const subject *s, const char *path, const imx_asset *asset, const imx_space *space);
void oracle_destroy(oracle **o);
/* In place, n points; HUGE_VAL where there is none. forward: source px -> output px. */
void oracle_forward(oracle *o, size_t n, double *x, double *y);
void oracle_inverse(oracle *o, size_t n, double *x, double *y);

/* ---- small things ---- */
static inline uint32_t next_random(uint64_t *state) { /* SplitMix64 (Steele, Lea, Flood 2014) */
    uint64_t z = *state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return (uint32_t)(z >> 32);
}
static inline double next_unit(uint64_t *state) { return next_random(state) / 4294967296.0; }

#endif
