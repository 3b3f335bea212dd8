/* tiler/words.h: a text for a terminal that grows line by line. */
#ifndef IMX_TILER_WORDS_H
#define IMX_TILER_WORDS_H

#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_words {
    imx_memory *memory;
    char *text; /* NULL: memory ran out */
} imx_words;

void imx_words_begin(imx_words *words, imx_memory *memory);
/* Appends. */
void imx_words_say(imx_words *words, const char *format, ...) IMX_PRINTF(2, 3);
/* Appends a text and frees it; NULL: memory ran out. */
void imx_words_take(imx_words *words, char *text);
/* The text, in which control characters, which files may hold, became question marks. Ends *words. */
IMX_MUST_USE imx_status imx_words_end(imx_words *words, imx_error *err, char **out);

#endif
