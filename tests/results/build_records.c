/* What the runner makes of what it heard, and how that is judged. A line of
 * standard input is {"asked":{},"server":[],"load":[],"reasons":[]}, without
 * what never came; for each there is a line of output with the record. */
#include <stdlib.h>

#include "common/json_lines.h"
#include "results/fields.h"
#include "results/record.h"
#include "results/record_file.h"

enum { LINE = 1 << 18 };

static cJSON *judged(const cJSON *heard)
{
    cJSON *line = cJSON_CreateObject();
    cJSON *record = record_build(
        &(struct record_parts){"id", "2026-11-22T14:18:16.123Z", "0.1.0", "run",
                               NULL, cJSON_GetObjectItem(heard, "asked"),
                               cJSON_GetObjectItem(heard, "server"),
                               cJSON_GetObjectItem(heard, "load"),
                               cJSON_GetObjectItem(heard, "reasons")});
    const char *fault = record_fault(record);
    char *reasons;
    bool saturated;

    if (fault != NULL)
        cJSON_AddStringToObject(line, "fault", fault);
    cJSON_AddBoolToObject(line, "valid", record_valid(record, &reasons));
    if (reasons != NULL)
        cJSON_AddStringToObject(line, "reasons", reasons);
    cJSON_AddBoolToObject(line, "only_disturbed",
                          record_is_only_disturbed(record, &saturated));
    cJSON_AddBoolToObject(line, "saturated", saturated);
    cJSON_AddItemToObject(line, "record", record);
    free(reasons);
    return line;
}

int main(void)
{
    static char text[LINE];

    json_lines_init();
    while (json_lines_read(text, sizeof text)) {
        cJSON *heard = cJSON_Parse(text);

        if (heard == NULL)
            return 1;
        json_lines_write(judged(heard));
        cJSON_Delete(heard);
    }
    return 0;
}
