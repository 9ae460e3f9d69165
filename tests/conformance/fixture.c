#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/die.h"
#include "base/pattern.h"

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
    CloseHandle(f->go);
    free(f);
    return 0;
}

void fixture_serve(struct fixture *f, const char *options)
{
    require(
        server_start(&f->server, fixture_server_path, fixture_model, options),
        "%s", f->server.fault);
}

struct client *fixture_client(struct fixture *f)
{
    struct client *c = calloc(1, sizeof *c);
    if (!c || f->clients == FIXTURE_CLIENTS_MAX)
        die("calloc of a client");
    c->sock = INVALID_SOCKET;
    c->number = f->clients;
    c->seed = pattern_seed(FIXTURE_SEED, f->clients);
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
        in = json_count(sample, "recv_bytes");
        out = json_count(sample, "send_bytes");
        cJSON_Delete(sample);
        if (in == sent && out == received)
            return;
        clock_sleep_ms(10);
    } while (clock_ns() < end);
    require(false, "clients sent %llu, got %llu; the server says %llu, %llu",
            (unsigned long long)sent, (unsigned long long)received,
            (unsigned long long)in, (unsigned long long)out);
}

void fixture_expect(const cJSON *line, const char *name, uint64_t value)
{
    uint64_t got = json_count(line, name);
    require(got == value, "%s is %lld, not %llu", name, (long long)got,
            (unsigned long long)value);
}

static void fixture_bytes(const struct fixture *f, const cJSON *final,
                          enum fixture_sums sums)
{
    uint64_t in = json_count(final, "recv_bytes");
    uint64_t out = json_count(final, "send_bytes");
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
    require((in > 0) == (json_count(final, "recvs") > 0) &&
                (out > 0) == (json_count(final, "sends") > 0),
            "recvs or sends do not fit the bytes");
}

cJSON *fixture_final(struct fixture *f, enum fixture_sums sums, uint64_t opens)
{
    cJSON *final = server_event(&f->server, "final");
    uint64_t opened;
    require(final != NULL, "%s", f->server.fault);
    require(server_exited(&f->server), "%s", f->server.fault);
    opened = json_count(final, "opens");
    fixture_expect(final, "connections", 0);
    fixture_expect(final, "closes", opened);
    fixture_expect(final, "accepted", opened + json_count(final, "refused"));
    if (opens != UINT64_MAX)
        fixture_expect(final, "opens", opens);
    fixture_bytes(f, final, sums);
    return final;
}

cJSON *fixture_stop(struct fixture *f, enum fixture_sums sums, uint64_t opens)
{
    require(server_say(&f->server, "stop\n"), "%s", f->server.fault);
    return fixture_final(f, sums, opens);
}
