#include "unit.h"
#include "common/file.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/skipped.h"
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

static void test_file(void **state)
{
    struct skipped one = {20,    "blocking", "x",     "open files of x",
                          12345, 2e6,        "files", "ulimit"};
    char folder[64];
    cJSON *refused = cJSON_CreateArray(), *again;
    char *text, *path;

    snprintf(folder, sizeof folder, "test-limits-%p", (void *)refused);
    assert_int_equal(file_make_folders(folder), 0);
    assert_true(skipped_read(folder, &again));
    assert_null(again);
    skipped_add(refused, &one);
    assert_int_equal(skipped_write(folder, "plan-1", refused), 0);
    assert_true(skipped_read(folder, &again));
    assert_int_equal(cJSON_GetArraySize(again), 1);
    text = skipped_show(cJSON_GetArrayItem(again, 0));
    assert_string_equal(text, "open files of x: 2,000,000 needed, 12,345 "
                              "available; ulimit");
    free(text);
    cJSON_Delete(again);
    path = file_join(folder, "refused.json");
    assert_int_equal(file_write_over(path, "{\"schema\":", 10), 0);
    assert_false(skipped_read(folder, &again));
    assert_null(again);
    skipped_delete(folder);
    assert_false(file_is_file(path));
    free(path);
    cJSON_Delete(refused);
    remove(folder);
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
        assert_true(limits_os_container(root) == steps[i].left);
    }
    for (size_t i = 0; i < COUNT(steps); i++)
        cut(root, steps[i].path);
    cut(root, "/proc/self/cgroup");
    assert_false(file_is_folder(root));
    free(root);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(limits_are_compared),
        CASE(test_elsewhere),
        cmocka_unit_test(test_file),
#ifndef _WIN32
        cmocka_unit_test(test_container),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
