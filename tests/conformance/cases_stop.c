/* The control lines, and stops at every moment. */
#include "cases.h"
#include "fixture.h"

#include <string.h>
#include "common/clock.h"

enum { STOP_CROWD = 20, STOP_VISITORS = 6, STOP_VISITS = 80 };

/* Waits for the end, by `who`. */
static void stop_by(struct fixture *f, const char *who, int opens)
{
    cJSON *final = fixture_final(f, SUMS_WHOLE, opens);
    require(!strcmp(json_text(final, "stopped_by"), who),
            "stopped_by is not %s", who);
    require(cJSON_IsObject(cJSON_GetObjectItem(final, "errors")) &&
                cJSON_IsObject(cJSON_GetObjectItem(final, "refusals")),
            "`final` lacks errors or refusals");
    cJSON_Delete(final);
}

void case_protocol(void **state)
{
    struct fixture *f = *state;
    fixture_serve(f, "");
    cJSON *line = fixture_mark(f, "empty");
    fixture_expect(f, line, "connections", 0);
    fixture_expect(f, line, "recv_bytes", 0);
    require(json_count(line, "threads") != UINT64_MAX, "no threads");
    require(json_count(line, "working_set_bytes") > 100000, "no working set");
    cJSON_Delete(line);
    fixture_say(f, "sing");
    line = server_event(&f->server, "error");
    require(line != NULL, "an unknown word: %s", f->server.fault);
    cJSON_Delete(line);
    struct client *c = fixture_connect(f);
    fixture_echo(c, 5000);
    fixture_settle(f);
    line = fixture_mark(f, "loaded");
    fixture_expect(f, line, "connections", 1);
    fixture_expect(f, line, "recv_bytes", 5000);
    cJSON_Delete(line);
    fixture_finish(c);
    fixture_rest(f);
    fixture_say(f, "stop");
    stop_by(f, "stop", 1);
}

void case_stop_empty(void **state)
{
    struct fixture *f = *state;
    fixture_serve_cold(f, "");
    cJSON *final = fixture_stop(f, SUMS_WHOLE, 0);
    fixture_expect(f, final, "accepted", 0);
    cJSON_Delete(final);
}

/* Half of them idle after an echo, half never sent a byte. */
void case_stop_idle(void **state)
{
    struct fixture *f = *state;
    fixture_serve(f, "");
    for (unsigned i = 0; i < STOP_CROWD; i++)
        fixture_echo(fixture_connect(f), i % 2 ? 64 : 0);
    fixture_settle(f);
    fixture_say(f, "stop");
    cJSON_Delete(fixture_final(f, SUMS_WHOLE, OPENS_VARY));
    for (unsigned i = 0; i < STOP_CROWD; i++)
        fixture_until_end(f->client[i]);
}

struct stop_member {
    struct fixture *fixture;
    struct client *client;
    bool reads;
};

static DWORD WINAPI stop_member_run(void *arg)
{
    struct stop_member *m = arg;
    if (!client_echo(m->client, 64)) /* all are accepted before the stop */
        return 0;
    InterlockedIncrement(&m->fixture->ready);
    while (m->reads ? client_echo(m->client, 4096)
                    : client_send(m->client, 65536))
        ;
    return 0;
}

/* Everybody must see the end, and no wrong byte before it. */
static void stop_under(struct fixture *f, unsigned non_reading)
{
    static struct stop_member members[STOP_CROWD];
    for (unsigned i = 0; i < STOP_CROWD; i++) {
        members[i] =
            (struct stop_member){f, fixture_connect(f), i >= non_reading};
        fixture_spawn(f, stop_member_run, &members[i]);
    }
    fixture_await(f, STOP_CROWD);
    clock_sleep_ms(500);
    fixture_say(f, "stop\nstop");
    cJSON_Delete(fixture_final(f, SUMS_CUT, STOP_CROWD));
    fixture_join(f);
    for (unsigned i = 0; i < STOP_CROWD; i++) {
        const struct fault *fault = client_fault(members[i].client);
        require(fault->kind == FAULT_ENDED, "%s", fault->text);
        require(members[i].client->sent > 64, "client %u was never busy", i);
    }
}

void case_stop_busy(void **state)
{
    fixture_serve(*state, "");
    stop_under(*state, 0);
}

/* Some never read: the server's sends to them are blocked. */
void case_stop_deaf(void **state)
{
    fixture_serve(*state, "--sndbuf 65536 --rcvbuf 65536");
    stop_under(*state, STOP_CROWD / 2);
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
    const struct server *s = &v->fixture->server;
    for (int i = 0; i < STOP_VISITS && !v->late; i++) {
        struct client *c = v->client[i];
        v->late = !client_connect(c, &s->address, s->address_size) ||
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
    fixture_say(f, "stop\nstop");
    cJSON_Delete(fixture_final(f, SUMS_CUT, OPENS_VARY));
    fixture_join(f);
    for (unsigned i = 0; i < STOP_VISITORS; i++)
        late |= visitors[i].late;
    for (unsigned i = 0; i < f->clients; i++) {
        const struct fault *fault = client_fault(f->client[i]);
        require(fault->kind <= FAULT_ENDED, "%s", fault->text);
    }
    require(late, "all had come before the stop: this case tests nothing");
}

/* The word comes while they wait to be accepted. */
void case_stop_backlog(void **state)
{
    struct fixture *f = *state;
    fixture_serve(f, "");
    freeze(f->server.process);
    for (unsigned i = 0; i < STOP_CROWD; i++)
        fixture_send(fixture_connect(f), i % 2 ? 100 : 0);
    fixture_say(f, "stop");
    thaw(f->server.process);
    cJSON_Delete(fixture_final(f, SUMS_CUT, OPENS_VARY));
    for (unsigned i = 0; i < STOP_CROWD; i++)
        fixture_until_end(f->client[i]);
}

/* One echo of a client that stays; the words, then the end of the input. */
static void stop_with(struct fixture *f, const char *words, const char *who)
{
    fixture_serve(f, "");
    struct client *c = fixture_connect(f);
    fixture_echo(c, 64);
    fixture_settle(f);
    if (words)
        fixture_say(f, words);
    server_hang_up(&f->server);
    stop_by(f, who, 1);
    fixture_until_end(c);
}

void case_stop_by_eof(void **state)
{
    stop_with(*state, NULL, "eof");
}

/* One `final` only, and nothing after it: server_exited() sees to that. */
void case_stop_twice(void **state)
{
    stop_with(*state, "stop\nstop", "stop");
}
