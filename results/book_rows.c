#include "results/book_parts.h"

#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "model_list.h"
#include "results/record.h"
#include "results/refused.h"

/* A quick run has a tenth of the book's tiers. */
static const double book_rows_scale = 10;
/* The book's tiers of the last kind, one of ours. */
static const double book_rows_last_low = 46000, book_rows_last = 50000;

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
               ? book_cpu_mean(row->group)
               : figure_of(row->group, of[column].pointer, of[column].scale);
}
