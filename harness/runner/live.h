/* The figures of a run under way, from the samples of its programs: those of
 * about the last second. */
#ifndef IOMODELS_LIVE_H
#define IOMODELS_LIVE_H

#include <cJSON.h>

#include "common/panel.h"
#include "runner/programs.h"

struct live {
    struct panel panel;
    int programs; /* as in struct programs: the server comes first */
    const cJSON *from[PROGRAMS_MAX]; /* samples that the second begins with */
    /* Of each load generator. */
    double open[PROGRAMS_MAX], trips_per_s[PROGRAMS_MAX],
        bytes_per_s[PROGRAMS_MAX];
};

void live_init(struct live *live, int programs);

/* Looks at a line of a program, which stays for as long as `live` is used. */
void live_line(struct live *live, int which, const cJSON *line);

#endif
