/* What gnuplot is given to draw. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_book_bars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
