/* tiler/plan_json_chain.c: see the header. */
#include "tiler/plan_json_chain.h"

#include <math.h>

enum { ARCHIVE_RING_POINTS = 32 };

static bool put(json_t *object, const char *key, json_t *value) { return json_object_set_new(object, key, value) == 0; }

/* ---- writing ---- */

/* A ring in degrees, at most ARCHIVE_RING_POINTS vertices, 6 decimals (0.1 m): for people and maps, not for work. */
static json_t *ring_to_lonlat(const imx_plan *plan, const imx_space *space, const imx_ring *ring) {
    json_t *array = json_array();
    size_t step = (ring->count + ARCHIVE_RING_POINTS - 1) / ARCHIVE_RING_POINTS;
    for (size_t i = 0; array && i < ring->count; i += step) {
        double lon, lat;
        imx_grid_to_lonlat(plan->grid, space->origin_x + ring->xy[2 * i] * space->res,
                           space->origin_y - ring->xy[2 * i + 1] * imx_space_res_y(space), &lon, &lat);
        double rounded[2] = {round(lon * 1e6) / 1e6, round(lat * 1e6) / 1e6};
        if (json_array_append_new(array, imx_plan_reals_to_json(rounded, 2))) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

json_t *imx_footprint_to_json(const imx_plan *plan, const imx_chain *chain, size_t scene, bool for_archive) {
    const imx_footprint *f = &chain->footprints[scene];
    json_t *rings = json_array();
    const bool nowhere = for_archive && plan->grid->projection == IMX_GRID_PLANE;
    for (size_t i = 0; rings && i < f->ring_count && !nowhere; i++) {
        const imx_ring *ring = &f->rings[i];
        if (json_array_append_new(rings, for_archive ? ring_to_lonlat(plan, &chain->space, ring)
                                                     : imx_plan_reals_to_json(ring->xy, 2 * ring->count))) {
            json_decref(rings);
            return NULL;
        }
    }
    if (for_archive || !rings) {
        return rings;
    }
    json_t *o = json_object();
    double box[4] = {f->box.min_x, f->box.min_y, f->box.max_x, f->box.max_y};
    bool ok = o && put(o, "outline", json_boolean(f->outline)) && put(o, "margin_px", json_real(f->margin_px)) &&
              put(o, "box", imx_plan_reals_to_json(box, 4));
    ok = put(o, "rings", rings) && ok;
    if (!ok) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* By zoom, from 0. */
static json_t *counts_to_json(const uint64_t *counts, uint32_t zoom_max) {
    json_t *list = json_array();
    for (uint32_t z = 0; list && z <= zoom_max; z++) {
        if (json_array_append_new(list, json_integer((json_int_t)counts[z]))) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

bool imx_tiles_to_json(const imx_plan *plan, json_t *o) {
    uint64_t counts[IMX_ZOOM_MAX + 1] = {0};
    for (uint32_t z = plan->pyramid.zoom_min; z <= plan->pyramid.zoom_max; z++) {
        counts[z] = imx_plan_chain_of(plan, z)->tiles[z];
    }
    return put(o, "tiles", counts_to_json(counts, plan->pyramid.zoom_max));
}

static bool put_forecast(const imx_chain *chain, json_t *o) {
    bool ok = put(o, "tiles", counts_to_json(chain->tiles, chain->pyramid.zoom_max));
    if (imx_pyramid_looks_around(&chain->pyramid)) {
        const imx_pyramid_waiting *w = &chain->waiting;
        ok = ok && put(o, "waiting",
                       json_pack("{s:I, s:I, s:I, s:I}", "most", (json_int_t)w->most, "each_worker",
                                 (json_int_t)w->each_worker, "all", (json_int_t)w->all, "list_bytes",
                                 (json_int_t)w->list_bytes));
    }
    return ok;
}

/* [[level of each asset], ...] */
static json_t *levels_to_json(const imx_plan *plan, const imx_chain *chain) {
    json_t *list = json_array();
    for (size_t i = 0; list && i < plan->scene_count; i++) {
        json_t *levels = imx_plan_integers_to_json(chain->levels[i], plan->scenes[i].asset_count);
        if (json_array_append_new(list, levels)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *footprints_to_json(const imx_plan *plan, const imx_chain *chain) {
    json_t *list = json_array();
    for (size_t i = 0; list && i < plan->scene_count; i++) {
        if (json_array_append_new(list, imx_footprint_to_json(plan, chain, i, false))) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *chain_to_json(const imx_plan *plan, const imx_chain *chain, bool for_archive) {
    const uint32_t first = plan->grid->first_id;
    const imx_pyramid *p = &chain->pyramid;
    json_t *o = json_pack("{s:I, s:I}", "zoom_min", (json_int_t)p->zoom_min + first, "zoom_max",
                          (json_int_t)imx_pyramid_written_max(p) + first);
    bool ok = o && (!p->unwritten || put(o, "rendered_finer", json_integer(p->unwritten)));
    if (chain != plan->chains) { /* the finest's stand among the scenes */
        ok = ok && put(o, "levels", levels_to_json(plan, chain)) &&
             (for_archive || put(o, "footprints", footprints_to_json(plan, chain)));
    }
    ok = ok && (for_archive || put_forecast(chain, o));
    if (!ok) {
        json_decref(o);
        return NULL;
    }
    return o;
}

bool imx_chains_to_json(const imx_plan *plan, bool for_archive, json_t *o) {
    if (for_archive && plan->chain_count < 2 && !plan->chains[0].pyramid.unwritten) {
        return true;
    }
    json_t *list = json_array();
    bool ok = list != NULL;
    for (uint32_t c = 0; ok && c < plan->chain_count; c++) {
        ok = json_array_append_new(list, chain_to_json(plan, &plan->chains[c], for_archive)) == 0;
    }
    return put(o, "chains", list) && ok;
}

/* ---- reading ---- */

void imx_footprint_from_json(imx_plan_reader *r, json_t *o, imx_footprint *f) {
    json_t *rings = imx_plan_read(r, o, "rings", JSON_ARRAY, "a list of rings");
    size_t count = json_array_size(rings);
    f->outline = imx_plan_read_bool(r, o, "outline");
    f->margin_px = json_number_value(json_object_get(o, "margin_px"));
    double box[4] = {0};
    if (imx_plan_read_reals(r, json_object_get(o, "box"), "box", box, 4) != 4) {
        (void)imx_plan_read_bad(r, "box", "four numbers");
    }
    f->box = (imx_box){box[0], box[1], box[2], box[3]};
    const bool shown = f->box.max_x > f->box.min_x && f->box.max_y > f->box.min_y;
    if ((count < 1 && shown) || count > sizeof f->rings / sizeof *f->rings) {
        (void)imx_plan_read_bad(r, "rings", "one to four rings");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *points = json_array_get(rings, i);
        size_t numbers = json_array_size(points);
        imx_ring *ring = &f->rings[i];
        ring->xy = imx_calloc(r->memory, numbers + 1, sizeof(double));
        f->ring_count = i + 1;
        if (!ring->xy) {
            r->status = r->status ? r->status : imx_fail(r->err, IMX_E_NOMEM, "out of memory for the plan");
            return;
        }
        ring->count = imx_plan_read_reals(r, points, "rings", ring->xy, numbers) / 2;
        if (ring->count < 3 || numbers % 2) {
            (void)imx_plan_read_bad(r, "rings", "made of at least three points");
        }
    }
}

void imx_level_from_json(imx_plan_reader *r, json_t *o, const imx_asset *asset, int32_t *to) {
    *to = (int32_t)imx_plan_read_int(r, o, "level", 0, asset->overview_count);
}

static void forecast_from_json(imx_plan_reader *r, json_t *o, imx_chain *to) {
    json_t *counts = imx_plan_read(r, o, "tiles", JSON_ARRAY, "a list of counts");
    to->tiles_total = 0;
    for (uint32_t z = 0; z <= to->pyramid.zoom_max; z++) {
        to->tiles[z] = (uint64_t)json_integer_value(json_array_get(counts, z));
        to->tiles_total += z >= to->pyramid.zoom_min && z <= imx_pyramid_written_max(&to->pyramid) ? to->tiles[z] : 0;
    }
    if (imx_pyramid_looks_around(&to->pyramid)) {
        const int64_t most = INT64_C(1) << 40; /* none that occurs; products of it fit */
        json_t *w = imx_plan_read(r, o, "waiting", JSON_OBJECT, "an object");
        to->waiting = (imx_pyramid_waiting){(uint64_t)imx_plan_read_int(r, w, "most", 0, most),
                                            (uint64_t)imx_plan_read_int(r, w, "each_worker", 0, most),
                                            (uint64_t)imx_plan_read_int(r, w, "all", 0, most),
                                            (uint64_t)imx_plan_read_int(r, w, "list_bytes", 0, most)};
    }
}

static void places_from_json(imx_plan_reader *r, json_t *o, const imx_plan *plan, imx_chain *to) {
    json_t *levels = imx_plan_read(r, o, "levels", JSON_ARRAY, "a list"),
           *footprints = imx_plan_read(r, o, "footprints", JSON_ARRAY, "a list");
    for (size_t i = 0; i < plan->scene_count && !r->status; i++) {
        const imx_scene *scene = &plan->scenes[i];
        json_t *of_scene = json_array_get(levels, i);
        imx_footprint_from_json(r, json_array_get(footprints, i), &to->footprints[i]);
        for (size_t k = 0; k < scene->asset_count; k++) {
            const json_t *level = json_array_get(of_scene, k);
            const json_int_t number = json_integer_value(level);
            if (!json_is_integer(level) || number < 0 || number > scene->assets[k].overview_count) {
                (void)imx_plan_read_bad(r, "levels", "a list of the assets' levels for each scene");
                return;
            }
            to->levels[i][k] = (int32_t)number;
        }
    }
}

void imx_chains_shape_from_json(imx_plan_reader *r, json_t *o, imx_plan *plan) {
    json_t *list = json_object_get(o, "chains");
    for (uint32_t c = 0; c < plan->chain_count && !r->status; c++) {
        json_t *chain = json_array_get(list, c);
        const int64_t room = IMX_ZOOM_MAX - plan->chains[c].pyramid.zoom_max;
        if (json_object_get(chain, "rendered_finer")) { /* absent: not */
            imx_chain_deepen(&plan->chains[c], (uint32_t)imx_plan_read_int(r, chain, "rendered_finer", 1, room));
        }
    }
}

void imx_chains_from_json(imx_plan_reader *r, json_t *o, imx_plan *plan) {
    json_t *list = imx_plan_read(r, o, "chains", JSON_ARRAY, "a list");
    for (uint32_t c = 0; c < plan->chain_count && !r->status; c++) {
        json_t *chain = json_array_get(list, c);
        forecast_from_json(r, chain, &plan->chains[c]);
        if (c > 0 && !r->status) {
            places_from_json(r, chain, plan, &plan->chains[c]);
        }
    }
}
