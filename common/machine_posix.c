#include "common/machine.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/errors.h"
#include "common/json_lines.h"

const char *proc_text(const char *path, char text[PROC_TEXT])
{
    FILE *file = fopen(path, "r");
    size_t size = file != NULL ? fread(text, 1, PROC_TEXT - 1, file) : 0;
    text[size] = '\0';
    if (file != NULL)
        fclose(file);
    return text;
}

uint64_t machine_affinity(void)
{
    return 0;
}

void machine_restrict(uint64_t processors)
{
    (void)processors;
}

uint32_t machine_usable_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return (uint32_t)CPU_COUNT(&set);
    return (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
}

/* The value of the line that `key` begins, without quotes and separators. */
static void machine_line(cJSON *machine, cJSON *unknown, const char *name,
                         const char *path, const char *key)
{
    char text[PROC_TEXT], why[128];
    char *value = strstr(proc_text(path, text), key);
    snprintf(why, sizeof why, "%s has no line %s", path, key);
    if (value != NULL) {
        value += strlen(key);
        value += strspn(value, " \t:=\"");
        value[strcspn(value, "\"\n")] = '\0';
    }
    machine_add_text(machine, unknown, name, value, why);
}

cJSON *machine_json(cJSON *unknown)
{
    cJSON *machine = cJSON_CreateObject();
    struct utsname name;
    uint32_t ports[2] = {0};
    if (uname(&name) != 0)
        die("uname");
    cJSON_AddStringToObject(machine, "os", name.sysname);
    cJSON_AddStringToObject(machine, "os_version", name.release);
    machine_line(machine, unknown, "os_edition", "/etc/os-release",
                 "PRETTY_NAME");
    cJSON_AddStringToObject(machine, "os_build", name.version);
    cJSON_AddNullToObject(machine, "wine_version");
    cJSON_AddNullToObject(machine, "wine_host");
    machine_line(machine, unknown, "cpu", "/proc/cpuinfo", "model name");
    json_add_count(machine, "cores", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    json_add_count(machine, "usable_processors", machine_usable_processors());
    json_add_count(machine, "memory_bytes",
                   (uint64_t)sysconf(_SC_PHYS_PAGES) *
                       (uint64_t)sysconf(_SC_PAGESIZE));
    cJSON_AddStringToObject(machine, "computer_arch", name.machine);
    proc_ports(&ports[0], &ports[1]);
    machine_add_ports(machine, unknown, ports,
                      "the kernel's port range cannot be read");
    cJSON_AddNullToObject(machine, "loopback_mode");
    return machine;
}
