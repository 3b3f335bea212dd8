/* engine/delivery_gaofen.c: Gaofen (GF-1, GF-1B/C/D, GF-2, GF-6, GF-7 ...) as China Centre for Resources Satellite Data
 * and Application delivers it: GF1_PMS1_E113.9_N34.4_20200101_L1A0004521234-MSS1.tiff with .rpb and .xml of the same
 * name, and -PAN1.tiff; of the wide-field cameras (WFV) one image without such a suffix. GF-6's is three images side by
 * side, each with its .rpb, and one .xml: ..._L1A1119842986-1.tiff, -2.tiff, -3.tiff, ..._L1A1119842986.xml. These
 * sides are scenes of their own; MSS and PAN of a product are one scene. Products may lie in one folder, file beside
 * file.
 *
 * Names and fields: the reader that Minlu Li wrote for GDAL (gcore/mdreader/reader_gaofen, liminlu0314/gdal: TIFF, RPB
 * and XML names, ProductMetaData, CenterTime) and published samples of the XML. GF-6's parts: ACOLITE (acolite/gf,
 * which lays them side by side) and Gaofen-Batch (GenghisYoung233), which puts each in its place by RPC and then joins
 * them.
 *
 * Bands 1 to 4 are blue, green, red and near infrared (0.45-0.52, 0.52-0.59, 0.63-0.69, 0.77-0.89 um); GF-6 WFV has
 * red edge 1 and 2, violet (coastal here) and yellow behind them (0.69-0.73, 0.73-0.77, 0.40-0.45, 0.59-0.63 um): that
 * order in the tables of papers on it, and B5 to B8 so in the measured spectral responses that ACOLITE has
 * (data/RSR/GF6_WFV.txt), which reads the file's bands by these numbers.
 *
 * Times: StartTime, CenterTime and EndTime are Beijing time, 8 hours ahead of UTC. No document at hand says so; the sun
 * does: SolarZenith and SolarAzimuth of five products (Terradue/Stars, Stars.Data.Tests/Resources/CNSA: GF-1 at 69 and
 * 89 E, GF-2 at 120 E, 91 W and 72 W, 2018 to 2023) are where it stood at CenterTime less 8 hours, within 0.02 degrees,
 * and a quarter of an hour moves it by 3. Their ReceiveTime is the same moment in UTC; of other products (GF-4 there)
 * it is in Beijing time, so that it is not used. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/delivery_inner.h"

enum { BEIJING_HOURS_AHEAD = 8 };

typedef enum image_kind { IMAGE_NONE, IMAGE_COLOURS, IMAGE_PAN } image_kind;

/* The last - or _; NULL: there is none. */
static const char *last_separator(const char *name) {
    const char *last = NULL;
    for (; *name; name++) {
        last = *name == '-' || *name == '_' ? name : last;
    }
    return last;
}

static bool is_tiff(const char *name) { return imx_name_ends(name, ".tiff") || imx_name_ends(name, ".tif"); }

static bool starts(const char *name, const char *with) { return strncasecmp(name, with, strlen(with)) == 0; }

static bool is_gaofen(const char *name) { return starts(name, "GF") && isdigit((unsigned char)name[2]); }

/* "MSS1", "MUX", "PAN1" */
static bool tells_camera(const char *text) { return starts(text, "MSS") || starts(text, "MUX") || starts(text, "PAN"); }

/* GF6_WFV_..._L1A1119842986-1.tiff */
static bool is_side(const char *name) {
    const char *last = last_separator(name);
    return starts(name, "GF6_WFV_") && is_tiff(name) && last && *last == '-' && isdigit((unsigned char)last[1]) &&
           last[2] == '.';
}

/* By the part behind the last - or _: MSS1, MUX, PAN1; without, or with a digit: a wide-field camera's. */
static image_kind kind_of(const char *name) {
    const char *last = last_separator(name);
    if (!is_gaofen(name) || !is_tiff(name) || !last) {
        return IMAGE_NONE;
    }
    if (tells_camera(last + 1)) {
        return starts(last + 1, "PAN") ? IMAGE_PAN : IMAGE_COLOURS;
    }
    return (strcasestr(name, "_WFV") && *last == '_') || is_side(name) ? IMAGE_COLOURS : IMAGE_NONE;
}

/* ---- products that lie in one folder ---- */

static bool is_metadata(const char *name) { return is_gaofen(name) && imx_name_ends(name, ".xml"); }

/* How much of a file's name is its product's: without suffix, camera and side. */
static size_t product_length(const char *name) {
    const char *last = last_separator(name), *dot = strrchr(name, '.');
    const bool side = last && *last == '-' && isdigit((unsigned char)last[1]) && last[2] == '.';
    return last && (side || tells_camera(last + 1)) ? (size_t)(last - name) : dot ? (size_t)(dot - name) : strlen(name);
}

/* Whether a file is of the product that another one is of. */
static bool same_product(const char *of, const char *file) {
    const size_t length = product_length(of);
    return strncmp(of, file, length) == 0 && strchr("-._", file[length]);
}

/* Where names begin that begin as a product's do; they follow each other. */
static size_t first_of(const imx_folder *folder, const char *product) {
    const size_t length = product_length(product);
    size_t low = 0, high = folder->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strncmp(folder->files[middle], product, length) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The next file of a product from *at on; NULL: there is none any more. */
static const char *next_of(const imx_folder *folder, const char *product, size_t *at) {
    const size_t length = product_length(product);
    for (; *at < folder->count && strncmp(folder->files[*at], product, length) == 0; ++*at) {
        if (same_product(product, folder->files[*at])) {
            return folder->files[(*at)++];
        }
    }
    return NULL;
}

/* The .xml of an image, where it stands among the names: "x.tiff" -> "x.xml"; also of a side, "x-1.tiff" -> "x.xml". */
static const char *xml_of(const imx_folder *folder, const char *image) {
    const char *ends[] = {strrchr(image, '.'), is_side(image) ? last_separator(image) : NULL}, *found = NULL, *file;
    for (int i = 0; i < 2 && ends[i] && !found; i++) {
        const size_t length = (size_t)(ends[i] - image);
        for (size_t at = first_of(folder, image); !found && (file = next_of(folder, image, &at));) {
            found = strncasecmp(file, image, length) == 0 && strcasecmp(file + length, ".xml") == 0 ? file : NULL;
        }
    }
    return found;
}

/* Of the first image of a product that has one; NULL: none has. */
static const char *find_of(const imx_folder *folder, const char *product) {
    const char *found = NULL, *file;
    for (size_t at = first_of(folder, product); !found && (file = next_of(folder, product, &at));) {
        found = kind_of(file) != IMAGE_NONE ? xml_of(folder, file) : NULL;
    }
    return found;
}

/* Of the first product that has one. */
static const char *find(const imx_folder *folder) {
    const char *found = NULL;
    for (size_t i = 0; i < folder->count && !found; i++) {
        found = kind_of(folder->files[i]) != IMAGE_NONE ? xml_of(folder, folder->files[i]) : NULL;
    }
    return found;
}

/* The sides of a product are scenes; any other product is one, by its metadata. */
static bool is_part(const char *name) { return is_side(name) || is_metadata(name); }

static bool belongs(const char *part, const char *file) {
    return same_product(part, file) && !(is_side(part) && is_side(file));
}

static bool is_repeated(const imx_folder *folder, const char *name) {
    const char *main = find_of(folder, name), *file;
    bool sides = false;
    for (size_t at = first_of(folder, name); !sides && (file = next_of(folder, name, &at));) {
        sides = is_side(file);
    }
    return !is_side(name) && (sides || !main || strcmp(main, name) != 0);
}

static bool is_stray(const imx_folder *folder, const char *name) { return is_tiff(name) && !find_of(folder, name); }

/* Of colours and panchromatic images both; of the sides of a wide field what names them all, and each. */
static bool may_have(const char *file, unsigned i, size_t size, char *name) {
    static const char *const pairs[][2] = {
        {"MSS", "tiff"}, {"MSS", "xml"}, {"PAN", "tiff"}, {"PAN", "xml"}, {"MUX", "tiff"}};
    static const char *const wide[] = {".xml", ".tiff", "-1.tiff", "-2.tiff", "-3.tiff"};
    enum { NAMES = sizeof wide / sizeof *wide };
    const char *last = last_separator(file);
    const int length = (int)product_length(file);
    if (i >= NAMES) {
        return false;
    }
    if (last && tells_camera(last + 1)) {
        const char *number = last + 4; /* MSS1: of the first camera */
        return snprintf(name, size, "%.*s%s%.*s.%s", (int)(last + 1 - file), file, pairs[i][0],
                        (int)strcspn(number, "."), number, pairs[i][1]) > 0;
    }
    return snprintf(name, size, "%.*s%s", length, file, wide[i]) > 0;
}

/* ---- what a product holds ---- */

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

static imx_status add_bands(imx_memory *memory, const imx_folder *folder, imx_error *err, imx_delivery *delivery) {
    static const char *const names[][2] = {{"B1", "blue"},     {"B2", "green"},    {"B3", "red"},     {"B4", "nir"},
                                           {"B5", "rededge1"}, {"B6", "rededge2"}, {"B7", "coastal"}, {"B8", "yellow"}};
    bool several = false;
    const char *colours = image_of(folder, IMAGE_COLOURS, &several), *pan = image_of(folder, IMAGE_PAN, &several);
    if (several || (colours && pan && !same_product(colours, pan))) {
        return imx_fail(err, IMX_E_UNSUPPORTED,
                        "%s: holds several images of one kind (of stereo pairs or strips, or without their .xml): name "
                        "the .tiff files",
                        folder->path);
    }
    const int32_t count = colours && starts(colours, "GF6_WFV_") ? 8 : colours ? 4 : 0;
    for (int32_t i = 0; i < count; i++) {
        imx_delivery_band *band = imx_delivery_add(memory, delivery, names[i][0], names[i][1], colours);
        if (!band) {
            return imx_delivery_no_memory(folder, err);
        }
        band->number = i + 1;
    }
    return !pan || imx_delivery_add(memory, delivery, "PAN", "pan", pan) ? IMX_OK : imx_delivery_no_memory(folder, err);
}

/* "GF1_PMS1_..._L1A0004521234", "GF6_WFV_..._L1A1119842986-1" */
static char *id_of(imx_memory *memory, const char *image) {
    char *id = imx_strdup(memory, image);
    if (!id) {
        return NULL;
    }
    *strrchr(id, '.') = '\0';
    const char *last = last_separator(id);
    if (last && tells_camera(last + 1)) {
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

const imx_delivery_kind imx_delivery_gaofen = {.find = find,
                                               .read = read,
                                               .is_metadata = is_metadata,
                                               .is_part = is_part,
                                               .belongs = belongs,
                                               .is_repeated = is_repeated,
                                               .is_stray = is_stray,
                                               .may_have = may_have};
