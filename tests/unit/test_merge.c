/* Several load generators as one: shares of connections, and histograms.
 * tests/results/test_record.py has the record of them. */
#include "records.h"
#include "common/histogram.h"
#include "common/number.h"
#include "common/options.h"

/* All have a share, no connection has two, and none is left over. */
static void test_shares(void **state)
{
    for (uint64_t all = 1; all < 40; all++)
        for (uint64_t of = 1; of <= all; of++) {
            uint64_t next = 0;

            for (uint64_t rank = 0; rank < of; rank++) {
                struct option_part part = option_part(all, rank, of);

                assert_int_equal(part.first, next);
                assert_in_range(part.count, all / of, all / of + 1);
                next += part.count;
            }
            assert_int_equal(next, all);
        }
}

static void test_lists(void **state)
{
    static const struct {
        const char *list;
        uint64_t rank, generators;
        const char *part;
    } cases[] = {{"a", 0, 1, "a"},           {"a,b,c", 0, 1, "a,b,c"},
                 {"a,b,c", 0, 2, "a"},       {"a,b,c", 1, 2, "b,c"},
                 {"a,b,c,d", 1, 2, "c,d"},   {"a,b", 0, 3, ""},
                 {"1::2,::1,3", 1, 3, "::1"}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *part =
            option_list_part(cases[i].list, cases[i].rank, cases[i].generators);

        assert_string_equal(part, cases[i].part);
        free(part);
    }
}

static char *shown(const struct hdr_histogram *h)
{
    cJSON *json = histogram_json(h, "us");
    char *text = cJSON_PrintUnformatted(json);

    cJSON_Delete(json);
    return text;
}

/* What was split and went through JSON is the same as the whole, to the last
 * digit of each figure. */
static void test_histograms(void **state)
{
    enum { PARTS = 3, VALUES = 20000 };
    struct hdr_histogram *whole = histogram_make(), *sum = histogram_make();
    struct hdr_histogram *part[PARTS];
    struct random r = {7};
    char *text[2];

    for (int i = 0; i < PARTS; i++)
        part[i] = histogram_make();
    for (int i = 0; i < VALUES; i++) {
        /* From a nanosecond to an hour. */
        int64_t value = (int64_t)(random_next(&r) >> (22 + i % 41));

        value = value < HISTOGRAM_MAX ? value : HISTOGRAM_MAX;
        hdr_record_values(part[i % PARTS], value, 1 + i % 5);
        hdr_record_values(whole, value, 1 + i % 5);
    }
    for (int i = 0; i < PARTS; i++) {
        char *json = shown(part[i]);
        cJSON *read = cJSON_Parse(json);

        histogram_add_json(sum, read);
        cJSON_Delete(read);
        cJSON_free(json);
        hdr_close(part[i]);
    }
    text[0] = shown(whole);
    text[1] = shown(sum);
    assert_string_equal(text[0], text[1]);
    for (int i = 0; i < 2; i++)
        cJSON_free(text[i]);
    hdr_close(whole);
    hdr_close(sum);
}

/* What is no bucket is left out. */
static void test_bad_buckets(void **state)
{
    struct hdr_histogram *h = histogram_make();
    cJSON *json = json_made(text_copy(
        "{'counts':[[1,2],[-1,2],[1,-2],[1e99,1],['1',1],[1],7,{},[2,1e99]]}"));

    histogram_add_json(h, json);
    histogram_add_json(h, NULL);
    assert_int_equal(h->total_count, 2);
    cJSON_Delete(json);
    hdr_close(h);
}

RUN_TESTS(TEST(test_shares), TEST(test_lists), TEST(test_histograms),
          TEST(test_bad_buckets))
