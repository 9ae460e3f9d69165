#include "results/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/file.h"

cJSON *json_read(const char *data, size_t size, char what[JSON_WHAT_SIZE])
{
    const char *end = data;
    cJSON *value = cJSON_ParseWithLengthOpts(data, size + 1, &end, 1);

    what[0] = '\0';
    if (value == NULL)
        snprintf(what, JSON_WHAT_SIZE, "not JSON at byte %zu of %zu",
                 (size_t)(end - data), size);
    return value;
}

/* Those from U+0080 on are two bytes, and terminals obey them as well. */
static void json_hide(char *text)
{
    unsigned char *at = (unsigned char *)text;

    for (; at != NULL && *at != '\0'; at++)
        if (*at < 0x20 || *at == 0x7F)
            *at = '?';
        else if (*at == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0)
            at[0] = at[1] = '?';
}

void json_hide_controls(cJSON *value)
{
    cJSON *child;

    json_hide(value->valuestring);
    json_hide(value->string);
    cJSON_ArrayForEach (child, value)
        json_hide_controls(child);
}

bool json_file(const char *path, cJSON **value, char what[JSON_WHAT_SIZE])
{
    char *data;
    size_t size;
    uint32_t code = file_read(path, &data, &size);

    *value = NULL;
    if (code != 0) {
        file_complain("read", path, code);
        return false;
    }
    *value = json_read(data, size, what);
    free(data);
    if (*value != NULL)
        json_hide_controls(*value);
    return true;
}
