#include "results/table_cells.h"

#include <stdlib.h>
#include <string.h>

#include "results/figure.h"
#include "results/measures.h"
#include "results/record.h"
#include "results/text.h"

/* RFC 4180: quoted where it must be. */
void csv_text(struct text *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        text_add(out, "%s", text);
        return;
    }
    text_add(out, "\"");
    for (; *text != '\0'; text++)
        text_add(out, *text == '"' ? "\"\"" : "%c", *text);
    text_add(out, "\"");
}

/* In the record's own unit, empty for not known. */
static void csv_figure(struct text *out, const struct figure *figure)
{
    if (figure->count == 0)
        text_add(out, ",,,");
    else
        text_add(out, ",%.15g,%.15g,%.15g", figure->median, figure->low,
                 figure->high);
}

static void csv_notes(struct text *out, const struct record_group *group)
{
    struct text notes = {0};
    char *remark;

    for (size_t place = 0; table_remark(group, place, &remark); place++) {
        if (remark != NULL)
            text_add(&notes, "%s%s", notes.length != 0 ? " | " : "", remark);
        free(remark);
    }
    text_add(out, ",");
    csv_text(out, notes.data != NULL ? notes.data : "");
    free(notes.data);
}

static void csv_row(struct text *out, const struct record_group *group,
                    const char *machine)
{
    struct figure connected = figure_of(group, "/connections/connected", 1);

    csv_text(out, group->model);
    text_add(out, ",");
    csv_text(out, group->setting);
    text_add(out, ",%lu,%lu,%.15g", (unsigned long)group->count,
             (unsigned long)group_valid(group), group->connections);
    csv_figure(out, &connected);
    for (const struct measure *m = measures; m->pointer != NULL; m++) {
        struct figure figure;

        if (m->heading == NULL)
            continue;
        figure = figure_of(group, m->pointer, 1);
        csv_figure(out, &figure);
    }
    csv_notes(out, group);
    text_add(out, ",");
    csv_text(out, machine);
    text_add(out, "\r\n");
}

char *table_print_csv(const struct record_set *set)
{
    struct text out = {0};
    char *machine = records_machines(set);

    text_add(&out, "model,setting,runs,valid_runs,attempted,connected,"
                   "connected_low,connected_high");
    for (const struct measure *m = measures; m->pointer != NULL; m++)
        if (m->heading != NULL)
            text_add(&out, ",%s,%s_low,%s_high", m->name, m->name, m->name);
    text_add(&out, ",notes,machine\r\n");
    for (size_t i = 0; i < set->group_count; i++)
        csv_row(&out, &set->groups[i], machine);
    free(machine);
    return text_take(&out);
}
