#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>

#include "common/number.h"

static void counts(void **state)
{
    uint64_t v = 7;

    (void)state;
    assert_true(number_count("4000", &v) && v == 4000);
    assert_true(number_count("4k", &v) && v == 4000);
    assert_true(number_count("1.5k", &v) && v == 1500);
    assert_true(number_count("0", &v) && v == 0);
    assert_true(number_count("18446744073709551615", &v) && v == UINT64_MAX);
    v = 7;
    assert_false(number_count("", &v));
    assert_false(number_count("-1", &v));
    assert_false(number_count("+1", &v));
    assert_false(number_count("1.5", &v));
    assert_false(number_count("1 ", &v));
    assert_false(number_count("4,000", &v));
    assert_false(number_count("1.2.3", &v));
    assert_false(number_count(".5k", &v));
    assert_false(number_count("k", &v));
    assert_false(number_count("1.", &v));
    assert_false(number_count("99999999999999999999x", &v));
    assert_int_equal(v, 7);
    assert_false(number_count("18446744073709551616", &v));
    assert_true(v == NUMBER_HUGE);
    v = 7;
    assert_false(number_count("18446744073709551615k", &v));
    assert_true(v == NUMBER_HUGE);
}

static void sizes_and_times(void **state)
{
    uint64_t v;

    (void)state;
    assert_true(number_size("4096", &v) && v == 4096);
    assert_true(number_size("4K", &v) && v == 4096);
    assert_true(number_size("1MiB", &v) && v == 1048576);
    assert_true(number_size("1.5K", &v) && v == 1536);
    assert_false(number_size("4T", &v));
    assert_true(number_time("5s", &v) && v == 5000000);
    assert_true(number_time("200ms", &v) && v == 200000);
    assert_true(number_time("0.5s", &v) && v == 500000);
    assert_true(number_time("3m", &v) && v == 180000000);
    assert_true(number_time("2", &v) && v == 2000000);
    assert_true(number_time("40us", &v) && v == 40);
    assert_false(number_time("s", &v));
    assert_false(number_time("5 s", &v));
}

static void shares(void **state)
{
    double share = -1;

    (void)state;
    assert_true(number_share("5%", &share));
    assert_true(share > 0.0499 && share < 0.0501);
    assert_true(number_share("0.25", &share) && share > 0.24 && share < 0.26);
    assert_false(number_share("-5%", &share));
    assert_false(number_share("5%%", &share));
    assert_false(number_share("1e999", &share));
    assert_false(number_share("", &share));
}

static void shown(void **state)
{
    char text[32];

    (void)state;
    assert_string_equal(number_show_count(0, text, sizeof text), "0");
    assert_string_equal(number_show_count(999, text, sizeof text), "999");
    assert_string_equal(number_show_count(1000, text, sizeof text), "1,000");
    assert_string_equal(number_show_count(12345678, text, sizeof text),
                        "12,345,678");
    assert_string_equal(number_show_bytes(512, text, sizeof text), "512 B");
    assert_string_equal(number_show_bytes(1536, text, sizeof text), "1.50 KiB");
    assert_string_equal(number_show_seconds(0.25, text, sizeof text), "250 ms");
    assert_string_equal(number_show_seconds(200, text, sizeof text),
                        "3 m 20 s");
}

static void typed(void **state)
{
    char text[32];

    (void)state;
    assert_string_equal(number_type_time(100000, text, sizeof text), "100ms");
    assert_string_equal(number_type_time(UINT64_C(86400000000), text, 32),
                        "24h");
    assert_string_equal(number_type_time(90000000, text, sizeof text), "90s");
    assert_string_equal(number_type_time(1, text, sizeof text), "1us");
    assert_string_equal(number_type_time(0, text, sizeof text), "0");
    assert_string_equal(number_type_size(1 << 20, text, sizeof text), "1M");
    assert_string_equal(number_type_size(1, text, sizeof text), "1");
    assert_string_equal(number_type_size(1536, text, sizeof text), "1536");
}

/* No double there is makes the cast undefined. */
static void whole(void **state)
{
    char text[32];

    (void)state;
    assert_true(number_whole(12.9) == 12);
    assert_true(number_whole(-1e300) == 0);
    assert_true(number_whole((double)NAN) == 0);
    assert_true(number_whole(9007199254740992.0) == UINT64_C(1) << 53);
    assert_true(number_whole(18446744073709551616.0) == UINT64_MAX);
    assert_true(number_whole(1e308) == UINT64_MAX);
    assert_string_equal(number_show_seconds(3.6e15, text, sizeof text),
                        "1000000000000 h 00 m");
}

static void randomness(void **state)
{
    struct random a = {42}, b = {42};
    int seen[10] = {0};

    (void)state;
    for (int i = 0; i < 10000; i++) {
        uint64_t x = random_below(&a, 10);

        assert_true(x == random_below(&b, 10));
        assert_true(x < 10);
        seen[x]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], 850, 1150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),     cmocka_unit_test(sizes_and_times),
        cmocka_unit_test(shares),     cmocka_unit_test(shown),
        cmocka_unit_test(randomness), cmocka_unit_test(typed),
        cmocka_unit_test(whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
