/* What is typed, and what of it reaches the two programs and the record. */
#include "unit.h"
#include "cli/options.h"
#include "common/file.h"

#define PLAN "options_plan" /* a folder */

static struct options *options_made;

static int setup(void **state)
{
    *state = options_made = calloc(1, sizeof *options_made);
    return options_made == NULL;
}

static int teardown(void **state)
{
    cJSON_Delete(options_made->plan);
    free(*state);
    return 0;
}

/* Parses "a|b c|d" as three arguments. */
static enum args_result parse(const char *line)
{
    static char text[512];
    char *argv[64];
    int argc = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *at = text; at != NULL && argc < 64; argc++) {
        argv[argc] = at;
        at = strchr(at, '|');
        if (at != NULL)
            *at++ = '\0';
    }
    cJSON_Delete(options_made->plan);
    return options_parse(options_made, argc, argv);
}

/* Lines of one outcome; the list ends with NULL. */
static void all_are(enum args_result result, const char *const *lines)
{
    for (; *lines != NULL; lines++)
        assert_int_equal(parse(*lines), result);
}

/* Defaults; lists; one model and one tier. */
static void models_and_tiers(void **state)
{
    static const struct {
        const char *line, *models;
        uint32_t tiers[4]; /* end with 0 */
    } cases[] = {
        {"compare",
         "blocking nonblocking select async_select event_select overlapped apc "
         "iocp ",
         {100, 1000, 4000}},
        {"compare|--models=iocp,select|--connections|4k,50",
         "iocp select ",
         {4000, 50}},
        {"run|--model|apc|--connections|1k", "apc ", {1000}},
        {"run|--model|iocp", "iocp ", {100}},
        /* A family, a pattern, each model once, a name before a family. */
        {"compare|--models|iocp,book|--connections|1",
         "iocp blocking nonblocking select async_select event_select "
         "overlapped apc ",
         {1}},
        {"compare|--models|*_select,*lect,a*c|--connections|1",
         "async_select event_select select apc ",
         {1}},
        {"soak|--models|i*cp", "iocp ", {100}},
    };
    const struct options *o = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char models[128] = "";
        assert_int_equal(parse(cases[i].line), ARGS_GO);
        for (size_t m = 0; o->models[m] != NULL; m++)
            snprintf(models + strlen(models), sizeof models - strlen(models),
                     "%s ", o->models[m]);
        assert_string_equal(models, cases[i].models);
        for (size_t t = 0; t < o->tiers; t++)
            assert_int_equal(o->connections[t], cases[i].tiers[t]);
        assert_int_equal(cases[i].tiers[o->tiers], 0);
    }
}

static void values_and_defaults(void **state)
{
    const struct options *o = *state;
    assert_int_equal(parse("compare"), ARGS_GO);
    assert_string_equal(o->config.values.pattern, "echo");
    assert_int_equal(o->config.values.message_bytes, 4096);
    assert_int_equal(o->config.values.duration_us, 1500000);
    assert_int_equal(o->config.values.warmup_us, 500000);
    assert_int_equal(o->repeat, 3);
    assert_true(o->until_ci < 0);
    assert_true(o->seed == OPTION_UNSET);
    assert_false(o->no_plots);
    assert_int_equal(parse("compare|--seed|7|--repeat=3|--no-plots|--duration|"
                           "500ms"),
                     ARGS_GO);
    assert_int_equal(o->seed, 7);
    assert_int_equal(o->repeat, 3);
    assert_true(o->no_plots);
    assert_int_equal(o->config.values.duration_us, 500000);
}

/* More of it is in tests/e2e/test_bad_input.py. */
static void bad_input_is_refused(void **state)
{
    static const char *const bad[] = {
        "compare|--models|iocp,iocp",
        "compare|--models|iocp,",
        "compare|--connections|100,100",
        "run|--work|spin",
        "run|--work|spin:0",
        "run|--work|sleep:5",
        "run|--work|block:10/0",
        "run|--work|block:10/",
        "run|--work|block:11m",
        "run|--working-set|64M",
        "run|--working-set|64M:32M",
        "run|--working-set|0:32M",
        "run|--buffer-offset|4096",
        "run|--pool|stack",
        "run|--shortage|wait",
        "compare|--connections|1e9",
        "compare|--connections|2000000",
        "compare|--connections|-5",
        "compare|--message|0",
        "compare|--message|-1",
        "compare|--seed|9007199254740993",
        "run|--model|apc|--connections|1,000",
        "compare|--connections|100,",
        "compare|--connections|5,0100",
        "compare|--connections|1k,00000000000000000000000000000000000000",
        "compare|--models|iocp|--models|select",
        "compare|--tune|iocp:accepts=1|--tune|accepts=2",
        "compare|--tune|accepts",
        "compare|--tune|accepts=-1",
        "compare|--tune|accepts=",
        "compare|--tune|depth=Fixed",
        "compare|--models|nocp*",
        "compare|--models|boo",
        "run|--model|i*cp",
        "run|--model|book",
        "run|--model|all",
        "compare|--until-ci=0",
        "compare|--until-ci=2",
        "compare|--until-ci=x",
        "compare|--max-repeat=9",
        "compare|--until-ci=2%|--max-repeat=3",
        "compare|--until-ci=2%|--max-repeat=6|--repeat=7",
        "compare|--unknown",
        "compare|surplus",
        "run|--model|iocp,select",
        "run|--model|iocp|--connections|1,2",
        NULL};
    all_are(ARGS_BAD, bad);
}

static void repeats_until_narrow(void **state)
{
    const struct options *o = *state;
    assert_int_equal(parse("compare|--until-ci=2%|--repeat=8"), ARGS_GO);
    assert_int_equal(o->repeat, 8);
    assert_int_equal(parse("compare|--until-ci=2%|--max-repeat=6"), ARGS_GO);
    assert_int_equal(o->max_repeat, 6);
}

/* --summary runs nothing, and --minutes is what --duration contradicts. */
static void soak_contradictions(void **state)
{
    const struct options *o = *state;
    static const char *const bad[] = {"soak|--seed=1|--summary=d", NULL};
    static const char *const good[] = {
        "soak|--minutes|1", "soak|--server|s|--server-via=|--summary|d", NULL};
    all_are(ARGS_BAD, bad);
    all_are(ARGS_GO, good);
    assert_int_equal(parse("soak"), ARGS_GO);
    assert_int_equal(o->minutes, 60);
    assert_int_equal(parse("soak|--duration|5s|--sample-ms=50"), ARGS_GO);
    assert_int_equal(o->config.values.duration_us, 5000000);
    assert_int_equal(o->config.values.sample_ms, 50);
}

/* ./run puts its own programs before the user's. */
static void programs_are_named_again(void **state)
{
    const struct options *o = *state;
    assert_int_equal(parse("run|--server|a|--server-via|w|"
                           "--load-via|t|--model|iocp|--server|b|"
                           "--server-via||--load-via=3:u v"),
                     ARGS_GO);
    assert_string_equal(o->config.server, "b");
    assert_string_equal(o->config.server_via, "");
    assert_int_equal(run_config_loads(&o->config), 4);
    assert_int_equal(run_config_launchers(&o->config), 2);
    assert_string_equal(run_config_launcher(&o->config, 1).words, "u v");
    assert_int_equal(run_config_launcher(&o->config, 1).first, 1);
    assert_int_equal(run_config_launcher(&o->config, 1).count, 3);
}

/* " WORD WORD "; frees the words. */
static void join(struct words *w, char text[2048])
{
    size_t length = (size_t)snprintf(text, 2048, " ");
    assert_null(w->word[w->count]);
    for (size_t i = 0; i < w->count && length < 2048; i++)
        length +=
            (size_t)snprintf(text + length, 2048 - length, "%s ", w->word[i]);
    words_free(w);
}

/* What of a command line reaches the server, the load generator and the
 * record, and what does not ("!"). */
static void options_reach_programs_and_record(void **state)
{
    static const char *const server[] = {" taskset -c 0 wine C:/x y/s.exe ",
                                         " --model iocp ",
                                         " --listen 127.0.0.1:0 ",
                                         " --threads 3 ",
                                         " --buffer 8192 ",
                                         " --pool heap ",
                                         " --buffer-offset 512 ",
                                         " --work block:10000/50 ",
                                         " --shortage ladder ",
                                         " --working-set 64M:1G ",
                                         " --sndbuf 0 ",
                                         " --tune accepts=9 ",
                                         " --tune both=1 ",
                                         " --tune how=slow ",
                                         "!sets=2",
                                         "!--message",
                                         "!--think"};
    static const char *const load[] = {" self load ",
                                       " --target [::1]:80 ",
                                       " --connections 1000 ",
                                       " --seed 11 ",
                                       " --threads 2 ",
                                       " --think 3000us ",
                                       " --connect-budget 30000000us ",
                                       "!--buffer"};
    static const char *const record[] = {
        "\"model\":\"iocp\"",
        "\"duration_s\":1.5,",
        "\"connect_budget_s\":30,",
        "\"server_threads\":3,",
        "\"pool\":\"heap\",\"buffer_offset_bytes\":512,",
        "\"work\":\"block:10000/50\",\"shortage\":\"ladder\",\"backlog\":null,",
        "\"tuning\":{\"accepts\":9,\"both\":1,\"how\":\"slow\"}",
        "\"local_addresses\":[\"127.0.0.1\",\"127.0.0.2\"]",
        "\"load_via\":null",
        "\"place\":4,\"places\":6",
        "\"plan_seed\":12,"};
    static const struct {
        const char *const *parts;
        size_t count;
    } wanted[] = {
        {server, COUNT(server)}, {load, COUNT(load)}, {record, COUNT(record)}};
    static const struct run_spec run = {"iocp", 1000, 2, 3, 4, 6, 11, 12, 0, 0};
    struct options *o = *state;
    struct words words = {0};
    char text[3][2048];
    assert_int_equal(
        parse("compare|--models|iocp,select|--threads|3|"
              "--buffer|8K|--tune|iocp:accepts=9|--tune|"
              "select:sets=2|--tune|both=1|--tune|how=slow|--sndbuf|0|"
              "--pool|heap|--buffer-offset|512|--work|"
              "block:10000/50|--working-set|64M:1G|--shortage|"
              "ladder|"
              "--load-threads|2|--think|3ms|--local-addresses|"
              "127.0.0.1,127.0.0.2|--duration|1500ms"),
        ARGS_GO);
    o->config.server = "C:/x y/s.exe";
    o->config.server_via = "taskset -c 0 wine";
    o->config.load = "self";
    run_config_server_argv(&o->config, &run, &words);
    join(&words, text[0]);
    run_config_load_argv(&o->config, &run, 0, "[::1]:80", &words);
    join(&words, text[1]);
    cJSON *asked = run_config_requested(&o->config, &run);
    assert_true(cJSON_PrintPreallocated(asked, text[2], 2048, false));
    cJSON_Delete(asked);
    for (size_t i = 0; i < COUNT(wanted); i++)
        for (size_t j = 0; j < wanted[i].count; j++)
            if (wanted[i].parts[j][0] == '!')
                lacks(text[i], wanted[i].parts[j] + 1);
            else
                holds(text[i], wanted[i].parts[j]);
}

static void write_plan(struct options *o)
{
    plan_file_delete(PLAN);
    assert_int_equal(file_make_folders(PLAN), 0);
    o->seed = 7;
    uint32_t error =
        plan_file_write(PLAN, "an-id", o->preset->command, o->args);
    assert_int_equal(error, 0);
    error = plan_file_write(PLAN, "an-id", o->preset->command, o->args);
    assert_true(file_exists(error));
}

/* A plan has every value, its defaults too; beside --resume stand only the
 * options that do not change what is compared. */
static void plans_are_resumed(void **state)
{
    static const char *const bad[] = {"compare|--resume|" PLAN "|--seed=3",
                                      "book|--resume|" PLAN,
                                      "compare|--resume|" PLAN "|--models|iocp",
                                      "compare|--until-ci=2%|--resume|" PLAN,
                                      "compare|--resume|" PLAN "|--output|x",
                                      "compare|--resume|" PLAN
                                      "|--max-repeat=4",
                                      "compare|--resume|nowhere",
                                      NULL};
    struct options *o = *state;
    assert_int_equal(parse("compare|--models|iocp,apc|--connections|4k,50|"
                           "--until-ci|2%|--tune|iocp:accepts=9|--server|a|"
                           "--think|3ms|--no-plots|--tune|apc:x=2"),
                     ARGS_GO);
    write_plan(o);
    assert_int_equal(parse("compare|--resume=" PLAN), ARGS_GO);
    assert_string_equal(o->id, "an-id");
    assert_string_equal(o->models[1], "apc");
    assert_int_equal(o->tiers, 2);
    assert_int_equal(o->connections[1], 50);
    assert_true(o->until_ci > 0.0199 && o->until_ci < 0.0201);
    assert_int_equal(o->repeat, 5);
    assert_int_equal(o->max_repeat, 20);
    assert_int_equal(o->seed, 7);
    assert_true(o->no_plots);
    assert_string_equal(o->config.server, "a");
    assert_int_equal(o->config.values.think_us, 3000);
    assert_int_equal(o->config.values.tune.count, 2);
    assert_string_equal(o->config.values.tune.text[1], "apc:x=2");
    assert_true(o->config.values.buffer_bytes == OPTION_UNSET);
    assert_int_equal(parse("compare|--resume|" PLAN "|--max-repeat=9|"
                           "--server=b"),
                     ARGS_GO);
    assert_int_equal(o->max_repeat, 9);
    assert_string_equal(o->config.server, "b");
    all_are(ARGS_BAD, bad);
    assert_int_equal(parse("book|--quick|--warmup|1s"), ARGS_GO);
    write_plan(o);
    assert_int_equal(parse("book|--resume|" PLAN), ARGS_GO);
    assert_int_equal(o->connections[2], 5000);
    assert_true(o->config.values.rate == OPTION_UNSET);
    assert_int_equal(o->repeat, 1);
    assert_int_equal(o->config.values.warmup_us, 1000000);
    assert_int_equal(parse("compare|--resume|" PLAN), ARGS_BAD);
    plan_file_delete(PLAN);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

RUN_TESTS(CASE(models_and_tiers), CASE(values_and_defaults),
          CASE(bad_input_is_refused), CASE(repeats_until_narrow),
          CASE(options_reach_programs_and_record), CASE(plans_are_resumed),
          CASE(soak_contradictions), CASE(programs_are_named_again))
