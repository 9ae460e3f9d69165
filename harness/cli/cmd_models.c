#include "cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/errors.h"
#include "common/process.h"
#include "runner/preflight.h"

enum { CMD_MODELS_S = 60 };

/* Passes on what the server says of itself: it alone knows the models. */
static int cmd_models_print(const struct run_config *config, bool json)
{
    struct words words = {0};
    struct text text = {0};
    char how[256];
    run_config_list_argv(config, json, &words);
    bool good =
        process_run(words.word, NULL, CMD_MODELS_S, &text, how, sizeof how);
    char *output = text_take(&text);
    if (good)
        fputs(output, stdout);
    else
        complain("the server did not list its models: %s; try the server by "
                 "itself, with --list",
                 how);
    free(output);
    words_free(&words);
    return good ? 0 : EXIT_BAD_INPUT;
}

int cmd_models(int argc, char **argv)
{
    static struct run_config config;
    struct arg args[RUN_CONFIG_ARGS + 2];
    bool json = false;
    run_config_defaults(&config);
    size_t n = run_config_args_of_programs(&config, args);
    args[n++] = (struct arg){"--json", ARG_FLAG, &json, 0, 0, NULL, "as JSON"};
    args[n] = (struct arg){0};
    const struct arg_command command = {"iomodels models [--json]",
                                        "Lists the models of the server: name, "
                                        "ceiling, how each waits.",
                                        args, 0};
    enum args_result parsed = args_parse(&command, argc, argv);
    if (parsed == ARGS_HELP)
        return 0;
    return parsed == ARGS_GO && preflight_programs(&config)
               ? cmd_models_print(&config, json)
               : EXIT_BAD_INPUT;
}
