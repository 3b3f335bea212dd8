/* engine/base/status.c: error texts, context, exit statuses. */
#include "engine/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void imx_one_line(char *text) {
    for (; *text; text++) {
        *text = (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text;
    }
}

imx_status imx_fail(imx_error *err, imx_status status, const char *format, ...) {
    if (err) {
        va_list args;
        va_start(args, format);
        err->status = status;
        (void)vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        imx_one_line(err->text);
    }
    return status;
}

imx_status imx_error_context(imx_error *err, const char *format, ...) {
    if (!err) {
        return IMX_E_INTERNAL;
    }
    char text[IMX_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    int used = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof text) {
        (void)snprintf(text + used, sizeof text - (size_t)used, ": %.*s", IMX_ERROR_TEXT_MAX - used - 3, err->text);
    }
    imx_one_line(text);
    memcpy(err->text, text, sizeof text);
    return err->status;
}

const char *imx_status_name(imx_status status) {
    switch (status) {
    case IMX_OK: return "ok";
    case IMX_E_NOMEM: return "out of memory";
    case IMX_E_USAGE: return "bad usage";
    case IMX_E_INPUT: return "bad input";
    case IMX_E_UNSUPPORTED: return "unsupported input";
    case IMX_E_IO: return "I/O error";
    case IMX_E_DISK_FULL: return "disk full";
    case IMX_E_NOT_FOUND: return "not found";
    case IMX_E_CANCELLED: return "interrupted";
    case IMX_E_INCOMPLETE: return "output incomplete";
    case IMX_E_INTERNAL: break;
    }
    return "internal error";
}

int imx_status_exit_code(imx_status status) {
    switch (status) {
    case IMX_OK: return 0;
    case IMX_E_USAGE: return 2;
    case IMX_E_INPUT:
    case IMX_E_UNSUPPORTED: return 3;
    case IMX_E_CANCELLED: return 4;
    case IMX_E_INCOMPLETE: return 5;
    default: return 1;
    }
}
