/* What a comparison found: who is fastest, what it costs, who lost connections,
 * and what to doubt. Nothing that the records do not support. */
#ifndef IOMODELS_FINDINGS_H
#define IOMODELS_FINDINGS_H

#include "common/text.h"
#include "results/record_set.h"

/* With fewer runs on a side the rank test cannot reach 5 %, and no interval and
 * no tie is told. */
enum { FINDINGS_RUNS_MIN = 3, FINDINGS_LINES = 8, FINDINGS_COLUMNS = 80 };

/* Findings as an object, to cJSON_Delete:
 *
 * rankings: for each number of connections (and setting) with two models or
 *     more, by `of` ("round_trips_per_s", or "latency_p99_us" where the
 *     pattern holds the rate; "cpu_us_per_round_trip_total",
 *     "memory_per_connection_bytes"), places from the best on. `ratio` is how
 *     many times better the best is, `tie` whether that may be noise; null
 *     with too few runs.
 * lost: connections that were not made or ended early, and how.
 * not_run, not_valid, disturbed: what a reader should doubt. */
cJSON *findings_make(const struct record_set *set);

/* As many of them as fit into FINDINGS_LINES of FINDINGS_COLUMNS, to free; ""
 * where there is nothing to say. */
char *findings_text(const cJSON *findings);

/* All of them for a page or for Markdown, as a list, to free. */
char *findings_list(const cJSON *findings, bool html);

#endif
