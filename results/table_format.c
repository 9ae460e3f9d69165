#include "results/table_format.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"
#include "results/html.h"

/* --- building ------------------------------------------------------------ */

/* Room for one more element; grows by doubling. */
static void *table_grow(void *elements, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return elements;
    elements = realloc(elements, (count > 0 ? 2 * count : 1) * size);
    if (elements == NULL)
        die("realloc");
    return elements;
}

void table_column(struct table *table, const char *heading, bool words)
{
    table->column =
        table_grow(table->column, table->columns, sizeof *table->column);
    table->column[table->columns++] =
        (struct table_column){text_copy(heading), words};
}

void table_columns(struct table *table, const char *headings)
{
    while (*headings != '\0') {
        size_t length = strcspn(headings, ",");
        char *heading = text_make("%.*s", (int)length, headings);

        table_column(table, heading, false);
        free(heading);
        headings += length + (headings[length] == ',');
    }
}

static void table_cell_interval(struct table *table, char *text, char *interval)
{
    table->cell = table_grow(table->cell, table->cells, sizeof *table->cell);
    table->cell[table->cells++] = (struct table_cell){text, interval, NULL};
}

void table_cell(struct table *table, char *text)
{
    table_cell_interval(table, text, text_copy(""));
}

void table_link(struct table *table, char *text, char *link)
{
    table_cell(table, text);
    table->cell[table->cells - 1].link = link;
}

void table_value(struct table *table, bool known, double value, int decimals)
{
    struct text cell = {0};

    if (known)
        table_number(&cell, value, decimals);
    else
        text_add(&cell, "n/a");
    table_cell(table, text_take(&cell));
}

void table_line(struct table *table, char *text)
{
    table->line = table_grow(table->line, table->lines, sizeof *table->line);
    table->line[table->lines++] = text;
}

size_t table_note(struct table *table, char *text)
{
    for (size_t i = 0; i < table->notes; i++)
        if (strcmp(table->note[i], text) == 0) {
            free(text);
            return i + 1;
        }
    table->note = table_grow(table->note, table->notes, sizeof *table->note);
    table->note[table->notes++] = text;
    return table->notes;
}

static void table_repeats(struct table *table, size_t runs)
{
    if (runs < 2)
        return;
    if (table->most == 0 || runs < table->fewest)
        table->fewest = runs;
    if (runs > table->most)
        table->most = runs;
}

void table_number(struct text *text, double value, int decimals)
{
    double scale = pow(10, decimals), whole;
    double part = modf(round(fabs(value) * scale) / scale, &whole);
    char count[40];

    number_show_count(number_whole(whole), count, sizeof count);
    text_add(text, "%s%s", value < 0 && whole + part > 0 ? "-" : "", count);
    if (decimals > 0)
        text_add(text, ".%0*.0f", decimals, round(part * scale));
}

void table_figure(struct table *table, struct summary summary, int decimals,
                  bool spread)
{
    const char *why = summary.why != NULL ? summary.why : "no run came so far";
    struct text cell = {0}, interval = {0};

    if (summary.count > 0)
        table_number(&cell, summary.median, decimals);
    else
        text_add(&cell, "n/a [%zu]",
                 table_note(table, text_make("n/a: %s", why)));
    if (summary.count > 1 && spread) {
        table_number(&interval, summary.low, decimals);
        text_add(&interval, "..");
        table_number(&interval, summary.high, decimals);
    }
    table_repeats(table, summary.count);
    table_cell_interval(table, text_take(&cell), text_take(&interval));
}

static void table_free(struct table *table)
{
    for (size_t i = 0; i < table->columns; i++)
        free(table->column[i].heading);
    for (size_t i = 0; i < table->cells; i++) {
        free(table->cell[i].text);
        free(table->cell[i].interval);
        free(table->cell[i].link);
    }
    for (size_t i = 0; i < table->lines; i++)
        free(table->line[i]);
    for (size_t i = 0; i < table->notes; i++)
        free(table->note[i]);
    free(table->column);
    free(table->cell);
    free(table->line);
    free(table->note);
    free(table->machine);
    free(table->wine);
    *table = (struct table){0};
}

/* --- text ---------------------------------------------------------------- */

/* Characters of UTF-8 text up to its end or the end of its line. */
static size_t table_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0' && *text != '\n'; text++)
        width += (*text & 0xC0) != 0x80;
    return width;
}

/* The n-th line of a heading, "" after its last. */
static const char *table_heading_line(const char *text, size_t n)
{
    while (n > 0 && *text != '\0')
        if (*text++ == '\n')
            n--;
    return text;
}

/* The column of the cell that follows one of column c. */
static size_t table_next(const struct table *table, size_t c)
{
    return c + 1 < table->columns ? c + 1 : 0;
}

static void table_widen(size_t *width, const char *text)
{
    size_t needed = table_width(text);

    if (needed > *width)
        *width = needed;
}

/* How wide each column is, to free, and how many lines the headings have. */
static size_t *table_widths(const struct table *table, size_t *lines)
{
    size_t *widths = calloc_or_die(table->columns + 1, sizeof *widths);

    *lines = 1;
    for (size_t c = 0; c < table->columns; c++)
        for (size_t n = 0; n < *lines; n++) {
            const char *line = table_heading_line(table->column[c].heading, n);

            table_widen(&widths[c], line);
            if (n + 1 == *lines && strchr(line, '\n') != NULL)
                ++*lines;
        }
    for (size_t i = 0, c = 0; i < table->cells; i++, c = table_next(table, c)) {
        table_widen(&widths[c], table->cell[i].text);
        table_widen(&widths[c], table->cell[i].interval);
    }
    return widths;
}

static void table_padded(struct text *out, const char *text, size_t width,
                         bool left)
{
    int padding = (int)(width - table_width(text));

    text_add(out, "%*s", left ? 0 : padding, "");
    text_add_bytes(out, text, strcspn(text, "\n"));
    text_add(out, "%*s", left ? padding : 0, "");
}

static void table_end_line(struct text *out)
{
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->length--;
    text_add(out, "\n");
}

static void table_text_row(struct text *out, const struct table *table,
                           const size_t *widths, const struct table_cell *row,
                           bool intervals)
{
    bool any = !intervals;

    for (size_t c = 0; c < table->columns; c++)
        any = any || row[c].interval[0] != '\0';
    if (!any)
        return;
    for (size_t c = 0; c < table->columns; c++) {
        text_add(out, "%s", c > 0 ? "  " : "");
        table_padded(out, intervals ? row[c].interval : row[c].text, widths[c],
                     table->column[c].words);
    }
    table_end_line(out);
}

/* What is below a table: machine, caution, meaning of the intervals. */
static void table_foot(struct text *out, const struct table *table,
                       const char *end)
{
    if (table->machine != NULL && table->machine[0] != '\0')
        text_add(out, "%s%s", table->machine, end);
    if (table->wine != NULL)
        text_add(out, "%c%s.%s", toupper((unsigned char)table->wine[0]),
                 table->wine + 1, end);
    if (table->most == 0)
        return;
    text_add(out, "Medians of the repeats; low..high is ");
    summary_spread(out, table->fewest, table->most);
    text_add(out, ".%s", end);
}

static void table_write_text(struct text *out, const struct table *table)
{
    size_t lines, *widths = table_widths(table, &lines);

    for (size_t n = 0; n < lines; n++) {
        for (size_t c = 0; c < table->columns; c++) {
            text_add(out, "%s", c > 0 ? "  " : "");
            table_padded(out, table_heading_line(table->column[c].heading, n),
                         widths[c], table->column[c].words);
        }
        table_end_line(out);
    }
    for (size_t c = 0; c < table->columns; c++) {
        text_add(out, "%s", c > 0 ? "  " : "");
        for (size_t i = 0; i < widths[c]; i++)
            text_add(out, "-");
    }
    text_add(out, "\n");
    for (size_t i = 0; i < table->cells; i += table->columns) {
        table_text_row(out, table, widths, &table->cell[i], false);
        table_text_row(out, table, widths, &table->cell[i], true);
    }
    text_add(out, "\n");
    table_foot(out, table, "\n");
    for (size_t i = 0; i < table->lines; i++)
        text_add(out, "%s\n", table->line[i]);
    for (size_t i = 0; i < table->notes; i++)
        text_add(out, "[%zu] %s\n", i + 1, table->note[i]);
    free(widths);
}

/* --- Markdown ------------------------------------------------------------ */

/* A bar would end the cell, a line end the row. */
static void table_markdown(struct text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            text_add(out, "\\|");
        else if (*text == '\n' || *text == '\r')
            text_add(out, " ");
        else if (strchr("*<>_`[]\\&~", *text) != NULL)
            text_add(out, "\\%c", *text);
        else
            text_add_bytes(out, text, 1);
    }
}

static void table_write_markdown(struct text *out, const struct table *table)
{
    struct text foot = {0};
    char *foot_text;

    for (size_t c = 0; c < table->columns; c++) {
        text_add(out, "| ");
        table_markdown(out, table->column[c].heading);
        text_add(out, " ");
    }
    text_add(out, "|\n");
    for (size_t c = 0; c < table->columns; c++)
        text_add(out, table->column[c].words ? "| :--- " : "| ---: ");
    text_add(out, "|\n");
    for (size_t i = 0, c = 0; i < table->cells; i++, c = table_next(table, c)) {
        text_add(out, "| ");
        table_markdown(out, table->cell[i].text);
        if (table->cell[i].interval[0] != '\0')
            text_add(out, " (%s)", table->cell[i].interval);
        text_add(out, c + 1 == table->columns ? " |\n" : " ");
    }
    text_add(out, "\n");
    table_foot(&foot, table, "\n");
    foot_text = text_take(&foot);
    for (char *line = foot_text, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n'); /* ends each line of it */
        *end = '\0';
        table_markdown(out, line);
        text_add(out, "\n\n");
    }
    free(foot_text);
    for (size_t i = 0; i < table->lines; i++) {
        table_markdown(out, table->line[i]);
        text_add(out, "\n\n");
    }
    for (size_t i = 0; i < table->notes; i++) {
        text_add(out, "\\[%zu\\] ", i + 1);
        table_markdown(out, table->note[i]);
        text_add(out, "%s", i + 1 == table->notes ? "\n" : "\n\n");
    }
}

/* --- CSV ----------------------------------------------------------------- */

static void table_write_csv(struct text *out, const struct table *table)
{
    for (size_t c = 0; c < table->columns; c++) {
        csv_text(out, table->column[c].heading);
        text_add(out, c + 1 == table->columns ? "\r\n" : ",");
    }
    for (size_t i = 0, c = 0; i < table->cells; i++, c = table_next(table, c)) {
        csv_text(out, table->cell[i].text);
        text_add(out, c + 1 == table->columns ? "\r\n" : ",");
    }
}

/* --- HTML ---------------------------------------------------------------- */

/* "[12]" in a cell leads to its note. */
static void table_html_cell(struct text *out, const char *cell)
{
    while (*cell != '\0') {
        size_t digits = *cell == '[' ? strspn(cell + 1, "0123456789") : 0;
        size_t plain = 1 + strcspn(cell + 1, "[");
        struct text part = {0};

        if (digits > 0 && cell[1 + digits] == ']') {
            text_add(out, "<a href=\"#note-%.*s\">%.*s</a>", (int)digits,
                     cell + 1, (int)digits + 2, cell);
            cell += digits + 2;
            continue;
        }
        text_add_bytes(&part, cell, plain);
        html_text(out, part.data);
        free(part.data);
        cell += plain;
    }
}

/* On one line, as wide as the browser likes. */
static void table_html_heading(struct text *out, const char *heading)
{
    struct text line = {0};

    for (; *heading != '\0'; heading++)
        if (*heading != '\n')
            text_add_bytes(&line, heading, 1);
        else if (line.length > 0 && line.data[line.length - 1] != '/')
            text_add(&line, " ");
    html_text(out, line.data != NULL ? line.data : "");
    free(line.data);
}

static void table_html_paragraph(struct text *out, const char *text)
{
    text_add(out, "<p>");
    html_text(out, text);
    text_add(out, "</p>\n");
}

static void table_html_foot(struct text *out, const struct table *table)
{
    struct text wine = {0};

    if (table->most > 0) {
        text_add(out, "<p>Medians of the repeats; the small figures are ");
        summary_spread(out, table->fewest, table->most);
        text_add(out, ".</p>\n");
    }
    if (table->machine != NULL && table->machine[0] != '\0')
        table_html_paragraph(out, table->machine);
    if (table->wine != NULL) {
        text_add(&wine, "%c%s.", toupper((unsigned char)table->wine[0]),
                 table->wine + 1);
        table_html_paragraph(out, wine.data);
        free(wine.data);
    }
    for (size_t i = 0; i < table->lines; i++)
        table_html_paragraph(out, table->line[i]);
    if (table->notes == 0)
        return;
    text_add(out, "<ol class=\"notes\">\n");
    for (size_t i = 0; i < table->notes; i++) {
        text_add(out, "<li id=\"note-%zu\">", i + 1);
        html_text(out, table->note[i]);
        text_add(out, "</li>\n");
    }
    text_add(out, "</ol>\n");
}

static void table_write_html(struct text *out, const struct table *table)
{
    const char *caption = table->caption != NULL
                              ? table->caption
                              : "Each model at each number of connections";

    text_add(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
                  "aria-label=\"");
    html_text(out, caption);
    text_add(out, "\">\n<table>\n<caption>");
    html_text(out, caption);
    text_add(out, "</caption>\n<thead><tr>");
    for (size_t c = 0; c < table->columns; c++) {
        text_add(out, "<th scope=\"col\"%s>",
                 table->column[c].words ? " class=\"words\"" : "");
        table_html_heading(out, table->column[c].heading);
        text_add(out, "</th>");
    }
    text_add(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0, c = 0; i < table->cells; i++, c = table_next(table, c)) {
        if (c == 0)
            text_add(out, "<tr><th scope=\"row\">");
        else
            text_add(out, "<td%s>",
                     table->column[c].words ? " class=\"words\"" : "");
        if (table->cell[i].link != NULL) {
            text_add(out, "<a href=\"");
            html_href(out, table->cell[i].link);
            text_add(out, "\">");
            html_text(out, table->cell[i].text);
            text_add(out, "</a>");
        } else {
            table_html_cell(out, table->cell[i].text);
        }
        if (table->cell[i].interval[0] != '\0') {
            text_add(out, " <small>");
            html_text(out, table->cell[i].interval);
            text_add(out, "</small>");
        }
        text_add(out, "%s%s", c == 0 ? "</th>" : "</td>",
                 c + 1 == table->columns ? "</tr>\n" : "");
    }
    text_add(out, "</tbody>\n</table>\n</div>\n");
    table_html_foot(out, table);
}

char *table_write(struct table *table, enum table_format format)
{
    static void (*const writers[])(struct text *, const struct table *) = {
        [TABLE_TEXT] = table_write_text,
        [TABLE_MARKDOWN] = table_write_markdown,
        [TABLE_CSV] = table_write_csv,
        [TABLE_HTML] = table_write_html};
    struct text out = {0};

    writers[format](&out, table);
    table_free(table);
    return text_take(&out);
}
