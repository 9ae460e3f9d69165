#include "plots/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "plots/report/report_parts.h"
#include "report_pieces.h"
#include "results/book.h"
#include "results/figure.h"
#include "results/html.h"
#include "results/record.h"
#include "results/table.h"

static const char *report_begun(const cJSON *record)
{
    const char *at = cJSON_GetStringValue(record_at(record, "/started_at"));

    return at != NULL ? at : "";
}

static void report_span(struct text *out, const struct record_set *set)
{
    const char *first = report_begun(set->records[0]), *last = first;

    for (size_t i = 1; i < set->count; i++) {
        const char *at = report_begun(set->records[i]);

        first = strcmp(at, first) < 0 ? at : first;
        last = strcmp(at, last) > 0 ? at : last;
    }
    html_text(out, first);
    text_add(out, " to ");
    html_text(out, last);
}

static size_t report_valid(const struct record_set *set)
{
    size_t valid = 0;

    for (size_t i = 0; i < set->group_count; i++)
        valid += group_valid(&set->groups[i]);
    return valid;
}

static void report_head(struct text *out, const struct record_set *set,
                        const struct report_options *options)
{
    char *machines = records_machines(set), *wine = records_wine(set);

    text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                  "<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, "
                  "initial-scale=1\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" "
                  "content=\"default-src 'none'; style-src 'unsafe-inline'; "
                  "img-src data:\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<meta name=\"generator\" content=\"iomodels ");
    html_text(out, options->version);
    text_add(out,
             "\">\n<link rel=\"icon\" href=\"data:,\">\n"
             "<title>Winsock I/O models: %lu runs%s</title>\n<style>\n%s"
             "</style>\n</head>\n<body>\n<header>\n"
             "<h1>Winsock I/O models</h1>\n",
             (unsigned long)set->count, wine != NULL ? " under Wine" : "",
             report_css);
    if (wine != NULL) {
        text_add(out, "<p class=\"wine\"><strong>Wine, not Windows.</strong> "
                      "The figures were ");
        html_text(out, wine);
        text_add(out, ".</p>\n");
    }
    text_add(out, "<p>%lu runs, %lu of them valid, from ",
             (unsigned long)set->count, (unsigned long)report_valid(set));
    report_span(out, set);
    text_add(out, " on ");
    html_text(out, machines[0] != '\0' ? machines : "a machine not known");
    text_add(out, ".</p>\n</header>\n");
    free(machines);
    free(wine);
}

char *report_make(const struct record_set *set,
                  const struct report_options *options)
{
    struct text out = {0};
    bool book = book_is(set);
    char *table =
        book ? book_make(set, TABLE_HTML) : table_make(set, TABLE_HTML);
    bool good;

    report_head(&out, set, options);
    text_add(&out, "%s", report_contents);
    text_add(&out, "<section id=\"table\"><h2>The table</h2>\n%s</section>\n",
             table);
    free(table);
    text_add(&out, "<section id=\"charts\"><h2>Charts</h2>\n");
    good = report_figures(&out, set, options);
    text_add(&out, "</section>\n%s%s",
             book ? report_columns_book : report_columns, report_method);
    report_settings(&out, set);
    text_add(&out, "</section>\n<section id=\"machine\">"
                   "<h2>The machine</h2>\n");
    report_machines(&out, set);
    text_add(&out, "</section>\n<section id=\"runs\"><h2>The runs</h2>\n");
    report_runs(&out, set, options);
    text_add(&out, "</section>\n</main>\n<footer><p>Made by iomodels ");
    html_text(&out, options->version);
    text_add(&out, " from %lu records.</p></footer>\n</body>\n</html>\n",
             (unsigned long)set->count);
    if (good)
        return text_take(&out);
    free(out.data);
    return NULL;
}
