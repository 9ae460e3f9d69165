#include <math.h>

#include "unit.h"
#include "common/number.h"

enum { UNTOUCHED = 7 };

static void read_texts(void **state)
{
    static const struct {
        bool (*parse)(const char *text, uint64_t *value);
        const char *text;
        uint64_t value;
        bool good;
    } cases[] = {
        {number_count, "4000", 4000, true},
        {number_count, "4k", 4000, true},
        {number_count, "1.5k", 1500, true},
        {number_count, "0", 0, true},
        {number_count, "18446744073709551615", UINT64_MAX, true},
        {number_size, "4096", 4096, true},
        {number_size, "4K", 4096, true},
        {number_size, "1MiB", 1048576, true},
        {number_size, "1.5K", 1536, true},
        {number_time, "5s", 5000000, true},
        {number_time, "200ms", 200000, true},
        {number_time, "0.5s", 500000, true},
        {number_time, "3m", 180000000, true},
        {number_time, "2", 2000000, true},
        {number_time, "40us", 40, true},
        {number_count, "", UNTOUCHED, false},
        {number_count, "-1", UNTOUCHED, false},
        {number_count, "+1", UNTOUCHED, false},
        {number_count, "1.5", UNTOUCHED, false},
        {number_count, "1 ", UNTOUCHED, false},
        {number_count, "4,000", UNTOUCHED, false},
        {number_count, "1.2.3", UNTOUCHED, false},
        {number_count, ".5k", UNTOUCHED, false},
        {number_count, "k", UNTOUCHED, false},
        {number_count, "1.", UNTOUCHED, false},
        {number_count, "99999999999999999999x", UNTOUCHED, false},
        {number_count, "18446744073709551616", NUMBER_HUGE, false},
        {number_count, "18446744073709551615k", NUMBER_HUGE, false},
        {number_size, "4T", UNTOUCHED, false},
        {number_time, "s", UNTOUCHED, false},
        {number_time, "5 s", UNTOUCHED, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = UNTOUCHED;

        if (cases[i].parse(cases[i].text, &value) != cases[i].good ||
            value != cases[i].value)
            fail_msg("'%s'", cases[i].text);
    }
}

static void shares(void **state)
{
    double share = -1;

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
    enum { SIZE = 32 };
    char text[SIZE];

    assert_string_equal(number_show_count(0, text, SIZE), "0");
    assert_string_equal(number_show_count(999, text, SIZE), "999");
    assert_string_equal(number_show_count(1000, text, SIZE), "1,000");
    assert_string_equal(number_show_count(12345678, text, SIZE), "12,345,678");
    assert_string_equal(number_show_bytes(512, text, SIZE), "512 B");
    assert_string_equal(number_show_bytes(1536, text, SIZE), "1.50 KiB");
    assert_string_equal(number_show_seconds(0.25, text, SIZE), "250 ms");
    assert_string_equal(number_show_seconds(200, text, SIZE), "3 m 20 s");
    assert_string_equal(number_show_seconds(3.6e15, text, SIZE),
                        "1000000000000 h 00 m");
    assert_string_equal(number_type_time(100000, text, SIZE), "100ms");
    assert_string_equal(number_type_time(86400000000, text, SIZE), "24h");
    assert_string_equal(number_type_time(90000000, text, SIZE), "90s");
    assert_string_equal(number_type_time(1, text, SIZE), "1us");
    assert_string_equal(number_type_time(0, text, SIZE), "0");
    assert_string_equal(number_type_size(1 << 20, text, SIZE), "1M");
    assert_string_equal(number_type_size(1, text, SIZE), "1");
    assert_string_equal(number_type_size(1536, text, SIZE), "1536");
}

/* No double makes the cast undefined. */
static void whole(void **state)
{
    assert_true(number_whole(12.9) == 12);
    assert_true(number_whole(-1e300) == 0);
    assert_true(number_whole((double)NAN) == 0);
    assert_true(number_whole(9007199254740992.0) == UINT64_C(1) << 53);
    assert_true(number_whole(18446744073709551616.0) == UINT64_MAX);
    assert_true(number_whole(1e308) == UINT64_MAX);
}

static void randomness(void **state)
{
    struct random a = {42}, b = {42};
    int seen[10] = {0};

    for (int i = 0; i < 10000; i++) {
        uint64_t x = random_below(&a, 10);

        assert_true(x == random_below(&b, 10));
        assert_true(x < 10);
        seen[x]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], 850, 1150);
}

RUN_TESTS(TEST(read_texts), TEST(shares), TEST(shown), TEST(whole),
          TEST(randomness))
