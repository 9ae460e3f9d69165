#include "cases.h"
#include "fixture.h"
#include "freeze.h"
#include "model_options.h"

#include <stdio.h>
#include <stdlib.h>
#include "common/clock.h"

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
    int i;
    if (!client_connect(c, &f->server.address, f->server.address_size) ||
        !client_echo(c, 64))
        return 0;
    InterlockedIncrement(&f->ready);
    WaitForSingleObject(f->go, CLIENT_PATIENCE_MS);
    for (i = 0; i < 8; i++)
        if (!client_echo(c, 1000 + 321 * c->number % 4000))
            return 0;
    if (client_half_close(c))
        client_drain(c);
    return 0;
}

void case_hundred_at_once(void **state)
{
    static struct many_member members[MANY_CROWD];
    struct fixture *f = *state;
    cJSON *sample;
    unsigned i;
    fixture_serve(f, "");
    for (i = 0; i < MANY_CROWD; i++) {
        members[i].fixture = f;
        members[i].client = fixture_client(f);
        fixture_spawn(f, many_member_run, &members[i]);
    }
    fixture_await(f, MANY_CROWD);
    sample = fixture_mark(f, "crowd");
    fixture_expect(f, sample, "connections", MANY_CROWD);
    fixture_expect(f, sample, "opens", MANY_CROWD);
    fixture_expect(f, sample, "recv_bytes", MANY_CROWD * 64);
    cJSON_Delete(sample);
    SetEvent(f->go);
    fixture_join(f);
    for (i = 0; i < MANY_CROWD; i++)
        fixture_good(members[i].client);
    cJSON_Delete(fixture_stop(f, SUMS_WHOLE, MANY_CROWD));
}

/* Starts to connect without waiting for it. */
static void many_begin(struct fixture *f, struct client *c)
{
    u_long on = 1;
    int result;
    require(client_open(c, f->server.address.ss_family) &&
                !ioctlsocket(c->sock, (long)FIONBIO, &on),
            "cannot make a socket");
    result = connect(c->sock, (const struct sockaddr *)&f->server.address,
                     f->server.address_size);
    require(!result || WSAGetLastError() == WSAEWOULDBLOCK,
            "client %u: connect failed with %d", c->number, WSAGetLastError());
}

static void many_connected(struct client *c)
{
    struct timeval patience = {CLIENT_PATIENCE_MS / 1000, 0};
    u_long off = 0;
    fd_set *set = calloc(2, sizeof *set);
    int ready;
    require(set != NULL, "out of memory");
    FD_SET(c->sock, &set[0]);
    FD_SET(c->sock, &set[1]);
    ready = select(0, NULL, &set[0], &set[1], &patience);
    ready = ready == 1 && set[0].fd_count == 1;
    free(set);
    require(ready, "client %u of the burst was not connected", c->number);
    require(!ioctlsocket(c->sock, (long)FIONBIO, &off), "FIONBIO failed");
}

static void many_burst(struct fixture *f, const char *options, unsigned count)
{
    struct client *c[MANY_BURST_SMALLEST];
    unsigned i;
    fixture_serve(f, options);
    for (i = 0; i < count; i++)
        many_begin(f, c[i] = fixture_client(f));
    for (i = 0; i < count; i++) {
        many_connected(c[i]);
        client_send(c[i], 64 + i);
    }
    for (i = 0; i < count; i++) {
        client_receive(c[i], 64 + i);
        fixture_good(c[i]);
    }
    for (i = 0; i < count; i++)
        if (client_half_close(c[i]))
            client_drain(c[i]);
    for (i = 0; i < count; i++)
        fixture_good(c[i]);
    cJSON_Delete(fixture_stop(f, SUMS_WHOLE, count));
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
    const struct model_options *k =
        model_options_of(fixture_server_path, fixture_model);
    int used = 0;
    options[0] = '\0';
    for (uint32_t i = 0; i < k->count; i++)
        used += snprintf(options + used, sizeof options - (size_t)used,
                         "--tune %s=%lu ", k->option[i].name,
                         (unsigned long)k->option[i].low);
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
        client_echo(c[i], 64);
        fixture_good(c[i]);
    }
    require(fixture_turned_away(f, fixture_client(f)),
            "one above the limit was served");
}

/* Exactly the limit, one above, again after one has left, and all of it again
 * after all have. */
static void many_limit(struct fixture *f, unsigned limit)
{
    struct client *c[MANY_LIMIT_MAX], *next = NULL;
    char options[64];
    cJSON *final;
    int64_t end;
    unsigned i, refused = 1;
    /* One thread: 63 connections are all that some have seats for on it. */
    snprintf(options, sizeof options, "--max-connections %u --threads 1",
             limit);
    fixture_serve(f, options);
    many_fill(f, c, limit);
    for (i = 0; i < limit; i++) {
        client_echo(c[i], 64); /* nobody suffers from it */
        fixture_good(c[i]);
    }
    require(client_half_close(c[limit / 2]) && client_drain(c[limit / 2]),
            "no FIN for a FIN");
    client_close(c[limit / 2]);
    /* Its FIN may reach us just before its place is free. */
    end = clock_ns() + 5000000000;
    while (clock_ns() < end) {
        next = fixture_client(f);
        if (!fixture_turned_away(f, next))
            break;
        refused++;
        clock_sleep_ms(50);
    }
    fixture_good(next);
    fixture_rest(f);
    many_fill(f, c, limit);
    final = fixture_stop(f, SUMS_CUT, 2 * limit + 1);
    fixture_expect(f, final, "refused", refused + 1);
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
    struct client *before, *c[VANISH];
    unsigned i;
    fixture_serve(f, many_smallest());
    before = fixture_connect(f);
    client_echo(before, 1000);
    fixture_good(before);
    freeze(f->server.process);
    for (i = 0; i < VANISH; i++) {
        many_begin(f, c[i] = fixture_client(f));
        many_connected(c[i]);
        if (i % 4 == 3)
            client_send(c[i], 10);
        if (i % 5 != 0 && i % 2)
            client_reset(c[i]);
        else if (i % 5 != 0)
            client_close(c[i]);
    }
    thaw(f->server.process);
    for (i = 0; i < VANISH; i += 5) {
        client_send(c[i], 1000);
        if (client_half_close(c[i]))
            client_drain(c[i]);
        fixture_good(c[i]);
    }
    client_echo(before, 10000);
    if (client_half_close(before))
        client_drain(before);
    fixture_good(before);
    cJSON_Delete(fixture_stop(f, SUMS_CUT, UINT64_MAX));
}

/* Places are used again, and nobody meets the bytes of the one before. */
void case_come_and_go(void **state)
{
    enum { ROUNDS = 60, AT_ONCE = 4 };
    struct fixture *f = *state;
    struct client *c[AT_ONCE];
    cJSON *sample;
    unsigned i, round;
    fixture_serve(f, "--max-connections 64");
    for (round = 0; round < ROUNDS; round++) {
        for (i = 0; i < AT_ONCE; i++) {
            c[i] = fixture_connect(f);
            client_send(c[i], 100 + 37 * round);
        }
        for (i = 0; i < AT_ONCE; i++) {
            if (client_half_close(c[i]))
                client_drain(c[i]);
            fixture_good(c[i]);
            client_close(c[i]);
        }
    }
    sample = fixture_mark(f, "after");
    fixture_expect(f, sample, "opens", ROUNDS * AT_ONCE);
    cJSON_Delete(sample);
    cJSON_Delete(fixture_stop(f, SUMS_WHOLE, ROUNDS * AT_ONCE));
}
