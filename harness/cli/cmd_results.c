/* iomodels table, check, plot, report, estimate and lab report: what folders of
 * records say. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "common/args.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/number.h"
#include "common/options.h"
#include "common/text.h"
#include "plots/lab.h"
#include "results/book.h"
#include "results/check.h"
#include "results/curve.h"
#include "results/estimate.h"
#include "results/table.h"

enum {
    TABLE = 1,
    CHECK = 2,
    PLOT = 4,
    REPORT = 8,
    LAB = 16,
    ESTIMATE = 32,
    RESULTS_ARGS = 9
};

struct results {
    const char *folder[2]; /* the second one is check's candidate */
    const char *output, *format_name, *explain, *metrics, *gnuplot, *charts,
        *sort, *connections;
    uint64_t every_us, message_bytes;
    bool book, lab, wide;
    int format; /* the index of its name */
    struct check_options check;
    struct estimate estimate;
    char *command; /* as typed */
    struct record_set *set[2];
};

/* JSON carries 53 bits exactly. */
#define RESULTS_SEED_MAX  ((UINT64_C(1) << 53) - 1)
#define RESULTS_EVERY_MAX UINT64_C(86400000000)
#define FIELD(name)       offsetof(struct results, name)

static const struct results_row {
    const char *name;
    int commands;
    enum arg_kind kind;
    size_t field;
    uint64_t high;
    const char *metavar, *help;
} results_rows[] = {
    {"DIR", TABLE | PLOT | REPORT | LAB | ESTIMATE, ARG_TEXT, FIELD(folder[0]),
     0, NULL, "folder of the records"},
    {"BASELINE", CHECK, ARG_TEXT, FIELD(folder[0]), 0, NULL,
     "folder of the records to compare with"},
    {"CANDIDATE", CHECK, ARG_TEXT, FIELD(folder[1]), 0, NULL,
     "folder of the records to judge"},
    {"--connections", ESTIMATE, ARG_TEXT, FIELD(connections), 0, "LIST",
     "numbers of connections, separated by commas [100000,1000000]"},
    {"--every", ESTIMATE, ARG_TIME, FIELD(every_us), RESULTS_EVERY_MAX, "TIME",
     "time from one message of a connection to its next [10s]"},
    {"--message", ESTIMATE, ARG_SIZE, FIELD(message_bytes), OPTION_MESSAGE_MAX,
     "SIZE", "message size, for the network alone, bytes [the records']"},
    {"--format", ESTIMATE, ARG_TEXT, FIELD(format_name), 0, "NAME",
     "text, markdown or json [text]"},
    {"--format", TABLE, ARG_TEXT, FIELD(format_name), 0, "NAME",
     "text, markdown, csv, html or json (rows and findings) [text]"},
    {"--wide", TABLE, ARG_FLAG, FIELD(wide), 0, NULL,
     "all columns, in text; other formats have them always; of a curve: each "
     "rate"},
    {"--sort", TABLE, ARG_TEXT, FIELD(sort), 0, "COLUMN",
     "order within each number of connections, the best first: a column of "
     "the CSV, or model [the suite's order]"},
    {"--output", TABLE | ESTIMATE, ARG_TEXT, FIELD(output), 0, "FILE",
     "file of it [standard output]"},
    {"--book", TABLE, ARG_FLAG, FIELD(book), 0, NULL,
     "the book's table with our figures (see iomodels book)"},
    {"--explain", TABLE, ARG_TEXT, FIELD(explain), 0, "MODEL:TIER:COLUMN",
     "one cell instead of the table: its records, samples and formula; COLUMN "
     "as in the CSV without --book"},
    {"--threshold", CHECK, ARG_SHARE, FIELD(check.threshold), 0, "SHARE",
     "change that counts as a regression [5%]"},
    {"--metrics", CHECK, ARG_TEXT, FIELD(metrics), 0, "LIST", NULL},
    {"--seed", CHECK, ARG_COUNT, FIELD(check.seed), RESULTS_SEED_MAX, "N",
     "seed of the bootstrap [1]"},
    {"--format", CHECK, ARG_TEXT, FIELD(format_name), 0, "NAME",
     "text, markdown or json [text]"},
    {"--output", PLOT, ARG_TEXT, FIELD(output), 0, "DIR",
     "folder of the charts [DIR/charts]"},
    {"--output", REPORT | LAB, ARG_TEXT, FIELD(output), 0, "FILE",
     "file of the page [DIR/report.html]"},
    {"--charts", REPORT | LAB, ARG_TEXT, FIELD(charts), 0, "DIR",
     "folder of its charts [charts, beside the page]"},
    {"--gnuplot", PLOT | REPORT | LAB, ARG_TEXT, FIELD(gnuplot), 0, "PROGRAM",
     "gnuplot program [the one in PATH]"},
    {"--format", PLOT, ARG_TEXT, FIELD(format_name), 0, "LIST",
     "png, svg or both [png,svg]"},
};

/* --- output files -------------------------------------------------------- */

/* Only a run can make a record again, only a comparison its plan: both are
 * named *.json, and nothing here writes JSON into a file. */
static bool results_may_write(const char *path)
{
    size_t length = strlen(path);
    if (file_is_folder(path))
        complain("--output: %s is a folder; name a file in it", path);
    else if (length > 5 && strcmp(path + length - 5, ".json") == 0)
        complain("--output: %s may be a record or a plan, which nothing "
                 "overwrites; name another file, without .json",
                 path);
    else
        return true;
    return false;
}

/* The folder of a file with the slash: "a/" of "a/b.html", "" of "b.html". */
static char *results_folder(const char *path)
{
    return text_make("%.*s", (int)(file_name(path) - path), path);
}

/* To standard output when there is no path; makes the folders above it. */
static int results_write(const char *path, const char *text)
{
    uint32_t code = 0;

    if (path == NULL)
        return fputs(text, stdout) >= 0 ? 0 : EXIT_BAD_INPUT;
    if (!results_may_write(path))
        return EXIT_BAD_INPUT;
    char *folder = results_folder(path);
    if (folder[0] != '\0' && !file_is_folder(folder))
        code = file_make_folders(folder);
    if (code == 0)
        code = file_write_over(path, text, strlen(text));
    if (code != 0)
        file_complain("write", path, code);
    free(folder);
    return code == 0 ? 0 : EXIT_BAD_INPUT;
}

static bool results_draw(const struct results *r, const char *charts, bool png,
                         bool svg)
{
    char *program = plot_find_gnuplot(r->gnuplot);
    const struct plot_options options = {charts, program, png, svg};
    bool drawn = program != NULL && (r->lab ? lab_draw(r->set[0], &options)
                                            : plot_draw(r->set[0], &options));
    free(program);
    return drawn;
}

/* --- the commands -------------------------------------------------------- */

static int results_table(const struct results *r)
{
    const enum table_format format = (enum table_format)r->format;
    const struct table_view view = {format, r->wide, r->sort};
    const bool curve = records_are_of(r->set[0], "curve") && !r->wide &&
                       r->sort == NULL && format != TABLE_CSV &&
                       format != TABLE_JSON;
    char *text = r->explain != NULL ? explain_cell(r->set[0], r->explain)
                 : r->book          ? book_make(r->set[0], format, true)
                 : curve            ? curve_make(r->set[0], format)
                                    : table_show(r->set[0], &view);
    int code = text != NULL ? results_write(r->output, text) : EXIT_BAD_INPUT;
    free(text);
    return code;
}

static int results_check(const struct results *r)
{
    const struct record_set *const sets[] = {r->set[0], r->set[1]};
    bool worse = false;
    char *text = check_make(sets, r->folder, &r->check, &worse);
    if (text == NULL)
        return EXIT_BAD_INPUT;
    fputs(text, stdout);
    free(text);
    return worse ? EXIT_REGRESSION : 0;
}

static int results_plot(const struct results *r)
{
    char *charts = r->output != NULL ? text_copy(r->output)
                                     : file_join(r->folder[0], "charts");
    bool drawn = results_draw(r, charts, r->format != 1, r->format != 2);
    if (drawn)
        printf("%s\n", charts);
    free(charts);
    return drawn ? 0 : EXIT_BAD_INPUT;
}

static int results_report(const struct results *r)
{
    char *page = r->output != NULL ? text_copy(r->output)
                                   : file_join(r->folder[0], "report.html");
    char *above = results_folder(page), *beside = text_make("%scharts", above);
    const struct report_options report = {
        page, r->folder[0], r->charts != NULL ? r->charts : beside,
        IOMODELS_VERSION};
    int code = EXIT_BAD_INPUT;
    const bool any = r->lab || plot_any(r->set[0]);
    if (results_may_write(page) &&
        (!any || results_draw(r, report.charts, true, true))) {
        char *text = r->lab ? lab_page(r->set[0], &report)
                            : report_make(r->set[0], &report);
        if (text != NULL)
            code = results_write(page, text);
        free(text);
    }
    if (code == 0)
        printf("%s\n", page);
    free(page);
    free(above);
    free(beside);
    return code;
}

static int results_estimate(const struct results *r)
{
    static const enum table_format formats[] = {TABLE_TEXT, TABLE_MARKDOWN,
                                                TABLE_JSON};
    char *text = estimate_show(r->set[0], &r->estimate, formats[r->format]);
    int code = results_write(r->output, text);
    free(text);
    return code;
}

enum { RESULTS_FORMATS = 5 }; /* the first one of a command is the default */
static const char *const results_table_formats[RESULTS_FORMATS] = {
    "text", "markdown", "csv", "html", "json"};
static const char *const results_check_formats[RESULTS_FORMATS] = {
    "text", "markdown", "json"};
static const char *const results_plot_formats[RESULTS_FORMATS] = {
    "png,svg", "svg", "png", "svg,png"};

static const struct results_command {
    const char *name;
    int bit;
    int (*run)(const struct results *r);
    const char *const *formats;
    const char *choice, *usage, *summary;
} results_commands[] = {
    {"table", TABLE, results_table, results_table_formats,
     "text, markdown, csv, html or json", "iomodels table DIR [OPTION...]",
     "Prints the table of a folder's records."},
    {"estimate", ESTIMATE, results_estimate, results_check_formats,
     "text, markdown or json", "iomodels estimate DIR [OPTION...]",
     "Estimates what more connections would need on either side (memory, "
     "processors,\nload machines, ports, files) and which limit comes first, "
     "from what the folder's\nrecords measured."},
    {"check", CHECK, results_check, results_check_formats,
     "text, markdown or json", "iomodels check BASELINE CANDIDATE [OPTION...]",
     "Compares two folders of records; exit code 3 if the candidate is worse "
     "by more\nthan the threshold, beyond doubt."},
    {"plot", PLOT, results_plot, results_plot_formats, "png, svg or png,svg",
     "iomodels plot DIR [OPTION...]",
     "Draws the charts of a folder's records with gnuplot; keeps the data and "
     "scripts\nbeside them."},
    {"report", REPORT, results_report, NULL, NULL,
     "iomodels report DIR [OPTION...]",
     "Writes one HTML page of a folder's records: table, charts, machine and "
     "method,\nthe validity of each run. It needs no network and no script."},
    {"lab report", LAB, results_report, NULL, NULL,
     "iomodels lab report DIR [OPTION...]",
     "Writes one HTML page of a folder of experiments: each claim, its "
     "verdict, how it\nwas tested, and what it means. It needs no network and "
     "no script."},
};

/* --- what was typed ------------------------------------------------------ */

/* Marks the metrics of the list; `all` are their names. */
static bool results_metrics(struct results *r, const char *all)
{
    for (const char *at = r->metrics;; at++) {
        size_t length = strcspn(at, ",");
        int i = 1;

        while (figure_check(i) != NULL &&
               (strlen(figure_check(i)->check.name) != length ||
                strncmp(figure_check(i)->check.name, at, length) != 0))
            i++;
        if (figure_check(i) == NULL) {
            complain("--metrics: '%.*s' is unknown; use %s", (int)length, at,
                     all);
            return false;
        }
        r->check.metrics |= (uint32_t)1 << i;
        at += length;
        if (*at == '\0')
            return true;
    }
}

/* The connections of an estimate, a list, and its other options. */
static bool results_estimates(struct results *r, int argc, char **argv)
{
    struct text command = {0};
    const char *at = r->connections;
    bool good = r->every_us > 0;

    if (!good)
        complain("--every: 0 is out of range; give 1us to 24h");
    r->estimate.every_s = (double)r->every_us / 1e6;
    r->estimate.message_bytes = (double)r->message_bytes;
    for (; good && at != NULL;
         at = strchr(at, ',') != NULL ? strchr(at, ',') + 1 : NULL) {
        char *one = text_make("%.*s", (int)strcspn(at, ","), at);
        uint64_t count = 0;
        good = r->estimate.count < ESTIMATE_SIZES &&
               number_read(NUMBER_COUNT, one, &count) && count > 0;
        if (good)
            r->estimate.connections[r->estimate.count++] = (double)count;
        else
            complain("--connections: '%s' is not a list of at most %d whole "
                     "numbers such as 100k,1000000",
                     r->connections, ESTIMATE_SIZES);
        free(one);
    }
    text_add(&command, "iomodels");
    for (int i = 0; i < argc; i++)
        text_add(&command, " %s", argv[i]);
    r->estimate.command = r->command = text_take(&command);
    return good;
}

static bool results_consistent(struct results *r,
                               const struct results_command *command,
                               const char *all)
{
    if (!(r->check.threshold > 0) || r->check.threshold >= 1) {
        complain("--threshold: %.3g %% is out of range; give more than 0 %% "
                 "and less than 100 %%",
                 100 * r->check.threshold);
        return false;
    }
    while (r->format_name != NULL &&
           strcmp(command->formats[r->format], r->format_name) != 0)
        if (++r->format == RESULTS_FORMATS ||
            command->formats[r->format] == NULL) {
            complain("--format: '%s' is unknown; use %s", r->format_name,
                     command->choice);
            return false;
        }
    if (r->explain != NULL && r->format != TABLE_TEXT) {
        complain("--explain is text; leave out --format %s", r->format_name);
        return false;
    }
    if (r->book && (r->format == TABLE_JSON || r->wide || r->sort != NULL)) {
        complain("--book has one table: leave out --wide, --sort and --format "
                 "json, or --book");
        return false;
    }
    if (!options_sort(r->sort))
        return false;
    r->check.format = (enum check_format)r->format;
    return results_metrics(r, all);
}

static int results_go(struct results *r, const struct results_command *command)
{
    int code = EXIT_BAD_INPUT;
    r->lab = command->bit == LAB;
    r->set[0] = r->lab ? lab_records(r->folder[0]) : records_load(r->folder[0]);
    if (r->set[0] != NULL && r->folder[1] != NULL)
        r->set[1] = records_load(r->folder[1]);
    if (r->set[0] != NULL && (r->folder[1] == NULL || r->set[1] != NULL))
        code = command->run(r);
    records_free(r->set[0]);
    records_free(r->set[1]);
    return code;
}

int cmd_results(int argc, char **argv)
{
    const struct results_command *command = results_commands;
    struct results r = {.connections = "100000,1000000",
                        .every_us = 10000000,
                        .check = {.threshold = 0.05, .seed = 1}};
    struct arg args[RESULTS_ARGS] = {{0}};
    struct text names = {0};
    size_t count = 0, positional = 0;
    while (strcmp(command->name, argv[0]) != 0)
        command++;
    for (int i = 1; figure_check(i) != NULL; i++)
        text_add(&names, "%s%s", i > 1 ? "," : "", figure_check(i)->check.name);
    char *all = text_take(&names);
    char *metrics = text_make("metrics to compare [%s]", all);
    r.metrics = all;
    for (size_t i = 0; i < sizeof results_rows / sizeof *results_rows; i++) {
        const struct results_row *row = &results_rows[i];
        if ((row->commands & command->bit) == 0)
            continue;
        args[count++] = (struct arg){row->name,
                                     row->kind,
                                     (char *)&r + row->field,
                                     0,
                                     row->high,
                                     row->metavar,
                                     row->help != NULL ? row->help : metrics};
        positional += row->name[0] != '-';
    }
    const struct arg_command parsed = {command->usage, command->summary, args,
                                       positional};
    enum args_result result = args_parse(&parsed, argc, argv);
    int code = result == ARGS_HELP ? 0 : EXIT_BAD_INPUT;
    if (result == ARGS_GO && results_consistent(&r, command, all) &&
        results_estimates(&r, argc, argv))
        code = results_go(&r, command);
    free(r.command);
    free(metrics);
    free(all);
    return code;
}
