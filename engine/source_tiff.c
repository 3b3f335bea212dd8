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
    uint16_t predictor = has_predictor(tiff->compression) ? field(tiff->file, TIFFTAG_PREDICTOR) : PREDICTOR_NONE;
    tiff->differences = predictor == PREDICTOR_HORIZONTAL;
    return predictor == PREDICTOR_NONE || (tiff->differences && tiff->bits == 8);
}

/* Colours that GDAL hands out as they are stored, but for YCbCr in JPEG, which the codec turns into RGB. */
static bool know_photometric(imx_tiff *tiff, bool mask) {
    uint16_t photometric = 0;
    if (!TIFFGetField(tiff->file, TIFFTAG_PHOTOMETRIC, &photometric)) {
        return false;
    }
    if (mask) {
        return photometric == PHOTOMETRIC_MASK || photometric == PHOTOMETRIC_MINISBLACK;
    }
    if (photometric == PHOTOMETRIC_YCBCR && tiff->compression == COMPRESSION_JPEG && !tiff->planar &&
        tiff->samples == 3) {
        return TIFFSetField(tiff->file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB) == 1;
    }
    return photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_RGB ||
           photometric == PHOTOMETRIC_PALETTE;
}

/* Alpha that the colours are not multiplied by. */
static bool know_alpha(imx_tiff *tiff, const imx_tiff_options *options) {
    if (!options->alpha) {
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
    tiff->bits = field(file, TIFFTAG_BITSPERSAMPLE);
    (void)TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &width);
    (void)TIFFGetField(file, TIFFTAG_IMAGELENGTH, &height);
    (void)TIFFGetField(file, TIFFTAG_SUBFILETYPE, &type);
    if (width != (uint32_t)options->width || height != (uint32_t)options->height || samples != options->file_bands ||
        (tiff->bits != 8 && !(options->mask && tiff->bits == 1)) ||
        (planar != PLANARCONFIG_CONTIG && planar != PLANARCONFIG_SEPARATE) ||
        field(file, TIFFTAG_SAMPLEFORMAT) != SAMPLEFORMAT_UINT ||
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
        tiff->bands[i] = options->bands[i] - 1;
        if (tiff->bands[i] < 0 || tiff->bands[i] >= options->file_bands) {
            return false;
        }
    }
    tiff->band_count = options->band_count;
    tiff->alpha = options->alpha;
    memcpy(tiff->fill, options->fill, sizeof tiff->fill);
    return know_layout(tiff, options) && know_compression(tiff) && know_photometric(tiff, options->mask) &&
           know_alpha(tiff, options) && know_sizes(tiff, options);
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
    imx_status status = IMX_OK;
    bool known = open_file(tiff, options) && know(tiff, options);
    if (known && is_deflate(tiff->compression)) {
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
    imx_free(old->memory, old);
    *tiff = NULL;
}
