#include "clients/lane_parts.h"

#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/pattern.h"
#include "common/options.h"

static uint32_t lane_no_memory(void)
{
#ifdef _WIN32
    return ERROR_NOT_ENOUGH_MEMORY;
#else
    return ENOMEM;
#endif
}

/* Each connection has bytes of its own, so that one's cannot pass for those of
 * another; also one that follows it in its place. */
static void lane_flow(const struct lane *lane, struct client *client,
                      struct flow_stamp *stamps, uint16_t stamps_max)
{
    const struct option_values *options = lane->shared->options;
    uint64_t number = client->index + client->cycle * options->connections;

    flow_init(&client->flow, pattern_seed(options->seed, number),
              lane->shared->message, stamps, stamps_max);
}

static uint16_t lane_stamps(const struct shared *shared)
{
    const struct mix *mix = &shared->mix;
    uint16_t most = 0;

    for (uint32_t i = 0; i < mix->healthy + mix->hostile; i++) {
        uint16_t stamps = mix->part[i]->stamps(shared->options);

        if (stamps > most)
            most = stamps;
    }
    return most;
}

static void lane_parts(struct lane *lane)
{
    const struct mix *mix = &lane->shared->mix;

    for (uint32_t i = 0; i < mix->healthy + mix->hostile; i++) {
        lane->parts[i].traffic = mix->part[i];
        lane->parts[i].queue.end = &lane->parts[i].queue.first;
        lane->parts[i].at_once.end = &lane->parts[i].at_once.first;
    }
}

static void lane_client(struct lane *lane, uint32_t i, uint16_t stamps)
{
    struct client *client = &lane->clients[i];
    uint64_t ordinal;
    uint32_t part;

    client->index = lane->first + i;
    part = mix_part(&lane->shared->mix, client->index, &ordinal);
    client->part = &lane->parts[part];
    client->ordinal = (uint32_t)ordinal;
    lane_flow(lane, client, lane->stamps + (size_t)i * stamps,
              client->part->traffic->stamps(lane->shared->options));
}

uint32_t lane_init(struct lane *lane, const struct shared *shared,
                   uint32_t first, uint32_t count)
{
    const struct option_values *options = shared->options;
    uint16_t stamps = lane_stamps(shared);

    *lane = (struct lane){.shared = shared, .first = first, .count = count};
    lane->window = (uint32_t)((options->connect_window + options->threads - 1) /
                              options->threads);
    lane_parts(lane);
    if (options->rate > 0)
        lane->interval_ns = 1e9 * shared->message * (double)options->threads /
                            (double)options->rate;
    lane->clients = calloc(count, sizeof *lane->clients);
    lane->stamps = calloc((size_t)count * stamps, sizeof *lane->stamps);
    if (lane->clients == NULL || lane->stamps == NULL ||
        !times_init(&lane->times, shared->mix.part[0]->scheduled,
                    shared->options->turns))
        return lane_no_memory();
    for (uint32_t i = 0; i < count; i++)
        lane_client(lane, i, stamps);
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
void lane_settle(struct lane *lane)
{
    bool settled = lane->tried == lane->count && lane->unsettled == 0;

    if (settled && lane->open == 0 && sync_get(&lane->empty) == 0) {
        sync_set(&lane->empty, 1);
        sync_event_set(lane->shared->changed);
    }
    if (settled && sync_get(&lane->settled) == 0) {
        sync_set(&lane->settled, 1);
        sync_event_set(lane->shared->changed);
    }
}

void lane_outcome(struct lane *lane, struct client *client,
                  enum outcome outcome)
{
    sync_add(&client->part->counts.outcomes[outcome], 1);
    lane_count(client, TALLY_CONNECTING, (uint64_t)-1);
    lane->pending--;
    lane->unsettled -= lane_healthy(client);
    if (outcome == OUTCOME_CONNECTED) {
        lane_count(client, TALLY_CONNECTED, 1);
        lane_count(client, TALLY_OPEN, 1);
        lane->open++;
        client->state = CLIENT_HELD;
    } else {
        client->state = CLIENT_OVER;
    }
}

static void lane_end(struct lane *lane, struct client *client, enum end end)
{
    sync_add(&client->part->counts.ends[end], 1);
    lane_count(client, TALLY_OPEN, (uint64_t)-1);
    lane->open--;
    client->state = CLIENT_OVER;
}

bool lane_retry(struct lane *lane, struct client *client, enum outcome outcome)
{
    uint32_t doublings = client->retries;

    if (client->state != CLIENT_CONNECTING || lane->order != ORDER_CONNECT ||
        (outcome != OUTCOME_REFUSED && outcome != OUTCOME_TIMED_OUT) ||
        client->retries >= lane->shared->options->connect_retries)
        return false;
    if (doublings > LANE_RETRY_DOUBLINGS)
        doublings = LANE_RETRY_DOUBLINGS;
    lane_count(client,
               outcome == OUTCOME_REFUSED ? TALLY_RETRIED_REFUSED
                                          : TALLY_RETRIED_TIMED_OUT,
               1);
    lane_count(client, TALLY_CONNECTING, (uint64_t)-1);
    lane->pending--;
    client->retries++;
    client->failed = (uint8_t)outcome;
    client->state = CLIENT_WAITING;
    client->due_ns =
        clock_ns() + ((int64_t)LANE_RETRY_MS << doublings) * 1000000;
    return true;
}

/* Where the pattern says so, a connection that ended is followed by another,
 * at once or, when an attempt failed, at one of the next sweeps. */
void lane_renew(struct lane *lane, struct client *client, bool failed)
{
    const struct traffic *traffic = client->part->traffic;
    bool when = lane->order == ORDER_TRAFFIC ||
                (traffic->hostile && lane->order == ORDER_CONNECT);
    int64_t now;

    if (!traffic->renews || !when)
        return;
    now = clock_ns();
    client->state = CLIENT_WAITING;
    client->failed = CLIENT_ANEW;
    client->retries = 0;
    client->cycle++;
    lane_flow(lane, client, client->flow.stamps, client->flow.stamps_max);
    lane->unsettled += lane_healthy(client);
    if (!failed)
        lane_queue(lane, client,
                   now + (traffic->hostile ? LANE_HOSTILE_NS
                                           : lane->shared->think_ns));
    else if (!client->queued)
        client->due_ns = now + LANE_RETRY_MS * INT64_C(1000000);
}

static void lane_close(struct lane *lane, struct client *client, enum end end,
                       bool abort)
{
    lane_end(lane, client, end);
    engine_drop(lane->engine, client, abort);
    lane_renew(lane, client, false);
    lane_settle(lane);
}

void lane_over(struct lane *lane, struct client *client, enum outcome outcome,
               enum end end)
{
    bool again = lane_retry(lane, client, outcome);

    if (!again && client->state > CLIENT_FIRST) {
        lane_close(lane, client, end, end != END_COMPLETED);
        return;
    }
    if (!again)
        lane_outcome(lane, client, outcome);
    engine_drop(lane->engine, client, end != END_COMPLETED);
    if (!again)
        lane_renew(lane, client, true);
    lane_settle(lane);
}

void lane_leave(struct lane *lane, struct client *client, bool abort)
{
    lane_close(lane, client, END_COMPLETED, abort);
}

static void lane_mismatch(struct lane *lane, struct client *client,
                          const struct flow_wrong *wrong)
{
    if (lane->wrongs++ == 0)
        lane->wrong = (struct lane_wrong){*wrong, client->index, clock_ns()};
    lane_over(lane, client, OUTCOME_MISMATCH, END_MISMATCH);
}

void lane_finish(struct lane *lane, struct client *client, int64_t now)
{
    client->state = CLIENT_FINISHED;
    client->touched_ns = now;
    engine_finish(lane->engine, client);
}

/* At the pace so far, what is left takes longer than an echo may. */
static bool lane_hopeless(const struct lane *lane, const struct client *client,
                          int64_t now)
{
    const struct flow *f = &client->flow;

    return (double)flow_want(f) * (double)(now - lane->paced_ns) >
           (double)f->given * (double)lane->shared->io_timeout_ns;
}

void lane_drain(struct lane *lane, struct client *client, int64_t now)
{
    bool scheduled = client->part->traffic->scheduled;

    /* What was due is sent, though late, as long as that can end. */
    client->late = scheduled && lane_hopeless(lane, client, now);
    if (!scheduled || client->late)
        flow_hold(&client->flow);
    client->state = CLIENT_DRAINING;
    if (!flow_owed(&client->flow))
        lane_finish(lane, client, now);
}

/* --- what engines tell --------------------------------------------------- */

void lane_begin(struct lane *lane, struct client *client, int64_t now)
{
    client->state = CLIENT_ACTIVE;
    client->touched_ns = now;
    client->turn = lane->turns;
    client->part->traffic->start(lane, client, now);
}

void lane_connected(struct lane *lane, struct client *client, int64_t now)
{
    if (!lane_healthy(client)) {
        lane_outcome(lane, client, OUTCOME_CONNECTED);
        lane_begin(lane, client, now);
        lane_send(lane, client, now);
        lane_settle(lane);
        return;
    }
    times_record(lane->times.connect, now - client->touched_ns);
    client->state = CLIENT_FIRST;
    flow_begin(&client->flow, 1);
    engine_send(lane->engine, client);
}

const struct endpoint *lane_source(const struct lane *lane,
                                   const struct client *client)
{
    const struct sources *sources = &lane->shared->sources;
    size_t source = (size_t)client->index + client->cycle;

    return &sources->each[source % sources->count];
}

enum outcome lane_failure(const struct lane *lane, const struct client *client,
                          uint32_t error)
{
    enum outcome outcome = outcome_of(error, client->state == CLIENT_FIRST);

    /* connect() gives the same error for an address that is absent. */
    if (outcome == OUTCOME_NO_PORTS &&
        endpoint_try(lane_source(lane, client), &lane->shared->target) == error)
        return OUTCOME_UNREACHABLE;
    return outcome;
}

void lane_failed(struct lane *lane, struct client *client, uint32_t error)
{
    lane_over(lane, client, lane_failure(lane, client, error), end_of(error));
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
                               (lane->peers > 0 ? lane->peers : lane->open)));
    client->turn = lane->turns;
}

static void lane_waited(struct lane *lane, const struct client *client,
                        int64_t now, int64_t sent)
{
    int64_t since = client->state == CLIENT_FIRST ? client->touched_ns : sent;

    if (now - since > lane->worst_ns) {
        lane->worst_ns = now - since;
        lane->worst = client->index;
    }
}

static int64_t lane_when(const struct lane *lane, const struct client *client,
                         const struct flow_stamp *stamp)
{
    return lane_intended(lane, client, stamp->end / client->flow.message - 1);
}

void lane_missed(struct lane *lane, const struct client *client, int64_t now)
{
    int64_t sent = 0;

    if (client->state == CLIENT_FIRST ||
        flow_stamp_oldest(&client->flow, &sent))
        lane_waited(lane, client, now, sent);
}

/* When it was sent, or should have been, decides, not when it came back, or
 * slow ones would be left out. One stands for many where not all are timed. The
 * bounds are published before their time comes, so that a thread that looks
 * late still decides alike. */
static void lane_time(struct lane *lane, struct client *client, int64_t now)
{
    const struct shared *shared = lane->shared;
    bool scheduled =
        client->part->traffic->scheduled && client->state != CLIENT_FIRST;
    struct flow_stamp stamp;

    while (flow_stamp_take(&client->flow, &stamp)) {
        int64_t sent = stamp.sent_ns, many = client->flow.stamp_every;
        int64_t at = scheduled ? lane_when(lane, client, &stamp) : sent;
        bool measured = at >= (int64_t)sync_get(&shared->begin_ns) &&
                        at <= (int64_t)sync_get(&shared->end_ns);

        lane_waited(lane, client, now, sent);
        if (client->state == CLIENT_FIRST)
            times_record(lane->times.first_echo, now - sent);
        if (measured)
            times_record_many(lane->times.from_send, now - sent, many);
        if (measured && scheduled)
            times_record_many(lane->times.from_intended, now - at, many);
        /* Its first echo is no turn: until now it did not take part. */
        if (lane->times.turns != NULL && client->state != CLIENT_FIRST)
            lane_take_turn(lane, client, measured);
    }
}

static void lane_echoed(struct lane *lane, struct client *client,
                        uint64_t messages, int64_t now)
{
    const struct traffic *traffic = client->part->traffic;

    lane_count(client, TALLY_MESSAGES_ECHOED, messages);
    lane_time(lane, client, now);
    switch (client->state) {
    case CLIENT_FIRST:
        lane_outcome(lane, client, OUTCOME_CONNECTED);
        if (lane->order == ORDER_TRAFFIC)
            lane_begin(lane, client, now);
        else if (lane->order == ORDER_DRAIN)
            lane_drain(lane, client, now);
        lane_settle(lane);
        break;
    case CLIENT_ACTIVE:
        if (traffic->echoed != NULL)
            traffic->echoed(lane, client, messages, now);
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
    lane_count(client, TALLY_RECEIVED_BYTES, bytes);
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
        lane_over(lane, client, OUTCOME_OTHER,
                  client->late ? END_TIMED_OUT : END_COMPLETED);
    }
}

void lane_sent(struct lane *lane, struct client *client, size_t bytes)
{
    struct flow *f = &client->flow;
    uint64_t messages = flow_sent(f, bytes);

    lane_count(client, TALLY_SENT_BYTES, bytes);
    if (messages > 0)
        lane_count(client, TALLY_MESSAGES_SENT, messages);
    if (f->sent == f->limit && client->state == CLIENT_ACTIVE &&
        client->part->traffic->sent != NULL)
        client->part->traffic->sent(lane, client);
}

void lane_sent_late(struct client *client, size_t bytes)
{
    lane_count(client, TALLY_SENT_BYTES, bytes);
}
