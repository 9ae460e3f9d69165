#include "results/check_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"
#include "results/figure.h"
#include "results/record.h"
#include "results/stats.h"
#include "results/table_cells.h"
#include "results/text.h"

static void cautions_add(struct check *check, struct text *text)
{
    check->cautions = realloc(check->cautions, (check->caution_count + 1) *
                                                   sizeof *check->cautions);
    if (check->cautions == NULL)
        die("realloc");
    check->cautions[check->caution_count++] = text_take(text);
}

static const char *cautions_begun(const cJSON *record)
{
    const char *at = cJSON_GetStringValue(record_at(record, "/started_at"));

    return at != NULL ? at : "";
}

static void cautions_span(const struct record_set *set, const char **first,
                          const char **last)
{
    *first = *last = cautions_begun(set->records[0]);
    for (size_t i = 1; i < set->count; i++) {
        const char *at = cautions_begun(set->records[i]);

        if (strcmp(at, *first) < 0)
            *first = at;
        if (strcmp(at, *last) > 0)
            *last = at;
    }
}

static void cautions_order(struct check *check,
                           const struct record_set *baseline,
                           const struct record_set *candidate)
{
    const char *b_first, *b_last, *c_first, *c_last;
    struct text text = {0};

    cautions_span(baseline, &b_first, &b_last);
    cautions_span(candidate, &c_first, &c_last);
    if (strcmp(b_last, c_first) >= 0 && strcmp(c_last, b_first) >= 0)
        return;
    text_add(&text,
             "The sets were measured one after the other (baseline %s to %s, "
             "candidate %s to %s): a machine that changed in between looks "
             "like a change of the program. Measure them by turns.",
             b_first, b_last, c_first, c_last);
    cautions_add(check, &text);
}

static void cautions_machines(struct check *check,
                              const struct record_set *baseline,
                              const struct record_set *candidate)
{
    char *b = records_machines(baseline), *c = records_machines(candidate);
    char *wine = records_wine(baseline);
    struct text text = {0};

    if (wine == NULL)
        wine = records_wine(candidate);
    if (strcmp(b, c) != 0) {
        text_add(&text,
                 "The machines differ, so the ratios compare them, too: "
                 "baseline %s; candidate %s.",
                 b[0] != '\0' ? b : "not known",
                 c[0] != '\0' ? c : "not known");
        cautions_add(check, &text);
    }
    if (wine != NULL) {
        text_add(&text, "%c%s.", wine[0] - 'a' + 'A', wine + 1);
        cautions_add(check, &text);
    }
    free(b);
    free(c);
    free(wine);
}

/* Once: a launcher that pins the one side pins all of its runs. */
static void cautions_launchers(struct check *check)
{
    struct text text = {0};

    for (size_t i = 0; i < check->count; i++) {
        const char *b = check->comparisons[i].baseline->launchers;
        const char *c = check->comparisons[i].candidate->launchers;

        if (strcmp(b, c) == 0)
            continue;
        text_add(&text,
                 "The programs were started differently, so the ratios "
                 "compare that, too: baseline %s; candidate %s.",
                 b[0] != '\0' ? b : "by no launcher",
                 c[0] != '\0' ? c : "by no launcher");
        cautions_add(check, &text);
        return;
    }
}

static const char *cautions_id(const cJSON *record)
{
    const char *id =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(record, "id"));

    return id != NULL ? id : "";
}

static void cautions_shared(struct check *check,
                            const struct record_set *baseline,
                            const struct record_set *candidate)
{
    struct text text = {0};
    size_t shared = 0;

    for (size_t i = 0; i < baseline->count; i++) {
        const char *id = cautions_id(baseline->records[i]);

        for (size_t k = 0; k < candidate->count; k++)
            shared += strcmp(id, cautions_id(candidate->records[k])) == 0;
    }
    if (shared == 0)
        return;
    text_add(&text, "%lu records are in both sets: they agree with themselves.",
             (unsigned long)shared);
    cautions_add(check, &text);
}

static void cautions_where(struct text *text, const struct record_group *group)
{
    char count[32];

    number_show_count(number_whole(group->connections), count, sizeof count);
    text_add(text, "%s at %s", group->model, count);
    if (group->label[0] != '\0')
        text_add(text, " (%s)", group->label);
}

static void cautions_alone(struct check *check, const struct record_set *set,
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
        cautions_where(&text, &set->groups[i]);
    }
    if (text.length == 0)
        return;
    text_add(&text, ".");
    cautions_add(check, &text);
}

/* Runs that don't count are named: a candidate that fails has no figures. */
static void cautions_invalid(struct check *check, const char *name,
                             const struct record_group *group)
{
    struct text text = {0};
    char *remark = NULL;

    if (group_valid(group) == group->count)
        return;
    table_remark(group, 0, &remark);
    if (remark == NULL)
        return;
    text_add(&text, "In the %s, %s.", name, remark);
    free(remark);
    cautions_add(check, &text);
}

/* Of the valid runs; NAN when none knows. */
static double cautions_median(const struct record_group *group)
{
    double *values = calloc(group->count + 1, sizeof *values), median;
    size_t count = 0;

    if (values == NULL)
        die("calloc");
    for (size_t i = 0; i < group->count; i++)
        count += cJSON_IsTrue(record_at(group->records[i], "/valid")) &&
                 record_number(group->records[i], "/connections/connected",
                               &values[count]);
    median = stats_median(values, count);
    free(values);
    return median;
}

static void cautions_connected(struct check *check,
                               const struct record_group *baseline,
                               const struct record_group *candidate)
{
    const double noticeable = 0.01;
    double b = cautions_median(baseline), c = cautions_median(candidate);
    struct text text = {0};

    if (!(fabs(b - c) > noticeable * b))
        return; /* alike, or not known */
    cautions_where(&text, baseline);
    text_add(&text,
             ": %.0f connected in the baseline and %.0f in the candidate: the "
             "figures are of different loads.",
             b, c);
    cautions_add(check, &text);
}

static void cautions_power(struct check *check)
{
    struct text text = {0};

    if (check->runs_needed == 0)
        return;
    text_add(&text,
             "%lu of %lu comparisons have too few runs to tell a change from "
             "chance, and can at most be suspect: measure %lu or more a side "
             "(--repeat %lu), or compare less (--metrics).",
             (unsigned long)check->short_of, (unsigned long)check->count,
             (unsigned long)check->runs_needed,
             (unsigned long)check->runs_needed);
    cautions_add(check, &text);
}

void check_cautions(struct check *check, const struct record_set *baseline,
                    const struct record_set *candidate)
{
    const struct record_group *seen = NULL;

    cautions_power(check);
    cautions_shared(check, baseline, candidate);
    cautions_order(check, baseline, candidate);
    cautions_machines(check, baseline, candidate);
    cautions_launchers(check);
    cautions_alone(check, baseline, candidate, "baseline");
    cautions_alone(check, candidate, baseline, "candidate");
    for (size_t i = 0; i < check->count; i++) {
        const struct check_comparison *c = &check->comparisons[i];

        if (c->baseline == seen)
            continue;
        seen = c->baseline;
        cautions_invalid(check, "baseline", c->baseline);
        cautions_invalid(check, "candidate", c->candidate);
        cautions_connected(check, c->baseline, c->candidate);
    }
}

char *check_nothing(const struct record_set *baseline,
                    const struct record_set *candidate)
{
    const struct record_group *b = &baseline->groups[0];
    struct text text = {0};

    for (size_t i = 0; i < baseline->group_count; i++)
        for (size_t k = 0; k < candidate->group_count; k++) {
            const struct record_group *x = &baseline->groups[i];
            const struct record_group *y = &candidate->groups[k];

            if (strcmp(x->model, y->model) != 0 ||
                x->connections != y->connections)
                continue;
            text_add(&text, "no model and tier was measured alike in both: ");
            cautions_where(&text, x);
            text_add(&text,
                     " was by \"%s\" in the baseline and by \"%s\" in "
                     "the candidate; measure both by the same options",
                     x->asked, y->asked);
            return text_take(&text);
        }
    text_add(&text, "no model and tier is in both; the baseline has ");
    cautions_where(&text, b);
    text_add(&text, "%s, the candidate ",
             baseline->group_count > 1 ? " and others" : "");
    cautions_where(&text, &candidate->groups[0]);
    text_add(&text, "%s; measure both by the same options",
             candidate->group_count > 1 ? " and others" : "");
    return text_take(&text);
}
