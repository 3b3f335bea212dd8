/* engine/grade_terrain.c: heights in the 24 bits of a pixel's colours, red the highest ones: whole steps above a lowest
 * height, the nearest one, cut off at both ends.
 *
 * terrain-rgb: 0.1 m above -10000 m (Mapbox Terrain-RGB v1: height = -10000 + (R 65536 + G 256 + B) 0.1).
 * terrarium: 1/256 m above -32768 m (Tilezen "Terrarium": height = R 256 + G + B / 256 - 32768). */
#include "engine/grade_impl.h"

typedef struct terrain_code {
    double lowest_m, steps_a_metre;
} terrain_code;

static const terrain_code terrain_rgb = {-10000, 10}, terrarium = {-32768, 256};
static const double STEP_MAX = 16777215; /* 24 bits */

static void encode(const imx_grade *grade, const terrain_code *code, const float *samples, const uint8_t *alpha,
                   size_t n, uint8_t *px) {
    const double scale = grade->options.planes.scale[0], offset = grade->options.planes.offset[0];
    for (size_t i = 0; i < n; i++, px += 4) {
        const double height_m = scale * (double)samples[i] + offset;
        double step = (height_m - code->lowest_m) * code->steps_a_metre + 0.5;
        step = step > 0 ? step : 0; /* NaN too */
        const uint32_t bits = (uint32_t)(step < STEP_MAX ? step : STEP_MAX);
        const bool none = alpha[i] == 0;
        px[0] = none ? 0 : (uint8_t)(bits >> 16);
        px[1] = none ? 0 : (uint8_t)(bits >> 8);
        px[2] = none ? 0 : (uint8_t)bits;
        px[3] = none ? 0 : 255;
    }
}

static const terrain_code *code_of(const imx_grade *grade) {
    return grade->options.kind == IMX_GRADE_TERRAIN_RGB ? &terrain_rgb
           : grade->options.kind == IMX_GRADE_TERRARIUM ? &terrarium
                                                        : NULL;
}

uint64_t imx_grade_count_beyond(const imx_grade *grade, const imx_pixels *planes) {
    const terrain_code *code = code_of(grade);
    const double scale = grade->options.planes.scale[0], offset = grade->options.planes.offset[0];
    uint64_t count = 0;
    for (int32_t y = 0; y < planes->height && code; y++) {
        const float *samples = (const float *)(const void *)((const uint8_t *)planes->data + y * planes->row_stride);
        const uint8_t *valid = planes->valid + y * planes->valid_stride;
        for (int32_t x = 0; x < planes->width; x++) {
            const double step = (scale * (double)samples[x] + offset - code->lowest_m) * code->steps_a_metre + 0.5;
            count += valid[x] && (step < 0 || step >= STEP_MAX + 1);
        }
    }
    return count;
}

void imx_grade_range(imx_grade_kind kind, double *lowest_m, double *highest_m) {
    const terrain_code *code = kind == IMX_GRADE_TERRARIUM ? &terrarium : &terrain_rgb;
    *lowest_m = code->lowest_m;
    *highest_m = code->lowest_m + STEP_MAX / code->steps_a_metre;
}

imx_status imx_grade_terrain_prepare(imx_grade *grade, imx_error *err) {
    const imx_layer_planes *planes = &grade->options.planes;
    return planes->bands == 1 && planes->type == IMX_F32 ? IMX_OK
                                                         : imx_fail(err, IMX_E_INTERNAL, "heights in %d bands of %s",
                                                                    (int)planes->bands, imx_type_name(planes->type));
}

void imx_grade_terrain_rgb_apply(const imx_grade *grade, const void *const bands[IMX_LAYER_BANDS_MAX],
                                 const uint8_t *alpha, size_t n, uint8_t *px) {
    encode(grade, &terrain_rgb, bands[0], alpha, n, px);
}

void imx_grade_terrarium_apply(const imx_grade *grade, const void *const bands[IMX_LAYER_BANDS_MAX],
                               const uint8_t *alpha, size_t n, uint8_t *px) {
    encode(grade, &terrarium, bands[0], alpha, n, px);
}
