/* engine/delivery_inner.h: shared by the delivery*.c files; nobody else includes it. */
#ifndef IMX_ENGINE_DELIVERY_INNER_H
#define IMX_ENGINE_DELIVERY_INNER_H

#include "engine/delivery.h"
#include "engine/fields.h"
#include "engine/folder.h"

/* A kind of delivery. */
typedef struct imx_delivery_kind {
    /* The metadata file among the names in a folder; NULL: it is not of this kind. */
    const char *(*find)(const imx_folder *folder);
    /* Fills kind, id, times and bands; folder and metadata are filled. */
    imx_status (*read)(imx_memory *memory, const imx_folder *folder, imx_error *err, imx_delivery *delivery);
    /* Whether a file is a metadata file by its name: naming it is naming the folder that it stands in. */
    bool (*is_metadata)(const char *name);
    /* Whether a file stands for a scene of its own beside others in the folder: an image of several of a product, the
     * metadata of one of several products; NULL: none does. Then find and read get a folder without the others. */
    bool (*is_part)(const char *name);
    /* Whether another file is of that scene, too; NULL: all are but the other parts. */
    bool (*belongs)(const char *part, const char *file);
    /* Whether another file of the folder stands for the same scene as this part, and is preferred; NULL: never. */
    bool (*is_repeated)(const imx_folder *folder, const char *name);
    /* Whether an image beside them belongs to none of the parts: then they are none. NULL: nobody cares. */
    bool (*is_stray)(const imx_folder *folder, const char *name);
    /* The i-th name that a file of the same product may have, where folders cannot be listed and the metadata name no
     * files; false: there are no more. NULL: the metadata name them. */
    bool (*may_have)(const char *file, unsigned i, size_t size, char *name);
} imx_delivery_kind;

extern const imx_delivery_kind imx_delivery_landsat, imx_delivery_sentinel2, imx_delivery_gaofen;

bool imx_name_ends(const char *name, const char *suffix); /* whatever its case */
/* The metadata file's fields, by its suffix: .json, .xml, otherwise ODL. */
IMX_MUST_USE imx_status imx_delivery_fields(imx_memory *memory, const imx_folder *folder, const char *name,
                                            imx_error *err, imx_fields *out);
/* The file of a name that the metadata tell, allocated: as it is spelled there, whatever its case; not there: as told,
 * *there false. IMX_E_INPUT: it is not within the folder. */
IMX_MUST_USE imx_status imx_delivery_file(imx_memory *memory, const imx_folder *folder, const char *metadata,
                                          const char *name, imx_error *err, char **out, bool *there);
/* Appends a band (file is copied); scale 1, offset 0, no nodata, band 1 of its file. NULL: no memory. */
imx_delivery_band *imx_delivery_add(imx_memory *memory, imx_delivery *delivery, const char *name, const char *shows,
                                    const char *file);
/* "2020-01-01T18:46:54.12Z" of a date and time "2020-01-01 18:46:54.1200000" (a T between them, a Z behind) that is so
 * many hours ahead of UTC. *out NULL: text is NULL or no such time. */
IMX_MUST_USE imx_status imx_delivery_time(imx_memory *memory, const char *text, int hours_ahead, imx_error *err,
                                          char **out);
imx_status imx_delivery_no_memory(const imx_folder *folder, imx_error *err);
/* Says that a metadata file lacks something. */
imx_status imx_delivery_lacks(const imx_folder *folder, const char *metadata, const char *what, imx_error *err);

#endif
