/* What gnuplot is given to draw. */
#include <math.h>
#include <stdio.h>

#include "book_records.h"
#include "plots/plot_book.h"
#include "plots/plot_parts.h"

static const struct plot_options options = {"x", "gnuplot", true, true};

static const struct run runs[] = {
    {"iocp", 12000, 12000, 5000000, "", ""},
    {"nonblocking", 12000, 12000, 5000000, "", ""},
};

static void set_invalid(struct record_set *set, const char *model)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(
                       cJSON_GetObjectItem(set->records[i], "asked"), "model")),
                   model) == 0)
            cJSON_ReplaceItemInObject(set->records[i], "valid",
                                      cJSON_CreateFalse());
}

/* A bar of runs that are not valid is told from others. */
static void test_book_bars(void **state)
{
    struct record_set *set = make_set(runs, COUNT(runs));
    char *data, *script;

    (void)state;
    plot_book_data(set, &options, &data, &script);
    holds(data, " 0 1 \"nonblocking 12,000\"");
    holds(data, " 0 1 \"iocp 12,000\"");
    holds(script, "hollow = ''\n");
    lacks(script, "hollow, what was reached");
    free(data);
    free(script);
    set_invalid(set, "iocp");
    plot_book_data(set, &options, &data, &script);
    holds(data, " 0 1 \"nonblocking 12,000\"");
    holds(data, " 0 0 \"iocp 12,000\"");
    holds(script, "hollow = 'here, not valid'\n");
    holds(script, "1 row of ours is not valid: hollow, what was reached");
    free(data);
    free(script);
    records_free(set);
}

static const struct plot_figure *threads(void)
{
    const struct plot_figure *figure = plot_figures;

    while (strcmp(figure->name, "threads") != 0)
        figure++;
    return figure;
}

/* The book attempted fewer in its last tier than we do. */
static void test_book_attempts(void **state)
{
    static const struct run tiers[] = {
        {"event_select", 12000, 12000, 5000000, "", ""},
        {"event_select", 50000, 50000, 5000000, "", ""},
        {"iocp", 50000, 50000, 5000000, "", ""},
    };
    struct record_set *set = make_set(tiers, COUNT(tiers));
    char *data, *script;

    (void)state;
    plot_book_data(set, &options, &data, &script);
    holds(data, " \"event_select 12,000\"\n");
    holds(data, " \"event_select 50,000 (book 46,000)\"\n");
    holds(data, " \"iocp 50,000\"\n");
    holds(script, "letters = 33\n");
    free(data);
    free(script);
    records_free(set);
}

/* What the bars are called. */
static void test_bars(void **state)
{
    static const struct {
        size_t runs;
        const char *says;
    } cases[] = {
        {1, "; one run a point'\n"},
        {3, "Bars: the lowest to the highest of 3 runs.\"\n"},
        {5, "Bars: the bootstrap 95 % interval of the median.\"\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run same[8];
        struct record_set *set;
        char *data, *script;

        for (size_t k = 0; k < cases[i].runs; k++)
            same[k] = runs[0];
        set = make_set(same, cases[i].runs);
        plot_data(set, threads(), &options, &data, &script);
        holds(script, cases[i].says);
        free(data);
        free(script);
        records_free(set);
    }
}

enum { LINES = 8 };

/* All models at the tiers given, which end with 0. */
static struct record_set *lines_of(const int *tiers)
{
    static const char *const models[LINES] = {
        "blocking",     "nonblocking", "select", "async_select",
        "event_select", "overlapped",  "apc",    "iocp"};
    struct run all[4 * LINES];
    size_t count = 0;

    for (; *tiers != 0; tiers++)
        for (size_t i = 0; i < LINES; i++)
            all[count++] = (struct run){models[i], *tiers, *tiers, 1, "", ""};
    return make_set(all, count);
}

/* Draws eight lines; the widest distance from a tier, as a natural logarithm.
 * No two points of a tier are in one place. */
static double spread(const int *tiers, char **script)
{
    struct record_set *set = lines_of(tiers);
    double widest = 0, last = 0;
    char *data, *line;

    plot_data(set, threads(), &options, &data, script);
    assert_non_null(data);
    for (line = data; *line != '\0'; line = strchr(line, '\n') + 1) {
        double series, tier, x, away;

        if (sscanf(line, "%lf %lf %lf", &series, &tier, &x) != 3)
            continue;
        away = fabs(log(x / tier));
        widest = away > widest ? away : widest;
        assert_true(fabs(log(x) - last) > 0.01);
        last = log(x);
    }
    free(data);
    records_free(set);
    return widest;
}

/* A point plainly belongs to its tier, and hides none where there is room. */
static void test_sideways(void **state)
{
    static const int book[] = {7000, 12000, 0}, far[] = {10, 100, 10000, 0},
                     near[] = {1000, 1100, 9000, 0}, one[] = {100, 0};
    static const char clear[] = "sideways, so that none hides another.";
    const double pixels = PLOT_RIGHT - PLOT_LEFT, marker = 10;
    char *script;
    double widest;

    (void)state;
    widest = spread(book, &script);
    assert_true(2 * widest < 0.25 * log(12000.0 / 7000));
    holds(script, "set xtics ('7,000' 7000, '12,000' 12000)\n"
                  "set xrange [5642.41:14887.3]");
    assert_true(2 * widest / 7 > marker * log(14887.3 / 5642.41) / pixels);
    holds(script, clear);
    free(script);
    /* Not farther than needed. */
    widest = spread(far, &script);
    assert_true(2 * widest < 0.6 * log(10));
    holds(script, clear);
    free(script);
    widest = spread(one, &script);
    assert_true(widest < log(1.2));
    holds(script, clear);
    free(script);
    /* No room: nothing is promised. */
    widest = spread(near, &script);
    assert_true(2 * widest < 0.6 * log(1.1) + 1e-4);
    lacks(script, clear);
    holds(script, "are set apart sideways.");
    free(script);
}

/* The runs, with as many threads. */
static struct record_set *threads_of(const int *most, size_t count)
{
    struct record_set *set = make_set(runs, count);

    for (size_t i = 0; i < count; i++)
        cJSON_SetNumberValue(
            cJSON_GetObjectItem(cJSON_GetObjectItem(set->records[i], "threads"),
                                "max"),
            most[i]);
    return set;
}

/* From zero on where values are near each other, else cut to the data; what
 * tics say. */
static void test_scale(void **state)
{
    static const struct {
        int most[2];
        const char *says;
    } cases[] = {
        {{3, 29}, "logarithmic = 0\nset yrange [0:*]\n"},
        {{0, 29}, "logarithmic = 0\nset yrange [0:*]\n"},
        {{3, 30},
         "logarithmic = 1\nset logscale y\nset yrange [2.5:36]\n"
         "set ytics ('' 3 1, '' 4 1, '5' 5, '' 6 1, '' 7 1, '' 8 1, '' 9 1, "
         "'10' 10, '20' 20, '' 30 1)\n"},
        {{900, 11000000}, "'' 900 1, '1,000' 1000, '' 2000 1,"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct record_set *set = threads_of(cases[i].most, COUNT(runs));
        char *data, *script;

        plot_data(set, threads(), &options, &data, &script);
        holds(script, cases[i].says);
        free(data);
        free(script);
        records_free(set);
    }
}

/* As many rows as there must be; too long a name goes on in the next line. */
static void test_legend(void **state)
{
    char model_only[] = "";
    struct record_group groups[40] = {{0}};
    const struct record_group *first[COUNT(groups)];
    struct plot_series series = {8, first};
    char label[] = "pattern=echo server_via=ssh -o ServerAliveInterval=15 -o "
                   "Compression=no bench@winbox load_via=taskset -c 1 pipe=1";
    struct text out = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(groups); i++) {
        groups[i] =
            (struct record_group){.model = "async_select", .label = model_only};
        first[i] = &groups[i];
    }
    plot_legend(&out, &series);
    holds(out.data, "legend_rows = 2\nlegend_row = 21\nlegend_column = 197\n");
    holds(out.data, "labels[8] = 'async_select'\nstyles[8] = 4\n");
    free(text_take(&out));
    series.count = COUNT(groups);
    for (size_t i = 0; i < COUNT(groups); i++)
        groups[i].label = label;
    plot_legend(&out, &series);
    holds(out.data, "legend_rows = 40\nlegend_row = 38\n");
    holds(out.data, "Compression=no'.\"\\n\".'bench@winbox load_via");
    holds(out.data, "\nstyles[40] = 40\n");
    free(text_take(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_book_bars), cmocka_unit_test(test_book_attempts),
        cmocka_unit_test(test_bars),      cmocka_unit_test(test_sideways),
        cmocka_unit_test(test_scale),     cmocka_unit_test(test_legend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
