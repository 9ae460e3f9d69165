/* The page: a template, and the sections that records fill it with. */
#include "plots/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/fs.h"
#include "common/number.h"
#include "plots/report_parts.h"
#include "plot_pieces.h"
#include "results/book.h"
#include "results/figure.h"
#include "results/html.h"
#include "results/record.h"
#include "results/table.h"

/* --- tables, numbers, links ---------------------------------------------- */

void report_table(struct text *out, const char *class, const char *caption)
{
    text_add(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
                  "aria-label=\"");
    html_text(out, caption);
    text_add(out, "\">\n<table class=\"%s\">\n<caption>", class);
    html_text(out, caption);
    text_add(out, "</caption>\n<thead><tr>");
}

void report_column(struct text *out, const char *heading, bool words)
{
    text_add(out, "<th scope=\"col\"%s>%s</th>",
             words ? " class=\"words\"" : "", heading);
}

void report_rows(struct text *out)
{
    text_add(out, "</tr></thead>\n<tbody>\n");
}

void report_table_end(struct text *out)
{
    text_add(out, "</tbody>\n</table>\n</div>\n");
}

void report_number(struct text *out, double value)
{
    const double whole = 1000; /* from here on, four digits and more */
    char count[40];

    if (fabs(value) < whole)
        text_add(out, "%.4g", value);
    else
        text_add(out, "%s%s", value < 0 ? "-" : "",
                 number_show_count(number_whole(round(fabs(value))), count,
                                   sizeof count));
}

/* "/a/b/" from the root, without "." and "..". */
static char *report_path(const char *folder)
{
    char *full = fs_full(folder);
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
    char *above = fs_join(page, ".."), *from = report_path(above);
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

void report_link(struct text *out, const char *page, const char *folder,
                 const char *name, const char *words)
{
    char *way = report_way(page, folder);

    if (way != NULL) {
        text_add(out, "<a href=\"");
        html_href(out, way);
        html_href(out, name);
        text_add(out, "\">");
    }
    html_text(out, words);
    text_add(out, "%s", way != NULL ? "</a>" : "");
    free(way);
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
    cJSON *facts = cJSON_CreateObject();
    const cJSON *item, *value;

    for (size_t i = 0; i < set->count; i++)
        cJSON_ArrayForEach (item, record_at(set->records[i], pointer))
            if (!cJSON_IsNull(item) && strcmp(item->string, "process") != 0 &&
                strcmp(item->string, "socket") != 0)
                report_fact(facts, item);
    report_table(out, "facts", caption);
    report_column(out, "what", true);
    report_column(out, "value", true);
    report_rows(out);
    cJSON_ArrayForEach (item, facts) {
        bool many = cJSON_GetArraySize(item) > SHOWN;

        text_add(out, "<tr><th scope=\"row\">");
        html_text(out, item->string);
        text_add(out, "</th><td class=\"words\">%s",
                 many ? "differs from run to run: see the records" : "");
        for (value = item->child; value != NULL && !many; value = value->next) {
            html_text(out, value->valuestring);
            text_add(out, "%s", value->next != NULL ? "; " : "");
        }
        text_add(out, "</td></tr>\n");
    }
    report_table_end(out);
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

static void report_run_number(struct text *out, const cJSON *record,
                              const char *pointer)
{
    double value;

    text_add(out, "<td>");
    if (record_number(record, pointer, &value))
        report_number(out, round(value));
    else
        text_add(out, "n/a");
    text_add(out, "</td>");
}

static void report_run(struct text *out, const cJSON *record,
                       const struct report_options *options)
{
    const char *file = record_file(record);
    double seed;
    char *reasons = NULL;
    bool valid = record_valid(record, &reasons);

    text_add(out, "<tr><th scope=\"row\">");
    html_text(out, report_string(record, "/asked/model"));
    text_add(out, "</th>");
    report_run_number(out, record, "/asked/connections");
    report_run_number(out, record, "/asked/repeat");
    report_run_number(out, record, "/asked/place");
    text_add(out, "<td class=\"words\">");
    html_text(out, report_string(record, "/started_at"));
    text_add(out, "</td>");
    report_run_number(out, record, "/connections/connected");
    report_run_number(out, record, "/throughput/round_trips_per_s");
    text_add(out, "<td class=\"words\">%s",
             valid ? "valid" : "<strong class=\"bad\">not valid</strong>: ");
    html_text(out, valid ? "" : reasons);
    text_add(out, "</td><td>");
    /* As it is written: seeds are names, not amounts. */
    if (record_number(record, "/asked/seed", &seed))
        text_add(out, "%.0f", seed);
    else
        html_text(out, report_string(record, "/asked/seed"));
    text_add(out, "</td><td class=\"words\">");
    if (file != NULL)
        report_link(out, options->page, options->records, file, file);
    text_add(out, "</td></tr>\n");
    free(reasons);
}

static void report_runs(struct text *out, const struct record_set *set,
                        const struct report_options *options)
{
    static const struct {
        const char *heading;
        bool words;
    } columns[] = {
        {"model", true},          {"connections", false},
        {"repeat", false},        {"place in the order", false},
        {"started (UTC)", true},  {"connected", false},
        {"round trips/s", false}, {"validity", true},
        {"seed", false},          {"record", true},
    };

    report_table(out, "runs", "Every run, its validity and its record");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        report_column(out, columns[i].heading, columns[i].words);
    report_rows(out);
    for (size_t i = 0; i < set->count; i++)
        report_run(out, set->records[i], options);
    report_table_end(out);
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

static void report_main_table(struct text *out, const struct record_set *set)
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
        report_main_table(out, set);
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
