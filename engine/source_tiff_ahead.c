/* engine/source_tiff_ahead.c: read-ahead. What the walk will want next is asked of the system before it is wanted, so
 * that the disk works while the workers decode; bytes that lie near each other are asked for at once. */
#include <fcntl.h>

#include "engine/source_tiff_impl.h"

enum {
    GAP_MAX = 1 << 16,     /* bytes between striles that are read along rather than asked for apart */
    ANNOUNCE_MAX = 1 << 26 /* bytes a window: beyond, what is read first might be dropped before it is used */
};

typedef struct span { /* of the file, bytes */
    int fd;
    uint64_t start, end;
    uint64_t asked;
} span;

static void ask(span *s) {
    if (s->end > s->start && s->asked < ANNOUNCE_MAX) {
        s->asked += s->end - s->start;
        (void)posix_fadvise(s->fd, (off_t)s->start, (off_t)(s->end - s->start), POSIX_FADV_WILLNEED);
    }
    s->start = s->end = 0;
}

static void add(span *s, uint64_t start, uint64_t bytes) {
    if (bytes == 0 || start > INT64_MAX - bytes) {
        return;
    }
    if (s->end == s->start || start < s->start || start > s->end + GAP_MAX) {
        ask(s);
        s->start = start;
        s->end = start;
    }
    s->end = start + bytes > s->end ? start + bytes : s->end;
}

static void add_plane(imx_tiff *tiff, const strile_range *r, uint32_t plane, span *s) {
    for (uint32_t row = r->top; row <= r->bottom && s->asked < ANNOUNCE_MAX; row++) {
        for (uint32_t column = r->left; column <= r->right; column++) {
            uint64_t offset;
            const uint64_t bytes = imx_tiff_stored_bytes(tiff, plane + row * tiff->columns + column, &offset);
            if (!tiff->broken) {
                add(s, offset, bytes);
            }
        }
    }
}

void imx_tiff_announce(imx_tiff *tiff, const int window[4]) {
    const strile_range r = imx_tiff_striles(tiff, window);
    span s = {.fd = tiff->fd};
    for (int32_t i = 0; i < imx_tiff_plane_count(tiff); i++) {
        add_plane(tiff, &r, imx_tiff_plane_start(tiff, i), &s);
    }
    ask(&s);
}
