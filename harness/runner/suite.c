#include "runner/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/number.h"
#include "common/terminal.h"
#include "results/curve.h"
#include "results/record_set.h"
#include "results/fields.h"
#include "results/record_file.h"

struct suite_state {
    struct suite *suite;
    size_t index; /* of the run under way */
    int64_t began_ns;
    char last[128]; /* the last finished run and its figure */
};

/* Of a run, what differs from others of its model: "4,000", or of a curve
 * "at 12,345/s". */
static const char *suite_amount(const struct plan *plan,
                                const struct plan_run *run, char *text,
                                size_t size)
{
    if (plan->points == 0)
        snprintf(text, size, "%s", NUMBER_SHOWN(run->connections));
    else if (run->offered <= 0)
        snprintf(text, size, "flat out");
    else
        snprintf(text, size, "at %s/s", NUMBER_SHOWN(run->offered));
    return text;
}

/* "[7/24] iocp 4,000  connecting  12m left  select 100: 5,432/s", and the
 * run's figures. */
static void suite_watch(void *arg, const struct panel *figures)
{
    const struct suite_state *state = arg;
    const struct plan *plan = state->suite->plan;
    const struct plan_run *run = &plan->runs[state->index];
    struct panel panel = *figures;
    char title[192], amount[48];
    const double left_s =
        plan_left(plan) - (double)(clock_ns() - state->began_ns) / 1e9;
    snprintf(title, sizeof title, "[%zu/%zu] %s %s",
             plan->count - plan_missing(plan) + 1, plan_total(plan), run->model,
             suite_amount(plan, run, amount, sizeof amount));
    panel.title = title;
    panel.left_s = left_s > 0 ? left_s : 0;
    panel.after = state->last;
    panel_show(&panel);
}

/* What a run's record says of it. */
static void suite_recall(const struct suite *suite, struct plan_run *run,
                         const cJSON *record, char **reasons)
{
    const double threads =
        record_number_or(record, "/machine/load/process/threads", 0);
    const double processors =
        record_number_or(record, "/machine/load/usable_processors", 0);
    bool saturated = false;
    char pointer[64];
    run->state = record_valid(record, reasons) ? PLAN_VALID : PLAN_INVALID;
    bool only = run->state == PLAN_INVALID &&
                record_is_only_disturbed(record, &saturated);
    run->disturbed = only && !saturated;
    run->saturated = only && saturated && suite->adds_threads &&
                     threads < processors && threads < run->connections;
    if (run->saturated)
        run->load_threads = (uint32_t)threads + 1;
    run->records++;
    /* Past saturation that is what a curve looks for. */
    if (suite->config->bound != NULL && curve_only_behind(record))
        run->state = PLAN_VALID;
    snprintf(pointer, sizeof pointer, "/latency_us/from_intended/%s",
             suite->config->bound != NULL ? suite->config->bound : "p99");
    run->latency_us = record_number_or(record, pointer, 0);
    run->rate = record_number_or(record, "/throughput/round_trips_per_s", 0);
}

static bool suite_keep(struct suite_state *state, cJSON *record)
{
    struct plan_run *run = &state->suite->plan->runs[state->index];
    char *path = NULL, *reasons = NULL, connections[48];
    uint32_t error = record_write(state->suite->folder, record, &path);
    suite_amount(state->suite->plan, run, connections, sizeof connections);
    if (error != 0) {
        terminal_clear();
        file_complain("write", path, error);
        record_rescue(record, path);
    } else {
        suite_recall(state->suite, run, record, &reasons);
        run->seconds = (double)(clock_ns() - state->began_ns) / 1e9;
        snprintf(state->last, sizeof state->last, "%s %s: %s%s", run->model,
                 connections,
                 run->state == PLAN_VALID ? NUMBER_SHOWN(run->rate) : "invalid",
                 run->state == PLAN_VALID ? "/s" : "");
        if (run->state == PLAN_INVALID) {
            terminal_clear();
            bool curve = state->suite->plan->points > 0;
            complain("%s %s%s%s (repeat %lu) is invalid: %s; its record is %s",
                     run->model, curve ? "" : "with ", connections,
                     curve ? "" : " connections", (unsigned long)run->repeat,
                     reasons, path);
        }
    }
    free(reasons);
    free(path);
    cJSON_Delete(record);
    return error == 0;
}

static enum run_end suite_once(struct suite_state *state)
{
    const struct suite *suite = state->suite;
    const struct plan *plan = suite->plan;
    const struct plan_run *planned = &plan->runs[state->index];
    struct run_spec run = {planned->model,
                           planned->connections,
                           planned->repeat,
                           plan->repeats,
                           state->index + 1,
                           plan_total(plan),
                           plan_run_seed(plan, state->index),
                           plan->seed,
                           0,
                           planned->offered};
    /* What one run found too few is too few for its repeats. */
    for (size_t i = 0; i < plan->count; i++)
        if (plan->runs[i].load_threads > run.load_threads &&
            plan->runs[i].connections == run.connections &&
            strcmp(plan->runs[i].model, run.model) == 0)
            run.load_threads = plan->runs[i].load_threads;
    char id[192], again[24] = "";
    if (planned->records > 0)
        snprintf(again, sizeof again, "-again%lu",
                 (unsigned long)planned->records);
    snprintf(id, sizeof id, "%s-%zu%s", suite->id, run.place, again);
    struct run_request request = {suite, &run, id, suite_watch, state};
    cJSON *record;
    state->began_ns = clock_ns();
    enum run_end end = run_once(&request, &record);
    return end == RUN_DONE && !suite_keep(state, record) ? RUN_STOPPED : end;
}

static enum run_end suite_missing(struct suite_state *state)
{
    const struct plan *plan = state->suite->plan;
    enum run_end end = RUN_DONE;
    for (size_t i = 0; i < plan->count && end == RUN_DONE; i++) {
        state->index = i;
        if (plan->runs[i].state == PLAN_MISSING)
            end = suite_once(state);
    }
    return end;
}

/* Another round, while intervals are wide and the limit allows it; of a curve,
 * while rates are to be tried. */
static bool suite_extend(struct suite *suite)
{
    bool done = true;
    if (suite->config->bound != NULL)
        return plan_search(suite->plan, (double)suite->config->bound_us);
    if (suite->until_ci > 0 && suite->plan->repeats < suite->repeats_max)
        free(plan_wide(suite->plan, suite->until_ci, &done));
    if (!done)
        plan_extend(suite->plan);
    return !done;
}

/* Disturbed runs, and those of a saturated load generator, are missing once
 * more; false when there is none. */
static bool suite_again(struct suite_state *state)
{
    const struct suite *suite = state->suite;
    size_t disturbed = 0, saturated = 0;
    for (size_t i = 0; i < suite->plan->count; i++) {
        struct plan_run *run = &suite->plan->runs[i];
        bool held_up = run->disturbed && run->records <= suite->again;
        disturbed += held_up;
        saturated += run->saturated;
        if (held_up || run->saturated)
            run->state = PLAN_MISSING;
    }
    if (disturbed + saturated == 0)
        return false;
    terminal_clear();
    if (disturbed > 0)
        complain("disturbed runs: %zu; each is measured again", disturbed);
    if (saturated > 0)
        complain("runs with a saturated load generator: %zu; each is measured "
                 "again with one more load thread",
                 saturated);
    return true;
}

enum run_end suite_run(struct suite *suite)
{
    struct suite_state state = {.suite = suite};
    enum run_end end;
    do
        end = suite_missing(&state);
    while (end == RUN_DONE && (suite_again(&state) || suite_extend(suite)));
    terminal_clear();
    return end;
}

/* Which rate a curve tried at a place stands in the record alone. */
static void suite_place(const struct suite *suite, size_t place,
                        const cJSON *record)
{
    const char *model = record_text(record, "/asked/model");
    struct plan *plan = suite->plan;
    struct plan_run *run = plan_place(plan, place);
    for (size_t i = 0; i < plan->count; i++)
        if (strcmp(plan->runs[i].model, model) == 0)
            run->model = plan->runs[i].model;
    run->connections = plan->runs[0].connections;
    run->offered = record_number_or(record, "/asked/rate_bytes_per_s", 0) /
                   (double)suite->config->values.message_bytes;
}

/* A record of this plan marks its run. */
static void suite_mark(struct suite *suite, const cJSON *record)
{
    struct plan *plan = suite->plan;
    const cJSON *id = record_at(record, "/suite/plan");
    double place;
    char *reasons = NULL;
    if (!cJSON_IsString(id) || strcmp(id->valuestring, suite->id) != 0 ||
        !record_number(record, "/asked/place", &place) || place < 1)
        return;
    while (place > (double)plan->count && suite->until_ci > 0 &&
           plan->repeats < suite->repeats_max)
        plan_extend(plan);
    if (suite->config->bound != NULL && place <= (double)plan_total(plan))
        suite_place(suite, (size_t)place, record);
    if (place <= (double)plan->count)
        suite_recall(suite, &plan->runs[(size_t)place - 1], record, &reasons);
    free(reasons);
}

bool suite_resume(struct suite *suite)
{
    cJSON **records;
    size_t count;
    bool good = records_read(suite->folder, record_schema, &records, &count);
    for (size_t i = 0; i < count; i++) {
        if (good)
            suite_mark(suite, records[i]);
        cJSON_Delete(records[i]);
    }
    free(records);
    return good;
}
