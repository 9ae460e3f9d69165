#include "results/table_cells.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "results/figure.h"
#include "results/html.h"
#include "results/text.h"

static void table_html_part(struct text *out, const char *bytes, size_t count)
{
    struct text part = {0};

    text_add_bytes(&part, bytes, count);
    html_text(out, part.data);
    free(part.data);
}

/* The digits of a note's number at `at`, which is "[12]..."; 0: it is none. */
static size_t table_html_digits(const char *at)
{
    size_t digits = 0;

    if (*at != '[')
        return 0;
    while (isdigit((unsigned char)at[1 + digits]))
        digits++;
    return at[1 + digits] == ']' ? digits : 0;
}

/* "[12]" in a cell leads to its note. */
static void table_html_cell(struct text *out, const char *cell)
{
    while (*cell != '\0') {
        size_t digits = table_html_digits(cell);
        size_t plain = 1 + strcspn(cell + 1, "[");

        if (digits == 0) {
            table_html_part(out, cell, plain);
            cell += plain;
            continue;
        }
        text_add(out, "<a href=\"#note-%.*s\">%.*s</a>", (int)digits, cell + 1,
                 (int)digits + 2, cell);
        cell += digits + 2;
    }
}

/* On one line, as wide as the browser likes. */
static char *table_html_heading(const char *heading)
{
    struct text line = {0};

    for (; *heading != '\0'; heading++)
        if (*heading != '\n')
            text_add_bytes(&line, heading, 1);
        else if (line.length > 0 && line.data[line.length - 1] != '/')
            text_add(&line, " ");
    return text_take(&line);
}

static const char *table_html_class(const struct table_cells *cells,
                                    size_t column)
{
    return cells->left[column] ? " class=\"words\"" : "";
}

static void table_html_row(struct text *out, const struct table_cells *cells,
                           size_t row)
{
    text_add(out, "<tr>");
    for (size_t c = 0; c < cells->columns; c++) {
        size_t at = row * cells->columns + c;

        if (c == 0)
            text_add(out, "<th scope=\"row\">");
        else
            text_add(out, "<td%s>", table_html_class(cells, c));
        table_html_cell(out, cells->cell[at]);
        if (cells->interval[at][0] != '\0') {
            text_add(out, " <small>");
            html_text(out, cells->interval[at]);
            text_add(out, "</small>");
        }
        text_add(out, "%s", c == 0 ? "</th>" : "</td>");
    }
    text_add(out, "</tr>\n");
}

static void table_html_foot(struct text *out, const struct table_cells *cells)
{
    if (cells->most > 0) {
        text_add(out, "<p>Medians of the repeats; the small figures are ");
        figure_spread(out, cells->fewest, cells->most);
        text_add(out, ".</p>\n");
    }
    if (cells->machine[0] != '\0') {
        text_add(out, "<p>");
        html_text(out, cells->machine);
        text_add(out, "</p>\n");
    }
    if (cells->wine != NULL) {
        text_add(out, "<p>%c", cells->wine[0] - 'a' + 'A');
        html_text(out, cells->wine + 1);
        text_add(out, ".</p>\n");
    }
    for (size_t i = 0; i < cells->line_count; i++) {
        text_add(out, "<p>");
        html_text(out, cells->line[i]);
        text_add(out, "</p>\n");
    }
    if (cells->note_count == 0)
        return;
    text_add(out, "<ol class=\"notes\">\n");
    for (size_t i = 0; i < cells->note_count; i++) {
        text_add(out, "<li id=\"note-%lu\">", (unsigned long)(i + 1));
        html_text(out, cells->note[i]);
        text_add(out, "</li>\n");
    }
    text_add(out, "</ol>\n");
}

char *table_print_html(const struct table_cells *cells)
{
    struct text out = {0};

    text_add(&out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
                   "aria-label=\"Table of the models\">\n<table>\n"
                   "<caption>");
    html_text(&out, cells->caption != NULL
                        ? cells->caption
                        : "Each model at each number of connections");
    text_add(&out, "</caption>\n<thead><tr>");
    for (size_t c = 0; c < cells->columns; c++) {
        char *heading = table_html_heading(cells->heading[c]);

        text_add(&out, "<th scope=\"col\"%s>", table_html_class(cells, c));
        html_text(&out, heading);
        text_add(&out, "</th>");
        free(heading);
    }
    text_add(&out, "</tr></thead>\n<tbody>\n");
    for (size_t r = 0; r < cells->rows; r++)
        table_html_row(&out, cells, r);
    text_add(&out, "</tbody>\n</table>\n</div>\n");
    table_html_foot(&out, cells);
    return text_take(&out);
}
