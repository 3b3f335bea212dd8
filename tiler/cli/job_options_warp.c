/* tiler/cli/job_options_warp.c: `imbrex warp`: its own options, and the command. */
#include "tiler/cli/job_options_inner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

SETTER(target_crs)
o->target.crs = value;
return IMX_OK;
}

/* "A" or "A,B": two numbers over 0. */
static imx_status set_pair(const char *what, const char *value, double *first, double *second, imx_error *err) {
    char *end;
    *first = *second = strtod(value, &end);
    if (end != value && *end == ',') {
        const char *rest = end + 1;
        *second = strtod(rest, &end);
        end = end == rest ? (char *)(uintptr_t) "?" : end;
    }
    return end != value && !*end && *first > 0 && *second > 0 && isfinite(*first) && isfinite(*second)
               ? IMX_OK
               : imx_fail(err, IMX_E_USAGE, "%s: '%s' is not a number over 0, or two with a comma", what, value);
}

SETTER(target_bands) return imx_band_list_parse(value, err, &o->job.source);
}

SETTER(target_res) return set_pair("--res", value, &o->target.res_x, &o->target.res_y, err);
}

SETTER(target_extent)
char rest;
double *e = o->target.extent;
if (sscanf(value, "%lf,%lf,%lf,%lf%c", &e[0], &e[1], &e[2], &e[3], &rest) != 4 || !(e[0] < e[2]) || !(e[1] < e[3])) {
    return imx_fail(err, IMX_E_USAGE, "--extent: '%s' is not XMIN,YMIN,XMAX,YMAX", value);
}
o->target.has_extent = true;
return IMX_OK;
}

SETTER(target_align)
o->target.align = true;
return IMX_OK;
}

SETTER(target_nodata)
if (!strcmp(value, "none")) {
    o->target.no_nodata = true;
    o->target.has_nodata = false;
    return IMX_OK;
}
o->target.has_nodata = true;
o->target.no_nodata = false;
return imx_parse_sample("--dst-nodata", value, err, &o->target.nodata);
}

SETTER(target_alpha)
static const char *const names[] = {"auto", "yes", "no"};
for (int i = 0; i < 3; i++) {
    if (!strcmp(value, names[i])) {
        o->target.alpha = (imx_target_alpha)i;
        return IMX_OK;
    }
}
return imx_fail(err, IMX_E_USAGE, "--alpha: '%s' is not auto, yes or no", value);
}

SETTER(block_size) return imx_parse_tile_px("--block-size", value, err, &o->target.tile_px);
}

SETTER(overwrite)
o->store.overwrite = true;
return IMX_OK;
}

/* ---- the tables ---- */

static const imx_option raster_options[] = {
    IMX_OPTION_HEADING("Raster"),
    {"bands", 0, "B,...", "bands of it, by number from 1 or name, such as red,nir (all)", set_target_bands},
    {"crs", 0, "CRS", "of the output (the first scene's): as --src-crs", set_target_crs},
    {"res", 0, "RX[,RY]", "CRS units a pixel (the finest scene's detail kept)", set_target_res},
    {"extent", 0, "XMIN,YMIN,XMAX,YMAX",
     "in the output's CRS, of any turn of longitude (what the\nscenes cover: across the antimeridian the narrowest)",
     set_target_extent},
    {"align", 0, NULL, "edges at multiples of the resolution", set_target_align},
    {"dst-nodata", 0, "VALUE|nan|none",
     "where nothing is, band by band; none: a mask (the scenes'\nown nodata value if they all have the same one; else "
     "in\nseveral bands NaN of floats, one of the scenes' nodata\nvalues of integers; otherwise a mask). Valid samples "
     "that\nequal it are moved beside it, which is said",
     set_target_nodata},
    {"alpha", 0, "auto|yes|no",
     "a last band of alpha, instead of nodata or a mask (auto: where a\nscene has one, and --dst-nodata gives no "
     "value). no: alpha of\nscenes only tells where they are valid",
     set_target_alpha},
    {"block-size", 0, "PX", "of the file's tiles, a power of two from 64 to 4096 (512; less for many bands)",
     set_block_size},
    IMX_OPTION_END,
};

static const imx_option output_options[] = {
    IMX_OPTION_HEADING("Output"),
    {"overwrite", 0, NULL, "replace an existing output, once the new one is complete", set_overwrite},
    IMX_OPTION_END,
};

static const imx_option *const tables[] = {raster_options, imx_resampling_options, imx_scene_options,
                                           output_options, imx_running_options,    NULL};

const imx_command imx_warp_command = {
    .name = "warp",
    .summary = "scenes -> one GeoTIFF in any CRS",
    .usage = "[options] INPUT... OUTPUT.tif",
    .about = "Reprojects and joins scenes into one Cloud Optimized GeoTIFF: all bands, as numbers, in\n"
             "the type that they have; tiles, overviews and a mask, nodata or alpha made in the same pass.\n"
             "Where scenes have alpha, it weighs their pixels, and is the output's last band.",
    .examples = "  imbrex warp --crs EPSG:32650 -r cubic scene1.tif scene2.tif mosaic.tif\n"
                "  imbrex warp --crs EPSG:4490 --res 0.0001 --align scenes/ mosaic.tif\n"
                "  imbrex warp --dem srtm.tif --geoid egm96 --res 0.5 IMG_P1.TIF ortho.tif\n\n"
                "Exit status: 0 done, 1 failed, 2 bad usage, 3 bad input, 4 interrupted, 5 output incomplete. Until\n"
                "all is done the output keeps what it held before.\n",
    .options = tables,
};
