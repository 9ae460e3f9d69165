/* Changes JSON as JSON, so that what is behind the parser gets to see more
 * than its refusals: libFuzzer's custom mutator, which every program that is
 * linked with this has. One change in eight is of raw bytes all the same. */
#include <string.h>
#include <cJSON.h>
#include "common/number.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed);

struct place {
    cJSON *item, *parent;
};

/* Any value below `parent`, each as likely: `seen` counts them. */
static void mutate_choose(cJSON *parent, struct random *r, uint64_t *seen,
                          struct place *chosen)
{
    for (cJSON *child = parent->child; child != NULL; child = child->next) {
        if (random_below(r, ++*seen) == 0)
            *chosen = (struct place){child, parent};
        mutate_choose(child, r, seen, chosen);
    }
}

static struct place mutate_any(cJSON *root, struct random *r)
{
    struct place chosen = {NULL, NULL};

    mutate_choose(root, r, &(uint64_t){0}, &chosen);
    return chosen;
}

static cJSON *mutate_number(struct random *r, double was)
{
    static const double odd[] = {0,     -1,   1,     2,     1e300, -1e300,
                                 1e-9,  0.5,  1000,  65535, 65536, 2147483648.0,
                                 1e19,  4096, 1e15,  100,   50000, 7000,
                                 -1e19, 1e9,  12000, 3,     255,   0.05};
    const uint64_t choice = random_below(r, 4);

    return cJSON_CreateNumber(
        choice == 0   ? was * 2
        : choice == 1 ? was + 1
                      : odd[random_below(r, sizeof odd / sizeof *odd)]);
}

static cJSON *mutate_string(const char *was)
{
    char text[256] = "";

    strncat(text, was != NULL ? was : "", sizeof text / 2);
    const size_t size =
        LLVMFuzzerMutate((uint8_t *)text, strlen(text), sizeof text - 1);
    text[size] = '\0';
    return cJSON_CreateString(text);
}

static cJSON *mutate_value(cJSON *root, const cJSON *was, struct random *r)
{
    /* Most kinds stay as they are: what has the right shape gets further. */
    const bool alike = random_below(r, 4) != 0;
    const uint64_t kind = random_below(r, 8);

    if (alike ? cJSON_IsNumber(was) : kind > 5)
        return mutate_number(r, was->valuedouble);
    if (alike ? cJSON_IsString(was) : kind == 5)
        return mutate_string(was->valuestring);
    if (kind > 2) /* another value of the same text */
        return cJSON_Duplicate(mutate_any(root, r).item, true);
    if (kind == 2)
        return random_below(r, 2) ? cJSON_CreateArray() : cJSON_CreateObject();
    return kind == 1 ? cJSON_CreateNull()
                     : cJSON_CreateBool(random_below(r, 2) != 0);
}

static void mutate_once(cJSON *root, struct random *r)
{
    const struct place at = mutate_any(root, r);
    const uint64_t what = random_below(r, 6);

    if (at.item == NULL)
        return;
    if (what == 0) {
        cJSON_Delete(cJSON_DetachItemViaPointer(at.parent, at.item));
        return;
    }
    cJSON *fresh = what == 1 ? cJSON_Duplicate(at.item, true)
                             : mutate_value(root, at.item, r);
    const char *key = at.item->string;

    if (what == 1 && key != NULL) /* twice */
        cJSON_AddItemToObject(at.parent, key, fresh);
    else if (what == 1)
        cJSON_AddItemToArray(at.parent, fresh);
    else if (key == NULL)
        cJSON_ReplaceItemViaPointer(at.parent, at.item, fresh);
    else if (!cJSON_ReplaceItemInObjectCaseSensitive(at.parent, key, fresh))
        cJSON_Delete(fresh); /* a copy with a key, in an array */
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
