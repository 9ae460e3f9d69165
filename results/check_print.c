#include "results/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "results/summary.h"
#include "results/fields.h"
#include "results/stats.h"
#include "results/table.h"
#include "common/text.h"

enum { CHECK_VERSION = 1 };

static const struct {
    const char *json, *shown;
} check_verdicts[] = {
    {"worse", "REGRESSION"},     {"suspect", "possible regression"},
    {"unclear", "inconclusive"}, {"within", "no change"},
    {"better", "improvement"},   {"not_decidable", "insufficient data"},
};

/* "iocp at 1,000 (message_bytes=64)" */
static void check_where(struct text *text, const struct record_group *group)
{
    text_add(text, "%s at ", group->model);
    table_number(text, group->connections, 0);
    if (group->label[0] != '\0')
        text_add(text, " (%s)", group->label);
}

/* --- notes --------------------------------------------------------------- */

/* Takes the note over. */
static void check_note(struct check *check, char *note)
{
    check->notes =
        realloc(check->notes, (check->note_count + 1) * sizeof *check->notes);
    if (check->notes == NULL)
        die("realloc");
    check->notes[check->note_count++] = note;
}

static void check_span(const struct record_set *set, const char **first,
                       const char **last)
{
    *first = *last = "";
    for (size_t i = 0; i < set->count; i++) {
        const char *at =
            cJSON_GetStringValue(record_at(set->records[i], "/started_at"));

        at = at != NULL ? at : "";
        if (i == 0 || strcmp(at, *first) < 0)
            *first = at;
        if (i == 0 || strcmp(at, *last) > 0)
            *last = at;
    }
}

static void check_note_order(struct check *check,
                             const struct record_set *baseline,
                             const struct record_set *candidate)
{
    const char *b_first, *b_last, *c_first, *c_last;

    check_span(baseline, &b_first, &b_last);
    check_span(candidate, &c_first, &c_last);
    if (strcmp(b_last, c_first) < 0 || strcmp(c_last, b_first) < 0)
        check_note(check,
                   text_make("The sets were measured one after the other "
                             "(baseline %s to %s, candidate %s to %s), so a "
                             "change of the machine looks like a change of the "
                             "program. Alternate their runs.",
                             b_first, b_last, c_first, c_last));
}

static void check_note_difference(struct check *check, const char *what,
                                  const char *baseline, const char *candidate)
{
    if (strcmp(baseline, candidate) != 0)
        check_note(check,
                   text_make("The %s, and the ratios include that: baseline "
                             "\"%s\"; candidate \"%s\".",
                             what, baseline, candidate));
}

static void check_note_machines(struct check *check,
                                const struct record_set *baseline,
                                const struct record_set *candidate)
{
    char *b = records_machines(baseline), *c = records_machines(candidate);
    char *wine = records_wine(baseline);

    check_note_difference(check, "machines differ", b, c);
    if (wine == NULL)
        wine = records_wine(candidate);
    if (wine != NULL)
        check_note(check, text_make("%c%s.", wine[0] - 'a' + 'A', wine + 1));
    free(b);
    free(c);
    free(wine);
}

static void check_note_alone(struct check *check, const struct record_set *set,
                             const struct record_set *other, const char *name)
{
    struct text list = {0};

    for (size_t i = 0; i < set->group_count; i++)
        if (check_partner(other, &set->groups[i]) == NULL) {
            text_add(&list, "%s", list.length > 0 ? ", " : "");
            check_where(&list, &set->groups[i]);
        }
    if (list.length > 0)
        check_note(check, text_make("Only in the %s, and not compared: %s.",
                                    name, list.data));
    free(list.data);
}

static void check_note_invalid(struct check *check, const char *name,
                               const struct record_group *group)
{
    char *remark = NULL;

    table_remark(group, REMARK_INVALID, &remark);
    if (remark != NULL)
        check_note(check, text_make("In the %s, %s.", name, remark));
    free(remark);
}

static void check_note_connected(struct check *check,
                                 const struct check_comparison *c)
{
    static const char pointer[] = "/connections/connected";
    const double noticeable = 0.01;
    struct summary b = summary_of_runs(c->baseline, true, pointer, 1);
    struct summary d = summary_of_runs(c->candidate, true, pointer, 1);
    struct text text = {0};

    if (b.count == 0 || d.count == 0 ||
        fabs(b.median - d.median) <= noticeable * b.median)
        return;
    check_where(&text, c->baseline);
    text_add(&text,
             ": %.0f connected in the baseline and %.0f in the candidate, so "
             "the load differs.",
             b.median, d.median);
    check_note(check, text_take(&text));
}

void check_notes(struct check *check, const struct record_set *baseline,
                 const struct record_set *candidate)
{
    if (check->runs_needed > 0)
        check_note(check,
                   text_make("%zu of %zu comparisons have too few runs to show "
                             "a regression: measure %zu or more a side "
                             "(--repeat %zu), or compare fewer metrics "
                             "(--metrics).",
                             check->short_of, check->count, check->runs_needed,
                             check->runs_needed));
    check_note_order(check, baseline, candidate);
    check_note_machines(check, baseline, candidate);
    check_note_difference(check, "programs were started differently",
                          check->comparisons[0].baseline->launchers,
                          check->comparisons[0].candidate->launchers);
    check_note_alone(check, baseline, candidate, "baseline");
    check_note_alone(check, candidate, baseline, "candidate");
    for (size_t i = 0; i < check->count; i++) {
        const struct check_comparison *c = &check->comparisons[i];

        if (i > 0 && c->baseline == c[-1].baseline)
            continue;
        check_note_invalid(check, "baseline", c->baseline);
        check_note_invalid(check, "candidate", c->candidate);
        check_note_connected(check, c);
    }
}

/* Names a pair of the same model and tier, if there is one. */
char *check_nothing(const struct record_set *baseline,
                    const struct record_set *candidate)
{
    const struct record_group *b = &baseline->groups[0];
    const struct record_group *c = &candidate->groups[0];
    struct text text = {0};

    for (size_t i = 0; i < baseline->group_count; i++)
        for (size_t k = 0; k < candidate->group_count; k++)
            if (strcmp(baseline->groups[i].model, candidate->groups[k].model) ==
                    0 &&
                baseline->groups[i].connections ==
                    candidate->groups[k].connections) {
                b = &baseline->groups[i];
                c = &candidate->groups[k];
            }
    text_add(&text, "no model and tier was measured with the same options in "
                    "both; the baseline has ");
    check_where(&text, b);
    text_add(&text, " with \"%s\", the candidate ", b->asked);
    check_where(&text, c);
    text_add(&text, " with \"%s\"", c->asked);
    return text_take(&text);
}

/* --- the table ----------------------------------------------------------- */

/* The cells in the order of the headings; the second only with settings. */
static void check_row(const struct check_comparison *c, bool settings,
                      struct table *table)
{
    const struct check_metric_info *metric = &check_metrics[c->metric];
    bool known = c->why == NULL;

    table_cell(table, text_copy(c->baseline->model));
    if (settings)
        table_cell(table, text_copy(c->baseline->label));
    table_value(table, true, c->baseline->connections, 0);
    table_cell(table, text_copy(metric->heading));
    table_cell(table,
               text_make("%zu+%zu", c->baseline_runs, c->candidate_runs));
    table_value(table, c->baseline_median > 0,
                c->baseline_median * metric->scale, metric->decimals);
    table_value(table, c->candidate_median > 0,
                c->candidate_median * metric->scale, metric->decimals);
    table_cell(table, known ? text_make("%.3f", c->ratio) : text_copy(""));
    table_cell(table, known ? text_make("%.3f..%.3f", c->low, c->high)
                            : text_copy(""));
    table_cell(table, known ? text_make("%.2g", fmin(c->p_worse, c->p_better))
                            : text_copy(""));
    table_cell(table, text_copy(check_verdicts[c->verdict].shown));
}

/* --- the summary --------------------------------------------------------- */

static void check_summary(const struct check *check, struct table *table)
{
    size_t regressions = check_count(check, CHECK_REGRESSION);
    size_t insufficient = check_count(check, CHECK_INSUFFICIENT);
    size_t compared = check->count - insufficient;
    double percent = 100 * check->options.threshold;

    if (compared > 0)
        table_line(table,
                   text_make("%s by more than %.3g %%: %zu of %zu comparisons; "
                             "possible regression: %zu; improvement: %zu.",
                             regressions > 0 ? "REGRESSION" : "No regression",
                             percent, regressions, compared,
                             check_count(check, CHECK_POSSIBLE),
                             check_count(check, CHECK_IMPROVEMENT)));
    if (insufficient > 0)
        table_line(table,
                   text_make("Insufficient data: %zu of %zu comparisons have "
                             "fewer than %d valid runs a side with a value, or "
                             "a value of zero.",
                             insufficient, check->count, CHECK_RUNS_MIN));
    for (size_t i = 0; i < check->note_count; i++)
        table_line(table, text_make("Note: %s", check->notes[i]));
    table_line(table,
               text_make("Ratio: candidate / baseline, of the medians of the "
                         "valid runs; bootstrap interval (%d resamples, seed "
                         "%llu); p: exact rank test, one-sided.",
                         STATS_RESAMPLES,
                         (unsigned long long)check->options.seed));
    table_line(table,
               text_make("Regression and improvement: the whole interval lies "
                         "beyond %.3g %%, and p is at most %.2g (%.3g %% over "
                         "all comparisons). Possible regression: p is larger. "
                         "Inconclusive: the interval reaches beyond the "
                         "threshold; more runs narrow it.",
                         percent, check->p_limit, 100 * CHECK_FAMILY_CHANCE));
}

static char *check_print_table(const struct check *check,
                               enum table_format format, const char *baseline,
                               const char *candidate)
{
    static const char *const headings[] = {
        "model",     "setting", "connections",   "metric", "runs",   "baseline",
        "candidate", "ratio",   "95 % interval", "p",      "verdict"};
    const size_t count = sizeof headings / sizeof *headings;
    bool settings = false;
    struct table table = {0};
    char *written, *text;

    for (size_t i = 0; i < check->count; i++)
        settings = settings || check->comparisons[i].baseline->label[0] != '\0';
    for (size_t i = 0; i < count; i++)
        if (i != 1 || settings)
            table_column(&table, headings[i],
                         i < 2 || i == 3 || i + 1 == count);
    for (size_t i = 0; i < check->count; i++)
        check_row(&check->comparisons[i], settings, &table);
    check_summary(check, &table);
    written = table_write(&table, format);
    text = text_make("Candidate %s against baseline %s\n\n%s", candidate,
                     baseline, written);
    free(written);
    return text;
}

/* --- JSON ---------------------------------------------------------------- */

static cJSON *check_json_comparison(const struct check_comparison *c)
{
    cJSON *object = cJSON_CreateObject();
    bool known = c->why == NULL;
    const struct {
        const char *key;
        bool known;
        double value;
    } numbers[] = {
        {"baseline", c->baseline_median > 0, c->baseline_median},
        {"candidate", c->candidate_median > 0, c->candidate_median},
        {"ratio", known, c->ratio},
        {"ratio_low", known, c->low},
        {"ratio_high", known, c->high},
        {"chance_worse", known, c->p_worse},
        {"chance_better", known, c->p_better},
    };

    cJSON_AddStringToObject(object, "model", c->baseline->model);
    cJSON_AddNumberToObject(object, "connections", c->baseline->connections);
    cJSON_AddStringToObject(object, "setting", c->baseline->asked);
    cJSON_AddStringToObject(object, "metric", check_metrics[c->metric].column);
    cJSON_AddNumberToObject(object, "baseline_runs", (double)c->baseline_runs);
    cJSON_AddNumberToObject(object, "candidate_runs",
                            (double)c->candidate_runs);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cJSON_AddItemToObject(object, numbers[i].key,
                              numbers[i].known
                                  ? cJSON_CreateNumber(numbers[i].value)
                                  : cJSON_CreateNull());
    cJSON_AddStringToObject(object, "verdict", check_verdicts[c->verdict].json);
    cJSON_AddItemToObject(
        object, "why", known ? cJSON_CreateNull() : cJSON_CreateString(c->why));
    return object;
}

static char *check_print_json(const struct check *check, const char *baseline,
                              const char *candidate)
{
    cJSON *root = cJSON_CreateObject(), *list;
    char *printed, *text;

    cJSON_AddStringToObject(root, "schema", "iomodels/check");
    cJSON_AddNumberToObject(root, "schema_version", CHECK_VERSION);
    cJSON_AddStringToObject(root, "baseline", baseline);
    cJSON_AddStringToObject(root, "candidate", candidate);
    cJSON_AddNumberToObject(root, "threshold", check->options.threshold);
    cJSON_AddNumberToObject(root, "seed", (double)check->options.seed);
    cJSON_AddNumberToObject(root, "resamples", STATS_RESAMPLES);
    cJSON_AddNumberToObject(root, "interval", 0.95);
    cJSON_AddNumberToObject(root, "family_chance", CHECK_FAMILY_CHANCE);
    cJSON_AddNumberToObject(root, "chance_limit", check->p_limit);
    cJSON_AddBoolToObject(root, "worse",
                          check_count(check, CHECK_REGRESSION) > 0);
    list = cJSON_AddArrayToObject(root, "comparisons");
    for (size_t i = 0; i < check->count; i++)
        cJSON_AddItemToArray(list,
                             check_json_comparison(&check->comparisons[i]));
    list = cJSON_AddArrayToObject(root, "cautions");
    for (size_t i = 0; i < check->note_count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(check->notes[i]));
    printed = cJSON_Print(root);
    if (printed == NULL)
        die("cJSON_Print");
    text = text_make("%s\n", printed);
    cJSON_free(printed);
    cJSON_Delete(root);
    return text;
}

char *check_print(const struct check *check, enum check_format format,
                  const char *baseline, const char *candidate)
{
    if (format == CHECK_JSON)
        return check_print_json(check, baseline, candidate);
    return check_print_table(
        check, format == CHECK_MARKDOWN ? TABLE_MARKDOWN : TABLE_TEXT, baseline,
        candidate);
}
