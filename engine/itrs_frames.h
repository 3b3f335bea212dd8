/* engine/itrs_frames.h: the geodetic datums that are frames of the International Terrestrial Reference System, and so
 * agree with WGS 84 and with each other to about a metre whatever a database has between them.
 *
 * PROJ calls a step between two datums a ballpark one where EPSG's dataset has no operation between them: it then takes
 * them for the same, which may be wrong by hundreds of metres, or by nothing that a map shows. For many frames that are
 * tied to the ITRS the dataset registers that very null operation, with an accuracy of 1 m ("GDA94 to WGS 84 (1)",
 * "SIRGAS 2000 to WGS 84 (1)", "Korea 2000 to WGS 84 (1)"), for others it registers none. The table has these others,
 * and what they may be asked to go to.
 *
 * How near they are. Realisations of the ITRS differ among themselves by centimetres (ITRF88 to ITRF92: decimetres);
 * those of WGS 84 since G730 (1994) are adjusted to them, to the decimetre and better, and its ensemble is known to 2 m
 * (EPSG:6326). A frame that is fixed at an epoch stays behind by the plate's motion, some centimetres a year: CGCS2000
 * by nine decimetres in 2026. Datums that are fixed to a plate by another definition (NAD83: 1 to 2 m) are no such
 * frames. */
#ifndef IMX_ENGINE_ITRS_FRAMES_H
#define IMX_ENGINE_ITRS_FRAMES_H

#include <stddef.h>

typedef struct imx_itrs_frame {
    int code;               /* EPSG's, of the datum */
    const char *datum;      /* what EPSG calls it */
    const char *short_name; /* for people */
} imx_itrs_frame;

/* By EPSG's code, or, of a datum that tells none ("" or NULL), by its name. NULL: it is none. */
const imx_itrs_frame *imx_itrs_frame_find(const char *code, const char *name);

#endif
