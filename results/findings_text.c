/* Findings as sentences: full ones where there is room, shorter ones else. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/json_lines.h"
#include "results/fields.h"
#include "results/findings.h"
#include "results/table_format.h"

/* How much is told: of all models; of the best, its ties and the worst; of
 * three tiers alone, and below that of two and one, with ties counted. */
enum {
    FINDINGS_FULL = 2,
    FINDINGS_BEST = 1,
    FINDINGS_NAMED = 0,
    FINDINGS_SHORTEST = -3
};

static bool findings_is(const cJSON *ranking, const char *of)
{
    return strcmp(record_text(ranking, "/of"), of) == 0;
}

/* "iocp at 4,000", with its setting. */
static void findings_where(struct text *text, const cJSON *at, bool model)
{
    const char *setting = record_text(at, "/setting");

    text_add(text, "%s%s%s", model ? record_text(at, "/model") : "",
             model ? " at " : "",
             NUMBER_SHOWN(record_number_or(at, "/connections", 0)));
    if (setting[0] != '\0')
        text_add(text, " (%s)", setting);
}

/* "1.70x", with its interval where there is one, and the model. */
static void findings_ratio(struct text *text, const cJSON *place,
                           const char *before)
{
    const double ratio = record_number_or(place, "/ratio", 0);
    const int decimals = ratio < 10 ? 2 : ratio < 100 ? 1 : 0;
    double low, high;

    text_add(text, "%.*fx %s%s", decimals, ratio, before,
             record_text(place, "/model"));
    if (record_number(place, "/ratio_low", &low) &&
        record_number(place, "/ratio_high", &high))
        text_add(text, " (%.*f..%.*f)", decimals, low, decimals, high);
}

static void findings_value(struct text *text, const cJSON *ranking)
{
    const double value = record_number_or(ranking, "/places/0/value", 0);

    if (findings_is(ranking, "round_trips_per_s")) {
        table_number(text, value, 0);
    } else if (findings_is(ranking, "latency_p99_us")) {
        table_number(text, value / 1000, 2);
        text_add(text, " ms");
    } else if (findings_is(ranking, "cpu_us_per_round_trip_total")) {
        table_number(text, value, 1);
        text_add(text, " us");
    } else {
        table_number(text, value / 1024, 1);
        text_add(text, " KiB");
    }
}

/* "; tied: select, apc", or how many. */
static void findings_ties(struct text *text, const cJSON *places, int detail)
{
    const int others = cJSON_GetArraySize(places) - 1;
    struct text names = {0};
    const cJSON *place;
    int ties = 0;

    cJSON_ArrayForEach (place, places)
        if (cJSON_IsTrue(record_at(place, "/tie")))
            text_add(&names, "%s%s", ties++ > 0 ? ", " : "",
                     record_text(place, "/model"));
    if (ties > 1 && ties == others)
        text_add(text, "; all tied");
    else if (ties > 0 && (ties == others || detail >= FINDINGS_NAMED))
        text_add(text, "; tied: %s", names.data);
    else if (ties > 0)
        text_add(text, "; tied: %d", ties);
    free(names.data);
}

/* After the best: its ties, and by how much it leads. */
static void findings_places(struct text *text, const cJSON *places, int detail,
                            const char *worst)
{
    const int count = cJSON_GetArraySize(places);
    const cJSON *place;
    bool first = true;

    findings_ties(text, places, detail);
    if (detail < FINDINGS_FULL) {
        place = cJSON_GetArrayItem(places, count - 1);
        if (!cJSON_IsTrue(record_at(place, "/tie"))) {
            text_add(text, "; ");
            findings_ratio(text, place, detail < FINDINGS_BEST ? "" : worst);
        }
        return;
    }
    cJSON_ArrayForEach (place, places) {
        if (record_at(place, "/ratio") == NULL ||
            cJSON_IsTrue(record_at(place, "/tie")))
            continue;
        text_add(text, first ? "; " : ", ");
        findings_ratio(text, place, "");
        first = false;
    }
}

/* Of many tiers the lowest, the highest and the middle one. */
static bool findings_told(int index, int count, int detail)
{
    const int most = detail >= FINDINGS_BEST    ? count
                     : detail >= FINDINGS_NAMED ? 3
                                                : 4 + detail;

    return most >= count || index == count - 1 || (most > 1 && index == 0) ||
           (most > 2 && index == count / 2);
}

/* The rankings by one figure, a tier each; to free. */
static const cJSON **findings_tiers(const cJSON *findings, const char *of,
                                    int *count)
{
    const cJSON *ranking, *all = record_at(findings, "/rankings");
    const cJSON **tiers =
        calloc_or_die((size_t)cJSON_GetArraySize(all) + 1, sizeof(cJSON *));

    *count = 0;
    cJSON_ArrayForEach (ranking, all)
        if (findings_is(ranking, of))
            tiers[(*count)++] = ranking;
    return tiers;
}

/* A line for each tier below one that says what is told. */
static void findings_fastest(cJSON *list, const cJSON *findings, const char *of,
                             const char *what, int detail)
{
    int count, told = 0;
    const cJSON **tiers = findings_tiers(findings, of, &count), *place;
    struct text text = {0};
    bool sure = false;

    for (int i = 0; i < count; i++) {
        told += findings_told(i, count, detail);
        cJSON_ArrayForEach (place, record_at(tiers[i], "/places"))
            sure = sure || record_at(place, "/ratio_low") != NULL;
    }
    if (count > 0) {
        text_add(&text, "%s, and its lead (%s)", what,
                 sure ? "low..high" : "too few repeats for intervals");
        if (told < count)
            text_add(&text, ", %d of %d tiers", told, count);
        text_add(&text, ":");
        json_add_text(list, text_take(&text));
    }
    for (int i = 0; i < count; i++) {
        if (!findings_told(i, count, detail))
            continue;
        text_add(&text, "at ");
        findings_where(&text, tiers[i], false);
        text_add(&text, ": %s ", record_text(tiers[i], "/places/0/model"));
        findings_value(&text, tiers[i]);
        findings_places(&text, record_at(tiers[i], "/places"), detail,
                        "the slowest, ");
        json_add_text(list, text_take(&text));
    }
    free((void *)tiers);
}

/* One sentence: with details the best of each tier, else that of the last. */
static void findings_least(cJSON *list, const cJSON *findings, const char *of,
                           const char *what, int detail)
{
    int count;
    const cJSON **tiers = findings_tiers(findings, of, &count);
    struct text text = {0};

    for (int i = 0; i < count; i++) {
        const cJSON *places = record_at(tiers[i], "/places");

        if (detail < FINDINGS_BEST && i + 1 < count)
            continue;
        text_add(&text, "%sat ", text.length == 0 ? what : "; ");
        findings_where(&text, tiers[i], false);
        text_add(&text, " %s ", record_text(places, "/0/model"));
        findings_value(&text, tiers[i]);
        if (i + 1 == count && detail < FINDINGS_BEST)
            findings_ties(&text, places, detail);
        else if (i + 1 == count)
            findings_places(&text, places, FINDINGS_BEST, "in ");
    }
    if (text.length > 0)
        json_add_text(list, text_take(&text));
    free((void *)tiers);
}

/* --- what was lost, and what to doubt ------------------------------------ */

static void findings_counts(struct text *text, const cJSON *counts)
{
    const cJSON *count;
    const char *before = " (";

    cJSON_ArrayForEach (count, counts) {
        text_add(text, "%s%s %s", before, count->string,
                 NUMBER_SHOWN(count->valuedouble));
        before = ", ";
    }
    text_add(text, counts != NULL ? ")" : "");
}

static void findings_lost(cJSON *list, const cJSON *findings, int detail)
{
    static const char *const kinds[][3] = {
        {"/not_connected", "/outcomes", "did not connect"},
        {"/ended_early", "/ends", "ended early"}};
    const cJSON *lost, *all = record_at(findings, "/lost"), *worst = NULL;
    double most = 0;
    struct text text = {0};

    cJSON_ArrayForEach (lost, all) {
        double sum = record_number_or(lost, "/not_connected", 0) +
                     record_number_or(lost, "/ended_early", 0);

        if (sum > most) {
            most = sum;
            worst = lost;
        }
    }
    cJSON_ArrayForEach (lost, all) {
        const char *before = ": ";

        if (detail < FINDINGS_BEST && lost != worst)
            continue;
        text_add(&text, text.length == 0 ? "Lost connections: " : "; ");
        findings_where(&text, lost, true);
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            double count = record_number_or(lost, kinds[i][0], 0);

            if (count <= 0)
                continue;
            text_add(&text, "%s%s %s", before, NUMBER_SHOWN(count),
                     kinds[i][2]);
            findings_counts(&text, record_at(lost, kinds[i][1]));
            before = ", ";
        }
    }
    if (detail < FINDINGS_BEST && cJSON_GetArraySize(all) > 1)
        text_add(&text, "; and %d more", cJSON_GetArraySize(all) - 1);
    if (text.length > 0)
        json_add_text(list, text_take(&text));
}

/* "1 of 3 runs of iocp at 100, 2 of 3 of ..."; short: how many in all. */
static void findings_runs(struct text *text, const cJSON *findings,
                          const char *pointer, const char *what, int detail)
{
    const cJSON *item, *all = record_at(findings, pointer);
    double runs = 0;
    bool first = true;

    cJSON_ArrayForEach (item, all)
        runs += record_number_or(item, "/runs", 0);
    if (runs <= 0)
        return;
    text_add(text, text->length == 0 ? "Caution: " : "; ");
    text_add(text, "%.0f of %.0f runs %s", runs,
             record_number_or(findings, "/runs", 0), what);
    if (detail < FINDINGS_BEST)
        return;
    cJSON_ArrayForEach (item, all) {
        text_add(text, first ? " (" : ", ");
        findings_where(text, item, true);
        if (record_number_or(item, "/runs", 0) > 1)
            text_add(text, ": %.0f", record_number_or(item, "/runs", 0));
        first = false;
    }
    text_add(text, ")");
}

static void findings_caution(cJSON *list, const cJSON *findings, int detail)
{
    const cJSON *item, *all = record_at(findings, "/not_run");
    struct text text = {0};
    bool first = true;

    findings_runs(&text, findings, "/not_valid", "not valid and left out",
                  detail);
    findings_runs(&text, findings, "/disturbed", "disturbed", detail);
    if (cJSON_GetArraySize(all) > 0)
        text_add(&text,
                 text.length == 0 ? "Caution: not run: " : "; not run: ");
    if (detail < FINDINGS_BEST && cJSON_GetArraySize(all) > 0)
        text_add(&text, "%d", cJSON_GetArraySize(all));
    cJSON_ArrayForEach (item, all) {
        if (detail < FINDINGS_BEST)
            break;
        text_add(&text, "%s", first ? "" : ", ");
        findings_where(&text, item, true);
        first = false;
    }
    if (text.length > 0)
        json_add_text(list, text_take(&text));
}

static cJSON *findings_sentences(const cJSON *findings, int detail)
{
    const bool wine =
        cJSON_IsTrue(record_at(findings, "/cpu_includes_wineserver"));
    cJSON *list = cJSON_CreateArray();

    findings_fastest(list, findings, "round_trips_per_s",
                     "Fastest in round trips/s", detail);
    findings_fastest(list, findings, "latency_p99_us", "Lowest p99", detail);
    findings_least(list, findings, "cpu_us_per_round_trip_total",
                   wine ? "Least CPU a round trip with wineserver: "
                        : "Least CPU a round trip: ",
                   detail);
    findings_least(list, findings, "memory_per_connection_bytes",
                   "Least memory a connection: ", detail);
    findings_lost(list, findings, detail);
    findings_caution(list, findings, detail);
    return list;
}

/* --- as text ------------------------------------------------------------- */

char *findings_text(const cJSON *findings)
{
    for (int detail = FINDINGS_FULL;; detail--) {
        cJSON *list = findings_sentences(findings, detail);
        const cJSON *sentence;
        struct text text = {0};
        size_t lines = 0;

        cJSON_ArrayForEach (sentence, list) {
            const int tier =
                2 * (strncmp(sentence->valuestring, "at ", 3) == 0);

            lines += text_wrap(&text, sentence->valuestring, FINDINGS_COLUMNS,
                               tier, 4);
        }
        cJSON_Delete(list);
        if (lines <= FINDINGS_LINES || detail == FINDINGS_SHORTEST)
            return text_take(&text);
        free(text.data);
    }
}

char *findings_list(const cJSON *findings, bool html)
{
    cJSON *list = findings_sentences(findings, FINDINGS_FULL);
    const cJSON *sentence;
    struct text text = {0};

    text_add(&text,
             html && list->child != NULL ? "<ul class=\"findings\">\n" : "");
    cJSON_ArrayForEach (sentence, list) {
        text_add(&text, html ? "<li>" : "- ");
        if (html)
            html_text(&text, sentence->valuestring);
        else
            markdown_text(&text, sentence->valuestring, false);
        text_add(&text, html ? "</li>\n" : "\n");
    }
    text_add(&text, html && list->child != NULL ? "</ul>\n" : "");
    cJSON_Delete(list);
    return text_take(&text);
}
