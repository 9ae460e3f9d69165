/* Which options apply to which pattern of traffic. */
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
