/* The transport over real sockets on a free port of the loopback: framing, keep-alive, HEAD, slow clients, an orderly
 * stop. */
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
#include <pthread.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "server/listen_mhd.h"
#include "tests/server/fake_store.h"

enum { BIG_BYTES = 24 << 20, TIMEOUT_S = 1, SLOWEST = 24 << 20 };

typedef struct world {
    imx_memory *memory;
    imx_layers *layers;
    imx_server *server;
    imx_listener *listener;
    fake_counters counters;
    fake_archive archive;
    fake_tile tiles[2];
    uint8_t *big;
    imx_log *log;
    char said[4096];
} world;

static void note(void *context, imx_log_level level, const char *text) {
    (void)level;
    char *all = context;
    (void)snprintf(all + strlen(all), 4096 - strlen(all), "%s\n", text);
}

static const uint8_t SMALL[] = "\x89PNG small";

static void open_world(world *w) {
    memset(w, 0, sizeof *w);
    assert_int_equal(imx_memory_create(0, &w->memory), IMX_OK);
    assert_int_equal(imx_layers_create(w->memory, NULL, &w->layers), IMX_OK);
    assert_int_equal(imx_log_create(w->memory, IMX_LOG_DEBUG, note, w->said, &w->log), IMX_OK);
    w->big = malloc(BIG_BYTES);
    assert_non_null(w->big);
    for (size_t i = 0; i < BIG_BYTES; i++) {
        w->big[i] = (uint8_t)(i * 2654435761u >> 24);
    }
    w->tiles[0] = (fake_tile){{0, 0, 0}, IMX_TILE_PNG, SMALL, sizeof SMALL};
    w->tiles[1] = (fake_tile){{1, 0, 0}, IMX_TILE_PNG, w->big, BIG_BYTES};
    w->archive = (fake_archive){{.tile_type = IMX_TILE_PNG, .tile_px = 256}, w->tiles, 2, false, &w->counters};
    assert_int_equal(imx_layers_add_reader_take(w->layers, "a", NULL, false, fake_reader(w->memory, &w->archive), NULL),
                     IMX_OK);
    imx_server_options options = IMX_SERVER_OPTIONS_DEFAULT;
    imx_listen_options listen = IMX_LISTEN_OPTIONS_DEFAULT;
    listen.port = 0;
    listen.timeout_s = TIMEOUT_S;
    listen.slowest_bytes_per_s = SLOWEST;
    listen.access = w->log;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_server_create(w->memory, w->layers, &options, &err, &w->server), IMX_OK);
    if (imx_listen_start(w->memory, w->server, &listen, &err, &w->listener)) {
        fail_msg("%s", err.text);
    }
}

static void close_world(world *w) {
    imx_listen_stop(&w->listener);
    imx_server_destroy(&w->server);
    imx_layers_destroy(&w->layers);
    imx_log_destroy(&w->log);
    assert_int_equal(atomic_load(&w->counters.open), 0);
    assert_int_equal(atomic_load(&w->counters.held), 0);
    assert_int_equal(imx_memory_used(w->memory), 0);
    imx_memory_destroy(&w->memory);
    free(w->big);
}

static double now_s(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void pause_ms(long ms) { (void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL); }

static int dial(const world *w) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(imx_listen_port(w->listener))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    struct timeval patience = {10, 0};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, const char *text) {
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads until there are size bytes or the end; the number read. */
static size_t hear(int fd, void *to, size_t size) {
    size_t got = 0;
    while (got < size) {
        ssize_t n = recv(fd, (char *)to + got, size - got, 0);
        if (n <= 0) {
            break;
        }
        got += (size_t)n;
    }
    return got;
}

/* Reads a head, up to the empty line, into text; the status. */
static int hear_head(int fd, char *text, size_t room) {
    size_t got = 0;
    while (got + 1 < room && (got < 4 || memcmp(text + got - 4, "\r\n\r\n", 4) != 0) &&
           recv(fd, text + got, 1, 0) == 1) {
        got++;
    }
    text[got] = '\0';
    int status = 0;
    return sscanf(text, "HTTP/1.1 %d", &status) == 1 ? status : -1;
}

static bool is_closed(int fd) {
    char c;
    return recv(fd, &c, 1, 0) <= 0;
}

/* One request on a connection of its own, closed by the server's answer or by us; the answer's status. */
static int ask(const world *w, const char *request, char *head, size_t room) {
    int fd = dial(w);
    say(fd, request);
    int status = hear_head(fd, head, room);
    (void)close(fd);
    return status;
}

static void requests(void **state) {
    (void)state;
    static const struct {
        const char *request;
        int status;
        const char *has, *lacks; /* in the head */
    } cases[] = {
        {"GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\n\r\n", 200, "Content-Length: 11\r\n", "Transfer-Encoding"},
        {"HEAD /a/0/0/0.png HTTP/1.1\r\nHost: h\r\n\r\n", 200, "Content-Length: 11\r\n", NULL},
        {"GET /a/0/0/0.png HTTP/1.0\r\n\r\n", 200, "Content-Length: 11\r\n", NULL},
        {"GET /a/0/0/0.png HTTP/1.1\r\n\r\n", 400, NULL, NULL},
        {"GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400, NULL, NULL},
        {"GET /a/0/0/0.png HTTP/1.1\r\nHost: a b\r\n\r\n", 400, NULL, NULL},
        {"GET http://h/a/0/0/0.png HTTP/1.1\r\nHost: h\r\n\r\n", 200, NULL, NULL},
        {"GET /%61/0/0/0.png HTTP/1.1\r\nHost: h\r\n\r\n", 200, NULL, NULL},
        {"GET /a/0/0/0.png?%00=%2f HTTP/1.1\r\nHost: h\r\n\r\n", 200, NULL, NULL},
        {"GET /a%00/0/0/0.png HTTP/1.1\r\nHost: h\r\n\r\n", 400, NULL, NULL},
        {"GET /%2561/0/0/0.png HTTP/1.1\r\nHost: h\r\n\r\n", 404, NULL, NULL},
        {"GET /a/2/0/0.png?missing=204 HTTP/1.1\r\nHost: h\r\n\r\n", 204, NULL, "Content-Length"},
        {"POST /a/0/0/0.png HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 405, "Allow: GET, HEAD, OPTIONS\r\n",
         NULL},
        {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 204, "Access-Control-Allow-Origin: *\r\n", NULL},
        {"GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"x\"\r\nIf-None-Match: *\r\n\r\n", 200, NULL, NULL},
        {"GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\n\r\n", 304, "Content-Length: 11\r\n", NULL},
        {"GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\nRange: bytes=1-3\r\n\r\n", 206, "Content-Length: 3\r\n", NULL},
        {"GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\nRange: bytes=99-\r\n\r\n", 416, "Content-Range: bytes */11\r\n",
         NULL},
    };
    world w;
    open_world(&w);
    char head[4096];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = ask(&w, cases[i].request, head, sizeof head);
        if (status != cases[i].status || (cases[i].has && !strstr(head, cases[i].has)) ||
            (cases[i].lacks && strstr(head, cases[i].lacks))) {
            fail_msg("%s\n-> %s", cases[i].request, head);
        }
    }
    /* an ETag of the second line counts too */
    (void)ask(&w, cases[0].request, head, sizeof head);
    char *etag = strstr(head, "ETag: ");
    assert_non_null(etag);
    char request[512];
    (void)snprintf(request, sizeof request,
                   "GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"x\"\r\nIf-None-Match: %.34s\r\n\r\n",
                   etag + 6);
    assert_int_equal(ask(&w, request, head, sizeof head), 304);
    close_world(&w);
}

static void garbage_is_refused_and_survived(void **state) {
    (void)state;
    world w;
    open_world(&w);
    static char flood[200000];
    static const char *const junk[] = {"\r\n\r\n\r\n",
                                       "GET\r\n\r\n",
                                       "\x16\x03\x01\x02",
                                       "GET / HTTP/9.9\r\n\r\n",
                                       "get / http/1.1\r\n\r\n",
                                       "GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
                                       NULL};
    char head[4096];
    for (size_t i = 0; junk[i]; i++) {
        int fd = dial(&w);
        say(fd, junk[i]);
        (void)shutdown(fd, SHUT_WR);
        int status = hear_head(fd, head, sizeof head);
        assert_true(status == -1 || status >= 400);
        (void)close(fd);
    }
    memset(flood, 'x', sizeof flood); /* a head without end */
    memcpy(flood, "GET /", 5);
    int fd = dial(&w);
    for (size_t sent = 0; sent < sizeof flood;) {
        ssize_t n = send(fd, flood + sent, sizeof flood - sent, MSG_NOSIGNAL);
        if (n <= 0) {
            break;
        }
        sent += (size_t)n;
    }
    int status = hear_head(fd, head, sizeof head);
    assert_true(status == -1 || status == 414 || status == 413 || status == 431);
    (void)close(fd);
    assert_int_equal(ask(&w, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", head, sizeof head), 200);
    close_world(&w);
}

static void connections_are_kept(void **state) {
    (void)state;
    world w;
    open_world(&w);
    char head[4096], body[16];
    int fd = dial(&w);
    for (int i = 0; i < 50; i++) {
        say(fd, i % 3 == 1   ? "HEAD /a/0/0/0.png HTTP/1.1\r\nHost: h\r\n\r\n"
                : i % 3 == 2 ? "GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\n\r\n"
                             : "GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_int_equal(hear_head(fd, head, sizeof head), i % 3 == 2 ? 304 : 200);
        if (i % 3 == 0) { /* else: no body, or the next head would not be one */
            assert_int_equal(hear(fd, body, sizeof SMALL), sizeof SMALL);
            assert_memory_equal(body, SMALL, sizeof SMALL);
        }
    }
    /* several at once */
    say(fd, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hear_head(fd, head, sizeof head), 200);
        assert_int_equal(hear(fd, body, 3), 3);
        assert_memory_equal(body, "ok\n", 3);
    }
    assert_true(is_closed(fd));
    (void)close(fd);
    assert_non_null(strstr(w.said, "HEAD /a/0/0/0.png 200 11\n"));
    close_world(&w);
}

/* A client that always sends one more byte in time never idles. */
static void slow_senders_are_cut(void **state) {
    (void)state;
    world w;
    open_world(&w);
    int fd = dial(&w);
    double begun = now_s();
    say(fd, "GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\nX: ");
    while (now_s() - begun < 8 && send(fd, "x", 1, MSG_NOSIGNAL) == 1) {
        pause_ms(100);
    }
    double taken = now_s() - begun;
    if (taken < TIMEOUT_S * 0.9 || taken > TIMEOUT_S + 1.5) {
        fail_msg("cut after %.2f s", taken);
    }
    (void)close(fd);
    /* and so is one that says nothing */
    fd = dial(&w);
    begun = now_s();
    assert_true(is_closed(fd));
    assert_true(now_s() - begun < TIMEOUT_S + 2.5);
    (void)close(fd);
    close_world(&w);
}

typedef struct reading {
    int fd;
    size_t got;
    bool right;
    const world *w;
} reading;

static void *read_on(void *cls) {
    reading *r = cls;
    uint8_t *all = malloc(BIG_BYTES);
    pause_ms(300);
    r->got = all ? hear(r->fd, all, BIG_BYTES) : 0;
    r->right = r->got == BIG_BYTES && !memcmp(all, r->w->big, BIG_BYTES);
    free(all);
    return NULL;
}

/* An answer that is being taken when the server is told to stop arrives whole, and a new connection is not accepted. */
static void stop_finishes_what_is_under_way(void **state) {
    (void)state;
    world w;
    open_world(&w);
    char head[4096];
    reading r = {.fd = dial(&w), .w = &w};
    int idle = dial(&w);
    say(r.fd, "GET /a/1/0/0.png HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(hear_head(r.fd, head, sizeof head), 200);
    assert_int_equal(atomic_load(&w.counters.held), 1);
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, read_on, &r), 0);
    imx_listen_stop(&w.listener);
    pthread_join(reader, NULL);
    assert_int_equal(r.got, BIG_BYTES);
    assert_true(r.right);
    assert_true(is_closed(idle));
    (void)close(idle);
    (void)close(r.fd);
    close_world(&w);
}

/* A client that takes nothing, or next to nothing, does not hold its tile for ever. */
static void slow_takers_are_cut(void **state) {
    (void)state;
    for (int dripping = 0; dripping < 2; dripping++) {
        world w;
        open_world(&w);
        char head[4096];
        int fd = dial(&w);
        say(fd, "GET /a/1/0/0.png HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_int_equal(hear_head(fd, head, sizeof head), 200);
        double begun = now_s();
        while (atomic_load(&w.counters.held) && now_s() - begun < 8) {
            pause_ms(50);
            for (int i = 0; dripping && i < 16; i++) { /* 1 MB/s: the server goes on sending */
                if (recv(fd, head, sizeof head, 0) <= 0) {
                    break;
                }
            }
        }
        double taken = now_s() - begun;
        if (taken < TIMEOUT_S * .9 || taken > TIMEOUT_S + (double)BIG_BYTES / SLOWEST + 2.5) {
            fail_msg("cut after %.2f s", taken);
        }
        assert_int_equal(atomic_load(&w.counters.held), 0);
        (void)close(fd);
        close_world(&w);
    }
}

static void busy_ports_are_named(void **state) {
    (void)state;
    world w;
    open_world(&w);
    imx_listen_options options = IMX_LISTEN_OPTIONS_DEFAULT;
    options.port = imx_listen_port(w.listener);
    imx_listener *second = NULL;
    imx_error err = IMX_ERROR_INIT;
    char where[64];
    assert_int_equal(imx_listen_start(w.memory, w.server, &options, &err, &second), IMX_E_IO);
    assert_null(second);
    (void)snprintf(where, sizeof where, "cannot listen on 127.0.0.1:%u: Address already in use", options.port);
    assert_non_null(strstr(err.text, where));
    options.address = "not an address";
    assert_int_equal(imx_listen_start(w.memory, w.server, &options, &err, &second), IMX_E_USAGE);
    options.address = "192.0.2.1"; /* RFC 5737: nobody's */
    assert_int_equal(imx_listen_start(w.memory, w.server, &options, &err, &second), IMX_E_IO);
    close_world(&w);
}

/* IPv6, where the machine has it. */
static void other_addresses(void **state) {
    (void)state;
    world w;
    open_world(&w);
    imx_listen_options options = IMX_LISTEN_OPTIONS_DEFAULT;
    options.port = 0;
    options.threads = 1;
    imx_error err = IMX_ERROR_INIT;
    imx_listener *listener = NULL;
    options.address = "localhost";
    assert_int_equal(imx_listen_start(w.memory, w.server, &options, &err, &listener), IMX_OK);
    imx_listen_stop(&listener);
    assert_null(listener);
    options.address = "::";
    imx_status status = imx_listen_start(w.memory, w.server, &options, &err, &listener);
    if (status == IMX_OK) { /* answers IPv4 too */
        char head[4096];
        world both = {.listener = listener};
        assert_int_equal(ask(&both, "GET /healthz HTTP/1.1\r\nHost: [::1]\r\n\r\n", head, sizeof head), 200);
        imx_listen_stop(&listener);
    } else {
        assert_int_equal(status, IMX_E_IO);
        assert_non_null(strstr(err.text, "[::]:0"));
    }
    close_world(&w);
}

static void *ask_often(void *cls) {
    const world *w = cls;
    char head[4096], body[sizeof SMALL];
    for (int round = 0; round < 20; round++) {
        int fd = dial(w);
        for (int i = 0; i < 20; i++) {
            say(fd, "GET /a/0/0/0.png HTTP/1.1\r\nHost: h\r\n\r\n");
            if (hear_head(fd, head, sizeof head) != 200 || hear(fd, body, sizeof body) != sizeof body) {
                (void)close(fd);
                return (void *)(intptr_t)1;
            }
        }
        (void)close(fd);
    }
    return NULL;
}

static void many_clients(void **state) {
    (void)state;
    enum { CLIENTS = 8 };
    world w;
    open_world(&w);
    pthread_t clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_create(&clients[i], NULL, ask_often, &w), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        void *bad;
        pthread_join(clients[i], &bad);
        assert_null(bad);
    }
    close_world(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(garbage_is_refused_and_survived),
        cmocka_unit_test(connections_are_kept),
        cmocka_unit_test(slow_senders_are_cut),
        cmocka_unit_test(stop_finishes_what_is_under_way),
        cmocka_unit_test(slow_takers_are_cut),
        cmocka_unit_test(busy_ports_are_named),
        cmocka_unit_test(other_addresses),
        cmocka_unit_test(many_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
