/* tests/unit/engine/rasters.h: small rasters in GDAL's memory file system, and what their pixels should come out as.
 * The expectation is computed from plain GDAL reads of whole bands, pixel by pixel, by the rules of engine/source.h. */
#ifndef IMX_TESTS_UNIT_ENGINE_RASTERS_H
#define IMX_TESTS_UNIT_ENGINE_RASTERS_H

#include <gdal.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/source.h"

/* A byte raster in UTM zone 50N with north up and 2 m pixels. options: "KEY=VALUE KEY=VALUE"; driver NULL: GTiff. */
GDALDatasetH raster_create(const char *path, int width, int height, int bands, const char *options);
void raster_place(GDALDatasetH dataset); /* the geotransform and CRS that raster_create gives */
/* A smooth picture with some noise; values 1..254, so never a nodata of 0 or 255. */
void raster_fill(GDALDatasetH dataset);
uint8_t raster_value(int band, int x, int y);
/* Writes one value into a rectangle of a band. */
void raster_box(GDALDatasetH dataset, int band, int x, int y, int w, int h, uint8_t value);
/* Copies a closed file into another format. */
void raster_translate(const char *from, const char *to, const char *driver, const char *options);

/* How pixels should come out. Zero means none, but nodata counts only with has_nodata. */
typedef struct raster_rule {
    int red, green, blue; /* band numbers; green 0: gray (or palette) */
    int alpha;
    bool mask, palette, palette_alpha, has_nodata;
    bool band_masks; /* what the masks of all colours leave */
    uint8_t nodata;
    int largest; /* the sample that becomes 255; 0: that is 255 */
    bool white_is_zero;
} raster_rule;

/* Reads every block of every level of the scene's asset and compares with the rule. Returns the number of empty
 * blocks; fails the test at the first wrong pixel. */
int raster_check(const imx_scene *scene, const raster_rule *rule);

#endif
