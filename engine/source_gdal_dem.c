/* engine/source_gdal_dem.c: heights through GDAL. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <string.h>

#include "engine/source_dem.h"
#include "engine/source_gdal.h"

struct imx_dem {
    imx_memory *memory;
    char *path, *crs;
    GDALDatasetH dataset;
    GDALRasterBandH band;
    imx_dem_info info;
    bool has_nodata;
    double nodata, scale, offset; /* to metres */
};

/* What its CRS says about heights. */
static imx_dem_datum datum_of(OGRSpatialReferenceH crs) {
    if (!OSRIsCompound(crs)) {
        return OSRGetAxesCount(crs) == 3 ? IMX_DEM_DATUM_ELLIPSOID : IMX_DEM_DATUM_UNSAID;
    }
    const char *code = OSRGetAuthorityCode(crs, "VERT_CS"), *name = OSRGetAttrValue(crs, "VERT_CS", 0);
    if ((code && EQUAL(code, "5773")) || (name && strstr(name, "EGM96"))) {
        return IMX_DEM_DATUM_EGM96;
    }
    if ((code && EQUAL(code, "3855")) || (name && strstr(name, "EGM2008"))) {
        return IMX_DEM_DATUM_EGM2008;
    }
    return IMX_DEM_DATUM_OTHER;
}

/* Metres per unit of the band. */
static double unit_m(const char *unit) {
    return EQUAL(unit, "ft") || EQUAL(unit, "foot") || EQUAL(unit, "feet") ? 0.3048
           : EQUAL(unit, "us-ft") || EQUAL(unit, "US survey foot")         ? 1200.0 / 3937
                                                                           : 1;
}

static imx_status place(imx_dem *dem, const char *default_crs, imx_error *err) {
    double *g = dem->info.geotransform;
    if (GDALGetGeoTransform(dem->dataset, g) != CE_None || !(fabs(g[1] * g[5] - g[2] * g[4]) > 0) || !isfinite(g[0]) ||
        !isfinite(g[3])) {
        return imx_fail(err, IMX_E_INPUT, "%s: heights need a raster with a geotransform, and it has none", dem->path);
    }
    OGRSpatialReferenceH crs = GDALGetSpatialRef(dem->dataset);
    if (!crs && !default_crs) {
        return imx_fail(err, IMX_E_INPUT, "%s: no coordinate reference system: set one with gdal_edit.py -a_srs EPSG:n",
                        dem->path);
    }
    if (!crs) {
        dem->crs = imx_strdup(dem->memory, default_crs);
        return dem->crs ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", dem->path);
    }
    dem->info.datum = datum_of(crs);
    return imx_gdal_crs_text(dem->memory, crs, dem->path, err, &dem->crs);
}

static imx_status describe(imx_dem *dem, const char *default_crs, imx_error *err) {
    dem->band = GDALGetRasterBand(dem->dataset, 1);
    if (!dem->band || GDALDataTypeIsComplex(GDALGetRasterDataType(dem->band))) {
        return imx_fail(err, IMX_E_INPUT, "%s: has no band of heights", dem->path);
    }
    int has_nodata = 0, has_scale = 0, has_offset = 0;
    dem->nodata = GDALGetRasterNoDataValue(dem->band, &has_nodata);
    dem->has_nodata = has_nodata != 0;
    double scale = GDALGetRasterScale(dem->band, &has_scale), offset = GDALGetRasterOffset(dem->band, &has_offset);
    double unit = unit_m(GDALGetRasterUnitType(dem->band));
    dem->scale = (has_scale ? scale : 1) * unit;
    dem->offset = (has_offset ? offset : 0) * unit;
    dem->info.width = GDALGetRasterXSize(dem->dataset);
    dem->info.height = GDALGetRasterYSize(dem->dataset);
    imx_status status = place(dem, default_crs, err);
    dem->info.crs = dem->crs;
    return status;
}

imx_status imx_dem_open(imx_memory *memory, const char *path, const char *default_crs, imx_error *err, imx_dem **out) {
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, NULL);
    imx_dem *dem = imx_calloc(memory, 1, sizeof *dem);
    imx_status status = IMX_OK;
    if (!dem) {
        status = imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
        goto out;
    }
    dem->memory = memory;
    dem->path = imx_strdup(memory, path);
    status = dem->path ? imx_gdal_open(path, NULL, err, &dem->dataset)
                       : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    status = status == IMX_OK ? describe(dem, default_crs, err) : status;
out:
    imx_gdal_unlisten();
    if (status != IMX_OK) {
        imx_dem_close(&dem);
        return status;
    }
    *out = dem;
    return IMX_OK;
}

void imx_dem_close(imx_dem **dem) {
    imx_dem *d = *dem;
    if (!d) {
        return;
    }
    if (d->dataset) {
        imx_gdal_ear ear;
        imx_gdal_listen(&ear, NULL);
        GDALClose(d->dataset);
        imx_gdal_unlisten();
    }
    imx_free(d->memory, d->path);
    imx_free(d->memory, d->crs);
    imx_free(d->memory, d);
    *dem = NULL;
}

const imx_dem_info *imx_dem_about(const imx_dem *dem) { return &dem->info; }

imx_status imx_dem_read(imx_dem *dem, int32_t x, int32_t y, int32_t w, int32_t h, float *out, int32_t stride,
                        imx_error *err) {
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, NULL);
    CPLErr failed = GDALRasterIO(dem->band, GF_Read, x, y, w, h, out, w, h, GDT_Float32, (int)sizeof *out,
                                 (int)sizeof *out * stride);
    imx_status status = failed == CE_None ? IMX_OK
                                          : imx_fail(err, IMX_E_INPUT, "%s: heights cannot be read: %s", dem->path,
                                                     imx_gdal_reason(&ear));
    imx_gdal_unlisten();
    for (int32_t row = 0; row < h && status == IMX_OK; row++) {
        float *line = out + (ptrdiff_t)row * stride;
        for (int32_t i = 0; i < w; i++) {
            bool none = (dem->has_nodata && line[i] == (float)dem->nodata) || !isfinite(line[i]);
            line[i] = none ? NAN : (float)((double)line[i] * dem->scale + dem->offset);
        }
    }
    return status;
}
