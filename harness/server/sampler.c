/* Measures at every tick and at marks, and writes what it found. */
#include "common/clock.h"
#include "common/json_lines.h"
#include "server/host.h"

static struct {
    struct host *host;
    uint32_t sample_ms;
    SRWLOCK lock; /* samples are measured and written one by one, in order */
} sampler = {.lock = SRWLOCK_INIT};

void sampler_open(struct host *host, uint32_t sample_ms, cJSON *unknown)
{
    cJSON *values = cJSON_CreateObject();
    sampler.host = host;
    sampler.sample_ms = sample_ms;
    metrics_measure(host, true, values, unknown);
    cJSON_Delete(values);
    AcquireSRWLockExclusive(&sampler.lock);
}

void sampler_begin(void)
{
    ReleaseSRWLockExclusive(&sampler.lock);
}

/* A line with the time, one text more unless it is NULL, and the metrics. */
static cJSON *sampler_line(const char *event, const char *key, const char *text)
{
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "event", event);
    json_add_count(line, "t_us",
                   (uint64_t)(clock_ns() - sampler.host->started_ns) / 1000);
    if (text)
        cJSON_AddStringToObject(line, key, text);
    metrics_measure(sampler.host, text != NULL, line, NULL);
    return line;
}

void sampler_sample(const char *mark)
{
    AcquireSRWLockExclusive(&sampler.lock);
    /* A reader that went away is no reason to stop: the input says when. */
    json_lines_write(sampler_line("sample", "mark", mark));
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
    AcquireSRWLockExclusive(&sampler.lock);
    cJSON *line = sampler_line("final", "stopped_by", stopped_by);
    sampler_add_errors(line, "errors", &sampler.host->stats.errors);
    sampler_add_errors(line, "refusals", &sampler.host->stats.refusals);
    json_lines_write(line);
    ReleaseSRWLockExclusive(&sampler.lock);
}
