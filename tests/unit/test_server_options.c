/* The server's command line above models made up for it: options whose values
 * are words, and a model that cannot run here. */
#include "unit.h"
#include "common/machine.h"
#include "model_list.h"
#include "server/host.h"

static const char *test_missing(void)
{
    return "nothing runs it";
}

/* Each model of the list is this one; iocp cannot run. */
#define MODEL(model, family)                                                   \
    extern const struct io_model model_##model;                                \
    const struct io_model model_##model = {                                    \
        .name = #model,                                                        \
        .summary = "summary",                                                  \
        .ceiling = "ceiling",                                                  \
        .missing = sizeof #model == sizeof "iocp" ? test_missing : NULL,       \
        .options = {{"count", 5, 1, 9, "a number", NULL},                      \
                    {"depth", 1, 0, 2, "a word", "fixed|adaptive|none"}}};
MODELS
#undef MODEL

uint32_t machine_usable_processors(void)
{
    return 2;
}

static enum args_result parse(struct host *h, const char *model,
                              const char *tune)
{
    char name[] = "--model", more[] = "--tune", program[] = "server";
    char *argv[] = {program, name, (char *)model, more, (char *)tune, NULL};
    memset(h, 0, sizeof *h);
    return options_read(tune ? 5 : 3, argv, h);
}

static void words_are_read(void **state)
{
    static const struct {
        const char *tune;
        uint32_t count, depth;
        const char *record;
    } cases[] = {
        {NULL, 5, 1, "{\"count\":5,\"depth\":\"adaptive\"}"},
        {"depth=fixed", 5, 0, "{\"count\":5,\"depth\":\"fixed\"}"},
        {"depth=none", 5, 2, "{\"count\":5,\"depth\":\"none\"}"},
        {"count=9", 9, 1, "{\"count\":9,\"depth\":\"adaptive\"}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct host h;
        char text[128];
        assert_int_equal(parse(&h, "apc", cases[i].tune), ARGS_GO);
        assert_int_equal(h.srv.tuning[0], cases[i].count);
        assert_int_equal(h.srv.tuning[1], cases[i].depth);
        cJSON *record = options_tuning(&h);
        assert_true(cJSON_PrintPreallocated(record, text, sizeof text, false));
        cJSON_Delete(record);
        assert_string_equal(text, cases[i].record);
    }
}

static void other_values_are_refused(void **state)
{
    static const char *const bad[] = {
        "depth=",      "depth=fix",   "depth=fixed|adaptive",
        "depth=0",     "depth=Fixed", "depth=none|",
        "count=fixed", "count=0",     "depth",
        "deep=fixed",  "count=10"};
    struct host h;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(parse(&h, "apc", bad[i]), ARGS_BAD);
}

static void a_missing_model_is_refused(void **state)
{
    struct host h;
    assert_int_equal(parse(&h, "iocp", NULL), ARGS_BAD);
    assert_int_equal(parse(&h, "select", NULL), ARGS_GO);
}

RUN_TESTS(TEST(words_are_read), TEST(other_values_are_refused),
          TEST(a_missing_model_is_refused))
