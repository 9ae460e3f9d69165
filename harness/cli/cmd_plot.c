#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/errors.h"
#include "common/file.h"
#include "plots/plot.h"

static bool cmd_plot_formats(const char *list, struct plot_options *options)
{
    bool both = strcmp(list, "png,svg") == 0 || strcmp(list, "svg,png") == 0;

    options->png = both || strcmp(list, "png") == 0;
    options->svg = both || strcmp(list, "svg") == 0;
    if (!options->png && !options->svg)
        complain("--format: '%s' is unknown; use png, svg or png,svg", list);
    return options->png || options->svg;
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
        options->output = charts = file_join(folder, "charts");
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
        {"DIR", ARG_TEXT, &folder, 0, 0, NULL, "folder of the records"},
        {"--output", ARG_TEXT, &options.output, 0, 0, "DIR",
         "folder of the charts [DIR/charts]"},
        {"--gnuplot", ARG_TEXT, &options.gnuplot, 0, 0, "PROGRAM",
         "gnuplot program [where it is usually found]"},
        {"--format", ARG_TEXT, &formats, 0, 0, "LIST",
         "png, svg or both [png,svg]"},
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
