/* The laboratory: each experiment is whole, its arms are what `iomodels run`
 * understands, and what was measured leads to the verdict that it should. */
#include "lab/lab.h"

#include "cli/options.h"
#include "results/fields.h"
#include "results/judge.h"
#include "unit.h"

static int arms_of(const struct lab_experiment *e)
{
    int arms = 0;

    while (e->arms[arms].name != NULL)
        arms++;
    return arms;
}

static void each_is_whole(void **state)
{
    for (const struct lab_experiment *e = lab_after(NULL); e != NULL;
         e = lab_after(e)) {
        const int arms = arms_of(e);
        size_t parts = 0;

        assert_ptr_equal(lab_find(e->id), e); /* no other has its id */
        assert_true(e->claim[0] != '\0' && e->today[0] != '\0');
        assert_in_range(strlen(e->title), 1, 36); /* of a line of the list */
        assert_non_null(lab_group(e)->source);
        assert_true(e->rounds > 0 && e->rounds <= JUDGE_PAIRS_MAX);
        assert_true(arms <= LAB_ARMS);
        for (int a = 0; a < arms; a++)
            for (int b = 0; b < a; b++)
                assert_string_not_equal(e->arms[a].name, e->arms[b].name);
        for (; e->parts[parts].name != NULL; parts++) {
            const struct lab_part *part = &e->parts[parts];

            if (part->kind == LAB_UNTRIED || part->needs != LAB_ANYWHERE)
                assert_non_null(part->why);
            if (part->kind == LAB_UNTRIED)
                continue;
            assert_true(part->figure[0] == '/' && part->arm < arms);
            if (part->kind <= LAB_ALIKE) { /* else it can never be decided */
                assert_true(part->over != NULL || part->arm != part->base);
                assert_true(e->rounds >= JUDGE_PAIRS_MIN);
                assert_true(part->base < arms && part->margin >= 0);
            }
        }
        assert_in_range(parts, 1, LAB_PARTS);
    }
}

static void arms_are_words_of_run(void **state)
{
    static struct options options;

    for (const struct lab_experiment *e = lab_after(NULL); e != NULL;
         e = lab_after(e))
        for (int a = 0; a < arms_of(e); a++) {
            char *command = lab_command(&e->arms[a], a == 0);
            struct words words = {0};

            assert_true(words_split(&words, command));
            if (!lab_is_probe(&e->arms[a]) &&
                options_parse(&options, (int)words.count,
                              (char **)words.word) != ARGS_GO)
                fail_msg("%s: %s", e->id, command);
            words_free(&words);
            free(command);
        }
}

/* --- verdicts ------------------------------------------------------------- */

static const struct lab_experiment fake = {
    .id = "F1",
    .rounds = 8,
    .arms = {{"a", "run"}, {"b", "run"}, {"c", "run"}},
    .x = {1, 2, 4},
    .parts = {{"b carries more", LAB_ABOVE, "/rate", .arm = 1, .margin = 0.05},
              {"b carries less", LAB_BELOW, "/rate", .arm = 1, .margin = 0.05},
              {"they are alike", LAB_ALIKE, "/rate", .arm = 1, .margin = 0.05},
              {"c has seven", LAB_EQUALS, "/count", .arm = 2, .limit = 7},
              {"c has about five", LAB_ABOUT, "/count", .arm = 2, .limit = 5,
               .margin = 0.2},
              {"it is a line", LAB_LINEAR, "/rate", .arm = 2, .limit = 0.99},
              {"on Windows", LAB_EQUALS, "/count", .arm = 2, .limit = 7,
               .needs = LAB_WINDOWS, .why = "Windows"},
              {"nobody knows", LAB_UNTRIED, .why = "a larger machine"}}};

static void measure(cJSON *measured, int round, int arm, double rate,
                    double count, bool valid)
{
    cJSON *one = cJSON_CreateObject();

    cJSON_AddNumberToObject(one, "round", round);
    cJSON_AddStringToObject(one, "arm", fake.arms[arm].name);
    cJSON_AddBoolToObject(one, "valid", valid);
    cJSON *figures = cJSON_AddObjectToObject(one, "figures");
    cJSON_AddNumberToObject(figures, "/rate", rate);
    cJSON_AddNumberToObject(figures, "/count", count);
    cJSON_AddItemToArray(measured, one);
}

/* The rate of an arm is 100 times its x, or that of the first times `bend`. */
static cJSON *measured(double bend, size_t invalid)
{
    cJSON *all = cJSON_CreateArray();

    for (int round = 1; round <= fake.rounds; round++)
        for (int arm = 0; arm < 3; arm++) {
            double rate = 100 * (bend > 0 && arm == 1 ? bend : fake.x[arm]);

            measure(all, round, arm, rate, 7, (size_t)round > invalid);
        }
    return all;
}

/* What each part is judged to be: c confirmed, r refuted, u undecided, n not
 * measurable here; a dot stands for any. */
static void parts_are_judged(void **state)
{
    static const struct {
        double bend;    /* as measured() takes it; below 0: nothing was */
        size_t invalid; /* the first rounds that are not valid */
        bool wine;
        const char *verdicts;
    } cases[] = {
        {0, 0, true, "crrcrcnn"},
        {0, 0, false, "crrcrccn"},
        /* 100, 101, 400 is no line. */
        {1.01, 0, true, "r.c..r.."},
        {0, 1, true, "c......."}, /* seven pairs are left */
        /* A count does not need them. */
        {0, 2, true, "u..c...."},
        {-1, 0, true, "u..u.u.."},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        cJSON *all = cases[i].bend < 0
                         ? cJSON_CreateArray()
                         : measured(cases[i].bend, cases[i].invalid);
        cJSON *parts = lab_judge(&fake, all, cases[i].wine);
        const cJSON *part = parts->child;

        for (const char *wanted = cases[i].verdicts; *wanted != '\0';
             wanted++, part = part->next)
            if (*wanted != '.')
                assert_int_equal(record_text(part, "/verdict")[0], *wanted);
        cJSON_Delete(parts);
        cJSON_Delete(all);
    }
}

static void why_a_part_is_not(void **state)
{
    cJSON *all = measured(0, 2), *parts = lab_judge(&fake, all, true);

    assert_string_equal(lab_verdict(parts), "by part");
    holds(record_text(cJSON_GetArrayItem(parts, 0), "/why"), "6 of 8 pairs");
    assert_string_equal(record_text(cJSON_GetArrayItem(parts, 6), "/why"),
                        "Windows");
    cJSON_Delete(parts);
    cJSON_Delete(all);
}

static void criteria_are_sentences(void **state)
{
    static const char *const wanted[] = {
        "rate of 'b' / 'a' is above 1.05",
        "rate of 'b' / 'a' is below 0.952",
        "rate of 'b' / 'a' is from 0.952 to 1.05",
        "count of 'c' is 7",
        "count of 'c' is from 4.167 to 6",
    };

    for (size_t i = 0; i < COUNT(wanted); i++) {
        char *criterion = lab_criterion(&fake, &fake.parts[i]);

        assert_string_equal(criterion, wanted[i]);
        free(criterion);
    }
    char *line = lab_criterion(&fake, &fake.parts[COUNT(wanted)]);
    holds(line, "a rising line from 'a' on, with R squared of at least 0.99");
    free(line);
}

/* --- figures -------------------------------------------------------------- */

/* Windows' pool grows by pages, and other programs use it as well: 1,536 bytes
 * a socket, and up to 4 KB of noise. */
static cJSON *pool_line(double bytes)
{
    static const double noise[] = {0, 3000, -2000, 4000, -4000, 1000};
    cJSON *points = cJSON_CreateArray();

    for (int i = 0; i < 6; i++) {
        const double point[] = {200.0 * i, 5e8 + 200 * i * bytes + noise[i]};

        cJSON_AddItemToArray(points, cJSON_CreateDoubleArray(point, 2));
    }
    return points;
}

static void figure_is(const cJSON *record, const char *pointer, double wanted,
                      double by)
{
    double value = -1;

    assert_true(lab_figure(record, pointer, &value));
    if (!(value >= wanted - by && value <= wanted + by))
        fail_msg("%s is %g, not %g", pointer, value, wanted);
}

static void slopes_and_capacity(void **state)
{
    cJSON *record = cJSON_CreateObject();
    cJSON *pool = cJSON_AddObjectToObject(record, "pool");
    double value;

    assert_false(lab_figure(record, "/pool_of_50000_bytes", &value));
    cJSON_AddItemToObject(pool, "accepted", pool_line(1536));
    cJSON_AddItemToObject(pool, "receive_pending", pool_line(512));
    cJSON_AddItemToObject(pool, "flat", cJSON_CreateArray());
    figure_is(record, "/pool/accepted/slope", 1536, 10);
    figure_is(record, "/pool/accepted/r_squared", 1, 0.001);
    figure_is(record, "/pool/receive_pending/slope", 512, 10);
    figure_is(record, "/pool_of_50000_bytes", 50000 * 2048.0, 1e6);
    /* Half of a connection is not known, and takes nothing; then all is. */
    figure_is(record, "/pool/of_1000_connections", 1000 * 1536.0, 1e4);
    cJSON_AddItemToObject(pool, "unread", pool_line(4608));
    cJSON_AddItemToObject(pool, "connected", cJSON_CreateArray());
    figure_is(record, "/pool/of_1000_connections", 1000 * 6144.0, 1e4);
    assert_false(lab_figure(record, "/pool/connections_that_fit", &value));
    cJSON_AddNumberToObject(cJSON_AddObjectToObject(record, "limits"), "pool",
                            6144e6);
    figure_is(record, "/pool/connections_that_fit", 1e6, 1e4);
    assert_false(lab_figure(record, "/other/of_1000_connections", &value));
    assert_false(lab_figure(record, "/pool/flat/slope", &value));
    assert_false(lab_figure(record, "/pool/none/slope", &value));
    cJSON_Delete(record);
}

static void counts_and_truths(void **state)
{
    cJSON *record = cJSON_CreateObject();
    cJSON *server = cJSON_AddObjectToObject(record, "traffic");
    double value;

    cJSON_AddTrueToObject(record, "works");
    cJSON_AddFalseToObject(record, "fails");
    cJSON_AddNumberToObject(cJSON_AddObjectToObject(server, "errors"),
                            "WSAECONNRESET", 3);
    figure_is(record, "/works", 1, 0);
    figure_is(record, "/fails", 0, 0);
    figure_is(record, "/traffic/errors/WSAECONNRESET", 3, 0);
    figure_is(record, "/traffic/errors/WSAENOBUFS", 0, 0); /* none occurred */
    assert_false(lab_figure(record, "/traffic/refusals/WSAENOBUFS", &value));
    assert_false(lab_figure(record, "/traffic/rate", &value));
    cJSON_Delete(record);
}

RUN_TESTS(TEST(slopes_and_capacity), TEST(counts_and_truths),
          TEST(each_is_whole), TEST(arms_are_words_of_run),
          TEST(parts_are_judged), TEST(why_a_part_is_not),
          TEST(criteria_are_sentences))
