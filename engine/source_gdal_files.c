/* engine/source_gdal_files.c: hearing what GDAL says, opening files or saying why not, and hashing their content. */
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/source_gdal.h"

enum { HASH_CHUNK_BYTES = 1 << 18 /* stays in the cache next to the core */ };

/* ---- what GDAL says ---- */

static void one_line(char *to, size_t size, const char *text) {
    size_t n = 0;
    for (; *text && n + 1 < size; text++) {
        char c = (*text == '\n' || *text == '\r' || *text == '\t') ? ' ' : *text;
        if (c != ' ' || (n > 0 && to[n - 1] != ' ')) {
            to[n++] = c;
        }
    }
    while (n > 0 && (to[n - 1] == ' ' || to[n - 1] == '.')) {
        n--;
    }
    to[n] = '\0';
}

/* libjpeg calls missing data a warning and invents gray pixels for it. */
static bool is_loss(const char *text) { return strstr(text, "Premature end of JPEG") != NULL; }

static void CPL_STDCALL hear(CPLErr level, CPLErrorNum number, const char *text) {
    (void)number;
    imx_gdal_ear *ear = CPLGetErrorHandlerUserData();
    if (level >= CE_Failure || (level == CE_Warning && is_loss(text))) {
        if (!ear->reason[0]) {
            one_line(ear->reason, sizeof ear->reason, *text ? text : "unknown");
        }
    } else if (ear->log) {
        char line[sizeof ear->reason];
        one_line(line, sizeof line, text);
        imx_log_say(ear->log, IMX_LOG_DEBUG, "GDAL: %s", line);
    }
}

void imx_gdal_listen(imx_gdal_ear *ear, imx_log *log) {
    ear->log = log;
    ear->reason[0] = '\0';
    CPLPushErrorHandlerEx(hear, ear);
}

void imx_gdal_unlisten(void) { CPLPopErrorHandler(); }
bool imx_gdal_failed(const imx_gdal_ear *ear) { return ear->reason[0] != '\0'; }
const char *imx_gdal_reason(const imx_gdal_ear *ear) { return ear->reason[0] ? ear->reason : "no reason given"; }

/* ---- opening ---- */

/* Drivers that talk to the network, to a database, or read raw memory. Files behind a URL are opened as /vsicurl/. */
static bool stays_here(const char *driver) {
    static const char *const others[] = {
        "HTTP",   "WMS",          "WMTS",      "WCS",           "OGCAPI",    "DAAS",       "EEDAI",
        "STACTA", "STACIT",       "NGW",       "PLMOSAIC",      "PLSCENES",  "MEM",        "RASDAMAN",
        "DODS",   "DERIVED",      "TileDB",    "PostGISRaster", "GeoRaster", "Rasterlite", "PostgreSQL",
        "MySQL",  "MSSQLSpatial", "MongoDBv3", "Elasticsearch", "Carto",     "AmigoCloud", "WFS",
        "OAPIF",  "CSW",          "ODBC",      "Memory"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (EQUAL(driver, others[i])) {
            return false;
        }
    }
    return true;
}

/* Those with a capability. NULL-terminated; the names are GDAL's. Free with free(). */
static const char **drivers_with(const char *capability) {
    int count = GDALGetDriverCount();
    const char **names = calloc((size_t)count + 1, sizeof *names);
    for (int i = 0, n = 0; names && i < count; i++) {
        GDALDriverH driver = GDALGetDriver(i);
        const char *has = GDALGetMetadataItem(driver, capability, NULL);
        if (has && EQUAL(has, "YES") && stays_here(GDALGetDriverShortName(driver))) {
            names[n++] = GDALGetDriverShortName(driver);
        }
    }
    return names;
}

static imx_status say_why_not(const char *path, const char *kind, const imx_gdal_ear *ear, imx_error *err) {
    VSIStatBufL stat;
    if (imx_gdal_is_remote(path)) {
        char reason[256];
        imx_gdal_remote_reason(path, reason, sizeof reason);
        if (reason[0]) {
            return imx_fail(err, IMX_E_INPUT, "%s: cannot be read (%s): %s", path, reason,
                            imx_gdal_remote_advice(path, reason));
        }
        if (strstr(ear->reason, "Range downloading not supported")) {
            return imx_fail(err, IMX_E_INPUT, "%s: the server gives no parts of files (HTTP ranges): download it",
                            path);
        }
    }
    errno = 0;
    if (VSIStatL(path, &stat) != 0) {
        if (errno == EACCES) {
            return imx_fail(err, IMX_E_INPUT, "%s: may not be read: check the permissions of its folder", path);
        }
        return imx_fail(err, IMX_E_INPUT, "%s: no such file: check the name", path);
    }
    if (VSI_ISDIR(stat.st_mode)) {
        return imx_fail(err, IMX_E_INPUT, "%s: a folder, not a %s: name the files in it", path, kind);
    }
    VSILFILE *file = VSIFOpenL(path, "rb");
    if (!file) {
        return imx_fail(err, IMX_E_INPUT, "%s: may not be read (%s): check its permissions", path, strerror(errno));
    }
    (void)VSIFCloseL(file);
    if (stat.st_size == 0) {
        return imx_fail(err, IMX_E_INPUT, "%s: the file is empty: copy or download it again", path);
    }
    if (!ear->reason[0] || strstr(ear->reason, "not recognized as")) {
        return imx_fail(err, IMX_E_INPUT, "%s: not a %s that GDAL %s can read: check what it is, or convert it", path,
                        kind, GDALVersionInfo("RELEASE_NAME"));
    }
    return imx_fail(err, IMX_E_INPUT, "%s: damaged, cannot be opened (%s): copy or download it again", path,
                    ear->reason);
}

static imx_status open_with(const char *path, bool vector, imx_log *log, imx_error *err, GDALDatasetH *out) {
    imx_status status = imx_file_check(path, err);
    if (status != IMX_OK) {
        return status;
    }
    const char **drivers = drivers_with(vector ? GDAL_DCAP_VECTOR : GDAL_DCAP_RASTER);
    const unsigned kind = vector ? GDAL_OF_VECTOR : GDAL_OF_RASTER;
    if (!drivers) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    }
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, log);
    GDALDatasetH dataset = GDALOpenEx(path, kind | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, drivers, NULL, NULL);
    status = dataset ? IMX_OK : say_why_not(path, vector ? "vector file" : "raster", &ear, err);
    imx_gdal_unlisten();
    free(drivers);
    if (dataset) {
        *out = dataset;
    }
    return status;
}

imx_status imx_gdal_open(const char *path, imx_log *log, imx_error *err, GDALDatasetH *out) {
    return open_with(path, false, log, err, out);
}

imx_status imx_gdal_open_vector(const char *path, imx_error *err, GDALDatasetH *out) {
    return open_with(path, true, NULL, err, out);
}

/* ---- files and their fingerprint ---- */

static int by_base_name(const void *a, const void *b) {
    const char *const *x = a, *const *y = b;
    int order = strcmp(CPLGetFilename(*x), CPLGetFilename(*y));
    return order ? order : strcmp(*x, *y);
}

enum { FILES_DEEP = 8 /* virtual rasters of virtual rasters */ };

static char **add_files(char **files, GDALDatasetH dataset, int depth);

static char **add_files_of(char **files, const char *path, int depth) {
    GDALDatasetH dataset = NULL;
    if (depth < FILES_DEEP && imx_gdal_open(path, NULL, NULL, &dataset) == IMX_OK) {
        files = add_files(files, dataset, depth + 1);
    }
    if (dataset) {
        GDALClose(dataset);
    }
    return files;
}

/* GDAL tells of a virtual raster's files, not of theirs, and nothing of geolocation arrays. */
static char **add_files(char **files, GDALDatasetH dataset, int depth) {
    static const char *const arrays[] = {"X_DATASET", "Y_DATASET"};
    char **own = GDALGetFileList(dataset), **geolocation = GDALGetMetadata(dataset, "GEOLOCATION");
    const int before = CSLCount(files);
    for (char **file = own; file && *file; file++) {
        bool known = false;
        for (int i = 0; i < CSLCount(files) && !known && depth; i++) {
            known = strcmp(files[i], *file) == 0;
        }
        files = known ? files : CSLAddString(files, *file);
        if (!known && EQUAL(CPLGetExtension(*file), "vrt") && !EQUAL(*file, GDALGetDescription(dataset))) {
            files = add_files_of(files, *file, depth);
        }
    }
    for (size_t i = 0; i < 2 && CSLCount(files) > before; i++) {
        const char *array = CSLFetchNameValue(geolocation, arrays[i]);
        files = array && !EQUAL(array, GDALGetDescription(dataset)) ? add_files_of(files, array, depth) : files;
    }
    CSLDestroy(own);
    return files;
}

/* Each once, by names without folders, in memory of ours. */
static imx_status copy_files(imx_memory *memory, char **files, const char *path, imx_error *err, char ***out,
                             size_t *out_count) {
    const size_t count = (size_t)CSLCount(files);
    imx_status status = IMX_OK;
    qsort(files, count, sizeof *files, by_base_name);
    *out = imx_calloc(memory, count + 1, sizeof **out);
    for (size_t i = 0; i < count && status == IMX_OK; i++) {
        if (i > 0 && strcmp(files[i], files[i - 1]) == 0) {
            continue;
        }
        char *copy = *out ? imx_strdup(memory, files[i]) : NULL;
        if (copy) {
            (*out)[(*out_count)++] = copy;
        } else {
            status = imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
        }
    }
    return status;
}

imx_status imx_gdal_list_files(imx_memory *memory, GDALDatasetH dataset, const char *path, imx_error *err,
                               imx_scene *scene) {
    char **files = add_files(NULL, dataset, 0);
    imx_status status =
        files ? copy_files(memory, files, path, err, &scene->files, &scene->file_count)
              : imx_fail(err, IMX_E_UNSUPPORTED, "%s: GDAL names no file behind it: copy it into a file first", path);
    CSLDestroy(files);
    return status;
}

imx_status imx_source_files(imx_memory *memory, const char *path, imx_error *err, char ***out, size_t *count) {
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, NULL);
    char **files = add_files_of(CSLAddString(NULL, path), path, 0);
    *count = 0;
    imx_status status = copy_files(memory, files, path, err, out, count);
    CSLDestroy(files);
    imx_gdal_unlisten();
    return status;
}

/* Content, then its length, so that bytes cannot move from one file to the next unnoticed. */
static imx_status hash_file(imx_hasher *hasher, const char *path, const atomic_bool *stop, void *chunk,
                            imx_error *err) {
    VSIStatBufL stat;
    if (VSIStatL(path, &stat) == 0 && VSI_ISDIR(stat.st_mode)) {
        return IMX_OK;
    }
    char tag[512];
    if (imx_gdal_remote_tag(path, tag, sizeof tag)) {
        imx_hasher_add(hasher, tag, strlen(tag));
        return IMX_OK;
    }
    VSILFILE *file = VSIFOpenL(path, "rb");
    if (!file) {
        return imx_fail(err, IMX_E_INPUT, "%s: cannot be read: check that it is there and readable", path);
    }
    uint64_t total = 0;
    size_t got;
    bool stopped = false;
    while (!stopped && (got = VSIFReadL(chunk, 1, HASH_CHUNK_BYTES, file)) > 0) {
        imx_hasher_add(hasher, chunk, got);
        total += got;
        stopped = stop && atomic_load(stop);
    }
    bool complete = VSIFEofL(file);
    (void)VSIFCloseL(file);
    if (stopped) {
        return imx_fail(err, IMX_E_CANCELLED, "interrupted");
    }
    if (!complete) {
        return imx_fail(err, IMX_E_INPUT, "%s: reading stopped after %llu bytes: %s", path, (unsigned long long)total,
                        imx_gdal_is_remote(path) ? "try again later" : "check the disk");
    }
    uint8_t length[8];
    for (size_t i = 0; i < sizeof length; i++) {
        length[i] = (uint8_t)(total >> (8 * i));
    }
    imx_hasher_add(hasher, length, sizeof length);
    return IMX_OK;
}

imx_status imx_scene_fingerprint(imx_memory *memory, const imx_scene *scene, const atomic_bool *stop, imx_error *err,
                                 imx_hash *out) {
    imx_gdal_ear ear;
    imx_hasher *hasher = NULL;
    void *chunk = imx_alloc(memory, HASH_CHUNK_BYTES);
    imx_status status = IMX_OK;
    imx_gdal_listen(&ear, NULL);
    if (!chunk || imx_hasher_create(memory, &hasher) != IMX_OK) {
        status = imx_fail(err, IMX_E_NOMEM, "%s: out of memory", scene->id);
    }
    for (size_t i = 0; i < scene->file_count && status == IMX_OK; i++) {
        status = hash_file(hasher, scene->files[i], stop, chunk, err);
    }
    if (status == IMX_OK) {
        *out = imx_hasher_result(hasher);
    }
    imx_gdal_unlisten();
    imx_hasher_destroy(&hasher);
    imx_free(memory, chunk);
    return status;
}
