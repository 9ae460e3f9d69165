#include "results/json.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "results/json_scan.h"
#include "results/text.h"

/* --- what the parser lets pass -------------------------------------------- */

static int json_key_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, since an object may have as many keys as a file has bytes. */
static bool json_keys_differ(const cJSON *object, char what[JSON_WHAT_SIZE])
{
    size_t count = (size_t)cJSON_GetArraySize(object), at = 0;
    const char **keys = calloc(count + 1, sizeof *keys);
    const char *twice = NULL;
    const cJSON *member;

    if (keys == NULL)
        die("calloc");
    cJSON_ArrayForEach (member, object)
        keys[at++] = member->string;
    qsort(keys, count, sizeof *keys, json_key_order);
    for (at = 1; at < count && twice == NULL; at++)
        if (strcmp(keys[at - 1], keys[at]) == 0)
            twice = keys[at];
    free(keys);
    if (twice != NULL)
        snprintf(what, JSON_WHAT_SIZE, "an object has the key \"%.40s\" twice",
                 twice);
    return twice == NULL;
}

static bool json_holds(const cJSON *value, char what[JSON_WHAT_SIZE])
{
    const cJSON *child;

    /* Not isfinite: mingw's macro narrows to float, which warns. */
    if (cJSON_IsNumber(value) && !(fabs(value->valuedouble) <= DBL_MAX)) {
        snprintf(what, JSON_WHAT_SIZE,
                 "the number of \"%.40s\" is too large to be held",
                 value->string != NULL ? value->string : "a list");
        return false;
    }
    if (cJSON_IsObject(value) && !json_keys_differ(value, what))
        return false;
    cJSON_ArrayForEach (child, value)
        if (!json_holds(child, what))
            return false;
    return true;
}

cJSON *json_read(const char *data, size_t size, char what[JSON_WHAT_SIZE])
{
    const char *end = data;
    size_t at;
    cJSON *value = NULL;

    what[0] = '\0';
    if (json_scan(data, size, &at)) {
        value = cJSON_ParseWithLengthOpts(data, size + 1, &end, true);
        at = (size_t)(end - data);
    }
    if (value == NULL)
        snprintf(what, JSON_WHAT_SIZE, "not JSON at byte %lu of %lu",
                 (unsigned long)at, (unsigned long)size);
    if (value != NULL && !json_holds(value, what)) {
        cJSON_Delete(value);
        value = NULL;
    }
    return value;
}

/* --- control characters --------------------------------------------------- */

/* The length of the control character at `text`, or 0. Those from U+0080 on
 * are two bytes, and terminals obey them as well. */
static size_t json_control(const unsigned char *text)
{
    if (*text < 0x20 || *text == 0x7F)
        return 1;
    return *text == 0xC2 && text[1] >= 0x80 && text[1] < 0xA0 ? 2 : 0;
}

/* To free; NULL: there is none in it. */
static char *json_escaped(const char *text)
{
    struct text out = {0};
    bool any = false;

    while (*text != '\0') {
        size_t length = json_control((const unsigned char *)text);

        if (length == 0) {
            text_add_bytes(&out, text++, 1);
            continue;
        }
        any = true;
        text_add(&out, "\\u%04x", (unsigned)(unsigned char)text[length - 1]);
        text += length;
    }
    if (any)
        return text_take(&out);
    free(out.data);
    return NULL;
}

static void json_show_in(char **text)
{
    char *escaped = *text != NULL ? json_escaped(*text) : NULL;
    char *copy;

    if (escaped == NULL)
        return;
    copy = cJSON_malloc(strlen(escaped) + 1);
    if (copy == NULL)
        die("cJSON_malloc");
    memcpy(copy, escaped, strlen(escaped) + 1);
    free(escaped);
    cJSON_free(*text);
    *text = copy;
}

void json_show_controls(cJSON *value)
{
    cJSON *child;

    json_show_in(&value->valuestring);
    json_show_in(&value->string);
    cJSON_ArrayForEach (child, value)
        json_show_controls(child);
}
