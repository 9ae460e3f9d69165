/* The table of traffic: what a connection does when its traffic begins, when
 * echoes are back, when all is sent, and when its time has come. */
#include "clients/load_thread.h"

#include <stdio.h>
#include <string.h>

#include "common/args.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/number.h"
#include "common/options.h"

enum {
    /* What `stream` has in flight is not bounded: a sample of it is timed. */
    STREAM_STAMPS = 16,
    PACED_STAMPS = 64,
    HOSTILE_MANY = 16, /* messages: more than is echoed until the reset */
    TRAFFIC_ROWS = 16,
    MIX_TEXT = 32
};

/* The longest time of a stall that is made up for. */
#define STREAM_CREDIT_NS INT64_C(100000000)

/* --- echo: a message, all of its echo, the next ----------------------------
 * --pipeline of them at once, --think between an echo and the next message.
 * `idle` is the same with one message and a long pause. */

/* Fills the connection up to its depth. */
static void echo_fill(struct client *client)
{
    const struct flow *f = &client->flow;
    uint64_t depth = client->thread->shared->options->pipeline * f->message;
    uint64_t owed = flow_answer(f, f->limit) - (f->echo_end - f->message);

    if (owed < depth)
        flow_begin(&client->flow, (depth - owed) / f->message);
}

static void echo_start(struct client *client, int64_t now)
{
    int64_t think = client->thread->shared->think_ns;

    if (think == 0)
        echo_fill(client);
    else
        client_queue(client, now + client_spread(client, think));
}

static void echo_echoed(struct client *client, uint64_t messages, int64_t now)
{
    int64_t think = client->thread->shared->think_ns;

    if (think == 0)
        flow_begin(&client->flow, messages);
    else
        client_queue(client, now + think);
}

static void echo_act(struct client *client, int64_t now)
{
    echo_fill(client);
    client_send(client, now);
}

/* --- stream: the book's client ---------------------------------------------
 * Sends again when its last send completes and receives the echo meanwhile, as
 * fast as it goes or at a --rate of all together. */

static void stream_next(struct client *client)
{
    if (client->thread->interval_ns > 0)
        client_queue(client, clock_ns());
    else
        flow_begin(&client->flow, 1);
}

static void stream_start(struct client *client, int64_t now)
{
    (void)now;
    stream_next(client);
}

/* When the rate allows the next message of any connection. */
static int64_t stream_when(struct load_thread *thread, int64_t now)
{
    int64_t when = thread->paced_ns +
                   (int64_t)((double)thread->paced * thread->interval_ns);

    if (when >= now - STREAM_CREDIT_NS)
        return when;
    thread->paced_ns = now - STREAM_CREDIT_NS;
    thread->paced = 0;
    return thread->paced_ns;
}

static void stream_act(struct client *client, int64_t now)
{
    client->thread->paced++;
    flow_begin(&client->flow, 1);
    client_send(client, now);
}

/* --- paced: an open loop ---------------------------------------------------
 * Each connection's messages leave at times that were fixed before, whether or
 * not echoes came back. All messages that a stall held up leave after it, and
 * their latency counts from when they were due. */

static void paced_next(struct client *client, int64_t now)
{
    const struct flow *f = &client->flow;

    (void)now;
    client_queue(client,
                 client_intended(client, &client->sent, f->limit / f->message));
}

static void paced_act(struct client *client, int64_t now)
{
    flow_begin(&client->flow, 1);
    paced_next(client, now);
    client_send(client, now);
}

/* --- churn: connects, exchanges one message, closes ------------------------
 * Each time an attempt with its outcome. It closes by FIN and by reset in turn:
 * FIN for FIN proves that nothing came after the echo; a reset leaves no
 * TIME_WAIT. */

/* The first message is back. */
static void churn_start(struct client *client, int64_t now)
{
    if (client->cycle % 2 == 0)
        client_finish(client, now);
    else
        client_close(client, END_COMPLETED, true);
}

/* --- sparse: few with traffic among many that rest --------------------------
 * A connection that rests sends its first message and nothing more, so that all
 * figures of messages are those of the active ones. */

/* --- hostile connections ---------------------------------------------------
 * Peers that a server must survive. They stay until the drain and come again
 * when they ended; their echoes are verified like all others. */

/* Non-reading: sends on, and receives nothing. */
static void deaf_start(struct client *client, int64_t now)
{
    (void)now;
    engine_pause(client);
    flow_begin(&client->flow, 1);
}

static void deaf_sent(struct client *client)
{
    flow_begin(&client->flow, 1);
}

/* A byte at a time: half of them are slow to send, the others send on and are
 * slow to read. */
static bool slow_reads(const struct client *client)
{
    return client->cycle % 2 != client->ordinal % 2;
}

static void slow_start(struct client *client, int64_t now)
{
    if (slow_reads(client))
        deaf_start(client, now);
    else
        flow_extend(&client->flow, 1);
    client_queue(client, now + THREAD_HOSTILE_NS);
}

static void slow_sent(struct client *client)
{
    if (slow_reads(client))
        deaf_sent(client);
}

static void slow_act(struct client *client, int64_t now)
{
    client_queue(client, now + THREAD_HOSTILE_NS);
    if (slow_reads(client)) {
        engine_take(client);
        return;
    }
    /* The next byte when the last one is back. */
    if (!flow_owed(&client->flow))
        flow_extend(&client->flow, 1);
    client_send(client, now);
}

/* Resets in turn while the server waits for the rest of a message, and while
 * it may be sending. */
static void reset_start(struct client *client, int64_t now)
{
    if (client->cycle % 2 == 0) {
        flow_extend(&client->flow, (client->flow.request + 1) / 2);
    } else {
        engine_pause(client);
        flow_begin(&client->flow, HOSTILE_MANY);
    }
    client_queue(client, now + THREAD_HOSTILE_NS);
}

static void reset_act(struct client *client, int64_t now)
{
    (void)now;
    client_close(client, END_COMPLETED, true);
}

static const struct traffic traffic_table[] = {
    {.name = "echo",
     .pipelined = true,
     .thinks = true,
     .start = echo_start,
     .echoed = echo_echoed,
     .act = echo_act},
    {.name = "stream",
     .rated = true,
     .stamps = STREAM_STAMPS,
     .start = stream_start,
     .sent = stream_next,
     .when = stream_when,
     .act = stream_act},
    {.name = "paced",
     .rated = true,
     .scheduled = true,
     .stamps = PACED_STAMPS,
     .start = paced_next,
     .act = paced_act},
    {.name = "churn",
     .thinks = true,
     .renews = true,
     .stamps = 1,
     .start = churn_start},
    {.name = "idle",
     .thinks = true,
     .think_ns = INT64_C(1000000000),
     .stamps = 1,
     .start = echo_start,
     .echoed = echo_echoed,
     .act = echo_act},
    {.name = "mixed",
     .members = {"echo", "churn"},
     .pipelined = true,
     .thinks = true,
     .renews = true},
    /* Its second part is the pattern itself: connections that rest do nothing
     * in any phase. */
    {.name = "sparse",
     .members = {"echo", "sparse"},
     .pipelined = true,
     .thinks = true,
     .sparse = true},
    {.name = "silent", .hostile = true},
    {.name = "slow",
     .hostile = true,
     .start = slow_start,
     .sent = slow_sent,
     .act = slow_act},
    {.name = "deaf", .hostile = true, .start = deaf_start, .sent = deaf_sent},
    {.name = "reset", .hostile = true, .start = reset_start, .act = reset_act},
    {.name = NULL},
};

/* --- which connection does which ---------------------------------------- */

const struct traffic *traffic_find(const char *name, bool hostile)
{
    const struct traffic *row = traffic_table;

    while (row->name != NULL &&
           (row->hostile != hostile || strcmp(row->name, name) != 0))
        row++;
    return row->name != NULL ? row : NULL;
}

const char *const *traffic_names(bool hostile)
{
    static const char *names[2][TRAFFIC_ROWS];
    size_t count = 0;

    for (const struct traffic *row = traffic_table; row->name != NULL; row++)
        if (row->hostile == hostile)
            names[hostile][count++] = row->name;
    return names[hostile];
}

static bool mix_add(struct mix *mix, const char *kind)
{
    const struct traffic *traffic = traffic_find(kind, true);

    if (traffic == NULL) {
        args_unknown_name("--hostile: there is no kind", kind,
                          traffic_names(true));
        return false;
    }
    for (uint32_t i = 0; i < mix->hostile; i++) {
        if (mix->part[mix->healthy + i] == traffic) {
            complain("--hostile: %s is named twice; name it once", kind);
            return false;
        }
    }
    mix->part[mix->healthy + mix->hostile++] = traffic;
    return true;
}

/* Copies the text up to one of `ends`, cut where it is too long to be right;
 * returns what follows the copied text. */
static const char *mix_word(const char *text, const char *ends,
                            char word[MIX_TEXT])
{
    size_t length = strcspn(text, ends);

    snprintf(word, MIX_TEXT, "%.*s", (int)length, text);
    return text + length;
}

bool mix_make(struct mix *mix, const char *pattern, const char *hostile)
{
    const struct traffic *traffic = traffic_find(pattern, false);
    char word[MIX_TEXT];

    *mix = (struct mix){0};
    for (; traffic->members[mix->healthy] != NULL; mix->healthy++)
        mix->part[mix->healthy] =
            traffic_find(traffic->members[mix->healthy], false);
    if (mix->healthy == 0)
        mix->part[mix->healthy++] = traffic;
    if (hostile == NULL)
        return true;
    hostile = mix_word(hostile, ":", word);
    if (!number_share(word, &mix->share) || mix->share <= 0 ||
        mix->share > 0.9) {
        complain("--hostile: '%s' is not a share of more than 0 and at most "
                 "90%%; give one such as 20%% or 20%%:silent,reset",
                 word);
        return false;
    }
    if (*hostile == '\0')
        for (const char *const *kind = traffic_names(true); *kind != NULL;
             kind++)
            mix_add(mix, *kind);
    while (*hostile != '\0') {
        hostile = mix_word(hostile + 1, ",", word);
        if (!mix_add(mix, word))
            return false;
    }
    return true;
}

uint64_t mix_hostile(const struct mix *mix, uint64_t connections)
{
    /* A share such as 0.2 is a little less than it should be. */
    return (uint64_t)((double)connections * mix->share + 1e-6);
}

void mix_sparse(struct mix *mix, uint64_t active, uint64_t connections)
{
    mix->among = connections - mix_hostile(mix, connections);
    mix->active = active < mix->among ? active : mix->among;
}

uint32_t mix_part(const struct mix *mix, uint64_t connection, uint32_t *ordinal)
{
    uint64_t before = mix_hostile(mix, connection);
    bool hostile = mix_hostile(mix, connection + 1) > before;
    uint64_t among = hostile ? before : connection - before;
    uint32_t parts = hostile ? mix->hostile : mix->healthy;

    if (!hostile && mix->active > 0) {
        uint64_t active = among * mix->active / mix->among;
        bool rests = (among + 1) * mix->active / mix->among == active;

        *ordinal = (uint32_t)(rests ? among - active : active);
        return rests;
    }
    *ordinal = (uint32_t)(among / parts);
    return (hostile ? mix->healthy : 0) + (uint32_t)(among % parts);
}
