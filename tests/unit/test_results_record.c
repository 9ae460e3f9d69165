#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/fields.h"
#include "results/record.h"
#include "results/record_file.h"
#include "common/text.h"

/* A run of 10 connections with messages of 100 bytes, as its programs tell it:
 * 30 messages in all, 20 of them within a window of 2 s. */
static const char asked[] =
    "{'model':'iocp','connections':10,'pattern':'echo','message_bytes':100,"
    "'warmup_s':1,'duration_s':2,'seed':7,'repeat':1,'repeats':1,'place':1,"
    "'places':1}";
static const char server[] =
    "[{'event':'listening','model':'iocp','address':'127.0.0.1','port':4711,"
    "'protocol':1,'pid':12,'threads':2,'tuning':{'accepts':64},"
    "'socket':{'nodelay':1},'machine':{'os':'Wine','wine_version':'8.0',"
    "'cores':2,'loopback_mode':null},'unknown':{'cycles':'Wine cannot',"
    "'nonpaged_pool_bytes':'no pool in Wine','system_nonpaged_pool_bytes':"
    "'no pool in Wine','loopback_mode':'not told'},'arrived_us':5000},"
    "{'event':'sample','mark':'empty','t_us':1000,'connections':0,'threads':3,"
    "'working_set_bytes':1000000,'nonpaged_pool_bytes':null,"
    "'host_tcp_memory_bytes':4096,'arrived_us':6500},"
    "{'event':'sample','mark':'begin','t_us':1000000,'connections':10,"
    "'recv_bytes':500,'send_bytes':500,'recvs':5,'sends':5,'user_us':100000,"
    "'kernel_us':100000,'cycles':null,'system_busy_us':0,'system_idle_us':0,"
    "'wineserver_user_us':0,'wineserver_kernel_us':0,'threads':9,"
    "'arrived_us':1005000},"
    "{'event':'sample','mark':'end','t_us':3000000,'connections':10,"
    "'recv_bytes':2500,'send_bytes':2500,'recvs':25,'sends':25,"
    "'user_us':300000,'kernel_us':400000,'cycles':null,'system_busy_us':600000,"
    "'system_idle_us':1400000,'wineserver_user_us':100000,"
    "'wineserver_kernel_us':300000,'working_set_bytes':1050000,'threads':4,"
    "'nonpaged_pool_bytes':null,'host_tcp_memory_bytes':12288,"
    "'arrived_us':3005100},"
    "{'event':'final','stopped_by':'stop','t_us':4000000,'connections':0,"
    "'accepted':10,'opens':10,'closes':10,'refused':0,'recv_bytes':3000,"
    "'send_bytes':3000,'recvs':30,'sends':30,'partial_sends':0,"
    "'blocked_sends':1,'wineserver_user_us':100000,"
    "'wineserver_kernel_us':300000,'host_tcp_memory_bytes':4096,"
    "'errors':{},'refusals':{},'arrived_us':4005000}]";
static const char load[] =
    "[{'event':'ready','protocol':1,'pid':13,'engine':'epoll','threads':1,"
    "'local_addresses':['127.0.0.1'],'machine':{'os':'Linux'},'unknown':{},"
    "'arrived_us':20000},"
    "{'event':'phase','phase':'connecting','t_us':0,'arrived_us':30000},"
    "{'event':'phase','phase':'connected','t_us':500000,'arrived_us':530000},"
    "{'event':'phase','phase':'warmup','t_us':600000,'arrived_us':630000},"
    "{'event':'phase','phase':'measuring','t_us':1600000,"
    "'arrived_us':1630000},"
    "{'event':'sample','mark':'begin','phase':'measuring','t_us':1600000,"
    "'attempted':10,'connected':10,'sent_bytes':500,'received_bytes':500,"
    "'messages_sent':5,'messages_echoed':5,'user_us':0,'kernel_us':0,"
    "'arrived_us':1630000},"
    "{'event':'sample','mark':'end','phase':'measuring','t_us':3600000,"
    "'attempted':10,'connected':10,'sent_bytes':2500,'received_bytes':2500,"
    "'messages_sent':25,'messages_echoed':25,'user_us':200000,"
    "'kernel_us':200000,'working_set_bytes':777,'arrived_us':3630000},"
    "{'event':'phase','phase':'draining','t_us':3600000,'arrived_us':3630000},"
    "{'event':'phase','phase':'done','t_us':3700000,'arrived_us':3730000},"
    "{'event':'final','t_us':3700000,'attempted':10,'connected':10,"
    "'sent_bytes':3000,'received_bytes':3000,'messages_sent':30,"
    "'messages_echoed':30,'window':{'begin_us':1600000,'end_us':3600000},"
    "'outcomes':{'connected':10},'ends':{'completed':10},'mismatches':0,"
    "'first_mismatch':null,'saturated':false,'latency_us':{"
    "'from_send':{'count':20,'min':1,'mean':2,'max':3,'p50':2,'p90':3,'p99':3,"
    "'p999':3,'unit':'us','counts':[[1,10],[3,10]]},'from_intended':null,"
    "'first_echo':null,'connect':null},'arrived_us':3730000}]";

static cJSON *parse(const char *text)
{
    char *copy = text_copy(text);
    cJSON *parsed;

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    parsed = cJSON_Parse(copy);
    assert_non_null(parsed);
    free(copy);
    return parsed;
}

struct streams {
    cJSON *asked, *server, *load, *reasons;
};

static struct streams streams_make(void)
{
    struct streams streams = {parse(asked), parse(server), parse(load), NULL};

    return streams;
}

/* The line of an event, and of a mark unless it is NULL. */
static cJSON *line_of(cJSON *lines, const char *event, const char *mark)
{
    cJSON *line;

    cJSON_ArrayForEach (line, lines) {
        const char *name =
            cJSON_GetStringValue(cJSON_GetObjectItem(line, "event"));
        const char *tag =
            cJSON_GetStringValue(cJSON_GetObjectItem(line, "mark"));

        if (strcmp(name, event) == 0 &&
            (mark == NULL || (tag != NULL && strcmp(tag, mark) == 0)))
            return line;
    }
    fail_msg("no %s line", event);
    return NULL;
}

static void set_number(cJSON *line, const char *key, double value)
{
    cJSON_DeleteItemFromObject(line, key);
    cJSON_AddNumberToObject(line, key, value);
}

static void drop_line(cJSON *lines, const char *event, const char *mark)
{
    cJSON_Delete(
        cJSON_DetachItemViaPointer(lines, line_of(lines, event, mark)));
}

/* Builds the record; takes the streams. tests/results/test_schema.py has all of
 * them written, and checks them against the schema. */
static cJSON *build(struct streams *streams)
{
    const struct record_parts parts = {"id",
                                       "2026-11-22T14:18:16.123Z",
                                       "0.1.0",
                                       "run",
                                       NULL,
                                       streams->asked,
                                       streams->server,
                                       streams->load,
                                       streams->reasons};
    const char *folder = getenv("IOMODELS_RECORDS");
    cJSON *record = record_build(&parts);
    char *path;

    assert_null(record_fault(record));
    if (folder != NULL) {
        assert_int_equal(record_write(folder, record, &path), 0);
        free(path);
    }
    cJSON_Delete(streams->asked);
    cJSON_Delete(streams->server);
    cJSON_Delete(streams->load);
    cJSON_Delete(streams->reasons);
    return record;
}

static void number_is(const cJSON *record, const char *pointer, double wanted)
{
    double value;

    if (!record_number(record, pointer, &value))
        fail_msg("%s is null", pointer);
    if (fabs(value - wanted) > 1e-6)
        fail_msg("%s is %.9g, not %.9g", pointer, value, wanted);
}

static void unknown_is(const cJSON *record, const char *pointer,
                       const char *why)
{
    const cJSON *unknown = record_at(record, "/unknown");

    assert_null(record_at(record, pointer));
    if (cJSON_GetObjectItemCaseSensitive(unknown, pointer) == NULL)
        fail_msg("%s has no reason", pointer);
    if (why != NULL)
        assert_string_equal(
            cJSON_GetObjectItemCaseSensitive(unknown, pointer)->valuestring,
            why);
}

static void test_figures(void **state)
{
    static const struct {
        const char *pointer;
        double value;
    } figures[] = {
        {"/phases/connect_s", 0.5},
        {"/phases/warmup_s", 1},
        {"/phases/window_s", 2},
        {"/phases/drain_s", 0.1},
        {"/phases/server_window_s", 2},
        {"/connections/per_s", 20},
        {"/throughput/round_trips_per_s", 10},
        {"/throughput/client/sent_bytes_per_s", 1000},
        {"/throughput/server/recv_bytes_per_s", 1000},
        {"/cpu/server/user_s", 0.2},
        {"/cpu/server/kernel_s", 0.3},
        {"/cpu/server/cores_percent", 25},
        {"/cpu/wineserver/cores_percent", 20},
        {"/cpu/load/cores_percent", 20},
        {"/cpu/system/busy_percent", 30},
        {"/cpu/per_round_trip_us/server", 25000},
        {"/cpu/per_round_trip_us/wineserver", 20000},
        {"/cpu/per_round_trip_us/total", 45000},
        {"/cpu/per_round_trip_us/load", 20000},
        {"/memory/per_connection_bytes", 5000},
        {"/memory/load/working_set_bytes", 777},
        {"/pool/host_tcp_memory/change_bytes", 8192},
        {"/threads/empty", 3},
        {"/threads/end", 4},
        {"/threads/max", 9},
        {"/traffic/server/blocked_sends", 1},
        {"/traffic/window/client/messages_echoed", 20},
        {"/traffic/window/server/recvs", 20},
        {"/latency_us/from_send/p99", 3},
        {"/machine/server/process/port", 4711},
    };
    struct streams streams = streams_make();
    cJSON *record = build(&streams);
    char *reasons;

    (void)state;
    assert_true(record_valid(record, &reasons));
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        number_is(record, figures[i].pointer, figures[i].value);
    cJSON_Delete(record);
}

static void test_unknown(void **state)
{
    struct streams streams = streams_make();
    cJSON *record = build(&streams);

    (void)state;
    unknown_is(record, "/cpu/server/cycles", "Wine cannot");
    unknown_is(record, "/memory/loaded/nonpaged_pool_bytes", "no pool in Wine");
    unknown_is(record, "/pool/system_nonpaged/change_bytes", "no pool in Wine");
    unknown_is(record, "/machine/server/loopback_mode", "not told");
    unknown_is(record, "/handles/end", NULL);
    /* A pattern without a schedule: that does not apply. */
    assert_null(cJSON_GetObjectItem(record_at(record, "/unknown"),
                                    "/latency_us/from_intended"));
    cJSON_Delete(record);
}

static void test_samples(void **state)
{
    struct streams streams = streams_make();
    cJSON *record = build(&streams);

    (void)state;
    /* The fastest line of the server travelled 5,000 us. */
    number_is(record, "/samples/server/rows/0/0", 0.006);
    number_is(record, "/samples/server/rows/2/0", 3.005);
    assert_string_equal(
        record_at(record, "/samples/server/columns/0")->valuestring, "t_s");
    assert_int_equal(
        cJSON_GetArraySize(record_at(record, "/samples/server/rows")), 3);
    assert_int_equal(
        cJSON_GetArraySize(record_at(record, "/samples/load/rows")), 2);
    cJSON_Delete(record);
}

/* The record must be invalid for this reason first. */
static void reason_is(struct streams *streams, const char *wanted)
{
    cJSON *record = build(streams);
    char *reasons;

    if (record_valid(record, &reasons))
        fail_msg("valid, not: %s", wanted);
    if (strncmp(reasons, wanted, strlen(wanted)) != 0)
        fail_msg("not valid by \"%s\", not by \"%s\"", reasons, wanted);
    free(reasons);
    cJSON_Delete(record);
}

static void test_mismatch(void **state)
{
    struct streams streams = streams_make();
    cJSON *final = line_of(streams.load, "final", NULL);

    (void)state;
    set_number(final, "mismatches", 1);
    cJSON_DeleteItemFromObject(final, "first_mismatch");
    cJSON_AddItemToObject(final, "first_mismatch",
                          parse("{'connection':3,'offset':4096,'expected':17,"
                                "'received':99,'kind':'changed'}"));
    reason_is(&streams, "byte_mismatch: connection 3 offset 4096: changed, "
                        "expected 17, received 99");
}

static void test_died(void **state)
{
    struct streams streams = streams_make();

    (void)state;
    drop_line(streams.server, "final", NULL);
    reason_is(&streams, "server_died: ");
    streams = streams_make();
    drop_line(streams.load, "final", NULL);
    reason_is(&streams, "load_died: ");
    streams = streams_make();
    drop_line(streams.server, "final", NULL);
    streams.reasons = parse("['server_died: exit code 5']");
    reason_is(&streams, "server_died: exit code 5");
}

static void test_nothing_came(void **state)
{
    struct streams streams = {parse(asked), NULL, NULL, NULL};

    (void)state;
    reason_is(&streams, "server_died: ");
}

static void test_server_error(void **state)
{
    struct streams streams = streams_make();

    (void)state;
    cJSON_AddItemToArray(
        streams.server,
        parse("{'event':'error','what':'cannot listen','code':10013,"
              "'name':'WSAEACCES','text':'denied','arrived_us':1}"));
    reason_is(&streams, "server_error: cannot listen (WSAEACCES): denied");
}

static void test_load(void **state)
{
    struct streams streams = streams_make();
    cJSON *record;
    char *reasons;

    (void)state;
    cJSON_ReplaceItemInObject(line_of(streams.load, "final", NULL), "saturated",
                              cJSON_CreateTrue());
    reason_is(&streams, "client_saturated: ");
    streams = streams_make();
    cJSON_AddNumberToObject(streams.asked, "rate_bytes_per_s", 2000);
    reason_is(&streams, "rate_not_reached: 1000 bytes/s");
    streams = streams_make();
    cJSON_AddNumberToObject(streams.asked, "rate_bytes_per_s", 1020);
    record = build(&streams);
    assert_true(record_valid(record, &reasons)); /* 2 % is near enough */
    cJSON_Delete(record);
    streams = streams_make();
    set_number(streams.asked, "duration_s", 4);
    reason_is(&streams, "window_too_short: 2.00 s");
}

static void test_no_round_trip(void **state)
{
    struct streams streams = streams_make();

    (void)state;
    set_number(line_of(streams.load, "sample", "end"), "messages_echoed", 5);
    reason_is(&streams, "window_too_short: no round trip ended");
    streams = streams_make();
    cJSON_DeleteItemFromObject(line_of(streams.load, "sample", "end"),
                               "messages_echoed");
    reason_is(&streams, "window_too_short: no round trip ended");
    streams = streams_make();
    set_number(cJSON_GetObjectItem(
                   cJSON_GetObjectItem(line_of(streams.load, "final", NULL),
                                       "latency_us"),
                   "from_send"),
               "count", 0);
    reason_is(&streams, "window_too_short: no message that was sent");
}

static void test_sums(void **state)
{
    static const struct {
        bool server;
        const char *key;
        double value;
    } wrong[] = {
        {false, "attempted", 11},       {false, "connected", 9},
        {false, "messages_echoed", 29}, {false, "received_bytes", 2999},
        {false, "sent_bytes", 3001},    {true, "closes", 9},
        {true, "accepted", 11},         {true, "recv_bytes", 2900},
        {true, "send_bytes", 3100},     {true, "recv_bytes", 1e300},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct streams streams = streams_make();

        set_number(line_of(wrong[i].server ? streams.server : streams.load,
                           "final", NULL),
                   wrong[i].key, wrong[i].value);
        reason_is(&streams, "sums_differ: ");
    }
}

/* A connection that was reset may have sent bytes that nobody received, but
 * not received any that nobody sent. */
static void test_sums_of_lost(void **state)
{
    struct streams streams = streams_make();
    cJSON *final = line_of(streams.load, "final", NULL), *record;
    char *reasons;

    (void)state;
    cJSON_ReplaceItemInObject(final, "ends",
                              parse("{'completed':9,'reset':1}"));
    set_number(final, "sent_bytes", 3100);
    set_number(final, "messages_sent", 31);
    record = build(&streams);
    assert_true(record_valid(record, &reasons));
    cJSON_Delete(record);
    streams = streams_make();
    final = line_of(streams.load, "final", NULL);
    cJSON_ReplaceItemInObject(final, "ends",
                              parse("{'completed':9,'reset':1}"));
    set_number(final, "received_bytes", 3100);
    reason_is(&streams, "sums_differ: /client/received_bytes is 3100");
}

static void test_no_connections(void **state)
{
    struct streams streams = streams_make();
    cJSON *final = line_of(streams.load, "final", NULL);

    (void)state;
    set_number(final, "connected", 0);
    cJSON_ReplaceItemInObject(final, "outcomes", parse("{'refused':10}"));
    cJSON_ReplaceItemInObject(final, "ends", parse("{}"));
    reason_is(&streams, "no_connections: ");
}

/* Windows has no metrics of Wine: those do not apply, and total is whole. */
static void test_windows(void **state)
{
    struct streams streams = streams_make();
    cJSON *line, *record;

    (void)state;
    cJSON_ArrayForEach (line, streams.server) {
        cJSON_DeleteItemFromObject(line, "wineserver_user_us");
        cJSON_DeleteItemFromObject(line, "wineserver_kernel_us");
        cJSON_DeleteItemFromObject(line, "host_tcp_memory_bytes");
    }
    record = build(&streams);
    assert_null(record_at(record, "/cpu/wineserver"));
    assert_null(record_at(record, "/pool/host_tcp_memory"));
    assert_null(
        cJSON_GetObjectItem(record_at(record, "/unknown"), "/cpu/wineserver"));
    number_is(record, "/cpu/per_round_trip_us/total", 25000);
    cJSON_Delete(record);
}

static void test_pointer(void **state)
{
    cJSON *record = parse("{'a/b':{'~':[1,2,3]},'n':null}");
    double value;

    (void)state;
    assert_true(record_number(record, "/a~1b/~0/2", &value));
    assert_true(fabs(value - 3) < 1e-9);
    assert_null(record_at(record, "/a~1b/~0/3"));
    assert_null(record_at(record, "/n"));
    assert_null(record_at(record, "/gone/deeper"));
    assert_ptr_equal(record_at(record, ""), record);
    cJSON_Delete(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_mismatch),
        cmocka_unit_test(test_died),
        cmocka_unit_test(test_nothing_came),
        cmocka_unit_test(test_server_error),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_no_round_trip),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_sums_of_lost),
        cmocka_unit_test(test_no_connections),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_pointer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
