/* The order of a comparison: whole rounds, each a permutation, seeded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "runner/plan.h"

static const char *const models[] = {"a", "b", "c", "d", NULL};
static const uint32_t tiers[] = {10, 20, 30};
enum { MODELS_HERE = 4, TIERS = 3, ROUND = MODELS_HERE * TIERS, REPEATS = 5 };

static void make(struct plan *plan, uint64_t seed)
{
    plan_make(plan, models, tiers, TIERS, REPEATS, seed);
}

static void each_round_holds_everything_once(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct plan plan;
        make(&plan, seed);
        assert_int_equal(plan.count, ROUND * REPEATS);
        for (size_t round = 0; round < REPEATS; round++) {
            int seen[MODELS_HERE][TIERS] = {{0}};
            for (size_t i = 0; i < ROUND; i++) {
                const struct plan_run *run = &plan.runs[round * ROUND + i];
                assert_int_equal(run->repeat, round + 1);
                seen[run->model[0] - 'a'][run->connections / 10 - 1]++;
            }
            for (size_t m = 0; m < MODELS_HERE; m++)
                for (size_t t = 0; t < TIERS; t++)
                    assert_int_equal(seen[m][t], 1);
        }
        plan_free(&plan);
    }
}

static int same_order(const struct plan *a, const struct plan *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->runs[i].model != b->runs[i].model ||
            a->runs[i].connections != b->runs[i].connections)
            return 0;
    return 1;
}

static void seeds_fix_the_order(void **state)
{
    int alike = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct plan a, b, other;
        make(&a, seed);
        make(&b, seed);
        make(&other, seed + 1000);
        assert_true(same_order(&a, &b));
        alike += same_order(&a, &other);
        plan_free(&a);
        plan_free(&b);
        plan_free(&other);
    }
    assert_int_equal(alike, 0);
}

/* Every model is first about as often as any other. */
static void orders_are_fair(void **state)
{
    int first[MODELS_HERE] = {0};
    (void)state;
    for (uint64_t seed = 0; seed < 4000; seed++) {
        struct plan plan;
        make(&plan, seed);
        first[plan.runs[0].model[0] - 'a']++;
        plan_free(&plan);
    }
    for (size_t i = 0; i < MODELS_HERE; i++)
        assert_in_range(first[i], 850, 1150);
}

static void seeds_of_runs_differ_and_fit_json(void **state)
{
    struct plan plan;
    (void)state;
    make(&plan, 7);
    for (size_t i = 0; i < plan.count; i++) {
        assert_true(plan_run_seed(&plan, i) < UINT64_C(1) << 53);
        for (size_t j = 0; j < i; j++)
            assert_true(plan_run_seed(&plan, i) != plan_run_seed(&plan, j));
    }
    plan_free(&plan);
}

static void time_left_learns(void **state)
{
    struct plan plan;
    (void)state;
    make(&plan, 1);
    plan.window_s = 5;
    double before = plan_left(&plan);
    assert_true(before > 5.0 * ROUND * REPEATS);
    assert_int_equal(plan_missing(&plan), plan.count);
    plan.runs[0].state = PLAN_VALID;
    plan.runs[0].seconds = 100; /* far more than was thought */
    assert_int_equal(plan_missing(&plan), plan.count - 1);
    assert_true(plan_left(&plan) > 10 * before);
    for (size_t i = 0; i < plan.count; i++)
        plan.runs[i].state = PLAN_INVALID;
    assert_true(plan_left(&plan) < 0.001);
    assert_int_equal(plan_missing(&plan), 0);
    plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_round_holds_everything_once),
        cmocka_unit_test(seeds_fix_the_order),
        cmocka_unit_test(orders_are_fair),
        cmocka_unit_test(seeds_of_runs_differ_and_fit_json),
        cmocka_unit_test(time_left_learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
