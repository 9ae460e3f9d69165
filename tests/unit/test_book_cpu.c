/* What the book's table says of the CPU, and where it is taken from. */
#include "book_records.h"

static cJSON *within(cJSON *record, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        record = cJSON_GetObjectItem(record, *keys);
    assert_non_null(record);
    return record;
}

/* Below 0: null. */
static void set_cpu(cJSON *record, double server, double wine)
{
    static const char *const at[][3] = {{"cpu", "server", NULL},
                                        {"cpu", "wineserver", NULL}};
    const double value[] = {server, wine};

    for (size_t i = 0; i < 2; i++)
        cJSON_ReplaceItemInObject(within(record, at[i]), "cores_percent",
                                  value[i] < 0 ? cJSON_CreateNull()
                                               : cJSON_CreateNumber(value[i]));
}

static const struct run alike[] = {{"iocp", 12000, 12000, 5000000, "", ""},
                                   {"iocp", 12000, 12000, 5000000, "", ""},
                                   {"iocp", 12000, 12000, 5000000, "", ""}};

/* The sum of medians, 40, is that of no run. */
static void test_cpu_sums(void **state)
{
    static const double cpu[][2] = {{10, 50}, {20, 10}, {30, 20}};
    struct record_set *set = make_set(alike, 3);
    char *text;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        set_cpu(set->records[i], cpu[i][0], cpu[i][1]);
    text = book_make(set, TABLE_CSV);
    holds(text, ",30,50,50,30,60,"); /* range; median of sums, its interval */
    free(text);
    text = book_explain(set, "iocp:12,000:cpu_mean_percent");
    holds(text, "    sum: 60\n");
    holds(text, "median of the sums: 50\nthe lowest to the highest of 3 runs: "
                "30..60\n");
    free(text);
    records_free(set);
}

static void test_cpu_unknown(void **state)
{
    static const char *const unknown[] = {"unknown", NULL};
    static const char *const columns[] = {"samples", "server", "columns", NULL};
    static const char *const machine[] = {"machine", "server", NULL};
    struct record_set *set = make_set(alike, 1);
    char *text;

    (void)state;
    set_cpu(set->records[0], 20, -1);
    cJSON_AddStringToObject(within(set->records[0], unknown), "/cpu/wineserver",
                            "no wineserver was found");
    text = book_make(set, TABLE_TEXT);
    holds(text, "n/a: no wineserver was found");
    lacks(text, "% of a processor");
    free(text);
    /* The mean is known, the seconds are not. */
    set_cpu(set->records[0], 20, 15);
    cJSON_ReplaceItemInArray(within(set->records[0], columns), 6,
                             cJSON_CreateString("another"));
    text = book_make(set, TABLE_TEXT);
    holds(text, "n/a: no sample of the window tells the processor time");
    holds(text, "for 35 % of a processor");
    free(text);
    /* Windows has no such part. */
    set_cpu(set->records[0], 20, -1);
    cJSON_ReplaceItemInObject(within(set->records[0], machine), "os",
                              cJSON_CreateString("Windows"));
    text = book_make(set, TABLE_TEXT);
    holds(text, "for 20 % of a processor");
    holds(text, "20..45"); /* user and kernel time of its own */
    free(text);
    records_free(set);
}

static void test_cpu_short(void **state)
{
    static const char *const server[] = {"samples", "server", "rows", NULL};
    struct record_set *set = make_set(alike, 1);
    char *text;

    (void)state;
    cJSON_ReplaceItemInArray(
        cJSON_GetArrayItem(within(set->records[0], server), 4), 1,
        cJSON_CreateString("end"));
    cJSON_ReplaceItemInArray(
        cJSON_GetArrayItem(within(set->records[0], server), 4), 0,
        cJSON_CreateNumber(4.5));
    text = book_make(set, TABLE_TEXT);
    holds(text, "n/a: the window was shorter than the second");
    free(text);
    records_free(set);
}

static void test_explain_tiers(void **state)
{
    static const char *const tiers[] = {"12000", "12,000", "12k"};
    struct record_set *set = make_set(alike, 1);

    (void)state;
    for (size_t i = 0; i < COUNT(tiers); i++) {
        struct text what = {0};
        char *text;

        text_add(&what, "iocp:%s:book_connected", tiers[i]);
        text = book_explain(set, what.data);
        free(what.data);
        assert_non_null(text);
        holds(text, "the book, row Overlapped (completion port) at 12000");
        free(text);
    }
    assert_null(book_explain(set, "iocp:12001:book_connected"));
    assert_null(book_explain(set, "ioc:12000:book_connected"));
    assert_null(book_explain(set, "iocp::book_connected"));
    records_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cpu_sums),
        cmocka_unit_test(test_cpu_unknown),
        cmocka_unit_test(test_cpu_short),
        cmocka_unit_test(test_explain_tiers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
