#include "cases.h"
#include "fixture.h"
#include "freeze.h"

#include <string.h>
#include "common/clock.h"

enum { STOP_CROWD = 20, STOP_VISITORS = 6, STOP_VISITS = 80 };

static void stop_by(const cJSON *final, const char *who)
{
    const char *by =
        cJSON_GetStringValue(cJSON_GetObjectItem(final, "stopped_by"));
    require(by && !strcmp(by, who), "stopped_by is not %s", who);
}

void case_protocol(void **state)
{
    struct fixture *f = *state;
    struct client *c;
    cJSON *line;
    fixture_serve(f, "");
    line = fixture_mark(f, "empty");
    fixture_expect(f, line, "connections", 0);
    fixture_expect(f, line, "recv_bytes", 0);
    require(json_count(line, "threads") != UINT64_MAX, "no threads");
    require(json_count(line, "working_set_bytes") > 100000, "no working set");
    cJSON_Delete(line);
    require(server_say(&f->server, "sing\n"), "%s", f->server.fault);
    line = server_event(&f->server, "error");
    require(line != NULL, "an unknown word: %s", f->server.fault);
    cJSON_Delete(line);
    c = fixture_connect(f);
    client_echo(c, 5000);
    fixture_good(c);
    fixture_settle(f);
    line = fixture_mark(f, "loaded");
    fixture_expect(f, line, "connections", 1);
    fixture_expect(f, line, "recv_bytes", 5000);
    cJSON_Delete(line);
    if (client_half_close(c))
        client_drain(c);
    fixture_good(c);
    line = fixture_stop(f, SUMS_WHOLE, 1);
    stop_by(line, "stop");
    require(cJSON_IsObject(cJSON_GetObjectItem(line, "errors")) &&
                cJSON_IsObject(cJSON_GetObjectItem(line, "refusals")),
            "`final` lacks errors or refusals");
    cJSON_Delete(line);
}

void case_stop_empty(void **state)
{
    struct fixture *f = *state;
    cJSON *final;
    fixture_serve_cold(f, "");
    final = fixture_stop(f, SUMS_WHOLE, 0);
    fixture_expect(f, final, "accepted", 0);
    cJSON_Delete(final);
}

/* Half of them idle after an echo, half never said a word. */
void case_stop_idle(void **state)
{
    struct fixture *f = *state;
    struct client *c[STOP_CROWD];
    unsigned i;
    fixture_serve(f, "");
    for (i = 0; i < STOP_CROWD; i++) {
        c[i] = fixture_connect(f);
        if (i % 2)
            client_echo(c[i], 64);
        fixture_good(c[i]);
    }
    fixture_settle(f);
    cJSON_Delete(fixture_halt(f, SUMS_WHOLE, UINT64_MAX));
    for (i = 0; i < STOP_CROWD; i++)
        require(client_until_end(c[i]), "%s", client_fault(c[i])->text);
}

struct stop_member {
    struct fixture *fixture;
    struct client *client;
    bool deaf;
};

static DWORD WINAPI stop_member_run(void *arg)
{
    struct stop_member *m = arg;
    if (!client_echo(m->client, 64)) /* all are accepted before the stop */
        return 0;
    InterlockedIncrement(&m->fixture->ready);
    if (m->deaf)
        while (client_send(m->client, 65536))
            ;
    else
        while (client_echo(m->client, 4096))
            ;
    return 0;
}

/* Everybody must see the end, and no wrong byte before it. */
static void stop_under(struct fixture *f, unsigned deaf, const char *words)
{
    static struct stop_member members[STOP_CROWD];
    unsigned i;
    for (i = 0; i < STOP_CROWD; i++) {
        members[i].fixture = f;
        members[i].client = fixture_connect(f);
        members[i].deaf = i < deaf;
        fixture_spawn(f, stop_member_run, &members[i]);
    }
    fixture_await(f, STOP_CROWD);
    clock_sleep_ms(500);
    require(server_say(&f->server, words), "%s", f->server.fault);
    cJSON_Delete(fixture_final(f, SUMS_CUT, STOP_CROWD));
    fixture_join(f);
    for (i = 0; i < STOP_CROWD; i++) {
        const struct fault *fault = client_fault(members[i].client);
        require(fault->kind == FAULT_ENDED, "%s", fault->text);
        require(members[i].client->sent > 64, "client %u was never busy", i);
    }
}

void case_stop_busy(void **state)
{
    fixture_serve(*state, "");
    stop_under(*state, 0, "stop\nstop\n");
}

/* Some never read: the server's sends to them are blocked. */
void case_stop_deaf(void **state)
{
    fixture_serve(*state, "--sndbuf 65536 --rcvbuf 65536");
    stop_under(*state, STOP_CROWD / 2, "stop\nstop\n");
}

struct stop_visitor {
    struct fixture *fixture;
    struct client *client[STOP_VISITS];
    bool late; /* came after the end */
};

/* Comes and goes until nobody is there any more. */
static DWORD WINAPI stop_visitor_run(void *arg)
{
    struct stop_visitor *v = arg;
    const struct fixture *f = v->fixture;
    for (int i = 0; i < STOP_VISITS && !v->late; i++) {
        struct client *c = v->client[i];
        v->late =
            !client_connect(c, &f->server.address, f->server.address_size) ||
            !client_echo(c, 100);
        if (i % 2)
            client_reset(c);
        else
            client_close(c);
        InterlockedIncrement(&v->fixture->ready);
    }
    return 0;
}

void case_stop_connecting(void **state)
{
    static struct stop_visitor visitors[STOP_VISITORS];
    struct fixture *f = *state;
    bool late = false;
    fixture_serve(f, "");
    for (unsigned i = 0; i < STOP_VISITORS; i++) {
        visitors[i] = (struct stop_visitor){.fixture = f};
        for (unsigned k = 0; k < STOP_VISITS; k++)
            visitors[i].client[k] = fixture_client(f);
    }
    for (unsigned i = 0; i < STOP_VISITORS; i++)
        fixture_spawn(f, stop_visitor_run, &visitors[i]);
    fixture_await(f, 3 * STOP_VISITORS);
    require(server_say(&f->server, "stop\nstop\n"), "%s", f->server.fault);
    cJSON_Delete(fixture_final(f, SUMS_CUT, UINT64_MAX));
    fixture_join(f);
    for (unsigned i = 0; i < STOP_VISITORS; i++) {
        late |= visitors[i].late;
        for (unsigned k = 0; k < STOP_VISITS; k++) {
            const struct fault *fault = client_fault(visitors[i].client[k]);
            require(fault->kind <= FAULT_ENDED, "%s", fault->text);
        }
    }
    require(late, "all had come before the stop: this case tests nothing");
}

/* The word comes while they wait to be accepted. */
void case_stop_backlog(void **state)
{
    struct fixture *f = *state;
    struct client *c[STOP_CROWD];
    unsigned i;
    fixture_serve(f, "");
    freeze(f->server.process);
    for (i = 0; i < STOP_CROWD; i++) {
        c[i] = fixture_connect(f);
        if (i % 2)
            client_send(c[i], 100);
        fixture_good(c[i]);
    }
    require(server_say(&f->server, "stop\n"), "%s", f->server.fault);
    thaw(f->server.process);
    cJSON_Delete(fixture_final(f, SUMS_CUT, UINT64_MAX));
    for (i = 0; i < STOP_CROWD; i++)
        require(client_until_end(c[i]), "%s", client_fault(c[i])->text);
}

void case_stop_by_eof(void **state)
{
    struct fixture *f = *state;
    struct client *c;
    cJSON *final;
    fixture_serve(f, "");
    c = fixture_connect(f);
    client_echo(c, 64);
    fixture_good(c);
    fixture_settle(f);
    server_hang_up(&f->server);
    final = fixture_final(f, SUMS_WHOLE, 1);
    stop_by(final, "eof");
    cJSON_Delete(final);
    require(client_until_end(c), "%s", client_fault(c)->text);
}

/* One `final` only, and nothing after it: server_exited() sees to that. */
void case_stop_twice(void **state)
{
    struct fixture *f = *state;
    struct client *c;
    cJSON *final;
    fixture_serve(f, "");
    c = fixture_connect(f);
    client_echo(c, 64);
    fixture_good(c);
    fixture_settle(f);
    require(server_say(&f->server, "stop\nstop\n"), "%s", f->server.fault);
    server_hang_up(&f->server);
    final = fixture_final(f, SUMS_WHOLE, 1);
    stop_by(final, "stop");
    cJSON_Delete(final);
    require(client_until_end(c), "%s", client_fault(c)->text);
}
