#include "cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/errors.h"
#include "common/process.h"
#include "cli/conclude.h"
#include "cli/options.h"
#include "results/soak.h"
#include "runner/preflight.h"

/* Prints what the records say. */
static int cmd_soak_judge(const char *folder)
{
    struct record_set *set = records_load(folder);
    if (set == NULL)
        return EXIT_BAD_INPUT;
    size_t faults, count = set->count;
    char *table = soak_make(set, &faults);
    printf("%s\nrecords: %s (%zu)\n", table, folder, count);
    free(table);
    records_free(set);
    fflush(stdout);
    if (faults > 0)
        complain("%zu of %zu runs grew, lost or changed something: see below "
                 "the table",
                 faults, count);
    return faults > 0 ? EXIT_BAD_RUN : 0;
}

static int cmd_soak_suite(struct suite *suite)
{
    interrupt_catch();
    switch (suite_run(suite)) {
    case SUITE_DONE:
        return cmd_soak_judge(suite->folder);
    case SUITE_INTERRUPTED:
        conclude_missing(suite, "interrupted", false);
        return CONCLUDE_INTERRUPTED;
    case SUITE_STOPPED:
        break;
    }
    return EXIT_BAD_INPUT;
}

static int cmd_soak_go(struct options *o)
{
    char now[CONCLUDE_TIME_SIZE], id[CONCLUDE_ID_SIZE], folder[64];
    struct plan plan;
    conclude_time(now);
    snprintf(folder, sizeof folder, "records/%s-soak", now);
    if (o->output == NULL)
        o->output = folder;
    if (!preflight_server(&o->setup) || !preflight_load(&o->setup) ||
        !preflight_answers(&o->setup) || !preflight_folder(o->output))
        return EXIT_BAD_INPUT;
    conclude_plan(o, &plan);
    conclude_id(id, now, o->seed);
    struct suite suite = {.version = IOMODELS_VERSION,
                          .command = "soak",
                          .id = id,
                          .folder = o->output,
                          .setup = &o->setup,
                          .plan = &plan,
                          .until_ci = o->until_ci,
                          .repeats_max = (uint32_t)o->max_repeat};
    int code = cmd_soak_suite(&suite);
    plan_free(&plan);
    return code;
}

int cmd_soak(int argc, char **argv)
{
    struct options *o = calloc_or_die(1, sizeof *o);
    int code = EXIT_BAD_INPUT;
    switch (options_soak(o, argc, argv)) {
    case ARGS_HELP:
        code = 0;
        break;
    case ARGS_BAD:
        break;
    case ARGS_GO:
        code = o->summary != NULL ? cmd_soak_judge(o->summary) : cmd_soak_go(o);
        break;
    }
    free(o);
    return code;
}
