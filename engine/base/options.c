/* engine/base/options.c: the one command-line parser. */
#include "engine/base/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 48, NAMES_MAX = 128 };

static bool is_end(const imx_option *option) { return !option->name && !option->help; }

/* Where one stands among a command's options, table after table. */
typedef struct cursor {
    const imx_option *const *table;
    const imx_option *option; /* NULL: the table is still to be begun */
} cursor;

/* The next option or heading; NULL after the last. */
static const imx_option *next_option(cursor *at) {
    for (; *at->table; at->table++, at->option = NULL) {
        at->option = at->option ? at->option + 1 : *at->table;
        if (!is_end(at->option)) {
            return at->option;
        }
    }
    return NULL;
}

/* Edit distance with transpositions of neighbours (optimal string alignment). */
static size_t distance(const char *a, const char *b) {
    size_t la = strlen(a), lb = strlen(b);
    if (la >= WORD_MAX || lb >= WORD_MAX) {
        return WORD_MAX;
    }
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= lb; j++) {
        last[j] = j;
        before[j] = 0;
    }
    for (size_t i = 1; i <= la; i++) {
        now[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            now[j] = best;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[lb];
}

const char *imx_suggest(const char *word, const char *const *candidates) {
    const char *nearest = NULL;
    size_t best = strlen(word) / 3 + 1;
    for (; *candidates; candidates++) {
        size_t d = distance(word, *candidates);
        size_t prefix = strlen(word);
        if (prefix >= 3 && strncmp(word, *candidates, prefix) == 0) {
            d = 1;
        }
        if (d <= best && d < strlen(*candidates)) {
            best = d > 0 ? d - 1 : 0;
            nearest = *candidates;
        }
    }
    return nearest;
}

static imx_status unknown_option(const imx_command *command, const char *name, imx_error *err) {
    const char *names[NAMES_MAX + 1];
    size_t count = 0;
    cursor at = {command->options, NULL};
    for (const imx_option *o; count < NAMES_MAX && (o = next_option(&at)) != NULL;) {
        if (o->name) {
            names[count++] = o->name;
        }
    }
    names[count] = NULL;
    const char *near = imx_suggest(name, names);
    if (near) {
        return imx_fail(err, IMX_E_USAGE, "unknown option --%s; did you mean --%s?", name, near);
    }
    return imx_fail(err, IMX_E_USAGE, "unknown option --%s; see imbrex %s --help", name, command->name);
}

static const imx_option *by_name(const imx_command *command, const char *name, size_t length) {
    cursor at = {command->options, NULL};
    for (const imx_option *o; (o = next_option(&at)) != NULL;) {
        if (o->name && strlen(o->name) == length && strncmp(o->name, name, length) == 0) {
            return o;
        }
    }
    return NULL;
}

static const imx_option *by_letter(const imx_command *command, char letter) {
    cursor at = {command->options, NULL};
    for (const imx_option *o; (o = next_option(&at)) != NULL;) {
        if (o->name && o->letter == letter) {
            return o;
        }
    }
    return NULL;
}

/* One argument that begins with a dash. *next is the argument after it (NULL at the end); *took tells that it was used.
 */
static imx_status take_option(const imx_command *command, const char *arg, const char *next, void *options,
                              imx_error *err, bool *took) {
    const imx_option *option;
    const char *value = NULL;
    char shown[WORD_MAX];
    if (arg[1] == '-') {
        const char *name = arg + 2, *equals = strchr(name, '=');
        size_t length = equals ? (size_t)(equals - name) : strlen(name);
        (void)snprintf(shown, sizeof shown, "--%.*s", (int)length, name);
        option = by_name(command, name, length);
        if (!option) {
            return unknown_option(command, shown + 2, err);
        }
        value = equals ? equals + 1 : NULL;
    } else {
        (void)snprintf(shown, sizeof shown, "-%c", arg[1]);
        option = by_letter(command, arg[1]);
        if (!option) {
            return imx_fail(err, IMX_E_USAGE, "unknown option %s; see imbrex %s --help", shown, command->name);
        }
        value = arg[2] ? arg + 2 : NULL;
    }
    if (!option->value && value) {
        return imx_fail(err, IMX_E_USAGE, "%s takes no value", shown);
    }
    if (option->value && !value) {
        if (!next) {
            return imx_fail(err, IMX_E_USAGE, "%s needs a value: %s %s", shown, shown, option->value);
        }
        value = next;
        *took = true;
    }
    return option->set(options, value, err);
}

imx_status imx_options_parse(const imx_command *command, int argc, char **argv, void *options, imx_error *err,
                             int *positional, bool *help) {
    int kept = 0;
    bool only_names = false;
    *help = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--")) {
            break;
        }
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            *help = true;
            *positional = 0;
            return IMX_OK;
        }
    }
    for (int i = 1; i < argc; i++) {
        if (only_names || argv[i][0] != '-' || !argv[i][1]) {
            argv[1 + kept++] = argv[i];
        } else if (!strcmp(argv[i], "--")) {
            only_names = true;
        } else {
            bool took = false;
            imx_status s = take_option(command, argv[i], i + 1 < argc ? argv[i + 1] : NULL, options, err, &took);
            if (s) {
                return s;
            }
            i += took;
        }
    }
    *positional = kept;
    return IMX_OK;
}

/* Help text with newlines, indented to the column of the descriptions. */
static void print_indented(FILE *out, const char *text, int column) {
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        (void)fprintf(out, "%.*s\n", (int)length, line);
        line += length + (line[length] != '\0');
        if (*line) {
            (void)fprintf(out, "%*s", column, "");
        }
    }
}

void imx_command_help(const imx_command *command, FILE *out) {
    enum { COLUMN = 30 };
    (void)fprintf(out, "imbrex %s: %s\n\nUsage: imbrex %s %s\n\n%s\n", command->name, command->summary, command->name,
                  command->usage, command->about);
    cursor at = {command->options, NULL};
    for (const imx_option *o; (o = next_option(&at)) != NULL;) {
        if (!o->name) {
            (void)fprintf(out, "\n%s\n", o->help);
            continue;
        }
        char left[64];
        int used = o->letter ? snprintf(left, sizeof left, "  -%c, --%s", o->letter, o->name)
                             : snprintf(left, sizeof left, "      --%s", o->name);
        if (o->value && used > 0 && (size_t)used < sizeof left) {
            (void)snprintf(left + used, sizeof left - (size_t)used, " %s", o->value);
        }
        if (strlen(left) < COLUMN - 1) {
            (void)fprintf(out, "%-*s", COLUMN, left);
        } else {
            (void)fprintf(out, "%s\n%*s", left, COLUMN, "");
        }
        print_indented(out, o->help, COLUMN);
    }
    (void)fprintf(out, "\nExamples\n%s", command->examples);
}

imx_status imx_parse_int(const char *what, const char *text, long min, long max, imx_error *err, long *out) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < min || value > max) {
        return imx_fail(err, IMX_E_USAGE, "%s: '%s' is not a whole number from %ld to %ld", what, text, min, max);
    }
    *out = value;
    return IMX_OK;
}

imx_status imx_parse_real(const char *what, const char *text, double min, double max, imx_error *err, double *out) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= min && value <= max)) {
        return imx_fail(err, IMX_E_USAGE, "%s: '%s' is not a number from %g to %g", what, text, min, max);
    }
    *out = value;
    return IMX_OK;
}

imx_status imx_parse_sample(const char *what, const char *text, imx_error *err, double *out) {
    char *end;
    errno = 0;
    const double value = strtod(text, &end);
    if (end == text || *end || (errno == ERANGE && isinf(value))) {
        return imx_fail(err, IMX_E_USAGE, "%s: '%s' is not a number (nan, inf and -inf are ones, too)", what, text);
    }
    *out = isnan(value) ? (double)NAN : value; /* there is one NaN, whatever its sign and bits */
    return IMX_OK;
}

imx_status imx_parse_bytes(const char *what, const char *text, imx_error *err, size_t *out) {
    static const char units[] = "KMGT";
    char *end;
    double value = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end >= 'a' && *end <= 'z' ? *end - 'a' + 'A' : *end) : NULL;
    if (unit) {
        value = ldexp(value, 10 * (int)(unit - units + 1));
        end++;
        if (!strcmp(end, "iB") || !strcmp(end, "B")) {
            end += strlen(end);
        }
    }
    if (end == text || *end || !(value >= 1 && value < 9e18)) {
        return imx_fail(err, IMX_E_USAGE, "%s: '%s' is not a size such as 512M or 2G", what, text);
    }
    *out = (size_t)value;
    return IMX_OK;
}
