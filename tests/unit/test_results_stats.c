#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "common/number.h"
#include "results/stats.h"
#include "random_unit.h"

static void near_to(double found, double wanted, double by)
{
    if (fabs(found - wanted) > by)
        fail_msg("%.9g is not within %.3g of %.9g", found, by, wanted);
}

static void test_median(void **state)
{
    const double odd[] = {5, 1, 9}, even[] = {4, 1, 3, 2};
    double none;

    (void)state;
    near_to(stats_median(odd, 3), 5, 0);
    near_to(stats_median(even, 4), 2.5, 0);
    near_to(stats_median(odd, 1), 5, 0);
    none = stats_median(odd, 0);
    assert_false(none <= 0 || none > 0); /* NAN */
    near_to(odd[0], 5, 0);               /* left in its order */
}

static void test_quantile(void **state)
{
    const double sorted[] = {10, 20, 30, 40, 50};

    (void)state;
    near_to(stats_quantile(sorted, 5, 0), 10, 0);
    near_to(stats_quantile(sorted, 5, 0.5), 30, 0);
    near_to(stats_quantile(sorted, 5, 0.1), 14, 1e-12);
    near_to(stats_quantile(sorted, 5, 1), 50, 0);
    near_to(stats_quantile(sorted, 1, 0.3), 10, 0);
}

static void test_outliers(void **state)
{
    const double one[] = {10, 11, 9, 10, 12, 30};
    const double same[] = {7, 7, 7, 7, 8};
    const double none[] = {1, 2, 3, 4, 5};
    bool outlier[6];

    (void)state;
    assert_int_equal(stats_outliers(one, 6, outlier), 1);
    assert_true(outlier[5]);
    assert_false(outlier[4]);
    assert_int_equal(stats_outliers(same, 5, outlier), 1);
    assert_true(outlier[4]);
    assert_int_equal(stats_outliers(none, 5, outlier), 0);
    assert_int_equal(stats_outliers(one, 3, outlier), 0);
}

/* Of {1, 2, 3} the median of a resample is 1 or 3 with 7/27 each: the 95 %
 * interval holds both. Of 2 equal values nothing is left to chance. */
static void test_bootstrap_known(void **state)
{
    const double three[] = {1, 2, 3}, equal[] = {4, 4}, one[] = {6};
    struct stats_interval interval;

    (void)state;
    interval = stats_bootstrap(three, 3, 1);
    near_to(interval.low, 1, 0);
    near_to(interval.high, 3, 0);
    interval = stats_bootstrap(equal, 2, 1);
    near_to(interval.low, 4, 0);
    near_to(interval.high, 4, 0);
    interval = stats_bootstrap(one, 1, 1);
    near_to(interval.low, 6, 0);
    near_to(interval.high, 6, 0);
}

static void test_bootstrap_seeded(void **state)
{
    double values[40];
    struct stats_interval a, b;

    (void)state;
    for (int i = 0; i < 40; i++)
        values[i] = (i * 37 % 40) * 1.5;
    a = stats_bootstrap(values, 40, 5);
    b = stats_bootstrap(values, 40, 5);
    near_to(a.low, b.low, 0);
    near_to(a.high, b.high, 0);
    assert_true(a.low < 29.25 && 29.25 < a.high);
}

/* The interval must hold the true median about as often as it says. */
static void test_bootstrap_covers(void **state)
{
    enum { TRIALS = 300, COUNT = 21 };
    struct random random = {2026};
    int held = 0;

    (void)state;
    for (int trial = 0; trial < TRIALS; trial++) {
        double values[COUNT];
        struct stats_interval interval;

        for (int i = 0; i < COUNT; i++)
            values[i] = random_unit(&random);
        interval = stats_bootstrap(values, COUNT, (uint64_t)trial);
        held += interval.low <= 0.5 && 0.5 <= interval.high;
    }
    if (held < TRIALS * 90 / 100 || held > TRIALS * 99 / 100)
        fail_msg("held in %d of %d trials", held, TRIALS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_median),
        cmocka_unit_test(test_quantile),
        cmocka_unit_test(test_outliers),
        cmocka_unit_test(test_bootstrap_known),
        cmocka_unit_test(test_bootstrap_seeded),
        cmocka_unit_test(test_bootstrap_covers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
