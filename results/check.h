/* A candidate's records against a baseline's: did anything get worse?
 *
 * Each model at each tier that both have, measured alike, is compared in each
 * metric by the ratio of medians, candidate / baseline. It is worse only if
 * both hold:
 *
 * - the whole 95 % bootstrap interval of the ratio lies past the threshold on
 *   the bad side: the change is large enough to matter;
 * - chance alone would put the candidate's runs as far on that side with a
 *   probability below CHECK_FAMILY_CHANCE / comparisons, by the exact rank test
 *   of Wilcoxon, Mann and Whitney: the change is there.
 *
 * The second makes one answer of all comparisons together: two sets of one
 * program's runs give a false alarm anywhere in at most one check of a
 * hundred, whatever the noise is like, if only it is the same for both. It
 * needs as many runs as can show such a chance at all: 6 a side for the four
 * metrics of one model at one tier, 8 for eight models at three. Under
 * CHECK_RUNS_MIN a side there is no interval worth the name: the median's
 * bootstrap has nothing beyond the extremes, which hold it in 87 % of cases
 * with four values and in 94 % with five. */
#ifndef IOMODELS_CHECK_H
#define IOMODELS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "results/load_dir.h"

enum { CHECK_RUNS_MIN = 5 };
#define CHECK_FAMILY_CHANCE 0.01

enum check_metric {
    CHECK_THROUGHPUT,
    CHECK_P50,
    CHECK_P99,
    CHECK_CPU,
    CHECK_METRICS
};

struct check_metric_info {
    const char *name;    /* on the command line: "throughput" */
    const char *column;  /* as in the table's CSV: "round_trips_per_s" */
    const char *heading; /* for people, with the unit */
    const char *pointer; /* into a record */
    double scale;        /* from the record's unit to the heading's */
    int decimals;
    bool more_is_better;
};
extern const struct check_metric_info check_metrics[CHECK_METRICS];

struct check_options {
    double threshold; /* 0.05: 5 % */
    bool metric[CHECK_METRICS];
    uint64_t seed; /* of the resampling */
};

enum check_verdict {
    CHECK_WORSE,     /* by more than the threshold, and not by chance */
    CHECK_SUSPECT,   /* past the threshold, but it can be chance */
    CHECK_UNCLEAR,   /* the interval reaches past the threshold */
    CHECK_WITHIN,    /* the whole interval is on the good side of it */
    CHECK_BETTER,    /* by more than the threshold, and not by chance */
    CHECK_UNDECIDED, /* see why */
};

struct check_comparison {
    const struct record_group *baseline, *candidate;
    enum check_metric metric;
    size_t baseline_runs, candidate_runs;     /* valid, with a value */
    double baseline_median, candidate_median; /* in the record's unit */
    double ratio, low, high;                  /* candidate / baseline */
    double chance_worse, chance_better;       /* of one side, by ranks */
    enum check_verdict verdict;
    char *why; /* of CHECK_UNDECIDED, else NULL */
};

struct check {
    struct check_options options;
    size_t count; /* of comparisons, by baseline's groups, then metrics */
    struct check_comparison *comparisons;
    double chance_limit; /* what a chance may be at most */
    size_t short_of;     /* comparisons with too few runs to come below it */
    size_t runs_needed;  /* a side, so that none is; 0: none is */
    size_t caution_count;
    char **cautions; /* what to know before trusting it, for people */
};

/* NULL when no model and tier was measured alike in both: *why says so, to
 * free. The sets must outlive the check. */
struct check *check_make(const struct record_set *baseline,
                         const struct record_set *candidate,
                         const struct check_options *options, char **why);
void check_free(struct check *check);

size_t check_count(const struct check *check, enum check_verdict verdict);

enum check_format { CHECK_TEXT, CHECK_MARKDOWN, CHECK_JSON };

/* For people or programs; `baseline` and `candidate` name the sets. UTF-8, to
 * free. */
char *check_print(const struct check *check, enum check_format format,
                  const char *baseline, const char *candidate);

/* "worse", ... as in JSON. */
const char *check_verdict_name(enum check_verdict verdict);

#endif
