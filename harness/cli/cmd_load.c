/* iomodels load: the load generator by itself. */
#include <stdlib.h>

#include "clients/load.h"
#include "clients/traffic.h"
#include "cli/options.h"
#include "common/errors.h"
#include "common/json_lines.h"
#include "common/machine.h"
#include "common/number.h"

/* Of load generators that a launcher started together, which this one is. False
 * after one line to standard error. */
static bool cmd_load_rank(struct option_values *o)
{
    /* Slurm, PMIx and PMI (mpiexec), Open MPI, an indexed Job of Kubernetes */
    static const char *const names[] = {"SLURM_PROCID", "PMIX_RANK", "PMI_RANK",
                                        "OMPI_COMM_WORLD_RANK",
                                        "JOB_COMPLETION_INDEX"};
    uint64_t rank = 0;

    if (o->ranks == 1)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = getenv(names[i]);

        if (text == NULL)
            continue;
        if (number_read(NUMBER_COUNT, text, &rank) && rank < o->ranks) {
            o->rank += rank;
            json_lines_divide(o->rank);
            return true;
        }
        complain("%s is %s, and the launcher is to start %lu load generators; "
                 "let it start as many",
                 names[i], text, (unsigned long)o->ranks);
        return false;
    }
    complain("the environment does not tell which of %lu load generators this "
             "one is; let the launcher set SLURM_PROCID, PMIX_RANK, PMI_RANK, "
             "OMPI_COMM_WORLD_RANK or JOB_COMPLETION_INDEX",
             (unsigned long)o->ranks);
    return false;
}

/* This one's, of the load generators that share them. */
static uint64_t cmd_load_connections(const struct option_values *o)
{
    return option_part(o->connections, o->rank, o->generators).count;
}

static bool cmd_load_fits(const struct option_values *o)
{
    if (o->target == NULL)
        complain("--target is missing; give the server's address and port, "
                 "such as --target 127.0.0.1:5000");
    else if (!options_fit_pattern(o, OPTION_LOAD))
        return false;
    else if (o->turns && o->hostile != NULL)
        complain("--turns compares connections that all have traffic; leave "
                 "out --hostile");
    else if (o->turns && traffic_find(o->pattern, false)->renews)
        complain("--turns compares connections that stay open, and the pattern "
                 "%s closes them; leave it out or give --pattern echo",
                 o->pattern);
    else if (o->turns && o->active != OPTION_UNSET)
        complain("--turns compares connections that all have traffic; leave it "
                 "out or give --pattern echo");
    else if (o->active != OPTION_UNSET && o->active > o->connections)
        complain("--active is more than --connections; give at most as many");
    else if (o->rank >= o->generators)
        complain("--rank counts from 0 to the number of --generators less one; "
                 "give one of these");
    else if (o->connections < o->generators)
        complain("--generators is more than --connections; give at least one "
                 "connection each");
    else if (o->threads != OPTION_UNSET && o->threads > cmd_load_connections(o))
        complain("--threads is more than --connections; give at most one "
                 "thread a connection");
    else
        return true;
    return false;
}

int cmd_load(int argc, char **argv)
{
    struct option_values o;
    struct arg args[OPTION_ROWS];
    const struct arg_command command = {
        "iomodels load --target ADDR:PORT [OPTION...]",
        "Loads an echo server and checks every byte of its echoes.", args, 0};

    option_defaults(&o, OPTION_LOAD);
    option_args(&o, OPTION_LOAD, args);
    enum args_result parsed = args_parse(&command, argc, argv);
    if (parsed == ARGS_HELP)
        return 0;
    if (parsed == ARGS_BAD || !cmd_load_rank(&o) || !cmd_load_fits(&o))
        return EXIT_BAD_INPUT;
    if (o.threads == OPTION_UNSET)
        o.threads =
            load_threads(machine_usable_processors(), cmd_load_connections(&o));
    return load_run(&o);
}
