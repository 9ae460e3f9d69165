/* The page: a template, and the sections that records fill it with. */
#include "plots/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/number.h"
#include "plots/report_parts.h"
#include "plot_pieces.h"
#include "results/book.h"
#include "results/summary.h"
#include "results/fields.h"
#include "results/table.h"

/* --- tables, numbers, links ---------------------------------------------- */

void report_table(struct text *out, struct table *table)
{
    char *html = table_write(table, TABLE_HTML);

    text_add(out, "%s", html);
    free(html);
}

void report_number(struct text *out, double value)
{
    const double whole = 1000; /* from here on, four digits and more */

    if (fabs(value) < whole)
        text_add(out, "%.4g", value);
    else
        table_number(out, value, 0);
}

/* "/a/b/" from the root, without "." and "..". */
static char *report_path(const char *folder)
{
    char *full = file_full(folder);
    struct text path = {0};

    text_add(&path, "/");
    for (char *name = strtok(full, "/"); name != NULL;
         name = strtok(NULL, "/")) {
        if (strcmp(name, "..") != 0) {
            if (strcmp(name, ".") != 0)
                text_add(&path, "%s/", name);
            continue;
        }
        if (path.length > 1)
            path.length--;
        while (path.data[path.length - 1] != '/')
            path.length--;
        path.data[path.length] = '\0';
    }
    free(full);
    return text_take(&path);
}

char *report_way(const char *page, const char *folder)
{
    char *above = file_join(page, ".."), *from = report_path(above);
    char *to = report_path(folder);
    struct text way = {0};
    size_t same = 0; /* characters of the folders that both are in */
    bool drives;

    for (size_t i = 0; from[i] == to[i] && from[i] != '\0'; i++)
        if (from[i] == '/')
            same = i + 1;
    drives = same == 1 && (strchr(from, ':') != NULL || strchr(to, ':'));
    for (const char *c = from + same; *c != '\0'; c++)
        if (*c == '/')
            text_add(&way, "../");
    text_add(&way, "%s", to + same);
    free(above);
    free(from);
    free(to);
    if (!drives)
        return text_take(&way);
    free(way.data);
    return NULL;
}

char *report_link(const char *page, const char *folder, const char *name)
{
    char *way = report_way(page, folder);
    char *link = way != NULL ? text_make("%s%s", way, name) : NULL;

    free(way);
    return link;
}

/* --- machine and settings ------------------------------------------------ */

/* Adds what one record says of a key, unless an earlier one says the same. */
static void report_fact(cJSON *facts, const cJSON *item)
{
    cJSON *values = cJSON_GetObjectItemCaseSensitive(facts, item->string);
    cJSON *value;
    char *printed = cJSON_IsString(item) ? text_copy(item->valuestring)
                                         : cJSON_PrintUnformatted(item);

    if (values == NULL)
        values = cJSON_AddArrayToObject(facts, item->string);
    cJSON_ArrayForEach (value, values)
        if (strcmp(value->valuestring, printed) == 0)
            break;
    if (value == NULL)
        cJSON_AddItemToArray(values, cJSON_CreateString(printed));
    free(printed);
}

/* The keys of the object at `pointer`, with every value that records have. */
static void report_facts(struct text *out, const struct record_set *set,
                         const char *pointer, const char *caption)
{
    enum { SHOWN = 6 };
    struct table table = {.caption = caption};
    cJSON *facts = cJSON_CreateObject();
    const cJSON *item, *value;

    for (size_t i = 0; i < set->count; i++)
        cJSON_ArrayForEach (item, record_object(set->records[i], pointer))
            if (!cJSON_IsNull(item) && strcmp(item->string, "process") != 0 &&
                strcmp(item->string, "socket") != 0)
                report_fact(facts, item);
    table_column(&table, "what", true);
    table_column(&table, "value", true);
    cJSON_ArrayForEach (item, facts) {
        struct text values = {0};

        if (cJSON_GetArraySize(item) > SHOWN)
            text_add(&values, "differs from run to run: see the records");
        else
            cJSON_ArrayForEach (value, item)
                text_add(&values, "%s%s", values.length > 0 ? "; " : "",
                         value->valuestring);
        table_cell(&table, text_copy(item->string));
        table_cell(&table, text_take(&values));
    }
    report_table(out, &table);
    cJSON_Delete(facts);
}

static void report_machine(struct text *out, const struct record_set *set)
{
    report_facts(out, set, "/machine/server", "The server's machine");
    report_facts(out, set, "/machine/server/process",
                 "The server's process, as it said when it was ready");
    report_facts(out, set, "/machine/server/process/socket",
                 "Options of its sockets, read back");
    report_facts(out, set, "/machine/load", "The load generator's machine");
    report_facts(out, set, "/machine/load/process",
                 "The load generator's process");
}

/* --- runs ---------------------------------------------------------------- */

static const char *report_string(const cJSON *record, const char *pointer)
{
    const char *text = cJSON_GetStringValue(record_at(record, pointer));

    return text != NULL ? text : "n/a";
}

static void report_run_number(struct table *table, const cJSON *record,
                              const char *pointer)
{
    struct text text = {0};
    double value;

    if (record_number(record, pointer, &value))
        report_number(&text, round(value));
    else
        text_add(&text, "n/a");
    table_cell(table, text_take(&text));
}

static void report_run(struct table *table, const cJSON *record,
                       const struct report_options *options)
{
    const char *file = record_file(record);
    double seed;
    char *reasons = NULL;
    bool valid = record_valid(record, &reasons);

    table_cell(table, text_copy(report_string(record, "/asked/model")));
    report_run_number(table, record, "/asked/connections");
    report_run_number(table, record, "/asked/repeat");
    report_run_number(table, record, "/asked/place");
    table_cell(table, text_copy(report_string(record, "/started_at")));
    report_run_number(table, record, "/connections/connected");
    report_run_number(table, record, "/throughput/round_trips_per_s");
    table_cell(table, valid ? text_copy("valid")
                            : text_make("not valid: %s", reasons));
    /* As it is written: seeds are names, not amounts. */
    table_cell(table, record_number(record, "/asked/seed", &seed)
                          ? text_make("%.0f", seed)
                          : text_copy(report_string(record, "/asked/seed")));
    table_link(table, text_copy(file != NULL ? file : "n/a"),
               file != NULL ? report_link(options->page, options->records, file)
                            : NULL);
    free(reasons);
}

static void report_runs(struct text *out, const struct record_set *set,
                        const struct report_options *options)
{
    struct table table = {.caption = "Every run, its validity and its record"};

    table_column(&table, "model", true);
    table_column(&table, "connections", false);
    table_column(&table, "repeat", false);
    table_column(&table, "place in the order", false);
    table_column(&table, "started (UTC)", true);
    table_column(&table, "connected", false);
    table_column(&table, "round trips/s", false);
    table_column(&table, "validity", true);
    table_column(&table, "seed", false);
    table_column(&table, "record", true);
    for (size_t i = 0; i < set->count; i++)
        report_run(&table, set->records[i], options);
    report_table(out, &table);
}

/* --- the page ------------------------------------------------------------ */

static void report_summary(struct text *out, const struct record_set *set)
{
    const char *first = report_string(set->records[0], "/started_at");
    const char *last = first;
    char *machines = records_machines(set), *wine = records_wine(set);
    size_t valid = 0;

    for (size_t i = 0; i < set->count; i++) {
        const char *at = report_string(set->records[i], "/started_at");

        first = strcmp(at, first) < 0 ? at : first;
        last = strcmp(at, last) > 0 ? at : last;
    }
    for (size_t i = 0; i < set->group_count; i++)
        valid += group_valid(&set->groups[i]);
    if (wine != NULL) {
        text_add(out, "<p class=\"wine\"><strong>Wine, not Windows.</strong> "
                      "The figures were ");
        html_text(out, wine);
        text_add(out, ".</p>\n");
    }
    text_add(out, "<p>%lu runs, %lu of them valid, from ",
             (unsigned long)set->count, (unsigned long)valid);
    html_text(out, first);
    text_add(out, " to ");
    html_text(out, last);
    text_add(out, " on ");
    html_text(out, machines[0] != '\0' ? machines : "an unknown machine");
    text_add(out, ".</p>\n");
    free(machines);
    free(wine);
}

static void report_models(struct text *out, const struct record_set *set)
{
    char *table =
        book_is(set) ? book_make(set, TABLE_HTML) : table_make(set, TABLE_HTML);

    text_add(out, "%s", table);
    free(table);
}

/* What stands for {{name}} in report.html. */
static bool report_fill(struct text *out, const char *name,
                        const struct record_set *set,
                        const struct report_options *options)
{
    char *wine = records_wine(set);
    bool good = true;

    if (strcmp(name, "version") == 0)
        html_text(out, options->version);
    else if (strcmp(name, "title") == 0)
        text_add(out, "%lu runs%s", (unsigned long)set->count,
                 wine != NULL ? " under Wine" : "");
    else if (strcmp(name, "css") == 0)
        text_add(out, "%s", report_css);
    else if (strcmp(name, "summary") == 0)
        report_summary(out, set);
    else if (strcmp(name, "table") == 0)
        report_models(out, set);
    else if (strcmp(name, "charts") == 0)
        good = report_charts(out, set, options);
    else if (strcmp(name, "columns") == 0)
        text_add(out, "%s",
                 book_is(set) ? report_columns_book : report_columns);
    else if (strcmp(name, "settings") == 0)
        report_facts(out, set, "/asked",
                     "What was requested (what is not here: the program's "
                     "default)");
    else if (strcmp(name, "machine") == 0)
        report_machine(out, set);
    else if (strcmp(name, "runs") == 0)
        report_runs(out, set, options);
    free(wine);
    return good;
}

char *report_make(const struct record_set *set,
                  const struct report_options *options)
{
    const char *at = report_html, *open = strstr(at, "{{");
    struct text page = {0};
    bool good = true;

    while (open != NULL && good) {
        size_t length = strcspn(open + 2, "}");
        struct text name = {0};

        text_add_bytes(&page, at, (size_t)(open - at));
        text_add_bytes(&name, open + 2, length);
        good = report_fill(&page, name.data, set, options);
        free(name.data);
        at = open + 2 + length + 2;
        open = strstr(at, "{{");
    }
    text_add(&page, "%s", at);
    if (good)
        return text_take(&page);
    free(page.data);
    return NULL;
}
