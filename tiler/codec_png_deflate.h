/* tiler/codec_png_deflate.h: the zlib stream of a PNG; private to the PNG encoder. Its bytes are a function of the
 * lines, the effort and the library alone. */
#ifndef IMX_TILER_CODEC_PNG_DEFLATE_H
#define IMX_TILER_CODEC_PNG_DEFLATE_H

#include "tiler/codec.h"

/* What deflates at the efforts fast and default; small has libdeflate too, and takes what becomes smaller. */
typedef enum imx_deflate_library { IMX_DEFLATE_ISAL, IMX_DEFLATE_LIBDEFLATE } imx_deflate_library;
/* By what the CPU can do (imx_cpu_detect(), and not what --cpu-mask leaves of it: the mask may not change bytes). */
imx_deflate_library imx_deflate_library_for(unsigned cpu);

/* The filtered lines of a picture, one behind the other, each with its filter's number in front. */
typedef struct imx_png_lines {
    const uint8_t *data;
    size_t line_bytes, count; /* line_bytes: with that number */
} imx_png_lines;

/* How far back matches are looked for. ISA-L's level 1 takes any match of 4 bytes, however dear; libdeflate knows what
 * a match costs, and always looks far. */
typedef enum imx_png_matches {
    IMX_PNG_MATCHES_NEAR, /* runs: photographs */
    IMX_PNG_MATCHES_FAR,  /* maps */
    IMX_PNG_MATCHES_BEST  /* the better of both by a probe */
} imx_png_matches;

typedef struct imx_deflater imx_deflater;
IMX_MUST_USE imx_status imx_deflater_create(imx_memory *memory, imx_deflate_library library, imx_png_effort effort,
                                            imx_error *err, imx_deflater **out);
void imx_deflater_destroy(imx_deflater **deflater);

/* The room that imx_deflater_write wants: what a stream can take, and some for a probe. */
size_t imx_deflater_room(const imx_deflater *deflater, size_t lines, size_t line_bytes);
/* Writes the lines as a zlib stream (RFC 1950), at least 2 bytes of them; returns its size, 0 if there is less room. */
size_t imx_deflater_write(imx_deflater *deflater, const imx_png_lines *lines, imx_png_matches matches, uint8_t *out,
                          size_t room);
/* About how small the lines would become, to compare ways to filter them, in a tenth of the time; out is scratch. With
 * effort small that is the size at a quick level, else what some of the lines become. 0 if there is less room. */
size_t imx_deflater_estimate(imx_deflater *deflater, const imx_png_lines *lines, uint8_t *out, size_t room);

/* The CRC of a chunk (W3C PNG, third edition, annex D). */
uint32_t imx_png_crc32(const uint8_t *data, size_t size);

/* "ISA-L 2.30.0, libdeflate 1.14" */
void imx_deflate_library_text(char text[IMX_LIBRARY_TEXT_SIZE]);

#endif
