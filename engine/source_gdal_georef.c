/* engine/source_gdal_georef.c: ground control points and RPC, as GDAL finds them in and beside a file, into a georef.
 */
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal_alg.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <string.h>

#include "engine/elevation.h"
#include "engine/source_gdal.h"

static const double identity[6] = {0, 1, 0, 0, 0, 1};

/* ---- ground control points ---- */

imx_status imx_gdal_gcps(imx_memory *memory, GDALDatasetH dataset, const char *path, bool geographic, imx_log *log,
                         imx_error *err, imx_georef *georef) {
    int count = GDALGetGCPCount(dataset);
    const GDAL_GCP *points = GDALGetGCPs(dataset);
    if (count <= 0 || !points) {
        return imx_fail(err, IMX_E_INPUT, "%s: has no ground control points", path);
    }
    if (count > IMX_GCPS_MAX) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "%s: %d ground control points are more than %d", path, count,
                        IMX_GCPS_MAX);
    }
    georef->gcps = imx_calloc(memory, (size_t)count, sizeof *georef->gcps);
    if (!georef->gcps) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    }
    for (int i = 0; i < count; i++) {
        double x = points[i].dfGCPX;
        if (geographic && imx_georef_is_nowhere(x, points[i].dfGCPY)) {
            continue;
        }
        if (geographic && georef->gcp_count) { /* in one piece over the antimeridian */
            x -= 360 * floor((x - georef->gcps[0].x) / 360 + 0.5);
        }
        georef->gcps[georef->gcp_count++] = (imx_gcp){points[i].dfGCPPixel, points[i].dfGCPLine, x, points[i].dfGCPY};
    }
    const size_t nowhere = (size_t)count - georef->gcp_count;
    if (!georef->gcp_count) {
        return imx_fail(err, IMX_E_INPUT,
                        "%s: none of its %d ground control points lies on the Earth (latitudes beyond 90 degrees, or "
                        "longitudes beyond %d)",
                        path, count, IMX_GEOREF_LON_MAX_DEG);
    }
    if (nowhere) {
        imx_log_say(log, IMX_LOG_WARNING,
                    "%s: %zu of its %d ground control points %s not on the Earth (a latitude beyond 90 degrees, or a "
                    "longitude beyond %d): left out",
                    path, nowhere, count, nowhere == 1 ? "is" : "are", IMX_GEOREF_LON_MAX_DEG);
    }
    return IMX_OK;
}

/* ---- RPC ---- */

imx_status imx_gdal_rpc_damaged(const char *path, imx_error *err) {
    static const char *const endings[] = {".rpb", ".RPB", "_rpc.txt", "_RPC.TXT", "_RPC.txt"};
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    const int stem = (int)(dot ? (size_t)(dot - path) : strlen(path));
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        VSIStatBufL stat;
        const char *beside = CPLSPrintf("%.*s%s", stem, path, endings[i]);
        if (VSIStatExL(beside, &stat, VSI_STAT_EXISTS_FLAG) == 0) {
            return imx_fail(err, IMX_E_INPUT,
                            "%s: cannot be placed: the RPC file beside it is damaged (cut short, or not RPC): copy or "
                            "download it again: %s",
                            path, beside);
        }
    }
    return IMX_OK;
}

static imx_status say_incomplete(char **metadata, const char *path, imx_error *err) {
    if (imx_gdal_rpc_damaged(path, err) != IMX_OK) {
        return IMX_E_INPUT;
    }
    static const char *const keys[] = {"LINE_OFF",       "SAMP_OFF",      "LAT_OFF",        "LONG_OFF",
                                       "HEIGHT_OFF",     "LINE_SCALE",    "SAMP_SCALE",     "LAT_SCALE",
                                       "LONG_SCALE",     "HEIGHT_SCALE",  "LINE_NUM_COEFF", "LINE_DEN_COEFF",
                                       "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!CSLFetchNameValue(metadata, keys[i])) {
            return imx_fail(err, IMX_E_INPUT, "%s: its RPC are incomplete: there is no %s", path, keys[i]);
        }
    }
    return imx_fail(err, IMX_E_INPUT, "%s: its RPC are damaged: coefficients are missing", path);
}

static imx_status find_rpc(GDALDatasetH dataset, const char *path, imx_error *err, imx_rpc *out) {
    char **metadata = GDALGetMetadata(dataset, "RPC");
    GDALRPCInfoV2 info;
    memset(&info, 0, sizeof info);
    if (!metadata && imx_gdal_rpc_damaged(path, err) != IMX_OK) {
        return IMX_E_INPUT;
    }
    if (!metadata) {
        return imx_fail(err, IMX_E_INPUT, "%s: has no RPC (tags, or a file .rpb, _RPC.TXT or _rpc.txt beside it)",
                        path);
    }
    if (!GDALExtractRPCInfoV2(metadata, &info)) {
        return say_incomplete(metadata, path, err);
    }
    *out = (imx_rpc){.line_off = info.dfLINE_OFF,
                     .samp_off = info.dfSAMP_OFF,
                     .lat_off_deg = info.dfLAT_OFF,
                     .lon_off_deg = info.dfLONG_OFF,
                     .height_off_m = info.dfHEIGHT_OFF,
                     .line_scale = info.dfLINE_SCALE,
                     .samp_scale = info.dfSAMP_SCALE,
                     .lat_scale_deg = info.dfLAT_SCALE,
                     .lon_scale_deg = info.dfLONG_SCALE,
                     .height_scale_m = info.dfHEIGHT_SCALE};
    memcpy(out->line_num, info.adfLINE_NUM_COEFF, sizeof out->line_num);
    memcpy(out->line_den, info.adfLINE_DEN_COEFF, sizeof out->line_den);
    memcpy(out->samp_num, info.adfSAMP_NUM_COEFF, sizeof out->samp_num);
    memcpy(out->samp_den, info.adfSAMP_DEN_COEFF, sizeof out->samp_den);
    return IMX_OK;
}

/* A geotransform without a CRS beside RPC is no place on the Earth: it tells where the raster was cut (and how far it
 * was shrunk) out of the image that the RPC are for, as OTB and others write it. Believed only where that leads into
 * the RPC's range. */
static void find_parent(GDALDatasetH dataset, const imx_rpc *rpc, imx_log *log, imx_asset *asset) {
    double g[6];
    memcpy(asset->geotransform, identity, sizeof identity);
    if (GDALGetGeoTransform(dataset, g) != CE_None || memcmp(g, identity, sizeof g) == 0 ||
        GDALGetSpatialRef(dataset)) {
        return;
    }
    double samp = g[0] + g[1] * asset->width / 2 - rpc->samp_off,
           line = g[3] + g[5] * asset->height / 2 - rpc->line_off;
    if (!(g[1] > 0) || !(g[5] > 0) || g[2] != 0 || g[4] != 0 || !(fabs(samp) <= 1.5 * fabs(rpc->samp_scale)) ||
        !(fabs(line) <= 1.5 * fabs(rpc->line_scale))) {
        imx_log_say(log, IMX_LOG_WARNING, "%s: its geotransform has no CRS: left aside, since there are RPC",
                    asset->path);
        return;
    }
    memcpy(asset->geotransform, g, sizeof g);
    imx_log_say(log, IMX_LOG_WARNING,
                "%s: its geotransform has no CRS: taken for its place in the image that the RPC are for (from sample "
                "%g, line %g, in steps of %g x %g)",
                asset->path, g[0], g[3], g[1], g[5]);
}

/* The DEM and the geoid that the user named, or that the DEM's CRS names. */
static imx_status find_heights(imx_memory *memory, const imx_source_options *options, const char *path, imx_log *log,
                               imx_error *err, imx_georef *georef) {
    imx_heights *heights = &georef->heights;
    heights->height_m = options && options->has_rpc_height ? options->rpc_height_m : georef->rpc.height_off_m;
    if (!options || !options->dem) {
        return IMX_OK;
    }
    heights->resample = options->dem_resample;
    heights->dem = imx_input_name(memory, options->dem);
    if (!heights->dem) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    }
    if (options->geoid) {
        heights->ellipsoidal = strcmp(options->geoid, "none") == 0;
        return heights->ellipsoidal ? IMX_OK : imx_geoid_find(memory, options->geoid, err, &heights->geoid);
    }
    imx_dem *dem = NULL;
    imx_status status = imx_dem_open(memory, heights->dem, NULL, err, &dem);
    if (status != IMX_OK) {
        return imx_error_context(err, "--dem");
    }
    imx_dem_datum datum = imx_dem_about(dem)->datum;
    imx_dem_close(&dem);
    if (datum == IMX_DEM_DATUM_EGM96 || datum == IMX_DEM_DATUM_EGM2008) {
        imx_error missing = IMX_ERROR_INIT;
        status = imx_geoid_find(memory, datum == IMX_DEM_DATUM_EGM96 ? "egm96" : "egm2008", &missing, &heights->geoid);
        if (status == IMX_E_INPUT) { /* as well as can be: the trial warns */
            imx_log_say(log, IMX_LOG_WARNING, "%s: %s", path, missing.text);
            status = IMX_OK;
        } else if (status != IMX_OK) {
            status = imx_fail(err, status, "%s", missing.text);
        }
    }
    return status;
}

imx_status imx_gdal_rpc(imx_memory *memory, GDALDatasetH dataset, const imx_source_options *options, imx_log *log,
                        imx_error *err, imx_asset *asset, imx_georef *georef) {
    georef->kind = IMX_GEOREF_RPC;
    imx_status status = find_rpc(dataset, asset->path, err, &georef->rpc);
    if (status == IMX_OK) {
        find_parent(dataset, &georef->rpc, log, asset);
        status = find_heights(memory, options, asset->path, log, err, georef);
    }
    return status;
}
