#include "clients/recent.h"

#include <string.h>

/* A double is its power of two, from 1023 on, before 52 bits of a fraction. */
enum { RECENT_ONE = 1023 << RECENT_BITS, RECENT_SHIFT = 52 - RECENT_BITS };

void recent_add(struct recent *recent, int64_t ns, uint64_t count)
{
    double value = ns > 1 ? (double)ns : 1;
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    bits = (bits >> RECENT_SHIFT) - RECENT_ONE;
    sync_add(&recent->of[bits < RECENT_BUCKETS ? bits : RECENT_BUCKETS - 1],
             count);
}

void recent_sum(struct recent_sums *sums, const struct recent *recent)
{
    for (size_t i = 0; i < RECENT_BUCKETS; i++)
        sums->of[i] += sync_get(&recent->of[i]);
}

/* The middle of a bucket. */
static double recent_middle(size_t bucket)
{
    uint64_t bits = (((uint64_t)bucket + RECENT_ONE) << RECENT_SHIFT) |
                    UINT64_C(1) << (RECENT_SHIFT - 1);
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

double recent_us(const struct recent_sums *from, const struct recent_sums *to,
                 double percent)
{
    uint64_t all = 0, seen = 0;
    size_t bucket = 0;

    for (size_t i = 0; i < RECENT_BUCKETS; i++)
        all += to->of[i] - from->of[i];
    if (all == 0)
        return -1;
    for (; bucket + 1 < RECENT_BUCKETS; bucket++) {
        seen += to->of[bucket] - from->of[bucket];
        if ((double)seen >= (double)all * percent / 100)
            break;
    }
    return recent_middle(bucket) / 1e3;
}
