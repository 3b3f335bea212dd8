/* imbrex-serve as a program: what it prints, its exit statuses, the port file, an end on SIGTERM with an answer under
 * way. test_server_program IMBREX_SERVE MAKE_ARCHIVE */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static const char *program, *make_archive;
static char folder[] = "/tmp/imx-serve-XXXXXX";

enum { OUTPUT_MAX = 16384, ARGS_MAX = 16 };

typedef struct process {
    pid_t pid;
    char out[64], err[64]; /* files */
} process;

static const char *in_folder(const char *name) {
    static char path[16][128];
    static unsigned next;
    char *to = path[next++ % 16];
    (void)snprintf(to, sizeof path[0], "%s/%s", folder, name);
    return to;
}

static process start(const char *const *args) {
    static unsigned number;
    process p;
    (void)snprintf(p.out, sizeof p.out, "%s/out%u", folder, number);
    (void)snprintf(p.err, sizeof p.err, "%s/err%u", folder, number++);
    p.pid = fork();
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        char *argv[ARGS_MAX + 2] = {(char *)(uintptr_t)program};
        for (int i = 0; args[i] && i < ARGS_MAX; i++) {
            argv[i + 1] = (char *)(uintptr_t)args[i];
        }
        int out = open(p.out, O_WRONLY | O_CREAT | O_TRUNC, 0666),
            err = open(p.err, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (dup2(out, 1) == 1 && dup2(err, 2) == 2) {
            (void)execv(program, argv);
        }
        _exit(127);
    }
    return p;
}

static int finish(const process *p) {
    int status;
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void slurp(const char *path, char text[OUTPUT_MAX]) {
    FILE *f = fopen(path, "r");
    size_t size = f ? fread(text, 1, OUTPUT_MAX - 1, f) : 0;
    text[size] = '\0';
    if (f) {
        (void)fclose(f);
    }
}

static void pause_ms(long ms) { (void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL); }

/* Waits for the port file. */
static uint16_t port_of(const char *path) {
    char text[OUTPUT_MAX];
    for (int i = 0; i < 1000; i++) {
        slurp(path, text);
        if (text[0]) {
            unsigned port = 0;
            assert_int_equal(sscanf(text, "%u\n", &port), 1);
            assert_in_range(port, 1, 65535);
            return (uint16_t)port;
        }
        pause_ms(10);
    }
    fail_msg("no %s", path);
    return 0;
}

static int dial(uint16_t port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, const char *text) {
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static size_t hear_all(int fd, char *to, size_t room) {
    size_t got = 0;
    for (ssize_t n; got + 1 < room && (n = recv(fd, to + got, room - 1 - got, 0)) > 0;) {
        got += (size_t)n;
    }
    to[got] = '\0';
    return got;
}

static void bad_usage_and_bad_layers(void **state) {
    (void)state;
    FILE *f = fopen(in_folder("bad.pmtiles"), "w");
    assert_non_null(f);
    (void)fputs("not an archive", f);
    (void)fclose(f);
    const struct {
        const char *args[4];
        int status;
        const char *says; /* in the one line on stderr */
    } cases[] = {
        {{NULL}, 2, "no layer given"},
        {{"--prot", "1", "x"}, 2, "did you mean --port?"},
        {{"--port", "65536", "x"}, 2, "--port"},
        {{"--port", "-1", "x"}, 2, "--port"},
        {{"--missing", "200", "x"}, 2, "404, 204, transparent"},
        {{"--public-url", "example.org", in_folder("a.pmtiles")}, 2, "example.org"},
        {{in_folder("none.pmtiles")}, 3, "none.pmtiles: No such file"},
        {{in_folder("bad.pmtiles")}, 3, "bad.pmtiles"},
        {{in_folder("a.pmtiles"), in_folder("a.pmtiles")}, 2, "two layers are named a"},
        {{"--address", "192.0.2.1", in_folder("a.pmtiles")}, 1, "cannot listen on 192.0.2.1:8080"},
        {{"--port-file", in_folder("no/where"), "--port=0", in_folder("a.pmtiles")}, 1, "no/where"},
    };
    char text[OUTPUT_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *args[5] = {0};
        memcpy(args, cases[i].args, sizeof cases[i].args);
        process p = start(args);
        int status = finish(&p);
        slurp(p.err, text);
        if (status != cases[i].status || strncmp(text, "imbrex-serve: ", 14) != 0 || !strstr(text, cases[i].says) ||
            strchr(text, '\n') != text + strlen(text) - 1) {
            fail_msg("case %zu: exit status %d: %s", i, status, text);
        }
    }
    /* each bad layer has its line */
    process p = start((const char *[]){in_folder("bad.pmtiles"), in_folder("none.pmtiles"), NULL});
    assert_int_equal(finish(&p), 3);
    slurp(p.err, text);
    assert_non_null(strstr(text, "bad.pmtiles"));
    assert_non_null(strstr(text, "none.pmtiles"));
}

static void help_and_version(void **state) {
    (void)state;
    char text[OUTPUT_MAX];
    process p = start((const char *[]){"--help", NULL});
    assert_int_equal(finish(&p), 0);
    slurp(p.out, text);
    assert_non_null(strstr(text, "--public-url"));
    assert_non_null(strstr(text, "Examples"));
    p = start((const char *[]){"--version", NULL});
    assert_int_equal(finish(&p), 0);
    slurp(p.out, text);
    assert_non_null(strstr(text, "imbrex-serve "));
}

static void busy_port(void **state) {
    (void)state;
    char text[OUTPUT_MAX], port_text[8];
    process first =
        start((const char *[]){"--port=0", "--port-file", in_folder("port1"), in_folder("a.pmtiles"), NULL});
    uint16_t port = port_of(in_folder("port1"));
    (void)snprintf(port_text, sizeof port_text, "%u", port);
    process second = start((const char *[]){"-p", port_text, in_folder("a.pmtiles"), NULL});
    assert_int_equal(finish(&second), 1);
    slurp(second.err, text);
    assert_non_null(strstr(text, port_text));
    assert_non_null(strstr(text, "in use"));
    assert_int_equal(kill(first.pid, SIGINT), 0);
    assert_int_equal(finish(&first), 0);
}

static void serves_and_ends_on_sigterm(void **state) {
    (void)state;
    char text[OUTPUT_MAX], expected[128];
    process p =
        start((const char *[]){"-v", "--port", "0", "--port-file", in_folder("port"), in_folder("a.pmtiles"), NULL});
    uint16_t port = port_of(in_folder("port"));
    int fd = dial(port);
    say(fd, "GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_true(hear_all(fd, text, sizeof text) > 200);
    assert_memory_equal(text, "HTTP/1.1 200 ", 13);
    assert_non_null(strstr(text, "ETag: \""));
    (void)close(fd);

    /* an answer larger than the sockets' buffers, hardly begun when the signal comes, arrives whole */
    static char page[1 << 20];
    fd = dial(port);
    say(fd, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    hear_all(fd, page, sizeof page);
    (void)close(fd);
    const char *script = strstr(page, "_/leaflet.");
    script = script ? strstr(script + 1, "_/leaflet.") : NULL; /* after the style sheet */
    assert_non_null(script);
    (void)snprintf(text, sizeof text, "GET /%.*s HTTP/1.1\r\nHost: h\r\n\r\n", (int)strcspn(script, "\""), script);
    fd = dial(port);
    say(fd, text);
    assert_int_equal(recv(fd, page, 8, MSG_WAITALL), 8);
    assert_int_equal(kill(p.pid, SIGTERM), 0);
    pause_ms(200);
    assert_true(hear_all(fd, page, sizeof page) > 130000);
    char *length = strstr(page, "Content-Length: "), *body = strstr(page, "\r\n\r\n");
    assert_non_null(length);
    assert_non_null(body);
    assert_int_equal(strtoul(length + 16, NULL, 10), strlen(body + 4));
    (void)close(fd);
    assert_int_equal(finish(&p), 0);

    slurp(p.out, text);
    (void)snprintf(expected, sizeof expected, "map       http://127.0.0.1:%u/\nlayer     http://127.0.0.1:%u/a.json\n",
                   port, port);
    assert_string_equal(text, expected);
    slurp(p.err, text);
    assert_non_null(strstr(text, "GET /a/0/0/0.png 200 "));
}

static int make_folder(void **state) {
    (void)state;
    char command[512];
    if (!mkdtemp(folder)) {
        return 1;
    }
    (void)snprintf(command, sizeof command, "%s %s/a.pmtiles WebMercatorQuad 256 1 auto", make_archive, folder);
    return system(command);
}

static int remove_folder(void **state) {
    (void)state;
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        return 2;
    }
    program = argv[1];
    make_archive = argv[2];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_usage_and_bad_layers),
        cmocka_unit_test(help_and_version),
        cmocka_unit_test(busy_port),
        cmocka_unit_test(serves_and_ends_on_sigterm),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
