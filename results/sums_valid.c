/* A sum with a null in it is skipped, so nulls alone would pass for a run that
 * went well. What a valid run must have, and what its figures follow from,
 * stands here. */
#include <math.h>
#include <string.h>

#include "results/record.h"
#include "results/sums_parts.h"

/* Windows and rates are written with six decimals (record_round). */
static const double sums_valid_rounding = 1e-6;

static const char *const sums_valid_known[] = {
    "/connections/attempted",
    "/connections/connected",
    "/connections/outcomes",
    "/connections/ends",
    "/traffic/client/sent_bytes",
    "/traffic/client/received_bytes",
    "/traffic/client/messages_sent",
    "/traffic/client/messages_echoed",
    "/traffic/server/accepted",
    "/traffic/server/opens",
    "/traffic/server/closes",
    "/traffic/server/refused",
    "/traffic/server/recv_bytes",
    "/traffic/server/send_bytes",
    "/traffic/window/client/messages_echoed",
    "/integrity/mismatches",
    "/phases/window_s",
    "/throughput/round_trips_per_s",
    "/latency_us",
    "/latency_us/from_send",
    "/machine/server",
    "/machine/load",
};

static void sums_valid_has(struct sums *sums)
{
    static const char *const some[] = {"/connections/connected",
                                       "/traffic/window/client/messages_echoed",
                                       "/phases/window_s"};
    double value;

    for (size_t i = 0; i < sizeof sums_valid_known / sizeof *sums_valid_known;
         i++)
        if (record_at(sums->record, sums_valid_known[i]) == NULL)
            sums_tell(sums, sums_valid_known[i],
                      "is null, and no run is valid without it");
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        if (record_number(sums->record, some[i], &value) && value <= 0)
            sums_tell(sums, some[i], "is 0, and no run is valid with that");
}

/* --- connections ---------------------------------------------------------- */

/* Hostile ones and those that churn come again: each time is an attempt. */
static void sums_valid_attempts(struct sums *sums)
{
    const cJSON *record = sums->record, *kind;
    const char *pattern =
        cJSON_GetStringValue(record_at(record, "/asked/pattern"));
    bool again = sums_hostile(record) ||
                 (pattern != NULL && (strcmp(pattern, "churn") == 0 ||
                                      strcmp(pattern, "mixed") == 0));
    double asked, attempted, more;

    if (!record_number(record, "/asked/connections", &asked) ||
        !record_number(record, "/connections/attempted", &attempted))
        return;
    cJSON_ArrayForEach (kind, record_at(record, "/connections/hostile"))
        if (record_number(kind, "/attempted", &more))
            attempted += more;
    if (again ? attempted < asked : attempted != asked)
        sums_tell(sums, "/connections/attempted",
                  "%.0f connections were asked for and %.0f attempted", asked,
                  attempted);
}

/* More may be open than answered in time. */
static void sums_valid_opens(struct sums *sums)
{
    double opens, connected;

    if (record_number(sums->record, "/traffic/server/opens", &opens) &&
        record_number(sums->record, "/connections/connected", &connected) &&
        opens < connected)
        sums_tell(sums, "/traffic/server/opens",
                  "the server opened %.0f connections, and %.0f were connected",
                  opens, connected);
}

/* --- the window ----------------------------------------------------------- */

static void sums_valid_window(struct sums *sums, const char *window,
                              const char *total)
{
    const cJSON *all = record_at(sums->record, total), *part;
    double whole;

    cJSON_ArrayForEach (part, record_at(sums->record, window)) {
        const cJSON *same = cJSON_GetObjectItemCaseSensitive(all, part->string);

        if (!cJSON_IsNumber(part) || !cJSON_IsNumber(same))
            continue;
        whole = same->valuedouble;
        if (part->valuedouble > whole)
            sums_tell(sums, window, "%s is %.0f, and %.0f in the whole run",
                      part->string, part->valuedouble, whole);
    }
}

struct sums_valid_rate {
    const char *rate, *count, *seconds;
};

static const struct sums_valid_rate sums_valid_rates[] = {
    {"/throughput/round_trips_per_s", "/traffic/window/client/messages_echoed",
     "/phases/window_s"},
    {"/throughput/client/sent_bytes_per_s", "/traffic/window/client/sent_bytes",
     "/phases/window_s"},
    {"/throughput/client/received_bytes_per_s",
     "/traffic/window/client/received_bytes", "/phases/window_s"},
    {"/throughput/server/recv_bytes_per_s", "/traffic/window/server/recv_bytes",
     "/phases/server_window_s"},
    {"/throughput/server/send_bytes_per_s", "/traffic/window/server/send_bytes",
     "/phases/server_window_s"},
};

static void sums_valid_rate(struct sums *sums, const struct sums_valid_rate *r)
{
    double rate, count, seconds, slack;

    if (!record_number(sums->record, r->rate, &rate) ||
        !record_number(sums->record, r->count, &count) ||
        !record_number(sums->record, r->seconds, &seconds))
        return;
    /* What either rounding can make of the product. */
    slack = sums_valid_rounding * (rate + seconds + 1);
    if (fabs(rate * seconds - count) > slack)
        sums_tell(sums, r->rate,
                  "is %.6f, but %s of %.0f in %.6f s is not that", rate,
                  strrchr(r->count, '/') + 1, count, seconds);
}

/* --- lists ---------------------------------------------------------------- */

static void sums_valid_order(struct sums *sums, const cJSON *histogram)
{
    static const char *const names[] = {"min", "p50",  "p90",
                                        "p99", "p999", "max"};
    const cJSON *before = NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const cJSON *at = cJSON_GetObjectItemCaseSensitive(histogram, names[i]);

        if (!cJSON_IsNumber(at))
            sums_tell(sums, "/latency_us",
                      "%s of %s is null, but it has values", names[i],
                      histogram->string);
        else if (before != NULL && before->valuedouble > at->valuedouble)
            sums_tell(sums, "/latency_us", "%s of %s is over its %s",
                      before->string, histogram->string, names[i]);
        if (cJSON_IsNumber(at))
            before = at;
    }
}

static void sums_valid_histogram(struct sums *sums, const cJSON *histogram)
{
    const cJSON *pair;
    double count = 0, sum = 0;

    if (!cJSON_IsObject(histogram))
        return;
    record_number(histogram, "/count", &count);
    cJSON_ArrayForEach (pair, record_at(histogram, "/counts"))
        sum += cJSON_GetNumberValue(cJSON_GetArrayItem(pair, 1));
    if (sum != count)
        sums_tell(sums, "/latency_us",
                  "the counts of %s add up to %.0f, its count is %.0f",
                  histogram->string, sum, count);
    if (count > 0)
        sums_valid_order(sums, histogram);
}

static void sums_valid_rows(struct sums *sums, const char *columns,
                            const char *rows)
{
    int wanted = cJSON_GetArraySize(record_at(sums->record, columns)), at = 0;
    const cJSON *row;

    cJSON_ArrayForEach (row, record_at(sums->record, rows)) {
        if (cJSON_GetArraySize(row) != wanted) {
            sums_tell(sums, rows, "row %d has %d values for %d columns", at,
                      cJSON_GetArraySize(row), wanted);
            return;
        }
        at++;
    }
}

void sums_valid(struct sums *sums)
{
    const cJSON *histogram;

    sums_valid_has(sums);
    sums_valid_attempts(sums);
    sums_valid_opens(sums);
    if (sums_clean(sums->record)) {
        sums_valid_window(sums, "/traffic/window/client", "/traffic/client");
        sums_valid_window(sums, "/traffic/window/server", "/traffic/server");
    }
    for (size_t i = 0; i < sizeof sums_valid_rates / sizeof *sums_valid_rates;
         i++)
        sums_valid_rate(sums, &sums_valid_rates[i]);
    cJSON_ArrayForEach (histogram, record_at(sums->record, "/latency_us"))
        sums_valid_histogram(sums, histogram);
    sums_valid_rows(sums, "/samples/server/columns", "/samples/server/rows");
    sums_valid_rows(sums, "/samples/load/columns", "/samples/load/rows");
}

/* --- a time --------------------------------------------------------------- */

static int sums_two(const char *digits)
{
    return (digits[0] - '0') * 10 + digits[1] - '0';
}

bool sums_is_time(const char *text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    size_t at = 0, fraction;
    int month, day;

    for (; form[at] != '\0'; at++)
        if (form[at] == 'd' ? text[at] < '0' || text[at] > '9'
                            : text[at] != form[at])
            return false;
    if (text[at] == '.') {
        fraction = strspn(text + at + 1, "0123456789");
        at += fraction > 0 ? fraction + 1 : 0;
    }
    month = sums_two(text + 5);
    day = sums_two(text + 8);
    return strcmp(text + at, "Z") == 0 && month >= 1 && month <= 12 &&
           day >= 1 && day <= days[month - 1] && sums_two(text + 11) < 24 &&
           sums_two(text + 14) < 60 && sums_two(text + 17) <= 60;
}
