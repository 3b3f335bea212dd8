/* engine/source_gdal_place.c: where a raster lies: its geotransform, control points or RPC, and its CRS; or what is
 * missing. */
#include <math.h>
#include <ogr_srs_api.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>

#include "engine/crs.h"
#include "engine/source_gdal.h"

static const double identity[6] = {0, 1, 0, 0, 0, 1};

/* ---- geotransform ---- */

/* Finite, and two independent directions of more than rounding noise. */
static bool is_invertible(const double g[6]) {
    for (int i = 0; i < 6; i++) {
        if (!isfinite(g[i])) {
            return false;
        }
    }
    double determinant = g[1] * g[5] - g[2] * g[4];
    double lengths = hypot(g[1], g[4]) * hypot(g[2], g[5]);
    return isfinite(determinant) && lengths > 0 && fabs(determinant) > 1e-9 * lengths;
}

static imx_status say_no_place(const char *path, imx_error *err) {
    imx_status status = imx_gdal_rpc_damaged(path, err);
    return status ? status
                  : imx_fail(err, IMX_E_INPUT,
                             "%s: no georeferencing (no geotransform, ground control points or RPC): put a world file "
                             "beside it "
                             "(%s.wld) or set a geotransform with gdal_edit.py -a_ullr, and give the CRS with "
                             "--src-crs EPSG:n; "
                             "or put the RPC file of its delivery (.rpb, _RPC.TXT) beside it",
                             path, CPLGetBasename(path));
}

static imx_status find_geotransform(GDALDatasetH dataset, imx_error *err, imx_asset *asset) {
    double g[6];
    if (GDALGetGeoTransform(dataset, g) != CE_None || memcmp(g, identity, sizeof g) == 0) {
        return say_no_place(asset->path, err);
    }
    if (!is_invertible(g)) {
        return imx_fail(err, IMX_E_INPUT,
                        "%s: its geotransform (%g %g %g %g %g %g) cannot be inverted: correct it with gdal_edit.py",
                        asset->path, g[0], g[1], g[2], g[3], g[4], g[5]);
    }
    memcpy(asset->geotransform, g, sizeof g);
    return IMX_OK;
}

/* ---- CRS ---- */

static imx_status find_crs(imx_memory *memory, GDALDatasetH dataset, bool gcps, const imx_source_options *options,
                           const char *path, imx_error *err, char **out) {
    if (options && options->crs) {
        return imx_crs_read(memory, "--src-crs", options->crs, err, out);
    }
    OGRSpatialReferenceH crs = gcps ? GDALGetGCPSpatialRef(dataset) : GDALGetSpatialRef(dataset);
    if (!crs || OSRIsLocal(crs) || !(OSRIsProjected(crs) || OSRIsGeographic(crs) || OSRIsDerivedGeographic(crs))) {
        return imx_fail(err, IMX_E_INPUT, "%s: %s: give the CRS with --src-crs EPSG:n", path,
                        crs ? "its CRS is a local one, tied to nothing on the Earth"
                            : "no coordinate reference system");
    }
    return imx_gdal_crs_text(memory, crs, path, err, out);
}

/* The SRS that geolocation arrays name. */
static imx_status find_array_crs(imx_memory *memory, GDALDatasetH dataset, const imx_source_options *options,
                                 const char *path, imx_error *err, char **out) {
    const char *given = GDALGetMetadataItem(dataset, "SRS", "GEOLOCATION");
    OGRSpatialReferenceH crs = NULL;
    if (!GDALGetMetadata(dataset, "GEOLOCATION")) {
        return imx_fail(err, IMX_E_INPUT, "%s: has no geolocation arrays", path);
    }
    if (options && options->crs) {
        return imx_crs_read(memory, "--src-crs", options->crs, err, out);
    }
    if (given) {
        crs = OSRNewSpatialReference(NULL);
    }
    imx_status status = crs && OSRSetFromUserInput(crs, given) == OGRERR_NONE
                            ? imx_gdal_crs_text(memory, crs, path, err, out)
                            : imx_fail(err, IMX_E_INPUT,
                                       "%s: its geolocation arrays name no coordinate reference system (SRS): give it "
                                       "with --src-crs EPSG:n",
                                       path);
    OSRDestroySpatialReference(crs);
    return status;
}

/* ---- which of them ---- */

/* A geotransform with a CRS, or whose CRS is given; then control points; then RPC; then geolocation
 * arrays: GDAL's order, but that GDAL takes a geotransform alone for more than RPC. */
static imx_georef_choice choose(GDALDatasetH dataset, const imx_source_options *options) {
    if (options && options->georef != IMX_CHOOSE_AUTO) {
        return options->georef;
    }
    double g[6];
    bool affine = GDALGetGeoTransform(dataset, g) == CE_None && memcmp(g, identity, sizeof g) != 0;
    bool crs = (options && options->crs) || GDALGetSpatialRef(dataset);
    if (affine && crs) {
        return IMX_CHOOSE_AFFINE;
    }
    return GDALGetGCPCount(dataset) > 0              ? IMX_CHOOSE_POLYNOMIAL
           : GDALGetMetadata(dataset, "RPC")         ? IMX_CHOOSE_RPC
           : GDALGetMetadata(dataset, "GEOLOCATION") ? IMX_CHOOSE_GEOLOCATION
                                                     : IMX_CHOOSE_AFFINE;
}

static bool is_geographic(const char *crs) {
    OGRSpatialReferenceH known = OSRNewSpatialReference(NULL);
    bool geographic = known && OSRSetFromUserInput(known, crs) == OGRERR_NONE && OSRIsGeographic(known);
    OSRDestroySpatialReference(known);
    return geographic;
}

static imx_status place_by_georef(imx_memory *memory, GDALDatasetH dataset, imx_georef_choice choice,
                                  const imx_source_options *options, imx_log *log, imx_error *err, imx_asset *asset,
                                  char **crs) {
    imx_status status;
    asset->georef = imx_calloc(memory, 1, sizeof *asset->georef);
    if (!asset->georef) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
    }
    memcpy(asset->geotransform, identity, sizeof identity);
    if (choice == IMX_CHOOSE_RPC) {
        status = imx_gdal_rpc(memory, dataset, options, log, err, asset, asset->georef);
        *crs = status == IMX_OK ? imx_strdup(memory, "EPSG:4326") : NULL;
        if (status == IMX_OK && !*crs) {
            status = imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
        }
    } else if (choice == IMX_CHOOSE_GEOLOCATION) {
        asset->georef->kind = IMX_GEOREF_GEOLOCATION;
        status = find_array_crs(memory, dataset, options, asset->path, err, crs);
        if (status == IMX_OK) {
            status = imx_gdal_geolocation(memory, dataset, asset->path, is_geographic(*crs), log, err, asset->georef);
        }
    } else {
        asset->georef->kind = choice == IMX_CHOOSE_TPS ? IMX_GEOREF_TPS : IMX_GEOREF_POLYNOMIAL;
        asset->georef->order = options ? options->gcp_order : 0;
        status = GDALGetGCPCount(dataset) > 0
                     ? find_crs(memory, dataset, true, options, asset->path, err, crs)
                     : imx_fail(err, IMX_E_INPUT, "%s: has no ground control points", asset->path);
        if (status == IMX_OK) {
            status = imx_gdal_gcps(memory, dataset, asset->path, is_geographic(*crs), log, err, asset->georef);
        }
    }
    if (status == IMX_OK) {
        status = imx_georef_settle(memory, asset->georef, asset->geotransform, asset->width, asset->height, asset->path,
                                   log, err);
        status = status == IMX_OK ? status : imx_error_context(err, "%s", asset->path);
    }
    return status;
}

/* North up in a CRS of the Earth. */
static bool is_upright(GDALDatasetH dataset, const imx_source_options *options) {
    OGRSpatialReferenceH crs = GDALGetSpatialRef(dataset);
    const bool known = options->crs || (crs && !OSRIsLocal(crs) &&
                                        (OSRIsProjected(crs) || OSRIsGeographic(crs) || OSRIsDerivedGeographic(crs)));
    double g[6];
    return known && choose(dataset, options) == IMX_CHOOSE_AFFINE && GDALGetGeoTransform(dataset, g) == CE_None &&
           memcmp(g, identity, sizeof g) != 0 && is_invertible(g) && g[1] > 0 && g[2] == 0 && g[4] == 0 && g[5] < 0;
}

/* Other planets' are not, and CRSs whose datum PROJ cannot leave. */
static bool leads_to_degrees(imx_memory *memory, const char *crs) {
    imx_lonlat *lonlat = NULL;
    const bool does = imx_lonlat_create(memory, crs, NULL, &lonlat) == IMX_OK;
    imx_lonlat_destroy(&lonlat);
    return does;
}

static imx_status place_by_pixels(imx_memory *memory, imx_error *err, imx_asset *asset, char **crs) {
    static const double down[6] = {0, 1, 0, 0, 0, -1};
    memcpy(asset->geotransform, down, sizeof down);
    *crs = imx_strdup(memory, IMX_CRS_PIXELS);
    return *crs ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
}

imx_status imx_gdal_place(imx_memory *memory, GDALDatasetH dataset, const imx_source_options *options, imx_log *log,
                          imx_error *err, imx_asset *asset, char **crs) {
    if (options && options->own_pixels && !is_upright(dataset, options)) {
        return place_by_pixels(memory, err, asset, crs);
    }
    imx_georef_choice choice = choose(dataset, options);
    if (choice != IMX_CHOOSE_AFFINE) {
        return place_by_georef(memory, dataset, choice, options, log, err, asset, crs);
    }
    imx_status status = find_geotransform(dataset, err, asset);
    status = status == IMX_OK ? find_crs(memory, dataset, false, options, asset->path, err, crs) : status;
    if (status == IMX_OK && options && options->own_pixels && !leads_to_degrees(memory, *crs)) {
        imx_free(memory, *crs);
        return place_by_pixels(memory, err, asset, crs);
    }
    return status;
}
