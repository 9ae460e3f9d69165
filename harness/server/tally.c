#include "server/tally.h"
#include "common/die.h"

const char *tally_name(DWORD code)
{
    if (code == REFUSED_LIMIT)
        return "connection_limit";
    if (code == REFUSED_STOPPING)
        return "stopping";
    return error_name(code);
}

static struct tally_entry *tally_find(struct tally_entry *entry, uint32_t used,
                                      DWORD code)
{
    for (uint32_t i = 0; i < used; i++)
        if (entry[i].code == code)
            return &entry[i];
    return NULL;
}

bool tally_add(struct tally *t, DWORD code)
{
    struct tally_entry *found = tally_find(t->entry, t->used, code);
    if (!found) {
        if (t->used == TALLY_SMALL)
            return false;
        found = &t->entry[t->used++];
        *found = (struct tally_entry){.code = code};
    }
    found->count++;
    return true;
}

void tally_sum_add(struct tally_sum *sum, DWORD code, uint64_t count)
{
    struct tally_entry *found = tally_find(sum->entry, sum->used, code);
    if (!found) {
        if (sum->used == TALLY_LARGE) {
            sum->other += count;
            return;
        }
        found = &sum->entry[sum->used++];
        *found = (struct tally_entry){.code = code};
    }
    found->count += count;
}

void tally_fold(struct tally_sum *sum, struct tally *t)
{
    for (uint32_t i = 0; i < t->used; i++)
        tally_sum_add(sum, t->entry[i].code, t->entry[i].count);
    t->used = 0;
}
