/* What the facts of a case mean. */
#include "cases.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/clock.h"
#include "common/die.h"
#include "notes.h"

enum { VERDICT_WHY = 512, VERDICT_CANNOT_HAPPEN = 70 /* die() */ };

PRINTF_LIKE(2, 3)
static void verdict_fail(struct fault_case *c, const char *format, ...)
{
    va_list args;
    if (c->result == CASE_FAILED)
        return;
    c->result = CASE_FAILED;
    c->why = malloc(VERDICT_WHY);
    if (c->why == NULL)
        die("malloc");
    va_start(args, format);
    vsnprintf(c->why, VERDICT_WHY, format, args);
    va_end(args);
    for (char *at = c->why; *at; at++)
        if (*at == '\n' || *at == '\r')
            *at = ' ';
}

static unsigned verdict_number(const cJSON *facts, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(facts, key);
    return item ? (unsigned)item->valuedouble : 0;
}

static const char *verdict_text(const cJSON *facts, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(facts, key));
    return text ? text : "";
}

static bool verdict_fired(const struct fault_case *c, const cJSON *facts)
{
    const cJSON *fired;
    cJSON_ArrayForEach (fired, cJSON_GetObjectItem(facts, "fired")) {
        if (strcmp(fired->valuestring, case_text(c, "site")) == 0)
            return true;
    }
    return false;
}

/* It must say in one line which error it was, by name. */
static void verdict_stopped(struct fault_case *c, const cJSON *facts)
{
    const char *said = verdict_text(facts, "said");
    const char *end = strchr(said, '\n');
    int code = cJSON_GetObjectItem(facts, "exit")->valueint;
    c->result = CASE_STOPPED;
    if (code != EXIT_BAD_INPUT && code != VERDICT_CANNOT_HAPPEN)
        verdict_fail(c, "ended with %s: %s", verdict_text(facts, "ended"),
                     said);
    if (end == NULL || end[1] != '\0')
        verdict_fail(c, "not one line of why it does not start: %s", said);
    if (!strstr(said, c->error) && !note_find(case_text(c, "site"))->needs)
        verdict_fail(c, "does not say %s: %s", c->error, said);
}

/* How many guests may wait until the stop, and things stay open. */
static unsigned verdict_forgotten(const struct fault_case *c)
{
    return note_closes(case_text(c, "call")) ? 1 : 0;
}

/* Sockets, handles, windows and pieces of memory, against a run without. */
static void verdict_open(struct fault_case *c, const cJSON *facts,
                         const cJSON *usual)
{
    const char *const path = "faults";
    const cJSON *open =
        cJSON_GetObjectItem(cJSON_GetObjectItem(facts, path), "open");
    const cJSON *was =
        cJSON_GetObjectItem(cJSON_GetObjectItem(usual, path), "open");
    const cJSON *thing;
    double more = 0;
    cJSON_ArrayForEach (thing, open) {
        double left = thing->valuedouble -
                      cJSON_GetObjectItem(was, thing->string)->valuedouble;
        more += left > 0 ? left : 0;
    }
    if (more > verdict_forgotten(c))
        verdict_fail(c, "%.0f more %s open at the end: %s", more,
                     more > 1 ? "things are" : "thing is",
                     cJSON_PrintUnformatted(open));
}

static void verdict_final(struct fault_case *c, const cJSON *facts,
                          const cJSON *usual)
{
    const cJSON *final = cJSON_GetObjectItem(facts, "final");
    unsigned opens = verdict_number(final, "opens");
    unsigned closes = verdict_number(final, "closes");
    if (final == NULL) {
        verdict_fail(c, "no final line");
        return;
    }
    if (opens != closes)
        verdict_fail(c, "%u opens, %u closes", opens, closes);
    unsigned usually =
        verdict_number(cJSON_GetObjectItem(usual, "final"), "threads");
    /* One that has counted itself out may still be on its last step. */
    if (verdict_number(final, "threads") > usually + 1)
        verdict_fail(c, "%u threads at the end, not %u",
                     verdict_number(final, "threads"), usually);
    if (cJSON_HasObjectItem(cJSON_GetObjectItem(final, "refusals"), c->error))
        c->result = CASE_REFUSED;
    else if (cJSON_HasObjectItem(cJSON_GetObjectItem(final, "errors"),
                                 c->error))
        c->result = CASE_COUNTED;
}

/* Not an error, but an answer that the call may give at any time. */
static bool verdict_expected(const struct fault_case *c)
{
    return *c->error == '\0' || strcmp(c->error, "WSAEWOULDBLOCK") == 0 ||
           strcmp(c->error, "ERROR_NOT_FOUND") == 0;
}

static void verdict_guests(struct fault_case *c, const cJSON *facts)
{
    const char *call = case_text(c, "call");
    unsigned costs = *c->error ? note_costs(call) : 0;
    costs += note_find(case_text(c, "site"))->needs != NULL;
    unsigned forgotten = verdict_forgotten(c);
    unsigned lost = verdict_number(facts, "lost");
    unsigned stuck = verdict_number(facts, "stuck");
    unsigned left = verdict_number(facts, "left");
    if (verdict_number(facts, "wrong"))
        verdict_fail(c, "%u wrong bytes", verdict_number(facts, "wrong"));
    if (stuck > forgotten || left > forgotten)
        verdict_fail(c, "%u guests stuck, %u left at the end", stuck, left);
    if (lost + stuck > costs)
        verdict_fail(c, "%u guests lost, %u stuck", lost, stuck);
}

void case_judge(struct fault_case *c, const cJSON *facts,
                const struct case_model *model)
{
    const struct note *note = note_find(case_text(c, "site"));
    c->ms = verdict_number(facts, "ms");
    c->judged_ns = clock_ns();
    if (*verdict_text(facts, "late")) {
        verdict_fail(c, "hung %s; it said: %s", verdict_text(facts, "late"),
                     verdict_text(facts, "said"));
        return;
    }
    if (!verdict_fired(c, facts)) {
        c->result = CASE_UNREACHED;
        if (!cJSON_HasObjectItem(facts, "faults"))
            verdict_fail(c, "ended with %s before the call came: %s",
                         verdict_text(facts, "ended"),
                         verdict_text(facts, "said"));
        return;
    }
    if (!cJSON_IsTrue(cJSON_GetObjectItem(facts, "listened"))) {
        verdict_stopped(c, facts);
        return;
    }
    c->result = CASE_FINE;
    if (cJSON_GetObjectItem(facts, "exit")->valueint != 0) {
        verdict_fail(c, "died: %s: %s", verdict_text(facts, "ended"),
                     verdict_text(facts, "said"));
        return;
    }
    verdict_guests(c, facts);
    verdict_open(c, facts, model->facts);
    verdict_final(c, facts, model->facts);
    if (c->result == CASE_FINE && !verdict_expected(c) &&
        !(note->allows & NOTE_QUIET))
        verdict_fail(c, "not counted");
}
