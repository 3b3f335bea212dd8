/* engine/scene_index.c: which scenes touch a box: a packed R-tree.
 * Packing: S. Leutenegger, M. Lopez, J. Edgington, "STR: a simple and efficient algorithm for R-tree packing", 1997. */
#include <math.h>
#include <stdlib.h>

#include "engine/footprint.h"

enum { FANOUT = 16, LEVELS_MAX = 10 }; /* 16^10 > 2^32 */

typedef struct entry { /* one ring of one scene */
    imx_box box;       /* grown by the margin */
    uint32_t scene;
    uint32_t ring;
} entry;

struct imx_scene_index {
    imx_memory *memory;
    const imx_footprint *const *footprints; /* owned array of borrowed footprints */
    entry *entries;
    size_t entry_count;
    /* Level 0 groups FANOUT entries each, level k FANOUT nodes of level k - 1, in order; the last level has one node.
     */
    imx_box *nodes[LEVELS_MAX];
    size_t node_count[LEVELS_MAX];
    int levels;
};

/* ---- building ---- */

static int compare(double a, double b, const entry *ea, const entry *eb) {
    if (a != b) {
        return a < b ? -1 : 1;
    }
    if (ea->scene != eb->scene) {
        return ea->scene < eb->scene ? -1 : 1;
    }
    return (ea->ring > eb->ring) - (ea->ring < eb->ring);
}

static int by_x(const void *a, const void *b) {
    const entry *ea = a, *eb = b;
    return compare(ea->box.min_x + ea->box.max_x, eb->box.min_x + eb->box.max_x, ea, eb);
}

static int by_y(const void *a, const void *b) {
    const entry *ea = a, *eb = b;
    return compare(ea->box.min_y + ea->box.max_y, eb->box.min_y + eb->box.max_y, ea, eb);
}

/* Vertical slices of sqrt(leaves) leaves each; within a slice by y. */
static void sort_entries(entry *entries, size_t count) {
    size_t leaves = (count + FANOUT - 1) / FANOUT;
    size_t slice = (size_t)ceil(sqrt((double)leaves)) * FANOUT;
    qsort(entries, count, sizeof *entries, by_x);
    for (size_t at = 0; at < count; at += slice) {
        qsort(entries + at, count - at < slice ? count - at : slice, sizeof *entries, by_y);
    }
}

static imx_box join(imx_box a, const imx_box *b) {
    return (imx_box){fmin(a.min_x, b->min_x), fmin(a.min_y, b->min_y), fmax(a.max_x, b->max_x),
                     fmax(a.max_y, b->max_y)};
}

static const imx_box *child_box(const imx_scene_index *index, int level, size_t child) {
    return level == 0 ? &index->entries[child].box : &index->nodes[level - 1][child];
}

static imx_status build_levels(imx_scene_index *index) {
    size_t children = index->entry_count;
    for (int level = 0; children > 0 && level < LEVELS_MAX; level++) {
        size_t count = (children + FANOUT - 1) / FANOUT;
        imx_box *nodes = imx_calloc(index->memory, count, sizeof *nodes);
        if (!nodes) {
            return IMX_E_NOMEM;
        }
        index->nodes[level] = nodes;
        index->node_count[level] = count;
        index->levels = level + 1;
        for (size_t i = 0; i < children; i++) {
            const imx_box *box = child_box(index, level, i);
            nodes[i / FANOUT] = i % FANOUT == 0 ? *box : join(nodes[i / FANOUT], box);
        }
        if (count == 1) {
            break;
        }
        children = count;
    }
    return IMX_OK;
}

static void fill_entries(imx_scene_index *index, size_t count) {
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const imx_footprint *footprint = index->footprints[i];
        double margin = footprint->margin_px;
        for (size_t ring = 0; ring < footprint->ring_count; ring++) {
            imx_box box = imx_ring_box(&footprint->rings[ring]);
            box = (imx_box){box.min_x - margin, box.min_y - margin, box.max_x + margin, box.max_y + margin};
            index->entries[n++] = (entry){box, (uint32_t)i, (uint32_t)ring};
        }
    }
}

imx_status imx_scene_index_create(imx_memory *memory, const imx_footprint *const *footprints, size_t count,
                                  imx_error *err, imx_scene_index **out) {
    imx_scene_index *index = NULL;
    const imx_footprint **copy = NULL;
    if (count > UINT32_MAX) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "more than 4294967295 scenes");
    }
    index = imx_calloc(memory, 1, sizeof *index);
    if (!index) {
        goto no_memory;
    }
    index->memory = memory;
    copy = imx_calloc(memory, count, sizeof *copy);
    if (!copy) {
        goto no_memory;
    }
    for (size_t i = 0; i < count; i++) {
        copy[i] = footprints[i];
        index->entry_count += footprints[i]->ring_count;
    }
    index->footprints = copy;
    copy = NULL;
    index->entries = imx_calloc(memory, index->entry_count, sizeof *index->entries);
    if (!index->entries) {
        goto no_memory;
    }
    fill_entries(index, count);
    sort_entries(index->entries, index->entry_count);
    if (build_levels(index) != IMX_OK) {
        goto no_memory;
    }
    *out = index;
    return IMX_OK;

no_memory:
    imx_free(memory, copy);
    imx_scene_index_destroy(&index);
    return imx_fail(err, IMX_E_NOMEM, "out of memory");
}

void imx_scene_index_destroy(imx_scene_index **index) {
    imx_scene_index *x = *index;
    if (!x) {
        return;
    }
    for (int level = 0; level < x->levels; level++) {
        imx_free(x->memory, x->nodes[level]);
    }
    imx_free(x->memory, x->entries);
    imx_free(x->memory, (void *)(uintptr_t)x->footprints);
    imx_free(x->memory, x);
    *index = NULL;
}

/* ---- searching ---- */

static bool boxes_meet(const imx_box *a, const imx_box *b) {
    return a->min_x <= b->max_x && a->max_x >= b->min_x && a->min_y <= b->max_y && a->max_y >= b->min_y;
}

typedef bool (*question)(const imx_footprint *footprint, const imx_box *box);

/* A scene of several rings is asked through the first that meets the box. */
static bool entry_holds(const imx_scene_index *index, const entry *e, const imx_box *box, question holds) {
    const imx_footprint *footprint = index->footprints[e->scene];
    for (uint32_t i = 0; i < e->ring; i++) {
        const imx_box ring = imx_ring_box(&footprint->rings[i]);
        const double margin = footprint->margin_px;
        const imx_box before = {ring.min_x - margin, ring.min_y - margin, ring.max_x + margin, ring.max_y + margin};
        if (boxes_meet(&before, box)) {
            return false;
        }
    }
    return holds(footprint, box);
}

/* Collects up to room scenes for which the question (false for what does not meet the box) is true; stops at the first
 * where found is NULL. Returns how many. */
static size_t search(const imx_scene_index *index, const imx_box *box, question holds, uint32_t *found, size_t room) {
    struct {
        int level;
        size_t node;
    } stack[LEVELS_MAX * FANOUT];
    size_t depth = 0, count = 0;
    if (index->levels > 0 && boxes_meet(&index->nodes[index->levels - 1][0], box)) {
        stack[depth].level = index->levels - 1;
        stack[depth++].node = 0;
    }
    while (depth > 0) {
        int level = stack[--depth].level;
        size_t first = stack[depth].node * FANOUT;
        size_t children = level == 0 ? index->entry_count : index->node_count[level - 1];
        for (size_t i = first; i < first + FANOUT && i < children; i++) {
            if (!boxes_meet(child_box(index, level, i), box)) {
                continue;
            }
            if (level > 0) {
                stack[depth].level = level - 1;
                stack[depth++].node = i;
            } else if (entry_holds(index, &index->entries[i], box, holds)) {
                if (!found) {
                    return 1;
                }
                if (count < room) {
                    found[count] = index->entries[i].scene;
                }
                count++;
            }
        }
    }
    return count;
}

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

bool imx_scene_index_any(const imx_scene_index *index, const imx_box *box) {
    return search(index, box, imx_footprint_touches, NULL, 0) > 0;
}

bool imx_scene_index_any_throughout(const imx_scene_index *index, const imx_box *box) {
    return search(index, box, imx_footprint_touches_throughout, NULL, 0) > 0;
}

size_t imx_scene_index_query(const imx_scene_index *index, const imx_box *box, uint32_t *found, size_t room) {
    uint32_t nothing;
    size_t count = search(index, box, imx_footprint_touches, room > 0 ? found : &nothing, room);
    size_t stored = count < room ? count : room;
    if (stored > 1) {
        qsort(found, stored, sizeof *found, compare_u32);
    }
    return count;
}
