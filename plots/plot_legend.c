/* The legend below the plot, which has as many rows as it needs. */
#include <stdlib.h>
#include <string.h>

#include "model_list.h"
#include "plots/plot_parts.h"

/* Pixels: a line's sample with what is between and a letter, both rather too
 * wide than too narrow; a row is a line of words, and a little more. */
enum {
    LEGEND_STYLES = 64,
    LEGEND_SAMPLE = 66,
    LEGEND_LETTER = 8,
    LEGEND_LINE = 17,
    LEGEND_LEAD = 4,
    LEGEND_COLUMNS = 4,
    LEGEND_WIDTH = PLOT_RIGHT - PLOT_LEFT,
    LEGEND_LETTERS = (LEGEND_WIDTH - LEGEND_SAMPLE) / LEGEND_LETTER
};

struct legend {
    size_t entries, letters, lines; /* at most, of one entry */
};

/* A model has its own style, whichever others are drawn beside it. */
static size_t legend_style(const struct record_group *group, size_t place)
{
#define MODEL(name) #name,
    static const char *const order[] = {MODELS NULL};
#undef MODEL

    for (size_t i = 0; order[i] != NULL && group->label[0] == '\0'; i++)
        if (strcmp(order[i], group->model) == 0)
            return i % LEGEND_STYLES + 1;
    return place % LEGEND_STYLES + 1;
}

/* How much of the words is on this line; *next is where the next begins. */
static size_t legend_line(const char *words, const char **next)
{
    size_t length = strlen(words), end = LEGEND_LETTERS;

    if (length <= LEGEND_LETTERS) {
        *next = words + length;
        return length;
    }
    while (end > 0 && words[end] != ' ')
        end--;
    if (end == 0) { /* one long word: not within a letter of UTF-8 */
        end = LEGEND_LETTERS;
        while (((unsigned char)words[end] & 0xC0) == 0x80)
            end--;
        *next = words + end;
    } else {
        *next = words + end + 1;
    }
    return end;
}

/* Words that are too long for a line go on in the next. */
static void legend_words(struct text *out, struct legend *legend,
                         const char *words)
{
    size_t lines = 0;

    do {
        const char *next;
        size_t length = legend_line(words, &next);

        text_add(out, "%s", lines > 0 ? ".\"\\n\"." : "");
        plot_quote(out, words, length);
        legend->letters = length > legend->letters ? length : legend->letters;
        lines++;
        words = next;
    } while (*words != '\0');
    legend->lines = lines > legend->lines ? lines : legend->lines;
}

static void legend_entry(struct text *out, struct legend *legend,
                         const struct record_group *group)
{
    unsigned long place = (unsigned long)++legend->entries;
    struct text label = {0};

    text_add(&label, "%s%s%s", group->model, group->label[0] != '\0' ? " " : "",
             group->label);
    text_add(out, "labels[%lu] = ", place);
    legend_words(out, legend, label.data);
    text_add(out, "\nstyles[%lu] = %lu\n", place,
             (unsigned long)legend_style(group, place - 1));
    free(label.data);
}

/* Down, then across: models of one setting stand below each other. */
static void legend_layout(struct text *out, const struct legend *legend)
{
    size_t width = LEGEND_SAMPLE + legend->letters * LEGEND_LETTER;
    size_t columns = LEGEND_WIDTH / width, rows;

    columns = columns > LEGEND_COLUMNS ? LEGEND_COLUMNS : columns;
    columns = columns > 0 ? columns : 1;
    rows = (legend->entries + columns - 1) / columns;
    text_add(out, "legend_rows = %lu\nlegend_row = %lu\nlegend_column = %lu\n",
             (unsigned long)rows,
             (unsigned long)(LEGEND_LEAD + LEGEND_LINE * legend->lines),
             (unsigned long)(LEGEND_WIDTH / columns));
}

void plot_legend(struct text *out, const struct plot_series *series)
{
    struct legend legend = {0};

    text_add(out, "series = %lu\narray labels[%lu]\narray styles[%lu]\n",
             (unsigned long)series->count, (unsigned long)series->count,
             (unsigned long)series->count);
    for (size_t i = 0; i < series->count; i++)
        legend_entry(out, &legend, series->first[i]);
    legend_layout(out, &legend);
}
