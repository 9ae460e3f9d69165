#include "unit.h"
#include "clients/recent.h"

static struct recent recent[2]; /* of two threads */

static void look(struct recent_sums *sums)
{
    memset(sums, 0, sizeof *sums);
    for (size_t i = 0; i < COUNT(recent); i++)
        recent_sum(sums, &recent[i]);
}

static void is_about(double found, double wanted)
{
    if (found < wanted * 0.98 || found > wanted * 1.02)
        fail_msg("%g is not %g", found, wanted);
}

/* Only what came between two moments counts, of all threads. */
static void test_between(void **state)
{
    struct recent_sums from, to;

    look(&from);
    look(&to);
    assert_true(recent_us(&from, &to, 50) < 0);
    recent_add(&recent[0], 77000000, 1000);
    look(&from);
    for (int64_t i = 1; i <= 1000; i++)
        recent_add(&recent[i % 2], i * 1000, 1);
    look(&to);
    is_about(recent_us(&from, &to, 50), 500);
    is_about(recent_us(&from, &to, 99), 990);
    is_about(recent_us(&from, &to, 100), 1000);
    assert_true(recent_us(&to, &to, 50) < 0);
    recent_add(&recent[1], 5000000, 1000000);
    from = to;
    look(&to);
    is_about(recent_us(&from, &to, 1), 5000);
}

/* Each of these is told to 2 %, and what is beyond is the nearest that is. */
static void test_range(void **state)
{
    struct recent_sums from, to;

    for (int64_t ns = 1; ns < INT64_C(4000000000000); ns += 1 + ns / 3) {
        look(&from);
        recent_add(&recent[0], ns, 3);
        look(&to);
        is_about(recent_us(&from, &to, 99), (double)ns / 1e3);
    }
    look(&from);
    recent_add(&recent[0], -5, 1);
    look(&to);
    is_about(recent_us(&from, &to, 99), 0.001);
    look(&from);
    recent_add(&recent[0], INT64_MAX, 1);
    look(&to);
    assert_true(recent_us(&from, &to, 99) > 4e9);
}

RUN_TESTS(TEST(test_between), TEST(test_range))
