#include "results/judge.h"

#include <math.h>
#include <stdlib.h>

#include "common/errors.h"

const char *const judge_words[JUDGE_VERDICTS] = {
    "confirmed", "refuted", "undecided", "not measurable here"};

/* --- pairs ---------------------------------------------------------------- */

/* The sums of all subsets of the logarithms: of each, the members are the bits
 * of its index. To free. */
static double *paired_sums(const double *logs, size_t count)
{
    size_t subsets = (size_t)1 << count;
    double *sums = calloc_or_die(subsets, sizeof *sums);

    for (size_t i = 0; i < count; i++)
        for (size_t rest = 0; rest < (size_t)1 << i; rest++)
            sums[((size_t)1 << i) + rest] = sums[rest] + logs[i];
    return sums;
}

static size_t paired_members(size_t subset)
{
    size_t members = 0;

    for (; subset != 0; subset &= subset - 1)
        members++;
    return members;
}

/* Of all ways to choose the signs, the share in which the sum is as far from
 * zero: a change of signs takes a subset twice from the sum. */
static double paired_chance(const double *sums, size_t subsets)
{
    const double all = sums[subsets - 1], tie = 1e-9;
    size_t as_far = 0;

    for (size_t i = 0; i < subsets; i++)
        as_far += fabs(all - 2 * sums[i]) >= fabs(all) * (1 - tie);
    return (double)as_far / (double)subsets;
}

/* The means of all subsets divide the line into parts that hold the true value
 * with the same chance (Hartigan 1969). */
static void paired_interval(double *sums, size_t subsets, struct paired *result)
{
    size_t beyond = subsets * JUDGE_PERCENT / 100;

    if (beyond == 0)
        return;
    for (size_t i = 1; i < subsets; i++)
        sums[i] /= (double)paired_members(i);
    qsort(sums + 1, subsets - 1, sizeof *sums, stats_compare);
    result->low = exp(sums[beyond]);
    result->high = exp(sums[subsets - beyond]);
}

struct paired paired_ratio(const double *arm, const double *base, size_t pairs)
{
    struct paired result = {0, 1, 0, (double)INFINITY, 1, 0};
    double logs[JUDGE_PAIRS_MAX], mean = 0;

    for (size_t i = 0; i < pairs && result.pairs < JUDGE_PAIRS_MAX; i++)
        if (arm[i] > 0 && base[i] > 0)
            logs[result.pairs++] = log(arm[i] / base[i]);
    if (result.pairs == 0)
        return result;
    for (size_t i = 0; i < result.pairs; i++)
        mean += logs[i] / (double)result.pairs;
    for (size_t i = 0; i < result.pairs && result.pairs > 1; i++)
        result.spread += pow(logs[i] - mean, 2) / (double)(result.pairs - 1);
    result.spread = sqrt(result.spread);
    result.ratio = exp(mean);

    double *sums = paired_sums(logs, result.pairs);
    size_t subsets = (size_t)1 << result.pairs;
    result.p = paired_chance(sums, subsets);
    paired_interval(sums, subsets, &result);
    free(sums);
    return result;
}

/* --- verdicts ------------------------------------------------------------- */

enum judge_verdict judge_ratio(const struct paired *paired,
                               enum judge_ratio claim, double margin)
{
    const double above = 1 + margin, below = 1 / above;
    const bool over = paired->low > above, under = paired->high < below;

    switch (claim) {
    case JUDGE_ABOVE:
        return over                   ? JUDGE_CONFIRMED
               : paired->high < above ? JUDGE_REFUTED
                                      : JUDGE_UNDECIDED;
    case JUDGE_BELOW:
        return under                 ? JUDGE_CONFIRMED
               : paired->low > below ? JUDGE_REFUTED
                                     : JUDGE_UNDECIDED;
    case JUDGE_ALIKE:
        break;
    }
    return paired->low >= below && paired->high <= above ? JUDGE_CONFIRMED
           : over || under                               ? JUDGE_REFUTED
                                                         : JUDGE_UNDECIDED;
}

enum judge_verdict judge_count(const double *values, size_t count, double least,
                               double most)
{
    size_t good = 0;

    for (size_t i = 0; i < count; i++)
        good += values[i] >= least && values[i] <= most;
    if (count == 0 || (good > 0 && good < count))
        return JUDGE_UNDECIDED;
    return good > 0 ? JUDGE_CONFIRMED : JUDGE_REFUTED;
}

bool line_through(const double *x, const double *y, size_t count,
                  struct line *line)
{
    size_t different = 0;
    bool alike = true;

    for (size_t i = 0; i < count; i++) {
        size_t same = 0;

        while (same < i && fabs(x[same] - x[i]) > 0)
            same++;
        different += same == i;
        alike = alike && !(fabs(y[i] - y[0]) > 0);
    }
    return different >= 3 && !alike && line_fit(x, y, count, line);
}
