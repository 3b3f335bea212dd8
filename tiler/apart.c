/* tiler/apart.c: an output that would replace what it is made from is refused. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tiler/apart.h"

/* The real path of what stands on the disk: of what an archive holds ("/vsizip/{y.zip}/x.tif"), the archive's. Free
 * with free(); NULL: nothing stands there. */
static char *real_path(imx_memory *memory, const char *path) {
    const char *part = strncmp(path, "/vsisubfile/", 12) ? NULL : strchr(path, ',');
    if (part) {
        return real_path(memory, part + 1);
    }
    const bool archive =
        !strncmp(path, "/vsizip/", 8) || !strncmp(path, "/vsitar/", 8) || !strncmp(path, "/vsigzip/", 9);
    if (!archive) {
        return realpath(path, NULL);
    }
    const char *inner = strchr(path + 1, '/') + 1;
    while (*inner == '{') {
        inner++;
    }
    char *name = imx_strdup(memory, inner), *real = name ? real_path(memory, name) : NULL;
    /* from the end, what lies in the archive is left off until a file is met */
    for (char *cut = name ? strrchr(name, '/') : NULL; cut && !real; cut = strrchr(name, '/')) {
        *cut = '\0';
        const size_t length = strlen(name);
        if (length && name[length - 1] == '}') {
            name[length - 1] = '\0';
        }
        real = *name ? real_path(memory, name) : NULL;
    }
    imx_free(memory, name);
    return real;
}

/* Whether a file is the output, or lies in it. */
static bool is_of(imx_memory *memory, const char *output, const char *path) {
    char *real = real_path(memory, path);
    const size_t length = strlen(output);
    const bool is = real && !strncmp(real, output, length) && (!real[length] || real[length] == '/');
    free(real);
    return is;
}

static const char *scene_file_of(const imx_plan *plan, const char *output) {
    for (size_t i = 0; i < plan->scene_count; i++) {
        for (size_t k = 0; k < plan->scenes[i].file_count; k++) {
            if (is_of(plan->memory, output, plan->scenes[i].files[k])) {
                return plan->scenes[i].files[k];
            }
        }
    }
    return NULL;
}

/* Heights, which may be a virtual raster. */
static bool is_behind(imx_memory *memory, const char *output, const char *path) {
    char **files = NULL;
    size_t count = 0;
    bool is = imx_source_files(memory, path, NULL, &files, &count) != IMX_OK; /* no memory: rather not */
    for (size_t i = 0; i < count; i++) {
        is = is || is_of(memory, output, files[i]);
        imx_free(memory, files[i]);
    }
    imx_free(memory, files);
    return is;
}

static const char *other_file_of(const imx_plan *plan, const imx_job_options *o, const char *output) {
    const char *const files[] = {o->limits.cutline.path, o->picture.colormap, o->grid};
    const char *const rasters[] = {o->source.dem, o->source.geoid};
    for (size_t i = 0; i < sizeof rasters / sizeof *rasters; i++) {
        if (rasters[i] && is_behind(plan->memory, output, rasters[i])) {
            return rasters[i];
        }
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i] && is_of(plan->memory, output, files[i])) {
            return files[i];
        }
    }
    for (size_t i = 0; i < o->input_count; i++) {
        if (o->inputs[i][0] == '@' && is_of(plan->memory, output, o->inputs[i] + 1)) {
            return o->inputs[i] + 1;
        }
    }
    return NULL;
}

imx_status imx_output_apart(const imx_plan *plan, const imx_job_options *options, imx_error *err) {
    char *output = options->output ? realpath(options->output, NULL) : NULL;
    const char *file = output ? scene_file_of(plan, output) : NULL;
    file = file || !output ? file : other_file_of(plan, options, output);
    imx_status s = IMX_OK;
    if (file) {
        struct stat info;
        const bool folder = stat(output, &info) == 0 && S_ISDIR(info.st_mode);
        s = imx_fail(err, IMX_E_USAGE, "%s: %s %s, which it would be made from: name another output", options->output,
                     folder ? "holds" : "replaces", file);
    }
    free(output);
    return s;
}
