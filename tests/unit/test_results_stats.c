/* The statistics: known values, the rank test against counting every order,
 * and the intervals against how often they hold the truth. */
#include "results/stats.h"
#include "random_unit.h"

static void medians_and_quantiles(void **state)
{
    const double odd[] = {5, 1, 9}, even[] = {4, 1, 3, 2};
    const double sorted[] = {10, 20, 30, 40, 50};
    double none;

    near_to(stats_median(odd, 3), 5, 0);
    near_to(stats_median(even, 4), 2.5, 0);
    near_to(stats_median(odd, 1), 5, 0);
    none = stats_median(odd, 0);
    assert_false(none <= 0 || none > 0); /* NAN */
    near_to(odd[0], 5, 0);               /* left in its order */
    near_to(stats_quantile(sorted, 5, 0), 10, 0);
    near_to(stats_quantile(sorted, 5, 0.5), 30, 0);
    near_to(stats_quantile(sorted, 5, 0.1), 14, 1e-12);
    near_to(stats_quantile(sorted, 5, 1), 50, 0);
    near_to(stats_quantile(sorted, 1, 0.3), 10, 0);
}

static void outliers(void **state)
{
    const double one[] = {10, 11, 9, 10, 12, 30};
    const double same[] = {7, 7, 7, 7, 8};
    const double none[] = {1, 2, 3, 4, 5};

    assert_int_equal(stats_outliers(one, 6), 1);
    assert_int_equal(stats_outliers(one, 5), 0); /* without the 30 */
    assert_int_equal(stats_outliers(same, 5), 1);
    assert_int_equal(stats_outliers(none, 5), 0);
    assert_int_equal(stats_outliers(one + 3, 3), 0); /* too few */
}

/* Of {1, 2, 3} the median of a resample is 1 or 3 with 7/27 each: the 95 %
 * interval holds both. Equal values leave nothing to chance. */
static void bootstrap(void **state)
{
    static const struct {
        size_t count;
        double value[3], low, high;
    } cases[] = {{3, {1, 2, 3}, 1, 3}, {2, {4, 4}, 4, 4}, {1, {6}, 6, 6}};
    const double a[] = {90, 91, 89, 90, 90}, b[] = {100, 99, 101, 100, 100};
    const double one = 1;
    struct stats_interval x, same;

    for (size_t i = 0; i < COUNT(cases); i++) {
        x = stats_ratio_of_medians(cases[i].value, cases[i].count, &one, 1, 1);
        near_to(x.low, cases[i].low, 0);
        near_to(x.high, cases[i].high, 0);
    }
    x = stats_ratio_of_medians(a, 5, b, 5, 1);
    same = stats_ratio_of_medians(a, 5, b, 5, 1);
    near_to(x.middle, 0.9, 1e-12);
    assert_true(x.low <= x.middle && x.middle <= x.high);
    assert_true(x.low >= 89.0 / 101 && x.high <= 91.0 / 99);
    near_to(x.low, same.low, 0);
    near_to(x.high, same.high, 0);
}

/* --- ranks --------------------------------------------------------------- */

enum { VALUES = 9, ORDERS = 1 << VALUES };

/* The upper sample has the values whose bits are set. */
static unsigned uppers(unsigned order, unsigned *wrong)
{
    unsigned count = 0;

    *wrong = 0;
    for (unsigned bit = 0; bit < VALUES; bit++)
        if ((order >> bit & 1) != 0)
            count++;
        else
            *wrong += count;
    return count;
}

/* Of all orders of samples of these sizes, the share that is as far apart. */
static double counted(unsigned order)
{
    unsigned orders = 0, as_far = 0, wrong, most, count = uppers(order, &most);

    for (unsigned other = 0; other < ORDERS; other++)
        if (uppers(other, &wrong) == count) {
            orders++;
            as_far += wrong <= most;
        }
    return (double)as_far / orders;
}

static void ranks_are_exact(void **state)
{
    for (unsigned order = 1; order + 1 < ORDERS; order++) {
        double sample[2][VALUES], p, truth = counted(order);
        size_t count[2] = {0};

        for (unsigned bit = 0; bit < VALUES; bit++) {
            unsigned upper = order >> bit & 1;

            sample[upper][count[upper]++] = bit;
        }
        p = stats_p_above(sample[1], count[1], sample[0], count[0]);
        if (p < 1)
            near_to(p, truth, 1e-12);
        else
            assert_true(truth >= 0.5); /* nothing else is claimed */
    }
}

static void known_ranks(void **state)
{
    const double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10};
    const double low_tied[] = {1, 2, 3, 3, 3}, high_tied[] = {3, 3, 3, 4, 5};
    const double same[] = {3, 3, 3, 3, 3, 3};
    double above[64], below[64];

    near_to(stats_p_least(5, 5), 1.0 / 252, 1e-15);
    near_to(stats_p_least(8, 8), 1.0 / 12870, 1e-15);
    near_to(stats_p_above(high, 5, low, 5), 1.0 / 252, 1e-15);
    assert_true(stats_p_above(low, 5, high, 5) >= 1);
    assert_true(stats_p_above(low, 0, high, 5) >= 1);
    assert_true(stats_p_least(0, 5) >= 1);
    /* Equal values are no evidence. */
    assert_true(stats_p_above(same, 6, same, 6) >= 1);
    assert_true(stats_p_above(high_tied, 5, low_tied, 5) > 0.05);
    /* The expected value was computed with exact integers. */
    for (int i = 0; i < 64; i++) {
        below[i] = i;
        above[i] = i + 11.5;
    }
    near_to(stats_p_above(above, 64, below, 64), 0.0006437108736273262, 1e-12);
}

/* For odd and even counts, from the fewest runs that a check takes. */
static void ratios_are_held(void **state)
{
    static const size_t counts[] = {5, 8, 15};
    enum { TRIALS = 400 };
    struct random r = {20260101};

    for (size_t k = 0; k < COUNT(counts); k++) {
        size_t n = counts[k];
        int held = 0;

        for (int trial = 0; trial < TRIALS; trial++) {
            double a[15], b[15];
            struct stats_interval x;

            for (size_t i = 0; i < n; i++) {
                a[i] = 0.9 * exp(0.03 * random_normal(&r));
                b[i] = exp(0.03 * random_normal(&r));
            }
            x = stats_ratio_of_medians(a, n, b, n, (uint64_t)trial);
            held += x.low <= 0.9 && 0.9 <= x.high;
        }
        print_message("# %u runs a side: %.1f %% of the intervals hold the "
                      "ratio\n",
                      (unsigned)n, 100.0 * held / TRIALS);
        assert_in_range(held, TRIALS * 92 / 100, TRIALS);
    }
}

/* Through (1, 1), (2, 2), (3, 4) the rise is 1.5 with squares of 1/6 left over;
 * two points leave none, and one place has no line. */
static void lines(void **state)
{
    static const double at[] = {1, 2, 3}, value[] = {1, 2, 4},
                        same[] = {2, 2, 2};
    struct line line;

    assert_true(line_fit(at, value, 3, &line));
    near_to(line.slope, 1.5, 1e-12);
    near_to(line.at_zero, -2.0 / 3, 1e-12);
    near_to(line.r_squared, 27.0 / 28, 1e-12);
    near_to(line_half_slope(&line), 12.706 * sqrt(1.0 / 12), 1e-9);
    near_to(line_half_at(&line, 2), 12.706 * sqrt(1.0 / 18), 1e-9);
    assert_true(line_fit(at, value, 2, &line));
    near_to(line.slope, 1, 1e-12);
    assert_true(isnan(line_half_slope(&line)));
    assert_true(isnan(line_half_at(&line, 100)));
    assert_false(line_fit(same, value, 3, &line));
    assert_false(line_fit(at, value, 1, &line));
}

/* By hand: block means 2, 5, 4, 9, 8; squares of what is left 7.6; t 3.182. */
static void a_known_slope(void **state)
{
    static const double at[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                        value[] = {2, 2, 5, 5, 4, 4, 9, 9, 8, 8};
    struct slope slope;

    assert_true(slope_fit(at, value, 10, &slope));
    near_to(slope.rise, 0.8, 1e-9);
    near_to(slope.high - slope.rise, 0.8008, 1e-4);
    assert_false(slope_fit(at, value, 9, &slope));
}

static void slopes_are_held(void **state)
{
    enum { SAMPLES = 200, TRIALS = 400 };
    struct random r = {7};
    int held = 0;

    for (int trial = 0; trial < TRIALS; trial++) {
        double at[SAMPLES], value[SAMPLES];
        struct slope slope;

        for (int i = 0; i < SAMPLES; i++) {
            at[i] = 5 + i * 0.5;
            value[i] = 50 + 0.25 * i * 0.5 +
                       40 * (random_unit(&r) + random_unit(&r) - 1);
        }
        assert_true(slope_fit(at, value, SAMPLES, &slope));
        held += slope.low <= 0.25 && slope.high >= 0.25;
    }
    assert_in_range(held, TRIALS * 92 / 100, TRIALS * 98 / 100);
}

RUN_TESTS(TEST(a_known_slope), TEST(slopes_are_held), TEST(lines),
          TEST(medians_and_quantiles), TEST(outliers), TEST(bootstrap),
          TEST(ranks_are_exact), TEST(known_ranks), TEST(ratios_are_held))
