/* engine/region_inner.h: shared by the region*.c files; nobody else includes it. */
#ifndef IMX_ENGINE_REGION_INNER_H
#define IMX_ENGINE_REGION_INNER_H

#include "engine/region.h"
#include "engine/transform_proj.h"

enum { IMX_REGION_FANOUT = 8, IMX_REGION_LEVELS_MAX = 21 /* 8^21 = 2^63 */ };

typedef struct imx_region_node {
    imx_box box;         /* of its edges, closed */
    size_t first, count; /* edges; first + count is the point after the last */
    bool chain;          /* all of one ring */
} imx_region_node;

struct imx_region {
    imx_memory *memory;
    double *xy;
    size_t edge_count;
    imx_region_node *nodes[IMX_REGION_LEVELS_MAX]; /* [0]: of edges; [k]: each of IMX_REGION_FANOUT nodes of k - 1 */
    size_t node_count[IMX_REGION_LEVELS_MAX];
    int levels;
    imx_box box;
};

/* Closed rings in output px, one after the other: edge e leads from point e to point e + 1, and between two rings lies
 * one that is none. */
typedef struct imx_chains {
    imx_memory *memory;
    double *xy;
    size_t count, room; /* points */
    size_t *ends;       /* of each ring the point after its last, which is its first again */
    size_t ring_count, ring_room;
} imx_chains;

void imx_chains_clear(imx_chains *chains);
IMX_MUST_USE imx_status imx_chains_point(imx_chains *chains, double x, double y, imx_error *err);
/* Ends the ring that begins where the last one ended; one of fewer than three corners is dropped. */
IMX_MUST_USE imx_status imx_chains_end(imx_chains *chains, imx_error *err);

/* The part of an outline's coordinates that the area of interest comes from, with a margin; infinite where it cannot be
 * told. */
typedef struct imx_region_window {
    double min_x, min_y, max_x, max_y;
    double x, x_px;   /* the area's middle there and in output space */
    double period;    /* of x in the outline's CRS, 0: none */
    double period_px; /* of output px, 0: none */
} imx_region_window;

/* geographic: the outline's CRS is. */
void imx_region_find_window(imx_projection *projection, const imx_space *space, const imx_box *area, bool geographic,
                            double period_px, imx_region_window *out);
/* A ring, moved along x, cut by the window's sides (Sutherland, Hodgman 1974): *kept of 2 x (count + 4) or fewer points
 * in *out, from memory, NULL where none is left. */
IMX_MUST_USE imx_status imx_region_clip(imx_memory *memory, const imx_region_window *window, const double *xy,
                                        size_t count, double shift, imx_error *err, double **out, size_t *kept);

/* The whole outline as chains. */
IMX_MUST_USE imx_status imx_region_trace(imx_memory *memory, const imx_outline *outline, const imx_space *space,
                                         const imx_box *area, imx_error *err, imx_chains *out);

#endif
