#include "results/table_format.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/json_lines.h"
#include "common/number.h"

/* --- building ------------------------------------------------------------ */

void table_link(struct table *table, char *text, char *link)
{
    if ((table->cells & (table->cells + 1)) == 0) /* doubles the room */
        table->cell =
            realloc(table->cell, 2 * (table->cells + 1) * sizeof *table->cell);
    if (table->cell == NULL)
        die("realloc");
    table->cell[table->cells++] =
        (struct table_cell){text, NULL, link, false, 0};
}

void table_cell(struct table *table, char *text)
{
    table_link(table, text, NULL);
}

void table_column(struct table *table, const char *heading, bool words)
{
    table_cell(table, text_copy(heading));
    table->cell[table->columns++].words = words;
}

void table_columns(struct table *table, const char *headings)
{
    while (*headings != '\0') {
        size_t length = strcspn(headings, ",");

        table_cell(table, text_make("%.*s", (int)length, headings));
        table->columns++;
        headings += length + (headings[length] == ',');
    }
}

void table_value(struct table *table, bool known, double value, int decimals)
{
    struct text cell = {0};

    if (known)
        table_number(&cell, value, decimals);
    else
        text_add(&cell, TABLE_UNKNOWN);
    table_cell(table, text_take(&cell));
}

/* Adds a text, which it takes over, to a list; returns how many it has then. */
static size_t table_list_add(cJSON **list, char *text)
{
    if (*list == NULL)
        *list = cJSON_CreateArray();
    json_add_text(*list, text);
    return (size_t)cJSON_GetArraySize(*list);
}

void table_line(struct table *table, char *text)
{
    table_list_add(&table->lines, text);
}

void table_measured(struct table *table, const struct record_set *set)
{
    char *machines = records_machines(set), *wine = records_wine(set);

    if (machines[0] != '\0')
        table_line(table, text_copy(machines));
    if (wine != NULL)
        table_line(table, wine);
    free(machines);
}

size_t table_note(struct table *table, char *text)
{
    const cJSON *note;
    size_t number = 1;

    cJSON_ArrayForEach (note, table->notes) {
        if (strcmp(note->valuestring, text) == 0) {
            free(text);
            return number;
        }
        number++;
    }
    return table_list_add(&table->notes, text);
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

void table_interval(struct text *text, double low, double high, int decimals)
{
    table_number(text, low, decimals);
    text_add(text, "..");
    table_number(text, high, decimals);
}

void table_figure(struct table *table, struct summary summary, int decimals,
                  bool spread)
{
    const char *why =
        summary.why != NULL ? summary.why : "no run reached this point";
    struct text cell = {0};

    if (summary.count > 0)
        table_number(&cell, summary.median, decimals);
    else
        text_add(&cell, "n/a [%zu]",
                 table_note(table, text_make("n/a: %s", why)));
    if (summary.count > 1 && spread) {
        text_add(&cell, "\n");
        table_interval(&cell, summary.low, summary.high, decimals);
    }
    table->medians = table->medians || summary.count > 1;
    table_cell(table, text_take(&cell));
}

/* --- escaping ------------------------------------------------------------ */

static void html_byte(struct text *out, char c)
{
    static const char *const entities[256] = {['&'] = "&amp;",
                                              ['<'] = "&lt;",
                                              ['>'] = "&gt;",
                                              ['"'] = "&quot;",
                                              ['\''] = "&#39;"};
    const char *entity = entities[(unsigned char)c];

    text_add_bytes(out, entity != NULL ? entity : &c,
                   entity != NULL ? strlen(entity) : 1);
}

void html_text(struct text *out, const char *text)
{
    for (; *text != '\0'; text++)
        html_byte(out, *text);
}

void html_href(struct text *out, const char *path)
{
    for (; *path != '\0'; path++)
        if (isalnum((unsigned char)*path) || strchr("-._~/", *path) != NULL)
            text_add_bytes(out, path, 1);
        else
            text_add(out, "%%%02X", (unsigned)(unsigned char)*path);
}

/* --- text ---------------------------------------------------------------- */

/* The n-th line of a cell, "" after its last. */
static const char *table_cell_line(const char *text, size_t n)
{
    while (n > 0 && *text != '\0')
        if (*text++ == '\n')
            n--;
    return text;
}

size_t table_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0' && *text != '\n'; text++)
        width += (*text & 0xC0) != 0x80;
    return width;
}

size_t text_wrap(struct text *out, const char *paragraph, size_t width,
                 int first, int rest)
{
    size_t column = (size_t)first, lines = 1;

    text_add(out, "%*s", first, "");
    while (*paragraph != '\0') {
        size_t length = strcspn(paragraph, " ");
        size_t wide = 0;

        for (size_t i = 0; i < length; i++)
            wide += (paragraph[i] & 0xC0) != 0x80;
        if (column > (size_t)(lines == 1 ? first : rest) &&
            column + wide > width) {
            out->length--; /* the blank before it */
            text_add(out, "\n%*s", rest, "");
            column = (size_t)rest;
            lines++;
        }
        text_add_bytes(out, paragraph, length);
        paragraph += length;
        column += wide;
        if (*paragraph == ' ') {
            text_add(out, " ");
            column++;
            paragraph++;
        }
    }
    text_add(out, "\n");
    return lines;
}

static void table_text_row(struct text *out, const struct table *table,
                           const struct table_cell *row)
{
    bool more = true;

    for (size_t n = 0; more; n++) {
        more = false;
        for (size_t c = 0; c < table->columns; c++) {
            const char *line = table_cell_line(row[c].text, n);
            int padding = (int)(table->cell[c].width - table_width(line));
            bool left = table->cell[c].words;

            more = more || strchr(line, '\n') != NULL;
            text_add(out, "%s%*s", c > 0 ? "  " : "", left ? 0 : padding, "");
            text_add_bytes(out, line, strcspn(line, "\n"));
            text_add(out, "%*s", left ? padding : 0, "");
        }
        while (out->length > 0 && out->data[out->length - 1] == ' ')
            out->length--;
        text_add(out, "\n");
    }
}

void table_widths(struct table *table)
{
    for (size_t i = 0; i < table->cells; i++)
        for (const char *line = table->cell[i].text; *line != '\0';
             line = table_cell_line(line, 1)) {
            size_t *widest = &table->cell[i % table->columns].width;
            size_t width = table_width(line);

            *widest = width > *widest ? width : *widest;
        }
}

bool table_knows(const struct table *table, size_t column)
{
    for (size_t i = table->columns + column; i < table->cells;
         i += table->columns)
        if (strcmp(table->cell[i].text, TABLE_UNKNOWN) != 0)
            return true;
    return false;
}

void table_drop(struct table *table, size_t column)
{
    size_t kept = 0;

    for (size_t i = 0; i < table->cells; i++)
        if (i % table->columns == column)
            free(table->cell[i].text);
        else
            table->cell[kept++] = table->cell[i];
    table->cells = kept;
    table->columns--;
}

static void table_text(struct text *out, struct table *table)
{
    table_widths(table);
    for (size_t i = 0; i < table->cells; i += table->columns) {
        const char *above = table->cell[i].above;

        text_add(out, "%s", above != NULL ? "\n" : "");
        if (above != NULL && above[0] != '\0')
            text_wrap(out, above, table->width, 0, 2);
        table_text_row(out, table, &table->cell[i]);
        for (size_t c = 0; c < table->columns && i == 0; c++) {
            text_add(out, "%s", c > 0 ? "  " : "");
            for (size_t k = 0; k < table->cell[c].width; k++)
                text_add(out, "-");
        }
        text_add(out, "%s", i == 0 ? "\n" : "");
    }
    text_add(out, "\n");
}

/* --- Markdown, CSV and HTML ---------------------------------------------- */

/* The interval of a cell goes into parentheses. A bar would end the cell, a
 * line end the row. */
void markdown_text(struct text *out, const char *text, bool cell)
{
    bool interval = cell && strchr(text, '\n') != NULL;

    for (; *text != '\0'; text++)
        if (*text == '\n')
            text_add(out, interval ? " (" : " ");
        else if (strchr("|*<>_`[]\\&~", *text) != NULL)
            text_add(out, "\\%c", *text);
        else
            text_add_bytes(out, text, 1);
    text_add(out, interval ? ")" : "");
}

static void table_markdown(struct text *out, struct table *table)
{
    size_t column = 0;

    for (size_t i = 0; i < table->cells; i++) {
        text_add(out, "| ");
        markdown_text(out, table->cell[i].text, i >= table->columns);
        if (++column < table->columns) {
            text_add(out, " ");
            continue;
        }
        text_add(out, " |\n");
        column = 0;
        if (i + 1 != table->columns)
            continue;
        for (size_t c = 0; c < table->columns; c++)
            text_add(out, table->cell[c].words ? "| :--- " : "| ---: ");
        text_add(out, "|\n");
    }
}

static void table_csv(struct text *out, struct table *table)
{
    for (size_t i = 0; i < table->cells; i++) {
        csv_text(out, table->cell[i].text);
        text_add(out, (i + 1) % table->columns == 0 ? "\r\n" : ",");
    }
}

/* "[12]" in a cell leads to its note, and its interval is small. */
static void table_html_cell(struct text *out, const char *cell)
{
    bool interval = strchr(cell, '\n') != NULL;

    for (; *cell != '\0'; cell++) {
        size_t digits = *cell == '[' ? strspn(cell + 1, "0123456789") : 0;

        if (digits > 0 && cell[1 + digits] == ']') {
            text_add(out, "<a href=\"#note-%.*s\">%.*s</a>", (int)digits,
                     cell + 1, (int)digits + 2, cell);
            cell += digits + 1;
        } else if (*cell == '\n') {
            text_add(out, " <small>");
        } else {
            html_byte(out, *cell);
        }
    }
    text_add(out, interval ? "</small>" : "");
}

static void table_html(struct text *out, struct table *table)
{
    const char *caption = table->caption != NULL
                              ? table->caption
                              : "Each model at each number of connections";

    text_add(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
                  "aria-label=\"");
    html_text(out, caption);
    text_add(out, "\">\n<table>\n<caption>");
    html_text(out, caption);
    text_add(out, "</caption>\n<thead>");
    for (size_t i = 0; i < table->cells; i++) {
        const struct table_cell *cell = &table->cell[i];
        size_t c = i % table->columns;
        bool heading = i < table->columns;

        text_add(out, c == 0 ? "<tr>" : "");
        text_add(out, heading  ? "<th scope=\"col\""
                      : c == 0 ? "<th scope=\"row\""
                               : "<td");
        text_add(out, table->cell[c].words ? " class=\"words\">" : ">");
        if (cell->link != NULL) {
            text_add(out, "<a href=\"");
            html_href(out, cell->link);
            text_add(out, "\">");
            html_text(out, cell->text);
            text_add(out, "</a>");
        } else if (heading) {
            html_text(out, cell->text);
        } else {
            table_html_cell(out, cell->text);
        }
        text_add(out, heading || c == 0 ? "</th>" : "</td>");
        text_add(out, c + 1 == table->columns ? "</tr>\n" : "");
        text_add(out, i + 1 == table->columns ? "</thead>\n<tbody>\n" : "");
    }
    text_add(out, "</tbody>\n</table>\n</div>\n");
}

/* --- below the table ----------------------------------------------------- */

/* A sentence, or a note with its number. */
static void table_paragraph(struct text *out, const struct table *table,
                            enum table_format format, size_t note,
                            const char *sentence)
{
    char *text =
        note > 0 ? text_make("[%zu] %s", note, sentence) : text_copy(sentence);

    if (format == TABLE_HTML) {
        if (note > 0)
            text_add(out, "<p id=\"note-%zu\">", note);
        else
            text_add(out, "<p>");
        html_text(out, text);
        text_add(out, "</p>\n");
    } else if (format == TABLE_MARKDOWN) {
        text_add(out, "\n");
        markdown_text(out, text, false);
        text_add(out, "\n");
    } else if (table->width > 0) {
        text_wrap(out, text, table->width, 0, 2);
    } else {
        text_add(out, "%s\n", text);
    }
    free(text);
}

static void table_foot(struct text *out, const struct table *table,
                       enum table_format format)
{
    const cJSON *line;
    size_t note = 1;

    if (table->medians)
        table_paragraph(out, table, format, 0,
                        "Medians of the repeats; low..high is " SUMMARY_SPREAD
                        ".");
    cJSON_ArrayForEach (line, table->lines)
        table_paragraph(out, table, format, 0, line->valuestring);
    cJSON_ArrayForEach (line, table->notes)
        table_paragraph(out, table, format, note++, line->valuestring);
}

char *table_write(struct table *table, enum table_format format)
{
    static void (*const writers[])(struct text *, struct table *) = {
        [TABLE_TEXT] = table_text,
        [TABLE_MARKDOWN] = table_markdown,
        [TABLE_CSV] = table_csv,
        [TABLE_HTML] = table_html};
    struct text out = {0};

    writers[format](&out, table);
    if (format != TABLE_CSV)
        table_foot(&out, table, format);
    for (size_t i = 0; i < table->cells; i++) {
        free(table->cell[i].text);
        free(table->cell[i].link);
        free(table->cell[i].above);
    }
    free(table->cell);
    cJSON_Delete(table->lines);
    cJSON_Delete(table->notes);
    return text_take(&out);
}
