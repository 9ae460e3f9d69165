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

/* The table has all of the texts, up to a NULL. */
static void prints(enum table_format format, const char *const *wanted)
{
    free(text);
    text = book_make(set, format);
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
          CASE(test_skipped), CASE(test_csv), CASE(test_cpu_sums),
          CASE(test_cpu_unknown))
