/* engine/delivery_quality.c: the quality band of a delivery: which of its bits count, and what its file is. */
#include <stdio.h>
#include <string.h>

#include "engine/delivery_inner.h"
#include "engine/quality.h"

static const imx_quality_flag *find_flag(const imx_delivery *delivery, const char *word, size_t length) {
    for (const imx_quality_flag *flag = delivery->flags; flag->word; flag++) {
        if (strlen(flag->word) == length && strncmp(flag->word, word, length) == 0) {
            return flag;
        }
    }
    return NULL;
}

static imx_status no_such_word(const imx_delivery *delivery, const char *mask, imx_error *err) {
    char words[IMX_QUALITY_WORDS_MAX + 64] = "";
    for (const imx_quality_flag *flag = delivery->flags; flag->word; flag++) {
        const size_t at = strlen(words);
        (void)snprintf(words + at, sizeof words - at, "%s%s", at ? ", " : "", flag->word);
    }
    return imx_fail(err, IMX_E_USAGE, "--mask: '%s' is not a list of words that %s has: %s", mask,
                    delivery->quality_name, words);
}

/* The bits that a list of words means. */
static imx_status bits_of(const imx_delivery *delivery, const char *mask, imx_error *err, uint32_t *bits) {
    for (const char *at = mask; at;) {
        const size_t length = strcspn(at, ",");
        const imx_quality_flag *flag = find_flag(delivery, at, length);
        if (!flag) {
            return no_such_word(delivery, mask, err);
        }
        *bits |= flag->bits;
        at = at[length] ? at + length + 1 : NULL;
    }
    return IMX_OK;
}

/* "QA_PIXEL fill, cloud bits" */
static void describe(const imx_delivery *delivery, imx_quality *quality) {
    int count = 0;
    (void)snprintf(quality->name, sizeof quality->name, "%s", delivery->quality_name);
    (void)snprintf(quality->words, sizeof quality->words, "%s", quality->name);
    for (const imx_quality_flag *flag = delivery->flags; flag->word; flag++) {
        if (quality->bits & flag->bits) {
            const size_t at = strlen(quality->words);
            (void)snprintf(quality->words + at, sizeof quality->words - at, "%s%s", count++ ? ", " : " ", flag->word);
        }
    }
    const size_t at = strlen(quality->words);
    (void)snprintf(quality->words + at, sizeof quality->words - at, count == 1 ? " bit" : " bits");
}

/* Takes the one band of a probed file. */
static imx_status take_band(imx_memory *memory, const imx_delivery *delivery, uint32_t bits, imx_error *err,
                            imx_scene *one, imx_quality **out) {
    const imx_asset *asset = &one->assets[0];
    if (asset->data_count != 1 || (asset->type != IMX_U8 && asset->type != IMX_U16) || asset->alpha_band) {
        return imx_fail(err, IMX_E_INPUT, "%s: is not one band of 8 or 16 bits, as %s is", asset->path,
                        delivery->quality_name);
    }
    imx_quality *quality = imx_calloc(memory, 1, sizeof *quality);
    if (!quality) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
    }
    quality->asset = *asset;
    quality->asset.validity = IMX_VALID_ALL; /* a mask of its own says nothing of its bits */
    quality->bits = bits;
    describe(delivery, quality);
    one->asset_count = 0; /* its only one is the quality band's now */
    *out = quality;
    return IMX_OK;
}

static imx_status probe(imx_memory *memory, const imx_delivery *delivery, const imx_source_options *options,
                        uint32_t bits, size_t block_limit_bytes, imx_log *log, imx_error *err, imx_scene *one,
                        imx_quality **out) {
    const imx_source_options bare = {.crs = options ? options->crs : NULL, .data = true, .no_nodata = true};
    const imx_delivery_band band = {.file = delivery->quality_file};
    if (!imx_delivery_has(delivery, &band)) {
        return !(options && options->mask) ? IMX_OK /* its bands say what is fill, too */
                                           : imx_fail(err, IMX_E_INPUT, "%s/%s: is missing, which --mask needs",
                                                      delivery->folder, delivery->quality_file);
    }
    char *path = NULL;
    imx_status status = imx_delivery_image(memory, delivery, &band, err, &path);
    status = status ? status : imx_source_probe(memory, path, &bare, block_limit_bytes, log, err, one);
    imx_free(memory, path);
    return status ? status : take_band(memory, delivery, bits, err, one, out);
}

imx_status imx_delivery_quality(imx_memory *memory, const imx_delivery *delivery, const imx_source_options *options,
                                size_t block_limit_bytes, imx_log *log, imx_error *err, imx_scene *one,
                                imx_quality **out) {
    const char *mask = options ? options->mask : NULL;
    *out = NULL;
    if (!delivery->quality_file) {
        return mask ? imx_fail(err, IMX_E_INPUT,
                               "%s: has no quality band that --mask could name pixels of: Landsat Collection 2 has",
                               delivery->id)
                    : IMX_OK;
    }
    uint32_t bits = options && options->no_nodata ? 0 : delivery->flags[0].bits;
    imx_status status = bits_of(delivery, mask, err, &bits);
    return status || !bits ? status : probe(memory, delivery, options, bits, block_limit_bytes, log, err, one, out);
}
