/* tiler/tile_encoder.h: a tile's pixels, as the walk keeps them, -> its bytes. Pictures are encoded as they are; where
 * the walk keeps numbers (imx_grade_keeps_numbers()) they are graded here, at every zoom. One worker's. */
#ifndef IMX_TILER_TILE_ENCODER_H
#define IMX_TILER_TILE_ENCODER_H

#include "tiler/plan.h"

typedef struct imx_tile_encoder imx_tile_encoder;

/* kernels is borrowed and must outlive it. */
IMX_MUST_USE imx_status imx_tile_encoder_create(imx_memory *memory, const imx_kernels *kernels, const imx_plan *plan,
                                                imx_error *err, imx_tile_encoder **out);
void imx_tile_encoder_destroy(imx_tile_encoder **encoder);
/* Of all that it has encoded: pixels whose heights were cut off (imx_grade_count_beyond()). */
uint64_t imx_tile_encoder_beyond(const imx_tile_encoder *encoder);
/* pixels: of a tile with its buffer, or less. look: theirs (IMX_LOOK_*), not empty. As imx_encode(). */
IMX_MUST_USE imx_status imx_tile_encode(imx_tile_encoder *encoder, const imx_pixels *pixels, unsigned look,
                                        imx_error *err, imx_blob *out, imx_tile_type *type);

#endif
