/* engine/source_gdal_tags.c: GeoTIFF's tags of a CRS: GDAL writes a GeoTIFF of one pixel in memory, and they are read
 * out of it. The file is a little-endian classic TIFF with one directory; nothing else is asked of it. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <ogr_srs_api.h>
#include <stdlib.h>
#include <string.h>

#include "engine/geotiff_tags.h"
#include "engine/source_gdal.h"

enum { GEO_KEY_DIRECTORY = 34735, GEO_DOUBLE_PARAMS = 34736, GEO_ASCII_PARAMS = 34737 };
enum { HEADER_BYTES = 8, ENTRY_BYTES = 12, INLINE_BYTES = 4 };

typedef struct bytes {
    const uint8_t *data;
    size_t size;
} bytes;

static uint32_t number(const bytes *file, size_t at, size_t size) {
    uint32_t value = 0;
    for (size_t i = 0; i < size && at + i < file->size; i++) {
        value |= (uint32_t)file->data[at + i] << (8 * i);
    }
    return value;
}

/* A copy of a tag's values, with a zero behind them; NULL: absent, damaged, or out of memory (*bad). */
static void *copy_tag(imx_memory *memory, const bytes *file, uint32_t tag, size_t value_bytes, size_t *count,
                      bool *bad) {
    const size_t directory = number(file, 4, 4), entries = number(file, directory, 2);
    for (size_t i = 0; i < entries; i++) {
        const size_t entry = directory + 2 + ENTRY_BYTES * i;
        if (number(file, entry, 2) != tag) {
            continue;
        }
        const size_t n = number(file, entry + 4, 4), size = n * value_bytes;
        const size_t at = size > INLINE_BYTES ? number(file, entry + 8, 4) : entry + 8;
        if (at > file->size || size > file->size - at) {
            *bad = true;
            return NULL;
        }
        uint8_t *copy = imx_calloc(memory, 1, size + value_bytes);
        if (copy) {
            memcpy(copy, file->data + at, size);
            *count = n;
        }
        *bad = *bad || !copy;
        return copy;
    }
    return NULL;
}

static imx_status take_tags(imx_memory *memory, const bytes *file, imx_error *err, imx_geotiff_tags *out) {
    bool bad = file->size < HEADER_BYTES || memcmp(file->data, "II\x2a\0", 4) != 0;
    imx_geotiff_tags tags = {0};
    size_t letters = 0;
    if (!bad) {
        tags.directory = copy_tag(memory, file, GEO_KEY_DIRECTORY, sizeof *tags.directory, &tags.directory_count, &bad);
        tags.doubles = copy_tag(memory, file, GEO_DOUBLE_PARAMS, sizeof *tags.doubles, &tags.double_count, &bad);
        tags.ascii = copy_tag(memory, file, GEO_ASCII_PARAMS, 1, &letters, &bad);
    }
    if (bad) {
        imx_geotiff_tags_clear(memory, &tags);
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the tags of a GeoTIFF");
    }
    *out = tags;
    return IMX_OK;
}

/* A GeoTIFF of one pixel with that CRS. */
static bool write_sample(const char *path, OGRSpatialReferenceH crs) {
    char **options = CSLSetNameValue(NULL, "ENDIANNESS", "LITTLE");
    double geotransform[6] = {0, 1, 0, 0, 0, -1};
    GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), path, 1, 1, 1, GDT_Byte, options);
    CSLDestroy(options);
    bool written =
        dataset && GDALSetGeoTransform(dataset, geotransform) == CE_None && GDALSetSpatialRef(dataset, crs) == CE_None;
    if (dataset) {
        GDALClose(dataset);
    }
    return written;
}

/* GDAL leaves some projections out (Equal Earth, for one), and notes them in a file of its own beside the GeoTIFF. */
static bool tells_crs(const char *path) {
    GDALDatasetH dataset = GDALOpen(path, GA_ReadOnly);
    bool told = dataset && GDALGetSpatialRef(dataset);
    if (dataset) {
        GDALClose(dataset);
    }
    return told;
}

/* What GeoTIFF has for any projected CRS that EPSG numbers: GTModelTypeGeoKey, GTRasterTypeGeoKey (pixels are areas),
 * ProjectedCRSGeoKey. */
static imx_status number_tags(imx_memory *memory, OGRSpatialReferenceH crs, imx_error *err, imx_geotiff_tags *out) {
    const char *authority = OSRGetAuthorityName(crs, NULL), *code = OSRGetAuthorityCode(crs, NULL);
    const int epsg = authority && code && strcmp(authority, "EPSG") == 0 ? atoi(code) : 0;
    if (!OSRIsProjected(crs) || epsg < 1024 || epsg > 32766) {
        return imx_fail(err, IMX_E_INPUT, "GeoTIFF has no way to name the CRS '%.80s': choose another with --crs",
                        OSRGetName(crs) ? OSRGetName(crs) : "?");
    }
    const uint16_t keys[] = {1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, (uint16_t)epsg};
    uint16_t *directory = imx_alloc(memory, sizeof keys);
    if (!directory) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the tags of a GeoTIFF");
    }
    memcpy(directory, keys, sizeof keys);
    *out = (imx_geotiff_tags){.directory = directory, .directory_count = sizeof keys / sizeof *keys};
    return IMX_OK;
}

imx_status imx_geotiff_tags_create(imx_memory *memory, const char *crs, imx_error *err, imx_geotiff_tags *out) {
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, NULL);
    CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", "NO");
    OGRSpatialReferenceH reference = OSRNewSpatialReference(NULL);
    imx_status status = IMX_OK;
    char *path = imx_sprintf(memory, "/vsimem/imbrex-tags-%p.tif", (void *)out); /* of this caller alone */
    if (!path || !reference) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory for the tags of a GeoTIFF");
    } else if (OSRSetFromUserInput(reference, crs) != OGRERR_NONE || !write_sample(path, reference)) {
        status =
            imx_fail(err, IMX_E_INPUT, "'%.80s' cannot be written into a GeoTIFF (%s)", crs, imx_gdal_reason(&ear));
    } else if (!tells_crs(path)) {
        status = number_tags(memory, reference, err, out);
    } else {
        vsi_l_offset size = 0;
        const bytes file = {VSIGetMemFileBuffer(path, &size, FALSE), (size_t)size};
        status = take_tags(memory, &file, err, out);
    }
    if (path) {
        VSIUnlink(path);
    }
    imx_free(memory, path);
    OSRDestroySpatialReference(reference);
    CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", NULL);
    imx_gdal_unlisten();
    return status;
}

void imx_geotiff_tags_clear(imx_memory *memory, imx_geotiff_tags *tags) {
    imx_free(memory, tags->directory);
    imx_free(memory, tags->doubles);
    imx_free(memory, tags->ascii);
    *tags = (imx_geotiff_tags){0};
}
