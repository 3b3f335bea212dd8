/* engine/base/text.c: numbers as people read them. */
#include "engine/base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *imx_text_bytes(double bytes, char text[IMX_TEXT_SIZE]) {
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    unsigned unit = 0;
    while (bytes >= 999.5 && unit < 5) {
        bytes /= 1000;
        unit++;
    }
    (void)snprintf(text, IMX_TEXT_SIZE, unit && bytes < 99.95 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return text;
}

const char *imx_text_count(uint64_t count, char text[IMX_TEXT_SIZE]) {
    char digits[IMX_TEXT_SIZE];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *to = text;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0) {
            *to++ = ',';
        }
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

const char *imx_text_duration(double seconds, char text[IMX_TEXT_SIZE]) {
    if (seconds < 1) {
        (void)snprintf(text, IMX_TEXT_SIZE, "%.0f ms", seconds * 1e3);
    } else if (seconds < 60) {
        (void)snprintf(text, IMX_TEXT_SIZE, "%.1f s", seconds);
    } else if (seconds < 3600) {
        (void)snprintf(text, IMX_TEXT_SIZE, "%.0f min %02.0f s", floor(seconds / 60), floor(fmod(seconds, 60)));
    } else {
        (void)snprintf(text, IMX_TEXT_SIZE, "%.0f h %02.0f min", floor(seconds / 3600),
                       floor(fmod(seconds, 3600) / 60));
    }
    return text;
}

/* With enough digits (17, or 9 for a float) every value is read back; only NaN is not equal to itself. */
static const char *fewest_digits(double value, bool as_float, char text[IMX_TEXT_SIZE]) {
    enum { DIGITS = 17 };
    const double plain_below = 1e15;
    if (isnan(value)) {
        memcpy(text, "nan", sizeof "nan");
        return text;
    }
    if (value == floor(value) && fabs(value) < plain_below) {
        (void)snprintf(text, IMX_TEXT_SIZE, "%.0f", value + 0.0);
        return text;
    }
    bool same = false;
    for (int digits = 1; !same && digits <= DIGITS; digits++) {
        (void)snprintf(text, IMX_TEXT_SIZE, "%.*g", digits, value);
        same = as_float ? (double)strtof(text, NULL) == value : strtod(text, NULL) == value;
    }
    return text;
}

const char *imx_text_number(double value, char text[IMX_TEXT_SIZE]) { return fewest_digits(value, false, text); }

const char *imx_text_float(float value, char text[IMX_TEXT_SIZE]) { return fewest_digits(value, true, text); }
