/* engine/mesh.c: bilinear cells under a pyramid of boxes: four by four cells a box, four boxes to the next one. */
#include "engine/mesh.h"

#include <math.h>

enum { LEAF_LOG2 = 2, LEVELS_MAX = 32, SAMPLES = 64 };
#define RIM 1e-9 /* of a cell: so that no place falls between two */

typedef struct box {
    double min_x, min_y, max_x, max_y;
} box;

typedef struct level {
    box *boxes;
    int32_t columns, rows;
} level;

struct imx_mesh {
    int32_t columns, rows; /* nodes */
    double *x, *y;
    double turn;
    level levels[LEVELS_MAX]; /* 0: leaves */
    int32_t count;
};

/* A cell: place = a + b u + c v + d u v, u and v from low to high (0 to 1, but at the rim of the mesh). */
typedef struct cell {
    double a[2], b[2], c[2], d[2];
    double low_u, high_u, low_v, high_v;
} cell;

static double near(double turn, double x, double to) { return turn > 0 ? x - turn * floor((x - to) / turn + 0.5) : x; }

static bool open_cell(const imx_mesh *m, int32_t column, int32_t row, cell *out) {
    const size_t at = (size_t)row * (size_t)m->columns + (size_t)column, below = at + (size_t)m->columns;
    const double x0 = m->x[at], x1 = near(m->turn, m->x[at + 1], x0), x2 = near(m->turn, m->x[below], x0),
                 x3 = near(m->turn, m->x[below + 1], x0);
    const double y0 = m->y[at], y1 = m->y[at + 1], y2 = m->y[below], y3 = m->y[below + 1];
    if (!isfinite(x0 + x1 + x2 + x3 + y0 + y1 + y2 + y3) ||
        (m->turn > 0 && fmax(fmax(x0, x1), fmax(x2, x3)) - fmin(fmin(x0, x1), fmin(x2, x3)) >= m->turn / 2)) {
        return false;
    }
    *out = (cell){.a = {x0, y0},
                  .b = {x1 - x0, y1 - y0},
                  .c = {x2 - x0, y2 - y0},
                  .d = {x3 - x1 - x2 + x0, y3 - y1 - y2 + y0},
                  .low_u = column == 0 ? -1 : 0,
                  .high_u = column == m->columns - 2 ? 2 : 1,
                  .low_v = row == 0 ? -1 : 0,
                  .high_v = row == m->rows - 2 ? 2 : 1};
    return true;
}

static double at_cell(const cell *c, int axis, double u, double v) {
    return c->a[axis] + u * c->b[axis] + v * (c->c[axis] + u * c->d[axis]);
}

/* ---- boxes ---- */

static const box nowhere = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};

static void join(box *all, const box *one) {
    all->min_x = fmin(all->min_x, one->min_x), all->min_y = fmin(all->min_y, one->min_y);
    all->max_x = fmax(all->max_x, one->max_x), all->max_y = fmax(all->max_y, one->max_y);
}

/* (Bilinear: extremes lie in the corners. A rim wider, for the sake of rounding.) */
static void join_cell(box *all, const cell *c) {
    for (int i = 0; i < 4; i++) {
        const double u = i & 1 ? c->high_u + RIM : c->low_u - RIM, v = i & 2 ? c->high_v + RIM : c->low_v - RIM;
        const double x = at_cell(c, 0, u, v), y = at_cell(c, 1, u, v);
        join(all, &(box){x, y, x, y});
    }
}

static int32_t halves(int32_t n) { return (n + 1) / 2; }

static box leaf_box(const imx_mesh *m, int32_t column, int32_t row) {
    const int32_t side = 1 << LEAF_LOG2;
    box all = nowhere;
    for (int32_t r = row * side; r < (row + 1) * side && r < m->rows - 1; r++) {
        for (int32_t c = column * side; c < (column + 1) * side && c < m->columns - 1; c++) {
            cell of;
            if (open_cell(m, c, r, &of)) {
                join_cell(&all, &of);
            }
        }
    }
    return all;
}

static box upper_box(const level *below, int32_t column, int32_t row) {
    box all = nowhere;
    for (int32_t r = 2 * row; r < 2 * row + 2 && r < below->rows; r++) {
        for (int32_t c = 2 * column; c < 2 * column + 2 && c < below->columns; c++) {
            join(&all, &below->boxes[(size_t)r * (size_t)below->columns + (size_t)c]);
        }
    }
    return all;
}

static bool build(imx_memory *memory, imx_mesh *m) {
    const int32_t side = 1 << LEAF_LOG2;
    int32_t columns = (m->columns - 2) / side + 1, rows = (m->rows - 2) / side + 1;
    for (;;) {
        level *now = &m->levels[m->count];
        *now = (level){imx_calloc(memory, (size_t)columns * (size_t)rows, sizeof *now->boxes), columns, rows};
        if (!now->boxes) {
            return false;
        }
        for (int32_t r = 0; r < rows; r++) {
            for (int32_t c = 0; c < columns; c++) {
                now->boxes[(size_t)r * (size_t)columns + (size_t)c] =
                    m->count == 0 ? leaf_box(m, c, r) : upper_box(now - 1, c, r);
            }
        }
        m->count++;
        if (columns == 1 && rows == 1) {
            return true;
        }
        columns = halves(columns), rows = halves(rows);
    }
}

/* ---- life ---- */

/* All longitudes within half a turn of one in the midst, so that the mesh is in as few pieces as can be. */
static void gather(imx_mesh *m) {
    const size_t count = (size_t)m->columns * (size_t)m->rows;
    size_t middle = count / 2 + (size_t)m->columns / 2;
    for (size_t i = 0; i < count && !isfinite(m->x[middle % count]); i++) {
        middle++;
    }
    const double to = m->x[middle % count];
    for (size_t i = 0; i < count && m->turn > 0; i++) {
        m->x[i] = near(m->turn, m->x[i], to);
    }
}

imx_status imx_mesh_create_take(imx_memory *memory, int32_t columns, int32_t rows, double *x, double *y, double turn,
                                imx_error *err, imx_mesh **out) {
    imx_mesh *m = imx_calloc(memory, 1, sizeof *m);
    if (!m) {
        imx_free(memory, x);
        imx_free(memory, y);
        return imx_fail(err, IMX_E_NOMEM, "out of memory for geolocation arrays");
    }
    *m = (imx_mesh){.columns = columns, .rows = rows, .x = x, .y = y, .turn = turn};
    gather(m);
    imx_status status = IMX_OK;
    if (!build(memory, m)) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory for geolocation arrays of %d x %d", columns, rows);
    } else if (!(m->levels[m->count - 1].boxes[0].min_x <= m->levels[m->count - 1].boxes[0].max_x)) {
        status = imx_fail(err, IMX_E_INPUT, "its geolocation arrays hold no place: all nodata, or beyond any latitude");
    }
    if (status != IMX_OK) {
        imx_mesh_destroy(memory, &m);
        return status;
    }
    *out = m;
    return IMX_OK;
}

void imx_mesh_destroy(imx_memory *memory, imx_mesh **mesh) {
    imx_mesh *m = *mesh;
    if (!m) {
        return;
    }
    for (int i = 0; i < LEVELS_MAX; i++) {
        imx_free(memory, m->levels[i].boxes);
    }
    imx_free(memory, m->x);
    imx_free(memory, m->y);
    imx_free(memory, m);
    *mesh = NULL;
}

void imx_mesh_box(const imx_mesh *mesh, double out[4]) {
    const box *all = &mesh->levels[mesh->count - 1].boxes[0];
    out[0] = all->min_x, out[1] = all->min_y, out[2] = all->max_x, out[3] = all->max_y;
}

double imx_mesh_cell(const imx_mesh *mesh) {
    double least = HUGE_VAL;
    for (int32_t i = 0; i < SAMPLES * SAMPLES; i++) {
        cell c;
        const int64_t column = (int64_t)(mesh->columns - 2) * (i % SAMPLES) / (SAMPLES - 1);
        const int64_t row = (int64_t)(mesh->rows - 2) * (i / SAMPLES) / (SAMPLES - 1);
        if (open_cell(mesh, (int32_t)column, (int32_t)row, &c)) {
            const double side = fmin(hypot(c.b[0], c.b[1]), hypot(c.c[0], c.c[1]));
            least = side > 0 ? fmin(least, side) : least;
        }
    }
    return isfinite(least) ? least : 0;
}

/* ---- asking ---- */

static double cross(const double a[2], const double b[2]) { return a[0] * b[1] - a[1] * b[0]; }

static bool within(const cell *c, double u, double v) {
    return u >= c->low_u - RIM && u <= c->high_u + RIM && v >= c->low_v - RIM && v <= c->high_v + RIM;
}

/* u where v is known, from the axis that tells it better. */
static double u_at(const cell *c, const double h[2], double v) {
    const double along[2] = {c->b[0] + v * c->d[0], c->b[1] + v * c->d[1]};
    const int axis = fabs(along[0]) >= fabs(along[1]) ? 0 : 1;
    return (h[axis] - v * c->c[axis]) / along[axis];
}

/* The quadratic that is left of h = b u + c v + d u v when u is eliminated: of its roots the one in the cell; where
 * both are (a cell whose sides cross), the one nearer to its middle. */
static bool invert(const cell *c, double x, double y, double *u, double *v) {
    const double h[2] = {x - c->a[0], y - c->a[1]};
    const double p = cross(c->d, c->c), q = cross(c->b, c->c) + cross(h, c->d), r = cross(h, c->b);
    const double square = q * q - 4 * p * r;
    if (!(square >= 0)) {
        return false;
    }
    const double half = -0.5 * (q + copysign(sqrt(square), q)); /* without cancellation */
    const double roots[2] = {half != 0 ? r / half : 0, p != 0 ? half / p : HUGE_VAL};
    bool found = false;
    for (int i = 0; i < 2; i++) {
        const double at_v = roots[i], at_u = u_at(c, h, at_v);
        if (isfinite(at_v) && isfinite(at_u) && within(c, at_u, at_v) &&
            (!found || fabs(at_v - 0.5) + fabs(at_u - 0.5) < fabs(*v - 0.5) + fabs(*u - 0.5))) {
            *u = at_u, *v = at_v;
            found = true;
        }
    }
    return found;
}

static bool find_in_leaf(const imx_mesh *m, int32_t column, int32_t row, double x, double y, double *at_column,
                         double *at_row) {
    const int32_t side = 1 << LEAF_LOG2;
    for (int32_t r = row * side; r < (row + 1) * side && r < m->rows - 1; r++) {
        for (int32_t c = column * side; c < (column + 1) * side && c < m->columns - 1; c++) {
            cell of;
            double u = 0, v = 0;
            if (open_cell(m, c, r, &of) && invert(&of, x, y, &u, &v)) {
                *at_column = c + u, *at_row = r + v;
                return true;
            }
        }
    }
    return false;
}

static bool find_at(const imx_mesh *m, double x, double y, double *column, double *row) {
    struct {
        int32_t level, column, row;
    } stack[4 * LEVELS_MAX];
    int depth = 0;
    stack[depth].level = m->count - 1, stack[depth].column = 0, stack[depth++].row = 0;
    while (depth > 0) {
        depth--;
        const int32_t k = stack[depth].level, c = stack[depth].column, r = stack[depth].row;
        const box *b = &m->levels[k].boxes[(size_t)r * (size_t)m->levels[k].columns + (size_t)c];
        if (!(x >= b->min_x && x <= b->max_x && y >= b->min_y && y <= b->max_y)) {
            continue;
        }
        if (k == 0) {
            if (find_in_leaf(m, c, r, x, y, column, row)) {
                return true;
            }
            continue;
        }
        for (int i = 3; i >= 0; i--) { /* the last one pushed is the first one seen */
            const int32_t cc = 2 * c + (i & 1), rr = 2 * r + (i >> 1);
            if (cc < m->levels[k - 1].columns && rr < m->levels[k - 1].rows) {
                stack[depth].level = k - 1, stack[depth].column = cc, stack[depth++].row = rr;
            }
        }
    }
    return false;
}

bool imx_mesh_find(const imx_mesh *mesh, double x, double y, double *column, double *row) {
    const box *all = &mesh->levels[mesh->count - 1].boxes[0];
    const double first = near(mesh->turn, x, (all->min_x + all->max_x) / 2);
    return find_at(mesh, first, y, column, row) ||
           (mesh->turn > 0 &&
            (find_at(mesh, first - mesh->turn, y, column, row) || find_at(mesh, first + mesh->turn, y, column, row)));
}

bool imx_mesh_place(const imx_mesh *mesh, double column, double row, double *x, double *y) {
    if (!(column >= -1 && column <= mesh->columns && row >= -1 && row <= mesh->rows)) {
        return false;
    }
    const double c = fmin(fmax(floor(column), 0), mesh->columns - 2), r = fmin(fmax(floor(row), 0), mesh->rows - 2);
    cell of;
    if (!open_cell(mesh, (int32_t)c, (int32_t)r, &of)) {
        return false;
    }
    *x = at_cell(&of, 0, column - c, row - r);
    *y = at_cell(&of, 1, column - c, row - r);
    return true;
}
