/* server/path.c: see path.h. ASCII by hand: the C library's classes depend on the locale. */
#include "server/path.h"

#include <string.h>
#include <strings.h>

enum { HOST_BYTES_MAX = 255, URL_BYTES_MAX = 256 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static int hex_value(char c) {
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int imx_path_split(const char *target, imx_path *out) {
    if (target[0] != '/') {
        return 400;
    }
    size_t size = strcspn(target, "?");
    if (size > IMX_PATH_BYTES_MAX) {
        return 414;
    }
    out->count = 0;
    char *to = out->text;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)target[i];
        if (c == '/') {
            if (out->count == IMX_PATH_SEGMENTS_MAX) {
                return 404;
            }
            *to++ = '\0'; /* ends the segment before (or fills the first byte) */
            out->segment[out->count] = to;
            out->length[out->count++] = 0;
            continue;
        }
        if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\') {
            return 400;
        }
        if (c == '%') {
            int high = i + 2 < size ? hex_value(target[i + 1]) : -1, low = i + 2 < size ? hex_value(target[i + 2]) : -1;
            c = (unsigned char)(high * 16 + low);
            if (high < 0 || low < 0 || c < ' ' || c == 0x7f) {
                return 400;
            }
            i += 2;
        }
        *to++ = (char)c;
        out->length[out->count - 1]++;
    }
    *to = '\0';
    if (out->count == 1 && out->length[0] == 0) {
        out->count = 0;
    }
    return 0;
}

bool imx_path_number(const char *text, size_t size, uint32_t *out) {
    if (size == 0 || size > 10 || (text[0] == '0' && size > 1)) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        if (!is_digit(text[i])) {
            return false;
        }
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    if (value > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

/* ":8080", or nothing. */
static bool is_port(const char *text, size_t size) {
    uint32_t port;
    return size == 0 || (text[0] == ':' && imx_path_number(text + 1, size - 1, &port) && port >= 1 && port <= 65535);
}

bool imx_host_is_valid(const char *text, size_t size) {
    if (size == 0 || size > HOST_BYTES_MAX) {
        return false;
    }
    size_t i = 0;
    if (text[0] == '[') { /* IPv6; whether it is a sound address is the resolver's to say */
        size_t colons = 0;
        for (i = 1; i < size && text[i] != ']'; i++) {
            colons += text[i] == ':';
            if (hex_value(text[i]) < 0 && text[i] != ':' && text[i] != '.') {
                return false;
            }
        }
        return i < size && colons >= 2 && is_port(text + i + 1, size - i - 1);
    }
    while (i < size &&
           (is_letter(text[i]) || is_digit(text[i]) || text[i] == '-' || text[i] == '.' || text[i] == '_')) {
        i++;
    }
    return i > 0 && is_port(text + i, size - i);
}

bool imx_public_url_is_valid(const char *url, size_t *size) {
    size_t length = strnlen(url, URL_BYTES_MAX + 1);
    size_t scheme = strncasecmp(url, "http://", 7) == 0 ? 7 : strncasecmp(url, "https://", 8) == 0 ? 8 : 0;
    if (!scheme || length > URL_BYTES_MAX) {
        return false;
    }
    for (size_t i = scheme; i < length; i++) {
        char c = url[i];
        if (!(is_letter(c) || is_digit(c) || strchr("-._~%!$&'()*+,;=:@/[]", c))) {
            return false;
        }
    }
    while (length > scheme && url[length - 1] == '/') {
        length--;
    }
    *size = length;
    return imx_host_is_valid(url + scheme, strcspn(url + scheme, "/"));
}
