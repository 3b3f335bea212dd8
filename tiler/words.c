/* tiler/words.c: see the header. */
#include "tiler/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void imx_words_begin(imx_words *words, imx_memory *memory) {
    *words = (imx_words){.memory = memory, .text = imx_strdup(memory, "")};
}

static void run_out(imx_words *words) {
    imx_free(words->memory, words->text);
    words->text = NULL;
}

void imx_words_say(imx_words *words, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    const size_t before = words->text ? strlen(words->text) : 0;
    char *longer =
        words->text && length >= 0 ? imx_realloc(words->memory, words->text, before + (size_t)length + 1) : NULL;
    if (longer) {
        (void)vsnprintf(longer + before, (size_t)length + 1, format, again);
        words->text = longer;
    } else {
        run_out(words);
    }
    va_end(again);
    va_end(args);
}

void imx_words_take(imx_words *words, char *text) {
    if (text) {
        imx_words_say(words, "%s", text);
    } else {
        run_out(words);
    }
    imx_free(words->memory, text);
}

imx_status imx_words_end(imx_words *words, imx_error *err, char **out) {
    if (!words->text) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    for (char *at = words->text; *at; at++) {
        *at = ((unsigned char)*at < 0x20 && *at != '\n') || *at == 0x7f ? '?' : *at;
    }
    *out = words->text;
    words->text = NULL;
    return IMX_OK;
}
