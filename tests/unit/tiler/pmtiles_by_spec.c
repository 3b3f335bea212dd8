/* tests/unit/tiler/pmtiles_by_spec.c */
#include "pmtiles_by_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

typedef struct archive {
    const uint8_t *file;
    size_t size;
    spec_summary sum;
    spec_visit visit;
    void *context;
    uint64_t next_new_offset; /* "offsets are either contiguous with the previous, or refer to a lesser offset" */
    uint64_t last_id;
} archive;

static uint64_t number(const uint8_t *at, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) {
        value += (uint64_t)at[i] << (8 * i);
    }
    return value;
}

static void read_header(archive *in) {
    spec_header *h = &in->sum.header;
    assert_true(in->size >= 127);
    assert_memory_equal(in->file, "PMTiles", 7);
    assert_int_equal(in->file[7], 3);
    uint64_t *words[11] = {&h->root_offset,   &h->root_length,   &h->metadata_offset, &h->metadata_length,
                           &h->leaves_offset, &h->leaves_length, &h->data_offset,     &h->data_length,
                           &h->addressed,     &h->entries,       &h->contents};
    for (int i = 0; i < 11; i++) {
        *words[i] = number(in->file + 0x08 + 8 * i, 8);
    }
    int *bytes[6] = {&h->clustered, &h->internal_compression, &h->tile_compression, &h->tile_type, &h->min_zoom,
                     &h->max_zoom};
    for (int i = 0; i < 6; i++) {
        *bytes[i] = in->file[0x60 + i];
    }
    int32_t *positions[4] = {&h->min_lon_e7, &h->min_lat_e7, &h->max_lon_e7, &h->max_lat_e7};
    for (int i = 0; i < 4; i++) {
        *positions[i] = (int32_t)number(in->file + 0x66 + 4 * i, 4);
    }
    h->center_zoom = in->file[0x76];
    h->center_lon_e7 = (int32_t)number(in->file + 0x77, 4);
    h->center_lat_e7 = (int32_t)number(in->file + 0x7b, 4);
}

static uint8_t *inflate_all(const uint8_t *data, size_t size, size_t *out_size) {
    size_t capacity = 1 << 16;
    uint8_t *out = malloc(capacity);
    z_stream stream = {0};
    assert_non_null(out);
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK); /* gzip */
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)size;
    int result;
    do {
        if (stream.total_out == capacity) {
            out = realloc(out, capacity *= 2);
            assert_non_null(out);
        }
        stream.next_out = out + stream.total_out;
        stream.avail_out = (uInt)(capacity - stream.total_out);
        result = inflate(&stream, Z_NO_FLUSH);
        assert_true(result == Z_OK || result == Z_STREAM_END);
    } while (result != Z_STREAM_END);
    assert_int_equal(stream.avail_in, 0);
    *out_size = stream.total_out;
    (void)inflateEnd(&stream);
    return out;
}

static uint64_t varint(const uint8_t **at, const uint8_t *end) {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        assert_true(*at < end && shift < 64);
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 127) << shift;
        if (!(byte & 128)) {
            return value;
        }
    }
}

/* The textbook curve (Wikipedia, "Hilbert curve", d2xy), zooms stacked from 0. */
static void place(uint64_t id, uint32_t *z, uint32_t *x, uint32_t *y) {
    uint64_t in_zoom = 1;
    for (*z = 0; id >= in_zoom; ++*z) {
        id -= in_zoom;
        in_zoom *= 4;
    }
    uint64_t px = 0, py = 0;
    for (uint64_t s = 1; s < (uint64_t)1 << *z; s *= 2) {
        uint64_t rx = 1 & (id / 2), ry = 1 & (id ^ rx);
        if (ry == 0) {
            if (rx == 1) {
                px = s - 1 - px;
                py = s - 1 - py;
            }
            uint64_t swap = px;
            px = py;
            py = swap;
        }
        px += s * rx;
        py += s * ry;
        id /= 4;
    }
    *x = (uint32_t)px;
    *y = (uint32_t)py;
}

static void tile_entry(archive *in, uint64_t id, uint64_t run, uint64_t length, uint64_t offset) {
    const spec_header *h = &in->sum.header;
    assert_true(offset + length <= h->data_length);
    if (h->clustered) {
        assert_true(offset <= in->next_new_offset);
        if (offset == in->next_new_offset) {
            in->next_new_offset += length;
        }
    }
    in->sum.entries++;
    for (uint64_t i = 0; i < run; i++) {
        uint32_t z, x, y;
        place(id + i, &z, &x, &y);
        assert_in_range(z, h->min_zoom, h->max_zoom);
        in->sum.tiles++;
        in->visit(in->context, z, x, y, in->file + h->data_offset + offset, (size_t)length);
    }
}

static void read_directory(archive *in, uint64_t offset, uint64_t length, int depth) {
    const spec_header *h = &in->sum.header;
    size_t size;
    assert_true(depth < 3 && offset + length <= in->size);
    uint8_t *plain = inflate_all(in->file + offset, (size_t)length, &size);
    const uint8_t *at = plain, *end = plain + size;
    uint64_t n = varint(&at, end);
    assert_true(n > 0 && n <= size);
    uint64_t *columns[4]; /* ids, run lengths, lengths, offsets */
    for (int c = 0; c < 4; c++) {
        columns[c] = calloc(n, sizeof **columns);
        assert_non_null(columns[c]);
        for (uint64_t i = 0; i < n; i++) {
            uint64_t value = varint(&at, end);
            if (c == 0) {
                value += i ? columns[0][i - 1] : 0;
            } else if (c == 3) {
                value = value ? value - 1 : columns[3][i - 1] + columns[2][i - 1];
            }
            columns[c][i] = value;
        }
    }
    assert_ptr_equal(at, end);
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t id = columns[0][i], run = columns[1][i];
        assert_true(columns[2][i] > 0);
        assert_true(in->sum.tiles == 0 || id > in->last_id);
        if (run) {
            tile_entry(in, id, run, columns[2][i], columns[3][i]);
            in->last_id = id + run - 1;
        } else {
            in->sum.leaf_directories++;
            assert_true(columns[3][i] + columns[2][i] <= h->leaves_length);
            read_directory(in, h->leaves_offset + columns[3][i], columns[2][i], depth + 1);
        }
    }
    for (int c = 0; c < 4; c++) {
        free(columns[c]);
    }
    free(plain);
}

spec_summary spec_read_all(const uint8_t *file, size_t size, spec_visit visit, void *context) {
    archive in = {.file = file, .size = size, .visit = visit, .context = context};
    read_header(&in);
    const spec_header *h = &in.sum.header;
    assert_int_equal(h->internal_compression, 2);
    assert_true(h->root_offset >= 127 && h->root_offset + h->root_length <= 16384);
    assert_true(h->data_offset + h->data_length <= size);
    read_directory(&in, h->root_offset, h->root_length, 0);
    size_t length;
    assert_true(h->metadata_offset + h->metadata_length <= size);
    uint8_t *text = inflate_all(file + h->metadata_offset, (size_t)h->metadata_length, &length);
    in.sum.metadata = realloc(text, length + 1);
    assert_non_null(in.sum.metadata);
    in.sum.metadata[length] = '\0';
    return in.sum;
}
