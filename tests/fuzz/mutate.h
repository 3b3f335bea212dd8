/* tests/fuzz/mutate.h: damaged texts, the same ones in every run. */
#ifndef IMX_TESTS_FUZZ_MUTATE_H
#define IMX_TESTS_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MUTATED_MAX = 16384 };

typedef struct mutated {
    char text[MUTATED_MAX + 1]; /* with a zero behind it */
    size_t size;
} mutated;

static inline uint32_t fuzz_next(uint32_t *seed) { /* xorshift32 (Marsaglia, 2003) */
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    return *seed ^= *seed << 5;
}

static inline size_t fuzz_below(uint32_t *seed, size_t limit) { return limit ? fuzz_next(seed) % limit : 0; }

/* Puts size bytes in place of [at, end). */
static inline void fuzz_splice(mutated *m, size_t at, size_t end, const char *with, size_t size) {
    if (m->size - (end - at) + size > MUTATED_MAX) {
        return;
    }
    memmove(m->text + at + size, m->text + end, m->size - end);
    memmove(m->text + at, with, size);
    m->size += size - (end - at);
    m->text[m->size] = '\0';
}

/* The word (of letters, digits, points, signs and underscores) that begins at or after at. */
static inline void fuzz_word(const mutated *m, size_t at, size_t *begin, size_t *end) {
    static const char parts[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_";
    *begin = at + strcspn(m->text + at, parts);
    *begin = *begin < m->size ? *begin : m->size;
    *end = *begin + strspn(m->text + *begin, parts);
    *end = *end < m->size ? *end : m->size;
}

/* One change: a bit or a byte; a piece taken away, doubled or moved; the end cut off; or a word replaced by one that
 * programs stumble over, or by one out of `words` (of the text's own language; ends with NULL). */
static inline void fuzz_change(mutated *m, const char *const *words, uint32_t *seed) {
    static const char *const numbers[] = {"0",   "-1",    "-0",   "1e308", "-1e308", "1e-320",    "nan",
                                          "inf", "-inf",  "256",  "65536", "1e9",    "0.5",       "2147483647",
                                          "",    "1e400", "-2.5", "1e17",  "90",     "4294967296"};
    const size_t at = fuzz_below(seed, m->size), end = at + fuzz_below(seed, m->size - at < 64 ? m->size - at + 1 : 64);
    size_t begin, stop, count = 0;
    char piece[64];
    switch (fuzz_next(seed) % 8) {
    case 0:
        if (m->size) {
            m->text[at] = (char)((unsigned char)m->text[at] ^ 1u << fuzz_next(seed) % 8);
        }
        break;
    case 1:
        if (m->size) {
            m->text[at] = (char)fuzz_next(seed);
        }
        break;
    case 2: fuzz_splice(m, at, end, "", 0); break;
    case 3:
        memcpy(piece, m->text + at, end - at);
        begin = fuzz_below(seed, m->size + 1);
        fuzz_splice(m, begin, begin, piece, end - at);
        break;
    case 4:
        if (fuzz_next(seed) % 4 == 0) { /* (cut texts are mostly refused) */
            fuzz_splice(m, at, m->size, "", 0);
        }
        break;
    case 5:
    case 6:
        fuzz_word(m, at, &begin, &stop);
        const char *number = numbers[fuzz_below(seed, sizeof numbers / sizeof *numbers)];
        fuzz_splice(m, begin, stop, number, strlen(number));
        break;
    default:
        while (words[count]) {
            count++;
        }
        fuzz_word(m, at, &begin, &stop);
        const char *word = words[fuzz_below(seed, count)];
        fuzz_splice(m, begin, stop, word, strlen(word));
        break;
    }
}

/* The text with 1 to 4 changes. */
static inline void fuzz_mutate(const char *text, const char *const *words, uint32_t *seed, mutated *out) {
    out->size = strlen(text);
    memcpy(out->text, text, out->size + 1);
    for (uint32_t n = 1 + fuzz_next(seed) % 4; n; n--) {
        fuzz_change(out, words, seed);
    }
}

#endif
