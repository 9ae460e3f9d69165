#include "runner/suite.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/process.h"
#include "results/fields.h"
#include "results/record.h"
#include "runner/live.h"
#include "runner/programs.h"

/* In order; each ends with a line of a program, or at its deadline. */
enum run_stage {
    RUN_LISTENING,  /* the server starts */
    RUN_EMPTY,      /* the server without connections */
    RUN_READY,      /* the load starts */
    RUN_CLOCKS,     /* of several loads: what their clocks show */
    RUN_CONNECTING, /* each attempt comes to its outcome */
    RUN_WARMUP,
    RUN_MEASURING,
    RUN_HOLDING, /* the server ends its window; the load goes on */
    RUN_CLOCKS_AFTER,
    RUN_DRAINING,
    RUN_LOAD_ENDING, /* after a failure: what the load can still say */
    RUN_STOPPING,    /* the server ends */
    RUN_OVER
};

static const struct {
    const char *doing;
    int who; /* ends the stage, once all of them said: */
    const char *what;
} run_stages[] = {
    [RUN_LISTENING] = {"starting the server", PROGRAM_SERVER, "listening"},
    [RUN_EMPTY] = {"starting the server", PROGRAM_SERVER, "its sample `empty`"},
    [RUN_READY] = {"starting the load generator", PROGRAM_LOAD, "ready"},
    [RUN_CLOCKS] = {"comparing clocks", PROGRAM_LOAD, "its clock's time"},
    [RUN_CONNECTING] = {"connecting", PROGRAM_LOAD, "connected"},
    [RUN_WARMUP] = {"warming up", PROGRAM_LOAD, "measuring"},
    [RUN_MEASURING] = {"measuring", PROGRAM_LOAD, "its sample `end`"},
    [RUN_HOLDING] = {"measuring", PROGRAM_SERVER, "its sample `end`"},
    [RUN_CLOCKS_AFTER] = {"comparing clocks", PROGRAM_LOAD, "its clock's time"},
    [RUN_DRAINING] = {"draining", PROGRAM_LOAD, "final"},
    [RUN_LOAD_ENDING] = {"stopping the load generator", PROGRAM_LOAD, "final"},
    [RUN_STOPPING] = {"stopping the server", PROGRAM_SERVER, "final"},
    [RUN_OVER] = {"ending", PROGRAM_SERVER, ""},
};

enum {
    RUN_START_S = 60,      /* a launcher, a fresh Wine prefix */
    RUN_GRACE_S = 15,      /* what a busy machine may be late */
    RUN_STOP_S = 30,       /* the server gives its model 20 */
    RUN_INTERRUPTED_S = 5, /* people wait */
    RUN_EXIT_S = 10
};

struct run {
    const struct run_request *request;
    const struct run_config *config;
    enum run_stage stage;
    int64_t began_ns, deadline_ns;
    uint32_t allowed_s; /* what the deadline was made of, for people */
    struct programs programs;
    cJSON *lines[2]; /* of the server, of all loads */
    cJSON *reasons;
    struct live live;
    bool interrupted, refused;
};

static void run_show(struct run *r)
{
    r->live.panel.phase = run_stages[r->stage].doing;
    if (r->request->watch != NULL)
        r->request->watch(r->request->watch_arg, &r->live.panel);
}

static void run_enter(struct run *r, enum run_stage stage, uint64_t seconds)
{
    if (r->interrupted && seconds > RUN_INTERRUPTED_S)
        seconds = RUN_INTERRUPTED_S;
    r->stage = stage;
    r->allowed_s = (uint32_t)seconds;
    r->deadline_ns = clock_ns() + (int64_t)seconds * 1000000000;
    run_show(r);
}

static uint64_t run_seconds(uint64_t us)
{
    return us / 1000000 + 1;
}

PRINTF_LIKE(2, 3)
static void run_reason(struct run *r, const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    cJSON_AddItemToArray(r->reasons, cJSON_CreateString(text));
}

static bool run_start(struct run *r, int launch, const struct words *words)
{
    bool started = programs_start(&r->programs, launch, words);
    r->refused = r->refused || !started;
    return started;
}

static void run_tell(struct run *r, int kind, const char *word)
{
    programs_tell(&r->programs, kind, word);
}

static bool run_all(const struct run *r, enum run_stage stage)
{
    return programs_reached(&r->programs, (int)stage);
}

/* The server's part at the end, however the run went. */
static void run_stop_server(struct run *r)
{
    if (r->programs.child[PROGRAM_SERVER] == NULL ||
        r->programs.each[PROGRAM_SERVER].done) {
        run_enter(r, RUN_OVER, 0);
        return;
    }
    run_tell(r, PROGRAM_SERVER, "stop");
    run_enter(r, RUN_STOPPING, RUN_STOP_S);
}

/* No use going on: let the load say what it reached, then stop the server. */
static void run_abandon(struct run *r)
{
    if (r->stage >= RUN_LOAD_ENDING)
        return;
    if (run_all(r, RUN_OVER)) {
        run_stop_server(r);
        return;
    }
    run_tell(r, PROGRAM_LOAD, "stop");
    run_enter(r, RUN_LOAD_ENDING, RUN_GRACE_S);
}

/* A program gave up, or was given up. */
static void run_lost(struct run *r, int which)
{
    if (r->stage == RUN_STOPPING && which == PROGRAM_SERVER)
        run_enter(r, RUN_OVER, 0);
    else if (r->stage != RUN_LOAD_ENDING || which == PROGRAM_SERVER)
        run_abandon(r);
    else if (run_all(r, RUN_OVER))
        run_stop_server(r);
}

static bool run_says(const cJSON *line, const char *pointer, const char *value)
{
    return strcmp(record_text(line, pointer), value) == 0;
}

static void run_start_load(struct run *r)
{
    char address[256];
    bool started = true;
    run_config_address(r->config,
                       cJSON_GetArrayItem(r->lines[PROGRAM_SERVER], 0), address,
                       sizeof address);
    for (int i = PROGRAM_LOAD; i < r->programs.launches && started; i++) {
        struct words words = {0};
        run_config_load_argv(r->config, r->request->run,
                             (uint32_t)(i - PROGRAM_LOAD), address, &words);
        started = run_start(r, i, &words);
        words_free(&words);
    }
    if (started)
        run_enter(r, RUN_READY, RUN_START_S);
    else
        run_abandon(r);
}

/* The load waits one time-out of an echo for those of the window, then gives all
 * of the drain three. */
static void run_drain(struct run *r)
{
    run_tell(r, PROGRAM_LOAD, "drain");
    run_enter(r, RUN_DRAINING,
              4 * run_seconds(r->config->values.io_timeout_us) + RUN_GRACE_S);
}

/* False: of one load generator no clock is compared with another. */
static bool run_compare_clocks(struct run *r, enum run_stage stage)
{
    if (!programs_several(&r->programs))
        return false;
    run_enter(r, stage, RUN_GRACE_S + (uint64_t)r->programs.count / 8);
    programs_ask_clocks(&r->programs);
    return true;
}

static void run_server_line(struct run *r, const cJSON *line)
{
    if (run_says(line, "/event", "final")) {
        r->programs.each[PROGRAM_SERVER].done = true;
        if (r->stage < RUN_LOAD_ENDING)
            run_reason(r, "server_died: it stopped by itself (%s) while %s",
                       record_text(line, "/stopped_by"),
                       run_stages[r->stage].doing);
        run_lost(r, PROGRAM_SERVER);
    } else if (run_says(line, "/event", "listening") &&
               r->stage == RUN_LISTENING) {
        run_tell(r, PROGRAM_SERVER, "mark empty");
        run_enter(r, RUN_EMPTY, RUN_GRACE_S);
    } else if (run_says(line, "/mark", "empty") && r->stage == RUN_EMPTY) {
        run_start_load(r);
    } else if (run_says(line, "/mark", "end") && r->stage == RUN_HOLDING) {
        if (!run_compare_clocks(r, RUN_CLOCKS_AFTER))
            run_drain(r);
    }
}

static void run_connect(struct run *r)
{
    run_tell(r, PROGRAM_LOAD, "go");
    run_enter(r, RUN_CONNECTING,
              run_seconds(run_config_budget_us(r->config, r->request->run)) +
                  run_seconds(r->config->values.connect_timeout_us) +
                  run_seconds(r->config->values.io_timeout_us) + RUN_GRACE_S);
}

/* All load generators ended the stage. */
static void run_advance(struct run *r)
{
    const struct option_values *v = &r->config->values;
    switch (r->stage) {
    case RUN_READY:
        if (!run_compare_clocks(r, RUN_CLOCKS))
            run_connect(r);
        break;
    case RUN_CLOCKS:
        run_connect(r);
        break;
    case RUN_CONNECTING:
        run_tell(r, PROGRAM_SERVER, "mark connected");
        run_tell(r, PROGRAM_LOAD, "start");
        run_enter(r, RUN_WARMUP, run_seconds(v->warmup_us) + RUN_GRACE_S);
        break;
    case RUN_WARMUP:
        run_tell(r, PROGRAM_SERVER, "mark begin");
        run_enter(r, RUN_MEASURING,
                  run_seconds(v->duration_us) + OPTION_EXTENSION_S +
                      RUN_GRACE_S);
        break;
    case RUN_MEASURING:
        run_tell(r, PROGRAM_SERVER, "mark end");
        run_enter(r, RUN_HOLDING, RUN_GRACE_S);
        break;
    case RUN_HOLDING: /* they had none left to hold */
    case RUN_CLOCKS_AFTER:
        run_drain(r);
        break;
    default:
        break;
    }
}

/* Which stage a line of a load generator ends; RUN_LISTENING: none. */
static enum run_stage run_ends(const cJSON *line)
{
    static const struct {
        const char *pointer, *value;
        enum run_stage ends;
    } ends[] = {{"/event", "ready", RUN_READY},
                {"/phase", "connected", RUN_CONNECTING},
                {"/phase", "measuring", RUN_WARMUP},
                {"/phase", "draining", RUN_HOLDING}};
    if (run_says(line, "/mark", "end"))
        return RUN_MEASURING;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (run_says(line, ends[i].pointer, ends[i].value) &&
            !run_says(line, "/event", "sample"))
            return ends[i].ends;
    return RUN_LISTENING;
}

static void run_load_line(struct run *r, int which, cJSON *line)
{
    enum run_stage ends = run_ends(line);
    if (run_says(line, "/event", "clock") &&
        (r->stage == RUN_CLOCKS || r->stage == RUN_CLOCKS_AFTER) &&
        !program_clock(&r->programs, which, r->began_ns, line))
        ends = r->stage;
    if (ends == RUN_READY && !program_fits(&r->programs, which, line)) {
        r->refused = true;
        run_abandon(r);
        return;
    }
    if ((int)ends > r->programs.each[which].reached)
        r->programs.each[which].reached = (int)ends;
    if (run_says(line, "/event", "final"))
        r->programs.each[which].done = true;
    if (r->stage > RUN_LOAD_ENDING)
        return;
    if (run_all(r, RUN_OVER))
        run_stop_server(r);
    else if (run_all(r, r->stage))
        run_advance(r);
}

static void run_line(struct run *r, int launch,
                     const struct process_event *event)
{
    cJSON *line = programs_line(&r->programs, launch, event->line);
    if (line == NULL)
        return;
    const int which = programs_find(&r->programs, launch, line);
    const int64_t arrived_us = (event->when_ns - r->began_ns) / 1000;
    cJSON_AddNumberToObject(line, "arrived_us", (double)arrived_us);
    cJSON_AddItemToArray(r->lines[program_kind(which)], line);
    live_line(&r->live, which, line);
    if (which == PROGRAM_SERVER)
        run_server_line(r, line);
    else
        run_load_line(r, which, line);
    if (which != PROGRAM_SERVER && programs_several(&r->programs)) {
        cJSON_DeleteItemFromObjectCaseSensitive(line, "rank");
        cJSON_AddNumberToObject(line, "rank", which - PROGRAM_LOAD);
    }
    run_show(r);
}

/* Its output ended before its final. Exit code 2 of a program that never got
 * to its first line is about its arguments: not a finding of the run. */
static void run_ended(struct run *r, int launch)
{
    char how[128], who[128];
    const struct launch *l = &r->programs.launched[launch];
    struct process *child = r->programs.child[launch];
    int which = l->first; /* the first of its programs that has not ended */
    if (programs_done(&r->programs, launch))
        return;
    while (r->programs.each[which].done)
        which++;
    for (int i = which; i < l->first + l->count; i++)
        r->programs.each[i].done = true;
    const bool several =
        which != PROGRAM_SERVER && programs_several(&r->programs);
    process_close_input(child);
    process_wait_exit(child, clock_ns() + INT64_C(2000000000));
    bool unused =
        r->stage == (which == PROGRAM_SERVER ? RUN_LISTENING : RUN_READY);
    if (unused && process_exited_with(child, EXIT_BAD_INPUT))
        r->refused = true;
    else
        run_reason(
            r, "%s_died: %s%s%s while %s", program_name(which),
            several ? program_who(&r->programs, which, who, sizeof who) : "",
            several ? ": " : "", process_exit_show(child, how, sizeof how),
            run_stages[r->stage].doing);
    run_lost(r, which);
}

/* All that owe the line that ends the stage. */
static void run_timed_out(struct run *r)
{
    const enum run_stage stage = r->stage;
    const int kind = run_stages[stage].who;
    char who[128];
    for (int i = 0; i < r->programs.count; i++) {
        const int launch = r->programs.each[i].launch;
        const char *last = r->programs.launched[launch].last;
        if (program_kind(i) != kind || r->programs.each[i].done ||
            (kind == PROGRAM_LOAD && r->programs.each[i].reached >= (int)stage))
            continue;
        run_reason(r,
                   "timed_out: the %s did not send %s within %" PRIu32 " s%s%s",
                   program_who(&r->programs, i, who, sizeof who),
                   run_stages[stage].what, r->allowed_s,
                   *last != '\0' ? "; its last other line: " : "", last);
        if (stage == RUN_LOAD_ENDING) {
            process_kill(r->programs.child[launch]);
            r->programs.each[i].done = true;
        }
    }
    run_lost(r, kind);
}

static void run_loop(struct run *r)
{
    while (r->stage != RUN_OVER) {
        struct process_event event;
        const int64_t beat_ns = programs_beat(&r->programs);
        enum process_news news = process_wait(
            r->programs.child, (size_t)r->programs.launches,
            beat_ns < r->deadline_ns ? beat_ns : r->deadline_ns, &event);
        int launch = 0;
        while (news <= PROCESS_ENDED &&
               r->programs.child[launch] != event.process)
            launch++;
        switch (news) {
        case PROCESS_LINE:
            run_line(r, launch, &event);
            break;
        case PROCESS_ENDED:
            run_ended(r, launch);
            break;
        case PROCESS_TIMED_OUT:
            if (clock_ns() >= r->deadline_ns)
                run_timed_out(r);
            break;
        case PROCESS_INTERRUPTED:
            if (r->interrupted)
                run_enter(r, RUN_OVER, 0); /* twice: at once */
            r->interrupted = true;
            run_abandon(r);
            break;
        }
    }
}

/* Both have said their last line, or never will. */
static void run_reap(struct run *r, int launch)
{
    struct process *c = r->programs.child[launch];
    const bool done = programs_done(&r->programs, launch);
    char how[128], who[128];
    if (c == NULL)
        return;
    process_close_input(c);
    uint32_t wait_s = r->interrupted ? 1 : RUN_EXIT_S;
    bool by_itself =
        done && process_wait_exit(c, clock_ns() + wait_s * INT64_C(1000000000));
    if (!by_itself)
        process_kill(c);
    /* 1 is how the load tells a wrong byte, which its final tells too. */
    bool good =
        process_exited_with(c, 0) ||
        (launch != PROGRAM_SERVER && process_exited_with(c, EXIT_BAD_RUN));
    if (!good && by_itself && cJSON_GetArraySize(r->reasons) == 0)
        run_reason(r, "%s_died: %s after its final", program_name(launch),
                   process_exit_show(c, how, sizeof how));
    else if (!by_itself && done)
        run_reason(r, "timed_out: the %s did not exit within %" PRIu32 " s",
                   program_who(&r->programs, r->programs.launched[launch].first,
                               who, sizeof who),
                   wait_s);
    process_free(c);
    r->programs.child[launch] = NULL;
}

enum run_end run_once(const struct run_request *request, cJSON **record)
{
    struct run r = {.request = request,
                    .config = request->suite->config,
                    .began_ns = clock_ns()};
    struct words words = {0};
    char started_at[CLOCK_ISO_SIZE];
    clock_iso(started_at);
    programs_init(&r.programs, r.config, request->suite->version);
    live_init(&r.live, r.programs.count);
    r.reasons = cJSON_CreateArray();
    for (int i = 0; i < 2; i++)
        r.lines[i] = cJSON_CreateArray();
    run_config_server_argv(request->suite->config, request->run, &words);
    run_enter(&r, RUN_LISTENING, RUN_START_S);
    if (run_start(&r, PROGRAM_SERVER, &words))
        run_loop(&r);
    words_free(&words);
    for (int i = r.programs.launches - 1; i >= 0; i--)
        run_reap(&r, i); /* the server last */
    programs_free(&r.programs);
    enum run_end end = r.interrupted ? RUN_INTERRUPTED
                       : r.refused   ? RUN_STOPPED
                                     : RUN_DONE;
    cJSON *asked = run_config_requested(r.config, request->run);
    const struct record_parts parts = {.id = request->id,
                                       .started_at = started_at,
                                       .version = request->suite->version,
                                       .command = request->suite->command,
                                       .plan = request->suite->id,
                                       .asked = asked,
                                       .server_lines = r.lines[PROGRAM_SERVER],
                                       .load_lines = r.lines[PROGRAM_LOAD],
                                       .reasons = r.reasons};
    *record = end == RUN_DONE ? record_build(&parts) : NULL;
    cJSON_Delete(asked);
    cJSON_Delete(r.reasons);
    for (int i = 0; i < 2; i++)
        cJSON_Delete(r.lines[i]);
    return end;
}
