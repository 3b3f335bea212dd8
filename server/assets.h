/* server/assets.h: the map page's files, embedded at build time by server/page/embed.cmake. Constant. */
#ifndef IMX_SERVER_ASSETS_H
#define IMX_SERVER_ASSETS_H

#include <stddef.h>
#include <stdint.h>

typedef struct imx_asset {
    const char *name; /* "map.1f2e3d4c5b6a.js": with the content's hash; "" for the page itself */
    const char *media_type;
    const char *hash; /* of the content, hex */
    const uint8_t *data;
    size_t size;
    const uint8_t *gzip; /* the same, compressed */
    size_t gzip_size;
} imx_asset;

extern const imx_asset imx_assets[];
extern const size_t imx_assets_count;

#endif
