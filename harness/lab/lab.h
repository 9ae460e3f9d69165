/* The laboratory: the claims that books and papers make of Winsock servers,
 * each as an experiment. An experiment is data, a row of its group's table in
 * experiments/: all that decides (arms, criteria, margins, number of rounds)
 * stands there before anything runs. */
#ifndef IOMODELS_LAB_H
#define IOMODELS_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>

#include "results/judge.h"

enum { LAB_ARMS = 8, LAB_PARTS = 12 };

/* What is run: literally the words of `iomodels run`, with "run" first, or
 * "probe" and the words of iomodels-probe. A run without --duration and
 * --warmup gets those of lab_command. */
struct lab_arm {
    const char *name;
    const char *words;
};

enum lab_kind {
    /* The ratio of the figure in `arm` to that in `base`, in pairs, with m for
     * 1 + margin: above m, below 1 / m, from 1 / m to m. */
    LAB_ABOVE = JUDGE_ABOVE,
    LAB_BELOW = JUDGE_BELOW,
    LAB_ALIKE = JUDGE_ALIKE,
    /* The figure of `arm`, each time; LAB_ABOUT: from limit / m to limit m. */
    LAB_EQUALS,
    LAB_AT_LEAST,
    LAB_AT_MOST,
    LAB_ABOUT,
    /* The figures of the arms from `base` to `arm` rise on a line against
     * their x: R squared is at least `limit` in each round. */
    LAB_LINEAR,
    /* Nothing here can show it: `why` says what could. */
    LAB_UNTRIED
};

enum lab_needs {
    LAB_ANYWHERE,
    LAB_WINDOWS,  /* under Wine it runs, but that shows nothing: `why` */
    LAB_ARTEFACT, /* under Wine what it shows is the doing of Linux: `why` */
    LAB_WINE      /* nowhere else: `why` */
};

/* A claim of several parts has a verdict for each. */
struct lab_part {
    const char *name; /* what is claimed, a sentence without its full stop */
    enum lab_kind kind;
    const char *figure; /* JSON pointer into the record, or the probe's line */
    const char *over;   /* of a ratio: the figure of `base`; NULL: the same */
    int arm, base;      /* places in `arms` */
    double limit, margin;
    enum lab_needs needs;
    const char *why;
};

struct lab_experiment {
    const char *id;    /* "A4" */
    const char *title; /* a few words: "A burst waits in the backlog" */
    const char *claim; /* in whole sentences */
    int rounds;        /* each runs all arms, every other one in reverse */
    bool faulty;       /* a run that is not valid is what it looks for */
    struct lab_arm arms[LAB_ARMS + 1];
    double x[LAB_ARMS]; /* of the arms, for LAB_LINEAR */
    /* Goes before the server's launcher of an arm, on Linux ("prlimit
     * --nofile=600"); an arm that has it runs nowhere else. */
    const char *via[LAB_ARMS];
    struct lab_part parts[LAB_PARTS + 1];
    const char *today; /* what it means for who writes a server now */
};

/* Claims of one subject: in the order of their ids, which end with NULL. */
extern const struct lab_group {
    const char *name;   /* "accepting" */
    const char *source; /* where its claims are from */
    const struct lab_experiment *experiments;
} lab_groups[]; /* ends with a NULL name */
extern const struct lab_experiment lab_models[], lab_accepting[], lab_data[],
    lab_resources[], lab_more[];

const struct lab_group *lab_group(const struct lab_experiment *e);

/* The experiment after this one, of all groups; NULL: the first, and after the
 * last one. */
const struct lab_experiment *lab_after(const struct lab_experiment *e);

const struct lab_experiment *lab_find(const char *id);

bool lab_is_probe(const struct lab_arm *arm);

/* How an arm is run: its words, and for a run without them a --duration and a
 * --warmup, which are shorter if `quick`. To free. */
char *lab_command(const struct lab_arm *arm, bool quick);

/* "rate of accepts=16 / accepts=1 above 1.05": a part's criterion for people,
 * to free. */
char *lab_criterion(const struct lab_experiment *e,
                    const struct lab_part *part);

/* Why a part is not judged here, or NULL. */
const char *lab_not_here(const struct lab_part *part, bool wine);

/* A figure by its JSON pointer: a number, or true as 1. Of points ([[0, 0],
 * [200, 409600], ...]) it is POINTS/slope or POINTS/r_squared of the line
 * through them. */
bool lab_figure(const cJSON *record, const char *pointer, double *value);

/* The verdicts: an array with an object for each part. `measured` is an array
 * of
 * {"round": 1, "arm": NAME, "valid": true, "figures": {POINTER: NUMBER}}. */
cJSON *lab_judge(const struct lab_experiment *e, const cJSON *measured,
                 bool wine);

/* The verdict of all parts, or "by part". */
const char *lab_verdict(const cJSON *parts);

#endif
