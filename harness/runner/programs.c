#include "runner/programs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/machine.h"
#include "results/fields.h"

enum {
    PROGRAMS_PROTOCOL = 1,
    PROGRAMS_CLOCKS = 16 /* exchanges: the shortest of them counts */
};

int program_kind(int which)
{
    return which == PROGRAM_SERVER ? PROGRAM_SERVER : PROGRAM_LOAD;
}

const char *program_name(int which)
{
    return which == PROGRAM_SERVER ? "server" : "load";
}

bool programs_several(const struct programs *p)
{
    return p->count > PROGRAM_LOAD + 1;
}

const char *program_who(const struct programs *p, int which, char *text,
                        size_t size)
{
    const uint32_t rank = (uint32_t)(which - PROGRAM_LOAD);
    if (which == PROGRAM_SERVER || !programs_several(p))
        snprintf(text, size, "%s", program_name(which));
    else
        snprintf(text, size, "load generator of rank %" PRIu32 " ('%.80s')",
                 rank, run_config_load_via(p->config, rank));
    return text;
}

bool program_start(struct programs *p, int which, const struct words *words)
{
    char why[512];
    const uint64_t *processors = p->config->processors;
    const int kind = program_kind(which);
    /* A child inherits what this process is restricted to. */
    if (processors[kind] != 0)
        machine_restrict(processors[kind]);
    p->child[which] = process_start(words->word, why, sizeof why);
    if (processors[kind] != 0)
        machine_restrict(processors[0] | processors[1]);
    if (p->child[which] == NULL)
        complain("%s; check --%s and --%s-via", why, program_name(which),
                 program_name(which));
    return p->child[which] != NULL;
}

void programs_tell(struct programs *p, int kind, const char *word)
{
    for (int i = 0; i < p->count; i++)
        if (program_kind(i) == kind && p->child[i] != NULL && !p->done[i])
            process_write(p->child[i], word); /* a dead reader shows as ended */
}

bool programs_reached(const struct programs *p, int stage)
{
    for (int i = PROGRAM_LOAD; i < p->count; i++)
        if (p->child[i] != NULL && !p->done[i] && p->reached[i] < stage)
            return false;
    return true;
}

void program_ask_clock(struct programs *p, int which)
{
    p->asked_ns[which] = clock_ns();
    process_write(p->child[which], "clock");
}

bool program_clock(struct programs *p, int which, int64_t began_ns, cJSON *line)
{
    cJSON_AddNumberToObject(line, "asked_us",
                            (double)((p->asked_ns[which] - began_ns) / 1000));
    if (++p->clocks[which] >= PROGRAMS_CLOCKS)
        return false;
    program_ask_clock(p, which);
    return true;
}

uint64_t programs_connected(const struct programs *p)
{
    uint64_t connected = 0;
    for (int i = PROGRAM_LOAD; i < p->count; i++)
        connected += p->connected[i];
    return connected;
}

bool program_fits(const struct programs *p, int which, const cJSON *ready)
{
    char who[128];
    double rank = -1, protocol = 0;
    const char *version = record_text(ready, "/version");
    if (!programs_several(p))
        return true;
    record_number(ready, "/rank", &rank);
    record_number(ready, "/protocol", &protocol);
    program_who(p, which, who, sizeof who);
    if (protocol != PROGRAMS_PROTOCOL || strcmp(version, p->version) != 0)
        complain("the %s has version '%s' and protocol %.0f, and this is "
                 "version '%s' with protocol %d; install the same there",
                 who, version, protocol, p->version, PROGRAMS_PROTOCOL);
    else if (rank != which - PROGRAM_LOAD)
        complain("the %s calls itself rank %.0f; let its launcher start one "
                 "program, with the arguments as they are",
                 who, rank);
    else
        return true;
    return false;
}
