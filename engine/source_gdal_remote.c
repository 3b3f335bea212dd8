/* engine/source_gdal_remote.c: rasters that lie on a server: how long it is waited for, and what they are known by. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <cpl_vsi_error.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
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

/* From the first failure of a read to its last try, s: what does not answer for so long is not there. */
static const double patience_s = 60;

void imx_gdal_remote_defaults(void) {
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        imx_gdal_default(defaults[i][0], defaults[i][1]);
    }
}

char *imx_input_name(imx_memory *memory, const char *path) {
    static const char *const schemes[][2] = {{"http://", "/vsicurl/http://"},
                                             {"https://", "/vsicurl/https://"},
                                             {"ftp://", "/vsicurl/ftp://"},
                                             {"s3://", "/vsis3/"},
                                             {"gs://", "/vsigs/"},
                                             {"az://", "/vsiaz/"}};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        const size_t length = strlen(schemes[i][0]);
        if (!strncasecmp(path, schemes[i][0], length)) {
            return imx_sprintf(memory, "%s%s", schemes[i][1], path + length);
        }
    }
    return imx_strdup(memory, path);
}

bool imx_input_is_url(const char *path) { return strstr(path, "://") || !strncmp(path, "/vsi", 4); }

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
    const int status = imx_gdal_remote_status(reason);
    return status < 400 || status >= 500 || status == 408 || status == 429;
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void sleep_s(double seconds) {
    const double whole = floor(seconds);
    nanosleep(&(struct timespec){.tv_sec = (time_t)whole, .tv_nsec = (long)((seconds - whole) * 1e9)}, NULL);
}

/* GDAL 3.6 asks again for single ranges, but not for several at once. */
bool imx_gdal_try_again(const char *path, const char *reason, imx_gdal_tries *tries) {
    const double now = now_s();
    tries->begun_s = tries->made++ ? tries->begun_s : now;
    if (!imx_gdal_is_remote(path) || !may_pass(reason) ||
        tries->made > atoi(CPLGetConfigOption("GDAL_HTTP_MAX_RETRY", "0")) || now - tries->begun_s > patience_s) {
        return false;
    }
    VSICurlClearCache(); /* it keeps the beginning of an answer that broke off, and would give no more */
    sleep_s(CPLAtof(CPLGetConfigOption("GDAL_HTTP_RETRY_DELAY", "1")) * ldexp(1, tries->made - 1));
    return true;
}

void imx_gdal_remote_reason(const char *path, char *out, size_t size) {
    static const char *const brief[][2] = {
        {"GDAL_HTTP_MAX_RETRY", "0"}, {"GDAL_HTTP_CONNECTTIMEOUT", "5"}, {"GDAL_HTTP_LOW_SPEED_TIME", "5"}};
    for (size_t i = 0; i < sizeof brief / sizeof *brief; i++) {
        CPLSetThreadLocalConfigOption(brief[i][0], brief[i][1]);
    }
    VSICurlPartialClearCache(path); /* it remembers that there was nothing */
    VSIErrorReset();
    VSILFILE *file = VSIFOpenExL(path, "rb", TRUE);
    (void)snprintf(out, size, "%s", file ? "" : VSIGetLastErrorNo() ? VSIGetLastErrorMsg() : "no such file there");
    if (file) {
        (void)VSIFCloseL(file);
    }
    for (size_t i = 0; i < sizeof brief / sizeof *brief; i++) {
        CPLSetThreadLocalConfigOption(brief[i][0], NULL);
    }
}
