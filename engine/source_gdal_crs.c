/* engine/source_gdal_crs.c: coordinate reference systems as text: those of files, and what a user gives for one. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/file.h"
#include "engine/crs.h"
#include "engine/source_gdal.h"

/* ---- of a file ---- */

/* The EPSG code under which the registry has the same definition; NULL: none. The text is the CRS object's. */
static const char *epsg_code(OGRSpatialReferenceH crs) {
    static const char *const ignore_mapping[] = {"IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", NULL};
    const char *authority = OSRGetAuthorityName(crs, NULL), *code = OSRGetAuthorityCode(crs, NULL);
    if (!authority || !code || strcmp(authority, "EPSG") != 0) {
        return NULL;
    }
    OGRSpatialReferenceH registered = OSRNewSpatialReference(NULL);
    bool same = registered && OSRImportFromEPSG(registered, atoi(code)) == OGRERR_NONE &&
                OSRIsSameEx(crs, registered, ignore_mapping);
    OSRDestroySpatialReference(registered);
    return same ? code : NULL;
}

/* The horizontal part. */
imx_status imx_gdal_crs_text(imx_memory *memory, OGRSpatialReferenceH crs, const char *path, imx_error *err,
                             char **out) {
    static const char *const options[] = {"FORMAT=WKT2_2019", "MULTILINE=NO", NULL};
    imx_status status = IMX_OK;
    char *wkt = NULL, *text = NULL;
    OGRSpatialReferenceH flat = OSRClone(crs);
    if (!flat) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    }
    (void)OSRDemoteTo2D(flat, NULL);
    const char *code = epsg_code(flat);
    if (code) {
        text = imx_sprintf(memory, "EPSG:%s", code);
    } else {
        if (OSRExportToWktEx(flat, &wkt, options) != OGRERR_NONE || !wkt || !wkt[0]) {
            status = imx_fail(err, IMX_E_INPUT, "%s: its CRS cannot be written as WKT2: give one with --src-crs EPSG:n",
                              path);
            goto out;
        }
        text = imx_strdup(memory, wkt);
    }
    if (!text) {
        status = imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
        goto out;
    }
    *out = text;
out:
    CPLFree(wkt);
    OSRDestroySpatialReference(flat);
    return status;
}

/* ---- of a user ---- */

/* Without an identifier of its own, but degrees of longitude and latitude on WGS 84: the engine's order of axes is the
 * same for all, so that this is EPSG:4326, which GeoTIFF can name. */
static bool is_wgs84(OGRSpatialReferenceH crs) {
    static const char *const any_order[] = {"CRITERION=EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS",
                                            "IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", NULL};
    const char *authority = OSRGetAuthorityName(crs, NULL);
    if (!OSRIsGeographic(crs) || (authority && strcmp(authority, "OGC") != 0)) {
        return false;
    }
    OGRSpatialReferenceH wgs84 = OSRNewSpatialReference(NULL);
    bool same = wgs84 && OSRImportFromEPSG(wgs84, 4326) == OGRERR_NONE && OSRIsSameEx(crs, wgs84, any_order) != 0;
    OSRDestroySpatialReference(wgs84);
    return same;
}

/* An address as a name: OGC's, which GDAL reads without asking anybody. */
static bool is_ogc_uri(const char *text) {
    static const char *const begins[] = {"http://opengis.net/def/crs", "https://opengis.net/def/crs",
                                         "http://www.opengis.net/def/crs", "https://www.opengis.net/def/crs"};
    bool is = false;
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        is = is || strncasecmp(text, begins[i], strlen(begins[i])) == 0;
    }
    return is;
}

/* What GDAL takes, and a few names that only PROJ knows, or OGC alone. Nothing is fetched or opened: addresses and
 * names of files are none here. */
static bool import(imx_memory *memory, const char *given, OGRSpatialReferenceH crs) {
    VSIStatBufL stat;
    given += strspn(given, " \t\r\n");
    if ((strstr(given, "://") && strcspn(given, "[{+") > strcspn(given, ":") && !is_ogc_uri(given)) ||
        strncmp(given, "/vsi", 4) == 0 || VSIStatL(given, &stat) == 0) {
        return false;
    }
    char longer[16];
    if (strncasecmp(given, "CRS", 3) == 0 && strlen(given) == 5) { /* CRS84, CRS83, CRS27 */
        (void)snprintf(longer, sizeof longer, "OGC:%s", given);
        given = longer;
    }
    if (OSRSetFromUserInput(crs, given) == OGRERR_NONE) {
        return true;
    }
    char *wkt = imx_crs_named(memory, given);
    const bool known = wkt && OSRSetFromUserInput(crs, wkt) == OGRERR_NONE;
    imx_free(memory, wkt);
    return known;
}

/* Of a file that holds it, white space around it; files of other things are larger than any CRS. */
static bool import_file(imx_memory *memory, const char *path, OGRSpatialReferenceH crs) {
    enum { BYTES_MAX = 1 << 20 };
    GByte *content = NULL;
    vsi_l_offset size = 0;
    if (strchr(path, '\n') || imx_file_check(path, NULL) != IMX_OK ||
        !VSIIngestFile(NULL, path, &content, &size, BYTES_MAX)) {
        return false;
    }
    char *text = (char *)content;
    text += strspn(text, " \t\r\n");
    size_t length = strlen(text);
    while (length && strchr(" \t\r\n", text[length - 1])) {
        text[--length] = '\0';
    }
    const bool known = length && import(memory, text, crs);
    VSIFree(content);
    return known;
}

imx_status imx_crs_read(imx_memory *memory, const char *option, const char *given, imx_error *err, char **out) {
    imx_status status;
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, NULL);
    OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
    if (!crs) {
        status = imx_fail(err, IMX_E_NOMEM, "%s: out of memory", option);
    } else if (!import(memory, given, crs) && !import_file(memory, given, crs)) {
        status = imx_fail(err, IMX_E_USAGE,
                          "%s '%.80s': not a CRS: give AUTHORITY:CODE (EPSG:32650), a URN, WKT, PROJJSON, a PROJ "
                          "string, or a file that holds one of these",
                          option, given);
    } else if (!OSRIsProjected(crs) && !OSRIsGeographic(crs) && !OSRIsDerivedGeographic(crs)) {
        status = imx_fail(err, IMX_E_USAGE, "%s '%.80s': not a CRS of places on a map (projected, or geographic)",
                          option, given);
    } else if (is_wgs84(crs)) {
        *out = imx_strdup(memory, "EPSG:4326");
        status = *out ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", option);
    } else {
        status = imx_gdal_crs_text(memory, crs, option, err, out);
    }
    OSRDestroySpatialReference(crs);
    imx_gdal_unlisten();
    return status;
}
