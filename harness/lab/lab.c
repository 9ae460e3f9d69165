#include "lab/lab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/stats.h"

/* What was written in the book's time. */
#define LAB_TIME                                                               \
    "Writings on scalable Winsock servers for Windows NT 4.0, 2000 and XP "    \
    "(2000 to 2002)"

const struct lab_group lab_groups[] = {
    {"models",
     "Network Programming for Microsoft Windows, 2nd edition (2002), chapter 6",
     lab_models},
    {"accepting", LAB_TIME, lab_accepting},
    {"data", LAB_TIME, lab_data},
    {"resources", LAB_TIME, lab_resources},
    {"more", LAB_TIME, lab_more},
    {NULL, NULL, NULL},
};

const struct lab_group *lab_group(const struct lab_experiment *e)
{
    const struct lab_group *group = lab_groups;
    const struct lab_experiment *one = group->experiments;
    while (one != e) {
        one++;
        if (one->id == NULL)
            one = (++group)->experiments;
    }
    return group;
}

const struct lab_experiment *lab_after(const struct lab_experiment *e)
{
    if (e == NULL)
        return lab_groups->experiments;
    return e[1].id != NULL ? e + 1 : lab_group(e)[1].experiments;
}

const struct lab_experiment *lab_find(const char *id)
{
    const struct lab_experiment *e = lab_after(NULL);
    while (e != NULL && strcmp(e->id, id) != 0)
        e = lab_after(e);
    return e;
}

/* --- arms and criteria, for people ---------------------------------------- */

bool lab_is_probe(const struct lab_arm *arm)
{
    return strncmp(arm->words, "probe ", strlen("probe ")) == 0;
}

char *lab_command(const struct lab_arm *arm, bool quick)
{
    struct text words = {0};
    text_add(&words, "%s", arm->words);
    if (!lab_is_probe(arm)) {
        if (strstr(arm->words, "--duration") == NULL)
            text_add(&words, " --duration %s", quick ? "200ms" : "1s");
        if (strstr(arm->words, "--warmup") == NULL)
            text_add(&words, " --warmup %s", quick ? "50ms" : "200ms");
    }
    return text_take(&words);
}

static bool lab_is_ratio(const struct lab_part *part)
{
    return part->kind <= LAB_ALIKE;
}

/* What is compared, without the slashes that pointers begin with. */
static char *lab_compared(const struct lab_part *part, const char *arm,
                          const char *base)
{
    if (part->kind > LAB_ALIKE)
        return text_make("%s of '%s'", part->figure + 1, arm);
    if (part->over != NULL)
        return part->arm == part->base
                   ? text_make("%s / %s of '%s'", part->figure + 1,
                               part->over + 1, arm)
                   : text_make("%s of '%s' / %s of '%s'", part->figure + 1, arm,
                               part->over + 1, base);
    return text_make("%s of '%s' / '%s'", part->figure + 1, arm, base);
}

char *lab_criterion(const struct lab_experiment *e, const struct lab_part *part)
{
    const char *arm = e->arms[part->arm].name;
    const char *base = e->arms[part->base].name;
    const double m = 1 + part->margin, limit = part->limit;
    char *what, *bound = NULL;
    if (part->kind == LAB_UNTRIED)
        return text_copy("none");
    what = lab_compared(part, arm, base);
    switch (part->kind) {
    case LAB_ABOVE:
        bound = text_make("above %.3g", m);
        break;
    case LAB_BELOW:
        bound = text_make("below %.3g", 1 / m);
        break;
    case LAB_ALIKE:
        bound = text_make("from %.3g to %.3g", 1 / m, m);
        break;
    case LAB_EQUALS:
        bound = text_make("%g", limit);
        break;
    case LAB_AT_LEAST:
        bound = text_make("at least %g", limit);
        break;
    case LAB_AT_MOST:
        bound = text_make("at most %g", limit);
        break;
    case LAB_ABOUT:
        bound = text_make("from %.4g to %.4g", limit / m, limit * m);
        break;
    case LAB_LINEAR:
        bound = text_make("on a rising line from '%s' on, with R squared of at "
                          "least %.3g",
                          base, limit);
        break;
    case LAB_UNTRIED:
        break;
    }
    char *criterion = text_make("%s is %s", what, bound);
    free(what);
    free(bound);
    return criterion;
}

const char *lab_not_here(const struct lab_part *part, bool wine)
{
    const bool here =
        part->needs == LAB_ANYWHERE || (part->needs == LAB_WINE) == wine;
    return part->kind == LAB_UNTRIED || !here ? part->why : NULL;
}

/* --- what was measured ---------------------------------------------------- */

/* The figure of an arm in a round, or NAN. A ratio needs runs that are valid; a
 * count may be of one that lost what it counts. */
static double lab_value(const cJSON *measured, int round, const char *arm,
                        const struct lab_part *part, const char *pointer)
{
    const bool any = !lab_is_ratio(part) && part->kind != LAB_LINEAR;
    double value = (double)NAN;
    const cJSON *one;
    cJSON_ArrayForEach (one, measured) {
        const cJSON *figure = cJSON_GetObjectItemCaseSensitive(
            record_at(one, "/figures"), pointer);
        double at = 0;
        if (record_number(one, "/round", &at) && (int)at == round &&
            strcmp(record_text(one, "/arm"), arm) == 0 &&
            (any || record_is_valid(one)) && cJSON_IsNumber(figure))
            value = figure->valuedouble;
    }
    return value;
}

static cJSON *lab_numbers(const double *values, size_t count)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, isnan(values[i])
                                       ? cJSON_CreateNull()
                                       : cJSON_CreateNumber(values[i]));
    return list;
}

/* --- a part --------------------------------------------------------------- */

struct lab_case {
    const struct lab_experiment *e;
    const struct lab_part *part;
    const cJSON *measured;
    cJSON *found; /* what the verdict stands on goes there */
};

static void lab_values(const struct lab_case *c, int arm, const char *figure,
                       double *values)
{
    for (int round = 0; round < c->e->rounds; round++)
        values[round] = lab_value(c->measured, round + 1, c->e->arms[arm].name,
                                  c->part, figure);
}

static enum judge_verdict lab_ratio(const struct lab_case *c)
{
    const size_t rounds = (size_t)c->e->rounds;
    double arm[JUDGE_PAIRS_MAX], base[JUDGE_PAIRS_MAX];
    lab_values(c, c->part->arm, c->part->figure, arm);
    lab_values(c, c->part->base,
               c->part->over != NULL ? c->part->over : c->part->figure, base);
    struct paired pairs = paired_ratio(arm, base, rounds);
    cJSON_AddItemToObject(c->found, "arm_values", lab_numbers(arm, rounds));
    cJSON_AddItemToObject(c->found, "base_values", lab_numbers(base, rounds));
    cJSON_AddNumberToObject(c->found, "pairs", (double)pairs.pairs);
    if (pairs.pairs >= JUDGE_PAIRS_MIN) {
        cJSON_AddNumberToObject(c->found, "ratio", pairs.ratio);
        cJSON_AddNumberToObject(c->found, "low", pairs.low);
        cJSON_AddNumberToObject(c->found, "high", pairs.high);
        cJSON_AddNumberToObject(c->found, "p", pairs.p);
        cJSON_AddNumberToObject(c->found, "spread_percent", 100 * pairs.spread);
    } else {
        char *why = text_make("%zu of %d pairs were measured, and %d are "
                              "needed",
                              pairs.pairs, c->e->rounds, JUDGE_PAIRS_MIN);
        cJSON_AddStringToObject(c->found, "why", why);
        free(why);
    }
    return judge_ratio(&pairs, (enum judge_ratio)c->part->kind,
                       c->part->margin);
}

static enum judge_verdict lab_counted(const struct lab_case *c)
{
    const struct lab_part *part = c->part;
    const double infinite = (double)INFINITY;
    const double m = part->kind == LAB_ABOUT ? 1 + part->margin : 1;
    double values[JUDGE_PAIRS_MAX];
    size_t count = 0;
    lab_values(c, part->arm, part->figure, values);
    for (int i = 0; i < c->e->rounds; i++)
        if (!isnan(values[i]))
            values[count++] = values[i];
    cJSON_AddItemToObject(c->found, "arm_values", lab_numbers(values, count));
    if (count == 0)
        cJSON_AddStringToObject(c->found, "why", "no run has the figure");
    return judge_count(values, count,
                       part->kind == LAB_AT_MOST ? -infinite : part->limit / m,
                       part->kind == LAB_AT_LEAST ? infinite : part->limit * m);
}

static enum judge_verdict lab_linear(const struct lab_case *c)
{
    const int first = c->part->base, arms = c->part->arm - first + 1;
    double values[LAB_ARMS][JUDGE_PAIRS_MAX], x[LAB_ARMS], y[LAB_ARMS];
    double fits[JUDGE_PAIRS_MAX];
    size_t count = 0;
    for (int i = 0; i < arms; i++) {
        x[i] = c->e->x[first + i];
        lab_values(c, first + i, c->part->figure, values[i]);
    }
    for (int round = 0; round < c->e->rounds; round++) {
        struct line line;
        bool whole = true;
        for (int i = 0; i < arms; i++) {
            y[i] = values[i][round];
            whole = whole && !isnan(y[i]);
        }
        if (whole && line_through(x, y, (size_t)arms, &line))
            fits[count++] = line.slope > 0 ? line.r_squared : 0;
    }
    cJSON *points = cJSON_AddArrayToObject(c->found, "points");
    for (int i = 0; i < arms; i++) {
        double kept[JUDGE_PAIRS_MAX];
        size_t known = 0;
        for (int round = 0; round < c->e->rounds; round++)
            if (!isnan(values[i][round]))
                kept[known++] = values[i][round];
        const double point[] = {x[i], stats_median(kept, known)};
        cJSON_AddItemToArray(points, lab_numbers(point, 2));
    }
    cJSON_AddItemToObject(c->found, "arm_values", lab_numbers(fits, count));
    return judge_count(fits, count, c->part->limit, 1);
}

static cJSON *lab_judge_part(const struct lab_experiment *e,
                             const struct lab_part *part, const cJSON *measured,
                             bool wine)
{
    cJSON *found = cJSON_CreateObject();
    const struct lab_case c = {e, part, measured, found};
    const char *not_here = lab_not_here(part, wine);
    const bool tried = part->kind != LAB_UNTRIED;
    enum judge_verdict verdict = JUDGE_NOT_MEASURABLE;
    char *criterion = lab_criterion(e, part);
    cJSON_AddStringToObject(found, "part", part->name);
    cJSON_AddStringToObject(found, "criterion", criterion);
    cJSON_AddStringToObject(found, "kind",
                            !tried                     ? "untried"
                            : lab_is_ratio(part)       ? "ratio"
                            : part->kind == LAB_LINEAR ? "line"
                                                       : "count");
    if (tried) {
        cJSON_AddStringToObject(found, "figure", part->figure);
        cJSON_AddStringToObject(found, "arm", e->arms[part->arm].name);
        cJSON_AddNumberToObject(found, "limit", part->limit);
        cJSON_AddNumberToObject(found, "margin", part->margin);
    }
    if (lab_is_ratio(part) || part->kind == LAB_LINEAR)
        cJSON_AddStringToObject(found, "base", e->arms[part->base].name);
    if (lab_is_ratio(part))
        verdict = lab_ratio(&c);
    else if (part->kind == LAB_LINEAR)
        verdict = lab_linear(&c);
    else if (tried)
        verdict = lab_counted(&c);
    if (not_here != NULL) {
        verdict = JUDGE_NOT_MEASURABLE;
        cJSON_DeleteItemFromObjectCaseSensitive(found, "why");
        cJSON_AddStringToObject(found, "why", not_here);
    }
    cJSON_AddStringToObject(found, "verdict", judge_words[verdict]);
    free(criterion);
    return found;
}

cJSON *lab_judge(const struct lab_experiment *e, const cJSON *measured,
                 bool wine)
{
    cJSON *parts = cJSON_CreateArray();
    for (const struct lab_part *part = e->parts; part->name != NULL; part++)
        cJSON_AddItemToArray(parts, lab_judge_part(e, part, measured, wine));
    return parts;
}

const char *lab_verdict(const cJSON *parts)
{
    const char *all = record_text(parts, "/0/verdict");
    const cJSON *part;
    cJSON_ArrayForEach (part, parts)
        if (strcmp(record_text(part, "/verdict"), all) != 0)
            return "by part";
    return all;
}

/* --- figures, from a record or a probe's line ---------------------------- */

static bool lab_line(const cJSON *points, struct line *line)
{
    enum { POINTS = 64 };
    double x[POINTS], y[POINTS];
    size_t count = 0;
    const cJSON *point;
    cJSON_ArrayForEach (point, points)
        if (count < POINTS && record_number(point, "/0", &x[count]) &&
            record_number(point, "/1", &y[count]))
            count++;
    return line_through(x, y, count, line);
}

/* POINTS/slope and POINTS/r_squared, of an array of [number, bytes]. */
static bool lab_of_line(const cJSON *record, const char *above,
                        const char *last, double *value)
{
    struct line line;
    const cJSON *points = record_at(record, above);
    if (!cJSON_IsArray(points) || !lab_line(points, &line))
        return false;
    *value = strcmp(last, "/slope") == 0 ? line.slope : line.r_squared;
    return strcmp(last, "/slope") == 0 || strcmp(last, "/r_squared") == 0;
}

/* The capacity model: both ends of a connection, and a message of 4 KB that one
 * of them has not received yet, take so many bytes of `memory` ("/pool"). What
 * takes none has samples that are all alike, and no line. */
static double lab_connection_bytes(const cJSON *record, const char *memory)
{
    static const char *const stages[] = {"created", "bound", "connected",
                                         "accepted", "unread"};
    double bytes = 0;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        char *pointer = text_make("%s/%s", memory, stages[i]);
        struct line line;
        if (lab_line(record_at(record, pointer), &line))
            bytes += line.slope;
        free(pointer);
    }
    return bytes;
}

/* MEMORY/of_1000_connections and MEMORY/connections_that_fit. */
static bool lab_of_connections(const cJSON *record, const char *above,
                               const char *last, double *value)
{
    const double bytes = lab_connection_bytes(record, above);
    double limit = 0;
    char *pointer = text_make("/limits%s", above);
    const bool known = record_number(record, pointer, &limit);
    free(pointer);
    *value = strcmp(last, "/of_1000_connections") == 0 ? 1000 * bytes
                                                       : limit / bytes;
    return bytes > 0 && (strcmp(last, "/of_1000_connections") == 0 ||
                         (strcmp(last, "/connections_that_fit") == 0 && known));
}

/* What 50,000 accepted connections with a pending operation take. */
static bool lab_of_capacity(const cJSON *record, const char *pointer,
                            double *value)
{
    const double connections = 50000;
    struct line accepted, pending;
    if (strcmp(pointer, "/pool_of_50000_bytes") != 0 ||
        !lab_line(record_at(record, "/pool/accepted"), &accepted) ||
        !lab_line(record_at(record, "/pool/receive_pending"), &pending))
        return false;
    *value = connections * (accepted.slope + pending.slope);
    return true;
}

/* An error or outcome that did not occur is not listed: 0. */
static bool lab_of_counts(const cJSON *record, const char *above, double *value)
{
    const char *map = strrchr(above, '/');
    *value = 0;
    return map != NULL &&
           (strcmp(map, "/errors") == 0 || strcmp(map, "/refusals") == 0 ||
            strcmp(map, "/outcomes") == 0) &&
           record_object(record, above) != NULL;
}

bool lab_figure(const cJSON *record, const char *pointer, double *value)
{
    const cJSON *item = record_at(record, pointer);
    const char *last = strrchr(pointer, '/');
    char *above = text_make("%.*s", (int)(last - pointer), pointer);
    bool found = true;
    if (cJSON_IsBool(item))
        *value = cJSON_IsTrue(item);
    else
        found = lab_of_line(record, above, last, value) ||
                record_number(record, pointer, value) ||
                lab_of_connections(record, above, last, value) ||
                lab_of_capacity(record, pointer, value) ||
                (item == NULL && lab_of_counts(record, above, value));
    free(above);
    return found;
}
