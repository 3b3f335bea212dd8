/* tiler/cli/cmd_job.c: `imbrex tile` and `imbrex warp`: analyse, then show the plan (--dry-run) or run it. */
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/quality.h"
#include "tiler/cli/commands.h"
#include "tiler/cli/job_options.h"
#include "tiler/cog.h"
#include "tiler/forecast.h"
#include "tiler/seal.h"

/* The raster library's own block cache: read-ahead inside one block read, never a second copy of ours. */
static const size_t library_cache_bytes = (size_t)8 << 20;
/* What --memory has to cover besides our own allocations: the libraries' code and data, and their share a thread. */
static const size_t libraries_bytes = (size_t)48 << 20, libraries_bytes_a_thread = (size_t)3 << 20;

/* What a signal handler needs; set before and cleared after the run. */
static imx_job *_Atomic running;
static atomic_bool stopping;

/* After the first signal the job stops by itself; what it waits for meanwhile (a server that does not answer cannot be
 * interrupted) has so long. A second signal ends it at once. The output is untouched either way; what was begun beside
 * it is removed by the next run. */
enum { STOP_GRACE_S = 30 };

static void on_signal(int number) {
    static const char text[] = "imbrex: stopped at once; the output keeps what it held before\n";
    imx_job *job = atomic_load(&running);
    if (!job) {
        return;
    }
    if (number == SIGALRM || atomic_exchange(&stopping, true)) {
        ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
        (void)written;
        _exit(imx_status_exit_code(IMX_E_CANCELLED));
    }
    imx_job_cancel(job);
    (void)alarm(STOP_GRACE_S);
}

static void on_log(void *context, imx_log_level level, const char *text) {
    const imx_job_cli *o = context;
    if (!o->quiet) {
        (void)fprintf(stderr, "imbrex %s: %s%s\n", o->command, level == IMX_LOG_WARNING ? "warning: " : "", text);
    }
}

/* ---- the plan, for people ---- */

static void print_asset(const char *name, const imx_asset *a, int32_t level) {
    static const char *const validity[] = {"all", "nodata", "alpha", "mask"};
    char size[IMX_TEXT_SIZE];
    (void)snprintf(size, sizeof size, "%d x %d", (int)a->width, (int)a->height);
    (void)printf("%-36s %13s  %-8s ", name, size, a->quality ? a->quality->name : validity[a->validity]);
    if (level) {
        (void)printf("overview %d x %d\n", (int)a->overview_w[level - 1], (int)a->overview_h[level - 1]);
    } else {
        (void)puts("full resolution");
    }
}

/* "  B4, B3" of an asset of several. */
static void print_part(const imx_asset *asset, int32_t level) {
    enum { ROOM = 200 };
    char name[ROOM] = " ";
    size_t at = 1;
    for (int32_t i = 0; i < asset->data_count && at < ROOM - IMX_BAND_NAME_MAX; i++) {
        at += (size_t)snprintf(name + at, ROOM - at, "%s %s", i ? "," : "", asset->data[i].name);
    }
    print_asset(name, asset, level);
}

static void print_scenes(const imx_plan *plan) {
    enum { SHOWN = 20 };
    (void)printf("\n%-36s %13s  %-8s %s\n", "scene", "pixels", "validity", "read at");
    for (size_t i = 0; i < plan->scene_count && i < SHOWN; i++) {
        const imx_scene *scene = &plan->scenes[i];
        const int32_t *levels = plan->chains[0].levels[i];
        if (scene->asset_count == 1) {
            print_asset(scene->id, &scene->assets[0], levels[0]);
            continue;
        }
        (void)puts(scene->id);
        for (size_t k = 0; k < scene->asset_count; k++) {
            print_part(&scene->assets[k], levels[k]);
        }
    }
    if (plan->scene_count > SHOWN) {
        (void)printf("... and %zu more (--json lists all)\n", plan->scene_count - SHOWN);
    }
}

static void print_raster(const imx_plan *plan) {
    const imx_cog_options *cog = plan->cog;
    char bytes[IMX_TEXT_SIZE], nodata[IMX_TEXT_SIZE];
    (void)printf("%-12s %" PRIu64 " x %" PRIu64 " px, %u %s of %s, %s\n", "raster", cog->width, cog->height, cog->bands,
                 cog->bands == 1 ? "band" : "bands", imx_type_name(cog->type), imx_resample_name(plan->resample));
    (void)printf("%-12s %.80s\n", "crs", plan->grid->crs);
    (void)printf("%-12s %.10g x %.10g\n", "pixel", cog->res_x, cog->res_y);
    (void)printf("%-12s %.10g, %.10g to %.10g, %.10g\n", "extent", cog->origin_x,
                 cog->origin_y - (double)cog->height * cog->res_y, cog->origin_x + (double)cog->width * cog->res_x,
                 cog->origin_y);
    if (cog->has_nodata) {
        (void)printf("%-12s %s\n", "nodata", imx_text_number(cog->nodata, nodata));
    } else {
        (void)printf("%-12s %s\n", "nodata", cog->alpha ? "none, alpha is the last band" : "none, a mask");
    }
    if (plan->pyramid.overview != IMX_REDUCE_AVERAGE) {
        (void)printf("%-12s %s\n", "overviews", imx_overview_name(plan->pyramid.overview));
    }
    (void)printf("%-12s about %s\n", "size", imx_text_bytes((double)plan->bytes_estimate, bytes));
    (void)printf("\ngeneration   %s\nnothing was written (--dry-run)\n", plan->generation);
}

static void print_picture(const imx_plan *plan) {
    char text[IMX_TEXT_SIZE + 80];
    imx_picture_describe(&plan->scenes[0], text, sizeof text);
    (void)printf("%-12s %s\n", "colours", text);
    if (imx_grade_keeps_numbers(plan->grade.kind)) {
        (void)printf("%-12s %s\n", "encoding", imx_grade_name(plan->grade.kind));
    }
    const imx_relief_options *relief = &plan->grade.relief;
    if (relief->kind == IMX_RELIEF_SHADE && relief->all_round) {
        (void)printf("%-12s from four sides, %g degrees high, heights times %g\n", "light", relief->altitude_deg,
                     relief->z_factor);
    } else if (relief->kind == IMX_RELIEF_SHADE) {
        (void)printf("%-12s from %g degrees, %g high, heights times %g\n", "light", relief->azimuth_deg,
                     relief->altitude_deg, relief->z_factor);
    } else if (relief->kind == IMX_RELIEF_SLOPE) {
        (void)printf("%-12s in degrees, heights times %g\n", "slope", relief->z_factor);
    }
    if (plan->colormap) {
        (void)printf("%-12s %zu by value from %.6g to %.6g, %s\n", "", plan->colormap->count,
                     plan->colormap->stops[0].value, plan->colormap->stops[plan->colormap->count - 1].value,
                     imx_colormap_mode_name(plan->colormap->mode));
    }
    const bool stretched = plan->grade.kind == IMX_GRADE_STRETCH && relief->kind != IMX_RELIEF_SHADE;
    for (int32_t band = 0; stretched && band < plan->grade.planes.bands; band++) {
        (void)printf("%-12s %.6g to %.6g", band ? "" : "stretch", plan->grade.lo[band], plan->grade.hi[band]);
        (void)printf(plan->grade.gamma != 1 ? ", gamma %g\n" : "\n", plan->grade.gamma);
    }
}

static void print_limits(const imx_plan *plan) {
    static const char *const names[IMX_LIMITS] = {"bbox", "cutline"};
    for (size_t i = 0; i < IMX_LIMITS; i++) {
        const imx_outline *outline = plan->outlines[i];
        if (outline) {
            double e[4];
            imx_outline_extent(outline, e);
            (void)printf("%-12s %.10g, %.10g to %.10g, %.10g in %.40s, %zu corners\n", names[i], e[0], e[1], e[2], e[3],
                         outline->crs, outline->vertex_count);
        }
    }
}

/* What a zoom is made of; said where that is not the scenes at the finest zoom and the next one at the others. */
static void print_origin(const imx_plan *plan, const imx_chain *chain, uint32_t zoom) {
    if (zoom < imx_pyramid_written_max(&chain->pyramid)) {
        (void)printf("   zoom %u", zoom + 1 + plan->grid->first_id);
        return;
    }
    (void)printf("   the scenes, %.1f Mpx of them", 1e-6 * imx_chain_source_px(plan, chain));
    if (chain->pyramid.unwritten) {
        (void)printf(", rendered %u times finer", 1u << chain->pyramid.unwritten);
    }
}

static void print_zooms(const imx_plan *plan) {
    const imx_pyramid *p = &plan->pyramid;
    const bool told = plan->chain_count > 1 || plan->chains[0].pyramid.unwritten;
    char count[IMX_TEXT_SIZE];
    (void)printf("\n%6s %14s %16s%s\n", "zoom", "tiles", "m a pixel", told ? "   made of" : "");
    for (uint32_t z = p->zoom_min; z <= p->zoom_max; z++) {
        const imx_chain *chain = imx_plan_chain_of(plan, z);
        (void)printf("%6u %14s %16.2f", z + plan->grid->first_id, imx_text_count(chain->tiles[z], count),
                     imx_grid_res(plan->grid, z, p->tile_px) * plan->grid->metres_per_unit);
        if (told) {
            print_origin(plan, chain, z);
        }
        (void)putchar('\n');
    }
}

/* Of a job with several: how often the scenes are read for it. */
static void print_chains(const imx_plan *plan) {
    double all = 0;
    for (uint32_t c = 0; c < plan->chain_count; c++) {
        all += imx_chain_source_px(plan, &plan->chains[c]);
    }
    const double finest = imx_chain_source_px(plan, &plan->chains[0]);
    (void)printf(
        "%-12s %u, since not all zooms halve: %.1f Mpx of the scenes are read, %.1f times those of the finest\n",
        "chains", plan->chain_count, 1e-6 * all, finest > 0 ? all / finest : 1);
}

static void print_plan(const imx_plan *plan, const char *target) {
    char count[IMX_TEXT_SIZE], bytes[IMX_TEXT_SIZE];
    const imx_pyramid *p = &plan->pyramid;
    print_scenes(plan);
    (void)printf("\n%-12s %s\n", "output", target);
    print_limits(plan);
    if (plan->cog) {
        print_raster(plan);
        return;
    }
    (void)printf("%-12s %s, tiles of %u px, %s, %s\n", "grid", plan->grid->id, p->tile_px,
                 imx_resample_name(plan->resample), imx_format_name(plan->codec.format));
    if (p->buffer_px) {
        (void)printf("%-12s %u px of the neighbours on each side: %u x %u px\n", "buffer", p->buffer_px,
                     imx_pyramid_side_px(p), imx_pyramid_side_px(p));
    }
    if (p->overview != IMX_REDUCE_AVERAGE) {
        (void)printf("%-12s %s\n", "overviews", imx_overview_name(p->overview));
    }
    print_picture(plan);
    if (plan->grid->projection == IMX_GRID_PLANE) {
        (void)printf("%-12s the raster's own pixels, without a place on the Earth\n", "bounds");
    } else {
        (void)printf("%-12s %.6f, %.6f to %.6f, %.6f (west, south, east, north)\n", "bounds", plan->west, plan->south,
                     plan->east, plan->north);
    }
    print_zooms(plan);
    (void)printf("%6s %14s   about %s\n", "all", imx_text_count(plan->tiles_total, count),
                 imx_text_bytes((double)plan->bytes_estimate, bytes));
    (void)putchar('\n');
    if (plan->chain_count > 1) {
        print_chains(plan);
    }
    (void)printf("generation   %s\nnothing was written (--dry-run)\n", plan->generation);
}

static imx_status show_plan(const imx_job_cli *o, imx_plan *plan, const char *target, imx_error *err) {
    imx_status s = imx_plan_seal(plan, err);
    if (s) {
        return s;
    }
    if (!o->json) {
        print_plan(plan, target);
        return IMX_OK;
    }
    char *json = NULL;
    s = imx_plan_to_json(plan, false, err, &json);
    if (!s) {
        (void)puts(json);
        imx_free(plan->memory, json);
    }
    return s;
}

/* ---- the run ---- */

static void print_raster_report(const imx_plan *plan, const imx_job_report *r, const char *target) {
    char bytes[IMX_TEXT_SIZE], wall[IMX_TEXT_SIZE], cpu[IMX_TEXT_SIZE], peak[IMX_TEXT_SIZE];
    const imx_cog_options *cog = plan->cog;
    (void)printf("%s: %" PRIu64 " x %" PRIu64 " px, %u %s of %s, %s, in %s (CPU %s, memory %s)\n", target, cog->width,
                 cog->height, cog->bands, cog->bands == 1 ? "band" : "bands", imx_type_name(cog->type),
                 imx_text_bytes((double)r->store.bytes, bytes), imx_text_duration(r->wall_s, wall),
                 imx_text_duration(r->cpu_s, cpu), imx_text_bytes((double)r->memory_peak_bytes, peak));
}

static void print_report(const imx_plan *plan, const imx_job_report *r, const char *target) {
    char tiles[IMX_TEXT_SIZE], bytes[IMX_TEXT_SIZE], wall[IMX_TEXT_SIZE], cpu[IMX_TEXT_SIZE], peak[IMX_TEXT_SIZE];
    char chains[IMX_TEXT_SIZE] = "";
    if (plan->chain_count > 1) {
        (void)snprintf(chains, sizeof chains, " in %u chains", plan->chain_count);
    }
    (void)printf("%s: %s tiles, zooms %u-%u%s, %s, in %s (CPU %s, memory %s)\n", target,
                 imx_text_count(r->store.tiles, tiles), plan->pyramid.zoom_min + plan->grid->first_id,
                 plan->pyramid.zoom_max + plan->grid->first_id, chains, imx_text_bytes((double)r->store.bytes, bytes),
                 imx_text_duration(r->wall_s, wall), imx_text_duration(r->cpu_s, cpu),
                 imx_text_bytes((double)r->memory_peak_bytes, peak));
}

static const char *name_sample(const imx_cog_options *cog, double value, char text[IMX_TEXT_SIZE]) {
    return cog->type == IMX_F32 ? imx_text_float((float)value, text) : imx_text_number(value, text);
}

/* Samples that are not what resampling made them. */
static void warn_of_moved(const imx_job_cli *o, const imx_plan *plan, const imx_job_report *r) {
    enum { ROOM = 400 };
    char text[ROOM], count[IMX_TEXT_SIZE], nodata[IMX_TEXT_SIZE], beside[IMX_TEXT_SIZE];
    if (r->unread) {
        (void)snprintf(text, sizeof text,
                       "%s valid %s at %s%.6g or beyond, which GDAL takes for the nodata value %s: give another "
                       "--dst-nodata, such as nan",
                       imx_text_count(r->unread, count), r->unread == 1 ? "sample lies" : "samples lie",
                       plan->cog->nodata < 0 ? "-" : "", imx_cog_unread_from(plan->cog),
                       name_sample(plan->cog, plan->cog->nodata, nodata));
        on_log((void *)(uintptr_t)o, IMX_LOG_WARNING, text);
    }
    if (r->moved && fabs(imx_cog_beside(plan->cog)) < imx_cog_unread_from(plan->cog)) {
        (void)snprintf(text, sizeof text,
                       "%s %s that %s valid had the nodata value %s: written as %s, so as to stay valid (another "
                       "--dst-nodata, or none for a mask, keeps values as they are)",
                       imx_text_count(r->moved, count), r->moved == 1 ? "sample" : "samples",
                       r->moved == 1 ? "is" : "are", name_sample(plan->cog, plan->cog->nodata, nodata),
                       name_sample(plan->cog, imx_cog_beside(plan->cog), beside));
        on_log((void *)(uintptr_t)o, IMX_LOG_WARNING, text);
    }
}

static void warn_of_beyond(const imx_job_cli *o, const imx_plan *plan, const imx_job_report *r) {
    enum { ROOM = 300 };
    char text[ROOM], count[IMX_TEXT_SIZE];
    double lowest_m, highest_m;
    imx_grade_range(plan->grade.kind, &lowest_m, &highest_m);
    if (r->beyond) {
        (void)snprintf(text, sizeof text,
                       "heights beyond what %s holds (%.10g m to %.10g m) were cut off, in %s %s of the tiles",
                       imx_grade_name(plan->grade.kind), lowest_m, highest_m, imx_text_count(r->beyond, count),
                       r->beyond == 1 ? "pixel" : "pixels");
        on_log((void *)(uintptr_t)o, IMX_LOG_WARNING, text);
    }
}

static imx_status run_job(const imx_job_cli *o, imx_memory *memory, imx_plan *plan, const char *target,
                          imx_error *err) {
    imx_run_options options = {.threads = o->threads, .cpu_mask = o->cpu_mask, .target = target, .store = o->store};
    imx_job *job = NULL;
    imx_progress *progress = NULL;
    imx_job_report report = {0};
    imx_status s = imx_job_create(memory, plan, &options, err, &job);
    s = s ? s : imx_progress_start(memory, job, plan, o->progress, err, &progress);
    if (!s && !o->quiet && imx_job_threads(job) < o->threads) {
        (void)fprintf(stderr, "imbrex %s: %u of %u threads: --memory has room for no more\n", o->command,
                      imx_job_threads(job), o->threads);
    }
    if (!s && !o->quiet && imx_job_rows_short(job) > 0) {
        char bytes[IMX_TEXT_SIZE];
        (void)fprintf(stderr,
                      "imbrex %s: the rasters lie in strips, which are decoded more than once: %s more of --memory "
                      "would avoid that, or rasters in tiles\n",
                      o->command, imx_text_bytes((double)imx_job_rows_short(job), bytes));
    }
    if (!s) {
        atomic_store(&running, job);
        struct sigaction action = {.sa_handler = on_signal};
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        sigaction(SIGALRM, &action, NULL);
        s = imx_job_run(job, err, &report);
        atomic_store(&running, NULL);
        (void)alarm(0);
    }
    imx_progress_stop(&progress);
    if (s == IMX_E_CANCELLED) {
        (void)imx_fail(err, s, "interrupted; %s keeps what it held before; run the same command again to start over",
                       target);
    } else if (!s && o->progress == IMX_PROGRESS_JSON) {
        imx_progress_report_json(&report, target);
    } else if (!s && !o->quiet) {
        (plan->cog ? print_raster_report : print_report)(plan, &report, target);
    }
    if (!s) {
        (plan->cog ? warn_of_moved : warn_of_beyond)(o, plan, &report);
    }
    imx_job_destroy(&job);
    return s;
}

/* The cheap forecast errs on the high side: before a disk is called too small the forecast is made from real tiles. */
static imx_status sharpen_forecast(imx_plan *plan, const char *target, imx_error *err) {
    uint64_t room = 0;
    imx_status s = imx_disk_free(target, err, &room);
    return s || plan->bytes_estimate * 3 < room ? s : imx_forecast(plan, true, err);
}

static imx_status tile(imx_job_cli *o, imx_memory *memory, const char *target, imx_error *err) {
    imx_log *log = NULL;
    imx_plan *plan = NULL;
    imx_status s = imx_log_create(memory, o->verbose ? IMX_LOG_DEBUG : IMX_LOG_WARNING, on_log, o, &log);
    s = s || o->dry_run ? s : imx_disk_writable(target, err); /* said before the scenes are read */
    imx_progress_steps steps = {.mode = o->quiet || o->dry_run ? IMX_PROGRESS_NONE : o->progress, .what = "collars"};
    o->job.collars = (imx_collars_options){o->threads, imx_progress_step, &steps};
    s = s ? s : imx_analyse(memory, &o->job, log, err, &plan);
    imx_progress_steps_end(&steps);
    if (!s && o->dry_run) {
        s = show_plan(o, plan, target, err);
        if (!s && imx_job_check_disk(plan, target, err) != IMX_OK) {
            imx_log_say(log, IMX_LOG_WARNING, "%s", err->text);
        }
    } else if (!s) {
        s = sharpen_forecast(plan, target, err);
        s = s ? s : run_job(o, memory, plan, target, err);
    }
    imx_plan_destroy(&plan);
    imx_log_destroy(&log);
    return s;
}

/* What only a raster is: data, in the blocks of a GeoTIFF. */
static void want_raster(imx_job_cli *o) {
    o->job.target = &o->target;
    o->job.source.data = true;
}

static bool is_tiff(const char *target) {
    const char *dot = strrchr(target, '.');
    return dot && (!strcasecmp(dot, ".tif") || !strcasecmp(dot, ".tiff"));
}

static int run(const imx_command *command, int argc, char **argv) {
    imx_job_cli o;
    imx_error err = IMX_ERROR_INIT;
    imx_memory *memory = NULL;
    int positional, exit_status;
    imx_job_cli_init(&o);
    if (!imx_cmd_begin(command, argc, argv, &o, &positional, &exit_status)) {
        return exit_status;
    }
    o.command = command->name;
    if (positional < 2) {
        (void)imx_fail(&err, IMX_E_USAGE, "name at least one input and the output: imbrex %s INPUT... OUTPUT",
                       command->name);
        return imx_cmd_fail(command->name, &err);
    }
    const char *target = argv[positional];
    if (command == &imx_warp_command) {
        want_raster(&o);
        if (!is_tiff(target)) {
            (void)imx_fail(&err, IMX_E_USAGE, "%s: the output of warp is a GeoTIFF, NAME.tif", target);
            return imx_cmd_fail(command->name, &err);
        }
    }
    o.job.inputs = (const char *const *)(argv + 1);
    o.job.input_count = (size_t)positional - 1;
    o.job.output = target;
    /* where memory is short, threads give way (imx_plan_share_memory), and with them their share of the libraries */
    size_t libraries = libraries_bytes + o.threads * libraries_bytes_a_thread;
    size_t budget = o.memory_bytes - o.memory_bytes / 2 > libraries ? o.memory_bytes - libraries : o.memory_bytes / 2;
    o.job.block_limit_bytes = budget / 3;
    o.job.sample_forecast = o.dry_run;
    if (!o.format_given && imx_store_names_types(target)) {
        o.job.codec.format = IMX_FORMAT_PNG; /* a static client of a directory asks for one type */
    }
    imx_status s = imx_memory_create(budget, &memory);
    if (!s) {
        imx_sources_init(library_cache_bytes);
        s = tile(&o, memory, target, &err);
        imx_sources_finish();
    }
    imx_memory_destroy(&memory);
    if (s && !err.status) {
        (void)imx_fail(&err, s, "%s", imx_status_name(s));
    }
    return s ? imx_cmd_fail(command->name, &err) : 0;
}

int imx_cmd_tile(int argc, char **argv) { return run(&imx_tile_command, argc, argv); }
int imx_cmd_warp(int argc, char **argv) { return run(&imx_warp_command, argc, argv); }
