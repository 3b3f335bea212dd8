/* engine/source_gdal_outline.c: the polygons of a vector file, through OGR: see engine/outline.h. */
#include <ogr_api.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <string.h>

#include "engine/crs.h"
#include "engine/outline.h"
#include "engine/source_gdal.h"

typedef struct reading { /* one layer */
    imx_memory *memory;
    const imx_cutline_options *options;
    imx_outline *outline;
    bool swap; /* the file has north before east */
    imx_error *err;
} reading;

/* ---- which layer ---- */

/* "a, b, c", cut off where it grows long. */
static void list_layers(GDALDatasetH dataset, size_t size, char *text) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < GDALDatasetGetLayerCount(dataset) && used < size; i++) {
        int more =
            snprintf(text + used, size - used, "%s%s", i ? ", " : "", OGR_L_GetName(GDALDatasetGetLayer(dataset, i)));
        used += more > 0 ? (size_t)more : 0;
    }
}

static imx_status find_layer(GDALDatasetH dataset, const imx_cutline_options *options, imx_error *err, OGRLayerH *out) {
    const int count = GDALDatasetGetLayerCount(dataset);
    char names[256];
    list_layers(dataset, sizeof names, names);
    *out = options->layer ? GDALDatasetGetLayerByName(dataset, options->layer)
           : count == 1   ? GDALDatasetGetLayer(dataset, 0)
                          : NULL;
    if (*out) {
        return IMX_OK;
    }
    if (options->layer) {
        return imx_fail(err, IMX_E_INPUT, "%s: has no layer %s, but %s", options->path, options->layer,
                        count ? names : "none at all");
    }
    return imx_fail(err, IMX_E_INPUT,
                    count ? "%s: has several layers (%s): name one with --cutline-layer" : "%s: has no layer%s",
                    options->path, count ? names : "");
}

/* ---- its CRS ---- */

/* Whether a layer's first coordinate is the northing or latitude. */
static bool north_first(OGRSpatialReferenceH crs) {
    int count = 0;
    const int *mapping = OSRGetDataAxisToSRSAxisMapping(crs, &count);
    const bool crs_north_first = OSREPSGTreatsAsLatLong(crs) || OSREPSGTreatsAsNorthingEasting(crs);
    return count >= 2 && (crs_north_first ? mapping[0] == 1 : mapping[0] == 2);
}

static imx_status find_crs(OGRLayerH layer, reading *r, char **out) {
    const char *given = r->options->crs;
    if (given) {
        return imx_crs_read(r->memory, "--cutline-crs", given, r->err, out);
    }
    OGRSpatialReferenceH crs = OGR_L_GetSpatialRef(layer);
    if (!crs) {
        return imx_fail(r->err, IMX_E_INPUT, "%s: no coordinate reference system: give one with --cutline-crs EPSG:n",
                        r->options->path);
    }
    r->swap = north_first(crs);
    return imx_gdal_crs_text(r->memory, crs, r->options->path, r->err, out);
}

/* ---- its polygons ---- */

static imx_status add_ring(reading *r, OGRGeometryH ring, bool hole) {
    const int count = OGR_G_GetPointCount(ring);
    if (count < 3) {
        return IMX_OK;
    }
    double *xy = imx_calloc(r->memory, (size_t)count, 2 * sizeof *xy);
    if (!xy) {
        return imx_fail(r->err, IMX_E_NOMEM, "%s: out of memory for its polygons", r->options->path);
    }
    const int stride = 2 * (int)sizeof *xy;
    (void)OGR_G_GetPoints(ring, xy + r->swap, stride, xy + !r->swap, stride, NULL, 0);
    imx_status status = imx_outline_add(r->memory, r->outline, xy, (size_t)count, hole, r->err);
    imx_free(r->memory, xy);
    if (status == IMX_E_INPUT) {
        (void)imx_error_context(r->err, "%s", r->options->path);
    }
    return status;
}

/* Polygons, and collections of them to any depth. */
static imx_status add_geometry(reading *r, OGRGeometryH geometry, long long feature) {
    const OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(geometry));
    const bool polygon = type == wkbPolygon || type == wkbTriangle;
    if (!polygon && type != wkbMultiPolygon && type != wkbGeometryCollection) {
        return imx_fail(r->err, IMX_E_INPUT, "%s: feature %lld is a %s: a cutline is made of polygons",
                        r->options->path, feature, OGR_G_GetGeometryName(geometry));
    }
    imx_status status = IMX_OK;
    for (int i = 0; i < OGR_G_GetGeometryCount(geometry) && !status; i++) {
        OGRGeometryH part = OGR_G_GetGeometryRef(geometry, i);
        status = polygon ? add_ring(r, part, i > 0) : add_geometry(r, part, feature);
    }
    return status;
}

/* Arcs become chords of 4 degrees of arc, as everywhere in OGR. */
static imx_status add_feature(reading *r, OGRFeatureH feature) {
    OGRGeometryH geometry = OGR_F_GetGeometryRef(feature), straight = NULL;
    if (!geometry || OGR_G_IsEmpty(geometry)) {
        return IMX_OK;
    }
    if (OGR_G_HasCurveGeometry(geometry, false)) {
        straight = OGR_G_GetLinearGeometry(geometry, 0, NULL);
    }
    imx_status status = add_geometry(r, straight ? straight : geometry, (long long)OGR_F_GetFID(feature));
    OGR_G_DestroyGeometry(straight);
    return status;
}

static imx_status read_layer(OGRLayerH layer, reading *r, const imx_gdal_ear *ear) {
    const imx_cutline_options *options = r->options;
    if (options->where && OGR_L_SetAttributeFilter(layer, options->where) != OGRERR_NONE) {
        return imx_fail(r->err, IMX_E_USAGE, "--cutline-where: '%.200s' is no condition on %s (%s)", options->where,
                        options->path, imx_gdal_reason(ear));
    }
    imx_status status = IMX_OK;
    OGRFeatureH feature;
    OGR_L_ResetReading(layer);
    while (!status && (feature = OGR_L_GetNextFeature(layer)) != NULL) {
        status = add_feature(r, feature);
        OGR_F_Destroy(feature);
    }
    if (!status && imx_gdal_failed(ear)) {
        status = imx_fail(r->err, IMX_E_INPUT, "%s: damaged, cannot be read (%s)", options->path, ear->reason);
    }
    if (!status && !r->outline->ring_count) {
        status = imx_fail(r->err, IMX_E_INPUT, "%s: no polygon in it%s", options->path,
                          options->where ? " that --cutline-where lets through" : "");
    }
    return status;
}

imx_status imx_outline_read(imx_memory *memory, const imx_cutline_options *options, imx_error *err, imx_outline **out) {
    reading r = {.memory = memory, .options = options, .err = err};
    GDALDatasetH dataset = NULL;
    OGRLayerH layer = NULL;
    char *crs = NULL, *name = imx_input_name(memory, options->path);
    imx_status status = name ? imx_gdal_open_vector(name, err, &dataset)
                             : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", options->path);
    imx_free(memory, name);
    if (status != IMX_OK) {
        return status;
    }
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, NULL);
    status = find_layer(dataset, options, err, &layer);
    status = status ? status : find_crs(layer, &r, &crs);
    status = status ? status : imx_outline_create(memory, crs, err, &r.outline);
    status = status ? status : read_layer(layer, &r, &ear);
    imx_gdal_unlisten();
    imx_free(memory, crs);
    GDALClose(dataset);
    if (status != IMX_OK) {
        imx_outline_destroy(memory, &r.outline);
        return status;
    }
    *out = r.outline;
    return IMX_OK;
}
