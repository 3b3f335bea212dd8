/* tiler/pyramid_filter.c: tiles above the metatiles, waiting for what is around their children. */
#include "tiler/pyramid_filter.h"

#include <stdlib.h>

#include "tiler/tile_id.h"

typedef struct above { /* a tile above the metatiles' roots, with a touched root under it */
    imx_tile tile;
    atomic_uint missing;       /* deposits to come */
    atomic_bool visited;       /* a base tile under it was touched */
    _Atomic(uint8_t *) source; /* its children's pixels with the halo around; NULL before the first */
} above;

typedef struct start { /* a metatile that waits for its turn */
    imx_tile tile;
    double row;
} start;

typedef struct tree {
    imx_walk walk;
    imx_lane *lanes; /* NULL: nothing is rendered, only counted (the forecast) */
    above *nodes;    /* by zoom, row, column; NULL while they are counted */
    size_t node_count;
    start *starts; /* the metatiles, in the order in which they are begun */
    size_t start_count;
    atomic_size_t next;     /* of the starts */
    uint64_t waiting, most; /* the forecast's: sources now, and at most */
} tree;

/* ---- the list ------------------------------------------------------------------------------------------------ */

/* The tile and what is under it, children first; false if there is no metatile. Only counts while there is no list. */
static bool list(tree *t, imx_tile tile) {
    const imx_pyramid_ops *ops = t->walk.ops;
    if (!ops->touches(ops->context, tile)) {
        return false;
    }
    if (tile.z == t->walk.root_zoom) {
        if (t->starts) {
            t->starts[t->start_count] = (start){tile, tile.y};
        }
        t->start_count++;
        return true;
    }
    imx_tile children[4];
    imx_tile_children(tile, children);
    bool any = false;
    for (int i = 0; i < 4; i++) {
        any = list(t, children[i]) || any;
    }
    /* above zoom_min nothing is made, so nobody waits */
    if (any && tile.z >= t->walk.pyramid->zoom_min) {
        if (t->nodes) {
            t->nodes[t->node_count].tile = tile;
        }
        t->node_count++;
    }
    return any;
}

static void list_all(tree *t) {
    t->node_count = t->start_count = 0;
    for (uint32_t y = 0; y < t->walk.pyramid->rows; y++) {
        for (uint32_t x = 0; x < t->walk.pyramid->columns; x++) {
            (void)list(t, (imx_tile){0, x, y});
        }
    }
}

static int compare(imx_tile a, imx_tile b) {
    return a.z != b.z ? (a.z > b.z) - (a.z < b.z) : a.y != b.y ? (a.y > b.y) - (a.y < b.y) : (a.x > b.x) - (a.x < b.x);
}

static int by_tile(const void *a, const void *b) { return compare(((const above *)a)->tile, ((const above *)b)->tile); }

static int by_row(const void *left, const void *right) {
    const start *a = left, *b = right;
    int rows = (a->row > b->row) - (a->row < b->row), columns = (a->tile.x > b->tile.x) - (a->tile.x < b->tile.x);
    return rows ? rows : columns ? columns : compare(a->tile, b->tile);
}

/* ROWS: the order that the job wants; the forecast has none to ask. */
static imx_status sort_rows(tree *t, imx_error *err) {
    const imx_pyramid_ops *ops = t->walk.ops;
    imx_status status = IMX_OK;
    for (size_t i = 0; i < t->start_count && ops->row && status == IMX_OK; i++) {
        status = imx_pool_cancelled(t->walk.pool)
                     ? imx_fail(err, IMX_E_CANCELLED, "interrupted")
                     : ops->row(ops->context, 0, t->starts[i].tile, err, &t->starts[i].row);
    }
    qsort(t->starts, t->start_count, sizeof *t->starts, by_row);
    return status;
}

static above *find(const tree *t, imx_tile tile) {
    above key = {.tile = tile};
    return t->node_count ? bsearch(&key, t->nodes, t->node_count, sizeof key, by_tile) : NULL;
}

/* ---- who deposits where -------------------------------------------------------------------------------------- */

enum { PLACES = 4 };

typedef struct place { /* a tile's place in a buffer one zoom above: column and row among 4 x 4 tiles */
    above *in;
    uint32_t column, row;
} place;

/* Along one axis: the tile's own parent, and the neighbour of that parent that the tile lies beside. */
static int64_t parent_along(uint32_t tile, int side, uint32_t *slot) {
    bool second = tile & 1;
    *slot = side ? (second ? 0 : 3) : 1 + second;
    return (int64_t)(tile >> 1) + (side ? (second ? 1 : -1) : 0);
}

/* The buffers that want something of the tile; the first is its own parent's. In a grid that wraps, and is narrow, one
 * may occur twice. */
static int places_of(const tree *t, imx_tile tile, place out[PLACES]) {
    int count = 0;
    for (int side = 0; side < PLACES && tile.z; side++) {
        const imx_pyramid *p = t->walk.pyramid;
        place at;
        int64_t columns = (int64_t)p->columns << (tile.z - 1), rows = (int64_t)p->rows << (tile.z - 1);
        int64_t x = parent_along(tile.x, side & 1, &at.column), y = parent_along(tile.y, side >> 1, &at.row);
        x = p->wraps ? (x + columns) % columns : x;
        if (x < 0 || x >= columns || y < 0 || y >= rows) {
            continue;
        }
        at.in = find(t, (imx_tile){tile.z - 1, (uint32_t)x, (uint32_t)y});
        if (at.in) {
            out[count++] = at;
        }
    }
    return count;
}

static void expect(tree *t, imx_tile tile) {
    place places[PLACES];
    for (int i = places_of(t, tile, places); i-- > 0;) {
        atomic_fetch_add(&places[i].in->missing, 1);
    }
}

static imx_status make_list(tree *t, imx_error *err) {
    imx_memory *memory = t->walk.memory;
    list_all(t);
    t->starts = imx_calloc(memory, t->start_count, sizeof *t->starts);
    t->nodes = imx_calloc(memory, t->node_count, sizeof *t->nodes);
    if (!t->starts || !t->nodes) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a list of %zu metatiles", t->start_count);
    }
    list_all(t);
    qsort(t->nodes, t->node_count, sizeof *t->nodes, by_tile);
    imx_status status = t->walk.pyramid->order == IMX_WALK_ROWS ? sort_rows(t, err) : IMX_OK;
    for (size_t i = 0; i < t->start_count; i++) {
        expect(t, t->starts[i].tile);
    }
    for (size_t i = 0; i < t->node_count; i++) {
        expect(t, t->nodes[i].tile);
    }
    return status;
}

static void free_list(tree *t) {
    for (size_t i = 0; t->nodes && i < t->node_count; i++) {
        imx_free(t->walk.memory, atomic_load(&t->nodes[i].source));
    }
    imx_free(t->walk.memory, t->nodes);
    imx_free(t->walk.memory, t->starts);
}

/* ---- deposits ------------------------------------------------------------------------------------------------ */

/* A tile's children and the ring around them. */
static int32_t source_px(const imx_pyramid *p) {
    return 2 * ((int32_t)p->tile_px + imx_reduce_halo_px(p->overview) + 2 * (int32_t)p->buffer_px);
}

static uint64_t source_bytes(const imx_pyramid *p) {
    const uint64_t side = (uint64_t)source_px(p);
    return side * side * imx_walk_pixel_bytes(p);
}

static imx_pixels source_view(const tree *t, uint8_t *bytes) {
    return imx_walk_view(t->walk.pyramid, source_px(t->walk.pyramid), bytes);
}

/* The node's buffer, made by whichever deposit comes first; several may come at once. */
static uint8_t *source_of(tree *t, above *node) {
    uint8_t *bytes = atomic_load(&node->source);
    if (!bytes) {
        uint8_t *fresh = imx_calloc(t->walk.memory, 1, source_bytes(t->walk.pyramid));
        if (fresh && atomic_compare_exchange_strong(&node->source, &bytes, fresh)) {
            return fresh;
        }
        imx_free(t->walk.memory, fresh); /* another was faster, or there is no memory */
    }
    return bytes;
}

/* Along one axis: which pixels of a tile go where in a buffer. */
typedef struct stretch {
    int32_t from, to, count;
} stretch;

static stretch stretch_of(uint32_t slot, int32_t tile_px, int32_t ring_px) {
    switch (slot) {
    case 0: return (stretch){tile_px - ring_px, 0, ring_px};
    case 3: return (stretch){0, ring_px + 2 * tile_px, ring_px};
    default: return (stretch){0, ring_px + ((int32_t)slot - 1) * tile_px, tile_px};
    }
}

static imx_status put(tree *t, const place *at, const imx_pixels *pixels, imx_error *err) {
    uint8_t *bytes = source_of(t, at->in);
    if (!bytes) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the pixels under a tile");
    }
    int32_t px = (int32_t)t->walk.pyramid->tile_px, ring = t->walk.ring_px;
    stretch x = stretch_of(at->column, px, ring), y = stretch_of(at->row, px, ring);
    imx_pixels from = imx_pixels_crop(pixels, x.from, y.from, x.count, y.count);
    imx_pixels source = source_view(t, bytes), to = imx_pixels_crop(&source, x.to, y.to, x.count, y.count);
    imx_pixels_copy(&from, &to);
    return IMX_OK;
}

static imx_status finish(tree *t, imx_lane *lane, above *node, imx_error *err);

/* The tile is done: gives all that want it their pixels (NULL: there are none), then finishes those that now have all.
 * The pixels may be the lane's `above`: nobody needs them any more when the next tile is made there. */
static imx_status deposit(tree *t, imx_lane *lane, imx_tile tile, bool visited, const imx_pixels *pixels,
                          imx_error *err) {
    place places[PLACES];
    int count = places_of(t, tile, places);
    imx_status status = IMX_OK;
    for (int i = 0; i < count && status == IMX_OK; i++) {
        bool own = places[i].column % 3 && places[i].row % 3;
        if (!lane) { /* the forecast: every tile has pixels, and its first deposit makes a buffer */
            t->waiting += !atomic_exchange(&places[i].in->visited, true);
            t->most = t->waiting > t->most ? t->waiting : t->most;
            continue;
        }
        if (own && visited) {
            atomic_store(&places[i].in->visited, true);
        }
        if (pixels) {
            status = put(t, &places[i], pixels, err);
        }
    }
    for (int i = 0; i < count && status == IMX_OK; i++) {
        if (atomic_fetch_sub(&places[i].in->missing, 1) == 1) {
            status = finish(t, lane, places[i].in, err);
        }
    }
    return status;
}

/* For the filter a picture goes on with its edge pixels beyond the grid. */
static void extend(const tree *t, imx_tile tile, imx_pixels *source) {
    const imx_pyramid *p = t->walk.pyramid;
    if (!imx_walk_extends(&t->walk)) {
        return;
    }
    int32_t ring = t->walk.ring_px;
    bool first = tile.x == 0, last = tile.x + 1 == p->columns << tile.z;
    imx_pixels_extend(source, !p->wraps && first ? ring : 0, tile.y == 0 ? ring : 0, !p->wraps && last ? ring : 0,
                      tile.y + 1 == p->rows << tile.z ? ring : 0);
}

/* The same place as (x, y) in the zoom of so many columns, which may wrap; false: it has none, or nothing in it. */
static bool is_there(const tree *t, uint32_t zoom, int64_t x, int64_t y) {
    const imx_pyramid *p = t->walk.pyramid;
    const int64_t columns = (int64_t)p->columns << zoom, rows = (int64_t)p->rows << zoom;
    x = p->wraps ? (x + columns) % columns : x;
    return x >= 0 && x < columns && y >= 0 && y < rows &&
           imx_walk_visits(&t->walk, (imx_tile){zoom, (uint32_t)x, (uint32_t)y});
}

/* The filter reaches into the buffer also where there is no neighbour: there it is nothing. */
static void clear_absent(const tree *t, imx_tile tile, imx_pixels *pixels) {
    const int32_t px = (int32_t)t->walk.pyramid->tile_px, buffer = (int32_t)t->walk.pyramid->buffer_px;
    const int32_t at[] = {0, buffer, buffer + px}, size[] = {buffer, px, buffer};
    for (int i = 0; i < 9; i++) {
        const int x = i % 3, y = i / 3;
        if (i != 4 && !is_there(t, tile.z, (int64_t)tile.x + x - 1, (int64_t)tile.y + y - 1)) {
            imx_pixels part = imx_pixels_crop(pixels, at[x], at[y], size[x], size[y]);
            imx_pixels_clear(&part);
        }
    }
}

/* The tile with its buffer, out of what was deposited for it. */
static void make(const tree *t, const above *node, uint8_t *bytes, imx_pixels *to) {
    const int32_t halo = t->walk.halo_px;
    imx_pixels source = source_view(t, bytes);
    extend(t, node->tile, &source);
    const imx_pixels quads = imx_pixels_crop(&source, halo, halo, 2 * to->width, 2 * to->height);
    imx_walk_reduce(&t->walk, &quads, to);
    if (halo && t->walk.pyramid->buffer_px) {
        clear_absent(t, node->tile, to);
    }
}

/* Everything is there: makes the tile. */
static imx_status finish(tree *t, imx_lane *lane, above *node, imx_error *err) {
    bool visited = atomic_load(&node->visited);
    uint8_t *bytes = atomic_exchange(&node->source, NULL);
    unsigned look = IMX_LOOK_EMPTY;
    if (!lane) {
        t->waiting--;
        return deposit(t, NULL, node->tile, true, NULL, err);
    }
    imx_pixels *to = &lane->above;
    if (visited && bytes) {
        make(t, node, bytes, to);
        look = imx_tile_look(&t->walk, to);
    }
    imx_free(t->walk.memory, bytes);
    imx_status status = visited ? imx_lane_put(lane, node->tile, to, look, err) : IMX_OK;
    const imx_pixels core = imx_tile_core(t->walk.pyramid, to);
    return status == IMX_OK ? deposit(t, lane, node->tile, visited, look & IMX_LOOK_EMPTY ? NULL : &core, err) : status;
}

/* ---- the run ------------------------------------------------------------------------------------------------- */

typedef struct runner { /* takes metatiles until there are no more */
    imx_task task;      /* first: the task is the runner */
    tree *tree;
} runner;

static imx_status runner_run(imx_task *task, imx_worker *worker, imx_error *err) {
    tree *t = ((runner *)task)->tree;
    imx_lane *lane = &t->lanes[imx_worker_index(worker)];
    imx_status status = IMX_OK;
    for (size_t i; status == IMX_OK && (i = atomic_fetch_add(&t->next, 1)) < t->start_count;) {
        imx_visit result;
        status = imx_pool_cancelled(t->walk.pool) ? imx_fail(err, IMX_E_CANCELLED, "interrupted")
                                                  : imx_lane_walk(lane, t->starts[i].tile, err, &result);
        if (status == IMX_OK) {
            const bool empty = result.look & IMX_LOOK_EMPTY;
            const imx_pixels root = empty ? (imx_pixels){0} : imx_lane_root(lane);
            status = deposit(t, lane, t->starts[i].tile, result.visited, empty ? NULL : &root, err);
        }
    }
    return status;
}

typedef struct top {
    imx_task task; /* first */
    runner *runners;
    unsigned count;
} top;

static imx_status top_run(imx_task *task, imx_worker *worker, imx_error *err) {
    top *all = (top *)task;
    (void)err;
    for (unsigned i = 0; i < all->count; i++) {
        imx_spawn(worker, task, &all->runners[i].task);
    }
    return IMX_OK;
}

imx_status imx_filtered_run(const imx_walk *walk, imx_lane *lanes, imx_error *err) {
    tree t = {.walk = *walk, .lanes = lanes};
    top all = {.task = {.run = top_run}, .count = imx_pool_threads(walk->pool)};
    all.runners = imx_calloc(walk->memory, all.count, sizeof *all.runners);
    imx_status status = all.runners ? make_list(&t, err) : imx_fail(err, IMX_E_NOMEM, "out of memory for the walk");
    for (unsigned i = 0; i < all.count && status == IMX_OK; i++) {
        all.runners[i] = (runner){.task = {.run = runner_run}, .tree = &t};
    }
    status = status == IMX_OK ? imx_pool_run(walk->pool, &all.task, err) : status;
    free_list(&t);
    imx_free(walk->memory, all.runners);
    return status;
}

/* ---- the forecast -------------------------------------------------------------------------------------------- */

enum { HELD_UP = 9 }; /* tiles of a zoom that one metatile may hold up: a block of 3 x 3 at most */

/* Of each zoom so many, or all there are. */
static uint64_t held_up(const tree *t) {
    uint64_t sum = 0;
    for (size_t i = 0, of_zoom = 0; i < t->node_count; i++) {
        of_zoom = i && t->nodes[i].tile.z == t->nodes[i - 1].tile.z ? of_zoom + 1 : 1;
        sum += of_zoom <= HELD_UP;
    }
    return sum;
}

imx_status imx_pyramid_forecast_waiting(imx_memory *memory, const imx_pyramid *pyramid, const imx_pyramid_ops *ops,
                                        imx_error *err, imx_pyramid_waiting *out) {
    *out = (imx_pyramid_waiting){0};
    if (!imx_pyramid_looks_around(pyramid)) {
        return IMX_OK;
    }
    tree t = {.walk = imx_walk_of(memory, NULL, pyramid, ops, NULL, NULL)};
    imx_status status = make_list(&t, err);
    for (size_t i = 0; i < t.start_count && status == IMX_OK; i++) {
        status = deposit(&t, NULL, t.starts[i].tile, true, NULL, err);
    }
    if (status == IMX_OK) {
        *out = (imx_pyramid_waiting){.most = t.most,
                                     .each_worker = held_up(&t),
                                     .all = t.node_count,
                                     .list_bytes = t.node_count * sizeof *t.nodes + t.start_count * sizeof *t.starts};
    }
    free_list(&t);
    return status;
}

uint64_t imx_pyramid_waiting_bytes(const imx_pyramid *pyramid, const imx_pyramid_waiting *waiting, unsigned workers) {
    uint64_t tiles = waiting->most + (workers - 1) * waiting->each_worker;
    return waiting->list_bytes + source_bytes(pyramid) * (tiles < waiting->all ? tiles : waiting->all);
}
