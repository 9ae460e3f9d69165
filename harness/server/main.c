/* iomodels-server: one model in one process. */
#include "common/clock.h"
#include "common/json_lines.h"
#include "common/machine.h"
#include "common/number.h"
#include "server/host.h"
#include <stdio.h>
#include <stdlib.h>

enum { MAIN_PROTOCOL = 1 };

static struct host main_host;

/* Only address space is taken here, but that has an end too. */
static bool main_memory(struct host *host)
{
    char bytes[32];
    if (host_open(host, host->model->conn_size))
        return true;
    json_lines_error(
        true, error_last(), "choose a smaller --max-connections or --buffer",
        "no address space for %lu connections with buffers of %s",
        (unsigned long)host->srv.max_conns,
        number_show_bytes(host->srv.buffer_size, bytes, sizeof bytes));
    return false;
}

/* The limits as the system has them, in bytes. */
static bool main_working_set(SIZE_T *least, SIZE_T *most)
{
    return GetProcessWorkingSetSize(GetCurrentProcess(), least, most) != 0;
}

/* --working-set: what was not granted, to the page, is refused. */
static bool main_limit_working_set(const struct host *host)
{
    const uint64_t *wanted = host->options.working_set, page = 4096;
    SIZE_T least = 0, most = 0;
    if (wanted[1] == 0)
        return true;
    DWORD error = 0;
    if (!SetProcessWorkingSetSize(GetCurrentProcess(), (SIZE_T)wanted[0],
                                  (SIZE_T)wanted[1]) ||
        !main_working_set(&least, &most))
        error = error_last();
    else if ((least + page - 1) / page == (wanted[0] + page - 1) / page &&
             (most + page - 1) / page == (wanted[1] + page - 1) / page)
        return true;
    json_lines_error(
        true, error,
        machine_is_wine()
            ? "leave --working-set out: Wine accepts limits and ignores them"
            : "give smaller limits, at least 20 pages and less than the "
              "machine's memory, or the right to increase a working set",
        "--working-set was not granted: the limits are %llu and %llu bytes",
        (unsigned long long)least, (unsigned long long)most);
    return false;
}

static void main_add_working_set(cJSON *line, cJSON *unknown)
{
    SIZE_T least, most;
    if (machine_is_wine() || !main_working_set(&least, &most)) {
        cJSON_AddNullToObject(line, "working_set");
        cJSON_AddStringToObject(unknown, "working_set",
                                machine_is_wine()
                                    ? "Wine has no working-set limits"
                                    : "the system call for it failed");
        return;
    }
    cJSON *limits = cJSON_AddObjectToObject(line, "working_set");
    json_add_count(limits, "least_bytes", least);
    json_add_count(limits, "most_bytes", most);
}

void server_cannot_start(struct server *srv, const char *call)
{
    uint32_t error = error_last();
    if (error == 0) /* the C library need not say so */
        error = ERROR_NOT_ENOUGH_MEMORY;
    json_lines_error(
        true, error,
        "free memory and handles, or give fewer --threads, then start it again",
        "model %s cannot start: %s failed", host_of(srv)->model->name, call);
    /* Not exit: threads are at work already on what exit tears down. */
    fflush(stdout);
    _Exit(EXIT_BAD_INPUT);
}

void server_ready(struct server *srv)
{
    struct host *host = host_of(srv);
    const struct listener_address *address = &host->address;
    cJSON *line = cJSON_CreateObject(), *unknown = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "event", "listening");
    cJSON_AddStringToObject(line, "model", host->model->name);
    cJSON_AddStringToObject(line, "address", address->text);
    json_add_count(line, "port", address->port);
    json_add_count(line, "protocol", MAIN_PROTOCOL);
    json_add_count(line, "pid", GetCurrentProcessId());
    json_add_count(line, "threads", host->srv.threads);
    json_add_count(line, "buffer_bytes", host->srv.buffer_size);
    if (host->options.buffer_offset == HOST_AS_IS)
        cJSON_AddNullToObject(line, "buffer_offset_bytes");
    else
        json_add_count(line, "buffer_offset_bytes",
                       host->options.buffer_offset);
    json_add_count(line, "outstanding", host->srv.outstanding);
    json_add_count(line, "max_connections", host->srv.max_conns);
    json_add_known(line, "file_bytes", host->file_bytes > 0,
                   (double)host->file_bytes);
    static const char *const pools[] = {NULL, "lookaside", "heap"};
    const char *pool = pools[host->options.pool];
    cJSON_AddItemToObject(line, "pool",
                          pool ? cJSON_CreateString(pool) : cJSON_CreateNull());
    main_add_working_set(line, unknown);
    cJSON_AddItemToObject(line, "tuning", options_tuning(host));
    cJSON_AddItemToObject(line, "fallback",
                          srv->fallback ? cJSON_CreateString(srv->fallback)
                                        : cJSON_CreateNull());
    cJSON_AddItemToObject(line, "socket", listener_read_back(host, unknown));
    cJSON_AddItemToObject(line, "machine", machine_json(unknown));
    metrics_open(host, unknown);
    cJSON_AddItemToObject(line, "unknown", unknown);
    control_start(host);
    json_lines_write(line);
    metrics_begin();
    if (srv->fallback)
        complain("model %s: %s", host->model->name, srv->fallback);
    if (!listener_is_loopback(address))
        complain(
            "listening on %s, port %u: every machine that reaches this one can "
            "connect; to serve only this machine, give --listen 127.0.0.1:%u",
            address->text, address->port, address->port);
}

static void main_serve(struct host *host)
{
    host->srv.stats = thread_stats_open(&host->srv);
    if (!host->srv.stats)
        server_cannot_start(&host->srv, "calloc");
    host->model->run(&host->srv);
    stop_done(host);
    closesocket(host->srv.listener);
    if (host->srv.file)
        CloseHandle(host->srv.file);
    metrics_final();
    stats_close(&host->stats);
    control_done();
}

int server_main(int argc, char **argv)
{
    struct host *host = &main_host;
    host->started_ns = clock_ns();
    program_name_set("iomodels-server");
    json_lines_init();
    WSADATA data;
    SetLastError((DWORD)WSAStartup(MAKEWORD(2, 2), &data));
    if (GetLastError())
        die("WSAStartup");
    enum args_result read = options_read(argc, argv, host);
    if (read != ARGS_GO)
        return read == ARGS_HELP ? EXIT_SUCCESS : EXIT_BAD_INPUT;
    if (!main_limit_working_set(host) || !main_memory(host) ||
        !file_make(host) || !listener_open(host))
        return EXIT_BAD_INPUT;
    stop_open(host);
    wine_reserve_open(host);
    main_serve(host);
    /* Not by return: the C library would wait for the lock of standard input,
     * in which the control thread may sit for good. */
    json_lines_done();
    ExitProcess(EXIT_SUCCESS);
}

/* What the C library calls; its headers do not declare it for the program. */
int wmain(int argc, wchar_t **wide);

int wmain(int argc, wchar_t **wide)
{
    char **texts = calloc_or_die((size_t)argc + 1, sizeof *texts);
    for (int i = 0; i < argc; i++)
        texts[i] = wide_to(wide[i]);
    return server_main(argc, texts);
}
