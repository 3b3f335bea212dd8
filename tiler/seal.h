/* tiler/seal.h: a plan's last entries: the scenes' fingerprints and the generation.
 *
 * Fingerprints take reading every file from end to end. Beside the walk, which needs the same bytes, a disk reads them
 * but once; before it, a cold source costs its reading twice the time. A plan that was sealed before stays as it is. */
#ifndef IMX_TILER_SEAL_H
#define IMX_TILER_SEAL_H

#include "tiler/plan.h"

/* At once. IMX_E_INPUT: a file cannot be read. */
IMX_MUST_USE imx_status imx_plan_seal(imx_plan *plan, imx_error *err);

typedef struct imx_sealing imx_sealing; /* a thread that does it, mostly waiting for the disk */
/* Until the end, the plan's fingerprints, generation and `sealed` are the thread's. Once *stop is true (borrowed; any
 * thread, or a signal handler, may set it), it gives up. */
IMX_MUST_USE imx_status imx_sealing_start(imx_plan *plan, const atomic_bool *stop, imx_error *err, imx_sealing **out);
/* Waits for the end, and frees it. IMX_E_CANCELLED where it gave up. */
IMX_MUST_USE imx_status imx_sealing_finish(imx_sealing **sealing, imx_error *err);

#endif
