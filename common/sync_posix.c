#include "common/sync.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "common/die.h"

struct sync_event {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool set;
};

struct sync_event *sync_event_make(void)
{
    struct sync_event *event = calloc(1, sizeof *event);
    pthread_condattr_t attr;

    if (event == NULL)
        die("calloc");
    pthread_mutex_init(&event->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&event->changed, &attr);
    pthread_condattr_destroy(&attr);
    return event;
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

struct sync_thread {
    pthread_t id;
    void (*run)(void *);
    void *arg;
    bool released;
};

static void *sync_thread_main(void *arg)
{
    struct sync_thread *thread = arg;

    thread->run(thread->arg);
    if (thread->released)
        free(thread);
    return NULL;
}

static struct sync_thread *sync_thread_make(void (*run)(void *), void *arg,
                                            bool released)
{
    struct sync_thread *thread = malloc(sizeof *thread);
    pthread_attr_t attr;
    pthread_t id;
    int error;

    if (thread == NULL)
        return NULL;
    thread->run = run;
    thread->arg = arg;
    thread->released = released;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, released ? PTHREAD_CREATE_DETACHED
                                                : PTHREAD_CREATE_JOINABLE);
    error = pthread_create(&id, &attr, sync_thread_main, thread);
    pthread_attr_destroy(&attr);
    /* A released thread may be gone by now, and its memory too. */
    if (error == 0 && !released)
        thread->id = id;
    if (error == 0)
        return thread;
    free(thread);
    errno = error;
    return NULL;
}

struct sync_thread *sync_thread_start(void (*run)(void *), void *arg)
{
    return sync_thread_make(run, arg, false);
}

bool sync_thread_release(void (*run)(void *), void *arg)
{
    return sync_thread_make(run, arg, true) != NULL;
}

void sync_thread_join(struct sync_thread *thread)
{
    pthread_join(thread->id, NULL);
    free(thread);
}
