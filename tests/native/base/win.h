/* As much of Windows as the portable half of the server asks for, so that
 * native tests, sanitizers and callgrind can run it. Included ahead of
 * everything (-include): it takes the place of harness/base/win.h. */
#ifndef IOMODELS_WIN_H
#define IOMODELS_WIN_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t DWORD;
typedef uint32_t ULONG;
typedef int32_t LONG;
typedef char CHAR;
typedef void *HANDLE;
typedef uintptr_t SOCKET;
typedef DWORD (*LPTHREAD_START_ROUTINE)(void *);
typedef struct {
    ULONG len;
    CHAR *buf;
} WSABUF;

#define INVALID_SOCKET (~(SOCKET)0)
enum {
    ERROR_NOT_ENOUGH_MEMORY = 8,
    WSA_OPERATION_ABORTED = 995,
    WSAECONNRESET = 10054,
    WSAENOBUFS = 10055
};

typedef pthread_mutex_t SRWLOCK;
#define InitializeSRWLock(lock)       pthread_mutex_init((lock), NULL)
#define AcquireSRWLockExclusive(lock) pthread_mutex_lock(lock)
#define ReleaseSRWLockExclusive(lock) pthread_mutex_unlock(lock)
#define MemoryBarrier()               atomic_thread_fence(memory_order_seq_cst)

static inline uint64_t win_load64(const volatile uint64_t *from)
{
    return atomic_load_explicit((const volatile _Atomic uint64_t *)from,
                                memory_order_relaxed);
}

static inline void win_store64(volatile uint64_t *to, uint64_t value)
{
    atomic_store_explicit((volatile _Atomic uint64_t *)to, value,
                          memory_order_relaxed);
}

#define GetLastError()  ((DWORD)errno)
#define SetLastError(e) (errno = (int)(e))

enum { MEM_COMMIT = 0x1000, MEM_RESERVE = 0x2000, MEM_RELEASE = 0x8000 };
enum { PAGE_NOACCESS = 1, PAGE_READWRITE = 4 };

/* How many commits succeed from now on; negative: all. */
extern long win_commits_left;

void *VirtualAlloc(void *base, size_t bytes, DWORD how, DWORD access);
int VirtualFree(void *base, size_t bytes, DWORD how);

#endif
