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
    const char *got;
    cJSON *sample;
    snprintf(text, sizeof text, "mark %s\n", name);
    require(server_say(&f->server, text), "%s", f->server.fault);
    sample = server_event(&f->server, "sample");
    require(sample != NULL, "%s", f->server.fault);
    got = cJSON_GetStringValue(cJSON_GetObjectItem(sample, "mark"));
    require(got && !strcmp(got, name), "a sample marked %s, not %s", got, name);
    return sample;
}

void fixture_settle(struct fixture *f)
{
    int64_t end = clock_ns() + (int64_t)CLIENT_PATIENCE_MS * 1000000;
    uint64_t sent = 0, received = 0, in, out;
    unsigned i;
    for (i = 0; i < f->clients; i++) {
        sent += f->client[i]->sent;
        received += f->client[i]->received;
    }
    do {
        cJSON *sample = fixture_mark(f, "settle");
        in = fixture_count(f, sample, "recv_bytes");
        out = fixture_count(f, sample, "send_bytes");
        cJSON_Delete(sample);
        if (in == sent && out == received)
            return;
        clock_sleep_ms(10);
    } while (clock_ns() < end);
    require(false, "clients sent %llu, got %llu; the server says %llu, %llu",
            (unsigned long long)sent, (unsigned long long)received,
            (unsigned long long)in, (unsigned long long)out);
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
    uint64_t in = fixture_count(f, final, "recv_bytes");
    uint64_t out = fixture_count(f, final, "send_bytes");
    uint64_t offered = 0, sent = 0, received = 0;
    unsigned i;
    for (i = 0; i < f->clients; i++) {
        offered += f->client[i]->offered;
        sent += f->client[i]->sent;
        received += f->client[i]->received;
    }
    require(in != UINT64_MAX && out != UINT64_MAX, "a byte count is missing");
    require(in <= offered && out <= in && received <= in,
            "sent %llu, in %llu, out %llu, received %llu do not fit",
            (unsigned long long)offered, (unsigned long long)in,
            (unsigned long long)out, (unsigned long long)received);
    require(sums == SUMS_CUT || (in == sent && out == received),
            "clients sent %llu and received %llu, the server says %llu, %llu",
            (unsigned long long)sent, (unsigned long long)received,
            (unsigned long long)in, (unsigned long long)out);
    require((in > 0) == (fixture_count(f, final, "recvs") > 0) &&
                (out > 0) == (fixture_count(f, final, "sends") > 0),
            "recvs or sends do not fit the bytes");
}

/* Nobody is there: is all of it back? True, or why not in `why`. */
static bool account_back(struct fixture *f, const cJSON *sample, char *why,
                         size_t size)
{
    struct resources now = resources_count(f->server.process);
    uint64_t open = json_count(sample, "connections"), kept = 0;
    for (size_t i = 0; i < sizeof account_keeps / sizeof *account_keeps; i++)
        if (!strcmp(fixture_model, account_keeps[i].model))
            kept = account_keeps[i].each_thread * f->server.threads;
    snprintf(why, size,
             "all clients left: connections %llu, threads %lu (were %lu), "
             "handles %lu (were %lu, may keep %llu)",
             (unsigned long long)open, (unsigned long)now.threads,
             (unsigned long)f->held.threads, (unsigned long)now.handles,
             (unsigned long)f->held.handles, (unsigned long long)kept);
    return open == 0 && now.threads <= f->held.threads &&
           now.handles <= f->held.handles + kept;
}

/* Private bytes where the system tells them, or else the working set. */
static uint64_t account_memory(const cJSON *sample)
{
    uint64_t bytes = json_count(sample, "private_bytes");
    return bytes == UINT64_MAX ? json_count(sample, "working_set_bytes")
                               : bytes;
}

/* Slots stay with the server for the next connections: what they were at most
 * may remain, no more. */
static bool account_memory_back(struct fixture *f, const cJSON *sample,
                                char *why, size_t size)
{
    uint64_t before = account_memory(f->base), now = account_memory(sample);
    uint64_t allowed =
        ACCOUNT_SLACK + (uint64_t)f->clients * (f->server.buffer_bytes +
                                                ACCOUNT_SLOT + ACCOUNT_THREAD);
    require(before != UINT64_MAX && now != UINT64_MAX, "no figure of memory");
    snprintf(why, size,
             "all clients left: %llu bytes of memory, were %llu, %llu more "
             "are allowed",
             (unsigned long long)now, (unsigned long long)before,
             (unsigned long long)allowed);
    return now <= before + allowed;
}

void fixture_rest(struct fixture *f)
{
    int64_t end = clock_ns() + (int64_t)CLIENT_PATIENCE_MS * 1000000;
    char why[256];
    cJSON *sample;
    for (unsigned i = 0; i < f->clients; i++)
        client_close(f->client[i]);
    if (!f->base)
        return;
    for (;;) {
        sample = fixture_mark(f, "rest");
        /* A thread's stack goes a little after the thread. */
        if (account_back(f, sample, why, sizeof why) &&
            account_memory_back(f, sample, why, sizeof why))
            break;
        cJSON_Delete(sample);
        require(clock_ns() < end, "%s", why);
        clock_sleep_ms(20);
    }
    fixture_expect(f, sample, "closes", fixture_count(f, sample, "opens"));
    cJSON_Delete(sample);
}

/* One connection a thread, all at once: what the server makes at its first
 * use is there afterwards, and is not taken for something left behind. */
void fixture_warm(struct fixture *f)
{
    enum { THREADS_MOST = 16 };
    struct client c[THREADS_MOST];
    uint32_t count = f->server.threads;
    int64_t end = clock_ns() + (int64_t)CLIENT_PATIENCE_MS * 1000000;
    count = count < f->server.max_connections
                ? count
                : (uint32_t)f->server.max_connections;
    count = count < THREADS_MOST ? count : THREADS_MOST;
    for (uint32_t i = 0; i < count; i++) {
        c[i] = (struct client){.sock = INVALID_SOCKET, .number = i, .seed = i};
        client_connect(&c[i], &f->server.address, f->server.address_size);
        client_echo(&c[i], 1);
        fixture_good(&c[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (client_half_close(&c[i]))
            client_drain(&c[i]);
        fixture_good(&c[i]);
        client_close(&c[i]);
    }
    for (;;) {
        cJSON *sample = fixture_mark(f, "warm");
        struct resources last = f->held;
        bool closed = json_count(sample, "closes") == count;
        cJSON_Delete(f->base);
        f->base = sample;
        f->held = resources_count(f->server.process);
        /* The threads that served them may be about to end, and the accepts
         * that they took to be posted again. */
        if (closed && f->held.threads == last.threads &&
            f->held.handles == last.handles)
            return;
        require(clock_ns() < end, "the first connections are not closed");
        clock_sleep_ms(25);
    }
}

cJSON *fixture_final(struct fixture *f, enum fixture_sums sums, uint64_t opens)
{
    cJSON *final = server_event(&f->server, "final");
    uint64_t opened;
    require(final != NULL, "%s", f->server.fault);
    require(server_exited(&f->server), "%s", f->server.fault);
    opened = fixture_count(f, final, "opens");
    fixture_expect(f, final, "connections", 0);
    fixture_expect(f, final, "closes", opened);
    fixture_expect(f, final, "accepted",
                   opened + fixture_count(f, final, "refused"));
    if (opens != UINT64_MAX)
        fixture_expect(f, final, "opens", opens);
    account_bytes(f, final, sums);
    return final;
}

cJSON *fixture_halt(struct fixture *f, enum fixture_sums sums, uint64_t opens)
{
    require(server_say(&f->server, "stop\n"), "%s", f->server.fault);
    return fixture_final(f, sums, opens);
}

cJSON *fixture_stop(struct fixture *f, enum fixture_sums sums, uint64_t opens)
{
    fixture_rest(f);
    return fixture_halt(f, sums, opens);
}
