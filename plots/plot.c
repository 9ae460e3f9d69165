#include "plots/plot.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "common/process.h"

enum { PLOT_LIMIT_S = 120 }; /* of one run of gnuplot */

char *plot_find_gnuplot(const char *requested)
{
    char *path = process_find(requested != NULL ? requested : "gnuplot");
    const char *programs = getenv("ProgramFiles");
    /* Its installer for Windows leaves PATH alone unless told otherwise. */
    if (path == NULL && requested == NULL && programs != NULL) {
        char *installed = file_join(programs, "gnuplot/bin/gnuplot.exe");
        path = process_find(installed);
        free(installed);
    }
    char *full = path != NULL ? file_full(path) : NULL;
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
    for (const struct figure *m = chart_after(NULL); m != NULL;
         m = chart_after(m))
        if (chart_known(m, set))
            return true;
    return false;
}

bool plot_folder(const struct plot_options *options)
{
    const uint32_t code = file_make_folders(options->output);
    if (code != 0)
        file_complain("make the folder", options->output, code);
    return code == 0;
}

bool plot_write(const struct plot_options *options, const char *name,
                const struct text *data, const struct text *script)
{
    static const char *const kinds[] = {"dat", "gp", "png", "svg"};
    const struct text *texts[] = {data, script};
    uint32_t code = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && code == 0; i++) {
        char *path = text_make("%s/%s.%s", options->output, name, kinds[i]);
        file_delete(path); /* an old picture must not pass for a new one */
        if (i < sizeof texts / sizeof *texts && texts[i]->length > 0)
            code = file_write_over(path, texts[i]->data, texts[i]->length);
        if (code != 0)
            file_complain("write", path, code);
        free(path);
    }
    return code == 0;
}

/* Writes one chart's data and script, and adds its name to `charts`, if there
 * is data. */
static bool plot_prepare(const struct record_set *set,
                         const struct plot_options *options,
                         const struct figure *measure, struct words *charts)
{
    struct text data = {0}, script = {0};
    chart_write(measure, set, options, &data, &script);
    bool written = plot_write(options, measure->chart.name, &data, &script);
    if (data.length > 0)
        words_add(charts, measure->chart.name);
    free(data.data);
    free(script.data);
    return written;
}

/* gnuplot may leave half a picture on a full disk, and exit with code 0. */
static bool plot_whole(const char *folder, const char *name, const char *kind)
{
    const char *end = kind[0] == 'p' ? "IEND\xAE\x42\x60\x82" : "</svg>";
    char *path = text_make("%s/%s.%s", folder, name, kind), *data = NULL;
    size_t size = 0, length = strlen(end);
    bool whole = false;
    if (file_read(path, &data, &size) == 0) {
        while (size > 0 && strchr("\r\n", data[size - 1]) != NULL)
            size--;
        whole =
            size >= length && memcmp(data + size - length, end, length) == 0;
        free(data);
        if (!whole)
            file_delete(path);
    }
    free(path);
    return whole;
}

bool plot_run(const struct plot_options *options, const struct words *charts)
{
    struct words argv = {0};
    struct text output = {0};
    char how[256];
    words_add(&argv, options->gnuplot);
    words_add(&argv, "-d"); /* not what the user's own ~/.gnuplot sets */
    for (size_t i = 0; i < charts->count; i++)
        words_take(&argv, text_make("%s.gp", charts->word[i]));
    bool drawn = process_run(argv.word, options->output, PLOT_LIMIT_S, &output,
                             how, sizeof how);
    words_free(&argv);
    for (size_t i = 0; i < charts->count; i++) {
        const char *name = charts->word[i];
        if (options->png)
            drawn = plot_whole(options->output, name, "png") && drawn;
        if (options->svg)
            drawn = plot_whole(options->output, name, "svg") && drawn;
    }
    char *said = text_take(&output);
    for (char *end = said; *end != '\0'; end++)
        if (*end == '\n')
            *end = ' ';
    if (!drawn)
        complain(
            "%s failed or left no picture (%s); is there room on the disk? The "
            "scripts are in %s: try one by hand, or another gnuplot with "
            "--gnuplot; its output: %s",
            options->gnuplot, how, options->output,
            *said != '\0' ? said : "none");
    free(said);
    return drawn;
}

bool plot_draw(const struct record_set *set, const struct plot_options *options)
{
    struct words charts = {0};
    bool good = plot_folder(options);
    for (const struct figure *m = chart_after(NULL); m != NULL && good;
         m = chart_after(m))
        good = plot_prepare(set, options, m, &charts);
    if (good && charts.count == 0) {
        complain("no record has a figure to draw: no run reached its window; "
                 "see 'iomodels table'");
        good = false;
    }
    good = good && plot_run(options, &charts);
    words_free(&charts);
    return good;
}
