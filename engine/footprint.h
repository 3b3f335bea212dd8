/* engine/footprint.h: the outline of a scene in output space, and the index of many.
 *
 * The outline is the transform of the raster's border, densified until it is within half an output pixel at the
 * base level, or coarser where that needs more than a few hundred points; margin_px says how far the truth may lie
 * outside. Where the border cannot be transformed whole or does not enclose the raster (poles, beyond the projection),
 * the footprint is one or two boxes that cover every output pixel with a source position. Where x is cyclic there is
 * a ring for each place where the space shows the scene: two for what crosses the seam of a space that wraps; boxes
 * where they would be more than IMX_FOOTPRINT_RINGS_MAX. Immutable, thread-safe.
 */
#ifndef IMX_ENGINE_FOOTPRINT_H
#define IMX_ENGINE_FOOTPRINT_H

#include "engine/planar.h"
#include "engine/transform.h"

enum { IMX_FOOTPRINT_RINGS_MAX = 4 };

typedef struct imx_footprint {
    imx_ring rings[IMX_FOOTPRINT_RINGS_MAX];
    size_t ring_count;
    imx_box box;      /* of all rings, grown by the margin, within the space; empty (all 0): no pixel has a position */
    double margin_px; /* the truth lies at most this far outside the rings */
    bool outline;     /* true: the true outline; false: boxes */
} imx_footprint;

IMX_MUST_USE imx_status imx_footprint_create(imx_memory *memory, imx_transform *transform, const imx_asset *asset,
                                             const imx_space *space, imx_error *err, imx_footprint *out);
/* Both together, into the first; clears the other. The larger one keeps its rings; what the other has beyond them
 * becomes margin: for outlines that are nearly the same (the assets of one scene). */
void imx_footprint_join(imx_memory *memory, imx_footprint *footprint, imx_footprint *other);
void imx_footprint_clear(imx_memory *memory, imx_footprint *footprint);
/* Whether any pixel whose centre lies in the box may have a source position: true wherever one has. */
bool imx_footprint_touches(const imx_footprint *footprint, const imx_box *box);
/* Whether that is true of every box of a pixel and more within this one; false wherever it is not sure. */
bool imx_footprint_touches_throughout(const imx_footprint *footprint, const imx_box *box);
/* Whether every pixel whose centre lies in the box has one: false wherever one has not. */
bool imx_footprint_covers(const imx_footprint *footprint, const imx_box *box);

/* ---- index: a packed R-tree (STR: Leutenegger, Lopez, Edgington 1997) ---- */
typedef struct imx_scene_index imx_scene_index;
/* footprints are borrowed and must outlive the index, which is immutable and thread-safe. */
IMX_MUST_USE imx_status imx_scene_index_create(imx_memory *memory, const imx_footprint *const *footprints, size_t count,
                                               imx_error *err, imx_scene_index **out);
void imx_scene_index_destroy(imx_scene_index **index);
bool imx_scene_index_any(const imx_scene_index *index, const imx_box *box);
/* Whether the box touches a single scene throughout. */
bool imx_scene_index_any_throughout(const imx_scene_index *index, const imx_box *box);
/* Scene numbers whose footprint touches the box, ascending (the order of the job). found has room for `room`;
 * returns how many there are (if they are more than room, found holds some of them, in no order). */
size_t imx_scene_index_query(const imx_scene_index *index, const imx_box *box, uint32_t *found, size_t room);

#endif
