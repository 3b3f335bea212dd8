/* engine/ground.c: see the header. Nodes are found when they are first wanted, and kept in a table that their numbers
 * lead into; one that has taken the place of another is found again. */
#include "engine/ground.h"

#include <math.h>

#include "engine/crs.h"

enum { SIDE = 64 /* nodes of the table each way */, STEP_MIN = 4, STEP_MAX = 64, PIECE_MAX = 16 };

static const double apart_max_m = 80000;
static const double semi_major_m = 6378137, eccentricity_squared = 0.0066943799901413165; /* WGS 84 */
static const double radian = 0.017453292519943295;

typedef struct node {
    bool found;
    int64_t i, j;
    double side_m[2]; /* 0: not known */
} node;

struct imx_ground {
    imx_memory *memory;
    const imx_space *space;
    imx_lonlat *lonlat;
    double usual_m[2];   /* where nothing better is known */
    int64_t step, piece; /* px */
    node nodes[SIDE][SIDE];
};

imx_status imx_ground_create(imx_memory *memory, const imx_space *space, imx_error *err, imx_ground **out) {
    imx_crs_facts facts;
    imx_status status = imx_crs_describe(memory, space->crs, err, &facts);
    if (status != IMX_OK) {
        return status;
    }
    imx_ground *ground = imx_calloc(memory, 1, sizeof *ground);
    if (!ground) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the ground under the pixels");
    }
    ground->memory = memory;
    ground->space = space;
    ground->usual_m[0] = space->res * facts.metres_per_unit;
    ground->usual_m[1] = imx_space_res_y(space) * facts.metres_per_unit;
    const double coarser_m = fmax(ground->usual_m[0], ground->usual_m[1]);
    ground->step = STEP_MAX;
    while (ground->step > STEP_MIN && (double)ground->step * coarser_m > apart_max_m) {
        ground->step /= 2;
    }
    ground->piece = ground->step < PIECE_MAX ? ground->step : PIECE_MAX;
    status = imx_lonlat_create(memory, space->crs, err, &ground->lonlat);
    if (status != IMX_OK) {
        imx_ground_destroy(&ground);
        return status;
    }
    *out = ground;
    return IMX_OK;
}

void imx_ground_destroy(imx_ground **ground) {
    if (*ground) {
        imx_lonlat_destroy(&(*ground)->lonlat);
        imx_free((*ground)->memory, *ground);
        *ground = NULL;
    }
}

/* Places in space: through the ellipsoid, so that neither the poles nor the antimeridian are anything special. */
static double distance_m(const double lon_deg[2], const double lat_deg[2]) {
    double xyz[2][3];
    for (int k = 0; k < 2; k++) {
        const double lon = lon_deg[k] * radian, lat = lat_deg[k] * radian;
        const double normal_m = semi_major_m / sqrt(1 - eccentricity_squared * sin(lat) * sin(lat));
        xyz[k][0] = normal_m * cos(lat) * cos(lon);
        xyz[k][1] = normal_m * cos(lat) * sin(lon);
        xyz[k][2] = normal_m * (1 - eccentricity_squared) * sin(lat);
    }
    const double x = xyz[1][0] - xyz[0][0], y = xyz[1][1] - xyz[0][1], z = xyz[1][2] - xyz[0][2];
    return sqrt(x * x + y * y + z * z);
}

static void measure(imx_ground *ground, node *at) {
    static const double dx[4] = {-0.5, 0.5, 0, 0}, dy[4] = {0, 0, -0.5, 0.5};
    const imx_space *space = ground->space;
    double x[4], y[4];
    for (int k = 0; k < 4; k++) {
        x[k] = space->origin_x + ((double)(at->i * ground->step) + dx[k]) * space->res;
        y[k] = space->origin_y - ((double)(at->j * ground->step) + dy[k]) * imx_space_res_y(space);
    }
    imx_lonlat_apply(ground->lonlat, 4, x, y);
    for (int k = 0; k < 2; k++) {
        const double side_m = distance_m(x + 2 * k, y + 2 * k);
        at->side_m[k] = isfinite(side_m) ? side_m : 0; /* 0 lies at infinity: no such place */
    }
}

static const node *node_of(imx_ground *ground, int64_t i, int64_t j) {
    node *at = &ground->nodes[(uint64_t)j % SIDE][(uint64_t)i % SIDE];
    if (!at->found || at->i != i || at->j != j) {
        *at = (node){.found = true, .i = i, .j = j};
        measure(ground, at);
    }
    return at;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* Of the four nodes around those that are known. */
static void interpolate(imx_ground *ground, double x_px, double y_px, double side_m[2]) {
    const double u = x_px / (double)ground->step, v = y_px / (double)ground->step;
    const int64_t i = (int64_t)floor(u), j = (int64_t)floor(v);
    double sum[2] = {0}, weights[2] = {0};
    for (int k = 0; k < 4; k++) {
        const node *at = node_of(ground, i + k % 2, j + k / 2);
        const double weight =
            (k % 2 ? u - (double)i : 1 - (u - (double)i)) * (k / 2 ? v - (double)j : 1 - (v - (double)j));
        for (int axis = 0; axis < 2; axis++) {
            sum[axis] += at->side_m[axis] > 0 ? weight * at->side_m[axis] : 0;
            weights[axis] += at->side_m[axis] > 0 ? weight : 0;
        }
    }
    for (int axis = 0; axis < 2; axis++) {
        side_m[axis] = weights[axis] > 0 ? sum[axis] / weights[axis] : ground->usual_m[axis];
    }
}

int32_t imx_ground_run(imx_ground *ground, int64_t x, int64_t y, int32_t n, double side_m[2]) {
    const int64_t from = floor_div(x, ground->piece) * ground->piece, rest = from + ground->piece - x;
    interpolate(ground, (double)from + (double)ground->piece / 2, (double)y + 0.5, side_m);
    return rest < n ? (int32_t)rest : n;
}
