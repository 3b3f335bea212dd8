/* Pictures for codec tests: generated, the same on every machine. */
#ifndef IMX_TESTS_TILER_PICTURES_H
#define IMX_TESTS_TILER_PICTURES_H

#include "engine/base/pixels.h"

typedef enum picture {
    PICTURE_RANDOM,     /* opaque noise: nothing to compress */
    PICTURE_SMOOTH,     /* opaque colour gradients */
    PICTURE_TEXTURE,    /* gradients with some noise, like a photograph */
    PICTURE_GRAY,       /* opaque, r = g = b */
    PICTURE_ALPHA,      /* colour, alpha of every value, 0 in places */
    PICTURE_GRAY_ALPHA, /* the same in gray */
    PICTURE_EDGE,       /* opaque on one side of a diagonal, nothing on the other */
    PICTURE_PATTERN,    /* opaque noise that repeats itself every 2 rows: far matches */
    PICTURE_RAMPS,      /* opaque gray in short ramps of every steepness: many different short runs of differences */
    PICTURE_RUNS,       /* opaque rectangles of one colour */
    PICTURE_HILLS,      /* opaque smooth hills, a coarse checkerboard and a little noise */
    PICTURE_CHECKERS,   /* opaque squares of 3 x 3 px in two colours */
    PICTURE_HOLES,      /* one opaque colour with round holes in it */
    PICTURE_SINGLE,     /* one opaque colour */
    PICTURE_EMPTY,      /* all zero */
    PICTURE_COUNT
} picture;

/* A fresh rgba8 buffer of that size, 0,0,0,0 where alpha is 0. Fails the test if it cannot. */
imx_pixels picture_make(picture kind, int32_t width, int32_t height, uint32_t seed);
/* 32 bits of noise; the state is the seed. */
uint32_t picture_noise(uint64_t *state);

#endif
