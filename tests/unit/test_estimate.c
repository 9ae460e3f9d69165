/* Estimates from made-up records whose answers are known by hand. */
#include "records.h"
#include "results/estimate.h"

#include <math.h>

/* A server of 1 MiB and 5,000 bytes and 2 threads for each connection. */
static cJSON *record(const char *model, int connections, double memory,
                     double server_us, const char *more)
{
    return json_made(text_make(
        "{'started_at':'2026-01-01T00:00:00Z',%s"
        "'asked':{'model':'%s','connections':%d,'pattern':'echo',"
        "'message_bytes':1000},"
        "'connections':{'attempted':%d,'connected':%d,'per_s':2000},"
        "'memory':{'loaded':{'working_set_bytes':%.17g},"
        "'load':{'working_set_bytes':%d}},'threads':{'end':%d},"
        "'cpu':{'per_round_trip_us':{'server':%.17g,'wineserver':40,'load':10}}"
        ","
        "'machine':{'server':{'os':'Wine','cores':4,'memory_bytes':10000000000}"
        ","
        "'load':{'cores':4,'usable_processors':1,"
        "'dynamic_ports':[32768,28232]}}}",
        more, model, connections, connections, connections, memory,
        1000000 + 200 * connections, 3 + 2 * connections, server_us));
}

static const struct estimate wanted = {
    {100000, 1000000}, 2, 10, 0, "iomodels estimate x"};

static struct record_set *made(void)
{
    static const char valid[] = "'valid':true,";
    static const char lost[] = "'valid':false,'reasons':['x: 1'],";
    cJSON **records = calloc(7, sizeof(cJSON *));

    records[0] = record("iocp", 100, 1500000, 50, valid);
    records[1] = record("iocp", 1000, 6000000, 70, valid);
    records[2] = record("iocp", 4000, 21000000, 60, valid);
    records[3] = record("iocp", 4000, 9e9, 9000, lost); /* does not count */
    /* Not on a line: (0, 0), (1, 1), (2, 3), as 1000 connections and MB. */
    records[4] = record("apc", 1000, 1000000, 60, valid);
    records[5] = record("apc", 2000, 2000000, 60, valid);
    records[6] = record("apc", 3000, 4000000, 60, valid);
    return records_group(records, 7);
}

static void about(const cJSON *at, const char *pointer, double value)
{
    double found = (double)NAN;

    if (!record_number(at, pointer, &found) ||
        fabs(found - value) > 1e-4 * fabs(value))
        fail_msg("%s: %.9g, not %.9g", pointer, found, value);
}

static const cJSON *model(const cJSON *whole, const char *name)
{
    const cJSON *each;

    cJSON_ArrayForEach (each, record_at(whole, "/models"))
        if (strcmp(record_text(each, "/model"), name) == 0)
            return each;
    fail_msg("no %s", name);
    return NULL;
}

static void test_figures(void **state)
{
    struct record_set *set = made();
    cJSON *whole = estimate_make(set, &wanted);
    const cJSON *iocp = model(whole, "iocp");

    about(iocp, "/costs/server_memory_bytes/value", 5000);
    about(iocp, "/costs/server_memory_bytes/low", 5000);
    about(iocp, "/costs/server_memory_bytes/r_squared", 1);
    about(iocp, "/costs/server_memory_bytes/runs", 3);
    about(iocp, "/costs/load_memory_bytes/value", 200);
    about(iocp, "/costs/threads/value", 2);
    assert_null(record_at(iocp, "/costs/nonpaged_pool_bytes"));
    about(iocp, "/costs/server_cpu_us/value", 60);
    about(iocp, "/costs/server_cpu_us/low", 50);
    about(iocp, "/costs/server_cpu_us/high", 70);
    about(iocp, "/at/0/server_memory_bytes/value", 1e6 + 5e8);
    about(iocp, "/at/1/server_memory_bytes/value", 1e6 + 5e9);
    about(iocp, "/at/1/threads/value", 2000003);
    /* 10,000 and 100,000 messages a second. */
    about(iocp, "/at/0/server_processors/value", 0.6);
    about(iocp, "/at/0/server_processors/low", 0.5);
    about(iocp, "/at/1/wineserver_processors/value", 4);
    about(iocp, "/at/1/load_processors/value", 1);
    about(iocp, "/at/1/load_machines/value", 1);
    about(iocp, "/at/1/connect_s/value", 500);
    assert_string_equal(record_text(iocp, "/at/0/threads/how"), "extrapolated");
    about(iocp, "/limits/memory/value", (1e10 - 1e6) / 5000);
    about(iocp, "/limits/server CPU/value", 4 * 1e7 / 60);
    about(iocp, "/limits/wineserver CPU/value", 250000);
    about(iocp, "/limits/load CPU/value", 1e6);
    assert_string_equal(record_text(iocp, "/limits/first"), "wineserver CPU");
    about(whole, "/needs/1/messages_per_s/value", 100000);
    about(whole, "/needs/1/bits_per_s_each_way/value", 8e8);
    about(whole, "/needs/0/source_addresses/value", 4);
    about(whole, "/needs/1/source_addresses/value", 36);
    about(whole, "/needs/0/load_open_files/value", 100064);
    about(whole, "/needs/0/wineserver_open_files/value", 100400);
    cJSON_Delete(whole);
    records_free(set);
}

/* Of (1, 1), (2, 2), (3, 4): rise 1.5, off by 12.706 * sqrt(1/6 / 2). */
static void test_intervals(void **state)
{
    struct record_set *set = made();
    cJSON *whole = estimate_make(set, &wanted);
    const cJSON *apc = model(whole, "apc");
    const double off = 12.706 * sqrt(1.0 / 12);

    about(apc, "/costs/server_memory_bytes/value", 1500);
    about(apc, "/costs/server_memory_bytes/low", 1000 * (1.5 - off));
    about(apc, "/costs/server_memory_bytes/high", 1000 * (1.5 + off));
    about(apc, "/costs/server_memory_bytes/r_squared", 27.0 / 28);
    about(apc, "/at/0/server_memory_bytes/value", 1e6 * (-2.0 / 3 + 150));
    about(apc, "/at/0/server_memory_bytes/high",
          1e6 * (-2.0 / 3 + 150 +
                 12.706 * sqrt(1.0 / 6 * (1.0 / 3 + 98 * 98 / 2.0))));
    cJSON_Delete(whole);
    records_free(set);
}

/* Two runs have a line and no interval, one has neither; those that are within
 * the measured connections are not called extrapolated. */
static void test_few(void **state)
{
    static const struct estimate within = {{1500}, 1, 10, 64, "x"};
    cJSON **records = calloc(3, sizeof(cJSON *));
    struct record_set *set;
    cJSON *whole;

    records[0] = record("iocp", 1000, 1000000, 50, "'valid':true,");
    records[1] = record("iocp", 2000, 3000000, 50, "'valid':true,");
    records[2] = record("select", 1000, 1000000, 50, "'valid':true,");
    set = records_group(records, 3);
    whole = estimate_make(set, &within);
    about(model(whole, "iocp"), "/at/0/server_memory_bytes/value", 2000000);
    assert_null(record_at(model(whole, "iocp"), "/at/0/threads/low"));
    assert_string_equal(record_text(model(whole, "iocp"), "/at/0/threads/how"),
                        "interpolated");
    assert_null(record_at(model(whole, "select"), "/at/0/threads"));
    assert_null(record_at(model(whole, "select"), "/limits/memory"));
    about(model(whole, "select"), "/at/0/server_processors/value", 0.0075);
    about(whole, "/needs/0/bits_per_s_each_way/value", 150 * 64 * 8);
    cJSON_Delete(whole);
    records_free(set);
}

static void test_words(void **state)
{
    struct record_set *set = made();
    char *text = estimate_show(set, &wanted, TABLE_TEXT);

    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1)
        if (strcspn(at, "\n") > 80)
            fail_msg("more than 80 columns: %.*s", (int)strcspn(at, "\n"), at);
    holds(text, "\nServer of 1,000,000 connections\n");
    lacks(text, "non-paged");
    free(text);
    text = estimate_show(set, &wanted, TABLE_MARKDOWN);
    holds(text, "\nMade by `iomodels estimate x`.\n");
    holds(text, "| iocp | wineserver CPU | 1,999,800 | 666,666 | "
                "250,000 | 1,000,000 |");
    holds(text, "| iocp | 0.47 (0.47..0.47) | 200,003 (200,003..200,003) | "
                "0.60 (0.50..0.70) | 0.40 (0.40..0.40) |");
    free(text);
    records_free(set);
}

RUN_TESTS(TEST(test_figures), TEST(test_intervals), TEST(test_few),
          TEST(test_words))
