/* The laboratory: the claims that books and papers make of Winsock servers,
 * each as an experiment. An experiment is data: a file in experiments/ and its
 * name in the list of meson.build. All that decides (arms, criteria, margins,
 * number of rounds) stands in the file before anything runs. */
#ifndef IOMODELS_LAB_H
#define IOMODELS_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>

enum { LAB_ARMS = 8, LAB_PARTS = 12 };

/* What is run: literally the words of `iomodels run`, with "run" first, or
 * "probe" and the words of iomodels-probe. A run without --duration and
 * --warmup gets those of lab_command. */
struct lab_arm {
    const char *name;
    const char *words;
    double x; /* of LAB_LINEAR */
    /* Goes before the server's launcher, on Linux ("prlimit --nofile=600"); an
     * arm that has it runs nowhere else. */
    const char *via;
};

enum lab_kind {
    /* The ratio of the figure in `arm` to that in `base`, in pairs, with m for
     * 1 + margin: above m, below 1 / m, from 1 / m to m. */
    LAB_ABOVE,
    LAB_BELOW,
    LAB_ALIKE,
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

/* Where claims are from: the book, and what was written in its time. */
#define LAB_BOOK                                                               \
    "Network Programming for Microsoft Windows, 2nd edition (2002), chapter 6"
#define LAB_TIME                                                               \
    "Writings on scalable Winsock servers for Windows NT 4.0, 2000 and XP "    \
    "(2000 to 2002)"

struct lab_experiment {
    const char *id;     /* "A4" */
    const char *title;  /* a few words: "A burst waits in the backlog" */
    const char *group;  /* "accepting" */
    const char *claim;  /* in whole sentences */
    const char *source; /* where it is from */
    int rounds;         /* each runs all arms, every other one in reverse */
    bool faulty;        /* a run that is not valid is what it looks for */
    struct lab_arm arms[LAB_ARMS + 1];
    struct lab_part parts[LAB_PARTS + 1];
    const char *today; /* what it means for who writes a server now */
};

/* All of them, in the order of their claims; ends with NULL. */
extern const struct lab_experiment *const lab_experiments[];

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
