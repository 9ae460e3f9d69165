#include "cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/errors.h"
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
    static const char *const names[] = {"text", "markdown", "json"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], c->format_name) == 0) {
            c->format = (enum check_format)i;
            return true;
        }
    complain("--format: '%s' is unknown; use text, markdown or json",
             c->format_name);
    return false;
}

static bool cmd_check_metrics(struct cmd_check *c)
{
    for (const char *at = c->metrics;; at++) {
        size_t length = strcspn(at, ","), i = 0;

        while (i < CHECK_METRICS &&
               (strlen(check_metrics[i].name) != length ||
                strncmp(check_metrics[i].name, at, length) != 0))
            i++;
        if (i == CHECK_METRICS) {
            complain("--metrics: '%.*s' is unknown; use throughput, p50, p99, "
                     "cpu",
                     (int)length, at);
            return false;
        }
        c->options.metric[i] = true;
        at += length;
        if (*at == '\0')
            return true;
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

static int cmd_check_go(const struct cmd_check *c)
{
    struct record_set *baseline = records_load(c->baseline);
    struct record_set *candidate =
        baseline != NULL ? records_load(c->candidate) : NULL;
    struct check *check = NULL;
    int code = EXIT_BAD_INPUT;
    char *text = NULL;

    if (candidate != NULL) {
        check = check_make(baseline, candidate, &c->options, &text);
        if (check == NULL)
            complain("%s", text);
    }
    if (check != NULL) {
        text = check_print(check, c->format, c->baseline, c->candidate);
        fputs(text, stdout);
        code = check_count(check, CHECK_REGRESSION) > 0 ? EXIT_REGRESSION : 0;
        check_free(check);
    }
    free(text);
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
         "folder of the records to compare with"},
        {"CANDIDATE", ARG_TEXT, &c.candidate, 0, 0, NULL,
         "folder of the records to judge"},
        {"--threshold", ARG_SHARE, &c.options.threshold, 0, 0, "SHARE",
         "change that counts as a regression [5%]"},
        {"--metrics", ARG_TEXT, &c.metrics, 0, 0, "LIST",
         "metrics to compare [throughput,p50,p99,cpu]"},
        {"--seed", ARG_COUNT, &c.options.seed, 0, CMD_CHECK_SEED_MAX, "N",
         "seed of the bootstrap [1]"},
        {"--format", ARG_TEXT, &c.format_name, 0, 0, "NAME",
         "text, markdown or json [text]"},
        {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL},
    };
    const struct arg_command command = {
        "iomodels check BASELINE CANDIDATE [OPTION...]",
        "Compares two folders of records; exit code 3 if the candidate is "
        "worse by more\nthan the threshold, beyond doubt.",
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
