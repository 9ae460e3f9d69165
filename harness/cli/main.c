/* iomodels: finds the subcommand. */
#include <stdio.h>
#include <string.h>

#include "common/args.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "cli/cmd.h"
#include "runner/platform.h"

struct main_command {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
};

static const struct main_command main_commands[] = {
    {"compare", "all models at several numbers of connections", cmd_run},
    {"book", "the book's scalability table, ours beside it", cmd_run},
    {"run", "one model under load", cmd_run},
    {"soak", "all models for long, among hostile clients", cmd_run},
    {"load", "the load generator alone, against any echo server", cmd_load},
    {"models", "the models of the server", cmd_models},
    {"table", "the table of a folder of records", cmd_table},
    {"plot", "the charts of a folder of records", cmd_plot},
    {"report", "one HTML page of a folder of records", cmd_report},
    {"check", "whether a folder of records is worse than another", cmd_check},
};

enum { MAIN_COMMANDS = sizeof main_commands / sizeof *main_commands };

static const struct main_command *main_find(const char *name)
{
    for (size_t i = 0; i < MAIN_COMMANDS; i++)
        if (strcmp(main_commands[i].name, name) == 0)
            return &main_commands[i];
    return NULL;
}

static int main_help(void)
{
    printf("usage: iomodels COMMAND [OPTION...]\n\n"
           "Compares the Winsock I/O models: the same echo server eight ways, "
           "every byte checked.\n\n");
    for (size_t i = 0; i < MAIN_COMMANDS; i++)
        printf("  %-10s%s\n", main_commands[i].name, main_commands[i].summary);
    printf("  %-10s%s\n\n", "help", "this, or: iomodels help COMMAND");
    printf("Exit codes: 0 fine, 1 an invalid run or record, 2 bad input, "
           "3 worse (check),\n130 interrupted.\n");
    return 0;
}

static int main_unknown(const char *name)
{
    const char *names[MAIN_COMMANDS + 2];
    for (size_t i = 0; i < MAIN_COMMANDS; i++)
        names[i] = main_commands[i].name;
    names[MAIN_COMMANDS] = "help";
    names[MAIN_COMMANDS + 1] = NULL;
    const char *near = args_nearest(name, names);
    if (near != NULL)
        complain("there is no command '%s'; did you mean %s? (iomodels help "
                 "lists all)",
                 name, near);
    else
        complain("there is no command '%s'; iomodels help lists all", name);
    return EXIT_BAD_INPUT;
}

static int main_surplus(const char *word, const char *usage)
{
    complain("unexpected argument '%s'; usage: iomodels %s", word, usage);
    return EXIT_BAD_INPUT;
}

/* "help COMMAND" is "COMMAND --help". */
static int main_help_of(char *name)
{
    static char help[] = "--help";
    char *words[] = {name, help, NULL};
    const struct main_command *command = main_find(name);
    if (strcmp(name, "help") == 0)
        return main_help();
    return command != NULL ? command->run(2, words) : main_unknown(name);
}

static int main_do(int argc, char **argv)
{
    if (argc < 2) {
        complain("which command? iomodels help lists all; iomodels compare is "
                 "the main one");
        return EXIT_BAD_INPUT;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) {
        if (argc > 2)
            return main_surplus(argv[2], "--version");
        printf("iomodels %s\n", IOMODELS_VERSION);
        return 0;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        strcmp(name, "help") == 0) {
        if (argc > 3)
            return main_surplus(argv[3], "help [COMMAND]");
        return argc > 2 ? main_help_of(argv[2]) : main_help();
    }
    const struct main_command *command = main_find(name);
    if (command == NULL)
        return main_unknown(name);
    return command->run(argc - 1, argv + 1);
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
