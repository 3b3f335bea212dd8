/* tiler/codec_png_read.c: PNG of any kind -> rgba8, through libpng. Its long jumps stay in this file; it prints
 * nothing, takes its memory from the budget, and skips every chunk that has no say in the pixels. */
#include <png.h>
#include <stdio.h>
#include <string.h>

#include "tiler/codec_kind.h"

enum { CHUNK_BYTES_MAX = 1 << 20 };

typedef struct png_reading {
    imx_memory *memory;
    const uint8_t *data;
    size_t size, at;
    char text[200]; /* what libpng said first */
    bool no_memory;
    int32_t max_px;
    imx_error *err;
    imx_status status; /* IMX_OK unless a check of ours failed */
    imx_pixels *out;
} png_reading;

static void on_error(png_structp png, png_const_charp text) {
    png_reading *reading = png_get_error_ptr(png);
    size_t length = strnlen(text, sizeof reading->text - 1);
    memcpy(reading->text, text, length);
    reading->text[length] = 0;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static png_voidp take(png_structp png, png_alloc_size_t size) {
    png_reading *reading = png_get_mem_ptr(png);
    void *block = imx_alloc(reading->memory, size);
    reading->no_memory = reading->no_memory || !block;
    return block;
}

static void give_back(png_structp png, png_voidp block) {
    png_reading *reading = png_get_mem_ptr(png);
    imx_free(reading->memory, block);
}

static void read_bytes(png_structp png, png_bytep out, size_t size) {
    png_reading *reading = png_get_io_ptr(png);
    if (size > reading->size - reading->at) {
        png_error(png, "it ends early");
    }
    memcpy(out, reading->data + reading->at, size);
    reading->at += size;
}

static void ask_for_rgba8(png_structp png) {
    png_set_expand(png); /* palettes, 1 to 4 bits, tRNS */
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
}

static void read_rows(png_structp png, png_infop info, const imx_pixels *out) {
    int passes = png_set_interlace_handling(png); /* 7 if interlaced: each fills in pixels of the rows */
    png_read_update_info(png, info);
    for (int pass = 0; pass < passes; pass++) {
        for (int32_t y = 0; y < out->height; y++) {
            png_read_row(png, (uint8_t *)out->data + (ptrdiff_t)y * out->row_stride, NULL);
        }
    }
}

/* Between setjmp and its end no local is changed, so that none is lost in a jump. */
static bool read_image(png_structp png, png_infop info, png_reading *reading) {
    if (setjmp(png_jmpbuf(png))) {
        return false;
    }
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours, with its own words, follows */
    png_set_chunk_malloc_max(png, CHUNK_BYTES_MAX);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_read_fn(png, reading, read_bytes);
    png_read_info(png, info);
    reading->status = imx_decode_check_size("PNG", png_get_image_width(png, info), png_get_image_height(png, info),
                                            reading->max_px, reading->err);
    if (reading->status == IMX_OK) {
        reading->status = imx_pixels_create_rgba8(reading->memory, (int32_t)png_get_image_width(png, info),
                                                  (int32_t)png_get_image_height(png, info), reading->err, reading->out);
    }
    if (reading->status != IMX_OK) {
        return false;
    }
    ask_for_rgba8(png);
    read_rows(png, info, reading->out);
    png_read_end(png, NULL);
    return true;
}

static imx_status explain(const png_reading *reading) {
    if (reading->status != IMX_OK) {
        return reading->status;
    }
    if (reading->no_memory) {
        return imx_fail(reading->err, IMX_E_NOMEM, "no memory to decode a PNG");
    }
    return imx_fail(reading->err, IMX_E_INPUT, "damaged PNG: %s", reading->text);
}

imx_status imx_png_decode(imx_memory *memory, const uint8_t *data, size_t size, int32_t max_px, imx_error *err,
                          imx_pixels *out) {
    imx_pixels pixels = {0};
    png_reading reading = {
        .memory = memory, .data = data, .size = size, .max_px = max_px, .err = err, .status = IMX_OK, .out = &pixels};
    png_structp png =
        png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &reading, on_error, on_warning, &reading, take, give_back);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool whole = info && read_image(png, info, &reading);
    png_destroy_read_struct(&png, &info, NULL);
    if (!whole) {
        imx_pixels_destroy(memory, &pixels);
        return explain(&reading);
    }
    imx_decode_clear_invisible(&pixels);
    *out = pixels;
    return IMX_OK;
}

void imx_png_reader_library(char text[IMX_LIBRARY_TEXT_SIZE]) {
    (void)snprintf(text, IMX_LIBRARY_TEXT_SIZE, "libpng %s", png_get_libpng_ver(NULL));
}
