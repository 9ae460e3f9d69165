/* iomodels load: the load generator by itself. */
#include "cli/cmd.h"

#include <stdio.h>

#include "common/args.h"
#include "common/die.h"
#include "common/jsonl.h"
#include "clients/load.h"
#include "clients/traffic.h"
#include "clients/usage.h"

static const uint64_t cmd_load_day_us = UINT64_C(86400000000);

static bool cmd_load_renews(const struct traffic *traffic)
{
    const struct traffic *const *member = traffic->members;

    for (; member != NULL && *member != NULL; member++)
        if ((*member)->renews)
            return true;
    return traffic->renews;
}

/* Options that mean nothing to the pattern are mistakes, not no-ops. */
static bool cmd_load_fits(const struct load_options *options)
{
    const struct load_options preset = load_defaults();
    const struct traffic *traffic = traffic_find(options->pattern);

    if (traffic == NULL) {
        const char *const *names = traffic_names();
        const char *near = args_nearest(options->pattern, names);
        char list[128] = "";
        size_t length = 0;

        for (; *names != NULL && length < sizeof list; names++)
            length += (size_t)snprintf(list + length, sizeof list - length,
                                       "%s%s", length > 0 ? ", " : "", *names);
        complain("--pattern: there is no '%s'%s%s%s; the patterns are %s",
                 options->pattern, near != NULL ? "; did you mean '" : "",
                 near != NULL ? near : "", near != NULL ? "'?" : "", list);
        return false;
    }
    if (!traffic->pipelined && options->pipeline != preset.pipeline) {
        complain("--pipeline does not apply to the pattern %s; leave it out "
                 "or give --pattern echo",
                 traffic->name);
        return false;
    }
    if (!traffic->thinks && options->think_us != preset.think_us) {
        complain("--think does not apply to the pattern %s; leave it out or "
                 "give --pattern echo",
                 traffic->name);
        return false;
    }
    if (options->turns && options->hostile != NULL) {
        complain("--turns counts the turns of connections that all want one; "
                 "leave out --hostile");
        return false;
    }
    if (options->turns && cmd_load_renews(traffic)) {
        complain("--turns counts the turns of connections that stay, and those "
                 "of the pattern %s do not; leave it out or give --pattern "
                 "echo",
                 traffic->name);
        return false;
    }
    if (!traffic->rated && options->rate != preset.rate) {
        complain("--rate does not apply to the pattern %s; leave it out or "
                 "give --pattern stream",
                 traffic->name);
        return false;
    }
    if (traffic->scheduled && options->rate == 0) {
        complain("--rate is missing: the pattern %s sends at that rate; give "
                 "bytes a second of all connections, such as --rate 1M",
                 traffic->name);
        return false;
    }
    if (options->threads > options->connections) {
        complain("--threads: more threads than connections; give at most as "
                 "many");
        return false;
    }
    return true;
}

int cmd_load(int argc, char **argv)
{
    struct load_options o = load_defaults();
    const uint64_t day = cmd_load_day_us;
    const struct arg args[] = {
        {"--target", ARG_TEXT, &o.target, 0, 0, "ADDR:PORT",
         "the server; it must be given"},
        {"--connections", ARG_COUNT, &o.connections, 1, LOAD_CONNECTIONS_MAX,
         "N", "how many (100)"},
        {"--pattern", ARG_TEXT, &o.pattern, 0, 0, "NAME",
         "echo: a message, its echo, the next; stream: sends on; paced: at "
         "fixed "
         "times; churn: one message a connection; idle; mixed: echo and churn "
         "(echo)"},
        {"--hostile", ARG_TEXT, &o.hostile, 0, 0, "SHARE[:KIND,...]",
         "of the connections: silent, slow, deaf, reset ones (none)"},
        {"--message", ARG_SIZE, &o.message_bytes, 1, LOAD_MESSAGE_MAX, "SIZE",
         "bytes of a message (4096)"},
        {"--duration", ARG_TIME, &o.duration_us, 1000, day, "T",
         "measured time (4s)"},
        {"--warmup", ARG_TIME, &o.warmup_us, 0, day, "T",
         "traffic before it is measured (1s)"},
        {"--threads", ARG_COUNT, &o.threads, 1, LOAD_THREADS_MAX, "N",
         "threads of the load (half of its processors)"},
        {"--pipeline", ARG_COUNT, &o.pipeline, 1, LOAD_PIPELINE_MAX, "N",
         "echo: messages in flight on a connection (1)"},
        {"--think", ARG_TIME, &o.think_us, 0, day, "T",
         "pause before the next message or connection (0; idle: 1s)"},
        {"--rate", ARG_SIZE, &o.rate, 0, UINT64_C(1) << 40, "BYTES/S",
         "stream, paced: bytes a second of all connections (0: no limit)"},
        {"--local-addresses", ARG_TEXT, &o.local_addresses, 0, 0, "LIST",
         "source addresses (loopback: as many of 127.0.0.x as ports need)"},
        {"--connect-window", ARG_COUNT, &o.connect_window, 1,
         LOAD_CONNECTIONS_MAX, "N", "attempts pending at once (128)"},
        {"--connect-retries", ARG_COUNT, &o.connect_retries, 0,
         LOAD_RETRIES_MAX, "N",
         "tries more when refused or timed out, each later (0)"},
        {"--connect-timeout", ARG_TIME, &o.connect_timeout_us, 1000, day, "T",
         "for an attempt, its first echo included (10s)"},
        {"--io-timeout", ARG_TIME, &o.io_timeout_us, 1000, day, "T",
         "without a byte of an owed echo (10s)"},
        {"--connect-budget", ARG_TIME, &o.connect_budget_us, 1000, day, "T",
         "for all attempts together (1m)"},
        {"--seed", ARG_COUNT, &o.seed, 0, 0, "N",
         "of the bytes that are sent (1)"},
        {"--sample-ms", ARG_COUNT, &o.sample_ms, 0, 3600000, "N",
         "milliseconds between samples; 0: none (200)"},
        {"--turns", ARG_FLAG, &o.turns, 0, 0, NULL,
         "count how often others were served while one waited"},
        {"--json-stream", ARG_FLAG, &o.json_stream, 0, 0, NULL,
         "speak harness/PROTOCOL.md on standard input and output"},
        {0},
    };
    const struct arg_command command = {
        "iomodels load --target ADDR:PORT [OPTION...]",
        "Loads an echo server, checks every byte that comes back.", args, 0};

    switch (args_parse(&command, argc, argv)) {
    case ARGS_HELP:
        return 0;
    case ARGS_BAD:
        return EXIT_BAD_INPUT;
    case ARGS_GO:
        break;
    }
    if (o.target == NULL) {
        complain("--target is missing; give the server's address and port, "
                 "such as --target 127.0.0.1:5000");
        return EXIT_BAD_INPUT;
    }
    if (!cmd_load_fits(&o))
        return EXIT_BAD_INPUT;
    if (o.threads == 0)
        o.threads = load_threads(usage_processors(), o.connections);
    jsonl_init();
    return load_run(&o);
}
