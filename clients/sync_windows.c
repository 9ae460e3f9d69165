#include "clients/sync.h"

#include <stdlib.h>

#include "base/die.h"

struct sync_event {
    HANDLE handle;
};

struct sync_event *sync_event_make(void)
{
    struct sync_event *event = malloc(sizeof *event);

    if (event == NULL)
        die("malloc");
    event->handle = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (event->handle == NULL)
        die("CreateEvent");
    return event;
}

void sync_event_set(struct sync_event *event)
{
    if (!SetEvent(event->handle))
        die("SetEvent");
}

void sync_event_wait(struct sync_event *event, uint32_t ms)
{
    if (WaitForSingleObject(event->handle, ms) == WAIT_FAILED)
        die("WaitForSingleObject");
}

void sync_event_free(struct sync_event *event)
{
    CloseHandle(event->handle);
    free(event);
}

struct sync_thread {
    HANDLE handle;
    void (*run)(void *);
    void *arg;
};

static DWORD WINAPI sync_thread_main(LPVOID arg)
{
    struct sync_thread *thread = arg;

    thread->run(thread->arg);
    return 0;
}

struct sync_thread *sync_thread_start(void (*run)(void *), void *arg)
{
    struct sync_thread *thread = malloc(sizeof *thread);

    if (thread == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    thread->run = run;
    thread->arg = arg;
    thread->handle = CreateThread(NULL, 0, sync_thread_main, thread, 0, NULL);
    if (thread->handle != NULL)
        return thread;
    free(thread);
    return NULL;
}

void sync_thread_join(struct sync_thread *thread)
{
    if (WaitForSingleObject(thread->handle, INFINITE) == WAIT_FAILED)
        die("WaitForSingleObject");
    CloseHandle(thread->handle);
    free(thread);
}
