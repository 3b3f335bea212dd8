/* engine/base/hash.c: XXH3-128 through libxxhash, canonical byte order. */
#include "engine/base/hash.h"

#include <string.h>
#include <xxhash.h>

struct imx_hasher {
    imx_memory *memory;
    XXH3_state_t *state;
};

static imx_hash canonical(XXH128_hash_t value) {
    XXH128_canonical_t big_endian;
    XXH128_canonicalFromHash(&big_endian, value);
    imx_hash hash;
    memcpy(hash.bytes, big_endian.digest, sizeof hash.bytes);
    return hash;
}

imx_hash imx_hash_bytes(const void *data, size_t size) { return canonical(XXH3_128bits(data, size)); }

void imx_hash_text(const imx_hash *hash, char text[IMX_HASH_TEXT_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof hash->bytes; i++) {
        text[2 * i] = digits[hash->bytes[i] >> 4];
        text[2 * i + 1] = digits[hash->bytes[i] & 15];
    }
    text[IMX_HASH_TEXT_SIZE - 1] = '\0';
}

static int digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool imx_hash_parse(const char *text, imx_hash *out) {
    imx_hash hash;
    for (size_t i = 0; i < sizeof hash.bytes; i++) {
        int high = digit(text[2 * i]), low = high < 0 ? -1 : digit(text[2 * i + 1]);
        if (low < 0) {
            return false;
        }
        hash.bytes[i] = (uint8_t)(high << 4 | low);
    }
    if (text[2 * sizeof hash.bytes]) {
        return false;
    }
    *out = hash;
    return true;
}

bool imx_hash_equal(const imx_hash *a, const imx_hash *b) { return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0; }

imx_status imx_hasher_create(imx_memory *memory, imx_hasher **out) {
    imx_hasher *hasher = imx_calloc(memory, 1, sizeof *hasher);
    if (!hasher) {
        return IMX_E_NOMEM;
    }
    hasher->memory = memory;
    hasher->state = XXH3_createState();
    if (!hasher->state || XXH3_128bits_reset(hasher->state) != XXH_OK) {
        imx_hasher_destroy(&hasher);
        return IMX_E_NOMEM;
    }
    *out = hasher;
    return IMX_OK;
}

void imx_hasher_destroy(imx_hasher **hasher) {
    if (hasher && *hasher) {
        (void)XXH3_freeState((*hasher)->state);
        imx_free((*hasher)->memory, *hasher);
        *hasher = NULL;
    }
}

void imx_hasher_add(imx_hasher *hasher, const void *data, size_t size) {
    (void)XXH3_128bits_update(hasher->state, data, size);
}

imx_hash imx_hasher_result(const imx_hasher *hasher) { return canonical(XXH3_128bits_digest(hasher->state)); }
