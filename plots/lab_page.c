/* The page of the laboratory: every sentence is computed, or the record's. */
#include "plots/lab.h"

#include <stdlib.h>
#include <string.h>

#include "plot_pieces.h"
#include "results/fields.h"
#include "results/judge.h"
#include "results/table_format.h"

/* "<NAME>text</NAME>\n" */
static void lab_element(struct text *out, const char *name, const char *text)
{
    text_add(out, "<%s>", name);
    html_text(out, text);
    text_add(out, "</%.*s>\n", (int)strcspn(name, " "), name);
}

/* --- summary -------------------------------------------------------------- */

static size_t lab_count(const struct record_set *set, const char *verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += strcmp(record_text(set->records[i], "/verdict"), verdict) == 0;
    return count;
}

static void lab_summary(struct text *out, const struct record_set *set)
{
    const char *first, *last;
    char *machines = records_machines(set);
    struct text line = {0};
    double spread;
    records_span(set, &first, &last);
    text_add(&line, "%zu claims:", set->count);
    for (int v = 0; v < JUDGE_VERDICTS; v++)
        text_add(&line, " %zu %s,", lab_count(set, judge_words[v]),
                 judge_words[v]);
    text_add(&line, " %zu by part. From %s to %s on %s.",
             lab_count(set, "by part"), first, last,
             machines[0] != '\0' ? machines : "an unknown machine");
    page_wine(out, set);
    lab_element(out, "p", line.data);
    for (size_t i = 0; i < set->count; i++)
        if (record_number(set->records[i], "/same/spread_percent", &spread)) {
            char *same = text_make(
                "Pairs of the same run differed by %.1f %% (standard "
                "deviation)%s.",
                spread,
                spread > 5 ? ": the machine was disturbed, and small effects "
                             "stayed undecided"
                           : "");
            lab_element(out, "p", same);
            free(same);
            break;
        }
    free(line.data);
    free(machines);
}

/* --- the verdicts --------------------------------------------------------- */

/* "by part: 2 confirmed, 1 refuted" */
static void lab_verdict(struct text *out, const cJSON *record)
{
    const cJSON *part;
    const char *verdict = record_text(record, "/verdict"), *before = ": ";
    html_text(out, verdict);
    for (int v = 0; v < JUDGE_VERDICTS && strcmp(verdict, "by part") == 0;
         v++) {
        size_t count = 0;
        cJSON_ArrayForEach (part, record_at(record, "/parts"))
            count += strcmp(record_text(part, "/verdict"), judge_words[v]) == 0;
        if (count > 0) {
            text_add(out, "%s%zu %s", before, count, judge_words[v]);
            before = ", ";
        }
    }
}

static void lab_verdicts(struct text *out, const struct record_set *set)
{
    text_add(out,
             "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
             "aria-label=\"The verdicts\">\n<table>\n<caption>A claim of "
             "several parts has a verdict for each: see there</caption>\n"
             "<thead><tr><th scope=\"col\" class=\"words\">claim</th>"
             "<th scope=\"col\" class=\"words\">what it says</th>"
             "<th scope=\"col\" class=\"words\">verdict</th></tr></thead>\n"
             "<tbody>\n");
    for (size_t i = 0; i < set->count; i++) {
        text_add(out, "<tr><th scope=\"row\" class=\"words\"><a href=\"#");
        html_text(out, record_text(set->records[i], "/id"));
        text_add(out, "\">");
        html_text(out, record_text(set->records[i], "/id"));
        text_add(out, "</a></th><td class=\"words\">");
        html_text(out, record_text(set->records[i], "/claim"));
        text_add(out, "</td><td class=\"words\">");
        lab_verdict(out, set->records[i]);
        text_add(out, "</td></tr>\n");
    }
    text_add(out, "</tbody>\n</table>\n</div>\n");
}

/* --- a claim -------------------------------------------------------------- */

/* A few numbers, each different one once. */
static char *lab_values(const cJSON *values)
{
    struct text out = {0}, last = {0};
    const cJSON *value;
    cJSON_ArrayForEach (value, values) {
        char *one = cJSON_IsNumber(value)
                        ? text_make("%.4g", value->valuedouble)
                        : text_copy("n/a");
        if (last.data == NULL || strcmp(last.data, one) != 0)
            text_add(&out, "%s%s", out.length > 0 ? ", " : "", one);
        free(last.data);
        last = (struct text){one, strlen(one), 0};
    }
    free(last.data);
    return text_take(&out);
}

static char *lab_found(const cJSON *part)
{
    const double pairs = record_number_or(part, "/pairs", 0);
    double ratio, low, high;
    if (strcmp(record_text(part, "/kind"), "ratio") != 0)
        return lab_values(record_at(part, "/arm_values"));
    if (!record_number(part, "/ratio", &ratio) ||
        !record_number(part, "/low", &low) ||
        !record_number(part, "/high", &high))
        return text_make("%.0f pairs", pairs);
    return text_make("%.3g (%.3g..%.3g), %.0f pairs, p %.2g", ratio, low, high,
                     pairs, record_number_or(part, "/p", 1));
}

static void lab_parts(struct text *out, const cJSON *record)
{
    struct table table = {.caption = "What is claimed, part by part"};
    const cJSON *part;
    table_column(&table, "part", true);
    table_column(&table, "verdict", true);
    table_column(&table, "found", true);
    table_column(&table, "confirmed if", true);
    cJSON_ArrayForEach (part, record_at(record, "/parts")) {
        const char *why = record_text(part, "/why");
        table_cell(&table, text_copy(record_text(part, "/part")));
        table_cell(&table, text_make("%s%s%s", record_text(part, "/verdict"),
                                     why[0] != '\0' ? ": " : "", why));
        table_cell(&table, lab_found(part));
        table_cell(&table, text_copy(record_text(part, "/criterion")));
    }
    page_add(out, table_write(&table, TABLE_HTML));
}

static void lab_commands(struct text *out, const cJSON *record)
{
    const cJSON *arm;
    const double rounds = record_number_or(record, "/rounds", 0);
    if (cJSON_GetArraySize(record_at(record, "/arms")) == 0)
        return;
    text_add(out, "<p>%.0f round%s of</p>\n<pre>", rounds,
             rounds > 1 ? "s" : "");
    cJSON_ArrayForEach (arm, record_at(record, "/arms")) {
        text_add(out, "# ");
        html_text(out, record_text(arm, "/arm"));
        text_add(out, "\n");
        html_text(out, record_text(arm, "/command"));
        text_add(out, "\n");
    }
    text_add(out, "</pre>\n");
}

/* False after one line to standard error: the chart cannot be read. */
static bool lab_chart(struct text *out, const char *name, const char *title,
                      const struct report_options *options)
{
    const char *about = strcmp(name, "verdicts") == 0
                            ? "A line for each claim, with a mark for each of "
                              "its parts; the table has them in words."
                            : "A row for each part, with its ratio, interval "
                              "and bounds; the tables have its figures.";

    text_add(out, "<figure>");
    bool good = page_chart(out, options, name, title, title, about);
    text_add(out, "</figure>\n");
    return good;
}

static bool lab_claim(struct text *out, const cJSON *record,
                      const struct report_options *options)
{
    const char *id = record_text(record, "/id");
    char *title = text_make("%s: %s", id, record_text(record, "/verdict"));
    bool good = true;
    text_add(out, "<section id=\"");
    html_text(out, id);
    text_add(out, "\">");
    lab_element(out, "h3", title);
    lab_element(out, "p", record_text(record, "/claim"));
    text_add(out, "<p>Source: ");
    html_text(out, record_text(record, "/source"));
    text_add(out, ".</p>\n");
    lab_parts(out, record);
    if (lab_has_chart(record))
        good = lab_chart(out, id, title, options);
    lab_commands(out, record);
    text_add(out, "<p><strong>For who writes a server today:</strong> ");
    html_text(out, record_text(record, "/today"));
    text_add(out, "</p>\n");
    char *file = text_make("%s.json", id);
    char *link = report_link(options->page, options->records, file);
    if (link != NULL) {
        text_add(out, "<p><a href=\"");
        html_href(out, link);
        text_add(out, "\">Its record</a></p>\n");
    }
    text_add(out, "</section>\n");
    free(link);
    free(file);
    free(title);
    return good;
}

/* --- the page ------------------------------------------------------------- */

static bool lab_fill(struct text *out, const char *name,
                     const struct record_set *set,
                     const struct report_options *options)
{
    bool good = true, drawn = false;
    for (size_t i = 0; i < set->count; i++)
        drawn = drawn || lab_has_chart(set->records[i]);
    if (strcmp(name, "summary") == 0)
        lab_summary(out, set);
    else if (strcmp(name, "verdicts") == 0)
        lab_verdicts(out, set);
    else if (strcmp(name, "chart") == 0)
        good = lab_chart(out, "verdicts", "All verdicts", options);
    else if (strcmp(name, "ratios") == 0 && drawn)
        good = lab_chart(out, "ratios", "Every claim that is about a ratio",
                         options);
    for (size_t i = 0; i < set->count && good && strcmp(name, "claims") == 0;
         i++)
        good = lab_claim(out, set->records[i], options);
    return good;
}

char *lab_page(const struct record_set *set,
               const struct report_options *options)
{
    return page_make(lab_html, set, options, lab_fill);
}
