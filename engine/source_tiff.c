/* engine/source_tiff.c: opening one directory of a TIFF file, and deciding whether the fast path knows it. */
#include "engine/source_tiff.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/source_tiff_impl.h"

enum {
    LIBRARY_ALLOC_MAX = 1 << 28, /* bytes that libtiff may take at once: tables of some 10 million blocks */
    MASK_STRILE_MAX = 1 << 22,   /* bytes; beyond, GDAL's block cache does better than one held block */
    STRILE_MAX = 1 << 30         /* bytes */
};

/* ---- what libtiff says ---- */

static void one_line(char *text) {
    for (; *text; text++) {
        if ((unsigned char)*text < ' ') {
            *text = ' ';
        }
    }
}

static void complain(imx_tiff *tiff, const char *format, va_list list) {
    if (!tiff->reason[0]) {
        (void)vsnprintf(tiff->reason, sizeof tiff->reason, format, list);
        one_line(tiff->reason);
    }
}

void imx_tiff_complain(imx_tiff *tiff, const char *format, ...) {
    va_list list;
    va_start(list, format);
    complain(tiff, format, list);
    va_end(list);
}

const char *imx_tiff_reason(const imx_tiff *tiff) { return tiff->reason[0] ? tiff->reason : "no reason given"; }

/* 1: nobody else need hear it. */
static int hear_error(TIFF *file, void *user, const char *module, const char *format, va_list list) {
    (void)file;
    (void)module;
    complain(user, format, list);
    return 1;
}

/* libjpeg calls missing data a warning and invents gray pixels for it. */
static int hear_warning(TIFF *file, void *user, const char *module, const char *format, va_list list) {
    char text[sizeof((imx_tiff *)0)->reason];
    (void)file;
    (void)module;
    (void)vsnprintf(text, sizeof text, format, list);
    if (strstr(text, "Premature end of JPEG")) {
        imx_tiff_complain(user, "%s", text);
    }
    return 1;
}

/* ---- what is known ---- */

static uint16_t field(TIFF *file, uint32_t tag) {
    uint16_t value = 0;
    return TIFFGetFieldDefaulted(file, tag, &value) ? value : 0;
}

static bool has_predictor(uint16_t compression) {
    return compression == COMPRESSION_LZW || compression == COMPRESSION_ADOBE_DEFLATE ||
           compression == COMPRESSION_DEFLATE || compression == COMPRESSION_ZSTD;
}

static bool is_deflate(uint16_t compression) {
    return compression == COMPRESSION_ADOBE_DEFLATE || compression == COMPRESSION_DEFLATE;
}

static bool know_compression(imx_tiff *tiff) {
    tiff->compression = field(tiff->file, TIFFTAG_COMPRESSION);
    switch (tiff->compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_LZW:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ZSTD:
    case COMPRESSION_WEBP:
    case COMPRESSION_JPEG: break;
    default: return false;
    }
    if (!TIFFIsCODECConfigured(tiff->compression)) {
        return false;
    }
    if (tiff->bits != 8 && (tiff->compression == COMPRESSION_JPEG || tiff->compression == COMPRESSION_WEBP)) {
        return false;
    }
    tiff->predictor = has_predictor(tiff->compression) ? field(tiff->file, TIFFTAG_PREDICTOR) : PREDICTOR_NONE;
    const bool whole = tiff->bits == (uint16_t)(8 << tiff->sample_width);
    return tiff->predictor == PREDICTOR_NONE || (tiff->predictor == PREDICTOR_HORIZONTAL && whole) ||
           (tiff->predictor == PREDICTOR_FLOATINGPOINT && whole && tiff->sample_width != IMX_WIDTH_8 &&
            field(tiff->file, TIFFTAG_SAMPLEFORMAT) == SAMPLEFORMAT_IEEEFP);
}

/* What a sample is; false: nothing that is known here. */
static bool know_samples(imx_tiff *tiff, const imx_tiff_options *options) {
    static const struct {
        uint16_t format, bits;
        imx_type stored;
        imx_width width;
    } known[] = {
        {SAMPLEFORMAT_UINT, 1, IMX_U8, IMX_WIDTH_8},      {SAMPLEFORMAT_UINT, 2, IMX_U8, IMX_WIDTH_8},
        {SAMPLEFORMAT_UINT, 4, IMX_U8, IMX_WIDTH_8},      {SAMPLEFORMAT_UINT, 8, IMX_U8, IMX_WIDTH_8},
        {SAMPLEFORMAT_INT, 8, IMX_I8, IMX_WIDTH_8},       {SAMPLEFORMAT_UINT, 12, IMX_U16, IMX_WIDTH_8},
        {SAMPLEFORMAT_UINT, 16, IMX_U16, IMX_WIDTH_16},   {SAMPLEFORMAT_INT, 16, IMX_I16, IMX_WIDTH_16},
        {SAMPLEFORMAT_IEEEFP, 16, IMX_F32, IMX_WIDTH_16}, {SAMPLEFORMAT_UINT, 32, IMX_U32, IMX_WIDTH_32},
        {SAMPLEFORMAT_INT, 32, IMX_I32, IMX_WIDTH_32},    {SAMPLEFORMAT_IEEEFP, 32, IMX_F32, IMX_WIDTH_32},
        {SAMPLEFORMAT_IEEEFP, 64, IMX_F64, IMX_WIDTH_64},
    };
    const uint16_t format = field(tiff->file, TIFFTAG_SAMPLEFORMAT);
    tiff->bits = field(tiff->file, TIFFTAG_BITSPERSAMPLE);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].format == format && known[i].bits == tiff->bits) {
            tiff->stored = known[i].stored;
            tiff->sample_width = known[i].width;
            tiff->foreign = known[i].width != IMX_WIDTH_8 && TIFFIsByteSwapped(tiff->file);
            return options->data   ? tiff->stored == options->stored
                   : options->mask ? format == SAMPLEFORMAT_UINT && (tiff->bits == 1 || tiff->bits == 8)
                                   : format == SAMPLEFORMAT_UINT && tiff->bits == 8;
        }
    }
    return false;
}

/* Colours that GDAL hands out as they are stored, but for YCbCr in JPEG, which the codec turns into RGB. */
static bool know_photometric(imx_tiff *tiff, const imx_tiff_options *options) {
    uint16_t photometric = 0;
    if (!TIFFGetField(tiff->file, TIFFTAG_PHOTOMETRIC, &photometric)) {
        return false;
    }
    if (options->mask) {
        return photometric == PHOTOMETRIC_MASK || photometric == PHOTOMETRIC_MINISBLACK;
    }
    if (photometric == PHOTOMETRIC_YCBCR && tiff->compression == COMPRESSION_JPEG && !tiff->planar &&
        tiff->samples == 3) {
        return TIFFSetField(tiff->file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB) == 1;
    }
    return photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_RGB ||
           photometric == PHOTOMETRIC_PALETTE || photometric == PHOTOMETRIC_MINISWHITE;
}

/* Alpha that the colours are not multiplied by; of data only what is invalid is asked. */
static bool know_alpha(imx_tiff *tiff, const imx_tiff_options *options) {
    if (!options->alpha || options->data) {
        return true;
    }
    uint16_t count = 0, *extra = NULL;
    if (!TIFFGetField(tiff->file, TIFFTAG_EXTRASAMPLES, &count, &extra)) {
        return false;
    }
    int32_t first = options->file_bands - count, band = options->bands[options->band_count - 1] - 1;
    return band >= first && extra[band - first] != EXTRASAMPLE_ASSOCALPHA;
}

static bool know_layout(imx_tiff *tiff, const imx_tiff_options *options) {
    TIFF *file = tiff->file;
    uint32_t width = 0, height = 0, w = 0, h = 0, type = 0;
    uint16_t planar = field(file, TIFFTAG_PLANARCONFIG), samples = field(file, TIFFTAG_SAMPLESPERPIXEL);
    (void)TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &width);
    (void)TIFFGetField(file, TIFFTAG_IMAGELENGTH, &height);
    (void)TIFFGetField(file, TIFFTAG_SUBFILETYPE, &type);
    if (width != (uint32_t)options->width || height != (uint32_t)options->height || samples != options->file_bands ||
        (planar != PLANARCONFIG_CONTIG && planar != PLANARCONFIG_SEPARATE) ||
        field(file, TIFFTAG_ORIENTATION) != ORIENTATION_TOPLEFT ||
        field(file, TIFFTAG_FILLORDER) != FILLORDER_MSB2LSB || options->mask != ((type & FILETYPE_MASK) != 0)) {
        return false;
    }
    tiff->tiled = TIFFIsTiled(file) != 0;
    if (tiff->tiled) {
        (void)TIFFGetField(file, TIFFTAG_TILEWIDTH, &w);
        (void)TIFFGetField(file, TIFFTAG_TILELENGTH, &h);
    } else {
        (void)TIFFGetFieldDefaulted(file, TIFFTAG_ROWSPERSTRIP, &h);
        w = width;
        h = h < height ? h : height;
    }
    if (w == 0 || h == 0 || w > INT32_MAX / 8 || h > INT32_MAX / 8) {
        return false;
    }
    tiff->width = options->width;
    tiff->height = options->height;
    tiff->strile_w = (int32_t)w;
    tiff->strile_h = (int32_t)h;
    tiff->columns = (width - 1) / w + 1;
    tiff->rows = (height - 1) / h + 1;
    tiff->planar = planar == PLANARCONFIG_SEPARATE && samples > 1;
    tiff->samples = tiff->planar ? 1 : samples;
    bool any = options->block_w == 0 || (options->mask && !tiff->tiled);
    return any || (tiff->strile_w == options->block_w && tiff->strile_h == options->block_h);
}

/* The sizes must be those that libtiff decodes to. */
static bool know_sizes(imx_tiff *tiff, const imx_tiff_options *options) {
    size_t bytes;
    tiff->row_bytes = ((size_t)tiff->strile_w * (size_t)tiff->samples * tiff->bits + 7) / 8;
    if (!imx_size_mul(tiff->row_bytes, (size_t)tiff->strile_h, 1, &bytes) || bytes > STRILE_MAX ||
        (options->mask && bytes > MASK_STRILE_MAX)) {
        return false;
    }
    tmsize_t library = tiff->tiled ? TIFFTileSize(tiff->file) : TIFFStripSize(tiff->file);
    uint32_t count = tiff->tiled ? TIFFNumberOfTiles(tiff->file) : TIFFNumberOfStrips(tiff->file);
    uint64_t planes = tiff->planar ? (uint64_t)options->file_bands : 1;
    return library == (tmsize_t)bytes && count == planes * tiff->columns * tiff->rows;
}

static bool know(imx_tiff *tiff, const imx_tiff_options *options) {
    for (int32_t i = 0; i < options->band_count; i++) {
        if (options->bands[i] < 1 || options->bands[i] > options->file_bands) {
            return false;
        }
    }
    return know_samples(tiff, options) && know_layout(tiff, options) && know_compression(tiff) &&
           know_photometric(tiff, options) && know_alpha(tiff, options) && know_sizes(tiff, options);
}

/* ---- what is wanted ---- */

/* One sample of what is not stored, rounded as GDAL does. */
static void fill_sample(const imx_tiff *tiff, double value, uint8_t out[8]) {
    const imx_convert_kernels *kernels = &tiff->kernels->convert;
    _Alignas(8) uint8_t stored[8] = {0}, sample[8] = {0};
    kernels->narrow[tiff->stored](&value, 1, stored, NULL);
    imx_convert(kernels, &(imx_conversion){tiff->stored, tiff->working, 1, 0}, stored, 1, sample, NULL);
    memcpy(out, sample, sizeof sample);
}

static bool want(imx_tiff *tiff, const imx_tiff_options *options) {
    const size_t count = (size_t)options->band_count;
    tiff->band_count = options->band_count;
    tiff->alpha = options->alpha;
    tiff->data = options->data;
    tiff->working = options->data ? options->working : IMX_U8;
    tiff->bands = imx_calloc(tiff->memory, count, sizeof *tiff->bands);
    tiff->fill = imx_calloc(tiff->memory, count, sizeof *tiff->fill);
    if (!tiff->bands || !tiff->fill) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        tiff->bands[i] = options->bands[i] - 1;
        fill_sample(tiff, options->fill[i], tiff->fill[i]);
    }
    if (!options->data) {
        return true;
    }
    /* strile_w * samples * 8 bytes do not overflow: know_sizes() has had more */
    tiff->line = imx_alloc(tiff->memory, (size_t)tiff->strile_w * (size_t)tiff->samples * sizeof(double));
    tiff->band = imx_alloc(tiff->memory, (size_t)tiff->strile_w * sizeof(double));
    return tiff->line && tiff->band;
}

/* ---- open and close ---- */

static bool open_file(imx_tiff *tiff, const imx_tiff_options *options) {
    struct stat found;
    if (stat(options->path, &found) != 0 || !S_ISREG(found.st_mode)) {
        return false;
    }
    TIFFOpenOptions *opening = TIFFOpenOptionsAlloc();
    if (!opening) {
        return false;
    }
    TIFFOpenOptionsSetMaxSingleMemAlloc(opening, LIBRARY_ALLOC_MAX);
    TIFFOpenOptionsSetErrorHandlerExtR(opening, hear_error, tiff);
    TIFFOpenOptionsSetWarningHandlerExtR(opening, hear_warning, tiff);
    /* Not mapped (a file that shrinks would be a signal), tables of blocks read as needed, and large uncompressed
     * strips cut into small ones, as GDAL has it. */
    tiff->file = TIFFOpenExt(options->path, "rmOC", opening);
    TIFFOpenOptionsFree(opening);
    if (!tiff->file) {
        return false;
    }
    tiff->fd = TIFFFileno(tiff->file);
    return TIFFCurrentDirOffset(tiff->file) == options->directory ||
           TIFFSetSubDirectory(tiff->file, options->directory) == 1;
}

imx_status imx_tiff_open(imx_memory *memory, const imx_kernels *kernels, const imx_tiff_options *options,
                         imx_tiff **out) {
    imx_tiff *tiff = imx_calloc(memory, 1, sizeof *tiff);
    if (!tiff) {
        return IMX_E_NOMEM;
    }
    tiff->memory = memory;
    tiff->kernels = kernels;
    tiff->held = -1;
    bool known = open_file(tiff, options) && know(tiff, options);
    imx_status status = known && !want(tiff, options) ? IMX_E_NOMEM : IMX_OK;
    if (known && status == IMX_OK && is_deflate(tiff->compression)) {
        tiff->inflater = imx_inflater_create(memory);
        status = tiff->inflater ? IMX_OK : IMX_E_NOMEM;
    }
    if (!known || status != IMX_OK) {
        imx_tiff_close(&tiff);
    }
    *out = tiff;
    return status;
}

void imx_tiff_close(imx_tiff **tiff) {
    imx_tiff *old = *tiff;
    if (!old) {
        return;
    }
    imx_inflater_destroy(&old->inflater);
    if (old->file) {
        TIFFClose(old->file);
    }
    imx_free(old->memory, old->raw);
    imx_free(old->memory, old->decoded);
    imx_free(old->memory, old->bands);
    imx_free(old->memory, old->fill);
    imx_free(old->memory, old->line);
    imx_free(old->memory, old->band);
    imx_free(old->memory, old);
    *tiff = NULL;
}
