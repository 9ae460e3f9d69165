#include "runner/programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/machine.h"
#include "results/fields.h"

enum {
    PROGRAMS_PROTOCOL = 1,
    PROGRAMS_BEAT_MS = 1000,
    PROGRAMS_CLOCKS = 16 /* exchanges each time: the shortest of them counts */
};

void programs_init(struct programs *p, const struct run_config *config,
                   const char *version)
{
    *p = (struct programs){.config = config, .version = version};
    p->count = PROGRAM_LOAD + (int)run_config_loads(config);
    p->launches = PROGRAM_LOAD + (int)run_config_launchers(config);
    p->launched[PROGRAM_SERVER] = (struct launch){.count = 1};
    for (int i = PROGRAM_LOAD; i < p->launches; i++) {
        const struct run_launcher starts =
            run_config_launcher(config, (uint32_t)(i - PROGRAM_LOAD));
        p->launched[i].first = PROGRAM_LOAD + (int)starts.first;
        p->launched[i].count = (int)starts.count;
        for (int n = 0; n < p->launched[i].count; n++)
            p->each[p->launched[i].first + n].launch = i;
    }
}

void programs_free(struct programs *p)
{
    for (int i = 0; i < p->count; i++)
        free(p->each[i].piece.data);
}

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
    const int rank = which - PROGRAM_LOAD;
    if (which == PROGRAM_SERVER || !programs_several(p))
        snprintf(text, size, "%s", program_name(which));
    else
        snprintf(
            text, size, "load generator of rank %d ('%.80s')", rank,
            p->config->load_via.text[p->each[which].launch - PROGRAM_LOAD]);
    return text;
}

bool programs_start(struct programs *p, int launch, const struct words *words)
{
    char why[512];
    const uint64_t *processors = p->config->processors;
    const int kind = program_kind(launch);
    /* A child inherits what this process is restricted to. */
    if (processors[kind] != 0)
        machine_restrict(processors[kind]);
    p->child[launch] = process_start(words->word, why, sizeof why);
    if (processors[kind] != 0)
        machine_restrict(processors[0] | processors[1]);
    if (p->child[launch] == NULL)
        complain("%s; check --%s and --%s-via", why, program_name(launch),
                 program_name(launch));
    p->beat_ns = 0; /* it has to know from the beginning */
    return p->child[launch] != NULL;
}

int programs_find(const struct programs *p, int launch, const cJSON *line)
{
    const struct launch *l = &p->launched[launch];
    double rank;
    if (l->count > 1 && record_number(line, "/rank", &rank) &&
        rank >= l->first - PROGRAM_LOAD &&
        rank < l->first - PROGRAM_LOAD + l->count)
        return PROGRAM_LOAD + (int)rank;
    return l->first;
}

cJSON *programs_line(struct programs *p, int launch, const char *text)
{
    cJSON *line = cJSON_Parse(text);
    if (!cJSON_IsObject(line)) {
        /* A launcher's greeting, say. Kept for the message of a time-out. */
        snprintf(p->launched[launch].last, PROGRAM_LINE_SHOWN, "%s", text);
        cJSON_Delete(line);
        return NULL;
    }
    if (record_at(line, "/piece") == NULL)
        return line;
    struct text *whole = &p->each[programs_find(p, launch, line)].piece;
    text_add(whole, "%s", record_text(line, "/piece"));
    const bool more = cJSON_IsTrue(record_at(line, "/more"));
    cJSON_Delete(line);
    if (more)
        return NULL;
    char *all = text_take(whole);
    line = cJSON_Parse(all);
    free(all);
    return line;
}

bool programs_done(const struct programs *p, int launch)
{
    const struct launch *l = &p->launched[launch];
    for (int i = l->first; i < l->first + l->count; i++)
        if (!p->each[i].done)
            return false;
    return true;
}

void programs_tell(struct programs *p, int kind, const char *word)
{
    for (int i = 0; i < p->launches; i++)
        if (program_kind(i) == kind && p->child[i] != NULL &&
            !programs_done(p, i))
            process_write(p->child[i], word); /* a dead reader shows as ended */
}

int64_t programs_beat(struct programs *p)
{
    if (clock_ns() >= p->beat_ns) {
        programs_tell(p, PROGRAM_LOAD, "alive");
        p->beat_ns = clock_ns() + PROGRAMS_BEAT_MS * INT64_C(1000000);
    }
    return p->beat_ns;
}

bool programs_reached(const struct programs *p, int stage)
{
    for (int i = PROGRAM_LOAD; i < p->count; i++)
        if (p->child[p->each[i].launch] != NULL && !p->each[i].done &&
            p->each[i].reached < stage)
            return false;
    return true;
}

/* The first of a launch that was not yet asked often enough. They are asked one
 * by one, since answers that meet on one connection wait for each other. */
static void programs_ask_clock(struct programs *p, int launch)
{
    struct launch *l = &p->launched[launch];
    int which = l->first;
    char word[32];
    while (which < l->first + l->count &&
           (p->each[which].done || p->each[which].clocks >= p->clocks))
        which++;
    if (which == l->first + l->count)
        return;
    snprintf(word, sizeof word, "clock %d", which - PROGRAM_LOAD);
    l->asked_ns = clock_ns();
    process_write(p->child[launch], word);
}

void programs_ask_clocks(struct programs *p)
{
    p->clocks += PROGRAMS_CLOCKS;
    for (int i = PROGRAM_LOAD; i < p->launches; i++)
        programs_ask_clock(p, i);
}

bool program_clock(struct programs *p, int which, int64_t began_ns, cJSON *line)
{
    const int launch = p->each[which].launch;
    const int64_t asked_us = (p->launched[launch].asked_ns - began_ns) / 1000;
    cJSON_AddNumberToObject(line, "asked_us", (double)asked_us);
    p->each[which].clocks++;
    programs_ask_clock(p, launch);
    return p->each[which].clocks < p->clocks;
}

bool program_fits(const struct programs *p, int which, const cJSON *ready)
{
    char who[128];
    const double rank = record_number_or(ready, "/rank", -1);
    const double protocol = record_number_or(ready, "/protocol", 0);
    const char *version = record_text(ready, "/version");
    if (!programs_several(p))
        return true;
    program_who(p, which, who, sizeof who);
    if (protocol != PROGRAMS_PROTOCOL || strcmp(version, p->version) != 0)
        complain("the %s has version '%s' and protocol %.0f, and this is "
                 "version '%s' with protocol %d; install the same there",
                 who, version, protocol, p->version, PROGRAMS_PROTOCOL);
    else if (rank != which - PROGRAM_LOAD || p->each[which].reached > 0)
        complain("the %s calls itself rank %.0f, or is there twice; let its "
                 "launcher start as many as it says (N:WORDS), with the "
                 "arguments as they are",
                 who, rank);
    else
        return true;
    return false;
}
