/* Many connections: at once, too many, come and gone; and out of memory. */
#include "cases.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/clock.h"
#include "common/machine.h"

enum {
    MANY_CROWD = 100,
    MANY_BURST = 200,
    MANY_BURST_SMALLEST = 500,
    MANY_LIMIT_MAX = 64
};

struct many_member {
    struct fixture *fixture;
    struct client *client;
};

/* Says that it is served, waits until all are, then exchanges its own data. */
static DWORD WINAPI many_member_run(void *arg)
{
    struct many_member *m = arg;
    struct fixture *f = m->fixture;
    struct client *c = m->client;
    if (!client_connect(c, &f->server.address, f->server.address_size) ||
        !client_echo(c, 64))
        return 0;
    InterlockedIncrement(&f->ready);
    WaitForSingleObject(f->go, CLIENT_PATIENCE_MS);
    for (int i = 0; i < 8; i++)
        if (!client_echo(c, 1000 + 321 * c->number % 4000))
            return 0;
    client_finish(c);
    return 0;
}

void case_hundred_at_once(void **state)
{
    static struct many_member members[MANY_CROWD];
    struct fixture *f = *state;
    fixture_serve(f, "");
    for (unsigned i = 0; i < MANY_CROWD; i++) {
        members[i] = (struct many_member){f, fixture_client(f)};
        fixture_spawn(f, many_member_run, &members[i]);
    }
    fixture_await(f, MANY_CROWD);
    cJSON *sample = fixture_mark(f, "crowd");
    fixture_expect(f, sample, "connections", MANY_CROWD);
    fixture_expect(f, sample, "opens", MANY_CROWD);
    fixture_expect(f, sample, "recv_bytes", MANY_CROWD * 64);
    cJSON_Delete(sample);
    SetEvent(f->go);
    fixture_join(f);
    for (unsigned i = 0; i < MANY_CROWD; i++)
        fixture_good(members[i].client);
    fixture_end(f, SUMS_WHOLE, MANY_CROWD);
}

/* Starts to connect without waiting for it. */
static struct client *many_begin(struct fixture *f)
{
    struct client *c = fixture_client(f);
    require(client_open(c, f->server.address.ss_family) &&
                client_blocking(c, false),
            "cannot make a socket");
    int result = connect(c->sock, (const struct sockaddr *)&f->server.address,
                         f->server.address_size);
    require(!result || WSAGetLastError() == WSAEWOULDBLOCK,
            "client %u: connect failed with %d", c->number, WSAGetLastError());
    return c;
}

static void many_connected(struct client *c)
{
    WSAPOLLFD poll = {.fd = c->sock, .events = POLLOUT};
    int ready = WSAPoll(&poll, 1, CLIENT_PATIENCE_MS);
    require(ready == 1 && poll.revents == POLLOUT,
            "client %u of the burst was not connected", c->number);
    client_blocking(c, true);
}

static void many_burst(struct fixture *f, const char *options, int count)
{
    struct client *c[MANY_BURST_SMALLEST];
    fixture_serve(f, options);
    for (int i = 0; i < count; i++)
        c[i] = many_begin(f);
    for (int i = 0; i < count; i++) {
        many_connected(c[i]);
        client_send(c[i], 64 + (unsigned)i);
    }
    for (int i = 0; i < count; i++) {
        client_receive(c[i], 64 + (unsigned)i);
        fixture_good(c[i]);
    }
    for (int i = 0; i < count; i++)
        fixture_finish(c[i]);
    fixture_end(f, SUMS_WHOLE, count);
}

void case_accept_burst(void **state)
{
    many_burst(*state, "", MANY_BURST);
}

/* Each model option of the model at its lowest: one accept pending, nothing
 * inline. */
static const char *many_smallest(void)
{
    static char options[256];
    const cJSON *option;
    size_t used = 0;
    options[0] = '\0';
    cJSON_ArrayForEach (option,
                        cJSON_GetObjectItem(fixture_model_listed(), "options"))
        used += (size_t)snprintf(options + used, sizeof options - used,
                                 "--tune %s=%llu ", json_text(option, "name"),
                                 (unsigned long long)json_count(option, "low"));
    return options;
}

void case_burst_smallest(void **state)
{
    many_burst(*state, many_smallest(), MANY_BURST_SMALLEST);
}

static void many_fill(struct fixture *f, struct client **c, unsigned limit)
{
    for (unsigned i = 0; i < limit; i++) {
        c[i] = fixture_connect(f);
        fixture_echo(c[i], 64);
    }
    require(fixture_turned_away(f, fixture_client(f)),
            "one above the limit was served");
}

/* Exactly the limit, one above, again after one has left, and all of it again
 * after all have. */
static void many_limit(struct fixture *f, unsigned limit)
{
    struct client *c[MANY_LIMIT_MAX], *next;
    char options[64];
    unsigned refused = 2;
    /* One thread: 63 connections are all that some have room for on it. */
    snprintf(options, sizeof options, "--max-connections %u --threads 1",
             limit);
    fixture_serve(f, options);
    many_fill(f, c, limit);
    for (unsigned i = 0; i < limit; i++)
        fixture_echo(c[i], 64); /* nobody suffers from it */
    fixture_finish(c[limit / 2]);
    client_close(c[limit / 2]);
    /* Its FIN may reach us just before its place is free. */
    const int64_t end = fixture_deadline(5000);
    for (;;) {
        next = fixture_client(f);
        if (!fixture_turned_away(f, next) || clock_ns() > end)
            break;
        refused++;
        clock_sleep_ms(50);
    }
    fixture_good(next);
    fixture_rest(f);
    many_fill(f, c, limit);
    cJSON *final = fixture_stop(f, SUMS_CUT, 2 * (int)limit + 1);
    fixture_expect(f, final, "refused", refused);
    require(cJSON_GetArraySize(cJSON_GetObjectItem(final, "refusals")) > 0,
            "`refusals` names no reason");
    cJSON_Delete(final);
}

void case_limit_one(void **state)
{
    many_limit(*state, 1);
}

void case_limit(void **state)
{
    many_limit(*state, 5);
}

void case_limit_64(void **state)
{
    many_limit(*state, MANY_LIMIT_MAX);
}

/* Come and gone while the server stands still; some of them stay. */
void case_vanish_in_backlog(void **state)
{
    enum { VANISH = 100 };
    struct fixture *f = *state;
    struct client *c[VANISH];
    fixture_serve(f, many_smallest());
    struct client *before = fixture_connect(f);
    fixture_echo(before, 1000);
    freeze(f->server.process);
    for (unsigned i = 0; i < VANISH; i++) {
        c[i] = many_begin(f);
        many_connected(c[i]);
        if (i % 4 == 3)
            client_send(c[i], 10);
        if (i % 5 != 0 && i % 2)
            client_reset(c[i]);
        else if (i % 5 != 0)
            client_close(c[i]);
    }
    thaw(f->server.process);
    for (unsigned i = 0; i < VANISH; i += 5) {
        client_send(c[i], 1000);
        fixture_finish(c[i]);
    }
    fixture_echo(before, 10000);
    fixture_finish(before);
    fixture_end(f, SUMS_CUT, OPENS_VARY);
}

/* Places are used again, and nobody meets the bytes of the one before. */
void case_come_and_go(void **state)
{
    enum { ROUNDS = 60, AT_ONCE = 4 };
    struct fixture *f = *state;
    struct client *c[AT_ONCE];
    fixture_serve(f, "--max-connections 64");
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < AT_ONCE; i++) {
            c[i] = fixture_connect(f);
            client_send(c[i], 100 + 37 * round);
        }
        for (unsigned i = 0; i < AT_ONCE; i++) {
            fixture_finish(c[i]);
            client_close(c[i]);
        }
    }
    fixture_end(f, SUMS_WHOLE, ROUNDS * AT_ONCE);
}

/* --- out of memory, by the limit of a job -------------------------------
 *
 * The other shortages need a limit of a running process that Windows does not
 * have: test_shortage.py makes them below Wine. */

enum {
    SHORTAGE_HEALTHY = 10,
    SHORTAGE_CROWD = 200,
    SHORTAGE_LATER = 20,
    SHORTAGE_ROOM = 4 << 20 /* bytes that it may still commit */
};

/* 0: as much as it likes. */
static void shortage_limit(HANDLE job, uint64_t bytes)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limit = {0};
    if (bytes)
        limit.BasicLimitInformation.LimitFlags =
            JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limit.ProcessMemoryLimit = (SIZE_T)bytes;
    require(SetInformationJobObject(job, JobObjectExtendedLimitInformation,
                                    &limit, sizeof limit),
            "SetInformationJobObject: %lu", GetLastError());
}

static void shortage_connect(struct fixture *f, struct client **c,
                             unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        c[i] = fixture_connect(f);
        fixture_echo(c[i], 1000);
    }
}

static void shortage_names(const cJSON *final, uint64_t refused)
{
    static const char *const names[] = {
        "ERROR_NOT_ENOUGH_MEMORY", "ERROR_OUTOFMEMORY",
        "ERROR_COMMITMENT_LIMIT", "ERROR_NO_SYSTEM_RESOURCES", "WSAENOBUFS"};
    const cJSON *refusals = cJSON_GetObjectItem(final, "refusals");
    uint64_t named = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (cJSON_HasObjectItem(refusals, names[i]))
            named += json_count(refusals, names[i]);
    require(named == refused, "%llu were refused, %llu by a name of memory",
            (unsigned long long)refused, (unsigned long long)named);
}

void case_shortage_memory(void **state)
{
    struct fixture *f = *state;
    struct client *healthy[SHORTAGE_HEALTHY], *later[SHORTAGE_LATER];
    int refused = 0;
    if (machine_is_wine()) {
        fixture_skip("Wine has no memory limit of jobs; see test_shortage.py");
        return;
    }
    /* No samples: they would find no memory first, and end the server. */
    fixture_serve(f, "--sample-ms 0 --buffer 64K");
    HANDLE job = CreateJobObjectW(NULL, NULL);
    require(job && AssignProcessToJobObject(job, f->server.process),
            "AssignProcessToJobObject: %lu", GetLastError());
    shortage_connect(f, healthy, SHORTAGE_HEALTHY);
    cJSON *before = fixture_mark(f, "before");
    shortage_limit(job, json_count(before, "private_bytes") + SHORTAGE_ROOM);
    cJSON_Delete(before);
    for (int i = 0; i < SHORTAGE_CROWD; i++)
        refused += fixture_turned_away(f, fixture_client(f));
    require(refused > 0, "nothing was short: this case tests nothing");
    for (int i = 0; i < SHORTAGE_HEALTHY; i++)
        fixture_echo(healthy[i], 1000);
    shortage_limit(job, 0);
    shortage_connect(f, later, SHORTAGE_LATER);
    for (int i = 0; i < SHORTAGE_HEALTHY; i++)
        fixture_echo(healthy[i], 1000);
    cJSON *final = fixture_stop(f, SUMS_CUT,
                                SHORTAGE_HEALTHY + SHORTAGE_CROWD - refused +
                                    SHORTAGE_LATER);
    fixture_expect(f, final, "refused", (uint64_t)refused);
    shortage_names(final, (uint64_t)refused);
    cJSON_Delete(final);
    CloseHandle(job);
}
