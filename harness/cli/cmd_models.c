#include "cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/process.h"
#include "runner/preflight.h"

enum { CMD_MODELS_S = 60 };

/* Passes on what the server says of itself: it alone knows the models. */
static int cmd_models_print(struct process *server)
{
    int64_t deadline = clock_ns() + CMD_MODELS_S * INT64_C(1000000000);
    struct process_event event;
    char how[128];
    enum process_news news;
    while ((news = process_wait(&server, 1, deadline, &event)) == PROCESS_LINE)
        puts(event.line);
    if (news == PROCESS_INTERRUPTED)
        return EXIT_INTERRUPTED;
    if (process_wait_exit(server, deadline) && process_exited_with(server, 0))
        return 0;
    complain("the server did not list its models: %s; try the server by "
             "itself, with --list",
             process_exit_show(server, how, sizeof how));
    return EXIT_BAD_INPUT;
}

static int cmd_models_ask(const struct run_config *config, bool json)
{
    struct words words = {0};
    char why[512];
    words_split(&words, config->server_via);
    words_add(&words, config->server);
    words_add(&words, "--list");
    if (json)
        words_add(&words, "--json");
    interrupt_catch(true);
    struct process *server = process_start(words.word, why, sizeof why);
    int code = EXIT_BAD_INPUT;
    if (server == NULL)
        complain("%s; check --server and --server-via", why);
    else
        code = cmd_models_print(server);
    process_free(server);
    words_free(&words);
    return code;
}

int cmd_models(int argc, char **argv)
{
    bool json = false;
    struct run_config *config = calloc_or_die(1, sizeof *config);
    run_config_defaults(config);
    struct arg args[RUN_CONFIG_ARGS + 2];
    size_t n = run_config_args_of_programs(config, args);
    struct arg flag = {"--json", ARG_FLAG, &json, 0, 0, NULL, "as JSON"};
    args[n++] = flag;
    args[n] = (struct arg){0};
    struct arg_command command = {"iomodels models [--json]",
                                  "Lists the models of the server: name, "
                                  "ceiling, how each waits.",
                                  args, 0};
    enum args_result parsed = args_parse(&command, argc, argv);
    int code = parsed == ARGS_HELP ? 0 : EXIT_BAD_INPUT;
    if (parsed == ARGS_GO && preflight_server(config) &&
        preflight_answers(config))
        code = cmd_models_ask(config, json);
    free(config);
    return code;
}
