/* engine/region.h: which output pixels an outline holds: those whose centre lies in it.
 *
 * Decided in output space, not in each scene's pixels as gdalwarp does: an edge is as sharp as the output whatever the
 * scenes' resolution, jobs with neighbouring outlines share no pixel and leave none out, it is drawn once for all
 * scenes, and what lies outside of it is not even decoded. The price: along the edge a kernel still looks at source
 * pixels beyond it, as it would in the whole picture.
 *
 * The outline's edges, straight in its own CRS, are followed within 1/64 px: they are cut where the middle of a chord
 * or its quarters are farther off. What lies far from the area of interest is cut away before (region_window.c), so
 * that an outline as large as the world works in any grid. Edges are kept in a tree of boxes over runs of them: a tile
 * is judged, and a row of it drawn, in time that grows with the edges in it, not with the whole; 20 bytes an edge, for
 * those that lie 1/256 px or more apart. Whether a pixel is inside is a function of its place alone.
 *
 * Immutable, thread-safe; a scan is one worker's.
 */
#ifndef IMX_ENGINE_REGION_H
#define IMX_ENGINE_REGION_H

#include "engine/outline.h"
#include "engine/planar.h"
#include "engine/transform.h"

typedef struct imx_region imx_region;

/* area: output px that matter; what is beyond it may be left out. IMX_E_INPUT: no way from CRS to CRS, or a corner has
 * no place in the output's. */
IMX_MUST_USE imx_status imx_region_create(imx_memory *memory, const imx_outline *outline, const imx_space *space,
                                          const imx_box *area, imx_error *err, imx_region **out);
void imx_region_destroy(imx_region **region);
/* The box around it, within the area; empty (min not below max) where nothing of it is there. */
imx_box imx_region_box(const imx_region *region);
size_t imx_region_edges(const imx_region *region);
/* Whether any pixel of the box may be inside: true wherever one is. */
bool imx_region_touches(const imx_region *region, const imx_box *box);
/* Whether every pixel of the box is inside: false wherever one is not. */
bool imx_region_covers(const imx_region *region, const imx_box *box);

/* Of points, wherever pixels' centres are: whether one is inside, and whether an edge runs through a box. */
bool imx_region_holds(const imx_region *region, double x, double y);
bool imx_region_crosses(const imx_region *region, const imx_box *box);

typedef struct imx_crossing { /* where an edge crosses a row, and which way */
    double x;
    int32_t turn; /* +1, -1 */
} imx_crossing;

typedef struct imx_region_scan { /* scratch: zero before, cleared after */
    imx_crossing *crossings;
    size_t room;
} imx_region_scan;
void imx_region_scan_clear(imx_memory *memory, imx_region_scan *scan);
/* Sets inside[0..n-1], which is 0 or 255 before, to 0 where pixel (x + i, y) is outside. */
IMX_MUST_USE imx_status imx_region_row(const imx_region *region, imx_memory *memory, imx_region_scan *scan, int64_t x,
                                       int64_t y, int32_t n, imx_error *err, uint8_t *inside);

#endif
