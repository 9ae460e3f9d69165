#include "streams.h"

#include <stdio.h>
#include <stdlib.h>
#include "common/clock.h"
#include "common/errors.h"
#include "common/pattern.h"
#include "fixture.h"

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

static void streams_connect(struct streams *all, struct stream *s)
{
    struct fixture *f = all->fixture;
    struct client *c = s->client = fixture_client(f);
    if (client_open(c, f->server.address.ss_family) &&
        (!all->plan.buffers || client_buffers(c, all->plan.buffers)) &&
        client_connect(c, &f->server.address, f->server.address_size))
        client_blocking(c, false);
    fixture_good(c);
}

static uint64_t streams_left(const struct stream *s)
{
    return s->plan->bytes - s->client->sent;
}

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
    uint64_t left = streams_left(s);
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
    if (!s->client)
        streams_connect(all, s);
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

static void streams_serve(struct fixture *f, struct streams_plan *p)
{
    char options[STREAMS_OPTIONS + 32];
    snprintf(options, sizeof options, "%s%s", p->options,
             p->ipv6 && fixture_has_ipv6() ? " --listen [::1]:0" : "");
    fixture_serve(f, options);
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
    const struct model_options *options =
        model_options_of(fixture_server_path, fixture_model);
    all = (struct streams){.fixture = f};
    streams_plan(&all.plan, f->seed, options);
    for (uint32_t i = 0; i < all.plan.count; i++)
        all.stream[i].plan = &all.plan.stream[i];
    streams_serve(f, &all.plan);
    streams_run(&all);
    cJSON_Delete(fixture_stop(f, all.plan.cut ? SUMS_CUT : SUMS_WHOLE,
                              all.plan.cut ? UINT64_MAX : all.plan.count));
}
