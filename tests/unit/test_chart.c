/* What gnuplot is given to draw. */
#include "book_records.h"
#include "plots/plot.h"

static const struct plot_options options = {"x", "gnuplot", true, true};
static struct text data, script; /* of the last chart */

static int clear(void **state)
{
    free(text_take(&data));
    free(text_take(&script));
    return 0;
}

/* Writes a chart; `figure` NULL: the book's, with no valid run of `invalid`. */
static void chart(const struct run *runs, size_t count, const char *figure,
                  const char *invalid)
{
    struct record_set *set = make_set(runs, count);

    if (invalid != NULL)
        not_valid(set, invalid);
    clear(NULL);
    chart_write(figure != NULL ? figure_named(figure) : &chart_book, set,
                &options, &data, &script);
    records_free(set);
}

static const struct run runs[] = {
    {"iocp", 12000, 12000, 5000000, "", ""},
    {"nonblocking", 12000, 12000, 5000000, "", ""},
};

/* A bar of runs that are not valid is told from others. */
static void test_book_bars(void **state)
{
    chart(runs, COUNT(runs), NULL, NULL);
    holds(data.data, " 0 1 \"nonblocking 12,000\"");
    holds(data.data, " 0 1 \"iocp 12,000\"");
    lacks(script.data, "hollow, what was reached");
    chart(runs, COUNT(runs), NULL, "iocp");
    holds(data.data, " 0 1 \"nonblocking 12,000\"");
    holds(data.data, " 0 0 \"iocp 12,000\"");
    holds(script.data, "Not valid (1): hollow");
}

/* The book attempted fewer in its last tier than we do. */
static void test_book_attempts(void **state)
{
    static const struct run tiers[] = {
        {"event_select", 12000, 12000, 5000000, "", ""},
        {"event_select", 50000, 50000, 5000000, "", ""},
        {"iocp", 50000, 50000, 5000000, "", ""},
    };

    chart(tiers, COUNT(tiers), NULL, NULL);
    holds(data.data, " \"event_select 12,000\"\n");
    holds(data.data, " \"event_select 50,000 (book 46,000)\"\n");
    holds(data.data, " \"iocp 50,000\"\n");
    holds(script.data, "letters = 33\n");
}

/* What the bars are called. */
static void test_bars(void **state)
{
    static const struct {
        size_t runs;
        const char *bars, *subtitle;
    } cases[] = {
        {1, "bars = ''\n", "; one run a point'\n"},
        {3, "bars = 'the lowest to the highest of the runs'\n",
         "; median of up to 3 runs'\n"},
        {5, "bars = 'the bootstrap 95 % interval of the median'\n",
         "; median of up to 5 runs'\n"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run same[8];

        for (size_t k = 0; k < cases[i].runs; k++)
            same[k] = runs[0];
        chart(same, cases[i].runs, "threads", NULL);
        holds(script.data, cases[i].bars);
        holds(script.data, cases[i].subtitle);
    }
}

/* Each tier once, and a style for each model whichever others are there. */
static void test_axis_and_legend(void **state)
{
    static const struct run several[] = {
        {"iocp", 12000, 12000, 1, "", ""},
        {"select", 100, 100, 1, "", ""},
        {"select", 1000, 1000, 1, "", ""},
        {"iocp", 1000, 1000, 1, "", ""},
    };

    chart(several, COUNT(several), "threads", NULL);
    holds(script.data,
          "set xtics ('100' 100, '1,000' 1000, '12,000' 12000)\n"
          "lowest = 100.0\nhighest = 12000.0\nclosest = 10.000000\n");
    holds(script.data, "styles[1] = 3\nlabels[1] = 'select'\n"
                       "styles[2] = 8\nlabels[2] = 'iocp'\n"
                       "series = 2\nletters = 6\n");
    holds(data.data, "\n1 100 ");
    holds(data.data, "\n2 12000 ");
}

/* Text of others stays within its quotes. */
static void test_quotes(void **state)
{
    struct text out = {0};

    chart_set(&out, "machine", "it's\n`date`");
    assert_string_equal(out.data, "machine = 'it''s `date`'\n");
    free(out.data);
}

#define CASE(name) cmocka_unit_test_teardown(name, clear)

RUN_TESTS(CASE(test_book_bars), CASE(test_book_attempts), CASE(test_bars),
          CASE(test_axis_and_legend), CASE(test_quotes))
