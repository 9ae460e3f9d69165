/* Records with only what the book's table reads. */
#ifndef IOMODELS_BOOK_RECORDS_H
#define IOMODELS_BOOK_RECORDS_H

#include "records.h"
#include "results/book.h"

struct run {
    const char *model;
    int connections, connected;
    double sent;
    const char *outcomes, *refusals; /* more of them, or "" */
};

/* Two windows of a second: 300 and 500 ms of processor time. */
static const char samples[] =
    "'samples':{'server':{'columns':['t_s','mark','connections',"
    "'refused','user_us','kernel_us','wineserver_user_us',"
    "'wineserver_kernel_us'],'rows':[[1,'empty',0,0,0,0,0,0],"
    "[2,null,50,0,9000,0,0,0],[3,null,70,4,90000,0,0,0],"
    "[4,'begin',70,9,100000,100000,100000,0],"
    "[5,null,70,9,200000,200000,200000,0],"
    "[5.1,null,70,9,900000,200000,200000,null],"
    "[6,'end',70,9,600000,250000,250000,0]]}}";

static inline cJSON *record_of(const struct run *run, bool flat)
{
    return json_made(text_make(
        "{'started_at':'2026-01-01T00:00:00Z','valid':true,'reasons':[],"
        "'suite':{'command':'book'},'asked':{'model':'%s','connections':%d,"
        "%s},'connections':{"
        "'attempted':%d,'connected':%d,'outcomes':{'connected':%d%s}},"
        "'throughput':{'server':{'recv_bytes_per_s':%.1f,'send_bytes_per_s':"
        "%.1f}},'cpu':{'server':{'cores_percent':20},'wineserver':{"
        "'cores_percent':15}},'memory':{'loaded':{'working_set_bytes':"
        "10485760}},'pool':{'system_nonpaged':{'end_bytes':null},"
        "'host_tcp_memory':{'end_bytes':2048,'change_bytes':1024}},'threads':{'"
        "max':4},"
        "'traffic':{'server':{'refusals':{%s}}},'machine':{'server':{'os':"
        "'Wine','wine_version':'8.0'}},'unknown':{'/pool/system_nonpaged':"
        "'no pool here'},%s}",
        run->model, run->connections,
        flat ? "'pattern':'echo','rate_bytes_per_s':null"
             : "'pattern':'stream','rate_bytes_per_s':5000000",
        run->connections, run->connected, run->connected, run->outcomes,
        run->sent, run->sent, run->refusals, samples));
}

/* Of runs at the limited rate, and of runs flat out. */
static inline struct record_set *make_both(const struct run *limited,
                                           size_t limited_count,
                                           const struct run *flat,
                                           size_t flat_count)
{
    cJSON **records = calloc(limited_count + flat_count, sizeof(cJSON *));

    for (size_t i = 0; i < limited_count; i++)
        records[i] = record_of(&limited[i], false);
    for (size_t i = 0; i < flat_count; i++)
        records[limited_count + i] = record_of(&flat[i], true);
    return records_group(records, limited_count + flat_count);
}

static inline struct record_set *make_set(const struct run *runs, size_t count)
{
    return make_both(runs, count, NULL, 0);
}

/* No run of the model is valid. */
static inline void not_valid(struct record_set *set, const char *model)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(record_text(set->records[i], "/asked/model"), model) == 0)
            cJSON_ReplaceItemInObject(set->records[i], "valid",
                                      cJSON_CreateFalse());
}

#endif
