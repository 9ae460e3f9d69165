/* The charts of the laboratory: a row for each part of a claim that is about a
 * ratio, with its interval and the claim's bounds; and all verdicts. */
#include "plots/lab.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "plot_pieces.h"
#include "results/fields.h"
#include "results/record_file.h"

/* --- records -------------------------------------------------------------- */

/* The place of a claim among all: by its letter, then by its number. */
static long lab_place(const cJSON *record)
{
    static const char letters[] = "MADRX";
    const char *id = record_text(record, "/id");
    const char *letter = id[0] != '\0' ? strchr(letters, id[0]) : NULL;
    if (letter == NULL)
        return 1000000;
    return (long)(letter - letters) * 1000 + strtol(id + 1, NULL, 10);
}

static int lab_compare(const void *a, const void *b)
{
    long x = lab_place(*(cJSON *const *)a), y = lab_place(*(cJSON *const *)b);
    return (x > y) - (x < y);
}

struct record_set *lab_records(const char *folder)
{
    struct record_set *set = calloc_or_die(1, sizeof *set);
    bool good =
        records_read(folder, "iomodels/lab", &set->records, &set->count);
    if (good && set->count == 0)
        complain("%s has no record of an experiment; iomodels lab makes them",
                 folder);
    if (good && set->count > 0) {
        qsort(set->records, set->count, sizeof *set->records, lab_compare);
        return set;
    }
    records_free(set);
    return NULL;
}

/* --- one chart ------------------------------------------------------------ */

static bool lab_is_drawn(const cJSON *part)
{
    double low, high;
    return record_number(part, "/low", &low) && low > 0 &&
           record_number(part, "/high", &high) && high > 0;
}

bool lab_has_chart(const cJSON *record)
{
    const cJSON *part;
    cJSON_ArrayForEach (part, record_at(record, "/parts"))
        if (lab_is_drawn(part))
            return true;
    return false;
}

/* A text in double quotes, as gnuplot reads it, in lines of about `width`. */
static void lab_label(struct text *out, const char *label, size_t width)
{
    size_t length = 0;
    text_add(out, "\"");
    for (; *label != '\0'; label++, length++)
        if (*label == ' ' && length + strcspn(label + 1, " ") > width) {
            text_add(out, "\\n");
            length = 0;
        } else {
            text_add(out, *label == '"' || *label == '\\' ? "\\%c" : "%c",
                     *label);
        }
    text_add(out, "\"");
}

/* The bound of the claim, or of both that a likeness has. */
static void lab_bounds(struct text *out, const cJSON *part)
{
    const char *criterion = record_text(part, "/criterion");
    const double margin = record_number_or(part, "/margin", 0);
    const bool above = strstr(criterion, " is above ") != NULL;
    const bool below = strstr(criterion, " is below ") != NULL;
    if (above)
        text_add(out, " NaN");
    else
        text_add(out, " %.9g", 1 / (1 + margin));
    if (below)
        text_add(out, " NaN");
    else
        text_add(out, " %.9g", 1 + margin);
}

static int lab_colour(const cJSON *part)
{
    const char *verdict = record_text(part, "/verdict");
    return strcmp(verdict, "confirmed") == 0   ? 1
           : strcmp(verdict, "refuted") == 0   ? 2
           : strcmp(verdict, "undecided") == 0 ? 3
                                               : 4;
}

/* Data and what of the script is of the claims. */
struct lab_chart {
    struct text data, script;
    size_t rows;
};

static void lab_rows(struct lab_chart *chart, const cJSON *record, bool with_id)
{
    enum { LABEL = 62 };
    const cJSON *part;
    cJSON_ArrayForEach (part, record_at(record, "/parts")) {
        if (!lab_is_drawn(part))
            continue;
        chart->rows++;
        text_add(&chart->data, "%zu %.9g %.9g %.9g", chart->rows,
                 record_number_or(part, "/ratio", 0),
                 record_number_or(part, "/low", 0),
                 record_number_or(part, "/high", 0));
        lab_bounds(&chart->data, part);
        text_add(&chart->data, " %d\n", lab_colour(part));
        char *label = with_id ? text_make("%s  %s", record_text(record, "/id"),
                                          record_text(part, "/part"))
                              : text_copy(record_text(part, "/part"));
        if (chart->rows == 1)
            text_add(&chart->script, "set ytics () noenhanced scale 0\n");
        text_add(&chart->script, "set ytics add (");
        lab_label(&chart->script, label, LABEL);
        text_add(&chart->script, " %zu)\n", chart->rows);
        free(label);
    }
}

static bool lab_write(struct lab_chart *chart, const struct record_set *set,
                      const char *name, const char *title, const char *gp,
                      const struct plot_options *options)
{
    struct text script = {0}, data = {0};
    chart_head(&script, "'iomodels lab report'", name, title, set, options);
    text_add(&script, "rows = %zu\n%s\n%s\n%s", chart->rows, common_gp,
             chart->script.data, gp);
    text_add(&data, "%s", chart->data.data);
    bool written = plot_write(options, name, &data, &script);
    free(script.data);
    free(data.data);
    free(chart->data.data);
    free(chart->script.data);
    return written;
}

/* --- all of them ---------------------------------------------------------- */

/* In two columns, a line for each claim. */
static bool lab_draw_verdicts(const struct record_set *set,
                              const struct plot_options *options)
{
    enum { TOP = 130, LINE = 22, COLUMN = 490, TITLE = 40, MARKS = 312 };
    enum { MARK = 14 };
    struct lab_chart chart = {.rows = (set->count + 1) / 2};
    text_add(&chart.script, "lines = rows\nlines_top = %d\n", TOP);
    for (size_t i = 0; i < set->count; i++) {
        const cJSON *part;
        size_t x = 16 + i / chart.rows * COLUMN;
        const size_t y = TOP + i % chart.rows * LINE;
        const char *names[] = {record_text(set->records[i], "/id"),
                               record_text(set->records[i], "/title")};
        for (size_t n = 0; n < 2; n++) {
            text_add(&chart.script, "set label %zu ", 10 + 2 * i + n);
            lab_label(&chart.script, names[n], strlen(names[n]));
            text_add(&chart.script, " at %zu, %zu left noenhanced\n",
                     x + n * TITLE, y);
        }
        x += MARKS;
        cJSON_ArrayForEach (part, record_at(set->records[i], "/parts")) {
            text_add(&chart.data, "%zu %zu %d\n", x, y, lab_colour(part));
            x += MARK;
        }
    }
    return lab_write(&chart, set, "verdicts",
                     "The advice on Winsock servers, tested", verdicts_gp,
                     options);
}

bool lab_draw(const struct record_set *set, const struct plot_options *options)
{
    struct words charts = {0};
    struct lab_chart all = {.rows = 0};
    bool good = plot_folder(options);
    for (size_t i = 0; i < set->count && good; i++) {
        const cJSON *record = set->records[i];
        const char *id = record_text(record, "/id");
        struct lab_chart one = {.rows = 0};
        if (!lab_has_chart(record))
            continue;
        char *title = text_make("%s: ratios, by part", id);
        lab_rows(&one, record, false);
        lab_rows(&all, record, true);
        good = lab_write(&one, set, id, title, lab_gp, options);
        words_add(&charts, id);
        free(title);
    }
    if (good && all.rows > 0) {
        good = lab_write(&all, set, "ratios",
                         "Every claim that is about a ratio", lab_gp, options);
        words_add(&charts, "ratios");
    }
    words_add(&charts, "verdicts");
    good =
        good && lab_draw_verdicts(set, options) && plot_run(options, &charts);
    words_free(&charts);
    return good;
}
