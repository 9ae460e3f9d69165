#include "common/sync.h"

#include <errno.h>
#include <stdlib.h>

#include "common/die.h"

#ifndef _WIN32
#include <pthread.h>
#include <time.h>
#endif

struct sync_event {
#ifdef _WIN32
    HANDLE handle;
#else
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool set;
#endif
};

struct sync_thread {
#ifdef _WIN32
    HANDLE id;
#else
    pthread_t id;
#endif
    void (*run)(void *);
    void *arg;
};

#ifdef _WIN32
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

static void sync_os_join(struct sync_thread *thread)
{
    if (WaitForSingleObject(thread->id, INFINITE) == WAIT_FAILED)
        die("WaitForSingleObject");
    CloseHandle(thread->id);
}

static void sync_os_event(struct sync_event *event)
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
#else
static void *sync_run(void *arg)
{
    struct sync_thread *thread = arg;

    thread->run(thread->arg);
    return NULL;
}

static bool sync_os_start(struct sync_thread *thread)
{
    errno = pthread_create(&thread->id, NULL, sync_run, thread);
    return errno == 0;
}

static void sync_os_join(struct sync_thread *thread)
{
    pthread_join(thread->id, NULL);
}

static void sync_os_event(struct sync_event *event)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&event->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&event->changed, &attr);
    pthread_condattr_destroy(&attr);
}

void sync_event_set(struct sync_event *event)
{
    pthread_mutex_lock(&event->lock);
    event->set = true;
    pthread_cond_signal(&event->changed);
    pthread_mutex_unlock(&event->lock);
}

void sync_event_wait(struct sync_event *event, uint32_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&event->lock);
    while (!event->set)
        if (pthread_cond_timedwait(&event->changed, &event->lock, &until) ==
            ETIMEDOUT)
            break;
    event->set = false;
    pthread_mutex_unlock(&event->lock);
}
#endif

struct sync_event *sync_event_make(void)
{
    struct sync_event *event = calloc(1, sizeof *event);

    if (event == NULL)
        die("calloc");
    sync_os_event(event);
    return event;
}

struct sync_thread *sync_thread_start(void (*run)(void *), void *arg)
{
    struct sync_thread *thread = calloc(1, sizeof *thread);

    if (thread == NULL)
        die("calloc");
    thread->run = run;
    thread->arg = arg;
    if (sync_os_start(thread))
        return thread;
    free(thread);
    return NULL;
}

void sync_thread_join(struct sync_thread *thread)
{
    sync_os_join(thread);
    free(thread);
}
