/* engine/base/options.h: command lines as tables. A command is a few tables of options with
 * headings, which commands may share; one parser serves all
 * of them, prints their help, and suggests the right name for a mistyped one. */
#ifndef IMX_ENGINE_BASE_OPTIONS_H
#define IMX_ENGINE_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "engine/base/status.h"

/* Stores a value in the command's own options struct. value is NULL for a flag. */
typedef imx_status (*imx_option_set_fn)(void *options, const char *value, imx_error *err);

typedef struct imx_option {
    const char *name;  /* "zoom" for --zoom; NULL: a heading, whose text stands in help; all NULL: the end */
    char letter;       /* 'z' for -z, 0 for none */
    const char *value; /* what the value is called in the help ("MIN-MAX"); NULL: a flag */
    const char *help;  /* may hold newlines */
    imx_option_set_fn set;
} imx_option;

typedef struct imx_command {
    const char *name;                 /* "tile" */
    const char *summary;              /* one line */
    const char *usage;                /* after "imbrex NAME " */
    const char *about;                /* a paragraph */
    const char *examples;             /* lines */
    const imx_option *const *options; /* tables, each with its end, in the order of the help; NULL after the last */
} imx_command;

#define IMX_OPTION_HEADING(text)                                                                                       \
    { NULL, 0, NULL, text, NULL }
#define IMX_OPTION_END                                                                                                 \
    { NULL, 0, NULL, NULL, NULL }

/* Parses argv[1..argc-1]. Options may stand anywhere; `--` ends them; --name=value and -jN are understood. Positional
 * arguments are moved to the front of argv[1..], their number to *positional. *help is set by -h or --help (the
 * rest is then not looked at). IMX_E_USAGE: one line that names the option and, if it looks like a typo, the right one.
 */
IMX_MUST_USE imx_status imx_options_parse(const imx_command *command, int argc, char **argv, void *options,
                                          imx_error *err, int *positional, bool *help);
void imx_command_help(const imx_command *command, FILE *out);

/* The candidate nearest to word by edit distance (Damerau-Levenshtein, adjacent transpositions), if near enough to be a
 * typo of it; NULL otherwise. candidates ends with NULL. */
const char *imx_suggest(const char *word, const char *const *candidates);

/* ---- values; each failure says what was expected ---- */
IMX_MUST_USE imx_status imx_parse_int(const char *what, const char *text, long min, long max, imx_error *err,
                                      long *out);
IMX_MUST_USE imx_status imx_parse_real(const char *what, const char *text, double min, double max, imx_error *err,
                                       double *out);
/* Any that a sample can have: nan, inf and -inf, too. */
IMX_MUST_USE imx_status imx_parse_sample(const char *what, const char *text, imx_error *err, double *out);
/* 512M, 2G, 1.5GiB, 65536: powers of 1024. */
IMX_MUST_USE imx_status imx_parse_bytes(const char *what, const char *text, imx_error *err, size_t *out);

#endif
