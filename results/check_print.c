#include "results/check.h"

#include <math.h>
#include <stdlib.h>

#include "common/die.h"
#include "common/number.h"
#include "results/stats.h"
#include "results/table_cells.h"
#include "results/text.h"

enum { CHECK_PRINT_COLUMNS = 11, CHECK_VERSION = 1 };

const char *check_verdict_name(enum check_verdict verdict)
{
    static const char *const names[] = {"worse",  "suspect", "unclear",
                                        "within", "better",  "not_decidable"};

    return names[verdict];
}

/* --- cells --------------------------------------------------------------- */

static char *check_print_value(const struct check_comparison *c, double value)
{
    const struct check_metric_info *metric = &check_metrics[c->metric];
    struct text text = {0};
    char count[40];

    if (!(value > 0))
        return text_copy("n/a");
    if (metric->decimals > 0)
        text_add(&text, "%.*f", metric->decimals, value * metric->scale);
    else
        text_add(&text, "%s",
                 number_show_count(number_whole(value * metric->scale + 0.5),
                                   count, sizeof count));
    return text_take(&text);
}

static char *check_print_verdict(const struct check *check,
                                 const struct check_comparison *c)
{
    struct text text = {0};

    switch (c->verdict) {
    case CHECK_WORSE:
        return text_copy("WORSE");
    case CHECK_SUSPECT:
        return text_copy("suspect");
    case CHECK_UNCLEAR:
        return text_copy("unclear");
    case CHECK_BETTER:
        return text_copy("better");
    case CHECK_WITHIN:
        text_add(&text, "within %.3g %%", 100 * check->options.threshold);
        return text_take(&text);
    case CHECK_UNDECIDED:
        break;
    }
    return text_copy("not decidable");
}

static char *check_print_format(const char *format, double a, double b)
{
    struct text text = {0};

    text_add(&text, format, a, b);
    return text_take(&text);
}

static char *check_print_count(double value)
{
    char count[40];

    return text_copy(
        number_show_count(number_whole(value), count, sizeof count));
}

static void check_print_row(const struct check *check,
                            const struct check_comparison *c, bool settings,
                            char **cell)
{
    bool known = c->why == NULL;

    *cell++ = text_copy(c->baseline->model);
    if (settings)
        *cell++ = text_copy(c->baseline->label);
    *cell++ = check_print_count(c->baseline->connections);
    *cell++ = text_copy(check_metrics[c->metric].heading);
    *cell++ = check_print_format("%.0f+%.0f", (double)c->baseline_runs,
                                 (double)c->candidate_runs);
    *cell++ = check_print_value(c, c->baseline_median);
    *cell++ = check_print_value(c, c->candidate_median);
    *cell++ = known ? check_print_format("%.3f", c->ratio, 0) : text_copy("");
    *cell++ = known ? check_print_format("%.3f..%.3f", c->low, c->high)
                    : text_copy("");
    *cell++ = known ? check_print_format(
                          "%.2g", fmin(c->chance_worse, c->chance_better), 0)
                    : text_copy("");
    *cell++ = check_print_verdict(check, c);
}

static bool check_print_settings(const struct check *check)
{
    for (size_t i = 0; i < check->count; i++)
        if (check->comparisons[i].baseline->label[0] != '\0')
            return true;
    return false;
}

static char *check_print_table(const struct check *check, bool markdown)
{
    static const char *const names[] = {
        "model",     "setting", "connections",   "metric", "runs",   "baseline",
        "candidate", "ratio",   "95 % interval", "chance", "verdict"};
    bool settings = check_print_settings(check), left[CHECK_PRINT_COLUMNS];
    size_t columns = 0, cells = 0;
    char *heading[CHECK_PRINT_COLUMNS], none[] = "", *text;
    struct table_cells table = {.rows = check->count, .machine = none};

    for (size_t i = 0; i < CHECK_PRINT_COLUMNS; i++) {
        if (i == 1 && !settings)
            continue;
        left[columns] = i < 2 || i == 3 || i + 1 == CHECK_PRINT_COLUMNS;
        heading[columns++] = text_copy(names[i]);
    }
    table.columns = columns;
    table.heading = heading;
    table.left = left;
    table.cell = calloc(columns * check->count, sizeof(char *));
    table.interval = calloc(columns * check->count, sizeof(char *));
    if (table.cell == NULL || table.interval == NULL)
        die("calloc");
    for (size_t i = 0; i < check->count; i++)
        check_print_row(check, &check->comparisons[i], settings,
                        table.cell + i * columns);
    for (; cells < columns * check->count; cells++)
        table.interval[cells] = none;
    text = markdown ? table_print_markdown(&table) : table_print_text(&table);
    for (size_t i = 0; i < columns; i++)
        free(heading[i]);
    for (size_t i = 0; i < cells; i++)
        free(table.cell[i]);
    free(table.cell);
    free(table.interval);
    return text;
}

/* --- words --------------------------------------------------------------- */

/* "iocp at 1,000: round trips/s 12.3 % less (at least 8.1 %)" */
static void check_print_change(struct text *text,
                               const struct check_comparison *c)
{
    bool less = c->ratio < 1;
    double nearer = less ? c->high : c->low;
    char count[40];

    text_add(text, "  %s at %s%s%s: %s %.1f %% %s (95 %%: at least %.1f %%)",
             c->baseline->model,
             number_show_count(number_whole(c->baseline->connections), count,
                               sizeof count),
             c->baseline->label[0] != '\0' ? " " : "", c->baseline->label,
             check_metrics[c->metric].heading, 100 * fabs(c->ratio - 1),
             less ? "less" : "more", 100 * fabs(nearer - 1));
}

static void check_print_those(struct text *text, const struct check *check,
                              enum check_verdict verdict, const char *heading,
                              const char *end)
{
    if (check_count(check, verdict) == 0)
        return;
    text_add(text, "%s%s", heading, end);
    for (size_t i = 0; i < check->count; i++)
        if (check->comparisons[i].verdict == verdict) {
            check_print_change(text, &check->comparisons[i]);
            text_add(text, "%s", end);
        }
}

static void check_print_unknown(struct text *text, const struct check *check,
                                const char *end)
{
    for (size_t i = 0; i < check->count; i++) {
        const struct check_comparison *c = &check->comparisons[i];
        char count[40];

        if (c->verdict != CHECK_UNDECIDED)
            continue;
        text_add(text, "Not decidable: %s at %s, %s: %s.%s", c->baseline->model,
                 number_show_count(number_whole(c->baseline->connections),
                                   count, sizeof count),
                 check_metrics[c->metric].heading, c->why, end);
    }
}

static void check_print_answer(struct text *text, const struct check *check,
                               const char *end)
{
    size_t worse = check_count(check, CHECK_WORSE);
    size_t undecided = check_count(check, CHECK_UNDECIDED);
    double percent = 100 * check->options.threshold;

    if (undecided == check->count) {
        text_add(text, "NOT DECIDABLE: none of %lu comparisons.%s",
                 (unsigned long)check->count, end);
        return;
    }
    if (worse > 0)
        text_add(text, "WORSE by more than %.3g %%: %lu of %lu comparisons",
                 percent, (unsigned long)worse, (unsigned long)check->count);
    else
        text_add(text,
                 "Nothing is surely worse by more than %.3g %%, of %lu "
                 "comparisons",
                 percent, (unsigned long)(check->count - undecided));
    if (undecided > 0)
        text_add(text, "; %lu are NOT DECIDABLE", (unsigned long)undecided);
    text_add(text, "%s.%s",
             check->short_of > 0 ? " (some have too few runs to tell)" : "",
             end);
}

static void check_print_method(struct text *text, const struct check *check,
                               const char *end)
{
    text_add(
        text,
        "Ratio: candidate / baseline, of the medians of the valid runs; "
        "interval: bootstrap, %d resamples, seed %llu.%s"
        "Worse or better: the whole interval lies past %.3g %%, and the chance "
        "to see it without any change (exact rank test, one side) is at most "
        "%.2g.%s"
        "That limit is %.3g %% shared among the comparisons: two alike sets "
        "give a false alarm in at most 1 check of %.0f.%s"
        "Suspect: past it by the interval alone. Unclear: the interval reaches "
        "past it; more runs narrow it.%s",
        STATS_RESAMPLES, (unsigned long long)check->options.seed, end,
        100 * check->options.threshold, check->chance_limit, end,
        100 * CHECK_FAMILY_CHANCE, 1 / CHECK_FAMILY_CHANCE, end, end);
}

static char *check_print_words(const struct check *check, bool markdown,
                               const char *baseline, const char *candidate)
{
    const char *end = markdown ? "\n\n" : "\n";
    char *table = check_print_table(check, markdown);
    struct text text = {0};

    text_add(&text, "Candidate %s against baseline %s\n\n%s", candidate,
             baseline, table);
    check_print_answer(&text, check, end);
    check_print_those(&text, check, CHECK_WORSE, "Worse:", end);
    check_print_those(&text, check, CHECK_SUSPECT,
                      "Suspect, but it can be chance:", end);
    check_print_those(&text, check, CHECK_BETTER, "Better:", end);
    check_print_unknown(&text, check, end);
    text_add(&text, "\n");
    for (size_t i = 0; i < check->caution_count; i++)
        text_add(&text, "Note: %s%s", check->cautions[i], end);
    check_print_method(&text, check, end);
    free(table);
    return text_take(&text);
}

/* --- JSON ---------------------------------------------------------------- */

static void check_print_number(cJSON *object, const char *key, bool known,
                               double value)
{
    if (known)
        cJSON_AddNumberToObject(object, key, value);
    else
        cJSON_AddNullToObject(object, key);
}

static cJSON *check_print_comparison(const struct check_comparison *c)
{
    cJSON *object = cJSON_CreateObject();
    bool known = c->why == NULL;

    cJSON_AddStringToObject(object, "model", c->baseline->model);
    cJSON_AddNumberToObject(object, "connections", c->baseline->connections);
    cJSON_AddStringToObject(object, "setting", c->baseline->asked);
    cJSON_AddStringToObject(object, "metric", check_metrics[c->metric].column);
    cJSON_AddNumberToObject(object, "baseline_runs", (double)c->baseline_runs);
    cJSON_AddNumberToObject(object, "candidate_runs",
                            (double)c->candidate_runs);
    check_print_number(object, "baseline", c->baseline_median > 0,
                       c->baseline_median);
    check_print_number(object, "candidate", c->candidate_median > 0,
                       c->candidate_median);
    check_print_number(object, "ratio", known, c->ratio);
    check_print_number(object, "ratio_low", known, c->low);
    check_print_number(object, "ratio_high", known, c->high);
    check_print_number(object, "chance_worse", known, c->chance_worse);
    check_print_number(object, "chance_better", known, c->chance_better);
    cJSON_AddStringToObject(object, "verdict", check_verdict_name(c->verdict));
    if (known)
        cJSON_AddNullToObject(object, "why");
    else
        cJSON_AddStringToObject(object, "why", c->why);
    return object;
}

static char *check_print_json(const struct check *check, const char *baseline,
                              const char *candidate)
{
    cJSON *root = cJSON_CreateObject(), *list;
    char *printed;
    struct text text = {0};

    cJSON_AddStringToObject(root, "schema", "iomodels/check");
    cJSON_AddNumberToObject(root, "schema_version", CHECK_VERSION);
    cJSON_AddStringToObject(root, "baseline", baseline);
    cJSON_AddStringToObject(root, "candidate", candidate);
    cJSON_AddNumberToObject(root, "threshold", check->options.threshold);
    cJSON_AddNumberToObject(root, "seed", (double)check->options.seed);
    cJSON_AddNumberToObject(root, "resamples", STATS_RESAMPLES);
    cJSON_AddNumberToObject(root, "interval", 0.95);
    cJSON_AddNumberToObject(root, "family_chance", CHECK_FAMILY_CHANCE);
    cJSON_AddNumberToObject(root, "chance_limit", check->chance_limit);
    cJSON_AddBoolToObject(root, "worse", check_count(check, CHECK_WORSE) > 0);
    list = cJSON_AddArrayToObject(root, "comparisons");
    for (size_t i = 0; i < check->count; i++)
        cJSON_AddItemToArray(list,
                             check_print_comparison(&check->comparisons[i]));
    list = cJSON_AddArrayToObject(root, "cautions");
    for (size_t i = 0; i < check->caution_count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(check->cautions[i]));
    printed = cJSON_Print(root);
    if (printed == NULL)
        die("cJSON_Print");
    text_add(&text, "%s\n", printed);
    cJSON_free(printed);
    cJSON_Delete(root);
    return text_take(&text);
}

char *check_print(const struct check *check, enum check_format format,
                  const char *baseline, const char *candidate)
{
    if (format == CHECK_JSON)
        return check_print_json(check, baseline, candidate);
    return check_print_words(check, format == CHECK_MARKDOWN, baseline,
                             candidate);
}
