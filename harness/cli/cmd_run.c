#include "cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/errors.h"
#include "common/process.h"
#include "cli/conclude.h"
#include "cli/options.h"
#include "runner/preflight.h"

static int cmd_run_suite(struct suite *suite)
{
    interrupt_catch();
    switch (suite_run(suite)) {
    case SUITE_DONE:
        return conclude(suite, NULL);
    case SUITE_INTERRUPTED:
        conclude_missing(suite, "interrupted", false);
        return CONCLUDE_INTERRUPTED;
    case SUITE_STOPPED:
        break;
    }
    return EXIT_BAD_INPUT;
}

int cmd_run(int argc, char **argv)
{
    struct options *o = calloc_or_die(1, sizeof *o);
    enum args_result parsed = options_run(o, argc, argv);
    int code = parsed == ARGS_HELP ? 0 : EXIT_BAD_INPUT;
    char now[CONCLUDE_TIME_SIZE], id[CONCLUDE_ID_SIZE], folder[64];
    conclude_time(now);
    snprintf(folder, sizeof folder, "records/%s-run", now);
    if (o->output == NULL)
        o->output = folder;
    if (parsed == ARGS_GO && preflight_server(&o->setup) &&
        preflight_load(&o->setup) && preflight_answers(&o->setup) &&
        preflight_folder(o->output)) {
        struct plan plan;
        conclude_plan(o, &plan);
        conclude_id(id, now, o->seed);
        struct suite suite = {.version = IOMODELS_VERSION,
                              .command = "run",
                              .id = id,
                              .folder = o->output,
                              .setup = &o->setup,
                              .plan = &plan,
                              .until_ci = o->until_ci,
                              .repeats_max = (uint32_t)o->max_repeat};
        code = cmd_run_suite(&suite);
        plan_free(&plan);
    }
    free(o);
    return code;
}
