/* The programs of a run: the server, then each load generator by its rank. */
#ifndef IOMODELS_PROGRAMS_H
#define IOMODELS_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

#include "common/process.h"
#include "common/text.h"
#include "runner/run_config.h"

enum {
    PROGRAM_SERVER,
    PROGRAM_LOAD, /* the first, or all of them */
    PROGRAMS_MAX = PROGRAM_LOAD + RUN_CONFIG_LOADS_MAX,
    PROGRAM_LINE_SHOWN = 160
};

/* One of them; `launch` is the process that started it, perhaps with others. */
struct program {
    int launch;
    bool done;         /* said its final, or will say nothing more */
    int reached;       /* of loads: the last stage that it ended */
    uint32_t clocks;   /* answers to `clock` */
    struct text piece; /* of a line, the pieces that came */
};

/* The server's process, then that of each launcher of load generators. */
struct launch {
    int first, count;              /* programs */
    int64_t asked_ns;              /* for the time that its clock shows */
    char last[PROGRAM_LINE_SHOWN]; /* what came that was no JSON */
};

struct programs {
    const struct run_config *config;
    const char *version; /* of this program */
    int count, launches; /* that are used of these: */
    struct program each[PROGRAMS_MAX];
    struct launch launched[PROCESS_WAIT_MAX];
    struct process *child[PROCESS_WAIT_MAX]; /* of each launch */
    uint32_t clocks; /* how often each is asked what its clock shows, so far */
    int64_t beat_ns; /* when the load generators are next told `alive` */
};

void programs_init(struct programs *p, const struct run_config *config,
                   const char *version);
void programs_free(struct programs *p);

/* PROGRAM_SERVER or PROGRAM_LOAD. */
int program_kind(int which);
const char *program_name(int which); /* "server" or "load" */

/* For people: "load", or of several "load generator of rank 1 ('ssh there')";
 * into text[size]; returns it. */
const char *program_who(const struct programs *p, int which, char *text,
                        size_t size);
bool programs_several(const struct programs *p);

/* A launch. False after one line to standard error. */
bool programs_start(struct programs *p, int launch, const struct words *words);

/* Which program wrote a line of a launch. */
int programs_find(const struct programs *p, int launch, const cJSON *line);

/* An object that a launch wrote, as a line or, with the last piece, as several;
 * NULL: it is not whole yet, or none. */
cJSON *programs_line(struct programs *p, int launch, const char *text);

/* All programs of a launch have said their final, or will say nothing more. */
bool programs_done(const struct programs *p, int launch);

/* The server, or each load generator that still listens. */
void programs_tell(struct programs *p, int kind, const char *word);

/* Tells the load generators, now and then, that this program still runs: their
 * launcher's connection may be broken, which their input does not show. Returns
 * when to call this again. */
int64_t programs_beat(struct programs *p);

/* Whether each load generator ended the stage, or will say nothing more. */
bool programs_reached(const struct programs *p, int stage);

/* Asks all load generators what their clocks show, several times. */
void programs_ask_clocks(struct programs *p);

/* The answer of one: adds to the line when it was asked, and asks again. False:
 * that was its last of these times. */
bool program_clock(struct programs *p, int which, int64_t began_ns,
                   cJSON *line);

/* Where there are several load generators: whether `ready`, a line of this one,
 * has the rank, protocol and version that it must have. False after one line to
 * standard error. */
bool program_fits(const struct programs *p, int which, const cJSON *ready);

#endif
