/* iomodels load: the load generator by itself. */
#include "cli/cmd.h"

#include <stdlib.h>

#include "common/args.h"
#include "common/errors.h"
#include "common/machine.h"
#include "common/text.h"
#include "clients/load.h"
#include "clients/traffic.h"

/* Options that mean nothing to the pattern are mistakes, not no-ops. */
static bool cmd_load_fits(const struct option_values *options)
{
    struct option_values preset;
    const struct traffic *traffic = traffic_find(options->pattern, false);

    option_defaults(&preset, OPTION_LOAD);
    if (traffic == NULL) {
        const char *const *names = traffic_names(false);
        const char *near = args_nearest(options->pattern, names);
        struct text list = {0};

        for (; *names != NULL; names++)
            text_add(&list, "%s%s", list.length > 0 ? ", " : "", *names);
        complain("--pattern: there is no '%s'%s%s%s; the patterns are %s",
                 options->pattern, near != NULL ? "; did you mean '" : "",
                 near != NULL ? near : "", near != NULL ? "'?" : "", list.data);
        free(list.data);
        return false;
    }
    const struct {
        bool applies, given;
        const char *option, *pattern; /* one that it applies to */
    } only[] = {
        {traffic->pipelined, options->pipeline != preset.pipeline, "--pipeline",
         "echo"},
        {traffic->thinks, options->think_us != preset.think_us, "--think",
         "echo"},
        {traffic->rated, options->rate != preset.rate, "--rate", "stream"},
    };
    for (size_t i = 0; i < sizeof only / sizeof *only; i++) {
        if (only[i].applies || !only[i].given)
            continue;
        complain("%s does not apply to the pattern %s; leave it out or give "
                 "--pattern %s",
                 only[i].option, traffic->name, only[i].pattern);
        return false;
    }
    if (options->turns && options->hostile != NULL) {
        complain("--turns counts the turns of connections that all want one; "
                 "leave out --hostile");
        return false;
    }
    if (options->turns && traffic->renews) {
        complain("--turns counts the turns of connections that stay, and those "
                 "of the pattern %s do not; leave it out or give --pattern "
                 "echo",
                 traffic->name);
        return false;
    }
    if (traffic->scheduled && options->rate == 0) {
        complain("--rate is missing: the pattern %s sends at that rate; give "
                 "bytes a second of all connections, such as --rate 1M",
                 traffic->name);
        return false;
    }
    if (options->threads != OPTION_UNSET &&
        options->threads > options->connections) {
        complain("--threads: more threads than connections; give at most as "
                 "many");
        return false;
    }
    return true;
}

int cmd_load(int argc, char **argv)
{
    struct option_values o;
    struct arg args[OPTION_ROWS];
    const struct arg_command command = {
        "iomodels load --target ADDR:PORT [OPTION...]",
        "Loads an echo server, checks every byte that comes back.", args, 0};

    option_defaults(&o, OPTION_LOAD);
    option_args(&o, OPTION_LOAD, args);
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
    if (o.threads == OPTION_UNSET)
        o.threads = load_threads(machine_usable_processors(), o.connections);
    return load_run(&o);
}
