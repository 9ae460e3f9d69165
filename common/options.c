#include "common/options.h"

#include <string.h>

#define SERVER      OPTION_SERVER
#define LOAD        OPTION_LOAD
#define RUN         OPTION_RUN
#define IF_GIVEN    (OPTION_RUN | OPTION_IF_GIVEN)
#define FIELD(name) offsetof(struct option_values, name)
#define MS          UINT64_C(1000)
#define DAY         (UINT64_C(86400000) * MS)

/* In the order of the help texts and of the record. */
const struct option option_table[OPTION_ROWS] = {
    {"--model", SERVER, ARG_TEXT, FIELD(model), NULL, NULL, 0, 0, "NAME",
     .help = "I/O model to serve with; --list shows the names"},
    {"--target", LOAD, ARG_TEXT, FIELD(target), NULL, NULL, 0, 0, "ADDR:PORT",
     .help = "address of the server (required)"},
    {"--connections", LOAD, ARG_COUNT, FIELD(connections), NULL, "100", 1,
     OPTION_CONNECTIONS_MAX, "N", .help = "connections to attempt [100]"},
    {"--pattern", LOAD | RUN, ARG_TEXT, FIELD(pattern), "pattern", "echo", 0, 0,
     "NAME", .help = "traffic: " OPTION_PATTERNS " [echo]"},
    {"--hostile", LOAD | RUN, ARG_TEXT, FIELD(hostile), "hostile", NULL, 0, 0,
     "SHARE[:KIND,...]",
     .help = "share of hostile connections: silent, slow, deaf, reset [none]"},
    {"--message", LOAD | RUN, ARG_SIZE, FIELD(message_bytes), "message_bytes",
     "4096", 1, OPTION_MESSAGE_MAX, "SIZE",
     .help = "message size, bytes, at most 1M [4096]"},
    {"--duration", LOAD | RUN, ARG_TIME, FIELD(duration_us), "duration_s", "4s",
     1 * MS, DAY, "TIME", .help = "measured time of a run [4s]",
     .run_low = 100 * MS},
    {"--warmup", LOAD | RUN, ARG_TIME, FIELD(warmup_us), "warmup_s", "1s", 0,
     DAY, "TIME", .help = "traffic before the measured time [1s]"},
    {"--sample-ms", SERVER | LOAD | RUN, ARG_COUNT, FIELD(sample_ms),
     "sample_ms", "200", 0, 3600000, "N",
     .help = "time between samples, ms, 0: only at start and end [200]",
     .run_low = 10, .run_help = "time between samples, ms [200]"},
    {"--threads", SERVER | IF_GIVEN, ARG_COUNT, FIELD(server_threads),
     "server_threads", NULL, 1, 4096, "N",
     .help = "I/O threads of the server [its processors]"},
    {"--max-connections", SERVER | IF_GIVEN, ARG_COUNT, FIELD(max_connections),
     "max_connections", NULL, 1, 10000000, "N",
     .help =
         "connection limit of the server [100000, fewer for large buffers]"},
    {"--buffer", SERVER | IF_GIVEN, ARG_SIZE, FIELD(buffer_bytes),
     "buffer_bytes", "4096", 1, UINT64_C(64) << 20, "SIZE",
     .help = "server's buffer for each connection, bytes [4096]"},
    {"--backlog", SERVER | IF_GIVEN, ARG_COUNT, FIELD(backlog), "backlog",
     "65535", 1, 65535, "N", .help = "listen() backlog [65535]"},
    {"--sndbuf", SERVER | IF_GIVEN, ARG_SIZE, FIELD(sndbuf_bytes),
     "sndbuf_bytes", NULL, 0, UINT64_C(1) << 30, "SIZE",
     .help = "SO_SNDBUF of the server's sockets, bytes [the system's]"},
    {"--rcvbuf", SERVER | IF_GIVEN, ARG_SIZE, FIELD(rcvbuf_bytes),
     "rcvbuf_bytes", NULL, 0, UINT64_C(1) << 30, "SIZE",
     .help = "SO_RCVBUF of the server's sockets, bytes [the system's]"},
    {"--nodelay", SERVER | IF_GIVEN, ARG_COUNT, FIELD(nodelay), "nodelay", "1",
     0, 1, "0|1", .help = "TCP_NODELAY of the server's sockets [1]"},
    {"--threads", LOAD | IF_GIVEN, ARG_COUNT, FIELD(threads), "load_threads",
     NULL, 1, OPTION_LOAD_THREADS_MAX, "N",
     .help = "load threads [half of the processors]",
     .run_name = "--load-threads"},
    {"--disturbance-limit", RUN, ARG_COUNT, FIELD(disturbance_limit),
     "disturbance_limit_percent", "20", 1, 100, "PERCENT",
     .help = "disturbed share of the window above which a run is not valid, "
             "100: none [20]"},
    {"--pipeline", LOAD | RUN, ARG_COUNT, FIELD(pipeline), "pipeline", "1", 1,
     1024, "N", .help = "messages in flight per connection (echo) [1]"},
    {"--think", LOAD | RUN, ARG_TIME, FIELD(think_us), "think_s", "0", 0, DAY,
     "TIME", .help = "pause after each echo (echo) [0; idle: 1s]"},
    {"--rate", LOAD | IF_GIVEN, ARG_SIZE, FIELD(rate), "rate_bytes_per_s", "0",
     0, UINT64_C(1) << 40, "SIZE",
     .help = "total send rate, bytes/s (stream, paced) [unlimited]",
     .run_low = 1},
    {"--connect-window", LOAD | IF_GIVEN, ARG_COUNT, FIELD(connect_window),
     "connect_window", "128", 1, OPTION_CONNECTIONS_MAX, "N",
     .help = "max. concurrent connection attempts [128]"},
    {"--connect-retries", LOAD | RUN, ARG_COUNT, FIELD(connect_retries),
     "connect_retries", "0", 0, 1000, "N",
     .help = "retries of a refused or timed out attempt [0]"},
    {"--connect-timeout", LOAD | RUN, ARG_TIME, FIELD(connect_timeout_us),
     "connect_timeout_s", "10s", 1 * MS, DAY, "TIME",
     .help = "timeout of an attempt, its first echo included [10s]"},
    {"--io-timeout", LOAD | RUN, ARG_TIME, FIELD(io_timeout_us), "io_timeout_s",
     "10s", 1 * MS, DAY, "TIME", .help = "timeout of an echo [10s]",
     .run_help = "timeout of an echo [20s]"},
    {"--connect-budget", LOAD | IF_GIVEN, ARG_TIME, FIELD(connect_budget_us),
     "connect_budget_s", "1m", 1 * MS, DAY, "TIME",
     .help = "time for all attempts together [1m]",
     .run_help = "time for all attempts [20s and 10ms for each]"},
    {"--tune", SERVER | RUN, ARG_EACH, FIELD(tune), "tuning", NULL, 0, 0,
     "NAME=VALUE", .help = "model option, repeatable; --list shows them",
     .run_help = "model option, repeatable; MODEL:NAME=VALUE: of one model "
                 "(see iomodels models)"},
    {"--listen", SERVER | RUN, ARG_TEXT, FIELD(listen), "listen", "127.0.0.1:0",
     0, 0, "ADDR:PORT",
     .help = "address of the server, port 0: any [127.0.0.1:0]"},
    {"--local-addresses", LOAD | RUN, ARG_TEXT, FIELD(local_addresses),
     "local_addresses", NULL, 0, 0, "LIST",
     .help = "source addresses of the load generator [as many as ports need]"},
    {"--target", RUN, ARG_TEXT, FIELD(target), "target", NULL, 0, 0, "HOST",
     .help = "host of a server on another machine [the server's address]"},
    {"--seed", LOAD, ARG_COUNT, FIELD(seed), NULL, "1", 0, 0, "N",
     .help = "seed of the bytes that are sent [1]"},
    {"--turns", LOAD, ARG_FLAG, FIELD(turns), NULL, NULL, 0, 0, NULL,
     .help = "count of other connections served while one waited"},
    {"--json-stream", LOAD, ARG_FLAG, FIELD(json_stream), NULL, NULL, 0, 0,
     NULL,
     .help = "protocol of harness/PROTOCOL.md on standard input and output"},
    {"--guard", SERVER, ARG_FLAG, FIELD(guard), NULL, NULL, 0, 0, NULL,
     .help = "guard pages around each buffer, for debugging; slower"},
    {"--list", SERVER, ARG_FLAG, FIELD(list), NULL, NULL, 0, 0, NULL,
     .help = "list of the models"},
    {"--json", SERVER, ARG_FLAG, FIELD(json), NULL, NULL, 0, 0, NULL,
     .help = "with --list: JSON"},
};

bool option_is_pattern(const char *name)
{
    static const char *const names[] = {"echo",  "stream", "paced",
                                        "churn", "idle",   "mixed"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool option_is_number(const struct option *option)
{
    return option->kind == ARG_COUNT || option->kind == ARG_SIZE ||
           option->kind == ARG_TIME;
}

uint64_t option_number(const struct option *option,
                       const struct option_values *values)
{
    uint64_t number;
    memcpy(&number, (const char *)values + option->offset, sizeof number);
    return number;
}

const char *option_text(const struct option *option,
                        const struct option_values *values)
{
    const char *text;
    memcpy(&text, (const char *)values + option->offset, sizeof text);
    return text;
}

static uint64_t option_preset(const struct option *option, int program)
{
    uint64_t number = OPTION_UNSET;
    if (option->preset == NULL ||
        (program == OPTION_RUN && (option->programs & OPTION_IF_GIVEN) != 0))
        return number;
    args_read_number(option->kind, option->preset, &number);
    return number;
}

void option_defaults(struct option_values *values, int program)
{
    memset(values, 0, sizeof *values);
    for (const struct option *o = option_table; o->name != NULL; o++) {
        void *field = (char *)values + o->offset;
        if ((o->programs & program) == 0)
            continue;
        if (option_is_number(o))
            *(uint64_t *)field = option_preset(o, program);
        else if (o->kind == ARG_TEXT)
            *(const char **)field = o->preset;
    }
}

size_t option_args(struct option_values *values, int program,
                   struct arg args[OPTION_ROWS])
{
    size_t n = 0;
    for (const struct option *o = option_table; o->name != NULL; o++) {
        struct arg arg = {o->name, o->kind, (char *)values + o->offset,
                          o->low,  o->high, o->metavar,
                          o->help};
        if ((o->programs & program) == 0)
            continue;
        if (program == OPTION_RUN && o->run_name != NULL)
            arg.name = o->run_name;
        if (program == OPTION_RUN && o->run_help != NULL)
            arg.help = o->run_help;
        if (program == OPTION_RUN && o->run_low != 0)
            arg.low = o->run_low;
        args[n++] = arg;
    }
    args[n] = (struct arg){0};
    return n;
}
