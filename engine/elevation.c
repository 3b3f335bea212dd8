/* engine/elevation.c: heights from a DEM and a geoid, through small windows that are kept. */
#include "engine/elevation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/transform_proj.h"

enum {
    TILE_LOG2 = 7,
    TILE = 1 << TILE_LOG2, /* cells: the side of a kept window */
    SLOTS_X = 32,
    SLOTS_Y = 4, /* windows kept: rows are walked rather than columns */
    SLOTS = SLOTS_X * SLOTS_Y,
    CHUNK = 256
};

static const char lonlat_crs[] = "OGC:CRS84";

/* A raster of numbers over the Earth. */
typedef struct surface {
    imx_memory *memory;
    imx_dem *dem;
    imx_projection *projection; /* the raster's CRS -> longitude, latitude; NULL: they are the same */
    imx_dem_info info;
    double to_px[6];
    double period;  /* CRS units along x after which the same place comes again; 0: none */
    int32_t around; /* columns once round; 0: the raster does not go all round */
    imx_dem_resample resample;
    float *tile[SLOTS];
    int32_t tile_x[SLOTS], tile_y[SLOTS];
    imx_status status;
    imx_error err;
} surface;

struct imx_elevation {
    imx_memory *memory;
    surface dem, geoid;
    double cell_deg[2];
};

/* ---- windows ---- */

/* A slot to read into: its own memory, or, where there is none, some other slot's. */
static bool need_tile(surface *s, int slot) {
    if (!s->tile[slot]) {
        s->tile[slot] = imx_alloc(s->memory, (size_t)TILE * TILE * sizeof(float));
    }
    for (int i = 0; i < SLOTS && !s->tile[slot]; i++) {
        s->tile[slot] = s->tile[i];
        s->tile[i] = NULL;
    }
    if (!s->tile[slot]) {
        s->status = imx_fail(&s->err, IMX_E_NOMEM, "out of memory for heights");
    }
    return s->tile[slot] != NULL;
}

/* The window that holds the cell; NULL: it could not be read. */
static const float *find_tile(surface *s, int32_t column, int32_t row) {
    int32_t tx = column >> TILE_LOG2, ty = row >> TILE_LOG2;
    int slot = (tx & (SLOTS_X - 1)) + (ty & (SLOTS_Y - 1)) * SLOTS_X;
    if (s->tile[slot] && s->tile_x[slot] == tx && s->tile_y[slot] == ty) {
        return s->tile[slot];
    }
    if (s->status != IMX_OK || !need_tile(s, slot)) {
        return NULL;
    }
    int32_t x = tx << TILE_LOG2, y = ty << TILE_LOG2;
    int32_t w = s->info.width - x < TILE ? s->info.width - x : TILE;
    int32_t h = s->info.height - y < TILE ? s->info.height - y : TILE;
    s->tile_x[slot] = tx, s->tile_y[slot] = ty;
    s->status = imx_dem_read(s->dem, x, y, w, h, s->tile[slot], TILE, &s->err);
    if (s->status != IMX_OK) {
        s->tile_x[slot] = -1;
        return NULL;
    }
    return s->tile[slot];
}

static int32_t clamp(int32_t value, int32_t count) { return value < 0 ? 0 : value < count ? value : count - 1; }

static double value_at(surface *s, int32_t column, int32_t row) {
    int32_t c = column;
    if (s->around > 0) {
        c = ((column % s->around) + s->around) % s->around;
    }
    c = clamp(c, s->info.width);
    int32_t r = clamp(row, s->info.height);
    const float *tile = find_tile(s, c, r);
    return tile ? (double)tile[(r & (TILE - 1)) * TILE + (c & (TILE - 1))] : (double)NAN;
}

/* ---- sampling ---- */

/* Of the cells that have a value, weighed. */
static double bilinear(surface *s, int32_t column, int32_t row, double fx, double fy) {
    double v[4];
    const float *tile;
    if (column >= 0 && row >= 0 && column + 1 < s->info.width && row + 1 < s->info.height &&
        (column & (TILE - 1)) != TILE - 1 && (row & (TILE - 1)) != TILE - 1 && (tile = find_tile(s, column, row))) {
        tile += (row & (TILE - 1)) * TILE + (column & (TILE - 1)); /* all four in one window: the usual case */
        v[0] = (double)tile[0], v[1] = (double)tile[1], v[2] = (double)tile[TILE], v[3] = (double)tile[TILE + 1];
    } else {
        for (int i = 0; i < 4; i++) {
            v[i] = value_at(s, column + (i & 1), row + (i >> 1));
        }
    }
    double upper = v[0] + (v[1] - v[0]) * fx, lower = v[2] + (v[3] - v[2]) * fx, value = upper + (lower - upper) * fy;
    if (!isnan(value)) {
        return value;
    }
    double sum = 0, weights = 0;
    for (int i = 0; i < 4; i++) {
        double weight = (i & 1 ? fx : 1 - fx) * (i >> 1 ? fy : 1 - fy);
        if (!isnan(v[i])) {
            sum += weight * v[i];
            weights += weight;
        }
    }
    return weights > 1e-9 ? sum / weights : (double)NAN;
}

/* Keys 1981 with a = -0.5. */
static void keys_weights(double t, double w[4]) {
    w[0] = ((-0.5 * t + 1) * t - 0.5) * t;
    w[1] = (1.5 * t - 2.5) * t * t + 1;
    w[2] = ((-1.5 * t + 2) * t + 0.5) * t;
    w[3] = (0.5 * t - 0.5) * t * t;
}

static void bspline_weights(double t, double w[4]) {
    const double s = 1 - t;
    w[0] = s * s * s / 6;
    w[1] = ((3 * t - 6) * t * t + 4) / 6;
    w[2] = ((3 * s - 6) * s * s + 4) / 6;
    w[3] = t * t * t / 6;
}

static double cubic(surface *s, int32_t column, int32_t row, double fx, double fy) {
    double wx[4], wy[4], sum = 0;
    void (*const weights)(double, double[4]) = s->resample == IMX_DEM_CUBIC ? keys_weights : bspline_weights;
    weights(fx, wx);
    weights(fy, wy);
    for (int r = 0; r < 4; r++) {
        for (int c = 0; c < 4; c++) {
            sum += wy[r] * wx[c] * value_at(s, column + c - 1, row + r - 1);
        }
    }
    return isnan(sum) ? bilinear(s, column, row, fx, fy) : sum;
}

/* At a position in the raster's CRS. */
static double sample(surface *s, double x, double y) {
    if (s->period > 0) { /* into the period that begins at the raster's left edge */
        double left = fmin(s->info.geotransform[0], s->info.geotransform[0] + s->info.width * s->info.geotransform[1]);
        x -= s->period * floor((x - left) / s->period);
    }
    double dx = x - s->info.geotransform[0], dy = y - s->info.geotransform[3];
    double column = s->to_px[1] * dx + s->to_px[2] * dy, row = s->to_px[4] * dx + s->to_px[5] * dy;
    /* (a millionth of a cell for rounding on the rim) */
    if (!(column >= -1e-6 && column <= s->info.width + 1e-6 && row >= -1e-6 && row <= s->info.height + 1e-6)) {
        return (double)NAN;
    }
    double c = floor(column - 0.5), r = floor(row - 0.5);
    return (s->resample == IMX_DEM_BILINEAR ? bilinear : cubic)(s, (int32_t)c, (int32_t)r, column - 0.5 - c,
                                                                row - 0.5 - r);
}

/* n (at most CHUNK) values; added to what is there. */
static void add_samples(surface *s, size_t n, const double *lon_deg, const double *lat_deg, double *sum) {
    double x[CHUNK], y[CHUNK];
    memcpy(x, lon_deg, n * sizeof *x);
    memcpy(y, lat_deg, n * sizeof *y);
    if (s->projection) {
        imx_projection_inverse(s->projection, n, x, y);
    }
    for (size_t i = 0; i < n; i++) {
        sum[i] += isfinite(x[i]) && isfinite(y[i]) ? sample(s, x[i], y[i]) : (double)NAN;
    }
}

void imx_elevation_at(imx_elevation *elevation, size_t n, const double *lon_deg, const double *lat_deg,
                      double *height_m) {
    for (size_t at = 0; at < n; at += CHUNK) {
        size_t count = n - at < CHUNK ? n - at : CHUNK;
        for (size_t i = 0; i < count; i++) {
            height_m[at + i] = 0;
        }
        add_samples(&elevation->dem, count, lon_deg + at, lat_deg + at, height_m + at);
        if (elevation->geoid.dem) {
            add_samples(&elevation->geoid, count, lon_deg + at, lat_deg + at, height_m + at);
        }
    }
}

/* ---- its life ---- */

static void close_surface(surface *s) {
    for (int i = 0; i < SLOTS; i++) {
        imx_free(s->memory, s->tile[i]);
        s->tile[i] = NULL;
    }
    imx_projection_destroy(&s->projection);
    imx_dem_close(&s->dem);
}

static imx_status open_surface(imx_memory *memory, const char *path, const char *default_crs, imx_dem_resample resample,
                               imx_error *err, surface *out) {
    out->memory = memory;
    out->resample = resample;
    out->err = (imx_error)IMX_ERROR_INIT;
    imx_status status = imx_dem_open(memory, path, default_crs, err, &out->dem);
    if (status != IMX_OK) {
        return status;
    }
    out->info = *imx_dem_about(out->dem);
    const double *g = out->info.geotransform;
    double det = g[1] * g[5] - g[2] * g[4], middle[2];
    out->to_px[1] = g[5] / det, out->to_px[2] = -g[2] / det;
    out->to_px[4] = -g[4] / det, out->to_px[5] = g[1] / det;
    middle[0] = g[0] + g[1] * out->info.width / 2 + g[2] * out->info.height / 2;
    middle[1] = g[3] + g[4] * out->info.width / 2 + g[5] * out->info.height / 2;
    status = imx_projection_create(memory, out->info.crs, lonlat_crs, NULL, middle, 1, err, &out->projection);
    if (status != IMX_OK) {
        (void)imx_error_context(err, "%s", path);
        return status;
    }
    out->period = g[2] == 0 && g[4] == 0 ? imx_projection_period(out->projection) : 0;
    double columns = out->period / fabs(g[1]);
    if (out->period > 0 && columns <= out->info.width + 0.5 && columns < 1e9 && fabs(columns - round(columns)) < 1e-3) {
        out->around = (int32_t)round(columns);
    }
    if (imx_projection_identity(out->projection)) {
        imx_projection_destroy(&out->projection);
    }
    return IMX_OK;
}

/* From the DEM's cells at the place to degrees. */
static void measure_cell(imx_elevation *e, double lon_deg, double lat_deg) {
    const double *g = e->dem.info.geotransform;
    double x[3] = {lon_deg}, y[3] = {lat_deg};
    if (e->dem.projection) {
        imx_projection_inverse(e->dem.projection, 1, x, y);
    }
    x[1] = x[0] + g[1], y[1] = y[0] + g[4];
    x[2] = x[0] + g[2], y[2] = y[0] + g[5];
    if (e->dem.projection) {
        imx_projection_forward(e->dem.projection, 3, x, y);
    }
    double along = hypot(x[1] - x[0], x[2] - x[0]), down = hypot(y[1] - y[0], y[2] - y[0]);
    bool told = isfinite(along) && isfinite(down) && along > 0 && down > 0;
    e->cell_deg[0] = told ? along : 1e-3; /* the scene is not on the DEM */
    e->cell_deg[1] = told ? down : 1e-3;
}

imx_status imx_elevation_create(imx_memory *memory, const imx_heights *heights, double lon_deg, double lat_deg,
                                imx_error *err, imx_elevation **out) {
    imx_elevation *e = imx_calloc(memory, 1, sizeof *e);
    if (!e) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    e->memory = e->dem.memory = e->geoid.memory = memory;
    imx_status status = open_surface(memory, heights->dem, NULL, heights->resample, err, &e->dem);
    if (status == IMX_OK && heights->geoid) {
        status = open_surface(memory, heights->geoid, lonlat_crs, IMX_DEM_BILINEAR, err, &e->geoid);
    }
    if (status != IMX_OK) {
        imx_elevation_destroy(&e);
        return status;
    }
    measure_cell(e, lon_deg, lat_deg);
    *out = e;
    return IMX_OK;
}

void imx_elevation_destroy(imx_elevation **elevation) {
    imx_elevation *e = *elevation;
    if (!e) {
        return;
    }
    close_surface(&e->geoid);
    close_surface(&e->dem);
    imx_free(e->memory, e);
    *elevation = NULL;
}

void imx_elevation_cell(const imx_elevation *elevation, double cell_deg[2]) {
    cell_deg[0] = elevation->cell_deg[0];
    cell_deg[1] = elevation->cell_deg[1];
}

imx_dem_datum imx_elevation_datum(const imx_elevation *elevation) { return elevation->dem.info.datum; }

imx_status imx_elevation_check(const imx_elevation *elevation, imx_error *err) {
    const surface *failed = elevation->dem.status != IMX_OK ? &elevation->dem : &elevation->geoid;
    return failed->status == IMX_OK ? IMX_OK : imx_fail(err, failed->status, "%s", failed->err.text);
}

/* ---- geoids by name ---- */

imx_status imx_geoid_find(imx_memory *memory, const char *given, imx_error *err, char **path) {
    static const struct {
        const char *name, *files[2];
    } known[] = {{"egm96", {"us_nga_egm96_15.tif", "egm96_15.gtx"}},
                 {"egm2008", {"us_nga_egm08_25.tif", "egm08_25.gtx"}}};
    char found[512] = "";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(given, known[i].name) != 0) {
            continue;
        }
        for (int k = 0; k < 2 && !found[0]; k++) {
            imx_projection_grid_file(known[i].files[k], sizeof found, found);
        }
        if (!found[0]) {
            return imx_fail(err, IMX_E_INPUT,
                            "--geoid %s: PROJ has neither %s nor %s on this machine: fetch the first from "
                            "https://cdn.proj.org (projsync --file %s), or name a raster of the geoid's undulations",
                            given, known[i].files[0], known[i].files[1], known[i].files[0]);
        }
    }
    *path = imx_strdup(memory, found[0] ? found : given);
    return *path ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory");
}
