#include "unit.h"
#include "common/file.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/skipped.h"
#include "runner/limits.h"
#include "runner/plan.h"

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

static struct limits m;
static struct run_config s;

static int set_up(void **state)
{
    m = roomy;
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

/* Exactly one refusal, of this limit. */
static void only(cJSON *refused, const char *limit, const char *model,
                 double value, double need)
{
    const cJSON *item = cJSON_GetArrayItem(refused, 0);
    double found[2];

    assert_int_equal(cJSON_GetArraySize(refused), 1);
    assert_string_equal(record_text(item, "/limit"), limit);
    assert_string_equal(record_text(item, "/model"),
                        model != NULL ? model : "");
    assert_true(record_number(item, "/value", &found[0]));
    assert_true(record_number(item, "/need", &found[1]));
    assert_true(found[0] == value && found[1] == need);
    assert_true(strlen(record_text(item, "/how_to_fix")) > 10);
    cJSON_Delete(refused);
}

static void none(cJSON *refused)
{
    assert_int_equal(cJSON_GetArraySize(refused), 0);
    cJSON_Delete(refused);
}

static void test_room(void **state)
{
    none(check(&roomy, 50000));
    /* What is not known is not held against a tier. */
    none(check(&(struct limits){.sources = 1}, 1000000));
}

static void test_files(void **state)
{
    cJSON *refused;

    m.load_files = 20000;
    only(check(&m, 50000), "load_open_files", NULL, 20000, 50064);
    m.load_files = roomy.load_files;
    m.server_files = 20000;
    only(check(&m, 50000), "wineserver_open_files", NULL, 20000, 50400);
    m.load_files = 20000;
    none(check(&m, 19600)); /* as was held */
    refused = check(&m, 50000);
    assert_int_equal(cJSON_GetArraySize(refused), 2);
    cJSON_Delete(refused);
}

static void test_ports(void **state)
{
    m.sources = 2;
    m.ports = 1000;
    only(check(&m, 2001), "dynamic_ports", NULL, 2000, 2001);
    only(check(&m, 50000), "dynamic_ports", NULL, 2000, 50000);
}

static void test_backlog(void **state)
{
    m.backlog = 100;
    only(check(&m, 7000), "backlog", NULL, 100, 128);
    none(check(&m, 90)); /* there are never more at once */
    s.values.connect_window = 100;
    none(check(&m, 7000));
    s.values.backlog = 10;
    only(check(&m, 7000), "backlog", NULL, 10, 100);
}

/* Only the model that spends a thread on each connection, and only as many as
 * the system can make. */
static void test_memory(void **state)
{
    const double per_connection = 16 * 1024 + 4096, mib = 1024 * 1024;

    m.memory = UINT64_C(2) << 30;
    only(check(&m, 7000), "memory", "blocking", 2048 * mib,
         7000 * (per_connection + mib));
    m.server_files = 20000;
    only(check(&m, 7000), "memory", "blocking", 2048 * mib,
         7000 * per_connection + 5000 * mib);
    m.wine = false;
    none(check(&m, 7000));
    s.values.buffer_bytes = 1024 * 1024;
    only(check(&m, 7000), "memory", NULL, 2048 * mib, 7000 * (16 * 1024 + mib));
}

/* What runs elsewhere is not checked against this machine. */
static void test_elsewhere(void **state)
{
    s.server_via = "ssh me@there wine";
    s.load_via = "ssh me@elsewhere";
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
    s.server_via = s.load_via = "";
    limits_find(&s, &m);
    assert_true(m.memory > 0);
    assert_false(m.wine);
    assert_int_equal(m.sources, 254);
}

static bool drop(void *refused, const struct plan_run *run)
{
    return skipped_covers(refused, run->model, run->connections);
}

static void test_plan(void **state)
{
    static const uint32_t tiers[] = {10, 20, 30};
    struct skipped all = {30, NULL, "memory", "memory", 1, 2, "bytes", "more"};
    struct skipped one = {20, "blocking", "x", "x", 1, 2, "files", "more"};
    cJSON *refused = cJSON_CreateArray();
    struct plan plan;

    skipped_add(refused, &all);
    skipped_add(refused, &one);
    plan_make(&plan, models, tiers, 3, 2, 7);
    plan_drop(&plan, drop, refused);
    assert_int_equal(plan.count, 6); /* 10 of both and 20 of iocp, twice */
    for (size_t i = 0; i < plan.count; i++)
        assert_true(plan.runs[i].connections == 10 ||
                    (plan.runs[i].connections == 20 &&
                     strcmp(plan.runs[i].model, "iocp") == 0));
    plan_drop(&plan, drop, NULL);
    assert_int_equal(plan.count, 6);
    plan_free(&plan);
    cJSON_Delete(refused);
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
    static const struct {
        const char *groups, *path, *content;
        uint64_t left;
    } steps[] = {
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
        CASE(test_room),
        CASE(test_files),
        CASE(test_ports),
        CASE(test_backlog),
        CASE(test_memory),
        CASE(test_elsewhere),
        cmocka_unit_test(test_plan),
        cmocka_unit_test(test_file),
#ifndef _WIN32
        cmocka_unit_test(test_container),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
