/* tiler/tile_id.c: the Hilbert curve as a walk down the quadtree.
 *
 * At each level the curve visits the quadrants (0,0) (0,1) (1,1) (1,0) as digits 0..3, after undoing how the quadrant
 * above was turned. Only two things can have been done to it: both coordinates complemented, and x and y swapped; they
 * commute, so the state is two bits. (D. Hilbert 1891, "Ueber die stetige Abbildung einer Linie auf ein
 * Flaechenstueck".) */
#include "tiler/tile_id.h"

typedef struct turn {
    uint32_t complement, swap; /* 0 or 1 */
} turn;

/* What the quadrants inside quadrant (x, y), in the curve's own frame, are turned by: the two upper ones (y = 0) are
 * transposed, the right one of them about the other diagonal. */
static turn turn_within(turn outer, uint32_t x, uint32_t y) {
    turn inner = {outer.complement ^ (x & (y ^ 1)), outer.swap ^ y ^ 1};
    return inner;
}

/* Descends one level into the quadrant (x, y), bits as they are on the map; returns its digit. */
static uint32_t descend(turn *state, uint32_t x, uint32_t y) {
    uint32_t own_x = (state->swap ? y : x) ^ state->complement;
    uint32_t own_y = (state->swap ? x : y) ^ state->complement;
    *state = turn_within(*state, own_x, own_y);
    return (3 * own_x) ^ own_y;
}

/* The inverse: which quadrant has the digit. */
static void quadrant_of(turn state, uint32_t digit, uint32_t *x, uint32_t *y) {
    uint32_t own_x = digit >> 1, own_y = (digit ^ own_x) & 1;
    *x = (state.swap ? own_y : own_x) ^ state.complement;
    *y = (state.swap ? own_x : own_y) ^ state.complement;
}

static uint64_t follow(uint32_t z, uint32_t x, uint32_t y, turn *state) {
    uint64_t index = 0;
    for (uint32_t bit = z; bit-- > 0;) {
        index = index << 2 | descend(state, x >> bit & 1, y >> bit & 1);
    }
    return index;
}

/* Tiles at all zooms above z: (4^z - 1) / 3; z <= 32. */
static uint64_t tiles_above(uint32_t z) { return z >= 32 ? UINT64_MAX / 3 : (((uint64_t)1 << 2 * z) - 1) / 3; }

uint64_t imx_hilbert_index(uint32_t z, uint32_t x, uint32_t y) {
    turn state = {0, 0};
    return follow(z, x, y, &state);
}

uint64_t imx_tile_id(imx_tile tile) { return tiles_above(tile.z) + imx_hilbert_index(tile.z, tile.x, tile.y); }

imx_tile imx_tile_from_id(uint64_t id) {
    imx_tile tile = {32, 0, 0};
    if (id >= tiles_above(32)) {
        return tile;
    }
    tile.z = (uint32_t)(63 - __builtin_clzll(3 * id + 1)) / 2; /* floor(log4) */
    uint64_t index = id - tiles_above(tile.z);
    turn state = {0, 0};
    for (uint32_t bit = tile.z; bit-- > 0;) {
        uint32_t x, y;
        quadrant_of(state, (uint32_t)(index >> 2 * bit & 3), &x, &y);
        (void)descend(&state, x, y);
        tile.x = tile.x << 1 | x;
        tile.y = tile.y << 1 | y;
    }
    return tile;
}

void imx_tile_children(imx_tile tile, imx_tile children[4]) {
    turn state = {0, 0};
    (void)follow(tile.z, tile.x, tile.y, &state);
    for (uint32_t digit = 0; digit < 4; digit++) {
        uint32_t x, y;
        quadrant_of(state, digit, &x, &y);
        children[digit] = (imx_tile){tile.z + 1, 2 * tile.x + x, 2 * tile.y + y};
    }
}

static int order(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

int imx_tile_compare(imx_tile a, imx_tile b) {
    if (a.z != b.z) {
        return order(a.z, b.z);
    }
    uint64_t a_x = (uint64_t)a.x >> a.z, a_y = (uint64_t)a.y >> a.z, b_x = (uint64_t)b.x >> b.z,
             b_y = (uint64_t)b.y >> b.z;
    if (a_y != b_y) {
        return order(a_y, b_y);
    }
    if (a_x != b_x) {
        return order(a_x, b_x);
    }
    return order(imx_hilbert_index(a.z, a.x, a.y), imx_hilbert_index(b.z, b.x, b.y));
}
