/* Records with nothing in them but what a check reads. */
#ifndef IOMODELS_CHECK_RECORDS_H
#define IOMODELS_CHECK_RECORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "results/check.h"

/* In the order of figure_check. */
enum { THROUGHPUT, P50, P99, CPU, METRICS };

struct made_run {
    const char *model;
    double connections;
    unsigned side, repeat; /* 0: baseline, 1: candidate */
    double value[METRICS];
    bool valid;
};

static cJSON *made_record(const struct made_run *run)
{
    cJSON *record = cJSON_CreateObject(), *at;
    char text[96];

    cJSON_AddStringToObject(record, "schema", "iomodels/run");
    snprintf(text, sizeof text, "%u-%u-%s-%.0f", run->side, run->repeat,
             run->model, run->connections);
    cJSON_AddStringToObject(record, "id", text);
    /* by turns: baseline, candidate, baseline, ... */
    snprintf(text, sizeof text, "2026-01-01T%02u:%02u:00.000Z",
             run->repeat % 24, run->side);
    cJSON_AddStringToObject(record, "started_at", text);
    cJSON_AddBoolToObject(record, "valid", run->valid);
    at = cJSON_AddArrayToObject(record, "reasons");
    if (!run->valid)
        cJSON_AddItemToArray(at, cJSON_CreateString("server_died: made up"));
    at = cJSON_AddObjectToObject(record, "asked");
    cJSON_AddStringToObject(at, "model", run->model);
    cJSON_AddNumberToObject(at, "connections", run->connections);
    cJSON_AddStringToObject(at, "pattern", "echo");
    at = cJSON_AddObjectToObject(record, "connections");
    cJSON_AddNumberToObject(at, "attempted", run->connections);
    cJSON_AddNumberToObject(at, "connected", run->connections);
    at = cJSON_AddObjectToObject(record, "throughput");
    cJSON_AddNumberToObject(at, "round_trips_per_s", run->value[THROUGHPUT]);
    at = cJSON_AddObjectToObject(record, "latency_us");
    at = cJSON_AddObjectToObject(at, "from_send");
    cJSON_AddNumberToObject(at, "p50", run->value[P50]);
    cJSON_AddNumberToObject(at, "p99", run->value[P99]);
    at = cJSON_AddObjectToObject(record, "cpu");
    at = cJSON_AddObjectToObject(at, "per_round_trip_us");
    cJSON_AddNumberToObject(at, "total", run->value[CPU]);
    return record;
}

static const struct check_options made_options = {0.05, 1, UINT32_MAX};

#endif
