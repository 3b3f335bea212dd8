/* A tile's bytes do not depend on where in memory its encoder happens to lie.
 *
 * The program starts itself many times; address space randomization puts each process's blocks elsewhere. Each encodes
 * the same tiles with several encoders, which stand side by side, and writes a hash of every tile's bytes to its
 * standard output. What a library mistakenly mixes from a
 * pointer into its bytes shows up in a few tiles of a few processes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/tiler/pictures.h"
#include "tiler/codec.h"

/* Mostly small: there the tables of a deflater are small too, and a stray entry is met the sooner. */
static const int32_t SIZES[][2] = {{1, 1},  {2, 1},   {5, 4},   {4, 6},  {3, 11}, {7, 5},   {9, 4},   {6, 9},
                                   {8, 8},  {11, 7},  {5, 13},  {13, 9}, {21, 4}, {16, 7},  {10, 3},  {7, 7},
                                   {40, 3}, {19, 10}, {12, 12}, {33, 6}, {15, 6}, {17, 33}, {64, 64}, {130, 128}};
enum { SIZE_COUNT = sizeof SIZES / sizeof *SIZES, TILES = SIZE_COUNT * PICTURE_COUNT, ENCODERS = 8 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { PROCESSES = 4 }; /* slow, and little is random about their allocators' addresses */
#else
enum { PROCESSES = 40 };
#endif

/* FNV-1a, 64 bits. */
static uint64_t hash(const uint8_t *data, size_t size) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++) {
        h = (h ^ data[i]) * UINT64_C(0x100000001b3);
    }
    return h;
}

/* ---- the child -------------------------------------------------------------------------------------------------- */

static bool hash_tile(imx_encoder *encoder, const imx_pixels *pixels, uint64_t *out) {
    imx_blob blob;
    imx_tile_type type;
    if (imx_encode(encoder, pixels, 0, NULL, &blob, &type) != IMX_OK) {
        return false;
    }
    *out = hash(blob.data, blob.size);
    imx_free(NULL, blob.data);
    return true;
}

static bool write_hashes(imx_encoder *const *encoders) {
    static uint64_t hashes[ENCODERS][TILES];
    bool good = true;
    for (int i = 0; i < TILES; i++) {
        const int32_t *size = SIZES[i % SIZE_COUNT];
        imx_pixels pixels = picture_make((picture)(i / SIZE_COUNT), size[0], size[1], 21);
        for (int e = 0; e < ENCODERS; e++) {
            good = good && hash_tile(encoders[e], &pixels, &hashes[e][i]);
        }
        imx_pixels_destroy(NULL, &pixels);
    }
    return good && fwrite(hashes, sizeof hashes, 1, stdout) == 1 && fflush(stdout) == 0;
}

static int run_child(const char *format) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_codec_options options = IMX_CODEC_OPTIONS_DEFAULT;
    options.webp_method = 0;
    imx_encoder *encoders[ENCODERS] = {NULL};
    bool good = imx_format_parse(format, NULL, &options.format) == IMX_OK;
    for (int e = 0; e < ENCODERS; e++) {
        good = good && imx_encoder_create(NULL, &kernels, &options, NULL, &encoders[e]) == IMX_OK;
    }
    good = good && write_hashes(encoders);
    for (int e = 0; e < ENCODERS; e++) {
        imx_encoder_destroy(&encoders[e]);
    }
    return good ? 0 : 1;
}

/* ---- the parent ------------------------------------------------------------------------------------------------- */

static void hashes_of_a_process(const char *format, uint64_t hashes[ENCODERS * TILES]) {
    int ends[2], status = -1;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char *arguments[] = {(char *)"test_codec_address", (char *)format, NULL};
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execv("/proc/self/exe", arguments);
        _exit(127);
    }
    (void)close(ends[1]);
    FILE *file = fdopen(ends[0], "rb");
    assert_non_null(file);
    size_t got = fread(hashes, sizeof *hashes, ENCODERS * TILES, file);
    (void)fclose(file);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(got, ENCODERS * TILES);
}

static void check_format(const char *format, int processes) {
    static uint64_t first[TILES], hashes[ENCODERS * TILES];
    int odd_tiles = 0, odd_encoders = 0;
    for (int i = 0; i < processes; i++) {
        hashes_of_a_process(format, hashes);
        if (i == 0) {
            memcpy(first, hashes, sizeof first);
        }
        for (int e = 0; e < ENCODERS; e++) {
            int odd = 0;
            for (int tile = 0; tile < TILES; tile++) {
                odd += hashes[e * TILES + tile] != first[tile];
            }
            odd_tiles += odd;
            odd_encoders += odd != 0;
        }
    }
    if (odd_tiles) {
        fail_msg("%d of %d encoders give other bytes than the first: %d of %d tiles", odd_encoders,
                 processes * ENCODERS, odd_tiles, processes * ENCODERS * TILES);
    }
}

static void test_png(void **state) {
    (void)state;
    check_format("png", PROCESSES);
}

static void test_jpeg(void **state) {
    (void)state;
    check_format("jpeg", 3);
}

static void test_webp(void **state) {
    (void)state;
    check_format("webp", 2);
}

int main(int argc, char **argv) {
    if (argc == 2) {
        return run_child(argv[1]);
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_png), cmocka_unit_test(test_jpeg),
                                       cmocka_unit_test(test_webp)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
