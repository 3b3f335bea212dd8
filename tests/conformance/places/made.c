/* tests/conformance/places/made.c: rasters in memory: no pixels (sparse files), only a place, of every kind. */
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/places/places.h"

#define DEG (3.14159265358979323846 / 180)

subject *made_add(made *m) {
    if (m->count == m->room) {
        m->room = m->room ? 2 * m->room : 64;
        m->subjects = realloc(m->subjects, m->room * sizeof *m->subjects);
    }
    subject *s = &m->subjects[m->count++];
    memset(s, 0, sizeof *s);
    s->options.data = true; /* any type: only the place counts */
    return s;
}

static GDALDatasetH create_file(const char *path, int width, int height, int type) {
    char **options = CSLSetNameValue(NULL, "SPARSE_OK", "TRUE");
    options = CSLSetNameValue(options, "TILED", "YES");
    GDALDatasetH dataset =
        GDALCreate(GDALGetDriverByName("GTiff"), path, width, height, 1, (GDALDataType)type, options);
    CSLDestroy(options);
    return dataset;
}

static OGRSpatialReferenceH crs_of(const char *text) {
    OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
    if (OSRSetFromUserInput(crs, text) != OGRERR_NONE) {
        fprintf(stderr, "no CRS: %s\n", text);
        exit(1);
    }
    return crs;
}

static GDALDatasetH create_placed(const char *path, int width, int height, GDALDataType type, const char *crs_text,
                                  const double gt[6]) {
    GDALDatasetH dataset = create_file(path, width, height, type);
    OGRSpatialReferenceH crs = crs_of(crs_text);
    double geotransform[6];
    memcpy(geotransform, gt, sizeof geotransform);
    GDALSetSpatialRef(dataset, crs);
    GDALSetGeoTransform(dataset, geotransform);
    OSRDestroySpatialReference(crs);
    return dataset;
}

/* ---- affines ---- */

typedef struct affine {
    const char *name, *kind, *crs;
    double gt[6];
    int width, height;
    const char *grid;
    int zoom;
} affine;

static const affine affines[] = {
    {"UTM 18N", "affine", "EPSG:32618", {300000, 30, 0, 4600000, 0, -30}, 7000, 7000, "mercator", 0},
    {"UTM 18N", "affine", "EPSG:32618", {300000, 30, 0, 4600000, 0, -30}, 7000, 7000, "EPSG:5070", 0},
    {"UTM far from its meridian", "affine", "EPSG:32618", {1200000, 30, 0, 8000000, 0, -30}, 4000, 4000, "mercator", 0},
    {"UTM 33S onto degrees", "affine", "EPSG:32733", {300000, 10, 0, 7500000, 0, -10}, 9000, 9000, "degrees", 0},
    {"UTM rotated 35 degrees", "rotated", "EPSG:32618", {500000, 20, 14, 4300000, 13, -21}, 3000, 2000, "mercator", 0},
    {"UTM turned by 100 degrees",
     "rotated",
     "EPSG:32618",
     {500000, -5, -28, 4300000, -28, 5},
     3000,
     2000,
     "mercator",
     0},
    {"UTM sheared", "sheared", "EPSG:32632", {500000, 10, 4, 5200000, 0, -10}, 3000, 3000, "mercator", 0},
    {"UTM south-up", "south-up", "EPSG:32632", {500000, 10, 0, 5200000, 0, 10}, 4000, 4000, "mercator", 0},
    {"degrees, south-up", "south-up", "EPSG:4326", {100, 0.001, 0, -40, 0, 0.001}, 4000, 4000, "mercator", 0},
    {"degrees, pixels 1 : 4", "affine", "EPSG:4326", {10, 0.0004, 0, 60, 0, -0.0001}, 2000, 8000, "mercator", 0},
    {"over the antimeridian", "affine", "EPSG:32660", {700000, 30, 0, 200000, 0, -30}, 4000, 4000, "mercator", 0},
    {"over the antimeridian", "affine", "EPSG:32660", {700000, 30, 0, 200000, 0, -30}, 4000, 4000, "degrees", 0},
    {"the world", "affine", "EPSG:4326", {-180, 0.05, 0, 90, 0, -0.05}, 7200, 3600, "mercator", 0},
    {"the world onto polar", "affine", "EPSG:4326", {-180, 0.05, 0, 90, 0, -0.05}, 7200, 1800, "EPSG:3413", 0},
    {"the world from 0 to 360", "affine", "EPSG:4326", {0, 0.05, 0, 90, 0, -0.05}, 7200, 3600, "mercator", 0},
    {"the world, 400 degrees", "affine", "EPSG:4326", {-200, 0.05, 0, 80, 0, -0.05}, 8000, 3200, "mercator", 0},
    {"the world at zoom 1", "affine", "EPSG:4326", {-180, 0.05, 0, 90, 0, -0.05}, 7200, 3600, "mercator", 1},
    {"polar stereographic north", "affine", "EPSG:3413", {-800000, 250, 0, 800000, 0, -250}, 6400, 6400, "mercator", 0},
    {"polar stereographic north",
     "affine",
     "EPSG:3413",
     {-800000, 250, 0, 800000, 0, -250},
     6400,
     6400,
     "EPSG:5041",
     0},
    {"polar stereographic south", "affine", "EPSG:3031", {-3e6, 1000, 0, 3e6, 0, -1000}, 6000, 6000, "degrees", 0},
    {"polar stereographic south", "affine", "EPSG:3031", {-3e6, 1000, 0, 3e6, 0, -1000}, 6000, 6000, "EPSG:5042", 0},
    {"polar, strongly curved", "affine", "EPSG:3995", {-2e6, 8000, 0, 2e6, 0, -8000}, 500, 500, "mercator", 3},
    {"beside the pole", "affine", "EPSG:3031", {500000, 500, 0, -500000, 0, -500}, 2000, 2000, "mercator", 0},
    {"geostationary disk",
     "affine",
     "+proj=geos +h=35785831 +lon_0=-75 +sweep=x +datum=WGS84 +type=crs",
     {-5434895, 5000, 0, 5434895, 0, -5000},
     2174,
     2174,
     "mercator",
     0},
    {"orthographic globe",
     "affine",
     "+proj=ortho +lat_0=10 +lon_0=20 +datum=WGS84 +type=crs",
     {-6400000, 6400, 0, 6400000, 0, -6400},
     2000,
     2000,
     "mercator",
     0},
    {"equal area cylinder", "affine", "EPSG:6933", {-17367530, 5000, 0, 7314540, 0, -5000}, 6946, 2925, "mercator", 0},
    {"sinusoidal (MODIS)",
     "affine",
     "+proj=sinu +R=6371007.181 +units=m +type=crs",
     {1111950.5, 463.3127, 0, 5559752.6, 0, -463.3127},
     2400,
     2400,
     "mercator",
     0},
    {"Mollweide", "affine", "ESRI:54009", {-18040000, 10000, 0, 9020000, 0, -10000}, 3608, 1804, "mercator", 0},
    {"Robinson", "affine", "ESRI:54030", {-17000000, 10000, 0, 8600000, 0, -10000}, 3400, 1720, "degrees", 0},
    {"Lambert conic (France)", "affine", "EPSG:2154", {600000, 20, 0, 6900000, 0, -20}, 8000, 8000, "mercator", 0},
    {"Lambert azimuthal (Europe)", "affine", "EPSG:3035", {3e6, 250, 0, 4e6, 0, -250}, 8000, 8000, "mercator", 0},
    {"Albers (United States)", "affine", "EPSG:5070", {-2356095, 300, 0, 3172605, 0, -300}, 15000, 9000, "mercator", 0},
    {"British grid (datum shift)", "affine", "EPSG:27700", {300000, 25, 0, 400000, 0, -25}, 6000, 6000, "mercator", 0},
    {"Dutch grid (datum shift)", "affine", "EPSG:28992", {50000, 10, 0, 500000, 0, -10}, 6000, 6000, "mercator", 0},
    {"NAD27 UTM (datum shift)", "affine", "EPSG:26716", {300000, 10, 0, 4600000, 0, -10}, 5000, 5000, "mercator", 0},
    {"Krovak (west and south)", "affine", "EPSG:5514", {-700000, 10, 0, -1000000, 0, -10}, 6000, 6000, "mercator", 0},
    {"Swiss oblique Mercator", "affine", "EPSG:2056", {2600000, 5, 0, 1200000, 0, -5}, 8000, 8000, "mercator", 0},
    {"New Zealand", "affine", "EPSG:2193", {1500000, 20, 0, 5500000, 0, -20}, 6000, 6000, "mercator", 0},
    {"feet (California)", "affine", "EPSG:2229", {6300000, 15, 0, 1900000, 0, -15}, 6000, 6000, "mercator", 0},
    {"CGCS2000 Gauss-Krueger", "affine", "EPSG:4549", {400000, 10, 0, 4500000, 0, -10}, 8000, 8000, "degrees", 0},
    {"WebMercator at its limit", "affine", "EPSG:3857", {-2e7, 3000, 0, 2e7, 0, -3000}, 13333, 13333, "degrees", 0},
};

static void add_affines(made *m) {
    for (size_t i = 0; i < sizeof affines / sizeof *affines; i++) {
        const affine *a = &affines[i];
        char path[64];
        (void)snprintf(path, sizeof path, "/vsimem/places/affine%zu.tif", i);
        GDALClose(create_placed(path, a->width, a->height, GDT_Byte, a->crs, a->gt));
        subject *s = made_add(m);
        s->name = a->name, s->kind = a->kind, s->grid = a->grid, s->zoom = a->zoom;
        s->path = strdup(path);
        s->bound_px = 1.0 / 64, s->gdal_px = 1.0 / 64;
    }
}

/* ---- control points ---- */

/* On a lattice over 2000 x 1500 px, from a curved map. */
static const char *add_gcps(int columns, int rows, double noise_px) {
    char path[64];
    (void)snprintf(path, sizeof path, "/vsimem/places/gcps%d.tif", columns * rows);
    GDALDatasetH dataset = create_file(path, 2000, 1500, GDT_Byte);
    OGRSpatialReferenceH crs = crs_of("EPSG:4326");
    GDAL_GCP *points = calloc((size_t)(columns * rows), sizeof *points);
    uint64_t seed = 3;
    for (int i = 0; i < columns * rows; i++) {
        const double u = (double)(i % columns) / (columns - 1), v = (double)(i / columns) / (rows - 1);
        points[i].pszId = points[i].pszInfo = (char *)(uintptr_t) "";
        points[i].dfGCPX = 11 + 0.5 * u + 0.02 * v + 0.01 * u * v + 0.004 * u * u * u;
        points[i].dfGCPY = 47 - 0.3 * v + 0.015 * u - 0.008 * v * v;
        points[i].dfGCPPixel = 2000 * u + noise_px * (next_unit(&seed) - 0.5);
        points[i].dfGCPLine = 1500 * v + noise_px * (next_unit(&seed) - 0.5);
    }
    GDALSetGCPs2(dataset, columns * rows, points, crs);
    free(points);
    OSRDestroySpatialReference(crs);
    GDALClose(dataset);
    return strdup(path);
}

static void add_control_points(made *m) {
    static const struct {
        const char *kind;
        bool many;
        int order; /* of a polynomial; 0: a spline */
        const char *theirs[2];
    } kinds[] = {
        {"polynomial 1", false, 1, {"METHOD=GCP_POLYNOMIAL", "MAX_GCP_ORDER=1"}},
        {"polynomial 2", false, 2, {"METHOD=GCP_POLYNOMIAL", "MAX_GCP_ORDER=2"}},
        {"polynomial 3", false, 3, {"METHOD=GCP_POLYNOMIAL", "MAX_GCP_ORDER=3"}},
        {"thin-plate spline", false, 0, {"METHOD=GCP_TPS", NULL}},
        {"thin-plate spline", true, 0, {"METHOD=GCP_TPS", NULL}},
    };
    const char *few = add_gcps(8, 6, 8), *many = add_gcps(20, 15, 3);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        subject *s = made_add(m);
        s->name = kinds[i].many ? "300 control points" : "48 control points", s->kind = kinds[i].kind;
        s->path = strdup(kinds[i].many ? many : few), s->grid = "mercator";
        s->options.georef = kinds[i].order ? IMX_CHOOSE_POLYNOMIAL : IMX_CHOOSE_TPS;
        s->options.gcp_order = kinds[i].order;
        s->theirs[0] = kinds[i].theirs[0], s->theirs[1] = kinds[i].theirs[1];
        s->bound_px = 1.0 / 16, s->gdal_px = 0.1;
    }
    free((char *)(uintptr_t)few);
    free((char *)(uintptr_t)many);
}

/* ---- RPC ---- */

enum { RPC_SIDE = 3000 };
static const char rpc_path[] = "/vsimem/places/rpc.tif";

static char *numbers(const double v[IMX_RPC_TERMS]) {
    static const int width = 26;
    char *text = calloc(IMX_RPC_TERMS, (size_t)width);
    for (int i = 0; i < IMX_RPC_TERMS; i++) {
        (void)sprintf(text + strlen(text), "%s%.17g", i ? " " : "", v[i]);
    }
    return text;
}

static char **set(char **list, const char *key, double value) {
    char text[32];
    (void)snprintf(text, sizeof text, "%.17g", value);
    return CSLSetNameValue(list, key, text);
}

/* A satellite that looks at (11.5 E, 46.5 N) from the side: pixels of about 0.7 m, 0.4 px a metre of height along the
 * rows and 0.1 along the columns, somewhat curved. */
static void make_rpc(void) {
    static const double samp[IMX_RPC_TERMS] = {0.001, 1, 0.03, 0.08, 2e-4, -3e-4, 1e-4, 3e-4, -2e-4, 1e-5, 1e-6, 2e-6};
    static const double line[IMX_RPC_TERMS] = {-0.002, 0.02, -1,    0.02, -1e-4, 2e-4, 3e-4,
                                               1e-4,   2e-4, -1e-5, 0,    0,     1e-6};
    static const double den[IMX_RPC_TERMS] = {1, 2e-4, -3e-4, 4e-4, 1e-6};
    static const char *const keys[] = {"SAMP_NUM_COEFF", "SAMP_DEN_COEFF", "LINE_NUM_COEFF", "LINE_DEN_COEFF"};
    const double *values[] = {samp, den, line, den};
    char **list = NULL;
    list = set(list, "LINE_OFF", RPC_SIDE / 2 - 0.5);
    list = set(list, "SAMP_OFF", RPC_SIDE / 2 - 0.5);
    list = set(list, "LAT_OFF", 46.5);
    list = set(list, "LONG_OFF", 11.5);
    list = set(list, "HEIGHT_OFF", 1200);
    list = set(list, "LINE_SCALE", 5000);
    list = set(list, "SAMP_SCALE", 5000);
    list = set(list, "LAT_SCALE", 0.0315);
    list = set(list, "LONG_SCALE", 0.0457);
    list = set(list, "HEIGHT_SCALE", 1000);
    for (int i = 0; i < 4; i++) {
        char *text = numbers(values[i]);
        list = CSLSetNameValue(list, keys[i], text);
        free(text);
    }
    GDALDatasetH dataset = create_file(rpc_path, RPC_SIDE, RPC_SIDE, GDT_Byte);
    GDALSetMetadata(dataset, list, "RPC");
    GDALClose(dataset);
    CSLDestroy(list);
}

/* Mountains: some octaves, steep, with an edge of cells of its own everywhere. */
static float mountains(int x, int y) {
    uint32_t noise = (uint32_t)x * 2654435761U ^ (uint32_t)y * 2246822519U;
    noise ^= noise >> 15;
    return (float)(1200 + 400 * sin(x / 31.0) * cos(y / 23.0) + 80 * sin(x / 5.0 + y / 7.0) + (noise % 1000) / 100.0);
}

static char *make_dem(int cells_per_degree) {
    char path[64];
    (void)snprintf(path, sizeof path, "/vsimem/places/dem%d.tif", cells_per_degree);
    const int width = (int)(0.10 * cells_per_degree), height = (int)(0.08 * cells_per_degree);
    const double gt[6] = {11.45, 1.0 / cells_per_degree, 0, 46.54, 0, -1.0 / cells_per_degree};
    GDALDatasetH dataset = create_placed(path, width, height, GDT_Float32, "EPSG:4326", gt);
    float *row = malloc((size_t)width * sizeof *row);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            row[x] = mountains(x, y);
        }
        if (GDALRasterIO(GDALGetRasterBand(dataset, 1), GF_Write, 0, y, width, 1, row, width, 1, GDT_Float32, 0, 0)) {
            exit(1);
        }
    }
    free(row);
    GDALClose(dataset);
    return strdup(path);
}

static void add_rpc(made *m) {
    static const struct {
        const char *kind;
        int cells_per_degree; /* 0: flat */
        imx_dem_resample resample;
        int zoom;
    } kinds[] = {
        {"RPC, flat", 0, IMX_DEM_BILINEAR, 0},
        {"RPC, DEM of 90 m", 1200, IMX_DEM_BILINEAR, 0},
        {"RPC, DEM of 90 m, cubic", 1200, IMX_DEM_CUBIC, 0},
        {"RPC, DEM of 30 m", 3600, IMX_DEM_BILINEAR, 0},
        {"RPC, DEM of 10 m", 10800, IMX_DEM_BILINEAR, 0},
        {"RPC, DEM of 30 m, zoomed out", 3600, IMX_DEM_BILINEAR, 16},
    };
    make_rpc();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        subject *s = made_add(m);
        s->name = "from the side", s->kind = kinds[i].kind, s->path = strdup(rpc_path), s->grid = "mercator";
        s->zoom = kinds[i].zoom;
        s->options.georef = IMX_CHOOSE_RPC;
        s->options.dem_resample = kinds[i].resample;
        s->options.dem = kinds[i].cells_per_degree ? make_dem(kinds[i].cells_per_degree) : NULL;
        s->theirs[0] = "METHOD=RPC";
        /* (what GDAL calls cubic is a B-spline, our cubicspline) */
        s->bound_px = 1.0 / 16, s->gdal_px = kinds[i].resample == IMX_DEM_CUBIC ? 0
                                             : kinds[i].cells_per_degree        ? 0.5
                                                                                : 0.01;
    }
}

/* ---- geolocation arrays ---- */

static void write_array(const char *path, const double *values, int columns, int rows) {
    GDALDatasetH dataset = create_file(path, columns, rows, GDT_Float64);
    if (GDALRasterIO(GDALGetRasterBand(dataset, 1), GF_Write, 0, 0, columns, rows, (void *)(uintptr_t)values, columns,
                     rows, GDT_Float64, 0, 0)) {
        exit(1);
    }
    GDALClose(dataset);
}

/* A swath of some 8 x 6 degrees that is turned, bent and stretched towards its edges. */
static void make_swath(swath *s, double lon_deg, double lat_deg) {
    s->lon_deg = calloc((size_t)(s->columns * s->rows), sizeof *s->lon_deg);
    s->lat_deg = calloc((size_t)(s->columns * s->rows), sizeof *s->lat_deg);
    for (int i = 0; i < s->columns * s->rows; i++) {
        const double u = 2.0 * (i % s->columns) / (s->columns - 1) - 1, v = 2.0 * (i / s->columns) / (s->rows - 1) - 1;
        const double along = 4 * u + 0.6 * u * u * u, across = -3 * v + 0.4 * u * u;
        s->lat_deg[i] = lat_deg + across * cos(0.3) + along * sin(0.3);
        s->lon_deg[i] = lon_deg + (along * cos(0.3) - across * sin(0.3)) / cos(DEG * s->lat_deg[i]);
    }
}

static void add_geolocation(made *m) {
    static const struct {
        const char *name;
        int width, height;
        swath nodes;
        bool centre;
        double lon_deg, lat_deg;
    } kinds[] = {
        {"swath, every 16th and 20th", 640, 500, {41, 26, 0, 16, 0, 20, NULL, NULL}, false, 12, 47},
        {"swath, every pixel", 600, 480, {600, 480, 0, 1, 0, 1, NULL, NULL}, false, -70, -33},
        {"swath, pixels' centres", 600, 480, {600, 480, 0, 1, 0, 1, NULL, NULL}, true, 100, 20},
        {"swath, every 5th", 500, 400, {100, 80, 0, 5, 0, 5, NULL, NULL}, true, 30, 60},
        {"swath over the antimeridian", 640, 500, {41, 26, 0, 16, 0, 20, NULL, NULL}, false, 179, -17},
    };
    m->swath_count = sizeof kinds / sizeof *kinds;
    m->swaths = calloc(m->swath_count, sizeof *m->swaths);
    for (size_t i = 0; i < m->swath_count; i++) {
        swath *w = &m->swaths[i];
        *w = kinds[i].nodes;
        make_swath(w, kinds[i].lon_deg, kinds[i].lat_deg);
        char path[64], x_path[64], y_path[64], srs[] = "EPSG:4326";
        (void)snprintf(path, sizeof path, "/vsimem/places/swath%zu.tif", i);
        (void)snprintf(x_path, sizeof x_path, "/vsimem/places/x%zu.tif", i);
        (void)snprintf(y_path, sizeof y_path, "/vsimem/places/y%zu.tif", i);
        write_array(x_path, w->lon_deg, w->columns, w->rows);
        write_array(y_path, w->lat_deg, w->columns, w->rows);
        char **list = CSLSetNameValue(NULL, "X_DATASET", x_path);
        list = CSLSetNameValue(list, "Y_DATASET", y_path);
        list = CSLSetNameValue(list, "X_BAND", "1");
        list = CSLSetNameValue(list, "Y_BAND", "1");
        list = CSLSetNameValue(list, "SRS", srs);
        list = set(list, "PIXEL_OFFSET", w->pixel_offset);
        list = set(list, "PIXEL_STEP", w->pixel_step);
        list = set(list, "LINE_OFFSET", w->line_offset);
        list = set(list, "LINE_STEP", w->line_step);
        list = CSLSetNameValue(list, "GEOREFERENCING_CONVENTION", kinds[i].centre ? "PIXEL_CENTER" : "TOP_LEFT_CORNER");
        GDALDatasetH dataset = create_file(path, kinds[i].width, kinds[i].height, GDT_Byte);
        GDALSetMetadata(dataset, list, "GEOLOCATION");
        GDALClose(dataset);
        CSLDestroy(list);
        if (kinds[i].centre) { /* from here on, where the nodes are */
            w->pixel_offset += w->pixel_step / 2, w->line_offset += w->line_step / 2;
        }
        subject *s = made_add(m);
        s->name = kinds[i].name, s->kind = "geolocation arrays", s->path = strdup(path);
        s->grid = i == 4 ? "degrees" : "mercator";
        s->options.georef = IMX_CHOOSE_GEOLOCATION;
        s->bound_px = 1.0 / 16;
        s->swath = w;
    }
}

void made_create(made *m) {
    add_affines(m);
    add_control_points(m);
    add_rpc(m);
    add_geolocation(m);
}

void made_destroy(made *m) {
    for (size_t i = 0; i < m->count; i++) {
        free((char *)(uintptr_t)m->subjects[i].path);
        free((char *)(uintptr_t)m->subjects[i].options.dem);
    }
    for (size_t i = 0; i < m->swath_count; i++) {
        free(m->swaths[i].lon_deg);
        free(m->swaths[i].lat_deg);
    }
    free(m->swaths);
    free(m->subjects);
    (void)VSIRmdirRecursive("/vsimem/places");
}
