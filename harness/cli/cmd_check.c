#include "cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/die.h"
#include "results/check.h"

enum { CMD_CHECK_SEED = 1 };
/* JSON carries 53 bits exactly. */
#define CMD_CHECK_SEED_MAX ((UINT64_C(1) << 53) - 1)

struct cmd_check {
    const char *baseline, *candidate, *metrics, *format_name;
    enum check_format format;
    struct check_options options;
};

static bool cmd_check_format(struct cmd_check *c)
{
    static const char *const names[] = {"text", "markdown", "json", NULL};

    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], c->format_name) == 0) {
            c->format = (enum check_format)i;
            return true;
        }
    complain("--format: '%s' is unknown; use text, markdown or json",
             c->format_name);
    return false;
}

static bool cmd_check_metric(struct cmd_check *c, const char *name)
{
    const char *names[CHECK_METRICS + 1] = {NULL}, *near;

    for (int i = 0; i < CHECK_METRICS; i++) {
        names[i] = check_metrics[i].name;
        if (strcmp(names[i], name) == 0)
            return c->options.metric[i] = true;
    }
    near = args_nearest(name, names);
    complain("--metrics: '%s' is unknown; %s%s%suse throughput, p50, p99, cpu",
             name, near != NULL ? "did you mean " : "",
             near != NULL ? near : "", near != NULL ? "? or " : "");
    return false;
}

static bool cmd_check_metrics(struct cmd_check *c)
{
    for (const char *at = c->metrics;;) {
        size_t length = strcspn(at, ",");
        char name[32];

        snprintf(name, sizeof name, "%.*s", (int)length, at);
        if (!cmd_check_metric(c, name))
            return false;
        if (at[length] == '\0')
            return true;
        at += length + 1;
    }
}

static bool cmd_check_options(struct cmd_check *c)
{
    if (!(c->options.threshold > 0) || c->options.threshold >= 1) {
        complain("--threshold: %.3g %% is out of range; give more than 0 %% "
                 "and less than 100 %%",
                 100 * c->options.threshold);
        return false;
    }
    return cmd_check_format(c) && cmd_check_metrics(c);
}

static int cmd_check_sets(const struct cmd_check *c,
                          const struct record_set *baseline,
                          const struct record_set *candidate)
{
    char *why, *text;
    struct check *check = check_make(baseline, candidate, &c->options, &why);
    int code;

    if (check == NULL) {
        complain("%s", why);
        free(why);
        return EXIT_BAD_INPUT;
    }
    text = check_print(check, c->format, c->baseline, c->candidate);
    code = check_count(check, CHECK_WORSE) > 0 ? EXIT_REGRESSION : 0;
    fputs(text, stdout);
    free(text);
    check_free(check);
    return code;
}

static int cmd_check_go(const struct cmd_check *c)
{
    struct record_set *baseline = records_load(c->baseline), *candidate = NULL;
    int code = EXIT_BAD_INPUT;

    if (baseline != NULL)
        candidate = records_load(c->candidate);
    if (candidate != NULL)
        code = cmd_check_sets(c, baseline, candidate);
    records_free(candidate);
    records_free(baseline);
    return code;
}

int cmd_check(int argc, char **argv)
{
    struct cmd_check c = {
        .metrics = "throughput,p50,p99,cpu",
        .format_name = "text",
        .options = {.threshold = 0.05, .seed = CMD_CHECK_SEED}};
    const struct arg args[] = {
        {"BASELINE", ARG_TEXT, &c.baseline, 0, 0, NULL,
         "the folder of the records to compare with"},
        {"CANDIDATE", ARG_TEXT, &c.candidate, 0, 0, NULL,
         "the folder of the records in question"},
        {"--threshold", ARG_SHARE, &c.options.threshold, 0, 0, "SHARE",
         "how much worse matters (5%)"},
        {"--metrics", ARG_TEXT, &c.metrics, 0, 0, "LIST",
         "of throughput, p50, p99 and cpu (all)"},
        {"--seed", ARG_COUNT, &c.options.seed, 0, CMD_CHECK_SEED_MAX, "N",
         "of the resampling (1)"},
        {"--format", ARG_TEXT, &c.format_name, 0, 0, "NAME",
         "text, markdown or json (text)"},
        {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL},
    };
    const struct arg_command command = {
        "iomodels check BASELINE CANDIDATE [OPTION...]",
        "Tells whether a folder of records is worse than another: exit code 3 "
        "only if it\nsurely is, by more than the threshold.",
        args, 2};

    switch (args_parse(&command, argc, argv)) {
    case ARGS_HELP:
        return 0;
    case ARGS_BAD:
        return EXIT_BAD_INPUT;
    case ARGS_GO:
        break;
    }
    return cmd_check_options(&c) ? cmd_check_go(&c) : EXIT_BAD_INPUT;
}
