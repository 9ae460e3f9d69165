#include <math.h>

#include "records.h"
#include "results/record.h"
#include "results/record_file.h"

/* A run of 10 connections with messages of 100 bytes, as its programs tell it:
 * 30 messages in all, 20 of them within a window of 2 s. */
static const char asked[] =
    "{'model':'iocp','connections':10,'pattern':'echo','message_bytes':100,"
    "'warmup_s':1,'duration_s':2,'seed':7,'repeat':1,'repeats':1,'place':1,"
    "'places':1,'sample_ms':2000,'disturbance_limit_percent':20}";
static const char server[] =
    "[{'event':'listening','model':'iocp','address':'127.0.0.1','port':4711,"
    "'protocol':1,'pid':12,'threads':2,'tuning':{'accepts':64},"
    "'socket':{'nodelay':1},'machine':{'os':'Wine','wine_version':'8.0',"
    "'cores':2,'usable_processors':1,'loopback_mode':null},'unknown':{'cycles':"
    "'Wine cannot',"
    "'nonpaged_pool_bytes':'no pool in Wine','system_nonpaged_pool_bytes':"
    "'no pool in Wine','loopback_mode':'not told'},'arrived_us':5000},"
    "{'event':'sample','mark':'empty','t_us':1000,'connections':0,'threads':3,"
    "'working_set_bytes':1000000,'nonpaged_pool_bytes':null,"
    "'host_tcp_memory_bytes':4096,'arrived_us':6500},"
    "{'event':'sample','mark':'begin','t_us':1000000,'connections':10,"
    "'recv_bytes':500,'send_bytes':500,'recvs':5,'sends':5,'user_us':100000,"
    "'kernel_us':100000,'cycles':null,'system_busy_us':0,'system_idle_us':0,"
    "'wineserver_user_us':0,'wineserver_kernel_us':0,'usable_busy_us':0,"
    "'held_up_us':5,"
    "'sleeps':10,'sleep_asked_us':700,'slept_us':9000,"
    "'threads':9,"
    "'arrived_us':1005000},"
    "{'event':'sample','mark':'end','t_us':3000000,'connections':10,"
    "'recv_bytes':2500,'send_bytes':2500,'recvs':25,'sends':25,"
    "'user_us':300000,'kernel_us':400000,'usable_busy_us':900000,"
    "'held_up_us':5,"
    "'cycles':null,'sleeps':30,'sleep_asked_us':1900,'slept_us':19500,"
    "'system_busy_us':600000,"
    "'system_idle_us':1400000,'wineserver_user_us':100000,"
    "'wineserver_kernel_us':300000,'working_set_bytes':1050000,'threads':4,"
    "'nonpaged_pool_bytes':null,'host_tcp_memory_bytes':12288,"
    "'arrived_us':3005100},"
    "{'event':'final','stopped_by':'stop','t_us':4000000,'connections':0,"
    "'accepted':10,'opens':10,'closes':10,'refused':0,'recv_bytes':3000,"
    "'send_bytes':3000,'recvs':30,'sends':30,'partial_sends':0,"
    "'blocked_sends':1,'sleeps':31,'sleep_asked_us':1900,'slept_us':19500,"
    "'wineserver_user_us':100000,"
    "'wineserver_kernel_us':300000,'host_tcp_memory_bytes':4096,"
    "'errors':{},'refusals':{},'arrived_us':4005000}]";
static const char load[] =
    "[{'event':'ready','protocol':1,'pid':13,'engine':'epoll','threads':1,"
    "'local_addresses':['127.0.0.1'],'machine':{'os':'Linux','cores':2,"
    "'usable_processors':1},'unknown':{},"
    "'arrived_us':20000},"
    "{'event':'phase','phase':'connecting','t_us':0,'arrived_us':30000},"
    "{'event':'phase','phase':'connected','t_us':500000,'arrived_us':530000},"
    "{'event':'phase','phase':'warmup','t_us':600000,'arrived_us':630000},"
    "{'event':'phase','phase':'measuring','t_us':1600000,"
    "'arrived_us':1630000},"
    "{'event':'sample','mark':'begin','phase':'measuring','t_us':1600000,"
    "'attempted':10,'connected':10,'sent_bytes':500,'received_bytes':500,"
    "'messages_sent':5,'messages_echoed':5,'user_us':0,'kernel_us':0,"
    "'run_delay_us':0,'steal_us':0,'held_up_us':0,"
    "'arrived_us':1630000},"
    "{'event':'sample','mark':'end','phase':'measuring','t_us':3600000,"
    "'attempted':10,'connected':10,'sent_bytes':2500,'received_bytes':2500,"
    "'messages_sent':25,'messages_echoed':25,'user_us':200000,"
    "'kernel_us':200000,'run_delay_us':1,'steal_us':2,'held_up_us':2,"
    "'working_set_bytes':777,'arrived_us':3630000},"
    "{'event':'phase','phase':'draining','t_us':3600000,'arrived_us':3630000},"
    "{'event':'phase','phase':'done','t_us':3700000,'arrived_us':3730000},"
    "{'event':'final','t_us':3700000,'attempted':10,'connected':10,"
    "'sent_bytes':3000,'received_bytes':3000,'messages_sent':30,"
    "'messages_echoed':30,'window':{'begin_us':1600000,'end_us':3600000},"
    "'outcomes':{'connected':10},'ends':{'completed':10},'mismatches':0,"
    "'first_mismatch':null,'saturated':false,'latency_us':{"
    "'from_send':{'count':20,'min':1,'mean':2,'max':3,'p50':2,'p90':3,'p99':3,"
    "'p999':3,'unit':'us','counts':[[1,10],[3,10]]},'from_intended':null,"
    "'first_echo':null,'connect':null,'lateness':null},'arrived_us':3730000}]";

/* What a run's record is made of, and changes to it. */
enum part { ASKED, SERVER, LOAD, REASONS, PARTS };
struct change {
    enum part part;
    const char *from, *to; /* all of them; from NULL: nothing came at all */
};

static char *changed(char *text, const char *from, const char *to)
{
    struct text out = {0};
    const char *at = text, *found = strstr(text, from);

    if (found == NULL)
        fail_msg("no %s in %s", from, text);
    for (; found != NULL; found = strstr(at, from)) {
        text_add_bytes(&out, at, (size_t)(found - at));
        text_add(&out, "%s", to);
        at = found + strlen(from);
    }
    text_add(&out, "%s", at);
    free(text);
    return text_take(&out);
}

/* tests/results/test_schema.py has all records written, and checks them against
 * the schema. */
static cJSON *build(const struct change *changes, size_t count)
{
    const char *folder = getenv("IOMODELS_RECORDS");
    char *text[PARTS] = {text_copy(asked), text_copy(server), text_copy(load),
                         text_copy("[]")};
    cJSON *part[PARTS] = {NULL}, *record;
    char *path;

    for (size_t i = 0; i < count; i++) {
        enum part p = changes[i].part;

        if (changes[i].from != NULL)
            text[p] = changed(text[p], changes[i].from, changes[i].to);
        else if (changes[i].to != NULL)
            text[p][0] = '\0';
    }
    for (size_t i = 0; i < PARTS; i++) {
        if (text[i][0] != '\0')
            part[i] = json_made(text[i]);
        else
            free(text[i]);
    }
    record = record_build(&(struct record_parts){
        "id", "2026-11-22T14:18:16.123Z", "0.1.0", "run", NULL, part[ASKED],
        part[SERVER], part[LOAD], part[REASONS]});
    assert_null(record_fault(record));
    if (folder != NULL) {
        assert_int_equal(record_write(folder, record, &path), 0);
        free(path);
    }
    for (size_t i = 0; i < PARTS; i++)
        cJSON_Delete(part[i]);
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
        {"/sleeps/count", 20},
        {"/sleeps/asked_mean_us", 60},
        {"/sleeps/mean_us", 525},
        {"/traffic/window/client/messages_echoed", 20},
        {"/traffic/window/server/recvs", 20},
        {"/latency_us/from_send/p99", 3},
        {"/machine/server/process/port", 4711},
        /* The fastest line of the server travelled 5,000 us. */
        {"/samples/server/rows/0/0", 0.006},
        {"/samples/server/rows/2/0", 3.005},
        {"/samples/load/rows/1/0", 3.63},
    };
    cJSON *record = build(NULL, 0);

    assert_true(record_is_valid(record));
    assert_null(record_at(record, "/cautions/0"));
    assert_null(record_at(record, "/samples/server/rows/3"));
    assert_string_equal(record_text(record, "/samples/server/columns/0"),
                        "t_s");
    assert_ptr_equal(record_at(record, ""), record);
    for (size_t i = 0; i < COUNT(figures); i++)
        number_is(record, figures[i].pointer, figures[i].value);
    cJSON_Delete(record);
}

static void test_unknown(void **state)
{
    static const char *const cases[][2] = {
        {"/cpu/server/cycles", "Wine cannot"},
        {"/memory/loaded/nonpaged_pool_bytes", "no pool in Wine"},
        {"/pool/system_nonpaged/change_bytes", "no pool in Wine"},
        {"/machine/server/loopback_mode", "not told"},
        {"/handles/end", "the program does not report it"},
        /* A pattern without a schedule: that does not apply. */
        {"/latency_us/from_intended", NULL},
    };
    cJSON *record = build(NULL, 0);

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *why = cJSON_GetStringValue(
            cJSON_GetObjectItem(record_at(record, "/unknown"), cases[i][0]));

        assert_null(record_at(record, cases[i][0]));
        if (cases[i][1] == NULL)
            assert_null(why);
        else
            assert_string_equal(why, cases[i][1]);
    }
    cJSON_Delete(record);
}

/* Why a record is not valid. */
static void test_reasons(void **state)
{
    static const struct {
        const char *reason; /* its begin; NULL: valid */
        struct change change[3];
    } cases[] = {
        {"byte_mismatch: connection 3 offset 4096: changed, expected 17, "
         "received 99",
         {{LOAD, "'mismatches':0,'first_mismatch':null",
           "'mismatches':1,'first_mismatch':{'connection':3,'offset':4096,"
           "'expected':17,'received':99,'kind':'changed'}"}}},
        {"server_died: ", {{SERVER, "'final'", "'gone'"}}},
        {"load_died: ", {{LOAD, "'final'", "'gone'"}}},
        {"server_died: exit code 5",
         {{SERVER, "'final'", "'gone'"},
          {REASONS, "[]", "['server_died: exit code 5']"}}},
        {"server_died: ", {{SERVER, NULL, ""}, {LOAD, NULL, ""}}},
        {"server_error: cannot listen (WSAEACCES): denied",
         {{SERVER, "[{'event'",
           "[{'event':'error','what':'cannot listen','code':10013,"
           "'name':'WSAEACCES','text':'denied','arrived_us':1},{'event'"}}},
        {"client_saturated: ",
         {{LOAD, "'saturated':false", "'saturated':true"}}},
        {"rate_not_reached: 1000 bytes/s",
         {{ASKED, "'seed':7", "'seed':7,'rate_bytes_per_s':2000"}}},
        /* 2 % is near enough */
        {NULL, {{ASKED, "'seed':7", "'seed':7,'rate_bytes_per_s':1020"}}},
        {"window_too_short: 2.00 s",
         {{ASKED, "'duration_s':2", "'duration_s':4"}}},
        {"window_too_short: no round trip was",
         {{LOAD, "'messages_echoed':25", "'messages_echoed':5"}}},
        {"window_too_short: no message sent",
         {{LOAD, "'count':20", "'count':0"}}},
        {"no_connections: ",
         {{LOAD, "'connected':10,'sent_bytes':3000",
           "'connected':0,'sent_bytes':3000"},
          {LOAD, "'outcomes':{'connected':10}", "'outcomes':{'refused':10}"},
          {LOAD, "'completed':10", ""}}},
        {"no_connections: none of the attempts connected; check that winbox is "
         "the server's machine, and that its firewall allows its port (on "
         "Windows, as administrator: New-NetFirewallRule -DisplayName iomodels "
         "-Direction Inbound -Protocol TCP -LocalPort 4711 -Action Allow)",
         {{ASKED, "'seed':7", "'seed':7,'target':'winbox'"},
          {LOAD, "'connected':10", "'connected':0"},
          {LOAD, "'outcomes':{'connected':0}", "'outcomes':{'timed_out':10}"}}},
        {"sums_differ: /connections/attempted is 11",
         {{LOAD, "'attempted':10,'connected':10,'sent_bytes':3000",
           "'attempted':11,'connected':10,'sent_bytes':3000"}}},
        {"sums_differ: /connections/connected is 9",
         {{LOAD, "'connected':10,'sent_bytes':3000",
           "'connected':9,'sent_bytes':3000"}}},
        {"sums_differ: /integrity/mismatches is null",
         {{LOAD, "'mismatches':0,", ""}}},
        {"sums_differ: 10 connections were attempted of 12 requested",
         {{ASKED, "'connections':10", "'connections':12"}}},
        {"sums_differ: /traffic/client/messages_echoed is 29",
         {{LOAD, "'messages_echoed':30", "'messages_echoed':29"}}},
        {"sums_differ: /traffic/client/received_bytes is 2999",
         {{LOAD, "'received_bytes':3000", "'received_bytes':2999"}}},
        {"sums_differ: /traffic/server/recv_bytes is 3000",
         {{LOAD, "'sent_bytes':3000", "'sent_bytes':3001"}}},
        {"sums_differ: the messages sent have 3100 bytes",
         {{LOAD, "'messages_sent':30,'messages_echoed':30",
           "'messages_sent':31,'messages_echoed':31"}}},
        {"sums_differ: /traffic/server/opens is 10",
         {{SERVER, "'closes':10", "'closes':9"}}},
        {"sums_differ: the server accepted 11",
         {{SERVER, "'accepted':10", "'accepted':11"}}},
        {"sums_differ: /traffic/server/recv_bytes is 2900",
         {{SERVER, "'recv_bytes':3000", "'recv_bytes':2900"}}},
        {"sums_differ: /traffic/client/received_bytes is 3000",
         {{SERVER, "'send_bytes':3000", "'send_bytes':3100"}}},
        {"sums_differ: /traffic/server/recv_bytes is 0",
         {{SERVER, "'recv_bytes':3000", "'recv_bytes':1e300"}}},
        /* A connection that was reset may have sent bytes that nobody
         * received, but not received any that nobody sent. */
        {NULL,
         {{LOAD, "'completed':10", "'completed':9,'reset':1"},
          {LOAD, "'sent_bytes':3000", "'sent_bytes':3100"},
          {LOAD, "'messages_sent':30", "'messages_sent':31"}}},
        {"sums_differ: /traffic/client/received_bytes is 3100",
         {{LOAD, "'completed':10", "'completed':9,'reset':1"},
          {LOAD, "'received_bytes':3000", "'received_bytes':3100"}}},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *wanted = cases[i].reason;
        cJSON *record = build(cases[i].change, 3);
        char *reasons;

        bool saturated, only = record_is_only_disturbed(record, &saturated);
        assert_int_equal(only, wanted == NULL || saturated);
        assert_int_equal(saturated,
                         wanted != NULL &&
                             strncmp(wanted, "client_saturated", 16) == 0);
        if (record_valid(record, &reasons) != (wanted == NULL) ||
            (wanted != NULL && strncmp(reasons, wanted, strlen(wanted)) != 0))
            fail_msg("not \"%s\" but \"%s\"", wanted != NULL ? wanted : "valid",
                     reasons != NULL ? reasons : "valid");
        free(reasons);
        cJSON_Delete(record);
    }
}

/* The names of the reasons and of the cautions. */
static void names_are(const cJSON *record, const char *list, const char *wanted)
{
    struct text names = {0};
    const cJSON *each;

    cJSON_ArrayForEach (each, record_at(record, list))
        text_add(&names, "%.*s", (int)strcspn(each->valuestring, ":"),
                 each->valuestring);
    assert_string_equal(names.data != NULL ? names.data : "", wanted);
    free(names.data);
}

#define LATE                                                                   \
    "'lateness':{'count':9,'min':1,'mean':2,'max':3,'p50':2,'p90':3,'p99':3,"  \
    "'p999':3,'unit':'us','counts':"

static void test_disturbances(void **state)
{
    static const struct {
        const char *reasons, *cautions;
        struct change change[3];
    } cases[] = {
        {"", "", {{ASKED, "2000", "2000"}}},
        {"", "", {{SERVER, "900000,'held_up_us':5", "900000,'held_up_us':50"}}},
        {"held_up",
         "",
         {{SERVER, "900000,'held_up_us':5", "900000,'held_up_us':500000"}}},
        {"",
         "held_up",
         {{SERVER, "900000,'held_up_us':5", "900000,'held_up_us':300000"}}},
        {"held_up", "", {{LOAD, "held_up_us':2", "held_up_us':500000"}}},
        {"held_up", "", {{SERVER, "'t_us':3000000", "'t_us':4000000"}}},
        {"load_starved", "", {{LOAD, "delay_us':1", "delay_us':1000000"}}},
        {"", "load_starved", {{LOAD, "delay_us':1", "delay_us':200000"}}},
        /* On Windows, of its processor, where it and Wine's server take 400 ms
         * each. */
        {"",
         "",
         {{LOAD, "run_delay_us':0", "usable_busy_us':1"},
          {LOAD, "run_delay_us':1", "usable_busy_us':850001"}}},
        {"",
         "load_starved",
         {{LOAD, "run_delay_us':0", "usable_busy_us':1"},
          {LOAD, "run_delay_us':1", "usable_busy_us':1000001"}}},
        {"load_starved",
         "",
         {{LOAD, "run_delay_us':0", "usable_busy_us':1"},
          {LOAD, "run_delay_us':1", "usable_busy_us':1300001"}}},
        /* The server, and Wine's for both, on the same processors. */
        {"",
         "",
         {{LOAD, "run_delay_us':0", "usable_busy_us':1"},
          {LOAD, "run_delay_us':1", "usable_busy_us':1400001"},
          {LOAD, "processors':1", "processors':2"}}},
        {"processors_shared", "", {{SERVER, "900000", "1900000"}}},
        /* With the load generator on the same processors. */
        {"",
         "",
         {{SERVER, "900000", "1300000"},
          {SERVER, "processors':1", "processors':2"},
          {LOAD, "processors':1", "processors':2"}}},
        {"",
         "processors_shared",
         {{SERVER, "900000", "1700000"},
          {SERVER, "processors':1", "processors':2"},
          {LOAD, "processors':1", "processors':2"}}},
        /* A wait that is rounded to milliseconds, and by Windows' clock. */
        {"", "", {{LOAD, "'lateness':null", LATE "[[60,19],[2100,1]]}"}}},
        {"",
         "load_late",
         {{LOAD, "'lateness':null", LATE "[[60,9],[2100,1]]}"}}},
        {"load_late",
         "",
         {{LOAD, "'lateness':null", LATE "[[1000,1],[4000,1],[8000,1]]}"}}},
        {"", "", {{LOAD, "'lateness':null", LATE "[]}"}}},
        {"stolen", "", {{LOAD, "steal_us':2", "steal_us':1000000"}}},
        /* Waiting that the host explains. */
        {"stolen",
         "",
         {{LOAD, "steal_us':2", "steal_us':1000000"},
          {LOAD, "delay_us':1", "delay_us':500000"}}},
        {"",
         "stolen",
         {{LOAD, "steal_us':2", "steal_us':1000000"},
          {ASKED, "percent':20", "percent':100"}}},
        {"stolen",
         "",
         {{LOAD, "steal_us':2", "steal_us':100000"},
          {ASKED, "percent':20", "percent':1"}}},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        cJSON *record = build(cases[i].change, 3);

        names_are(record, "/reasons", cases[i].reasons);
        names_are(record, "/cautions", cases[i].cautions);
        bool saturated;
        assert_true(record_is_only_disturbed(record, &saturated));
        cJSON_Delete(record);
    }
}

/* Windows has no metrics of Wine: those do not apply, and total is whole. */
static void test_windows(void **state)
{
    static const struct change changes[] = {{SERVER, "wineserver_", "x_"},
                                            {SERVER, "host_tcp_", "x_"},
                                            {SERVER, "900000", "500000"}};
    cJSON *record = build(changes, 3);

    assert_null(record_at(record, "/cpu/wineserver"));
    assert_null(record_at(record, "/pool/host_tcp_memory"));
    assert_null(
        cJSON_GetObjectItem(record_at(record, "/unknown"), "/cpu/wineserver"));
    number_is(record, "/cpu/per_round_trip_us/total", 25000);
    cJSON_Delete(record);
}

static void test_json(void **state)
{
    enum { DEEP = 100000 }; /* deeper than the parser goes */
    static const char controls[] =
        "{\"a\\u001bb\":[\"\\u0007\\n\\u007f\\u009b\"],"
        "\"plain\":\"\xC2\xA0\xC3\xA4\"}";
    char *text = calloc(DEEP + 1, 1);
    size_t parsed;
    cJSON *value = json_read(controls, strlen(controls), &parsed);

    assert_non_null(text);
    memset(text, '[', DEEP);
    assert_null(json_read(text, DEEP, &parsed));
    free(text);
    text = cJSON_PrintUnformatted(value);
    assert_string_equal(text,
                        "{\"a?b\":[\"?????\"],\"plain\":\"\xC2\xA0\xC3\xA4\"}");
    cJSON_free(text);
    cJSON_Delete(value);
}

RUN_TESTS(TEST(test_figures), TEST(test_unknown), TEST(test_reasons),
          TEST(test_disturbances), TEST(test_windows), TEST(test_json))
