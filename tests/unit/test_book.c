/* The book's table: the reference and its marks, figures, findings, CSV. */
#include "book_records.h"

#include "common/number.h"
#include "results/fields.h"
#include "results/skipped.h"

static char *book(const struct run *runs, size_t count,
                  enum table_format format)
{
    struct record_set *set = make_set(runs, count);
    char *text;

    assert_true(book_is(set));
    text = book_make(set, format);
    records_free(set);
    return text;
}

/* --- the reference -------------------------------------------------------- */

/* Every figure of the book has a status. */
static void test_reference(void **state)
{
    static const struct run runs[] = {{"iocp", 1, 1, 1, "", ""}};
    struct record_set *set = make_set(runs, 1);
    size_t sure = 0, all = 0;
    struct book book;
    const cJSON *printed;

    (void)state;
    book_open(&book, set);
    cJSON_ArrayForEach (printed, record_at(book.reference, "/rows")) {
        const struct book_row row = {.printed = printed};

        for (int k = BOOK_CONNECTED; k < BOOK_COLUMNS; k++, all++) {
            struct book_value v = book_printed(&row, (enum book_column)k);

            assert_true(v.known);
            assert_string_not_equal(v.status, "status not stated");
            sure += v.mark[0] == '\0';
        }
    }
    assert_int_equal(all, 15 * (BOOK_COLUMNS - BOOK_CONNECTED));
    assert_true(sure > 20 && sure < all);
    book_close(&book);
    records_free(set);
}

/* The end of "1,008" where a digit or a comma neither precedes nor follows it.
 */
static const char *find_number(const char *text, const char *number)
{
    for (const char *at = strstr(text, number); at != NULL;
         at = strstr(at + 1, number)) {
        const char *end = at + strlen(number);

        if ((at == text || strchr("0123456789,.", at[-1]) == NULL) &&
            (*end == '\0' || strchr("0123456789,", *end) == NULL))
            return end;
    }
    return NULL;
}

/* Wherever a figure of the book that is not corroborated is printed, its mark
 * follows. Returns how many were found. */
static size_t marked(const char *text, const struct book_row *row)
{
    double sent = book_printed(row, BOOK_SEND).high;
    size_t found = 0;

    for (int k = BOOK_CONNECTED; k < BOOK_COLUMNS; k++) {
        struct book_value v = book_printed(row, (enum book_column)k);
        char number[32];

        if (*v.mark == '\0' || v.high < 1000)
            continue; /* too short to be told from others */
        number_show_count((uint64_t)v.high, number, sizeof number);
        assert_non_null(find_number(text, number));
        for (const char *at = find_number(text, number); at != NULL;
             at = find_number(at, number), found++)
            /* It may be corroborated for one column, not for another. */
            if (sent != v.high && strncmp(at, v.mark, strlen(v.mark)) != 0)
                fail_msg("%s without %s in:\n%s", number, v.mark, text);
    }
    return found;
}

/* In rows in which none of ours is alike. */
static void test_marks(void **state)
{
    static const enum table_format formats[] = {TABLE_TEXT, TABLE_MARKDOWN,
                                                TABLE_HTML};
    static const struct run none[] = {{"iocp", 1, 1, 1, "", ""}};
    struct record_set *set = make_set(none, 1);
    const cJSON *printed;
    struct book known;
    size_t found = 0;

    (void)state;
    book_open(&known, set);
    cJSON_ArrayForEach (printed, record_at(known.reference, "/rows")) {
        const struct book_row row = {.printed = printed};
        struct run run = {record_text(printed, "/backend"),
                          (int)book_printed(&row, BOOK_ATTEMPTED).low,
                          7,
                          77777,
                          "",
                          ""};

        if (run.connections > 40000)
            run.connections = 50000;
        for (size_t f = 0; f < COUNT(formats); f++) {
            char *text = book(&run, 1, formats[f]);

            found += marked(text, &row);
            free(text);
        }
    }
    assert_true(found > 100);
    book_close(&known);
    records_free(set);
}

/* --- the table -------------------------------------------------------------
 */

static const struct run whole[] = {
    {"iocp", 12000, 12000, 5000000, "", ""},
    {"event_select", 12000, 12000, 4990000, "", ""},
    {"select", 12000, 12000, 3000000, "", ""},
    {"blocking", 12000, 70, 100000, ",\"reset\":11930",
     "\"ERROR_NOT_ENOUGH_MEMORY\":11930"},
};

static void test_text(void **state)
{
    char *text = book(whole, COUNT(whole), TABLE_TEXT);

    (void)state;
    holds(text, "3,217,493\xC2\xB6"); /* ¶: conflict */
    holds(text, "192\xE2\x80\xA0");
    holds(text, "2\xE2\x80\xA1");
    holds(text, "n/a: no pool here");
    holds(text, "30..50");
    holds(text, "3 of 4 rows connected every attempt.\nStopped: blocking at 70 "
                "of 12,000 connections (ERROR_NOT_ENOUGH_MEMORY of the "
                "server).\n");
    holds(text, "Bytes sent per second at 12,000 connections, highest first: "
                "iocp 5,000,000, event_select 4,990,000, select 3,000,000, "
                "blocking 100,000; in the book: iocp 5,027,914, event_select "
                "3,217,493, blocking 404,227.");
    holds(text, "in the book (middle of its range): blocking 23\xE2\x80\xA0, ");
    holds(text, "not Windows figures");
    holds(text, "Pentium 4 Xeon 1.7 GHz, 768 MB, Windows XP; network: isolated "
                "100 Mb hub\xE2\x80\xA0");
    lacks(text, "quick run");
    free(text);
}

static void test_stop(void **state)
{
    static const struct run runs[] = {
        {"blocking", 7000, 70, 1, ",\"reset\":6930",
         "\"WSAENOBUFS\":1,\"ERROR_NOT_ENOUGH_MEMORY\":6929"},
        {"nonblocking", 7000, 60, 1, ",\"abandoned\":6900,\"unserved\":40", ""},
        {"select", 7000, 50, 1, ",\"unserved\":6950", ""},
        {"iocp", 7000, 40, 1, ",\"reset\":6960", ""}};
    char *text = book(runs, COUNT(runs), TABLE_TEXT);

    (void)state;
    holds(text, "Stopped: blocking at 70 of 7,000 connections "
                "(ERROR_NOT_ENOUGH_MEMORY of the server); nonblocking at 60 of "
                "7,000 connections (connect budget of 43 s); select at 50 of "
                "7,000 connections (no first echo within 10 s); iocp at 40 of "
                "7,000 connections (reset).");
    free(text);
}

static void test_last_tier(void **state)
{
    static const struct run runs[] = {{"event_select", 50000, 50000, 1, "", ""},
                                      {"iocp", 50000, 50000, 1, "", ""}};
    char *text = book(runs, COUNT(runs), TABLE_TEXT);

    (void)state;
    holds(text, "45,933 of 46,000\xC2\xBF"); /* no status is stated */
    holds(text, "49,997");
    holds(text, "37,392\xC2\xA7");
    free(text);
}

/* Runs that are not valid have no place among the others. */
static void test_not_valid(void **state)
{
    struct record_set *set = make_set(whole, COUNT(whole));
    char *text;

    (void)state;
    for (size_t i = 0; i < set->count; i++) {
        const char *model = cJSON_GetStringValue(cJSON_GetObjectItem(
            cJSON_GetObjectItem(set->records[i], "asked"), "model"));

        if (strcmp(model, "iocp") == 0 || strcmp(model, "blocking") == 0)
            cJSON_ReplaceItemInObject(set->records[i], "valid",
                                      cJSON_CreateFalse());
    }
    text = book_make(set, TABLE_TEXT);
    holds(text, "first: event_select 4,990,000, select 3,000,000; not valid: "
                "blocking, iocp; in the book: iocp 5,027,914, ");
    free(text);
    records_free(set);
}

static void test_quick(void **state)
{
    static const struct run runs[] = {{"iocp", 1200, 1200, 1, "", ""}};
    char *text = book(runs, 1, TABLE_TEXT);

    (void)state;
    holds(text, "12,000 of 12,000");
    holds(text, "the tiers here are a tenth of the book's");
    free(text);
}

static void test_refused(void **state)
{
    struct skipped all = {50000, NULL,  "f",     "open files",
                          20000, 50064, "files", "ulimit"};
    struct skipped one = {12000, "blocking", "m",     "memory",
                          1e9,   2e9,        "bytes", "add"};
    struct skipped same = {50000, "select", "t",       "threads",
                           1000,  50003,    "threads", "fewer"};
    struct record_set *set = make_set(whole, 3); /* without blocking */
    char *text, *only;

    (void)state;
    set->refused = skipped_make();
    skipped_add(set->refused, &all);
    skipped_add(set->refused, &one);
    skipped_add(set->refused, &same);
    text = book_make(set, TABLE_TEXT);
    holds(text, "50,000 connections were skipped: open files: 50,064 "
                "needed, 20,000 available; ulimit");
    holds(text, "memory: 1.86 GiB needed, 953.67 MiB available; add");
    holds(text, "49,997"); /* the book's stands beside all the same */
    free(text);
    text = book_make(set, TABLE_CSV);
    holds(text, "\niocp,,0,0,50000,yes,");
    holds(text, "\nblocking,,0,0,12000,yes,");
    holds(text, "ulimit");
    /* What refuses one model stands in no other's row. */
    only = strstr(text, "threads: 50,003 needed");
    assert_non_null(only);
    lacks(only + 1, "threads: 50,003 needed");
    free(text);
    records_free(set);
}

static size_t fields(const char *line)
{
    size_t count = 1;
    bool quoted = false;

    for (; *line != '\0' && (quoted || *line != '\r'); line++) {
        quoted = quoted != (*line == '"');
        count += *line == ',' && !quoted;
    }
    return count;
}

/* The rows are the book's, blocking first, whatever order they ran in. */
static void test_csv(void **state)
{
    static const char *const models[] = {"blocking,", "select,",
                                         "event_select,", "iocp,"};
    char *text = book(whole, COUNT(whole), TABLE_CSV);
    const char *line = text;

    (void)state;
    for (size_t i = 0; i < COUNT(models); i++) {
        line = strstr(line, "\r\n") + 2;
        assert_int_equal(strncmp(line, models[i], strlen(models[i])), 0);
        assert_int_equal(fields(line), fields(text));
    }
    assert_string_equal(strstr(line, "\r\n"), "\r\n");
    holds(text, "\"recalled, agrees with arithmetic\"");
    holds(text, ",ERROR_NOT_ENOUGH_MEMORY of the server,");
    holds(text, ",30,50,35,35,35,"); /* lowest, highest, mean */
    free(text);
}

/* --- the CPU -------------------------------------------------------------- */

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
    lacks(text, "CPU in % of one processor at");
    free(text);
    /* The mean is known, the seconds are not. */
    set_cpu(set->records[0], 20, 15);
    cJSON_ReplaceItemInArray(within(set->records[0], columns), 6,
                             cJSON_CreateString("another"));
    text = book_make(set, TABLE_TEXT);
    holds(text, "n/a: the window has no full second of samples");
    holds(text, "lowest first: iocp 35;");
    free(text);
    /* Windows has no such part. */
    set_cpu(set->records[0], 20, -1);
    cJSON_ReplaceItemInObject(within(set->records[0], machine), "os",
                              cJSON_CreateString("Windows"));
    text = book_make(set, TABLE_TEXT);
    holds(text, "lowest first: iocp 20;");
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
    holds(text, "n/a: the window has no full second of samples");
    free(text);
    records_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),   cmocka_unit_test(test_marks),
        cmocka_unit_test(test_text),        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_last_tier),   cmocka_unit_test(test_not_valid),
        cmocka_unit_test(test_quick),       cmocka_unit_test(test_refused),
        cmocka_unit_test(test_csv),         cmocka_unit_test(test_cpu_sums),
        cmocka_unit_test(test_cpu_unknown), cmocka_unit_test(test_cpu_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
