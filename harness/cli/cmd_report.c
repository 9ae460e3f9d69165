#include "cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/errors.h"
#include "common/file.h"
#include "cli/output.h"
#include "plots/plot.h"
#include "plots/report.h"
#include "common/text.h"

struct cmd_report {
    const char *folder, *output, *requested, *gnuplot;
    char *page,
        *charts; /* where they go; `requested` for the charts, or NULL */
};

/* "a/charts" for "a/report.html". */
static char *cmd_report_beside(const char *page)
{
    struct text path = {0};

    text_add_bytes(&path, page, (size_t)(file_name(page) - page));
    text_add(&path, "charts");
    return text_take(&path);
}

static bool cmd_report_draw(const struct cmd_report *c,
                            const struct record_set *set)
{
    struct plot_options options = {
        .output = c->charts, .png = true, .svg = true};
    char *program;
    bool drawn;

    if (!plot_any(set))
        return true;
    options.gnuplot = program = plot_find_gnuplot(c->gnuplot);
    drawn = program != NULL && plot_draw(set, &options);
    free(program);
    return drawn;
}

static bool cmd_report_write(const struct cmd_report *c,
                             const struct record_set *set)
{
    struct report_options options = {c->page, c->folder, c->charts,
                                     IOMODELS_VERSION};
    char *text = report_make(set, &options);
    bool written = text != NULL && output_write("--output", c->page, text);

    free(text);
    return written;
}

static int cmd_report_go(struct cmd_report *c)
{
    struct record_set *set = records_load(c->folder);
    bool good;

    if (set == NULL)
        return EXIT_BAD_INPUT;
    c->page = c->output != NULL ? text_copy(c->output)
                                : file_join(c->folder, "report.html");
    c->charts = c->requested != NULL ? text_copy(c->requested)
                                     : cmd_report_beside(c->page);
    good = output_may("--output", c->page) && cmd_report_draw(c, set) &&
           cmd_report_write(c, set);
    if (good)
        printf("%s\n", c->page);
    free(c->page);
    free(c->charts);
    records_free(set);
    return good ? 0 : EXIT_BAD_INPUT;
}

int cmd_report(int argc, char **argv)
{
    struct cmd_report c = {0};
    const struct arg args[] = {
        {"DIR", ARG_TEXT, &c.folder, 0, 0, NULL, "folder of the records"},
        {"--output", ARG_TEXT, &c.output, 0, 0, "FILE",
         "file of the page [DIR/report.html]"},
        {"--charts", ARG_TEXT, &c.requested, 0, 0, "DIR",
         "folder of its charts [charts, beside the page]"},
        {"--gnuplot", ARG_TEXT, &c.gnuplot, 0, 0, "PROGRAM",
         "gnuplot program [where it is usually found]"},
        {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL},
    };
    const struct arg_command command = {
        "iomodels report DIR [OPTION...]",
        "Writes one HTML page of a folder's records: table, charts, machine "
        "and method,\nthe validity of each run. It needs no network and no "
        "script.",
        args, 1};

    switch (args_parse(&command, argc, argv)) {
    case ARGS_HELP:
        return 0;
    case ARGS_BAD:
        return EXIT_BAD_INPUT;
    case ARGS_GO:
        break;
    }
    return cmd_report_go(&c);
}
