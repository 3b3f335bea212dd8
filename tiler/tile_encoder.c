/* tiler/tile_encoder.c: see the header. */
#include "tiler/tile_encoder.h"

#include "engine/look.h"
#include "tiler/quantize.h"

struct imx_tile_encoder {
    imx_memory *memory;
    const imx_kernels *kernels;
    imx_encoder *encoder;
    imx_grade *grade; /* NULL: pixels are rgba8 already */
    imx_pixels rgba8; /* with a grade: a tile and its buffer */
    uint64_t beyond;
};

static imx_status create_grade(imx_tile_encoder *self, const imx_plan *plan, imx_error *err) {
    const int32_t px = (int32_t)imx_pyramid_side_px(&plan->pyramid);
    imx_status s = imx_grade_create(self->memory, self->kernels, &plan->grade, err, &self->grade);
    return s ? s : imx_pixels_create_rgba8(self->memory, px, px, err, &self->rgba8);
}

imx_status imx_tile_encoder_create(imx_memory *memory, const imx_kernels *kernels, const imx_plan *plan, imx_error *err,
                                   imx_tile_encoder **out) {
    imx_tile_encoder *self = imx_calloc(memory, 1, sizeof *self);
    if (!self) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for an encoder");
    }
    self->memory = memory;
    self->kernels = kernels;
    const imx_codec_options codec = imx_codec_options_quantizing(&plan->codec);
    imx_status s = imx_encoder_create(memory, kernels, &codec, err, &self->encoder);
    if (!s && imx_grade_keeps_numbers(plan->grade.kind)) {
        s = create_grade(self, plan, err);
    }
    if (s) {
        imx_tile_encoder_destroy(&self);
        return s;
    }
    *out = self;
    return IMX_OK;
}

void imx_tile_encoder_destroy(imx_tile_encoder **encoder) {
    if (encoder && *encoder) {
        imx_tile_encoder *self = *encoder;
        imx_encoder_destroy(&self->encoder);
        imx_grade_destroy(&self->grade);
        imx_pixels_destroy(self->memory, &self->rgba8);
        imx_free(self->memory, self);
        *encoder = NULL;
    }
}

uint64_t imx_tile_encoder_beyond(const imx_tile_encoder *encoder) { return encoder->beyond; }

imx_status imx_tile_encode(imx_tile_encoder *self, const imx_pixels *pixels, unsigned look, imx_error *err,
                           imx_blob *out, imx_tile_type *type) {
    if (!self->grade) {
        return imx_encode(self->encoder, pixels, look, err, out, type);
    }
    imx_pixels rgba8 = imx_pixels_crop(&self->rgba8, 0, 0, pixels->width, pixels->height);
    self->beyond += imx_grade_count_beyond(self->grade, pixels);
    imx_grade_apply(self->grade, pixels, &rgba8);
    return imx_encode(self->encoder, &rgba8, imx_pixels_look(self->kernels, &rgba8), err, out, type);
}
