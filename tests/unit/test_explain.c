/* Every column of the table can be followed to its samples. */
#include "records.h"
#include "results/explain.h"

static const char explained[] =
    "{'schema':'iomodels/run','id':'1','started_at':'2026',"
    "'valid':true,'reasons':[],"
    "'asked':{'model':'iocp','connections':1000,'pattern':'echo'},"
    "'connections':{'connected':990,'outcomes':{'connected':990,"
    "'refused':10}},"
    "'throughput':{'round_trips_per_s':2500,"
    "'server':{'recv_bytes_per_s':20000,'send_bytes_per_s':10000}},"
    "'latency_us':{'from_send':{'p50':20,'p99':400,"
    "'counts':[[10,49],[20,50],[400,1]]}},"
    "'cpu':{'server':{'cores_percent':75},"
    "'wineserver':{'cores_percent':30},"
    "'per_round_trip_us':{'server':300,'wineserver':120}},"
    "'memory':{'loaded':{'working_set_bytes':9000}},"
    "'pool':{'system_nonpaged':{'change_bytes':null},"
    "'host_tcp_memory':{'change_bytes':4096}},"
    "'threads':{'max':7},"
    "'unknown':{'/pool/system_nonpaged':'Wine has no such pool'},"
    "'samples':{'server':{'columns':['t_s','mark','recv_bytes',"
    "'send_bytes','user_us','kernel_us','wineserver_user_us',"
    "'wineserver_kernel_us','working_set_bytes','threads',"
    "'host_tcp_memory_bytes'],'rows':["
    "[0.5,'empty',0,0,0,0,0,0,5000,3,1000],"
    "[1,'begin',1000,500,100000,200000,50000,50000,8000,5,3000],"
    "[2,null,1500,800,300000,400000,100000,200000,8500,7,4000],"
    "[3,'end',41000,20500,600000,1200000,250000,450000,9000,6,5096]]},"
    "'load':{'columns':['t_s','mark','messages_echoed'],'rows':["
    "[1.1,'begin',300],[3.1,'end',5300]]}}}";

static struct record_set *one_record(void)
{
    cJSON **records = calloc(1, sizeof(cJSON *));

    records[0] = json_made(text_copy(explained));
    return records_group(records, 1);
}

/* The sum done again from the samples comes to what the record holds. */
static void sums_come_out(void **state)
{
    static const struct {
        const char *column, *line;
    } expected[] = {
        {"attempted", "/asked/connections: 1000\n"},
        {"connected", "refused 10"},
        {"memory_bytes", "row 4, mark end: t_s 3, working_set_bytes 9000\n"},
        {"nonpaged_pool_change_bytes", "null, Wine has no such pool\n"},
        {"host_tcp_memory_change_bytes", "5096 - 1000 = 4096\n"},
        {"cpu_percent", "/ (3 - 1) s = 75 % of one processor\n"},
        {"wineserver_cpu_percent", "/ (3 - 1) s = 30 % of one processor\n"},
        {"threads", "row 3, the highest: t_s 2, threads 7\n"},
        {"send_bytes_per_s", "(20500 - 500) / (3 - 1) s = 10000\n"},
        {"receive_bytes_per_s", "(41000 - 1000) / (3 - 1) s = 20000\n"},
        {"round_trips_per_s", "(5300 - 300) / (3.1 - 1.1) s = 2500\n"},
        {"cpu_us_per_round_trip",
         "75 / 100 x 1,000,000 us / 2500 round trips/s = 300 us\n"},
        {"wineserver_cpu_us_per_round_trip", "/ 2500 round trips/s = 120 us\n"},
        {"latency_p50_us", "100 messages; number 50 in order lies in the "
                           "bucket from 20 us, which holds 50 after 49"},
        {"latency_p99_us", "number 99 in order lies in the bucket from 20 us"},
        {"threads_low", "threads_low of iocp with 1000 connections: 7\n"},
    };
    struct record_set *set = one_record();

    for (size_t i = 0; i < COUNT(expected); i++) {
        char what[96], *text;

        snprintf(what, sizeof what, "iocp:1000:%s", expected[i].column);
        text = explain_cell(set, what);
        assert_non_null(text);
        holds(text, expected[i].line);
        free(text);
    }
    records_free(set);
}

static void unknown_cells(void **state)
{
    static const char *const bad[] = {"",
                                      "iocp",
                                      "iocp:1000",
                                      "iocp:1000:",
                                      "iocp:1:threads",
                                      "x:1000:threads",
                                      "iocp:1000:x",
                                      "iocp:x:threads",
                                      "iocp:1000:_low"};
    struct record_set *set = one_record();

    for (size_t i = 0; i < COUNT(bad); i++)
        assert_null(explain_cell(set, bad[i]));
    records_free(set);
}

RUN_TESTS(TEST(sums_come_out), TEST(unknown_cells))
