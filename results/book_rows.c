#include "results/book_parts.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "model_list.h"
#include "results/record.h"
#include "results/refused.h"
#include "results/series.h"

/* A quick run has a tenth of the book's tiers. */
static const double book_rows_scale = 10;
/* The book's tiers of the last kind, one of ours. */
static const double book_rows_last_low = 46000, book_rows_last = 50000;
/* A performance monitor's step, in seconds; samples come a little early. */
static const double book_rows_step = 0.98;

bool book_is(const struct record_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const char *command =
            cJSON_GetStringValue(record_at(set->records[i], "/suite/command"));

        if (command != NULL && strcmp(command, "book") == 0)
            return true;
    }
    return false;
}

/* --- the rows ------------------------------------------------------------ */

static size_t book_rows_place(const char *model)
{
#define MODEL(name) #name,
    static const char *const order[] = {MODELS NULL};
#undef MODEL
    size_t at = 0;

    while (order[at] != NULL && strcmp(order[at], model) != 0)
        at++;
    return at;
}

static int book_rows_order(const void *a, const void *b)
{
    const struct book_row *x = a, *y = b;
    size_t place_x = book_rows_place(x->model);
    size_t place_y = book_rows_place(y->model);
    int order = (place_x > place_y) - (place_x < place_y);

    if (order == 0)
        order = strcmp(x->model, y->model);
    if (order == 0)
        order = (x->tier > y->tier) - (x->tier < y->tier);
    if (order == 0 && x->group != NULL && y->group != NULL)
        order = strcmp(x->group->setting, y->group->setting);
    return order;
}

bool book_same_tier(double printed, double ours)
{
    return printed == ours ||
           (ours == book_rows_last && printed >= book_rows_last_low &&
            printed <= book_rows_last);
}

static const struct book_printed *
book_rows_find(const struct book_reference *reference, const char *model,
               double tier)
{
    for (size_t i = 0; i < reference->count; i++)
        if (strcmp(reference->row[i].model, model) == 0 &&
            book_same_tier(reference->row[i].attempted, tier))
            return &reference->row[i];
    return NULL;
}

static void book_rows_add(struct book *book, const char *model, double tier,
                          const struct record_group *group)
{
    struct book_row *row;

    book->row = realloc(book->row, (book->count + 1) * sizeof *book->row);
    if (book->row == NULL)
        die("realloc");
    row = &book->row[book->count++];
    *row = (struct book_row){model, tier, group, NULL};
}

static bool book_rows_has(const struct book *book, const char *model,
                          double tier)
{
    for (size_t i = 0; i < book->count; i++)
        if (strcmp(book->row[i].model, model) == 0 && book->row[i].tier == tier)
            return true;
    return false;
}

static void book_rows_refuse(struct book *book, const char *model, double tier)
{
    if (!book_rows_has(book, model, tier))
        book_rows_add(book, model, tier, NULL);
}

/* A tier that was refused to all is a row of each model that has others. */
static void book_rows_refused(struct book *book)
{
    const cJSON *refused = book->set->refused;
    struct refusal refusal;

    for (size_t i = 0; i < refused_count(refused); i++) {
        if (!refused_get(refused, i, &refusal))
            continue;
        if (refusal.model != NULL)
            book_rows_refuse(book, refusal.model, refusal.connections);
        for (size_t g = 0; g < book->set->group_count && refusal.model == NULL;
             g++)
            book_rows_refuse(book, book->set->groups[g].model,
                             refusal.connections);
    }
}

static size_t book_rows_match(struct book *book, double scale)
{
    size_t found = 0;

    for (size_t i = 0; i < book->count; i++) {
        struct book_row *row = &book->row[i];

        row->printed =
            book_rows_find(&book->reference, row->model, row->tier * scale);
        found += row->printed != NULL;
    }
    return found;
}

void book_open(struct book *book, const struct record_set *set)
{
    memset(book, 0, sizeof *book);
    book->set = set;
    book_reference(&book->reference);
    for (size_t i = 0; i < set->group_count; i++)
        book_rows_add(book, set->groups[i].model, set->groups[i].connections,
                      &set->groups[i]);
    book_rows_refused(book);
    qsort(book->row, book->count, sizeof *book->row, book_rows_order);
    book->scale = 1;
    if (book_rows_match(book, 1) == 0 &&
        book_rows_match(book, book_rows_scale) > 0)
        book->scale = book_rows_scale;
}

void book_close(struct book *book)
{
    cJSON_Delete(book->reference.json);
    free(book->row);
}

/* --- the figures --------------------------------------------------------- */

/* Wine's server does a part of the models' work. */
static struct figure book_rows_cpu(const struct record_group *group)
{
    struct figure cpu = figure_of(group, "/cpu/server/cores_percent", 1);
    struct figure wine = figure_of(group, "/cpu/wineserver/cores_percent", 1);

    if (cpu.count > 0 && wine.count > 0) {
        cpu.median += wine.median;
        cpu.low += wine.low;
        cpu.high += wine.high;
    }
    return cpu;
}

struct figure book_figure(const struct book_row *row, enum book_column column)
{
    static const struct {
        const char *pointer;
        double scale;
    } of[BOOK_COLUMNS] = {
        [BOOK_CONNECTED] = {"/connections/connected", 1},
        [BOOK_MEMORY] = {"/memory/loaded/working_set_bytes", 1.0 / 1024},
        [BOOK_POOL] = {"/pool/system_nonpaged/end_bytes", 1.0 / 1024},
        [BOOK_THREADS] = {"/threads/max", 1},
        [BOOK_SEND] = {"/throughput/server/send_bytes_per_s", 1},
        [BOOK_RECEIVE] = {"/throughput/server/recv_bytes_per_s", 1},
    };

    return column == BOOK_CPU
               ? book_rows_cpu(row->group)
               : figure_of(row->group, of[column].pointer, of[column].scale);
}

struct book_rows_cpu {
    struct series series;
    int t, mark, time[4];
};

static struct book_rows_cpu book_rows_columns(const cJSON *record)
{
    static const char *const names[] = {
        "user_us", "kernel_us", "wineserver_user_us", "wineserver_kernel_us"};
    struct book_rows_cpu cpu = {.series = series_of(record, "server")};

    cpu.t = series_column(&cpu.series, "t_s");
    cpu.mark = series_column(&cpu.series, "mark");
    for (size_t i = 0; i < 4; i++)
        cpu.time[i] = series_column(&cpu.series, names[i]);
    return cpu;
}

/* Processor time so far, in microseconds. */
static bool book_rows_used(const struct book_rows_cpu *cpu, const cJSON *row,
                           double *used)
{
    double part;

    *used = 0;
    for (size_t i = 0; i < 4; i++)
        if (series_number(row, cpu->time[i], &part))
            *used += part;
        else if (i < 2)
            return false;
    return true;
}

void book_cpu_steps(const cJSON *record,
                    void (*each)(void *context, const struct book_cpu_step *s),
                    void *context)
{
    struct book_rows_cpu cpu = book_rows_columns(record);
    struct book_cpu_step step = {.from_s = -1};
    const cJSON *row;

    cJSON_ArrayForEach (row, cpu.series.rows) {
        bool begin = series_says(row, cpu.mark, "begin");

        if ((step.from_s < 0 && !begin) ||
            !series_number(row, cpu.t, &step.to_s) ||
            !book_rows_used(&cpu, row, &step.to_us))
            continue;
        if (!begin && step.to_s - step.from_s < book_rows_step) {
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

struct book_rows_range {
    double low, high;
};

static void book_rows_widen(void *context, const struct book_cpu_step *step)
{
    struct book_rows_range *range = context;

    range->low = step->percent < range->low ? step->percent : range->low;
    range->high = step->percent > range->high ? step->percent : range->high;
}

bool book_cpu_range(const struct record_group *group, double *low, double *high)
{
    bool valid = group_valid(group) > 0;
    struct book_rows_range range = {DBL_MAX, -1};

    for (size_t i = 0; i < group->count; i++)
        if (cJSON_IsTrue(record_at(group->records[i], "/valid")) == valid)
            book_cpu_steps(group->records[i], book_rows_widen, &range);
    *low = range.low;
    *high = range.high;
    return range.high >= 0;
}
