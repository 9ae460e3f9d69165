/* iomodels: finds the subcommand, and lists the models. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "cli/options.h"
#include "runner/platform.h"
#include "runner/preflight.h"

/* Passes on what the server says of itself: it alone knows the models. */
static int main_models(int argc, char **argv)
{
    static struct run_config config;
    struct arg args[RUN_CONFIG_ARGS + 2];
    bool json = false;
    run_config_defaults(&config);
    size_t n = run_config_args_of_programs(&config, args);
    args[n++] =
        (struct arg){"--json", ARG_FLAG, &json, 0, 0, NULL, "list as JSON"};
    args[n] = (struct arg){0};
    const struct arg_command command = {
        "iomodels models [--json]",
        "Lists the server's models: name, how each waits, ceiling and options.",
        args, 0};
    enum args_result parsed = args_parse(&command, argc, argv);
    if (parsed == ARGS_HELP)
        return 0;
    char *list = parsed == ARGS_GO ? preflight_list(&config, json) : NULL;
    if (list == NULL)
        return EXIT_BAD_INPUT;
    fputs(list, stdout);
    free(list);
    return 0;
}

static const struct {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} main_commands[] = {
    {"compare", "the models at several numbers of connections", cmd_run},
    {"curve", "latency against load, and the highest rate within a bound",
     cmd_run},
    {"book", "the book's scalability table, measured again", cmd_run},
    {"run", "one model under load", cmd_run},
    {"soak", "the models for an hour, among hostile clients", cmd_run},
    {"lab", "the advice of books on Winsock servers, tested", cmd_lab},
    {"load", "the load generator alone, against any echo server", cmd_load},
    {"models", "the models of the server", main_models},
    {"limits", "what this machine allows for a number of connections",
     cmd_limits},
    {"table", "the table of a folder of records", cmd_results},
    {"plot", "the charts of a folder of records", cmd_results},
    {"report", "one HTML page of a folder of records", cmd_results},
    {"estimate", "what more connections would need, by a folder of records",
     cmd_results},
    {"check", "whether a folder of records is worse than another", cmd_results},
};

enum { MAIN_COMMANDS = sizeof main_commands / sizeof *main_commands };

static int main_help(void)
{
    printf("usage: iomodels COMMAND [OPTION...]\n\n"
           "Compares the Winsock I/O models: the same echo server eight ways, "
           "every byte checked.\n\n");
    for (size_t i = 0; i < MAIN_COMMANDS; i++)
        printf("  %-10s%s\n", main_commands[i].name, main_commands[i].summary);
    printf("  %-10s%s\n\n", "help",
           "this text; iomodels help COMMAND: its options");
    printf("Exit codes: 0 success, 1 an invalid run or record, 2 bad input, "
           "3 worse (check)\nor too small (limits), 130 interrupted.\n");
    return 0;
}

/* At most ten lines, as in run and run.ps1. */
static int main_ask(void)
{
    printf("What does each model cost at my load?\n"
           "    iomodels compare --connections 1000 --message 4K\n"
           "How much can each carry before it is late?\n"
           "    iomodels curve --connections 1000 --p99 5ms\n"
           "What breaks first, with ever more connections?\n"
           "    iomodels book --tiers 1000,4000,12000\n"
           "Each ends with what it found, and draws charts. All commands: "
           "iomodels help\n");
    return 0;
}

static int main_unknown(const char *name)
{
    const char *names[MAIN_COMMANDS + 2] = {NULL};
    for (size_t i = 0; i < MAIN_COMMANDS; i++)
        names[i] = main_commands[i].name;
    names[MAIN_COMMANDS] = "help";
    args_unknown_name("there is no command", name, names);
    return EXIT_BAD_INPUT;
}

static int main_do(int argc, char **argv)
{
    static char help[] = "--help";
    if (argc < 2)
        return main_ask();
    const char *name = argv[1];
    bool version = strcmp(name, "--version") == 0;
    bool helps = strcmp(name, help) == 0 || strcmp(name, "-h") == 0 ||
                 strcmp(name, "help") == 0;
    int most = version ? 2 : 3;
    if ((version || helps) && argc > most) {
        complain("unexpected argument '%s'; usage: iomodels %s", argv[most],
                 version ? "--version" : "help [COMMAND]");
        return EXIT_BAD_INPUT;
    }
    if (version) {
        printf("iomodels %s\n", IOMODELS_VERSION);
        return 0;
    }
    if (helps && (argc == 2 || strcmp(argv[2], "help") == 0))
        return main_help();
    char *words[] = {argv[argc > 2 ? 2 : 1], help, NULL}; /* COMMAND --help */
    if (helps)
        name = words[0];
    for (size_t i = 0; i < MAIN_COMMANDS; i++)
        if (strcmp(main_commands[i].name, name) == 0)
            return helps ? main_commands[i].run(2, words)
                         : main_commands[i].run(argc - 1, argv + 1);
    return main_unknown(name);
}

int main(int argc, char **argv)
{
    platform_environment();
    platform_arguments(&argc, &argv);
    program_name_set("iomodels");
    json_lines_init();
    int code = main_do(argc, argv);
    return file_output_done() ? code : EXIT_BAD_INPUT;
}
