/* engine/region_tree.c: a region's making: chains of edges, in a tree of boxes around runs of them. */
#include <math.h>

#include "engine/region_inner.h"

static void grow_box(imx_box *box, const imx_box *by) {
    box->min_x = fmin(box->min_x, by->min_x);
    box->min_y = fmin(box->min_y, by->min_y);
    box->max_x = fmax(box->max_x, by->max_x);
    box->max_y = fmax(box->max_y, by->max_y);
}

static const imx_box NOWHERE = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
/* What reaches into the area by less than the edges' own accuracy touches it from outside. */
static const double ACCURATE_PX = 1.0 / 64;

/* Runs of up to IMX_REGION_FANOUT edges of one ring; only counts them while there is no room for them. */
static size_t cut_runs(const imx_chains *chains, imx_region_node *runs) {
    size_t used = 0;
    for (size_t ring = 0, at = 0; ring < chains->ring_count; at = chains->ends[ring++]) {
        const size_t last = chains->ends[ring] - 1; /* the edge from here leads to the next ring */
        for (size_t first = at; first < last; first += IMX_REGION_FANOUT, used++) {
            if (!runs) {
                continue;
            }
            imx_region_node *run = &runs[used];
            *run = (imx_region_node){NOWHERE, first,
                                     last - first < IMX_REGION_FANOUT ? last - first : IMX_REGION_FANOUT, true};
            for (size_t i = first; i <= first + run->count; i++) {
                const double *p = chains->xy + 2 * i;
                grow_box(&run->box, &(imx_box){p[0], p[1], p[0], p[1]});
            }
        }
    }
    return used;
}

static void join(const imx_region_node *children, size_t count, imx_region_node *out) {
    *out = children[0];
    for (size_t i = 1; i < count; i++) {
        const imx_region_node *child = &children[i];
        out->chain = out->chain && child->chain && child->first == out->first + out->count;
        out->count = child->first + child->count - out->first;
        grow_box(&out->box, &child->box);
    }
}

static imx_status build(imx_region *region, const imx_chains *chains) {
    region->node_count[0] = cut_runs(chains, NULL);
    for (int level = 0; region->node_count[level]; level++) {
        const size_t count = region->node_count[level];
        region->nodes[level] = imx_calloc(region->memory, count, sizeof(imx_region_node));
        if (!region->nodes[level]) {
            return IMX_E_NOMEM;
        }
        region->levels = level + 1;
        if (level == 0) {
            (void)cut_runs(chains, region->nodes[0]);
        }
        const size_t below = level ? region->node_count[level - 1] : 0;
        for (size_t i = 0; i < count && level; i++) {
            const size_t first = i * IMX_REGION_FANOUT;
            join(&region->nodes[level - 1][first],
                 below - first < IMX_REGION_FANOUT ? below - first : IMX_REGION_FANOUT, &region->nodes[level][i]);
        }
        if (count == 1 || level + 1 == IMX_REGION_LEVELS_MAX) {
            break;
        }
        region->node_count[level + 1] = (count + IMX_REGION_FANOUT - 1) / IMX_REGION_FANOUT;
    }
    for (size_t i = 0; i < region->node_count[0]; i++) {
        region->edge_count += region->nodes[0][i].count;
    }
    return IMX_OK;
}

static void cut_box(imx_box *box, const imx_box *by) {
    box->min_x = fmax(box->min_x, by->min_x);
    box->min_y = fmax(box->min_y, by->min_y);
    box->max_x = fmin(box->max_x, by->max_x);
    box->max_y = fmin(box->max_y, by->max_y);
}

static bool reaches_into(const imx_box *box, const imx_box *area) {
    const double x = fmin(ACCURATE_PX, (area->max_x - area->min_x) / 4);
    const double y = fmin(ACCURATE_PX, (area->max_y - area->min_y) / 4);
    return box->max_x >= area->min_x + x && box->min_x <= area->max_x - x && box->max_y >= area->min_y + y &&
           box->min_y <= area->max_y - y;
}

/* Around the rings that reach into the area. The copies beside it, a period away, are no part of that: cut to the area
 * with them, the box would end at its sides. */
static imx_box box_within(const imx_region *region, const imx_box *area) {
    imx_box all = NOWHERE;
    for (size_t i = 0; i < region->node_count[0];) {
        const imx_region_node *run = &region->nodes[0][i];
        imx_box ring = NOWHERE;
        size_t next = run->first;
        for (; i < region->node_count[0] && run->first == next; i++, run++) { /* an edge is left out between two */
            grow_box(&ring, &run->box);
            next = run->first + run->count;
        }
        if (reaches_into(&ring, area)) {
            grow_box(&all, &ring);
        }
    }
    cut_box(&all, area);
    return all.min_x <= all.max_x ? all : (imx_box){0};
}

imx_status imx_region_create(imx_memory *memory, const imx_outline *outline, const imx_space *space,
                             const imx_box *area, imx_error *err, imx_region **out) {
    imx_chains chains = {.memory = memory};
    imx_region *region = imx_calloc(memory, 1, sizeof *region);
    if (!region) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for an outline");
    }
    region->memory = memory;
    imx_status status = imx_region_trace(memory, outline, space, area, err, &chains);
    if (status == IMX_OK) {
        status = build(region, &chains);
        region->xy = chains.xy;
        chains.xy = NULL;
        status = status ? imx_fail(err, status, "out of memory for an outline") : IMX_OK;
    }
    imx_chains_clear(&chains);
    if (status != IMX_OK) {
        imx_region_destroy(&region);
        return status;
    }
    region->box = box_within(region, area);
    *out = region;
    return IMX_OK;
}

void imx_region_destroy(imx_region **region) {
    if (region && *region) {
        imx_memory *memory = (*region)->memory;
        for (int level = 0; level < IMX_REGION_LEVELS_MAX; level++) {
            imx_free(memory, (*region)->nodes[level]);
        }
        imx_free(memory, (*region)->xy);
        imx_free(memory, *region);
        *region = NULL;
    }
}
