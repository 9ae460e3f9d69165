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

enum { FIXTURE_SEED = 20021122, FIXTURE_JOIN_MS = SERVER_LIFE_MS + 30000 };

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

int fixture_set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        die("calloc");
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
    unsigned i;
    SetEvent(f->go);
    if (f->server.process)
        TerminateProcess(f->server.process, 1);
    for (i = 0; i < f->tasks; i++) {
        if (WaitForSingleObject(f->task[i], FIXTURE_JOIN_MS) != WAIT_OBJECT_0)
            die("WaitForSingleObject(a client's thread)");
        CloseHandle(f->task[i]);
    }
    server_close(&f->server);
    for (i = 0; i < f->clients; i++) {
        client_reset(f->client[i]);
        free(f->client[i]);
    }
    cJSON_Delete(f->base);
    CloseHandle(f->go);
    free(f);
    return 0;
}

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

bool fixture_has_ipv6(void)
{
    struct sockaddr_in6 any = {0};
    SOCKET s = WSASocketW(AF_INET6, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                          WSA_FLAG_OVERLAPPED);
    bool has;
    any.sin6_family = AF_INET6;
    any.sin6_addr.s6_addr[15] = 1;
    has = s != INVALID_SOCKET &&
          !bind(s, (const struct sockaddr *)&any, sizeof any);
    if (s != INVALID_SOCKET)
        closesocket(s);
    return has;
}

struct client *fixture_client(struct fixture *f)
{
    struct client *c = calloc(1, sizeof *c);
    if (!c || f->clients == FIXTURE_CLIENTS_MAX)
        die("calloc of a client");
    c->sock = INVALID_SOCKET;
    c->number = f->clients;
    c->seed = pattern_seed(f->seed, f->clients);
    f->client[f->clients++] = c;
    return c;
}

struct client *fixture_connect(struct fixture *f)
{
    struct client *c = fixture_client(f);
    client_connect(c, &f->server.address, f->server.address_size);
    fixture_good(c);
    return c;
}

void fixture_good(const struct client *c)
{
    const struct fault *fault = client_fault(c);
    require(fault->kind == FAULT_NONE, "%s", fault->text);
}

bool fixture_turned_away(struct fixture *f, struct client *c)
{
    const struct fault *fault;
    bool served =
        client_connect(c, &f->server.address, f->server.address_size) &&
        client_echo(c, 64);
    fault = client_fault(c);
    require(served || fault->kind == FAULT_ENDED,
            "neither served nor refused: %s", fault->text);
    return !served;
}

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
    int64_t end = clock_ns() + (int64_t)FIXTURE_JOIN_MS * 1000000;
    unsigned i;
    for (i = 0; i < f->tasks; i++) {
        int64_t left = (end - clock_ns()) / 1000000;
        DWORD wait = left > 0 ? (DWORD)left : 0;
        require(WaitForSingleObject(f->task[i], wait) == WAIT_OBJECT_0,
                "a client's thread does not end");
    }
}

void fixture_await(struct fixture *f, LONG count)
{
    int64_t end = clock_ns() + (int64_t)CLIENT_PATIENCE_MS * 1000000;
    while (InterlockedCompareExchange(&f->ready, 0, 0) < count) {
        unsigned i;
        for (i = 0; i < f->clients; i++)
            fixture_good(f->client[i]);
        require(clock_ns() < end, "only %ld of %ld clients are ready", f->ready,
                count);
        clock_sleep_ms(5);
    }
}
