#include "results/table.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/figures.h"
#include "results/record_file.h"

#define EXPLAIN_CPU "(user + kernel time at end - at begin)"

/* The formula of a row that has none of its own, and the marks of the samples
 * that it takes. */
static const struct {
    const char *formula, *marks;
} explain_kinds[FIGURE_QUANTILE + 1] = {
    [FIGURE_REQUESTED] = {"as requested", ""},
    [FIGURE_END] = {"the sample at the mark end", "end"},
    [FIGURE_CHANGE] = {"at end - at empty (before the first connection)",
                       "empty end"},
    [FIGURE_MOST] = {"the highest of all samples and the final line", ""},
    [FIGURE_RATE] = {"(at end - at begin) / seconds from begin to end",
                     "begin end"},
    [FIGURE_CORES] = {"100 x " EXPLAIN_CPU " / time from begin to end",
                      "begin end"},
    [FIGURE_BUSY] = {"100 x busy / (busy + idle), each at end - at begin",
                     "begin end"},
    [FIGURE_MEAN] = {"the first / the second, each at end - at begin",
                     "begin end"},
    [FIGURE_PER_TRIP] = {EXPLAIN_CPU " per second / round trips per second",
                         "begin end"},
};

static void explain_samples(struct text *out, const struct figure *m,
                            const cJSON *record)
{
    const char *names[] = {"t_s", "mark", figure_metric(m), m->second};
    const cJSON *samples = cJSON_GetObjectItemCaseSensitive(
        record_at(record, "/samples"), m->stream);
    int place = 0;
    const cJSON *row;

    cJSON_ArrayForEach (row, record_at(samples, "/rows")) {
        const char *mark =
            cJSON_GetStringValue(sample_item(samples, row, "mark"));

        place++;
        if (mark == NULL || strstr(explain_kinds[m->kind].marks, mark) == NULL)
            continue;
        text_add(out, "    samples.%s row %d:", m->stream, place);
        for (int i = 0; i < (m->second != NULL ? 4 : 3); i++) {
            char *item =
                cJSON_PrintUnformatted(sample_item(samples, row, names[i]));

            text_add(out, "%s %s %s", i > 0 ? "," : "", names[i],
                     item != NULL ? item : "null");
            cJSON_free(item);
        }
        text_add(out, "\n");
    }
}

static void explain_run(struct text *out, const struct figure *m,
                        const cJSON *record, bool used)
{
    const char *file = record_file(record);
    double value;
    char *reasons;

    text_add(out, "\n%s", file != NULL ? file : "a record");
    if (!record_valid(record, &reasons))
        text_add(out, " (not valid: %s)", reasons);
    text_add(out, "%s\n    %s: ", used ? "" : ": left out", m->pointer);
    free(reasons);
    if (record_number(record, m->pointer, &value))
        text_add(out, "%.15g\n", value);
    else
        text_add(out, "null, %s\n", summary_why(record, m->pointer));
    if (explain_kinds[m->kind].marks != NULL)
        explain_samples(out, m, record);
    if (m->kind == FIGURE_PER_TRIP)
        explain_samples(out, figure_named("round_trips_per_s"), record);
}

static void explain_group(struct text *out, const struct figure *m,
                          const struct record_group *group)
{
    struct summary summary = summary_of(group, m->pointer, 1);
    size_t valid = group_valid(group);

    text_add(out,
             "%s%s of %s with %.0f connections: ", out->length > 0 ? "\n" : "",
             m->name, group->model, group->connections);
    if (summary.count == 0)
        text_add(out, "n/a\n");
    else
        text_add(out, "%.15g\n", summary.median);
    if (summary.count > 1)
        text_add(out, "median of %zu runs; %s: %.15g..%.15g\n", summary.count,
                 SUMMARY_SPREAD, summary.low, summary.high);
    text_add(out, "setting: %s\nformula: %s\n", group->setting,
             m->formula != NULL ? m->formula : explain_kinds[m->kind].formula);
    text_add(out, "records: %zu, %zu of them valid%s\n", group->count, valid,
             valid > 0 ? "" : "; none is, so what was reached is shown");
    for (size_t i = 0; i < group->count; i++)
        explain_run(out, m, group->records[i],
                    record_is_valid(group->records[i]) == (valid > 0));
}

/* The row of a column of the CSV, whose bounds are explained with it; NULL
 * after one line to standard error. */
static const struct figure *explain_column(const char *column)
{
    static const char *const bounds[] = {"", "_low", "_high"};
    struct text names = {0};

    for (const struct figure *m = figures; m->pointer != NULL; m++) {
        size_t length = m->name != NULL ? strlen(m->name) : 0;

        for (size_t i = 0; i < 3 && length > 0; i++)
            if (strncmp(column, m->name, length) == 0 &&
                strcmp(column + length, bounds[i]) == 0) {
                free(names.data);
                return m;
            }
        if (length > 0)
            text_add(&names, "%s%s", names.length > 0 ? ", " : "", m->name);
    }
    complain("--explain takes MODEL:TIER:COLUMN, and '%s' is no column of this "
             "table; choose from %s",
             column, names.data);
    free(names.data);
    return NULL;
}

char *explain_cell(const struct record_set *set, const char *what)
{
    const char *colon = strrchr(what, ':');
    const char *column = colon != NULL ? colon + 1 : what;
    const struct figure *m = explain_column(column);
    struct text out = {0}, rows = {0};

    for (size_t i = 0; i < set->group_count && m != NULL; i++) {
        const struct record_group *group = &set->groups[i];
        char *cell =
            text_make("%s:%.0f:%s", group->model, group->connections, column);

        if (strcmp(cell, what) == 0)
            explain_group(&out, m, group);
        text_add(&rows, "%s%s:%.0f", i > 0 ? ", " : "", group->model,
                 group->connections);
        free(cell);
    }
    if (m != NULL && out.length == 0)
        complain("--explain: '%s' has no row of this table; choose from %s",
                 what, rows.data);
    free(rows.data);
    return out.data;
}
