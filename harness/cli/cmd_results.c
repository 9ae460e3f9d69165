/* iomodels table, check, plot and report: what folders of records say. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cJSON.h>

#include "cli/cmd.h"
#include "common/args.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/text.h"
#include "plots/plot.h"
#include "plots/report.h"
#include "results/book.h"
#include "results/check.h"
#include "results/explain.h"
#include "results/table.h"

/* False: nothing is left to do, and *code is the program's. */
static bool results_parse(const struct arg_command *command, int argc,
                          char **argv, int *code)
{
    enum args_result result = args_parse(command, argc, argv);

    *code = result == ARGS_HELP ? 0 : EXIT_BAD_INPUT;
    return result == ARGS_GO;
}

/* The index of --format in `names`, which end with NULL; -1 after one line. */
static int results_format(const char *format, const char *const *names,
                          const char *choice)
{
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], format) == 0)
            return i;
    complain("--format: '%s' is unknown; use %s", format, choice);
    return -1;
}

/* --- output files -------------------------------------------------------- */

/* Whether only a run, or the start of a comparison, can make the file again. */
static bool results_is_kept(const char *path)
{
    static const char *const kept[] = {"iomodels/run", "iomodels/plan",
                                       "iomodels/refused"};
    char *data;
    size_t size;
    bool is = false;

    if (!file_is_file(path) || file_read(path, &data, &size) != 0)
        return false;
    cJSON *value = cJSON_Parse(data);
    const char *schema =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(value, "schema"));
    for (size_t i = 0; schema != NULL && i < sizeof kept / sizeof *kept; i++)
        is = is || strcmp(schema, kept[i]) == 0;
    cJSON_Delete(value);
    free(data);
    return is;
}

/* Whether --output may be written, before the work; NULL: standard output. */
static bool results_may_write(const char *path)
{
    if (path == NULL)
        return true;
    if (file_is_folder(path))
        complain("--output: %s is a folder; name a file in it", path);
    else if (results_is_kept(path))
        complain(
            "--output: %s is a record or a plan, which nothing overwrites; "
            "name another file",
            path);
    else
        return true;
    return false;
}

/* The folder of a file with the slash: "a/" of "a/b.html", "" of "b.html". */
static char *results_folder(const char *path)
{
    size_t length = strlen(path);
    struct text folder = {0};

    while (length > 0 && strchr("/\\", path[length - 1]) == NULL)
        length--;
    text_add_bytes(&folder, path, length);
    return text_take(&folder);
}

/* Makes the folders above it, too. */
static bool results_write(const char *path, const char *text)
{
    uint32_t code = 0;

    if (path == NULL)
        return fputs(text, stdout) >= 0;
    if (!results_may_write(path))
        return false;
    char *folder = results_folder(path);
    if (folder[0] != '\0' && !file_is_folder(folder))
        code = file_make_folders(folder);
    if (code == 0)
        code = file_write_over(path, text, strlen(text));
    if (code != 0)
        file_complain("write", path, code);
    free(folder);
    return code == 0;
}

/* --- table --------------------------------------------------------------- */

int cmd_table(int argc, char **argv)
{
    static const char *const formats[] = {"text", "markdown", "csv", "html",
                                          NULL};
    const char *folder = NULL, *format_name = formats[0], *output = NULL;
    const char *explain = NULL;
    bool book = false;
    const struct arg args[] = {
        {"DIR", ARG_TEXT, &folder, 0, 0, NULL, "folder of the records"},
        {"--format", ARG_TEXT, &format_name, 0, 0, "NAME",
         "text, markdown, csv or html [text]"},
        {"--output", ARG_TEXT, &output, 0, 0, "FILE",
         "file of the table [standard output]"},
        {"--book", ARG_FLAG, &book, 0, 0, NULL,
         "the table of the book beside ours (see iomodels book)"},
        {"--explain", ARG_TEXT, &explain, 0, 0, "MODEL:TIER:COLUMN",
         "instead: the records, samples and formula of that cell, its column "
         "named as in the CSV without --book"},
        {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL},
    };
    const struct arg_command command = {
        "iomodels table DIR [OPTION...]",
        "Prints the table of a folder's records.", args, 1};
    int code;

    if (!results_parse(&command, argc, argv, &code))
        return code;
    int format =
        results_format(format_name, formats, "text, markdown, csv or html");
    if (format < 0 || !results_may_write(output))
        return EXIT_BAD_INPUT;
    if (explain != NULL && format != TABLE_TEXT) {
        complain("--explain is text; leave out --format %s", format_name);
        return EXIT_BAD_INPUT;
    }
    struct record_set *set = records_load(folder);
    if (set == NULL)
        return EXIT_BAD_INPUT;
    char *text = explain != NULL ? explain_cell(set, explain)
                 : book          ? book_make(set, (enum table_format)format)
                                 : table_make(set, (enum table_format)format);
    bool good = text != NULL && results_write(output, text);
    free(text);
    records_free(set);
    return good ? 0 : EXIT_BAD_INPUT;
}

/* --- check --------------------------------------------------------------- */

/* JSON carries 53 bits exactly. */
#define RESULTS_SEED_MAX ((UINT64_C(1) << 53) - 1)

static bool results_metrics(const char *list, const char *all,
                            struct check_options *options)
{
    for (const char *at = list;; at++) {
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
        options->metrics |= (uint32_t)1 << i;
        at += length;
        if (*at == '\0')
            return true;
    }
}

static int results_compare(const char *const folders[2],
                           const struct check_options *options)
{
    struct record_set *sets[2] = {records_load(folders[0]), NULL};
    int code = EXIT_BAD_INPUT;

    if (sets[0] != NULL)
        sets[1] = records_load(folders[1]);
    const struct record_set *const both[] = {sets[0], sets[1]};
    bool worse = false;
    char *text =
        sets[1] != NULL ? check_make(both, folders, options, &worse) : NULL;
    if (text != NULL) {
        fputs(text, stdout);
        code = worse ? EXIT_REGRESSION : 0;
    }
    free(text);
    records_free(sets[0]);
    records_free(sets[1]);
    return code;
}

/* `all`: the names of the metrics. */
static int results_check(int argc, char **argv, const char *all,
                         const char *metrics_help)
{
    static const char *const formats[] = {"text", "markdown", "json", NULL};
    struct check_options options = {.threshold = 0.05, .seed = 1};
    const char *folders[2] = {NULL, NULL}, *format_name = formats[0];
    const char *metrics = all;
    const struct arg args[] = {
        {"BASELINE", ARG_TEXT, &folders[0], 0, 0, NULL,
         "folder of the records to compare with"},
        {"CANDIDATE", ARG_TEXT, &folders[1], 0, 0, NULL,
         "folder of the records to judge"},
        {"--threshold", ARG_SHARE, &options.threshold, 0, 0, "SHARE",
         "change that counts as a regression [5%]"},
        {"--metrics", ARG_TEXT, &metrics, 0, 0, "LIST", metrics_help},
        {"--seed", ARG_COUNT, &options.seed, 0, RESULTS_SEED_MAX, "N",
         "seed of the bootstrap [1]"},
        {"--format", ARG_TEXT, &format_name, 0, 0, "NAME",
         "text, markdown or json [text]"},
        {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL},
    };
    const struct arg_command command = {
        "iomodels check BASELINE CANDIDATE [OPTION...]",
        "Compares two folders of records; exit code 3 if the candidate is "
        "worse by more\nthan the threshold, beyond doubt.",
        args, 2};
    int code;

    if (!results_parse(&command, argc, argv, &code))
        return code;
    if (!(options.threshold > 0) || options.threshold >= 1) {
        complain("--threshold: %.3g %% is out of range; give more than 0 %% "
                 "and less than 100 %%",
                 100 * options.threshold);
        return EXIT_BAD_INPUT;
    }
    int format = results_format(format_name, formats, "text, markdown or json");
    if (format < 0 || !results_metrics(metrics, all, &options))
        return EXIT_BAD_INPUT;
    options.format = (enum check_format)format;
    return results_compare(folders, &options);
}

int cmd_check(int argc, char **argv)
{
    struct text list = {0};

    for (int i = 1; figure_check(i) != NULL; i++)
        text_add(&list, "%s%s", i > 1 ? "," : "", figure_check(i)->check.name);
    char *all = text_take(&list);
    char *help = text_make("metrics to compare [%s]", all);
    int code = results_check(argc, argv, all, help);
    free(help);
    free(all);
    return code;
}

/* --- plot and report ----------------------------------------------------- */

static const char results_gnuplot[] =
    "gnuplot program [where it is usually found]";

static bool results_draw(const struct record_set *set,
                         struct plot_options *options, const char *gnuplot)
{
    char *program = plot_find_gnuplot(gnuplot);

    options->gnuplot = program;
    bool drawn = program != NULL && plot_draw(set, options);
    free(program);
    return drawn;
}

int cmd_plot(int argc, char **argv)
{
    static const char *const formats[] = {"png", "svg", "png,svg", "svg,png",
                                          NULL};
    const char *folder = NULL, *format_name = formats[2], *gnuplot = NULL;
    const char *output = NULL;
    const struct arg args[] = {
        {"DIR", ARG_TEXT, &folder, 0, 0, NULL, "folder of the records"},
        {"--output", ARG_TEXT, &output, 0, 0, "DIR",
         "folder of the charts [DIR/charts]"},
        {"--gnuplot", ARG_TEXT, &gnuplot, 0, 0, "PROGRAM", results_gnuplot},
        {"--format", ARG_TEXT, &format_name, 0, 0, "LIST",
         "png, svg or both [png,svg]"},
        {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL},
    };
    const struct arg_command command = {
        "iomodels plot DIR [OPTION...]",
        "Draws the charts of a folder's records with gnuplot, and leaves the "
        "data and scripts beside them.",
        args, 1};
    int code;

    if (!results_parse(&command, argc, argv, &code))
        return code;
    int format = results_format(format_name, formats, "png, svg or png,svg");
    struct record_set *set = format >= 0 ? records_load(folder) : NULL;
    if (set == NULL)
        return EXIT_BAD_INPUT;
    char *charts =
        output != NULL ? text_copy(output) : file_join(folder, "charts");
    struct plot_options options = {
        .output = charts, .png = format != 1, .svg = format != 0};
    bool drawn = results_draw(set, &options, gnuplot);
    if (drawn)
        printf("%s\n", charts);
    free(charts);
    records_free(set);
    return drawn ? 0 : EXIT_BAD_INPUT;
}

static bool results_report(const struct record_set *set,
                           const struct report_options *report,
                           const char *gnuplot)
{
    struct plot_options options = {
        .output = report->charts, .png = true, .svg = true};

    if (!results_may_write(report->page) ||
        (plot_any(set) && !results_draw(set, &options, gnuplot)))
        return false;
    char *text = report_make(set, report);
    bool written = text != NULL && results_write(report->page, text);
    free(text);
    return written;
}

int cmd_report(int argc, char **argv)
{
    const char *folder = NULL, *output = NULL, *charts = NULL, *gnuplot = NULL;
    const struct arg args[] = {
        {"DIR", ARG_TEXT, &folder, 0, 0, NULL, "folder of the records"},
        {"--output", ARG_TEXT, &output, 0, 0, "FILE",
         "file of the page [DIR/report.html]"},
        {"--charts", ARG_TEXT, &charts, 0, 0, "DIR",
         "folder of its charts [charts, beside the page]"},
        {"--gnuplot", ARG_TEXT, &gnuplot, 0, 0, "PROGRAM", results_gnuplot},
        {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL},
    };
    const struct arg_command command = {
        "iomodels report DIR [OPTION...]",
        "Writes one HTML page of a folder's records: table, charts, machine "
        "and method,\nthe validity of each run. It needs no network and no "
        "script.",
        args, 1};
    int code;

    if (!results_parse(&command, argc, argv, &code))
        return code;
    struct record_set *set = records_load(folder);
    if (set == NULL)
        return EXIT_BAD_INPUT;
    char *page =
        output != NULL ? text_copy(output) : file_join(folder, "report.html");
    char *above = results_folder(page);
    char *beside = text_make("%scharts", above);
    struct report_options report = {
        page, folder, charts != NULL ? charts : beside, IOMODELS_VERSION};
    bool good = results_report(set, &report, gnuplot);
    if (good)
        printf("%s\n", page);
    free(page);
    free(above);
    free(beside);
    records_free(set);
    return good ? 0 : EXIT_BAD_INPUT;
}
