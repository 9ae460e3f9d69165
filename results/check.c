#include "results/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/json_lines.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/figures.h"
#include "results/stats.h"
#include "results/summary.h"
#include "results/table.h"

enum { CHECK_VERSION = 1, CHECK_RUNS_MIN = 5, CHECK_METRICS_MAX = 31 };

/* Of a false alarm in any of the comparisons. */
static const double check_chance = 0.01;

static const char *const check_sides[] = {"baseline", "candidate"};

enum check_verdict {
    CHECK_REGRESSION,
    CHECK_POSSIBLE,     /* beyond the threshold, but the p value is too large */
    CHECK_INCONCLUSIVE, /* the interval reaches beyond the threshold */
    CHECK_NO_CHANGE,    /* no regression beyond the threshold */
    CHECK_IMPROVEMENT,
    CHECK_INSUFFICIENT, /* too few runs or a value of zero, see why */
    CHECK_VERDICTS
};
static const struct {
    const char *json, *shown;
} check_verdicts[CHECK_VERDICTS] = {
    {"worse", "REGRESSION"},     {"suspect", "possible regression"},
    {"unclear", "inconclusive"}, {"within", "no change"},
    {"better", "improvement"},   {"not_decidable", "insufficient data"},
};

/* Of a pair: the baseline's, then the candidate's. */
struct check_comparison {
    const struct record_group *group[2];
    const struct figure *metric;
    size_t runs[2];              /* valid, with a value */
    double median[2];            /* of them, in the record's unit */
    struct stats_interval ratio; /* candidate / baseline */
    double p_worse, p_better;    /* one-sided */
    char *why;                   /* of CHECK_INSUFFICIENT, else NULL */
    enum check_verdict verdict;
};

struct check {
    const struct check_options *options;
    const char *const *names; /* of the sets */
    size_t count;
    struct check_comparison *comparisons;
    size_t verdicts[CHECK_VERDICTS]; /* how many have it */
    double p_limit; /* the largest p value that is significant */
    cJSON *notes;   /* texts: how far the result can be trusted */
};

/* --- the comparisons ----------------------------------------------------- */

/* The group of `set` that was measured with the options of `group`, on the same
 * machine if there is one; or NULL. */
static const struct record_group *
check_partner(const struct record_set *set, const struct record_group *group)
{
    const struct record_group *found = NULL;

    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *other = &set->groups[i];

        if (strcmp(other->model, group->model) == 0 &&
            other->connections == group->connections &&
            strcmp(other->asked, group->asked) == 0 &&
            (found == NULL || strcmp(other->setting, group->setting) == 0))
            found = other;
    }
    return found;
}

static void check_compare(struct check_comparison *c, uint64_t seed)
{
    const char *why;
    bool zero = false;
    double *v[2];

    for (int s = 0; s < 2; s++) {
        v[s] = group_values(c->group[s], true, c->metric->pointer, &c->runs[s],
                            &why);
        c->median[s] = c->runs[s] > 0 ? stats_median(v[s], c->runs[s]) : 0;
        for (size_t i = 0; i < c->runs[s]; i++)
            zero = zero || v[s][i] <= 0;
    }
    if (zero) {
        c->why =
            text_copy("a value is zero, which has no ratio; measure longer");
    } else if (c->runs[0] < CHECK_RUNS_MIN || c->runs[1] < CHECK_RUNS_MIN) {
        c->why = text_make("%zu valid runs in the baseline and %zu in the "
                           "candidate have a value; at least %d a side are "
                           "needed",
                           c->runs[0], c->runs[1], CHECK_RUNS_MIN);
    } else {
        double above = stats_p_above(v[1], c->runs[1], v[0], c->runs[0]);
        double below = stats_p_above(v[0], c->runs[0], v[1], c->runs[1]);
        bool more_is_better = c->metric->check.more_is_better;

        c->ratio =
            stats_ratio_of_medians(v[1], c->runs[1], v[0], c->runs[0], seed);
        c->p_worse = more_is_better ? below : above;
        c->p_better = more_is_better ? above : below;
    }
    free(v[0]);
    free(v[1]);
}

static enum check_verdict check_judge(const struct check *check,
                                      const struct check_comparison *c)
{
    bool more_is_better = c->metric->check.more_is_better;
    double threshold = check->options->threshold;
    /* The interval of how much worse the candidate is; negative: better. */
    double least = more_is_better ? 1 - c->ratio.high : c->ratio.low - 1;
    double most = more_is_better ? 1 - c->ratio.low : c->ratio.high - 1;

    if (c->why != NULL)
        return CHECK_INSUFFICIENT;
    if (least > threshold)
        return c->p_worse <= check->p_limit ? CHECK_REGRESSION : CHECK_POSSIBLE;
    if (most > threshold)
        return CHECK_INCONCLUSIVE;
    return most < -threshold && c->p_better <= check->p_limit
               ? CHECK_IMPROVEMENT
               : CHECK_NO_CHANGE;
}

/* --- notes --------------------------------------------------------------- */

/* Bonferroni's limit, and whether all comparisons have enough runs for it. */
static void check_limit(struct check *check)
{
    size_t compared = 0, short_of = 0, needed = CHECK_RUNS_MIN;

    for (size_t i = 0; i < check->count; i++)
        compared += check->comparisons[i].why == NULL;
    check->p_limit = check_chance / (double)(compared > 0 ? compared : 1);
    for (size_t i = 0; i < check->count; i++) {
        const size_t *runs = check->comparisons[i].runs;

        short_of += runs[0] > 0 && runs[1] > 0 &&
                    stats_p_least(runs[0], runs[1]) > check->p_limit;
    }
    if (short_of == 0)
        return;
    while (stats_p_least(needed, needed) * (double)check->count > check_chance)
        needed++;
    json_add_text(
        check->notes,
        text_make("%zu of %zu comparisons have too few runs to show a "
                  "regression: measure %zu or more a side (--repeat "
                  "%zu), or compare fewer metrics (--metrics).",
                  short_of, check->count, needed, needed));
}

static void check_note_order(struct check *check,
                             const struct record_set *const sets[2])
{
    const char *first[2], *last[2];

    for (int s = 0; s < 2; s++)
        records_span(sets[s], &first[s], &last[s]);
    if (strcmp(last[0], first[1]) < 0 || strcmp(last[1], first[0]) < 0)
        json_add_text(
            check->notes,
            text_make("The sets were measured one after the other "
                      "(baseline %s to %s, candidate %s to %s), so a "
                      "change of the machine looks like a change of the "
                      "program. Alternate their runs.",
                      first[0], last[0], first[1], last[1]));
}

static void check_note_difference(struct check *check, const char *what,
                                  const char *baseline, const char *candidate)
{
    if (strcmp(baseline, candidate) != 0)
        json_add_text(check->notes,
                      text_make("The %s, and the ratios include that: baseline "
                                "\"%s\"; candidate \"%s\".",
                                what, baseline, candidate));
}

static void check_note_machines(struct check *check,
                                const struct record_set *const sets[2])
{
    const struct check_comparison *c = check->comparisons;
    char *machines[] = {records_machines(sets[0]), records_machines(sets[1])};
    char *wine = records_wine(sets[0]);

    check_note_difference(check, "machines differ", machines[0], machines[1]);
    if (wine == NULL)
        wine = records_wine(sets[1]);
    if (wine != NULL)
        json_add_text(check->notes, wine);
    check_note_difference(check, "programs were started differently",
                          c->group[0]->launchers, c->group[1]->launchers);
    free(machines[0]);
    free(machines[1]);
}

static void check_note_alone(struct check *check,
                             const struct record_set *const sets[2], int s)
{
    struct text list = {0};

    for (size_t i = 0; i < sets[s]->group_count; i++)
        if (check_partner(sets[1 - s], &sets[s]->groups[i]) == NULL) {
            text_add(&list, "%s", list.length > 0 ? ", " : "");
            table_where(&list, &sets[s]->groups[i]);
        }
    if (list.length > 0)
        json_add_text(check->notes,
                      text_make("Only in the %s, and not compared: %s.",
                                check_sides[s], list.data));
    free(list.data);
}

/* Runs that are not valid or were disturbed, and attempts that did not connect,
 * on either side. */
static void check_note_group(struct check *check,
                             const struct check_comparison *c)
{
    static const enum table_remark_kind kinds[] = {
        REMARK_INVALID, REMARK_DISTURBED, REMARK_MISSING};

    for (int i = 0; i < 6; i++) {
        char *remark = table_remark(c->group[i / 3], kinds[i % 3]);

        if (remark != NULL)
            json_add_text(check->notes, text_make("In the %s, %s.",
                                                  check_sides[i / 3], remark));
        free(remark);
    }
}

/* --- a table ------------------------------------------------------------- */

static void check_row(struct table *table, const struct check_comparison *c)
{
    const struct record_group *group = c->group[0];
    const struct figure *m = c->metric;

    table_cell(table, group->label[0] == '\0'
                          ? text_copy(group->model)
                          : text_make("%s (%s)", group->model, group->label));
    table_value(table, true, group->connections, 0);
    table_cell(table, text_copy(m->check.heading));
    table_cell(table, text_make("%zu+%zu", c->runs[0], c->runs[1]));
    for (int s = 0; s < 2; s++)
        table_value(table, c->median[s] > 0, c->median[s] * m->scale,
                    m->decimals);
    if (c->why == NULL) {
        table_cell(table, text_make("%.3f", c->ratio.middle));
        table_cell(table, text_make("%.3f..%.3f", c->ratio.low, c->ratio.high));
        table_cell(table, text_make("%.2g", fmin(c->p_worse, c->p_better)));
    }
    for (int i = 0; i < 3 && c->why != NULL; i++)
        table_cell(table, text_copy(""));
    table_cell(table, text_copy(check_verdicts[c->verdict].shown));
}

static void check_summary(struct table *table, const struct check *check)
{
    const size_t *verdicts = check->verdicts;
    size_t compared = check->count - verdicts[CHECK_INSUFFICIENT];
    double percent = 100 * check->options->threshold;
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
                  STATS_RESAMPLES, (unsigned long long)check->options->seed,
                  percent, check->p_limit, 100 * check_chance));
}

static char *check_table(const struct check *check)
{
    struct table table = {0};
    char *shown, *text;

    table_column(&table, "model", true);
    table_column(&table, "connections", false);
    table_column(&table, "metric", true);
    table_columns(&table, "runs,baseline,candidate,ratio,95 % interval,p");
    table_column(&table, "verdict", true);
    for (size_t i = 0; i < check->count; i++)
        check_row(&table, &check->comparisons[i]);
    check_summary(&table, check);
    shown = table_write(&table, check->options->format == CHECK_MARKDOWN
                                    ? TABLE_MARKDOWN
                                    : TABLE_TEXT);
    text = text_make("Candidate %s against baseline %s\n\n%s", check->names[1],
                     check->names[0], shown);
    free(shown);
    return utf8_valid(text);
}

/* --- JSON ---------------------------------------------------------------- */

static cJSON *check_json_comparison(const struct check_comparison *c)
{
    const struct {
        const char *key;
        double value; /* not above 0: null */
    } numbers[] = {
        {"baseline", c->median[0]},     {"candidate", c->median[1]},
        {"ratio", c->ratio.middle},     {"ratio_low", c->ratio.low},
        {"ratio_high", c->ratio.high},  {"chance_worse", c->p_worse},
        {"chance_better", c->p_better},
    };
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "model", c->group[0]->model);
    cJSON_AddNumberToObject(object, "connections", c->group[0]->connections);
    cJSON_AddStringToObject(object, "setting", c->group[0]->asked);
    cJSON_AddStringToObject(object, "metric", c->metric->name);
    cJSON_AddNumberToObject(object, "baseline_runs", (double)c->runs[0]);
    cJSON_AddNumberToObject(object, "candidate_runs", (double)c->runs[1]);
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

static char *check_json(const struct check *check)
{
    const struct check_options *options = check->options;
    cJSON *root = cJSON_CreateObject(), *list;
    char *text;

    cJSON_AddStringToObject(root, "schema", "iomodels/check");
    cJSON_AddNumberToObject(root, "schema_version", CHECK_VERSION);
    cJSON_AddStringToObject(root, "baseline", check->names[0]);
    cJSON_AddStringToObject(root, "candidate", check->names[1]);
    cJSON_AddNumberToObject(root, "threshold", options->threshold);
    cJSON_AddNumberToObject(root, "seed", (double)options->seed);
    cJSON_AddNumberToObject(root, "resamples", STATS_RESAMPLES);
    cJSON_AddNumberToObject(root, "interval", 0.95);
    cJSON_AddNumberToObject(root, "family_chance", check_chance);
    cJSON_AddNumberToObject(root, "chance_limit", check->p_limit);
    cJSON_AddBoolToObject(root, "worse", check->verdicts[CHECK_REGRESSION] > 0);
    list = cJSON_AddArrayToObject(root, "comparisons");
    for (size_t i = 0; i < check->count; i++)
        cJSON_AddItemToArray(list,
                             check_json_comparison(&check->comparisons[i]));
    cJSON_AddItemReferenceToObject(root, "cautions", check->notes);
    text = json_print(root);
    cJSON_Delete(root);
    return text;
}

/* --- the whole check ----------------------------------------------------- */

char *check_make(const struct record_set *const sets[2],
                 const char *const names[2],
                 const struct check_options *options, bool *regression)
{
    const struct record_group *b = sets[0]->groups, *c = sets[1]->groups;
    struct check check = {.options = options, .names = names};
    char *text = NULL;

    check.notes = cJSON_CreateArray();
    check.comparisons = calloc_or_die(sets[0]->group_count * CHECK_METRICS_MAX,
                                      sizeof *check.comparisons);
    for (size_t i = 0; i < sets[0]->group_count; i++) {
        const struct record_group *other = check_partner(sets[1], &b[i]);

        for (int m = 1; other != NULL && figure_check(m) != NULL; m++) {
            if ((options->metrics >> m & 1) == 0)
                continue;
            check.comparisons[check.count] = (struct check_comparison){
                .group = {&b[i], other}, .metric = figure_check(m)};
            check_compare(&check.comparisons[check.count++], options->seed);
        }
    }
    if (check.count == 0) {
        complain("no model and tier was measured with the same options in "
                 "both; the baseline has %s at %.0f with \"%s\", the candidate "
                 "%s at %.0f with \"%s\"",
                 b->model, b->connections, b->asked, c->model, c->connections,
                 c->asked);
    } else {
        check_limit(&check);
        check_note_order(&check, sets);
        check_note_machines(&check, sets);
        check_note_alone(&check, sets, 0);
        check_note_alone(&check, sets, 1);
    }
    for (size_t i = 0; i < check.count; i++) {
        struct check_comparison *one = &check.comparisons[i];

        one->verdict = check_judge(&check, one);
        check.verdicts[one->verdict]++;
        if (i == 0 || one->group[0] != one[-1].group[0])
            check_note_group(&check, one);
    }
    *regression = check.verdicts[CHECK_REGRESSION] > 0;
    if (check.count > 0)
        text = options->format == CHECK_JSON ? check_json(&check)
                                             : check_table(&check);
    for (size_t i = 0; i < check.count; i++)
        free(check.comparisons[i].why);
    free(check.comparisons);
    cJSON_Delete(check.notes);
    return text;
}
