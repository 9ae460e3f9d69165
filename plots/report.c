/* The page: a template, and the sections that records fill it with. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "plot_pieces.h"
#include "plots/plot.h"
#include "results/book.h"
#include "results/curve.h"
#include "results/summary.h"
#include "results/fields.h"
#include "results/record_file.h"
#include "results/findings.h"
#include "results/table.h"

/* --- tables, numbers, links ---------------------------------------------- */

/* "12,345", "1,234", "12.35". */
static void report_number(struct text *out, double value)
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

/* --- charts, and the figures of each as a table --------------------------- */

/* The length of what stands before the name of an element; 0: none here. */
static size_t report_svg_name(const char *at)
{
    static const char *const before[] = {"id=\"",   "id='",  "href=\"#",
                                         "href='#", "url(#", "url('#"};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (strncmp(at, before[i], strlen(before[i])) == 0)
            return strlen(before[i]);
    return 0;
}

bool report_svg(struct text *out, const char *svg, const char *name,
                const char *title, const char *description)
{
    const char *open = strstr(svg, "<svg");
    const char *inside = open != NULL ? strchr(open, '>') : NULL;
    const char *at = inside != NULL ? strstr(inside, "</desc>") : NULL;
    const char *end = at != NULL ? strstr(at, "</svg>") : NULL;
    if (end == NULL || strstr(svg, "<script") != NULL)
        return false;
    text_add_bytes(out, open, (size_t)(inside - open));
    text_add(out,
             " role=\"img\" aria-labelledby=\"%s-title %s-desc\">\n"
             "<title id=\"%s-title\">",
             name, name, name);
    html_text(out, title);
    text_add(out, "</title>\n<desc id=\"%s-desc\">", name);
    html_text(out, description);
    text_add(out, "</desc>\n");
    for (at += strlen("</desc>"); at < end;) {
        size_t length = report_svg_name(at);
        text_add_bytes(out, at, length > 0 ? length : 1);
        if (length > 0)
            text_add(out, "%s-", name);
        at += length > 0 ? length : 1;
    }
    text_add(out, "</svg>\n");
    return true;
}

static char *report_cell(const struct figure *measure,
                         const struct record_group *group)
{
    bool valid = group_valid(group) > 0;
    struct summary value = chart_value(measure, group, valid);
    struct text cell = {0};
    if (value.count == 0)
        return text_copy("n/a");
    report_number(&cell, value.median);
    if (value.low < value.high) {
        text_add(&cell, " (");
        report_number(&cell, value.low);
        text_add(&cell, "..");
        report_number(&cell, value.high);
        text_add(&cell, ")");
    }
    text_add(&cell, "%s",
             !valid                       ? " (not valid)"
             : group_disturbed(group) > 0 ? " (disturbed)"
                                          : "");
    return text_take(&cell);
}

static void report_figures(struct text *out, const struct figure *measure,
                           const struct record_set *set)
{
    size_t count, end;
    double *tiers = chart_tiers(set, &count);
    char *caption =
        text_make("%s (%s)", measure->chart.title, measure->chart.unit);
    struct table table = {.caption = caption};
    table_column(&table, "model", true);
    for (size_t t = 0; t < count; t++)
        table_column(&table, NUMBER_SHOWN(tiers[t]), false);
    for (size_t group = 0; group < set->group_count;) {
        end = records_line_end(set, group);
        table_cell(&table, chart_line_label(&set->groups[group]));
        for (size_t t = 0; t < count; t++)
            if (group < end && set->groups[group].connections <= tiers[t])
                table_cell(&table, report_cell(measure, &set->groups[group++]));
            else
                table_cell(&table, text_copy("not run"));
    }
    text_add(out, "<details><summary>The figures of this chart</summary>\n");
    page_add(out, table_write(&table, TABLE_HTML));
    text_add(out, "</details>\n");
    free(caption);
    free(tiers);
}

static bool report_chart(struct text *out, const struct figure *measure,
                         const struct record_set *set,
                         const struct report_options *options)
{
    const char *name = measure->chart.name, *title = measure->chart.title;
    const bool book = measure == &chart_book, curve = measure == &chart_curve;
    char *data = text_make("%s.dat", name);
    char *link = report_link(options->page, options->charts, data);
    char *label = text_make("Chart: %s", title);
    text_add(out, "<figure id=\"%s\">\n<h3>%s</h3>\n", name, title);
    bool good =
        page_chart(out, options, name, label, title,
                   book ? "A pair of bars for each row of the table below, "
                          "which has their figures."
                        : "A line for each model; the table has its figures.");
    text_add(out, "\n<figcaption><a href=\"#columns\">About this figure"
                  "</a>");
    if (link != NULL) {
        text_add(out, "; <a href=\"");
        html_href(out, link);
        text_add(out, "\">its data</a>");
    }
    text_add(out, "</figcaption>\n");
    if (!book && !curve)
        report_figures(out, measure, set);
    text_add(out, "</figure>\n");
    free(label);
    free(data);
    free(link);
    return good;
}

/* False after one line to standard error: a chart cannot be read. */
static bool report_charts(struct text *out, const struct record_set *set,
                          const struct report_options *options)
{
    bool good = true, others = false;
    for (const struct figure *m = chart_after(NULL); m != NULL && good;
         m = chart_after(m))
        if (m != &chart_book && m != &chart_curve && chart_known(m, set)) {
            good = report_chart(out, m, set, options);
            others = true;
        }
    if (!others && plot_any(set))
        text_add(out, "<p>The chart is <a href=\"#findings\">above</a>.</p>\n");
    if (!plot_any(set))
        text_add(out, "<p>There is no chart: no run reached its measured "
                      "window. The runs below say why.</p>\n");
    return good;
}

static void report_book(struct text *out, const struct record_set *set)
{
    struct book book;
    const cJSON *each;
    book_open(&book, set);
    cJSON *findings = book_findings(&book);
    text_add(out, "<ul>\n");
    cJSON_ArrayForEach (each, findings) {
        text_add(out, "<li>");
        html_text(out, each->valuestring);
        text_add(out, "</li>\n");
    }
    text_add(out, "</ul>\n");
    cJSON_Delete(findings);
    book_close(&book);
}

/* First of all, what the figures say; of a book and a curve below the chart. */
static bool report_findings(struct text *out, const struct record_set *set,
                            const struct report_options *options)
{
    const bool book = records_are_of(set, "book"),
               curve = records_are_of(set, "curve");
    const struct figure *chart = book ? &chart_book : &chart_curve;
    bool good = true;
    text_add(out, "<section id=\"findings\"><h2>Findings</h2>\n");
    if ((book || curve) && chart_known(chart, set))
        good = report_chart(out, chart, set, options);
    if (book) {
        report_book(out, set);
    } else if (curve) {
        page_add(out, curve_make(set, TABLE_HTML));
    } else {
        cJSON *findings = findings_make(set);
        page_add(out, findings_list(findings, true));
        cJSON_Delete(findings);
    }
    text_add(out, "</section>\n");
    return good;
}

/* --- machine and settings ------------------------------------------------ */

static const struct report_part {
    const char *section, *pointer, *caption;
} report_parts[] = {
    {"settings", "/asked",
     "Options as requested (the others have the program's default)"},
    {"machine", "/machine/server", "The server's machine"},
    {"machine", "/machine/server/process",
     "The server's process, as reported at its start"},
    {"machine", "/machine/server/process/socket",
     "Options of the server's sockets, read back"},
    {"machine", "/machine/load", "The load generator's machine"},
    {"machine", "/machine/load/process", "The load generator's process"},
};

/* Adds what one record says of a key, unless an earlier one says the same. */
static void report_fact(cJSON *facts, const cJSON *item)
{
    cJSON *values = cJSON_GetObjectItemCaseSensitive(facts, item->string);
    cJSON *value;
    char *printed = cJSON_IsString(item) ? text_copy(item->valuestring)
                                         : cJSON_PrintUnformatted(item);
    if (cJSON_IsArray(item)) { /* "[0]" would be a note */
        const size_t length = strlen(printed);
        memmove(printed, printed + 1, length - 2);
        printed[length - 2] = '\0';
    }
    if (values == NULL)
        values = cJSON_AddArrayToObject(facts, item->string);
    cJSON_ArrayForEach (value, values)
        if (strcmp(value->valuestring, printed) == 0)
            break;
    if (value == NULL)
        cJSON_AddItemToArray(values, cJSON_CreateString(printed));
    free(printed);
}

/* The keys of an object, with every value that records have. */
static void report_facts(struct text *out, const struct record_set *set,
                         const struct report_part *part)
{
    enum { SHOWN = 6 };
    struct table table = {.caption = part->caption};
    cJSON *facts = cJSON_CreateObject();
    const cJSON *item, *value;
    for (size_t i = 0; i < set->count; i++)
        cJSON_ArrayForEach (item, record_object(set->records[i], part->pointer))
            if (!cJSON_IsNull(item) && strcmp(item->string, "process") != 0 &&
                strcmp(item->string, "socket") != 0)
                report_fact(facts, item);
    table_column(&table, "key", true);
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
    page_add(out, table_write(&table, TABLE_HTML));
    cJSON_Delete(facts);
}

/* --- runs ---------------------------------------------------------------- */

static const struct report_column {
    const char *heading, *pointer; /* NULL: the validity */
    bool words;
} report_columns_of_runs[] = {
    {"model", "/asked/model", true},
    {"connections", "/asked/connections", false},
    {"repeat", "/asked/repeat", false},
    {"place in the order", "/asked/place", false},
    {"started (UTC)", "/started_at", true},
    {"connected", "/connections/connected", false},
    {"round trips/s", "/throughput/round_trips_per_s", false},
    {"validity", NULL, true},
    {"seed", "/asked/seed", true},
};

enum {
    REPORT_COLUMNS =
        sizeof report_columns_of_runs / sizeof *report_columns_of_runs
};

static char *report_run_cell(const struct report_column *column,
                             const cJSON *record)
{
    struct text text = {0};
    double value;
    if (column->pointer == NULL) {
        bool valid = record_is_valid(record);
        char *why = record_list(record, valid ? "/cautions" : "/reasons");
        text_add(&text, "%s%s%s", !valid ? "not valid: " : "valid",
                 valid && why[0] != '\0' ? "; disturbed: " : "", why);
        free(why);
    } else if (!record_number(record, column->pointer, &value)) {
        const char *found = record_text(record, column->pointer);
        text_add(&text, "%s", found[0] != '\0' ? found : "n/a");
    } else if (column->words) { /* seeds are names, not amounts */
        text_add(&text, "%.0f", value);
    } else {
        report_number(&text, round(value));
    }
    return text_take(&text);
}

static void report_runs(struct text *out, const struct record_set *set,
                        const struct report_options *options)
{
    struct table table = {.caption = "Every run, its validity and its record"};
    for (size_t c = 0; c < REPORT_COLUMNS; c++)
        table_column(&table, report_columns_of_runs[c].heading,
                     report_columns_of_runs[c].words);
    table_column(&table, "record", true);
    for (size_t i = 0; i < set->count; i++) {
        const char *file = record_file(set->records[i]);
        for (size_t c = 0; c < REPORT_COLUMNS; c++)
            table_cell(&table, report_run_cell(&report_columns_of_runs[c],
                                               set->records[i]));
        table_link(&table, text_copy(file),
                   report_link(options->page, options->records, file));
    }
    page_add(out, table_write(&table, TABLE_HTML));
}

/* --- the page ------------------------------------------------------------ */

static void report_summary(struct text *out, const struct record_set *set)
{
    const char *first, *last;
    char *machines = records_machines(set);
    records_span(set, &first, &last);
    char *text = text_make(
        "%zu runs, %zu of them valid (%zu disturbed), from %s to %s on %s.",
        set->count, records_which(set->records, set->count, record_is_valid),
        records_which(set->records, set->count, record_is_disturbed), first,
        last, machines[0] != '\0' ? machines : "an unknown machine");
    page_wine(out, set);
    text_add(out, "<p>");
    html_text(out, text);
    text_add(out, "</p>\n");
    free(text);
    free(machines);
}

/* What stands for {{name}} in report.html. */
static bool report_fill(struct text *out, const char *name,
                        const struct record_set *set,
                        const struct report_options *options)
{
    bool book = records_are_of(set, "book");
    for (size_t i = 0; i < sizeof report_parts / sizeof *report_parts; i++)
        if (strcmp(name, report_parts[i].section) == 0)
            report_facts(out, set, &report_parts[i]);
    if (strcmp(name, "title") == 0) {
        char *wine = records_wine(set);
        text_add(out, "%zu runs%s", set->count,
                 wine != NULL ? " under Wine" : "");
        free(wine);
    } else if (strcmp(name, "summary") == 0) {
        report_summary(out, set);
    } else if (strcmp(name, "table") == 0) {
        page_add(out, book ? book_make(set, TABLE_HTML, false)
                           : table_make(set, TABLE_HTML));
    } else if (strcmp(name, "findings") == 0) {
        return report_findings(out, set, options);
    } else if (strcmp(name, "charts") == 0) {
        return report_charts(out, set, options);
    } else if (strcmp(name, "columns") == 0) {
        text_add(out, "%s", book ? report_columns_book : report_columns);
    } else if (strcmp(name, "runs") == 0) {
        report_runs(out, set, options);
    }
    return true;
}

char *report_make(const struct record_set *set,
                  const struct report_options *options)
{
    return page_make(report_html, set, options, report_fill);
}
