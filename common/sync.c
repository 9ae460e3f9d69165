#include "common/sync.h"

#include <errno.h>
#include <stdlib.h>

#include "common/errors.h"

#ifdef _WIN32
struct sync_event {
    HANDLE handle;
};

struct sync_thread {
    HANDLE id;
    void (*run)(void *);
    void *arg;
};

static void sync_os_make(struct sync_event *event)
{
    event->handle = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (event->handle == NULL)
        die("CreateEvent");
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

static DWORD WINAPI sync_run(void *arg)
{
    struct sync_thread *thread = arg;

    thread->run(thread->arg);
    return 0;
}

static bool sync_os_start(struct sync_thread *thread)
{
    thread->id = CreateThread(NULL, 0, sync_run, thread, 0, NULL);
    return thread->id != NULL;
}

void sync_thread_own_files(void)
{
}

void sync_thread_join(struct sync_thread *thread)
{
    if (WaitForSingleObject(thread->id, INFINITE) == WAIT_FAILED)
        die("WaitForSingleObject");
    CloseHandle(thread->id);
    free(thread);
}
#else
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

/* A byte in a pipe is the signal. */
struct sync_event {
    int ends[2];
};

struct sync_thread {
    pthread_t id;
    void (*run)(void *);
    void *arg;
};

static void sync_os_make(struct sync_event *event)
{
    if (pipe2(event->ends, O_CLOEXEC | O_NONBLOCK) != 0)
        die("pipe2");
}

/* A full pipe is set already. */
void sync_event_set(struct sync_event *event)
{
    if (write(event->ends[1], "", 1) < 0 && errno != EAGAIN)
        die("write");
}

void sync_event_wait(struct sync_event *event, uint32_t ms)
{
    struct pollfd fd = {event->ends[0], POLLIN, 0};
    char bytes[256];

    if (poll(&fd, 1, ms < INT32_MAX ? (int)ms : -1) > 0)
        while (read(event->ends[0], bytes, sizeof bytes) == sizeof bytes)
            continue;
}

static void *sync_run(void *arg)
{
    struct sync_thread *thread = arg;

    /* Nobody cancels threads; so recv and send need not note that one could be
     * cancelled there. NOLINTNEXTLINE(cert-pos47-c,*-asynchronous) */
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    thread->run(thread->arg);
    return NULL;
}

static bool sync_os_start(struct sync_thread *thread)
{
    errno = pthread_create(&thread->id, NULL, sync_run, thread);
    return errno == 0;
}

void sync_thread_own_files(void)
{
    unshare(CLONE_FILES);
}

void sync_thread_join(struct sync_thread *thread)
{
    pthread_join(thread->id, NULL);
    free(thread);
}
#endif

struct sync_event *sync_event_make(void)
{
    struct sync_event *event = calloc_or_die(1, sizeof *event);
    sync_os_make(event);
    return event;
}

struct sync_thread *sync_thread_start(void (*run)(void *), void *arg)
{
    struct sync_thread *thread = calloc_or_die(1, sizeof *thread);
    thread->run = run;
    thread->arg = arg;
    if (sync_os_start(thread))
        return thread;
    free(thread);
    return NULL;
}
