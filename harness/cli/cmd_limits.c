/* iomodels limits: what this machine allows for a number of connections. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "common/errors.h"
#include "common/json_lines.h"
#include "runner/preflight.h"

/* The options of `run` that decide what a run needs. */
static const char *const limits_options[] = {
    "--target", "--local-addresses", "--message",
    "--buffer", "--connect-window",  "--backlog"};

#ifdef _WIN32
static const char limits_server_via[] = "";
#else
static const char limits_server_via[] = "wine";
#endif

static bool limits_has(const char *name)
{
    for (size_t i = 0; i < sizeof limits_options / sizeof *limits_options; i++)
        if (strcmp(limits_options[i], name) == 0)
            return true;
    return false;
}

int cmd_limits(int argc, char **argv)
{
    static struct run_config config;
    uint64_t connections = 15000, churn = 5000;
    const char *format = "text";
    struct arg all[RUN_CONFIG_ARGS],
        args[RUN_CONFIG_ARGS] = {
            {"--connections", ARG_COUNT, &connections, 1,
             OPTION_CONNECTIONS_MAX, "N",
             "connections that are wanted [15000]"},
            {"--churn", ARG_COUNT, &churn, 1, OPTION_CONNECTIONS_MAX, "N",
             "connections made anew a second, of the pattern churn [5000]"},
            {"--format", ARG_TEXT, &format, 0, 0, "text|json",
             "format [text]"}};
    size_t count = 3, known;
    struct limits limits;

    run_config_defaults(&config);
    config.server_via = limits_server_via;
    known = run_config_args(&config, all);
    for (size_t i = 0; i < known; i++)
        if (limits_has(all[i].name))
            args[count++] = all[i];
    const struct arg_command command = {
        "iomodels limits [--connections N] [OPTION...]",
        "Prints what so many connections need and what this machine allows, "
        "the "
        "command\nthat raises each limit that is too small, and how many "
        "source "
        "addresses the\nports need. With --target: of the load generator "
        "alone. "
        "Exit code 3 if a limit\nis too small for every model.",
        args, 0};
    enum args_result parsed = args_parse(&command, argc, argv);
    if (parsed != ARGS_GO || !run_config_check(&config, NULL))
        return parsed == ARGS_HELP ? 0 : EXIT_BAD_INPUT;
    limits_find(&config, &limits);
    limits.server_files = limits.load_files; /* what starts here inherits it */
    cJSON *list =
        limits_list(&limits, &config, "/", (uint32_t)connections, churn);
    bool fits = cJSON_IsTrue(cJSON_GetObjectItem(list, "fits"));
    char *text =
        strcmp(format, "json") == 0 ? json_print(list) : limits_text(list);
    printf("%s", text);
    free(text);
    cJSON_Delete(list);
    return fits ? 0 : EXIT_REGRESSION;
}
