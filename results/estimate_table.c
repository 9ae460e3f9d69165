/* An estimate as tables. */
#include <stdlib.h>
#include <string.h>

#include "common/json_lines.h"
#include "results/estimate.h"
#include "results/fields.h"

#define MIB (1.0 / (1024 * 1024))
#define GIB (MIB / 1024)

enum { ESTIMATE_COLUMNS = 80, ESTIMATE_SERVER = 3, ESTIMATE_LIMITS = 5 };

struct estimate_column {
    const char *name, *heading;
    double scale;
    int decimals;
};

/* Those of the server and the load generator are for each number of
 * connections. */
static const struct estimate_table {
    const char *title, *of; /* where a row has its figures */
    struct estimate_column columns[7];
} estimate_tables[] = {
    {"Whatever the model (computed)",
     "",
     {{"connections", "connections", 1, 0},
      {"messages_per_s", "messages/s", 1, 0},
      {"bits_per_s_each_way", "payload each\nway, Mbit/s", 1e-6, 1},
      {"source_addresses", "source\naddresses", 1, 0},
      {"load_open_files", "open files,\nload", 1, 0},
      {"wineserver_open_files", "open files,\nwineserver", 1, 0}}},
    {"A connection (fitted)",
     "/costs",
     {{"server_memory_bytes", "server's\nmemory, bytes", 1, 0},
      {"nonpaged_pool_bytes", "non-paged\npool, bytes", 1, 0},
      {"threads", "server's\nthreads", 1, 3},
      {"load_memory_bytes", "load generator's\nmemory, bytes", 1, 0}}},
    {"CPU time of a message, us (measured)",
     "/costs",
     {{"server_cpu_us", "server", 1, 1},
      {"wineserver_cpu_us", "wineserver", 1, 1},
      {"load_cpu_us", "load generator", 1, 1}}},
    {"Server",
     "/at",
     {{"server_memory_bytes", "memory\nGiB", GIB, 2},
      {"nonpaged_pool_bytes", "non-paged\npool GiB", GIB, 2},
      {"threads", "threads", 1, 0},
      {"server_processors", "processors", 1, 2},
      {"wineserver_processors", "wineserver's\nprocessors", 1, 2}}},
    {"Load generator",
     "/at",
     {{"load_memory_bytes", "memory\nMiB", MIB, 0},
      {"load_processors", "processors", 1, 2},
      {"load_machines", "machines", 1, 0},
      {"connect_s", "seconds to\nconnect", 1, 0}}},
    {"Connections at which each limit of the measured machines is reached",
     "/limits",
     {{"first", "first", 1, 0},
      {"memory", "memory", 1, 0},
      {"server CPU", "server\nCPU", 1, 0},
      {"wineserver CPU", "wineserver\nCPU", 1, 0},
      {"load CPU", "load\nCPU", 1, 0}}},
};

/* A text, or a figure and its interval. */
static void estimate_cell(struct table *table, const cJSON *at,
                          const struct estimate_column *column)
{
    const cJSON *figure = cJSON_GetObjectItem(at, column->name);
    double value, low, high;
    struct text cell = {0};

    if (cJSON_IsString(figure)) {
        text_add(&cell, "%s", figure->valuestring);
    } else if (record_number(figure, "/value", &value)) {
        table_number(&cell, value * column->scale, column->decimals);
        if (record_number(figure, "/low", &low) &&
            record_number(figure, "/high", &high)) {
            text_add(&cell, "\n");
            table_interval(&cell, low * column->scale, high * column->scale,
                           column->decimals);
        }
    } else {
        text_add(&cell, TABLE_UNKNOWN);
    }
    table_cell(table, text_take(&cell));
}

/* A heading and a table; `n` of the numbers of connections, or all of them. A
 * column of which no row knows anything is left out: Windows has no wineserver,
 * Wine no non-paged pool. */
static void estimate_table(struct text *out, enum table_format format,
                           const struct estimate_table *of, const cJSON *whole,
                           const char *n, size_t place)
{
    struct table table = {.width = ESTIMATE_COLUMNS};
    const bool models = of != estimate_tables;
    const cJSON *row, *rows = record_at(whole, models ? "/models" : "/needs");
    char *at =
        n != NULL ? text_make("%s/%zu", of->of, place) : text_copy(of->of);
    char *text;

    text_add(out, "\n%s%s", format == TABLE_MARKDOWN ? "## " : "", of->title);
    if (n != NULL)
        text_add(out, " of %s connections", n);
    text_add(out, "\n\n");
    if (models)
        table_column(&table, "model", true);
    for (const struct estimate_column *c = of->columns; c->name != NULL; c++)
        table_column(&table, c->heading, strcmp(c->name, "first") == 0);
    cJSON_ArrayForEach (row, rows) {
        const char *setting = record_text(row, "/setting");

        if (models)
            table_cell(&table,
                       text_make("%s%s%s", record_text(row, "/model"),
                                 setting[0] != '\0' ? " " : "", setting));
        for (const struct estimate_column *c = of->columns; c->name != NULL;
             c++)
            estimate_cell(&table, record_at(row, at), c);
    }
    for (size_t c = table.columns; c-- > 0;)
        if (!table_knows(&table, c))
            table_drop(&table, c);
    text = table_write(&table, format);
    text_add(out, "%s", text);
    free(text);
    free(at);
}

static void estimate_words(struct text *out, enum table_format format,
                           const struct estimate *of, const cJSON *notes)
{
    const bool markdown = format == TABLE_MARKDOWN;
    const cJSON *note;

    text_add(out, "%sWhat more connections need, by the costs measured\n",
             markdown ? "# " : "");
    if (markdown)
        text_add(out, "\nMade by `%s`.\n", of->command);
    cJSON_ArrayForEach (note, notes) {
        text_add(out, "\n");
        if (markdown)
            markdown_text(out, note->valuestring, false);
        else
            text_wrap(out, note->valuestring, ESTIMATE_COLUMNS, 0, 0);
        text_add(out, markdown ? "\n" : "");
    }
}

static void estimate_all(struct text *out, enum table_format format,
                         const struct estimate *of, const cJSON *whole)
{
    for (size_t t = 0; t < ESTIMATE_SERVER; t++)
        estimate_table(out, format, &estimate_tables[t], whole, NULL, 0);
    for (size_t i = 0; i < of->count; i++)
        for (size_t t = ESTIMATE_SERVER; t < ESTIMATE_LIMITS; t++)
            estimate_table(out, format, &estimate_tables[t], whole,
                           NUMBER_SHOWN(of->connections[i]), i);
    estimate_table(out, format, &estimate_tables[ESTIMATE_LIMITS], whole, NULL,
                   0);
}

char *estimate_show(const struct record_set *set, const struct estimate *of,
                    enum table_format format)
{
    cJSON *whole = estimate_make(set, of);
    struct text out = {0};

    if (format == TABLE_JSON) {
        char *json = json_print(whole);

        text_add(&out, "%s", json);
        free(json);
    } else {
        estimate_words(&out, format, of, record_at(whole, "/notes"));
        estimate_all(&out, format, of, whole);
    }
    cJSON_Delete(whole);
    return text_take(&out);
}
