/* The judge: known values; the exact test against every change of signs; and
 * how often it is wrong, and how often it finds an effect, over thousands of
 * series of pairs whose truth is known. */
#include "results/judge.h"
#include "random_unit.h"

enum { PAIRS = 8, SERIES = 1000 };

static void known_pairs(void **state)
{
    const double arm[] = {2, 4, 2, 4, 2, 4, 2, 4},
                 base[] = {1, 1, 1, 1, 1, 1, 1, 1};
    const double gaps[] = {2, 0, -1, 2}, ones[] = {1, 1, 1, 0};
    struct paired found = paired_ratio(arm, base, 8);

    near_to(found.ratio, sqrt(8), 1e-12);
    near_to(found.p, 2.0 / 256, 1e-12); /* all on one side */
    near_to(found.low, 2, 1e-12);
    near_to(found.high, 4, 1e-12);
    near_to(found.spread, log(2) / 2 * sqrt(8.0 / 7), 1e-12);
    /* Values that are not above zero are none. */
    assert_int_equal(paired_ratio(gaps, ones, 4).pairs, 1);
    assert_int_equal(paired_ratio(arm, base, 0).pairs, 0);
    near_to(paired_ratio(base, base, 8).p, 1, 0);
}

/* Of distinct values the outermost subset means are known: with seven pairs one
 * of 128 parts lies beyond, with eight two of 256. */
static void intervals(void **state)
{
    double arm[PAIRS], base[PAIRS];
    struct paired found;

    for (int i = 0; i < PAIRS; i++) {
        arm[i] = exp(0.01 * (i + 1));
        base[i] = 1;
    }
    found = paired_ratio(arm, base, JUDGE_PAIRS_MIN);
    near_to(log(found.low), 0.01, 1e-12);
    near_to(log(found.high), 0.07, 1e-12);
    found = paired_ratio(arm, base, PAIRS);
    near_to(log(found.low), 0.015, 1e-12); /* of the lowest two */
    near_to(log(found.high), 0.075, 1e-12);
    found = paired_ratio(arm, base, JUDGE_PAIRS_MIN - 1);
    assert_true(found.low <= 0 && isinf(found.high)); /* too few */
    assert_int_equal(judge_ratio(&found, JUDGE_ABOVE, 0.05), JUDGE_UNDECIDED);
    assert_int_equal(judge_ratio(&found, JUDGE_ALIKE, 0.05), JUDGE_UNDECIDED);
}

static void the_test_is_exact(void **state)
{
    struct random r = {5};

    for (int turn = 0; turn < 50; turn++) {
        double arm[6], base[6], logs[6], sum = 0;
        int as_far = 0;

        for (int i = 0; i < 6; i++) {
            logs[i] = random_normal(&r) + 0.5;
            arm[i] = exp(logs[i]);
            base[i] = 1;
            sum += logs[i];
        }
        for (int signs = 0; signs < 64; signs++) {
            double other = 0;

            for (int i = 0; i < 6; i++)
                other += (signs >> i & 1) != 0 ? logs[i] : -logs[i];
            as_far += fabs(other) >= fabs(sum) * (1 - 1e-9);
        }
        near_to(paired_ratio(arm, base, 6).p, as_far / 64.0, 1e-12);
    }
}

static void counts(void **state)
{
    const double same[] = {50, 50, 50}, mixed[] = {50, 49, 50};

    assert_int_equal(judge_count(same, 3, 50, 50), JUDGE_CONFIRMED);
    assert_int_equal(judge_count(same, 3, 49, 49), JUDGE_REFUTED);
    assert_int_equal(judge_count(mixed, 3, 50, 50), JUDGE_UNDECIDED);
    assert_int_equal(judge_count(mixed, 3, 49, INFINITY), JUDGE_CONFIRMED);
    assert_int_equal(judge_count(mixed, 3, 51, INFINITY), JUDGE_REFUTED);
    assert_int_equal(judge_count(mixed, 3, -INFINITY, 49), JUDGE_UNDECIDED);
    assert_int_equal(judge_count(NULL, 0, 0, 0), JUDGE_UNDECIDED);
}

static void lines(void **state)
{
    const double x[] = {0, 1, 2, 3}, y[] = {1, 3, 5, 7}, bent[] = {0, 1, 4, 9};
    struct line line;

    assert_true(line_through(x, y, 4, &line));
    near_to(line.slope, 2, 1e-12);
    near_to(line.at_zero, 1, 1e-12);
    near_to(line.r_squared, 1, 1e-12);
    assert_true(line_through(x, bent, 4, &line));
    near_to(line.r_squared, 225.0 / 245, 1e-12); /* 15^2 / (5 x 49) */
    assert_false(line_through(x, y, 2, &line));
    assert_false(line_through(y, (const double[]){2, 2, 2, 2}, 4, &line));
    assert_false(line_through((const double[]){1, 1, 2, 2}, y, 4, &line));
}

/* --- how often it is wrong ------------------------------------------------ */

/* The spread of adjacent pairs as it was measured here, on a quiet machine and
 * on a disturbed one; one pair in ten is held up, on either side. */
#define QUIET     0.021
#define DISTURBED 0.11
#define MARGIN    0.05

struct found {
    int verdict[JUDGE_VERDICTS];
};

/* Series whose true ratio is exp(effect), as the programs would measure them:
 * a machine that drifts, in pairs of changing order. */
static struct found judged(enum judge_ratio claim, double margin, double effect,
                           double noise, bool held_up)
{
    struct random r = {20261128};
    struct found found = {{0}};

    for (int series = 0; series < SERIES; series++) {
        double arm[PAIRS], base[PAIRS], drift = 0;

        for (int i = 0; i < PAIRS; i++) {
            double side[2];

            for (int turn = 0; turn < 2; turn++) {
                drift += 0.002;
                side[turn] = drift + noise / sqrt(2) * random_normal(&r);
                if (held_up && random_unit(&r) < 0.05)
                    side[turn] -= 0.3;
            }
            arm[i] = exp(side[i % 2] + effect);
            base[i] = exp(side[1 - i % 2]);
        }
        struct paired pairs = paired_ratio(arm, base, PAIRS);
        found.verdict[judge_ratio(&pairs, claim, margin)]++;
    }
    return found;
}

/* At most one series in a hundred has this verdict. */
static void rare(int verdict, enum judge_ratio claim, double effect,
                 double noise, bool held_up)
{
    struct found found = judged(claim, MARGIN, effect, noise, held_up);

    assert_in_range(found.verdict[verdict], 0, SERIES / 100);
}

/* No effect, one below the margin, one above it, the opposite, and all of them
 * in noise. */
static void errors_are_rare(void **state)
{
    const double m = log(1 + MARGIN), above[] = {2, 1.2},
                 under[] = {0.8, 0.5, 0, -0.8, -2};

    for (int n = 0; n < 4; n++) {
        double noise = n % 2 == 0 ? QUIET : DISTURBED;
        bool held_up = n > 1;

        for (size_t i = 0; i < COUNT(under); i++) {
            double effect = under[i] * m;

            rare(JUDGE_CONFIRMED, JUDGE_ABOVE, effect, noise, held_up);
            rare(JUDGE_CONFIRMED, JUDGE_BELOW, -effect, noise, held_up);
            if (fabs(under[i]) < 1)
                rare(JUDGE_REFUTED, JUDGE_ALIKE, effect, noise, held_up);
        }
        for (size_t i = 0; i < COUNT(above); i++) {
            double effect = above[i] * m;

            rare(JUDGE_REFUTED, JUDGE_ABOVE, effect, noise, held_up);
            rare(JUDGE_REFUTED, JUDGE_BELOW, -effect, noise, held_up);
            rare(JUDGE_CONFIRMED, JUDGE_ALIKE, effect, noise, held_up);
        }
    }
}

/* In most series; what is twice a margin that fits the noise, in noise, too. */
static void effects_are_found(void **state)
{
    static const struct {
        enum judge_ratio claim;
        double times, margin, noise; /* the effect, in margins */
        int verdict;
    } cases[] = {
        {JUDGE_ABOVE, 2, MARGIN, QUIET, JUDGE_CONFIRMED},
        {JUDGE_BELOW, -2, MARGIN, QUIET, JUDGE_CONFIRMED},
        {JUDGE_ABOVE, 0, MARGIN, QUIET, JUDGE_REFUTED},
        {JUDGE_ABOVE, -2, MARGIN, QUIET, JUDGE_REFUTED},
        {JUDGE_ALIKE, 0, MARGIN, QUIET, JUDGE_CONFIRMED},
        {JUDGE_ALIKE, 2, MARGIN, QUIET, JUDGE_REFUTED},
        {JUDGE_ABOVE, 2, 0.3, DISTURBED, JUDGE_CONFIRMED},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct found found = judged(cases[i].claim, cases[i].margin,
                                    cases[i].times * log(1 + cases[i].margin),
                                    cases[i].noise, false);

        assert_in_range(found.verdict[cases[i].verdict], SERIES * 95 / 100,
                        SERIES);
    }
}

RUN_TESTS(TEST(known_pairs), TEST(intervals), TEST(the_test_is_exact),
          TEST(counts), TEST(lines), TEST(errors_are_rare),
          TEST(effects_are_found))
