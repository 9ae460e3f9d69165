#include "clients/lane.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/pattern.h"
#include "clients/load.h"

enum {
    LANE_WAIT_NS = 1000000000,
    LANE_SWEEP_NS = 10000000,
    /* The first wait before another try; each further one is twice as long,
     * so that a server in need is not asked more often than it can answer. */
    LANE_RETRY_MS = 200,
    LANE_RETRY_DOUBLINGS = 4
};

static void lane_count(struct lane *lane, enum tally tally, uint64_t n)
{
    sync_add(&lane->counts.tally[tally], n);
}

static uint32_t lane_no_memory(void)
{
#ifdef _WIN32
    return ERROR_NOT_ENOUGH_MEMORY;
#else
    return ENOMEM;
#endif
}

uint32_t lane_init(struct lane *lane, const struct shared *shared,
                   uint32_t first, uint32_t count)
{
    const struct load_options *options = shared->options;
    uint16_t stamps = shared->traffic->stamps(options);

    *lane = (struct lane){.shared = shared, .first = first, .count = count};
    lane->window = (uint32_t)((options->connect_window + options->threads - 1) /
                              options->threads);
    lane->queue_end = &lane->queue;
    if (options->rate > 0)
        lane->interval_ns = 1e9 * shared->message * (double)options->threads /
                            (double)options->rate;
    lane->clients = calloc(count, sizeof *lane->clients);
    lane->stamps = calloc((size_t)count * stamps, sizeof *lane->stamps);
    if (lane->clients == NULL || lane->stamps == NULL ||
        !times_init(&lane->times, shared->traffic->scheduled,
                    shared->options->turns))
        return lane_no_memory();
    for (uint32_t i = 0; i < count; i++) {
        struct client *client = &lane->clients[i];

        client->index = first + i;
        flow_init(&client->flow, pattern_seed(options->seed, client->index),
                  shared->message, lane->stamps + (size_t)i * stamps, stamps);
    }
    lane->engine = engine_open(lane);
    return lane->engine != NULL ? 0 : error_last();
}

void lane_free(struct lane *lane)
{
    if (lane->engine != NULL)
        engine_close(lane->engine);
    times_free(&lane->times);
    free(lane->stamps);
    free(lane->clients);
}

/* --- what becomes of a connection -------------------------------------- */

/* `empty` first: whoever sees all settled knows whether any are left. */
static void lane_settle(struct lane *lane)
{
    bool settled =
        lane->tried == lane->count && lane->pending == 0 && lane->waiting == 0;

    if (settled && lane->open == 0 && sync_get(&lane->empty) == 0) {
        sync_set(&lane->empty, 1);
        sync_event_set(lane->shared->changed);
    }
    if (settled && sync_get(&lane->settled) == 0) {
        sync_set(&lane->settled, 1);
        sync_event_set(lane->shared->changed);
    }
}

/* An attempt has its outcome. All but `connected` are over with that. */
static void lane_outcome(struct lane *lane, struct client *client,
                         enum outcome outcome)
{
    sync_add(&lane->counts.outcomes[outcome], 1);
    lane_count(lane, TALLY_CONNECTING, (uint64_t)-1);
    lane->pending--;
    if (outcome == OUTCOME_CONNECTED) {
        lane_count(lane, TALLY_CONNECTED, 1);
        lane_count(lane, TALLY_OPEN, 1);
        lane->open++;
        client->state = CLIENT_HELD;
    } else {
        client->state = CLIENT_OVER;
    }
}

static void lane_end(struct lane *lane, struct client *client, enum end end)
{
    sync_add(&lane->counts.ends[end], 1);
    lane_count(lane, TALLY_OPEN, (uint64_t)-1);
    lane->open--;
    client->state = CLIENT_OVER;
}

/* An attempt that never became a TCP connection may be made again: nothing
 * was sent, so the sums stay whole. True: it will be, its outcome is open. */
static bool lane_retry(struct lane *lane, struct client *client,
                       enum outcome outcome)
{
    uint32_t doublings = client->retries;

    if (client->state != CLIENT_CONNECTING || lane->order != ORDER_CONNECT ||
        (outcome != OUTCOME_REFUSED && outcome != OUTCOME_TIMED_OUT) ||
        client->retries >= lane->shared->options->connect_retries)
        return false;
    if (doublings > LANE_RETRY_DOUBLINGS)
        doublings = LANE_RETRY_DOUBLINGS;
    lane_count(lane,
               outcome == OUTCOME_REFUSED ? TALLY_RETRIED_REFUSED
                                          : TALLY_RETRIED_TIMED_OUT,
               1);
    lane_count(lane, TALLY_CONNECTING, (uint64_t)-1);
    lane->pending--;
    lane->waiting++;
    client->retries++;
    client->failed = (uint8_t)outcome;
    client->state = CLIENT_WAITING;
    client->due_ns =
        clock_ns() + ((int64_t)LANE_RETRY_MS << doublings) * 1000000;
    return true;
}

/* One of the two, by how far it came; then the socket goes. */
static void lane_over(struct lane *lane, struct client *client,
                      enum outcome outcome, enum end end)
{
    if (lane_retry(lane, client, outcome))
        lane_settle(lane);
    else if (client->state <= CLIENT_FIRST)
        lane_outcome(lane, client, outcome);
    else
        lane_end(lane, client, end);
    engine_drop(lane->engine, client, end != END_COMPLETED);
    lane_settle(lane);
}

static void lane_mismatch(struct lane *lane, struct client *client,
                          const struct flow_wrong *wrong)
{
    if (lane->wrongs++ == 0)
        lane->wrong = (struct lane_wrong){*wrong, client->index, clock_ns()};
    lane_over(lane, client, OUTCOME_MISMATCH, END_MISMATCH);
}

static void lane_finish(struct lane *lane, struct client *client, int64_t now)
{
    client->state = CLIENT_FINISHED;
    client->touched_ns = now;
    engine_finish(lane->engine, client);
}

static void lane_drain(struct lane *lane, struct client *client, int64_t now)
{
    flow_hold(&client->flow);
    client->state = CLIENT_DRAINING;
    if (!flow_owed(&client->flow))
        lane_finish(lane, client, now);
}

/* --- what engines tell --------------------------------------------------- */

void lane_connected(struct lane *lane, struct client *client, int64_t now)
{
    times_record(lane->times.connect, now - client->touched_ns);
    client->state = CLIENT_FIRST;
    flow_begin(&client->flow, 1);
    engine_send(lane->engine, client);
}

void lane_failed(struct lane *lane, struct client *client, uint32_t error)
{
    lane_over(lane, client, outcome_of(error, client->state == CLIENT_FIRST),
              end_of(error));
}

/* Whether one connection waits while others are served again and again, in
 * rounds: echoes of all of them since its last one, over their number. */
static void lane_take_turn(struct lane *lane, struct client *client,
                           bool measured)
{
    lane->turns++;
    if (measured)
        times_record(lane->times.turns,
                     (int64_t)((lane->turns - client->turn) * TIMES_TURNS_UNIT /
                               lane->open));
    client->turn = lane->turns;
}

/* Bounds are published before their time comes, so that a thread that looks
 * late still decides alike. */
static void lane_time(struct lane *lane, struct client *client, int64_t now)
{
    const struct shared *shared = lane->shared;
    int64_t sent;

    while (flow_stamp_take(&client->flow, &sent)) {
        bool measured = sent >= (int64_t)sync_get(&shared->begin_ns) &&
                        now <= (int64_t)sync_get(&shared->end_ns);

        if (client->state == CLIENT_FIRST)
            times_record(lane->times.first_echo, now - sent);
        else if (measured)
            times_record(lane->times.from_send, now - sent);
        if (lane->times.turns != NULL)
            lane_take_turn(lane, client, measured);
    }
}

static void lane_echoed(struct lane *lane, struct client *client,
                        uint64_t messages, int64_t now)
{
    lane_count(lane, TALLY_MESSAGES_ECHOED, messages);
    lane_time(lane, client, now);
    switch (client->state) {
    case CLIENT_FIRST:
        lane_outcome(lane, client, OUTCOME_CONNECTED);
        lane_settle(lane);
        break;
    case CLIENT_ACTIVE:
        lane->shared->traffic->echoed(lane, client, messages, now);
        break;
    case CLIENT_DRAINING:
        if (!flow_owed(&client->flow))
            lane_finish(lane, client, now);
        break;
    default:
        break;
    }
}

bool lane_received(struct lane *lane, struct client *client, const void *data,
                   size_t bytes, int64_t now)
{
    struct flow_wrong wrong;
    uint64_t messages;

    client->touched_ns =
        client->state == CLIENT_FIRST ? client->touched_ns : now;
    lane_count(lane, TALLY_RECEIVED_BYTES, bytes);
    if (!flow_receive(&client->flow, data, bytes, &messages, &wrong)) {
        lane_mismatch(lane, client, &wrong);
        return false;
    }
    if (messages > 0)
        lane_echoed(lane, client, messages, now);
    return true;
}

/* The server answers our FIN after all it owes: what is not here by then is
 * lost. A FIN that nobody asked for just ends the connection. */
void lane_fin(struct lane *lane, struct client *client)
{
    struct flow_wrong wrong;

    if (client->state != CLIENT_FINISHED) {
        lane_over(lane, client, OUTCOME_CLOSED, END_CLOSED);
    } else if (flow_owed(&client->flow)) {
        flow_missing(&client->flow, &wrong);
        lane_mismatch(lane, client, &wrong);
    } else {
        lane_over(lane, client, OUTCOME_OTHER, END_COMPLETED);
    }
}

void lane_sent(struct lane *lane, struct client *client, size_t bytes)
{
    struct flow *f = &client->flow;
    uint64_t messages = flow_sent(f, bytes);

    lane_count(lane, TALLY_SENT_BYTES, bytes);
    if (messages > 0)
        lane_count(lane, TALLY_MESSAGES_SENT, messages);
    if (f->sent == f->limit && client->state == CLIENT_ACTIVE &&
        lane->shared->traffic->sent != NULL)
        lane->shared->traffic->sent(lane, client);
}

/* --- the loop ------------------------------------------------------------ */

static void lane_try(struct lane *lane, struct client *client, int64_t now)
{
    const struct shared *shared = lane->shared;
    const struct sources *sources = &shared->sources;
    enum outcome outcome;
    uint32_t error;

    lane_count(lane, TALLY_CONNECTING, 1);
    lane->pending++;
    client->state = CLIENT_CONNECTING;
    client->touched_ns = now;
    error = engine_connect(lane->engine, client,
                           &sources->each[client->index % sources->count],
                           &shared->target);
    if (error == 0)
        return;
    outcome = outcome_of(error, false);
    if (!lane_retry(lane, client, outcome))
        lane_outcome(lane, client, outcome);
    lane_settle(lane);
}

static void lane_connect(struct lane *lane, int64_t now)
{
    while (lane->tried < lane->count && lane->pending < lane->window) {
        lane_count(lane, TALLY_ATTEMPTED, 1);
        lane->tried++;
        lane_try(lane, &lane->clients[lane->tried - 1],
                 lane->pending > 0 ? clock_ns() : now);
    }
}

static void lane_try_again(struct lane *lane, struct client *client,
                           int64_t now)
{
    if (now < client->due_ns || lane->pending >= lane->window)
        return;
    lane->waiting--;
    lane_try(lane, client, now);
}

/* There is no time for another try: the last one was its outcome. */
static void lane_give_up(struct lane *lane, struct client *client)
{
    sync_add(&lane->counts.outcomes[client->failed], 1);
    lane->waiting--;
    client->state = CLIENT_OVER;
}

/* Those that were not even tried are attempts too: the sum must be whole. */
static void lane_abandon(struct lane *lane)
{
    uint32_t left = lane->count - lane->tried;

    for (uint32_t i = 0; i < lane->tried; i++) {
        struct client *client = &lane->clients[i];

        if (client->state == CLIENT_CONNECTING || client->state == CLIENT_FIRST)
            lane_over(lane, client, OUTCOME_ABANDONED, END_ABORTED);
        else if (client->state == CLIENT_WAITING)
            lane_give_up(lane, client);
    }
    lane_count(lane, TALLY_ATTEMPTED, left);
    sync_add(&lane->counts.outcomes[OUTCOME_ABANDONED], left);
    lane->tried = lane->count;
    lane_settle(lane);
}

/* An echo is late. When all was sent, a FIN asks the server for the rest: its
 * own FIN without the rest proves that bytes are missing, not slow. */
static void lane_late(struct lane *lane, struct client *client, int64_t now)
{
    if (client->state != CLIENT_FINISHED && flow_want(&client->flow) == 0)
        lane_finish(lane, client, now);
    else
        lane_over(lane, client, OUTCOME_UNSERVED, END_TIMED_OUT);
}

static void lane_check(struct lane *lane, struct client *client, int64_t now)
{
    const struct shared *shared = lane->shared;
    int64_t waited = now - client->touched_ns;

    switch (client->state) {
    case CLIENT_WAITING:
        lane_try_again(lane, client, now);
        break;
    case CLIENT_CONNECTING:
    case CLIENT_FIRST:
        if (waited > shared->connect_timeout_ns)
            lane_over(lane, client,
                      client->state == CLIENT_FIRST ? OUTCOME_UNSERVED
                                                    : OUTCOME_TIMED_OUT,
                      END_TIMED_OUT);
        break;
    case CLIENT_ACTIVE:
    case CLIENT_DRAINING:
        if (waited > shared->io_timeout_ns && flow_owed(&client->flow))
            lane_late(lane, client, now);
        break;
    case CLIENT_FINISHED:
        if (waited > shared->io_timeout_ns)
            lane_late(lane, client, now);
        break;
    default:
        break;
    }
}

static void lane_sweep(struct lane *lane, int64_t now)
{
    bool over = now > (int64_t)sync_get(&lane->shared->give_up_ns);

    if (over && lane->order == ORDER_CONNECT)
        lane_abandon(lane);
    for (uint32_t i = 0; i < lane->tried; i++) {
        struct client *client = &lane->clients[i];

        if (over && lane->order == ORDER_DRAIN && client->state < CLIENT_OVER)
            lane_over(lane, client, OUTCOME_ABANDONED, END_TIMED_OUT);
        else
            lane_check(lane, client, now);
    }
}

/* Ten looks within the shortest deadline, so that none is overrun by more
 * than a tenth; never so often that looking is work. */
static int64_t lane_sweep_every(const struct lane *lane)
{
    const struct shared *shared = lane->shared;
    int64_t shortest = lane->order == ORDER_CONNECT ? shared->connect_timeout_ns
                                                    : shared->io_timeout_ns;
    int64_t every = shortest / 10;

    if (every > LANE_WAIT_NS)
        every = LANE_WAIT_NS;
    if (lane->order == ORDER_CONNECT && every > LANE_WAIT_NS / 10)
        every = LANE_WAIT_NS / 10;
    return every > LANE_SWEEP_NS ? every : LANE_SWEEP_NS;
}

static void lane_start(struct lane *lane, int64_t now)
{
    lane->paced_ns = now;
    for (uint32_t i = 0; i < lane->count; i++) {
        struct client *client = &lane->clients[i];

        if (client->state != CLIENT_HELD)
            continue;
        client->state = CLIENT_ACTIVE;
        now = clock_ns();
        lane->shared->traffic->start(lane, client, now);
        lane_send(lane, client, now);
    }
}

static void lane_stop(struct lane *lane)
{
    lane_abandon(lane);
    for (uint32_t i = 0; i < lane->count; i++)
        if (lane->clients[i].state != CLIENT_OVER &&
            lane->clients[i].state != CLIENT_UNTRIED)
            lane_over(lane, &lane->clients[i], OUTCOME_ABANDONED, END_ABORTED);
}

static void lane_obey(struct lane *lane, enum order order, int64_t now)
{
    lane->order = order;
    lane->sweep_ns = now + lane_sweep_every(lane);
    if (order == ORDER_TRAFFIC)
        lane_start(lane, now);
    if (order == ORDER_DRAIN)
        for (uint32_t i = 0; i < lane->count; i++)
            if (lane->clients[i].state == CLIENT_ACTIVE)
                lane_drain(lane, &lane->clients[i], now);
    if (order == ORDER_STOP)
        lane_stop(lane);
}

/* Returns when it must be called again. */
static int64_t lane_turn(struct lane *lane, int64_t now)
{
    const struct traffic *traffic = lane->shared->traffic;
    int64_t due = INT64_MAX;

    if (lane->order == ORDER_CONNECT)
        lane_connect(lane, now);
    if (lane->order == ORDER_TRAFFIC && traffic->due != NULL)
        due = traffic->due(lane, now);
    if (now >= lane->sweep_ns) {
        lane->sweep_ns = now + lane_sweep_every(lane);
        lane_sweep(lane, now);
    }
    return due;
}

void lane_run(void *arg)
{
    struct lane *lane = arg;

    for (;;) {
        enum order order = (enum order)sync_get(&lane->shared->order);
        int64_t now = clock_ns(), due;

        if (order != lane->order)
            lane_obey(lane, order, now);
        if (order == ORDER_STOP ||
            (order == ORDER_DRAIN && sync_get(&lane->empty) != 0))
            break;
        due = lane_turn(lane, now);
        engine_wait(lane->engine,
                    (due < lane->sweep_ns ? due : lane->sweep_ns) - now,
                    due < lane->sweep_ns);
    }
}
