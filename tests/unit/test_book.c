#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "book_records.h"
#include "results/refused.h"

/* --- the reference -------------------------------------------------------- */

static void test_reference(void **state)
{
    struct book_reference reference;
    size_t sure = 0, all = 0;

    (void)state;
    book_reference(&reference);
    assert_int_equal(reference.count, 15);
    for (size_t i = 0; i < reference.count; i++)
        for (int k = 0; k < BOOK_COLUMNS; k++) {
            const struct book_value *v = &reference.row[i].value[k];

            assert_true(v->known);
            assert_int_not_equal(v->status, BOOK_UNSTATED);
            sure += v->status == BOOK_CORROBORATED;
            all++;
        }
    assert_int_equal(all, 15 * BOOK_COLUMNS);
    assert_true(sure > 20 && sure < all);
    cJSON_Delete(reference.json);
}

/* "1,008" where a digit or a comma neither precedes nor follows it. */
static const char *find_number(const char *text, const char *number)
{
    const char *digits = "0123456789,.";

    for (const char *at = strstr(text, number); at != NULL;
         at = strstr(at + 1, number)) {
        const char *end = at + strlen(number);

        if ((at == text || strchr(digits, at[-1]) == NULL) &&
            (*end == '\0' || strchr("0123456789,", *end) == NULL))
            return at;
    }
    return NULL;
}

/* Wherever a figure of the book that is not corroborated is printed, its mark
 * follows. Rows in which none of ours is alike. */
static void test_marks(void **state)
{
    static const enum table_format formats[] = {TABLE_TEXT, TABLE_MARKDOWN,
                                                TABLE_HTML};
    struct book_reference reference;
    size_t marked = 0;

    (void)state;
    book_reference(&reference);
    for (size_t i = 0; i < reference.count; i++) {
        const struct book_printed *p = &reference.row[i];
        struct run run = {p->model, (int)p->attempted, 7, 77777, "", ""};

        if (p->attempted > 40000)
            run.connections = 50000;
        for (size_t f = 0; f < COUNT(formats); f++) {
            char *text = book(&run, 1, formats[f]);

            for (int k = 0; k < BOOK_COLUMNS; k++) {
                const struct book_value *v = &p->value[k];
                const char *mark = book_mark(v->status), *at = text;
                char number[32];

                if (*mark == '\0' || v->high < 1000)
                    continue; /* too short to be told from others */
                number_show_count((uint64_t)v->high, number, sizeof number);
                assert_non_null(find_number(text, number));
                while ((at = find_number(at, number)) != NULL) {
                    at += strlen(number);
                    /* Corroborated for one column, not for another. */
                    if (p->value[BOOK_SEND].high != v->high &&
                        strncmp(at, mark, strlen(mark)) != 0)
                        fail_msg("%s without %s in:\n%s", number, mark, text);
                    marked++;
                }
            }
            free(text);
        }
    }
    assert_true(marked > 100);
    cJSON_Delete(reference.json);
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
    holds(text, "5,027,914");
    holds(text, "3,217,493\xC2\xB6"); /* ¶: conflict */
    holds(text, "192\xE2\x80\xA0");
    holds(text, "2\xE2\x80\xA1");
    holds(text, "n/a: no pool here");
    holds(text, "30..50");
    holds(text, "By bytes sent a second at 12,000 connections, here: "
                "iocp = event_select > select > blocking; in the book: iocp > "
                "event_select");
    holds(text, "3 of 4 rows connected every attempt; first to stop was "
                "blocking, by the server's ERROR_NOT_ENOUGH_MEMORY at 70 "
                "connections of 12,000.");
    holds(text, "iocp at 12,000: connected 12,000, 100 % (the book: 12,000, "
                "100 %); sent 5,000,000 bytes/s, place 1-2 of 4 (the book: "
                "5,027,914, place 1 of 6), for 35 % of a processor; every "
                "attempt connected.");
    holds(text, "select at 12,000: connected 12,000, 100 %; sent 3,000,000 "
                "bytes/s, place 3 of 4 (not in the book)");
    holds(text, "not Windows figures");
    holds(text, "Pentium 4 Xeon 1.7 GHz");
    holds(text, "isolated 100 Mb hub\xE2\x80\xA0");
    lacks(text, "quick look");
    free(text);
}

/* The rows are the book's: blocking first, whatever order they ran in. */
static void test_order(void **state)
{
    char *text = book(whole, COUNT(whole), TABLE_CSV);
    const char *blocking = strstr(text, "\nblocking,");
    const char *select = strstr(text, "\nselect,");
    const char *iocp = strstr(text, "\niocp,");

    (void)state;
    assert_true(blocking != NULL && blocking < select && select < iocp);
    free(text);
}

static void test_stop(void **state)
{
    static const struct run refused[] = {
        {"blocking", 7000, 70, 1, ",\"reset\":6930",
         "\"WSAENOBUFS\":1,\"ERROR_NOT_ENOUGH_MEMORY\":6929"}};
    static const struct run slow[] = {{"nonblocking", 7000, 70, 1,
                                       ",\"abandoned\":6900,\"unserved\":30",
                                       ""}};
    char *text = book(refused, 1, TABLE_TEXT);

    (void)state;
    /* The first sample with a refusal, not the last. */
    holds(text, "blocking at 7,000: stopped by the server's "
                "ERROR_NOT_ENOUGH_MEMORY; the server then, 3.0 s into the run: "
                "open 70, memory 3.00 MiB, threads 73; attempts: reset 6,930; "
                "refused by the server: WSAENOBUFS 1, ERROR_NOT_ENOUGH_MEMORY "
                "6,929; tried again: refused 2");
    free(text);
    text = book(slow, 1, TABLE_TEXT);
    holds(text, "stopped by the end of its time budget of 43 s; it was still "
                "connecting, 35 a second on average");
    holds(text, "attempts: abandoned 6,900, unserved 30");
    free(text);
}

static void test_last_tier(void **state)
{
    static const struct run runs[] = {{"event_select", 50000, 50000, 1, "", ""},
                                      {"iocp", 50000, 50000, 1, "", ""}};
    char *text = book(runs, COUNT(runs), TABLE_TEXT);

    (void)state;
    holds(text, "45,933 of 46,000\xC2\xBF"); /* no status is stated */
    holds(text, "WSAEventSelect at 46,000\xC2\xBF: 63 sockets");
    holds(text, "49,997");
    holds(text, "37,392\xC2\xA7");
    holds(text, "63 sockets a worker would give 731 threads");
    free(text);
}

/* A note's numbers that the row has have the row's marks. */
static void test_notes(void **state)
{
    static const struct run runs[] = {{"blocking", 7000, 7000, 1, "", ""}};
    char *text = book(runs, 1, TABLE_TEXT), *explained;
    struct record_set *set = make_set(runs, 1);

    (void)state;
    holds(text, "2016\xE2\x80\xA1 threads = a receive thread and a send thread "
                "for each of 1008\xE2\x80\xA0 clients");
    free(text);
    explained = book_explain(set, "blocking:7000:book_threads");
    holds(explained, "each of 1008\xE2\x80\xA0 clients");
    free(explained);
    explained = book_explain(set, "blocking:7000:book_attempted");
    holds(explained, "7000 attempted\nstatus: status not stated\n");
    free(explained);
    records_free(set);
}

/* What was only reached has no place among what was measured. */
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
    holds(text, "here: event_select > select; without a place: blocking (not "
                "valid), iocp (not valid); in the book: iocp > ");
    holds(text, "the least first, here: select 35 %, event_select 35 %; "
                "without a place: blocking (not valid), iocp (not valid); ");
    holds(text, "3 of 4 rows connected every attempt (1 of them not valid); "
                "first to stop was blocking (not valid), by ");
    holds(text, "iocp (not valid) at 12,000: connected 12,000, 100 % (the "
                "book: 12,000, 100 %); sent 5,000,000 bytes/s (the book: "
                "5,027,914, place 1 of 6), for 35 % of a processor");
    holds(text, "select at 12,000: connected 12,000, 100 %; sent 3,000,000 "
                "bytes/s, place 2 of 2 (not in the book)");
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
    struct refusal all = {50000, NULL,  "f",     "open files",
                          20000, 50064, "files", "ulimit"};
    struct refusal one = {12000, "blocking", "m",     "memory",
                          1e9,   2e9,        "bytes", "add"};
    struct refusal same = {50000, "select", "t",       "threads",
                           1000,  50003,    "threads", "fewer"};
    struct record_set *set = make_set(whole, 3); /* without blocking */
    char *text, *only;

    (void)state;
    set->refused = refused_make();
    refused_add(set->refused, &all);
    refused_add(set->refused, &one);
    refused_add(set->refused, &same);
    text = book_make(set, TABLE_TEXT);
    holds(text, "50,000 connections were refused before anything started: "
                "open files: there are 20,000, it would need 50,064; ulimit");
    holds(text, "memory: there are 953.67 MiB, it would need 1.86 GiB; add");
    holds(text, "49,997"); /* the book's stands beside all the same */
    free(text);
    text = book_make(set, TABLE_CSV);
    holds(text, "\niocp,,0,0,50000,yes,");
    holds(text, "\nblocking,,0,0,12000,yes,");
    holds(text, "ulimit");
    /* What refuses one model stands in no other's row. */
    only = strstr(text, "threads: there are");
    assert_non_null(only);
    lacks(only + 1, "threads: there are");
    free(text);
    records_free(set);
}

/* --- formats ----------------------------------------------------------------
 */

static size_t bars(const char *line, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    return count;
}

/* One table: its lines are together, and all have as many cells. */
static void test_markdown(void **state)
{
    char *text = book(whole, COUNT(whole), TABLE_MARKDOWN);
    size_t lines = 0, cells = 0;
    const char *line = text;

    (void)state;
    for (; *line == '|'; line = strchr(line, '\n') + 1, lines++) {
        size_t length = strcspn(line, "\n");

        cells = lines == 0 ? bars(line, length) : cells;
        assert_int_equal(bars(line, length), cells);
    }
    assert_int_equal(lines, 2 + COUNT(whole));
    assert_int_equal(*line, '\n');
    lacks(line, "\n|");
    free(text);
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

static void test_csv(void **state)
{
    char *text = book(whole, COUNT(whole), TABLE_CSV);
    const size_t columns = fields(text);
    size_t lines = 0;

    (void)state;
    for (const char *line = text; *line != '\0'; lines++) {
        assert_int_equal(fields(line), columns);
        line = strstr(line, "\r\n") + 2;
    }
    assert_int_equal(lines, 1 + COUNT(whole));
    holds(text, "\"recalled, agrees with arithmetic\"");
    holds(text, ",30,50,35,35,35,"); /* lowest, highest, mean */
    free(text);
}

static void test_html(void **state)
{
    char *text = book(whole, COUNT(whole), TABLE_HTML);

    (void)state;
    holds(text, "<caption>Each model at each number of connections, here and "
                "in the book</caption>");
    holds(text, "<p>iocp at 12,000: connected");
    holds(text, "(=: within 2 %)");
    lacks(text, "</table><table");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference), cmocka_unit_test(test_marks),
        cmocka_unit_test(test_text),      cmocka_unit_test(test_order),
        cmocka_unit_test(test_stop),      cmocka_unit_test(test_last_tier),
        cmocka_unit_test(test_notes),     cmocka_unit_test(test_not_valid),
        cmocka_unit_test(test_quick),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_markdown),  cmocka_unit_test(test_csv),
        cmocka_unit_test(test_html),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
