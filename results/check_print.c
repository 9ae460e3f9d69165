/* A check as a table for people, or as JSON. */
#include "results/check.h"

#include <math.h>
#include <stdlib.h>

#include "common/json_lines.h"
#include "common/text.h"
#include "results/stats.h"
#include "results/table.h"

enum { CHECK_VERSION = 1 };

static const struct {
    const char *json, *shown;
} check_verdicts[] = {
    {"worse", "REGRESSION"},     {"suspect", "possible regression"},
    {"unclear", "inconclusive"}, {"within", "no change"},
    {"better", "improvement"},   {"not_decidable", "insufficient data"},
};

static void check_print_row(struct table *table,
                            const struct check_comparison *c, bool settings)
{
    const struct check_side *side = c->side;
    const struct figure *m = c->metric;
    bool known = c->why == NULL;

    table_cell(table, text_copy(side[0].group->model));
    if (settings)
        table_cell(table, text_copy(side[0].group->label));
    table_value(table, true, side[0].group->connections, 0);
    table_cell(table, text_copy(m->check.heading));
    table_cell(table, text_make("%zu+%zu", side[0].runs, side[1].runs));
    for (int s = 0; s < 2; s++)
        table_value(table, side[s].median > 0, side[s].median * m->scale,
                    m->decimals);
    table_cell(table, known ? text_make("%.3f", c->ratio) : text_copy(""));
    table_cell(table, known ? text_make("%.3f..%.3f", c->low, c->high)
                            : text_copy(""));
    table_cell(table, known ? text_make("%.2g", fmin(c->p_worse, c->p_better))
                            : text_copy(""));
    table_cell(table, text_copy(check_verdicts[c->verdict].shown));
}

static void check_print_summary(struct table *table, const struct check *check)
{
    const size_t *verdicts = check->verdicts;
    size_t compared = check->count - verdicts[CHECK_INSUFFICIENT];
    double percent = 100 * check->options.threshold;
    const cJSON *note;

    if (compared > 0)
        table_line(table,
                   text_make("%s by more than %.3g %%: %zu of %zu comparisons; "
                             "possible regression: %zu; improvement: %zu.",
                             verdicts[CHECK_REGRESSION] > 0 ? "REGRESSION"
                                                            : "No regression",
                             percent, verdicts[CHECK_REGRESSION], compared,
                             verdicts[CHECK_POSSIBLE],
                             verdicts[CHECK_IMPROVEMENT]));
    if (compared < check->count)
        table_line(table,
                   text_make("Insufficient data: %zu of %zu comparisons have "
                             "fewer than %d valid runs a side with a value, or "
                             "a value of zero.",
                             check->count - compared, check->count,
                             CHECK_RUNS_MIN));
    cJSON_ArrayForEach (note, check->notes)
        table_line(table, text_make("Note: %s", note->valuestring));
    table_line(
        table,
        text_make("Ratio: candidate / baseline, of the medians of the valid "
                  "runs, with its bootstrap interval (%d resamples, seed "
                  "%llu); p: one-sided exact rank test. Regression and "
                  "improvement: the whole interval lies beyond %.3g %%, and p "
                  "is at most %.2g (%.3g %% over all comparisons). Possible "
                  "regression: p is larger. Inconclusive: more runs narrow "
                  "the interval.",
                  STATS_RESAMPLES, (unsigned long long)check->options.seed,
                  percent, check->p_limit, 100 * CHECK_FAMILY_CHANCE));
}

static char *check_print_table(const struct check *check,
                               enum table_format format)
{
    struct table table = {0};
    bool settings = false;

    for (size_t i = 0; i < check->count; i++)
        settings =
            settings || check->comparisons[i].side[0].group->label[0] != '\0';
    table_column(&table, "model", true);
    if (settings)
        table_column(&table, "setting", true);
    table_column(&table, "connections", false);
    table_column(&table, "metric", true);
    table_columns(&table, "runs,baseline,candidate,ratio,95 % interval,p");
    table_column(&table, "verdict", true);
    for (size_t i = 0; i < check->count; i++)
        check_print_row(&table, &check->comparisons[i], settings);
    check_print_summary(&table, check);
    return table_write(&table, format);
}

/* --- JSON ---------------------------------------------------------------- */

static cJSON *check_print_comparison(const struct check_comparison *c)
{
    const struct check_side *side = c->side;
    const struct {
        const char *key;
        double value; /* not above 0: null */
    } numbers[] = {
        {"baseline", side[0].median},
        {"candidate", side[1].median},
        {"ratio", c->ratio},
        {"ratio_low", c->low},
        {"ratio_high", c->high},
        {"chance_worse", c->p_worse},
        {"chance_better", c->p_better},
    };
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "model", side[0].group->model);
    cJSON_AddNumberToObject(object, "connections", side[0].group->connections);
    cJSON_AddStringToObject(object, "setting", side[0].group->asked);
    cJSON_AddStringToObject(object, "metric", c->metric->name);
    cJSON_AddNumberToObject(object, "baseline_runs", (double)side[0].runs);
    cJSON_AddNumberToObject(object, "candidate_runs", (double)side[1].runs);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cJSON_AddItemToObject(object, numbers[i].key,
                              numbers[i].value > 0
                                  ? cJSON_CreateNumber(numbers[i].value)
                                  : cJSON_CreateNull());
    cJSON_AddStringToObject(object, "verdict", check_verdicts[c->verdict].json);
    cJSON_AddItemToObject(object, "why",
                          c->why != NULL ? cJSON_CreateString(c->why)
                                         : cJSON_CreateNull());
    return object;
}

static char *check_print_json(const struct check *check,
                              const char *const names[2])
{
    cJSON *root = cJSON_CreateObject(), *list;
    char *printed, *text;

    cJSON_AddStringToObject(root, "schema", "iomodels/check");
    cJSON_AddNumberToObject(root, "schema_version", CHECK_VERSION);
    cJSON_AddStringToObject(root, "baseline", names[0]);
    cJSON_AddStringToObject(root, "candidate", names[1]);
    cJSON_AddNumberToObject(root, "threshold", check->options.threshold);
    cJSON_AddNumberToObject(root, "seed", (double)check->options.seed);
    cJSON_AddNumberToObject(root, "resamples", STATS_RESAMPLES);
    cJSON_AddNumberToObject(root, "interval", 0.95);
    cJSON_AddNumberToObject(root, "family_chance", CHECK_FAMILY_CHANCE);
    cJSON_AddNumberToObject(root, "chance_limit", check->p_limit);
    cJSON_AddBoolToObject(root, "worse", check->verdicts[CHECK_REGRESSION] > 0);
    list = cJSON_AddArrayToObject(root, "comparisons");
    for (size_t i = 0; i < check->count; i++)
        cJSON_AddItemToArray(list,
                             check_print_comparison(&check->comparisons[i]));
    cJSON_AddItemReferenceToObject(root, "cautions", check->notes);
    printed = json_print(root);
    text = text_make("%s\n", printed);
    cJSON_free(printed);
    cJSON_Delete(root);
    return text;
}

char *check_print(const struct check *check, enum check_format format,
                  const char *const names[2])
{
    char *table, *text;

    if (format == CHECK_JSON)
        return check_print_json(check, names);
    table = check_print_table(check, format == CHECK_MARKDOWN ? TABLE_MARKDOWN
                                                              : TABLE_TEXT);
    text = text_make("Candidate %s against baseline %s\n\n%s", names[1],
                     names[0], table);
    free(table);
    return utf8_valid(text);
}
