/* server/path.h: request targets and the parts of them, parsed strictly. Pure functions. */
#ifndef IMX_SERVER_PATH_H
#define IMX_SERVER_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMX_PATH_BYTES_MAX 512
#define IMX_PATH_SEGMENTS_MAX 8

typedef struct imx_path { /* "/a/b%20c" -> {"a", "b c"}; "/" -> none. Segments may hold '/' (from %2F) but no control
                             characters */
    char text[IMX_PATH_BYTES_MAX + 1];
    const char *segment[IMX_PATH_SEGMENTS_MAX]; /* each ends with a NUL */
    size_t length[IMX_PATH_SEGMENTS_MAX];
    unsigned count;
} imx_path;

/* The path of an origin-form target, decoded once, segment by segment, up to '?'. 0; or what to answer: 400 (does not
 * begin with '/', a bad escape, a control or non-ASCII character), 404 (more segments than any route has), 414 (too
 * long). */
int imx_path_split(const char *target, imx_path *out);

/* Decimal digits only, without sign, space or leading zero, up to UINT32_MAX. */
bool imx_path_number(const char *text, size_t size, uint32_t *out);

/* A Host header's value, or the authority of a URL: name, IPv4 or [IPv6], and a port if given (RFC 3986, 3.2, without
 * user info, and with the characters that real host names have: letters, digits, '-', '.', '_'). */
bool imx_host_is_valid(const char *text, size_t size);

/* An absolute http or https URL without query and fragment, of at most 256 bytes; *size: without slashes at its end. */
bool imx_public_url_is_valid(const char *url, size_t *size);

#endif
