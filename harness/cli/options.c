#include "cli/options_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "model_list.h"
#include "runner/plan.h"

/* JSON carries 53 bits exactly. */
#define OPTIONS_SEED_MAX ((UINT64_C(1) << 53) - 1)
enum { OPTIONS_UNTIL_REPEATS = PLAN_RUNS_MIN, OPTIONS_MAX_REPEAT = 20 };

#define MODEL(name) #name,
static const char *const options_models[] = {MODELS NULL};
#undef MODEL

const char *const *options_known_models(void)
{
    return options_models;
}

static const char *options_model(const char *option, const char *text,
                                 size_t length)
{
    char name[64], all[512] = "";
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    for (size_t i = 0; options_models[i] != NULL; i++) {
        if (strcmp(options_models[i], name) == 0)
            return options_models[i];
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "",
                 options_models[i]);
    }
    const char *near = args_nearest(name, options_models);
    if (near != NULL)
        complain("%s: there is no model '%s'; did you mean %s? (all: %s)",
                 option, name, near, all);
    else
        complain("%s: there is no model '%s'; choose from %s", option, name,
                 all);
    return NULL;
}

static bool options_add_model(struct options *o, const char *model,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(o->models[i], model) == 0) {
            complain("--models: %s is named twice; name it once (--repeat N "
                     "repeats)",
                     model);
            return false;
        }
    }
    o->models[count] = model;
    o->models[count + 1] = NULL;
    return true;
}

static bool options_split_models(struct options *o)
{
    const char *text = o->models_text;
    if (text == NULL) {
        for (size_t i = 0; options_models[i] != NULL; i++)
            options_add_model(o, options_models[i], i);
        return true;
    }
    for (size_t count = 0; count < OPTIONS_MODELS; count++) {
        size_t length = strcspn(text, ",");
        const char *model = options_model("--models", text, length);
        if (model == NULL || !options_add_model(o, model, count))
            return false;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
    complain("--models: more than %d; name fewer", OPTIONS_MODELS);
    return false;
}

/* The list's item at `index`, as it was typed. */
static void options_count_bad(const char *option, const char *list,
                              size_t index)
{
    while (index-- > 0)
        list = strchr(list, ',') + 1;
    complain("%s: %.*s is out of range; give 1 to %d", option,
             (int)strcspn(list, ","), list, OPTION_CONNECTIONS_MAX);
}

bool options_split_connections(struct options *o, const char *option)
{
    uint64_t counts[OPTIONS_TIERS];
    size_t n = args_counts(o->connections_text, counts, OPTIONS_TIERS), length;
    const char *zero = args_leading_zero(o->connections_text, &length);
    if (zero != NULL) {
        complain("%s: '%.*s' has a leading zero: in a list commas stand "
                 "between numbers, not in them; write 1000 or 1k",
                 option, (int)length, zero);
        return false;
    }
    if (n == 0)
        complain("%s: '%s' is not a list of whole numbers such as "
                 "100,1000,4k",
                 option, o->connections_text);
    for (size_t i = 0; i < n; i++) {
        if (counts[i] == 0 || counts[i] > OPTION_CONNECTIONS_MAX) {
            options_count_bad(option, o->connections_text, i);
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (counts[j] == counts[i]) {
                complain("%s: %llu is named twice; name it once "
                         "(--repeat N repeats)",
                         option, (unsigned long long)counts[i]);
                return false;
            }
        }
        o->connections[i] = (uint32_t)counts[i];
    }
    o->tiers = n;
    return n > 0;
}

void options_defaults(struct options *o)
{
    memset(o, 0, sizeof *o);
    setup_defaults(&o->setup);
    o->connections_text = "100,1000,4000";
    o->repeat = 1;
    o->seed = OPTION_UNSET;
    o->until_ci = -1;
    o->max_repeat = OPTION_UNSET;
}

struct arg options_text(const char *name, const char **value,
                        const char *metavar, const char *help)
{
    struct arg arg = {name, ARG_TEXT, NULL, 0, 0, metavar, help};
    arg.value = (void *)value;
    return arg;
}

size_t options_shared(struct options *o, struct arg *args)
{
    size_t n = 0;
    struct arg repeat = {"--repeat",
                         ARG_COUNT,
                         &o->repeat,
                         1,
                         OPTIONS_REPEATS,
                         "N",
                         "runs of the same kind, in whole rounds [1]"};
    struct arg seed = {"--seed",
                       ARG_COUNT,
                       &o->seed,
                       0,
                       OPTIONS_SEED_MAX,
                       "N",
                       "of the random order and of all bytes [random]"};
    struct arg until = {"--until-ci",
                        ARG_SHARE,
                        &o->until_ci,
                        0,
                        0,
                        "SHARE",
                        "go on with rounds until the 95 % interval of each "
                        "kind's round trips/s is within +-SHARE, such as 2%"};
    struct arg most = {"--max-repeat",
                       ARG_COUNT,
                       &o->max_repeat,
                       OPTIONS_UNTIL_REPEATS,
                       OPTIONS_REPEATS,
                       "N",
                       "end --until-ci after so many rounds [20]"};
    args[n++] = repeat;
    args[n++] = until;
    args[n++] = most;
    args[n++] = seed;
    args[n++] = options_text("--output", &o->output, "DIR",
                             "folder of the records [records/TIME-COMMAND]");
    n += setup_args(&o->setup, args + n);
    return n;
}

void options_help(struct arg *args, size_t count,
                  const struct options_help *differs)
{
    for (; differs->name != NULL; differs++)
        for (size_t i = 0; i < count; i++)
            if (strcmp(args[i].name, differs->name) == 0)
                args[i].help = differs->help;
}

enum args_result options_parse(const char *usage, const char *summary,
                               const struct arg *args, int argc, char **argv)
{
    struct arg_command command = {usage, summary, args, 0};
    return args_parse(&command, argc, argv);
}

/* --until-ci begins with as many rounds as an interval needs. */
static bool options_until(struct options *o)
{
    if (o->until_ci < 0) {
        /* Beside --resume, --until-ci stands in the plan. */
        if (o->max_repeat != OPTION_UNSET && o->resume == NULL) {
            complain("--max-repeat: it ends --until-ci, which is not there; "
                     "add --until-ci 2%%, or give --repeat %llu",
                     (unsigned long long)o->max_repeat);
            return false;
        }
        return true;
    }
    if (!(o->until_ci > 0 && o->until_ci < 1)) {
        complain("--until-ci: %.3g %% is out of range; give more than 0 %% "
                 "and less than 100 %%, such as 2%%",
                 100 * o->until_ci);
        return false;
    }
    if (o->max_repeat == OPTION_UNSET)
        o->max_repeat = OPTIONS_MAX_REPEAT;
    if (o->repeat < OPTIONS_UNTIL_REPEATS)
        o->repeat = OPTIONS_UNTIL_REPEATS;
    if (o->max_repeat < o->repeat)
        complain("--max-repeat: %llu is less than --repeat %llu; give more",
                 (unsigned long long)o->max_repeat,
                 (unsigned long long)o->repeat);
    return o->max_repeat >= o->repeat;
}

enum args_result options_check(struct options *o)
{
    return options_split_models(o) && options_until(o) &&
                   setup_check(&o->setup, o->models)
               ? ARGS_GO
               : ARGS_BAD;
}

enum args_result options_run(struct options *o, int argc, char **argv)
{
    struct arg args[OPTIONS_ARGS];
    size_t n = 0;
    uint64_t connections = 100;
    struct arg number = {"--connections",
                         ARG_COUNT,
                         &connections,
                         1,
                         OPTION_CONNECTIONS_MAX,
                         "N",
                         "connections to attempt [100]"};
    options_defaults(o);
    args[n++] = options_text("--model", &o->model, "NAME",
                             "the server's style (see iomodels models)");
    args[n++] = number;
    n += options_shared(o, args + n);
    memset(&args[n], 0, sizeof args[n]);
    enum args_result result = options_parse(
        "iomodels run --model NAME [--connections N] [OPTION...]",
        "Runs one model under load and prints its row.", args, argc, argv);
    if (result != ARGS_GO)
        return result;
    if (o->model == NULL) {
        complain("--model is missing; name one, as in iomodels run --model "
                 "iocp (iomodels models lists them)");
        return ARGS_BAD;
    }
    if (options_model("--model", o->model, strlen(o->model)) == NULL)
        return ARGS_BAD;
    o->models_text = o->model;
    o->connections[0] = (uint32_t)connections;
    o->tiers = 1;
    return options_check(o);
}

size_t options_of_comparison(struct options *o, struct arg *args)
{
    size_t n = 0;
    args[n++] = options_text("--resume", &o->resume, "DIR",
                             "run what is missing of a comparison");
    args[n++] = options_text("--gnuplot", &o->gnuplot, "PROGRAM",
                             "program that draws the charts [gnuplot]");
    struct arg no_plots = {"--no-plots", ARG_FLAG,   &o->no_plots, 0, 0,
                           NULL,         "no charts"};
    args[n++] = no_plots;
    return n;
}

enum args_result options_compare(struct options *o, int argc, char **argv)
{
    struct arg args[OPTIONS_ARGS];
    size_t n = 0;
    options_defaults(o);
    args[n++] = options_text("--models", &o->models_text, "LIST",
                             "models, such as iocp,select [all]");
    args[n++] = options_text("--connections", &o->connections_text, "LIST",
                             "tiers, with commas between them only "
                             "[100,1000,4000]");
    n += options_shared(o, args + n);
    n += options_of_comparison(o, args + n);
    memset(&args[n], 0, sizeof args[n]);
    enum args_result result = options_parse(
        "iomodels compare [OPTION...]",
        "Runs all models at several numbers of connections, each run in a "
        "fresh\nserver process, in a random order; prints the table and draws "
        "the charts.",
        args, argc, argv);
    if (result == ARGS_GO && !options_split_connections(o, "--connections"))
        result = ARGS_BAD;
    return result == ARGS_GO ? options_check(o) : result;
}

bool options_is(const char *option, const char *const *names)
{
    size_t length = strcspn(option, "=");
    for (; *names != NULL; names++)
        if (strlen(*names) == length && memcmp(*names, option, length) == 0)
            return true;
    return false;
}

bool options_may_resume(const char *option)
{
    static const char *const may[] = {
        "--resume",  "--server",   "--server-via", "--load", "--load-via",
        "--gnuplot", "--no-plots", "--max-repeat", NULL};
    return options_is(option, may);
}
