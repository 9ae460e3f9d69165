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

/* The suite's order, whatever the folder's; models it does not know last. */
static void test_order(void **state)
{
    char *text = table(simple, 4, TABLE_CSV);
    const char *few = strstr(text, "\niocp,"), *zebra = strstr(text, "\nzebra");
    const char *many = few != NULL ? strstr(few + 1, "\niocp,") : NULL;

    assert_non_null(few);
    assert_non_null(many);
    assert_non_null(zebra);
    assert_true(few < many && many < zebra);
    assert_true(strstr(text, "\nselect") < zebra);
    free(text);
}

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

static void test_texts(void **state)
{
    static const struct {
        const struct run *runs;
        size_t count;
        enum table_format format;
        bool held;
        const char *text;
    } cases[] = {
        {simple, 4, TABLE_TEXT, true, "1,000/1,000"},
        {simple, 4, TABLE_TEXT, true, "100/97"},
        {simple, 4, TABLE_TEXT, true, "10,240"},
        {simple, 4, TABLE_TEXT, true, "12,346"},
        {simple, 4, TABLE_TEXT, true, "1,234,567"},
        {simple, 4, TABLE_TEXT, true, "n/a [2]"},
        {simple, 4, TABLE_TEXT, true, "[2] n/a: no pool here"},
        {simple, 4, TABLE_TEXT, true,
         "select at 100: 3 attempts did not connect (refused 3); the server "
         "refused: WSAENOBUFS 3"},
        {simple, 4, TABLE_TEXT, true, "Measured under Wine 8.0"},
        {simple, 4, TABLE_TEXT, true, "not Windows figures"},
        {simple, 4, TABLE_TEXT, false, "setting"},
        {simple, 4, TABLE_TEXT, false, "interval"},
        {simple, 4, TABLE_TEXT, false, " \n"},
        {repeated, 5, TABLE_TEXT, true, "100..300"},
        {repeated, 5, TABLE_TEXT, true, "iocp !"},
        {repeated, 5, TABLE_TEXT, true,
         "iocp at 100: 1 of 4 runs not valid and left out; timed_out: "
         "<why|not>"},
        {repeated, 5, TABLE_TEXT, true,
         "select at 100: not valid, the figures are what was reached; "
         "server_died: exit code 5"},
        {repeated, 5, TABLE_TEXT, true,
         "low..high is the lowest to the highest of the runs."},
        {repeated, 5, TABLE_TEXT, false, "9,999"},
        {repeated, 5, TABLE_TEXT, false, "interval"},
        {different, 2, TABLE_TEXT, true, "setting"},
        {different, 2, TABLE_TEXT, true, "message_bytes=64"},
        {different, 2, TABLE_TEXT, true, "message_bytes=4096"},
        {different, 2, TABLE_TEXT, false, "100..900"},
        {repeated, 5, TABLE_CSV, true,
         "round_trips_per_s,round_trips_per_s_low"},
        {repeated, 5, TABLE_CSV, true, ",200,100,300,"},
        {repeated, 5, TABLE_CSV, true, "\r\nselect,"},
        {repeated, 5, TABLE_CSV, false, "n/a"},
        {different, 2, TABLE_CSV, true,
         "pattern=echo message_bytes=64 pipeline=1 duration_s=4"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = table(cases[i].runs, cases[i].count, cases[i].format);

        (cases[i].held ? holds : lacks)(text, cases[i].text);
        free(text);
    }
}

/* Two to four values bound no 95 % interval. */
static void test_few_repeats(void **state)
{
    static const struct {
        size_t runs, others;
        bool held;
        const char *text;
    } cases[] = {
        {1, 1, false, "repeats"},
        {2, 1, true, "is the lowest to the highest of the runs."},
        {2, 4, true, "the lowest to the highest of the runs."},
        {5, 1, true, "is the bootstrap 95 % interval of the median."},
        {5, 3, true,
         "is the bootstrap 95 % interval of the median, under 5 runs the "
         "lowest to the highest."},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run runs[10];
        size_t count = cases[i].runs + cases[i].others;

        for (size_t k = 0; k < count; k++) {
            runs[k] = repeated[0];
            runs[k].model = k < cases[i].runs ? "iocp" : "select";
            runs[k].trips += (double)k;
        }
        for (int format = TABLE_TEXT; format <= TABLE_HTML; format++) {
            char *text = table(runs, count, (enum table_format)format);

            if (format != TABLE_CSV)
                (cases[i].held ? holds : lacks)(text, cases[i].text);
            free(text);
        }
    }
}

static size_t count_of(const char *line, const char *end, char c)
{
    size_t count = 0;

    for (; line < end; line++)
        count += *line == c && line[-1] != '\\';
    return count;
}

/* One table: every row has as many cells as the heading, and nothing of the
 * notes can end it early. */
static void test_markdown(void **state)
{
    char *text = table(repeated, 5, TABLE_MARKDOWN);
    size_t cells = count_of(text + 1, strchr(text, '\n'), '|'), rows = 0;
    const char *line = text, *end;

    for (; *line == '|'; line = end + 1, rows++) {
        end = strchr(line, '\n');
        assert_int_equal(count_of(line + 1, end, '|'), cells);
        assert_int_equal(end[-1], '|');
    }
    assert_int_equal(rows, 4); /* heading, rule, two groups */
    assert_int_equal(*line, '\n');
    assert_null(strstr(line, "\n|"));
    holds(text, "200 (100..300)");
    holds(text, "\\<why\\|not\\>");
    free(text);
}

/* Two runs alike but for one key of what was asked; NULL: it lacks the key. */
static struct record_set *pair(const char *key, const char *a, const char *b)
{
    const char *values[] = {a, b};
    cJSON **records = calloc(2, sizeof(cJSON *));

    for (size_t i = 0; i < 2; i++) {
        cJSON *asked;

        records[i] = record(&repeated[i]);
        asked = cJSON_GetObjectItem(records[i], "asked");
        if (values[i] != NULL)
            cJSON_AddItemToObject(asked, key, cJSON_Parse(values[i]));
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
        {"server_via", "\"taskset -c 0 wine\"", "server_via=taskset -c 0 wine",
         false},
        {"load_via", "\"taskset -c 1\"", "load_via=taskset -c 1", false},
    };

    for (size_t i = 0; i < COUNT(keys); i++) {
        struct record_set *set = pair(keys[i].key, "null", keys[i].value);
        char *text = table_make(set, TABLE_TEXT);

        assert_int_equal(set->group_count, 2);
        holds(text, keys[i].label);
        assert_int_equal(strcmp(set->groups[0].asked, set->groups[1].asked) !=
                             0,
                         keys[i].asked);
        assert_int_equal(
            strcmp(set->groups[0].launchers, set->groups[1].launchers) != 0,
            !keys[i].asked);
        free(text);
        records_free(set);
        /* A record of an older version has no such key. */
        set = pair(keys[i].key, NULL, "null");
        assert_int_equal(set->group_count, 1);
        records_free(set);
        set = pair(keys[i].key, NULL, keys[i].value);
        assert_int_equal(set->group_count, 2);
        records_free(set);
    }
}

RUN_TESTS(TEST(test_texts), TEST(test_order), TEST(test_few_repeats),
          TEST(test_markdown), TEST(test_not_repeats))
