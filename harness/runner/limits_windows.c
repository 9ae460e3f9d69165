#include "runner/limits.h"

#include "common/machine.h"
#include "common/win.h"

/* Windows has no limit of open files that a socket counts against. */
void limits_os_load(struct limits *limits)
{
    uint32_t first, count;

    if (machine_netsh_ports(&first, &count))
        limits->ports = count;
}

void limits_os_server(struct limits *limits)
{
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};

    if (GlobalMemoryStatusEx(&memory))
        limits->memory = memory.ullAvailPhys;
    limits->backlog = UINT16_MAX; /* what a listener can ask for */
}
