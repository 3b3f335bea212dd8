/* engine/delivery_scene.c: a delivery becomes a scene: which of its bands, and what their files are. */
#include <stdlib.h>
#include <string.h>

#include "engine/band_list.h"
#include "engine/delivery.h"
#include "engine/quality.h"

/* ---- which bands ---- */

static int32_t find_shown(const imx_delivery *delivery, const char *shows) {
    for (size_t i = 0; i < delivery->band_count; i++) {
        if (strcmp(delivery->bands[i].shows, shows) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}

/* By its number, the product's name, or what it shows; -1: there is none. */
static int32_t find_band(const imx_delivery *delivery, const char *item) {
    const int32_t number = imx_band_list_number(item);
    if (number) {
        return (size_t)number <= delivery->band_count ? number - 1 : -1;
    }
    for (size_t i = 0; i < delivery->band_count; i++) {
        const imx_delivery_band *band = &delivery->bands[i];
        if (imx_band_names_match(item, band->name) || imx_band_names_match(item, band->shows)) {
            return (int32_t)i;
        }
    }
    return -1;
}

static imx_status no_such_band(imx_memory *memory, const imx_delivery *delivery, const char *item, imx_error *err) {
    char *names = imx_strdup(memory, "");
    for (size_t i = 0; names && i < delivery->band_count; i++) {
        const imx_delivery_band *band = &delivery->bands[i];
        char *longer =
            imx_sprintf(memory, "%s%s%s%s%s", names, i ? ", " : "", band->name, band->shows[0] ? " " : "", band->shows);
        imx_free(memory, names);
        names = longer;
    }
    (void)imx_fail(err, IMX_E_INPUT, "%s: --bands: there is no band %s: it has %s", delivery->id, item,
                   names ? names : "others");
    imx_free(memory, names);
    return IMX_E_INPUT;
}

static imx_status choose_listed(imx_memory *memory, const imx_delivery *delivery, const char *list, imx_error *err,
                                size_t *chosen, int32_t *count) {
    char item[IMX_BAND_NAME_MAX];
    for (*count = 0; list && imx_band_list_next(&list, item); ++*count) {
        const int32_t band = find_band(delivery, item);
        if (band < 0) {
            return no_such_band(memory, delivery, item, err);
        }
        chosen[*count] = (size_t)band;
    }
    return IMX_OK;
}

static void choose_default(const imx_delivery *delivery, bool data, size_t *chosen, int32_t *count) {
    const int32_t rgb[3] = {find_shown(delivery, "red"), find_shown(delivery, "green"), find_shown(delivery, "blue")};
    const bool coloured = rgb[0] >= 0 && rgb[1] >= 0 && rgb[2] >= 0;
    *count = data ? (int32_t)delivery->band_count : coloured || delivery->band_count >= 3 ? 3 : 1;
    for (int32_t i = 0; i < *count; i++) {
        chosen[i] = !data && coloured ? (size_t)rgb[i] : (size_t)i;
    }
}

imx_status imx_delivery_choose(imx_memory *memory, const imx_delivery *delivery, const imx_source_options *options,
                               imx_error *err, size_t **chosen, int32_t *count) {
    const char *list = options ? options->band_list : NULL;
    const size_t room = list ? (size_t)imx_band_list_count(list) : delivery->band_count;
    size_t *bands = imx_calloc(memory, room + 1, sizeof *bands);
    if (!bands) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", delivery->id);
    }
    imx_status status = IMX_OK;
    if (list) {
        status = choose_listed(memory, delivery, list, err, bands, count);
    } else if (options && !options->data && options->band_count == 1) { /* heights */
        bands[0] = 0;
        *count = 1;
    } else {
        choose_default(delivery, options && options->data, bands, count);
    }
    if (status == IMX_OK) {
        *chosen = bands;
    } else {
        imx_free(memory, bands);
    }
    return status;
}

/* ---- what their files are ---- */

typedef struct builder {
    imx_memory *memory;
    const imx_delivery *delivery;
    const imx_source_options *options;
    size_t block_limit_bytes;
    imx_log *log;
    imx_error *err;
    imx_scene *scene;
} builder;

static imx_status no_memory(const builder *b) {
    return imx_fail(b->err, IMX_E_NOMEM, "%s: out of memory", b->delivery->id);
}

/* What the delivery tells of a band, over what its file does; the user has the last word. */
static void describe_band(const builder *b, const imx_delivery_band *from, imx_data_band *band) {
    const bool told = b->options && (b->options->has_nodata || b->options->no_nodata);
    memcpy(band->name, from->name, sizeof band->name);
    if (from->has_nodata && !told) {
        band->has_nodata = true;
        band->nodata = from->nodata;
    }
    if (from->scale != 1 || from->offset != 0) {
        band->scale = from->scale;
        band->offset = from->offset;
    }
}

/* Of the bands that the file has, the ones that are wanted. */
static imx_status pick_bands(const builder *b, const size_t *chosen, int32_t count, imx_asset *asset) {
    imx_data_band *bands = imx_calloc(b->memory, (size_t)count, sizeof *bands);
    bool any_nodata = false;
    if (!bands) {
        return no_memory(b);
    }
    for (int32_t i = 0; i < count; i++) {
        const imx_delivery_band *from = &b->delivery->bands[chosen[i]];
        const imx_data_band *found = NULL;
        for (int32_t k = 0; k < asset->data_count && !found; k++) {
            found = asset->data[k].number == from->number ? &asset->data[k] : NULL;
        }
        if (!found) {
            imx_free(b->memory, bands);
            return imx_fail(b->err, IMX_E_INPUT, "%s: has no band %d, which %s names %s", asset->path,
                            (int)from->number, b->delivery->metadata, from->name);
        }
        bands[i] = *found;
        describe_band(b, from, &bands[i]);
        any_nodata = any_nodata || bands[i].has_nodata;
    }
    imx_free(b->memory, asset->data);
    asset->data = bands;
    asset->data_count = count;
    asset->whole_pixels = !(b->options && b->options->data);
    asset->as_floats = asset->as_floats || (asset->whole_pixels && imx_asset_working_type(asset) == IMX_F64);
    asset->validity = asset->validity == IMX_VALID_ALL && any_nodata ? IMX_VALID_NODATA : asset->validity;
    return IMX_OK;
}

/* Takes the files over, but those that are listed already. */
static imx_status take_files(const builder *b, char **files, size_t count) {
    imx_scene *scene = b->scene;
    char **grown = imx_realloc(b->memory, scene->files, (scene->file_count + count) * sizeof *grown);
    if (!grown) {
        return no_memory(b);
    }
    scene->files = grown;
    for (size_t i = 0; i < count; i++) {
        bool listed = false;
        for (size_t k = 0; k < scene->file_count && !listed; k++) {
            listed = strcmp(scene->files[k], files[i]) == 0;
        }
        if (!listed) {
            scene->files[scene->file_count++] = files[i];
            files[i] = NULL;
        }
    }
    return IMX_OK;
}

static imx_status take_crs(const builder *b, imx_scene *from) {
    imx_scene *scene = b->scene;
    if (scene->crs && strcmp(scene->crs, from->crs) != 0) {
        return imx_fail(b->err, IMX_E_INPUT, "%s: is not in the CRS of the delivery's other bands",
                        from->assets[0].path);
    }
    if (!scene->crs) {
        scene->crs = from->crs;
        scene->operation = from->operation;
        from->crs = from->operation = NULL;
    }
    return IMX_OK;
}

/* An asset of bands of one file. */
static imx_status add_asset(const builder *b, const size_t *chosen, int32_t count) {
    const imx_delivery_band *first = &b->delivery->bands[chosen[0]];
    imx_source_options options = b->options ? *b->options : (imx_source_options){0};
    imx_scene one = {0};
    options.data = true;
    options.band_list = NULL;
    options.band_count = 0;
    char *path = NULL;
    imx_status status = IMX_OK;
    if (imx_delivery_has(b->delivery, first)) {
        status = imx_delivery_image(b->memory, b->delivery, first, b->err, &path);
    } else {
        status =
            imx_fail(b->err, IMX_E_INPUT,
                     "%s/%s: is missing, the file of band %s: copy or unpack the delivery again, or ask for others "
                     "with --bands",
                     b->delivery->folder, first->file, first->name);
    }
    status = status ? status : imx_source_probe(b->memory, path, &options, b->block_limit_bytes, b->log, b->err, &one);
    status = status ? status : pick_bands(b, chosen, count, &one.assets[0]);
    status = status ? status : take_crs(b, &one);
    status = status ? status : take_files(b, one.files, one.file_count);
    if (status == IMX_OK) {
        b->scene->assets[b->scene->asset_count++] = one.assets[0];
        one.asset_count = 0; /* its only one is the scene's now */
    }
    imx_scene_clear(b->memory, &one);
    imx_free(b->memory, path);
    return status;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int by_base_name(const void *a, const void *b) {
    const char *const *x = a, *const *y = b;
    const int order = strcmp(base_name(*x), base_name(*y));
    return order ? order : strcmp(*x, *y);
}

static char *copy_text(imx_memory *memory, const char *text, bool *sound) {
    char *copy = text ? imx_strdup(memory, text) : NULL;
    *sound = *sound && (copy || !text);
    return copy;
}

/* The quality band, where there is one, to all assets that it can tell of. */
static imx_status add_quality(const builder *b) {
    imx_scene *scene = b->scene, one = {0};
    imx_status status = imx_delivery_quality(b->memory, b->delivery, b->options, b->block_limit_bytes, b->log, b->err,
                                             &one, &scene->quality);
    const bool told = status == IMX_OK && scene->quality;
    if (told && strcmp(one.crs, scene->crs) != 0) {
        status = imx_fail(b->err, IMX_E_INPUT, "%s: is not in the CRS of the delivery's other bands",
                          scene->quality->asset.path);
    }
    for (size_t i = 0; i < scene->asset_count && told && status == IMX_OK; i++) {
        imx_asset *asset = &scene->assets[i];
        if (imx_quality_suits(scene->quality, asset)) {
            asset->quality = scene->quality;
        } else {
            imx_log_say(b->log, IMX_LOG_WARNING, "%s: lies elsewhere than %s, which therefore tells nothing of it",
                        asset->path, scene->quality->name);
        }
    }
    status = status || !told ? status : take_files(b, one.files, one.file_count);
    imx_scene_clear(b->memory, &one);
    return status;
}

/* Its names and times, and the metadata as one more file. */
static imx_status describe(const builder *b) {
    const imx_delivery *delivery = b->delivery;
    imx_scene *scene = b->scene;
    bool sound = true;
    scene->id = copy_text(b->memory, delivery->id, &sound);
    scene->time_start = copy_text(b->memory, delivery->time_start, &sound);
    scene->time_end = copy_text(b->memory, delivery->time_end, &sound);
    char *metadata = imx_sprintf(b->memory, "%s/%s", delivery->folder, delivery->metadata);
    imx_status status = sound && metadata ? take_files(b, &metadata, 1) : no_memory(b);
    imx_free(b->memory, metadata);
    if (status == IMX_OK) {
        qsort(scene->files, scene->file_count, sizeof *scene->files, by_base_name);
    }
    return status;
}

imx_status imx_delivery_probe(imx_memory *memory, const imx_delivery *delivery, const size_t *chosen, int32_t count,
                              const imx_source_options *options, size_t block_limit_bytes, imx_log *log, imx_error *err,
                              imx_scene *out) {
    imx_scene scene = {.assets = imx_calloc(memory, (size_t)count, sizeof *scene.assets)};
    const builder b = {memory, delivery, options, block_limit_bytes, log, err, &scene};
    imx_status status = scene.assets ? IMX_OK : no_memory(&b);
    for (int32_t i = 0, run; i < count && status == IMX_OK; i += run) {
        const char *file = delivery->bands[chosen[i]].file;
        for (run = 1; i + run < count && strcmp(delivery->bands[chosen[i + run]].file, file) == 0; run++) {
        }
        status = add_asset(&b, chosen + i, run);
    }
    status = status ? status : add_quality(&b);
    status = status ? status : describe(&b);
    if (status == IMX_OK) {
        *out = scene;
    } else {
        imx_scene_clear(memory, &scene);
    }
    return status;
}

imx_status imx_scene_probe(imx_memory *memory, const char *path, const imx_source_options *options,
                           size_t block_limit_bytes, imx_log *log, imx_error *err, imx_scene *out) {
    imx_delivery delivery;
    imx_status status = imx_delivery_read(memory, path, err, &delivery);
    if (status == IMX_E_NOT_FOUND) {
        return options && options->mask
                   ? imx_fail(err, IMX_E_INPUT,
                              "%s: is no delivery with a quality band, whose pixels --mask could name: leave it out",
                              path)
                   : imx_source_probe(memory, path, options, block_limit_bytes, log, err, out);
    }
    size_t *chosen = NULL;
    int32_t count = 0;
    if (status == IMX_OK) {
        status = imx_delivery_choose(memory, &delivery, options, err, &chosen, &count);
        status = status
                     ? status
                     : imx_delivery_probe(memory, &delivery, chosen, count, options, block_limit_bytes, log, err, out);
        imx_free(memory, chosen);
        imx_delivery_clear(memory, &delivery);
    }
    return status;
}
