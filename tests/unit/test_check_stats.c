/* Two samples: the rank test against counting every order, the interval
 * against how often it holds the truth. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/number.h"
#include "results/stats.h"
#include "random_unit.h"

static void near_to(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.12g is not %.12g", a, b);
}

/* Every way to call `above` of the values 1..n the upper sample. */
static double counted(unsigned n, unsigned above, const double *a)
{
    unsigned orders = 0, as_far = 0, wrong_here = 0;

    for (unsigned i = 0; i < above; i++)
        wrong_here += n - above - ((unsigned)a[i] - 1 - i);
    for (unsigned mask = 0; mask < 1u << n; mask++) {
        unsigned below = 0, taken = 0, right = 0;

        for (unsigned bit = 0; bit < n; bit++) {
            if ((mask >> bit & 1) != 0) {
                taken++;
                right += below;
            } else {
                below++;
            }
        }
        if (taken != above)
            continue;
        orders++;
        as_far += above * (n - above) - right <= wrong_here;
    }
    return (double)as_far / orders;
}

static void ranks_are_exact(void **state)
{
    enum { VALUES = 9 };

    (void)state;
    for (unsigned mask = 1; mask + 1 < 1u << VALUES; mask++) {
        double above[VALUES], below[VALUES];
        unsigned a = 0, b = 0;

        for (unsigned bit = 0; bit < VALUES; bit++)
            if ((mask >> bit & 1) != 0)
                above[a++] = bit + 1;
            else
                below[b++] = bit + 1;
        double chance = stats_p_above(above, a, below, b);
        double truth = counted(VALUES, a, above);
        /* Over one half nothing is claimed but that. */
        if (chance < 1)
            near_to(chance, truth, 1e-12);
        else
            assert_true(truth >= 0.5);
    }
}

static void least_chances(void **state)
{
    const double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10};

    (void)state;
    near_to(stats_p_least(5, 5), 1.0 / 252, 1e-15);
    near_to(stats_p_least(8, 8), 1.0 / 12870, 1e-15);
    near_to(stats_p_above(high, 5, low, 5), 1.0 / 252, 1e-15);
    assert_true(stats_p_above(low, 5, high, 5) >= 1);
    assert_true(stats_p_above(low, 0, high, 5) >= 1);
    assert_true(stats_p_least(0, 5) >= 1);
}

/* The expected value was computed with exact integers. */
static void large_samples(void **state)
{
    double above[64], below[64];

    (void)state;
    for (int i = 0; i < 64; i++) {
        below[i] = i;
        above[i] = i + 11.5;
    }
    near_to(stats_p_above(above, 64, below, 64), 0.0006437108736273262, 1e-12);
}

/* Equal values are no evidence: the chance is never below the truth's. */
static void ties_are_no_evidence(void **state)
{
    const double same[] = {3, 3, 3, 3, 3, 3};
    const double low[] = {1, 2, 3, 3, 3}, high[] = {3, 3, 3, 4, 5};

    (void)state;
    assert_true(stats_p_above(same, 6, same, 6) >= 1);
    assert_true(stats_p_above(high, 5, low, 5) > 0.05);
}

/* Box and Muller */
static double normal(struct random *r)
{
    double u = 1 - random_unit(r);

    return sqrt(-2 * log(u)) * cos(6.283185307179586 * random_unit(r));
}

static void ratios(void **state)
{
    const double a[] = {90, 91, 89, 90, 90}, b[] = {100, 99, 101, 100, 100};
    struct stats_ratio x = stats_ratio_of_medians(a, 5, b, 5, 1);
    struct stats_ratio same = stats_ratio_of_medians(a, 5, b, 5, 1);
    struct stats_ratio other = stats_ratio_of_medians(b, 5, a, 5, 2);

    (void)state;
    near_to(x.ratio, 0.9, 1e-12);
    assert_true(x.low <= x.ratio && x.ratio <= x.high);
    assert_true(x.low >= 89.0 / 101 && x.high <= 91.0 / 99);
    near_to(x.low, same.low, 0);
    near_to(x.high, same.high, 0);
    near_to(other.ratio, 1 / 0.9, 1e-12);
}

/* The interval is called 95 %: it has to hold the truth about as often, for
 * odd and even counts, from the fewest runs that a check takes. */
static void intervals_hold_the_truth(void **state)
{
    static const size_t counts[] = {5, 8, 15};
    enum { TRIALS = 400 };
    struct random r = {20260101};

    (void)state;
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        size_t n = counts[k];
        int held = 0;

        for (int trial = 0; trial < TRIALS; trial++) {
            double a[15], b[15];

            for (size_t i = 0; i < n; i++) {
                a[i] = 0.9 * exp(0.03 * normal(&r));
                b[i] = exp(0.03 * normal(&r));
            }
            struct stats_ratio x =
                stats_ratio_of_medians(a, n, b, n, (uint64_t)trial);
            held += x.low <= 0.9 && 0.9 <= x.high;
        }
        print_message("# %u runs a side: %.1f %% of the intervals hold the "
                      "ratio\n",
                      (unsigned)n, 100.0 * held / TRIALS);
        assert_in_range(held, TRIALS * 92 / 100, TRIALS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_exact),
        cmocka_unit_test(least_chances),
        cmocka_unit_test(large_samples),
        cmocka_unit_test(ties_are_no_evidence),
        cmocka_unit_test(ratios),
        cmocka_unit_test(intervals_hold_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
