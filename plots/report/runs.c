#include "plots/report/report_parts.h"

#include <stdlib.h>

#include "common/fs.h"
#include "common/number.h"
#include "results/html.h"
#include "results/record.h"

static void runs_number(struct text *out, const cJSON *record,
                        const char *pointer)
{
    char count[40];
    double value;

    if (record_number(record, pointer, &value) && value >= 0)
        text_add(
            out, "<td>%s</td>",
            number_show_count(number_whole(value + 0.5), count, sizeof count));
    else
        text_add(out, "<td>n/a</td>");
}

/* As it is written: seeds are names, not amounts. */
static void runs_seed(struct text *out, const cJSON *record,
                      const char *pointer)
{
    const cJSON *seed = record_at(record, pointer);

    text_add(out, "<td>");
    if (cJSON_IsString(seed))
        html_text(out, seed->valuestring);
    else if (cJSON_IsNumber(seed))
        text_add(out, "%.0f", seed->valuedouble);
    else
        text_add(out, "n/a");
    text_add(out, "</td>");
}

static void runs_text(struct text *out, const cJSON *record,
                      const char *pointer)
{
    const char *text = cJSON_GetStringValue(record_at(record, pointer));

    html_text(out, text != NULL ? text : "n/a");
}

static void runs_validity(struct text *out, const cJSON *record)
{
    char *reasons;

    if (record_valid(record, &reasons)) {
        text_add(out, "<td class=\"words\">valid</td>");
        return;
    }
    text_add(out, "<td class=\"words\"><strong class=\"bad\">not valid</strong>"
                  ": ");
    html_text(out, reasons);
    text_add(out, "</td>");
    free(reasons);
}

static void runs_link(struct text *out, const cJSON *record, const char *folder)
{
    const char *name = record_file(record);

    text_add(out, "<td class=\"words\">");
    if (name != NULL && folder != NULL) {
        char *path = fs_join(folder, name);

        text_add(out, "<a href=\"");
        html_href(out, path);
        text_add(out, "\">");
        html_text(out, name);
        text_add(out, "</a>");
        free(path);
    } else {
        html_text(out, name != NULL ? name : "n/a");
    }
    text_add(out, "</td>");
}

static void runs_row(struct text *out, const cJSON *record,
                     const struct report_options *options)
{
    text_add(out, "<tr><th scope=\"row\">");
    runs_text(out, record, "/asked/model");
    text_add(out, "</th>");
    runs_number(out, record, "/asked/connections");
    runs_number(out, record, "/asked/repeat");
    runs_number(out, record, "/asked/place");
    text_add(out, "<td class=\"words\">");
    runs_text(out, record, "/started_at");
    text_add(out, "</td>");
    runs_number(out, record, "/connections/connected");
    runs_number(out, record, "/throughput/round_trips_per_s");
    runs_validity(out, record);
    runs_seed(out, record, "/asked/seed");
    runs_link(out, record, options->records_link);
    text_add(out, "</tr>\n");
}

void report_runs(struct text *out, const struct record_set *set,
                 const struct report_options *options)
{
    text_add(out,
             "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
             "aria-label=\"Table of the runs\">\n<table class=\"runs\">\n"
             "<caption>Every run, its validity and its record</caption>\n"
             "<thead><tr><th scope=\"col\" class=\"words\">model</th>"
             "<th scope=\"col\">connections</th><th scope=\"col\">repeat</th>"
             "<th scope=\"col\">place in the order</th>"
             "<th scope=\"col\" class=\"words\">started (UTC)</th>"
             "<th scope=\"col\">connected</th>"
             "<th scope=\"col\">round trips/s</th>"
             "<th scope=\"col\" class=\"words\">validity</th>"
             "<th scope=\"col\">seed</th>"
             "<th scope=\"col\" class=\"words\">record</th></tr></thead>\n"
             "<tbody>\n");
    for (size_t i = 0; i < set->count; i++)
        runs_row(out, set->records[i], options);
    text_add(out, "</tbody>\n</table>\n</div>\n");
}
