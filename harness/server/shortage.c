/* What can be done when the system has no memory left to lock (WSAENOBUFS). */
#include "server/host.h"

/* One thread at a time: another's shortage may be over by then. */
bool shortage_raise(void)
{
    static SRWLOCK lock = SRWLOCK_INIT;
    const HANDLE self = GetCurrentProcess();
    SIZE_T least = 0, most = 0, now_least = 0, now_most = 0;
    AcquireSRWLockExclusive(&lock);
    /* Wine says yes and changes nothing, so the limits are read back. */
    const bool raised = GetProcessWorkingSetSize(self, &least, &most) &&
                        SetProcessWorkingSetSize(self, 2 * least, 2 * most) &&
                        GetProcessWorkingSetSize(self, &now_least, &now_most) &&
                        now_least > least;
    ReleaseSRWLockExclusive(&lock);
    return raised;
}
