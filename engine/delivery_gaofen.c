/* engine/delivery_gaofen.c: Gaofen (GF-1, GF-1B/C/D, GF-2, GF-6, GF-7 ...) as China Centre for Resources Satellite Data
 * and Application delivers it: GF1_PMS1_E113.9_N34.4_20200101_L1A0004521234-MSS1.tiff with .rpb and .xml of the same
 * name, and -PAN1.tiff; of the wide-field cameras (WFV) one image without such a suffix.
 *
 * Names and fields: the reader that Minlu Li wrote for GDAL (gcore/mdreader/reader_gaofen, liminlu0314/gdal: TIFF, RPB
 * and XML names, ProductMetaData, CenterTime) and published samples of the XML. Bands 1 to 4 are blue, green, red and
 * near infrared (0.45-0.52, 0.52-0.59, 0.63-0.69, 0.77-0.89 um).
 *
 * Times: StartTime, CenterTime and EndTime are Beijing time, 8 hours ahead of UTC. No document at hand says so; it
 * follows from the orbit: the satellites are sun-synchronous and pass in daylight, from about 10:30 local solar time
 * (GF-1 later, as its orbit drifts), and published metadata of GF1_WFV3 at 113 E (a fixture of an importer of these
 * products) have StartTime 13:38:51 and ReceiveTime 05:39:09 of the same day: the same minute, 8 hours apart.
 * ReceiveTime is given in either time from one product to the next, and so is not used. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "engine/delivery_inner.h"

enum { BEIJING_HOURS_AHEAD = 8, NAME_MAX_BYTES = 256 };

typedef enum image_kind { IMAGE_NONE, IMAGE_COLOURS, IMAGE_PAN } image_kind;

/* The last - or _; NULL: there is none. */
static const char *last_separator(const char *name) {
    const char *last = NULL;
    for (; *name; name++) {
        last = *name == '-' || *name == '_' ? name : last;
    }
    return last;
}

/* By the part behind the last - or _: MSS1, MUX, PAN1; without: a wide-field camera's. */
static image_kind kind_of(const char *name) {
    if (strncmp(name, "GF", 2) || !isdigit((unsigned char)name[2]) ||
        !(imx_name_ends(name, ".tiff") || imx_name_ends(name, ".tif"))) {
        return IMAGE_NONE;
    }
    const char *last = last_separator(name);
    if (last && (!strncmp(last + 1, "MSS", 3) || !strncmp(last + 1, "MUX", 3))) {
        return IMAGE_COLOURS;
    }
    if (last && !strncmp(last + 1, "PAN", 3)) {
        return IMAGE_PAN;
    }
    return strstr(name, "_WFV") && last && *last == '_' ? IMAGE_COLOURS : IMAGE_NONE;
}

/* "x.tiff" -> "x.xml" */
static void sibling(const char *name, char to[NAME_MAX_BYTES]) {
    const char *dot = strrchr(name, '.');
    (void)snprintf(to, NAME_MAX_BYTES, "%.*s.xml", (int)(dot - name), name);
}

/* The only image of a kind; NULL: there is none, *several: more than one. */
static const char *image_of(const imx_folder *folder, image_kind kind, bool *several) {
    const char *found = NULL;
    for (size_t i = 0; i < folder->count; i++) {
        if (kind_of(folder->files[i]) == kind) {
            *several = *several || found;
            found = found ? found : folder->files[i];
        }
    }
    return found;
}

static const char *main_image(const imx_folder *folder) {
    bool several = false;
    const char *colours = image_of(folder, IMAGE_COLOURS, &several);
    return colours ? colours : image_of(folder, IMAGE_PAN, &several);
}

/* The .xml of the main image, where it stands among the names. */
static const char *find(const imx_folder *folder) {
    const char *image = main_image(folder);
    char xml[NAME_MAX_BYTES];
    if (image) {
        sibling(image, xml);
    }
    for (size_t i = 0; image && i < folder->count; i++) {
        if (!strcmp(folder->files[i], xml)) {
            return folder->files[i];
        }
    }
    return NULL;
}

static imx_status add_bands(imx_memory *memory, const imx_folder *folder, imx_error *err, imx_delivery *delivery) {
    static const char *const names[][2] = {{"B1", "blue"}, {"B2", "green"}, {"B3", "red"}, {"B4", "nir"}};
    bool several = false;
    const char *colours = image_of(folder, IMAGE_COLOURS, &several), *pan = image_of(folder, IMAGE_PAN, &several);
    if (several) {
        return imx_fail(err, IMX_E_UNSUPPORTED,
                        "%s: holds several images of one kind (of stereo pairs or strips): name the .tiff files",
                        folder->path);
    }
    for (int32_t i = 0; colours && i < 4; i++) {
        imx_delivery_band *band = imx_delivery_add(memory, delivery, names[i][0], names[i][1], colours);
        if (!band) {
            return imx_delivery_no_memory(folder, err);
        }
        band->number = i + 1;
    }
    return !pan || imx_delivery_add(memory, delivery, "PAN", "pan", pan) ? IMX_OK : imx_delivery_no_memory(folder, err);
}

/* "GF1_PMS1_..._L1A0004521234" */
static char *id_of(imx_memory *memory, const char *image) {
    char *id = imx_strdup(memory, image);
    if (!id) {
        return NULL;
    }
    *strrchr(id, '.') = '\0';
    const char *last = last_separator(id);
    if (last && (!strncmp(last + 1, "MSS", 3) || !strncmp(last + 1, "MUX", 3) || !strncmp(last + 1, "PAN", 3))) {
        id[last - id] = '\0';
    }
    return id;
}

static imx_status read_times(imx_memory *memory, const imx_fields *fields, imx_error *err, imx_delivery *delivery) {
    const char *start = imx_fields_find(fields, NULL, "StartTime"), *end = imx_fields_find(fields, NULL, "EndTime");
    const char *centre = imx_fields_find(fields, NULL, "CenterTime");
    const bool interval = start && *start && end && *end;
    imx_status status =
        imx_delivery_time(memory, start && *start ? start : centre, BEIJING_HOURS_AHEAD, err, &delivery->time_start);
    if (status == IMX_OK && interval && delivery->time_start) {
        status = imx_delivery_time(memory, end, BEIJING_HOURS_AHEAD, err, &delivery->time_end);
    }
    if (delivery->time_end && strcmp(delivery->time_end, delivery->time_start) <= 0) {
        imx_free(memory, delivery->time_end);
        delivery->time_end = NULL;
    }
    return status;
}

static imx_status read(imx_memory *memory, const imx_folder *folder, imx_error *err, imx_delivery *delivery) {
    imx_fields fields = {0};
    imx_status status = imx_delivery_fields(memory, folder, delivery->metadata, err, &fields);
    const char *craft = status == IMX_OK ? imx_fields_find(&fields, NULL, "SatelliteID") : NULL;
    if (status == IMX_OK && !craft) {
        status = imx_delivery_lacks(folder, delivery->metadata, "its satellite (SatelliteID)", err);
    }
    delivery->kind = "Gaofen";
    delivery->id = id_of(memory, main_image(folder));
    status = status || delivery->id ? status : imx_delivery_no_memory(folder, err);
    status = status ? status : add_bands(memory, folder, err, delivery);
    status = status ? status : read_times(memory, &fields, err, delivery);
    imx_fields_clear(memory, &fields);
    return status;
}

const imx_delivery_kind imx_delivery_gaofen = {find, read};
