/* Runs whose programs misbehave: this program plays them all. What it plays
 * is the last word of the launcher. */
#include "unit.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "results/fields.h"
#include "common/process.h"
#include "runner/platform.h"
#include "runner/suite.h"

#ifndef _WIN32
#include <signal.h>
#include <unistd.h>
#endif

static const char *self;
static const char *role; /* of a played program */

static bool plays(const char *name)
{
    return strcmp(role, name) == 0;
}

static void say(const char *line)
{
    puts(line);
    fflush(stdout);
}

static void linger(void)
{
    clock_sleep_ms(600000);
}

static void play_server_line(const char *line)
{
    if (strncmp(line, "mark ", 5) == 0) {
        if (plays("dies-measuring") && strcmp(line, "mark begin") == 0)
            exit(70);
        if (plays("ends-early") && strcmp(line, "mark begin") == 0) {
            say("{\"event\":\"final\",\"stopped_by\":\"eof\"}");
            exit(0);
        }
        if (plays("no-end") && strcmp(line, "mark end") == 0)
            return;
        printf("{\"event\":\"sample\",\"t_us\":1,\"mark\":\"%s\"}\n", line + 5);
        fflush(stdout);
    } else if (strcmp(line, "stop") == 0) {
        say("{\"event\":\"final\",\"t_us\":2,\"stopped_by\":\"stop\"}");
        if (plays("lingers"))
            linger();
        exit(plays("bad-exit") ? 70 : 0);
    }
}

static void play_server(void)
{
    char line[256];
    if (plays("refuses"))
        exit(2);
    if (plays("dies"))
        exit(3);
    say("welcome to this machine");
    say("{\"event\":\"listening\",\"address\":\"0.0.0.0\",\"port\":7}");
    if (plays("interrupts")) {
#ifndef _WIN32
        kill(getppid(), SIGINT);
#endif
        linger();
    }
    while (json_lines_read(line, sizeof line))
        play_server_line(line);
    exit(9); /* its input closed without stop */
}

/* It holds its connections until it is told to let go of them, which must be
 * after the server's sample. */
static void play_load_clock(void)
{
    say("{\"event\":\"clock\",\"t_us\":1}");
}

static void play_load_hold(void)
{
    char line[256];

    do {
        if (!json_lines_read(line, sizeof line))
            exit(9);
        if (strncmp(line, "clock ", 6) == 0)
            play_load_clock();
        else if (strcmp(line, "alive") != 0 && strcmp(line, "drain") != 0)
            exit(9);
    } while (strcmp(line, "drain") != 0);
}

static void play_load_traffic(void)
{
    say("{\"event\":\"phase\",\"phase\":\"warmup\",\"t_us\":3}");
    say("{\"event\":\"phase\",\"phase\":\"measuring\",\"t_us\":4}");
    if (plays("load-dies"))
        exit(5);
    clock_sleep_ms(300);
    say("{\"event\":\"sample\",\"mark\":\"end\",\"t_us\":5}");
    if (!plays("lost-all"))
        play_load_hold();
    say("{\"event\":\"phase\",\"phase\":\"draining\",\"t_us\":5}");
    say("{\"event\":\"final\",\"t_us\":6,\"mismatches\":0}");
    exit(plays("wrong-byte") ? 1 : 0);
}

/* So long that it is written in pieces. */
static const char *play_processor(void)
{
    static char name[2001];
    for (size_t i = 0; i < sizeof name - 1; i++)
        name[i] = i % 2 == 0 ? '\xC3' : '\xBC';
    return name;
}

static void play_ready(int rank)
{
    cJSON *ready = cJSON_CreateObject();
    cJSON_AddStringToObject(ready, "event", "ready");
    cJSON_AddNumberToObject(ready, "protocol", plays("new-protocol") ? 2 : 1);
    cJSON_AddStringToObject(ready, "version", plays("old") ? "-1" : "0");
    cJSON_AddNumberToObject(ready, "rank", plays("other-rank") ? 5 : rank);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(ready, "machine"), "cpu",
                            play_processor());
    if (rank >= 0)
        json_lines_divide((uint64_t)rank);
    json_lines_write(ready);
}

static void play_load(int argc, char **argv)
{
    char line[256];
    bool addressed = false;
    int rank = -1;
    for (int i = 1; i < argc; i++) {
        addressed = addressed || strcmp(argv[i], "127.0.0.1:7") == 0;
        if (strcmp(argv[i], "--rank") == 0)
            rank = atoi(argv[i + 1]);
    }
    if (!addressed || plays("load-refuses"))
        exit(2);
    play_ready(rank);
    while (json_lines_read(line, sizeof line)) {
        if (strncmp(line, "clock ", 6) == 0)
            play_load_clock();
        if (strcmp(line, "go") == 0)
            say("{\"event\":\"phase\",\"phase\":\"connected\",\"t_us\":2}");
        if (strcmp(line, "start") == 0)
            play_load_traffic();
        if (strcmp(line, "stop") == 0) {
            say("{\"event\":\"final\",\"t_us\":6,\"mismatches\":0}");
            exit(0);
        }
    }
    exit(9);
}

struct played {
    enum run_end end;
    cJSON *record;
    char *reasons; /* NULL: the record holds none of the runner's */
    double seconds;
};

/* With several load generators, of which the last one plays what it says. */
static void play(struct played *p, const char *what, size_t loads)
{
    struct run_config config;
    char via[4096], well[4096];
    static const struct run_spec run = {"iocp", 10, 1, 1, 1, 1, 5, 6, 0, 0};
    run_config_defaults(&config);
    config.values.duration_us = 300000;
    config.values.warmup_us = 0;
    snprintf(via, sizeof via, "'%s' play %s", self, what);
    config.server = "server";
    config.load = "load-program";
    snprintf(well, sizeof well, "'%s' play well", self);
    config.server_via = loads > 1 ? well : via;
    for (size_t i = 0; i < loads; i++)
        config.load_via.text[config.load_via.count++] =
            i + 1 < loads ? well : via;
    const struct suite suite = {
        .config = &config, .version = "0", .command = "run"};
    const struct run_request request = {&suite, &run, "test", NULL, NULL};
    int64_t began = clock_ns();
    p->end = run_once(&request, &p->record);
    p->seconds = (double)(clock_ns() - began) / 1e9;
    p->reasons = NULL;
    if (p->record != NULL)
        record_valid(p->record, &p->reasons);
}

static void played_free(struct played *p)
{
    cJSON_Delete(p->record);
    free(p->reasons);
}

/* The record holds this reason, or none of the runner's own: it is played
 * without figures, of which the record complains all the same. */
static void what_fails_is_named(void **state)
{
    static const char *const ours[] = {"server_died", "load_died", "timed_out",
                                       "interrupted"};
    static const struct {
        const char *what;
        size_t loads;
        const char *reason, *also; /* NULL: none */
        double most_s;
    } cases[] = {
        {"well", 1, NULL, NULL, 40},
        {"wrong-byte", 1, NULL, NULL, 40},
        {"lost-all", 1, NULL, NULL, 40},
        {"dies", 1, "server_died: exit code 3 while starting", NULL, 40},
        {"dies-measuring", 1, "server_died: exit code 70 while measuring", NULL,
         40},
        {"ends-early", 1, "server_died: it stopped by itself (eof)", NULL, 40},
        {"bad-exit", 1, "server_died: exit code 70 after its final", NULL, 40},
        {"load-dies", 1, "load_died: exit code 5 while", NULL, 40},
        {"no-end", 1,
         "timed_out: the server did not send its sample `end` within 15 s",
         NULL, 40},
        {"lingers", 1, "timed_out: the server did not exit within", NULL, 40},
        {"load-dies", 3, "load_died: load generator of rank 2 ('",
         "exit code 5 while", 10},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct played p;
        play(&p, cases[i].what, cases[i].loads);
        assert_int_equal(p.end, RUN_DONE);
        const char *reasons = p.reasons != NULL ? p.reasons : "";
        if (cases[i].reason != NULL)
            holds(reasons, cases[i].reason);
        if (cases[i].also != NULL)
            holds(reasons, cases[i].also);
        for (size_t k = 0; k < COUNT(ours) && cases[i].reason == NULL; k++)
            lacks(reasons, ours[k]);
        assert_true(p.seconds < cases[i].most_s);
        played_free(&p);
    }
}

/* What a program refuses ends the comparison; nor does any of several load
 * generators start where one of them is another program. */
static void bad_arguments_end_the_comparison(void **state)
{
    static const struct {
        const char *what;
        size_t loads;
    } cases[] = {{"refuses", 1},      {"load-refuses", 1}, {"load-refuses", 2},
                 {"new-protocol", 2}, {"old", 2},          {"other-rank", 2}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct played p;
        play(&p, cases[i].what, cases[i].loads);
        assert_int_equal(p.end, RUN_STOPPED);
        assert_null(p.record);
    }
}

/* Each starts once all are ready, and all end together. */
static void several_share_a_run(void **state)
{
    struct played p;
    play(&p, "well", 3);
    assert_int_equal(p.end, RUN_DONE);
    assert_non_null(p.record);
    lacks(p.reasons, "died");
    lacks(p.reasons, "timed_out");
    assert_int_equal(cJSON_GetArraySize(record_at(p.record, "/generators")), 3);
    assert_string_equal(record_text(p.record, "/generators/2/machine/load/cpu"),
                        play_processor());
    played_free(&p);
}

#ifndef _WIN32
static void interrupt_leaves_no_record(void **state)
{
    struct played p;
    interrupt_catch(true);
    play(&p, "interrupts", 1);
    assert_int_equal(p.end, RUN_INTERRUPTED);
    assert_null(p.record);
    assert_true(p.seconds < 15);
}
#endif

int main(int argc, char **argv)
{
    platform_arguments(&argc, &argv);
    json_lines_init();
    if (argc > 3 && strcmp(argv[1], "play") == 0) {
        role = argv[2];
        if (strcmp(argv[3], "server") == 0)
            play_server();
        play_load(argc, argv);
    }
    self = file_program();
    const struct CMUnitTest tests[] = {
        TEST(what_fails_is_named),
        TEST(bad_arguments_end_the_comparison),
        TEST(several_share_a_run),
#ifndef _WIN32
        TEST(interrupt_leaves_no_record),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
