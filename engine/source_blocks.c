/* engine/source_blocks.c: the partition of a level into blocks, from the asset alone. */
#include "engine/source.h"

enum {
    STRIP_GROUP_BYTES = 1 << 20, /* decoded, of a group of strips */
    TILE_GROUP_PX = 256,         /* side up to which small tiles are grouped */
    RGBA8_BYTES = 4
};

static int32_t at_most(int32_t value, int32_t limit) { return value < limit ? value : limit; }

/* As many whole units as fit into room px, at least one, cut at the level's size. */
static int32_t group(int32_t unit, int64_t room, int32_t size) {
    int64_t units = room / unit;
    int64_t side = (units > 1 ? units : 1) * unit;
    return side < size ? (int32_t)side : size;
}

static size_t pixel_bytes(const imx_asset *asset) {
    if (asset->role != IMX_ROLE_DATA) {
        return RGBA8_BYTES;
    }
    return (size_t)imx_asset_planes(asset) * imx_type_size(imx_asset_working_type(asset)) +
           (size_t)imx_asset_valid_planes(asset);
}

imx_block_layout imx_asset_blocks(const imx_asset *asset, int32_t level) {
    int32_t natural_w = asset->block_w, natural_h = asset->block_h;
    imx_block_layout layout = {.level_w = asset->width, .level_h = asset->height, .pixel_bytes = pixel_bytes(asset)};
    if (level > 0) {
        layout.level_w = asset->overview_w[level - 1];
        layout.level_h = asset->overview_h[level - 1];
        if (asset->overview_block_w[level - 1] > 0 && asset->overview_block_h[level - 1] > 0) {
            natural_w = asset->overview_block_w[level - 1];
            natural_h = asset->overview_block_h[level - 1];
        }
    }
    natural_w = at_most(natural_w, layout.level_w);
    natural_h = at_most(natural_h, layout.level_h);
    if (natural_w == layout.level_w) { /* strips */
        layout.block_w = natural_w;
        layout.block_h =
            group(natural_h, STRIP_GROUP_BYTES / ((int64_t)layout.pixel_bytes * natural_w), layout.level_h);
    } else {
        layout.block_w = group(natural_w, TILE_GROUP_PX, layout.level_w);
        layout.block_h = group(natural_h, TILE_GROUP_PX, layout.level_h);
    }
    layout.columns = (layout.level_w - 1) / layout.block_w + 1;
    layout.rows = (layout.level_h - 1) / layout.block_h + 1;
    return layout;
}
