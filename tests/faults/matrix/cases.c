#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/args.h"
#include "common/die.h"
#include "common/number.h"
#include "notes.h"
#include "common/words.h"

enum {
    CASES_NUMBERS = 8, /* calls tried one by one, where each differs */
    CASES_DEEP = 24,   /* the last call that is failed otherwise */
    CASES_FAULT_TEXT = 256
};

const char *const case_result_names[CASE_RESULTS] = {
    "to do", "fine", "counted", "refused", "stopped", "FAILED", "not reached"};

const char *case_text(const struct fault_case *c, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItem(c->site, key));
}

/* Each call of these is made for something else: slots, accounts, threads. */
static bool cases_differ(const char *call)
{
    return strcmp(call, "VirtualAlloc") == 0 || strcmp(call, "malloc") == 0 ||
           strcmp(call, "_beginthreadex") == 0;
}

static void cases_add(struct cases *cases, const struct fault_case *c,
                      const struct case_filter *filter, struct random *random)
{
    const char *site = case_text(c, "site"), *call = case_text(c, "call");
    /* Drawn for each, so that one case more does not move all the others. */
    double drawn = random_unit(random);
    if ((filter->sites && !strstr(site, filter->sites)) ||
        (filter->calls && !strstr(call, filter->calls)) ||
        drawn >= filter->share)
        return;
    if (cases->count == cases->room) {
        cases->room = cases->room ? cases->room * 2 : 256;
        cases->each = realloc(cases->each, cases->room * sizeof *cases->each);
        if (cases->each == NULL)
            die("realloc");
    }
    cases->each[cases->count++] = *c;
}

/* Calls of the start, before connections come by: those have their own. */
static unsigned cases_past(const struct fault_case *c)
{
    return strcmp(case_text(c, "site"), "conn_set.setsockopt") == 0 ? 6 : 0;
}

static unsigned cases_number(unsigned calls, struct random *random)
{
    unsigned half = (calls + 1) / 2;
    if (half > CASES_DEEP)
        half = CASES_DEEP;
    return half > 1 ? 1 + (unsigned)random_below(random, half) : 1;
}

struct cases_at {
    struct cases *cases;
    const struct case_filter *filter;
    struct random random;
};

static void cases_of_error(struct cases_at *at, struct fault_case c,
                           unsigned calls)
{
    const char *call = case_text(&c, "call");
    unsigned each = cases_differ(call) ? calls : 1;
    if (each > CASES_NUMBERS)
        each = CASES_NUMBERS;
    for (unsigned i = 1; i <= each || i == 1; i++) {
        unsigned past = cases_past(&c);
        c.number = each > 1
                       ? i
                       : past + cases_number(calls > past ? calls - past : 0,
                                             &at->random);
        cases_add(at->cases, &c, at->filter, &at->random);
    }
}

static unsigned cases_calls(const struct case_model *model, const char *site)
{
    const cJSON *faults = cJSON_GetObjectItem(model->facts, "faults");
    const cJSON *calls = cJSON_GetObjectItem(faults, "calls");
    const cJSON *count = cJSON_GetObjectItemCaseSensitive(calls, site);
    return count ? (unsigned)count->valuedouble : 0;
}

static void cases_of_site(struct cases_at *at, const cJSON *site,
                          const struct case_model *model)
{
    struct fault_case c = {.site = site, .model = model->name};
    unsigned calls = cases_calls(model, case_text(&c, "site"));
    const cJSON *item;
    c.kind = "fail";
    cJSON_ArrayForEach (item, cJSON_GetObjectItem(site, "errors")) {
        c.error = item->valuestring;
        cases_of_error(at, c, calls);
    }
    c.kind = "complete";
    cJSON_ArrayForEach (item, cJSON_GetObjectItem(site, "completed")) {
        c.error = item->valuestring;
        cases_of_error(at, c, calls);
    }
    c.error = "";
    cJSON_ArrayForEach (item, cJSON_GetObjectItem(site, "kinds")) {
        c.kind = item->valuestring;
        cases_of_error(at, c, calls);
    }
}

/* Files of the harness whose calls every connection or thread comes by. */
static bool cases_shared(const char *file)
{
    return strstr(file, "conn.c") || strstr(file, "worker_pool.c") ||
           strstr(file, "slots.c") || strstr(file, "thread.c");
}

/* A model without threads has none to join. */
static bool cases_comes(const struct fault_case *c,
                        const struct case_model *model)
{
    const char *site = case_text(c, "site");
    const char *needs = note_find(site)->needs;
    if (note_find(site)->words)
        return true;
    char first[CASES_FAULT_TEXT];
    snprintf(first, sizeof first, "%.*s", needs ? (int)strcspn(needs, ":") : 0,
             needs ? needs : "");
    return cases_calls(model, needs ? first : site) > 0;
}

static bool cases_runs(const struct fault_case *c,
                       const struct case_model *runs, size_t index)
{
    const char *model = runs->name;
    const char *of = case_text(c, "model");
    const struct note *note = note_find(case_text(c, "site"));
    if (strcmp(of, "harness") != 0)
        return strcmp(of, model) == 0;
    if (note->model)
        return strcmp(note->model, model) == 0;
    return cases_shared(case_text(c, "file")) ? cases_comes(c, runs)
                                              : index == 0;
}

void cases_make(struct cases *cases, const cJSON *sites,
                const struct case_model *models, size_t count,
                const struct case_filter *filter)
{
    struct cases_at at = {cases, filter, {filter->seed}};
    const cJSON *site;
    cJSON_ArrayForEach (site, sites) {
        struct fault_case c = {.site = site};
        for (size_t i = 0; i < count; i++)
            if (cases_runs(&c, &models[i], i))
                cases_of_site(&at, site, &models[i]);
    }
}

void cases_free(struct cases *cases)
{
    for (size_t i = 0; i < cases->count; i++)
        free(cases->each[i].why);
    free(cases->each);
    *cases = (struct cases){0};
}

void case_reset(struct fault_case *c)
{
    free(c->why);
    c->why = NULL;
    c->result = CASE_TO_DO;
}

static void cases_add_words(cJSON *asked, const char *text)
{
    struct words words = {0};
    cJSON *list = cJSON_AddArrayToObject(asked, "words");
    if (text)
        words_split(&words, text);
    for (size_t i = 0; i < words.count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(words.word[i]));
    words_free(&words);
}

cJSON *case_asked(const struct fault_case *c, bool first)
{
    const char *site = case_text(c, "site");
    const struct note *note = note_find(site);
    char text[CASES_FAULT_TEXT];
    cJSON *asked = cJSON_CreateObject();
    cJSON_AddStringToObject(asked, "model", c->model);
    cJSON *faults = cJSON_AddArrayToObject(asked, "faults");
    if (note->needs)
        cJSON_AddItemToArray(faults, cJSON_CreateString(note->needs));
    snprintf(text, sizeof text, "%s%s:%u:%s:%s", note->needs ? "+" : "", site,
             first || note->needs ? 1 : c->number, *c->error ? c->error : "0",
             c->kind);
    cJSON_AddItemToArray(faults, cJSON_CreateString(text));
    cJSON_AddBoolToObject(asked, "forget", note_closes(case_text(c, "call")));
    cJSON_AddNumberToObject(asked, "seed", c->number);
    cases_add_words(asked, note->words);
    return asked;
}
