#include "cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/errors.h"
#include "common/text.h"
#include "results/check.h"

enum { CMD_CHECK_SEED = 1 };
/* JSON carries 53 bits exactly. */
#define CMD_CHECK_SEED_MAX ((UINT64_C(1) << 53) - 1)

struct cmd_check {
    const char *names[2], *metrics, *format_name; /* baseline, candidate */
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

/* "throughput,p50,p99,cpu", to free. */
static char *cmd_check_names(void)
{
    struct text names = {0};

    for (int i = 1; figure_check(i) != NULL; i++)
        text_add(&names, "%s%s", i > 1 ? "," : "", figure_check(i)->check.name);
    return text_take(&names);
}

static bool cmd_check_metrics(struct cmd_check *c, const char *names)
{
    for (const char *at = c->metrics;; at++) {
        size_t length = strcspn(at, ",");
        int i = 1;

        while (figure_check(i) != NULL &&
               (strlen(figure_check(i)->check.name) != length ||
                strncmp(figure_check(i)->check.name, at, length) != 0))
            i++;
        if (figure_check(i) == NULL) {
            complain("--metrics: '%.*s' is unknown; use %s", (int)length, at,
                     names);
            return false;
        }
        c->options.metrics |= (uint32_t)1 << i;
        at += length;
        if (*at == '\0')
            return true;
    }
}

static bool cmd_check_options(struct cmd_check *c, const char *names)
{
    if (!(c->options.threshold > 0) || c->options.threshold >= 1) {
        complain("--threshold: %.3g %% is out of range; give more than 0 %% "
                 "and less than 100 %%",
                 100 * c->options.threshold);
        return false;
    }
    return cmd_check_format(c) && cmd_check_metrics(c, names);
}

static int cmd_check_go(const struct cmd_check *c)
{
    struct record_set *baseline = records_load(c->names[0]);
    struct record_set *candidate =
        baseline != NULL ? records_load(c->names[1]) : NULL;
    const struct record_set *const sets[] = {baseline, candidate};
    struct check *check =
        candidate != NULL ? check_make(sets, &c->options) : NULL;
    int code = EXIT_BAD_INPUT;

    if (check != NULL) {
        char *text = check_print(check, c->format, c->names);

        fputs(text, stdout);
        free(text);
        code = check->verdicts[CHECK_REGRESSION] > 0 ? EXIT_REGRESSION : 0;
        check_free(check);
    }
    records_free(candidate);
    records_free(baseline);
    return code;
}

int cmd_check(int argc, char **argv)
{
    char *names = cmd_check_names();
    char *help = text_make("metrics to compare [%s]", names);
    struct cmd_check c = {
        .metrics = names,
        .format_name = "text",
        .options = {.threshold = 0.05, .seed = CMD_CHECK_SEED}};
    const struct arg args[] = {
        {"BASELINE", ARG_TEXT, &c.names[0], 0, 0, NULL,
         "folder of the records to compare with"},
        {"CANDIDATE", ARG_TEXT, &c.names[1], 0, 0, NULL,
         "folder of the records to judge"},
        {"--threshold", ARG_SHARE, &c.options.threshold, 0, 0, "SHARE",
         "change that counts as a regression [5%]"},
        {"--metrics", ARG_TEXT, &c.metrics, 0, 0, "LIST", help},
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

    enum args_result parsed = args_parse(&command, argc, argv);
    int code = parsed == ARGS_HELP ? 0 : EXIT_BAD_INPUT;

    if (parsed == ARGS_GO && cmd_check_options(&c, names))
        code = cmd_check_go(&c);
    free(names);
    free(help);
    return code;
}
