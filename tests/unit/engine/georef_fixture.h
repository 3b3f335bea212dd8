/* tests/unit/engine/georef_fixture.h: control points, RPC and DEMs made up for tests. */
#ifndef IMX_TESTS_UNIT_ENGINE_GEOREF_FIXTURE_H
#define IMX_TESTS_UNIT_ENGINE_GEOREF_FIXTURE_H

#include <gdal.h>
#include <ogr_srs_api.h>

#include "tests/unit/engine/scene_fixture.h"

#define assert_near(value, expected, tolerance)                                                                        \
    do {                                                                                                               \
        double near_value = (value), near_expected = (expected);                                                       \
        if (!(fabs(near_value - near_expected) <= (tolerance))) {                                                      \
            fail_msg("%s: %.12g instead of %.12g", #value, near_value, near_expected);                                 \
        }                                                                                                              \
    } while (0)

/* A satellite that looks at (11.5 E, 46.5 N) from the side: 10000 x 10000 px of about 0.7 m, 0.4 px a metre of height
 * along the rows and 0.1 along the columns, somewhat curved. */
static inline imx_rpc made_rpc(void) {
    imx_rpc rpc = {.line_off = 4999.5,
                   .samp_off = 4999.5,
                   .lat_off_deg = 46.5,
                   .lon_off_deg = 11.5,
                   .height_off_m = 1200,
                   .line_scale = 5000,
                   .samp_scale = 5000,
                   .lat_scale_deg = 0.0315,
                   .lon_scale_deg = 0.0457,
                   .height_scale_m = 1000};
    const double samp[IMX_RPC_TERMS] = {0.001, 1, 0.03, 0.08, 2e-4, -3e-4, 1e-4, 3e-4, -2e-4, 1e-5, 1e-6, 2e-6};
    const double line[IMX_RPC_TERMS] = {-0.002, 0.02, -1, 0.02, -1e-4, 2e-4, 3e-4, 1e-4, 2e-4, -1e-5, 0, 0, 1e-6};
    const double den[IMX_RPC_TERMS] = {1, 2e-4, -3e-4, 4e-4, 1e-6};
    memcpy(rpc.samp_num, samp, sizeof samp);
    memcpy(rpc.line_num, line, sizeof line);
    memcpy(rpc.samp_den, den, sizeof den);
    memcpy(rpc.line_den, den, sizeof den);
    return rpc;
}

/* The standard's formula, term by term. */
static inline void rpc_by_the_book(const imx_rpc *rpc, double lon, double lat, double h, double *px, double *line) {
    static const int8_t powers[IMX_RPC_TERMS][3] = {
        {0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 0}, {1, 0, 1}, {0, 1, 1}, {2, 0, 0}, {0, 2, 0}, {0, 0, 2},
        {1, 1, 1}, {3, 0, 0}, {1, 2, 0}, {1, 0, 2}, {2, 1, 0}, {0, 3, 0}, {0, 1, 2}, {2, 0, 1}, {0, 2, 1}, {0, 0, 3}};
    double at[3] = {(lon - rpc->lon_off_deg) / rpc->lon_scale_deg, (lat - rpc->lat_off_deg) / rpc->lat_scale_deg,
                    (h - rpc->height_off_m) / rpc->height_scale_m};
    double sum[4] = {0};
    for (int i = 0; i < IMX_RPC_TERMS; i++) {
        double term = pow(at[0], powers[i][0]) * pow(at[1], powers[i][1]) * pow(at[2], powers[i][2]);
        sum[0] += rpc->samp_num[i] * term, sum[1] += rpc->samp_den[i] * term;
        sum[2] += rpc->line_num[i] * term, sum[3] += rpc->line_den[i] * term;
    }
    *px = sum[0] / sum[1] * rpc->samp_scale + rpc->samp_off + 0.5;
    *line = sum[2] / sum[3] * rpc->line_scale + rpc->line_off + 0.5;
}

/* Control points on a grid over a 2000 x 1500 image, from a curved map; noise_px of each. */
static inline void made_gcps(imx_gcp *gcps, int columns, int rows, double noise_px) {
    uint32_t seed = 3;
    for (int i = 0; i < columns * rows; i++) {
        double u = (double)(i % columns) / (columns - 1), v = (double)(i / columns) / (rows - 1);
        gcps[i].x = 11 + 0.5 * u + 0.02 * v + 0.01 * u * v + 0.004 * u * u * u;
        gcps[i].y = 47 - 0.3 * v + 0.015 * u - 0.008 * v * v;
        gcps[i].px = 2000 * u + noise_px * (next_unit(&seed) - 0.5);
        gcps[i].line = 1500 * v + noise_px * (next_unit(&seed) - 0.5);
    }
}

/* A float DEM: height_of(column, row), -9999 is nodata. */
static inline void write_dem(const char *path, const char *crs, const double gt[6], int width, int height,
                             double (*height_of)(int column, int row)) {
    GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), path, width, height, 1, GDT_Float32, NULL);
    OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);
    double copy[6];
    memcpy(copy, gt, sizeof copy);
    assert_int_equal(OSRSetFromUserInput(srs, crs), OGRERR_NONE);
    GDALSetGeoTransform(dataset, copy);
    GDALSetSpatialRef(dataset, srs);
    OSRDestroySpatialReference(srs);
    float *row = malloc((size_t)width * sizeof *row);
    GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
    GDALSetRasterNoDataValue(band, -9999);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            row[x] = (float)height_of(x, y);
        }
        assert_int_equal(GDALRasterIO(band, GF_Write, 0, y, width, 1, row, width, 1, GDT_Float32, 0, 0), CE_None);
    }
    free(row);
    GDALClose(dataset);
}

#endif
