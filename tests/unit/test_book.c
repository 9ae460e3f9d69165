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
    assert_true(records_are_of(set, "book"));
}

/* The table has all of the texts, up to a NULL. */
static void prints(enum table_format format, const char *const *wanted)
{
    free(text);
    text = book_make(set, format, true);
    for (; *wanted != NULL; wanted++)
        holds(text, *wanted);
}

#define PRINTS(format, ...)                                                    \
    prints(format, (const char *const[]){__VA_ARGS__, NULL})

static const struct run whole[] = {
    {"iocp", 12000, 12000, 5000000, "", ""},
    {"event_select", 12000, 12000, 4990000, "", ""},
    {"select", 12000, 12000, 3000000, "", ""},
    {"blocking", 12000, 70, 100000, ",'reset':11930",
     "'ERROR_NOT_ENOUGH_MEMORY':11930"},
};

/* Every figure of the book has a status, and is printed with its mark. */
static void test_reference(void **state)
{
    size_t sure = 0, all = 0;
    struct record_set *one = make_set(whole, 1);
    struct book known;
    const cJSON *printed;

    book_open(&known, one);
    cJSON_ArrayForEach (printed, record_at(known.reference, "/rows")) {
        const struct book_row row = {.reference = known.reference,
                                     .printed = printed};
        double attempted = book_printed(&row, BOOK_ATTEMPTED).low;
        struct run run = {.connected = 7, .sent = 77777, "", ""};

        run.model = record_text(printed, "/backend");
        run.connections = attempted > 40000 ? 50000 : (int)attempted;
        take(&run, 1);
        for (int k = BOOK_CONNECTED; k < BOOK_COLUMNS; k++) {
            struct book_value v = book_printed(&row, (enum book_column)k);
            struct text cell = {0};

            if (k == BOOK_HOST_TCP)
                continue;
            assert_true(v.known);
            assert_string_not_equal(v.status, "status not stated");
            assert_true((v.mark[0] == '\0') ==
                        (strcmp(v.status, "corroborated") == 0));
            table_number(&cell, v.high, 0);
            text_add(&cell, "%s", v.mark);
            PRINTS(TABLE_TEXT, cell.data);
            free(cell.data);
            sure += v.mark[0] == '\0';
            all++;
        }
    }
    assert_int_equal(all, 15 * 7);
    assert_true(sure > 20 && sure < all);
    book_close(&known);
    records_free(one);
}

static void test_text(void **state)
{
    take(whole, COUNT(whole));
    PRINTS(TABLE_TEXT, "3,217,493\xC2\xB6", /* ¶: conflict */
           "192\xE2\x80\xA0", "2\xE2\x80\xA1", "n/a: no pool here", "30..50",
           "3 of 4 rows connected every attempt.\n",
           "Bytes sent per second at 12,000 connections, highest first: iocp "
           "5,000,000, event_select 4,990,000, select 3,000,000, blocking "
           "100,000; in the book: iocp 5,027,914, event_select 3,217,493, "
           "blocking 404,227.",
           "in the book (middle of its range): blocking 23\xE2\x80\xA0, ",
           "not Windows figures",
           "server: Pentium 4 Xeon 1.7 GHz, 768 MB; operating system: Windows "
           "XP; network: isolated 100 Mb hub",
           "\xE2\x80\xA0 recalled: from memory");
    lacks(text, "quick run");
    /* Runs that are not valid have no place among the others. */
    not_valid(set, "iocp");
    not_valid(set, "blocking");
    PRINTS(TABLE_TEXT, "first: event_select 4,990,000, select 3,000,000; in "
                       "the book: iocp 5,027,914, ");
}

/* Where the book attempted another number, and a tenth of its tiers. */
static void test_other_tiers(void **state)
{
    static const struct run last[] = {{"event_select", 50000, 50000, 1, "", ""},
                                      {"iocp", 50000, 50000, 1, "", ""}};
    static const struct run quick[] = {{"iocp", 1200, 1200, 1, "", ""}};

    take(last, COUNT(last));
    PRINTS(TABLE_TEXT, "45,933 of 46,000\xC2\xBF", /* no status is stated */
           "49,997", "37,392\xC2\xA7");
    take(quick, 1);
    PRINTS(TABLE_TEXT, "12,000 of 12,000",
           "the tiers here are a tenth of the book's");
}

static void test_skipped(void **state)
{
    static const struct skipped skipped[] = {
        {50000, NULL, "f", "open files", 20000, 50064, "files", "ulimit"},
        {12000, "blocking", "m", "memory", 1e9, 2e9, "bytes", "add"},
        {50000, "select", "t", "threads", 1000, 50003, "threads", "fewer"}};

    take(whole, 3); /* without blocking */
    set->refused = cJSON_CreateArray();
    for (size_t i = 0; i < COUNT(skipped); i++)
        skipped_add(set->refused, &skipped[i]);
    PRINTS(TABLE_TEXT,
           "50,000 connections were skipped: open files: 50,064 needed, 20,000 "
           "available; ulimit",
           "memory: 1.86 GiB needed, 953.67 MiB available; add",
           "49,997"); /* the book's stands beside all the same */
    PRINTS(TABLE_CSV, "\niocp,,0,0,50000,yes,", "\nblocking,,0,0,12000,yes,",
           "ulimit", "threads: 50,003 needed");
    /* What refuses one model stands in no other's row. */
    lacks(strstr(text, "threads: 50,003 needed") + 1, "threads: 50,003 needed");
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
    PRINTS(TABLE_CSV, "\"recalled, agrees with arithmetic\"",
           "the server refused: ERROR_NOT_ENOUGH_MEMORY 11930",
           ",30,50,35,35,35,"); /* lowest, highest, mean */
    line = text;
    for (size_t i = 0; i < COUNT(models); i++) {
        line = strstr(line, "\r\n") + 2;
        assert_int_equal(strncmp(line, models[i], strlen(models[i])), 0);
        assert_int_equal(fields(line), fields(text));
    }
    assert_string_equal(strstr(line, "\r\n"), "\r\n");
}

/* --- flat out ------------------------------------------------------------ */

/* A model that did not connect all its attempts, or of which no run is valid,
 * is neither the fastest nor the slowest. */
static const struct run flat_out[] = {
    {"iocp", 7000, 7000, 20000000, "", ""},
    {"iocp", 7000, 7000, 21000000, "", ""},
    {"iocp", 7000, 7000, 22000000, "", ""},
    {"select", 7000, 7000, 8000000, "", ""},
    {"select", 7000, 7000, 9000000, "", ""},
    {"select", 7000, 7000, 10000000, "", ""},
    {"blocking", 7000, 4000, 100, ",'reset':3000", ""},
    {"apc", 7000, 7000, 99999999, "", ""},
    {"nonblocking", 12000, 12000, 1000, "", ""},
};

static void take_both(size_t limited, const struct run *flat, size_t count)
{
    clear(NULL);
    set = make_both(whole, limited, flat, count);
    not_valid(set, "apc");
}

static void test_flat_out(void **state)
{
    static const struct run alike[] = {
        {"iocp", 7000, 7000, 20000000, "", ""},
        {"iocp", 7000, 7000, 22000000, "", ""},
        {"select", 7000, 7000, 19000000, "", ""},
        {"select", 7000, 7000, 21000000, "", ""},
    };

    take_both(1, flat_out, COUNT(flat_out));
    PRINTS(TABLE_TEXT, "   limited  ", "   flat out  ",
           "Flat out at 7,000 connections, bytes sent per second: most iocp "
           "21,000,000 (20,000,000..22,000,000), least select 9,000,000 "
           "(8,000,000..10,000,000); 2.33 times as much, more than both "
           "intervals.\n",
           "The limited rate, 5,000,000 bytes/s, is 500000 % of the least",
           "Bytes sent per second flat out at 12,000 connections",
           "blocking at 7,000 (flat out): 3000 attempts did not connect",
           "two threads a connection", /* as the book's blocking had */
           "pattern=stream rate_bytes_per_s=5000000", "flat out: pattern=echo");
    lacks(text, "Flat out at 12,000");
    lacks(text, "skipped");
    take_both(0, alike, COUNT(alike));
    PRINTS(TABLE_TEXT, "most iocp 21,000,000 (20,000,000..22,000,000), least "
                       "select 20,000,000 (19,000,000..21,000,000); they "
                       "differ by no more than both intervals: here no model "
                       "is shown to carry more.");
    take_both(0, alike + 1, 2);
    PRINTS(TABLE_TEXT, "one run of a model has no interval");
}

static void test_flat_out_csv(void **state)
{
    take_both(1, flat_out, 3);
    PRINTS(TABLE_CSV, "flat_out_send_bytes_per_s_high",
           "pattern=echo Wine 8.0,3,3,7000,7000,7000,21000000,20000000,"
           "22000000,21000000,20000000,22000000\r\n");
    holds(text, "\niocp,pattern=stream rate_bytes_per_s=5000000 Wine 8.0,1,1,"
                "12000,no,");
    holds(text, "\niocp,,0,0,7000,no,");
}

/* Half of the slowest that connected all, at the fewest connections. */
static void test_rate(void **state)
{
    const struct record_group *slowest;

    take_both(0, flat_out, COUNT(flat_out));
    assert_int_equal(book_rate(set, &slowest), 4500000);
    assert_string_equal(slowest->model, "select");
    take_both(0, &flat_out[6], 1);
    assert_int_equal(book_rate(set, &slowest), 5000000);
    assert_null(slowest);
    take_both(0, &flat_out[8], 1);
    assert_int_equal(book_rate(set, &slowest), 500);
    take_both(1, flat_out, 1); /* what was limited stays so */
    assert_int_equal(book_rate(set, &slowest), 5000000);
}

/* --- the CPU ------------------------------------------------------------- */

/* Sets a part's CPU; below 0: null. */
static void set_cpu(size_t run, const char *part, double percent)
{
    cJSON *cpu = cJSON_GetObjectItem(set->records[run], "cpu");

    cJSON_ReplaceItemInObject(cJSON_GetObjectItem(cpu, part), "cores_percent",
                              percent < 0 ? cJSON_CreateNull()
                                          : cJSON_CreateNumber(percent));
}

static cJSON *server_samples(const char *what)
{
    cJSON *all = cJSON_GetObjectItem(set->records[0], "samples");

    return cJSON_GetObjectItem(cJSON_GetObjectItem(all, "server"), what);
}

/* The sum of medians, 40, is that of no run. */
static void test_cpu_sums(void **state)
{
    static const double cpu[][2] = {{10, 50}, {20, 10}, {30, 20}};
    const struct run alike[] = {whole[0], whole[0], whole[0]};

    take(alike, 3);
    for (size_t i = 0; i < 3; i++) {
        set_cpu(i, "server", cpu[i][0]);
        set_cpu(i, "wineserver", cpu[i][1]);
    }
    PRINTS(TABLE_CSV, ",30,50,50,30,60,"); /* range; median of sums, bounds */
}

static void test_cpu_unknown(void **state)
{
    cJSON *machine, *row;

    take(whole, 1);
    set_cpu(0, "wineserver", -1);
    cJSON_AddStringToObject(cJSON_GetObjectItem(set->records[0], "unknown"),
                            "/cpu/wineserver", "no wineserver was found");
    PRINTS(TABLE_TEXT, "n/a: no wineserver was found");
    lacks(text, "CPU in % of one processor at");
    /* The mean is known, the seconds are not. */
    set_cpu(0, "wineserver", 15);
    cJSON_ReplaceItemInArray(server_samples("columns"), 6,
                             cJSON_CreateString("another"));
    PRINTS(TABLE_TEXT, "n/a: the window has no full second of samples",
           "lowest first: iocp 35;");
    /* Windows has no such part, but user and kernel time of its own. */
    set_cpu(0, "wineserver", -1);
    machine = cJSON_GetObjectItem(set->records[0], "machine");
    cJSON_ReplaceItemInObject(cJSON_GetObjectItem(machine, "server"), "os",
                              cJSON_CreateString("Windows"));
    PRINTS(TABLE_TEXT, "lowest first: iocp 20;", "20..45");
    /* A window of half a second. */
    row = cJSON_GetArrayItem(server_samples("rows"), 4);
    cJSON_ReplaceItemInArray(row, 1, cJSON_CreateString("end"));
    cJSON_ReplaceItemInArray(row, 0, cJSON_CreateNumber(4.5));
    PRINTS(TABLE_TEXT, "n/a: the window has no full second of samples");
}

#define CASE(name) cmocka_unit_test_teardown(name, clear)

RUN_TESTS(CASE(test_reference), CASE(test_text), CASE(test_other_tiers),
          CASE(test_skipped), CASE(test_csv), CASE(test_flat_out),
          CASE(test_flat_out_csv), CASE(test_rate), CASE(test_cpu_sums),
          CASE(test_cpu_unknown))
