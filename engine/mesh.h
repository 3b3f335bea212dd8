/* engine/mesh.h: a mesh of places: the ground position of each node of a regular grid of columns and rows, bilinear
 * within the cells between four nodes. Built once, immutable then, so that any number of threads may ask it.
 *
 * Nodes without a place (NaN) leave holes: a cell needs all four. Beyond the outermost nodes the outermost cells go on
 * for one cell more. On a cyclic axis (turn > 0: degrees of longitude) a cell's corners are taken on the same side of
 * the seam; a cell wider than half a turn is a hole (one around a pole).
 */
#ifndef IMX_ENGINE_MESH_H
#define IMX_ENGINE_MESH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_mesh imx_mesh;

/* x, y: columns * rows each, from `memory`, the mesh's from now on, also where it fails. IMX_E_INPUT: no cell has a
 * place. */
IMX_MUST_USE imx_status imx_mesh_create_take(imx_memory *memory, int32_t columns, int32_t rows, double *x, double *y,
                                             double turn, imx_error *err, imx_mesh **out);
void imx_mesh_destroy(imx_memory *memory, imx_mesh **mesh);

/* Ground to mesh: column and row, real-valued, (0, 0) the first node; false: in no cell. Exact (bilinear cells are
 * inverted in closed form); where cells overlap the first one in a fixed order. */
bool imx_mesh_find(const imx_mesh *mesh, double x, double y, double *column, double *row);
/* Mesh to ground; on a cyclic axis x is one within half a turn of the middle, or in one piece with it. */
bool imx_mesh_place(const imx_mesh *mesh, double column, double row, double *x, double *y);
/* West, south, east, north of all cells. */
void imx_mesh_box(const imx_mesh *mesh, double box[4]);
/* Ground units: how long the sides of cells are at least, out of a sample of them. */
double imx_mesh_cell(const imx_mesh *mesh);

#endif
