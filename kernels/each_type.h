/* kernels/each_type.h: one text for all sample types. Private to kernels/.
 *
 * A family that has a kernel for each type writes one macro and applies it: IMX_EACH_TYPE(X) expands to X(name, C type,
 * imx_type) for the eight types; IMX_BY_TYPE(prefix) initialises an array by imx_type with prefix##u8, prefix##i8, ...
 */
#ifndef IMX_KERNELS_EACH_TYPE_H
#define IMX_KERNELS_EACH_TYPE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/sample.h"

#define IMX_EACH_INTEGER(X)                                                                                            \
    X(u8, uint8_t, IMX_U8)                                                                                             \
    X(i8, int8_t, IMX_I8)                                                                                              \
    X(u16, uint16_t, IMX_U16) X(i16, int16_t, IMX_I16) X(u32, uint32_t, IMX_U32) X(i32, int32_t, IMX_I32)
#define IMX_EACH_FLOAT(X) X(f32, float, IMX_F32) X(f64, double, IMX_F64)
#define IMX_EACH_TYPE(X) IMX_EACH_INTEGER(X) IMX_EACH_FLOAT(X)
/* Those with a place among IMX_PLANE_TYPES, in that order. */
#define IMX_EACH_PLANE_TYPE(X)                                                                                         \
    X(u8, uint8_t, IMX_U8) X(u16, uint16_t, IMX_U16) X(i16, int16_t, IMX_I16) IMX_EACH_FLOAT(X)
/* For kernels that only move bits: X(bits, C type). */
#define IMX_EACH_SIZE(X) X(8, uint8_t) X(16, uint16_t) X(32, uint32_t) X(64, uint64_t)

#define IMX_BY_TYPE(prefix)                                                                                            \
    { prefix##u8, prefix##i8, prefix##u16, prefix##i16, prefix##u32, prefix##i32, prefix##f32, prefix##f64 }
#define IMX_BY_PLANE_TYPE(prefix)                                                                                      \
    { prefix##u8, prefix##u16, prefix##i16, prefix##f32, prefix##f64 }
#define IMX_BY_SIZE(prefix)                                                                                            \
    { prefix##8, prefix##8, prefix##16, prefix##16, prefix##32, prefix##32, prefix##32, prefix##64 }

/* The range of a type. */
static inline double imx_type_lowest(imx_type type) {
    static const double lowest[IMX_TYPES] = {0, INT8_MIN, 0, INT16_MIN, 0, INT32_MIN, -HUGE_VAL, -HUGE_VAL};
    return lowest[type];
}
static inline double imx_type_highest(imx_type type) {
    static const double highest[IMX_TYPES] = {UINT8_MAX,  INT8_MAX,  UINT16_MAX, INT16_MAX,
                                              UINT32_MAX, INT32_MAX, HUGE_VAL,   HUGE_VAL};
    return highest[type];
}
/* Whether an integer type has this value. */
static inline bool imx_type_has(imx_type type, double value) {
    return value >= imx_type_lowest(type) && value <= imx_type_highest(type) && value == (double)(int64_t)value;
}

static inline size_t imx_sample_bytes(imx_type type) {
    static const uint8_t bytes[IMX_TYPES] = {1, 1, 2, 2, 4, 4, 4, 8};
    return bytes[type];
}

/* For a generic text that is compiled once per type or size: its switches fold away. */
#define IMX_GENERIC static inline __attribute__((always_inline))

#endif
