/* The programs of a run: the server, then each load generator by its rank. */
#ifndef IOMODELS_PROGRAMS_H
#define IOMODELS_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

#include "common/process.h"
#include "runner/run_config.h"

enum {
    PROGRAM_SERVER,
    PROGRAM_LOAD, /* the first, or all of them */
    PROGRAMS_MAX = PROGRAM_LOAD + RUN_CONFIG_LOADS_MAX,
    PROGRAM_LINE_SHOWN = 160
};

struct programs {
    const struct run_config *config;
    const char *version; /* of this program */
    int count;           /* that are used of these: */
    struct process *child[PROGRAMS_MAX];
    bool done[PROGRAMS_MAX];   /* said its final, or will say nothing more */
    int reached[PROGRAMS_MAX]; /* of loads: the last stage that it ended */
    uint64_t connected[PROGRAMS_MAX];
    int64_t asked_ns[PROGRAMS_MAX]; /* for the time that its clock shows */
    uint32_t clocks[PROGRAMS_MAX];  /* answers to that */
    char last[PROGRAMS_MAX]
             [PROGRAM_LINE_SHOWN]; /* what came that was no JSON */
};

/* PROGRAM_SERVER or PROGRAM_LOAD. */
int program_kind(int which);
const char *program_name(int which); /* "server" or "load" */

/* For people: "load", or of several "load generator of rank 1 ('ssh there')";
 * into text[size]; returns it. */
const char *program_who(const struct programs *p, int which, char *text,
                        size_t size);
bool programs_several(const struct programs *p);

/* False after one line to standard error. */
bool program_start(struct programs *p, int which, const struct words *words);

/* The server, or each load generator that still listens. */
void programs_tell(struct programs *p, int kind, const char *word);

/* Whether each load generator ended the stage, or will say nothing more. */
bool programs_reached(const struct programs *p, int stage);

/* Asks a load generator what its clock shows. */
void program_ask_clock(struct programs *p, int which);

/* Its answer: adds to the line when it was asked. False: that was the last. */
bool program_clock(struct programs *p, int which, int64_t began_ns,
                   cJSON *line);

/* How many connections all load generators have made. */
uint64_t programs_connected(const struct programs *p);

/* Of several load generators, whether the line `ready` is of the one that was
 * started. False after one line to standard error. */
bool program_fits(const struct programs *p, int which, const cJSON *ready);

#endif
