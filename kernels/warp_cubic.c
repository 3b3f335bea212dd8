/* kernels/warp_cubic.c: reference of the cubic warp (Keys 1981, a = -0.5), and its table of weights. */
#include "kernels/reference.h"
#include "kernels/warp_taps.h"

/* Keys' polynomials in t = f / 256, the four taps at distances 1 + t, t, 1 - t, 2 - t:
 *   w0 = (-t + 2 t^2 - t^3) / 2    w1 = (2 - 5 t^2 + 3 t^3) / 2    w2(t) = w1(1 - t)    w3(t) = w0(1 - t)
 * times 2^25 they are integers; Q14 is 11 bits fewer, rounded to nearest. The rounding error of a row goes to the
 * weight of the nearer tap, so that a row sums to 16384. */
#define ROUND11(v) (((v) + 1024 + (1 << 28)) / 2048 - (1 << 17)) /* the offset keeps the division's floor positive */
#define OUTER(f) ROUND11(-(f)*65536 + 512 * (f) * (f) - (f) * (f) * (f))
#define INNER(f) ROUND11(33554432 - 1280 * (f) * (f) + 3 * (f) * (f) * (f))
#define ROW(f)                                                                                                         \
    {                                                                                                                  \
        OUTER(f), (f) < 128 ? 16384 - OUTER(f) - OUTER(256 - (f)) - INNER(256 - (f)) : INNER(f),                       \
            (f) < 128 ? INNER(256 - (f)) : 16384 - OUTER(f) - OUTER(256 - (f)) - INNER(f), OUTER(256 - (f))            \
    }
#define ROWS4(f) ROW(f), ROW((f) + 1), ROW((f) + 2), ROW((f) + 3)
#define ROWS16(f) ROWS4(f), ROWS4((f) + 4), ROWS4((f) + 8), ROWS4((f) + 12)
#define ROWS64(f) ROWS16(f), ROWS16((f) + 16), ROWS16((f) + 32), ROWS16((f) + 48)
const int16_t imx_cubic_q14[IMX_WARP_PHASES + 1][4] = {ROWS64(0), ROWS64(64), ROWS64(128), ROWS64(192), ROW(256)};

typedef struct taps {
    const uint8_t *row[4];  /* first of four pixels */
    const int16_t *wx, *wy; /* four each */
} taps;

/* 4 x 4 opaque pixels. */
static void cubic_opaque(const taps *t, uint8_t *dst) {
    for (int c = 0; c < 3; c++) {
        int32_t v = 1 << 19;
        for (int y = 0; y < 4; y++) {
            const uint8_t *p = t->row[y] + c;
            int32_t h = (t->wx[0] * p[0] + t->wx[1] * p[4] + t->wx[2] * p[8] + t->wx[3] * p[12] + 128) >> 8; /* Q6 */
            v += t->wy[y] * h;
        }
        dst[c] = (uint8_t)imx_clamp_u8(v >> 20);
    }
    dst[3] = 255;
}

/* 4 x 4 pixels of partial alpha, none 0. */
static void cubic_alpha(const taps *t, bool binary_alpha, uint8_t *dst) {
    int64_t sum[4] = {0};
    for (int y = 0; y < 4; y++) {
        int32_t row[4] = {0}; /* |.| <= 255^2 * 1.25 * 2^14 < 2^31 */
        for (int x = 0; x < 4; x++) {
            const uint8_t *p = t->row[y] + 4 * x;
            const int32_t wa = t->wx[x] * p[3];
            row[0] += wa * p[0];
            row[1] += wa * p[1];
            row[2] += wa * p[2];
            row[3] += wa;
        }
        for (int c = 0; c < 4; c++) {
            sum[c] += (int64_t)t->wy[y] * row[c];
        }
    }
    imx_warp_store(dst, sum, 1 << 28, binary_alpha);
}

static void cubic_pixel(const imx_warp_rgba8 *job, int32_t x_q16, int32_t y_q16, uint8_t *dst) {
    int32_t fx, fy;
    int32_t x0 = imx_warp_tap(x_q16, &fx) - 1, y0 = imx_warp_tap(y_q16, &fy) - 1;
    uint8_t all = 0, some = 1;
    taps t = {.wx = imx_cubic_q14[fx], .wy = imx_cubic_q14[fy]};
    if (x0 >= 0 && y0 >= 0 && x0 + 3 < job->src_w && y0 + 3 < job->src_h) {
        all = 255;
        for (int y = 0; y < 4; y++) {
            const uint8_t *p = t.row[y] = imx_warp_pixel(job, x0, y0 + y);
            all &= p[3] & p[7] & p[11] & p[15];
            some &= p[3] && p[7] && p[11] && p[15];
        }
    } else {
        some = 0;
    }
    if (all == 255) {
        cubic_opaque(&t, dst);
    } else if (some) {
        cubic_alpha(&t, job->binary_alpha, dst);
    } else {
        imx_warp_bilinear_pixel(job, x_q16, y_q16, dst);
    }
}

void imx_ref_warp_cubic_rgba8(const imx_warp_rgba8 *job) {
    if (imx_warp_is_minified(job)) {
        imx_ref_warp_minified(job, IMX_WARP_KEYS);
        return;
    }
    uint8_t *dst = job->dst;
    for (size_t i = 0; i < job->n; i++, dst += 4) {
        if (imx_warp_inside(job, job->x_q16[i], job->y_q16[i])) {
            cubic_pixel(job, job->x_q16[i], job->y_q16[i], dst);
            imx_warp_settle(job, job->x_q16[i], job->y_q16[i], dst);
        } else {
            memset(dst, 0, 4);
        }
    }
}
