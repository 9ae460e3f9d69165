/* Several load generators as one: shares of connections, histograms, streams
 * and the record of them. */
#include <math.h>

#include "records.h"
#include "common/histogram.h"
#include "common/number.h"
#include "common/options.h"
#include "common/text.h"
#include "results/record.h"

/* All have a share, no connection has two, and none is left over. */
static void test_shares(void **state)
{
    for (uint64_t all = 1; all < 40; all++)
        for (uint64_t of = 1; of <= all; of++) {
            uint64_t next = 0;

            for (uint64_t rank = 0; rank < of; rank++) {
                struct option_part part = option_part(all, rank, of);

                assert_int_equal(part.first, next);
                assert_in_range(part.count, all / of, all / of + 1);
                next += part.count;
            }
            assert_int_equal(next, all);
        }
}

static void test_lists(void **state)
{
    static const struct {
        const char *list;
        uint64_t rank, generators;
        const char *part;
    } cases[] = {{"a", 0, 1, "a"},           {"a,b,c", 0, 1, "a,b,c"},
                 {"a,b,c", 0, 2, "a"},       {"a,b,c", 1, 2, "b,c"},
                 {"a,b,c,d", 1, 2, "c,d"},   {"a,b", 0, 3, ""},
                 {"1::2,::1,3", 1, 3, "::1"}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *part =
            option_list_part(cases[i].list, cases[i].rank, cases[i].generators);

        assert_string_equal(part, cases[i].part);
        free(part);
    }
}

static char *shown(const struct hdr_histogram *h)
{
    cJSON *json = histogram_json(h, "us");
    char *text = cJSON_PrintUnformatted(json);

    cJSON_Delete(json);
    return text;
}

/* What was split and went through JSON is the same as the whole, to the last
 * digit of each figure. */
static void test_histograms(void **state)
{
    enum { PARTS = 3, VALUES = 20000 };
    struct hdr_histogram *whole = histogram_make(), *sum = histogram_make();
    struct hdr_histogram *part[PARTS];
    struct random r = {7};
    char *text[2];

    for (int i = 0; i < PARTS; i++)
        part[i] = histogram_make();
    for (int i = 0; i < VALUES; i++) {
        /* From a nanosecond to an hour. */
        int64_t value = (int64_t)(random_next(&r) >> (22 + i % 41));

        value = value < HISTOGRAM_MAX ? value : HISTOGRAM_MAX;
        hdr_record_values(part[i % PARTS], value, 1 + i % 5);
        hdr_record_values(whole, value, 1 + i % 5);
    }
    for (int i = 0; i < PARTS; i++) {
        char *json = shown(part[i]);
        cJSON *read = cJSON_Parse(json);

        histogram_add_json(sum, read);
        cJSON_Delete(read);
        cJSON_free(json);
        hdr_close(part[i]);
    }
    text[0] = shown(whole);
    text[1] = shown(sum);
    assert_string_equal(text[0], text[1]);
    for (int i = 0; i < 2; i++)
        cJSON_free(text[i]);
    hdr_close(whole);
    hdr_close(sum);
}

/* What is no bucket is left out. */
static void test_bad_buckets(void **state)
{
    struct hdr_histogram *h = histogram_make();
    cJSON *json = json_made(text_copy(
        "{'counts':[[1,2],[-1,2],[1,-2],[1e99,1],['1',1],[1],7,{},[2,1e99]]}"));

    histogram_add_json(h, json);
    histogram_add_json(h, NULL);
    assert_int_equal(h->total_count, 2);
    cJSON_Delete(json);
    hdr_close(h);
}

/* --- streams ------------------------------------------------------------- */

/* What a load generator of 5 connections says whose clock shows 0 at `zero_us`
 * of the runner's; `n` is of the messages in its window of a second, each of
 * which took n us. */
static void add_stream(cJSON *lines, int rank, double zero_us, int n, bool dies)
{
    char metrics[2][256];
    struct text text = {0};
    cJSON *more;

    for (int i = 0; i < 2; i++)
        snprintf(metrics[i], sizeof metrics[i],
                 "'attempted':5,'connected':5,'sent_bytes':%d,"
                 "'received_bytes':%d,'messages_sent':%d,'messages_echoed':%d,"
                 "'user_us':%d,'kernel_us':0,'held_up_us':%d,"
                 "'working_set_bytes':1000",
                 500 + i * 100 * n, 500 + i * 100 * n, 5 + i * n, 5 + i * n,
                 i * 1000 * n, rank * i * 300000);
    text_add(&text,
             "[{'event':'ready','threads':1,'machine':{'cores':%d}},"
             "{'event':'phase','phase':'connecting','t_us':100000},"
             "{'event':'phase','phase':'connected','t_us':200000},"
             "{'event':'phase','phase':'warmup','t_us':300000},"
             "{'event':'phase','phase':'measuring','t_us':400000},"
             "{'event':'sample','mark':'begin','t_us':400000,%s},",
             4 + rank, metrics[0]);
    if (dies)
        text_add(&text, "{'event':'sample','t_us':900000,%s}]", metrics[1]);
    else
        text_add(&text,
                 "{'event':'sample','mark':'end','t_us':1400000,%s},"
                 "{'event':'phase','phase':'draining','t_us':1400000},"
                 "{'event':'phase','phase':'done','t_us':1500000},"
                 "{'event':'final','t_us':1500000,%s,'window':{'begin_us':"
                 "400000,'end_us':1400000},'outcomes':{'connected':5,"
                 "'refused':%d},'ends':{'completed':5},'mismatches':%d,"
                 "'first_mismatch':%s,'hostile':null,'worst_wait':{'us':%d,"
                 "'connection':3},'saturated':%s,'turns':null,'latency_us':{"
                 "'from_send':{'count':%d,'unit':'us','counts':[[%d,%d]]},"
                 "'from_intended':null,'first_echo':null,'connect':null,"
                 "'lateness':null}}]",
                 metrics[1], metrics[1], rank, rank,
                 rank == 0 ? "null"
                           : "{'connection':7,'offset':1,'expected':2,"
                             "'received':3,'kind':'changed'}",
                 n, rank == 1 ? "true" : "false", n, n, n);
    more = json_made(text_take(&text));
    while (more->child != NULL) {
        cJSON *line = cJSON_DetachItemFromArray(more, 0);
        double t_us = 0;

        line_number(line, "t_us", &t_us);
        cJSON_AddNumberToObject(line, "rank", rank);
        cJSON_AddNumberToObject(line, "arrived_us", t_us + zero_us);
        cJSON_AddItemToArray(lines, line);
    }
    cJSON_Delete(more);
}

static cJSON *record_of(cJSON *lines)
{
    cJSON *asked =
        json_made(text_copy("{'connections':10,'duration_s':1,'generators':2,'"
                            "load_via':['a','ssh b']}"));
    cJSON *record = record_build(
        &(struct record_parts){"id", "2026-11-22T14:18:16.123Z", "0", "run",
                               NULL, asked, NULL, lines, NULL});

    cJSON_Delete(asked);
    cJSON_Delete(lines);
    return record;
}

static void figures_are(const cJSON *record, const char *figures)
{
    cJSON *wanted = json_made(text_copy(figures)), *item;

    cJSON_ArrayForEach (item, wanted) {
        double value = NAN;

        record_number(record, item->string, &value);
        if (!(fabs(value - item->valuedouble) < 1e-6))
            fail_msg("%s is %g, not %g", item->string, value,
                     item->valuedouble);
    }
    cJSON_Delete(wanted);
}

/* Counts and rates are sums, the window is the mean of the two on the runner's
 * clock, the most disturbed one and the worst wait count; and each one's own
 * figures are there. */
static void test_two(void **state)
{
    cJSON *lines = cJSON_CreateArray(), *record;
    char *reasons;

    add_stream(lines, 0, 1000000, 10, false);
    add_stream(lines, 1, 1200000, 30, false);
    record = record_of(lines);
    figures_are(
        record,
        "{'/connections/connected':10,'/connections/attempted':10,"
        "'/connections/outcomes/refused':1,'/connections/ends/completed':10,"
        "'/connections/worst_wait/us':30,'/phases/window_s':1,"
        "'/phases/connect_s':0.3,'/throughput/round_trips_per_s':40,"
        "'/traffic/client/messages_sent':50,"
        "'/traffic/window/client/sent_bytes':4000,"
        "'/latency_us/from_send/count':40,'/latency_us/from_send/p50':30.015,"
        "'/latency_us/from_send/min':10,'/latency_us/from_send/mean':25.007,"
        "'/latency_us/from_send/counts/0/1':10,"
        "'/latency_us/from_send/counts/1/1':30,'/cpu/load/user_s':0.04,"
        "'/memory/load/working_set_bytes':2000,'/integrity/mismatches':1,"
        "'/integrity/first_mismatch/connection':7,"
        "'/disturbance/load_held_up_percent':30,'/machine/load/cores':4,"
        "'/samples/load/rows/0/0':1.5,'/samples/load/rows/1/0':2.5,"
        "'/generators/1/rank':1,'/generators/1/connections/connected':5,"
        "'/generators/0/throughput/round_trips_per_s':10,"
        "'/generators/1/throughput/round_trips_per_s':30,"
        "'/generators/1/latency_us/from_send/count':30,"
        "'/generators/1/cpu/load/user_s':0.03,"
        "'/generators/0/disturbance/load_held_up_percent':0,"
        "'/generators/1/disturbance/load_held_up_percent':30,"
        "'/generators/1/machine/load/cores':5,"
        "'/generators/1/samples/load/rows/0/0':1.6}");
    assert_true(cJSON_IsFalse(record_at(record, "/generators/0/saturated")));
    assert_true(cJSON_IsTrue(record_at(record, "/generators/1/saturated")));
    reasons = record_list(record, "/reasons");
    holds(reasons, "client_saturated");
    holds(reasons, "byte_mismatch: connection 7");
    holds(reasons, "held_up: the load generator did not run for 30 %");
    free(reasons);
    cJSON_Delete(record);
}

/* Exchanges with a clock that shows `t_us` and is `zero_us` behind; each answer
 * takes as long as its question. */
static void add_clocks(cJSON *lines, int rank, double t_us, double zero_us)
{
    for (int n = 0; n < 3; n++) {
        const double delay = 400 + 100 * ((n + 1) % 3);
        cJSON *line = cJSON_CreateObject();

        cJSON_AddStringToObject(line, "event", "clock");
        cJSON_AddNumberToObject(line, "rank", rank);
        cJSON_AddNumberToObject(line, "t_us", t_us + 1000 * n);
        cJSON_AddNumberToObject(line, "asked_us",
                                zero_us + t_us + 1000 * n - delay);
        cJSON_AddNumberToObject(line, "arrived_us",
                                zero_us + t_us + 1000 * n + delay);
        cJSON_AddItemToArray(lines, line);
    }
}

/* The shortest exchange decides, and not the line that travelled fastest: of
 * clocks that are 2 s apart the windows are 20 ms apart, or half of them. The
 * last clock loses 16 ms from before its traffic until after its window. */
static void test_clocks(void **state)
{
    const struct {
        double apart_us, lost_us;
        const char *figures;
    } cases[] = {{20000, NAN,
                  "{'/phases/start_skew_s':0.02,'/phases/overlap_percent':98,"
                  "'/generators/0/clock/offset_us':990000,"
                  "'/generators/1/clock/offset_us':1010000,"
                  "'/generators/1/clock/uncertainty_us':400,"
                  "'/generators/1/clock/exchanges':3,"
                  "'/generators/1/phases/begin_s':1.41}"},
                 {500000, NAN,
                  "{'/phases/start_skew_s':0.5,'/phases/overlap_percent':50}"},
                 {0, 16000,
                  "{'/generators/1/clock/offset_us':990000,"
                  "'/generators/1/clock/offset_after_us':1006000,"
                  "'/generators/1/clock/exchanges':6,"
                  "'/phases/start_skew_s':0.00398}"}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        cJSON *lines = cJSON_CreateArray(), *record;
        char *reasons;

        for (int rank = 0; rank < 2; rank++) {
            const double zero = 990000 + rank * cases[i].apart_us;

            add_clocks(lines, rank, 0, zero);
            add_stream(lines, rank, 1000000 + 2000000 * rank, 10, false);
            if (!isnan(cases[i].lost_us))
                add_clocks(lines, rank, 1600000,
                           zero + rank * cases[i].lost_us);
        }
        record = record_of(lines);
        figures_are(record, cases[i].figures);
        reasons = record_list(record, "/reasons");
        (i != 1 ? lacks : holds)(reasons, "windows_apart");
        free(reasons);
        cJSON_Delete(record);
    }
}

/* One that died, or was never there: the others' are kept, and its own as far
 * as they came. */
static void test_died(void **state)
{
    for (int last = 1; last <= 2; last++) {
        cJSON *lines = cJSON_CreateArray(), *record;
        char *reasons;

        add_stream(lines, 0, 0, 10, false);
        if (last == 1)
            add_stream(lines, 1, 0, 30, true);
        record = record_of(lines);
        figures_are(record,
                    last == 1
                        ? "{'/traffic/client/messages_sent':50,"
                          "'/connections/connected':10,"
                          "'/generators/1/traffic/client/messages_sent':35,"
                          "'/generators/0/latency_us/from_send/count':10}"
                        : "{'/traffic/client/messages_sent':15,"
                          "'/connections/connected':5,"
                          "'/generators/0/latency_us/from_send/count':10,"
                          "'/generators/1/rank':1}");
        assert_null(record_at(record, "/latency_us"));
        reasons = record_list(record, "/reasons");
        holds(reasons, "died");
        free(reasons);
        assert_false(record_is_valid(record));
        cJSON_Delete(record);
    }
}

RUN_TESTS(TEST(test_shares), TEST(test_lists), TEST(test_histograms),
          TEST(test_bad_buckets), TEST(test_two), TEST(test_clocks),
          TEST(test_died))
