/* engine/grade_impl.h: shared by the grade*.c files; nobody else includes it. */
#ifndef IMX_ENGINE_GRADE_IMPL_H
#define IMX_ENGINE_GRADE_IMPL_H

#include "engine/grade.h"

enum { GRADE_CHUNK = 1024 /* px that are worked on at once */ };

struct imx_grade {
    imx_memory *memory;
    const imx_kernels *kernels;
    imx_grade_options options;
    /* STRETCH */
    imx_stretch stretch[IMX_LAYER_BANDS_MAX]; /* of what the planes hold */
    uint8_t *tables; /* of 8- and 16-bit samples: what becomes of each, band by band; COLORMAP: its pixel */
    /* relief */
    imx_relief_light light;
    double height_scale; /* metres that 1 in the planes is */
};

/* A kind: what it needs besides the options (NULL: nothing), and up to GRADE_CHUNK pixels of it. bands: their samples;
 * alpha: one a pixel; 0: it is nothing. */
typedef struct grade_way {
    const char *name;
    bool numbers; /* imx_grade_keeps_numbers() */
    imx_status (*prepare)(imx_grade *grade, imx_error *err);
    void (*apply)(const imx_grade *grade, const void *const bands[IMX_LAYER_BANDS_MAX], const uint8_t *alpha, size_t n,
                  uint8_t *px);
} grade_way;

IMX_MUST_USE imx_status imx_grade_stretch_prepare(imx_grade *grade, imx_error *err);
void imx_grade_stretch_apply(const imx_grade *grade, const void *const bands[IMX_LAYER_BANDS_MAX], const uint8_t *alpha,
                             size_t n, uint8_t *px);

IMX_MUST_USE imx_status imx_grade_terrain_prepare(imx_grade *grade, imx_error *err);
void imx_grade_terrain_rgb_apply(const imx_grade *grade, const void *const bands[IMX_LAYER_BANDS_MAX],
                                 const uint8_t *alpha, size_t n, uint8_t *px);
void imx_grade_terrarium_apply(const imx_grade *grade, const void *const bands[IMX_LAYER_BANDS_MAX],
                               const uint8_t *alpha, size_t n, uint8_t *px);

/* Before that of the kind: says in grade->options what is graded. */
IMX_MUST_USE imx_status imx_grade_relief_prepare(imx_grade *grade, imx_error *err);

IMX_MUST_USE imx_status imx_grade_colormap_prepare(imx_grade *grade, imx_error *err);
void imx_grade_colormap_apply(const imx_grade *grade, const void *const bands[IMX_LAYER_BANDS_MAX],
                              const uint8_t *alpha, size_t n, uint8_t *px);

#endif
