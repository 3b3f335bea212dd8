/* tests/conformance/places/places.c: places against exact transforms, scene by scene.
 *
 *   places DATA_DIR [PIXELS [NAME]]   random pixels in each scene (1000000); only scenes with NAME in their line
 *
 * Prints a table (markdown); exit 0: all within their bounds, 1: not. Real scenes that are not there are left out. */
#include <gdal.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/conformance/places/places.h"

enum { WORKERS_MAX = 16 };
#define DEM_43 "dem/srtm3_N43E001/N43E001.hgt"

typedef struct real {
    const char *path, *grid, *kind;
    imx_georef_choice georef;
    int order;
    const char *dem;
    double gdal_px; /* 0: as the kind has it; -1: not asked */
} real;

static const real reals[] = {
    {"scenes/landsat7_rgb_u8_utm18.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/landsat7_6band_olinda.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/landsat8_b1_u16_cog.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/landsat8_mosaic_cog1.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/landsat8_mosaic_cog3.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/L8NY18/LC08_L1TP_014031_20180106_B8.TIF", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/cbers2_rgb342_crop1.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/cbers2b_rgb342_20m.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/landsat7_gridEPSG8858.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/orbview3_trieste_pan_1.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/qb_road_4band_u16_utm32.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/quad_rgb1.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/s2_l2a_tci_lossyjp2_utm30.jp2", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/s2_tci_utm34.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"scenes/scene_band1.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"ortho/chicago_webmercator_jpeg_mask.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"ortho/hro_colorado_15cm.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"ortho/naip_nd_20090818.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"ortho/pix4d_drone_rgba_utm50s.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"ortho/usgs_rgb_15cm_jpeg_1.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"dem/lidar_dsm.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"dem/olinda_dem_utm25s.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"dem/swiss_dem_epsg2056_cog.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"dem/srtm3_N45E006/N45E006.hgt", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/31band.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/ccitt_g4_1bit_1.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/cea.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/cog_cmap_7168x8704.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/derived_china_relief_epsg4490.tif", "degrees", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/derived_china_relief_epsg4549_cm120.tif", "degrees", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/iioext_bogota_gml.jp2", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/iioext_emptyTiles.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/jpeg_gray_tiled.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/scale_offset_i16.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/usgs_topo_palette_1.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/rotated_utm.tif", "mercator", "rotated", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/cog_world_36000x18000.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/dateline_utm60_cog.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/goes_geostationary.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/goode_homolosine.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/nan_huge_sparse_utm37s.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/polar_stereo.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/polar_stereo.tif", "EPSG:5041", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/polar_wind_10km.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/polar_wind_10km.tif", "EPSG:3413", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/world_byte_f64bounds.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/world_ycbcr_jpeg_tiled.tif", "mercator", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"world/world_ycbcr_jpeg_tiled.tif", "EPSG:3031", "affine", IMX_CHOOSE_AUTO, 0, NULL, 0},
    {"odd/gcp210_sentinel1_cog.tif", "mercator", "polynomial 1", IMX_CHOOSE_POLYNOMIAL, 1, NULL, 0},
    {"odd/gcp210_sentinel1_cog.tif", "mercator", "polynomial 2", IMX_CHOOSE_POLYNOMIAL, 2, NULL, 0},
    {"odd/gcp210_sentinel1_cog.tif", "mercator", "polynomial 3", IMX_CHOOSE_POLYNOMIAL, 3, NULL, 0},
    {"odd/gcp210_sentinel1_cog.tif", "mercator", "thin-plate spline", IMX_CHOOSE_TPS, 0, NULL, 0},
    {"rpc/derived_phr_pan_crop.tif", "mercator", "RPC, flat", IMX_CHOOSE_RPC, 0, NULL, 0},
    {"rpc/derived_phr_pan_crop.tif", "mercator", "RPC, SRTM", IMX_CHOOSE_RPC, 0, DEM_43, 0},
    {"rpc/phr_pan.tif", "mercator", "RPC, cut, SRTM", IMX_CHOOSE_RPC, 0, DEM_43, -1}, /* GDAL does not see the cut */
    {"rpc/phr_xs.tif", "mercator", "RPC, cut, SRTM", IMX_CHOOSE_RPC, 0, DEM_43, -1},
    {"rpc/qb_toulouse_rpctag.tif", "mercator", "RPC, cut, SRTM", IMX_CHOOSE_RPC, 0, DEM_43, -1},
    {"rpc/ext_rpb.tif", "mercator", "RPC, shrunk", IMX_CHOOSE_RPC, 0, NULL, -1},
    {"rpc/reunion_phr_pair_1.tif", "mercator", "RPC, flat", IMX_CHOOSE_RPC, 0, NULL, 0},
    {"rpc/rpc_tag_and_crs.tif", "mercator", "RPC, flat", IMX_CHOOSE_RPC, 0, NULL, 0},
};

static char *join(const char *before, const char *after) {
    char *text = malloc(strlen(before) + strlen(after) + 2);
    (void)sprintf(text, "%s%s%s", before, before[0] && strchr(before, '=') == NULL ? "/" : "", after);
    return text;
}

static void add_real(made *m, const real *r, const char *data_folder) {
    static const char *const orders[] = {"", "MAX_GCP_ORDER=1", "MAX_GCP_ORDER=2", "MAX_GCP_ORDER=3"};
    char *path = join(data_folder, r->path);
    const bool there = access(path, R_OK) == 0;
    free(path);
    if (!there) {
        return;
    }
    subject *s = made_add(m);
    s->name = strrchr(r->path, '/') + 1, s->kind = r->kind, s->grid = r->grid, s->path = strdup(r->path);
    s->options.georef = r->georef, s->options.gcp_order = r->order;
    s->options.dem = r->dem ? join(data_folder, r->dem) : NULL;
    switch (r->georef) {
    case IMX_CHOOSE_POLYNOMIAL: s->theirs[0] = "METHOD=GCP_POLYNOMIAL", s->theirs[1] = orders[r->order]; break;
    case IMX_CHOOSE_TPS: s->theirs[0] = "METHOD=GCP_TPS"; break;
    case IMX_CHOOSE_RPC: s->theirs[0] = "METHOD=RPC"; break;
    default: break;
    }
    const bool affine = r->georef == IMX_CHOOSE_AUTO, rpc = r->georef == IMX_CHOOSE_RPC;
    s->bound_px = affine ? 1.0 / 64 : 1.0 / 16;
    s->gdal_px = r->gdal_px < 0 ? 0 : affine ? 1.0 / 64 : rpc && r->dem ? 0.5 : rpc ? 0.01 : 0.1;
}

typedef struct job {
    const made *m;
    const char *data_folder;
    long wanted;
    measured *results;
    bool *fine;
    atomic_size_t next;
} job;

static void *work(void *context) {
    job *j = context;
    for (size_t i; (i = atomic_fetch_add(&j->next, 1)) < j->m->count;) {
        j->fine[i] = measure(&j->m->subjects[i], j->data_folder, j->wanted, &j->results[i]);
    }
    return NULL;
}

static bool within(const subject *s, const measured *r) {
    return r->worst_px <= s->bound_px &&
           (s->gdal_px == 0 || (r->gdal_worst_px <= s->gdal_px && r->gdal_lost * 1000 <= r->pixels));
}

static bool print_row(const job *j, size_t i) {
    const subject *s = &j->m->subjects[i];
    const measured *r = &j->results[i];
    if (!j->fine[i]) {
        printf("| %s | %s | %s | | | | | | | FAILED: %s |\n", s->name, s->kind, s->grid, r->trouble);
        return false;
    }
    const bool fine = within(s, r) && r->pixels - r->at_borders >= j->wanted * 9 / 10;
    char gdal[64] = "";
    if (s->gdal_px > 0) {
        (void)snprintf(gdal, sizeof gdal, "%.5f", r->gdal_worst_px);
    }
    if (r->gdal_lost) {
        (void)snprintf(gdal + strlen(gdal), sizeof gdal - strlen(gdal), " (%ld lost)", r->gdal_lost);
    }
    printf("| %s | %s | %s %d | %ld | %ld | %.5f | %.5f | 1/%.0f | %s | %.1f%s |\n", s->name, s->kind, s->grid, r->zoom,
           r->pixels, r->at_borders, r->worst_px, r->most_px, 1 / s->bound_px, gdal, r->cpu_s, fine ? "" : " FAILED");
    return fine;
}

/* Only those whose line has the word. */
static void keep(made *m, const char *word) {
    size_t kept = 0;
    for (size_t i = 0; i < m->count; i++) {
        subject *s = &m->subjects[i];
        if (strstr(s->name, word) || strstr(s->kind, word) || strstr(s->grid, word)) {
            const subject swap = m->subjects[kept];
            m->subjects[kept++] = *s;
            *s = swap;
        }
    }
    for (size_t i = kept; i < m->count; i++) {
        free((char *)(uintptr_t)m->subjects[i].path);
        free((char *)(uintptr_t)m->subjects[i].options.dem);
    }
    m->count = kept;
}

static bool run(job *j) {
    pthread_t threads[WORKERS_MAX];
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const long workers = processors < 1 ? 1 : processors > WORKERS_MAX ? WORKERS_MAX : processors;
    long started = 0;
    while (started < workers - 1 && pthread_create(&threads[started], NULL, work, j) == 0) {
        started++;
    }
    (void)work(j);
    for (long i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    bool fine = true;
    double cpu_s = 0;
    long pixels = 0;
    printf(
        "| scene | place by | onto, zoom | pixels | at borders | max px | 99.9 %% | allowed | max to GDAL's | CPU s |\n"
        "| --- | --- | --- | --: | --: | --: | --: | --: | --: | --: |\n");
    for (size_t i = 0; i < j->m->count; i++) {
        fine = print_row(j, i) && fine;
        cpu_s += j->results[i].cpu_s;
        pixels += j->results[i].pixels;
    }
    printf("\n%zu scenes, %ld pixels, %.0f s of CPU\n", j->m->count, pixels, cpu_s);
    return fine;
}

int main(int argc, char **argv) {
    made m = {0};
    if (argc < 2) {
        fprintf(stderr, "usage: places DATA_DIR [PIXELS [NAME]]\n");
        return 2;
    }
    imx_sources_init((size_t)64 << 20);
    made_create(&m);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        add_real(&m, &reals[i], argv[1]);
    }
    if (argc > 3) {
        keep(&m, argv[3]);
    }
    job j = {.m = &m, .data_folder = argv[1], .wanted = argc > 2 ? atol(argv[2]) : 1000000};
    j.results = calloc(m.count, sizeof *j.results);
    j.fine = calloc(m.count, sizeof *j.fine);
    const bool fine = run(&j);
    free(j.results);
    free(j.fine);
    made_destroy(&m);
    imx_sources_finish();
    return fine ? 0 : 1;
}
