/* What follows from options: which apply to the pattern of traffic, the bound
 * of a curve, the times of a soak. */
#include "cli/options.h"
#include "clients/traffic.h"
#include "common/errors.h"
#include "common/service.h"

/* Of a file: sent at a rate, or without an end, would be requests, and not what
 * they ask for. */
static bool options_fit_service(const struct option_values *values,
                                const struct traffic *traffic,
                                const struct option_values *preset)
{
    const bool file = service_is_file(values->service);
    if (file && traffic->rated)
        complain("--service file does not go with the pattern %s; give "
                 "--pattern echo",
                 traffic->name);
    else if (!file && values->file_bytes != preset->file_bytes)
        complain("--file-size applies to --service file; leave it out, or give "
                 "both");
    else if (file && values->message_bytes > values->file_bytes)
        complain("--message is more than --file-size; give at most as much");
    else
        return true;
    return false;
}

/* Options that mean nothing to the pattern are mistakes, not no-ops. */
bool options_fit_pattern(const struct option_values *values, int program)
{
    struct option_values preset;
    const struct traffic *traffic = traffic_find(values->pattern, false);
    option_defaults(&preset, program);
    if (traffic == NULL) {
        args_unknown_name("--pattern: there is no pattern", values->pattern,
                          traffic_names(false));
        return false;
    }
    const struct {
        bool applies, given;
        const char *option, *pattern; /* a pattern that it applies to */
    } only[] = {
        {traffic->pipelined, values->pipeline != preset.pipeline, "--pipeline",
         "echo"},
        {traffic->thinks, values->think_us != preset.think_us, "--think",
         "echo"},
        {traffic->rated, values->rate != preset.rate, "--rate", "stream"},
        {traffic->sparse, values->active != preset.active, "--active",
         "sparse"},
        {traffic->scheduled, values->arrivals != preset.arrivals, "--arrivals",
         "paced"},
    };
    for (size_t i = 0; i < sizeof only / sizeof *only; i++) {
        if (only[i].applies || !only[i].given)
            continue;
        complain("%s does not apply to the pattern %s; leave it out or give "
                 "--pattern %s",
                 only[i].option, traffic->name, only[i].pattern);
        return false;
    }
    if (!options_fit_service(values, traffic, &preset))
        return false;
    if (traffic->scheduled &&
        (values->rate == 0 || values->rate == OPTION_UNSET)) {
        complain("--rate is missing: the pattern %s sends at that rate; give "
                 "the bytes/s of all connections together, such as --rate 1M",
                 traffic->name);
        return false;
    }
    if (traffic->sparse && values->active == OPTION_UNSET) {
        complain("--active is missing: the pattern %s needs the number of "
                 "connections with traffic, such as --active 10",
                 traffic->name);
        return false;
    }
    return true;
}

/* A curve has one bound. */
bool options_bound(struct options *o)
{
    static const struct {
        const char *option, *quantile;
    } bounds[] = {{"--p99", "p99"},
                  {"--p99.9", "p999"},
                  {"--p90", "p90"},
                  {"--p50", "p50"}};
    struct run_config *config = &o->config;
    const char *given = NULL;
    config->bound = "p99";
    config->bound_us = 5000;
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        if (o->bounds[i] == OPTION_UNSET)
            continue;
        if (given != NULL) {
            complain("%s and %s: a curve has one bound; leave out one of them",
                     given, bounds[i].option);
            return false;
        }
        given = bounds[i].option;
        config->bound = bounds[i].quantile;
        config->bound_us = o->bounds[i];
    }
    return true;
}

/* Each model has its share of the time, which includes starting, connecting
 * and ending. */
void options_soak_times(struct options *o)
{
    enum { PRESET = 60, WARMUP_US = 30000000, BESIDES_US = 5000000 };
    enum { SAMPLES = 300, SAMPLE_MS = 200 };
    struct option_values *values = &o->config.values;
    uint64_t models = 1, each; /* at least one */
    while (o->models[models] != NULL)
        models++;
    if (o->minutes == OPTION_UNSET)
        o->minutes = PRESET;
    each = o->minutes * 60000000 / models;
    if (values->warmup_us == OPTION_UNSET)
        values->warmup_us = each / 4 < WARMUP_US ? each / 4 : WARMUP_US;
    if (values->duration_us == OPTION_UNSET) {
        uint64_t besides = values->warmup_us + BESIDES_US;
        values->duration_us = each > 2 * besides ? each - besides : each / 2;
    }
    if (values->sample_ms == OPTION_UNSET) {
        uint64_t fit = values->duration_us / 1000 / SAMPLES;
        values->sample_ms = fit > SAMPLE_MS ? fit : SAMPLE_MS;
    }
}
