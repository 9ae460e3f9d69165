#include "unit.h"
#include "clients/traffic.h"

enum { CONNECTIONS = 1000 };

/* Among any five in a row is just one, each kind as often, none left out. */
static void test_one_in_five(void **state)
{
    struct mix mix;
    size_t of_part[MIX_PARTS] = {0};

    assert_true(mix_make(&mix, "mixed", "20%"));
    assert_int_equal(mix.healthy, 2);
    assert_int_equal(mix.hostile, 4);
    for (uint64_t i = 0; i < CONNECTIONS; i++) {
        uint32_t ordinal;
        uint32_t part = mix_part(&mix, i, &ordinal);

        assert_true(part < mix.healthy + mix.hostile);
        assert_int_equal(ordinal, of_part[part]++);
        assert_int_equal(part >= mix.healthy, i % 5 == 4);
        assert_int_equal(mix.part[part]->hostile, part >= mix.healthy);
    }
    assert_int_equal(of_part[0], 400);
    assert_int_equal(of_part[1], 400);
    for (uint32_t kind = 0; kind < 4; kind++)
        assert_int_equal(of_part[mix.healthy + kind], 50);
}

static void test_shares(void **state)
{
    static const struct {
        const char *text;
        uint64_t hostile;
    } shares[] = {
        {NULL, 0},  {"0.1", 100}, {"30%:slow", 300},  {"90%:deaf,reset", 900},
        {"7%", 70}, {"1%", 10},   {"33%:silent", 330}};
    struct mix mix;

    for (size_t i = 0; i < COUNT(shares); i++) {
        uint64_t count = 0;
        uint32_t ordinal;

        assert_true(mix_make(&mix, "echo", shares[i].text));
        assert_int_equal(mix.healthy, 1);
        for (uint64_t c = 0; c < CONNECTIONS; c++)
            count += mix_part(&mix, c, &ordinal) >= mix.healthy;
        assert_int_equal(count, shares[i].hostile);
        assert_int_equal(mix_hostile(&mix, CONNECTIONS), shares[i].hostile);
    }
}

static void test_kinds(void **state)
{
    static const char *const names[] = {"churn",  "reset", "churn",
                                        "silent", "churn", "reset"};
    struct mix mix;
    uint32_t ordinal;

    assert_true(mix_make(&mix, "churn", "50%:reset,silent"));
    for (uint64_t i = 0; i < COUNT(names); i++)
        assert_string_equal(mix.part[mix_part(&mix, i, &ordinal)]->name,
                            names[i]);
}

/* Active ones are spread as evenly as hostile ones, and at most all. */
static void test_sparse(void **state)
{
    static const struct {
        const char *hostile;
        uint64_t wanted, active;
    } cases[] = {{NULL, 10, 10},
                 {NULL, 1000, 1000},
                 {NULL, 1, 1},
                 {"20%", 7, 7},
                 {"50%", 999, 500}};
    struct mix mix;

    for (size_t c = 0; c < COUNT(cases); c++) {
        size_t of_part[MIX_PARTS] = {0}, gap = 0, longest = 0;

        assert_true(mix_make(&mix, "sparse", cases[c].hostile));
        mix_sparse(&mix, cases[c].wanted, CONNECTIONS);
        for (uint64_t i = 0; i < CONNECTIONS; i++) {
            uint32_t ordinal;
            uint32_t part = mix_part(&mix, i, &ordinal);

            assert_true(part < mix.healthy + mix.hostile);
            assert_int_equal(ordinal, of_part[part]++);
            gap = part == 0 ? 0 : gap + 1;
            longest = gap > longest ? gap : longest;
        }
        assert_int_equal(of_part[0], cases[c].active);
        assert_int_equal(of_part[0] + of_part[1], mix.among);
        assert_true(longest <= CONNECTIONS / cases[c].active + 1);
    }
    assert_string_equal(mix.part[0]->name, "echo");
    assert_null(mix.part[1]->start);
}

static void test_bad(void **state)
{
    static const char *const bad[] = {
        "",     "0",        "-1%",           "91%",   "many",
        "20%:", "20%:slwo", "20%:slow,slow", "20%:,", ":slow"};
    struct mix mix;

    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(mix_make(&mix, "echo", bad[i]));
}

RUN_TESTS(TEST(test_one_in_five), TEST(test_shares), TEST(test_kinds),
          TEST(test_sparse), TEST(test_bad))
