#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_lines.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/record.h"

/* Of the window: the balance of the processors' times is within 5 % on a quiet
 * machine. */
static const double disturbance_caution = 5, disturbance_limit = 20;
/* More than waits that are rounded up to milliseconds are late by, and a small
 * part of the 15.6 ms of Windows' clock. */
static const double disturbance_late_us = 2000;

struct disturbance_row {
    const char *key;
    /* The time in microseconds; negative: not known. */
    double (*time)(const struct record_run *run,
                   const struct disturbance_row *row);
    /* Why there is none; NULL: the next row tries, or it does not apply. */
    const char *unknown;
    const char *name, *what, *remedy;
    const char *metric, *divisor; /* what its function reads; the second of the
                                     load generator's line `ready` */
    bool of_load;                 /* each load generator has its own */
};

static double disturbance_cpu_us(const cJSON *from, const cJSON *to,
                                 const char *user, const char *kernel)
{
    double u = 0, k = 0;

    line_growth(from, to, user, &u);
    line_growth(from, to, kernel, &k);
    return u + k;
}

/* A metric of the server that counts microseconds. */
static double disturbance_server(const struct record_run *run,
                                 const struct disturbance_row *row)
{
    double us;

    return line_growth(run->server.begin, run->server.end, row->metric, &us)
               ? us
               : -1;
}

static double disturbance_windows(const struct record_run *run,
                                  const struct disturbance_row *row)
{
    double server_s, load_s;

    (void)row;
    return stream_window(&run->server, &server_s) &&
                   stream_window(&run->load, &load_s)
               ? 1e6 * fabs(server_s - load_s)
               : -1;
}

/* The same of the load generator, per thread or processor where it has a
 * divisor. */
static double disturbance_load(const struct record_run *run,
                               const struct disturbance_row *row)
{
    double us, divisor = 1;

    return line_growth(run->load.begin, run->load.end, row->metric, &us) &&
                   (row->divisor == NULL ||
                    record_number(run->load.ready, row->divisor, &divisor))
               ? fmax(us, 0) / fmax(divisor, 1)
               : -1;
}

/* A thread waits, too, while a host has its processor: that has its own row. */
static double disturbance_waited(const struct record_run *run,
                                 const struct disturbance_row *row)
{
    double waited = disturbance_load(run, row), stolen, cores;

    if (waited > 0 &&
        line_growth(run->load.begin, run->load.end, "steal_us", &stolen) &&
        record_number(run->load.ready, "/machine/cores", &cores))
        waited = fmax(waited - stolen / fmax(cores, 1), 0);
    return waited;
}

/* What the processors that one of the two programs may use did for others. */
static double disturbance_others(const struct record_run *run,
                                 const struct disturbance_row *row)
{
    const struct stream *server = &run->server, *load = &run->load;
    const bool serves = strcmp(row->metric, "server") == 0;
    const struct stream *own = serves ? server : load;
    const struct stream *other = serves ? load : server;
    double busy, cores, usable_server, usable_load, own_s, load_s;

    if (!stream_window(own, &own_s) || !stream_window(load, &load_s) ||
        !line_growth(own->begin, own->end, "usable_busy_us", &busy) ||
        !record_number(server->ready, "/machine/cores", &cores) ||
        !record_number(server->ready, "/machine/usable_processors",
                       &usable_server) ||
        !record_number(load->ready, "/machine/usable_processors", &usable_load))
        return -1;
    busy -= disturbance_cpu_us(own->begin, own->end, "user_us", "kernel_us") +
            disturbance_cpu_us(server->begin, server->end, "wineserver_user_us",
                               "wineserver_kernel_us");
    /* The other program may run on them, too. */
    if (record_at(run->record, "/asked/target") == NULL &&
        usable_server + usable_load > cores)
        busy -= disturbance_cpu_us(other->begin, other->end, "user_us",
                                   "kernel_us");
    return fmax(busy, 0) / fmax(serves ? usable_server : usable_load, 1) *
           load_s / own_s;
}

/* Of messages that are due at a time, each stands for its share of the window.
 */
static double disturbance_late(const struct record_run *run,
                               const struct disturbance_row *row)
{
    const cJSON *lateness = record_at(run->load.final, row->metric), *bucket;
    double count = 0, late = 0, window_s = 0;

    cJSON_ArrayForEach (bucket, record_at(lateness, "/counts")) {
        double us = 0, messages = 0;

        record_number(bucket, "/0", &us);
        record_number(bucket, "/1", &messages);
        count += messages;
        late += us > disturbance_late_us ? messages : 0;
    }
    return count > 0 && stream_window(&run->load, &window_s)
               ? 1e6 * window_s * late / count
               : -1;
}

static const struct disturbance_row disturbances[] = {
    {"server_held_up_percent", disturbance_server,
     "the server does not report whether it was held up", "held_up",
     "the server did not run for", "leave the machine to the measurement",
     .metric = "held_up_us"},
    {"load_held_up_percent", disturbance_load,
     "the load generator does not report whether it was held up", "held_up",
     "the load generator did not run for",
     "leave the machine to the measurement", .metric = "held_up_us",
     .of_load = true},
    {"windows_differ_percent", disturbance_windows,
     "the server's window is not known", "held_up",
     "the windows of server and load generator differ by",
     "the runner or a launcher was held up: run it again", .metric = NULL},
    /* Linux counts how long threads wait; Windows what its processors do. */
    {"load_waited_percent", disturbance_waited, NULL, "load_starved",
     "the load generator's threads waited for a processor for",
     "give it processors of its own, as in --load-via 'taskset -c 1'",
     .metric = "run_delay_us", .divisor = "/threads", .of_load = true},
    {"load_waited_percent", disturbance_others,
     "the system does not report how long threads waited", "load_starved",
     "other processes used the load generator's processors for",
     "end them, or give the load generator other processors", .metric = "load",
     .of_load = true},
    {"load_late_percent", disturbance_late, NULL, "load_late",
     "the load generator by itself sent messages more than 2 ms late for",
     "give it processors of its own, or less to send; "
     "machine/load/process/timer shows what timer it has",
     .metric = "/latency_us/lateness", .of_load = true},
    {"others_percent", disturbance_others,
     "the system does not report the use of the server's processors",
     "processors_shared", "other processes used the server's processors for",
     "end them, or give the server processors of its own", .metric = "server"},
    {"steal_percent", disturbance_load,
     "the system does not report time taken by a host", "stolen",
     "the host below this machine took its processors for",
     "use a quieter machine", .metric = "steal_us", .divisor = "/machine/cores",
     .of_load = true},
};
enum { DISTURBANCES = sizeof disturbances / sizeof *disturbances };

/* In percent of the window, or negative; that of the worst of several load
 * generators, which get their own. */
static double disturbance_percent(const struct record_run *run,
                                  const struct disturbance_row *row)
{
    double us, seconds, worst = -1;

    for (size_t i = 0; i < run->generator_count && row->of_load; i++) {
        struct record_run one = run->generators[i];
        cJSON *section = cJSON_GetObjectItem(one.record, "disturbance");
        double percent;

        if (section == NULL)
            section = cJSON_AddObjectToObject(one.record, "disturbance");
        one.record = run->record; /* what was asked */
        percent = disturbance_percent(&one, row);
        if (percent >= 0)
            cJSON_AddNumberToObject(section, row->key, stream_round(percent));
        worst = fmax(worst, percent);
    }
    if (run->generator_count > 0 && row->of_load)
        return worst;
    if (!stream_window(&run->load, &seconds))
        return -1;
    us = row->time(run, row);
    return us < 0 ? -1 : us / seconds / 1e4;
}

void disturbance(const struct record_run *run)
{
    cJSON *cautions = cJSON_AddArrayToObject(run->record, "cautions");
    cJSON *section = cJSON_AddObjectToObject(run->record, "disturbance");
    double seconds, limit = disturbance_limit;
    bool measured = stream_window(&run->load, &seconds);

    record_number(run->record, "/asked/disturbance_limit_percent", &limit);
    for (size_t i = 0; i < DISTURBANCES; i++) {
        const struct disturbance_row *row = &disturbances[i];
        double percent;

        if (cJSON_HasObjectItem(section, row->key))
            continue;
        percent = disturbance_percent(run, row);
        if (percent < 0 && row->unknown == NULL)
            continue;
        char *pointer = text_make("/disturbance/%s", row->key);
        char *text = text_make("%s: %s %.0f %% of the window; %s", row->name,
                               row->what, fmax(percent, 0), row->remedy);

        json_add_known(section, row->key, percent >= 0, stream_round(percent));
        if (percent < 0)
            cJSON_AddStringToObject(run->unknown, pointer,
                                    measured ? row->unknown
                                             : "there was no whole window");
        else if (percent > limit && limit < 100)
            cJSON_AddItemToArray(run->reasons, cJSON_CreateString(text));
        else if (percent > disturbance_caution)
            cJSON_AddItemToArray(cautions, cJSON_CreateString(text));
        free(pointer);
        free(text);
    }
}

bool record_is_only_disturbed(const cJSON *record, bool *saturated)
{
    const cJSON *reason;

    *saturated = false;
    cJSON_ArrayForEach (reason, record_at(record, "/reasons")) {
        size_t i = 0;

        if (strncmp(reason->valuestring, "client_saturated", 16) == 0) {
            *saturated = true;
            continue;
        }
        while (i < DISTURBANCES &&
               strncmp(reason->valuestring, disturbances[i].name,
                       strlen(disturbances[i].name)) != 0)
            i++;
        if (i == DISTURBANCES)
            return false;
    }
    return true;
}
