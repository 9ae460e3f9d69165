/* Further rounds until the intervals are narrow: when they are, which round
 * comes next, and what may be typed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/options.h"
#include "runner/plan.h"

static const char *const models[] = {"iocp", "select", NULL};
static const uint32_t tiers[] = {100, 4000};
enum { TIERS = 2, ROUND = 4 };

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

    (void)state;
    plan_make(&plan, models, tiers, TIERS, 5, 1);
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
    assert_non_null(strstr(list, "select 4,000 ("));
    free(list);
    plan_free(&plan);
}

/* Four runs that agree are still too few. */
static void too_few_runs(void **state)
{
    struct plan plan;

    (void)state;
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

    (void)state;
    plan_make(&plan, models, tiers, TIERS, 5, 1);
    run_all(&plan, 0);
    for (size_t i = 0; i < plan.count; i++)
        if (plan.runs[i].connections == 4000 &&
            strcmp(plan.runs[i].model, "select") == 0)
            plan.runs[i].state = PLAN_INVALID;
    assert_true(plan_converged(&plan, 0.02));
    list = plan_wide(&plan, 0.02, &done);
    assert_string_equal(list, "select 4,000 (0 valid runs)");
    free(list);
    for (size_t i = 0; i < plan.count; i++)
        if (plan.runs[i].repeat == 1)
            plan.runs[i].state = PLAN_VALID;
    assert_false(plan_converged(&plan, 0.02));
    plan_free(&plan);
}

/* Rounds added one by one: each holds everything once, in an order that the
 * seed fixes and that is not always the same. */
static void rounds_are_added(void **state)
{
    int alike = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct plan a, b;

        plan_make(&a, models, tiers, TIERS, 2, seed);
        plan_make(&b, models, tiers, TIERS, 2, seed);
        for (int more = 0; more < 3; more++) {
            plan_extend(&a);
            plan_extend(&b);
        }
        assert_int_equal(a.count, 5 * ROUND);
        assert_int_equal(a.repeats, 5);
        for (size_t i = 0; i < a.count; i++) {
            assert_ptr_equal(a.runs[i].model, b.runs[i].model);
            assert_int_equal(a.runs[i].connections, b.runs[i].connections);
            assert_int_equal(a.runs[i].repeat, i / ROUND + 1);
            assert_int_equal(a.runs[i].state, PLAN_MISSING);
            for (size_t k = i / ROUND * ROUND; k < i; k++)
                assert_false(a.runs[k].model == a.runs[i].model &&
                             a.runs[k].connections == a.runs[i].connections);
        }
        alike += a.runs[2 * ROUND].model == a.runs[3 * ROUND].model &&
                 a.runs[2 * ROUND].connections == a.runs[3 * ROUND].connections;
        plan_free(&a);
        plan_free(&b);
    }
    assert_in_range(alike, 20, 80); /* one in four of 200 */
}

static enum args_result typed(struct options *o, const char *until,
                              const char *most, const char *repeat)
{
    char command[] = "compare", *argv[8] = {command};
    char text[3][32];
    int argc = 1;
    const char *const words[] = {until, most, repeat};

    for (int i = 0; i < 3; i++)
        if (words[i] != NULL) {
            strcpy(text[i], words[i]);
            argv[argc++] = text[i];
        }
    return options_parse(o, argc, argv);
}

static void options(void **state)
{
    struct options *o = calloc(1, sizeof *o);

    (void)state;
    assert_non_null(o);
    assert_int_equal(typed(o, "--until-ci=2%", NULL, NULL), ARGS_GO);
    assert_true(fabs(o->until_ci - 0.02) < 1e-12);
    assert_int_equal(o->repeat, 5);
    assert_int_equal(o->max_repeat, 20);
    assert_int_equal(typed(o, "--until-ci=2%", NULL, "--repeat=8"), ARGS_GO);
    assert_int_equal(o->repeat, 8);
    assert_int_equal(typed(o, "--until-ci=2%", "--max-repeat=6", NULL),
                     ARGS_GO);
    assert_int_equal(o->max_repeat, 6);
    assert_int_equal(typed(o, NULL, NULL, "--repeat=2"), ARGS_GO);
    assert_true(o->until_ci < 0);
    assert_int_equal(typed(o, "--until-ci=0", NULL, NULL), ARGS_BAD);
    assert_int_equal(typed(o, "--until-ci=2", NULL, NULL), ARGS_BAD);
    assert_int_equal(typed(o, "--until-ci=x", NULL, NULL), ARGS_BAD);
    assert_int_equal(typed(o, NULL, "--max-repeat=9", NULL), ARGS_BAD);
    assert_int_equal(typed(o, "--until-ci=2%", "--max-repeat=3", NULL),
                     ARGS_BAD);
    assert_int_equal(typed(o, "--until-ci=2%", "--max-repeat=6", "--repeat=7"),
                     ARGS_BAD);
    free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrow_and_wide), cmocka_unit_test(too_few_runs),
        cmocka_unit_test(invalid_runs),    cmocka_unit_test(rounds_are_added),
        cmocka_unit_test(options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
