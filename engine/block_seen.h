/* engine/block_seen.h: the set of blocks that were ever loaded, kept as bits, about half a byte for each block of a
 * scene that is read whole. It answers one question: was this the first time? Thread-safe. */
#ifndef IMX_ENGINE_BLOCK_SEEN_H
#define IMX_ENGINE_BLOCK_SEEN_H

#include "engine/block_cache.h"

typedef struct imx_block_seen imx_block_seen;

IMX_MUST_USE imx_status imx_block_seen_create(imx_memory *memory, imx_block_seen **out);
void imx_block_seen_destroy(imx_block_seen **seen);
/* columns: of the layout that the key belongs to. IMX_E_NOMEM leaves the set as it was. */
IMX_MUST_USE imx_status imx_block_seen_add(imx_block_seen *seen, const imx_block_key *key, int32_t columns,
                                           bool *first);

#endif
