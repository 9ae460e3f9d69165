#include "common/machine.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool parse_ports(const char *text, bool ends, uint32_t *first, uint32_t *count)
{
    unsigned from, many;
    text += strcspn(text, "0123456789");
    if (sscanf(text, "%u%*[^0-9]%u", &from, &many) != 2)
        return false;
    if (ends)
        many = many - from + 1;
    if (from == 0 || from > UINT16_MAX || many == 0 ||
        many > UINT16_MAX + 1 - from)
        return false;
    *first = from;
    *count = many;
    return true;
}

const char *parse_netsh_loopback(const char *text)
{
    static const char *const modes[] = {"adaptive", "inline", "worker"};
    for (text = strstr(text, "oopback"); text != NULL;
         text = strstr(text + 1, "oopback")) {
        const char *value = text + strcspn(text, ":\r\n");
        value += strspn(value, ": ");
        for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
            if (strncmp(value, modes[i], strlen(modes[i])) == 0)
                return modes[i];
    }
    return NULL;
}

bool parse_wineserver(const char *text, uint64_t *user_us, uint64_t *kernel_us)
{
    enum { TICK_US = 10000 }; /* USER_HZ is 100 for every program */
    unsigned long long user, kernel;
    /* A name may hold spaces and brackets: the fields begin after its last
     * bracket, with the third, the state. */
    const char *at = strrchr(text, ')');
    if (strstr(text, "(wineserver") == NULL ||
        sscanf(at != NULL ? at + 1 : "",
               "%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%*s%llu%llu", &user,
               &kernel) != 2)
        return false;
    *user_us = user * TICK_US;
    *kernel_us = kernel * TICK_US;
    return true;
}

bool parse_after(const char *text, const char *name, uint64_t *value)
{
    const char *at = strstr(text, name);
    if (at == NULL)
        return false;
    at += strlen(name);
    at += strspn(at, " ");
    if (!isdigit((unsigned char)*at))
        return false;
    *value = strtoull(at, NULL, 10);
    return true;
}

bool proc_wineserver(uint64_t *user_us, uint64_t *kernel_us)
{
    char text[PROC_TEXT];
    /* Wine's server opens files for its clients, so "self" is the server. */
    return parse_wineserver(proc_text("/proc/self/stat", text), user_us,
                            kernel_us);
}

enum { PROC_PAGE = 4096 };

bool proc_tcp_memory(uint64_t *bytes)
{
    char text[PROC_TEXT];
    const char *tcp = strstr(proc_text("/proc/net/sockstat", text), "TCP:");
    if (tcp == NULL || !parse_after(tcp, " mem ", bytes))
        return false;
    *bytes *= PROC_PAGE;
    return true;
}

bool proc_tcp_memory_limit(uint64_t *bytes)
{
    char text[PROC_TEXT];
    unsigned long long pages;
    /* Below the first number memory is free to use; the third is the most. */
    if (sscanf(proc_text("/proc/sys/net/ipv4/tcp_mem", text), "%*s %*s %llu",
               &pages) != 1)
        return false;
    *bytes = pages * PROC_PAGE;
    return true;
}

bool proc_ports(uint32_t *first, uint32_t *count)
{
    char text[PROC_TEXT];
    return parse_ports(
        proc_text("/proc/sys/net/ipv4/ip_local_port_range", text), true, first,
        count);
}

bool proc_open_files(uint64_t *files)
{
    char text[PROC_TEXT];
    return parse_after(proc_text("/proc/self/limits", text), "Max open files",
                       files);
}

void machine_add_text(cJSON *machine, cJSON *unknown, const char *key,
                      const char *text, const char *why)
{
    if (text != NULL)
        cJSON_AddStringToObject(machine, key, text);
    else
        cJSON_AddNullToObject(machine, key);
    if (text == NULL && why != NULL)
        cJSON_AddStringToObject(unknown, key, why);
}

void machine_add_ports(cJSON *machine, cJSON *unknown, const uint32_t ports[2],
                       const char *why)
{
    int range[2] = {(int)ports[0], (int)ports[1]};
    if (ports[1] == 0)
        machine_add_text(machine, unknown, "dynamic_ports", NULL, why);
    else
        cJSON_AddItemToObject(machine, "dynamic_ports",
                              cJSON_CreateIntArray(range, 2));
}
