/* tiler/cli/job_options_tile.c: `imbrex tile`: its own options, and the command. */
#include "tiler/cli/job_options_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

SETTER(zoom)
if (!strcmp(value, "auto")) {
    o->job.zoom_min_auto = o->job.zoom_max_auto = true;
    return IMX_OK;
}
char *end;
long low = strtol(value, &end, 10), high = low;
if (end == value || *value == '-' || *value == '+') {
    end = (char *)(uintptr_t) "?";
} else if (*end == '-' && !strcmp(end + 1, "auto")) {
    o->job.zoom_min = (uint32_t)(low < 0 || low > IMX_ZOOM_ID_MAX ? IMX_ZOOM_ID_MAX : low);
    o->job.zoom_min_auto = false;
    o->job.zoom_max_auto = true;
    return IMX_OK;
} else if (*end == '-') {
    const char *second = end + 1;
    high = strtol(second, &end, 10);
    end = end == second || *second == '-' || *second == '+' ? (char *)(uintptr_t) "?" : end;
}
if (*end || low < 0 || high < low || high > IMX_ZOOM_ID_MAX) {
    return imx_fail(err, IMX_E_USAGE, "--zoom: '%s' is not MIN-MAX, MIN-auto, one zoom, or auto", value);
}
o->job.zoom_min = (uint32_t)low;
o->job.zoom_max = (uint32_t)high;
o->job.zoom_min_auto = o->job.zoom_max_auto = false;
return IMX_OK;
}

SETTER(grid)
o->job.grid = value;
return IMX_OK;
}

SETTER(raster_grid)
o->job.raster_grid = true;
return IMX_OK;
}

SETTER(retina)
o->job.retina = true;
return IMX_OK;
}

SETTER(tile_size) return imx_parse_tile_px("--tile-size", value, err, &o->job.tile_px);
}

SETTER(buffer)
long px;
imx_status s = imx_parse_int("--buffer", value, 0, 1024, err, &px);
o->job.buffer_px = s ? o->job.buffer_px : (uint32_t)px;
return s;
}

SETTER(format)
o->format_given = true;
return imx_format_parse(value, err, &o->job.codec.format);
}

SETTER(quality)
long quality;
imx_status s = imx_parse_int("--quality", value, 1, 100, err, &quality);
o->job.codec.quality = s ? o->job.codec.quality : (int)quality;
return s;
}

SETTER(webp_method)
long method;
imx_status s = imx_parse_int("--webp-method", value, 0, 6, err, &method);
o->job.codec.webp_method = s ? o->job.codec.webp_method : (int)method;
return s;
}

SETTER(png_effort) return imx_png_effort_parse(value, err, &o->job.codec.png_effort);
}
SETTER(png_palette) return imx_png_palette_parse(value, err, &o->job.codec.png_palette);
}

SETTER(background)
unsigned r, g, b;
char rest;
const char *digits = value[0] == '#' ? value + 1 : value;
if (strlen(digits) != 6 || sscanf(digits, "%2x%2x%2x%c", &r, &g, &b, &rest) != 3) {
    return imx_fail(err, IMX_E_USAGE, "--background: '%s' is not a colour such as ffffff", value);
}
o->job.codec.background[0] = (uint8_t)r;
o->job.codec.background[1] = (uint8_t)g;
o->job.codec.background[2] = (uint8_t)b;
return IMX_OK;
}

SETTER(name)
o->job.name = value;
return IMX_OK;
}

SETTER(attribution)
o->job.attribution = value;
return IMX_OK;
}

SETTER(tms_rows)
o->store.tms_rows = true;
return IMX_OK;
}

SETTER(overwrite)
o->store.overwrite = true;
return IMX_OK;
}

/* ---- the tables ---- */

static const imx_option grid_options[] = {
    IMX_OPTION_HEADING("Tiles"),
    {"zoom", 'z', "MIN-MAX",
     "zooms, one zoom, MIN-auto, or auto: all to the zoom that\nkeeps the finest scene's detail (auto)", set_zoom},
    {"grid", 0, "NAME|FILE",
     "tile matrix set: WebMercatorQuad, CGCS2000Quad (zooms from 1,\nas Tianditu's c), WorldCRS84Quad, "
     "WorldMercatorWGS84Quad,\nUTM01WGS84Quad to UTM60WGS84Quad, EuropeanETRS89_LAEAQuad,\nUPSArcticWGS84Quad, "
     "UPSAntarcticWGS84Quad, or a file: OGC\nTMS 2.0 in JSON, in any steps of scale (WebMercatorQuad)",
     set_grid},
    {"raster-grid", 0, NULL,
     "tiles of the rasters' own pixels, without reprojection; one that\nis not north up in a CRS: of its plain image, "
     "without a place",
     set_raster_grid},
    {"retina", 0, NULL,
     "twice the grid's pixels in each tile (512 for 256), the @2x of\nweb maps: zooms mean what they did, with twice "
     "the detail",
     set_retina},
    {"tile-size", 0, "PX", "a power of two from 64 to 4096 (the grid's own: 256)", set_tile_size},
    {"buffer", 0, "PX",
     "so many pixels of the neighbours on each side of every tile,\nat every zoom, for terrain and clients that "
     "filter: "
     "up to a\nquarter of the tile (0)",
     set_buffer},
    IMX_OPTION_END,
};

static const imx_option picture_options[] = {
    {"format", 'f', "FORMAT",
     "png, jpeg, webp, or auto: JPEG where a tile is opaque, PNG\nwhere it is not (auto; for a directory png)",
     set_format},
    {"quality", 'q', "N", "JPEG and WebP, 1 to 100 (75)", set_quality},
    {"webp-method", 0, "N", "WebP effort, 0 to 6 (4)", set_webp_method},
    {"png-effort", 0, "EFFORT", "fast, default, or small: up to 33 % fewer bytes in some\n50 times the time (default)",
     set_png_effort},
    {"png-palette", 0, "MODE",
     "exact: palettes where a tile has at most 256 colours;\nquantize: for all tiles, in colours that come near; "
     "none\n(exact)",
     set_png_palette},
    {"background", 0, "RRGGBB", "under -f jpeg, where nothing is (ffffff)", set_background},
    IMX_OPTION_END,
};

static const imx_option output_options[] = {
    IMX_OPTION_HEADING("Output"),
    {"name", 0, "TEXT", "the layer's name in the metadata", set_name},
    {"attribution", 0, "TEXT", "whom maps are to name", set_attribution},
    {"tms-rows", 0, NULL, "directory: rows counted from the south", set_tms_rows},
    {"overwrite", 0, NULL, "replace an existing output, once the new one is complete", set_overwrite},
    IMX_OPTION_END,
};

static const imx_option *const tables[] = {
    grid_options,      imx_resampling_options, picture_options,     imx_colour_options,
    imx_scene_options, output_options,         imx_running_options, NULL};

const imx_command imx_tile_command = {
    .name = "tile",
    .summary = "scenes -> tiles",
    .usage = "[options] INPUT... OUTPUT",
    .about = "Inputs are rasters, globs, directories, or @lists (one name a line), in any mix of\n"
             "coordinate reference systems. OUTPUT ending in .pmtiles becomes one archive; anything\n"
             "else a directory {z}/{x}/{y}.",
    .examples = "  imbrex tile scene1.tif scene2.tif map.pmtiles\n"
                "  imbrex tile -z 5-14 -r cubic -f webp -q 80 --memory 2G scenes/ map.pmtiles\n"
                "  imbrex tile --dry-run @tonight.txt map.pmtiles\n"
                "  imbrex tile --dem srtm.tif --geoid egm96 IMG_P1.TIF ortho.pmtiles\n"
                "  imbrex tile --bands 4,3,2 --stretch 2%,98% landsat/*.tif map.pmtiles\n"
                "  imbrex tile --encode terrain-rgb dem/*.tif terrain.pmtiles\n"
                "  imbrex tile --nodata 0 --grid WorldCRS84Quad -f png world.tif tiles/\n"
                "  imbrex tile --grid lv95.json --zoom 8-26 scenes/ tiles/\n\n"
                "Exit status: 0 done, 1 failed, 2 bad usage, 3 bad input, 4 interrupted, 5 output incomplete. Until\n"
                "all is done the output keeps what it held before.\n",
    .options = tables,
};
