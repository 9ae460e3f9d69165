#include "fixture.h"

#include <stdio.h>
#include <string.h>
#include "common/clock.h"

enum {
    ACCOUNT_SLACK = 2 << 20, /* bytes: heaps, and commits in large steps */
    ACCOUNT_SLOT = 2048,     /* bytes of a slot beside its buffer */
    ACCOUNT_THREAD = 32768   /* bytes: what Wine keeps of a thread: 19 KB */
};

/* Handles that a model keeps to use them again, at most, by design. */
static const struct {
    const char *model;
    uint32_t each_thread;
} account_keeps[] = {
    {"event_select", 63}, /* the events of free seats */
};

/* What grows as long as the server lives: `base` has the warm-up's part. */
static const char *const account_sums[] = {
    "opens",      "closes",     "accepted", "refused",
    "recv_bytes", "send_bytes", "recvs",    "sends"};

uint64_t fixture_count(const struct fixture *f, const cJSON *line,
                       const char *name)
{
    uint64_t value = json_count(line, name);
    if (!f->base || value == UINT64_MAX)
        return value;
    for (size_t i = 0; i < sizeof account_sums / sizeof *account_sums; i++)
        if (!strcmp(name, account_sums[i]))
            return value - json_count(f->base, name);
    return value;
}

cJSON *fixture_mark(struct fixture *f, const char *name)
{
    char text[64];
    snprintf(text, sizeof text, "mark %s", name);
    fixture_say(f, text);
    cJSON *sample = server_event(&f->server, "sample");
    require(sample != NULL, "%s", f->server.fault);
    const char *got = json_text(sample, "mark");
    require(!strcmp(got, name), "a sample marked %s, not %s", got, name);
    return sample;
}

void fixture_await_open(struct fixture *f, uint64_t open)
{
    int64_t end = fixture_deadline(CLIENT_PATIENCE_MS);
    for (;;) {
        cJSON *sample = fixture_mark(f, "open");
        uint64_t now = json_count(sample, "connections");
        cJSON_Delete(sample);
        if (now == open)
            return;
        require(clock_ns() < end, "%llu connections are open, not %llu",
                (unsigned long long)now, (unsigned long long)open);
        clock_sleep_ms(5);
    }
}

/* Bytes, of all clients and by the server's count. */
struct account {
    uint64_t offered, sent, received, in, out;
    char text[160];
};

static struct account account_of(const struct fixture *f, const cJSON *line)
{
    struct account a = {0};
    for (unsigned i = 0; i < f->clients; i++) {
        a.offered += f->client[i]->offered;
        a.sent += f->client[i]->sent;
        a.received += f->client[i]->received;
    }
    a.in = fixture_count(f, line, "recv_bytes");
    a.out = fixture_count(f, line, "send_bytes");
    snprintf(a.text, sizeof a.text,
             "clients offered %llu, sent %llu, received %llu; the server "
             "says %llu in, %llu out",
             (unsigned long long)a.offered, (unsigned long long)a.sent,
             (unsigned long long)a.received, (unsigned long long)a.in,
             (unsigned long long)a.out);
    return a;
}

void fixture_settle(struct fixture *f)
{
    int64_t end = fixture_deadline(CLIENT_PATIENCE_MS);
    for (;;) {
        cJSON *sample = fixture_mark(f, "settle");
        struct account a = account_of(f, sample);
        cJSON_Delete(sample);
        if (a.in == a.sent && a.out == a.received)
            return;
        require(clock_ns() < end, "%s", a.text);
        clock_sleep_ms(10);
    }
}

void fixture_expect(const struct fixture *f, const cJSON *line,
                    const char *name, uint64_t value)
{
    uint64_t got = fixture_count(f, line, name);
    require(got == value, "%s is %lld, not %llu", name, (long long)got,
            (unsigned long long)value);
}

static void account_bytes(const struct fixture *f, const cJSON *final,
                          enum fixture_sums sums)
{
    struct account a = account_of(f, final);
    require(a.in != UINT64_MAX && a.out != UINT64_MAX,
            "a byte count is missing");
    require(a.in <= a.offered && a.out <= a.in && a.received <= a.in, "%s",
            a.text);
    require(sums == SUMS_CUT || (a.in == a.sent && a.out == a.received), "%s",
            a.text);
    require((a.in > 0) == (fixture_count(f, final, "recvs") > 0) &&
                (a.out > 0) == (fixture_count(f, final, "sends") > 0),
            "recvs or sends do not fit the bytes");
}

/* Private bytes where the system tells them, or else the working set. */
static uint64_t account_memory(const cJSON *sample)
{
    uint64_t bytes = json_count(sample, "private_bytes");
    return bytes == UINT64_MAX ? json_count(sample, "working_set_bytes")
                               : bytes;
}

/* Nobody is there: is all of it back? True, or why not in `why`. Slots stay
 * with the server for the next connections: their memory may remain. */
static bool account_back(const struct fixture *f, const cJSON *sample,
                         char *why, size_t size)
{
    const struct resources now = resources_count(f->server.process);
    const uint64_t open = json_count(sample, "connections");
    const uint64_t before = account_memory(f->base);
    const uint64_t memory = account_memory(sample);
    const uint64_t allowed =
        ACCOUNT_SLACK + (uint64_t)f->clients * (f->server.buffer_bytes +
                                                ACCOUNT_SLOT + ACCOUNT_THREAD);
    uint64_t kept = 0;
    for (size_t i = 0; i < sizeof account_keeps / sizeof *account_keeps; i++)
        if (!strcmp(fixture_model, account_keeps[i].model))
            kept = account_keeps[i].each_thread * f->server.threads;
    require(before != UINT64_MAX && memory != UINT64_MAX,
            "no figure of memory");
    snprintf(why, size,
             "all clients left: connections %llu, threads %lu (were %lu), "
             "handles %lu (were %lu, may keep %llu), bytes of memory %llu "
             "(were %llu, %llu more are allowed)",
             (unsigned long long)open, (unsigned long)now.threads,
             (unsigned long)f->held.threads, (unsigned long)now.handles,
             (unsigned long)f->held.handles, (unsigned long long)kept,
             (unsigned long long)memory, (unsigned long long)before,
             (unsigned long long)allowed);
    return open == 0 && now.threads <= f->held.threads &&
           now.handles <= f->held.handles + kept && memory <= before + allowed;
}

void fixture_rest(struct fixture *f)
{
    int64_t end = fixture_deadline(CLIENT_PATIENCE_MS);
    char why[400];
    for (unsigned i = 0; i < f->clients; i++)
        client_close(f->client[i]);
    if (!f->base)
        return;
    for (;;) {
        cJSON *sample = fixture_mark(f, "rest");
        const bool back = account_back(f, sample, why, sizeof why);
        if (back)
            fixture_expect(f, sample, "closes",
                           fixture_count(f, sample, "opens"));
        cJSON_Delete(sample);
        if (back)
            return;
        require(clock_ns() < end, "%s", why);
        clock_sleep_ms(20); /* a thread's stack goes a little after it */
    }
}

/* One connection a thread, all at once: what the server makes at its first
 * use is there afterwards, and is not taken for something left behind. */
void fixture_warm(struct fixture *f)
{
    enum { THREADS_MOST = 16 };
    struct client c[THREADS_MOST];
    uint64_t count = f->server.threads;
    int64_t end = fixture_deadline(CLIENT_PATIENCE_MS);
    if (count > f->server.max_connections)
        count = f->server.max_connections;
    if (count > THREADS_MOST)
        count = THREADS_MOST;
    for (unsigned i = 0; i < count; i++) {
        c[i] = (struct client){.sock = INVALID_SOCKET, .number = i, .seed = i};
        client_connect(&c[i], &f->server.address, f->server.address_size);
        fixture_echo(&c[i], 1);
    }
    for (unsigned i = 0; i < count; i++) {
        fixture_finish(&c[i]);
        client_close(&c[i]);
    }
    for (;;) {
        struct resources last = f->held;
        cJSON *sample = fixture_mark(f, "warm");
        cJSON_Delete(f->base);
        f->base = sample;
        f->held = resources_count(f->server.process);
        /* The threads that served them may be about to end, and the accepts
         * that they took to be posted again. */
        if (json_count(f->base, "closes") == count &&
            f->held.threads == last.threads && f->held.handles == last.handles)
            return;
        require(clock_ns() < end, "the first connections are not closed");
        clock_sleep_ms(25);
    }
}

cJSON *fixture_final(struct fixture *f, enum fixture_sums sums, int opens)
{
    cJSON *final = server_event(&f->server, "final");
    require(final != NULL, "%s", f->server.fault);
    require(server_exited(&f->server), "%s", f->server.fault);
    const uint64_t opened = fixture_count(f, final, "opens");
    fixture_expect(f, final, "connections", 0);
    fixture_expect(f, final, "closes", opened);
    fixture_expect(f, final, "accepted",
                   opened + fixture_count(f, final, "refused"));
    if (opens != OPENS_VARY)
        fixture_expect(f, final, "opens", (uint64_t)opens);
    account_bytes(f, final, sums);
    return final;
}

cJSON *fixture_stop(struct fixture *f, enum fixture_sums sums, int opens)
{
    fixture_rest(f);
    fixture_say(f, "stop");
    return fixture_final(f, sums, opens);
}

void fixture_end(struct fixture *f, enum fixture_sums sums, int opens)
{
    cJSON_Delete(fixture_stop(f, sums, opens));
}
