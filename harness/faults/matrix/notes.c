#include "notes.h"

#include <stddef.h>
#include <string.h>

static const struct note notes_all[] = {
    {NULL, 0, NULL, NULL, NULL, NULL},
};

/* Those that no connection hangs on: they are made again, or waited out. */
static const char *const notes_free[] = {"accept",
                                         "select",
                                         "AcceptEx",
                                         "WSASocketW",
                                         "GetQueuedCompletionStatus",
                                         "PostQueuedCompletionStatus",
                                         "WSAWaitForMultipleEvents",
                                         "SetEvent",
                                         "WSASetEvent",
                                         "WaitForSingleObject",
                                         "WaitForMultipleObjects",
                                         "SetWaitableTimer",
                                         "CreateWaitableTimerExW",
                                         "GetMessageW",
                                         "PostMessageW",
                                         "SetTimer",
                                         "CancelIoEx",
                                         "WSAPoll",
                                         "connect",
                                         "bind",
                                         "listen",
                                         "socket",
                                         "getsockname",
                                         "getpeername",
                                         "getsockopt",
                                         NULL};

static const char *const notes_closers[] = {"closesocket",
                                            "CloseHandle",
                                            "WSACloseEvent",
                                            "DestroyWindow",
                                            "VirtualFree",
                                            "UnregisterClassW",
                                            NULL};

static bool notes_match(const char *pattern, const char *site)
{
    size_t length = strlen(pattern);
    if (length > 0 && pattern[length - 1] == '*')
        return strncmp(pattern, site, length - 1) == 0;
    return strcmp(pattern, site) == 0;
}

const struct note *note_find(const char *site)
{
    const struct note *note = notes_all;
    while (note->site && !notes_match(note->site, site))
        note++;
    return note;
}

static bool notes_has(const char *const *names, const char *call)
{
    while (*names && strcmp(*names, call) != 0)
        names++;
    return *names != NULL;
}

unsigned note_costs(const char *call)
{
    return notes_has(notes_free, call) ? 0 : 1;
}

bool note_closes(const char *call)
{
    return notes_has(notes_closers, call);
}
