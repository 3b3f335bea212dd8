/* tiler/pyramid.c: the walk as a tree of tasks.
 *
 *   top ── nodes above the metatiles' roots ── metatiles
 *
 * A node's run spawns its touched children, so that the first of them along the Hilbert curve is taken first and
 * thieves take the last; its finish completes what the children have reduced into its pixels, sinks it and reduces it
 * in turn into its own parent's. A metatile's run does the whole subtree (tiler/metatile.c). A node's pixels exist from
 * the first child's deposit to the node's finish.
 */
#include "tiler/pyramid.h"

#include <stdlib.h>

#include "tiler/metatile.h"
#include "tiler/pyramid_filter.h"
#include "tiler/tile_id.h"

typedef struct node node;
typedef struct start { /* a metatile that waits for its turn */
    node *node;
    double row;
} start;

typedef struct tree {
    imx_task top; /* first: the task is the tree */
    imx_walk walk;
    imx_lane *lanes; /* one a worker */
    node *block;     /* all nodes, where they are made at once (ROWS); else each has its own memory */
    start *starts;   /* ROWS: the metatiles among them */
    size_t node_count, start_count;
} tree;

struct node {
    imx_task task; /* first: the task is the node */
    tree *tree;
    node *up; /* NULL at zoom 0 */
    imx_tile tile;
    atomic_bool visited;       /* a base tile under it was touched */
    atomic_uint filled;        /* quadrants that a child was reduced into */
    _Atomic(uint8_t *) pixels; /* tile_px a side; NULL before the first */
};

/* ---- nodes --------------------------------------------------------------------------------------------------- */

static imx_status node_run(imx_task *task, imx_worker *worker, imx_error *err);
static imx_status node_finish(imx_task *task, imx_worker *worker, imx_error *err);

static void node_end(imx_task *task) {
    node *n = (node *)task;
    imx_free(n->tree->walk.memory, atomic_load(&n->pixels));
    if (!n->tree->block) {
        imx_free(n->tree->walk.memory, n);
    }
}

static void node_init(node *n, tree *t, node *up, imx_tile tile) {
    n->task = (imx_task){.run = node_run, .finish = node_finish, .drop = node_end};
    n->tree = t;
    n->up = up;
    n->tile = tile;
}

static imx_task *parent_task(tree *t, node *up) { return up ? &up->task : &t->top; }

static imx_status node_spawn(tree *t, node *up, imx_tile tile, imx_worker *worker, imx_error *err) {
    node *n = imx_calloc(t->walk.memory, 1, sizeof *n);
    if (!n) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the walk");
    }
    node_init(n, t, up, tile);
    imx_spawn(worker, parent_task(t, up), &n->task);
    return IMX_OK;
}

static imx_pixels view(const tree *t, uint8_t *bytes) {
    return imx_walk_view(t->walk.pyramid, (int32_t)t->walk.pyramid->tile_px, bytes);
}

/* The node's pixels, made by whichever child comes first; the children may come at once. */
static uint8_t *node_pixels(node *n) {
    imx_memory *memory = n->tree->walk.memory;
    uint8_t *bytes = atomic_load(&n->pixels);
    if (!bytes) {
        uint8_t *fresh = imx_alloc(memory, imx_tile_bytes(n->tree->walk.pyramid));
        if (fresh && atomic_compare_exchange_strong(&n->pixels, &bytes, fresh)) {
            return fresh;
        }
        imx_free(memory, fresh); /* another child was faster, or there is no memory */
    }
    return bytes;
}

/* Tells the parent what became of its child; not empty: reduces it into the parent's pixels, if those are wanted. */
static imx_status deposit(tree *t, node *up, imx_tile child, const imx_pixels *pixels, imx_visit result,
                          imx_error *err) {
    if (!up || !result.visited) {
        return IMX_OK;
    }
    atomic_store(&up->visited, true);
    if ((result.look & IMX_LOOK_EMPTY) || up->tile.z < t->walk.pyramid->zoom_min) {
        return IMX_OK;
    }
    uint8_t *bytes = node_pixels(up);
    if (!bytes) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the pixels of a tile");
    }
    imx_pixels parent = view(t, bytes);
    imx_quadrant_reduce(&t->walk, child, pixels, &parent);
    atomic_fetch_or(&up->filled, imx_quadrant_bit(child));
    return IMX_OK;
}

static imx_status node_run(imx_task *task, imx_worker *worker, imx_error *err) {
    node *n = (node *)task;
    tree *t = n->tree;
    if (n->tile.z == t->walk.root_zoom) {
        imx_lane *lane = &t->lanes[imx_worker_index(worker)];
        imx_visit result;
        imx_status status = imx_lane_walk(lane, n->tile, err, &result);
        return status == IMX_OK ? deposit(t, n->up, n->tile, &lane->levels[0], result, err) : status;
    }
    imx_tile children[4];
    imx_tile_children(n->tile, children);
    imx_status status = IMX_OK;
    for (int i = 3; i >= 0 && status == IMX_OK; i--) {
        if (t->walk.ops->touches(t->walk.ops->context, children[i])) {
            status = node_spawn(t, n, children[i], worker, err);
        }
    }
    return status;
}

/* Of a metatile: only its end. Of a node above: its tile. */
static imx_status node_finish(imx_task *task, imx_worker *worker, imx_error *err) {
    node *n = (node *)task;
    tree *t = n->tree;
    imx_status status = IMX_OK;
    if (n->tile.z < t->walk.root_zoom && atomic_load(&n->visited)) {
        imx_pixels pixels = view(t, atomic_load(&n->pixels));
        imx_visit result = {true, imx_quadrants_complete(t->walk.kernels, atomic_load(&n->filled), &pixels)};
        if (n->tile.z >= t->walk.pyramid->zoom_min) {
            imx_lane *lane = &t->lanes[imx_worker_index(worker)];
            status = imx_lane_put(lane, n->tile, &pixels, result.look, err);
        }
        if (status == IMX_OK) {
            status = deposit(t, n->up, n->tile, &pixels, result, err);
        }
    }
    if (status == IMX_OK) {
        node_end(task);
    }
    return status;
}

/* ---- the top: zoom 0 ----------------------------------------------------------------------------------------- */

static imx_status top_run_hilbert(imx_task *task, imx_worker *worker, imx_error *err) {
    tree *t = (tree *)task;
    const imx_pyramid *p = t->walk.pyramid;
    imx_status status = IMX_OK;
    for (uint64_t i = (uint64_t)p->columns * p->rows; i-- > 0 && status == IMX_OK;) {
        imx_tile tile = {0, (uint32_t)(i % p->columns), (uint32_t)(i / p->columns)};
        if (t->walk.ops->touches(t->walk.ops->context, tile)) {
            status = node_spawn(t, NULL, tile, worker, err);
        }
    }
    return status;
}

/* Lists the touched nodes from the tile down to the metatiles, parents first; only counts them while there is no block.
 */
static void list(tree *t, node *up, imx_tile tile) {
    if (!t->walk.ops->touches(t->walk.ops->context, tile)) {
        return;
    }
    node *n = t->block ? &t->block[t->node_count] : NULL;
    t->node_count++;
    if (n) {
        node_init(n, t, up, tile);
    }
    if (tile.z == t->walk.root_zoom) {
        if (n) {
            t->starts[t->start_count] = (start){n, tile.y};
        }
        t->start_count++;
        return;
    }
    imx_tile children[4];
    imx_tile_children(tile, children);
    for (int i = 0; i < 4; i++) {
        list(t, n, children[i]);
    }
}

static void list_all(tree *t) {
    t->node_count = t->start_count = 0;
    for (uint32_t y = 0; y < t->walk.pyramid->rows; y++) {
        for (uint32_t x = 0; x < t->walk.pyramid->columns; x++) {
            list(t, NULL, (imx_tile){0, x, y});
        }
    }
}

static imx_status ask_rows(tree *t, unsigned worker, imx_error *err) {
    const imx_pyramid_ops *ops = t->walk.ops;
    imx_status status = IMX_OK;
    for (size_t i = 0; i < t->start_count && ops->row && status == IMX_OK; i++) {
        status = imx_pool_cancelled(t->walk.pool)
                     ? imx_fail(err, IMX_E_CANCELLED, "interrupted")
                     : ops->row(ops->context, worker, t->starts[i].node->tile, err, &t->starts[i].row);
    }
    return status;
}

static int by_row(const void *left, const void *right) {
    const start *a = left, *b = right;
    int rows = (a->row > b->row) - (a->row < b->row),
        columns = (a->node->tile.x > b->node->tile.x) - (a->node->tile.x < b->node->tile.x);
    return rows ? rows : columns ? columns : (a->node->tile.y > b->node->tile.y) - (a->node->tile.y < b->node->tile.y);
}

/* Makes all nodes before any task begins, so that nothing can fail halfway; then queues the metatiles in row order. */
static imx_status top_run_rows(imx_task *task, imx_worker *worker, imx_error *err) {
    tree *t = (tree *)task;
    list_all(t);
    t->starts = imx_calloc(t->walk.memory, t->start_count, sizeof *t->starts);
    t->block = t->starts ? imx_calloc(t->walk.memory, t->node_count, sizeof *t->block) : NULL;
    if (!t->block) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for %zu metatiles in row order", t->start_count);
    }
    list_all(t);
    imx_status status = ask_rows(t, imx_worker_index(worker), err);
    if (status != IMX_OK) {
        return status;
    }
    qsort(t->starts, t->start_count, sizeof *t->starts, by_row);
    size_t nodes = t->node_count, starts = t->start_count;
    for (size_t i = 0; i < nodes; i++) {
        if (t->block[i].tile.z < t->walk.root_zoom) {
            imx_task_begin(worker, parent_task(t, t->block[i].up), &t->block[i].task);
        }
    }
    for (size_t i = 0; i < starts; i++) {
        imx_spawn_fifo(worker, parent_task(t, t->starts[i].node->up), &t->starts[i].node->task);
    }
    for (size_t i = nodes; i-- > 0;) {
        if (t->block[i].tile.z < t->walk.root_zoom) {
            imx_task_end(worker, &t->block[i].task);
        }
    }
    return IMX_OK;
}

/* ---- the run ------------------------------------------------------------------------------------------------- */

uint32_t imx_metatile_side(uint32_t tile_px) {
    uint32_t side = tile_px ? 2048 / tile_px : 1;
    return side > 8 ? 8 : side < 1 ? 1 : side;
}

uint32_t imx_walk_root_zoom(const imx_pyramid *pyramid) {
    uint32_t depth = 0;
    while (imx_metatile_side(pyramid->tile_px) >> pyramid->flatter >> (depth + 1)) {
        depth++;
    }
    return pyramid->zoom_max > depth ? pyramid->zoom_max - depth : 0;
}

imx_walk imx_walk_of(imx_memory *memory, const imx_kernels *kernels, const imx_pyramid *pyramid,
                     const imx_pyramid_ops *ops, imx_pool *pool, imx_pyramid_stats *stats) {
    const int32_t halo = imx_reduce_halo_px(pyramid->overview);
    return (imx_walk){.memory = memory,
                      .kernels = kernels,
                      .pyramid = pyramid,
                      .ops = ops,
                      .pool = pool,
                      .stats = stats,
                      .root_zoom = imx_walk_root_zoom(pyramid),
                      .around = imx_pyramid_looks_around(pyramid),
                      .halo_px = halo,
                      .ring_px = halo + 2 * (int32_t)pyramid->buffer_px};
}

static imx_status check(const imx_pyramid *p, imx_error *err) {
    bool zooms = p->unwritten <= p->zoom_max && p->zoom_min <= p->zoom_max - p->unwritten &&
                 p->zoom_max <= IMX_ZOOM_MAX && p->flatter < 32;
    bool side = p->tile_px >= 2 && p->tile_px <= 1 << 14 && (p->tile_px & (p->tile_px - 1)) == 0;
    /* tile numbers are 32 bits */
    bool counts = zooms && p->columns && p->rows && p->columns <= UINT32_MAX >> p->zoom_max &&
                  p->rows <= UINT32_MAX >> p->zoom_max;
    /* one tile around its children is all that a tile waits for */
    uint32_t halo = (uint32_t)imx_reduce_halo_px(p->overview);
    bool around = p->buffer_px <= imx_pyramid_buffer_max_px(p->tile_px) && halo + 2 * p->buffer_px <= p->tile_px;
    return counts && side && around
               ? IMX_OK
               : imx_fail(err, IMX_E_INTERNAL, "a pyramid of %u x %u tiles of %u px, zooms %u to %u", p->columns,
                          p->rows, p->tile_px, p->zoom_min, p->zoom_max);
}

static uint64_t count(const imx_pyramid *pyramid, const imx_pyramid_ops *ops, imx_tile tile, uint64_t *counts) {
    if (!ops->touches(ops->context, tile)) {
        return 0;
    }
    if (ops->touches_throughout && ops->touches_throughout(ops->context, tile)) {
        for (uint32_t z = tile.z; z <= pyramid->zoom_max; z++) {
            counts[z] += (uint64_t)1 << 2 * (z - tile.z);
        }
        return (uint64_t)1 << 2 * (pyramid->zoom_max - tile.z);
    }
    uint64_t base = tile.z == pyramid->zoom_max;
    for (uint32_t i = 0; i < 4 && tile.z < pyramid->zoom_max; i++) {
        imx_tile child = {tile.z + 1, 2 * tile.x + (i & 1), 2 * tile.y + (i >> 1)};
        base += count(pyramid, ops, child, counts);
    }
    counts[tile.z] += base > 0;
    return base;
}

uint64_t imx_pyramid_count(const imx_pyramid *pyramid, const imx_pyramid_ops *ops, uint64_t counts[IMX_ZOOM_MAX + 1]) {
    uint64_t base = 0;
    for (uint32_t z = 0; z <= IMX_ZOOM_MAX; z++) {
        counts[z] = 0;
    }
    for (uint32_t y = 0; y < pyramid->rows; y++) {
        for (uint32_t x = 0; x < pyramid->columns; x++) {
            base += count(pyramid, ops, (imx_tile){0, x, y}, counts);
        }
    }
    return base;
}

imx_status imx_pyramid_run(imx_memory *memory, const imx_kernels *kernels, const imx_pyramid *pyramid,
                           const imx_pyramid_ops *ops, imx_pool *pool, imx_pyramid_stats *stats, imx_error *err) {
    imx_status status = check(pyramid, err);
    if (status != IMX_OK) {
        return status;
    }
    tree t = {.top = {.run = pyramid->order == IMX_WALK_ROWS ? top_run_rows : top_run_hilbert},
              .walk = imx_walk_of(memory, kernels, pyramid, ops, pool, stats)};
    unsigned workers = imx_pool_threads(pool);
    t.lanes = imx_calloc(memory, workers, sizeof *t.lanes);
    if (!t.lanes) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for %u workers", workers);
    }
    for (unsigned i = 0; i < workers && status == IMX_OK; i++) {
        status = imx_lane_init(&t.lanes[i], &t.walk, i, err);
    }
    if (status == IMX_OK) {
        status = t.walk.around ? imx_filtered_run(&t.walk, t.lanes, err) : imx_pool_run(pool, &t.top, err);
    }
    for (unsigned i = 0; i < workers; i++) {
        imx_lane_clear(&t.lanes[i]);
    }
    imx_free(memory, t.lanes);
    imx_free(memory, t.starts);
    imx_free(memory, t.block);
    return status;
}
