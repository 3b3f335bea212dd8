/* server/conditional.c: see conditional.h. */
#include "server/conditional.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static const char *skip_space(const char *text) { return text + strspn(text, " \t"); }

/* The end of a quoted tag that starts here, NULL if there is none. etagc: %x21, %x23-7E, %x80-FF. */
static const char *tag_end(const char *text) {
    if (*text != '"') {
        return NULL;
    }
    for (const char *c = text + 1; *c; c++) {
        if (*c == '"') {
            return c + 1;
        }
        unsigned char byte = (unsigned char)*c;
        if (byte <= ' ' || byte == 0x7f) {
            return NULL;
        }
    }
    return NULL;
}

bool imx_if_none_match(const char *list, const char *etag) {
    const char *at = skip_space(list);
    if (*at == '*') {
        return *skip_space(at + 1) == '\0';
    }
    size_t size = strlen(etag);
    while (*at) {
        if (*at == ',') { /* empty elements are allowed (RFC 9110, 5.6.1.2) */
            at = skip_space(at + 1);
            continue;
        }
        if (at[0] == 'W' && at[1] == '/') {
            at += 2;
        }
        const char *end = tag_end(at);
        if (!end) {
            return false;
        }
        if ((size_t)(end - at) == size && !memcmp(at, etag, size)) {
            return true;
        }
        at = skip_space(end);
        if (*at && *at != ',') {
            return false;
        }
    }
    return false;
}

bool imx_if_range(const char *value, const char *etag) {
    if (!value) {
        return true;
    }
    const char *at = skip_space(value);
    size_t size = strlen(etag);
    return !strncmp(at, etag, size) && *skip_space(at + size) == '\0';
}

/* Digits at *at, saturating; false if there are none. */
static bool take_number(const char **at, uint64_t *out) {
    const char *from = *at;
    uint64_t value = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        uint64_t digit = (uint64_t)(**at - '0');
        if (__builtin_mul_overflow(value, 10u, &value) || __builtin_add_overflow(value, digit, &value)) {
            value = UINT64_MAX;
        }
    }
    *out = value;
    return *at > from;
}

imx_range_kind imx_range_parse(const char *header, size_t size, size_t *first, size_t *last) {
    if (!header || strncasecmp(header, "bytes=", 6) != 0) {
        return IMX_RANGE_NONE;
    }
    const char *at = skip_space(header + 6);
    uint64_t from = 0, to = UINT64_MAX;
    bool has_from = take_number(&at, &from);
    if (*at++ != '-') {
        return IMX_RANGE_NONE;
    }
    bool has_to = take_number(&at, &to);
    if (*skip_space(at) || (!has_from && !has_to) || (has_from && has_to && from > to)) {
        return IMX_RANGE_NONE;
    }
    if (!has_from) { /* the last `to` bytes */
        if (to == 0 || size == 0) {
            return IMX_RANGE_UNSATISFIABLE;
        }
        *first = to < size ? size - (size_t)to : 0;
        *last = size - 1;
        return IMX_RANGE_PART;
    }
    if (from >= size) {
        return IMX_RANGE_UNSATISFIABLE;
    }
    *first = (size_t)from;
    *last = has_to && to < size ? (size_t)to : size - 1;
    return IMX_RANGE_PART;
}
