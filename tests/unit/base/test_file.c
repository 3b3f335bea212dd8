/* tests/unit/base/test_file.c: outputs that are whole or absent, whatever happens; maps; what the disk says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/partial.h"

/* Each test has a folder of its own, which is the working directory meanwhile. */
typedef struct place {
    char folder[64];
    int before; /* the working directory to come back to */
    imx_memory *memory;
} place;

static int enter(void **state) {
    place *p = calloc(1, sizeof *p);
    strcpy(p->folder, "/tmp/imx-test-file-XXXXXX");
    p->before = open(".", O_RDONLY | O_DIRECTORY);
    *state = p;
    return p->before < 0 || !mkdtemp(p->folder) || chdir(p->folder) != 0 || imx_memory_create(0, &p->memory) != IMX_OK;
}

static int leave(void **state) {
    place *p = *state;
    int failed = fchdir(p->before) != 0 || imx_memory_used(p->memory) != 0;
    close(p->before);
    imx_path_remove(p->folder);
    imx_memory_destroy(&p->memory);
    free(p);
    return failed;
}

static void put(const char *path, const char *content) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_content(const char *path, const char *content) {
    imx_map map;
    assert_int_equal(imx_map_open(path, NULL, &map), IMX_OK);
    assert_int_equal(map.size, strlen(content));
    assert_memory_equal(map.data ? (const char *)map.data : "", content, map.size);
    imx_map_close(&map);
}

static int entries(const char *folder) {
    int count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(dir);
    return count;
}

static imx_outfile *begin(place *p, const char *target) {
    imx_outfile *file = NULL;
    imx_error err = IMX_ERROR_INIT;
    if (imx_outfile_create(p->memory, target, &err, &file) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return file;
}

/* ---- files --------------------------------------------------------------------------------------------------- */

static void a_file_appears_on_commit(void **state) {
    place *p = *state;
    put("out.bin", "old");
    imx_outfile *file = begin(p, "out.bin");
    assert_int_equal(imx_outfile_write_at(file, 3, "def", 3, NULL), IMX_OK);
    assert_int_equal(imx_outfile_write_at(file, 0, "abc", 3, NULL), IMX_OK);
    char back[4] = {0};
    assert_int_equal(imx_outfile_read_at(file, 2, back, 3, NULL), IMX_OK);
    assert_string_equal(back, "cde");
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_outfile_read_at(file, 4, back, 3, &err), IMX_E_IO);
    assert_non_null(strstr(err.text, "out.bin"));
    assert_content("out.bin", "old");
    assert_int_equal(entries("."), 2);
    assert_int_equal(imx_outfile_commit(&file, &err), IMX_OK);
    assert_null(file);
    assert_content("out.bin", "abcdef");
    assert_int_equal(entries("."), 1);
}

static void abort_leaves_the_old_file(void **state) {
    place *p = *state;
    put("out.bin", "old");
    imx_outfile *file = begin(p, "out.bin");
    assert_int_equal(imx_outfile_write_at(file, 0, "new", 3, NULL), IMX_OK);
    imx_outfile_abort(&file);
    assert_null(file);
    imx_outfile_abort(&file);
    imx_outfile_abort(NULL);
    assert_content("out.bin", "old");
    assert_int_equal(entries("."), 1);
}

static void an_empty_file_is_a_file(void **state) {
    place *p = *state;
    imx_outfile *file = begin(p, "empty");
    assert_int_equal(imx_outfile_commit(&file, NULL), IMX_OK);
    assert_content("empty", "");
}

static void copies_between_partials(void **state) {
    place *p = *state;
    enum { SIZE = 3 * 1024 * 1024 + 17 };
    uint8_t *bytes = malloc(SIZE), *back = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    }
    imx_outfile *from = begin(p, "from"), *to = begin(p, "to");
    assert_int_equal(imx_outfile_write_at(from, 5, bytes, SIZE, NULL), IMX_OK);
    assert_int_equal(imx_outfile_copy(from, 5, SIZE, to, 1000, NULL), IMX_OK);
    imx_outfile_start_sync(to, 0, SIZE);
    imx_outfile_start_sync(to, 1, 0);
    imx_outfile_start_sync(to, UINT64_MAX - 1, 1); /* nowhere: a hint fails without a word */
    assert_int_equal(imx_outfile_read_at(to, 1000, back, SIZE, NULL), IMX_OK);
    assert_memory_equal(bytes, back, SIZE);
    assert_int_equal(imx_outfile_copy(from, 0, 0, to, 0, NULL), IMX_OK);
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_outfile_copy(from, SIZE, 100, to, 0, &err), IMX_E_IO); /* past the end */
    assert_non_null(strstr(err.text, "from"));
    imx_outfile_abort(&from);
    imx_outfile_abort(&to);
    free(bytes);
    free(back);
}

typedef struct part {
    imx_outfile *file;
    size_t number;
} part;

static void *write_part(void *argument) {
    part *mine = argument;
    char bytes[1000];
    memset(bytes, 'a' + (int)mine->number, sizeof bytes);
    for (size_t i = 0; i < 50; i++) {
        if (imx_outfile_write_at(mine->file, (i * 4 + mine->number) * sizeof bytes, bytes, sizeof bytes, NULL)) {
            return mine;
        }
    }
    return NULL;
}

static void threads_write_disjoint_ranges(void **state) {
    place *p = *state;
    imx_outfile *file = begin(p, "shared");
    pthread_t threads[4];
    part parts[4];
    for (size_t i = 0; i < 4; i++) {
        parts[i] = (part){file, i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_part, &parts[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(imx_outfile_commit(&file, NULL), IMX_OK);
    imx_map map;
    assert_int_equal(imx_map_open("shared", NULL, &map), IMX_OK);
    assert_int_equal(map.size, 200000);
    for (size_t i = 0; i < map.size; i++) {
        assert_int_equal(map.data[i], 'a' + i / 1000 % 4);
    }
    imx_map_close(&map);
}

/* ---- owners that die ----------------------------------------------------------------------------------------- */

/* A child process that begins an output and dies in the middle of it; what it leaves is there afterwards. */
static void die_in_the_middle(place *p, const char *target, bool folder) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        imx_outfile *file = NULL;
        imx_outdir *dir = NULL;
        bool good = folder ? imx_outdir_create(p->memory, target, NULL, &dir) == IMX_OK
                           : imx_outfile_create(p->memory, target, NULL, &file) == IMX_OK &&
                                 imx_outfile_write_at(file, 0, "half", 4, NULL) == IMX_OK;
        if (folder && good) {
            char path[300];
            (void)snprintf(path, sizeof path, "%s/3", imx_outdir_path(dir));
            good = mkdir(path, 0777) == 0;
        }
        _exit(good ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_killed_writer_leaves_the_old_file_and_is_swept(void **state) {
    place *p = *state;
    put("out.bin", "old");
    put(".out.bin.partial-", "not ours");
    put(".out.bin.partial-12-", "not ours");
    put(".out.bin.partial-12-3.old", "not ours");
    put(".out.bin2.partial-12-3", "another target's");
    put(".out.bin.partial-1-0", "a dead one, though process 1 lives");
    die_in_the_middle(p, "out.bin", false);
    die_in_the_middle(p, "out.bin", false);
    assert_content("out.bin", "old");
    imx_outfile *live = begin(p, "out.bin"), *other = begin(p, "out.bin"); /* must not sweep each other */
    assert_int_equal(entries("."), 5 + 2);
    assert_int_equal(imx_outfile_write_at(live, 0, "one", 3, NULL), IMX_OK);
    assert_int_equal(imx_outfile_write_at(other, 0, "two", 3, NULL), IMX_OK);
    assert_int_equal(imx_outfile_commit(&live, NULL), IMX_OK);
    assert_content("out.bin", "one");
    assert_int_equal(imx_outfile_commit(&other, NULL), IMX_OK);
    assert_content("out.bin", "two");
    assert_int_equal(entries("."), 5);
}

static void a_partial_of_a_living_process_is_kept(void **state) {
    place *p = *state;
    int ready[2], end[2];
    assert_int_equal(pipe(ready) | pipe(end), 0);
    pid_t child = fork();
    if (child == 0) {
        close(end[1]);
        imx_outfile *file = NULL;
        char c = imx_outfile_create(p->memory, "out", NULL, &file) == IMX_OK ? 'y' : 'n';
        bool good = write(ready[1], &c, 1) == 1 && read(end[0], &c, 1) == 0; /* until the parent closes */
        good = good && imx_outfile_write_at(file, 0, "child", 5, NULL) == IMX_OK;
        _exit(good && imx_outfile_commit(&file, NULL) == IMX_OK ? 0 : 1);
    }
    char c = 'n';
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_int_equal(c, 'y');
    imx_outfile *mine = begin(p, "out");
    assert_int_equal(entries("."), 2);
    imx_outfile_abort(&mine);
    close(end[1]);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_content("out", "child");
    close(end[0]);
    close(ready[0]);
    close(ready[1]);
}

/* ---- targets ------------------------------------------------------------------------------------------------- */

static void a_link_is_followed(void **state) {
    place *p = *state;
    assert_int_equal(mkdir("disk", 0777), 0);
    put("disk/real", "old");
    assert_int_equal(symlink("disk/real", "link"), 0);
    imx_outfile *file = begin(p, "link");
    assert_int_equal(entries("disk"), 2);
    assert_int_equal(imx_outfile_write_at(file, 0, "new", 3, NULL), IMX_OK);
    assert_int_equal(imx_outfile_commit(&file, NULL), IMX_OK);
    assert_content("disk/real", "new");
    struct stat info;
    assert_int_equal(lstat("link", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
}

static void targets_that_cannot_be(void **state) {
    place *p = *state;
    assert_int_equal(mkdir("folder", 0777), 0);
    put("file", "x");
    assert_int_equal(mkfifo("fifo", 0666), 0);
    imx_error err = IMX_ERROR_INIT;
    imx_outfile *file = NULL;
    imx_outdir *dir = NULL;
    assert_int_equal(imx_outfile_create(p->memory, "folder", &err, &file), IMX_E_USAGE);
    assert_string_equal(err.text, "folder exists and is not a file");
    assert_int_equal(imx_outfile_create(p->memory, "fifo", &err, &file), IMX_E_USAGE);
    assert_int_equal(imx_outdir_create(p->memory, "file", &err, &dir), IMX_E_USAGE);
    assert_string_equal(err.text, "file exists and is not a folder");
    static const char *const names[] = {"", ".", "..", "/", "folder/.", "folder/..", "//"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(imx_outfile_create(p->memory, names[i], &err, &file), IMX_E_USAGE);
        assert_int_equal(imx_outdir_create(p->memory, names[i], &err, &dir), IMX_E_USAGE);
    }
    assert_int_equal(imx_outfile_create(p->memory, "nowhere/out", &err, &file), IMX_E_IO);
    assert_string_equal(err.text, "nowhere/out: cannot create the file: No such file or directory");
    assert_int_equal(imx_outdir_create(p->memory, "file/out", &err, &dir), IMX_E_IO);
    assert_null(file);
    assert_null(dir);
    assert_int_equal(entries("."), 3);
}

static void failed_allocations(void **state) {
    place *p = *state;
    for (int folder = 0; folder < 2; folder++) {
        imx_status status = IMX_E_NOMEM;
        size_t nth = 0;
        while (status == IMX_E_NOMEM) {
            imx_outfile *file = NULL;
            imx_outdir *dir = NULL;
            imx_memory_fail_nth(p->memory, ++nth);
            status = folder ? imx_outdir_create(p->memory, "out", NULL, &dir)
                            : imx_outfile_create(p->memory, "out", NULL, &file);
            assert_true(status == IMX_OK || status == IMX_E_NOMEM);
            assert_int_equal(status == IMX_OK, file || dir);
            imx_outfile_abort(&file);
            imx_outdir_abort(&dir);
            assert_int_equal(imx_memory_used(p->memory), 0);
            assert_int_equal(entries("."), 0);
        }
        imx_memory_fail_nth(p->memory, 0);
        assert_true(nth > 4);
    }
}

/* ---- folders ------------------------------------------------------------------------------------------------- */

static void put_in(const imx_outdir *dir, const char *name, const char *content) {
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s", imx_outdir_path(dir), name);
    put(path, content);
}

static void a_folder_appears_on_commit(void **state) {
    place *p = *state;
    imx_outdir *dir = NULL;
    assert_int_equal(imx_outdir_create(p->memory, "tiles///", NULL, &dir), IMX_OK);
    put_in(dir, "a", "first");
    assert_int_equal(access("tiles", F_OK), -1);
    assert_int_equal(imx_outdir_commit(&dir, NULL), IMX_OK);
    assert_null(dir);
    assert_content("tiles/a", "first");
    assert_int_equal(mkdir("tiles/deep", 0777) | mkdir("tiles/deep/er", 0777), 0);
    put("tiles/deep/er/x", "x");
    assert_int_equal(symlink("/", "tiles/root"), 0); /* must not be followed when the old folder is deleted */

    assert_int_equal(imx_outdir_create(p->memory, "tiles", NULL, &dir), IMX_OK);
    put_in(dir, "b", "second");
    assert_content("tiles/a", "first");
    assert_int_equal(imx_outdir_commit(&dir, NULL), IMX_OK);
    assert_content("tiles/b", "second");
    assert_int_equal(entries("tiles"), 1);
    assert_int_equal(entries("."), 1);

    assert_int_equal(imx_outdir_create(p->memory, "tiles", NULL, &dir), IMX_OK);
    put_in(dir, "c", "third");
    imx_outdir_abort(&dir);
    assert_null(dir);
    imx_outdir_abort(&dir);
    assert_content("tiles/b", "second");
    assert_int_equal(entries("."), 1);
}

static void a_killed_writer_leaves_the_old_folder_and_is_swept(void **state) {
    place *p = *state;
    assert_int_equal(mkdir("tiles", 0777), 0);
    put("tiles/a", "old");
    die_in_the_middle(p, "tiles/", true);
    assert_int_equal(entries("."), 2);
    assert_content("tiles/a", "old");
    imx_outdir *dir = NULL, *other = NULL;
    assert_int_equal(imx_outdir_create(p->memory, "tiles", NULL, &dir), IMX_OK);
    assert_int_equal(imx_outdir_create(p->memory, "tiles", NULL, &other), IMX_OK);
    assert_int_equal(entries("."), 3);
    assert_int_equal(entries(imx_outdir_path(dir)), 0);
    imx_outdir_abort(&dir);
    put_in(other, "b", "new");
    assert_int_equal(imx_outdir_commit(&other, NULL), IMX_OK);
    assert_int_equal(entries("."), 1);
    assert_content("tiles/b", "new");
}

/* From now on this process finds a kernel without RENAME_EXCHANGE. */
static bool forbid_exchange(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4])), /* little-endian: the low half */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RENAME_EXCHANGE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
           renameat2(AT_FDCWD, ".", AT_FDCWD, ".", RENAME_EXCHANGE) == -1 && errno == EINVAL;
}

static void folders_are_swapped_where_the_system_cannot_exchange(void **state) {
    place *p = *state;
    assert_int_equal(mkdir("tiles", 0777), 0);
    put("tiles/a", "old");
    pid_t child = fork();
    if (child == 0) {
        if (!forbid_exchange()) {
            _exit(77);
        }
        imx_outdir *dir = NULL;
        bool good = imx_outdir_create(p->memory, "tiles", NULL, &dir) == IMX_OK;
        put_in(dir, "b", "new");
        good = good && imx_outdir_commit(&dir, NULL) == IMX_OK;
        good = good && imx_outdir_create(p->memory, "fresh", NULL, &dir) == IMX_OK;
        good = good && imx_outdir_commit(&dir, NULL) == IMX_OK;
        _exit(good ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        skip(); /* no seccomp here */
    }
    assert_int_equal(status, 0);
    assert_int_equal(entries("."), 2);
    assert_int_equal(entries("tiles"), 1);
    assert_content("tiles/b", "new");
    assert_int_equal(entries("fresh"), 0);
}

/* ---- maps, the disk ------------------------------------------------------------------------------------------ */

static void maps(void **state) {
    (void)state;
    imx_map map;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_map_open("nothing", &err, &map), IMX_E_INPUT);
    assert_string_equal(err.text, "nothing: cannot open: No such file or directory");
    assert_int_equal(imx_map_open(".", &err, &map), IMX_E_INPUT);
    assert_string_equal(err.text, ".: not a file");
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(imx_map_open("pipe", &err, &map), IMX_E_INPUT);
    assert_string_equal(err.text, "pipe: is a pipe, not a file");
    assert_int_equal(imx_file_check("pipe", &err), IMX_E_INPUT);
    assert_int_equal(imx_file_check("/dev/null", &err), IMX_E_INPUT);
    assert_string_equal(err.text, "/dev/null: is a device, not a file");
    assert_int_equal(imx_file_check(".", &err), IMX_OK);
    assert_int_equal(imx_file_check("nothing", &err), IMX_OK);
    put("empty", "");
    assert_int_equal(imx_map_open("empty", &err, &map), IMX_OK);
    assert_int_equal(map.size, 0);
    imx_map_close(&map);
    put("some", "some bytes");
    assert_int_equal(imx_map_open("some", &err, &map), IMX_OK);
    put("some2", "other");
    assert_int_equal(rename("some2", "some"), 0); /* the map keeps what it saw */
    assert_memory_equal(map.data, "some bytes", 10);
    imx_map_close(&map);
    assert_null(map.data);
    imx_map_close(&map);
    imx_map_close(NULL);
}

static void folders_of_paths(void **state) {
    (void)state;
    static const char *const rows[][2] = {{"a", "."},  {"a/", "."},  {"a/b", "a"},   {"a/b///", "a"},
                                          {"/a", "/"}, {"/a/", "/"}, {"//a", "/"},   {"a//b", "a"},
                                          {"", "."},   {"/", "/"},   {"../x", ".."}, {"/a/b/c", "/a/b"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *folder = imx_path_folder(NULL, rows[i][0]);
        assert_string_equal(folder, rows[i][1]);
        imx_free(NULL, folder);
    }
}

static void what_the_disk_says(void **state) {
    (void)state;
    uint64_t bytes = 0, same = 0;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_disk_free("not-yet.pmtiles", &err, &bytes), IMX_OK);
    assert_int_equal(imx_disk_free(".", &err, &same), IMX_OK);
    assert_true(bytes > 0 && same > 0);
    assert_int_equal(imx_disk_free("no/where", &err, &bytes), IMX_E_IO);
    assert_int_equal(imx_disk_writable("not-yet.pmtiles", &err), IMX_OK);
    assert_int_equal(imx_disk_writable("no/where", &err), IMX_E_IO);
    assert_string_equal(err.text, "no/where: the folder no cannot be used: No such file or directory");
    put("file", "");
    assert_int_equal(imx_disk_writable("file/out", &err), IMX_E_IO);
    assert_string_equal(err.text, "file/out: file is not a folder");
}

/* A process without privileges finds a read-only folder unwritable. */
static void unwritable_folders(void **state) {
    place *p = *state;
    assert_int_equal(mkdir("locked", 0555), 0);
    assert_int_equal(chmod(p->folder, 0755), 0);
    pid_t child = fork();
    if (child == 0) {
        imx_error err = IMX_ERROR_INIT;
        imx_outfile *file = NULL;
        bool good = geteuid() != 0 || setuid(65534) == 0;
        good = good && imx_disk_writable("locked/out", &err) == IMX_E_IO;
        good = good && strcmp(err.text, "locked/out: the folder locked cannot be written to: Permission denied") == 0;
        good = good && imx_outfile_create(p->memory, "locked/out", &err, &file) == IMX_E_IO;
        good = good && strcmp(err.text, "locked/out: cannot create the file: Permission denied") == 0;
        _exit(good ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_full_disk(void **state) {
    place *p = *state;
    assert_int_equal(mkdir("small", 0777), 0);
    if (mount("none", "small", "tmpfs", 0, "size=65536") != 0) {
        skip(); /* not allowed to mount here */
    }
    put("small/out", "old");
    uint64_t bytes = 0;
    imx_status free_status = imx_disk_free("small/out", NULL, &bytes), status;
    imx_outfile *file = NULL, *from = begin(p, "from");
    imx_error err = IMX_ERROR_INIT, copy_err = IMX_ERROR_INIT;
    imx_status created = imx_outfile_create(p->memory, "small/out", &err, &file);
    static const char page[4096];
    unsigned written = 0;
    do {
        status = imx_outfile_write_at(file, written * sizeof page, page, sizeof page, &err);
    } while (status == IMX_OK && ++written < 100);
    imx_status copied = imx_outfile_write_at(from, 0, page, sizeof page, NULL);
    copied = copied == IMX_OK ? imx_outfile_copy(from, 0, sizeof page, file, 1 << 20, &copy_err) : copied;
    imx_outfile_abort(&from);
    imx_outfile_abort(&file);
    int left = entries("small");
    imx_map map = {NULL, 0};
    imx_status kept = imx_map_open("small/out", NULL, &map);
    bool same = map.size == 3 && memcmp(map.data, "old", 3) == 0;
    imx_map_close(&map);
    assert_int_equal(umount("small"), 0); /* before anything can fail */
    assert_int_equal(free_status, IMX_OK);
    assert_int_equal(bytes, 65536 - 4096);
    assert_int_equal(created, IMX_OK);
    assert_int_equal(written, 15);
    assert_int_equal(status, IMX_E_DISK_FULL);
    assert_string_equal(err.text, "small/out: cannot write: the disk is full (No space left on device)");
    assert_int_equal(copied, IMX_E_DISK_FULL);
    assert_non_null(strstr(copy_err.text, "small/out"));
    assert_int_equal(left, 1);
    assert_int_equal(kept, IMX_OK);
    assert_true(same);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_file_appears_on_commit),
        TEST(abort_leaves_the_old_file),
        TEST(an_empty_file_is_a_file),
        TEST(copies_between_partials),
        TEST(threads_write_disjoint_ranges),
        TEST(a_killed_writer_leaves_the_old_file_and_is_swept),
        TEST(a_partial_of_a_living_process_is_kept),
        TEST(a_link_is_followed),
        TEST(targets_that_cannot_be),
        TEST(failed_allocations),
        TEST(a_folder_appears_on_commit),
        TEST(a_killed_writer_leaves_the_old_folder_and_is_swept),
        TEST(folders_are_swapped_where_the_system_cannot_exchange),
        TEST(maps),
        TEST(folders_of_paths),
        TEST(what_the_disk_says),
        TEST(unwritable_folders),
        TEST(a_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
