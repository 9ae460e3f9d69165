/* A host without sockets, for the tests of the server's portable half. */
#ifndef IOMODELS_TEST_HOST_H
#define IOMODELS_TEST_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "server/host.h"

static inline void host_make(struct host *h, size_t conn_size, uint32_t buffer,
                             uint32_t conns)
{
    memset(h, 0, sizeof *h);
    h->srv.buffer_size = buffer;
    h->srv.max_conns = conns;
    assert_true(host_open(h, conn_size));
}

/* Runs `run` in `count` threads, each with its own argument of `size` bytes,
 * and waits for all. */
enum { HOST_THREADS_MAX = 16 };
#ifdef _WIN32
static inline void host_threads(LPTHREAD_START_ROUTINE run, void *args,
                                size_t size, int count)
{
    HANDLE threads[HOST_THREADS_MAX];
    for (int i = 0; i < count; i++)
        assert_non_null(
            threads[i] = CreateThread(
                NULL, 0, run, (char *)args + size * (size_t)i, 0, NULL));
    for (int i = 0; i < count; i++) {
        assert_int_equal(WaitForSingleObject(threads[i], 60000), WAIT_OBJECT_0);
        CloseHandle(threads[i]);
    }
}
#else
#define WINAPI

struct host_thread {
    LPTHREAD_START_ROUTINE run;
    void *arg;
};

static inline void *host_thread_main(void *arg)
{
    struct host_thread *thread = arg;
    thread->run(thread->arg);
    return NULL;
}

static inline void host_threads(LPTHREAD_START_ROUTINE run, void *args,
                                size_t size, int count)
{
    pthread_t ids[HOST_THREADS_MAX];
    struct host_thread threads[HOST_THREADS_MAX];
    for (int i = 0; i < count; i++) {
        threads[i].run = run;
        threads[i].arg = (char *)args + size * (size_t)i;
        assert_int_equal(
            pthread_create(&ids[i], NULL, host_thread_main, &threads[i]), 0);
    }
    for (int i = 0; i < count; i++)
        assert_int_equal(pthread_join(ids[i], NULL), 0);
}
#endif

#endif
