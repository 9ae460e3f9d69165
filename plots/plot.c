#include "plots/plot.h"

#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/fs.h"
#include "plots/gnuplot.h"
#include "plots/plot_book.h"
#include "plots/plot_data.h"
#include "results/text.h"

char *plot_find_gnuplot(const char *asked)
{
    char *program = gnuplot_find(asked);

    if (program == NULL)
        complain("%s was not found; install gnuplot (Debian: apt-get install "
                 "gnuplot-nox; Windows: winget install gnuplot.gnuplot) or "
                 "name it with --gnuplot PROGRAM",
                 asked != NULL ? asked : "gnuplot");
    return program;
}

/* The path of NAME.KIND in the folder. */
static char *plot_path(const char *folder, const char *name, const char *kind)
{
    struct text file = {0};
    char *path;

    text_add(&file, "%s.%s", name, kind);
    path = fs_join(folder, file.data);
    free(file.data);
    return path;
}

static bool plot_write(const char *folder, const char *name, const char *kind,
                       const char *text)
{
    char *path = plot_path(folder, name, kind);
    uint32_t code = fs_write_over(path, text, strlen(text));

    if (code != 0)
        fs_complain("write", path, code);
    free(path);
    return code == 0;
}

/* An old picture must not pass for a new one. */
static void plot_clear(const char *folder, const char *name)
{
    static const char *const kinds[] = {"png", "svg", "dat", "gp"};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char *path = plot_path(folder, name, kinds[i]);

        fs_delete(path);
        free(path);
    }
}

/* Takes over the two texts; adds "NAME.gp " to `scripts` if there is data. */
static bool plot_keep(const char *folder, const char *name, char *data,
                      char *script, struct text *scripts)
{
    bool written = true;

    if (data != NULL) {
        written = plot_write(folder, name, "dat", data) &&
                  plot_write(folder, name, "gp", script);
        text_add(scripts, "%s.gp ", name);
    }
    free(data);
    free(script);
    return written;
}

static bool plot_prepare(const struct record_set *set,
                         const struct plot_options *options,
                         struct text *scripts)
{
    bool written = true;
    char *data, *script;

    for (const struct plot_figure *figure = plot_figures;
         figure->name != NULL && written; figure++) {
        plot_clear(options->output, figure->name);
        plot_data(set, figure, options, &data, &script);
        written =
            plot_keep(options->output, figure->name, data, script, scripts);
    }
    plot_clear(options->output, plot_book_name);
    plot_book_data(set, options, &data, &script);
    return plot_keep(options->output, plot_book_name, data, script, scripts) &&
           written;
}

/* Whether a picture goes on to its end: gnuplot may not tell of a disk that is
 * full. */
static bool plot_whole(const char *data, size_t size, const char *kind)
{
    const char *end =
        strcmp(kind, "png") == 0 ? "IEND\xAE\x42\x60\x82" : "</svg>";
    size_t length = strlen(end);

    while (size > 0 && strchr("\r\n", data[size - 1]) != NULL)
        size--;
    return size > length && memcmp(data + size - length, end, length) == 0;
}

/* Half a picture must not pass for a whole one. */
static bool plot_drawn(const char *folder, const char *name, const char *kind)
{
    char *path = plot_path(folder, name, kind), *data = NULL;
    size_t size = 0;
    bool drawn =
        fs_read(path, &data, &size) == 0 && plot_whole(data, size, kind);

    if (!drawn)
        fs_delete(path);
    free(data);
    free(path);
    return drawn;
}

static bool plot_lacks(const struct plot_options *options, const char *name)
{
    char *script = plot_path(options->output, name, "gp");
    bool wanted = fs_is_file(script);
    bool png = !options->png || plot_drawn(options->output, name, "png");
    bool svg = !options->svg || plot_drawn(options->output, name, "svg");

    free(script);
    return wanted && !(png && svg);
}

/* A picture that should be there and is not, or NULL. Looks at all of them. */
static const char *plot_missing(const struct plot_options *options)
{
    const char *missing =
        plot_lacks(options, plot_book_name) ? plot_book_name : NULL;

    for (const struct plot_figure *figure = plot_figures; figure->name != NULL;
         figure++)
        if (plot_lacks(options, figure->name))
            missing = figure->name;
    return missing;
}

/* What gnuplot said, on one line. */
static char *plot_log(const char *folder)
{
    char *path = fs_join(folder, GNUPLOT_LOG), *data = NULL;
    struct text line = {0};
    size_t size;

    if (fs_read(path, &data, &size) == 0)
        for (char *word = strtok(data, " \t\r\n"); word != NULL;
             word = strtok(NULL, " \t\r\n"))
            text_add(&line, "%s%s", line.length > 0 ? " " : "", word);
    free(data);
    free(path);
    return text_take(&line);
}

static bool plot_run(const struct plot_options *options, const char *scripts)
{
    char *path = fs_join(options->output, GNUPLOT_LOG), *log;
    const char *missing;
    int code = 0;
    bool ran = gnuplot_run(options->gnuplot, options->output, scripts, &code);
    bool drawn;

    missing = plot_missing(options);
    drawn = ran && code == 0 && missing == NULL;
    if (ran && !drawn) {
        log = plot_log(options->output);
        complain("%s failed (exit code %d%s%s): %s; the scripts are in %s: "
                 "try one by hand, or another gnuplot with --gnuplot; is there "
                 "room on the disk?",
                 options->gnuplot, code,
                 missing != NULL ? ", no picture of " : "",
                 missing != NULL ? missing : "",
                 log[0] != '\0' ? log : "it said nothing", options->output);
        free(log);
    }
    fs_delete(path);
    free(path);
    return drawn;
}

bool plot_draw(const struct record_set *set, const struct plot_options *options)
{
    uint32_t code = fs_make_folders(options->output);
    struct text scripts = {0};
    bool drawn = false;

    if (code != 0) {
        fs_complain("make the folder", options->output, code);
        return false;
    }
    fs_sweep(options->output);
    if (plot_prepare(set, options, &scripts)) {
        if (scripts.length > 0)
            drawn = plot_run(options, scripts.data);
        else
            complain("no record has a figure to draw: no run came to its "
                     "window; see 'iomodels table'");
    }
    free(scripts.data);
    return drawn;
}
