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

/* Writes a chart; `figure` NULL: the book's, with no valid run of `invalid`,
 * or, if that is NULL, with the first run disturbed. */
static void chart(const struct run *runs, size_t count, const char *figure,
                  const char *invalid)
{
    struct record_set *set = make_set(runs, count);

    if (invalid != NULL)
        not_valid(set, invalid);
    else
        cJSON_AddItemToObject(set->records[0], "cautions",
                              json_made(text_copy("['held_up: x']")));
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
    holds(data.data, " 0 \"nonblocking 12,000\" 100 100 100 2 ");
    holds(data.data, " 0 \"iocp 12,000\" 100 100 100 1 ");
    chart(runs, COUNT(runs), NULL, "iocp");
    holds(data.data, " 0 \"nonblocking 12,000\" 100 100 100 1 ");
    holds(data.data, " 0 \"iocp 12,000\" 100 100 100 0 ");
}

/* The last two columns: valid, disturbed. */
static void test_points(void **state)
{
    chart(runs, COUNT(runs), "threads", NULL);
    holds(data.data, " 1 1 1\n2 ");
    holds(data.data, " 1 1 0\n");
    holds(script.data, "invalid = 0\ndisturbed = 1\n");
    chart(runs, COUNT(runs), "threads", "iocp");
    holds(data.data, " 1 0 0\n");
    holds(script.data, "invalid = 1\ndisturbed = 0\n");
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
    holds(data.data, " \"event_select 12,000\" ");
    holds(data.data, " \"event_select 50,000 (book 46,000)\" ");
    holds(data.data, " \"iocp 50,000\" ");
}

/* MB/s are those of the runs flat out, with their interval; CPU is that at the
 * limited rate, of which there are two runs; the book's stand beside. The lines
 * of both kinds would not be told apart. */
static void test_book_flat_out(void **state)
{
    static const struct run flat[] = {{"iocp", 12000, 12000, 2e7, "", ""},
                                      {"iocp", 12000, 12000, 3e7, "", ""},
                                      {"apc", 12000, 12000, 1e7, "", ""}};
    struct record_set *set = make_both(runs, 1, flat, COUNT(flat));

    clear(NULL);
    chart_write(&chart_book, set, &options, &data, &script);
    holds(data.data, " \"iocp 12,000\" 100 100 100 1 100 100 100 1 "
                     "25 20 30 1 5.027914 5.027914 5.027914 1 "
                     "35 35 35 1 45 40 50 0 ");
    holds(data.data, " \"apc 12,000\" 100 100 100 1 NaN NaN NaN 0 "
                     "10 10 10 1 NaN NaN NaN 0 NaN NaN NaN -1 ");
    holds(script.data, "sent flat out");
    holds(script.data, "CPU at the same 5.0 MB/s");
    holds(script.data, "Linux TCP memory");
    chart_write(figure_named("threads"), set, &options, &data, &script);
    assert_null(strstr(data.data, "series connections"));
    records_free(set);
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
    holds(script.data, "set xtics ('100' 100, '1,000' 1000, '12,000' 12000)\n"
                       "closest = 10.000000\n");
    holds(script.data, "styles[1] = 3\nlabels[1] = 'select'\n"
                       "styles[2] = 8\nlabels[2] = 'iocp'\n"
                       "series = 2\n");
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

RUN_TESTS(CASE(test_book_bars), CASE(test_points), CASE(test_book_attempts),
          CASE(test_book_flat_out), CASE(test_axis_and_legend),
          CASE(test_quotes))
