/* R1, R2, X14, X16: the non-paged pool that sockets and pending operations take
 * (a book's 1.5 KB an accepted socket, 2 KB a connected one, 500 B an
 * operation). Samples [N, bytes] for a linear fit, stage by stage over the same
 * sockets: created, bound, connected (into a backlog: the server's half of each
 * is in it), accepted, receives pending on these, zero-byte receives pending on
 * the clients, AcceptEx with a buffer pending; listening sockets, whole; and a
 * message of 4 KB sent to each client, which does not receive it.
 * Documented: GetPerformanceInfo counts the system's pool, GetProcessMemoryInfo
 * the charge of this process. Wine has neither; there the memory of the Linux
 * kernel's TCP is sampled, which is another thing. */
#include "probe.h"
#include "common/errors.h"
#include "common/machine.h"

enum { SLOPES_COUNT, SLOPES_STEPS };
enum { SLOPES_SETTLE_MS = 10, SLOPES_KINDS = 3, SLOPES_MESSAGE = 4096 };

struct slopes {
    uint32_t count, steps;
    SOCKET listener, *client, *server;
    struct pending_accept *accepts;
    LPFN_ACCEPTEX accept_ex;
    OVERLAPPED *io;
    char *buffer;
    cJSON *samples[SLOPES_KINDS]; /* NULL: not known here */
};

static bool slopes_charge(uint64_t *bytes)
{
    *bytes = process_memory().QuotaNonPagedPoolUsage;
    return *bytes > 0;
}

static bool slopes_memory(uint64_t *bytes)
{
    PERFORMANCE_INFORMATION info = {.cb = sizeof info};
    must(GetPerformanceInfo(&info, sizeof info), "GetPerformanceInfo");
    *bytes = (uint64_t)info.PhysicalTotal * info.PageSize;
    return true;
}

/* The limit of the pool is the machine's memory since Windows 8. */
static const struct {
    const char *name, *why;
    bool (*read)(uint64_t *bytes), (*limit)(uint64_t *bytes);
} slopes_kinds[SLOPES_KINDS] = {
    {"pool", "Wine has no non-paged pool", pool_bytes, slopes_memory},
    {"process_pool", "Wine has no non-paged pool", slopes_charge,
     slopes_memory},
    {"host_tcp_memory", "/proc/net/sockstat is not readable here",
     proc_tcp_memory, proc_tcp_memory_limit},
};

static void slopes_create(struct slopes *s, uint32_t i)
{
    s->client[i] = tcp_socket();
}

static void slopes_bind(struct slopes *s, uint32_t i)
{
    tcp_bind(s->client[i]);
}

static void slopes_connect(struct slopes *s, uint32_t i)
{
    const struct sockaddr_in to = tcp_address(s->listener);
    must(!connect(s->client[i], (const struct sockaddr *)&to, sizeof to),
         "connect");
}

static void slopes_accept(struct slopes *s, uint32_t i)
{
    if (!tcp_readable(s->listener, PROBE_WAIT_MS))
        probe_fail("accept", WAIT_TIMEOUT);
    s->server[i] = accept(s->listener, NULL, NULL);
    must(s->server[i] != INVALID_SOCKET, "accept");
}

static void slopes_receive(struct slopes *s, uint32_t i)
{
    receive_pend(s->server[i], s->buffer + (size_t)i * ACCEPT_DATA, ACCEPT_DATA,
                 &s->io[i]);
}

static void slopes_receive_zero(struct slopes *s, uint32_t i)
{
    receive_pend(s->client[i], s->buffer, 0, &s->io[s->count + i]);
}

static void slopes_accept_ex(struct slopes *s, uint32_t i)
{
    accept_post(s->accept_ex, s->listener, &s->accepts[i], ACCEPT_DATA);
}

static void slopes_listen(struct slopes *s, uint32_t i)
{
    (void)s, (void)i;
    tcp_listen(1);
}

static void slopes_unread(struct slopes *s, uint32_t i)
{
    static const char message[SLOPES_MESSAGE];
    tcp_send(s->server[i], message, sizeof message);
}

static void slopes_sample(struct slopes *s, const char *stage, uint32_t n)
{
    Sleep(SLOPES_SETTLE_MS);
    for (int k = 0; k < SLOPES_KINDS; k++) {
        uint64_t bytes;
        if (!s->samples[k] || !slopes_kinds[k].read(&bytes))
            continue;
        cJSON *stages = cJSON_GetObjectItem(s->samples[k], stage);
        if (!stages)
            stages = cJSON_AddArrayToObject(s->samples[k], stage);
        const double pair[] = {n, (double)bytes};
        cJSON_AddItemToArray(stages, cJSON_CreateDoubleArray(pair, 2));
    }
}

static void slopes_run(cJSON *out, const uint64_t *option)
{
    static const struct {
        const char *name;
        void (*add)(struct slopes *, uint32_t i);
    } stages[] = {
        {"created", slopes_create},
        {"bound", slopes_bind},
        {"connected", slopes_connect},
        {"accepted", slopes_accept},
        {"receive_pending", slopes_receive},
        {"zero_receive_pending", slopes_receive_zero},
        {"accept_ex_pending", slopes_accept_ex},
        {"listening", slopes_listen},
        {"unread", slopes_unread},
    };
    struct slopes s = {.count = (uint32_t)option[SLOPES_COUNT],
                       .steps = (uint32_t)option[SLOPES_STEPS]};
    uint64_t bytes;
    s.listener = tcp_listen(-(int)s.count); /* SOMAXCONN_HINT */
    s.accept_ex = accept_ex_find(s.listener);
    s.client = calloc_or_die(s.count, sizeof *s.client);
    s.server = calloc_or_die(s.count, sizeof *s.server);
    s.accepts = calloc_or_die(s.count, sizeof *s.accepts);
    s.io = calloc_or_die(2 * (size_t)s.count, sizeof *s.io);
    s.buffer = calloc_or_die(s.count, ACCEPT_DATA);
    add_number(out, "count", s.count);
    add_number(out, "buffer_bytes", ACCEPT_DATA);
    cJSON *limits = cJSON_AddObjectToObject(out, "limits");
    for (int k = 0; k < SLOPES_KINDS; k++) {
        const char *name = slopes_kinds[k].name;
        const bool known = slopes_kinds[k].read(&bytes);
        if (known)
            s.samples[k] = cJSON_AddObjectToObject(out, name);
        else
            add_unknown(out, name, slopes_kinds[k].why);
        if (known && slopes_kinds[k].limit(&bytes))
            add_number(limits, name, (double)bytes);
    }
    for (size_t stage = 0; stage < sizeof stages / sizeof *stages; stage++) {
        uint32_t n = 0;
        slopes_sample(&s, stages[stage].name, n);
        for (uint32_t step = 1; step <= s.steps; step++) {
            for (; n < (uint64_t)s.count * step / s.steps; n++)
                stages[stage].add(&s, n);
            slopes_sample(&s, stages[stage].name, n);
        }
    }
}

const struct probe probe_pool_slopes = {
    .name = "pool_slopes",
    .claims = "R1, R2, X14, X16",
    .summary = "non-paged pool by numbers of sockets and operations",
    .options = {{"--count", 1000, 10, 4000, "sockets of each kind [1000]"},
                {"--steps", 5, 2, 50, "samples of each kind [5]"}},
    .run = slopes_run,
};
