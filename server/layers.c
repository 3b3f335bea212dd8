/* server/layers.c: a sorted list of snapshots under a read-write lock; each snapshot counts its references. */
#include "server/layers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { NAME_MAX_BYTES = 128 };

struct imx_layer {
    imx_memory *memory;
    char *name, *source;
    imx_store_reader *reader;
    const imx_archive_info *info; /* the reader's */
    const imx_grid *grid;
    const char *version; /* in info, or NULL */
    atomic_size_t references;
};

struct imx_layers {
    imx_memory *memory;
    pthread_rwlock_t lock;
    imx_layer **items; /* by name, in strcmp order */
    size_t count, room;
};

/* ---- names ----------------------------------------------------------------------------------------------------- */

static bool is_name(const char *text, size_t size) {
    if (size == 0 || size > NAME_MAX_BYTES || text[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
              c == '-')) {
            return false;
        }
    }
    return true;
}

/* First segments of the server's own routes, now or by design. */
static bool is_reserved(const char *name) {
    static const char *const routes[] = {"_",   "changes",    "favicon.ico", "healthz", "index", "metrics",
                                         "ogc", "provenance", "robots.txt",  "tms",     "wms",   "wmts"};
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!strcmp(routes[i], name)) {
            return true;
        }
    }
    return false;
}

/* ---- a snapshot ------------------------------------------------------------------------------------------------- */

static void layer_destroy(imx_layer *layer) {
    imx_memory *memory = layer->memory;
    imx_store_reader_close(&layer->reader);
    imx_free(memory, layer->source);
    imx_free(memory, layer->name);
    imx_free(memory, layer);
}

/* Takes the reader, on failure too. */
static imx_status layer_create(imx_memory *memory, const char *name, const char *source, imx_store_reader *reader,
                               imx_error *err, imx_layer **out) {
    imx_layer *layer = imx_calloc(memory, 1, sizeof *layer);
    if (!layer) {
        imx_store_reader_close(&reader);
        return imx_fail(err, IMX_E_NOMEM, "layer %s: out of memory", name);
    }
    layer->memory = memory;
    layer->reader = reader;
    layer->info = imx_store_reader_info(reader);
    layer->grid = layer->info->grid_id ? imx_archive_grid(layer->info) : imx_grid_find("WebMercatorQuad");
    const char *generation = layer->info->generation;
    layer->version = generation && is_name(generation, strlen(generation)) ? generation : NULL;
    atomic_init(&layer->references, 1);
    layer->name = imx_strdup(memory, name);
    layer->source = source ? imx_strdup(memory, source) : NULL;
    if (!layer->name || (source && !layer->source)) {
        layer_destroy(layer);
        return imx_fail(err, IMX_E_NOMEM, "layer %s: out of memory", name);
    }
    *out = layer;
    return IMX_OK;
}

void imx_layer_release(imx_layer_ref *ref) {
    if (ref && ref->layer) {
        if (atomic_fetch_sub_explicit(&ref->layer->references, 1, memory_order_acq_rel) == 1) {
            layer_destroy(ref->layer);
        }
        ref->layer = NULL;
    }
}

const char *imx_layer_name(const imx_layer *layer) { return layer->name; }
const char *imx_layer_source(const imx_layer *layer) { return layer->source; }
imx_store_reader *imx_layer_reader(const imx_layer *layer) { return layer->reader; }
const imx_archive_info *imx_layer_info(const imx_layer *layer) { return layer->info; }
const imx_grid *imx_layer_grid(const imx_layer *layer) { return layer->grid; }
const char *imx_layer_version(const imx_layer *layer) { return layer->version; }

/* ---- the list --------------------------------------------------------------------------------------------------- */

imx_status imx_layers_create(imx_memory *memory, imx_error *err, imx_layers **out) {
    imx_layers *layers = imx_calloc(memory, 1, sizeof *layers);
    if (!layers) {
        return imx_fail(err, IMX_E_NOMEM, "layers: out of memory");
    }
    layers->memory = memory;
    if (pthread_rwlock_init(&layers->lock, NULL) != 0) {
        imx_free(memory, layers);
        return imx_fail(err, IMX_E_NOMEM, "layers: no lock");
    }
    *out = layers;
    return IMX_OK;
}

void imx_layers_destroy(imx_layers **layers) {
    if (!layers || !*layers) {
        return;
    }
    imx_layers *gone = *layers;
    for (size_t i = 0; i < gone->count; i++) {
        imx_layer_release(&(imx_layer_ref){gone->items[i]});
    }
    pthread_rwlock_destroy(&gone->lock);
    imx_free(gone->memory, gone->items);
    imx_free(gone->memory, gone);
    *layers = NULL;
}

/* Where name stands, or would; whether it does. Under the lock. */
static bool locate(const imx_layers *layers, const char *name, size_t size, size_t *at) {
    size_t low = 0, high = layers->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *held = layers->items[middle]->name;
        int order = strncmp(held, name, size);
        if (order == 0 && held[size]) {
            order = 1; /* a longer name that begins with this one */
        }
        if (order == 0) {
            *at = middle;
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *at = low;
    return false;
}

/* Room for one more; under the write lock. */
static bool reserve(imx_layers *layers) {
    if (layers->count < layers->room) {
        return true;
    }
    size_t room = layers->room ? layers->room * 2 : 8, bytes;
    if (!imx_size_mul(room, sizeof *layers->items, 1, &bytes)) {
        return false;
    }
    imx_layer **grown = imx_realloc(layers->memory, layers->items, bytes);
    if (!grown) {
        return false;
    }
    layers->items = grown;
    layers->room = room;
    return true;
}

/* Puts the layer into the list; *old: the one it replaced. */
static imx_status insert(imx_layers *layers, imx_layer *layer, bool replace, imx_error *err, imx_layer_ref *old) {
    imx_status status = IMX_OK;
    size_t at;
    pthread_rwlock_wrlock(&layers->lock);
    if (locate(layers, layer->name, strlen(layer->name), &at)) {
        if (replace) {
            old->layer = layers->items[at];
            layers->items[at] = layer;
        } else {
            const char *held = layers->items[at]->source;
            status = imx_fail(err, IMX_E_USAGE, "two layers are named %s (%s); give one of them another: NAME=PATH",
                              layer->name, held ? held : "open already");
        }
    } else if (!reserve(layers)) {
        status = imx_fail(err, IMX_E_NOMEM, "layer %s: out of memory", layer->name);
    } else {
        memmove(layers->items + at + 1, layers->items + at, (layers->count - at) * sizeof *layers->items);
        layers->items[at] = layer;
        layers->count++;
    }
    pthread_rwlock_unlock(&layers->lock);
    return status;
}

imx_status imx_layers_add_reader_take(imx_layers *layers, const char *name, const char *source, bool replace,
                                      imx_store_reader *reader, imx_error *err) {
    const char *what = !is_name(name, strlen(name)) ? "a layer's name has letters, digits and . _ - only"
                       : is_reserved(name)          ? "that name is the server's own"
                                                    : NULL;
    if (what) {
        imx_store_reader_close(&reader);
        return imx_fail(err, IMX_E_USAGE, "%s: '%.128s' cannot name a layer: %s; give NAME=PATH",
                        source ? source : name, name, what);
    }
    imx_layer *layer = NULL;
    imx_status status = layer_create(layers->memory, name, source, reader, err, &layer);
    if (status) {
        return status;
    }
    imx_layer_ref old = {NULL};
    status = insert(layers, layer, replace, err, &old);
    if (status) {
        layer_destroy(layer);
    }
    imx_layer_release(&old);
    return status;
}

imx_memory *imx_layers_memory(const imx_layers *layers) { return layers->memory; }

size_t imx_layers_count(imx_layers *layers) {
    pthread_rwlock_rdlock(&layers->lock);
    size_t count = layers->count;
    pthread_rwlock_unlock(&layers->lock);
    return count;
}

static imx_layer_ref reference(imx_layer *layer) {
    atomic_fetch_add_explicit(&layer->references, 1, memory_order_relaxed);
    return (imx_layer_ref){layer};
}

imx_layer_ref imx_layers_at(imx_layers *layers, size_t index) {
    imx_layer_ref ref = {NULL};
    pthread_rwlock_rdlock(&layers->lock);
    if (index < layers->count) {
        ref = reference(layers->items[index]);
    }
    pthread_rwlock_unlock(&layers->lock);
    return ref;
}

imx_layer_ref imx_layers_find(imx_layers *layers, const char *name, size_t size) {
    imx_layer_ref ref = {NULL};
    size_t at;
    pthread_rwlock_rdlock(&layers->lock);
    if (locate(layers, name, size, &at)) {
        ref = reference(layers->items[at]);
    }
    pthread_rwlock_unlock(&layers->lock);
    return ref;
}
