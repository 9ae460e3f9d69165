/* Every column of the table can be followed to its samples. */
#include "records.h"
#include "results/table.h"

static const char explained[] =
    "{'asked':{'model':'iocp','connections':1000},'valid':true,"
    "'connections':{'connected':990},"
    "'cpu':{'server':{'cores_percent':75},'per_round_trip_us':{'server':300}},"
    "'memory':{'loaded':{'working_set_bytes':9000}},"
    "'pool':{'system_nonpaged':{'change_bytes':null},"
    "'host_tcp_memory':{'change_bytes':4096}},'threads':{'max':7},"
    "'unknown':{'/pool/system_nonpaged':'Wine has no such pool'},"
    "'samples':{'server':{'columns':['t_s','mark','user_us','kernel_us',"
    "'working_set_bytes','threads','host_tcp_memory_bytes'],'rows':["
    "[0.5,'empty',0,0,5000,3,1000],"
    "[1,'begin',100000,200000,8000,5,3000],"
    "[2,null,300000,400000,8500,7,4000],"
    "[3,'end',600000,1200000,9000,6,5096]]},"
    "'load':{'columns':['t_s','mark','messages_echoed'],'rows':["
    "[1.1,'begin',300],[3.1,'end',5300]]}}}";

/* The formula, the value, and the samples that it was computed from; NULL: the
 * argument is rejected. */
static const struct {
    const char *what, *line;
} cases[] = {
    {"iocp:1000:attempted", "/asked/connections: 1000\n"},
    {"iocp:1000:connected", "attempts whose first message came back whole"},
    {"iocp:1000:memory_bytes",
     "row 4: t_s 3, mark \"end\", working_set_bytes 9000\n"},
    {"iocp:1000:nonpaged_pool_change_bytes", "null, Wine has no such pool\n"},
    {"iocp:1000:host_tcp_memory_change_bytes",
     "server row 1: t_s 0.5, mark \"empty\", host_tcp_memory_bytes 1000\n"
     "    samples.server row 4: t_s 3, mark \"end\", "
     "host_tcp_memory_bytes 5096\n"},
    {"iocp:1000:cpu_percent",
     "mark \"begin\", user_us 100000, kernel_us 200000\n"},
    {"iocp:1000:threads", "/threads/max: 7\n"},
    {"iocp:1000:send_bytes_per_s", "(at end - at begin) / seconds"},
    {"iocp:1000:cpu_us_per_round_trip",
     "load row 2: t_s 3.1, mark \"end\", messages_echoed 5300\n"},
    {"iocp:1000:latency_p99_us", "the value that 99 % of all messages"},
    {"iocp:1000:threads_low", "threads of iocp with 1000 connections: 7\n"},
    {"", NULL},
    {"iocp:1000", NULL},
    {"iocp:1000:", NULL},
    {"iocp:1:threads", NULL},
    {"x:1000:threads", NULL},
    {"iocp:x:threads", NULL},
    {"iocp:1000:_low", NULL},
};

static void test_cells(void **state)
{
    cJSON **records = calloc(1, sizeof(cJSON *));
    struct record_set *set;

    records[0] = json_made(text_copy(explained));
    set = records_group(records, 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = explain_cell(set, cases[i].what);

        assert_int_equal(text != NULL, cases[i].line != NULL);
        if (text != NULL)
            holds(text, cases[i].line);
        free(text);
    }
    records_free(set);
}

RUN_TESTS(TEST(test_cells))
