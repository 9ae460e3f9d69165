/* Changes JSON as JSON, so that what is behind the parser gets to see more
 * than its refusals: libFuzzer's custom mutator, which every program that is
 * linked with this has. One change in eight is of raw bytes all the same. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cJSON.h>
#include "common/number.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed);

/* The n-th value below `item`, itself included, in the order of the text. */
static cJSON *mutate_pick(cJSON *item, uint64_t *n)
{
    if ((*n)-- == 0)
        return item;
    for (cJSON *child = item->child; child != NULL; child = child->next) {
        cJSON *found = mutate_pick(child, n);

        if (found != NULL)
            return found;
    }
    return NULL;
}

static uint64_t mutate_count(const cJSON *item)
{
    uint64_t count = 1;

    for (const cJSON *child = item->child; child != NULL; child = child->next)
        count += mutate_count(child);
    return count;
}

static cJSON *mutate_any(cJSON *root, struct random *r)
{
    uint64_t n = random_below(r, mutate_count(root));

    return mutate_pick(root, &n);
}

static cJSON *mutate_number(struct random *r, double was)
{
    static const double odd[] = {0,     -1,   1,     2,     1e300, -1e300,
                                 1e-9,  0.5,  1000,  65535, 65536, 2147483648.0,
                                 1e19,  4096, 1e15,  100,   50000, 7000,
                                 -1e19, 1e9,  12000, 3,     255,   0.05};
    const uint64_t choice = random_below(r, 4);

    if (choice == 0)
        return cJSON_CreateNumber(was * 2);
    if (choice == 1)
        return cJSON_CreateNumber(was + 1);
    return cJSON_CreateNumber(odd[random_below(r, sizeof odd / sizeof *odd)]);
}

static cJSON *mutate_string(struct random *r, const char *was)
{
    char text[256];
    size_t size = was != NULL ? strlen(was) : 0;

    if (size >= sizeof text / 2)
        size = sizeof text / 2;
    if (size > 0)
        memcpy(text, was, size);
    size = LLVMFuzzerMutate((uint8_t *)text, size, sizeof text - 1);
    text[size] = '\0';
    (void)r;
    return cJSON_CreateString(text);
}

static cJSON *mutate_value(cJSON *root, const cJSON *was, struct random *r)
{
    switch (random_below(r, 8)) {
    case 0:
        return cJSON_CreateNull();
    case 1:
        return cJSON_CreateBool(random_below(r, 2) != 0);
    case 2:
        return random_below(r, 2) ? cJSON_CreateArray() : cJSON_CreateObject();
    case 3: /* another value of the same text */
    case 4:
        return cJSON_Duplicate(mutate_any(root, r), true);
    case 5:
        return mutate_string(r, was->valuestring);
    default:
        return mutate_number(r, was->valuedouble);
    }
}

/* Leaves most kinds as they are: what has the right shape gets further. */
static cJSON *mutate_alike(cJSON *root, const cJSON *was, struct random *r)
{
    if (random_below(r, 4) != 0 && cJSON_IsNumber(was))
        return mutate_number(r, was->valuedouble);
    if (random_below(r, 4) != 0 && cJSON_IsString(was))
        return mutate_string(r, was->valuestring);
    return mutate_value(root, was, r);
}

static cJSON *mutate_parent(cJSON *above, const cJSON *item)
{
    for (cJSON *child = above->child; child != NULL; child = child->next) {
        cJSON *found = child == item ? above : mutate_parent(child, item);

        if (found != NULL)
            return found;
    }
    return NULL;
}

static void mutate_once(cJSON *root, struct random *r)
{
    cJSON *item = mutate_any(root, r);
    cJSON *parent = mutate_parent(root, item);

    if (parent == NULL)
        return;
    switch (random_below(r, 6)) {
    case 0:
        cJSON_Delete(cJSON_DetachItemViaPointer(parent, item));
        break;
    case 1: /* twice */
        if (item->string != NULL)
            cJSON_AddItemToObject(parent, item->string,
                                  cJSON_Duplicate(item, true));
        else
            cJSON_AddItemToArray(parent, cJSON_Duplicate(item, true));
        break;
    default: {
        cJSON *fresh = mutate_alike(root, item, r);

        if (item->string != NULL && fresh != NULL && fresh->string == NULL) {
            fresh->string = malloc(strlen(item->string) + 1);
            if (fresh->string != NULL)
                memcpy(fresh->string, item->string, strlen(item->string) + 1);
        }
        cJSON_ReplaceItemViaPointer(parent, item, fresh);
    }
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed)
{
    struct random r = {seed};
    cJSON *root = random_below(&r, 8) != 0
                      ? cJSON_ParseWithLength((char *)data, size)
                      : NULL;

    if (root == NULL)
        return LLVMFuzzerMutate(data, size, most);
    for (uint64_t changes = 1 + random_below(&r, 4); changes > 0; changes--)
        mutate_once(root, &r);
    char *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    if (text != NULL && strlen(text) <= most) {
        size = strlen(text);
        memcpy(data, text, size);
    }
    cJSON_free(text);
    return size;
}
