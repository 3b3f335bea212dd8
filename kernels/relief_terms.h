/* kernels/relief_terms.h: numbers that the relief kernels have in common. Private to kernels/. */
#ifndef IMX_KERNELS_RELIEF_TERMS_H
#define IMX_KERNELS_RELIEF_TERMS_H

/* arc tangent of 0..1: x times a polynomial in x^2 (Abramowitz and Stegun 4.4.49) */
enum { IMX_ATAN_TERMS = 5 };
static const float imx_atan_terms[IMX_ATAN_TERMS] = {0.9998660f, -0.3302995f, 0.1801410f, -0.0851330f, 0.0208351f};
static const float imx_half_pi = 1.57079633f, imx_degrees = 57.2957795f, imx_half_root = 0.70710678f;

#endif
