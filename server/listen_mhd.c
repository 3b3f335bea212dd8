/* server/listen_mhd.c: see listen_mhd.h. The life of a request: uri_seen (its line has come) -> request_ready (its head
 * has come: asked of the core, answer queued) -> request_done. libmicrohttpd's own timeout counts inactivity alone, so
 * that a client that sends or takes a byte now and then would live for ever: connections carry a deadline, and a
 * sweeper shuts down those past it; the daemon then sees a closed connection. */
#include "server/listen_mhd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    BACKLOG = 1024,
    SWEEP_MS = 250,
    DRAIN_STEP_MS = 5,
    DRAIN_LEAST_MS = 50, /* for requests that have arrived and have not been read */
    JOINED_MAX = 2048,
};

typedef struct connection {
    struct connection *next, **link; /* in the listener's list */
    int fd;
    atomic_llong deadline_ms;
} connection;

struct imx_listener {
    imx_memory *memory;
    imx_server *server;
    imx_log *access;
    struct MHD_Daemon *daemon;
    int fd;
    uint16_t port;
    unsigned timeout_s, slowest_bytes_per_s, drain_s;
    atomic_bool stopping;
    atomic_uint busy;     /* answers under way */
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    connection *connections;
    bool sweeping;
    pthread_t sweeper;
};

/* One request. Held by the daemon (from uri_seen to request_done) and by its answer (until the answer is freed). */
typedef struct exchange {
    imx_listener *listener;
    atomic_uint holders;
    bool seen, answered;
    imx_response response;
    char joined[JOINED_MAX]; /* If-None-Match of several lines */
    char target[];
} exchange;

static long long now_ms(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void pause_ms(long ms) { (void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL); }

/* ---- connections and their deadlines ---------------------------------------------------------------------------- */

static void await_request(const imx_listener *listener, connection *c) {
    atomic_store(&c->deadline_ms, now_ms() + 1000LL * listener->timeout_s);
}

static void await_taking(const imx_listener *listener, connection *c, size_t bytes) {
    long long transfer_ms = (long long)(bytes / listener->slowest_bytes_per_s) * 1000;
    atomic_store(&c->deadline_ms, now_ms() + 1000LL * listener->timeout_s + transfer_ms);
}

/* MHD_NotifyConnectionCallback; CLOSED comes before the descriptor is closed (and perhaps used anew). */
static void connection_changed(void *cls, struct MHD_Connection *mhd, void **socket_context,
                               enum MHD_ConnectionNotificationCode code) {
    imx_listener *listener = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection *c = imx_calloc(listener->memory, 1, sizeof *c);
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_context = c;
        if (!c || !info) { /* request_ready refuses what has no context */
            imx_free(listener->memory, c);
            *socket_context = NULL;
            return;
        }
        c->fd = info->connect_fd;
        await_request(listener, c);
        pthread_mutex_lock(&listener->lock);
        c->next = listener->connections;
        c->link = &listener->connections;
        if (c->next) {
            c->next->link = &c->next;
        }
        listener->connections = c;
        pthread_mutex_unlock(&listener->lock);
    } else if (*socket_context) {
        connection *c = *socket_context;
        pthread_mutex_lock(&listener->lock);
        *c->link = c->next;
        if (c->next) {
            c->next->link = c->link;
        }
        pthread_mutex_unlock(&listener->lock);
        imx_free(listener->memory, c);
        *socket_context = NULL;
    }
}

static connection *connection_of(struct MHD_Connection *mhd) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void *sweep(void *cls) {
    imx_listener *listener = cls;
    pthread_mutex_lock(&listener->lock);
    while (listener->sweeping) {
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += SWEEP_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        (void)pthread_cond_timedwait(&listener->wake, &listener->lock, &until);
        long long now = now_ms();
        for (connection *c = listener->connections; c; c = c->next) {
            if (atomic_load(&c->deadline_ms) < now) {
                (void)shutdown(c->fd, SHUT_RDWR);
            }
        }
    }
    pthread_mutex_unlock(&listener->lock);
    return NULL;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static void exchange_release(void *cls) {
    exchange *x = cls;
    if (x && atomic_fetch_sub(&x->holders, 1) == 1) {
        if (x->answered) {
            imx_response_release(x->listener->server, &x->response);
        }
        imx_free(x->listener->memory, x);
    }
}

/* The target as it came: the daemon takes it apart later. One byte too many is kept, for the core to refuse. */
static void *uri_seen(void *cls, const char *uri, struct MHD_Connection *mhd) {
    (void)mhd;
    imx_listener *listener = cls;
    size_t size = strnlen(uri, IMX_TARGET_MAX + 1);
    exchange *x = imx_alloc(listener->memory, sizeof *x + size + 1);
    if (x) {
        x->listener = listener;
        atomic_init(&x->holders, 1);
        x->seen = x->answered = false;
        memcpy(x->target, uri, size);
        x->target[size] = '\0';
    }
    return x;
}

typedef struct head {
    imx_request *request;
    exchange *exchange;
} head;

static void join(exchange *x, const char **value, const char *more) {
    char *joined = x->joined;
    size_t used = strnlen(*value, JOINED_MAX - 1);
    if (*value != joined) {
        memcpy(joined, *value, used);
    }
    (void)snprintf(joined + used, JOINED_MAX - used, ", %s", more); /* what does not fit matches nothing */
    *value = joined;
}

static enum MHD_Result header_seen(void *cls, enum MHD_ValueKind kind, const char *name, const char *value) {
    (void)kind;
    head *h = cls;
    imx_request *r = h->request;
    value = value ? value : "";
    if (!strcasecmp(name, "Host")) {
        r->host_count++;
        r->host = value;
    } else if (!strcasecmp(name, "If-None-Match")) {
        if (r->if_none_match) {
            join(h->exchange, &r->if_none_match, value);
        } else {
            r->if_none_match = value;
        }
    } else if (!strcasecmp(name, "Range")) {
        r->range = value;
    } else if (!strcasecmp(name, "If-Range")) {
        r->if_range = value;
    } else if (!strcasecmp(name, "Accept-Encoding")) {
        r->accept_encoding = value;
    }
    return MHD_YES;
}

/* The target comes from outside: what is not plain ASCII is not put on a terminal. */
static void log_access(const exchange *x, const char *method) {
    if (!x->listener->access) {
        return;
    }
    char shown[256];
    size_t i = 0;
    for (; i + 1 < sizeof shown && x->target[i]; i++) {
        shown[i] = x->target[i] > ' ' && x->target[i] < 0x7f ? x->target[i] : '?';
    }
    shown[i] = '\0';
    imx_log_say(x->listener->access, IMX_LOG_INFO, "%.16s %s %d %zu", method, shown, x->response.status,
                x->response.size);
}

/* Queues the core's answer; the body is not copied. */
static enum MHD_Result queue(exchange *x, struct MHD_Connection *mhd, connection *c) {
    imx_response *r = &x->response;
    struct MHD_Response *reply = MHD_create_response_from_buffer_with_free_callback_cls(
        r->size, (void *)(uintptr_t)(r->size ? r->body : (const uint8_t *)""), exchange_release, x);
    if (!reply) {
        return MHD_NO;
    }
    atomic_fetch_add(&x->holders, 1);
    enum MHD_Result ok = MHD_YES;
    for (unsigned i = 0; i < r->header_count && ok == MHD_YES; i++) {
        ok = MHD_add_response_header(reply, r->headers[i].name, r->headers[i].value);
    }
    if (ok == MHD_YES && atomic_load(&x->listener->stopping)) {
        ok = MHD_add_response_header(reply, "Connection", "close");
    }
    if (ok == MHD_YES) {
        await_taking(x->listener, c, r->size);
        ok = MHD_queue_response(mhd, (unsigned)r->status, reply);
    }
    MHD_destroy_response(reply);
    return ok;
}

static bool has_body(struct MHD_Connection *mhd) {
    return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Content-Length") ||
           MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Transfer-Encoding");
}

/* MHD_AccessHandlerCallback: called when the head has come, and again when the body has. An answer to the first call
 * closes the connection afterwards: right for a request that brings a body, which is not read, and for no other. */
static enum MHD_Result request_ready(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                                     const char *version, const char *upload, size_t *upload_size, void **context) {
    (void)cls, (void)url, (void)upload, (void)upload_size;
    exchange *x = *context;
    connection *c = connection_of(mhd);
    if (!x || !c || x->answered) {
        return MHD_NO;
    }
    if (!x->seen && !has_body(mhd)) {
        x->seen = true;
        return MHD_YES;
    }
    imx_request request = {.method = method, .target = x->target, .host_required = strcmp(version, "HTTP/1.0") != 0};
    head h = {&request, x};
    (void)MHD_get_connection_values(mhd, MHD_HEADER_KIND, header_seen, &h);
    atomic_fetch_add(&x->listener->busy, 1);
    x->answered = true;
    imx_server_handle(x->listener->server, &request, &x->response);
    log_access(x, method);
    return queue(x, mhd, c);
}

static void request_done(void *cls, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode code) {
    (void)code;
    imx_listener *listener = cls;
    exchange *x = *context;
    connection *c = connection_of(mhd);
    if (c) {
        await_request(listener, c);
    }
    if (x) {
        if (x->answered) {
            atomic_fetch_sub(&listener->busy, 1);
        }
        *context = NULL;
        exchange_release(x);
    }
}

/* ---- the socket -------------------------------------------------------------------------------------------------- */

static imx_status listen_failure(imx_error *err, const imx_listen_options *options) {
    const char *v6 = strchr(options->address, ':') ? "[" : "", *end = *v6 ? "]" : "";
    const char *hint =
        errno == EADDRINUSE ? "; another program listens there: choose another port, or 0 for any free one" : "";
    return imx_fail(err, IMX_E_IO, "cannot listen on %s%s%s:%u: %s%s", v6, options->address, end, options->port,
                    strerror(errno), hint);
}

static imx_status open_socket(const imx_listen_options *options, imx_error *err, int *out, uint16_t *port) {
    char service[8];
    (void)snprintf(service, sizeof service, "%u", options->port);
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int failed = getaddrinfo(options->address, service, &hints, &found);
    if (failed) {
        return imx_fail(err, IMX_E_USAGE, "%s: not an address to listen on: %s", options->address,
                        gai_strerror(failed));
    }
    struct sockaddr_storage bound;
    socklen_t bound_size = sizeof bound;
    int on = 1, off = 0;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
              (found->ai_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) &&
              bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0 &&
              getsockname(fd, (struct sockaddr *)&bound, &bound_size) == 0;
    imx_status status = ok ? IMX_OK : listen_failure(err, options);
    freeaddrinfo(found);
    if (status) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return status;
    }
    *port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&bound)->sin6_port
                                              : ((struct sockaddr_in *)(void *)&bound)->sin_port);
    *out = fd;
    return IMX_OK;
}

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

/* Leaves percent escapes alone: the core decodes, once. */
static size_t keep_escapes(void *cls, struct MHD_Connection *mhd, char *text) {
    (void)cls, (void)mhd;
    return strlen(text);
}

static bool start_daemon(imx_listener *listener, const imx_listen_options *options) {
    unsigned connections = options->connections_max > options->threads ? options->connections_max : options->threads;
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_LISTEN_SOCKET, listener->fd, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)connections, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)options->timeout_s, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)request_done, listener},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connection_changed, listener},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)uri_seen, listener},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)keep_escapes, NULL},
        {options->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)options->threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    listener->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_TURBO, 0, NULL, NULL,
                                        request_ready, listener, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    return listener->daemon != NULL;
}

static bool start_sweeper(imx_listener *listener) {
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&listener->lock, NULL) != 0) {
        return false;
    }
    bool ok = pthread_condattr_init(&attributes) == 0;
    if (ok) {
        ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
             pthread_cond_init(&listener->wake, &attributes) == 0;
        pthread_condattr_destroy(&attributes);
    }
    listener->sweeping = ok;
    if (ok && pthread_create(&listener->sweeper, NULL, sweep, listener) != 0) {
        listener->sweeping = ok = false;
        pthread_cond_destroy(&listener->wake);
    }
    if (!ok) {
        pthread_mutex_destroy(&listener->lock);
    }
    return ok;
}

static void stop_sweeper(imx_listener *listener) {
    pthread_mutex_lock(&listener->lock);
    listener->sweeping = false;
    pthread_cond_signal(&listener->wake);
    pthread_mutex_unlock(&listener->lock);
    pthread_join(listener->sweeper, NULL);
    pthread_cond_destroy(&listener->wake);
    pthread_mutex_destroy(&listener->lock);
}

imx_status imx_listen_start(imx_memory *memory, imx_server *server, const imx_listen_options *options, imx_error *err,
                            imx_listener **out) {
    imx_listener *listener = imx_calloc(memory, 1, sizeof *listener);
    if (!listener) {
        return imx_fail(err, IMX_E_NOMEM, "listener: out of memory");
    }
    listener->memory = memory;
    listener->server = server;
    listener->access = options->access;
    listener->timeout_s = options->timeout_s;
    listener->slowest_bytes_per_s = options->slowest_bytes_per_s;
    listener->drain_s = options->drain_s;
    imx_status status = open_socket(options, err, &listener->fd, &listener->port);
    if (status) {
        imx_free(memory, listener);
        return status;
    }
    if (!start_sweeper(listener)) {
        status = imx_fail(err, IMX_E_IO, "the server's threads could not be started: %s", strerror(errno));
    } else if (!start_daemon(listener, options)) {
        status = imx_fail(err, IMX_E_IO, "libmicrohttpd could not start: %s", strerror(errno));
        stop_sweeper(listener);
    }
    if (status) {
        (void)close(listener->fd);
        imx_free(memory, listener);
        return status;
    }
    *out = listener;
    return IMX_OK;
}

uint16_t imx_listen_port(const imx_listener *listener) { return listener->port; }

void imx_listen_stop(imx_listener **listener) {
    if (!listener || !*listener) {
        return;
    }
    imx_listener *gone = *listener;
    atomic_store(&gone->stopping, true);
    MHD_socket fd = MHD_quiesce_daemon(gone->daemon);
    long long begun = now_ms(), passed = 0;
    while (passed < DRAIN_LEAST_MS || (atomic_load(&gone->busy) && passed < 1000LL * gone->drain_s)) {
        pause_ms(DRAIN_STEP_MS);
        passed = now_ms() - begun;
    }
    MHD_stop_daemon(gone->daemon);
    stop_sweeper(gone);
    if (fd != MHD_INVALID_SOCKET) {
        (void)close(fd);
    }
    imx_free(gone->memory, gone);
    *listener = NULL;
}
