#include "echo_report.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json_lines.h"

static uint64_t usage_us(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

static uint64_t report_resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long size, resident = 0;

    if (file != NULL && fscanf(file, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    if (file != NULL)
        fclose(file);
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void report_metrics(const struct counters *counters, cJSON *line)
{
    static const char *const untold[] = {
        "cycles",
        "peak_working_set_bytes",
        "private_bytes",
        "paged_pool_bytes",
        "nonpaged_pool_bytes",
        "handles",
        "context_switches",
        "system_busy_us",
        "system_idle_us",
        "system_nonpaged_pool_bytes",
    };
    struct rusage self;

    getrusage(RUSAGE_SELF, &self);
    json_add_count(line, "t_us",
                   (uint64_t)(clock_ns() - counters->epoch_ns) / 1000);
    json_add_count(line, "connections", counters->connections);
    json_add_count(line, "accepted", counters->accepted);
    json_add_count(line, "opens", counters->accepted);
    json_add_count(line, "closes", counters->closes);
    json_add_count(line, "refused", 0);
    json_add_count(line, "recv_bytes", counters->recv_bytes);
    json_add_count(line, "send_bytes", counters->send_bytes);
    json_add_count(line, "recvs", counters->recvs);
    json_add_count(line, "sends", counters->sends);
    json_add_count(line, "partial_sends", counters->partial);
    json_add_count(line, "blocked_sends", counters->blocked);
    json_add_count(line, "user_us", usage_us(self.ru_utime));
    json_add_count(line, "kernel_us", usage_us(self.ru_stime));
    json_add_count(line, "working_set_bytes", report_resident());
    json_add_count(line, "threads", 1);
    for (size_t i = 0; i < sizeof untold / sizeof *untold; i++)
        cJSON_AddNullToObject(line, untold[i]);
}

static cJSON *report_event(const char *name)
{
    cJSON *line = cJSON_CreateObject();

    cJSON_AddStringToObject(line, "event", name);
    return line;
}

void report_listening(const char *model, const struct sockaddr_in *at,
                      uint32_t buffer)
{
    cJSON *line = report_event("listening");
    char address[INET_ADDRSTRLEN];

    cJSON_AddStringToObject(line, "model", model);
    cJSON_AddStringToObject(
        line, "address",
        inet_ntop(AF_INET, &at->sin_addr, address, sizeof address));
    json_add_count(line, "port", ntohs(at->sin_port));
    json_add_count(line, "protocol", 1);
    json_add_count(line, "pid", (uint64_t)getpid());
    json_add_count(line, "threads", 1);
    json_add_count(line, "buffer_bytes", buffer);
    cJSON_AddNullToObject(line, "max_connections");
    cJSON_AddObjectToObject(line, "tuning");
    cJSON_AddObjectToObject(line, "socket");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(line, "machine"), "os",
                            "Linux");
    cJSON_AddObjectToObject(line, "unknown");
    json_lines_write(line);
}

void report_sample(const struct counters *counters, const char *mark)
{
    cJSON *line = report_event("sample");

    if (mark != NULL)
        cJSON_AddStringToObject(line, "mark", mark);
    report_metrics(counters, line);
    json_lines_write(line);
}

void report_final(const struct counters *counters, bool eof)
{
    cJSON *line = report_event("final");

    cJSON_AddStringToObject(line, "stopped_by", eof ? "eof" : "stop");
    report_metrics(counters, line);
    cJSON_AddObjectToObject(line, "errors");
    cJSON_AddObjectToObject(line, "refusals");
    json_lines_write(line);
}
