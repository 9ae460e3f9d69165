/* Every sentence against made-up records whose order is known. */
#include "records.h"
#include "results/findings.h"

#include <math.h>

/* Runs of one model at one tier: round trips/s and CPU a round trip of each. */
struct made {
    const char *model;
    int connections;
    double trips[4]; /* ends with 0 */
    double cpu, memory;
    const char *more; /* members of each record, of the last one */
    const char *last;
};

static cJSON *record(const struct made *made, size_t run, bool last)
{
    return json_made(text_make(
        "{'started_at':'2026-01-01T00:00:%02zuZ'%s%s,"
        "'asked':{'model':'%s','connections':%d,'pattern':'echo'},"
        "'throughput':{'round_trips_per_s':%.3f},"
        "'latency_us':{'from_send':{'p99':%.3f}},"
        "'cpu':{'per_round_trip_us':{'total':%.3f}},"
        "'memory':{'per_connection_bytes':%.3f}%s%s}",
        run, last && made->last != NULL ? "" : ",'valid':true,'cautions':[]",
        "", made->model, made->connections, made->trips[run],
        1e6 / made->trips[run], made->cpu, made->memory,
        made->more != NULL ? made->more : "",
        last && made->last != NULL ? made->last : ""));
}

static cJSON *findings(const struct made *made, size_t count)
{
    cJSON **records = calloc(4 * count, sizeof(cJSON *));
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t run = 0; run < 4 && made[i].trips[run] > 0; run++)
            records[total++] =
                record(&made[i], run, run == 3 || made[i].trips[run + 1] <= 0);

    struct record_set *set = records_group(records, total);
    cJSON *found = findings_make(set);

    records_free(set);
    return found;
}

/* Lines of at most 80 columns, at most eight of them; the text, to free. */
static char *text_of(const struct made *made, size_t count)
{
    cJSON *found = findings(made, count);
    char *text = findings_text(found);
    size_t lines = 0;

    for (const char *at = text; *at != '\0'; lines++) {
        size_t length = strcspn(at, "\n");

        if (length > FINDINGS_COLUMNS || at[length - 1] == ' ')
            fail_msg("%zu columns: %s", length, text);
        at += length + 1;
    }
    if (lines > FINDINGS_LINES)
        fail_msg("%zu lines: %s", lines, text);
    cJSON_Delete(found);
    return text;
}

/* iocp leads, apc is within noise, select is half as fast for twice the price;
 * 2,000 / 1,000 and 1,990 / 1,010 are the bounds of the ratios. */
static const struct made ordered[] = {
    {"select", 100, {1000, 990, 1010}, 80, 2048, NULL, NULL},
    {"apc", 100, {1995, 1950, 2005}, 41, 1024, NULL, NULL},
    {"iocp", 100, {2000, 1990, 2010}, 40, 4096, NULL, NULL},
    {"select", 1000, {1000, 990, 1010}, 30, 2048, NULL, NULL},
    {"apc", 1000, {500, 490, 510}, 60, 1024, NULL, NULL},
    {"iocp", 1000, {400, 390, 410}, 60, 1024, NULL, NULL},
};

static const struct made single[] = {
    {"select", 100, {1000}, 80, 2048, NULL, NULL},
    {"iocp", 100, {2000}, 40, 4096, NULL, NULL},
};

/* Two runs cannot tell a difference from noise. */
static const struct made twice[] = {
    {"select", 100, {1000, 1001}, 80, 2048, NULL, NULL},
    {"iocp", 100, {2000, 2001}, 40, 4096, NULL, NULL},
};

static const struct made alike[] = {
    {"select", 100, {1000, 1020, 980}, 80, 2048, NULL, NULL},
    {"apc", 100, {1001, 1021, 981}, 80, 2048, NULL, NULL},
    {"iocp", 100, {1002, 1022, 982}, 80, 2048, NULL, NULL},
};

/* A run that is not valid would have been the fastest. */
static const struct made invalid[] = {
    {"select", 100, {1000, 990, 1010}, 80, 2048, NULL, NULL},
    {"iocp",
     100,
     {500, 490, 510, 9000},
     40,
     4096,
     NULL,
     ",'valid':false,'reasons':['timed_out: 3']"},
    {"apc",
     100,
     {8000},
     1,
     1,
     NULL,
     ",'valid':false,'reasons':['server_died: 5']"},
};

/* A group without a valid run, one disturbed, and a tier that lacks a model. */
static const struct made doubtful[] = {
    {"select",
     100,
     {1000, 990, 1010},
     80,
     2048,
     NULL,
     ",'valid':true,'cautions':['load_waited: 7 %']"},
    {"iocp", 100, {500, 490, 510}, 40, 4096, NULL, NULL},
    {"select", 1000, {700, 690, 710}, 80, 2048, NULL, NULL},
};

#define CONNECTIONS(tried, made_, outcomes, ends)                              \
    ",'connections':{'attempted':" #tried ",'connected':" #made_               \
    ",'outcomes':{" outcomes "},'ends':{" ends "}}"
static const struct made lost[] = {
    {"select",
     100,
     {1000, 990, 1010},
     80,
     2048,
     CONNECTIONS(100, 97, "'connected':97,'refused':2,'timed_out':1",
                 "'completed':97"),
     NULL},
    {"iocp",
     100,
     {500, 490, 510},
     40,
     4096,
     CONNECTIONS(100, 100, "'connected':100", "'completed':93,'reset':7"),
     NULL},
    {"apc",
     100,
     {450, 440, 460},
     50,
     4096,
     CONNECTIONS(100, 100, "'connected':100", "'completed':100"),
     NULL},
};

/* At a held rate throughput says nothing: 2 ms are the better p99. */
static const struct made nothing[] = {
    {"iocp", 100, {500, 490, 510}, 40, 4096, NULL, NULL},
    {"iocp", 1000, {500, 490, 510}, 40, 4096, NULL, NULL},
};

static const struct made no_memory[] = {
    {"select", 100, {1000, 990, 1010}, 80, 0, NULL, NULL},
    {"iocp", 100, {500, 490, 510}, 40, -4096, NULL, NULL},
};

static void test_sentences(void **state)
{
    static const struct {
        const struct made *made;
        size_t count;
        const char *held[6], *lacking[6];
    } cases[] = {
        {ordered,
         6,
         {"Fastest in round trips/s, and its lead "
          "(low..high):\n",
          "  at 100: iocp 2,000; tied: apc; 2.00x select (1.97..2.03)\n",
          "  at 1,000: select 1,000; 2.00x apc (1.94..2.06), 2.50x iocp "
          "(2.41..2.59)\n",
          "Least CPU a round trip: at 100 iocp 40.0 us; at 1,000 select 30.0 "
          "us; 2.00x in\n    ",
          "Least memory a connection: at 100 apc 1.0 KiB; at 1,000 apc 1.0 "
          "KiB; tied: iocp;\n    2.00x in select (2.00..2.00)\n",
          NULL},
         {"Caution", "Lost", "too few", "wineserver", "p99"}},
        {single,
         2,
         {"its lead (too few repeats for intervals):",
          "  at 100: iocp 2,000; 2.00x select\n",
          "at 100 iocp 40.0 us; 2.00x in select\n",
          "at 100 select 2.0 KiB; 2.00x in iocp\n", NULL},
         {"tied", "..", "Caution"}},
        {twice, 2, {"too few repeats", "2.00x select\n", NULL}, {"tied", ".."}},
        {alike, 3, {"  at 100: iocp 1,002; all tied\n", NULL}, {"x select"}},
        {invalid,
         3,
         {"  at 100: select 1,000; 2.00x iocp (1.94..2.06)\n",
          "Least CPU a round trip: at 100 iocp 40.0 us",
          "Caution: 2 of 8 runs not valid and left out (apc at 100, iocp at "
          "100)\n",
          NULL},
         {"9,000", "8,000", "disturbed", "not run"}},
        {doubtful,
         3,
         {"  at 100: select 1,000; 2.00x iocp",
          "Caution: 1 of 9 runs disturbed (select at 100); not run: iocp at "
          "1,000\n",
          NULL},
         {"at 1,000: ", "not valid"}},
        {lost,
         3,
         {"Lost connections: select at 100: 3 did not connect (refused 2, "
          "timed_out 1);\n    iocp at 100: 7 ended early (reset 7)\n",
          NULL},
         {"Caution", "apc at"}},
        {nothing, 2, {NULL}, {"a", "e"}},
        {no_memory, 2, {"Least CPU", NULL}, {"memory"}},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = text_of(cases[i].made, cases[i].count);

        for (size_t k = 0; cases[i].held[k] != NULL; k++)
            holds(text, cases[i].held[k]);
        for (size_t k = 0; k < 6 && cases[i].lacking[k] != NULL; k++)
            lacks(text, cases[i].lacking[k]);
        free(text);
    }
}

/* Eight models, five tiers, each with a trouble: what is told gets shorter, and
 * never the counts. */
static void test_room(void **state)
{
    static const char *const models[] = {
        "blocking",     "nonblocking", "select", "async_select",
        "event_select", "overlapped",  "apc",    "iocp"};
    static const char trouble[] =
        CONNECTIONS(12000, 10000, "'connected':10000,'timed_out':2000",
                    "'completed':10000");
    struct made made[40];
    size_t count = 0;

    for (int tier = 0; tier < 5; tier++)
        for (size_t m = 0; m < COUNT(models); m++) {
            double trips = 10000 + 10 * (double)m + (m == 0 ? 2000 : 0);

            made[count++] =
                (struct made){models[m],
                              1000 << tier,
                              {trips, trips + 500, trips - 500},
                              50,
                              1000000,
                              trouble,
                              m == 1   ? ",'valid':true,'cautions':['x']"
                              : m == 2 ? ",'valid':false,'reasons':['y']"
                                       : NULL};
        }
    char *text = text_of(made, count);

    holds(text, "at 16,000: ");
    holds(text, "did not connect (timed_out 2,000);\n    and 39 more");
    holds(text, "Caution: 5 of 120 runs not valid and left out; 5 of 120 runs "
                "disturbed");
    free(text);
}

/* Eight models, three tiers: there is room for the names of ties. */
static void test_names_of_ties(void **state)
{
    static const char *const models[] = {
        "iocp",         "overlapped",  "select",   "async_select",
        "event_select", "nonblocking", "blocking", "apc"};
    struct made made[24];

    for (int m = 0; m < (int)COUNT(made); m++) {
        const double trips = m % 8 < 3 ? 10000 - m % 8 : 8000 - 100 * (m % 8);

        made[m] = (struct made){models[m % 8],
                                100 << m / 8,
                                {trips, trips + 10, trips - 10},
                                50 + m % 8,
                                4096 + 100 * (m % 8),
                                NULL,
                                NULL};
    }
    char *text = text_of(made, COUNT(made));

    for (int tier = 0; tier < 3; tier++) {
        char line[80];

        snprintf(line, sizeof line, "  at %d: iocp 10,000; tied: overlapped, ",
                 100 << tier);
        holds(text, line);
    }
    lacks(text, "select, 1.");
    free(text);
}

/* Figures for programs: null where there is no interval, never a guess. */
static void test_figures(void **state)
{
    cJSON *found = findings(ordered, COUNT(ordered));
    const cJSON *place = record_at(found, "/rankings/0/places/2");
    double value;

    assert_string_equal(record_text(found, "/rankings/0/of"),
                        "round_trips_per_s");
    assert_string_equal(record_text(place, "/model"), "select");
    assert_true(record_number(place, "/ratio", &value));
    assert_true(fabs(value - 2) < 1e-9);
    assert_true(record_number(place, "/ratio_low", &value));
    assert_true(fabs(value - 1990.0 / 1010) < 1e-9);
    assert_true(record_number(place, "/ratio_high", &value));
    assert_true(fabs(value - 2010.0 / 990) < 1e-9);
    assert_true(cJSON_IsFalse(record_at(place, "/tie")));
    assert_true(cJSON_IsTrue(record_at(found, "/rankings/0/places/1/tie")));
    cJSON_Delete(found);
    found = findings(single, COUNT(single));
    place = record_at(found, "/rankings/0/places/1");
    assert_true(record_number(place, "/ratio", &value));
    assert_false(record_number(place, "/ratio_low", &value));
    assert_true(record_at(place, "/tie") == NULL);
    cJSON_Delete(found);
}

/* Where all were held to one rate, who answered soonest leads. */
static void test_held_rate(void **state)
{
    cJSON **records = calloc(2, sizeof(cJSON *));
    char *text;

    for (size_t i = 0; i < 2; i++) {
        records[i] = record(&single[i], 0, true);
        cJSON_AddItemToObject(records[i], "valid", cJSON_CreateTrue());
        cJSON_AddNumberToObject(cJSON_GetObjectItem(records[i], "asked"),
                                "rate_bytes_per_s", 5000);
    }
    struct record_set *set = records_group(records, 2);
    cJSON *found = findings_make(set);

    text = findings_text(found);
    holds(text, "Lowest p99, and its lead");
    holds(text, "  at 100: iocp 0.50 ms; 2.00x select\n");
    lacks(text, "round trips/s");
    free(text);
    cJSON_Delete(found);
    records_free(set);
}

RUN_TESTS(TEST(test_sentences), TEST(test_room), TEST(test_names_of_ties),
          TEST(test_figures), TEST(test_held_rate))
