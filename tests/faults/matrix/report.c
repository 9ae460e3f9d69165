#include "report.h"

#include <stdio.h>
#include <string.h>
#include "common/jsonl.h"
#include "notes.h"

enum { REPORT_COLUMNS = 64, REPORT_NAME = 64 };

static const char report_letters[CASE_RESULTS] = {'?', '.', 'c', 'r',
                                                  's', 'F', '-'};

struct report_block {
    const char *call;
    size_t columns;
    const char *error[REPORT_COLUMNS], *kind[REPORT_COLUMNS];
};

size_t report_count(const struct cases *cases, enum case_result result)
{
    size_t count = 0;
    for (size_t i = 0; i < cases->count; i++)
        count += cases->each[i].result == result;
    return count;
}

static size_t report_column(struct report_block *b, const struct fault_case *c)
{
    for (size_t i = 0; i < b->columns; i++)
        if (strcmp(b->error[i], c->error) == 0 &&
            strcmp(b->kind[i], c->kind) == 0)
            return i;
    if (b->columns == REPORT_COLUMNS)
        return REPORT_COLUMNS - 1;
    b->error[b->columns] = c->error;
    b->kind[b->columns] = c->kind;
    return b->columns++;
}

/* The worst of the cases of a model, a site and an error. */
static enum case_result report_worse(enum case_result a, enum case_result b)
{
    static const int rank[CASE_RESULTS] = {0, 2, 3, 4, 5, 6, 1};
    return rank[a] > rank[b] ? a : b;
}

static bool report_is_row(const struct fault_case *a,
                          const struct fault_case *b)
{
    return a->site == b->site && a->model == b->model;
}

static void report_row(const struct cases *cases, size_t from,
                       struct report_block *b)
{
    const struct fault_case *first = &cases->each[from];
    enum case_result results[REPORT_COLUMNS] = {CASE_TO_DO};
    char name[REPORT_NAME];
    for (size_t i = from; i < cases->count; i++) {
        const struct fault_case *c = &cases->each[i];
        size_t column;
        if (!report_is_row(c, first))
            continue;
        column = report_column(b, c);
        results[column] = report_worse(results[column], c->result);
    }
    snprintf(name, sizeof name, "%s:%d", case_text(first, "function"),
             cJSON_GetObjectItem(first->site, "line")->valueint);
    printf("  %-13s %-32s", first->model, name);
    for (size_t i = 0; i < b->columns; i++)
        printf("  %c",
               results[i] == CASE_TO_DO ? ' ' : report_letters[results[i]]);
    printf("\n");
}

static void report_head(const struct report_block *b, bool listed)
{
    printf("%s%s\n", b->call, listed ? "" : " (its page lists no errors)");
    for (size_t i = 0; i < b->columns; i++) {
        bool fails = strcmp(b->kind[i], "fail") == 0;
        printf("%s%zu %s%s%s",
               i % 4 ? ", "
               : i   ? ",\n    "
                     : "    ",
               i + 1, b->error[i], *b->error[i] && !fails ? " " : "",
               fails ? "" : b->kind[i]);
    }
    printf("\n%48s", "");
    for (size_t i = 0; i < b->columns; i++)
        printf(" %2zu", i + 1);
    printf("\n");
}

/* Rows that were printed are marked by their first case. */
static bool report_seen(const struct cases *cases, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (report_is_row(&cases->each[i], &cases->each[at]))
            return true;
    return false;
}

static void report_block(const struct cases *cases, size_t from)
{
    struct report_block b = {.call = case_text(&cases->each[from], "call")};
    for (size_t i = from; i < cases->count; i++)
        if (strcmp(case_text(&cases->each[i], "call"), b.call) == 0)
            report_column(&b, &cases->each[i]);
    report_head(&b, cJSON_IsTrue(
                        cJSON_GetObjectItem(cases->each[from].site, "listed")));
    for (size_t i = from; i < cases->count; i++)
        if (strcmp(case_text(&cases->each[i], "call"), b.call) == 0 &&
            !report_seen(cases, i))
            report_row(cases, i, &b);
    printf("\n");
}

static void report_failures(const struct cases *cases)
{
    for (size_t i = 0; i < cases->count; i++) {
        const struct fault_case *c = &cases->each[i];
        if (c->result == CASE_FAILED)
            printf("FAILED %s --fault %s:%u:%s:%s: %s\n", c->model,
                   case_text(c, "site"), c->number, *c->error ? c->error : "0",
                   c->kind, c->why);
    }
    for (size_t i = 0; i < cases->count; i++) {
        const struct fault_case *c = &cases->each[i];
        if (c->result == CASE_UNREACHED && !report_seen(cases, i)) {
            const char *why = note_find(case_text(c, "site"))->why;
            printf("not reached %s %s: %s\n", c->model, case_text(c, "site"),
                   why ? why : "no load comes there");
        }
    }
}

void report_print(const struct cases *cases)
{
    for (size_t i = 0; i < cases->count; i++) {
        bool first = true;
        const char *call = case_text(&cases->each[i], "call");
        for (size_t j = 0; j < i && first; j++)
            first = strcmp(case_text(&cases->each[j], "call"), call) != 0;
        if (first)
            report_block(cases, i);
    }
    printf(". nothing to count   c counted by name   r refused by name\n"
           "s stopped before it listened, in one line   F FAILED   "
           "- not reached\n\n");
    report_failures(cases);
    printf("%zu cases: %zu fine, %zu counted, %zu refused, %zu stopped before "
           "listening, %zu not reached, %zu FAILED\n",
           cases->count, report_count(cases, CASE_FINE),
           report_count(cases, CASE_COUNTED), report_count(cases, CASE_REFUSED),
           report_count(cases, CASE_STOPPED),
           report_count(cases, CASE_UNREACHED),
           report_count(cases, CASE_FAILED));
}

static cJSON *report_case(const struct fault_case *c)
{
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "model", c->model);
    cJSON_AddStringToObject(line, "site", case_text(c, "site"));
    cJSON_AddStringToObject(line, "file", case_text(c, "file"));
    json_add_count(line, "line",
                   (uint64_t)cJSON_GetObjectItem(c->site, "line")->valueint);
    cJSON_AddStringToObject(line, "call", case_text(c, "call"));
    json_add_count(line, "number", c->number);
    cJSON_AddStringToObject(line, "kind", c->kind);
    if (*c->error)
        cJSON_AddStringToObject(line, "error", c->error);
    else
        cJSON_AddNullToObject(line, "error");
    cJSON_AddStringToObject(line, "result", case_result_names[c->result]);
    if (c->why)
        cJSON_AddStringToObject(line, "why", c->why);
    json_add_count(line, "ms", c->ms);
    return line;
}

cJSON *report_json(const struct cases *cases, uint64_t seed, double share)
{
    cJSON *report = cJSON_CreateObject();
    cJSON_AddStringToObject(report, "schema", "iomodels/faults");
    json_add_count(report, "schema_version", 1);
    json_add_count(report, "seed", seed);
    cJSON_AddNumberToObject(report, "share", share);
    cJSON *sums = cJSON_AddObjectToObject(report, "sums");
    for (int i = CASE_FINE; i < CASE_RESULTS; i++)
        json_add_count(sums, case_result_names[i],
                       report_count(cases, (enum case_result)i));
    cJSON *list = cJSON_AddArrayToObject(report, "cases");
    for (size_t i = 0; i < cases->count; i++)
        cJSON_AddItemToArray(list, report_case(&cases->each[i]));
    return report;
}
