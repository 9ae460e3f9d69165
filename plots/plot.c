#include "plots/plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "common/process.h"
#include "common/text.h"
#include "plots/chart.h"
#include "results/book.h"

enum { PLOT_LIMIT_S = 120 }; /* of one run of gnuplot */

/* Its installer for Windows leaves PATH alone unless told otherwise. */
static char *plot_installed(void)
{
    const char *programs = getenv("ProgramFiles");
    char *path = programs != NULL
                     ? file_join(programs, "gnuplot/bin/gnuplot.exe")
                     : NULL;

    if (path != NULL && file_is_file(path))
        return path;
    free(path);
    return NULL;
}

char *plot_find_gnuplot(const char *requested)
{
    char *path = process_find(requested != NULL ? requested : "gnuplot");
    char *full = path != NULL ? file_full(path) : NULL;

    if (full == NULL && requested == NULL)
        full = plot_installed();
    if (full == NULL)
        complain("%s was not found; install gnuplot (Debian: apt-get install "
                 "gnuplot-nox; Windows: winget install gnuplot.gnuplot) or "
                 "name it with --gnuplot PROGRAM",
                 requested != NULL ? requested : "gnuplot");
    free(path);
    return full;
}

bool plot_any(const struct record_set *set)
{
    for (const struct figure *m = figure_chart(1); m != NULL;
         m = figure_chart(m->chart.place + 1))
        if (chart_known(m, set))
            return true;
    return book_is(set);
}

/* --- files ---------------------------------------------------------------- */

static const char *const plot_kinds[] = {"dat", "gp", "png", "svg"};
enum plot_kind { PLOT_DAT, PLOT_GP, PLOT_PNG, PLOT_SVG, PLOT_KINDS };

/* The path of NAME.KIND in the folder. */
static char *plot_path(const char *folder, const char *name,
                       enum plot_kind kind)
{
    return text_make("%s/%s.%s", folder, name, plot_kinds[kind]);
}

static bool plot_write(const char *folder, const char *name,
                       enum plot_kind kind, const struct text *text)
{
    char *path = plot_path(folder, name, kind);
    uint32_t code = file_write_over(path, text->data, text->length);

    if (code != 0)
        file_complain("write", path, code);
    free(path);
    return code == 0;
}

/* Writes one chart's data and script; `measure` NULL: the book's. Adds "NAME.gp
 * " to `scripts` if there is data. */
static bool plot_prepare(const struct record_set *set,
                         const struct plot_options *options,
                         const struct figure *measure, struct text *scripts)
{
    const char *name = measure != NULL ? measure->chart.name : chart_book_name;
    struct text data = {0}, script = {0};
    bool written = true;

    /* An old picture must not pass for a new one. */
    for (enum plot_kind kind = PLOT_DAT; kind < PLOT_KINDS; kind++) {
        char *path = plot_path(options->output, name, kind);

        file_delete(path);
        free(path);
    }
    if (measure != NULL)
        chart_write(measure, set, options, &data, &script);
    else
        chart_write_book(set, options, &data, &script);
    if (data.length > 0) {
        written = plot_write(options->output, name, PLOT_DAT, &data) &&
                  plot_write(options->output, name, PLOT_GP, &script);
        text_add(scripts, "%s.gp ", name);
    }
    free(data.data);
    free(script.data);
    return written;
}

/* --- gnuplot ------------------------------------------------------------- */

/* gnuplot may leave half a picture on a full disk, and exit with code 0. */
static bool plot_whole(const char *path, enum plot_kind kind)
{
    const char *end = kind == PLOT_PNG ? "IEND\xAE\x42\x60\x82" : "</svg>";
    size_t size = 0, length = strlen(end);
    char *data = NULL;
    bool whole;

    if (file_read(path, &data, &size) != 0)
        return false;
    while (size > 0 && strchr("\r\n", data[size - 1]) != NULL)
        size--;
    whole = size >= length && memcmp(data + size - length, end, length) == 0;
    free(data);
    if (!whole)
        file_delete(path);
    return whole;
}

/* Whether every script (names, a blank after each) has its whole picture. */
static bool plot_drawn(const struct plot_options *options, char *scripts,
                       enum plot_kind kind)
{
    bool drawn = true;

    for (char *at = scripts; *at != '\0'; at = strchr(at, ' ') + 1) {
        struct text name = {0};
        char *path;

        text_add_bytes(&name, at, strcspn(at, "."));
        path = plot_path(options->output, name.data, kind);
        drawn = plot_whole(path, kind) && drawn;
        free(name.data);
        free(path);
    }
    return drawn;
}

static bool plot_run(const struct plot_options *options, char *scripts)
{
    struct words argv = {0};
    struct text output = {0};
    char how[256], *said;
    bool drawn;

    words_add(&argv, options->gnuplot);
    words_split(&argv, scripts);
    drawn = process_run(argv.word, options->output, PLOT_LIMIT_S, &output, how,
                        sizeof how);
    words_free(&argv);
    if (options->png)
        drawn = plot_drawn(options, scripts, PLOT_PNG) && drawn;
    if (options->svg)
        drawn = plot_drawn(options, scripts, PLOT_SVG) && drawn;
    said = text_take(&output);
    for (char *end = said; *end != '\0'; end++)
        if (*end == '\n')
            *end = ' ';
    if (!drawn)
        complain(
            "%s failed or left no picture (%s): %s; the scripts are in "
            "%s: try one by hand, or another gnuplot with --gnuplot; is there "
            "room on the disk?",
            options->gnuplot, how, *said != '\0' ? said : "no message",
            options->output);
    free(said);
    return drawn;
}

bool plot_draw(const struct record_set *set, const struct plot_options *options)
{
    uint32_t code = file_make_folders(options->output);
    struct text scripts = {0};
    bool good;

    if (code != 0) {
        file_complain("make the folder", options->output, code);
        return false;
    }
    good = plot_prepare(set, options, NULL, &scripts);
    for (const struct figure *m = figure_chart(1); m != NULL && good;
         m = figure_chart(m->chart.place + 1))
        good = plot_prepare(set, options, m, &scripts);
    if (good && scripts.length == 0) {
        complain("no record has a figure to draw: no run came to its window; "
                 "see 'iomodels table'");
        good = false;
    }
    good = good && plot_run(options, scripts.data);
    free(scripts.data);
    return good;
}
