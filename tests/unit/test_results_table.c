#include "records.h"
#include "results/table.h"

struct run {
    const char *model;
    int connections, connected, message, repeat;
    double trips;
    const char *reason, *more; /* NULL: valid; more outcomes and refusals */
};

/* A record with just what a table shows. */
static cJSON *record(const struct run *run)
{
    const char *quote = run->reason != NULL ? "'" : "";
    return json_made(text_make(
        "{'started_at':'2026-01-01T00:00:0%dZ','valid':%s,'reasons':[%s%s%s],"
        "'asked':{'model':'%s','connections':%d,'pattern':'echo',"
        "'duration_s':4,'message_bytes':%d,'pipeline':1,'repeat':%d},"
        "'connections':{'attempted':%d,'connected':%d,'outcomes':{"
        "'connected':%d%s},'ends':{'completed':%d}},"
        "'throughput':{'round_trips_per_s':%.3f,'server':{"
        "'recv_bytes_per_s':1234567.4,'send_bytes_per_s':0}},"
        "'memory':{'loaded':{'working_set_bytes':10485760}},"
        "'pool':{'system_nonpaged':{'change_bytes':null}},"
        "'threads':{'max':4},'traffic':{'server':{'refusals':{"
        "'WSAENOBUFS':%d}}},'machine':{'server':{'os':'Wine',"
        "'wine_version':'8.0','cpu':'X|Y'}},'unknown':{"
        "'/pool/system_nonpaged':'no pool here'}}",
        run->repeat, run->reason == NULL ? "true" : "false", quote,
        run->reason == NULL ? "" : run->reason, quote, run->model,
        run->connections, run->message, run->repeat, run->connections,
        run->connected, run->connected, run->more != NULL ? run->more : "",
        run->connected, run->trips, run->connections - run->connected));
}

static char *table(const struct run *runs, size_t count,
                   enum table_format format)
{
    cJSON **records = calloc(count, sizeof(cJSON *));
    struct record_set *set;
    char *text;

    for (size_t i = 0; i < count; i++)
        records[i] = record(&runs[i]);
    set = records_group(records, count);
    text = table_make(set, format);
    records_free(set);
    return text;
}

static const struct run simple[] = {
    {"zebra", 100, 100, 64, 1, 500, NULL, NULL},
    {"iocp", 1000, 1000, 64, 1, 12345.6, NULL, NULL},
    {"iocp", 100, 100, 64, 1, 10000, NULL, NULL},
    {"select", 100, 97, 64, 1, 1, NULL, ",'refused':3"},
};

static const struct run repeated[] = {
    {"iocp", 100, 100, 64, 1, 100, NULL, NULL},
    {"iocp", 100, 100, 64, 2, 300, NULL, NULL},
    {"iocp", 100, 100, 64, 3, 200, NULL, NULL},
    {"iocp", 100, 100, 64, 4, 9999, "timed_out: <why|not>", NULL},
    {"select", 100, 50, 64, 1, 7, "server_died: exit code 5", NULL},
};

/* Runs that were asked for different things are never one figure. */
static const struct run different[] = {
    {"iocp", 100, 100, 64, 1, 100, NULL, NULL},
    {"iocp", 100, 100, 4096, 1, 900, NULL, NULL},
};

/* What a table holds, in this order or anywhere, and what it lacks. */
static void test_texts(void **state)
{
    static const struct {
        const struct run *runs;
        size_t count;
        enum table_format format;
        bool ordered;
        const char *held[11], *lacking[3];
    } cases[] = {
        {simple,
         4,
         TABLE_TEXT,
         false,
         {"1,000/1,000", "100/97", "10,240", "12,346", "1,234,567", "n/a [2]",
          "[2] n/a: no pool here",
          "select at 100: 3 attempts did not connect (refused 3); the server "
          "refused: WSAENOBUFS 3",
          "Measured under Wine 8.0", "not Windows figures"},
         {"setting", "low..high", " \n"}},
        {repeated,
         5,
         TABLE_TEXT,
         false,
         {"100..300", "iocp !",
          "iocp at 100: 1 of 4 runs not valid and left out; timed_out: "
          "<why|not>",
          "select at 100: not valid, the figures are what was reached; "
          "server_died: exit code 5",
          "low..high is the bootstrap 95 % interval of the median, with fewer "
          "than 5 runs the lowest to the highest."},
         {"9,999"}},
        {repeated,
         5,
         TABLE_MARKDOWN,
         false,
         {"200 (100..300)", "\\<why\\|not\\>"},
         {NULL}},
        {different,
         2,
         TABLE_TEXT,
         false,
         {"setting", "message_bytes=64", "message_bytes=4096"},
         {"100..900"}},
        {repeated,
         5,
         TABLE_CSV,
         false,
         {"round_trips_per_s,round_trips_per_s_low", ",200,100,300,",
          "\r\nselect,"},
         {"n/a"}},
        {different,
         2,
         TABLE_CSV,
         false,
         {"pattern=echo message_bytes=64 pipeline=1 duration_s=4"},
         {NULL}},
        /* The suite's order; models that it does not know are last. */
        {simple,
         4,
         TABLE_CSV,
         true,
         {"\nselect,", "\niocp,", "\niocp,", "\nzebra,"},
         {NULL}},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = table(cases[i].runs, cases[i].count, cases[i].format);
        const char *at = text;

        for (size_t k = 0; cases[i].held[k] != NULL; k++) {
            holds(at, cases[i].held[k]);
            if (cases[i].ordered)
                at = strstr(at, cases[i].held[k]) + 1;
        }
        for (size_t k = 0; k < 3 && cases[i].lacking[k] != NULL; k++)
            lacks(text, cases[i].lacking[k]);
        free(text);
    }
}

/* 24 rows of three runs fit a terminal; in each tier the best of each column is
 * marked, and rows are in the order that was asked for. */
static void test_narrow(void **state)
{
    static const char *const models[] = {
        "blocking",     "nonblocking", "select", "async_select",
        "event_select", "overlapped",  "apc",    "iocp"};
    cJSON **records = calloc(72, sizeof(cJSON *));
    struct table_view view = {TABLE_TEXT, false, NULL};
    size_t count = 0;

    for (int tier = 100; tier <= 10000; tier *= 10)
        for (int m = 0; m < 8; m++)
            for (int repeat = 1; repeat <= 3; repeat++) {
                const struct run run = {
                    models[m],
                    tier,
                    tier,
                    4096,
                    repeat,
                    10000 + 1000 * ((m + tier / 100) % 8) + 10 * m * (repeat - 2),
                    NULL,
                    NULL};

                records[count] = record(&run);
                cJSON_AddItemToObject(
                    records[count], "latency_us",
                    json_made(text_make("{'from_send':{'p50':%d,'p99':%d}}",
                                        100000 + m, 1000000 * (9 - m))));
                cJSON_AddNumberToObject(
                    cJSON_AddObjectToObject(
                        cJSON_AddObjectToObject(records[count], "cpu"),
                        "per_round_trip_us"),
                    "total", 100 + m);
                count++;
            }
    struct record_set *set = records_group(records, count);
    char *text = table_show(set, &view);

    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1)
        assert_true(strcspn(at, "\n") <= 80);
    holds(text,
          "\napc                 100/100  *17,000  0.4    106.0   100.01  "
          " 3,000.00\n");
    holds(text, "\noverlapped      1,000/1,000  *17,000  0.3 ");
    holds(text, "\n\nblocking");
    holds(text, "* best of its number of connections. ");
    lacks(text, "threads");
    free(text);

    view.sort = "latency_p99_us";
    text = table_show(set, &view);
    assert_true(strstr(text, "\niocp ") < strstr(text, "\napc "));
    assert_true(strstr(text, "\napc ") < strstr(text, "\nblocking "));
    free(text);
    view.wide = true;
    text = table_show(set, &view);
    holds(text, "receive");
    lacks(text, "*1");
    free(text);
    records_free(set);
    assert_true(table_can_sort("model"));
    assert_true(table_can_sort("cpu_us_per_round_trip_total"));
    assert_false(table_can_sort("speed"));
}

/* Two runs alike but for one key of what was asked; NULL: it lacks the key. */
static struct record_set *pair(const char *key, const char *a, const char *b)
{
    const char *values[] = {a, b};
    cJSON **records = calloc(2, sizeof(cJSON *));

    for (size_t i = 0; i < 2; i++) {
        records[i] = record(&repeated[i]);
        if (values[i] != NULL)
            cJSON_AddItemToObject(cJSON_GetObjectItem(records[i], "asked"), key,
                                  cJSON_Parse(values[i]));
    }
    return records_group(records, 2);
}

static void test_not_repeats(void **state)
{
    static const struct {
        const char *key, *value, *label;
        bool asked; /* what a check compares by, too */
    } keys[] = {
        {"hostile", "\"20%\"", "hostile=20%", true},
        {"max_connections", "25", "max_connections=25", true},
        {"load_via", "\"taskset -c 1\"", "load_via=taskset -c 1", false},
    };

    for (size_t i = 0; i < COUNT(keys); i++)
        /* A record of an older version has no such key: that is null. */
        for (int old = 0; old < 2; old++) {
            const char *none = old ? NULL : "null";
            struct record_set *set = pair(keys[i].key, none, keys[i].value);
            const struct record_group *group = set->groups;

            assert_int_equal(set->group_count, 2);
            assert_true(strcmp(group[0].label, keys[i].label) == 0 ||
                        strcmp(group[1].label, keys[i].label) == 0);
            assert_int_equal(strcmp(group[0].asked, group[1].asked) != 0,
                             keys[i].asked);
            assert_int_equal(strcmp(group[0].launchers, group[1].launchers) !=
                                 0,
                             !keys[i].asked);
            records_free(set);
            set = pair(keys[i].key, none, "null");
            assert_int_equal(set->group_count, 1);
            records_free(set);
        }
}

RUN_TESTS(TEST(test_texts), TEST(test_narrow), TEST(test_not_repeats))
