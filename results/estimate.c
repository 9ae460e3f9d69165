#include "results/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/json_lines.h"
#include "results/fields.h"
#include "results/skipped.h"
#include "results/stats.h"
#include "results/summary.h"

#define UNKNOWN ((double)NAN)

/* A model's groups with one setting, which differ in their connections. */
struct tiers {
    const struct record_group *group;
    size_t count;
    const cJSON *record; /* with the most connections */
    double most;
};

/* What a connection takes, or a message (then `total` is processors). */
static const struct estimate_row {
    const char *cost, *total, *pointer;
    const char *machine, *limit; /* what it can use up, or NULL */
} estimate_rows[] = {
    {"server_memory_bytes", NULL, "/memory/loaded/working_set_bytes",
     "/machine/server", "memory"},
    {"nonpaged_pool_bytes", NULL, "/pool/system_nonpaged/change_bytes", NULL,
     NULL},
    {"load_memory_bytes", NULL, "/memory/load/working_set_bytes", NULL, NULL},
    {"threads", NULL, "/threads/end", NULL, NULL},
    {"server_cpu_us", "server_processors", "/cpu/per_round_trip_us/server",
     "/machine/server", "server CPU"},
    {"wineserver_cpu_us", "wineserver_processors",
     "/cpu/per_round_trip_us/wineserver", "", "wineserver CPU"},
    {"load_cpu_us", "load_processors", "/cpu/per_round_trip_us/load",
     "/machine/load", "load CPU"},
};
enum { ESTIMATE_ROWS = sizeof estimate_rows / sizeof *estimate_rows };

struct cost {
    struct line line; /* of a connection */
    double value, low, high;
};

static cJSON *estimate_add(cJSON *to, const char *name, double value,
                           double low, double high, const char *how)
{
    cJSON *figure;

    if (!isfinite(value)) {
        cJSON_AddNullToObject(to, name);
        return NULL;
    }
    figure = cJSON_AddObjectToObject(to, name);
    cJSON_AddNumberToObject(figure, "value", value);
    json_add_known(figure, "low", isfinite(low), low);
    json_add_known(figure, "high", isfinite(high), high);
    cJSON_AddStringToObject(figure, "how", how);
    return figure;
}

/* --- costs --------------------------------------------------------------- */

/* The slope of the line through the valid runs of all tiers. */
static void estimate_line(const struct tiers *tiers, const char *pointer,
                          struct cost *cost)
{
    size_t runs = 0, count = 0;
    double *at, half;

    for (size_t i = 0; i < tiers->count; i++)
        runs += tiers->group[i].count;
    at = calloc_or_die(2 * runs, sizeof *at);
    for (size_t i = 0; i < tiers->count; i++)
        for (size_t k = 0; k < tiers->group[i].count; k++) {
            const cJSON *record = tiers->group[i].records[k];

            count +=
                record_is_valid(record) &&
                record_number(record, "/connections/connected", &at[count]) &&
                record_number(record, pointer, &at[runs + count]);
        }
    if (line_fit(at, at + runs, count, &cost->line)) {
        half = line_half_slope(&cost->line);
        cost->value = cost->line.slope;
        cost->low = cost->value - half;
        cost->high = cost->value + half;
    }
    free(at);
}

static struct cost estimate_cost(const struct tiers *tiers,
                                 const struct estimate_row *row)
{
    struct cost cost = {{0}, UNKNOWN, UNKNOWN, UNKNOWN};

    if (row->total == NULL)
        estimate_line(tiers, row->pointer, &cost);
    for (size_t i = 0; i < tiers->count && row->total != NULL; i++) {
        const struct summary us =
            summary_of_runs(&tiers->group[i], true, row->pointer, 1);

        if (us.count == 0)
            continue;
        cost.value = us.median;
        cost.low = fmin(cost.low, us.median); /* of a NAN and another: that */
        cost.high = fmax(cost.high, us.median);
    }
    return cost;
}

static void estimate_total(cJSON *at, const struct tiers *tiers,
                           const struct estimate_row *row,
                           const struct cost *cost, double n, double every_s)
{
    const double s = n / every_s / 1e6;
    const double value = cost->line.at_zero + n * cost->value;
    double half;

    if (row->total != NULL) {
        estimate_add(at, row->total, s * cost->value, s * cost->low,
                     s * cost->high, "computed");
        return;
    }
    half = cost->line.count > 2 ? line_half_at(&cost->line, n) : UNKNOWN;
    estimate_add(at, row->cost, value,
                 isnan(half) ? half : fmax(value - half, 0), value + half,
                 n > tiers->most ? "extrapolated" : "interpolated");
}

/* --- limits of the measured machines -------------------------------------- */

/* The processors of a machine; wineserver, without a machine, uses one. */
static double estimate_processors(const cJSON *record, const char *machine)
{
    const cJSON *of = record_at(record, machine);

    if (machine[0] == '\0')
        return 1;
    return record_number_or(of, "/usable_processors",
                            record_number_or(of, "/cores", UNKNOWN));
}

/* The connections that use up what the row takes. */
static double estimate_reached(const struct estimate_row *row,
                               const struct cost *cost, const cJSON *record,
                               double every_s)
{
    if (row->total != NULL)
        return estimate_processors(record, row->machine) * every_s * 1e6 /
               cost->value;
    return (record_number_or(record, "/machine/server/memory_bytes", UNKNOWN) -
            cost->line.at_zero) /
           cost->value;
}

static void estimate_limit(cJSON *limits, const char *name, double reached,
                           double *lowest)
{
    const bool first = reached > 0 && reached < *lowest;

    /* Without a limit where the line does not rise. */
    estimate_add(limits, name, reached > 0 ? floor(reached) : UNKNOWN, UNKNOWN,
                 UNKNOWN, "computed");
    if (!first)
        return;
    *lowest = reached;
    cJSON_DeleteItemFromObject(limits, "first");
    cJSON_AddStringToObject(limits, "first", name);
}

/* --- all ----------------------------------------------------------------- */

static void estimate_model(cJSON *models, const struct tiers *tiers,
                           const struct estimate *of)
{
    const cJSON *record = tiers->record;
    cJSON *model = cJSON_CreateObject(), *at, *one;
    cJSON *costs = cJSON_AddObjectToObject(model, "costs");
    cJSON *limits = cJSON_AddObjectToObject(model, "limits");
    double lowest = (double)INFINITY;

    cJSON_AddItemToArray(models, model);
    cJSON_AddStringToObject(model, "model", tiers->group->model);
    cJSON_AddStringToObject(model, "setting", tiers->group->label);
    at = cJSON_AddArrayToObject(model, "at");
    for (size_t i = 0; i < of->count; i++)
        cJSON_AddItemToArray(at, cJSON_CreateObject());
    for (const struct estimate_row *row = estimate_rows;
         row < estimate_rows + ESTIMATE_ROWS; row++) {
        const struct cost cost = estimate_cost(tiers, row);
        cJSON *figure =
            estimate_add(costs, row->cost, cost.value, cost.low, cost.high,
                         row->total != NULL ? "measured" : "fitted");

        if (row->total == NULL && figure != NULL) {
            cJSON_AddNumberToObject(figure, "r_squared", cost.line.r_squared);
            cJSON_AddNumberToObject(figure, "runs", (double)cost.line.count);
        }
        for (size_t i = 0; i < of->count; i++)
            estimate_total(cJSON_GetArrayItem(at, (int)i), tiers, row, &cost,
                           of->connections[i], of->every_s);
        if (row->limit != NULL)
            estimate_limit(limits, row->limit,
                           estimate_reached(row, &cost, record, of->every_s),
                           &lowest);
    }
    for (size_t i = 0; i < of->count; i++) {
        one = cJSON_GetArrayItem(at, (int)i);
        estimate_add(
            one, "load_machines",
            ceil(record_number_or(one, "/load_processors/value", UNKNOWN) /
                 estimate_processors(record, "/machine/load")),
            UNKNOWN, UNKNOWN, "computed");
        estimate_add(one, "connect_s",
                     of->connections[i] / record_number_or(record,
                                                           "/connections/per_s",
                                                           UNKNOWN),
                     UNKNOWN, UNKNOWN, "extrapolated");
    }
}

/* What no model changes. */
static void estimate_needs(cJSON *needs, const cJSON *record,
                           const struct estimate *of)
{
    const double bytes =
        of->message_bytes > 0
            ? of->message_bytes
            : record_number_or(record, "/asked/message_bytes", UNKNOWN);
    const double ports =
        record_number_or(record, "/machine/load/dynamic_ports/1", UNKNOWN);
    const bool wine =
        strcmp(record_text(record, "/machine/server/os"), "Wine") == 0;

    for (size_t i = 0; i < of->count; i++) {
        const double n = of->connections[i], rate = n / of->every_s;
        const struct {
            const char *name;
            double value;
        } all[] = {{"connections", n},
                   {"messages_per_s", rate},
                   {"bits_per_s_each_way", 8 * bytes * rate},
                   {"source_addresses", ceil(n / ports)},
                   {"load_open_files", n + NEED_LOAD_FILES},
                   {"wineserver_open_files",
                    wine ? n + NEED_WINESERVER_FILES : UNKNOWN}};
        cJSON *one = cJSON_CreateObject();

        cJSON_AddItemToArray(needs, one);
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            estimate_add(one, all[k].name, all[k].value, UNKNOWN, UNKNOWN,
                         "computed");
    }
}

/* How each figure is known. */
static void estimate_notes(cJSON *notes, const struct record_set *set,
                           const struct estimate *of)
{
    static const char *const words[] = {
        "Fitted: memory and threads of a connection, by the line through all "
        "valid runs. Extrapolated: the same line beyond the measured "
        "connections; low..high is its 95 % interval there, which holds if "
        "further connections cost what the measured ones did.",
        "Computed: processors, as messages a second times the CPU time of a "
        "message with the most connections measured; low..high is the range "
        "of all numbers of connections.",
        "That CPU time is of the records' load: flat out, unless they have a "
        "rate, a wake-up finds many messages. At a low rate each message wakes "
        "a thread by itself, and a model that looks at all connections in each "
        "round (nonblocking, select, poll) takes longer the more of them rest: "
        "what is computed is the least. A model with one I/O thread has one "
        "processor.",
        "Memory is the working set of each program, without what the kernel "
        "keeps for a socket at each end. Limits of open files and threads are "
        "in no record: iomodels limits tells them. More than 100,000 "
        "connections need the server's option --max-connections.",
    };
    char *machine = records_machines(set), *wine = records_wine(set);
    double least = (double)INFINITY, most = 0;

    for (size_t i = 0; i < set->group_count; i++) {
        least = fmin(least, set->groups[i].connections);
        most = fmax(most, set->groups[i].connections);
    }
    json_add_text(notes,
                  text_make("A message on each connection every %.6g s, by "
                            "%zu runs with %.0f to %.0f connections. %s",
                            of->every_s, set->count, least, most, machine));
    if (wine != NULL)
        json_add_text(notes, wine);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        json_add_text(notes, text_copy(words[i]));
    free(machine);
}

cJSON *estimate_make(const struct record_set *set, const struct estimate *of)
{
    cJSON *whole = cJSON_CreateObject(), *models;

    cJSON_AddStringToObject(whole, "schema", "iomodels/estimate");
    cJSON_AddNumberToObject(whole, "schema_version", 1);
    estimate_notes(cJSON_AddArrayToObject(whole, "notes"), set, of);
    estimate_needs(cJSON_AddArrayToObject(whole, "needs"), set->records[0], of);
    models = cJSON_AddArrayToObject(whole, "models");
    for (size_t i = 0, end; i < set->group_count; i = end) {
        end = records_line_end(set, i);
        const struct record_group *last = &set->groups[end - 1];
        const struct tiers tiers = {&set->groups[i], end - i, last->records[0],
                                    last->connections};

        estimate_model(models, &tiers, of);
    }
    return whole;
}
