/* The witness of the model that asks the driver: included by force instead of
 * witness.h. Each thread has a port of its own there. */
#ifndef IOMODELS_WITNESS_POLLS_H
#define IOMODELS_WITNESS_POLLS_H

#include "witness.h"

bool witness_polls_look_up(const wchar_t *module, const char *name, void *call);
BOOL witness_polls_take(HANDLE port, OVERLAPPED_ENTRY *entries, ULONG size,
                        ULONG *count, DWORD wait_ms, BOOL alertable);
BOOL witness_polls_cancel(HANDLE device, OVERLAPPED *io);

#ifndef WITNESS_ITSELF
#undef CancelIoEx
#define look_up                     witness_polls_look_up
#define GetQueuedCompletionStatusEx witness_polls_take
#define CancelIoEx                  witness_polls_cancel
#endif

#endif
