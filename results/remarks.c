#include "results/remarks.h"

#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "results/figure.h"
#include "results/fields.h"
#include "common/text.h"

static void remarks_begin(struct text *text, const struct record_group *group)
{
    char count[32];

    number_show_count(number_whole(group->connections), count, sizeof count);
    text_add(text, "%s at %s", group->model, count);
    if (group->label[0] != '\0')
        text_add(text, " (%s)", group->label);
    text_add(text, ": ");
}

/* "refused 12, timed_out 3"; returns how many in all. */
static double remarks_list(struct text *text, const cJSON *counts,
                           const char *but)
{
    const cJSON *count;
    double total = 0;

    cJSON_ArrayForEach (count, counts) {
        if (count->valuedouble <= 0 || strcmp(count->string, but) == 0)
            continue;
        text_add(text, "%s%s %.0f", total > 0 ? ", " : "", count->string,
                 count->valuedouble);
        total += count->valuedouble;
    }
    return total;
}

static bool remarks_invalid(const struct record_group *group, char **text)
{
    size_t valid = group_valid(group);
    struct text line = {0}, seen = {0};

    if (valid == group->count)
        return false;
    remarks_begin(&line, group);
    if (group->count == 1)
        text_add(&line, "not valid, the figures are what was reached");
    else if (valid == 0)
        text_add(&line,
                 "none of %lu runs is valid, the figures are what was "
                 "reached",
                 (unsigned long)group->count);
    else
        text_add(&line, "%lu of %lu runs not valid and left out",
                 (unsigned long)(group->count - valid),
                 (unsigned long)group->count);
    for (size_t i = 0; i < group->count; i++) {
        char *reasons;

        if (record_valid(group->records[i], &reasons))
            continue;
        if (seen.data == NULL || strstr(seen.data, reasons) == NULL)
            text_add(&seen, "; %s", reasons);
        free(reasons);
    }
    text_add(&line, "%s", seen.data != NULL ? seen.data : "");
    free(seen.data);
    *text = text_take(&line);
    return true;
}

/* What kept connections out, or ended them early, of the worst run. */
static bool remarks_missing(const struct record_group *group, char **text)
{
    const cJSON *worst = NULL;
    double most = 0;
    struct text line = {0}, list = {0};

    for (size_t i = 0; i < group->count; i++) {
        double attempted, connected;

        if (record_number(group->records[i], "/connections/attempted",
                          &attempted) &&
            record_number(group->records[i], "/connections/connected",
                          &connected) &&
            attempted - connected > most) {
            most = attempted - connected;
            worst = group->records[i];
        }
    }
    if (worst == NULL)
        return false;
    remarks_begin(&line, group);
    text_add(&line, "%.0f attempts did not connect", most);
    if (remarks_list(&list, record_object(worst, "/connections/outcomes"),
                     "connected") > 0)
        text_add(&line, " (%s)", list.data);
    list.length = 0;
    if (remarks_list(&list, record_object(worst, "/traffic/server/refusals"),
                     "") > 0)
        text_add(&line, "; the server refused: %s", list.data);
    free(list.data);
    *text = text_take(&line);
    return true;
}

static bool remarks_lost(const struct record_group *group, char **text)
{
    struct text line = {0}, list = {0};
    bool lost = false;

    for (size_t i = 0; i < group->count && !lost; i++)
        lost = remarks_list(
                   &list, record_object(group->records[i], "/connections/ends"),
                   "completed") > 0;
    if (lost) {
        remarks_begin(&line, group);
        text_add(&line, "connections ended early (%s)", list.data);
        *text = text_take(&line);
    }
    free(list.data);
    return lost;
}

static bool remarks_outliers(const struct record_group *group, char **text)
{
    struct figure figure = figure_of(group, "/throughput/round_trips_per_s", 1);
    struct text line = {0};

    if (figure.outliers == 0)
        return false;
    remarks_begin(&line, group);
    text_add(&line, "%lu of %lu runs %s in round trips/s and kept",
             (unsigned long)figure.outliers, (unsigned long)figure.count,
             figure.outliers == 1 ? "is an outlier" : "are outliers");
    *text = text_take(&line);
    return true;
}

bool table_remark(const struct record_group *group, size_t kind, char **text)
{
    static bool (*const remarks[])(const struct record_group *, char **) = {
        remarks_invalid, remarks_missing, remarks_lost, remarks_outliers};

    if (kind >= sizeof remarks / sizeof *remarks)
        return false;
    *text = NULL;
    remarks[kind](group, text);
    return true;
}
