/* tiler/store_pmtiles_gzip.h: gzip (RFC 1952) of small things: directories and metadata of PMTiles. The packed bytes
 * are a function of the input alone (no time, no name, one fixed level). Thread-safe: no state. */
#ifndef IMX_TILER_STORE_PMTILES_GZIP_H
#define IMX_TILER_STORE_PMTILES_GZIP_H

#include "tiler/codec.h"

/* out->data is from memory and the caller's. */
IMX_MUST_USE imx_status imx_gzip_pack(imx_memory *memory, const void *data, size_t size, imx_error *err, imx_blob *out);
/* Untrusted input: every member, at most limit_bytes of output. IMX_E_INPUT ("damaged gzip data") if it is not sound.
 */
IMX_MUST_USE imx_status imx_gzip_unpack(imx_memory *memory, const void *data, size_t size, size_t limit_bytes,
                                        imx_error *err, imx_blob *out);

#endif
