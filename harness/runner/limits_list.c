#include "runner/preflight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clients/endpoint.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "common/machine.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/table_format.h"

enum { LIMITS_COLUMNS = 80 };

/* What raises a limit, where # stands for what is needed, and why one is not
 * known. */
struct limits_advice {
    const char *limit, *command, *unknown;
    bool endless; /* a limit that is not known is none */
};

/* One limit; its value is 0 where it is not known. */
static void limits_row(cJSON *list, const struct skipped *one);

#ifdef _WIN32
#include "common/win.h"

static const char *limits_os(void)
{
    return machine_is_wine() ? "Wine" : "Windows";
}

static const char limits_last[] =
    "Give the commands as administrator. A dynamic port range holds until it "
    "is set again; MaxUserPort of the registry is older systems'.";
static const char limits_add_address[] =
    "    1..# | % { New-NetIPAddress 10.0.0.$_ -InterfaceAlias Ethernet }";
static const char limits_give_addresses[] =
    "    --local-addresses ((1..# | % { \"10.0.0.$_\" }) -join ',')";
static const struct limits_advice limits_advices[] = {
    {"load_open_files", "", "Windows has none that sockets count against",
     true},
    {"dynamic_ports",
     "netsh int ipv4 set dynamicport tcp start=10000 num=55535",
     "netsh did not tell; see netsh int ipv4 show dynamicport tcp", false},
    {"backlog", "give a smaller --connect-window", "", false},
    {"memory", "close other programs, or add memory", "not told", false},
};

static double limits_time_wait(const char *root, bool here, const char **why)
{
    static const char key[] =
        "SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters";
    DWORD seconds, size = sizeof seconds;

    (void)root;
    (void)here;
    *why = "TcpTimedWaitDelay of the registry";
    if (RegGetValueA(HKEY_LOCAL_MACHINE, key, "TcpTimedWaitDelay",
                     RRF_RT_REG_DWORD, NULL, &seconds, &size) == ERROR_SUCCESS)
        return seconds;
    *why = "by the documentation; 30 to 300 s can be set, as TcpTimedWaitDelay "
           "in HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters";
    return 120;
}
#else
static const char *limits_os(void)
{
    return "Linux";
}

static const char limits_last[] =
    "prlimit holds for this shell, sysctl until the next start. To keep them: "
    "'* - nofile N' in /etc/security/limits.conf, NAME=VALUE in "
    "/etc/sysctl.d/90-iomodels.conf. A wineserver that runs keeps its limit; "
    "WINEPREFIX=build/wine wineserver -k ends that of ./run.";
static const char limits_add_address[] =
    "    for i in $(seq #); do sudo ip addr add 10.0.0.$i/8 dev eth0; done";
static const char limits_give_addresses[] =
    "    --local-addresses $(seq -s, -f 10.0.0.%g #)";
static const char limits_hidden[] = "its file in /proc cannot be read";
static const char limits_none[] = "no limit is set";
static const char limits_nofile[] = "sudo prlimit --pid $$ --nofile=#:#";
static const struct limits_advice limits_advices[] = {
    {"load_open_files", limits_nofile, limits_none, true},
    {"wineserver_open_files", limits_nofile, limits_none, true},
    {"process_open_files", "sudo sysctl -w fs.nr_open=#", limits_hidden, false},
    {"system_open_files", "sudo sysctl -w fs.file-max=#", limits_hidden, false},
    {"dynamic_ports",
     "sudo sysctl -w net.ipv4.ip_local_port_range='1024 65535'", limits_hidden,
     false},
    {"backlog", "sudo sysctl -w net.core.somaxconn=#", limits_hidden, false},
    {"tracked_connections", "sudo sysctl -w net.netfilter.nf_conntrack_max=#",
     "connections are not tracked", true},
    {"memory", "add memory, or raise the container's limit", limits_hidden,
     false},
    {"tcp_memory", "sudo sysctl -w net.ipv4.tcp_mem='# # #'", limits_hidden,
     false},
    {"user_threads", "sudo prlimit --pid $$ --nproc=#:#", limits_none, true},
    {"group_threads",
     "sudo systemctl set-property user-$(id -u).slice TasksMax=#", limits_none,
     true},
    {"system_threads", "sudo sysctl -w kernel.threads-max=#", limits_hidden,
     false},
    {"thread_ids", "sudo sysctl -w kernel.pid_max=#", limits_hidden, false},
    {"memory_maps", "sudo sysctl -w vm.max_map_count=#", limits_hidden, false},
};

/* Of a file below the root; 0: there is none. */
static double limits_of(const char *root, const char *path, const char *name)
{
    return (double)limits_os_number(root, path, name);
}

/* What the files of the kernel say, beside what a comparison checks. */
static void limits_os_rows(cJSON *list, const struct limits *l,
                           const struct run_config *s, const char *root,
                           double connections)
{
    enum { PAGE = 4096, MAPS = 2, MAPS_SPARE = 1000 };
    static const char blocking[] = "blocking";
    const bool here = s->values.target == NULL;
    const double n = connections,
                 threads = n + limits_of(root, "proc/loadavg", "/");
    const uint64_t group = limits_os_container(root, true);
    uint64_t tcp = 0;

    proc_tcp_memory_limit(&tcp);
    const struct skipped rows[] = {
        {n, NULL, "process_open_files",
         "open files that a process may be given",
         limits_of(root, "proc/sys/fs/nr_open", ""),
         n + (here ? NEED_WINESERVER_FILES : NEED_LOAD_FILES), "files", ""},
        {n, NULL, "system_open_files", "open files of all processes",
         limits_of(root, "proc/sys/fs/file-max", ""),
         (here ? 2 * n : n) + limits_of(root, "proc/sys/fs/file-nr", ""),
         "files", ""},
        {n, NULL, "tracked_connections", "connections that the firewall tracks",
         limits_of(root, "proc/sys/net/netfilter/nf_conntrack_max", ""),
         n + limits_of(root, "proc/sys/net/netfilter/nf_conntrack_count", ""),
         "connections", ""},
        /* A message waits at one end at a time, in up to twice its size. */
        {n, NULL, "tcp_memory", "pages of TCP memory (tcp_mem)",
         (double)tcp / PAGE,
         n * ceil(2 * (double)s->values.message_bytes / PAGE), "pages", ""},
        {n, blocking, "wineserver_open_files",
         "open files of wineserver, four a thread", (double)l->server_files,
         n * NEED_THREAD_FILES + NEED_WINESERVER_FILES, "files", ""},
        {n, blocking, "user_threads", "threads of one user",
         limits_of(root, "proc/self/limits", "Max processes "), threads,
         "threads", ""},
        {n, blocking, "group_threads", "threads that the control group leaves",
         group == UINT64_MAX ? 0 : (double)group, n, "threads", ""},
        {n, blocking, "system_threads", "threads of the system",
         limits_of(root, "proc/sys/kernel/threads-max", ""), threads, "threads",
         ""},
        {n, blocking, "thread_ids", "thread numbers (pid_max)",
         limits_of(root, "proc/sys/kernel/pid_max", ""), threads, "threads",
         ""},
        /* A server of 1,003 threads had 2,353 under Wine 8. */
        {n, blocking, "memory_maps", "memory maps of a process",
         limits_of(root, "proc/sys/vm/max_map_count", ""),
         n * MAPS + MAPS_SPARE, "maps", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (here || rows[i].model == NULL)
            limits_row(list, &rows[i]);
}

static double limits_time_wait(const char *root, bool here, const char **why)
{
    const double reuse = limits_of(root, "proc/sys/net/ipv4/tcp_tw_reuse", "");

    *why = "then this kernel uses it again, by tcp_tw_reuse";
    if (reuse == 1 || (reuse == 2 && here))
        return 1;
    *why = "a constant of the kernel";
    return 60;
}
#endif

static void limits_row(cJSON *list, const struct skipped *one)
{
    const size_t count = sizeof limits_advices / sizeof *limits_advices;
    const struct limits_advice *advice = limits_advices;
    const bool known = one->value > 0;
    struct skipped row = *one;
    cJSON *item;
    char *fix;

    while (advice < limits_advices + count &&
           strcmp(advice->limit, one->limit) != 0)
        advice++;
    if (advice == limits_advices + count)
        return; /* of another system */
    fix = limits_filled(advice->command, one->need);
    row.how_to_fix = fix;
    skipped_add(list, &row);
    free(fix);
    item = cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
    if (!known)
        cJSON_ReplaceItemInObject(item, "value", cJSON_CreateNull());
    cJSON_AddItemToObject(item, "fits",
                          known ? cJSON_CreateBool(row.value >= row.need)
                          : advice->endless ? cJSON_CreateTrue()
                                            : cJSON_CreateNull());
    cJSON_AddItemToObject(item, "why",
                          known ? cJSON_CreateNull()
                                : cJSON_CreateString(advice->unknown));
}

/* What a comparison checks, as far as it is this machine's, and the rest. */
static void limits_rows(cJSON *list, const struct limits *l,
                        const struct run_config *s, const char *root,
                        uint32_t connections)
{
    const bool here = s->values.target == NULL;
    struct skipped needs[LIMITS_NEEDS], *last = &needs[LIMITS_NEEDS - 1];

    limits_needs(l, s, connections, connections, needs);
    for (size_t i = 0; i < LIMITS_NEEDS - 1; i++) {
        const char *limit = needs[i].limit;
        const bool load = strcmp(limit, "load_open_files") == 0 ||
                          strcmp(limit, "dynamic_ports") == 0;

        /* Of the two backlogs the smaller one counts, and is known. */
        if ((load || here) &&
            (needs[i].value > 0 || strcmp(limit, "backlog") != 0))
            limits_row(list, &needs[i]);
    }
#ifdef _WIN32
    (void)root; /* nothing else is limited */
#else
    limits_os_rows(list, l, s, root, connections);
#endif
    last->model = "blocking";
    if (here)
        limits_row(list, last);
}

/* How many source addresses the ports need, and how long those of the
 * addresses that are taken last where half of `churn` connections a second
 * leave one in TIME_WAIT. */
static void limits_ports(cJSON *list, const struct limits *l,
                         const struct run_config *s, const char *root,
                         double connections, double churn)
{
    const bool here = s->values.target == NULL;
    const bool spread = here && s->values.local_addresses == NULL;
    const uint64_t all = (uint64_t)connections + SOURCE_RENEWED;
    const char *why;
    const double wait = limits_time_wait(root, here, &why);
    const double each = (double)l->ports, left = churn / 2 * wait;
    const double given = (double)l->sources;
    const double taken =
        spread ? (double)sources_wanted((uint64_t)connections, l->ports)
               : given;
    const double renewed =
        spread ? (double)sources_wanted(all, l->ports) : given;
    const double needed = ceil(connections / each);
    const double unused = fmax(renewed * each - connections, 0);
    const bool lasts = left <= unused, known = each > 0;
    cJSON *ports = cJSON_AddObjectToObject(list, "ports");
    cJSON *notes = cJSON_AddArrayToObject(list, "notes");

    json_add_known(ports, "per_address", known, each);
    json_add_known(ports, "addresses_needed", known, needed);
    cJSON_AddNumberToObject(ports, "addresses", taken);
    cJSON_AddNumberToObject(ports, "churn_connects_per_s", churn);
    cJSON_AddNumberToObject(ports, "churn_addresses", renewed);
    json_add_known(ports, "churn_addresses_needed", known,
                   ceil((connections + left) / each));
    json_add_known(ports, "churn_lasting_connects_per_s", known,
                   floor(2 * unused / wait));
    json_add_known(ports, "churn_ports_last_s", known && !lasts,
                   2 * unused / churn);
    cJSON_AddNumberToObject(ports, "time_wait_s", wait);
    if (!known)
        return;
    json_add_text(
        notes,
        text_make("Ports of each source address to a server: %.0f. Addresses "
                  "needed: %.0f, %s: %.0f%s",
                  each, needed,
                  spread ? "taken of 127.0.0.x by itself" : "given", taken,
                  here && needed > 1 ? ". For a server on another machine see "
                                       "iomodels limits --target HOST"
                                     : ""));
    if (!here && needed > taken) {
        json_add_text(notes, text_make("With 10.0.0.0/8 as an example these "
                                       "commands add the addresses and name "
                                       "them; so do %.0f load machines, each "
                                       "with a --load-via:",
                                       needed));
        json_add_text(notes, limits_filled(limits_add_address, needed));
        json_add_text(notes, limits_filled(limits_give_addresses, needed));
    }
    json_add_text(notes, text_make("churn: one connection in two leaves a port "
                                   "in TIME_WAIT for %.0f s (%s)",
                                   wait, why));
    if (unused > 0)
        json_add_text(notes, text_make("Addresses: %.0f; their ports last for "
                                       "ever at up to %.0f connects/s",
                                       renewed, floor(2 * unused / wait)));
    if (!lasts)
        json_add_text(notes, text_make("At %.0f connects/s they last for %.0f "
                                       "s, those of %.0f addresses for ever",
                                       churn, 2 * unused / churn,
                                       ceil((connections + left) / each)));
}

cJSON *limits_list(const struct limits *l, const struct run_config *s,
                   const char *root, uint32_t connections, uint64_t churn)
{
    cJSON *list = cJSON_CreateObject(), *limits;
    const cJSON *row;
    bool fits = true;

    cJSON_AddStringToObject(list, "schema", "iomodels/limits");
    cJSON_AddNumberToObject(list, "schema_version", 1);
    cJSON_AddNumberToObject(list, "connections", connections);
    cJSON_AddStringToObject(list, "os", limits_os());
    limits = cJSON_AddArrayToObject(list, "limits");
    limits_rows(limits, l, s, root, connections);
    cJSON_ArrayForEach (row, limits)
        if (record_at(row, "/model") == NULL &&
            cJSON_IsFalse(record_at(row, "/fits")))
            fits = false;
    cJSON_AddBoolToObject(list, "fits", fits);
    limits_ports(list, l, s, root, connections, (double)churn);
    return list;
}

/* --- for people ---------------------------------------------------------- */

static void limits_show_row(struct text *text, const cJSON *row)
{
    const cJSON *fits = record_at(row, "/fits");
    struct text need = {0}, value = {0};

    skipped_amount(&need, row, "/need");
    if (record_at(row, "/value") != NULL)
        skipped_amount(&value, row, "/value");
    else
        text_add(&value, "%s", fits != NULL ? "no limit" : "not known");
    text_add(text, "%c %-46s %14s %14s\n",
             fits == NULL          ? '?'
             : cJSON_IsFalse(fits) ? '!'
                                   : ' ',
             record_text(row, "/name"), need.data, value.data);
    free(need.data);
    free(value.data);
}

char *limits_text(const cJSON *list)
{
    const cJSON *limits = record_at(list, "/limits"), *row;
    struct text text = {0}, last = {0}, line = {0};
    const char *model = "";

    table_number(&line, record_at(list, "/connections")->valuedouble, 0);
    text_add(&line, " connections");
    text_add(&text, "%-48s %14s %14s\n", line.data, "needed", "available");
    line.length = 0;
    cJSON_ArrayForEach (row, limits) {
        if (strcmp(record_text(row, "/model"), model) != 0) {
            model = record_text(row, "/model");
            text_add(&text, "%s, with a thread a connection:\n", model);
        }
        limits_show_row(&text, row);
        if (cJSON_IsFalse(record_at(row, "/fits")))
            text_add(&last, "    %s%s%s\n", record_text(row, "/how_to_fix"),
                     model[0] != '\0' ? " # " : "", model);
    }
    cJSON_ArrayForEach (row, limits)
        if (record_at(row, "/fits") == NULL) {
            text_add(&line, "%s: %s", record_text(row, "/name"),
                     record_text(row, "/why"));
            text_wrap(&text, line.data, LIMITS_COLUMNS, 0, 2);
            line.length = 0;
        }
    if (last.length > 0) {
        text_add(&text, "\nTo raise what is too small (!):\n%s", last.data);
        text_wrap(&text, limits_last, LIMITS_COLUMNS, 0, 0);
    }
    text_add(&text, "\n");
    cJSON_ArrayForEach (row, record_at(list, "/notes"))
        if (row->valuestring[0] == ' ') /* a command */
            text_add(&text, "%s\n", row->valuestring);
        else
            text_wrap(&text, row->valuestring, LIMITS_COLUMNS, 0, 0);
    free(last.data);
    free(line.data);
    return text_take(&text);
}
