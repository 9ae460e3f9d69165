#include "runner/live.h"

#include <stdbool.h>

#include "results/fields.h"

/* Samples come a little early or late. */
#define LIVE_SECOND_US 900000.0

/* Whether a second passed since *from, in which counters can be compared; then
 * the next one begins. */
static bool live_second(const cJSON **from, const cJSON *to, double *us)
{
    if (*from != NULL &&
        (!line_growth(*from, to, "t_us", us) || *us < LIVE_SECOND_US))
        return false;
    const bool first = *from == NULL;
    *from = to;
    return !first;
}

static double live_now(const cJSON *sample, const char *key)
{
    double value;

    return line_number(sample, key, &value) ? value : PANEL_UNKNOWN;
}

/* Of a counter, a second. */
static double live_rate(const cJSON *from, const cJSON *to, const char *key,
                        double us)
{
    double grown;

    return line_growth(from, to, key, &grown) ? grown * 1e6 / us
                                              : PANEL_UNKNOWN;
}

static void live_server(struct live *live, const cJSON *sample)
{
    struct panel *panel = &live->panel;
    const cJSON *from = live->from[PROGRAM_SERVER];
    double us = 0;

    panel->server_bytes = live_now(sample, "working_set_bytes");
    panel->server_threads = live_now(sample, "threads");
    if (live_second(&live->from[PROGRAM_SERVER], sample, &us)) {
        const double user = live_rate(from, sample, "user_us", us);
        const double kernel = live_rate(from, sample, "kernel_us", us);

        panel->server_percent =
            user >= 0 && kernel >= 0 ? (user + kernel) / 1e4 : PANEL_UNKNOWN;
    }
}

/* Of all load generators, once each is known. */
static double live_sum(const struct live *live, const double *each)
{
    double sum = 0;

    for (int i = PROGRAM_LOAD; i < live->programs; i++) {
        if (each[i] < 0)
            return PANEL_UNKNOWN;
        sum += each[i];
    }
    return sum;
}

/* Percentiles of several load generators do not add up. */
static void live_load(struct live *live, int which, const cJSON *sample)
{
    struct panel *panel = &live->panel;
    const cJSON *from = live->from[which];
    double us = 0;

    live->open[which] = live_now(sample, "open");
    if (live_second(&live->from[which], sample, &us)) {
        live->trips_per_s[which] =
            live_rate(from, sample, "messages_echoed", us);
        live->bytes_per_s[which] =
            live_rate(from, sample, "received_bytes", us);
    }
    panel->open = live_sum(live, live->open);
    panel->trips_per_s = live_sum(live, live->trips_per_s);
    panel->bytes_per_s = live_sum(live, live->bytes_per_s);
    if (live->programs == PROGRAM_LOAD + 1 &&
        cJSON_HasObjectItem(sample, "p50_us")) {
        panel->p50_us = live_now(sample, "p50_us");
        panel->p99_us = live_now(sample, "p99_us");
    }
}

void live_init(struct live *live, int programs)
{
    *live = (struct live){.programs = programs};
    panel_init(&live->panel);
    live->panel.load = live->panel.server = true;
    for (int i = 0; i < PROGRAMS_MAX; i++)
        live->open[i] = live->trips_per_s[i] = live->bytes_per_s[i] =
            PANEL_UNKNOWN;
}

void live_line(struct live *live, int which, const cJSON *line)
{
    if (!line_is(line, "event", "sample"))
        return;
    if (which == PROGRAM_SERVER)
        live_server(live, line);
    else
        live_load(live, which, line);
}
