/* engine/delivery_sentinel2.c: Sentinel-2 Level-1C and Level-2A, a .SAFE folder with MTD_MSIL1C.xml or MTD_MSIL2A.xml.
 *
 * Sources: S2-PDGS-TAS-DI-PSD (Sentinel-2 Products Specification Document; the format since 14.2, December 2016, with
 * one granule a product); for BOA_ADD_OFFSET and RADIO_ADD_OFFSET, by which reflectance = (DN + offset) /
 * quantification since processing baseline 04.00, the ESA technical guides "Level-1C Product Formatting" and "Level-2A
 * Processing Overview". 0 is no data (SPECIAL_VALUE_INDEX of NODATA). band_id counts B01 to B08, B8A, B09 to B12.
 *
 * Level-2A has some bands at several resolutions, coarser ones resampled: the finest file of each band is taken. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/delivery_inner.h"

typedef struct band_meaning {
    const char *name, *shows;
} band_meaning;

static const band_meaning meanings[] = {
    {"B01", "coastal"},  {"B02", "blue"},     {"B03", "green"}, {"B04", "red"},  {"B05", "rededge1"},
    {"B06", "rededge2"}, {"B07", "rededge3"}, {"B08", "nir"},   {"B8A", "nir2"}, {"B09", "watervapour"},
    {"B10", "cirrus"},   {"B11", "swir1"},    {"B12", "swir2"}};

enum { BANDS = sizeof meanings / sizeof *meanings, BASE_RESOLUTION = 10 /* m; where a name tells none */ };

static bool is_metadata(const char *name) {
    return !strcasecmp(name, "MTD_MSIL1C.xml") || !strcasecmp(name, "MTD_MSIL2A.xml");
}

static const char *find(const imx_folder *folder) {
    for (size_t i = 0; i < folder->count; i++) {
        if (is_metadata(folder->files[i])) {
            return folder->files[i];
        }
    }
    return NULL;
}

/* What a name tells: ".../T30TXQ_20200101T105441_B02_10m", "..._B02"; false: not of a band. */
static bool read_name(const char *file, size_t *band, int *resolution) {
    char name[128];
    const char *slash = strrchr(file, '/');
    (void)snprintf(name, sizeof name, "%s", slash ? slash + 1 : file);
    char *last = strrchr(name, '_'), *end;
    *resolution = BASE_RESOLUTION;
    if (last && (*resolution = (int)strtol(last + 1, &end, 10)) > 0 && !strcmp(end, "m")) {
        *last = '\0';
        last = strrchr(name, '_');
    }
    for (*band = 0; last && *band < BANDS; ++*band) {
        if (!strcmp(last + 1, meanings[*band].name)) {
            return true;
        }
    }
    return false;
}

/* Names come without their suffix: JPEG 2000's, or, where only that is there, TIFF's. */
static imx_status find_image(imx_memory *memory, const imx_folder *folder, const char *metadata, const char *name,
                             imx_error *err, char **out) {
    static const char *const suffixes[] = {"jp2", "tif"};
    char *first = NULL; /* where neither is there */
    bool there = false;
    imx_status status = IMX_OK;
    for (size_t i = 0; i < 2 && !there && !status; i++) {
        char *wanted = imx_sprintf(memory, "%s.%s", name, suffixes[i]), *file = NULL;
        status = wanted ? imx_delivery_file(memory, folder, metadata, wanted, err, &file, &there)
                        : imx_delivery_no_memory(folder, err);
        imx_free(memory, wanted);
        if (there || !first) {
            imx_free(memory, first);
            first = file;
        } else {
            imx_free(memory, file);
        }
    }
    if (status) {
        imx_free(memory, first);
    } else {
        *out = first;
    }
    return status;
}

static void read_scale(const imx_fields *fields, size_t index, imx_delivery_band *band) {
    static const char *const quantifications[] = {"BOA_QUANTIFICATION_VALUE", "L2A_BOA_QUANTIFICATION_VALUE",
                                                  "QUANTIFICATION_VALUE"};
    double quantification = 0;
    for (size_t i = 0; i < 3 && quantification == 0; i++) {
        (void)imx_fields_number(fields, NULL, quantifications[i], &quantification);
    }
    if (!(quantification > 0) || !isfinite(1 / quantification)) {
        return;
    }
    band->scale = 1 / quantification;
    for (size_t i = 0; i < fields->count; i++) {
        const imx_field *f = &fields->items[i];
        if ((!strcmp(f->key, "BOA_ADD_OFFSET") || !strcmp(f->key, "RADIO_ADD_OFFSET")) && f->index == (int)index) {
            const double offset = strtod(f->value, NULL) / quantification;
            band->offset = isfinite(offset) ? offset : 0;
        }
    }
}

static imx_status read_bands(imx_memory *memory, const imx_folder *folder, const imx_fields *fields, imx_error *err,
                             imx_delivery *delivery) {
    const char *finest[BANDS] = {NULL};
    int resolutions[BANDS] = {0};
    for (size_t i = 0; i < fields->count; i++) {
        const imx_field *f = &fields->items[i];
        size_t band;
        int resolution;
        if (!strcmp(f->key, "IMAGE_FILE") && read_name(f->value, &band, &resolution) &&
            (!finest[band] || resolution < resolutions[band])) {
            finest[band] = f->value;
            resolutions[band] = resolution;
        }
    }
    for (size_t i = 0; i < BANDS; i++) {
        if (!finest[i]) {
            continue;
        }
        char *file = NULL;
        imx_status status = find_image(memory, folder, delivery->metadata, finest[i], err, &file);
        if (status) {
            return status;
        }
        imx_delivery_band *band = imx_delivery_add(memory, delivery, meanings[i].name, meanings[i].shows, file);
        imx_free(memory, file);
        if (!band) {
            return imx_delivery_no_memory(folder, err);
        }
        band->has_nodata = true; /* 0 */
        read_scale(fields, i, band);
    }
    return delivery->band_count ? IMX_OK
                                : imx_delivery_lacks(folder, delivery->metadata,
                                                     "any band (IMAGE_FILE; products of before December 2016 are "
                                                     "of another format)",
                                                     err);
}

/* One granule: the name of the first part of all image files is the same. */
static imx_status check_granules(const imx_folder *folder, const imx_fields *fields, imx_error *err) {
    const char *first = NULL;
    for (size_t i = 0; i < fields->count; i++) {
        const imx_field *f = &fields->items[i];
        const char *end = strstr(f->value, "/IMG_DATA/");
        if (strcmp(f->key, "IMAGE_FILE") || !end) {
            continue;
        }
        if (first && strncmp(first, f->value, (size_t)(end - f->value) + 1)) {
            return imx_fail(err, IMX_E_UNSUPPORTED, "%s: holds several granules: name the files of one of them",
                            folder->path);
        }
        first = first ? first : f->value;
    }
    return IMX_OK;
}

static imx_status read_times(imx_memory *memory, const imx_fields *fields, imx_error *err, imx_delivery *delivery) {
    imx_status status =
        imx_delivery_time(memory, imx_fields_find(fields, NULL, "PRODUCT_START_TIME"), 0, err, &delivery->time_start);
    status = status ? status
                    : imx_delivery_time(memory, imx_fields_find(fields, NULL, "PRODUCT_STOP_TIME"), 0, err,
                                        &delivery->time_end);
    if (delivery->time_end && (!delivery->time_start || !strcmp(delivery->time_start, delivery->time_end))) {
        imx_free(memory, delivery->time_end); /* an instant */
        delivery->time_end = NULL;
    }
    return status;
}

/* The product's name: its folder's, in the metadata as well, in case that was renamed. */
static char *id_of(imx_memory *memory, const imx_folder *folder, const imx_fields *fields) {
    const char *uri = imx_fields_find(fields, NULL, "PRODUCT_URI");
    char *id = imx_strdup(memory, uri && *uri && !strchr(uri, '/') ? uri : folder->name);
    if (id && imx_name_ends(id, ".SAFE")) {
        id[strlen(id) - strlen(".SAFE")] = '\0';
    }
    return id;
}

static imx_status read(imx_memory *memory, const imx_folder *folder, imx_error *err, imx_delivery *delivery) {
    imx_fields fields = {0};
    imx_status status = imx_delivery_fields(memory, folder, delivery->metadata, err, &fields);
    if (status == IMX_OK) {
        delivery->kind = strcasestr(delivery->metadata, "L2A") ? "Sentinel-2 Level-2A" : "Sentinel-2 Level-1C";
        delivery->id = id_of(memory, folder, &fields);
        status = delivery->id ? check_granules(folder, &fields, err) : imx_delivery_no_memory(folder, err);
    }
    status = status ? status : read_bands(memory, folder, &fields, err, delivery);
    status = status ? status : read_times(memory, &fields, err, delivery);
    imx_fields_clear(memory, &fields);
    return status;
}

const imx_delivery_kind imx_delivery_sentinel2 = {.find = find, .read = read, .is_metadata = is_metadata};
