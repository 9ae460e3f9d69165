/* The order of a comparison: whole rounds, each a permutation, seeded; and
 * further rounds until the intervals are narrow. */
#include "unit.h"
#include "results/skipped.h"
#include "runner/plan.h"

static const char *const models[] = {"a", "b", "c", "d", NULL};
static const uint32_t tiers[] = {10, 20, 30};
enum { MODELS_HERE = 4, TIERS = 3, ROUND = MODELS_HERE * TIERS, REPEATS = 5 };

static void make(struct plan *plan, uint64_t seed)
{
    plan_make(plan, models, tiers, TIERS, REPEATS, seed, NULL);
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
        struct plan plan[3]; /* the last one of another seed */
        for (size_t i = 0; i < COUNT(plan); i++) {
            make(&plan[i], i < 2 ? seed : seed + 1000);
            plan_extend(&plan[i]);
        }
        assert_true(same_order(&plan[0], &plan[1]));
        alike += same_order(&plan[0], &plan[2]);
        first += plan->runs[plan->count - ROUND].model ==
                 plan->runs[plan->count - 2 * ROUND].model;
        for (size_t i = 0; i < COUNT(plan); i++)
            plan_free(&plan[i]);
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

/* Tier 30 of all models and 20 of model b are skipped, in each round. */
static void skipped_runs_are_left_out(void **state)
{
    struct skipped all = {30, NULL, "memory", "memory", 1, 2, "bytes", "more"};
    struct skipped one = {20, "b", "x", "x", 1, 2, "files", "more"};
    cJSON *skipped = cJSON_CreateArray();
    struct plan plan;
    skipped_add(skipped, &all);
    skipped_add(skipped, &one);
    plan_make(&plan, models, tiers, TIERS, 2, 7, skipped);
    plan_extend(&plan);
    assert_int_equal(plan.count, 3 * (2 * MODELS_HERE - 1));
    for (size_t i = 0; i < plan.count; i++)
        assert_false(skipped_covers(skipped, plan.runs[i].model,
                                    plan.runs[i].connections));
    plan_free(&plan);
    cJSON_Delete(skipped);
}

/* Wide intervals are listed; what never is valid is not waited for, but told;
 * what sometimes is valid is waited for; four runs that agree are too few. */
static void rounds_until_narrow(void **state)
{
    static const struct {
        uint32_t repeats;
        double spread;    /* about 1,000 round trips/s, by turns */
        uint32_t invalid; /* rounds in which model b at tier 30 is */
        double share;
        bool missing, done;
        const char *wide; /* in the list; "": it is empty */
    } cases[] = {
        {5, 0, 0, 0.02, true, false, "(4 valid runs)"},
        {5, 0.01, 0, 0.02, false, true, ""},
        {5, 0.01, 0, 0.011, false, true, ""},
        {5, 0.05, 0, 0.02, false, false, "b 30 ("},
        {5, 0.05, 0, 0.06, false, true, ""},
        {4, 0, 0, 0.02, false, false, "a 10 (4 valid runs)"},
        {4, 0, 0, 1e9, false, false, "a 10 (4 valid runs)"},
        {5, 0, 5, 0.02, false, true, "b 30 (0 valid runs)"},
        {5, 0, 4, 0.02, false, false, "b 30 (1 valid runs)"},
    };
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct plan plan;
        bool done;
        plan_make(&plan, models, tiers, TIERS, cases[c].repeats, 1, NULL);
        for (size_t i = 0; i < plan.count; i++) {
            struct plan_run *run = &plan.runs[i];
            bool bad = run->connections == 30 && *run->model == 'b' &&
                       run->repeat <= cases[c].invalid;
            run->state = bad ? PLAN_INVALID : PLAN_VALID;
            run->rate = 1000 * (1 + cases[c].spread * (run->repeat % 3 - 1.0));
        }
        if (cases[c].missing)
            plan.runs[0].state = PLAN_MISSING;
        char *list = plan_wide(&plan, cases[c].share, &done);
        assert_int_equal(done, cases[c].done);
        holds(list, cases[c].wide);
        assert_int_equal(*list == '\0', *cases[c].wide == '\0');
        free(list);
        plan_free(&plan);
    }
}

RUN_TESTS(TEST(each_round_holds_everything_once), TEST(seeds_fix_the_order),
          TEST(orders_are_fair), TEST(seeds_of_runs_differ_and_fit_json),
          TEST(time_left_learns), TEST(skipped_runs_are_left_out),
          TEST(rounds_until_narrow))
