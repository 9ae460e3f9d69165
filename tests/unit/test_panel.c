/* The rows that people see while a run is under way, and where their figures
 * come from. */
#include "unit.h"
#include "common/panel.h"
#include "common/text.h"
#include "runner/live.h"

static struct panel full(void)
{
    struct panel p;

    panel_init(&p);
    p.title = "[7/24] iocp 4,000";
    p.phase = "measuring";
    p.after = "select 100: 5,432/s";
    p.left_s = 725;
    p.load = p.server = true;
    p.open = 4000;
    p.trips_per_s = 12345.6;
    p.bytes_per_s = 48.2 * 1024 * 1024;
    p.p50_us = 1234;
    p.p99_us = 45678;
    p.server_percent = 55.4;
    p.server_bytes = 19.8 * 1024 * 1024;
    p.server_threads = 4;
    return p;
}

static void expect(const struct panel *p, size_t columns, const char *wanted)
{
    char *text = panel_text(p, columns, PANEL_ROWS);

    assert_string_equal(text, wanted);
    free(text);
}

static void test_widths(void **state)
{
    const struct panel p = full();

    expect(&p, 19,
           "[7/24] iocp 4,000  \n"
           "    4,000 open\n"
           "   12,345 round tri\n"
           " 48.20 MiB/s\n"
           "p50 1.23 ms\n");
    expect(&p, 39,
           "[7/24] iocp 4,000  measuring  12m left \n"
           "    4,000 open     12,345 round trips/s\n"
           " 48.20 MiB/s  p50 1.23 ms  p99 45.7 ms\n"
           "server CPU    55 %  memory  19.80 MiB\n"
           "threads     4\n");
    expect(&p, 79,
           "[7/24] iocp 4,000  measuring  12m left  select 100: 5,432/s\n"
           "    4,000 open     12,345 round trips/s   48.20 MiB/s  p50 1.23 ms"
           "  p99 45.7 ms\n"
           "server CPU    55 %  memory  19.80 MiB  threads     4\n");
}

/* Each figure has its place, whatever is known of it; but for the time left,
 * which is a word of the first row. */
static void test_unknown(void **state)
{
    struct panel p;

    panel_init(&p);
    p.title = "127.0.0.1:7";
    p.phase = "connecting";
    expect(&p, 79, "127.0.0.1:7  connecting\n");
    p.load = p.server = true;
    expect(&p, 79,
           "127.0.0.1:7  connecting\n"
           "        - open          - round trips/s           -/s  p50       -"
           "  p99       -\n"
           "server CPU     - %  memory          -  threads     -\n");
}

static void check_rows(const char *text, size_t columns, size_t most)
{
    size_t rows = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char row[1024], valid[1024];

        assert_int_equal(text[length], '\n');
        assert_true(length <= columns);
        snprintf(row, sizeof row, "%.*s", (int)length, text);
        snprintf(valid, sizeof valid, "%s", row);
        assert_string_equal(utf8_valid(valid), row);
        text += length + 1;
        rows++;
    }
    assert_true(rows <= most && rows <= PANEL_ROWS);
}

/* At any width, with letters of each length at any place. */
static void test_is_within(void **state)
{
    static const char *const letters[] = {"x", "ü", "☃", "😀"};
    static const double values[] = {PANEL_UNKNOWN, 0, 999.6, 1e6, 1e18};

    for (size_t columns = 1; columns <= 201; columns++)
        for (size_t i = 0; i < COUNT(letters) * COUNT(values); i++) {
            struct panel p = full();
            struct text title = {0};
            const double value = values[i / COUNT(letters)];

            for (size_t n = 0; n < 60; n++)
                text_add(&title, "%s", letters[(i + n) % COUNT(letters)]);
            p.title = title.data;
            p.open = p.trips_per_s = p.bytes_per_s = value;
            p.p50_us = p.p99_us = p.server_percent = value;
            p.server_bytes = p.server_threads = p.left_s = value;
            for (size_t most = 0; most <= PANEL_ROWS + 1; most++) {
                char *text = panel_text(&p, columns, most);

                check_rows(text, columns, most);
                free(text);
            }
            free(title.data);
        }
}

static void test_latencies(void **state)
{
    static const struct {
        double us;
        const char *shown;
    } cases[] = {{0, "p50    0 us"},       {999.4, "p50  999 us"},
                 {999.6, "p50 1.00 ms"},   {9994, "p50 9.99 ms"},
                 {9996, "p50 10.0 ms"},    {123456, "p50  123 ms"},
                 {999400, "p50  999 ms"},  {999600, "p50  1.00 s"},
                 {12345678, "p50  12.3 s"}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct panel p = full();

        p.p50_us = cases[i].us;
        char *text = panel_text(&p, 79, PANEL_ROWS);
        holds(text, cases[i].shown);
        free(text);
    }
}

/* --- figures of samples ----------------------------------------------------
 */

static void say(struct live *live, cJSON *all, int which, const char *json)
{
    cJSON *line = cJSON_Parse(json);

    assert_non_null(line);
    cJSON_AddItemToArray(all, line);
    live_line(live, which, line);
}

#define SAMPLE "{\"event\":\"sample\","

static void test_last_second(void **state)
{
    struct live live;
    const struct panel *p = &live.panel;
    cJSON *all = cJSON_CreateArray();

    live_init(&live, 2);
    say(&live, all, PROGRAM_LOAD, "{\"event\":\"ready\",\"open\":7}");
    assert_true(p->open < 0);
    say(&live, all, PROGRAM_LOAD,
        SAMPLE "\"t_us\":5,\"open\":3,\"messages_echoed\":100,"
               "\"received_bytes\":1000,\"p50_us\":null,\"p99_us\":null}");
    say(&live, all, PROGRAM_SERVER,
        SAMPLE "\"t_us\":70,\"user_us\":1,\"kernel_us\":2,\"threads\":null}");
    assert_true(p->open == 3);
    assert_true(p->trips_per_s < 0 && p->p50_us < 0);
    assert_true(p->server_percent < 0 && p->server_threads < 0);
    /* Too early for the counters. */
    say(&live, all, PROGRAM_LOAD,
        SAMPLE "\"t_us\":200005,\"open\":5,\"messages_echoed\":900,"
               "\"received_bytes\":9000}");
    assert_true(p->open == 5 && p->trips_per_s < 0);
    say(&live, all, PROGRAM_LOAD,
        SAMPLE "\"t_us\":2000005,\"open\":4,\"messages_echoed\":500,"
               "\"received_bytes\":21000,\"p50_us\":7.5,\"p99_us\":9}");
    assert_true(p->trips_per_s == 200 && p->bytes_per_s == 10000);
    assert_true(p->p50_us == 7.5 && p->p99_us == 9);
    say(&live, all, PROGRAM_SERVER,
        SAMPLE "\"t_us\":1000070,\"user_us\":250001,\"kernel_us\":250002,"
               "\"threads\":4,\"working_set_bytes\":4096}");
    assert_true(p->server_percent == 50);
    assert_true(p->server_threads == 4 && p->server_bytes == 4096);
    /* No echo came in this second. */
    say(&live, all, PROGRAM_LOAD,
        SAMPLE "\"t_us\":3000005,\"open\":4,\"messages_echoed\":500,"
               "\"received_bytes\":21000,\"p50_us\":null,\"p99_us\":null}");
    assert_true(p->trips_per_s == 0 && p->p50_us < 0 && p->p99_us < 0);
    cJSON_Delete(all);
}

/* Their counters add up; which percentile all have together is not known. */
static void test_several_loads(void **state)
{
    struct live live;
    const struct panel *p = &live.panel;
    cJSON *all = cJSON_CreateArray();

    live_init(&live, 3);
    for (int i = PROGRAM_LOAD; i < 3; i++) {
        say(&live, all, i,
            SAMPLE "\"t_us\":5,\"open\":3,\"messages_echoed\":100,"
                   "\"received_bytes\":1000}");
        assert_true(i == PROGRAM_LOAD ? p->open < 0 : p->open == 6);
    }
    for (int i = PROGRAM_LOAD; i < 3; i++) {
        assert_true(p->trips_per_s < 0);
        say(&live, all, i,
            SAMPLE "\"t_us\":1000005,\"open\":2,\"messages_echoed\":400,"
                   "\"received_bytes\":3000,\"p50_us\":7,\"p99_us\":9}");
    }
    assert_true(p->open == 4 && p->trips_per_s == 600);
    assert_true(p->bytes_per_s == 4000 && p->p50_us < 0 && p->p99_us < 0);
    cJSON_Delete(all);
}

RUN_TESTS(TEST(test_widths), TEST(test_unknown), TEST(test_is_within),
          TEST(test_latencies), TEST(test_last_second),
          TEST(test_several_loads))
