/* The search of a curve on servers whose latency is known. */
#include <math.h>

#include "unit.h"
#include "results/curve.h"
#include "runner/plan.h"

/* A server that takes 1 / capacity seconds a message, as queues go: the tail
 * grows with 1 / (1 - load), and without end past saturation. */
static double latency_us(double offered, double capacity)
{
    double load = offered / capacity;

    return load < 1 ? 1e6 / capacity * (1 + 4.6 * load / (2 * (1 - load)))
                    : 1e6;
}

/* The rate at which that is so. */
static double exact(double capacity, double bound_us)
{
    double k = 2 * (bound_us * capacity / 1e6 - 1) / 4.6;

    return capacity * k / (1 + k);
}

enum { MOST = 64 };
static struct curve_point points[MOST];
static size_t count;

/* Of a server that carries `capacity`, while flat out gives `flat`; each rate
 * fails at first with `fails`. */
static struct curve_limit search(double capacity, double flat, size_t wanted,
                                 double bound_us, bool fails)
{
    double next;

    points[0] = (struct curve_point){.achieved = flat};
    count = 1;
    for (;;) {
        next = curve_next(points, count, wanted, bound_us);
        if (next <= 0)
            break;
        assert_true(count < MOST);
        points[count] = (struct curve_point){next, fmin(next, capacity),
                                             latency_us(next, capacity),
                                             fails && count % 2 == 1};
        count++;
    }
    assert_int_equal(count, wanted + 1);
    return curve_limit(points, count, bound_us);
}

static size_t within(double low, double high)
{
    size_t found = 0;

    for (size_t i = 1; i < count; i++)
        found += points[i].offered >= low && points[i].offered <= high;
    return found;
}

/* The rate is found, its interval holds it, and rates are dense there; whether
 * flat out is more or less than what random times carry. */
static void finds_the_bound(void **state)
{
    for (int flat = 7000; flat < 15000; flat += 250) {
        struct curve_limit limit = search(10000, flat, 10, 5000, false);
        double wanted = exact(10000, 5000);

        assert_true(limit.low <= wanted && wanted <= limit.high);
        assert_true(limit.low <= limit.rate && limit.rate <= limit.high);
        assert_true(fabs(limit.rate / wanted - 1) < 0.02);
        assert_false(limit.broken);
        assert_true(within(0, 2000) >= 1);
        assert_true(within(9000, 11000) >= 3);
        assert_true(within(10001, 1e9) >= 1);
    }
}

/* A tight bound is reached far below the knee. */
static void other_bounds(void **state)
{
    for (int bound = 150; bound < 20000; bound += bound / 3) {
        struct curve_limit limit = search(10000, 10000, 12, bound, false);

        assert_true(fabs(limit.rate / exact(10000, bound) - 1) < 0.03);
    }
}

/* Once the bracket is narrow, the other rates fill the curve. */
static void fills_gaps(void **state)
{
    double widest = 0, last = 0;

    search(10000, 10000, 40, 5000, false);
    for (int at = 1000; at < 11000; at += 10)
        if (within(at, at + 10) > 0) {
            widest = last > 0 ? fmax(widest, at - last) : 0;
            last = at;
        }
    assert_true(widest < 1000);
}

/* None of its rates keeps the bound: the rates go to where it falls behind. */
static void none_keeps_it(void **state)
{
    struct curve_limit limit = search(10000, 10000, 10, 90, false);

    assert_true(limit.low <= 0 && limit.rate <= 0);
    assert_true(within(9000, 11500) >= 4);
}

/* All do: it goes on upward, as long as it may. */
static void all_keep_it(void **state)
{
    struct curve_limit limit = search(1e6, 10000, 8, 5000, false);

    assert_true(limit.high <= 0);
    assert_true(limit.low > 20000);
}

/* Runs that are not valid decide nothing, and are tried again. */
static void failed_runs(void **state)
{
    struct curve_limit limit = search(10000, 10000, 20, 5000, true);

    assert_true(fabs(limit.rate / exact(10000, 5000) - 1) < 0.02);
    assert_true(points[1].offered == points[2].offered);
    points[0].achieved = 0;
    assert_true(curve_next(points, 1, 8, 5000) <= 0); /* carries nothing */
}

/* A slow run at a low rate does not move the answer, and is told. */
static void a_hiccup(void **state)
{
    search(10000, 10000, 10, 5000, false);
    points[2].latency_us = 9000;
    struct curve_limit limit = curve_limit(points, count, 5000);

    assert_true(fabs(limit.rate / exact(10000, 5000) - 1) < 0.02);
    assert_true(limit.broken);
}

/* --- the plan ------------------------------------------------------------ */

static const char *const models[] = {"a", "b", "c", NULL};
static const uint32_t tiers[] = {1000};

/* Each round has one rate of each model, by that model's own figures. */
static void rounds_of_a_plan(void **state)
{
    struct plan plan;

    plan_make(&plan, models, tiers, 1, 1, 7, NULL);
    plan.points = 8;
    assert_int_equal(plan_total(&plan), 27);
    for (size_t round = 0; round < 9; round++) {
        int seen[3] = {0};

        assert_int_equal(plan.count, 3 * (round + 1));
        for (size_t i = 3 * round; i < plan.count; i++) {
            struct plan_run *run = &plan.runs[i];
            double capacity = 1000 * (1 + *run->model - 'a');

            seen[*run->model - 'a']++;
            assert_int_equal(run->offered > 0, round > 0);
            assert_true(run->offered < 1.3 * capacity);
            run->state = PLAN_VALID;
            run->rate =
                run->offered > 0 ? fmin(run->offered, capacity) : capacity;
            run->latency_us = latency_us(run->offered, capacity);
        }
        assert_true(seen[0] == 1 && seen[1] == 1 && seen[2] == 1);
        assert_int_equal(plan_search(&plan, 50000), round < 8);
    }
    plan_free(&plan);
}

/* What is known of a place is taken over; a gap before it is not run. */
static void resumed_places(void **state)
{
    struct plan plan;

    plan_make(&plan, models, tiers, 1, 1, 7, NULL);
    plan.points = 8;
    plan_place(&plan, 6)->offered = 500;
    assert_int_equal(plan.count, 6);
    assert_int_equal(plan_missing(&plan), 3); /* flat out */
    for (size_t i = 0; i < 3; i++) {
        plan.runs[i].state = PLAN_VALID;
        plan.runs[i].rate = 1000;
    }
    assert_true(plan_search(&plan, 5000));
    assert_int_equal(plan.count, 9);
    plan_free(&plan);
}

RUN_TESTS(TEST(finds_the_bound), TEST(other_bounds), TEST(fills_gaps),
          TEST(none_keeps_it), TEST(all_keep_it), TEST(failed_runs),
          TEST(a_hiccup), TEST(rounds_of_a_plan), TEST(resumed_places))
