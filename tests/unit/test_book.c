/* The book's table: the reference and its marks, figures, findings, CSV. */
#include "book_records.h"
#include "results/fields.h"
#include "results/skipped.h"

static struct record_set *set;
static char *text; /* the last table of them */

static int clear(void **state)
{
    free(text);
    text = NULL;
    records_free(set);
    set = NULL;
    return 0;
}

static void take(const struct run *runs, size_t count)
{
    clear(NULL);
    set = make_set(runs, count);
    assert_true(book_is(set));
}

static void print(enum table_format format)
{
    free(text);
    text = book_make(set, format);
}

static void book(const struct run *runs, size_t count)
{
    take(runs, count);
    print(TABLE_TEXT);
}

/* --- the reference -------------------------------------------------------- */

/* Every figure of the book has a status, and is printed with its mark. */
static void test_reference(void **state)
{
    static const struct run none[] = {{"iocp", 1, 1, 1, "", ""}};
    struct record_set *one = make_set(none, 1);
    size_t sure = 0, all = 0;
    struct book known;
    const cJSON *printed;

    book_open(&known, one);
    cJSON_ArrayForEach (printed, record_at(known.reference, "/rows")) {
        const struct book_row row = {.reference = known.reference,
                                     .printed = printed};
        double attempted = book_printed(&row, BOOK_ATTEMPTED).low;
        struct run run = none[0];

        run.model = record_text(printed, "/backend");
        run.connections = attempted > 40000 ? 50000 : (int)attempted;
        run.connected = 7;
        run.sent = 77777;
        book(&run, 1);
        for (int k = BOOK_CONNECTED; k < BOOK_COLUMNS; k++) {
            struct book_value v = book_printed(&row, (enum book_column)k);
            struct text cell = {0};

            if (k == BOOK_HOST_TCP)
                continue;
            all++;
            assert_true(v.known);
            assert_string_not_equal(v.status, "status not stated");
            assert_true((v.mark[0] == '\0') ==
                        (strcmp(v.status, "corroborated") == 0));
            table_number(&cell, v.high, 0);
            text_add(&cell, "%s", v.mark);
            holds(text, cell.data);
            free(cell.data);
            sure += v.mark[0] == '\0';
        }
    }
    assert_int_equal(all, 15 * 7);
    assert_true(sure > 20 && sure < all);
    book_close(&known);
    records_free(one);
}

/* --- the table ----------------------------------------------------------- */

static const struct run whole[] = {
    {"iocp", 12000, 12000, 5000000, "", ""},
    {"event_select", 12000, 12000, 4990000, "", ""},
    {"select", 12000, 12000, 3000000, "", ""},
    {"blocking", 12000, 70, 100000, ",'reset':11930",
     "'ERROR_NOT_ENOUGH_MEMORY':11930"},
};

static void test_text(void **state)
{
    book(whole, COUNT(whole));
    holds(text, "3,217,493\xC2\xB6"); /* ¶: conflict */
    holds(text, "192\xE2\x80\xA0");
    holds(text, "2\xE2\x80\xA1");
    holds(text, "n/a: no pool here");
    holds(text, "30..50");
    holds(text, "3 of 4 rows connected every attempt.\n");
    holds(text, "Bytes sent per second at 12,000 connections, highest first: "
                "iocp 5,000,000, event_select 4,990,000, select 3,000,000, "
                "blocking 100,000; in the book: iocp 5,027,914, event_select "
                "3,217,493, blocking 404,227.");
    holds(text, "in the book (middle of its range): blocking 23\xE2\x80\xA0, ");
    holds(text, "not Windows figures");
    holds(text, "server: Pentium 4 Xeon 1.7 GHz, 768 MB; operating system: "
                "Windows XP; network: isolated 100 Mb hub");
    holds(text, "\xE2\x80\xA0 recalled: from memory");
    lacks(text, "quick run");
}

/* Where the book attempted another number, and a tenth of its tiers. */
static void test_other_tiers(void **state)
{
    static const struct run last[] = {{"event_select", 50000, 50000, 1, "", ""},
                                      {"iocp", 50000, 50000, 1, "", ""}};
    static const struct run quick[] = {{"iocp", 1200, 1200, 1, "", ""}};

    book(last, COUNT(last));
    holds(text, "45,933 of 46,000\xC2\xBF"); /* no status is stated */
    holds(text, "49,997");
    holds(text, "37,392\xC2\xA7");
    book(quick, 1);
    holds(text, "12,000 of 12,000");
    holds(text, "the tiers here are a tenth of the book's");
}

/* Runs that are not valid have no place among the others. */
static void test_not_valid(void **state)
{
    take(whole, COUNT(whole));
    not_valid(set, "iocp");
    not_valid(set, "blocking");
    print(TABLE_TEXT);
    holds(text, "first: event_select 4,990,000, select 3,000,000; in the book: "
                "iocp 5,027,914, ");
}

static void test_skipped(void **state)
{
    static const struct skipped skipped[] = {
        {50000, NULL, "f", "open files", 20000, 50064, "files", "ulimit"},
        {12000, "blocking", "m", "memory", 1e9, 2e9, "bytes", "add"},
        {50000, "select", "t", "threads", 1000, 50003, "threads", "fewer"}};
    const char *only;

    take(whole, 3); /* without blocking */
    set->refused = cJSON_CreateArray();
    for (size_t i = 0; i < COUNT(skipped); i++)
        skipped_add(set->refused, &skipped[i]);
    print(TABLE_TEXT);
    holds(text, "50,000 connections were skipped: open files: 50,064 "
                "needed, 20,000 available; ulimit");
    holds(text, "memory: 1.86 GiB needed, 953.67 MiB available; add");
    holds(text, "49,997"); /* the book's stands beside all the same */
    print(TABLE_CSV);
    holds(text, "\niocp,,0,0,50000,yes,");
    holds(text, "\nblocking,,0,0,12000,yes,");
    holds(text, "ulimit");
    /* What refuses one model stands in no other's row. */
    only = strstr(text, "threads: 50,003 needed");
    assert_non_null(only);
    lacks(only + 1, "threads: 50,003 needed");
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
    const char *line;

    take(whole, COUNT(whole));
    print(TABLE_CSV);
    line = text;
    for (size_t i = 0; i < COUNT(models); i++) {
        line = strstr(line, "\r\n") + 2;
        assert_int_equal(strncmp(line, models[i], strlen(models[i])), 0);
        assert_int_equal(fields(line), fields(text));
    }
    assert_string_equal(strstr(line, "\r\n"), "\r\n");
    holds(text, "\"recalled, agrees with arithmetic\"");
    holds(text, "the server refused: ERROR_NOT_ENOUGH_MEMORY 11930");
    holds(text, ",30,50,35,35,35,"); /* lowest, highest, mean */
}

/* --- the CPU ------------------------------------------------------------- */

static cJSON *within(cJSON *record, const char *a, const char *b, const char *c)
{
    record = cJSON_GetObjectItem(cJSON_GetObjectItem(record, a), b);
    record = c != NULL ? cJSON_GetObjectItem(record, c) : record;
    assert_non_null(record);
    return record;
}

/* Below 0: null. */
static void set_cpu(cJSON *record, const char *part, double percent)
{
    cJSON_ReplaceItemInObject(
        within(record, "cpu", part, NULL), "cores_percent",
        percent < 0 ? cJSON_CreateNull() : cJSON_CreateNumber(percent));
}

static const struct run alike[] = {{"iocp", 12000, 12000, 5000000, "", ""},
                                   {"iocp", 12000, 12000, 5000000, "", ""},
                                   {"iocp", 12000, 12000, 5000000, "", ""}};

/* The sum of medians, 40, is that of no run. */
static void test_cpu_sums(void **state)
{
    static const double cpu[][2] = {{10, 50}, {20, 10}, {30, 20}};

    take(alike, 3);
    for (size_t i = 0; i < 3; i++) {
        set_cpu(set->records[i], "server", cpu[i][0]);
        set_cpu(set->records[i], "wineserver", cpu[i][1]);
    }
    print(TABLE_CSV);
    holds(text, ",30,50,50,30,60,"); /* range; median of sums, its interval */
}

static void test_cpu_unknown(void **state)
{
    cJSON *record;

    take(alike, 1);
    record = set->records[0];
    set_cpu(record, "wineserver", -1);
    cJSON_AddStringToObject(cJSON_GetObjectItem(record, "unknown"),
                            "/cpu/wineserver", "no wineserver was found");
    print(TABLE_TEXT);
    holds(text, "n/a: no wineserver was found");
    lacks(text, "CPU in % of one processor at");
    /* The mean is known, the seconds are not. */
    set_cpu(record, "wineserver", 15);
    cJSON_ReplaceItemInArray(within(record, "samples", "server", "columns"), 6,
                             cJSON_CreateString("another"));
    print(TABLE_TEXT);
    holds(text, "n/a: the window has no full second of samples");
    holds(text, "lowest first: iocp 35;");
    /* Windows has no such part. */
    set_cpu(record, "wineserver", -1);
    cJSON_ReplaceItemInObject(within(record, "machine", "server", NULL), "os",
                              cJSON_CreateString("Windows"));
    print(TABLE_TEXT);
    holds(text, "lowest first: iocp 20;");
    holds(text, "20..45"); /* user and kernel time of its own */
}

static void test_cpu_short(void **state)
{
    cJSON *row;

    take(alike, 1);
    row = cJSON_GetArrayItem(
        within(set->records[0], "samples", "server", "rows"), 4);
    cJSON_ReplaceItemInArray(row, 1, cJSON_CreateString("end"));
    cJSON_ReplaceItemInArray(row, 0, cJSON_CreateNumber(4.5));
    print(TABLE_TEXT);
    holds(text, "n/a: the window has no full second of samples");
}

#define CASE(name) cmocka_unit_test_teardown(name, clear)

RUN_TESTS(CASE(test_reference), CASE(test_text), CASE(test_other_tiers),
          CASE(test_not_valid), CASE(test_skipped), CASE(test_csv),
          CASE(test_cpu_sums), CASE(test_cpu_unknown), CASE(test_cpu_short))
