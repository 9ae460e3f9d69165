#include "server/sampler.h"
#include "common/clock.h"
#include "common/json_lines.h"
#include "server/thread.h"

static struct {
    struct host *host;
    uint32_t sample_ms;
    SRWLOCK lock; /* samples are measured and written one by one, in order */
} sampler = {.lock = SRWLOCK_INIT};

void sampler_open(struct host *host, uint32_t sample_ms, cJSON *unknown)
{
    struct metrics m;
    sampler.host = host;
    sampler.sample_ms = sample_ms;
    metrics_open();
    metrics_measure(host, true, &m);
    metrics_unknown_json(&m, unknown);
    AcquireSRWLockExclusive(&sampler.lock);
}

void sampler_begin(void)
{
    ReleaseSRWLockExclusive(&sampler.lock);
}

void sampler_sample(const char *mark)
{
    struct metrics m;
    AcquireSRWLockExclusive(&sampler.lock);
    metrics_measure(sampler.host, mark != NULL, &m);
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "event", "sample");
    json_add_count(line, "t_us", (uint64_t)m.t_us);
    if (mark)
        cJSON_AddStringToObject(line, "mark", mark);
    metrics_json(&m, line);
    /* A reader that went away is no reason to stop: the input says when. */
    json_lines_write(line);
    ReleaseSRWLockExclusive(&sampler.lock);
}

/* Waits for the next multiple of the interval. False: the server stops. */
static bool sampler_wait(int64_t begin_ns)
{
    DWORD wait_ms = INFINITE;
    if (sampler.sample_ms > 0) {
        int64_t step = (int64_t)sampler.sample_ms * 1000000;
        int64_t left = step - (clock_ns() - begin_ns) % step;
        wait_ms = (DWORD)((left + 999999) / 1000000);
    }
    DWORD woken;
    while ((woken = WaitForSingleObject(sampler.host->srv.stop_event,
                                        wait_ms)) == WAIT_FAILED)
        Sleep(1);
    return woken == WAIT_TIMEOUT;
}

static DWORD WINAPI sampler_run(void *arg)
{
    int64_t begin_ns = clock_ns();
    (void)arg;
    while (sampler_wait(begin_ns))
        sampler_sample(NULL);
    return 0;
}

HANDLE sampler_start(void)
{
    HANDLE thread = thread_start_with(sampler_run, NULL, THREAD_STACK_HARNESS);
    if (!thread)
        server_cannot_start(&sampler.host->srv, "_beginthreadex");
    return thread;
}

static void sampler_add_errors(cJSON *to, const char *key,
                               const struct error_counts *sum)
{
    cJSON *object = cJSON_AddObjectToObject(to, key);
    for (uint32_t i = 0; i < sum->used; i++)
        json_add_count(object, stats_error_name(sum->entry[i].code),
                       sum->entry[i].count);
    if (sum->other)
        json_add_count(object, "other", sum->other);
}

void sampler_final(const char *stopped_by)
{
    struct stats *stats = &sampler.host->stats;
    struct metrics m;
    AcquireSRWLockExclusive(&sampler.lock);
    metrics_measure(sampler.host, true, &m);
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "event", "final");
    json_add_count(line, "t_us", (uint64_t)m.t_us);
    cJSON_AddStringToObject(line, "stopped_by", stopped_by);
    metrics_json(&m, line);
    sampler_add_errors(line, "errors", &stats->errors);
    sampler_add_errors(line, "refusals", &stats->refusals);
    json_lines_write(line);
    ReleaseSRWLockExclusive(&sampler.lock);
}
