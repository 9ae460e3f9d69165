#include "results/record_set.h"

#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "results/fields.h"
#include "common/text.h"

static void machines_system(struct text *line, const cJSON *record)
{
    const char *os = record_text(record, "/machine/server/os");

    if (strcmp(os, "Wine") == 0) {
        text_add(line, "Wine %s",
                 record_text(record, "/machine/server/wine_version"));
        if (record_at(record, "/machine/server/wine_host") != NULL)
            text_add(line, " on %s",
                     record_text(record, "/machine/server/wine_host"));
        return;
    }
    if (record_at(record, "/machine/server/os_edition") != NULL)
        text_add(line, "%s", record_text(record, "/machine/server/os_edition"));
    else
        text_add(line, "%s", os);
    if (record_at(record, "/machine/server/os_version") != NULL)
        text_add(line, " %s",
                 record_text(record, "/machine/server/os_version"));
}

/* "" when the server never said where it ran. */
static char *machines_one(const cJSON *record)
{
    struct text line = {0};
    double cores, memory;
    char bytes[32];

    if (record_at(record, "/machine/server/os") == NULL)
        return text_copy("");
    machines_system(&line, record);
    if (record_at(record, "/machine/server/cpu") != NULL)
        text_add(&line, "; %s", record_text(record, "/machine/server/cpu"));
    if (record_number(record, "/machine/server/cores", &cores))
        text_add(&line, ", %.0f logical processor%s", cores,
                 cores == 1 ? "" : "s");
    if (record_number(record, "/machine/server/memory_bytes", &memory))
        text_add(&line, ", %s memory",
                 number_show_bytes(memory, bytes, sizeof bytes));
    return text_take(&line);
}

char *records_machines(const struct record_set *set)
{
    struct text all = {0};

    for (size_t i = 0; i < set->count; i++) {
        char *one = machines_one(set->records[i]);

        if (one[0] != '\0' &&
            (all.data == NULL || strstr(all.data, one) == NULL))
            text_add(&all, "%s%s", all.length != 0 ? " | " : "", one);
        free(one);
    }
    return text_take(&all);
}

char *records_wine(const struct record_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const cJSON *record = set->records[i];
        struct text label = {0};

        if (strcmp(record_text(record, "/machine/server/os"), "Wine") != 0)
            continue;
        text_add(&label,
                 "measured under Wine %s: these compare models with each "
                 "other there and are not Windows figures",
                 record_text(record, "/machine/server/wine_version"));
        return text_take(&label);
    }
    return NULL;
}
