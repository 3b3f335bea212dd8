/* engine/transform_proj.h: coordinates of one CRS -> coordinates of another: the engine's private door to PROJ.
 *
 * Axis order is always x = east/longitude, y = north/latitude; units are those of the CRS. Vertical parts of a CRS
 * are dropped. One thread's: every imx_projection has a PROJ context of its own; grids come from the local disk only.
 *
 * The operation. PROJ may know several operations between two CRSs and by default picks one for each point. Here
 * one is picked for a whole scene: the one that PROJ itself prefers at the first of the sample points that can be
 * transformed, among those for the samples' area. So a scene has no seam where two operations meet.
 */
#ifndef IMX_ENGINE_TRANSFORM_PROJ_H
#define IMX_ENGINE_TRANSFORM_PROJ_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"
#include "engine/itrs_frames.h"

typedef struct imx_projection imx_projection;

/* Process-wide, once, before anything else that uses PROJ: the contexts that others make do not print. */
void imx_projections_init(void);

/* from_crs, to_crs: WKT, PROJJSON or AUTHORITY:CODE. xy: count points (x, y pairs) of from_crs over the area of
 * interest, the most typical one first. operation: NULL, or the user's own, from the one CRS to the other: a PROJ
 * pipeline, WKT or URN, in the CRSs' own axis order and units, as `projinfo -s FROM -t TO -o PROJ` prints them.
 * Errors: IMX_E_INPUT says which text is no horizontal CRS, or that PROJ knows no way; IMX_E_USAGE: operation is none,
 * or takes no point of the area anywhere. */
IMX_MUST_USE imx_status imx_projection_create(imx_memory *memory, const char *from_crs, const char *to_crs,
                                              const char *operation, const double *xy, size_t count, imx_error *err,
                                              imx_projection **out);
void imx_projection_destroy(imx_projection **projection);

/* A projection as plain data in one block, out of which any worker makes the very same one without asking PROJ's
 * database: 0.3 ms in place of 6 to 10. To be freed with imx_free(). */
typedef struct imx_projection_recipe imx_projection_recipe;
/* IMX_OK with *out NULL: PROJ cannot write it down. */
IMX_MUST_USE imx_status imx_projection_write_down(const imx_projection *projection, imx_memory *memory, imx_error *err,
                                                  imx_projection_recipe **out);
/* IMX_OK with *out NULL: PROJ cannot read it. */
IMX_MUST_USE imx_status imx_projection_create_from(imx_memory *memory, const imx_projection_recipe *recipe,
                                                   imx_error *err, imx_projection **out);

/* In place; failed points become HUGE_VAL in both. */
void imx_projection_forward(imx_projection *projection, size_t n, double *x, double *y);
void imx_projection_inverse(imx_projection *projection, size_t n, double *x, double *y);

/* The path of a grid (a geoid's, say) among PROJ's files on this machine; "" if it is not there. */
void imx_projection_grid_file(const char *name, size_t size, char *path);

/* What it is called, and the grids on disk that it uses ("...; grids us_noaa_conus.tif"). Valid until destroy. */
const char *imx_projection_operation(const imx_projection *projection);
/* Whether PROJ knows none and takes the datums for the same, which may be wrong by metres. */
bool imx_projection_ballpark(const imx_projection *projection);
/* Whether PROJ knows none, and these datums are the same to about a metre. */
bool imx_projection_frames(const imx_projection *projection, const imx_itrs_frame *frames[2]);
/* How far its positions may lie off, metres, as PROJ's database knows it; 0 where nothing is lost (the same datum);
 * negative: not known. */
double imx_projection_accuracy_m(const imx_projection *projection);
/* The two CRSs are the same: forward and inverse change nothing. */
bool imx_projection_identity(const imx_projection *projection);
/* from_crs units along x after which the same place comes again (360 degrees; the width of a cylindrical map);
 * 0 where x is not cyclic. */
double imx_projection_period(const imx_projection *projection);
/* A distance in to_crs units that no rounding or iteration error reaches but an alias does: 0.1 degree or 10 km (the
 * thresholds of OGRCoordinateTransformation's CHECK_WITH_INVERT_PROJ). */
double imx_projection_alias_distance(const imx_projection *projection);

#endif
