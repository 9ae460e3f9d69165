/* Standard input's words, and the console's Ctrl+C. */
#include "common/json_lines.h"
#include "server/host.h"
#include <string.h>

enum { CONTROL_LINE = 256, CONTROL_CLOSE_MS = 4500 };

static struct host *control_host;
static HANDLE control_finished;

static void control_unknown(char *line)
{
    /* Whatever came in, what goes out is text. */
    for (char *c = line; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    json_lines_error(true, 0,
                     "the words are stop, and mark NAME with a name of "
                     "letters, digits, - and _",
                     "unknown word on standard input: \"%s\"", line);
}

static const char control_name[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/* False: it was stop. */
static bool control_word(char *line)
{
    if (strcmp(line, "stop") == 0)
        return false;
    if (strncmp(line, "mark ", 5) == 0 && line[5] != '\0' &&
        line[5 + strspn(line + 5, control_name)] == '\0')
        metrics_mark(line + 5);
    else
        control_unknown(line);
    return true;
}

/* The thread that requests the stop also wakes the model: the sampling thread
 * may be waiting for a reader of its lines. */
static void control_stop(const char *by)
{
    if (stop_request(control_host, by))
        stop_wake(control_host);
}

static DWORD WINAPI control_run(void *arg)
{
    char line[CONTROL_LINE];
    const char *by = "eof";
    (void)arg;
    while (strcmp(by, "eof") == 0 && json_lines_read(line, sizeof line))
        if (!control_word(line))
            by = "stop";
    control_stop(by);
    return 0;
}

/* On a thread of the system's. When it returns from a console that is being
 * closed the process ends, and after five seconds anyway. */
static BOOL WINAPI control_console(DWORD event)
{
    control_stop("console");
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        WaitForSingleObject(control_finished, CONTROL_CLOSE_MS);
    return TRUE;
}

void control_start(struct host *host)
{
    control_host = host;
    control_finished = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!control_finished)
        server_cannot_start(&host->srv, "CreateEvent");
    if (!SetConsoleCtrlHandler(control_console, TRUE))
        server_cannot_start(&host->srv, "SetConsoleCtrlHandler");
    HANDLE thread = thread_start(control_run, NULL, THREAD_STACK_KIB);
    if (!thread)
        server_cannot_start(&host->srv, "_beginthreadex");
    CloseHandle(thread);
}

void control_done(void)
{
    SetEvent(control_finished);
}
