/* engine/base/text.h: numbers as people read them. Each writes into the caller's buffer and returns it. */
#ifndef IMX_ENGINE_BASE_TEXT_H
#define IMX_ENGINE_BASE_TEXT_H

#include <stdint.h>

#define IMX_TEXT_SIZE 32

const char *imx_text_bytes(double bytes, char text[IMX_TEXT_SIZE]);   /* "82.1 MB" (powers of 1000) */
const char *imx_text_count(uint64_t count, char text[IMX_TEXT_SIZE]); /* "1,234,567" */
const char *imx_text_duration(double seconds,
                              char text[IMX_TEXT_SIZE]); /* "850 ms", "12.3 s", "4 min 05 s", "3 h 07 min" */

/* A value that someone may type in again: "0.1", "65535", "-3.4028234663852886e+38", "nan": the fewest digits that are
 * read back as that value; whole numbers below 1e15 without an exponent. */
const char *imx_text_number(double value, char text[IMX_TEXT_SIZE]);
const char *imx_text_float(float value, char text[IMX_TEXT_SIZE]); /* read back as that float */

#endif
