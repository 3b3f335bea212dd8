/* kernels/statistics_whole.h: what one call finds in 8- or 16-bit samples. Private to kernels/. */
#ifndef IMX_KERNELS_STATISTICS_WHOLE_H
#define IMX_KERNELS_STATISTICS_WHOLE_H

#include "kernels/statistics.h"

typedef struct imx_whole {
    uint64_t count;
    int64_t sum;
    uint64_t squares; /* n < 2^31: fits */
    int32_t min, max;
} imx_whole;

#define IMX_WHOLE_NONE                                                                                                 \
    { .min = INT32_MAX, .max = INT32_MIN }

void imx_whole_add(imx_statistics *to, const imx_whole *from);

#endif
