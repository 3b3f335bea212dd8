/* tiler/cli/progress.c: the bar, the plain lines and the JSON lines. */
#include "tiler/cli/progress.h"

#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "tiler/forecast.h"

struct imx_progress {
    imx_memory *memory;
    const imx_pyramid_stats *stats;
    imx_work work;
    double mpx_per_tile;
    imx_progress_mode mode;
    struct timespec start;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop, drawn;
};

typedef struct moment {
    double seconds, share, tiles_per_s, mpx_per_s, eta_s;
    uint64_t tiles, bytes;
    double rss_bytes;
} moment;

static double since(const struct timespec *start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

static double peak_rss_bytes(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

static moment look(const imx_progress *p) {
    moment m = {.seconds = since(&p->start), .rss_bytes = peak_rss_bytes()};
    const uint64_t base = atomic_load(&p->stats->base_done);
    m.tiles = atomic_load(&p->stats->encoded);
    m.bytes = atomic_load(&p->stats->bytes);
    m.share = imx_work_share(&p->work, base);
    m.tiles_per_s = (double)m.tiles / m.seconds;
    m.mpx_per_s = (double)base * p->mpx_per_tile / m.seconds;
    m.eta_s = m.share > 0 ? m.seconds * (1 - m.share) / m.share : 0;
    return m;
}

static int columns(void) {
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void draw_bar(imx_progress *p) {
    static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    moment m = look(p);
    char text[160], eta[IMX_TEXT_SIZE], bytes[IMX_TEXT_SIZE], rss[IMX_TEXT_SIZE];
    int length = snprintf(text, sizeof text, " %3.0f %%  %.0f tiles/s  %.1f Mpx/s  %s  %s  ETA %s", 100 * m.share,
                          m.tiles_per_s, m.mpx_per_s, imx_text_bytes((double)m.bytes, bytes),
                          imx_text_bytes(m.rss_bytes, rss), m.share > 0 ? imx_text_duration(m.eta_s, eta) : "-");
    int width = columns() - length - 2;
    width = width < 4 ? 0 : width > 40 ? 40 : width;
    int filled = (int)(m.share * width * 8);
    (void)fputs("\r\033[K", stderr);
    for (int i = 0; i < width; i++) {
        (void)fputs(filled >= 8 * (i + 1) ? "█" : eighths[filled > 8 * i ? filled - 8 * i : 0], stderr);
    }
    (void)fputs(text, stderr);
    (void)fflush(stderr);
    p->drawn = true;
}

static void say_plain(imx_progress *p) {
    moment m = look(p);
    char eta[IMX_TEXT_SIZE], tiles[IMX_TEXT_SIZE], bytes[IMX_TEXT_SIZE];
    (void)fprintf(stderr, "%3.0f %%  %s tiles  %.1f Mpx/s  %s  ETA %s\n", 100 * m.share, imx_text_count(m.tiles, tiles),
                  m.mpx_per_s, imx_text_bytes((double)m.bytes, bytes), imx_text_duration(m.eta_s, eta));
}

static void say_json(imx_progress *p) {
    moment m = look(p);
    (void)printf("{\"event\":\"progress\",\"share\":%.4f,\"tiles\":%" PRIu64 ",\"bytes\":%" PRIu64
                 ",\"tiles_per_s\":%.1f,\"mpx_per_s\":%.2f,\"elapsed_s\":%.2f,\"eta_s\":%.1f,\"rss_bytes\":%.0f}\n",
                 m.share, m.tiles, m.bytes, m.tiles_per_s, m.mpx_per_s, m.seconds, m.eta_s, m.rss_bytes);
    (void)fflush(stdout);
}

static long period_ms_of(imx_progress_mode mode) {
    return mode == IMX_PROGRESS_AUTO ? 200 : mode == IMX_PROGRESS_JSON ? 1000 : 10000;
}

static void *run(void *argument) {
    imx_progress *p = argument;
    const long period_ms = period_ms_of(p->mode);
    pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += period_ms / 1000;
        until.tv_nsec += period_ms % 1000 * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (pthread_cond_timedwait(&p->wake, &p->lock, &until) == 0 || p->stop) {
            continue;
        }
        if (p->mode == IMX_PROGRESS_AUTO) {
            draw_bar(p);
        } else if (p->mode == IMX_PROGRESS_JSON) {
            say_json(p);
        } else {
            say_plain(p);
        }
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

imx_status imx_progress_start(imx_memory *memory, const imx_job *job, const imx_plan *plan, imx_progress_mode mode,
                              imx_error *err, imx_progress **out) {
    *out = NULL;
    if (mode == IMX_PROGRESS_AUTO && !isatty(STDERR_FILENO)) {
        mode = IMX_PROGRESS_PLAIN;
    }
    if (mode == IMX_PROGRESS_NONE) {
        return IMX_OK;
    }
    imx_progress *p = imx_calloc(memory, 1, sizeof *p);
    if (!p) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the progress display");
    }
    p->memory = memory;
    p->stats = imx_job_stats(job);
    imx_work_of(plan, &p->work);
    p->mpx_per_tile = (double)plan->pyramid.tile_px * plan->pyramid.tile_px * 1e-6;
    p->mode = mode;
    clock_gettime(CLOCK_MONOTONIC, &p->start);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    if (pthread_create(&p->thread, NULL, run, p) != 0) {
        imx_free(memory, p);
        return imx_fail(err, IMX_E_NOMEM, "no thread can be started");
    }
    *out = p;
    return IMX_OK;
}

void imx_progress_stop(imx_progress **progress) {
    if (!progress || !*progress) {
        return;
    }
    imx_progress *p = *progress;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    if (p->drawn) {
        (void)fputs("\r\033[K", stderr);
    }
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    imx_free(p->memory, p);
    *progress = NULL;
}

void imx_progress_report_json(const imx_job_report *r, const char *target) {
    const imx_cache_stats *c = &r->cache;
    double amplification = c->pixels_distinct ? (double)c->pixels_decoded / (double)c->pixels_distinct : 1;
    json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:f, s:f, s:I, s:I}", "event",
                          "done", "output", target, "tiles", (json_int_t)r->store.tiles, "tiles_encoded",
                          (json_int_t)r->tiles_encoded, "tiles_distinct", (json_int_t)r->store.distinct,
                          "empty_tiles_skipped", (json_int_t)r->tiles_empty, "bytes", (json_int_t)r->store.bytes,
                          "blocks_decoded", (json_int_t)c->blocks_decoded, "blocks_distinct",
                          (json_int_t)c->blocks_distinct, "decode_amplification", amplification, "pixels_decoded",
                          (json_int_t)c->pixels_decoded, "wall_s", r->wall_s, "cpu_s", r->cpu_s, "memory_peak_bytes",
                          (json_int_t)r->memory_peak_bytes, "rss_peak_bytes", (json_int_t)peak_rss_bytes());
    char *text = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    if (text) {
        (void)puts(text);
        (void)fflush(stdout);
    }
    free(text);
    json_decref(o);
}

void imx_progress_step(void *context, size_t done, size_t all) {
    imx_progress_steps *steps = context;
    if (!steps->begun) {
        steps->mode = steps->mode == IMX_PROGRESS_AUTO && !isatty(STDERR_FILENO) ? IMX_PROGRESS_PLAIN : steps->mode;
        clock_gettime(CLOCK_MONOTONIC, &steps->last);
        steps->begun = true;
    }
    if (steps->mode == IMX_PROGRESS_NONE || since(&steps->last) * 1000 < (double)period_ms_of(steps->mode)) {
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &steps->last);
    if (steps->mode == IMX_PROGRESS_JSON) {
        (void)printf("{\"event\":\"%s\",\"done\":%zu,\"total\":%zu}\n", steps->what, done, all);
        (void)fflush(stdout);
        return;
    }
    const bool bar = steps->mode == IMX_PROGRESS_AUTO;
    (void)fprintf(stderr, "%s%s of %zu of %zu rasters%s", bar ? "\r\033[K" : "", steps->what, done, all,
                  bar ? "" : "\n");
    (void)fflush(stderr);
    steps->drawn = bar;
}

void imx_progress_steps_end(imx_progress_steps *steps) {
    if (steps->drawn) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        steps->drawn = false;
    }
}
