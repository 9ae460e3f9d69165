#include "results/sums.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "results/record.h"
#include "results/sums_parts.h"

void sums_tell(struct sums *sums, const char *pointer, const char *format, ...)
{
    char what[320];
    va_list args;

    sums->faults++;
    if (sums->sink == NULL)
        return;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    sums->sink->tell(sums->sink->context, pointer, what);
}

bool sums_total(const cJSON *record, const char *pointer, double *total)
{
    const cJSON *parts = record_at(record, pointer), *part;

    if (!cJSON_IsObject(parts))
        return false;
    *total = 0;
    cJSON_ArrayForEach (part, parts)
        *total += cJSON_IsNumber(part) ? part->valuedouble : 0;
    return true;
}

static bool sums_part(const cJSON *record, const char *pointer, double *value)
{
    if (!record_number(record, pointer, value))
        *value = 0; /* a name that is absent did not happen */
    return true;
}

/* The hostile ones add up too, each kind for itself. */
static void sums_of_hostile(struct sums *sums)
{
    const cJSON *kinds = record_at(sums->record, "/connections/hostile"), *kind;
    double attempted, connected, parts;

    cJSON_ArrayForEach (kind, kinds) {
        if (record_number(kind, "/attempted", &attempted) &&
            sums_total(kind, "/outcomes", &parts) && attempted != parts)
            sums_tell(sums, "/connections/hostile",
                      "%s attempted %.0f but the outcomes add up to %.0f",
                      kind->string, attempted, parts);
        if (record_number(kind, "/connected", &connected) &&
            sums_total(kind, "/ends", &parts) && connected != parts)
            sums_tell(sums, "/connections/hostile",
                      "%s connected %.0f but the ends add up to %.0f",
                      kind->string, connected, parts);
    }
}

static void sums_connections(struct sums *sums)
{
    const cJSON *record = sums->record;
    double attempted, connected, outcomes, ends, part;

    if (record_number(record, "/connections/attempted", &attempted) &&
        sums_total(record, "/connections/outcomes", &outcomes) &&
        attempted != outcomes)
        sums_tell(sums, "/connections/outcomes",
                  "attempted %.0f but the outcomes add up to %.0f", attempted,
                  outcomes);
    if (!record_number(record, "/connections/connected", &connected))
        return;
    if (record_at(record, "/connections/outcomes") != NULL &&
        sums_part(record, "/connections/outcomes/connected", &part) &&
        part != connected)
        sums_tell(sums, "/connections/connected",
                  "connected %.0f but %.0f outcomes say so", connected, part);
    if (sums_total(record, "/connections/ends", &ends) && ends != connected)
        sums_tell(sums, "/connections/ends",
                  "connected %.0f but the ends add up to %.0f", connected,
                  ends);
}

static void sums_server(struct sums *sums)
{
    const cJSON *record = sums->record;
    double accepted, opens, closes, refused;

    if (!record_number(record, "/traffic/server/opens", &opens))
        return;
    if (record_number(record, "/traffic/server/closes", &closes) &&
        opens != closes)
        sums_tell(sums, "/traffic/server/closes",
                  "the server opened %.0f connections and closed %.0f", opens,
                  closes);
    if (record_number(record, "/traffic/server/refused", &refused) &&
        record_number(record, "/traffic/server/accepted", &accepted) &&
        opens + refused != accepted)
        sums_tell(sums, "/traffic/server/accepted",
                  "the server accepted %.0f sockets, opened %.0f and refused "
                  "%.0f",
                  accepted, opens, refused);
}

/* With peers who reset and do not read, neither side knows how much of the
 * last operation went through. */
bool sums_hostile(const cJSON *record)
{
    return record_at(record, "/connections/hostile") != NULL;
}

bool sums_clean(const cJSON *record)
{
    static const char *const dirty[] = {
        "/connections/outcomes/unserved",  "/connections/outcomes/closed",
        "/connections/outcomes/reset",     "/connections/outcomes/mismatch",
        "/connections/outcomes/abandoned", "/connections/outcomes/other",
    };
    double connected, completed, value;

    if (sums_hostile(record))
        return false;
    for (size_t i = 0; i < sizeof dirty / sizeof *dirty; i++)
        if (record_number(record, dirty[i], &value) && value > 0)
            return false;
    return record_number(record, "/connections/connected", &connected) &&
           sums_part(record, "/connections/ends/completed", &completed) &&
           connected == completed;
}

/* What one side got can't be more than the other sent; clean: the same. */
static void sums_flow(struct sums *sums, bool clean, const char *got,
                      const char *sent, const char *words)
{
    double in, out;

    if (!record_number(sums->record, got, &in) ||
        !record_number(sums->record, sent, &out))
        return;
    if (clean ? in != out : in > out)
        sums_tell(sums, got, words, in, out);
}

static void sums_traffic(struct sums *sums)
{
    const cJSON *record = sums->record;
    bool clean = sums_clean(record);
    double message, messages, bytes;

    if (!sums_hostile(record))
        sums_flow(sums, clean, "/traffic/server/recv_bytes",
                  "/traffic/client/sent_bytes",
                  "the server received %.0f bytes, the client sent %.0f");
    sums_flow(sums, clean, "/traffic/client/received_bytes",
              "/traffic/server/send_bytes",
              "the client received %.0f bytes, the server sent %.0f");
    sums_flow(sums, clean, "/traffic/server/send_bytes",
              "/traffic/server/recv_bytes",
              "the server sent %.0f bytes and received %.0f");
    sums_flow(sums, clean, "/traffic/client/messages_echoed",
              "/traffic/client/messages_sent",
              "%.0f messages were echoed, %.0f sent");
    if (clean && record_number(record, "/asked/message_bytes", &message) &&
        record_number(record, "/traffic/client/messages_sent", &messages) &&
        record_number(record, "/traffic/client/sent_bytes", &bytes) &&
        messages * message != bytes)
        sums_tell(sums, "/traffic/client/sent_bytes",
                  "%.0f messages of %.0f bytes are not %.0f bytes", messages,
                  message, bytes);
}

size_t sums_check(const cJSON *record, const struct fault_sink *sink)
{
    struct sums sums = {record, sink, 0};

    sums_connections(&sums);
    sums_of_hostile(&sums);
    sums_server(&sums);
    sums_traffic(&sums);
    sums_valid(&sums);
    return sums.faults;
}

bool sums_reason_known(const char *reason)
{
    static const char *const names[] = {
        "byte_mismatch",    "server_died",      "load_died",
        "timed_out",        "client_saturated", "rate_not_reached",
        "window_too_short", "no_connections",   "sums_differ",
        "interrupted",      "server_error",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);

        if (strncmp(reason, names[i], length) == 0 &&
            (reason[length] == '\0' || reason[length] == ':'))
            return true;
    }
    return false;
}

size_t sums_check_verdict(const cJSON *record, const struct fault_sink *sink)
{
    struct sums sums = {record, sink, 0};
    const cJSON *reasons = record_at(record, "/reasons");
    const cJSON *begun = record_at(record, "/started_at");
    bool valid = cJSON_IsTrue(record_at(record, "/valid"));
    double mismatches;

    if (valid && cJSON_GetArraySize(reasons) > 0)
        sums_tell(&sums, "/valid", "is true beside reasons why not");
    if (!valid && cJSON_GetArraySize(reasons) == 0)
        sums_tell(&sums, "/reasons", "is empty beside a valid of false");
    if (valid && record_number(record, "/integrity/mismatches", &mismatches) &&
        mismatches > 0)
        sums_tell(&sums, "/valid", "is true with %.0f mismatches", mismatches);
    if (!cJSON_IsString(begun) || !sums_is_time(begun->valuestring))
        sums_tell(&sums, "/started_at", "is not a time: \"%s\"",
                  cJSON_IsString(begun) ? begun->valuestring : "");
    return sums.faults;
}

size_t sums_check_names(const cJSON *record, const struct fault_sink *sink)
{
    struct sums sums = {record, sink, 0};
    const cJSON *reason;

    cJSON_ArrayForEach (reason, record_at(record, "/reasons"))
        if (!sums_reason_known(reason->valuestring))
            sums_tell(&sums, "/reasons", "has one without a known name: \"%s\"",
                      reason->valuestring);
    return sums.faults;
}

/* A run that says of itself that it failed owes no sums. */
size_t sums_check_all(const cJSON *record, const struct fault_sink *sink)
{
    size_t faults = sums_check_verdict(record, sink);

    if (cJSON_IsTrue(record_at(record, "/valid")))
        faults += sums_check(record, sink);
    return faults;
}
