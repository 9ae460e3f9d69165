/* The rate that the book's second half is limited to. tests/results has its
 * table. */
#include "book_records.h"

/* apc has no valid run. */
static const struct run flat_out[] = {
    {"iocp", 7000, 7000, 20000000, "", ""},
    {"iocp", 7000, 7000, 21000000, "", ""},
    {"iocp", 7000, 7000, 22000000, "", ""},
    {"select", 7000, 7000, 8000000, "", ""},
    {"select", 7000, 7000, 9000000, "", ""},
    {"select", 7000, 7000, 10000000, "", ""},
    {"blocking", 7000, 4000, 100, ",'reset':3000", ""},
    {"apc", 7000, 7000, 99999999, "", ""},
    {"nonblocking", 12000, 12000, 1000, "", ""},
};

static uint64_t rate_of(const struct run *limited, size_t limited_count,
                        const struct run *flat, size_t count,
                        const char *slowest)
{
    struct record_set *set = make_both(limited, limited_count, flat, count);
    const struct record_group *group;
    uint64_t rate;

    not_valid(set, "apc");
    rate = book_rate(set, &group);
    if (slowest != NULL)
        assert_string_equal(group->model, slowest);
    else
        assert_null(group);
    records_free(set);
    return rate;
}

/* Half of the slowest that connected all, at the fewest connections. */
static void test_rate(void **state)
{
    assert_int_equal(rate_of(NULL, 0, flat_out, COUNT(flat_out), "select"),
                     4500000);
    assert_true(rate_of(NULL, 0, &flat_out[6], 1, NULL) == 5000000);
    assert_true(rate_of(NULL, 0, &flat_out[8], 1, "nonblocking") == 500);
    /* What was limited stays so. */
    assert_true(rate_of(flat_out, 1, flat_out, 1, "iocp") == 5000000);
}

RUN_TESTS(TEST(test_rate))
