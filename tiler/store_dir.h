/* tiler/store_dir.h: a folder of {z}/{x}/{y}.{ext} tiles as a kind of store; private to the stores. z is the
 * grid's id of the zoom, y a row as the grid counts them, or from the bottom (TMS).
 *
 * metadata.json at its top says what store_metadata.h says, with `scheme` for the order of rows ("xyz": from the top,
 * "tms": from the bottom). Names are plain decimal integers; every tile has the extension of its own type. */
#ifndef IMX_TILER_STORE_DIR_H
#define IMX_TILER_STORE_DIR_H

#include <stdbool.h>

#include "tiler/store_kind.h"

#define IMX_DIR_METADATA "metadata.json"
#define IMX_DIR_PATH_MAX 64 /* "z/x/y.ext" and the end */

/* A plain decimal integer up to max: no sign, no leading zero, nothing behind. */
bool imx_dir_integer(const char *name, uint32_t max, uint32_t *out);
/* "17.png" -> 17 and the extension's place in imx_dir_extensions; false if it is not a tile's name. */
bool imx_dir_tile_name(const char *name, uint32_t *y, unsigned *extension);

typedef struct imx_dir_extension {
    const char *name;
    imx_tile_type type;
} imx_dir_extension;
enum { IMX_DIR_EXTENSIONS = 4 };
extern const imx_dir_extension imx_dir_extensions[IMX_DIR_EXTENSIONS];

/* One folder's names, "." and ".." left out, in no order. visit returns other than IMX_OK to stop. IMX_E_NOT_FOUND
 * (without text) if there is no such folder. */
typedef imx_status (*imx_dir_name_fn)(void *context, const char *name, imx_error *err);
IMX_MUST_USE imx_status imx_dir_list(int top_fd, const char *relative, imx_dir_name_fn visit, void *context,
                                     imx_error *err);

/* store_dir_write.c */
imx_status imx_dir_create(imx_memory *memory, const char *target, const imx_grid *grid,
                          const imx_store_options *options, imx_error *err, imx_store_writer **out);
imx_status imx_dir_put(imx_store_writer *writer, const imx_metatile *metatile, imx_error *err);
imx_status imx_dir_commit(imx_store_writer *writer, const imx_archive_info *info, imx_error *err,
                          imx_store_result *result);
void imx_dir_abort(imx_store_writer *writer);

/* store_dir_read.c, store_dir_scan.c */
typedef struct imx_dir_reader {
    imx_store_reader base;
    char *path;
    int top_fd;
    const imx_grid *grid;   /* whose rows are counted; never NULL */
    bool tms_rows;          /* rows count from the bottom */
    bool exact_zooms;       /* metadata.json said them */
    uint64_t tiles_said;    /* by metadata.json; 0: not said */
    unsigned extension_set; /* bit per place in imx_dir_extensions that may occur */
} imx_dir_reader;

imx_status imx_dir_open(imx_memory *memory, const char *path, imx_error *err, imx_store_reader **out);
void imx_dir_close(imx_store_reader *reader);
imx_status imx_dir_get(imx_store_reader *reader, const imx_tile_key *key, imx_error *err, imx_tile_ref *out);
void imx_dir_release(imx_store_reader *reader, imx_tile_ref *ref);
imx_status imx_dir_each(imx_store_reader *reader, imx_store_visit_fn visit, void *context, imx_error *err);
imx_status imx_dir_check(imx_store_reader *reader, imx_error *err);
/* A tile's file by its place in imx_dir_extensions. IMX_E_NOT_FOUND without text. */
IMX_MUST_USE imx_status imx_dir_load(const imx_dir_reader *reader, imx_tile tile, unsigned extension, imx_error *err,
                                     imx_tile_ref *out);

typedef struct imx_dir_tile {
    imx_tile tile; /* y from the top */
    unsigned extension;
} imx_dir_tile;
/* All tiles of a zoom in tile order; those outside of the grid are counted in *strays and left out. *out is from the
 * reader's memory. */
IMX_MUST_USE imx_status imx_dir_zoom(const imx_dir_reader *reader, uint32_t z, imx_error *err, imx_dir_tile **out,
                                     size_t *count, uint64_t *strays);
/* Zooms that have a folder: bit per zoom. */
IMX_MUST_USE imx_status imx_dir_zooms(const imx_dir_reader *reader, imx_error *err, uint32_t *out);

#endif
