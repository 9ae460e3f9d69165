#include "streams.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    PLAN_TOTAL = 3 << 20,   /* bytes of all streams of a seed, about */
    PLAN_OPERATIONS = 1200, /* the server's, at most about so many each way */
    PLAN_FIN_ONLY = 3,      /* of so many seeds, all but one */
    PLAN_ROUNDS = 60,       /* in which the later ones come */
    PLAN_ABOVE_LOWEST = 64 /* so far above its lowest a model option is tried */
};

uint32_t streams_draw(struct random *r, uint32_t bits)
{
    uint32_t bit = (uint32_t)random_below(r, bits + 1);
    return (UINT32_C(1) << bit) -
           (uint32_t)random_below(r, (1U << bit) / 2 + 1);
}

static bool plan_chance(struct random *r, uint32_t one_in)
{
    return random_below(r, one_in) == 0;
}

static void plan_option(struct streams_plan *p, const char *format, ...)
{
    size_t used = strlen(p->options);
    va_list args;
    va_start(args, format);
    vsnprintf(p->options + used, sizeof p->options - used, format, args);
    va_end(args);
}

/* Time-outs as long as can be: a test on a busy machine is late. */
static bool plan_is_timeout(const struct tuned_option *k)
{
    const size_t size = strlen(k->name);
    return size > 3 && !strcmp(k->name + size - 3, "_ms");
}

static void plan_option_value(struct streams_plan *p,
                              const struct tuned_option *k)
{
    const uint32_t room = k->high - k->low;
    const uint32_t most = room < PLAN_ABOVE_LOWEST ? room : PLAN_ABOVE_LOWEST;
    const uint32_t values[] = {k->preset, k->low, k->low + most,
                               k->low + most / 8};
    uint32_t value = values[random_below(&p->random, 4)];
    if (plan_is_timeout(k))
        value = k->high;
    if (value != k->preset)
        plan_option(p, " --tune %s=%lu", k->name, (unsigned long)value);
}

/* Returns the size of the transfer buffers. */
static uint32_t plan_server(struct streams_plan *p,
                            const struct model_options *k)
{
    static const uint32_t sizes[] = {64,   999,   4096,  4096,
                                     4096, 16384, 65536, STREAMS_PIECE};
    static const uint32_t socket_sizes[] = {0, 0, 0, 16384, 65536};
    struct random *r = &p->random;
    uint32_t buffer = sizes[random_below(r, 8)];
    uint32_t sndbuf = socket_sizes[random_below(r, 5)];
    uint32_t threads = 1 + (uint32_t)random_below(r, 4);
    plan_option(p, "--buffer %lu", (unsigned long)buffer);
    if (sndbuf)
        plan_option(p, " --sndbuf %lu --rcvbuf %lu", (unsigned long)sndbuf,
                    (unsigned long)sndbuf);
    if (threads <= k->max_threads)
        plan_option(p, " --threads %lu", (unsigned long)threads);
    for (uint32_t i = 0; i < k->count; i++)
        plan_option_value(p, &k->option[i]);
    p->ipv6 = plan_chance(r, 4);
    p->buffers = (int)socket_sizes[random_below(r, 5)];
    return buffer;
}

static uint32_t plan_count(struct random *r)
{
    switch (random_below(r, 5)) {
    case 0:
        return STREAMS_MAX;
    case 1:
        return 1 + (uint32_t)random_below(r, 3);
    default:
        return 3 + (uint32_t)random_below(r, streams_draw(r, 7) + 1);
    }
}

static enum stream_end plan_end(struct streams_plan *p)
{
    if (!p->cut || !plan_chance(&p->random, 6))
        return STREAM_FIN;
    return plan_chance(&p->random, 3) ? STREAM_LEAVE : STREAM_RESET;
}

static void plan_stream(struct streams_plan *p, struct stream_plan *s,
                        uint64_t share, bool at_once)
{
    struct random *r = &p->random;
    s->end = plan_end(p);
    s->starts = at_once ? 0 : (uint32_t)random_below(r, PLAN_ROUNDS);
    s->rests = plan_chance(r, 3) ? 2 + (uint32_t)random_below(r, 6) : 0;
    s->reads = plan_chance(r, 4) ? 12 : 20;
    s->bytes = plan_chance(r, 20) ? 0 : 1 + random_below(r, 2 * share);
}

void streams_plan(struct streams_plan *p, uint64_t seed,
                  const struct model_options *k)
{
    uint64_t total;
    uint32_t buffer;
    bool at_once;
    *p = (struct streams_plan){.random = {seed * UINT64_C(0x9e3779b97f4a7c15)}};
    buffer = plan_server(p, k);
    p->cut = plan_chance(&p->random, PLAN_FIN_ONLY);
    p->pause_ms = plan_chance(&p->random, 4) ? 3 : 0;
    p->count = plan_count(&p->random);
    at_once = plan_chance(&p->random, 2);
    total = (uint64_t)buffer * PLAN_OPERATIONS;
    total = total < PLAN_TOTAL ? total : PLAN_TOTAL;
    for (uint32_t i = 0; i < p->count; i++)
        plan_stream(p, &p->stream[i], total / p->count, at_once);
}
