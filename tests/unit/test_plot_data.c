/* What gnuplot is given to draw. */
#include <math.h>
#include <stdio.h>

#include "book_records.h"
#include "plots/plot_book.h"
#include "plots/plot_data.h"

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

/* A point plainly belongs to its tier: the book's are near each other. */
static void test_sideways(void **state)
{
    static const int book[] = {7000, 12000, 0}, far[] = {10, 100, 10000, 0},
                     one[] = {100, 0};
    char *script;
    double widest;

    (void)state;
    widest = spread(book, &script);
    assert_true(2 * widest < 0.2 * log(12000.0 / 7000) + 1e-4);
    assert_true(2 * widest > 0.19 * log(12000.0 / 7000));
    holds(script, "set xtics ('7,000' 7000, '12,000' 12000)\n"
                  "set xrange [5346.34:15711.7]");
    free(script);
    /* Not farther than needed. */
    widest = spread(far, &script);
    assert_true(fabs(2 * widest - 7 * log(1.055)) < 1e-4);
    holds(script, "set xrange [6.66667:15000]");
    free(script);
    widest = spread(one, &script);
    assert_true(fabs(2 * widest - 7 * log(1.055)) < 1e-4);
    free(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_book_bars),
        cmocka_unit_test(test_bars),
        cmocka_unit_test(test_sideways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
