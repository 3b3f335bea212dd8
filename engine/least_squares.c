/* engine/least_squares.c: Householder least squares and Gaussian elimination. */
#include "engine/least_squares.h"

#include <math.h>

static bool all_finite(const double *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return false;
        }
    }
    return true;
}

static double column_length(const double *a, size_t rows, size_t columns, size_t k, size_t from) {
    double square = 0;
    for (size_t i = from; i < rows; i++) {
        square += a[i * columns + k] * a[i * columns + k];
    }
    return sqrt(square);
}

/* m -= 2 v (v . m) / (v . v) for column j of m; v is column k of a from row k on. */
static void reflect(size_t rows, size_t k, const double *a, size_t columns, double v_square, double *m,
                    size_t m_columns, size_t j) {
    double dot = 0;
    for (size_t i = k; i < rows; i++) {
        dot += a[i * columns + k] * m[i * m_columns + j];
    }
    double factor = 2 * dot / v_square;
    for (size_t i = k; i < rows; i++) {
        m[i * m_columns + j] -= factor * a[i * columns + k];
    }
}

bool imx_least_squares(size_t rows, size_t columns, size_t sides, double *a, double *b) {
    enum { COLUMNS_MAX = 16 };
    double diagonal[COLUMNS_MAX];
    if (rows < columns || columns > COLUMNS_MAX || !all_finite(a, rows * columns) || !all_finite(b, rows * sides)) {
        return false;
    }
    for (size_t k = 0; k < columns; k++) {
        double whole = column_length(a, rows, columns, k, 0), length = column_length(a, rows, columns, k, k);
        if (!(length > 1e-10 * whole)) {
            return false;
        }
        double head = a[k * columns + k];
        diagonal[k] = head > 0 ? -length : length;
        a[k * columns + k] = head - diagonal[k];
        double v_square = 2 * length * (length + fabs(head));
        for (size_t j = k + 1; j < columns; j++) {
            reflect(rows, k, a, columns, v_square, a, columns, j);
        }
        for (size_t j = 0; j < sides; j++) {
            reflect(rows, k, a, columns, v_square, b, sides, j);
        }
    }
    for (size_t k = columns; k-- > 0;) {
        for (size_t j = 0; j < sides; j++) {
            double sum = b[k * sides + j];
            for (size_t i = k + 1; i < columns; i++) {
                sum -= a[k * columns + i] * b[i * sides + j];
            }
            b[k * sides + j] = sum / diagonal[k];
        }
    }
    return all_finite(b, columns * sides);
}

static void swap_rows(double *m, size_t columns, size_t first, size_t second) {
    for (size_t j = 0; j < columns && first != second; j++) {
        double kept = m[first * columns + j];
        m[first * columns + j] = m[second * columns + j];
        m[second * columns + j] = kept;
    }
}

bool imx_solve(size_t n, size_t sides, double *a, double *b) {
    double largest = 0;
    for (size_t i = 0; i < n * n; i++) {
        largest = fmax(largest, fabs(a[i]));
    }
    if (!all_finite(a, n * n) || !all_finite(b, n * sides)) {
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++) {
            pivot = fabs(a[i * n + k]) > fabs(a[pivot * n + k]) ? i : pivot;
        }
        if (!(fabs(a[pivot * n + k]) > 1e-13 * largest)) {
            return false;
        }
        swap_rows(a, n, k, pivot);
        swap_rows(b, sides, k, pivot);
        for (size_t i = k + 1; i < n; i++) {
            double factor = a[i * n + k] / a[k * n + k];
            for (size_t j = k + 1; j < n; j++) {
                a[i * n + j] -= factor * a[k * n + j];
            }
            for (size_t j = 0; j < sides; j++) {
                b[i * sides + j] -= factor * b[k * sides + j];
            }
        }
    }
    for (size_t k = n; k-- > 0;) {
        for (size_t j = 0; j < sides; j++) {
            double sum = b[k * sides + j];
            for (size_t i = k + 1; i < n; i++) {
                sum -= a[k * n + i] * b[i * sides + j];
            }
            b[k * sides + j] = sum / a[k * n + k];
        }
    }
    return all_finite(b, n * sides);
}
