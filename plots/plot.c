#include "plots/plot.h"

#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/fs.h"
#include "plots/gnuplot.h"
#include "plots/chart.h"
#include "results/book.h"

char *plot_find_gnuplot(const char *requested)
{
    char *program = gnuplot_find(requested);

    if (program == NULL)
        complain("%s was not found; install gnuplot (Debian: apt-get install "
                 "gnuplot-nox; Windows: winget install gnuplot.gnuplot) or "
                 "name it with --gnuplot PROGRAM",
                 requested != NULL ? requested : "gnuplot");
    return program;
}

bool plot_any(const struct record_set *set)
{
    for (const struct measure *m = measure_chart(1); m != NULL;
         m = measure_chart(m->chart.place + 1))
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
    uint32_t code = fs_write_over(path, text->data, text->length);

    if (code != 0)
        fs_complain("write", path, code);
    free(path);
    return code == 0;
}

/* Writes one chart's data and script; `measure` NULL: the book's. Adds "NAME.gp
 * " to `scripts` if there is data. */
static bool plot_prepare(const struct record_set *set,
                         const struct plot_options *options,
                         const struct measure *measure, struct text *scripts)
{
    const char *name = measure != NULL ? measure->chart.name : chart_book_name;
    struct text data = {0}, script = {0};
    bool written = true;

    /* An old picture must not pass for a new one. */
    for (enum plot_kind kind = PLOT_DAT; kind < PLOT_KINDS; kind++) {
        char *path = plot_path(options->output, name, kind);

        fs_delete(path);
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

/* Whether every script (names, a blank after each) has its picture. */
static bool plot_drawn(const struct plot_options *options, char *scripts,
                       enum plot_kind kind)
{
    bool drawn = true;

    for (char *at = scripts; *at != '\0'; at = strchr(at, ' ') + 1) {
        struct text name = {0};
        char *path;

        text_add_bytes(&name, at, strcspn(at, "."));
        path = plot_path(options->output, name.data, kind);
        drawn = drawn && fs_is_file(path);
        free(name.data);
        free(path);
    }
    return drawn;
}

static bool plot_run(const struct plot_options *options, char *scripts)
{
    struct text output = {0};
    char how[256];
    bool drawn = gnuplot_run(options->gnuplot, options->output, scripts,
                             &output, how, sizeof how) &&
                 (!options->png || plot_drawn(options, scripts, PLOT_PNG)) &&
                 (!options->svg || plot_drawn(options, scripts, PLOT_SVG));

    if (!drawn)
        complain("%s failed or left no picture (%s): %s; the scripts are in "
                 "%s: try one by hand, or another gnuplot with --gnuplot",
                 options->gnuplot, how,
                 output.length > 0 ? output.data : "no message",
                 options->output);
    free(output.data);
    return drawn;
}

bool plot_draw(const struct record_set *set, const struct plot_options *options)
{
    uint32_t code = fs_make_folders(options->output);
    struct text scripts = {0};
    bool good;

    if (code != 0) {
        fs_complain("make the folder", options->output, code);
        return false;
    }
    good = plot_prepare(set, options, NULL, &scripts);
    for (const struct measure *m = measure_chart(1); m != NULL && good;
         m = measure_chart(m->chart.place + 1))
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
