/* tiler/store.h: where tiles live. One interface, a writer and a reader apart; one file each per kind
 * (store_pmtiles_write.c, store_pmtiles_read.c, store_dir_write.c, store_dir_read.c, ...), one row each in store.c's
 * table.
 *
 * Writer. It takes finished metatiles in any order, from any thread, and sorts them itself; the bytes of the result
 * depend on the tiles and metadata alone. It writes beside the target and replaces it in one step on commit; until
 * then, and after abort, the target keeps what it held.
 * Reader. Immutable and thread-safe: any number of threads may get tiles at once.
 */
#ifndef IMX_TILER_STORE_H
#define IMX_TILER_STORE_H

#include "engine/base/hash.h"
#include "tiler/codec.h"
#include "tiler/grid.h"

/* ---- what an archive says of itself -------------------------------------------------------------------------- */

typedef struct imx_archive_info {
    char *name, *description, *attribution; /* NULL if not given */
    char *grid_id;                          /* "WebMercatorQuad"; NULL in a foreign archive that does not say */
    char
        *encoding; /* what numbers stand in the colours, as MapLibre's raster-dem has it: "mapbox", "terrarium"; NULL */
    imx_grid *own_grid;      /* where that is no built-in grid; NULL otherwise, and where nobody knows it */
    char *generation;        /* hash of content and semantic options, hex; NULL in a foreign archive */
    char *engine;            /* "imbrex 0.1.0"; NULL likewise */
    char *job_json;          /* semantic options and scenes, a JSON object in text; NULL likewise */
    imx_tile_type tile_type; /* IMX_TILE_MIXED: several */
    uint32_t tile_px;
    uint32_t buffer_px;              /* of the neighbours, around each tile: it measures tile_px + 2 buffer_px a side */
    uint32_t zoom_min, zoom_max;     /* from 0; the texts say the grid's ids */
    double west, south, east, north; /* degrees */
    /* Data lie on both sides of the antimeridian, from data_west on to data_east < data_west, within +-180 (RFC 7946,
     * section 5.2); west and east are then for clients that want west < east: of the whole world, or beyond 180. */
    bool crosses;
    double data_west, data_east;
    double center_lon, center_lat; /* where data are */
    uint32_t center_zoom;
    uint64_t tiles_addressed, tiles_distinct; /* reader: 0 if unknown without a scan */
    uint64_t bytes;                           /* reader: of the archive; 0 if unknown without a scan */
} imx_archive_info;
void imx_archive_info_clear(imx_memory *memory, imx_archive_info *info);
IMX_MUST_USE imx_status imx_archive_info_copy(imx_memory *memory, const imx_archive_info *from, imx_archive_info *out);
/* Its own grid, or the built-in one of that name; NULL: not said, or not known. */
const imx_grid *imx_archive_grid(const imx_archive_info *info);

/* ---- writing -------------------------------------------------------------------------------------------------- */

typedef struct imx_stored_tile {
    imx_tile tile;
    imx_tile_type type;
    imx_blob blob;
} imx_stored_tile;

/* The unit of commit: the tiles of one subtree, and the pixels of its root (for state and journals; may be NULL). */
typedef struct imx_metatile {
    imx_tile root;
    imx_stored_tile *tiles;
    size_t count;
    const imx_pixels *root_pixels;
} imx_metatile;

struct imx_cog_options;

typedef struct imx_store_options {
    const struct imx_cog_options
        *cog;       /* a GeoTIFF: what it is (tiler/cog.h); borrowed for the writer's life. NULL: none */
    bool tms_rows;  /* directory: y counted from the bottom */
    bool overwrite; /* false: an existing target is an error (IMX_E_USAGE), said at create. An empty folder may always
                     * be filled; a folder that holds anything but metadata.json and folders named after zooms is never
                     * replaced */
} imx_store_options;

typedef struct imx_store_result {
    uint64_t tiles, distinct, bytes; /* bytes: of the finished archive */
} imx_store_result;

typedef struct imx_store_writer imx_store_writer;
/* Whether tiles of such a target bear their type in their names ({z}/{x}/{y}.png): a client then asks for one type
 * alone. false too where no kind takes the target. */
bool imx_store_names_types(const char *target);
/* The kind follows from the target: `.pmtiles`; a path that ends in `/`, or that is a folder, or has no suffix: a
 * directory. IMX_E_USAGE names the kinds otherwise, and for a grid that the kind cannot hold names those that can. */
IMX_MUST_USE imx_status imx_store_writer_create(imx_memory *memory, const char *target, const imx_grid *grid,
                                                const imx_store_options *options, imx_error *err,
                                                imx_store_writer **out);
/* Thread-safe. The blobs are borrowed for the call. */
IMX_MUST_USE imx_status imx_store_writer_put(imx_store_writer *writer, const imx_metatile *metatile, imx_error *err);
/* Both end the writer. info: the writer fills in counts, tile type and zooms from what it got, and keeps the center's
 * zoom among them; name, description and attribution must be UTF-8 (IMX_E_USAGE). Without a single tile: IMX_E_INPUT,
 * and the target keeps what it held. */
IMX_MUST_USE imx_status imx_store_writer_commit(imx_store_writer **writer, const imx_archive_info *info, imx_error *err,
                                                imx_store_result *result);
void imx_store_writer_abort(imx_store_writer **writer);

/* ---- reading -------------------------------------------------------------------------------------------------- */

/* A tile's full key. One archive holds one layer at one time: there layer and time must be NULL or match; stores with
 * more than one resolve them. */
typedef struct imx_tile_key {
    const char *layer, *time;
    imx_tile tile;
} imx_tile_key;

typedef struct imx_tile_ref { /* valid until released; keeps what it points into alive */
    const uint8_t *data;
    size_t size;
    imx_tile_type type;
    imx_hash hash; /* of the content: the ETag */
    void *owned;   /* the reader's own */
} imx_tile_ref;

typedef struct imx_store_reader imx_store_reader;
/* The kind follows from the content (magic bytes; a folder with metadata.json or {z}/{x}/{y}). IMX_E_INPUT names the
 * file and what is wrong. */
IMX_MUST_USE imx_status imx_store_reader_open(imx_memory *memory, const char *path, imx_error *err,
                                              imx_store_reader **out);
void imx_store_reader_close(imx_store_reader **reader);
const imx_archive_info *imx_store_reader_info(const imx_store_reader *reader);
const char *imx_store_reader_kind(const imx_store_reader *reader); /* "PMTiles v3", "directory" */
/* IMX_E_NOT_FOUND (without text) if there is no such tile. */
IMX_MUST_USE imx_status imx_store_get(imx_store_reader *reader, const imx_tile_key *key, imx_error *err,
                                      imx_tile_ref *out);
void imx_tile_ref_release(imx_store_reader *reader, imx_tile_ref *ref);
/* Every tile, in ascending tile id (runs of equal tiles are unrolled). visit returns other than IMX_OK to stop. */
typedef imx_status (*imx_store_visit_fn)(void *context, imx_tile tile, const imx_tile_ref *ref, imx_error *err);
IMX_MUST_USE imx_status imx_store_each(imx_store_reader *reader, imx_store_visit_fn visit, void *context,
                                       imx_error *err);
/* Structure by the kind's own rules (header, order, clustering, ranges, counts, content hashes): the first fault is
 * IMX_E_INPUT. */
IMX_MUST_USE imx_status imx_store_check(imx_store_reader *reader, imx_error *err);

#endif
