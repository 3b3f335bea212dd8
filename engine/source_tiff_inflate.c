/* engine/source_tiff_inflate.c: a deflated strip or tile to its bytes, by whichever library is faster at it.
 *
 * libdeflate 1.14 is, as a rule: by 5 to 25 % on maps, DEMs, and imagery with margins or without a predictor. ISA-L
 * 2.30, whose tables give up to three literals at a time, is faster on the noise that predictor 2 leaves of detailed
 * imagery: NAIP by 12 to 16 %, CBERS-2 by 24 %. Such blocks shrink little, which tells them apart. Where ISA-L finds
 * fault libdeflate is asked again, so that what is damaged is what libdeflate says it is. */
#include <isa-l.h>

#include "engine/source_tiff_impl.h"

enum {
    ZLIB_HEAD_BYTES = 2,
    ZLIB_TAIL_BYTES = 4,
    NOISE_LEAST_BYTES = 1 << 16, /* below, filling the larger tables takes longer than they save */
};
static const double noise_ratio_most = 2.6;

struct imx_inflater {
    imx_memory *memory;
    struct libdeflate_decompressor *libdeflate;
    struct inflate_state isal;
};

imx_inflater *imx_inflater_create(imx_memory *memory) {
    imx_inflater *inflater = imx_calloc(memory, 1, sizeof *inflater);
    if (!inflater) {
        return NULL;
    }
    inflater->memory = memory;
    inflater->libdeflate = libdeflate_alloc_decompressor();
    if (!inflater->libdeflate) {
        imx_inflater_destroy(&inflater);
    }
    return inflater;
}

void imx_inflater_destroy(imx_inflater **inflater) {
    if (*inflater) {
        if ((*inflater)->libdeflate) {
            libdeflate_free_decompressor((*inflater)->libdeflate);
        }
        imx_free((*inflater)->memory, *inflater);
        *inflater = NULL;
    }
}

/* RFC 1950: deflate, a window of up to 32 KiB, no dictionary, and a check. */
static bool is_zlib(const uint8_t *zlib) {
    return (zlib[0] & 0x0f) == 8 && zlib[0] >> 4 <= 7 && (zlib[0] << 8 | zlib[1]) % 31 == 0 && !(zlib[1] & 0x20);
}

static bool by_isal(imx_inflater *inflater, const uint8_t *zlib, size_t zlib_bytes, uint8_t *out, size_t need) {
    if (zlib_bytes < ZLIB_HEAD_BYTES + ZLIB_TAIL_BYTES || zlib_bytes > UINT32_MAX || need > UINT32_MAX ||
        !is_zlib(zlib)) {
        return false;
    }
    struct inflate_state *state = &inflater->isal;
    isal_inflate_reset(state);
    state->crc_flag = ISAL_DEFLATE;
    state->next_in = (uint8_t *)(uintptr_t)(zlib + ZLIB_HEAD_BYTES);
    state->avail_in = (uint32_t)zlib_bytes - ZLIB_HEAD_BYTES - ZLIB_TAIL_BYTES;
    state->next_out = out;
    state->avail_out = (uint32_t)need;
    if (isal_inflate_stateless(state) != ISAL_DECOMP_OK || state->avail_out != 0) {
        return false;
    }
    const uint8_t *tail = state->next_in; /* there are ZLIB_TAIL_BYTES at least */
    uint32_t adler = (uint32_t)tail[0] << 24 | (uint32_t)tail[1] << 16 | (uint32_t)tail[2] << 8 | (uint32_t)tail[3];
    return libdeflate_adler32(1, out, need) == adler;
}

bool imx_inflate(imx_inflater *inflater, const uint8_t *zlib, size_t zlib_bytes, bool differences, uint8_t *out,
                 size_t need) {
    bool noise = differences && need >= NOISE_LEAST_BYTES && (double)need <= noise_ratio_most * (double)zlib_bytes;
    return (noise && by_isal(inflater, zlib, zlib_bytes, out, need)) ||
           libdeflate_zlib_decompress(inflater->libdeflate, zlib, zlib_bytes, out, need, NULL) == LIBDEFLATE_SUCCESS;
}

bool imx_inflate_more(imx_inflater *inflater, const uint8_t *zlib, size_t zlib_bytes, uint8_t *out, size_t need) {
    if (zlib_bytes <= ZLIB_HEAD_BYTES || zlib_bytes > UINT32_MAX || need > UINT32_MAX || !is_zlib(zlib)) {
        return false;
    }
    struct inflate_state *state = &inflater->isal;
    isal_inflate_init(state);
    state->crc_flag = ISAL_DEFLATE;
    state->next_in = (uint8_t *)(uintptr_t)(zlib + ZLIB_HEAD_BYTES);
    state->avail_in = (uint32_t)zlib_bytes - ZLIB_HEAD_BYTES;
    state->next_out = out;
    state->avail_out = (uint32_t)need;
    if (isal_inflate(state) != ISAL_DECOMP_OK || state->avail_out != 0) {
        return false;
    }
    uint8_t next;
    state->next_out = &next;
    state->avail_out = 1;
    return isal_inflate(state) == ISAL_DECOMP_OK && state->avail_out == 0;
}
