#include "unit.h"
#include "common/file.h"
#include "common/text.h"
#include "results/fields.h"
#include "runner/preflight.h"

static const char *const models[] = {"iocp", "blocking", NULL};

/* Room for everything. */
static const struct limits roomy = {
    .load_files = 1000000,
    .server_files = 1000000,
    .ports = 28000,
    .sources = 254,
    .memory = UINT64_C(64) << 30,
    .backlog = 4096,
    .wine = true,
};

static struct run_config s;

static int set_up(void **state)
{
    run_config_defaults(&s);
    return 0;
}

static cJSON *check(const struct limits *machine, uint32_t connections)
{
    cJSON *refused = cJSON_CreateArray();
    cJSON *listed =
        cJSON_Parse("[{\"name\":\"iocp\",\"connections_per_thread\":null},"
                    "{\"name\":\"blocking\",\"connections_per_thread\":1}]");

    s.models = listed;
    limits_check(machine, &s, connections, models, refused);
    cJSON_Delete(listed);
    return refused;
}

/* Each: what differs from a roomy machine, the tier, and the only limit that it
 * exceeds (NULL: none), for one model or for all. */
static void limits_are_compared(void **state)
{
    const uint64_t mib = 1024 * 1024, each = 16 * 1024 + 4096;
    const struct limits nothing_known = {.sources = 1};
    struct limits files = roomy, server = roomy, ports = roomy, both = roomy;
    struct limits backlog = roomy, memory = roomy, fewer = roomy, no_wine;

    files.load_files = server.server_files = 20000;
    both.load_files = both.server_files = 20000;
    ports.sources = 2;
    ports.ports = 1000;
    backlog.backlog = 100;
    memory.memory = fewer.memory = 2048 * mib;
    fewer.server_files = 20000;
    no_wine = memory;
    no_wine.wine = false;
    const struct {
        const struct limits *machine;
        uint64_t window, backlog, buffer; /* options; 0: not given */
        uint32_t tier;
        const char *limit, *model; /* "": all */
        uint64_t value, need;
    } cases[] = {
        {&roomy, 0, 0, 0, 50000, NULL, NULL, 0, 0},
        {&nothing_known, 0, 0, 0, 1000000, NULL, NULL, 0, 0},
        {&files, 0, 0, 0, 50000, "load_open_files", "", 20000, 50064},
        {&server, 0, 0, 0, 50000, "wineserver_open_files", "", 20000, 50400},
        {&both, 0, 0, 0, 19600, NULL, NULL, 0, 0}, /* as was held */
        {&ports, 0, 0, 0, 2000, NULL, NULL, 0, 0},
        {&ports, 0, 0, 0, 2001, "dynamic_ports", "", 2000, 2001},
        {&backlog, 0, 0, 0, 7000, "backlog", "", 100, 128},
        {&backlog, 0, 0, 0, 90, NULL, NULL, 0, 0}, /* never more at once */
        {&backlog, 100, 0, 0, 7000, NULL, NULL, 0, 0},
        {&backlog, 100, 10, 0, 7000, "backlog", "", 10, 100},
        /* Only the model that spends a thread on each connection, and only as
         * many threads as the system can make. */
        {&memory, 0, 0, 0, 7000, "memory", "blocking", 2048 * mib,
         7000 * (each + mib)},
        {&fewer, 0, 0, 0, 7000, "memory", "blocking", 2048 * mib,
         7000 * each + 5000 * mib},
        {&no_wine, 0, 0, 0, 7000, NULL, NULL, 0, 0},
        {&no_wine, 0, 0, mib, 7000, "memory", "", 2048 * mib,
         7000 * (16 * 1024 + mib)},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (cases[i].window != 0)
            s.values.connect_window = cases[i].window;
        if (cases[i].backlog != 0)
            s.values.backlog = cases[i].backlog;
        if (cases[i].buffer != 0)
            s.values.buffer_bytes = cases[i].buffer;
        cJSON *refused = check(cases[i].machine, cases[i].tier);
        const cJSON *found = cJSON_GetArrayItem(refused, 0);
        run_config_defaults(&s);
        assert_int_equal(cJSON_GetArraySize(refused), cases[i].limit != NULL);
        if (cases[i].limit != NULL) {
            double value = 0, need = 0;

            assert_string_equal(record_text(found, "/limit"), cases[i].limit);
            assert_string_equal(record_text(found, "/model"), cases[i].model);
            record_number(found, "/value", &value);
            record_number(found, "/need", &need);
            assert_true(value == (double)cases[i].value);
            assert_true(need == (double)cases[i].need);
            assert_true(strlen(record_text(found, "/how_to_fix")) > 10);
        }
        cJSON_Delete(refused);
    }
    cJSON *two = check(&both, 50000);
    assert_int_equal(cJSON_GetArraySize(two), 2);
    cJSON_Delete(two);
}

/* What runs elsewhere is not checked against this machine. */
static void test_elsewhere(void **state)
{
    struct limits m;
    s.server_via = "ssh me@there wine";
    s.load_via = (struct arg_list){1, {"ssh me@elsewhere"}};
    s.values.local_addresses = "10.0.0.1,10.0.0.2,10.0.0.3";
    limits_find(&s, &m);
    assert_int_equal(m.load_files, 0);
    assert_int_equal(m.server_files, 0);
    assert_int_equal(m.ports, 0);
    assert_int_equal(m.memory, 0);
    assert_int_equal(m.sources, 3);
    s.values.target = "there";
    s.values.local_addresses = NULL;
    limits_find(&s, &m);
    assert_int_equal(m.sources, 1);
    run_config_defaults(&s);
    s.server_via = "";
    limits_find(&s, &m);
    assert_true(m.memory > 0);
    assert_false(m.wine);
    assert_int_equal(m.sources, 254);
    s.wineserver_files = 700;
    limits_find(&s, &m);
    assert_int_equal(m.server_files, 700);
    s.wineserver_files = 0;
}

#define CASE(test) cmocka_unit_test_setup(test, set_up)

#ifndef _WIN32
static void put(const char *root, const char *name, const char *content)
{
    char *path = text_make("%s%s", root, name), *folder = text_copy(path);

    folder[file_name(folder) - folder - 1] = '\0';
    assert_int_equal(file_make_folders(folder), 0);
    assert_int_equal(file_write_over(path, content, strlen(content)), 0);
    free(folder);
    free(path);
}

/* The file, and each folder above it that is empty then. */
static void cut(const char *root, const char *name)
{
    char *path = text_make("%s%s", root, name), *end;

    for (end = path + strlen(path); end != NULL; end = strrchr(path, '/')) {
        *end = '\0';
        remove(path);
    }
    free(path);
}

/* A folder tree that stands in for the system's files. */
static void test_container(void **state)
{
    static const char v2[] = "0::/a/b\n";
    static const char v1[] = "9:name=systemd:/\n4:memory:/a/b\n0::/\n";
    static const struct {
        const char *groups, *path, *content;
        uint64_t left;
    } steps[] = {
        {v1, "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes",
         "9223372036854771712\n", 9223372036854771712U},
        {v1, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9000\n", 9000},
        {v1, "/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "8000\n", 1000},
        {v1, "/sys/fs/cgroup/memory/a/memory.stat",
         "inactive_file 1\ntotal_inactive_file 50\n", 1050},
        {v2, "/sys/fs/cgroup/a/b/memory.max", "max\n", UINT64_MAX},
        {v2, "/sys/fs/cgroup/a/memory.max", "10000\n", 10000},
        {v2, "/sys/fs/cgroup/a/b/memory.max", "7000\n", 7000},
        {v2, "/sys/fs/cgroup/a/memory.current", "9000\n", 1000},
        {v2, "/sys/fs/cgroup/a/memory.stat",
         "file 9\ninactive_file 500\nactive_file 7\n", 1500},
        {v2, "/sys/fs/cgroup/memory.max", "5\n", 5},
        {v2, "/sys/fs/cgroup/memory.current", "9\n", 1},
        {"", "/sys/x", "", UINT64_MAX},
    };
    char *root = text_make("test-limits-%p", (void *)state);

    for (size_t i = 0; i < COUNT(steps); i++) {
        put(root, "/proc/self/cgroup", steps[i].groups);
        put(root, steps[i].path, steps[i].content);
        assert_true(limits_os_container(root, false) == steps[i].left);
    }
    for (size_t i = 0; i < COUNT(steps); i++)
        cut(root, steps[i].path);
    cut(root, "/proc/self/cgroup");
    assert_false(file_is_folder(root));
    free(root);
}

static const struct {
    const char *path, *content;
} kernel[] = {
    {"/proc/loadavg", "0.10 0.20 0.30 2/500 12345\n"},
    {"/proc/self/cgroup", "0::/a\n"},
    {"/proc/self/limits", "Max processes             9000   unlimited  x\n"},
    {"/proc/sys/fs/file-max", "40000\n"},
    {"/proc/sys/fs/file-nr", "1000\t0\t40000\n"},
    {"/proc/sys/fs/nr_open", "1048576\n"},
    {"/proc/sys/kernel/pid_max", "32768\n"},
    {"/proc/sys/net/ipv4/tcp_tw_reuse", "2\n"},
    {"/proc/sys/vm/max_map_count", "65530\n"},
    {"/sys/fs/cgroup/a/pids.max", "10000\n"},
    {"/sys/fs/cgroup/a/pids.current", "100\n"},
};

/* The item of a limit, for one model or for all. */
static const cJSON *listed(const cJSON *list, const char *limit,
                           const char *model)
{
    const cJSON *each;

    cJSON_ArrayForEach (each, record_at(list, "/limits"))
        if (strcmp(record_text(each, "/limit"), limit) == 0 &&
            strcmp(record_text(each, "/model"), model) == 0)
            return each;
    fail_msg("no %s", limit);
    return NULL;
}

static double number(const cJSON *at, const char *pointer)
{
    double value = -1;

    record_number(at, pointer, &value);
    return value;
}

/* By the tree above: what fits, what does not, what there is no limit of. */
static void test_list(void **state)
{
    static const struct {
        const char *limit, *model;
        double need, value; /* -1: null */
        int fits;           /* -1: null */
        const char *fix;
    } rows[] = {
        {"load_open_files", "", 20064, 1000000, 1, "--nofile=20064:20064"},
        {"wineserver_open_files", "", 20400, 1000000, 1, "20400"},
        {"wineserver_open_files", "blocking", 80400, 1000000, 1, "80400"},
        {"process_open_files", "", 20400, 1048576, 1, "fs.nr_open=20400"},
        {"system_open_files", "", 41000, 40000, 0, "fs.file-max=41000"},
        {"tracked_connections", "", 20000, -1, 1, "nf_conntrack_max=20000"},
        {"dynamic_ports", "", 20000, 28000 * 254, 1, "1024 65535"},
        {"backlog", "", 128, 4096, 1, "somaxconn=128"},
        {"user_threads", "blocking", 20500, 9000, 0, "--nproc=20500:20500"},
        {"group_threads", "blocking", 20000, 9900, 0, "TasksMax=20000"},
        {"system_threads", "blocking", 20500, -1, -1, "threads-max=20500"},
        {"thread_ids", "blocking", 20500, 32768, 1, "pid_max=20500"},
        {"memory", "", 20000 * 20480.0, (double)(UINT64_C(64) << 30), 1, ""},
    };
    char *root = text_make("test-limits-%p", (void *)state), *text;
    cJSON *list;

    for (size_t i = 0; i < COUNT(kernel); i++)
        put(root, kernel[i].path, kernel[i].content);
    s.values.message_bytes = 1; /* the machine's own limit of TCP memory */
    list = limits_list(&roomy, &s, root, 20000, 5000);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const cJSON *row = listed(list, rows[i].limit, rows[i].model);
        const cJSON *fits = record_at(row, "/fits");

        assert_true(number(row, "/need") == rows[i].need);
        assert_true(number(row, "/value") == rows[i].value);
        assert_int_equal(fits == NULL ? -1 : cJSON_IsTrue(fits), rows[i].fits);
        holds(record_text(row, "/how_to_fix"), rows[i].fix);
        assert_int_equal(record_at(row, "/why") != NULL, rows[i].value < 0);
    }
    assert_true(cJSON_IsFalse(record_at(list, "/fits")));
    text = limits_text(list);
    holds(text, "\n! open files of all processes       ");
    holds(text, "\n    sudo sysctl -w fs.file-max=41000\n");
    holds(text, "\n? threads of the system             ");
    lacks(text, "somaxconn");
    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1)
        assert_in_range(strcspn(at, "\n"), 0, 80);
    free(text);
    cJSON_Delete(list);
    /* Too few threads for one model do not make it fit less. */
    list = limits_list(&roomy, &s, root, 19000, 5000);
    assert_true(cJSON_IsTrue(record_at(list, "/fits")));
    cJSON_Delete(list);
    for (size_t i = 0; i < COUNT(kernel); i++)
        cut(root, kernel[i].path);
    free(root);
}

/* Source addresses, and how long their ports last: half of the connections made
 * anew leave one for 60 s, and on loopback, by tcp_tw_reuse, for 1 s. */
static void test_ports(void **state)
{
    static const struct {
        const char *target, *addresses;
        uint64_t churn;
        double taken, needed, lasting, last_s; /* -1: for ever */
    } cases[] = {
        {NULL, NULL, 5000, 5, 1, 2 * (20 * 28000 - 20000.0), -1},
        {"there", NULL, 5000, 1, 1, 266, 3.2}, /* 8,000 ports / 60 s, 2,500 */
        {"there", "10.0.0.1,10.0.0.2", 1000, 2, 1, 1200, -1},
        {"there", "10.0.0.1,10.0.0.2", 2000, 2, 1, 1200, 36},
    };
    char *root = text_make("test-limits-%p", (void *)state);

    put(root, kernel[7].path, kernel[7].content);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct limits l = roomy;
        cJSON *list;

        s.values.target = cases[i].target;
        s.values.local_addresses = cases[i].addresses;
        l.sources = cases[i].addresses != NULL ? 2 : 1;
        list = limits_list(&l, &s, root, 20000, cases[i].churn);
        assert_true(number(list, "/ports/addresses") == cases[i].taken);
        assert_true(number(list, "/ports/addresses_needed") == cases[i].needed);
        assert_true(number(list, "/ports/churn_lasting_connects_per_s") ==
                    cases[i].lasting);
        assert_true(number(list, "/ports/churn_ports_last_s") ==
                    cases[i].last_s);
        cJSON_Delete(list);
    }
    /* What to type for more addresses than one. */
    s.values.local_addresses = NULL;
    struct limits one = roomy;
    one.sources = 1;
    cJSON *list = limits_list(&one, &s, root, 100000, 5000);
    char *text = limits_text(list);
    holds(text, "! dynamic ports of all source addresses ");
    holds(text, "\n    --local-addresses $(seq -s, -f 10.0.0.%g 4)\n");
    lacks(text, "blocking");
    free(text);
    cJSON_Delete(list);
    cut(root, kernel[7].path);
    free(root);
    run_config_defaults(&s);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(limits_are_compared),
        CASE(test_elsewhere),
#ifndef _WIN32
        cmocka_unit_test(test_container),
        CASE(test_list),
        CASE(test_ports),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
