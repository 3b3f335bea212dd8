/* engine/base/status.h: how every fallible function answers.
 *
 * A function returns imx_status; results stand in out-parameters placed last, which are NULL or untouched on
 * failure. The detail goes to a caller-owned imx_error (one per thread; NULL is allowed and loses the detail).
 * The text is one line for the user: which file, what is wrong, what to do. Functions on the way up may put
 * context in front of it. Not thread-safe per object; distinct objects are independent.
 */
#ifndef IMX_ENGINE_BASE_STATUS_H
#define IMX_ENGINE_BASE_STATUS_H

typedef enum imx_status {
    IMX_OK = 0,
    IMX_E_NOMEM,       /* out of memory, or over --memory */
    IMX_E_USAGE,       /* a bad option or argument of the user */
    IMX_E_INPUT,       /* an input is missing, damaged or not what it should be */
    IMX_E_UNSUPPORTED, /* a sound input that this version cannot handle */
    IMX_E_IO,          /* output or system I/O failed */
    IMX_E_DISK_FULL,   /* no space, found before or during the work */
    IMX_E_NOT_FOUND,   /* a lookup found nothing (a tile, a layer): often not an error to the user */
    IMX_E_CANCELLED,   /* stopped by the user */
    IMX_E_INCOMPLETE,  /* the output lacks something that was asked for */
    IMX_E_INTERNAL     /* a broken promise inside imbrex */
} imx_status;

#define IMX_MUST_USE __attribute__((warn_unused_result))
#define IMX_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define IMX_ERROR_TEXT_MAX 1024

typedef struct imx_error {
    imx_status status; /* of the first failure set; IMX_OK before */
    char text[IMX_ERROR_TEXT_MAX];
} imx_error;

#define IMX_ERROR_INIT {IMX_OK, {0}}

/* Sets *err (if not NULL) to status and text, replacing what was there; returns status.
 *   return imx_fail(err, IMX_E_INPUT, "%s: not a raster", path); */
imx_status imx_fail(imx_error *err, imx_status status, const char *format, ...) IMX_PRINTF(3, 4);
/* Blanks for control characters, in place: messages quote files, which may say anything. All texts of errors and logs
 * went through it. */
void imx_one_line(char *text);
/* Puts "context: " in front of the text. Returns err->status (IMX_E_INTERNAL if err is NULL). */
imx_status imx_error_context(imx_error *err, const char *format, ...) IMX_PRINTF(2, 3);
/* "out of memory" etc. Static string. */
const char *imx_status_name(imx_status status);
/* The command line's exit status (design section 7): 0 done, 1 failed, 2 usage, 3 input, 4 interrupted, 5 incomplete. */
int imx_status_exit_code(imx_status status);

#endif
