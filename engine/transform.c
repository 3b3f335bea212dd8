/* engine/transform.c: output px <-> output CRS <-> source CRS <-> source px. Affines, models, cyclic axes, aliases.
 *
 * With a model (transform_model.h) between source CRS and source px, source px means the image that the model knows,
 * and the asset's affine leads from there to the asset. */
#include "engine/transform.h"

#include <math.h>

#include "engine/transform_inner.h"
#include "engine/transform_model.h"
#include "engine/transform_proj.h"

enum {
    SAMPLES = 9, /* a side: the lattice over the raster that tells PROJ its area */
    CHUNK = 256  /* points guarded at a time */
};

struct imx_transform {
    imx_memory *memory;
    imx_projection *projection;
    double to_crs[6], to_px[6]; /* the asset's affine and its inverse */
    imx_model *model;           /* NULL: the affine leads to the CRS */
    /* with a model: the raster's surroundings in the CRS, outside of which it is not asked */
    double min_x, min_y, max_x, max_y;
    double turn;          /* CRS units along x after which the same place comes again; 0: none */
    double detail_px;     /* output px between kinks; 0: smooth */
    double width, height; /* source px */
    imx_space space;
    double period_x, period_y; /* source px; see imx_transform_period() */
    double alias_px;           /* output px */
};

static void affine(const double g[6], double *x, double *y) {
    double px = *x, py = *y;
    *x = g[0] + g[1] * px + g[2] * py;
    *y = g[3] + g[4] * px + g[5] * py;
}

static bool invert_affine(const double g[6], double inverse[6]) {
    double det = g[1] * g[5] - g[2] * g[4];
    if (!isfinite(det) || det == 0 || !isfinite(g[0]) || !isfinite(g[3])) {
        return false;
    }
    inverse[1] = g[5] / det;
    inverse[2] = -g[2] / det;
    inverse[4] = -g[4] / det;
    inverse[5] = g[1] / det;
    inverse[0] = -(inverse[1] * g[0] + inverse[2] * g[3]);
    inverse[3] = -(inverse[4] * g[0] + inverse[5] * g[3]);
    return true;
}

/* Source CRS -> source px, by differences to the origin: exact on aligned grids, where products would cancel. */
static void to_source_px(const imx_transform *t, double *x, double *y) {
    double dx = *x - t->to_crs[0], dy = *y - t->to_crs[3];
    if (t->to_crs[2] == 0 && t->to_crs[4] == 0) {
        *x = dx / t->to_crs[1];
        *y = dy / t->to_crs[5];
    } else {
        *x = t->to_px[1] * dx + t->to_px[2] * dy;
        *y = t->to_px[4] * dx + t->to_px[5] * dy;
    }
}

/* The raster's centre first, then a lattice from corner to corner. */
static void sample_points(const imx_transform *t, double xy[2 * (SAMPLES * SAMPLES + 1)]) {
    size_t n = 0;
    xy[n++] = t->width / 2;
    xy[n++] = t->height / 2;
    for (int row = 0; row < SAMPLES; row++) {
        for (int column = 0; column < SAMPLES; column++) {
            xy[n++] = t->width * column / (SAMPLES - 1);
            xy[n++] = t->height * row / (SAMPLES - 1);
        }
    }
    for (size_t i = 0; i < n; i += 2) {
        affine(t->to_crs, &xy[i], &xy[i + 1]);
        if (t->model) {
            imx_model_to_ground(t->model, 1, &xy[i], &xy[i + 1]);
        }
    }
}

/* ---- models ---- */

/* The surroundings of the samples: the box around them, grown by a quarter; where heights matter, around those at twice
 * the heights' range too. */
static bool find_surroundings(imx_transform *t, const double *xy, size_t count) {
    t->min_x = t->min_y = HUGE_VAL;
    t->max_x = t->max_y = -HUGE_VAL;
    if (t->model->has_box) {
        t->min_x = t->model->box[0], t->min_y = t->model->box[1];
        t->max_x = t->model->box[2], t->max_y = t->model->box[3];
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        double x = xy[2 * i], y = xy[2 * i + 1];
        if (x != HUGE_VAL) {
            t->min_x = fmin(t->min_x, x), t->max_x = fmax(t->max_x, x);
            t->min_y = fmin(t->min_y, y), t->max_y = fmax(t->max_y, y);
        }
    }
    double margin_x = (t->max_x - t->min_x) / 4, margin_y = (t->max_y - t->min_y) / 4, parallax[2];
    imx_model_parallax(t->model, (t->min_x + t->max_x) / 2, (t->min_y + t->max_y) / 2, parallax);
    t->min_x -= margin_x + parallax[0], t->max_x += margin_x + parallax[0];
    t->min_y -= margin_y + parallax[1], t->max_y += margin_y + parallax[1];
    return t->min_x < t->max_x && t->min_y < t->max_y;
}

/* Output px between the kinks of a model, around the middle of the surroundings. */
static void find_detail(imx_transform *t) {
    double detail[2];
    imx_model_detail(t->model, detail);
    double x[3] = {(t->min_x + t->max_x) / 2}, y[3] = {(t->min_y + t->max_y) / 2};
    x[1] = x[0] + detail[0], y[1] = y[0];
    x[2] = x[0], y[2] = y[0] + detail[1];
    t->detail_px = 0;
    if (detail[0] > 0) {
        imx_projection_forward(t->projection, 3, x, y);
        double along = hypot(x[1] - x[0], y[1] - y[0]), down = hypot(x[2] - x[0], y[2] - y[0]);
        t->detail_px = fmin(along, down) / t->space.res;
        t->detail_px = isfinite(t->detail_px) && t->detail_px > 0 ? t->detail_px : 1;
    }
}

/* Source CRS -> the model's px, n points. */
static void ask_model(const imx_transform *t, size_t n, double *x, double *y) {
    double middle = (t->min_x + t->max_x) / 2;
    for (size_t i = 0; i < n; i++) {
        if (x[i] != HUGE_VAL && t->turn > 0) {
            x[i] -= t->turn * floor((x[i] - middle) / t->turn + 0.5);
        }
        if (!(x[i] >= t->min_x && x[i] <= t->max_x && y[i] >= t->min_y && y[i] <= t->max_y)) {
            x[i] = y[i] = HUGE_VAL;
        }
    }
    imx_model_to_image(t->model, n, x, y);
}

/* ---- spaces ---- */

double imx_space_nearest(const imx_space *space, double x, double near) {
    const double round = imx_space_round(space);
    return round > 0 ? x - round * floor((x - near) / round + 0.5) : x;
}

double imx_space_copies(const imx_space *space, double min_x, double max_x, double *first, double *last) {
    const double round = imx_space_round(space);
    *first = *last = 0;
    if (round > 0) {
        *first = ceil(-max_x / round);
        *last = floor((space->width - min_x) / round);
    } else if (!(max_x >= 0 && min_x <= space->width)) {
        *last = -1;
    }
    return fmax(0, *last - *first + 1);
}

/* PROJ takes longitudes up to 10 radians: x of a position in the space, a few rounds nearer where it lies farther. */
static double crs_x(const imx_space *space, double px) {
    const double x = space->origin_x + px * space->res, round = imx_space_round(space) * space->res;
    return round > 0 && fabs(x) > round ? x - round * floor(x / round + 0.5) : x;
}

imx_status imx_transform_create(imx_memory *memory, const imx_scene *scene, const imx_asset *asset,
                                const imx_space *space, imx_error *err, imx_transform **out) {
    imx_transform *t = imx_calloc(memory, 1, sizeof *t);
    if (!t) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", scene->id);
    }
    imx_status status;
    t->memory = memory;
    t->width = asset->width;
    t->height = asset->height;
    t->space = *space;
    t->space.crs = NULL;
    for (int i = 0; i < 6; i++) {
        t->to_crs[i] = asset->geotransform[i];
    }
    if (!invert_affine(t->to_crs, t->to_px)) {
        status = imx_fail(err, IMX_E_INPUT, "%s: its geotransform maps the raster to a line or a point", scene->id);
        goto out;
    }
    if (asset->georef) {
        status = imx_model_create(memory, asset->georef, err, &t->model);
        if (status != IMX_OK) {
            (void)imx_error_context(err, "%s", scene->id);
            goto out;
        }
    }
    double xy[2 * (SAMPLES * SAMPLES + 1)];
    sample_points(t, xy);
    status = asset->projection ? imx_projection_create_from(memory, asset->projection, err, &t->projection) : IMX_OK;
    if (status == IMX_OK && !t->projection) {
        status = imx_projection_create(memory, scene->crs, space->crs, scene->operation, xy, SAMPLES * SAMPLES + 1, err,
                                       &t->projection);
    }
    if (status != IMX_OK) {
        (void)imx_error_context(err, "%s", scene->id);
        goto out;
    }
    double period = imx_projection_period(t->projection);
    if (t->model) {
        t->turn = period;
        if (!find_surroundings(t, xy, SAMPLES * SAMPLES + 1)) {
            status = imx_fail(err, IMX_E_INPUT, "%s: no pixel of it has a place on the ground", scene->id);
            goto out;
        }
        find_detail(t);
    } else {
        t->period_x = t->to_px[1] * period;
        t->period_y = t->to_px[4] * period;
    }
    t->alias_px = fmax(1, imx_projection_alias_distance(t->projection) / space->res);
    *out = t;
    t = NULL;

out:
    imx_transform_destroy(&t);
    return status;
}

imx_status imx_transform_remember(const imx_transform *transform, imx_memory *memory, imx_error *err,
                                  imx_asset *asset) {
    imx_free(memory, asset->projection);
    asset->projection = NULL;
    return imx_projection_write_down(transform->projection, memory, err, &asset->projection);
}

void imx_transform_destroy(imx_transform **transform) {
    imx_transform *t = *transform;
    if (!t) {
        return;
    }
    imx_projection_destroy(&t->projection);
    imx_model_destroy(&t->model);
    imx_free(t->memory, t);
    *transform = NULL;
}

const char *imx_transform_operation(const imx_transform *transform) {
    return imx_projection_operation(transform->projection);
}

bool imx_transform_ballpark(const imx_transform *transform) { return imx_projection_ballpark(transform->projection); }

bool imx_transform_frames(const imx_transform *transform, const imx_itrs_frame *frames[2]) {
    return imx_projection_frames(transform->projection, frames);
}

double imx_transform_accuracy_m(const imx_transform *transform) {
    return imx_projection_accuracy_m(transform->projection);
}

void imx_transform_period(const imx_transform *transform, double period_px[2]) {
    period_px[0] = transform->period_x;
    period_px[1] = transform->period_y;
}

void imx_transform_size(const imx_transform *transform, double *width_px, double *height_px) {
    *width_px = transform->width;
    *height_px = transform->height;
}

const imx_space *imx_transform_space(const imx_transform *transform) { return &transform->space; }

double imx_transform_detail(const imx_transform *transform) { return transform->detail_px; }

bool imx_transform_waves(const imx_transform *transform) { return transform->model != NULL; }

imx_status imx_transform_check(const imx_transform *transform, imx_error *err) {
    return transform->model ? imx_model_check(transform->model, err) : IMX_OK;
}

/* Of the positions that mean the same place the one nearest to the raster's centre: inside, if any is. */
static void wrap_source(const imx_transform *t, double *x, double *y) {
    double square = t->period_x * t->period_x + t->period_y * t->period_y;
    if (square > 0) {
        double along = (*x - t->width / 2) * t->period_x + (*y - t->height / 2) * t->period_y;
        double turns = floor(along / square + 0.5);
        *x -= turns * t->period_x;
        *y -= turns * t->period_y;
    }
}

void imx_transform_inverse_unguarded(imx_transform *transform, size_t n, double *x, double *y) {
    const imx_space *space = &transform->space;
    for (size_t i = 0; i < n; i++) {
        x[i] = crs_x(space, x[i]);
        y[i] = space->origin_y - y[i] * imx_space_res_y(space);
    }
    imx_projection_inverse(transform->projection, n, x, y);
    if (transform->model) {
        ask_model(transform, n, x, y);
    }
    for (size_t i = 0; i < n; i++) {
        if (x[i] != HUGE_VAL) {
            to_source_px(transform, &x[i], &y[i]);
            wrap_source(transform, &x[i], &y[i]);
        }
    }
}

void imx_transform_forward_unwrapped(imx_transform *transform, size_t n, double *x, double *y) {
    const imx_space *space = &transform->space;
    for (size_t i = 0; i < n; i++) {
        affine(transform->to_crs, &x[i], &y[i]);
    }
    if (transform->model) {
        imx_model_to_ground(transform->model, n, x, y);
    }
    imx_projection_forward(transform->projection, n, x, y);
    for (size_t i = 0; i < n; i++) {
        if (x[i] != HUGE_VAL) {
            x[i] = (x[i] - space->origin_x) / space->res;
            y[i] = (space->origin_y - y[i]) / imx_space_res_y(space);
        }
    }
}

void imx_transform_forward(imx_transform *transform, size_t n, double *x, double *y) {
    const imx_space *space = &transform->space;
    imx_transform_forward_unwrapped(transform, n, x, y);
    for (size_t i = 0; imx_space_round(space) > 0 && i < n; i++) {
        if (x[i] != HUGE_VAL && (x[i] < 0 || x[i] >= space->width)) {
            x[i] = imx_space_nearest(space, x[i], space->width / 2);
        }
    }
}

/* Far outside their area some projections give aliases instead of failing: two output points that claim the same
 * source point. Only a claim on the raster or its surroundings does harm; it must lead back to where it came from. */
static void drop_aliases(imx_transform *t, size_t n, const double *from_x, const double *from_y, double *x, double *y) {
    size_t index[CHUNK], count = 0;
    double back_x[CHUNK], back_y[CHUNK];
    for (size_t i = 0; i < n; i++) {
        if (x[i] >= -t->width && x[i] <= 2 * t->width && y[i] >= -t->height && y[i] <= 2 * t->height) {
            index[count] = i;
            back_x[count] = x[i];
            back_y[count++] = y[i];
        }
    }
    imx_transform_forward_unwrapped(t, count, back_x, back_y);
    for (size_t k = 0; k < count; k++) {
        size_t i = index[k];
        double dx = imx_space_nearest(&t->space, back_x[k] - from_x[i], 0), dy = back_y[k] - from_y[i];
        bool inside = x[i] >= 0 && x[i] <= t->width && y[i] >= 0 && y[i] <= t->height;
        bool back = back_x[k] != HUGE_VAL;
        if (back ? !(hypot(dx, dy) <= t->alias_px) : inside) {
            x[i] = y[i] = HUGE_VAL;
        }
    }
}

void imx_transform_inverse(imx_transform *transform, size_t n, double *x, double *y) {
    double from_x[CHUNK], from_y[CHUNK];
    for (size_t at = 0; at < n; at += CHUNK) {
        size_t count = n - at < CHUNK ? n - at : CHUNK;
        for (size_t i = 0; i < count; i++) {
            from_x[i] = x[at + i];
            from_y[i] = y[at + i];
        }
        imx_transform_inverse_unguarded(transform, count, x + at, y + at);
        if (transform->model ? transform->model->may_fold : !imx_projection_identity(transform->projection)) {
            drop_aliases(transform, count, from_x, from_y, x + at, y + at);
        }
    }
}

/* ---- native resolution ---- */

/* sqrt(|det J|) in output px of a source position; HUGE_VAL: it has none, or lies outside the space. Over one source
 * px, or less of a raster that few of them make: a single one may go round the Earth, to where it began. */
static double scale_at(imx_transform *t, double px, double py) {
    const double dx = fmin(0.5, t->width / 64.0), dy = fmin(0.5, t->height / 64.0);
    double x[5] = {px, px - dx, px + dx, px, px}, y[5] = {py, py, py, py - dy, py + dy};
    imx_transform_forward_unwrapped(t, 5, x, y);
    for (int k = 0; k < 5; k++) {
        if (x[k] == HUGE_VAL) {
            return HUGE_VAL;
        }
    }
    double first, last;
    if (!(imx_space_copies(&t->space, x[0], x[0], &first, &last) > 0) || y[0] < 0 || y[0] > t->space.height) {
        return HUGE_VAL;
    }
    double scale = sqrt(fabs((x[2] - x[1]) * (y[4] - y[3]) - (x[4] - x[3]) * (y[2] - y[1])) / (4 * dx * dy));
    return scale > 0 ? scale : HUGE_VAL;
}

/* The finest of an n x n lattice of source points that lie inside the space. */
static double finest_scale(imx_transform *t, int n) {
    double finest = HUGE_VAL;
    for (int i = 0; i < n * n; i++) {
        finest = fmin(finest, scale_at(t, t->width * (i % n + 0.5) / n, t->height * (i / n + 0.5) / n));
    }
    return finest;
}

/* The finest where a lattice over the space meets the raster: for spaces that are small beside it. */
static double finest_scale_there(imx_transform *t, int n) {
    double finest = HUGE_VAL;
    for (int i = 0; i < n * n; i++) {
        double x = t->space.width * (i % n + 0.5) / n, y = t->space.height * (i / n + 0.5) / n;
        imx_transform_inverse(t, 1, &x, &y);
        if (x != HUGE_VAL && x >= 0 && x <= t->width && y >= 0 && y <= t->height) {
            finest = fmin(finest, scale_at(t, x, y));
        }
    }
    return finest;
}

imx_status imx_transform_native_res(imx_transform *transform, imx_error *err, double *res) {
    if (transform->model) {
        imx_model_flatten(transform->model, true); /* slopes are no detail of the scene */
    }
    double scale = finest_scale(transform, 9);
    if (scale == HUGE_VAL) { /* perhaps only a small part of the raster can be transformed */
        scale = finest_scale(transform, 65);
    }
    if (scale == HUGE_VAL) {
        scale = finest_scale_there(transform, 33);
    }
    if (transform->model) {
        imx_model_flatten(transform->model, false);
    }
    if (scale == HUGE_VAL) {
        return imx_fail(err, IMX_E_INPUT, "no part of the raster lies within the output grid");
    }
    *res = scale * transform->space.res;
    return IMX_OK;
}
