/* The order of a comparison: whole rounds, each a permutation, seeded; and
 * further rounds until the intervals are narrow. */
#include "unit.h"
#include "runner/plan.h"

static const char *const models[] = {"a", "b", "c", "d", NULL};
static const uint32_t tiers[] = {10, 20, 30};
enum { MODELS_HERE = 4, TIERS = 3, ROUND = MODELS_HERE * TIERS, REPEATS = 5 };

static void make(struct plan *plan, uint64_t seed)
{
    plan_make(plan, models, tiers, TIERS, REPEATS, seed);
}

/* Also the rounds that are added later. */
static void each_round_holds_everything_once(void **state)
{
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct plan plan;
        make(&plan, seed);
        plan_extend(&plan);
        plan_extend(&plan);
        assert_int_equal(plan.repeats, REPEATS + 2);
        assert_int_equal(plan.count, ROUND * (REPEATS + 2));
        for (size_t round = 0; round < REPEATS + 2; round++) {
            int seen[MODELS_HERE][TIERS] = {{0}};
            for (size_t i = 0; i < ROUND; i++) {
                const struct plan_run *run = &plan.runs[round * ROUND + i];
                assert_int_equal(run->repeat, round + 1);
                assert_int_equal(run->state, PLAN_MISSING);
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
    int alike = 0, first = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct plan a, b, other;
        make(&a, seed);
        make(&b, seed);
        plan_extend(&a);
        plan_extend(&b);
        make(&other, seed + 1000);
        plan_extend(&other);
        assert_true(same_order(&a, &b));
        alike += same_order(&a, &other);
        plan_extend(&a);
        first +=
            a.runs[a.count - ROUND].model == a.runs[a.count - 2 * ROUND].model;
        plan_free(&a);
        plan_free(&b);
        plan_free(&other);
    }
    assert_int_equal(alike, 0);
    assert_in_range(first, 10, 45); /* one in four of 100: orders differ */
}

/* Every model is first about as often as any other. */
static void orders_are_fair(void **state)
{
    int first[MODELS_HERE] = {0};
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

/* All runs of the plan, `spread` about 1,000 round trips/s by turns. */
static void run_all(struct plan *plan, double spread)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct plan_run *run = &plan->runs[i];

        run->state = PLAN_VALID;
        run->rate = 1000 * (1 + spread * (run->repeat % 3 - 1.0));
    }
}

static void narrow_and_wide(void **state)
{
    struct plan plan;
    char *list;
    bool done;

    make(&plan, 1);
    assert_false(plan_converged(&plan, 0.02));
    run_all(&plan, 0.01);
    assert_true(plan_converged(&plan, 0.02));
    assert_true(plan_converged(&plan, 0.011));
    list = plan_wide(&plan, 0.02, &done);
    assert_string_equal(list, "");
    free(list);
    run_all(&plan, 0.05);
    assert_false(plan_converged(&plan, 0.02));
    assert_true(plan_converged(&plan, 0.06));
    list = plan_wide(&plan, 0.02, &done);
    holds(list, "b 30 (");
    free(list);
    plan_free(&plan);
}

/* Four runs that agree are still too few. */
static void too_few_runs(void **state)
{
    struct plan plan;

    plan_make(&plan, models, tiers, TIERS, 4, 1);
    run_all(&plan, 0);
    assert_false(plan_converged(&plan, 0.02));
    assert_false(plan_converged(&plan, 1e9));
    plan_free(&plan);
}

/* What never is valid is not waited for, but told; what sometimes is valid is
 * waited for. */
static void invalid_runs(void **state)
{
    struct plan plan;
    char *list;
    bool done;

    make(&plan, 1);
    run_all(&plan, 0);
    for (size_t i = 0; i < plan.count; i++)
        if (plan.runs[i].connections == 30 &&
            strcmp(plan.runs[i].model, "b") == 0)
            plan.runs[i].state = PLAN_INVALID;
    assert_true(plan_converged(&plan, 0.02));
    list = plan_wide(&plan, 0.02, &done);
    assert_string_equal(list, "b 30 (0 valid runs)");
    free(list);
    for (size_t i = 0; i < plan.count; i++)
        if (plan.runs[i].repeat == 1)
            plan.runs[i].state = PLAN_VALID;
    assert_false(plan_converged(&plan, 0.02));
    plan_free(&plan);
}

RUN_TESTS(TEST(each_round_holds_everything_once), TEST(seeds_fix_the_order),
          TEST(orders_are_fair), TEST(seeds_of_runs_differ_and_fit_json),
          TEST(time_left_learns), TEST(narrow_and_wide), TEST(too_few_runs),
          TEST(invalid_runs))
