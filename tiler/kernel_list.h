/* tiler/kernel_list.h: the kernels of the table by name, in families, as `imbrex kernels` lists them. */
#ifndef IMX_TILER_KERNEL_LIST_H
#define IMX_TILER_KERNEL_LIST_H

#include <stddef.h>

#include "kernels/kernels.h"

/* One kernel, or an array of it (by type, method, width). */
typedef struct imx_kernel_entry {
    const char *family, *name;
    size_t member;    /* offset of the first in imx_kernels */
    size_t count;     /* of function pointers */
    const char *each; /* what the array is by: "types"; NULL for one */
} imx_kernel_entry;

/* In the order of the families; every function pointer of imx_kernels is in one entry. */
const imx_kernel_entry *imx_kernel_list(size_t *count);
/* The entry that the member at this offset belongs to; NULL: no kernel. */
const imx_kernel_entry *imx_kernel_find(size_t member);
/* Whether two tables have the same function there. */
bool imx_kernel_same(const imx_kernels *a, const imx_kernels *b, size_t member);

#endif
