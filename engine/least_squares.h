/* engine/least_squares.h: small dense linear systems, for fits through control points. */
#ifndef IMX_ENGINE_LEAST_SQUARES_H
#define IMX_ENGINE_LEAST_SQUARES_H

#include <stdbool.h>
#include <stddef.h>

/* Minimises |A x - b| for `sides` right-hand sides by Householder reflections (Golub, Van Loan: Matrix Computations,
 * 5.2). a: rows x columns, row by row, rows >= columns; b: rows x sides; both are overwritten, and the first `columns`
 * rows of b hold the solutions. False: the columns are not independent (to 1e-10 of their length), or something is not
 * finite. */
bool imx_least_squares(size_t rows, size_t columns, size_t sides, double *a, double *b);

/* Solves A x = b, n x n, for `sides` right-hand sides, by elimination with partial pivoting; both are overwritten, b by
 * the solutions. False: A is singular (pivots below 1e-13 of its largest element), or something is not finite. */
bool imx_solve(size_t n, size_t sides, double *a, double *b);

#endif
