/* engine/base/log.h: messages to whoever runs the job, through a callback. Libraries never print.
 * The callback may be called from any thread, one call at a time for one imx_log. */
#ifndef IMX_ENGINE_BASE_LOG_H
#define IMX_ENGINE_BASE_LOG_H

#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef enum imx_log_level { IMX_LOG_DEBUG, IMX_LOG_INFO, IMX_LOG_WARNING } imx_log_level;
typedef void (*imx_log_fn)(void *context, imx_log_level level, const char *text);
typedef struct imx_log imx_log;

IMX_MUST_USE imx_status imx_log_create(imx_memory *memory, imx_log_level threshold, imx_log_fn fn, void *context,
                                       imx_log **out);
void imx_log_destroy(imx_log **log);
/* NULL log: nothing happens. */
void imx_log_say(imx_log *log, imx_log_level level, const char *format, ...) IMX_PRINTF(3, 4);

#endif
