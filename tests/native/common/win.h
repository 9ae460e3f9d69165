/* As much of Windows as the portable half of the server asks for, so that
 * native tests, sanitizers, fuzzers and callgrind can run it. Included ahead
 * of everything (-include): it takes the place of common/win.h. */
#ifndef IOMODELS_WIN_H
#define IOMODELS_WIN_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#define WINAPI
#define TRUE  1
#define FALSE 0

typedef uint32_t DWORD;
typedef uint32_t ULONG;
typedef uint64_t ULONGLONG;
typedef int32_t LONG;
typedef int BOOL;
typedef char CHAR;
typedef void *HANDLE;
typedef int SOCKET;
typedef DWORD (*LPTHREAD_START_ROUTINE)(void *);
typedef struct {
    ULONG len;
    CHAR *buf;
} WSABUF;

typedef struct win_overlapped OVERLAPPED; /* only pointers to it */

#define INVALID_SOCKET (~(SOCKET)0)
enum {
    ERROR_TOO_MANY_OPEN_FILES = 4,
    ERROR_NOT_ENOUGH_MEMORY = 8,
    ERROR_UNEXP_NET_ERR = 59,
    ERROR_NETNAME_DELETED = 64,
    ERROR_SEM_TIMEOUT = 121,
    WSA_OPERATION_ABORTED = 995,
    ERROR_CONNECTION_ABORTED = 1236,
    ERROR_NO_SYSTEM_RESOURCES = 1450,
    WSAEINTR = 10004,
    WSAEACCES = 10013,
    WSAEINVAL = 10022,
    WSAEMFILE = 10024,
    WSAEAFNOSUPPORT = 10047,
    WSAEADDRINUSE = 10048,
    WSAEADDRNOTAVAIL = 10049,
    WSAECONNABORTED = 10053,
    WSAECONNRESET = 10054,
    WSAENOBUFS = 10055,
    WSAENOTCONN = 10057,
    WSAETIMEDOUT = 10060,
    WSAEDISCON = 10101
};

/* --- threads ---------------------------------------------------------- */

typedef pthread_mutex_t SRWLOCK;
#define SRWLOCK_INIT                  PTHREAD_MUTEX_INITIALIZER
#define InitializeSRWLock(lock)       pthread_mutex_init((lock), NULL)
#define AcquireSRWLockExclusive(lock) pthread_mutex_lock(lock)
#define ReleaseSRWLockExclusive(lock) pthread_mutex_unlock(lock)
#define MemoryBarrier()               atomic_thread_fence(memory_order_seq_cst)

static inline LONG InterlockedExchange(volatile LONG *at, LONG value)
{
    return atomic_exchange((volatile _Atomic LONG *)at, value);
}

static inline LONG InterlockedCompareExchange(volatile LONG *at, LONG value,
                                              LONG expected)
{
    atomic_compare_exchange_strong((volatile _Atomic LONG *)at, &expected,
                                   value);
    return expected;
}

/* Handles are events. CreateEventW: manual reset, not set, without a name. */
enum { WAIT_OBJECT_0 = 0, WAIT_TIMEOUT = 258 };
#define WAIT_FAILED 0xFFFFFFFFu
#define INFINITE    0xFFFFFFFFu
void Sleep(DWORD ms);
HANDLE CreateEventW(void *security, BOOL manual, BOOL set, const wchar_t *name);
BOOL SetEvent(HANDLE event);
DWORD WaitForSingleObject(HANDLE event, DWORD wait_ms);
BOOL CloseHandle(HANDLE event);

#define GetLastError()  ((DWORD)errno)
#define SetLastError(e) (errno = (int)(e))

HANDLE GetCurrentProcess(void);
BOOL TerminateProcess(HANDLE process, unsigned code);

#define ALL_PROCESSOR_GROUPS 0xFFFF
DWORD GetActiveProcessorCount(unsigned group);

/* The console's handler is never called. */
enum { CTRL_C_EVENT, CTRL_BREAK_EVENT };
BOOL SetConsoleCtrlHandler(BOOL (*handler)(DWORD event), BOOL add);

/* --- memory ----------------------------------------------------------- */

enum { MEM_COMMIT = 0x1000, MEM_RESERVE = 0x2000, MEM_RELEASE = 0x8000 };
enum { PAGE_NOACCESS = 1, PAGE_READWRITE = 4 };

/* How many commits succeed from now on; negative: all. */
extern long win_commits_left;

void *VirtualAlloc(void *base, size_t bytes, DWORD how, DWORD access);
BOOL VirtualFree(void *base, size_t bytes, DWORD how);
BOOL VirtualProtect(void *base, size_t bytes, DWORD access, DWORD *before);

#endif
