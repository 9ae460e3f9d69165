#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/die.h"
#include "common/fs.h"
#include "plots/plot.h"

/* "png,svg" in any order, each at most once counted. */
static bool cmd_plot_formats(const char *list, struct plot_options *options)
{
    const char *at = list;

    while (*at != '\0') {
        size_t length = strcspn(at, ",");

        if (length == 3 && strncmp(at, "png", length) == 0) {
            options->png = true;
        } else if (length == 3 && strncmp(at, "svg", length) == 0) {
            options->svg = true;
        } else {
            complain("--format: '%s' is unknown; use png, svg or png,svg",
                     list);
            return false;
        }
        at += length;
        at += *at == ',';
    }
    if (!options->png && !options->svg) {
        complain("--format is empty; use png, svg or png,svg");
        return false;
    }
    return true;
}

static int cmd_plot_draw(const char *folder, struct plot_options *options)
{
    struct record_set *set = records_load(folder);
    char *charts = NULL, *program;
    bool drawn = false;

    if (set == NULL)
        return EXIT_BAD_INPUT;
    program = plot_find_gnuplot(options->gnuplot);
    if (options->output == NULL)
        options->output = charts = fs_join(folder, "charts");
    options->gnuplot = program;
    if (program != NULL)
        drawn = plot_draw(set, options);
    if (drawn)
        printf("%s\n", options->output);
    free(program);
    free(charts);
    records_free(set);
    return drawn ? 0 : EXIT_BAD_INPUT;
}

int cmd_plot(int argc, char **argv)
{
    struct plot_options options = {0};
    const char *folder = NULL, *formats = "png,svg";
    const struct arg args[] = {
        {"DIR", ARG_TEXT, &folder, 0, 0, NULL, "the folder of the records"},
        {"--output", ARG_TEXT, &options.output, 0, 0, "DIR",
         "folder of the charts (DIR/charts)"},
        {"--gnuplot", ARG_TEXT, &options.gnuplot, 0, 0, "PROGRAM",
         "the gnuplot to use (found by itself)"},
        {"--format", ARG_TEXT, &formats, 0, 0, "LIST",
         "png, svg or both (png,svg)"},
        {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL},
    };
    const struct arg_command command = {
        "iomodels plot DIR [OPTION...]",
        "Draws the charts of a folder's records with gnuplot, and leaves the "
        "data and scripts beside them.",
        args, 1};

    switch (args_parse(&command, argc, argv)) {
    case ARGS_HELP:
        return 0;
    case ARGS_BAD:
        return EXIT_BAD_INPUT;
    case ARGS_GO:
        break;
    }
    if (!cmd_plot_formats(formats, &options))
        return EXIT_BAD_INPUT;
    return cmd_plot_draw(folder, &options);
}
