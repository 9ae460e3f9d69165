#include "results/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "results/figure.h"
#include "results/record.h"
#include "results/stats.h"
#include "results/table_cells.h"
#include "results/text.h"

enum { CHECK_PRINT_COLUMNS = 11, CHECK_VERSION = 1 };

const char *check_verdict_name(enum check_verdict verdict)
{
    static const char *const names[] = {"worse",  "suspect", "unclear",
                                        "within", "better",  "not_decidable"};

    return names[verdict];
}

/* "iocp at 1,000 (message_bytes=64)" */
static void check_where(struct text *text, const struct record_group *group)
{
    text_add(text, "%s at ", group->model);
    table_number(text, group->connections, 0);
    if (group->label[0] != '\0')
        text_add(text, " (%s)", group->label);
}

/* --- notes --------------------------------------------------------------- */

/* Takes the text over; nothing for an empty one. */
static void check_note(struct check *check, struct text *text)
{
    if (text->length == 0)
        return;
    check->notes =
        realloc(check->notes, (check->note_count + 1) * sizeof *check->notes);
    if (check->notes == NULL)
        die("realloc");
    check->notes[check->note_count++] = text_take(text);
}

static void check_note_power(struct check *check)
{
    struct text text = {0};

    if (check->runs_needed > 0)
        text_add(&text,
                 "%zu of %zu comparisons have too few runs to show a "
                 "regression: measure %zu or more a side (--repeat %zu), or "
                 "compare fewer metrics (--metrics).",
                 check->short_of, check->count, check->runs_needed,
                 check->runs_needed);
    check_note(check, &text);
}

static const char *check_text_of(const cJSON *record, const char *pointer)
{
    const char *text = cJSON_GetStringValue(record_at(record, pointer));

    return text != NULL ? text : "";
}

static void check_span(const struct record_set *set, const char **first,
                       const char **last)
{
    *first = *last = check_text_of(set->records[0], "/started_at");
    for (size_t i = 1; i < set->count; i++) {
        const char *at = check_text_of(set->records[i], "/started_at");

        if (strcmp(at, *first) < 0)
            *first = at;
        if (strcmp(at, *last) > 0)
            *last = at;
    }
}

static void check_note_order(struct check *check,
                             const struct record_set *baseline,
                             const struct record_set *candidate)
{
    const char *b_first, *b_last, *c_first, *c_last;
    struct text text = {0};

    check_span(baseline, &b_first, &b_last);
    check_span(candidate, &c_first, &c_last);
    if (strcmp(b_last, c_first) < 0 || strcmp(c_last, b_first) < 0)
        text_add(&text,
                 "The sets were measured one after the other (baseline %s to "
                 "%s, candidate %s to %s), so a change of the machine looks "
                 "like a change of the program. Alternate their runs.",
                 b_first, b_last, c_first, c_last);
    check_note(check, &text);
}

static void check_note_machines(struct check *check,
                                const struct record_set *baseline,
                                const struct record_set *candidate)
{
    char *b = records_machines(baseline), *c = records_machines(candidate);
    char *wine = records_wine(baseline);
    struct text text = {0};

    if (wine == NULL)
        wine = records_wine(candidate);
    if (strcmp(b, c) != 0)
        text_add(&text,
                 "The machines differ, and the ratios include that: baseline "
                 "%s; candidate %s.",
                 b[0] != '\0' ? b : "not known",
                 c[0] != '\0' ? c : "not known");
    check_note(check, &text);
    if (wine != NULL)
        text_add(&text, "%c%s.", wine[0] - 'a' + 'A', wine + 1);
    check_note(check, &text);
    free(b);
    free(c);
    free(wine);
}

/* Only the first: a launcher that pins one side pins all of its runs. */
static void check_note_launchers(struct check *check)
{
    struct text text = {0};

    for (size_t i = 0; i < check->count && text.length == 0; i++) {
        const char *b = check->comparisons[i].baseline->launchers;
        const char *c = check->comparisons[i].candidate->launchers;

        if (strcmp(b, c) != 0)
            text_add(&text,
                     "The programs were started differently, and the ratios "
                     "include that: baseline %s; candidate %s.",
                     b[0] != '\0' ? b : "by no launcher",
                     c[0] != '\0' ? c : "by no launcher");
    }
    check_note(check, &text);
}

static void check_note_alone(struct check *check, const struct record_set *set,
                             const struct record_set *other, const char *name)
{
    struct text text = {0};

    for (size_t i = 0; i < set->group_count; i++) {
        if (check_partner(other, &set->groups[i]) != NULL)
            continue;
        if (text.length == 0)
            text_add(&text, "Only in the %s, and not compared: ", name);
        else
            text_add(&text, ", ");
        check_where(&text, &set->groups[i]);
    }
    check_note(check, &text);
}

static void check_note_invalid(struct check *check, const char *name,
                               const struct record_group *group)
{
    struct text text = {0};
    char *remark = NULL;

    table_remark(group, REMARK_INVALID, &remark);
    if (remark != NULL)
        text_add(&text, "In the %s, %s.", name, remark);
    free(remark);
    check_note(check, &text);
}

static void check_note_connected(struct check *check,
                                 const struct check_comparison *c)
{
    static const char pointer[] = "/connections/connected";
    const double noticeable = 0.01;
    struct figure b = figure_of_runs(c->baseline, true, pointer, 1);
    struct figure d = figure_of_runs(c->candidate, true, pointer, 1);
    struct text text = {0};

    if (b.count > 0 && d.count > 0 &&
        fabs(b.median - d.median) > noticeable * b.median) {
        check_where(&text, c->baseline);
        text_add(&text,
                 ": %.0f connected in the baseline and %.0f in the candidate, "
                 "so the load differs.",
                 b.median, d.median);
    }
    check_note(check, &text);
}

void check_notes(struct check *check, const struct record_set *baseline,
                 const struct record_set *candidate)
{
    check_note_power(check);
    check_note_order(check, baseline, candidate);
    check_note_machines(check, baseline, candidate);
    check_note_launchers(check);
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

static char *check_value(const struct check_comparison *c, double value)
{
    const struct check_metric_info *metric = &check_metrics[c->metric];
    struct text text = {0};

    if (value > 0)
        table_number(&text, value * metric->scale, metric->decimals);
    else
        text_add(&text, "n/a");
    return text_take(&text);
}

/* The cells in the order of the headings; the second only with settings. */
static void check_row(const struct check_comparison *c, bool settings,
                      char **cell)
{
    static const char *const verdicts[] = {
        "REGRESSION", "possible regression", "inconclusive",
        "no change",  "improvement",         "insufficient data"};
    struct text tier = {0}, runs = {0}, ratio = {0}, interval = {0}, p = {0};

    table_number(&tier, c->baseline->connections, 0);
    text_add(&runs, "%zu+%zu", c->baseline_runs, c->candidate_runs);
    if (c->why == NULL) {
        text_add(&ratio, "%.3f", c->ratio);
        text_add(&interval, "%.3f..%.3f", c->low, c->high);
        text_add(&p, "%.2g", fmin(c->p_worse, c->p_better));
    }
    *cell++ = text_copy(c->baseline->model);
    if (settings)
        *cell++ = text_copy(c->baseline->label);
    *cell++ = text_take(&tier);
    *cell++ = text_copy(check_metrics[c->metric].heading);
    *cell++ = text_take(&runs);
    *cell++ = check_value(c, c->baseline_median);
    *cell++ = check_value(c, c->candidate_median);
    *cell++ = text_take(&ratio);
    *cell++ = text_take(&interval);
    *cell++ = text_take(&p);
    *cell++ = text_copy(verdicts[c->verdict]);
}

static char *check_table(const struct check *check, bool markdown)
{
    static const char *const headings[CHECK_PRINT_COLUMNS] = {
        "model",     "setting", "connections",   "metric", "runs",   "baseline",
        "candidate", "ratio",   "95 % interval", "p",      "verdict"};
    bool settings = false;
    size_t column = 0;
    struct table_cells table = {.rows = check->count, .machine = text_copy("")};
    char *text;

    for (size_t i = 0; i < check->count; i++)
        settings = settings || check->comparisons[i].baseline->label[0] != '\0';
    table.columns = CHECK_PRINT_COLUMNS - !settings;
    table_cells_make(&table);
    for (size_t i = 0; i < CHECK_PRINT_COLUMNS; i++) {
        if (i == 1 && !settings)
            continue;
        table.left[column] = i < 2 || i == 3 || i + 1 == CHECK_PRINT_COLUMNS;
        table.heading[column++] = text_copy(headings[i]);
    }
    for (size_t i = 0; i < check->count; i++)
        check_row(&check->comparisons[i], settings,
                  table.cell + i * table.columns);
    for (size_t i = 0; i < table.columns * table.rows; i++)
        table.interval[i] = text_copy("");
    text = markdown ? table_print_markdown(&table) : table_print_text(&table);
    table_cells_free(&table);
    return text;
}

/* --- the summary --------------------------------------------------------- */

static void check_summary(struct text *text, const struct check *check,
                          const char *end)
{
    size_t regressions = check_count(check, CHECK_REGRESSION);
    size_t possible = check_count(check, CHECK_POSSIBLE);
    size_t improvements = check_count(check, CHECK_IMPROVEMENT);
    size_t insufficient = check_count(check, CHECK_INSUFFICIENT);
    size_t compared = check->count - insufficient;
    double percent = 100 * check->options.threshold;

    if (compared > 0) {
        if (regressions > 0)
            text_add(text,
                     "REGRESSION by more than %.3g %% in %zu of %zu "
                     "comparisons",
                     percent, regressions, compared);
        else
            text_add(text,
                     "No regression by more than %.3g %% in %zu "
                     "comparisons",
                     percent, compared);
        text_add(text, "; possible regression: %zu; improvement: %zu.%s",
                 possible, improvements, end);
    }
    if (insufficient > 0)
        text_add(text,
                 "Insufficient data in %zu of %zu comparisons: fewer than %d "
                 "valid runs a side have a value, or a value is zero.%s",
                 insufficient, check->count, CHECK_RUNS_MIN, end);
}

static char *check_print_text(const struct check *check, bool markdown,
                              const char *baseline, const char *candidate)
{
    const char *end = markdown ? "\n\n" : "\n";
    char *table = check_table(check, markdown);
    struct text text = {0};

    text_add(&text, "Candidate %s against baseline %s\n\n%s", candidate,
             baseline, table);
    check_summary(&text, check, end);
    for (size_t i = 0; i < check->note_count; i++)
        text_add(&text, "Note: %s%s", check->notes[i], end);
    text_add(&text,
             "Ratio: candidate / baseline, of the medians of the valid runs; "
             "bootstrap interval (%d resamples, seed %llu); p: exact rank "
             "test, one-sided.%s"
             "Regression and improvement: the whole interval lies beyond "
             "%.3g %%, and p is at most %.2g (%.3g %% over all comparisons). "
             "Possible regression: p is larger. Inconclusive: the interval "
             "reaches beyond the threshold; more runs narrow it.%s",
             STATS_RESAMPLES, (unsigned long long)check->options.seed, end,
             100 * check->options.threshold, check->p_limit,
             100 * CHECK_FAMILY_CHANCE, end);
    free(table);
    return text_take(&text);
}

/* --- JSON ---------------------------------------------------------------- */

static void check_number(cJSON *object, const char *key, bool known,
                         double value)
{
    if (known)
        cJSON_AddNumberToObject(object, key, value);
    else
        cJSON_AddNullToObject(object, key);
}

static cJSON *check_json_comparison(const struct check_comparison *c)
{
    cJSON *object = cJSON_CreateObject();
    bool known = c->why == NULL;

    cJSON_AddStringToObject(object, "model", c->baseline->model);
    cJSON_AddNumberToObject(object, "connections", c->baseline->connections);
    cJSON_AddStringToObject(object, "setting", c->baseline->asked);
    cJSON_AddStringToObject(object, "metric", check_metrics[c->metric].column);
    cJSON_AddNumberToObject(object, "baseline_runs", (double)c->baseline_runs);
    cJSON_AddNumberToObject(object, "candidate_runs",
                            (double)c->candidate_runs);
    check_number(object, "baseline", c->baseline_median > 0,
                 c->baseline_median);
    check_number(object, "candidate", c->candidate_median > 0,
                 c->candidate_median);
    check_number(object, "ratio", known, c->ratio);
    check_number(object, "ratio_low", known, c->low);
    check_number(object, "ratio_high", known, c->high);
    check_number(object, "chance_worse", known, c->p_worse);
    check_number(object, "chance_better", known, c->p_better);
    cJSON_AddStringToObject(object, "verdict", check_verdict_name(c->verdict));
    if (known)
        cJSON_AddNullToObject(object, "why");
    else
        cJSON_AddStringToObject(object, "why", c->why);
    return object;
}

static char *check_print_json(const struct check *check, const char *baseline,
                              const char *candidate)
{
    cJSON *root = cJSON_CreateObject(), *list;
    char *printed;
    struct text text = {0};

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
    text_add(&text, "%s\n", printed);
    cJSON_free(printed);
    cJSON_Delete(root);
    return text_take(&text);
}

char *check_print(const struct check *check, enum check_format format,
                  const char *baseline, const char *candidate)
{
    if (format == CHECK_JSON)
        return check_print_json(check, baseline, candidate);
    return check_print_text(check, format == CHECK_MARKDOWN, baseline,
                            candidate);
}
