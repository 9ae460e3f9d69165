#include "runner/fit.h"

#include <stdio.h>

#include "common/win.h"
#include "common/machine.h"

/* Windows has no limit of open files that a socket counts against. */
void fit_os_load(struct fit_machine *machine)
{
    uint32_t first, count;

    if (machine_netsh_ports(&first, &count))
        machine->ports = count;
}

void fit_os_server(struct fit_machine *machine)
{
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};

    if (GlobalMemoryStatusEx(&memory))
        machine->memory = memory.ullAvailPhys;
    machine->backlog = UINT16_MAX; /* what a listener can ask for */
}

char *fit_os_files(uint64_t need, char *text, size_t size)
{
    snprintf(text, size, "raise it to %llu", (unsigned long long)need);
    return text;
}

char *fit_os_ports(char *text, size_t size)
{
    snprintf(text, size,
             "raise it, as administrator: netsh int ipv4 set dynamicport tcp "
             "start=10000 num=55535; or give more --local-addresses");
    return text;
}

char *fit_os_backlog(uint64_t need, char *text, size_t size)
{
    snprintf(text, size, "give --backlog %llu or a smaller --connect-window",
             (unsigned long long)need);
    return text;
}
