#include "results/table_cells.h"

#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "results/figure.h"
#include "results/record.h"
#include "results/text.h"

/* Characters of UTF-8 text up to its end or the end of its line. */
static size_t print_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0' && *text != '\n'; text++)
        width += (*text & 0xC0) != 0x80;
    return width;
}

static size_t print_lines(const char *text)
{
    size_t lines = 1;

    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

/* The n-th line of a heading, "" after its last. */
static const char *print_line(const char *text, size_t n)
{
    while (n > 0 && *text != '\0')
        if (*text++ == '\n')
            n--;
    return text;
}

static void print_padded(struct text *out, const char *text, size_t width,
                         bool left)
{
    size_t used = print_width(text), bytes = strcspn(text, "\n");

    if (!left)
        text_add(out, "%*s", (int)(width - used), "");
    text_add_bytes(out, text, bytes);
    if (left)
        text_add(out, "%*s", (int)(width - used), "");
    text_add(out, "  ");
}

static size_t *print_widths(const struct table_cells *cells, size_t *lines)
{
    size_t *widths = calloc(cells->columns, sizeof *widths);

    if (widths == NULL)
        die("calloc");
    *lines = 1;
    for (size_t c = 0; c < cells->columns; c++) {
        const char *heading = cells->heading[c];
        size_t count = print_lines(heading);

        if (count > *lines)
            *lines = count;
        for (size_t n = 0; n < count; n++)
            if (print_width(print_line(heading, n)) > widths[c])
                widths[c] = print_width(print_line(heading, n));
        for (size_t r = 0; r < cells->rows; r++) {
            size_t at = r * cells->columns + c;

            if (print_width(cells->cell[at]) > widths[c])
                widths[c] = print_width(cells->cell[at]);
            if (print_width(cells->interval[at]) > widths[c])
                widths[c] = print_width(cells->interval[at]);
        }
    }
    return widths;
}

static void print_row(struct text *out, const struct table_cells *cells,
                      const size_t *widths, char *const *row, size_t line)
{
    for (size_t c = 0; c < cells->columns; c++)
        print_padded(out, print_line(row[c], line), widths[c], cells->left[c]);
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->length--;
    text_add(out, "\n");
}

static bool print_has_intervals(const struct table_cells *cells, size_t row)
{
    for (size_t c = 0; c < cells->columns; c++)
        if (cells->interval[row * cells->columns + c][0] != '\0')
            return true;
    return false;
}

static void print_foot(struct text *out, const struct table_cells *cells,
                       const char *end)
{
    if (cells->machine[0] != '\0')
        text_add(out, "%s%s", cells->machine, end);
    if (cells->wine != NULL)
        text_add(out, "%c%s.%s", cells->wine[0] - 'a' + 'A', cells->wine + 1,
                 end);
    if (cells->most == 0)
        return;
    text_add(out, "Medians of the repeats; low..high is ");
    figure_spread(out, cells->fewest, cells->most);
    text_add(out, ".%s", end);
}

char *table_print_text(const struct table_cells *cells)
{
    struct text out = {0};
    size_t lines, *widths = print_widths(cells, &lines);

    for (size_t n = 0; n < lines; n++)
        print_row(&out, cells, widths, cells->heading, n);
    for (size_t c = 0; c < cells->columns; c++) {
        for (size_t i = 0; i < widths[c]; i++)
            text_add(&out, "-");
        text_add(&out, "%s", c + 1 == cells->columns ? "\n" : "  ");
    }
    for (size_t r = 0; r < cells->rows; r++) {
        print_row(&out, cells, widths, cells->cell + r * cells->columns, 0);
        if (print_has_intervals(cells, r))
            print_row(&out, cells, widths, cells->interval + r * cells->columns,
                      0);
    }
    text_add(&out, "\n");
    print_foot(&out, cells, "\n");
    for (size_t i = 0; i < cells->line_count; i++)
        text_add(&out, "%s\n", cells->line[i]);
    for (size_t i = 0; i < cells->note_count; i++)
        text_add(&out, "[%lu] %s\n", (unsigned long)(i + 1), cells->note[i]);
    free(widths);
    return text_take(&out);
}

/* A bar would end the cell, a line end the row. */
static void print_escaped(struct text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            text_add(out, "\\|");
        else if (*text == '\n' || *text == '\r')
            text_add(out, " ");
        else if (strchr("*<_`[]", *text) != NULL)
            text_add(out, "\\%c", *text);
        else
            text_add_bytes(out, text, 1);
    }
}

char *table_print_markdown(const struct table_cells *cells)
{
    struct text out = {0};

    for (size_t c = 0; c < cells->columns; c++) {
        text_add(&out, "| ");
        print_escaped(&out, cells->heading[c]);
        text_add(&out, " ");
    }
    text_add(&out, "|\n");
    for (size_t c = 0; c < cells->columns; c++)
        text_add(&out, cells->left[c] ? "| :--- " : "| ---: ");
    text_add(&out, "|\n");
    for (size_t r = 0; r < cells->rows; r++) {
        for (size_t c = 0; c < cells->columns; c++) {
            size_t at = r * cells->columns + c;

            text_add(&out, "| ");
            print_escaped(&out, cells->cell[at]);
            if (cells->interval[at][0] != '\0')
                text_add(&out, " (%s)", cells->interval[at]);
            text_add(&out, " ");
        }
        text_add(&out, "|\n");
    }
    text_add(&out, "\n");
    print_foot(&out, cells, "\n\n");
    for (size_t i = 0; i < cells->line_count; i++) {
        print_escaped(&out, cells->line[i]);
        text_add(&out, "\n\n");
    }
    for (size_t i = 0; i < cells->note_count; i++) {
        text_add(&out, "\\[%lu\\] ", (unsigned long)(i + 1));
        print_escaped(&out, cells->note[i]);
        text_add(&out, "%s", i + 1 == cells->note_count ? "\n" : "\n\n");
    }
    return text_take(&out);
}
