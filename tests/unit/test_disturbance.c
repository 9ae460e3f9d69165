/* What a record calls a disturbance: samples that did not come, by the
 * processor time used meanwhile; windows; waiting; others; steal. */
#include "records.h"

#include "results/stream.h"

/* A window of 4 s with samples each 200 ms, but for one gap of the server. The
 * server uses 80 % of one processor, the load generator 20 % of another. */
struct told {
    double gap_s, busy_in_gap; /* share of the usual processor time */
    double window_s;           /* the server's, with its gap */
    double run_delay_us, steal_us, others_us;
    int usable; /* processors of each; the machine has two */
    int limit_percent;
};

enum { T0 = 1000000, STEP = 200000 };

static void add(struct text *text, const char *mark, double t, double cpu_us,
                double busy_us)
{
    text_add(text,
             ",{'event':'sample','mark':%s,'t_us':%.0f,'user_us':%.0f,"
             "'kernel_us':0,'usable_busy_us':%.0f",
             mark, t, cpu_us, busy_us);
}

static cJSON *server_lines(const struct told *told)
{
    struct text text = {0};
    int64_t end = T0 + (int64_t)(1e6 * told->window_s), last = T0;
    double cpu = 0, load = told->usable == 2 ? 0.2 : 0; /* on them, too */

    text_add(&text, "[{'event':'listening'}");
    for (int64_t t = T0; t <= end; t += STEP) {
        bool gap = told->gap_s > 0 && t == T0 + STEP * 5;

        if (gap)
            t += (int64_t)(1e6 * told->gap_s);
        cpu += 0.8 * (double)(t - last) * (gap ? told->busy_in_gap : 1);
        add(&text,
            t == T0    ? "'begin'"
            : t == end ? "'end'"
                       : "null",
            (double)t, cpu,
            cpu + (load + told->others_us / (double)(end - T0)) *
                      (double)(t - T0));
        text_add(&text, "}");
        last = t;
    }
    text_add(&text, "]");
    return json_made(text_take(&text));
}

static cJSON *load_lines(const struct told *told)
{
    struct text text = {0};

    text_add(&text, "[{'event':'ready'}");
    for (int i = 0; i <= 20; i++) {
        add(&text,
            i == 0    ? "'begin'"
            : i == 20 ? "'end'"
                      : "null",
            T0 + STEP * i, 0.2 * STEP * i, 0);
        text_add(&text, ",'run_delay_us':%.0f,'steal_us':%.0f}",
                 told->run_delay_us * i / 20, told->steal_us * i / 20);
    }
    text_add(&text, "]");
    return json_made(text_take(&text));
}

/* The names of the reasons, then of the cautions: "held_up|stolen". */
static char *judged(const struct told *told)
{
    cJSON *servers = server_lines(told), *loads = load_lines(told);
    cJSON *record = json_made(text_make(
        "{'asked':{'sample_ms':200,'disturbance_limit_percent':%d},'machine':"
        "{'server':{'cores':2,'usable_processors':%d},'load':{'cores':2,"
        "'usable_processors':%d,'process':{'threads':1}}}}",
        told->limit_percent, told->usable, told->usable));
    struct stream server = stream_of("server", "listening", servers);
    struct stream load = stream_of("load", "ready", loads);
    cJSON *reasons = cJSON_AddArrayToObject(record, "reasons");
    const cJSON *each;
    struct text text = {0};

    disturbance(record, cJSON_AddObjectToObject(record, "unknown"), reasons,
                &server, &load);
    cJSON_ArrayForEach (each, reasons)
        text_add(&text, "%.*s ", (int)strcspn(each->valuestring, ":"),
                 each->valuestring);
    assert_int_equal(record_is_only_disturbed(record), true);
    text_add(&text, "|");
    cJSON_ArrayForEach (each, record_at(record, "/cautions"))
        text_add(&text, " %.*s", (int)strcspn(each->valuestring, ":"),
                 each->valuestring);
    cJSON_Delete(record);
    cJSON_Delete(servers);
    cJSON_Delete(loads);
    return text_take(&text);
}

static void each_is_named(void **state)
{
    static const struct {
        struct told told;
        const char *names;
    } cases[] = {
        {{.window_s = 4, .usable = 1, .limit_percent = 20}, "|"},
        {{.window_s = 4, .usable = 2, .limit_percent = 20}, "|"},
        {{1.4, 0, 4, .usable = 1, .limit_percent = 20}, "held_up |"},
        {{1.4, 1, 4, .usable = 1, .limit_percent = 20}, "|"},
        {{0.4, 0, 4, .usable = 1, .limit_percent = 20}, "| held_up"},
        {{.window_s = 10, .usable = 1, .limit_percent = 20}, "held_up |"},
        {{0, 0, 4, .run_delay_us = 1e6, .usable = 1, .limit_percent = 20},
         "load_starved |"},
        {{0, 0, 4, .run_delay_us = 4e5, .usable = 1, .limit_percent = 20},
         "| load_starved"},
        {{0, 0, 4, .others_us = 2e6, .usable = 1, .limit_percent = 20},
         "processors_shared |"},
        {{0, 0, 4, .others_us = 8e5, .usable = 2, .limit_percent = 20},
         "| processors_shared"},
        {{0, 0, 4, .steal_us = 2e6, .usable = 1, .limit_percent = 20},
         "stolen |"},
        {{0, 0, 4, .steal_us = 2e6, .usable = 1, .limit_percent = 100},
         "| stolen"},
        {{0, 0, 4, .steal_us = 2e5, .usable = 1, .limit_percent = 1},
         "stolen |"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *names = judged(&cases[i].told);

        if (strcmp(names, cases[i].names) != 0)
            fail_msg("case %zu: \"%s\", not \"%s\"", i, names, cases[i].names);
        free(names);
    }
}

RUN_TESTS(TEST(each_is_named))
