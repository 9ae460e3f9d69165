#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "results/fields.h"
#include "results/stream.h"

/* Of the window: the balance of the processors' times is within 5 % on a quiet
 * machine. */
static const double disturbance_caution = 5, disturbance_limit = 20;
/* A program that uses less than this share of its usual processor time does not
 * run. */
static const double disturbance_idle = 0.5;

struct disturbance_run {
    const cJSON *record;
    const struct stream *server, *load;
    double window_us;
};

/* A share in percent; negative: not known. */
typedef double disturbance_share(const struct disturbance_run *run);

static double disturbance_percent(const struct disturbance_run *run, double us)
{
    return 100 * fmax(us, 0) / run->window_us;
}

static double disturbance_cpu_us(const cJSON *from, const cJSON *to,
                                 const char *user, const char *kernel)
{
    double u = 0, k = 0;

    stream_growth(from, to, user, &u);
    stream_growth(from, to, kernel, &k);
    return u + k;
}

/* The longest time without a sample, beyond the interval of samples. A program
 * that used its processors meanwhile, as blocking does with thousands of
 * threads, came late by its own work: nothing held it up. */
static double disturbance_held_up(const struct disturbance_run *run,
                                  const struct stream *stream)
{
    double begin, end, interval_ms, t, before = -1, longest = 0;
    const cJSON *line, *last = NULL;
    double used =
        disturbance_cpu_us(stream->begin, stream->end, "user_us", "kernel_us");

    if (!record_number(run->record, "/asked/sample_ms", &interval_ms) ||
        interval_ms <= 0 || !stream_number(stream->begin, "t_us", &begin) ||
        !stream_number(stream->end, "t_us", &end) || end <= begin)
        return -1;
    cJSON_ArrayForEach (line, stream->lines) {
        if (!stream_is(line, "event", "sample") ||
            !stream_number(line, "t_us", &t))
            continue;
        if (last != NULL && t > begin && before < end &&
            disturbance_cpu_us(last, line, "user_us", "kernel_us") <=
                disturbance_idle * used * (t - before) / (end - begin))
            longest = fmax(longest, t - before);
        last = line;
        before = t;
    }
    return disturbance_percent(run, longest - 1000 * interval_ms);
}

static double disturbance_server_held_up(const struct disturbance_run *run)
{
    return disturbance_held_up(run, run->server);
}

static double disturbance_load_held_up(const struct disturbance_run *run)
{
    return disturbance_held_up(run, run->load);
}

static double disturbance_windows(const struct disturbance_run *run)
{
    double server_s;

    if (!stream_window(run->server, &server_s))
        return -1;
    return disturbance_percent(run, fabs(1e6 * server_s - run->window_us));
}

/* What a metric of the load grew by in the window. */
static double disturbance_load_time(const struct disturbance_run *run,
                                    const char *metric)
{
    double us;

    if (!stream_growth(run->load->begin, run->load->end, metric, &us))
        return -1;
    return disturbance_percent(run, us);
}

static double disturbance_waited(const struct disturbance_run *run)
{
    double threads, share = disturbance_load_time(run, "run_delay_us");

    if (!record_number(run->record, "/machine/load/process/threads", &threads))
        return -1;
    return share / fmax(threads, 1);
}

static double disturbance_stolen(const struct disturbance_run *run)
{
    double cores, share = disturbance_load_time(run, "steal_us");

    if (!record_number(run->record, "/machine/load/cores", &cores))
        return -1;
    return share / fmax(cores, 1);
}

/* Whether server and load generator may run on the same processors. */
static bool disturbance_overlap(const struct disturbance_run *run)
{
    double cores, server, load;

    return record_at(run->record, "/asked/target") == NULL &&
           record_number(run->record, "/machine/server/cores", &cores) &&
           record_number(run->record, "/machine/server/usable_processors",
                         &server) &&
           record_number(run->record, "/machine/load/usable_processors",
                         &load) &&
           server + load > cores;
}

/* What the processors that the server may use did for others. */
static double disturbance_others(const struct disturbance_run *run)
{
    const struct stream *server = run->server;
    double busy, usable, seconds;

    if (!stream_window(server, &seconds) || seconds <= 0 ||
        !stream_growth(server->begin, server->end, "usable_busy_us", &busy) ||
        !record_number(run->record, "/machine/server/usable_processors",
                       &usable))
        return -1;
    busy -=
        disturbance_cpu_us(server->begin, server->end, "user_us", "kernel_us") +
        disturbance_cpu_us(server->begin, server->end, "wineserver_user_us",
                           "wineserver_kernel_us");
    if (disturbance_overlap(run))
        busy -= disturbance_cpu_us(run->load->begin, run->load->end, "user_us",
                                   "kernel_us");
    return 100 * fmax(busy, 0) / (1e6 * seconds * fmax(usable, 1));
}

static const struct {
    const char *key;
    disturbance_share *share;
    const char *unknown; /* why there is none */
    const char *name, *what, *remedy;
} disturbances[] = {
    {"server_held_up_percent", disturbance_server_held_up,
     "no samples were taken in the window", "held_up",
     "the server did not run for", "leave the machine to the measurement"},
    {"load_held_up_percent", disturbance_load_held_up,
     "no samples were taken in the window", "held_up",
     "the load generator did not run for",
     "leave the machine to the measurement"},
    {"windows_differ_percent", disturbance_windows,
     "the server's window is not known", "held_up",
     "the windows of server and load generator differ by",
     "the runner or a launcher was held up: run it again"},
    {"load_waited_percent", disturbance_waited,
     "the system does not tell how long threads waited", "load_starved",
     "the load generator's threads waited for a processor for",
     "give it processors of its own, as in --load-via 'taskset -c 1'"},
    {"others_percent", disturbance_others,
     "the system does not tell of the server's processors", "processors_shared",
     "other processes used the server's processors for",
     "end them, or give the server processors of its own"},
    {"steal_percent", disturbance_stolen,
     "the system does not tell of time stolen by a host", "stolen",
     "the host below this machine took its processors for",
     "use a quieter machine"},
};

static void disturbance_judge(cJSON *list, size_t row, double percent)
{
    char *text =
        text_make("%s: %s %.0f %% of the window; %s", disturbances[row].name,
                  disturbances[row].what, percent, disturbances[row].remedy);

    cJSON_AddItemToArray(list, cJSON_CreateString(text));
    free(text);
}

void disturbance(cJSON *record, cJSON *unknown, cJSON *reasons,
                 const struct stream *server, const struct stream *load)
{
    struct disturbance_run run = {record, server, load, 0};
    cJSON *cautions = cJSON_AddArrayToObject(record, "cautions");
    cJSON *section = cJSON_AddObjectToObject(record, "disturbance");
    double seconds, limit = disturbance_limit;
    bool measured = stream_window(load, &seconds) && seconds > 0;

    record_number(record, "/asked/disturbance_limit_percent", &limit);
    run.window_us = measured ? 1e6 * seconds : 0;
    for (size_t i = 0; i < sizeof disturbances / sizeof *disturbances; i++) {
        double percent = measured ? disturbances[i].share(&run) : -1;

        if (percent < 0) {
            char *pointer = text_make("/disturbance/%s", disturbances[i].key);
            cJSON_AddNullToObject(section, disturbances[i].key);
            cJSON_AddStringToObject(unknown, pointer,
                                    measured ? disturbances[i].unknown
                                             : "there was no whole window");
            free(pointer);
            continue;
        }
        cJSON_AddNumberToObject(section, disturbances[i].key,
                                stream_round(percent));
        if (percent > limit && limit < 100)
            disturbance_judge(reasons, i, percent);
        else if (percent > disturbance_caution)
            disturbance_judge(cautions, i, percent);
    }
}

bool record_is_only_disturbed(const cJSON *record)
{
    const cJSON *reason;
    size_t at = 0, count = sizeof disturbances / sizeof *disturbances;

    cJSON_ArrayForEach (reason, record_at(record, "/reasons")) {
        for (at = 0; at < count; at++)
            if (strncmp(reason->valuestring, disturbances[at].name,
                        strlen(disturbances[at].name)) == 0)
                break;
        if (at == count)
            return false;
    }
    return true;
}
