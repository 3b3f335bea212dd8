/* engine/source_gdal_remote.c: rasters that lie on a server: how long it is waited for, and what they are known by. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/source_gdal.h"

/* GDAL asks once, and waits for ever. Whoever sets these in the environment knows better. */
static const char *const defaults[][2] = {
    {"GDAL_HTTP_CONNECTTIMEOUT", "10"}, /* s, to reach the server */
    /* An answer that comes at less than 1 KiB/s for 30 s has stopped; a slow one that goes on is waited for. */
    {"GDAL_HTTP_LOW_SPEED_TIME", "30"},
    {"GDAL_HTTP_LOW_SPEED_LIMIT", "1024"},
    /* 429, 500, 502, 503, 504 and lost connections: after 1, 2, 4 and 8 s and a little at random. */
    {"GDAL_HTTP_MAX_RETRY", "4"},
    {"GDAL_HTTP_RETRY_DELAY", "1"},
    /* Ranges that lie side by side in one request, others at the same time. */
    {"GDAL_HTTP_MERGE_CONSECUTIVE_RANGES", "YES"},
    {"GDAL_HTTP_MULTIPLEX", "YES"},
};

void imx_gdal_remote_defaults(void) {
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        imx_gdal_default(defaults[i][0], defaults[i][1]);
    }
}

bool imx_gdal_is_remote(const char *path) {
    static const char *const systems[] = {"/vsicurl", "/vsis3",  "/vsigs",    "/vsiaz",
                                          "/vsiadls", "/vsioss", "/vsiswift", "/vsiwebhdfs"};
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        const char *found = strstr(path, systems[i]); /* also within an archive: /vsizip//vsicurl/... */
        if (found && strchr("/_?", found[strlen(systems[i])])) {
            return true;
        }
    }
    return false;
}

bool imx_gdal_remote_tag(const char *path, char *out, size_t size) {
    VSIStatBufL stat;
    if (!imx_gdal_is_remote(path) || VSIStatL(path, &stat) != 0) {
        return false;
    }
    char **headers = VSIGetFileMetadata(path, "HEADERS", NULL);
    const char *tag = CSLFetchNameValue(headers, "ETag");
    /* RFC 9110, 8.8.3: a weak one stands for what is alike, not for the same bytes. */
    const bool strong = tag && strncmp(tag, "W/", 2) != 0 && strlen(tag) + 32 < size;
    if (strong) {
        (void)snprintf(out, size, "%s %llu", tag, (unsigned long long)stat.st_size);
    }
    CSLDestroy(headers);
    return strong;
}

/* 408, 429 and 5xx may pass, 206 is an answer that broke off; the rest of 4xx will be said again. */
static bool may_pass(const char *reason) {
    const char *code = strstr(reason, "response_code=");
    const int status = code ? atoi(code + strlen("response_code=")) : 0;
    return status < 400 || status >= 500 || status == 408 || status == 429;
}

/* GDAL 3.6 asks again for single ranges, but not for several at once. */
bool imx_gdal_try_again(const char *path, const char *reason, int tries) {
    if (!imx_gdal_is_remote(path) || !may_pass(reason) ||
        tries > atoi(CPLGetConfigOption("GDAL_HTTP_MAX_RETRY", "0"))) {
        return false;
    }
    VSICurlClearCache(); /* it keeps the beginning of an answer that broke off, and would give no more */
    const double seconds = CPLAtof(CPLGetConfigOption("GDAL_HTTP_RETRY_DELAY", "1")) * (1 << (tries - 1));
    nanosleep(
        &(struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)},
        NULL);
    return true;
}
