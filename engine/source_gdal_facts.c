/* engine/source_gdal_facts.c: engine/raster_facts.h by GDAL. */
#include "engine/raster_facts.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/source_gdal.h"

/* The type, and how many bits of it are used where that are fewer. */
static void name_type(GDALRasterBandH band, char name[16]) {
    static const char *const names[] = {
        [GDT_Byte] = "u8",     [GDT_UInt16] = "u16",    [GDT_Int16] = "i16",     [GDT_UInt32] = "u32",
        [GDT_Int32] = "i32",   [GDT_Float32] = "f32",   [GDT_Float64] = "f64",   [GDT_CInt16] = "ci16",
        [GDT_CInt32] = "ci32", [GDT_CFloat32] = "cf32", [GDT_CFloat64] = "cf64", [GDT_UInt64] = "u64",
        [GDT_Int64] = "i64"};
    const size_t type = (size_t)GDALGetRasterDataType(band);
    const char *sign = GDALGetMetadataItem(band, "PIXELTYPE", "IMAGE_STRUCTURE");
    const char *bits = GDALGetMetadataItem(band, "NBITS", "IMAGE_STRUCTURE");
    const bool known = type < sizeof names / sizeof *names && names[type];
    const char *text = type == GDT_Byte && sign && EQUAL(sign, "SIGNEDBYTE") ? "i8"
                       : known                                               ? names[type]
                                                                             : GDALGetDataTypeName((GDALDataType)type);
    const bool fewer = bits && atoi(bits) > 0 && atoi(bits) < GDALGetDataTypeSizeBits((GDALDataType)type);
    (void)snprintf(name, 16, fewer ? "%.8s:%.4s" : "%.12s", text, fewer ? bits : "");
}

/* "Red" -> "red"; gray and undefined are no news of a band of numbers: "gray" is kept, "Undefined" is not. */
static void name_colour(GDALRasterBandH band, char name[24]) {
    const GDALColorInterp colour = GDALGetRasterColorInterpretation(band);
    (void)snprintf(name, 24, "%s", colour == GCI_Undefined ? "" : GDALGetColorInterpretationName(colour));
    for (char *at = name; *at; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
}

static bool copy_text(imx_memory *memory, const char *text, char **out) {
    if (!text || !*text || !CPLIsUTF8(text, -1)) {
        return true;
    }
    *out = imx_strdup(memory, text);
    return *out != NULL;
}

/* A number of the band's metadata; false: it has none of that name. */
static bool item(GDALRasterBandH band, const char *name, double *out) {
    const char *text = GDALGetMetadataItem(band, name, NULL);
    *out = text ? CPLAtofM(text) : (double)NAN;
    return text && !isnan(*out);
}

static void read_statistics(GDALRasterBandH band, imx_band_facts *to) {
    const char *approximate = GDALGetMetadataItem(band, "STATISTICS_APPROXIMATE", NULL);
    double percent;
    to->has_statistics = item(band, "STATISTICS_MINIMUM", &to->min) && item(band, "STATISTICS_MAXIMUM", &to->max) &&
                         item(band, "STATISTICS_MEAN", &to->mean) && item(band, "STATISTICS_STDDEV", &to->std);
    to->approximate = approximate && EQUAL(approximate, "YES");
    to->valid_part = item(band, "STATISTICS_VALID_PERCENT", &percent) && percent >= 0 && percent <= 100 ? percent / 100
                                                                                                        : (double)NAN;
}

static void read_nodata(GDALRasterBandH band, imx_band_facts *to) {
    int has = 0;
    switch (GDALGetRasterDataType(band)) {
    case GDT_Int64: to->nodata = (double)GDALGetRasterNoDataValueAsInt64(band, &has); break;
    case GDT_UInt64: to->nodata = (double)GDALGetRasterNoDataValueAsUInt64(band, &has); break;
    default: to->nodata = GDALGetRasterNoDataValue(band, &has);
    }
    to->has_nodata = has != 0;
}

static bool read_band(imx_memory *memory, GDALDatasetH dataset, int number, imx_band_facts *to) {
    GDALRasterBandH band = GDALGetRasterBand(dataset, number);
    GDALColorTableH table = GDALGetRasterColorTable(band);
    to->number = number;
    name_type(band, to->type);
    name_colour(band, to->colour);
    to->palette_count = table ? GDALGetColorEntryCount(table) : 0;
    read_nodata(band, to);
    to->scale = GDALGetRasterScale(band, NULL);
    to->offset = GDALGetRasterOffset(band, NULL);
    to->has_scaling =
        isfinite(to->scale) && isfinite(to->offset) && to->scale != 0 && (to->scale != 1 || to->offset != 0);
    read_statistics(band, to);
    return copy_text(memory, GDALGetDescription(band), &to->description) &&
           copy_text(memory, GDALGetRasterUnitType(band), &to->unit);
}

static imx_status read_all(imx_memory *memory, GDALDatasetH dataset, const char *path, imx_error *err,
                           imx_raster_facts *facts) {
    double g[6];
    const int count = GDALGetRasterCount(dataset);
    (void)snprintf(facts->driver, sizeof facts->driver, "%s", GDALGetDriverShortName(GDALGetDatasetDriver(dataset)));
    facts->width = GDALGetRasterXSize(dataset);
    facts->height = GDALGetRasterYSize(dataset);
    facts->has_geotransform = GDALGetGeoTransform(dataset, g) == CE_None;
    facts->has_points = GDALGetGCPCount(dataset) > 0;
    facts->has_rpc = GDALGetMetadata(dataset, "RPC") != NULL;
    facts->has_geolocation = GDALGetMetadata(dataset, "GEOLOCATION") != NULL;
    facts->has_crs = GDALGetSpatialRef(dataset) || GDALGetGCPSpatialRef(dataset);
    facts->overview_count = count > 0 ? GDALGetOverviewCount(GDALGetRasterBand(dataset, 1)) : 0;
    facts->bands = imx_calloc(memory, (size_t)count + 1, sizeof *facts->bands);
    bool ok = facts->bands != NULL;
    for (int i = 0; i < count && ok; i++) {
        facts->band_count = i + 1;
        ok = read_band(memory, dataset, i + 1, &facts->bands[i]);
    }
    return ok ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
}

imx_status imx_raster_facts_read(imx_memory *memory, const char *path, imx_log *log, imx_error *err,
                                 imx_raster_facts *out) {
    imx_gdal_ear ear;
    GDALDatasetH dataset = NULL;
    imx_raster_facts facts = {.band_count = 0};
    imx_gdal_listen(&ear, log);
    imx_status status = imx_gdal_open(path, log, err, &dataset);
    if (status == IMX_OK) {
        status = read_all(memory, dataset, path, err, &facts);
        GDALClose(dataset);
    }
    imx_gdal_unlisten();
    if (status == IMX_OK) {
        *out = facts;
    } else {
        imx_raster_facts_clear(memory, &facts);
    }
    return status;
}

void imx_raster_facts_clear(imx_memory *memory, imx_raster_facts *facts) {
    for (int32_t i = 0; i < facts->band_count; i++) {
        imx_free(memory, facts->bands[i].description);
        imx_free(memory, facts->bands[i].unit);
    }
    imx_free(memory, facts->bands);
    *facts = (imx_raster_facts){.band_count = 0};
}
