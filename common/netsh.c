#include "common/netsh.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/parse.h"
#include "common/process.h"
#include "common/text.h"
#include "common/wide.h"
#include "common/win.h"

enum { NETSH_WAIT_MS = 5000 };

/* Windows' own netsh by its full path, so that a program of that name in the
 * working folder is not started. The caller frees it. */
static char *netsh_path(void)
{
    wchar_t folder[MAX_PATH];
    struct text path = {0};
    UINT length = GetSystemDirectoryW(folder, MAX_PATH);
    if (length == 0 || length >= MAX_PATH)
        return NULL;
    char *system = wide_to(folder);
    text_add(&path, "%s\\netsh.exe", system);
    free(system);
    return text_take(&path);
}

/* What `netsh interface ipv4 show WHAT` printed, the caller's to free; NULL
 * when it failed. */
static char *netsh_show(const char *what, const char *protocol)
{
    char *path = netsh_path(), why[256];
    const char *argv[] = {path, "interface", "ipv4", "show",
                          what, protocol,    NULL};
    int64_t deadline = clock_ns() + NETSH_WAIT_MS * INT64_C(1000000);
    struct process *netsh =
        path != NULL ? process_start_captured(argv, NULL, why, sizeof why)
                     : NULL;
    struct process_event event;
    struct text text = {0};
    if (netsh != NULL) {
        process_close_input(netsh);
        while (process_wait(&netsh, 1, deadline, &event) == PROCESS_LINE)
            text_add(&text, "%s\n", event.line);
        if (!process_wait_exit(netsh, deadline) ||
            !process_exited_with(netsh, 0))
            free(text_take(&text));
        process_free(netsh);
    }
    free(path);
    return text.data;
}

bool netsh_ports(uint32_t *first, uint32_t *count)
{
    char *text = netsh_show("dynamicportrange", "tcp");
    bool known = text != NULL && parse_netsh_ports(text, first, count);
    free(text);
    return known;
}

const char *netsh_loopback(void)
{
    char *text = netsh_show("global", NULL);
    const char *mode = text != NULL ? parse_netsh_loopback(text) : NULL;
    free(text);
    return mode;
}
