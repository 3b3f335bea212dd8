/* tiler/picture.c: see the header. */
#include "tiler/picture.h"

#include <math.h>
#include <stdio.h>

#include "engine/band_list.h"
#include "engine/base/text.h"
#include "engine/layer_percentiles.h"
#include "tiler/colormap.h"
#include "tiler/plan.h"

static const double percent_lo = 2, percent_hi = 98;

/* The option that asks for one band of numbers; NULL: none does. */
static const char *one_band(const imx_picture_options *options) {
    return options->heights != IMX_GRADE_NONE         ? "--encode"
           : options->relief.kind == IMX_RELIEF_SHADE ? "--hillshade"
           : options->relief.kind == IMX_RELIEF_SLOPE ? "--slope"
           : options->colormap                        ? "--colormap"
                                                      : NULL;
}

static imx_status check_relief(const imx_picture_options *options, imx_error *err) {
    const imx_relief_options *relief = &options->relief;
    if (relief->kind != IMX_RELIEF_NONE && options->heights != IMX_GRADE_NONE) {
        return imx_fail(err, IMX_E_USAGE, "%s: --encode keeps the heights themselves: leave one of them out",
                        relief->kind == IMX_RELIEF_SHADE ? "--hillshade" : "--slope");
    }
    if (relief->kind == IMX_RELIEF_NONE && options->z_factor_given) {
        return imx_fail(err, IMX_E_USAGE, "--z-factor: there is no --hillshade or --slope");
    }
    if (relief->kind != IMX_RELIEF_SHADE && options->light_given) {
        return imx_fail(err, IMX_E_USAGE, "--azimuth, --altitude and --multidirectional are for --hillshade");
    }
    if (relief->all_round && options->one_light_given) {
        return imx_fail(err, IMX_E_USAGE, "--multidirectional: light from all sides has no --azimuth");
    }
    return IMX_OK;
}

/* Of steepness, percentiles are not known. */
static imx_status check_slope(const imx_picture_options *options, imx_error *err) {
    bool percent = false;
    for (int32_t i = 0; i < options->limit_count; i++) {
        percent = percent || options->lo[i].percent || options->hi[i].percent;
    }
    return percent ? imx_fail(err, IMX_E_USAGE, "--slope: --stretch says degrees here, not percentiles") : IMX_OK;
}

static imx_status check(const imx_picture_options *options, bool plain, imx_error *err) {
    if (options->colormap_mode_given && !options->colormap) {
        return imx_fail(err, IMX_E_USAGE, "--colormap-mode: there is no --colormap");
    }
    if (options->heights != IMX_GRADE_NONE && options->colormap) {
        return imx_fail(err, IMX_E_USAGE, "--encode: heights in colours have no --colormap");
    }
    const bool slope = options->relief.kind == IMX_RELIEF_SLOPE && !options->colormap;
    if (one_band(options) && !slope && (options->stretch != IMX_STRETCH_AUTO || !plain)) {
        return imx_fail(err, IMX_E_USAGE, "%s: %s not stretched: leave --stretch and --gamma out", one_band(options),
                        options->relief.kind == IMX_RELIEF_SHADE ? "light is"
                        : options->colormap                      ? "colours are"
                                                                 : "heights are");
    }
    imx_status status = check_relief(options, err);
    return status || !slope ? status : check_slope(options, err);
}

imx_status imx_picture_wants(const imx_picture_options *options, imx_source_options *source, imx_error *err) {
    const bool plain = options->gamma == 0 || options->gamma == 1;
    const char *option = one_band(options);
    imx_status status = check(options, plain, err);
    if (status || !option) {
        source->lane = options->stretch != IMX_STRETCH_LIMITS && plain ? IMX_LANE_ANY : IMX_LANE_NUMBERS;
        return status;
    }
    const int32_t bands = source->band_list ? imx_band_list_count(source->band_list) : source->band_count;
    if (bands > 1) {
        return imx_fail(err, IMX_E_USAGE, "%s: %s are one band, not %d", option,
                        options->colormap && options->relief.kind == IMX_RELIEF_NONE ? "values" : "heights",
                        (int)bands);
    }
    source->lane = IMX_LANE_NUMBERS;
    source->as_floats = options->heights != IMX_GRADE_NONE || options->relief.kind != IMX_RELIEF_NONE;
    if (!source->band_list) { /* its first */
        source->bands[0] = source->band_count ? source->bands[0] : 1;
        source->band_count = 1;
    }
    return IMX_OK;
}

bool imx_picture_is_mixed(const imx_scene *scenes, size_t count) {
    for (size_t i = 1; i < count; i++) {
        if (imx_scene_is_data(&scenes[i]) != imx_scene_is_data(&scenes[0])) {
            return true;
        }
    }
    return false;
}

/* ---- ranges ---- */

static bool is_u8(const imx_scene *scene) {
    bool u8 = true;
    for (size_t k = 0; k < scene->asset_count; k++) {
        u8 = u8 && scene->assets[k].type == IMX_U8;
    }
    return u8;
}

static size_t count_u8(const imx_plan *plan) {
    size_t count = 0;
    for (size_t i = 0; i < plan->scene_count; i++) {
        count += is_u8(&plan->scenes[i]);
    }
    return count;
}

static bool all_u8(const imx_plan *plan) { return count_u8(plan) == plan->scene_count; }
static bool any_u8(const imx_plan *plan) { return count_u8(plan) > 0; }

/* What a band of 8 bits shows as white where it is shown as it is: 255, of fewer bits less. */
static double largest_of(const imx_scene *scene, int32_t band) {
    size_t k = 0;
    for (; band >= scene->assets[k].data_count; k++) {
        band -= scene->assets[k].data_count;
    }
    return imx_asset_largest(&scene->assets[k], band);
}

/* Of all scenes; *differ: not each has it. */
static double largest_of_all(const imx_plan *plan, int32_t band, bool *differ) {
    const double first = largest_of(&plan->scenes[0], band);
    double largest = first;
    for (size_t i = 1; i < plan->scene_count; i++) {
        const double other = largest_of(&plan->scenes[i], band);
        *differ = *differ || other != first;
        largest = fmax(largest, other);
    }
    return largest;
}

/* Of the first scene, which stands for the others. */
static bool white_is_zero(const imx_plan *plan) { return plan->scenes[0].assets[0].white_is_zero; }

/* Samples of all 8 bits; fewer bits, or white as 0, in one layer with others cannot all be shown as they are. */
static bool are_alike(const imx_plan *plan) {
    bool differ = false;
    for (int32_t band = 0; band < plan->grade.planes.bands && all_u8(plan); band++) {
        (void)largest_of_all(plan, band, &differ);
    }
    for (size_t i = 1; i < plan->scene_count; i++) {
        differ = differ || plan->scenes[i].assets[0].white_is_zero != white_is_zero(plan);
    }
    return !differ && (all_u8(plan) || !any_u8(plan));
}

/* The two limits of a band as they are asked for. */
static void limits_of(const imx_plan *plan, const imx_picture_options *options, int32_t band, imx_limit limits[2]) {
    const bool light = options->relief.kind == IMX_RELIEF_SHADE, steepness = options->relief.kind == IMX_RELIEF_SLOPE;
    const bool shown = !light && !steepness && all_u8(plan) && options->stretch == IMX_STRETCH_AUTO;
    const bool as_it_is = options->stretch == IMX_STRETCH_NONE || light || shown;
    const double white = shown ? largest_of_all(plan, band, &(bool){false}) : 255;
    const bool swapped = options->stretch == IMX_STRETCH_AUTO && !light && !steepness && white_is_zero(plan);
    const imx_limit black_at = as_it_is || steepness ? (imx_limit){false, 0} : (imx_limit){true, percent_lo},
                    white_at = as_it_is    ? (imx_limit){false, white}
                               : steepness ? (imx_limit){false, 90}
                                           : (imx_limit){true, percent_hi};
    limits[0] = swapped ? white_at : black_at;
    limits[1] = swapped ? black_at : white_at;
    if (options->stretch == IMX_STRETCH_LIMITS) {
        const int32_t of = options->limit_count == 1 ? 0 : band;
        limits[0] = options->lo[of];
        limits[1] = options->hi[of];
    }
}

/* Values in f32, in one lossless format. */
static imx_status choose_heights(imx_plan *plan, imx_grade_kind kind, imx_error *err) {
    imx_grade_options *grade = &plan->grade;
    if (plan->codec.format == IMX_FORMAT_AUTO) {
        plan->codec.format = IMX_FORMAT_PNG;
    }
    if (plan->codec.format != IMX_FORMAT_PNG || plan->codec.png_palette == IMX_PNG_PALETTE_QUANTIZE) {
        return imx_fail(err, IMX_E_USAGE, "--encode: heights need every bit of a colour: -f png, without quantize");
    }
    grade->kind = kind;
    grade->gamma = 1;
    plan->pyramid.bands = grade->planes.bands;
    plan->pyramid.type = grade->planes.type;
    return IMX_OK;
}

/* Percentages wait for imx_picture_measure(). */
static imx_status choose_colormap(imx_plan *plan, const imx_picture_options *options, imx_error *err) {
    imx_status status = imx_colormap_read(plan->memory, options->colormap, err, &plan->colormap);
    if (status == IMX_OK) {
        plan->colormap->mode = options->colormap_mode_given ? options->colormap_mode : plan->colormap->mode;
        plan->grade.kind = IMX_GRADE_COLORMAP;
        plan->grade.gamma = 1;
        plan->grade.colours = plan->colormap;
    }
    if (status == IMX_OK && options->relief.kind == IMX_RELIEF_SLOPE && imx_colormap_has_percent(plan->colormap)) {
        return imx_fail(err, IMX_E_USAGE, "%s: --slope needs colours by degrees, not by percentages",
                        options->colormap);
    }
    return status;
}

imx_status imx_picture_choose(imx_plan *plan, const imx_picture_options *options, imx_log *log, imx_error *err) {
    imx_grade_options *grade = &plan->grade;
    if (!imx_scene_is_data(&plan->scenes[0])) {
        return one_band(options)
                   ? imx_fail(err, IMX_E_INPUT, "%s: its palette makes it a picture, which %s has no use for",
                              plan->scenes[0].id, one_band(options))
                   : IMX_OK;
    }
    if (options->heights == IMX_GRADE_NONE && options->relief.kind == IMX_RELIEF_NONE) {
        (void)imx_layer_take_coverage(plan->scenes, plan->scene_count);
    }
    imx_status s = imx_layer_planes_of(plan->scenes, plan->scene_count, err, &grade->planes);
    if (s || options->heights != IMX_GRADE_NONE) {
        return s ? s : choose_heights(plan, options->heights, err);
    }
    grade->relief = options->relief;
    if (options->stretch == IMX_STRETCH_AUTO && !one_band(options) && !are_alike(plan)) {
        imx_log_say(log, IMX_LOG_WARNING,
                    "pictures of %s are in one layer, and get one range: give --stretch, or tile them apart",
                    all_u8(plan) || !any_u8(plan) ? "different depths" : "8 bits and wider numbers");
    }
    if (options->limit_count > 1 && options->limit_count != grade->planes.bands) {
        return imx_fail(err, IMX_E_USAGE, "--stretch: %d ranges for %d band%s", (int)options->limit_count,
                        (int)grade->planes.bands, grade->planes.bands == 1 ? "" : "s");
    }
    if (plan->mosaic != IMX_MOSAIC_OVER) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "numbers can be mosaicked one over the other only");
    }
    if (options->colormap) {
        return choose_colormap(plan, options, err);
    }
    grade->kind = IMX_GRADE_STRETCH;
    grade->gamma = options->gamma > 0 ? options->gamma : 1;
    for (int32_t band = 0; band < grade->planes.bands; band++) {
        imx_limit limits[2];
        limits_of(plan, options, band, limits);
        grade->lo[band] = limits[0].at;
        grade->hi[band] = limits[1].at;
    }
    return IMX_OK;
}

/* ---- for clients and people ---- */

const char *imx_picture_encoding(imx_grade_kind kind) {
    return kind == IMX_GRADE_TERRAIN_RGB ? "mapbox" : kind == IMX_GRADE_TERRARIUM ? "terrarium" : NULL;
}

void imx_picture_band_name(const imx_scene *scene, int32_t i, char text[IMX_BAND_NAME_MAX]) {
    const imx_data_band *band = imx_scene_is_data(scene) ? imx_scene_band(scene, i) : NULL;
    if (band && band->name[0]) {
        (void)snprintf(text, IMX_BAND_NAME_MAX, "%s", band->name);
    } else {
        (void)snprintf(text, IMX_BAND_NAME_MAX, "%d", (int)(band ? band->number : scene->assets[0].bands[i]));
    }
}

const char *imx_picture_colours(const imx_scene *scene, int32_t *bands) {
    const imx_asset *first = &scene->assets[0];
    const int32_t count = imx_scene_is_data(scene) ? imx_scene_band_count(scene) : first->band_count;
    const bool coloured = count == 3 && !first->palette;
    *bands = coloured ? 3 : 1;
    return coloured ? "rgb" : first->palette ? "palette" : "gray";
}

/* "u8", "u16:12": of 12 bits. */
static void name_type(const imx_asset *asset, char text[16]) {
    const imx_type_range range = imx_type_range_of(asset->type);
    const double largest = imx_asset_largest(asset, 0);
    const bool fewer = !asset->palette && range.whole && range.min == 0 && largest < range.max;
    const int bits = fewer ? (int)lround(log2(largest + 1)) : 0;
    (void)snprintf(text, 16, bits ? "%s:%d" : "%s", imx_type_name(asset->type), bits);
}

void imx_picture_describe(const imx_scene *scene, char *text, size_t size) {
    const imx_asset *first = &scene->assets[0];
    int32_t count;
    char names[3][IMX_BAND_NAME_MAX], type[16];
    name_type(first, type);
    (void)imx_picture_colours(scene, &count);
    for (int32_t i = 0; i < count; i++) {
        imx_picture_band_name(scene, i, names[i]);
    }
    if (count == 1) {
        (void)snprintf(text, size, "band %s of %s as %s%s", names[0], type,
                       first->palette ? "indexes of its palette" : "gray", first->white_is_zero ? ", 0 as white" : "");
    } else {
        (void)snprintf(text, size, "bands %s, %s, %s of %s as red, green, blue", names[0], names[1], names[2], type);
    }
}

const char *imx_picture_own_stretch(const imx_scene *scene) {
    return is_u8(scene) ? "none" : scene->assets[0].white_is_zero ? "98%,2%" : "2%,98%";
}

/* ---- percentiles ---- */

/* What was decided: of the first scene, which stands for the others. */
static void say(const imx_plan *plan, const imx_layer_read *read, imx_log *log) {
    const imx_grade_options *grade = &plan->grade;
    const imx_scene *scene = &plan->scenes[0];
    char text[120];
    imx_picture_describe(scene, text, sizeof text);
    imx_log_say(log, IMX_LOG_DEBUG, "%s", text);
    for (int32_t band = 0; grade->kind == IMX_GRADE_STRETCH && band < grade->planes.bands; band++) {
        char name[IMX_BAND_NAME_MAX];
        imx_picture_band_name(scene, band, name);
        imx_log_say(log, IMX_LOG_DEBUG, "band %s: %g to %g become 0 to 255, gamma %g", name, grade->lo[band],
                    grade->hi[band], grade->gamma);
    }
    if (read->pixels) {
        imx_log_say(log, IMX_LOG_DEBUG, "percentiles are those of %llu valid pixels that were read",
                    (unsigned long long)read->valid);
    }
}

/* A range without extent: the layer is one flat colour, or what lies around it is not declared as nodata. */
static void widen(const imx_plan *plan, int32_t band, imx_log *log, double *lo, double *hi) {
    if (*lo != *hi) {
        return;
    }
    char name[IMX_BAND_NAME_MAX], value[IMX_TEXT_SIZE];
    imx_picture_band_name(&plan->scenes[0], band, name);
    imx_text_number(*lo, value);
    imx_log_say(log, IMX_LOG_WARNING,
                "%s: band %s is %s nearly everywhere: give --stretch MIN,MAX, or --nodata %s if that is no value",
                plan->scenes[0].id, name, value, value);
    *hi = *lo + 1;
}

/* Of all bands. */
static imx_status find_percentiles(const imx_plan *plan, imx_log *log, imx_error *err, imx_percentiles *found,
                                   imx_layer_read *read) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    const imx_chain *chain = &plan->chains[0];
    const imx_layer_limits limits = {&chain->space, (const imx_region *const *)chain->regions, chain->region_count};
    imx_status status = imx_layer_percentiles(plan->memory, &kernels, plan->scenes, plan->scene_count,
                                              &plan->grade.planes, &limits, err, found, read);
    if (status == IMX_OK && read->valid == 0) {
        imx_log_say(log, IMX_LOG_WARNING, "%s: no valid pixel was found, so that nothing tells how to stretch it",
                    plan->scenes[0].id);
    }
    return status;
}

static imx_status measure_colormap(imx_plan *plan, imx_log *log, imx_error *err) {
    imx_percentiles found[IMX_LAYER_BANDS_MAX] = {{.percent = {0, 100}}};
    imx_layer_read read = {0};
    imx_status status =
        imx_colormap_has_percent(plan->colormap) ? find_percentiles(plan, log, err, found, &read) : IMX_OK;
    if (status == IMX_OK) {
        const bool known = !isnan(found[0].value[0]);
        imx_colormap_resolve(plan->colormap, known ? found[0].value[0] : 0, known ? found[0].value[1] : 1);
        say(plan, &read, log);
    }
    return status;
}

imx_status imx_picture_measure(imx_plan *plan, const imx_picture_options *options, imx_log *log, imx_error *err) {
    imx_grade_options *grade = &plan->grade;
    imx_percentiles found[IMX_LAYER_BANDS_MAX];
    imx_limit limits[IMX_LAYER_BANDS_MAX][2];
    imx_layer_read read = {0};
    bool any = false;
    if (grade->kind == IMX_GRADE_COLORMAP) {
        return measure_colormap(plan, log, err);
    }
    if (grade->kind != IMX_GRADE_STRETCH) {
        say(plan, &read, log);
        return IMX_OK;
    }
    for (int32_t band = 0; band < grade->planes.bands; band++) {
        limits_of(plan, options, band, limits[band]);
        for (int k = 0; k < 2; k++) {
            found[band].percent[k] = limits[band][k].percent ? limits[band][k].at : 0;
            any = any || limits[band][k].percent;
        }
    }
    imx_status s = any ? find_percentiles(plan, log, err, found, &read) : IMX_OK;
    if (s) {
        return s;
    }
    for (int32_t band = 0; band < grade->planes.bands; band++) {
        double *to[2] = {&grade->lo[band], &grade->hi[band]};
        for (int k = 0; k < 2; k++) {
            if (limits[band][k].percent) {
                *to[k] = isnan(found[band].value[k]) ? k : found[band].value[k];
            }
        }
        widen(plan, band, log, to[0], to[1]);
    }
    say(plan, &read, log);
    return IMX_OK;
}
