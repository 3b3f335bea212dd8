/* engine/base/log.c: formats a message and hands it over, one at a time. */
#include "engine/base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

struct imx_log {
    imx_memory *memory;
    imx_log_level threshold;
    imx_log_fn fn;
    void *context;
    pthread_mutex_t lock;
};

imx_status imx_log_create(imx_memory *memory, imx_log_level threshold, imx_log_fn fn, void *context, imx_log **out) {
    imx_log *log = imx_calloc(memory, 1, sizeof *log);
    if (!log) {
        return IMX_E_NOMEM;
    }
    log->memory = memory;
    log->threshold = threshold;
    log->fn = fn;
    log->context = context;
    if (pthread_mutex_init(&log->lock, NULL) != 0) {
        imx_free(memory, log);
        return IMX_E_NOMEM;
    }
    *out = log;
    return IMX_OK;
}

void imx_log_destroy(imx_log **log) {
    if (log && *log) {
        pthread_mutex_destroy(&(*log)->lock);
        imx_free((*log)->memory, *log);
        *log = NULL;
    }
}

void imx_log_say(imx_log *log, imx_log_level level, const char *format, ...) {
    if (!log || level < log->threshold) {
        return;
    }
    char text[IMX_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    imx_one_line(text);
    pthread_mutex_lock(&log->lock);
    log->fn(log->context, level, text);
    pthread_mutex_unlock(&log->lock);
}
