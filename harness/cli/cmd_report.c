#include "cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/die.h"
#include "common/fs.h"
#include "cli/output.h"
#include "plots/plot.h"
#include "plots/plot_data.h"
#include "plots/report/report.h"
#include "results/text.h"

struct cmd_report {
    const char *folder, *output, *asked, *gnuplot;
    char *page, *charts; /* where they go; `asked` for the charts, or NULL */
};

/* "a/" of "a/report.html", "" of "report.html". */
static char *cmd_report_folder(const char *page)
{
    const char *end = page + strlen(page);
    struct text folder = {0};

    while (end > page && strchr("/\\", end[-1]) == NULL)
        end--;
    text_add_bytes(&folder, page, (size_t)(end - page));
    return text_take(&folder);
}

/* Charts lie beside the page unless asked elsewhere: "a/report.html" and
 * "a/charts". */
static char *cmd_report_beside(const char *page, const char *name)
{
    char *folder = cmd_report_folder(page), *path = fs_join(folder, name);

    free(folder);
    return path;
}

static bool cmd_report_any_chart(const struct record_set *set)
{
    const struct plot_options none = {0};
    bool any = false;

    for (const struct plot_figure *figure = plot_figures;
         figure->name != NULL && !any; figure++) {
        char *data, *script;

        plot_data(set, figure, &none, &data, &script);
        any = data != NULL;
        free(data);
        free(script);
    }
    return any;
}

static bool cmd_report_draw(const struct cmd_report *c,
                            const struct record_set *set)
{
    struct plot_options options = {
        .output = c->charts, .png = true, .svg = true};
    char *program;
    bool drawn;

    if (!cmd_report_any_chart(set))
        return true;
    options.gnuplot = program = plot_find_gnuplot(c->gnuplot);
    drawn = program != NULL && plot_draw(set, &options);
    free(program);
    return drawn;
}

static bool cmd_report_write(const struct cmd_report *c,
                             const struct record_set *set)
{
    char *records = report_link(c->page, c->folder);
    char *charts = report_link(c->page, c->charts);
    struct report_options options = {c->charts, IOMODELS_VERSION, records,
                                     charts};
    char *text = report_make(set, &options);
    bool written = text != NULL && output_write("--output", c->page, text);

    free(text);
    free(charts);
    free(records);
    return written;
}

static int cmd_report_go(struct cmd_report *c)
{
    struct record_set *set = records_load(c->folder);
    bool good;

    if (set == NULL)
        return EXIT_BAD_INPUT;
    c->page = c->output != NULL ? text_copy(c->output)
                                : fs_join(c->folder, "report.html");
    c->charts = c->asked != NULL ? text_copy(c->asked)
                                 : cmd_report_beside(c->page, "charts");
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
        {"DIR", ARG_TEXT, &c.folder, 0, 0, NULL, "the folder of the records"},
        {"--output", ARG_TEXT, &c.output, 0, 0, "FILE",
         "the page (DIR/report.html)"},
        {"--charts", ARG_TEXT, &c.asked, 0, 0, "DIR",
         "where its charts go, and its links to their data lead (charts, "
         "beside the page)"},
        {"--gnuplot", ARG_TEXT, &c.gnuplot, 0, 0, "PROGRAM",
         "the gnuplot to use (found by itself)"},
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
