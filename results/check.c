#include "results/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/stats.h"
#include "results/summary.h"
#include "results/table.h"

static const char *const check_sides[] = {"baseline", "candidate"};

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

static void check_compare(struct check_comparison *c,
                          const struct figure *metric,
                          const struct record_group *baseline,
                          const struct record_group *candidate, uint64_t seed)
{
    struct check_side *b = &c->side[0], *d = &c->side[1];
    const char *missing = NULL, *why;
    double *values[2];
    bool zero = false;

    c->metric = metric;
    b->group = baseline;
    d->group = candidate;
    for (int s = 0; s < 2; s++) {
        struct check_side *side = &c->side[s];

        values[s] =
            group_values(side->group, true, metric->pointer, &side->runs, &why);
        missing = side->runs == 0 ? why : missing;
        side->median = side->runs > 0 ? stats_median(values[s], side->runs) : 0;
        for (size_t i = 0; i < side->runs; i++)
            zero = zero || values[s][i] <= 0;
    }
    if (zero) {
        c->why = text_copy("a run has zero, which has no ratio; measure for "
                           "longer");
    } else if (b->runs < CHECK_RUNS_MIN || d->runs < CHECK_RUNS_MIN) {
        c->why = text_make(
            "%zu valid runs in the baseline and %zu in the "
            "candidate have a value; at least %d a side are "
            "needed%s%s%s",
            b->runs, d->runs, CHECK_RUNS_MIN, missing != NULL ? " (" : "",
            missing != NULL ? missing : "", missing != NULL ? ")" : "");
    } else {
        struct stats_interval ratio = stats_ratio_of_medians(
            values[1], d->runs, values[0], b->runs, seed);
        double above = stats_p_above(values[1], d->runs, values[0], b->runs);
        double below = stats_p_above(values[0], b->runs, values[1], d->runs);

        c->ratio = ratio.middle;
        c->low = ratio.low;
        c->high = ratio.high;
        c->p_worse = metric->check.more_is_better ? below : above;
        c->p_better = metric->check.more_is_better ? above : below;
    }
    free(values[0]);
    free(values[1]);
}

/* Each metric of a group that both sets have. */
static void check_add(struct check *check, const struct record_group *baseline,
                      const struct record_group *candidate)
{
    for (int i = 1; figure_check(i) != NULL; i++)
        if ((check->options.metrics >> i & 1) != 0)
            check_compare(&check->comparisons[check->count++], figure_check(i),
                          baseline, candidate, check->options.seed);
}

/* --- the verdicts -------------------------------------------------------- */

/* Bonferroni's limit, and how many comparisons have too few runs for it. */
static void check_limit(struct check *check)
{
    size_t compared = 0;

    for (size_t i = 0; i < check->count; i++)
        compared += check->comparisons[i].why == NULL;
    check->p_limit =
        CHECK_FAMILY_CHANCE / (double)(compared > 0 ? compared : 1);
    for (size_t i = 0; i < check->count; i++) {
        const struct check_side *side = check->comparisons[i].side;

        check->short_of +=
            side[0].runs > 0 && side[1].runs > 0 &&
            stats_p_least(side[0].runs, side[1].runs) > check->p_limit;
    }
    if (check->short_of == 0)
        return;
    check->runs_needed = CHECK_RUNS_MIN;
    while (stats_p_least(check->runs_needed, check->runs_needed) *
               (double)check->count >
           CHECK_FAMILY_CHANCE)
        check->runs_needed++;
}

static enum check_verdict check_judge(const struct check *check,
                                      const struct check_comparison *c)
{
    bool more_is_better = c->metric->check.more_is_better;
    double threshold = check->options.threshold;
    double bad = more_is_better ? 1 - threshold : 1 + threshold;
    double good = more_is_better ? 1 + threshold : 1 - threshold;

    if (c->why != NULL)
        return CHECK_INSUFFICIENT;
    if (more_is_better ? c->high < bad : c->low > bad)
        return c->p_worse <= check->p_limit ? CHECK_REGRESSION : CHECK_POSSIBLE;
    if (more_is_better ? c->low < bad : c->high > bad)
        return CHECK_INCONCLUSIVE;
    if ((more_is_better ? c->low > good : c->high < good) &&
        c->p_better <= check->p_limit)
        return CHECK_IMPROVEMENT;
    return CHECK_NO_CHANGE;
}

/* --- notes --------------------------------------------------------------- */

/* Takes the note over. */
static void check_note(struct check *check, char *note)
{
    cJSON_AddItemToArray(check->notes, cJSON_CreateString(note));
    free(note);
}

static void check_note_order(struct check *check,
                             const struct record_set *const sets[2])
{
    const char *first[2], *last[2];

    for (int s = 0; s < 2; s++) {
        first[s] = last[s] = record_text(sets[s]->records[0], "/started_at");
        for (size_t i = 1; i < sets[s]->count; i++) {
            const char *at = record_text(sets[s]->records[i], "/started_at");

            first[s] = strcmp(at, first[s]) < 0 ? at : first[s];
            last[s] = strcmp(at, last[s]) > 0 ? at : last[s];
        }
    }
    if (strcmp(last[0], first[1]) < 0 || strcmp(last[1], first[0]) < 0)
        check_note(check,
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
        check_note(check,
                   text_make("The %s, and the ratios include that: baseline "
                             "\"%s\"; candidate \"%s\".",
                             what, baseline, candidate));
}

static void check_note_machines(struct check *check,
                                const struct record_set *const sets[2])
{
    const struct check_side *side = check->comparisons[0].side;
    char *machines[] = {records_machines(sets[0]), records_machines(sets[1])};
    char *wine = records_wine(sets[0]);

    check_note_difference(check, "machines differ", machines[0], machines[1]);
    if (wine == NULL)
        wine = records_wine(sets[1]);
    if (wine != NULL)
        check_note(check, text_make("%c%s.", wine[0] - 'a' + 'A', wine + 1));
    check_note_difference(check, "programs were started differently",
                          side[0].group->launchers, side[1].group->launchers);
    free(machines[0]);
    free(machines[1]);
    free(wine);
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
        check_note(check, text_make("Only in the %s, and not compared: %s.",
                                    check_sides[s], list.data));
    free(list.data);
}

static void check_note_groups(struct check *check,
                              const struct check_comparison *c)
{
    const double noticeable = 0.01;
    struct summary connected[2];
    struct text text = {0};

    for (int s = 0; s < 2; s++) {
        char *remark = table_remark(c->side[s].group, REMARK_INVALID);

        connected[s] = summary_of_runs(c->side[s].group, true,
                                       "/connections/connected", 1);
        if (remark != NULL)
            check_note(check,
                       text_make("In the %s, %s.", check_sides[s], remark));
        free(remark);
    }
    if (connected[0].count == 0 || connected[1].count == 0 ||
        fabs(connected[0].median - connected[1].median) <=
            noticeable * connected[0].median)
        return;
    table_where(&text, c->side[0].group);
    text_add(&text,
             ": %.0f connected in the baseline and %.0f in the candidate, so "
             "the load differs.",
             connected[0].median, connected[1].median);
    check_note(check, text_take(&text));
}

static void check_notes(struct check *check,
                        const struct record_set *const sets[2])
{
    const struct check_comparison *c = check->comparisons;

    check->notes = cJSON_CreateArray();
    if (check->runs_needed > 0)
        check_note(check,
                   text_make("%zu of %zu comparisons have too few runs to show "
                             "a regression: measure %zu or more a side "
                             "(--repeat %zu), or compare fewer metrics "
                             "(--metrics).",
                             check->short_of, check->count, check->runs_needed,
                             check->runs_needed));
    check_note_order(check, sets);
    check_note_machines(check, sets);
    check_note_alone(check, sets, 0);
    check_note_alone(check, sets, 1);
    for (size_t i = 0; i < check->count; i++)
        if (i == 0 || c[i].side[0].group != c[i - 1].side[0].group)
            check_note_groups(check, &c[i]);
}

/* --- the whole check ----------------------------------------------------- */

static void check_complain(const struct record_set *const sets[2])
{
    const struct record_group *b = &sets[0]->groups[0];
    const struct record_group *c = &sets[1]->groups[0];

    complain("no model and tier was measured with the same options in both; "
             "the baseline has %s at %.0f with \"%s\", the candidate %s at "
             "%.0f with \"%s\"",
             b->model, b->connections, b->asked, c->model, c->connections,
             c->asked);
}

struct check *check_make(const struct record_set *const sets[2],
                         const struct check_options *options)
{
    struct check *check = calloc_or_die(1, sizeof *check);

    check->options = *options;
    check->comparisons = calloc_or_die(sets[0]->group_count * CHECK_METRICS_MAX,
                                       sizeof *check->comparisons);
    for (size_t i = 0; i < sets[0]->group_count; i++) {
        const struct record_group *group = &sets[0]->groups[i];
        const struct record_group *other = check_partner(sets[1], group);

        if (other != NULL)
            check_add(check, group, other);
    }
    if (check->count == 0) {
        check_complain(sets);
        check_free(check);
        return NULL;
    }
    check_limit(check);
    for (size_t i = 0; i < check->count; i++) {
        struct check_comparison *c = &check->comparisons[i];

        c->verdict = check_judge(check, c);
        check->verdicts[c->verdict]++;
    }
    check_notes(check, sets);
    return check;
}

void check_free(struct check *check)
{
    for (size_t i = 0; i < check->count; i++)
        free(check->comparisons[i].why);
    free(check->comparisons);
    cJSON_Delete(check->notes);
    free(check);
}
