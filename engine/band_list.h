/* engine/band_list.h: "--bands" as a list: names ("red,green,blue", "B4,B3,B2") or numbers from 1, with commas. */
#ifndef IMX_ENGINE_BAND_LIST_H
#define IMX_ENGINE_BAND_LIST_H

#include "engine/scene.h"

/* Takes the next item off the list (*at moves on; NULL: nothing is left). false: none, or not an item of letters,
 * digits and _, shorter than IMX_BAND_NAME_MAX. */
bool imx_band_list_next(const char **at, char item[IMX_BAND_NAME_MAX]);
/* How many items; 0: not a sound list. */
int32_t imx_band_list_count(const char *list);
/* An item as a number from 1; 0: it is a name. */
int32_t imx_band_list_number(const char *item);
/* Whether two names mean the same: "b4" and "B04" do. */
bool imx_band_names_match(const char *a, const char *b);

#endif
