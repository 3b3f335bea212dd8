/* tiler/text_table.h: rows of cells as aligned text: columns as wide as their widest cell; columns without any are left
 * out. */
#ifndef IMX_TILER_TEXT_TABLE_H
#define IMX_TILER_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/memory.h"

typedef struct imx_text_table {
    imx_memory *memory;
    const char *const *heads; /* borrowed */
    const bool *right;        /* borrowed: numbers stand to the right */
    size_t columns, rows;
    char **cells; /* row by row; NULL: empty */
    bool bad;     /* memory ran out */
} imx_text_table;

void imx_text_table_begin(imx_text_table *table, imx_memory *memory, const char *const *heads, const bool *right,
                          size_t columns, size_t rows);
/* A cell, once. */
void imx_text_table_put(imx_text_table *table, size_t row, size_t column, const char *format, ...) IMX_PRINTF(4, 5);
/* The text, each line after two spaces; NULL: no memory. Ends *table. */
char *imx_text_table_end(imx_text_table *table);

#endif
