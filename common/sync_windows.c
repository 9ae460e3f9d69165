#include "common/sync.h"

#include <stdlib.h>

#include "common/die.h"

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

struct sync_thread {
    HANDLE handle;
    void (*run)(void *);
    void *arg;
    bool released;
};

static DWORD WINAPI sync_thread_main(LPVOID arg)
{
    struct sync_thread *thread = arg;

    thread->run(thread->arg);
    if (thread->released)
        free(thread);
    return 0;
}

/* The handle, which is the caller's; a released thread may be gone by then. */
static HANDLE sync_thread_make(void (*run)(void *), void *arg, bool released,
                               struct sync_thread **made)
{
    HANDLE handle;
    struct sync_thread *thread = malloc(sizeof *thread);

    if (thread == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    thread->run = run;
    thread->arg = arg;
    thread->released = released;
    *made = thread;
    handle = CreateThread(NULL, 0, sync_thread_main, thread, 0, NULL);
    if (handle == NULL)
        free(thread);
    return handle;
}

struct sync_thread *sync_thread_start(void (*run)(void *), void *arg)
{
    struct sync_thread *thread;
    HANDLE handle = sync_thread_make(run, arg, false, &thread);

    if (handle == NULL)
        return NULL;
    thread->handle = handle;
    return thread;
}

bool sync_thread_release(void (*run)(void *), void *arg)
{
    struct sync_thread *thread;
    HANDLE handle = sync_thread_make(run, arg, true, &thread);

    if (handle == NULL)
        return false;
    CloseHandle(handle);
    return true;
}

void sync_thread_join(struct sync_thread *thread)
{
    if (WaitForSingleObject(thread->handle, INFINITE) == WAIT_FAILED)
        die("WaitForSingleObject");
    CloseHandle(thread->handle);
    free(thread);
}
