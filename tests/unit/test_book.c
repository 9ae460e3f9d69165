/* The rate that the book's second half is limited to. tests/results has its
 * table. */
#include "records.h"
#include "results/book.h"

struct run {
    const char *model;
    int connections, connected;
    double sent;
    bool valid;
};

static const struct run flat_out[] = {
    {"iocp", 7000, 7000, 20000000, true},
    {"iocp", 7000, 7000, 21000000, true},
    {"iocp", 7000, 7000, 22000000, true},
    {"select", 7000, 7000, 8000000, true},
    {"select", 7000, 7000, 9000000, true},
    {"select", 7000, 7000, 10000000, true},
    {"blocking", 7000, 4000, 100, true},
    {"apc", 7000, 7000, 50, false},
    {"nonblocking", 12000, 12000, 1000, true},
};

/* Of runs that were limited to this rate ("null": to none), the name of the
 * slowest model (NULL: there is none). */
static uint64_t rate_of(const struct run *runs, size_t count, const char *rate,
                        const char *slowest)
{
    cJSON **records = calloc(count, sizeof(cJSON *));
    const struct record_group *group;
    struct record_set *set;
    uint64_t found;

    for (size_t i = 0; i < count; i++)
        records[i] = json_made(text_make(
            "{'valid':%s,'suite':{'command':'book'},'asked':{'model':'%s',"
            "'connections':%d,'rate_bytes_per_s':%s},'connections':{"
            "'attempted':%d,'connected':%d},'throughput':{'server':{"
            "'send_bytes_per_s':%.1f}}}",
            runs[i].valid ? "true" : "false", runs[i].model,
            runs[i].connections, rate, runs[i].connections, runs[i].connected,
            runs[i].sent));
    set = records_group(records, count);
    found = book_rate(set, &group);
    if (slowest != NULL)
        assert_string_equal(group->model, slowest);
    else
        assert_null(group);
    records_free(set);
    return found;
}

/* Half of the slowest that connected all, at the fewest connections; what was
 * limited stays so. */
static void test_rate(void **state)
{
    assert_int_equal(rate_of(flat_out, COUNT(flat_out), "null", "select"),
                     4500000);
    assert_int_equal(rate_of(&flat_out[6], 1, "null", NULL), 5000000);
    assert_int_equal(rate_of(&flat_out[8], 1, "null", "nonblocking"), 500);
    assert_int_equal(rate_of(flat_out, 1, "5000000", NULL), 5000000);
}

RUN_TESTS(TEST(test_rate))
