/* Memory and threads. */
#include "faults.h"
#include <errno.h>

static void *memory_opened(void *memory)
{
    if (memory)
        fault_open(FAULT_MEMORY);
    return memory;
}

void *fault_malloc(const struct fault_here *here, size_t size)
{
    return fault_fails(here) ? NULL : memory_opened(malloc(size));
}

void *fault_calloc(const struct fault_here *here, size_t count, size_t size)
{
    return fault_fails(here) ? NULL : memory_opened(calloc(count, size));
}

void fault_free(void *memory)
{
    if (memory)
        fault_close(FAULT_MEMORY);
    free(memory);
}

void *fault_virtual_alloc(const struct fault_here *here, void *at, SIZE_T size,
                          DWORD type, DWORD access)
{
    return fault_fails(here) ? NULL : VirtualAlloc(at, size, type, access);
}

BOOL fault_virtual_protect(const struct fault_here *here, void *at, SIZE_T size,
                           DWORD access, DWORD *before)
{
    return !fault_fails(here) && VirtualProtect(at, size, access, before);
}

BOOL fault_virtual_free(const struct fault_here *here, void *at, SIZE_T size,
                        DWORD type)
{
    return !fault_fails(here) && VirtualFree(at, size, type);
}

static unsigned __stdcall memory_idle(void *arg)
{
    (void)arg;
    return 0;
}

/* Microsoft's library keeps the system's error in _doserrno beside errno.
 * `complete`: the thread ends without having run, as some of Wine's do at the
 * end of what it can do. */
uintptr_t fault_begin_thread(const struct fault_here *here, void *security,
                             unsigned stack, unsigned(__stdcall *run)(void *),
                             void *arg, unsigned flags, unsigned *id)
{
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_FAIL) {
        _doserrno = fault.error;
        errno = EAGAIN;
        return 0;
    }
    if (fault.kind == FAULT_COMPLETE)
        run = memory_idle;
    uintptr_t thread = _beginthreadex(security, stack, run, arg, flags, id);
    if (thread)
        fault_open(FAULT_HANDLES);
    return thread;
}
