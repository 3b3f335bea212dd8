/* engine/delivery_landsat.c: Landsat Collection 1 and 2, a file per band and a metadata file *_MTL.
 *
 * Sources: USGS LSDS-1822 (Landsat 8-9 OLI/TIRS Collection 2 Level 1 Data Format Control Book), LSDS-1328 (Level 2),
 * LSDS-1414 and LSDS-1415 (Landsat 7 ETM+, Landsat 4-5 TM), LSDS-1435 (MSS). The fields' groups changed from Collection
 * 1 (PRODUCT_METADATA) to 2 (PRODUCT_CONTENTS, IMAGE_ATTRIBUTES), their names did not; a Level-2 MTL repeats Level 1's
 * rescaling under the same keys, so that these are looked for in their groups.
 *
 * 0 is fill in all bands (LSDS-1822, LSDS-1328). Collection 2 also has a pixel quality band, QA_PIXEL, the same of both
 * levels, whose bit 0 is fill: what it says counts besides. Its other bits (LSDS-1619 and LSDS-1618, the Level 2
 * product guides of Landsat 8-9 and 4-7): 1 dilated cloud, 2 cirrus (8-9 only), 3 cloud, 4 cloud shadow, 5 snow, 6
 * clear, 7 water; then confidences. Clouds are pictures of clouds, and stay unless --mask says otherwise. Level 1 stays
 * as digital numbers: reflectances need the sun's height as well. Level 2 has scale and offset: surface reflectance,
 * and kelvin. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/delivery_inner.h"

typedef struct band_meaning {
    const char *key; /* behind FILE_NAME_BAND_ */
    const char *name, *shows;
} band_meaning;

/* In the order of the products; each table ends with a NULL. */
static const band_meaning oli_tirs[] = {
    {"1", "B1", "coastal"}, {"2", "B2", "blue"},      {"3", "B3", "green"},      {"4", "B4", "red"},
    {"5", "B5", "nir"},     {"6", "B6", "swir1"},     {"7", "B7", "swir2"},      {"8", "B8", "pan"},
    {"9", "B9", "cirrus"},  {"10", "B10", "thermal"}, {"11", "B11", "thermal2"}, {"ST_B10", "B10", "thermal"},
    {NULL, NULL, NULL}};
static const band_meaning tm_etm[] = {{"1", "B1", "blue"},
                                      {"2", "B2", "green"},
                                      {"3", "B3", "red"},
                                      {"4", "B4", "nir"},
                                      {"5", "B5", "swir1"},
                                      {"6", "B6", "thermal"},
                                      {"6_VCID_1", "B6_VCID_1", "thermal"},
                                      {"6_VCID_2", "B6_VCID_2", "thermal2"},
                                      {"ST_B6", "B6", "thermal"},
                                      {"7", "B7", "swir2"},
                                      {"8", "B8", "pan"},
                                      {NULL, NULL, NULL}};
static const band_meaning mss_1_3[] = {
    {"4", "B4", "green"}, {"5", "B5", "red"}, {"6", "B6", "nir"}, {"7", "B7", "nir2"}, {NULL, NULL, NULL}};
static const band_meaning mss_4_5[] = {
    {"1", "B1", "green"}, {"2", "B2", "red"}, {"3", "B3", "nir"}, {"4", "B4", "nir2"}, {NULL, NULL, NULL}};

static const band_meaning *bands_of(const imx_fields *fields) {
    const char *craft = imx_fields_find(fields, NULL, "SPACECRAFT_ID");
    const char *sensor = imx_fields_find(fields, NULL, "SENSOR_ID");
    const char number = craft && strlen(craft) > 8 && !strncmp(craft, "LANDSAT_", 8) ? craft[8] : '\0';
    if (sensor && !strcmp(sensor, "MSS")) {
        return number >= '1' && number <= '3' ? mss_1_3 : mss_4_5;
    }
    return number == '8' || number == '9' ? oli_tirs : number >= '4' && number <= '7' ? tm_etm : NULL;
}

/* The metadata: the text, else JSON, else XML, which hold the same. The place in this order; -1: it is none of them. */
static int rank_of(const char *name) {
    static const char *const suffixes[] = {"_MTL.txt", "_MTL.json", "_MTL.xml"};
    for (int i = 0; i < (int)(sizeof suffixes / sizeof *suffixes); i++) {
        if (imx_name_ends(name, suffixes[i])) {
            return i;
        }
    }
    return -1;
}

static const char *find(const imx_folder *folder) {
    const char *found = NULL;
    for (size_t i = 0; i < folder->count; i++) {
        const char *name = folder->files[i];
        found = rank_of(name) >= 0 && (!found || rank_of(name) < rank_of(found)) ? name : found;
    }
    return found;
}

/* Products may lie in one folder, file beside file. */
static bool is_metadata(const char *name) { return rank_of(name) >= 0; }

static bool is_repeated(const imx_folder *folder, const char *name) {
    const size_t stem = (size_t)(strrchr(name, '.') - name);
    for (size_t i = 0; i < folder->count; i++) {
        const char *other = folder->files[i];
        if (strncasecmp(other, name, stem + 1) == 0 && is_metadata(other) && rank_of(other) < rank_of(name)) {
            return true;
        }
    }
    return false;
}

static imx_status read_times(imx_memory *memory, const imx_fields *fields, imx_error *err, imx_delivery *delivery) {
    const char *date = imx_fields_find(fields, NULL, "DATE_ACQUIRED");
    const char *time = imx_fields_find(fields, NULL, "SCENE_CENTER_TIME");
    char text[64];
    (void)snprintf(text, sizeof text, "%s %s", date ? date : "", time ? time : "");
    return imx_delivery_time(memory, text, 0, err, &delivery->time_start);
}

/* Level 2: *_MULT_BAND_x and *_ADD_BAND_x, each kind in its own group. */
static void read_scale(const imx_fields *fields, const band_meaning *meaning, imx_delivery_band *band) {
    const bool thermal = !strncmp(meaning->key, "ST_", 3);
    const char *group = thermal ? "LEVEL2_SURFACE_TEMPERATURE_PARAMETERS" : "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS";
    const char *what = thermal ? "TEMPERATURE" : "REFLECTANCE";
    char mult[64], add[64];
    double scale, offset;
    (void)snprintf(mult, sizeof mult, "%s_MULT_BAND_%s", what, meaning->key);
    (void)snprintf(add, sizeof add, "%s_ADD_BAND_%s", what, meaning->key);
    if (imx_fields_number(fields, group, mult, &scale) && imx_fields_number(fields, group, add, &offset) &&
        scale != 0) {
        band->scale = scale;
        band->offset = offset;
    }
}

/* The file that a field names; *out NULL, and OK: none. */
static imx_status file_of(imx_memory *memory, const imx_folder *folder, const imx_delivery *delivery,
                          const imx_fields *fields, const char *group, const char *key, imx_error *err, char **out) {
    const char *told = imx_fields_find(fields, group, key);
    bool there;
    *out = NULL;
    return told && *told ? imx_delivery_file(memory, folder, delivery->metadata, told, err, out, &there) : IMX_OK;
}

static imx_status read_bands(imx_memory *memory, const imx_folder *folder, const imx_fields *fields, imx_error *err,
                             imx_delivery *delivery) {
    const band_meaning *meaning = bands_of(fields);
    if (!meaning) {
        return imx_delivery_lacks(folder, delivery->metadata, "a spacecraft that is known (SPACECRAFT_ID)", err);
    }
    for (; meaning->key; meaning++) {
        char key[64], *file;
        (void)snprintf(key, sizeof key, "FILE_NAME_BAND_%s", meaning->key);
        imx_status status = file_of(memory, folder, delivery, fields, NULL, key, err, &file);
        if (status) {
            return status;
        }
        if (!file) {
            continue;
        }
        imx_delivery_band *band = imx_delivery_add(memory, delivery, meaning->name, meaning->shows, file);
        imx_free(memory, file);
        if (!band) {
            return imx_delivery_no_memory(folder, err);
        }
        band->has_nodata = true; /* 0 */
        read_scale(fields, meaning, band);
    }
    return delivery->band_count ? IMX_OK
                                : imx_delivery_lacks(folder, delivery->metadata, "any band (FILE_NAME_BAND_...)", err);
}

static const imx_quality_flag qa_pixel[] = {
    {"fill", 1u << 0},         {"dilated-cloud", 1u << 1}, {"cirrus", 1u << 2}, {"cloud", 1u << 3},
    {"cloud-shadow", 1u << 4}, {"snow", 1u << 5},          {"water", 1u << 7},  {NULL, 0}};

static imx_status read_quality(imx_memory *memory, const imx_folder *folder, const imx_fields *fields, imx_error *err,
                               imx_delivery *delivery) {
    imx_status status = file_of(memory, folder, delivery, fields, "PRODUCT_CONTENTS", "FILE_NAME_QUALITY_L1_PIXEL", err,
                                &delivery->quality_file);
    if (delivery->quality_file) {
        delivery->quality_name = "QA_PIXEL";
        delivery->flags = qa_pixel;
    }
    return status;
}

/* The product's; of before Collection 1, the scene's; else the folder's name. */
static const char *id_of(const imx_folder *folder, const imx_fields *fields) {
    const char *id = imx_fields_find(fields, NULL, "LANDSAT_PRODUCT_ID");
    id = id && *id ? id : imx_fields_find(fields, NULL, "LANDSAT_SCENE_ID");
    return id && *id && !strchr(id, '/') ? id : folder->name;
}

static imx_status read(imx_memory *memory, const imx_folder *folder, imx_error *err, imx_delivery *delivery) {
    imx_fields fields = {0};
    imx_status status = imx_delivery_fields(memory, folder, delivery->metadata, err, &fields);
    if (status == IMX_OK) {
        const char *level = imx_fields_find(&fields, NULL, "PROCESSING_LEVEL"); /* Collection 1: DATA_TYPE, Level 1 */
        delivery->kind = level && !strncmp(level, "L2", 2) ? "Landsat Level-2" : "Landsat Level-1";
        delivery->id = imx_strdup(memory, id_of(folder, &fields));
        status =
            delivery->id ? read_bands(memory, folder, &fields, err, delivery) : imx_delivery_no_memory(folder, err);
    }
    status = status ? status : read_quality(memory, folder, &fields, err, delivery);
    status = status ? status : read_times(memory, &fields, err, delivery);
    imx_fields_clear(memory, &fields);
    return status;
}

const imx_delivery_kind imx_delivery_landsat = {
    .find = find, .read = read, .is_metadata = is_metadata, .is_part = is_metadata, .is_repeated = is_repeated};
