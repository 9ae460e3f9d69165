/* JSON as a test writes it, and records of it. */
#ifndef IOMODELS_UNIT_RECORDS_H
#define IOMODELS_UNIT_RECORDS_H

#include "unit.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/record_set.h"

/* Of text whose quotes are ', which is freed. */
static inline cJSON *json_made(char *text)
{
    cJSON *made;

    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    made = cJSON_Parse(text);
    if (made == NULL)
        fail_msg("not JSON: %s", text);
    free(text);
    return made;
}

#endif
