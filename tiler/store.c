/* tiler/store.c: the kinds of stores, and the way from a path to its kind. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tiler/store_kind.h"

static const imx_store_kind *const kinds[] = {&imx_store_pmtiles, &imx_store_cog, &imx_store_dir};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- what an archive says of itself ---- */

void imx_archive_info_clear(imx_memory *memory, imx_archive_info *info) {
    char *const texts[] = {info->name,       info->description, info->attribution, info->grid_id,
                           info->generation, info->engine,      info->job_json,    info->encoding};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        imx_free(memory, texts[i]);
    }
    imx_grid_destroy(memory, &info->own_grid);
    *info = (imx_archive_info){0};
}

imx_status imx_archive_info_copy(imx_memory *memory, const imx_archive_info *from, imx_archive_info *out) {
    imx_archive_info copy = *from;
    const char *const texts[] = {from->name,       from->description, from->attribution, from->grid_id,
                                 from->generation, from->engine,      from->job_json,    from->encoding};
    char **const places[] = {&copy.name,       &copy.description, &copy.attribution, &copy.grid_id,
                             &copy.generation, &copy.engine,      &copy.job_json,    &copy.encoding};
    bool bad = false;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *places[i] = texts[i] ? imx_strdup(memory, texts[i]) : NULL;
        bad |= texts[i] && !*places[i];
    }
    copy.own_grid = NULL;
    if (from->own_grid) {
        const char *json = from->own_grid->json;
        bad |= imx_grid_parse(memory, json, strlen(json), NULL, NULL, NULL, &copy.own_grid) != IMX_OK;
    }
    if (bad) {
        imx_archive_info_clear(memory, &copy);
        return IMX_E_NOMEM;
    }
    *out = copy;
    return IMX_OK;
}

const imx_grid *imx_archive_grid(const imx_archive_info *info) {
    return info->own_grid ? info->own_grid : info->grid_id ? imx_grid_find(info->grid_id) : NULL;
}

/* ---- writing ---- */

bool imx_store_names_types(const char *target) {
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i]->takes_target(target)) {
            return kinds[i]->names_types;
        }
    }
    return false;
}

imx_status imx_store_writer_create(imx_memory *memory, const char *target, const imx_grid *grid,
                                   const imx_store_options *options, imx_error *err, imx_store_writer **out) {
    const imx_store_kind *kind = NULL;
    for (size_t i = 0; i < KINDS && !kind; i++) {
        kind = kinds[i]->takes_target(target) ? kinds[i] : NULL;
    }
    if (!kind) {
        return imx_fail(err, IMX_E_USAGE,
                        "%s: the name does not say what to write; use NAME.pmtiles for one file, or NAME/ for a folder "
                        "of {z}/{x}/{y} tiles",
                        target);
    }
    if (!kind->holds_grid(grid)) {
        return imx_fail(err, IMX_E_USAGE,
                        "%s: %s holds tiles of WebMercatorQuad only; write %s into a folder (a name that ends in /)",
                        target, kind->name, grid->id);
    }
    imx_store_writer *writer = NULL;
    imx_status status = kind->create(memory, target, grid, options, err, &writer);
    if (status == IMX_OK) {
        writer->kind = kind;
        *out = writer;
    }
    return status;
}

imx_status imx_store_writer_put(imx_store_writer *writer, const imx_metatile *metatile, imx_error *err) {
    return writer->kind->put(writer, metatile, err);
}

imx_status imx_store_writer_commit(imx_store_writer **writer, const imx_archive_info *info, imx_error *err,
                                   imx_store_result *result) {
    imx_store_writer *ending = *writer;
    *writer = NULL;
    return ending->kind->commit(ending, info, err, result);
}

void imx_store_writer_abort(imx_store_writer **writer) {
    if (writer && *writer) {
        (*writer)->kind->abort(*writer);
        *writer = NULL;
    }
}

/* ---- reading ---- */

/* By content; a file that is named as one kind's goes there, to be told what is wrong with it. */
static const imx_store_kind *kind_of(const char *path, bool is_folder) {
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i]->recognises(path)) {
            return kinds[i];
        }
    }
    return !is_folder && imx_store_pmtiles.takes_target(path) ? &imx_store_pmtiles : NULL;
}

imx_status imx_store_reader_open(imx_memory *memory, const char *path, imx_error *err, imx_store_reader **out) {
    struct stat there;
    if (stat(path, &there) != 0) {
        return imx_fail(err, IMX_E_INPUT, "%s: %s", path, strerror(errno));
    }
    const imx_store_kind *kind = kind_of(path, S_ISDIR(there.st_mode));
    if (!kind) {
        return imx_fail(err, IMX_E_INPUT,
                        S_ISDIR(there.st_mode)
                            ? "%s: not a folder of tiles: it has neither a metadata.json nor folders named after zooms"
                            : "%s: not a tile archive that imbrex knows (PMTiles v3, or a folder of {z}/{x}/{y} tiles)",
                        path);
    }
    imx_store_reader *reader = NULL;
    imx_status status = kind->open(memory, path, err, &reader);
    if (status == IMX_OK) {
        reader->kind = kind;
        *out = reader;
    }
    return status;
}

void imx_store_reader_close(imx_store_reader **reader) {
    if (reader && *reader) {
        (*reader)->kind->close(*reader);
        *reader = NULL;
    }
}

const imx_archive_info *imx_store_reader_info(const imx_store_reader *reader) { return &reader->info; }
const char *imx_store_reader_kind(const imx_store_reader *reader) { return reader->kind->name; }

imx_status imx_store_get(imx_store_reader *reader, const imx_tile_key *key, imx_error *err, imx_tile_ref *out) {
    /* One archive is one layer at no particular time. */
    if ((key->layer && (!reader->info.name || strcmp(key->layer, reader->info.name) != 0)) || key->time ||
        key->tile.z > IMX_ZOOM_MAX) {
        return IMX_E_NOT_FOUND;
    }
    return reader->kind->get(reader, key, err, out);
}

void imx_tile_ref_release(imx_store_reader *reader, imx_tile_ref *ref) {
    if (ref->data) {
        reader->kind->release(reader, ref);
    }
    *ref = (imx_tile_ref){0};
}

imx_status imx_store_each(imx_store_reader *reader, imx_store_visit_fn visit, void *context, imx_error *err) {
    return reader->kind->each(reader, visit, context, err);
}

imx_status imx_store_check(imx_store_reader *reader, imx_error *err) { return reader->kind->check(reader, err); }
