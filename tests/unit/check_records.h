/* Two sets of records, with nothing in them but what a check reads. */
#ifndef IOMODELS_CHECK_RECORDS_H
#define IOMODELS_CHECK_RECORDS_H

#include "records.h"
#include "results/check.h"

/* In the order of figure_check. */
enum { THROUGHPUT, P50, P99, CPU, METRICS };

static const struct check_options made_options = {0.05, 1, UINT32_MAX,
                                                  CHECK_JSON};

struct made_run {
    const char *model;
    double connections;
    unsigned side, repeat; /* 0: baseline, 1: candidate; started by turns */
    double value[METRICS];
    bool valid;
};

/* What is compared next, and the result of the last comparison. */
static struct {
    size_t count;
    cJSON *record[256];
} made[2];
static cJSON *check; /* NULL: not comparable */
static bool worse;

static void made_add(const struct made_run *run)
{
    made[run->side].record[made[run->side].count++] = json_made(
        text_make("{'schema':'iomodels/run','id':'%u-%u-%s-%.0f',"
                  "'started_at':'2026-01-01T%02u:%02u:00.000Z','valid':%s,"
                  "'reasons':[%s],'asked':{'model':'%s','connections':%.0f,"
                  "'pattern':'echo'},'connections':{'attempted':%.0f,"
                  "'connected':%.0f},'throughput':{'round_trips_per_s':%.17g},"
                  "'latency_us':{'from_send':{'p50':%.17g,'p99':%.17g}},"
                  "'cpu':{'per_round_trip_us':{'total':%.17g}}}",
                  run->side, run->repeat, run->model, run->connections,
                  run->repeat % 24, run->side, run->valid ? "true" : "false",
                  run->valid ? "" : "'server_died: made up'", run->model,
                  run->connections, run->connections, run->connections,
                  run->value[THROUGHPUT], run->value[P50], run->value[P99],
                  run->value[CPU]));
}

static int made_free(void **state)
{
    cJSON_Delete(check);
    check = NULL;
    return 0;
}

static void compare(const struct check_options *options)
{
    static const char *const names[] = {"old", "new"};
    struct record_set *sets[2];
    char *text;

    for (int s = 0; s < 2; s++) {
        cJSON **records = calloc(made[s].count, sizeof(cJSON *));

        assert_non_null(records);
        memcpy(records, made[s].record, made[s].count * sizeof *records);
        sets[s] = records_group(records, made[s].count);
        made[s].count = 0;
    }
    text = check_make((const struct record_set *[]){sets[0], sets[1]}, names,
                      options, &worse);
    made_free(NULL);
    check = cJSON_Parse(text);
    assert_non_null(check);
    free(text);
    records_free(sets[0]);
    records_free(sets[1]);
}

#endif
