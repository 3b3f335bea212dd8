/* server/main.c: the program imbrex-serve: options, layers, listening, and an orderly end. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/listen_mhd.h"
#include "engine/base/options.h"

static const char PROGRAM[] = "imbrex-serve";

typedef struct settings {
    imx_server_options server;
    imx_listen_options listen;
    const char *port_file;
    bool quiet, verbose;
} settings;

/* ---- options ----------------------------------------------------------------------------------------------------- */

static imx_status set_number(const char *what, const char *value, long min, long max, imx_error *err, long *out) {
    return imx_parse_int(what, value, min, max, err, out);
}

static imx_status set_address(void *to, const char *value, imx_error *err) {
    (void)err;
    ((settings *)to)->listen.address = value;
    return IMX_OK;
}

static imx_status set_port(void *to, const char *value, imx_error *err) {
    long port = 0;
    imx_status status = set_number("--port", value, 0, 65535, err, &port);
    ((settings *)to)->listen.port = (uint16_t)port;
    return status;
}

static imx_status set_threads(void *to, const char *value, imx_error *err) {
    long threads = 0;
    imx_status status = set_number("--threads", value, 1, 256, err, &threads);
    ((settings *)to)->listen.threads = (unsigned)threads;
    return status;
}

static imx_status set_connections(void *to, const char *value, imx_error *err) {
    long connections = 0;
    imx_status status = set_number("--connections", value, 1, 1000000, err, &connections);
    ((settings *)to)->listen.connections_max = (unsigned)connections;
    return status;
}

static imx_status set_timeout(void *to, const char *value, imx_error *err) {
    long seconds = 0;
    imx_status status = set_number("--timeout", value, 1, 3600, err, &seconds);
    ((settings *)to)->listen.timeout_s = (unsigned)seconds;
    return status;
}

static imx_status set_public_url(void *to, const char *value, imx_error *err) {
    (void)err; /* checked by the server */
    ((settings *)to)->server.public_url = value;
    return IMX_OK;
}

static imx_status set_max_age(void *to, const char *value, imx_error *err) {
    long seconds = 0;
    imx_status status = set_number("--max-age", value, 0, 31536000, err, &seconds);
    ((settings *)to)->server.max_age_s = (int)seconds;
    return status;
}

static imx_status set_missing(void *to, const char *value, imx_error *err) {
    if (!imx_missing_parse(value, strlen(value), &((settings *)to)->server.missing)) {
        return imx_fail(err, IMX_E_USAGE, "--missing: '%s' is not one of 404, 204, transparent", value);
    }
    return IMX_OK;
}

static imx_status set_port_file(void *to, const char *value, imx_error *err) {
    (void)err;
    ((settings *)to)->port_file = value;
    return IMX_OK;
}

static imx_status set_quiet(void *to, const char *value, imx_error *err) {
    (void)value, (void)err;
    ((settings *)to)->quiet = true;
    return IMX_OK;
}

static imx_status set_verbose(void *to, const char *value, imx_error *err) {
    (void)value, (void)err;
    ((settings *)to)->verbose = true;
    return IMX_OK;
}

static const imx_option OPTIONS[] = {
    IMX_OPTION_HEADING("Where"),
    {"address", 'a', "ADDRESS", "address to listen on; :: for all, IPv4 and IPv6 (default 127.0.0.1)", set_address},
    {"port", 'p', "PORT", "port to listen on; 0 takes any free one (default 8080)", set_port},
    {"public-url", 0, "URL",
     "what URLs in TileJSON begin with, behind a proxy or a prefix:\nhttps://example.org/maps (default: the request's "
     "Host)",
     set_public_url},
    {"port-file", 0, "FILE", "write the port into FILE once requests are answered", set_port_file},
    IMX_OPTION_HEADING("Answers"),
    {"max-age", 0, "SECONDS",
     "how long clients may keep tiles without asking again (default 3600);\ntiles under a generation's "
     "own URL, as TileJSON gives it, are kept for ever",
     set_max_age},
    {"missing", 0, "404|204|transparent", "the answer for a tile that is not in the archive (default 404)",
     set_missing},
    IMX_OPTION_HEADING("Load"),
    {"threads", 'j', "N", "threads (default: one for each CPU)", set_threads},
    {"connections", 0, "N", "connections at a time (default 1000)", set_connections},
    {"timeout", 0, "SECONDS", "idle and slow clients are cut off after this long (default 30)", set_timeout},
    IMX_OPTION_HEADING("Messages"),
    {"verbose", 'v', NULL, "log each request", set_verbose},
    {"quiet", 0, NULL, "say nothing but errors", set_quiet},
    IMX_OPTION_END,
};

static const imx_command COMMAND = {
    .name = "serve",
    .summary = "serve tile archives to web maps",
    .usage = "[options] LAYER...",
    .about = "LAYER is a .pmtiles archive, a folder of {z}/{x}/{y} tiles, or a folder of such archives;\n"
             "NAME=LAYER names it in URLs, otherwise it has the file's name without suffix.\n"
             "  /                          a map page with all layers\n"
             "  /NAME/{z}/{x}/{y}.png      tiles (XYZ), also .jpg or .webp as the archive has them\n"
             "  /NAME.json, /index.json    TileJSON of a layer, of all layers\n"
             "SIGTERM and Ctrl-C finish the answers under way, then stop.",
    .examples = "  imbrex serve mosaic.pmtiles\n"
                "  imbrex serve --address :: --port 80 --public-url https://tiles.example.org /srv/tiles/\n"
                "  imbrex serve spring=2024-04.pmtiles autumn=2024-10.pmtiles\n",
    .options = (const imx_option *const[]){OPTIONS, NULL},
};

/* ---- running ----------------------------------------------------------------------------------------------------- */

static void say(void *context, imx_log_level level, const char *text) {
    const settings *s = context;
    if (level >= IMX_LOG_WARNING) {
        (void)fprintf(stderr, "%s: %s\n", PROGRAM, text);
    } else if (!s->quiet) {
        (void)fprintf(stderr, "%s\n", text);
    }
}

static imx_status report(imx_status status, const imx_error *err) {
    if (status) {
        (void)fprintf(stderr, "%s: %s\n", PROGRAM, err->text[0] ? err->text : imx_status_name(status));
    }
    return status;
}

/* Every layer that cannot be served is named before giving up. */
static imx_status open_layers(imx_layers *layers, char **specs, int count, imx_log *log) {
    imx_status first = IMX_OK;
    for (int i = 0; i < count; i++) {
        imx_error err = IMX_ERROR_INIT;
        imx_status status = report(imx_layers_add(layers, specs[i], log, &err), &err);
        first = first ? first : status;
    }
    return first;
}

/* Whole or not at all: a script may be waiting for it. */
static imx_status write_port_file(const char *path, uint16_t port, imx_error *err) {
    char beside[4096];
    int size = snprintf(beside, sizeof beside, "%s.%ld", path, (long)getpid());
    FILE *file = size > 0 && (size_t)size < sizeof beside ? fopen(beside, "w") : NULL;
    bool ok = file && fprintf(file, "%u\n", port) > 0;
    ok = file && fclose(file) == 0 && ok;
    if (!ok || rename(beside, path) != 0) {
        imx_status status = imx_fail(err, IMX_E_IO, "%s: cannot be written: %s", path, strerror(errno));
        if (file) {
            (void)unlink(beside);
        }
        return status;
    }
    return IMX_OK;
}

/* The address as a browser can be given it. */
static void print_urls(const settings *s, imx_layers *layers, uint16_t port) {
    char base[320];
    const char *address = s->listen.address;
    bool any = !strcmp(address, "::") || !strcmp(address, "0.0.0.0");
    bool v6 = !any && strchr(address, ':');
    (void)snprintf(base, sizeof base, "http://%s%s%s:%u", v6 ? "[" : "", any ? "localhost" : address, v6 ? "]" : "",
                   port);
    const char *shown = s->server.public_url ? s->server.public_url : base;
    size_t size = strlen(shown);
    while (size && shown[size - 1] == '/') {
        size--;
    }
    (void)printf("map       %.*s/\n", (int)size, shown);
    for (size_t i = 0;; i++) {
        imx_layer_ref ref = imx_layers_at(layers, i);
        if (!ref.layer) {
            break;
        }
        (void)printf("layer     %.*s/%s.json\n", (int)size, shown, imx_layer_name(ref.layer));
        imx_layer_release(&ref);
    }
    (void)fflush(stdout);
}

/* Each connection is a descriptor: as many as the system lets us have. */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static imx_status run(settings *s, imx_memory *memory, char **specs, int count, const sigset_t *stop_signals,
                      imx_error *err) {
    imx_log *log = NULL;
    imx_layers *layers = NULL;
    imx_server *server = NULL;
    imx_listener *listener = NULL;
    imx_status status = imx_log_create(memory, IMX_LOG_INFO, say, s, &log);
    if (!status) {
        status = imx_layers_create(memory, err, &layers);
    }
    if (status) {
        goto out;
    }
    status = open_layers(layers, specs, count, log);
    if (status) {
        *err = (imx_error)IMX_ERROR_INIT; /* said already */
        goto out;
    }
    s->server.log = log;
    s->listen.access = s->verbose ? log : NULL;
    status = imx_server_create(memory, layers, &s->server, err, &server);
    if (!status) {
        status = imx_listen_start(memory, server, &s->listen, err, &listener);
    }
    if (!status && s->port_file) {
        status = write_port_file(s->port_file, imx_listen_port(listener), err);
    }
    if (status) {
        goto out;
    }
    if (!s->quiet) {
        print_urls(s, layers, imx_listen_port(listener));
    }
    int signal_number;
    (void)sigwait(stop_signals, &signal_number);
out:
    imx_listen_stop(&listener);
    imx_server_destroy(&server);
    imx_layers_destroy(&layers);
    imx_log_destroy(&log);
    return status;
}

int main(int argc, char **argv) {
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    settings s = {.server = IMX_SERVER_OPTIONS_DEFAULT, .listen = IMX_LISTEN_OPTIONS_DEFAULT};
    s.listen.threads = cpus > 0 && cpus <= 256 ? (unsigned)cpus : 1;
    imx_error err = IMX_ERROR_INIT;
    int count = 0;
    bool help = false, version = argc == 2 && !strcmp(argv[1], "--version");
    if (version) {
        (void)printf("%s %s\n", PROGRAM, IMX_VERSION);
        return 0;
    }
    imx_status status = imx_options_parse(&COMMAND, argc, argv, &s, &err, &count, &help);
    if (help) {
        imx_command_help(&COMMAND, stdout);
        return 0;
    }
    if (!status && count == 0) {
        status = imx_fail(&err, IMX_E_USAGE, "no layer given; see imbrex serve --help");
    }
    if (status) {
        return imx_status_exit_code(report(status, &err));
    }
    /* Blocked here, so that every thread inherits it, and taken in run(). */
    sigset_t stop_signals;
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGTERM);
    sigaddset(&stop_signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &stop_signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    imx_memory *memory = NULL;
    status = imx_memory_create(0, &memory);
    if (!status) {
        status = run(&s, memory, argv + 1, count, &stop_signals, &err);
    }
    if (status && err.text[0]) {
        (void)report(status, &err);
    }
    imx_memory_destroy(&memory);
    return imx_status_exit_code(status);
}
