/* engine/base/hash.h: XXH3-128 content hashes (the only room that knows libxxhash).
 * The canonical (big-endian) bytes are kept, so that stored hashes and their text agree everywhere. */
#ifndef IMX_ENGINE_BASE_HASH_H
#define IMX_ENGINE_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_hash {
    uint8_t bytes[16];
} imx_hash;
#define IMX_HASH_TEXT_SIZE 33 /* 32 lower-case hex digits and the end */

imx_hash imx_hash_bytes(const void *data, size_t size);
void imx_hash_text(const imx_hash *hash, char text[IMX_HASH_TEXT_SIZE]);
/* The inverse; false if text is not 32 hex digits. */
bool imx_hash_parse(const char *text, imx_hash *out);
bool imx_hash_equal(const imx_hash *a, const imx_hash *b);

typedef struct imx_hasher imx_hasher; /* streaming; not thread-safe */
IMX_MUST_USE imx_status imx_hasher_create(imx_memory *memory, imx_hasher **out);
void imx_hasher_destroy(imx_hasher **hasher);
void imx_hasher_add(imx_hasher *hasher, const void *data, size_t size);
imx_hash imx_hasher_result(const imx_hasher *hasher);

#endif
