/* tiler/delivery_info.h: what a delivery (engine/delivery.h) holds, for `imbrex info`: its product, time and bands,
 * each with its file, size and resolution. Files that are missing are said to be. */
#ifndef IMX_TILER_DELIVERY_INFO_H
#define IMX_TILER_DELIVERY_INFO_H

#include <jansson.h>

#include "engine/delivery.h"

/* Aligned lines; NULL: no memory. Looks into each file, once a band. */
char *imx_delivery_text(imx_memory *memory, const imx_delivery *delivery, const char *path, size_t block_limit_bytes);
/* The same as an object; NULL: no memory. */
json_t *imx_delivery_json(imx_memory *memory, const imx_delivery *delivery, size_t block_limit_bytes);

#endif
