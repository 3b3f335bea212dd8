/* tiler/text_table.c: see the header. */
#include "tiler/text_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CELL_BYTES_MAX = 256 };

void imx_text_table_begin(imx_text_table *table, imx_memory *memory, const char *const *heads, const bool *right,
                          size_t columns, size_t rows) {
    *table = (imx_text_table){
        .memory = memory, .heads = heads, .right = right, .columns = columns, .rows = rows, .bad = false};
    table->cells = imx_calloc(memory, rows * columns + 1, sizeof *table->cells);
    table->bad = !table->cells;
}

void imx_text_table_put(imx_text_table *table, size_t row, size_t column, const char *format, ...) {
    char text[CELL_BYTES_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!table->bad && *text) {
        char **cell = &table->cells[row * table->columns + column];
        imx_free(table->memory, *cell);
        *cell = imx_strdup(table->memory, text);
        table->bad = !*cell;
    }
}

/* Characters, of UTF-8. */
static size_t width_of(const char *text) {
    size_t width = 0;
    for (; *text; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return width;
}

static const char *cell_of(const imx_text_table *table, size_t row, size_t column) { /* row 0: the heads */
    const char *text = row ? table->cells[(row - 1) * table->columns + column] : table->heads[column];
    return text ? text : "";
}

/* Of the column, heads included; 0: it has no cell but its head. */
static size_t column_width(const imx_text_table *table, size_t column) {
    size_t widest = 0;
    for (size_t row = 1; row <= table->rows; row++) {
        const size_t width = width_of(cell_of(table, row, column));
        widest = width > widest ? width : widest;
    }
    const size_t head = width_of(table->heads[column]);
    return widest && head > widest ? head : widest;
}

static char *write_line(const imx_text_table *table, size_t row, char *to) {
    char *end = to; /* after the last that is no space */
    *to++ = ' ';
    for (size_t column = 0; column < table->columns; column++) {
        const size_t width = column_width(table, column);
        const char *text = cell_of(table, row, column);
        if (!width) {
            continue;
        }
        const size_t pad = width - width_of(text);
        *to++ = ' ';
        memset(to, ' ', pad);
        to += table->right[column] ? pad : 0;
        memcpy(to, text, strlen(text));
        to += strlen(text);
        end = *text ? to : end;
        if (!table->right[column]) {
            memset(to, ' ', pad);
            to += pad;
        }
        *to++ = ' ';
    }
    *end++ = '\n';
    return end;
}

char *imx_text_table_end(imx_text_table *table) {
    char *text = NULL;
    if (!table->bad) {
        size_t line = 4, bytes = 0;
        for (size_t column = 0; column < table->columns; column++) {
            line += column_width(table, column) + 2;
        }
        for (size_t i = 0; i < table->rows * table->columns; i++) {
            bytes += table->cells[i] ? strlen(table->cells[i]) : 0; /* what UTF-8 needs more than its width */
        }
        text = imx_alloc(table->memory, line * (table->rows + 1) + bytes + 1);
    }
    if (text) {
        char *to = text;
        for (size_t row = 0; row <= table->rows; row++) {
            to = write_line(table, row, to);
        }
        *to = '\0';
    }
    for (size_t i = 0; table->cells && i < table->rows * table->columns; i++) {
        imx_free(table->memory, table->cells[i]);
    }
    imx_free(table->memory, table->cells);
    *table = (imx_text_table){.bad = true};
    return text;
}
