/* tiler/store_pmtiles_gzip.c: gzip through libdeflate. */
#include "tiler/store_pmtiles_gzip.h"

#include <libdeflate.h>

enum { LEVEL = 9 }; /* directories are small and read over slow lines: size counts, time does not */

imx_status imx_gzip_pack(imx_memory *memory, const void *data, size_t size, imx_error *err, imx_blob *out) {
    imx_status status = IMX_E_NOMEM;
    uint8_t *packed = NULL;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    if (!compressor) {
        goto out;
    }
    size_t bound = libdeflate_gzip_compress_bound(compressor, size);
    packed = imx_alloc(memory, bound);
    if (!packed) {
        goto out;
    }
    size_t used = libdeflate_gzip_compress(compressor, data, size, packed, bound);
    if (!used) {
        status = imx_fail(err, IMX_E_INTERNAL, "gzip: the output bound was too small");
        goto out;
    }
    out->data = packed;
    out->size = used;
    packed = NULL;
    status = IMX_OK;
out:
    imx_free(memory, packed);
    libdeflate_free_compressor(compressor);
    return status == IMX_E_NOMEM ? imx_fail(err, status, "out of memory") : status;
}

/* The size field at the end of a single member, within what deflate can reach at all (1032 : 1) and the limit. A hint.
 */
static size_t expected_size(const uint8_t *data, size_t size, size_t limit) {
    size_t hint = 0;
    if (size >= 18) {
        const uint8_t *tail = data + size - 4;
        hint = (size_t)tail[0] | (size_t)tail[1] << 8 | (size_t)tail[2] << 16 | (size_t)tail[3] << 24;
    }
    if (hint / 1032 > size) {
        hint = size * 4;
    }
    if (hint < 64) {
        hint = 64;
    }
    return hint < limit ? hint : limit;
}

imx_status imx_gzip_unpack(imx_memory *memory, const void *data, size_t size, size_t limit_bytes, imx_error *err,
                           imx_blob *out) {
    imx_status status = IMX_E_NOMEM;
    const uint8_t *in = data;
    size_t capacity = expected_size(in, size, limit_bytes), used = 0;
    uint8_t *plain = imx_alloc(memory, capacity);
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (!plain || !decompressor) {
        goto out;
    }
    do {
        size_t taken = 0, got = 0;
        enum libdeflate_result result =
            libdeflate_gzip_decompress_ex(decompressor, in, size, plain + used, capacity - used, &taken, &got);
        if (result == LIBDEFLATE_INSUFFICIENT_SPACE && capacity < limit_bytes) {
            size_t grown = capacity < limit_bytes / 2 ? capacity * 2 : limit_bytes;
            uint8_t *larger = imx_realloc(memory, plain, grown);
            if (!larger) {
                goto out;
            }
            plain = larger;
            capacity = grown;
            continue;
        }
        if (result != LIBDEFLATE_SUCCESS) {
            status = result == LIBDEFLATE_INSUFFICIENT_SPACE
                         ? imx_fail(err, IMX_E_INPUT, "gzip data of more than %zu bytes", limit_bytes)
                         : imx_fail(err, IMX_E_INPUT, "damaged gzip data");
            goto out;
        }
        used += got;
        in += taken;
        size -= taken;
    } while (size);
    out->data = plain;
    out->size = used;
    plain = NULL;
    status = IMX_OK;
out:
    imx_free(memory, plain);
    libdeflate_free_decompressor(decompressor);
    return status == IMX_E_NOMEM ? imx_fail(err, status, "out of memory") : status;
}
