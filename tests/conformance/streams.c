/* Byte streams cut at random places, all of it from one seed: the server's
 * options, how many connections there are and when they come, how much each
 * sends in what pieces, how it reads, when it rests and how it ends. */
#include "cases.h"
#include "fixture.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "common/clock.h"
#include "common/number.h"

enum {
    STREAMS_MAX = 200,
    STREAMS_PIECE = 1 << 20, /* bytes of the largest piece, sent or read */
    STREAMS_OPTIONS = 320
};

enum stream_end {
    STREAM_FIN,   /* FIN, then the rest of the echo and the server's FIN */
    STREAM_RESET, /* an RST once all was sent, the echo perhaps unread */
    STREAM_LEAVE  /* closes the socket there, whatever was not read */
};

struct stream_plan {
    uint64_t bytes;  /* all that it sends; 0: not one */
    uint32_t starts; /* round of the loop in which it connects */
    uint32_t rests;  /* one step in so many is left out; 0: none */
    uint32_t reads;  /* bits of the largest piece it reads */
    enum stream_end end;
};

struct streams_plan {
    struct random random; /* for what the streams draw as they go */
    char options[STREAMS_OPTIONS];
    bool cut;          /* some end otherwise than by FIN */
    int buffers;       /* the clients' socket buffers, bytes; 0: left alone */
    uint32_t pause_ms; /* how long a rest is; 0: one round of the loop */
    uint32_t count;
    struct stream_plan stream[STREAMS_MAX];
};

enum {
    PLAN_TOTAL = 3 << 20,   /* bytes of all streams of a seed, about */
    PLAN_OPERATIONS = 1200, /* the server's, at most about so many each way */
    PLAN_FIN_ONLY = 3,      /* of so many seeds, all but one */
    PLAN_ROUNDS = 60,       /* in which the later ones come */
    PLAN_ABOVE_LOWEST = 64 /* so far above its lowest a model option is tried */
};

/* 1 .. 2^bits: as likely below 2 as below any other power of two. */
static uint32_t streams_draw(struct random *r, uint32_t bits)
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

static void plan_option_value(struct streams_plan *p, const cJSON *option)
{
    const char *name = json_text(option, "name");
    const size_t size = strlen(name);
    const uint64_t preset = json_count(option, "preset");
    const uint64_t low = json_count(option, "low");
    const uint64_t high = json_count(option, "high");
    const uint64_t most =
        high - low < PLAN_ABOVE_LOWEST ? high - low : PLAN_ABOVE_LOWEST;
    const uint64_t values[] = {preset, low, low + most, low + most / 8};
    uint64_t value = values[random_below(&p->random, 4)];
    /* Time-outs as long as can be: a test on a busy machine is late. */
    if (size > 3 && !strcmp(name + size - 3, "_ms"))
        value = high;
    if (value != preset)
        plan_option(p, " --tune %s=%llu", name, (unsigned long long)value);
}

/* Returns the size of the transfer buffers. */
static uint32_t plan_server(struct streams_plan *p)
{
    const cJSON *model = fixture_model_listed(), *option;
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
    if (threads <= json_count(model, "max_threads")) /* null: any */
        plan_option(p, " --threads %lu", (unsigned long)threads);
    cJSON_ArrayForEach (option, cJSON_GetObjectItem(model, "options"))
        plan_option_value(p, option);
    if (plan_chance(r, 4) && fixture_has_ipv6())
        plan_option(p, " --listen [::1]:0");
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

static void plan_make(struct streams_plan *p, uint64_t seed)
{
    *p = (struct streams_plan){.random = {seed * UINT64_C(0x9e3779b97f4a7c15)}};
    uint64_t total = (uint64_t)plan_server(p) * PLAN_OPERATIONS;
    p->cut = plan_chance(&p->random, PLAN_FIN_ONLY);
    p->pause_ms = plan_chance(&p->random, 4) ? 3 : 0;
    p->count = plan_count(&p->random);
    const bool at_once = plan_chance(&p->random, 2);
    if (total > PLAN_TOTAL)
        total = PLAN_TOTAL;
    for (uint32_t i = 0; i < p->count; i++)
        plan_stream(p, &p->stream[i], total / p->count, at_once);
}

/* --- the plan's run ------------------------------------------------------ */

enum {
    STREAMS_SMALL = 24, /* pieces of any size; then only large ones */
    STREAMS_LARGE = 12, /* bits below which those are not */
    STREAMS_WAIT_MS = 50
};

struct stream {
    const struct stream_plan *plan;
    struct client *client; /* NULL: not connected yet */
    uint32_t piece;        /* bytes of the piece under way not taken yet */
    uint32_t pieces;
    int64_t rests_until; /* clock_ns */
    bool finished, done; /* FIN sent; nothing more to come */
};

struct streams {
    struct fixture *fixture;
    struct streams_plan plan;
    struct stream stream[STREAMS_MAX];
    WSAPOLLFD poll[STREAMS_MAX];
    struct stream *polled[STREAMS_MAX];
    uint32_t round, done;
    char scratch[STREAMS_PIECE];
};

static void streams_end(struct streams *all, struct stream *s)
{
    if (s->plan->end == STREAM_RESET)
        client_reset(s->client);
    else
        client_close(s->client);
    s->done = true;
    all->done++;
}

/* All was sent: the end that was planned. */
static void streams_finish(struct streams *all, struct stream *s)
{
    if (s->plan->end != STREAM_FIN) {
        streams_end(all, s);
        return;
    }
    client_half_close(s->client);
    fixture_good(s->client);
    s->finished = true;
}

static void streams_send(struct streams *all, struct stream *s)
{
    struct random *r = &all->plan.random;
    uint64_t left = s->plan->bytes - s->client->sent;
    uint32_t before = (uint32_t)s->client->sent;
    if (left == 0) {
        streams_finish(all, s);
        return;
    }
    if (!s->piece) {
        s->piece = streams_draw(r, 20);
        if (s->pieces++ > STREAMS_SMALL)
            s->piece |= 1 << STREAMS_LARGE;
        if (s->piece > left)
            s->piece = (uint32_t)left;
    }
    client_try_send(s->client, all->scratch, s->piece);
    fixture_good(s->client);
    s->piece -= (uint32_t)s->client->sent - before;
}

static void streams_receive(struct streams *all, struct stream *s)
{
    struct client *c = s->client;
    uint32_t bits = s->plan->reads;
    if (client_try_receive(c, all->scratch,
                           streams_draw(&all->plan.random, bits)) !=
        CLIENT_ENDED)
        return;
    fixture_good(c);
    require(s->finished && c->received == c->sent,
            "client %u: FIN after %llu of %llu bytes", c->number,
            (unsigned long long)c->received, (unsigned long long)c->sent);
    streams_end(all, s);
}

/* Whether it takes part in this round; connects it when its time has come. */
static bool streams_takes_part(struct streams *all, struct stream *s,
                               int64_t now)
{
    if (s->done || s->plan->starts > all->round)
        return false;
    if (!s->client) {
        s->client = fixture_connect_small(all->fixture, all->plan.buffers);
        client_blocking(s->client, false);
    }
    if (s->rests_until > now)
        return false;
    if (!s->plan->rests || random_below(&all->plan.random, s->plan->rests) != 0)
        return true;
    s->rests_until = now + (int64_t)all->plan.pause_ms * 1000000;
    return false;
}

/* One look at all, one call in each direction for those that are ready. False:
 * nobody was. */
static bool streams_round(struct streams *all)
{
    const int64_t now = clock_ns();
    ULONG asked = 0;
    bool all_asked = true;
    for (uint32_t i = 0; i < all->plan.count; i++) {
        struct stream *s = &all->stream[i];
        if (!streams_takes_part(all, s, now)) {
            all_asked &= s->done;
            continue;
        }
        all->polled[asked] = s;
        all->poll[asked++] = (WSAPOLLFD){
            s->client->sock,
            (SHORT)(POLLIN | (s->finished ? 0 : POLLOUT)),
            0,
        };
    }
    all->round++;
    if (!asked) {
        clock_sleep_ms(all->plan.pause_ms);
        return false;
    }
    int ready = WSAPoll(all->poll, asked, all_asked ? STREAMS_WAIT_MS : 0);
    require(ready >= 0, "WSAPoll: %d", WSAGetLastError());
    for (ULONG i = 0; i < asked; i++) {
        struct stream *s = all->polled[i];
        if (all->poll[i].revents & (POLLIN | POLLHUP | POLLERR))
            streams_receive(all, s);
        if (!s->done && !s->finished && all->poll[i].revents & POLLOUT)
            streams_send(all, s);
    }
    return ready > 0;
}

static void streams_run(struct streams *all)
{
    const int64_t patience = (int64_t)CLIENT_PATIENCE_MS * 1000000;
    int64_t end = clock_ns() + patience;
    while (all->done < all->plan.count) {
        if (streams_round(all))
            end = clock_ns() + patience;
        require(clock_ns() < end, "of %lu streams only %lu come to an end",
                (unsigned long)all->plan.count, (unsigned long)all->done);
    }
}

int streams_set_up(void **state)
{
    const uint64_t seed = *(const uint64_t *)*state;
    int result = fixture_set_up(state);
    ((struct fixture *)*state)->seed = seed;
    return result;
}

void streams_case(void **state)
{
    static struct streams all;
    struct fixture *f = *state;
    all = (struct streams){.fixture = f};
    plan_make(&all.plan, f->seed);
    for (uint32_t i = 0; i < all.plan.count; i++)
        all.stream[i].plan = &all.plan.stream[i];
    fixture_serve(f, all.plan.options);
    streams_run(&all);
    if (all.plan.cut)
        fixture_end(f, SUMS_CUT, OPENS_VARY);
    else
        fixture_end(f, SUMS_WHOLE, (int)all.plan.count);
}
