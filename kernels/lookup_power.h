/* kernels/lookup_power.h: the polynomials of the stretch's power. Private to kernels/; reference and variants do the
 * same operations in the same order.
 *
 * log2(1 + f) / f for 1 + f in sqrt(1/2)..sqrt(2), and 2^y for y in -1..0: Chebyshev fits, coefficients from the
 * constant term up; absolute errors 1.1e-7 and 6.1e-8. */
#ifndef IMX_KERNELS_LOOKUP_POWER_H
#define IMX_KERNELS_LOOKUP_POWER_H

#define IMX_LOG2_TERMS 8
static const float imx_log2_terms[IMX_LOG2_TERMS] = {1.4426949f, -0.72135276f, 0.48092404f, -0.36024192f,
                                                     0.2870753f, -0.24882235f, 0.23421262f, -0.14620529f};
#define IMX_EXP2_TERMS 6
static const float imx_exp2_terms[IMX_EXP2_TERMS] = {0.99999994f,  0.6931432f,  0.2401795f,
                                                     0.055299614f, 0.00921088f, 0.00094755396f};
#define IMX_SQRT_HALF_BITS 0x3f3504f3 /* of the f32 next to sqrt(1/2) */
#define IMX_SMALLEST_NORMAL 0x1p-126f /* what is below counts as 0 */

#endif
