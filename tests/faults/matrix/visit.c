#include "visit.h"

#include <stdlib.h>
#include "common/clock.h"
#include "common/pattern.h"
#include "net.h"

enum {
    VISIT_STEADY = 3,  /* here from first to last, with all sizes */
    VISIT_FLOODS = 1,  /* send much and read late: the server's sends block */
    VISIT_HALVES = 1,  /* send all, FIN, then read */
    VISIT_RESETS = 2,  /* leave in the middle */
    VISIT_CROWD = 20,  /* all at once */
    VISIT_STAYERS = 2, /* still here when the server stops */
    VISIT_GUESTS = VISIT_STEADY + VISIT_FLOODS + VISIT_HALVES + VISIT_RESETS +
                   VISIT_CROWD + VISIT_STAYERS,

    VISIT_PIECE = 16384,
    VISIT_FLOOD = 200000,
    VISIT_SMALL_BUFFER = 4096,
    VISIT_UNDER_WAY = 100000, /* bytes, when the server stops */
    VISIT_DEAF_MS = 100,      /* so that it has bytes that nobody takes */
    VISIT_LAST_TURNS = 10,
    VISIT_FLOOD_MS = 30,  /* nothing is read before */
    VISIT_FORGET_MS = 500 /* for one that may have been forgotten */
};

enum visit_kind { STEADY, FLOOD, HALF, RESET, CROWD, STAYER };

enum visit_state { TO_COME, HERE, SERVED, LOST, GONE };

struct visit_guest {
    enum visit_kind kind;
    enum visit_state state;
    NET_SOCKET sock;
    uint64_t seed, sent, received;
    uint64_t due;  /* bytes to have sent before the next step */
    unsigned step; /* of a steady one */
    bool finished; /* FIN was sent */
    int64_t read_from;
};

struct visit {
    const struct endpoint *to;
    struct visit_guest guests[VISIT_GUESTS];
    bool may_forget, crowd_came, crowd_leaves, stopping;
    int64_t crowd_at;
    struct visit_result *result;
};

static const uint32_t visit_steps[] = {1, 700, 4097, 20000, 3};
enum { VISIT_STEPS = sizeof visit_steps / sizeof *visit_steps };

static uint64_t visit_due(enum visit_kind kind)
{
    switch (kind) {
    case STEADY:
        return visit_steps[0];
    case FLOOD:
        return VISIT_FLOOD;
    case HALF:
        return 60000;
    case RESET:
        return 5000;
    case CROWD:
        return 100;
    case STAYER:
    default:
        return 1000;
    }
}

static void visit_come(struct visit *v, struct visit_guest *g)
{
    g->due = visit_due(g->kind);
    g->read_from =
        g->kind == FLOOD ? clock_ns() + VISIT_FLOOD_MS * INT64_C(1000000) : 0;
    bool small = g->kind == FLOOD || g->kind == STAYER;
    g->sock = net_connect(v->to, small ? VISIT_SMALL_BUFFER : 0);
    g->state = g->sock == NET_NONE ? LOST : HERE;
}

static void visit_leave(struct visit_guest *g, enum visit_state state)
{
    net_close(g->sock, state != SERVED);
    g->sock = NET_NONE;
    g->state = state;
}

/* Every byte is back: what next? */
static void visit_next(struct visit *v, struct visit_guest *g)
{
    switch (g->kind) {
    case STEADY:
        if (++g->step < VISIT_STEPS || !v->crowd_leaves) {
            g->due += visit_steps[g->step % VISIT_STEPS];
            return;
        }
        break;
    case CROWD:
        if (!v->crowd_leaves)
            return;
        break;
    case STAYER:
        return;
    case FLOOD:
    case HALF:
    case RESET:
    default:
        break;
    }
    if (!g->finished)
        net_finish(g->sock);
    g->finished = true;
}

static void visit_send(struct visit *v, struct visit_guest *g)
{
    char piece[VISIT_PIECE];
    while (g->sent < g->due) {
        size_t size = g->due - g->sent < sizeof piece
                          ? (size_t)(g->due - g->sent)
                          : sizeof piece;
        pattern_fill(piece, size, g->seed, g->sent);
        int sent = net_send(g->sock, piece, size);
        if (sent == NET_WAIT)
            return;
        if (sent < 0) {
            visit_leave(g, v->stopping ? GONE : LOST);
            return;
        }
        g->sent += (uint64_t)sent;
    }
    if (g->kind == HALF && !g->finished) {
        g->finished = true;
        net_finish(g->sock);
    }
}

/* The stream's end, one way or another. */
static void visit_over(struct visit *v, struct visit_guest *g, int received)
{
    bool whole = received == 0 && g->finished && g->received == g->sent;
    visit_leave(g, whole ? SERVED : v->stopping ? GONE : LOST);
}

static void visit_receive(struct visit *v, struct visit_guest *g)
{
    char piece[VISIT_PIECE];
    int received = net_recv(g->sock, piece, sizeof piece);
    if (received == NET_WAIT)
        return;
    if (received <= 0) {
        visit_over(v, g, received);
        return;
    }
    size_t right = pattern_match(piece, (size_t)received, g->seed, g->received);
    g->received += (uint64_t)received;
    v->result->wrong += (uint64_t)received - right;
    if (g->received > g->sent)
        v->result->wrong += g->received - g->sent;
    if (g->kind == RESET && g->received > g->due / 2)
        visit_leave(g, GONE);
    else if (g->received == g->due)
        visit_next(v, g);
}

static void visit_serve(struct visit *v, struct visit_guest *g,
                        const struct net_watch *can)
{
    if (can->send)
        visit_send(v, g);
    if (can->recv && g->state == HERE)
        visit_receive(v, g);
}

/* Who is to be waited for, and in which way. */
static size_t visit_watch(struct visit *v, struct net_watch *watches,
                          struct visit_guest **who)
{
    size_t count = 0;
    int64_t now = clock_ns();
    for (size_t i = 0; i < VISIT_GUESTS; i++) {
        struct visit_guest *g = &v->guests[i];
        if (g->state != HERE)
            continue;
        who[count] = g;
        watches[count++] = (struct net_watch){.sock = g->sock,
                                              .send = g->sent < g->due,
                                              .recv = now >= g->read_from};
    }
    return count;
}

static void visit_turn(struct visit *v, int wait_ms)
{
    struct net_watch watches[VISIT_GUESTS];
    struct visit_guest *who[VISIT_GUESTS];
    size_t count = visit_watch(v, watches, who);
    net_wait(watches, count, wait_ms);
    for (size_t i = 0; i < count; i++)
        visit_serve(v, who[i], &watches[i]);
}

/* How many are still to be served. */
static unsigned visit_left(const struct visit *v)
{
    unsigned left = 0;
    for (size_t i = 0; i < VISIT_GUESTS; i++) {
        const struct visit_guest *g = &v->guests[i];
        if (g->kind == STAYER) /* one echo shows that it was accepted */
            left += g->state == HERE && g->received < g->due;
        else
            left += g->state == HERE || g->state == TO_COME;
    }
    return left;
}

/* But for the one that may have been forgotten, after a while. */
static bool visit_crowd_is_served(const struct visit *v)
{
    unsigned waiting = 0;
    for (size_t i = 0; i < VISIT_GUESTS; i++) {
        const struct visit_guest *g = &v->guests[i];
        waiting += g->kind == CROWD && g->state == HERE && g->received < g->due;
    }
    return waiting == 0 ||
           (waiting == 1 && v->may_forget &&
            clock_ns() > v->crowd_at + VISIT_FORGET_MS * INT64_C(1000000));
}

static void visit_bring(struct visit *v, enum visit_kind kind)
{
    for (size_t i = 0; i < VISIT_GUESTS; i++)
        if (v->guests[i].kind == kind && v->guests[i].state == TO_COME)
            visit_come(v, &v->guests[i]);
}

/* First the steady ones alone, then the others beside them, then a crowd. */
static void visit_stage(struct visit *v, unsigned turns)
{
    if (turns == 0)
        visit_bring(v, STEADY);
    if (turns == 4)
        for (int kind = FLOOD; kind <= RESET; kind++)
            visit_bring(v, (enum visit_kind)kind);
    if (turns == 12) {
        visit_bring(v, CROWD);
        visit_bring(v, STAYER);
        v->crowd_came = true;
        v->crowd_at = clock_ns();
    }
    if (v->crowd_came && !v->crowd_leaves && visit_crowd_is_served(v)) {
        v->crowd_leaves = true;
        for (size_t i = 0; i < VISIT_GUESTS; i++)
            if (v->guests[i].state == HERE && v->guests[i].kind <= CROWD &&
                v->guests[i].received == v->guests[i].due)
                visit_next(v, &v->guests[i]);
    }
}

static void visit_count(const struct visit *v, struct visit_result *result)
{
    for (size_t i = 0; i < VISIT_GUESTS; i++) {
        const struct visit_guest *g = &v->guests[i];
        bool waiting =
            g->state == HERE && (g->kind != STAYER || g->received < g->due);
        result->served += g->state == SERVED;
        result->lost += g->state == LOST;
        result->stuck += waiting || g->state == TO_COME;
    }
}

static void visit_expect(struct visit *v, enum visit_kind kind, size_t count,
                         size_t *next, uint64_t seed)
{
    for (size_t i = 0; i < count; i++, (*next)++)
        v->guests[*next] = (struct visit_guest){
            .kind = kind, .sock = NET_NONE, .seed = pattern_seed(seed, *next)};
}

struct visit *visit_make(const struct endpoint *to, uint64_t seed,
                         int64_t wait_ns, bool may_forget,
                         struct visit_result *result)
{
    struct visit *v = calloc(1, sizeof *v);
    if (v == NULL)
        return NULL;
    v->to = to;
    v->result = result;
    v->may_forget = may_forget;
    size_t next = 0;
    visit_expect(v, STEADY, VISIT_STEADY, &next, seed);
    visit_expect(v, FLOOD, VISIT_FLOODS, &next, seed);
    visit_expect(v, HALF, VISIT_HALVES, &next, seed);
    visit_expect(v, RESET, VISIT_RESETS, &next, seed);
    visit_expect(v, CROWD, VISIT_CROWD, &next, seed);
    visit_expect(v, STAYER, VISIT_STAYERS, &next, seed);
    int64_t alone = 0; /* since when only the forgotten one is left */
    for (unsigned turns = 0; clock_ns() < wait_ns; turns++) {
        visit_stage(v, turns);
        unsigned left = visit_left(v);
        if (left == 0)
            break;
        if (!may_forget || left > 1 || !v->crowd_leaves)
            alone = clock_ns();
        else if (clock_ns() > alone + VISIT_FORGET_MS * INT64_C(1000000))
            break;
        visit_turn(v, 10);
    }
    visit_count(v, result);
    for (size_t i = 0; i < VISIT_GUESTS; i++)
        if (v->guests[i].kind == STAYER) {
            v->guests[i].due += VISIT_UNDER_WAY;
            v->guests[i].read_from =
                clock_ns() + VISIT_DEAF_MS * INT64_C(1000000);
        }
    for (int i = 0; i < VISIT_LAST_TURNS; i++)
        visit_turn(v, 1);
    return v;
}

unsigned visit_end(struct visit *v, int64_t wait_ns)
{
    unsigned left;
    v->stopping = true;
    do {
        visit_turn(v, 5);
        left = 0;
        for (size_t i = 0; i < VISIT_GUESTS; i++)
            left += v->guests[i].state == HERE;
    } while (left > 0 && clock_ns() < wait_ns);
    for (size_t i = 0; i < VISIT_GUESTS; i++)
        if (v->guests[i].state == HERE)
            net_close(v->guests[i].sock, true);
    free(v);
    return left;
}
