/* tiler/cli/job_options.c: the option tables of `imbrex tile` and `imbrex warp`. */
#include "tiler/cli/job_options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY_MIN_MIB = 128, TILE_PX_MIN = 64, TILE_PX_MAX = 4096, THREADS_MAX = 256 };

#define SETTER(name)                                                                                                   \
    static imx_status set_##name(void *to, const char *value, imx_error *err) {                                        \
        imx_job_cli *o = to;                                                                                           \
        (void)o, (void)value, (void)err;

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

static imx_status parse_tile_px(const char *what, const char *value, imx_error *err, uint32_t *out) {
    long px;
    imx_status s = imx_parse_int(what, value, TILE_PX_MIN, TILE_PX_MAX, err, &px);
    if (!s && (px & (px - 1))) {
        s = imx_fail(err, IMX_E_USAGE, "%s: %ld is not a power of two", what, px);
    }
    *out = s ? *out : (uint32_t)px;
    return s;
}

SETTER(tile_size) return parse_tile_px("--tile-size", value, err, &o->job.tile_px);
}

SETTER(resample) return imx_resample_parse(value, err, &o->job.resample);
}
SETTER(overview) return imx_overview_parse(value, err, &o->job.overview);
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

SETTER(error_threshold) return imx_parse_real("--error-threshold", value, 0, 16, err, &o->job.error_threshold_px);
}

SETTER(source_overviews)
if (strcmp(value, "auto") != 0 && strcmp(value, "none") != 0) {
    return imx_fail(err, IMX_E_USAGE, "--source-overviews: '%s' is not auto or none", value);
}
o->job.source_overviews = !strcmp(value, "auto");
return IMX_OK;
}

SETTER(nodata)
o->job.source.has_nodata = true;
o->job.source.no_nodata = false;
return imx_parse_real("--nodata", value, -1e308, 1e308, err, &o->job.source.nodata);
}

SETTER(no_nodata)
o->job.source.no_nodata = true;
o->job.source.has_nodata = false;
return IMX_OK;
}

SETTER(src_crs)
o->job.source.crs = value;
return IMX_OK;
}

SETTER(operation)
o->job.source.operation = value;
return IMX_OK;
}

SETTER(rpc)
o->job.source.georef = IMX_CHOOSE_RPC;
return IMX_OK;
}

SETTER(tps)
o->job.source.georef = IMX_CHOOSE_TPS;
return IMX_OK;
}

SETTER(order)
long order;
imx_status s = imx_parse_int("--order", value, 1, 3, err, &order);
if (!s) {
    o->job.source.georef = IMX_CHOOSE_POLYNOMIAL;
    o->job.source.gcp_order = (int)order;
}
return s;
}

SETTER(dem)
o->job.source.dem = value;
return IMX_OK;
}

SETTER(dem_resample)
if (strcmp(value, "bilinear") != 0 && strcmp(value, "cubic") != 0) {
    return imx_fail(err, IMX_E_USAGE, "--dem-resample: '%s' is not bilinear or cubic", value);
}
o->job.source.dem_cubic = !strcmp(value, "cubic");
return IMX_OK;
}

SETTER(geoid)
o->job.source.geoid = value;
return IMX_OK;
}

SETTER(rpc_height)
o->job.source.has_rpc_height = true;
return imx_parse_real("--rpc-height", value, -12000, 10000, err, &o->job.source.rpc_height_m);
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

SETTER(threads)
long threads;
imx_status s = imx_parse_int("--threads", value, 1, THREADS_MAX, err, &threads);
o->threads = s ? o->threads : (unsigned)threads;
return s;
}

SETTER(memory)
imx_status s = imx_parse_bytes("--memory", value, err, &o->memory_bytes);
if (!s && o->memory_bytes < (size_t)MEMORY_MIN_MIB << 20) {
    s = imx_fail(err, IMX_E_USAGE, "--memory: %s is too little; at least %dM", value, MEMORY_MIN_MIB);
}
return s;
}

SETTER(cpu)
static const struct {
    const char *name;
    unsigned mask;
} levels[] = {{"scalar", IMX_CPU_NONE},
              {"sse4.2", IMX_CPU_SSE42},
              {"avx2", IMX_CPU_SSE42 | IMX_CPU_AVX2},
              {"neon", IMX_CPU_NEON}};
for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    if (!strcmp(value, levels[i].name)) {
        o->cpu_mask = levels[i].mask;
        return IMX_OK;
    }
}
return imx_fail(err, IMX_E_USAGE, "--cpu-mask: '%s' is not scalar, sse4.2, avx2 or neon", value);
}

SETTER(progress)
static const char *const modes[] = {"auto", "plain", "json", "none"};
for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    if (!strcmp(value, modes[i])) {
        o->progress = (imx_progress_mode)i;
        return IMX_OK;
    }
}
return imx_fail(err, IMX_E_USAGE, "--progress: '%s' is not auto, plain, json or none", value);
}

SETTER(dry_run)
o->dry_run = true;
return IMX_OK;
}

SETTER(json)
o->json = true;
return IMX_OK;
}

SETTER(verbose)
o->verbose = true;
return IMX_OK;
}

SETTER(quiet)
o->quiet = true;
o->progress = IMX_PROGRESS_NONE;
return IMX_OK;
}

/* ---- imbrex warp ---- */

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
if (!strcmp(value, "nan")) {
    o->target.nodata = (double)NAN;
    return IMX_OK;
}
return imx_parse_real("--dst-nodata", value, -1e308, 1e308, err, &o->target.nodata);
}

SETTER(block_size) return parse_tile_px("--block-size", value, err, &o->target.tile_px);
}

/* ---- the tables ---- */

/* clang-format off */
#define OPTIONS_OF_RESAMPLING \
    {"resample", 'r', "METHOD", \
     "nearest, bilinear, cubic, cubicspline, lanczos, average,\nmode, min, max, med, q1, q3, sum, rms (bilinear)", \
     set_resample}, \
    {"overview-resample", 0, "METHOD", \
     "how a zoom is made of the next finer one: average, nearest,\nmode, min, max, bilinear, cubic, lanczos (average)", \
     set_overview}, \
    {"error-threshold", 0, "PX", "largest error of a position, output pixels; 0: exact\n(0.015625)", \
     set_error_threshold}

#define OPTIONS_OF_SCENES \
    {"src-crs", 0, "CRS", "the scenes' CRS, where files do not say or are wrong", set_src_crs}, \
    {"operation", 0, "PIPELINE", \
     "PROJ pipeline from the scenes' CRS to the grid's, instead of\nthe best that PROJ has for their area", \
     set_operation}, \
    {"nodata", 0, "VALUE", "the scenes' nodata value", set_nodata}, \
    {"no-nodata", 0, NULL, "ignore the files' nodata values", set_no_nodata}, \
    {"source-overviews", 0, "auto|none", "read the files' overviews where zoomed out (auto)", set_source_overviews}, \
    IMX_OPTION_HEADING("Scenes without a geotransform (control points, RPC)"), \
    {"order", 0, "N", "polynomial of order 1 to 3 through control points (2 from\n6 points on, else 1)", set_order}, \
    {"tps", 0, NULL, "thin-plate spline through control points", set_tps}, \
    {"rpc", 0, NULL, "RPC, even where there is a geotransform", set_rpc}, \
    {"dem", 0, "FILE", "heights under RPC, in any CRS (none: HEIGHT_OFF)", set_dem}, \
    {"dem-resample", 0, "METHOD", "bilinear, cubic (bilinear)", set_dem_resample}, \
    {"geoid", 0, "GEOID", \
     "what the DEM's heights are above: egm96, egm2008, a raster of\nundulations, none (what " \
     "its CRS says, else none)", \
     set_geoid}, \
    {"rpc-height", 0, "METRES", "ellipsoidal height under RPC without --dem (HEIGHT_OFF)", set_rpc_height}

#define OPTIONS_OF_RUNNING \
    IMX_OPTION_HEADING("Running"), \
    {"threads", 'j', "N", "worker threads (one a core)", set_threads}, \
    {"memory", 0, "SIZE", "bound on memory, e.g. 512M, 2G (a quarter, at most 1G)", set_memory}, \
    {"progress", 0, "MODE", "auto, plain, json (one object a line, on standard\noutput), none (auto)", set_progress}, \
    {"dry-run", 0, NULL, "print the plan (scenes, what is made, bytes); write nothing", set_dry_run}, \
    {"json", 0, NULL, "with --dry-run: the whole job plan as JSON", set_json}, \
    {"cpu-mask", 0, "LEVEL", "scalar, sse4.2, avx2: no better kernels than that", set_cpu}, \
    {"verbose", 'v', NULL, "say what is decided", set_verbose}, \
    {"quiet", 0, NULL, "errors only", set_quiet}, \
    {"help", 'h', NULL, "this text", NULL}

/* clang-format on */

static const imx_option table[] = {
    IMX_OPTION_HEADING("Tiles"),
    {"zoom", 'z', "MIN-MAX",
     "zooms, one zoom, MIN-auto, or auto: 0 to the zoom that\nkeeps the finest scene's detail (auto)", set_zoom},
    {"grid", 0, "NAME|FILE",
     "tile matrix set: WebMercatorQuad, CGCS2000Quad (zooms from 1,\nas Tianditu's c), WorldCRS84Quad, "
     "WorldMercatorWGS84Quad,\nUTM01WGS84Quad to UTM60WGS84Quad, EuropeanETRS89_LAEAQuad,\nUPSArcticWGS84Quad, "
     "UPSAntarcticWGS84Quad, or a file: OGC\nTMS 2.0 in JSON (WebMercatorQuad)",
     set_grid},
    {"raster-grid", 0, NULL, "tiles of the rasters' own pixels, without reprojection", set_raster_grid},
    {"tile-size", 0, "PX", "a power of two from 64 to 4096 (the grid's own: 256)", set_tile_size},
    OPTIONS_OF_RESAMPLING,
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
    IMX_OPTION_HEADING("Scenes (later ones lie on top)"),
    OPTIONS_OF_SCENES,
    IMX_OPTION_HEADING("Output"),
    {"name", 0, "TEXT", "the layer's name in the metadata", set_name},
    {"attribution", 0, "TEXT", "whom maps are to name", set_attribution},
    {"tms-rows", 0, NULL, "directory: rows counted from the south", set_tms_rows},
    {"overwrite", 0, NULL, "replace an existing output, once the new one is complete", set_overwrite},
    OPTIONS_OF_RUNNING,
    IMX_OPTION_END,
};

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
                "  imbrex tile --nodata 0 --grid WorldCRS84Quad -f png world.tif tiles/\n\n"
                "Exit status: 0 done, 1 failed, 2 bad usage, 3 bad input, 4 interrupted, 5 output incomplete. Until\n"
                "all is done the output keeps what it held before.\n",
    .options = table,
};

static const imx_option warp_table[] = {
    IMX_OPTION_HEADING("Raster"),
    {"crs", 0, "CRS", "of the output: EPSG:n, WKT, ... (the first scene's)", set_target_crs},
    {"res", 0, "RX[,RY]", "CRS units a pixel (the finest scene's detail kept)", set_target_res},
    {"extent", 0, "XMIN,YMIN,XMAX,YMAX", "in the output's CRS (what the scenes cover)", set_target_extent},
    {"align", 0, NULL, "edges at multiples of the resolution", set_target_align},
    {"dst-nodata", 0, "VALUE|nan|none",
     "where nothing is (the scenes' own nodata value if they all\nhave the same one, otherwise a mask)",
     set_target_nodata},
    {"block-size", 0, "PX", "of the file's tiles, a power of two from 64 to 4096 (512)", set_block_size},
    OPTIONS_OF_RESAMPLING,
    IMX_OPTION_HEADING("Scenes (later ones lie on top)"),
    OPTIONS_OF_SCENES,
    IMX_OPTION_HEADING("Output"),
    {"overwrite", 0, NULL, "replace an existing output, once the new one is complete", set_overwrite},
    OPTIONS_OF_RUNNING,
    IMX_OPTION_END,
};

const imx_command imx_warp_command = {
    .name = "warp",
    .summary = "scenes -> one GeoTIFF in any CRS",
    .usage = "[options] INPUT... OUTPUT.tif",
    .about = "Reprojects and joins scenes into one Cloud Optimized GeoTIFF: all bands, as numbers, in\n"
             "the type that they have; tiles, overviews and a mask or nodata made in the same pass.",
    .examples = "  imbrex warp --crs EPSG:32650 -r cubic scene1.tif scene2.tif mosaic.tif\n"
                "  imbrex warp --crs EPSG:4490 --res 0.0001 --align scenes/ mosaic.tif\n"
                "  imbrex warp --dem srtm.tif --geoid egm96 --res 0.5 IMG_P1.TIF ortho.tif\n\n"
                "Exit status: 0 done, 1 failed, 2 bad usage, 3 bad input, 4 interrupted, 5 output incomplete. Until\n"
                "all is done the output keeps what it held before.\n",
    .options = warp_table,
};

void imx_job_cli_init(imx_job_cli *o) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    double quarter = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / 4;
    size_t least = (size_t)MEMORY_MIN_MIB << 20, most = (size_t)1 << 30;
    *o = (imx_job_cli){
        .job = {.grid = "WebMercatorQuad",
                .zoom_min_auto = true,
                .zoom_max_auto = true,
                .resample = IMX_RESAMPLE_BILINEAR,
                .mosaic = IMX_MOSAIC_OVER,
                .error_threshold_px = 1.0 / 64,
                .codec = IMX_CODEC_OPTIONS_DEFAULT,
                .source_overviews = true},
        .threads = cores < 1             ? 1
                   : cores > THREADS_MAX ? THREADS_MAX
                                         : (unsigned)cores,
        .cpu_mask = imx_cpu_detect(),
        .memory_bytes = quarter < (double)least  ? least
                        : quarter > (double)most ? most
                                                 : (size_t)quarter,
        .progress = IMX_PROGRESS_AUTO,
        .target = {.tile_px = 512},
    };
}
