/* The CPU of the book's table: of the server and of Wine's server, which does a
 * part of the models' work, together. */
#include "results/book_parts.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "results/record.h"

/* A performance monitor's step, in seconds; samples come a little early. */
static const double book_cpu_second = 0.98;

static bool book_cpu_is_wine(const cJSON *record)
{
    const char *os =
        cJSON_GetStringValue(record_at(record, "/machine/server/os"));

    return os != NULL && strcmp(os, "Wine") == 0;
}

/* --- the mean ------------------------------------------------------------- */

bool book_cpu_of(const cJSON *record, double *percent, const char **why)
{
    static const char server[] = "/cpu/server/cores_percent";
    static const char wine[] = "/cpu/wineserver/cores_percent";
    double part;

    if (!record_number(record, server, percent)) {
        *why = figure_why(record, server);
        return false;
    }
    if (record_number(record, wine, &part)) {
        *percent += part;
        return true;
    }
    if (!book_cpu_is_wine(record))
        return true;
    *why = record_at(record, "/cpu/wineserver") != NULL
               ? figure_why(record, wine)
               : "the part of Wine's server is not recorded";
    return false;
}

struct figure book_cpu_mean(const struct record_group *group)
{
    bool valid = group_valid(group) > 0;
    double *values = calloc(group->count + 1, sizeof *values);
    struct figure figure;
    const char *why = NULL;
    size_t count = 0;

    if (values == NULL)
        die("calloc");
    for (size_t i = 0; i < group->count; i++)
        if (cJSON_IsTrue(record_at(group->records[i], "/valid")) == valid)
            count += book_cpu_of(group->records[i], &values[count], &why);
    figure = figure_of_values(values, count);
    figure.why = why;
    free(values);
    return figure;
}

/* --- its seconds ---------------------------------------------------------- */

enum { BOOK_CPU_TIMES = 4, BOOK_CPU_OWN = 2 }; /* then those of Wine */

struct book_cpu_columns {
    struct series series;
    int t, mark, time[BOOK_CPU_TIMES];
    size_t times;
};

static struct book_cpu_columns book_cpu_columns(const cJSON *record)
{
    static const char *const names[BOOK_CPU_TIMES] = {
        "user_us", "kernel_us", "wineserver_user_us", "wineserver_kernel_us"};
    struct book_cpu_columns cpu = {.series = series_of(record, "server")};

    cpu.t = series_column(&cpu.series, "t_s");
    cpu.mark = series_column(&cpu.series, "mark");
    cpu.times = book_cpu_is_wine(record) ? BOOK_CPU_TIMES : BOOK_CPU_OWN;
    for (size_t i = 0; i < cpu.times; i++)
        cpu.time[i] = series_column(&cpu.series, names[i]);
    return cpu;
}

/* Processor time so far, in microseconds; false: a part of it is not known. */
static bool book_cpu_used(const struct book_cpu_columns *cpu, const cJSON *row,
                          double *used)
{
    double part;

    *used = 0;
    for (size_t i = 0; i < cpu->times; i++) {
        if (!series_number(row, cpu->time[i], &part))
            return false;
        *used += part;
    }
    return true;
}

void book_cpu_steps(const cJSON *record,
                    void (*each)(void *context, const struct book_cpu_step *s),
                    void *context)
{
    struct book_cpu_columns cpu = book_cpu_columns(record);
    struct book_cpu_step step = {.from_s = -1};
    const cJSON *row;

    cJSON_ArrayForEach (row, cpu.series.rows) {
        bool begin = series_says(row, cpu.mark, "begin");

        if ((step.from_s < 0 && !begin) ||
            !series_number(row, cpu.t, &step.to_s) ||
            !book_cpu_used(&cpu, row, &step.to_us))
            continue;
        if (!begin && step.to_s - step.from_s < book_cpu_second) {
            if (series_says(row, cpu.mark, "end"))
                return;
            continue;
        }
        step.percent =
            (step.to_us - step.from_us) / (step.to_s - step.from_s) / 1e4;
        if (!begin)
            each(context, &step);
        step.from_s = step.to_s;
        step.from_us = step.to_us;
        if (series_says(row, cpu.mark, "end"))
            return;
    }
}

struct book_cpu_ends {
    double low, high;
};

static void book_cpu_widen(void *context, const struct book_cpu_step *step)
{
    struct book_cpu_ends *ends = context;

    ends->low = step->percent < ends->low ? step->percent : ends->low;
    ends->high = step->percent > ends->high ? step->percent : ends->high;
}

bool book_cpu_range(const struct record_group *group, double *low, double *high)
{
    bool valid = group_valid(group) > 0;
    struct book_cpu_ends ends = {DBL_MAX, -1};

    for (size_t i = 0; i < group->count; i++)
        if (cJSON_IsTrue(record_at(group->records[i], "/valid")) == valid)
            book_cpu_steps(group->records[i], book_cpu_widen, &ends);
    *low = ends.low;
    *high = ends.high;
    return ends.high >= 0;
}

/* Whether any sample of the window tells all of it. */
static bool book_cpu_is_sampled(const cJSON *record)
{
    struct book_cpu_columns cpu = book_cpu_columns(record);
    bool within = false;
    double used;
    const cJSON *row;

    cJSON_ArrayForEach (row, cpu.series.rows) {
        within = within || series_says(row, cpu.mark, "begin");
        if (within && book_cpu_used(&cpu, row, &used))
            return true;
    }
    return false;
}

const char *book_cpu_range_why(const struct record_group *group)
{
    struct figure mean = book_cpu_mean(group);

    if (mean.count == 0 && mean.why != NULL)
        return mean.why;
    for (size_t i = 0; i < group->count; i++)
        if (book_cpu_is_sampled(group->records[i]))
            return "the window was shorter than the second that the CPU is "
                   "taken over";
    return "no sample of the window tells the processor time, Wine's server "
           "included";
}
