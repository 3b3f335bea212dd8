/* engine/band_list.c: see the header. */
#include "engine/band_list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NUMBER_MAX = 65535 };

bool imx_band_list_next(const char **at, char item[IMX_BAND_NAME_MAX]) {
    const char *from = *at;
    size_t n = 0;
    while (from && n < IMX_BAND_NAME_MAX - 1 && (isalnum((unsigned char)from[n]) || from[n] == '_')) {
        item[n] = from[n];
        n++;
    }
    if (!from || n == 0 || (from[n] && from[n] != ',')) {
        return false;
    }
    item[n] = '\0';
    *at = from[n] ? from + n + 1 : NULL;
    return true;
}

int32_t imx_band_list_count(const char *list) {
    char item[IMX_BAND_NAME_MAX];
    int32_t count = 0;
    while (list && count < NUMBER_MAX) {
        if (!imx_band_list_next(&list, item)) {
            return 0;
        }
        count++;
    }
    return list ? 0 : count;
}

int32_t imx_band_list_number(const char *item) {
    char *end;
    const long number = strtol(item, &end, 10);
    return *item >= '0' && *item <= '9' && !*end && number >= 1 && number <= NUMBER_MAX ? (int32_t)number : 0;
}

/* Behind the zeros that stand between "B" and a digit. */
static const char *digits_of(const char *name) {
    if (*name != 'B' && *name != 'b') {
        return NULL;
    }
    name++;
    while (*name == '0' && isdigit((unsigned char)name[1])) {
        name++;
    }
    return isdigit((unsigned char)*name) ? name : NULL;
}

bool imx_band_names_match(const char *a, const char *b) {
    const char *x = digits_of(a), *y = digits_of(b);
    return x && y ? strcasecmp(x, y) == 0 : strcasecmp(a, b) == 0;
}
