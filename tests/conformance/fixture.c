#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "common/clock.h"
#include "common/errors.h"
#include "common/pattern.h"
#include "common/process.h"

enum { FIXTURE_SEED = 20021122, FIXTURE_JOIN_MS = 90000 };

const char *fixture_model, *fixture_server_path;

void require(bool ok, const char *format, ...)
{
    char text[512];
    va_list args;
    if (ok)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fail_msg("%s: %s", fixture_model, text);
}

int64_t fixture_deadline(uint32_t ms)
{
    return clock_ns() + (int64_t)ms * 1000000;
}

int fixture_set_up(void **state)
{
    struct fixture *f = calloc_or_die(1, sizeof *f);
    f->go = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!f->go)
        die("CreateEvent");
    f->seed = FIXTURE_SEED;
    *state = f;
    return 0;
}

/* Threads use the clients, so nothing is freed under one: with the server
 * dead their sockets end, and each wait has its own deadline besides. */
int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    SetEvent(f->go);
    server_close(&f->server);
    for (unsigned i = 0; i < f->tasks; i++) {
        if (WaitForSingleObject(f->task[i], FIXTURE_JOIN_MS) != WAIT_OBJECT_0)
            die("WaitForSingleObject(a client's thread)");
        CloseHandle(f->task[i]);
    }
    for (unsigned i = 0; i < f->clients; i++) {
        client_reset(f->client[i]);
        free(f->client[i]);
    }
    cJSON_Delete(f->base);
    CloseHandle(f->go);
    free(f);
    return 0;
}

/* --- the server --------------------------------------------------------- */

void fixture_serve_cold(struct fixture *f, const char *options)
{
    require(
        server_start(&f->server, fixture_server_path, fixture_model, options),
        "%s", f->server.fault);
}

void fixture_serve(struct fixture *f, const char *options)
{
    fixture_serve_cold(f, options);
    fixture_warm(f);
}

void fixture_skip(const char *why)
{
    print_message("# not run here: %s\n", why);
}

const cJSON *fixture_model_listed(void)
{
    static cJSON *list, *model;
    const char *const argv[] = {fixture_server_path, "--list", "--json", NULL};
    char why[256] = "no line came";
    struct process_event news;
    if (model)
        return model;
    struct process *p = process_start(argv, why, sizeof why);
    if (p && process_wait(&p, 1, fixture_deadline(SERVER_START_MS), &news) ==
                 PROCESS_LINE)
        list = cJSON_Parse(news.line);
    process_free(p);
    require(list != NULL, "`--list --json`: %s", why);
    cJSON_ArrayForEach (model, cJSON_GetObjectItem(list, "models"))
        if (strcmp(json_text(model, "name"), fixture_model) == 0)
            break;
    require(model != NULL, "`--list --json` lacks the model");
    return model;
}

void fixture_say(struct fixture *f, const char *text)
{
    require(server_say(&f->server, text), "%s", f->server.fault);
}

/* --- clients ------------------------------------------------------------ */

bool fixture_has_ipv6(void)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    SOCKET s = WSASocketW(AF_INET6, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                          WSA_FLAG_OVERLAPPED);
    bool has = s != INVALID_SOCKET &&
               !bind(s, (const struct sockaddr *)&any, sizeof any);
    closesocket(s);
    return has;
}

struct client *fixture_client(struct fixture *f)
{
    struct client *c = calloc_or_die(1, sizeof *c);
    if (f->clients == FIXTURE_CLIENTS_MAX)
        die("FIXTURE_CLIENTS_MAX");
    c->sock = INVALID_SOCKET;
    c->number = f->clients;
    c->seed = pattern_seed(f->seed, f->clients);
    f->client[f->clients++] = c;
    return c;
}

struct client *fixture_connect_small(struct fixture *f, int buffers)
{
    struct client *c = fixture_client(f);
    const struct server *s = &f->server;
    if (client_open(c, s->address.ss_family) &&
        (buffers == 0 || client_buffers(c, buffers)))
        client_connect(c, &s->address, s->address_size);
    fixture_good(c);
    return c;
}

struct client *fixture_connect(struct fixture *f)
{
    return fixture_connect_small(f, 0);
}

void fixture_good(const struct client *c)
{
    const struct fault *fault = client_fault(c);
    require(fault->kind == FAULT_NONE, "%s", fault->text);
}

void fixture_echo(struct client *c, uint64_t bytes)
{
    client_echo(c, bytes);
    fixture_good(c);
}

void fixture_send(struct client *c, uint64_t bytes)
{
    client_send(c, bytes);
    fixture_good(c);
}

void fixture_finish(struct client *c)
{
    client_finish(c);
    fixture_good(c);
}

bool fixture_turned_away(struct fixture *f, struct client *c)
{
    const struct server *s = &f->server;
    bool served =
        client_connect(c, &s->address, s->address_size) && client_echo(c, 64);
    const struct fault *fault = client_fault(c);
    require(served || fault->kind == FAULT_ENDED,
            "neither served nor refused: %s", fault->text);
    return !served;
}

void fixture_until_end(struct client *c)
{
    require(client_until_end(c), "%s", client_fault(c)->text);
}

/* --- threads ------------------------------------------------------------ */

void fixture_spawn(struct fixture *f, LPTHREAD_START_ROUTINE run, void *arg)
{
    HANDLE thread = NULL;
    if (f->tasks < FIXTURE_TASKS_MAX)
        thread = CreateThread(NULL, 0, run, arg, 0, NULL);
    if (!thread)
        die("CreateThread of a client");
    f->task[f->tasks++] = thread;
}

void fixture_join(struct fixture *f)
{
    int64_t end = fixture_deadline(FIXTURE_JOIN_MS);
    for (unsigned i = 0; i < f->tasks; i++) {
        int64_t left = (end - clock_ns()) / 1000000;
        require(WaitForSingleObject(f->task[i], left > 0 ? (DWORD)left : 0) ==
                    WAIT_OBJECT_0,
                "a client's thread does not end");
    }
}

void fixture_await(struct fixture *f, LONG count)
{
    int64_t end = fixture_deadline(CLIENT_PATIENCE_MS);
    while (InterlockedCompareExchange(&f->ready, 0, 0) < count) {
        for (unsigned i = 0; i < f->clients; i++)
            fixture_good(f->client[i]);
        require(clock_ns() < end, "only %ld of %ld clients are ready", f->ready,
                count);
        clock_sleep_ms(5);
    }
}
