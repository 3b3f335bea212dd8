/* server/conditional.h: conditional and range requests (RFC 9110, sections 8.8.3, 13 and 14). Pure functions. */
#ifndef IMX_SERVER_CONDITIONAL_H
#define IMX_SERVER_CONDITIONAL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether an If-None-Match value names etag (a quoted strong one), by weak comparison: a list, weak tags and `*` are
 * understood; from the first syntax error on nothing matches. */
bool imx_if_none_match(const char *list, const char *etag);

/* Whether a Range may be honoured: If-Range absent (NULL), or the same strong tag. A date never is: nothing here has
 * one. */
bool imx_if_range(const char *value, const char *etag);

typedef enum imx_range_kind {
    IMX_RANGE_NONE,         /* no range, not bytes, several ranges, or a syntax error: answer whole */
    IMX_RANGE_PART,         /* *first .. *last, both inside */
    IMX_RANGE_UNSATISFIABLE /* answer 416 */
} imx_range_kind;
/* header may be NULL. */
imx_range_kind imx_range_parse(const char *header, size_t size, size_t *first, size_t *last);

#endif
