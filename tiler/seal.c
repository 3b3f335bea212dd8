/* tiler/seal.c: see the header. */
#include "tiler/seal.h"

#include <pthread.h>
#include <string.h>

struct imx_sealing {
    imx_plan *plan;
    pthread_t thread;
    const atomic_bool *stop;
    imx_status status;
    imx_error error;
};

static imx_status sign(imx_plan *plan, imx_error *err) {
    char *json = NULL;
    imx_status s = imx_plan_to_json(plan, true, err, &json);
    if (!s) {
        imx_hash hash = imx_hash_bytes(json, strlen(json));
        imx_hash_text(&hash, plan->generation);
        imx_free(plan->memory, json);
        plan->sealed = true;
    }
    return s;
}

static imx_status seal(imx_plan *plan, const atomic_bool *stop, imx_error *err) {
    imx_status s = IMX_OK;
    for (size_t i = 0; i < plan->scene_count && !plan->sealed && !s; i++) {
        s = imx_scene_fingerprint(plan->memory, &plan->scenes[i], stop, err, &plan->scenes[i].fingerprint);
    }
    return s || plan->sealed ? s : sign(plan, err);
}

imx_status imx_plan_seal(imx_plan *plan, imx_error *err) { return seal(plan, NULL, err); }

static void *work(void *context) {
    imx_sealing *sealing = context;
    sealing->status = seal(sealing->plan, sealing->stop, &sealing->error);
    return NULL;
}

imx_status imx_sealing_start(imx_plan *plan, const atomic_bool *stop, imx_error *err, imx_sealing **out) {
    imx_sealing *sealing = imx_calloc(plan->memory, 1, sizeof *sealing);
    if (!sealing) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the scenes' fingerprints");
    }
    sealing->plan = plan;
    sealing->stop = stop;
    sealing->error = (imx_error)IMX_ERROR_INIT;
    if (pthread_create(&sealing->thread, NULL, work, sealing) != 0) {
        imx_free(plan->memory, sealing);
        return imx_fail(err, IMX_E_NOMEM, "no thread for the scenes' fingerprints: the system's limit is reached");
    }
    *out = sealing;
    return IMX_OK;
}

imx_status imx_sealing_finish(imx_sealing **sealing_in, imx_error *err) {
    imx_sealing *sealing = *sealing_in;
    (void)pthread_join(sealing->thread, NULL);
    imx_status s = sealing->status;
    if (s && err) {
        *err = sealing->error;
    }
    *sealing_in = NULL;
    imx_free(sealing->plan->memory, sealing);
    return s;
}
