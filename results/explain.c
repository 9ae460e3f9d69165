#include "results/explain.h"

#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/die.h"
#include "common/number.h"
#include "results/explain_parts.h"
#include "results/figure.h"
#include "results/record.h"
#include "results/stats.h"

enum { EXPLAIN_NAMES_MAX = 1024 };

/* MODEL:TIER:COLUMN in its parts. */
struct explain_query {
    char *store, *column;
    const char *model, *tier;
    uint64_t connections;
    const char *bound; /* "low" or "high" when that end was asked for */
    const struct explain_recipe *recipe;
};

/* --- what is asked ------------------------------------------------------- */

static void explain_unknown(const char *what, const char *name,
                            const char *const *names)
{
    const char *near = args_nearest(name, names);
    struct text all = {0};

    for (size_t i = 0; names[i] != NULL; i++)
        text_add(&all, "%s%s", i > 0 ? ", " : "", names[i]);
    if (near != NULL)
        complain("--explain: there is no %s '%s' in this table; did you mean "
                 "%s? (all: %s)",
                 what, name, near, all.data);
    else
        complain("--explain: there is no %s '%s' in this table; choose from %s",
                 what, name, all.data != NULL ? all.data : "");
    free(all.data);
}

static bool explain_split(struct explain_query *query, const char *what)
{
    char *first, *second;

    query->store = text_copy(what);
    first = strchr(query->store, ':');
    second = first != NULL ? strchr(first + 1, ':') : NULL;
    if (second == NULL || second[1] == '\0') {
        complain("--explain: '%s' is not MODEL:TIER:COLUMN, such as "
                 "iocp:1000:round_trips_per_s",
                 what);
        return false;
    }
    *first = *second = '\0';
    query->model = query->store;
    query->tier = first + 1;
    query->column = second + 1;
    return true;
}

static bool explain_model(const struct explain_query *query,
                          const struct record_set *set)
{
    const char *names[EXPLAIN_NAMES_MAX + 1];
    size_t count = 0;

    for (size_t i = 0; i < set->group_count && count < EXPLAIN_NAMES_MAX; i++) {
        if (strcmp(set->groups[i].model, query->model) == 0)
            return true;
        if (count == 0 || strcmp(names[count - 1], set->groups[i].model) != 0)
            names[count++] = set->groups[i].model;
    }
    names[count] = NULL;
    explain_unknown("model", query->model, names);
    return false;
}

static bool explain_is(const struct explain_query *query,
                       const struct record_group *group)
{
    return strcmp(group->model, query->model) == 0 &&
           number_whole(group->connections) == query->connections;
}

static bool explain_tier(struct explain_query *query,
                         const struct record_set *set)
{
    struct text all = {0};
    bool number = number_count(query->tier, &query->connections), found = false;

    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];

        found = found || (number && explain_is(query, group));
        if (strcmp(group->model, query->model) == 0)
            text_add(&all, "%s%.0f", all.length > 0 ? ", " : "",
                     group->connections);
    }
    if (!found)
        complain("--explain: %s was not run with '%s' connections; choose "
                 "from %s",
                 query->model, query->tier, all.data);
    free(all.data);
    return found;
}

/* "x_low" and "x_high" are the ends of the interval of x. */
static void explain_bound(struct explain_query *query)
{
    static const char *const bounds[] = {"low", "high"};

    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(query->column), size = strlen(bounds[i]);

        if (length > size + 1 &&
            strcmp(query->column + length - size, bounds[i]) == 0 &&
            query->column[length - size - 1] == '_') {
            query->bound = bounds[i];
            query->column[length - size - 1] = '\0';
            return;
        }
    }
}

static bool explain_column(struct explain_query *query)
{
    const char *names[EXPLAIN_NAMES_MAX + 1];
    size_t count = 0;

    explain_bound(query);
    query->recipe = explain_recipe(query->column);
    if (query->recipe != NULL)
        return true;
    for (; explain_recipes[count].column != NULL; count++)
        names[count] = explain_recipes[count].column;
    names[count] = NULL;
    explain_unknown("column", query->column, names);
    return false;
}

/* --- the answer ---------------------------------------------------------- */

static void explain_run(struct text *out, const struct explain_query *query,
                        const cJSON *record, bool used)
{
    const char *file = record_file(record);
    double value;
    char *reasons;
    bool valid = record_valid(record, &reasons);

    text_add(out, "\n%s", file != NULL ? file : "(a record in memory)");
    if (!valid)
        text_add(out, " (not valid: %s)", reasons);
    text_add(out, "%s\n", used ? "" : ": left out");
    free(reasons);
    if (record_number(record, query->recipe->pointer, &value))
        text_add(out, "    %s: %.15g\n", query->recipe->pointer, value);
    else
        text_add(out, "    %s: null, %s\n", query->recipe->pointer,
                 figure_why(record, query->recipe->pointer));
    explain_steps(out, query->recipe, record);
}

static void explain_sum(struct text *out, const struct explain_query *query,
                        const struct record_group *group,
                        const struct figure *figure, bool valid)
{
    const char *comma = "";

    text_add(out, "\nmedian of");
    for (size_t i = 0; i < group->count; i++) {
        const cJSON *record = group->records[i];
        double value;

        if (cJSON_IsTrue(record_at(record, "/valid")) != valid ||
            !record_number(record, query->recipe->pointer, &value))
            continue;
        text_add(out, "%s %.15g", comma, value);
        comma = ",";
    }
    text_add(out, "\n    = %.15g\n", figure->median);
    if (figure->count < 2)
        return;
    text_add(out, "    ");
    figure_spread(out, figure->count, figure->count);
    if (figure->count >= FIGURE_INTERVAL_RUNS)
        text_add(out, " (percentiles, %d resamples)", STATS_RESAMPLES);
    text_add(out, ": %.15g..%.15g\n", figure->low, figure->high);
}

/* What the table for people shows of it, when that is in another unit. */
static void explain_shown(struct text *out, const struct explain_query *query,
                          const struct figure *figure)
{
    for (const struct measure *m = table_measures; m->name != NULL; m++) {
        struct text heading = {0};

        if (strcmp(m->name, query->recipe->column) != 0)
            continue;
        text_add(&heading, "%s", m->heading);
        for (char *at = heading.data; *at != '\0'; at++)
            if (*at == '\n')
                *at = ' ';
        text_add(out, "    in the table under \"%s\": x %.10g = %.*f\n",
                 heading.data, m->scale, m->decimals,
                 figure->median * m->scale);
        free(heading.data);
    }
}

static void explain_group(struct text *out, const struct explain_query *query,
                          const struct record_group *group)
{
    struct figure figure = figure_of(group, query->recipe->pointer, 1);
    bool valid = group_valid(group) > 0;

    text_add(out, "%s%s%s of %s with %.0f connections: ", query->recipe->column,
             query->bound != NULL ? "_" : "",
             query->bound != NULL ? query->bound : "", group->model,
             group->connections);
    if (figure.count == 0)
        text_add(out, "n/a\n");
    else
        text_add(out, "%.15g\n",
                 query->bound == NULL               ? figure.median
                 : strcmp(query->bound, "low") == 0 ? figure.low
                                                    : figure.high);
    text_add(out,
             "setting: %s\nformula: %s\nrecords: %lu, %lu of them valid%s\n",
             group->setting, query->recipe->formula,
             (unsigned long)group->count, (unsigned long)group_valid(group),
             valid ? "" : "; none is, so what was reached is shown");
    for (size_t i = 0; i < group->count; i++)
        explain_run(out, query, group->records[i],
                    cJSON_IsTrue(record_at(group->records[i], "/valid")) ==
                        valid);
    if (figure.count == 0)
        return;
    explain_sum(out, query, group, &figure, valid);
    explain_shown(out, query, &figure);
}

char *explain_cell(const struct record_set *set, const char *what)
{
    struct explain_query query = {0};
    struct text out = {0};
    bool known = explain_split(&query, what) && explain_model(&query, set) &&
                 explain_tier(&query, set) && explain_column(&query);

    for (size_t i = 0; i < set->group_count && known; i++)
        if (explain_is(&query, &set->groups[i])) {
            text_add(&out, "%s", out.length > 0 ? "\n" : "");
            explain_group(&out, &query, &set->groups[i]);
        }
    free(query.store);
    return known ? text_take(&out) : NULL;
}
