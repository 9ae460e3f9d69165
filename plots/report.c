/* The page: a template, and the sections that records fill it with. */
#include "plots/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/number.h"
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

char *report_link(const char *page, const char *folder, const char *name)
{
    char *above = file_join(page, ".."), *from = report_path(above);
    char *to = report_path(folder);
    struct text link = {0};
    size_t same = 0; /* characters of the folders that both are in */
    for (size_t i = 0; from[i] == to[i] && from[i] != '\0'; i++)
        if (from[i] == '/')
            same = i + 1;
    bool drives = same == 1 && (strchr(from, ':') != NULL || strchr(to, ':'));
    for (const char *c = from + same; *c != '\0'; c++)
        if (*c == '/')
            text_add(&link, "../");
    text_add(&link, "%s%s", to + same, name);
    free(above);
    free(from);
    free(to);
    if (!drives)
        return text_take(&link);
    free(link.data);
    return NULL;
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
    static const char *const parts[][2] = {
        {"/machine/server", "The server's machine"},
        {"/machine/server/process",
         "The server's process, as it said when it was ready"},
        {"/machine/server/process/socket", "Options of its sockets, read back"},
        {"/machine/load", "The load generator's machine"},
        {"/machine/load/process", "The load generator's process"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        report_facts(out, set, parts[i][0], parts[i][1]);
}

/* --- runs ---------------------------------------------------------------- */

enum report_kind { REPORT_TEXT, REPORT_NUMBER, REPORT_NAME, REPORT_VALID };

static const struct report_column {
    const char *heading, *pointer;
    enum report_kind kind;
} report_columns_of_runs[] = {
    {"model", "/asked/model", REPORT_TEXT},
    {"connections", "/asked/connections", REPORT_NUMBER},
    {"repeat", "/asked/repeat", REPORT_NUMBER},
    {"place in the order", "/asked/place", REPORT_NUMBER},
    {"started (UTC)", "/started_at", REPORT_TEXT},
    {"connected", "/connections/connected", REPORT_NUMBER},
    {"round trips/s", "/throughput/round_trips_per_s", REPORT_NUMBER},
    {"validity", NULL, REPORT_VALID},
    {"seed", "/asked/seed", REPORT_NAME},
};

enum {
    REPORT_COLUMNS =
        sizeof report_columns_of_runs / sizeof *report_columns_of_runs
};

static const char *report_string(const cJSON *record, const char *pointer)
{
    const char *text = cJSON_GetStringValue(record_at(record, pointer));
    return text != NULL ? text : "n/a";
}

static char *report_run_cell(const struct report_column *column,
                             const cJSON *record)
{
    struct text text = {0};
    char *reasons = NULL;
    double value;
    if (column->kind == REPORT_VALID) {
        if (record_valid(record, &reasons))
            text_add(&text, "valid");
        else
            text_add(&text, "not valid: %s", reasons);
        free(reasons);
    } else if (column->kind == REPORT_TEXT ||
               !record_number(record, column->pointer, &value)) {
        text_add(&text, "%s", report_string(record, column->pointer));
    } else if (column->kind == REPORT_NUMBER) {
        report_number(&text, round(value));
    } else { /* seeds are names, not amounts */
        text_add(&text, "%.0f", value);
    }
    return text_take(&text);
}

static void report_runs(struct text *out, const struct record_set *set,
                        const struct report_options *options)
{
    struct table table = {.caption = "Every run, its validity and its record"};
    for (size_t c = 0; c < REPORT_COLUMNS; c++)
        table_column(&table, report_columns_of_runs[c].heading,
                     report_columns_of_runs[c].kind == REPORT_TEXT ||
                         report_columns_of_runs[c].kind == REPORT_VALID);
    table_column(&table, "record", true);
    for (size_t i = 0; i < set->count; i++) {
        const char *file = record_file(set->records[i]);
        for (size_t c = 0; c < REPORT_COLUMNS; c++)
            table_cell(&table, report_run_cell(&report_columns_of_runs[c],
                                               set->records[i]));
        table_link(&table, text_copy(file != NULL ? file : "n/a"),
                   file != NULL
                       ? report_link(options->page, options->records, file)
                       : NULL);
    }
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
    text_add(out, "<p>%zu runs, %zu of them valid, from ", set->count, valid);
    html_text(out, first);
    text_add(out, " to ");
    html_text(out, last);
    text_add(out, " on ");
    html_text(out, machines[0] != '\0' ? machines : "an unknown machine");
    text_add(out, ".</p>\n");
    free(machines);
    free(wine);
}

/* What stands for {{name}} in report.html. */
static bool report_fill(struct text *out, const char *name,
                        const struct record_set *set,
                        const struct report_options *options)
{
    bool book = book_is(set);
    if (strcmp(name, "version") == 0) {
        html_text(out, options->version);
    } else if (strcmp(name, "title") == 0) {
        char *wine = records_wine(set);
        text_add(out, "%zu runs%s", set->count,
                 wine != NULL ? " under Wine" : "");
        free(wine);
    } else if (strcmp(name, "css") == 0) {
        text_add(out, "%s", report_css);
    } else if (strcmp(name, "summary") == 0) {
        report_summary(out, set);
    } else if (strcmp(name, "table") == 0) {
        char *table =
            book ? book_make(set, TABLE_HTML) : table_make(set, TABLE_HTML);
        text_add(out, "%s", table);
        free(table);
    } else if (strcmp(name, "charts") == 0) {
        return report_charts(out, set, options);
    } else if (strcmp(name, "columns") == 0) {
        text_add(out, "%s", book ? report_columns_book : report_columns);
    } else if (strcmp(name, "settings") == 0) {
        report_facts(out, set, "/asked",
                     "What was requested (what is not here: the program's "
                     "default)");
    } else if (strcmp(name, "machine") == 0) {
        report_machine(out, set);
    } else if (strcmp(name, "runs") == 0) {
        report_runs(out, set, options);
    }
    return true;
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
