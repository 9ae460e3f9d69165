#include "cases.h"
#include "fixture.h"

#include <stdlib.h>
#include "base/clock.h"

enum { MANY_CROWD = 100, MANY_BURST = 200, MANY_LIMIT = 5 };

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

void case_accept_burst(void **state)
{
    struct fixture *f = *state;
    struct client *c[MANY_BURST];
    unsigned i;
    fixture_serve(f, "");
    for (i = 0; i < MANY_BURST; i++)
        many_begin(f, c[i] = fixture_client(f));
    for (i = 0; i < MANY_BURST; i++) {
        many_connected(c[i]);
        client_send(c[i], 64 + i);
    }
    for (i = 0; i < MANY_BURST; i++) {
        client_receive(c[i], 64 + i);
        fixture_good(c[i]);
    }
    for (i = 0; i < MANY_BURST; i++)
        if (client_half_close(c[i]))
            client_drain(c[i]);
    for (i = 0; i < MANY_BURST; i++)
        fixture_good(c[i]);
    cJSON_Delete(fixture_stop(f, SUMS_WHOLE, MANY_BURST));
}

/* One that is over the limit: it must be turned away, not left waiting. */
static bool many_turned_away(struct fixture *f, struct client *c)
{
    const struct fault *fault;
    bool served =
        client_connect(c, &f->server.address, f->server.address_size) &&
        client_echo(c, 64);
    fault = client_fault(c);
    require(served || fault->kind == FAULT_ENDED,
            "over the limit, yet not refused: %s", fault->text);
    return !served;
}

void case_limit(void **state)
{
    struct fixture *f = *state;
    struct client *c[MANY_LIMIT], *next = NULL;
    cJSON *final;
    int64_t end;
    unsigned i, refused = 1;
    fixture_serve(f, "--max-connections 5");
    for (i = 0; i < MANY_LIMIT; i++) {
        c[i] = fixture_connect(f);
        client_echo(c[i], 64);
        fixture_good(c[i]);
    }
    require(many_turned_away(f, fixture_client(f)), "a sixth was served");
    for (i = 0; i < MANY_LIMIT; i++) {
        client_echo(c[i], 64); /* nobody suffers from it */
        fixture_good(c[i]);
    }
    require(client_half_close(c[2]) && client_drain(c[2]), "no FIN for a FIN");
    client_close(c[2]);
    /* Its FIN may reach us just before its place is free. */
    end = clock_ns() + 5000000000;
    while (clock_ns() < end) {
        next = fixture_client(f);
        if (!many_turned_away(f, next))
            break;
        refused++;
        clock_sleep_ms(50);
    }
    fixture_good(next);
    final = fixture_stop(f, SUMS_CUT, MANY_LIMIT + 1);
    fixture_expect(f, final, "refused", refused);
    require(cJSON_GetArraySize(cJSON_GetObjectItem(final, "refusals")) > 0,
            "`refusals` names no reason");
    cJSON_Delete(final);
}

/* Gone before the server can have accepted them. */
void case_vanish_in_backlog(void **state)
{
    enum { VANISH = 100 };
    struct fixture *f = *state;
    struct client *c;
    unsigned i;
    fixture_serve(f, "");
    for (i = 0; i < VANISH; i++) {
        c = fixture_connect(f);
        if (i % 4 == 3)
            client_send(c, 10);
        if (i % 2)
            client_reset(c);
        else
            client_close(c);
    }
    c = fixture_connect(f);
    client_echo(c, 10000);
    if (client_half_close(c))
        client_drain(c);
    fixture_good(c);
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
