/* What the witness sees of requests to the driver. It gives the driver memory
 * of its own and fills the model's, which the request owns: that must be found
 * as it was left. */
#define WITNESS_ITSELF
#include "witness_polls.h"
#include "witness_rules.h"
#include "common/machine.h"
#include <string.h>
#include <winternl.h>

enum {
    POLLS_CONNS = 64,
    POLLS_INFO = 64,
    POLLS_DEVICES = 8,
    POLLS_FILL = 0xa5
};

static struct polls_request {
    OVERLAPPED io; /* it begins as an IO_STATUS_BLOCK does */
    unsigned char info[POLLS_INFO];
    unsigned char *status, *own; /* the model's */
    ULONG size;
} polls[POLLS_CONNS]; /* by slot */

static struct polls_device {
    HANDLE device;
    DWORD thread;
} polls_devices[POLLS_DEVICES];

static NTSTATUS(NTAPI *polls_real)(HANDLE, HANDLE, PIO_APC_ROUTINE, void *,
                                   IO_STATUS_BLOCK *, ULONG, void *, ULONG,
                                   void *, ULONG);

extern const struct io_model model_afd_poll;

/* One thread asks by a device, and cancels. */
static void polls_by(HANDLE device)
{
    struct polls_device *d = polls_devices;
    while (d->device && d->device != device)
        if (++d == polls_devices + POLLS_DEVICES)
            die("polls_by: give --threads 8 at most");
    if (!d->device)
        *d = (struct polls_device){device, GetCurrentThreadId()};
    witness_hold(RULE_OWNER, d->thread == GetCurrentThreadId());
}

static bool polls_filled(const unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] != POLLS_FILL)
            return false;
    return true;
}

static struct polls_request *polls_of(const struct witness_conn *w)
{
    if (w->conn->slot >= POLLS_CONNS)
        die("polls_of: give --max-connections 64 at most");
    return &polls[w->conn->slot];
}

/* --- what the model calls instead --------------------------------------- */

static NTSTATUS NTAPI polls_ask(HANDLE device, HANDLE event,
                                PIO_APC_ROUTINE done, void *context,
                                IO_STATUS_BLOCK *status, ULONG code, void *in,
                                ULONG in_size, void *out, ULONG out_size)
{
    if (in != out || in_size != out_size || out_size > POLLS_INFO)
        die("polls_ask: not one buffer for both, or too large");
    witness_enter();
    struct witness_conn *w = witness_with(status, model_afd_poll.conn_size);
    if (!w)
        die("polls_ask: of no connection");
    struct polls_request *r = polls_of(w);
    polls_by(device);
    witness_posts(w, &r->io);
    *r = (struct polls_request){
        .status = (unsigned char *)status, .own = out, .size = out_size};
    memcpy(r->info, in, in_size);
    memset(status, POLLS_FILL, sizeof *status);
    memset(out, POLLS_FILL, out_size);
    const enum rule broken = witness_breaks();
    if (broken == RULE_REST)
        r->own[0]++;
    witness_break(broken, w, &r->io);
    witness_leave();
    NTSTATUS result =
        polls_real(device, event, done, context, (IO_STATUS_BLOCK *)&r->io,
                   code, r->info, in_size, r->info, out_size);
    if (!NT_SUCCESS(result))
        w->io = NULL; /* the driver has nothing */
    return result;
}

bool witness_polls_look_up(const wchar_t *module, const char *name, void *call)
{
    NTSTATUS(NTAPI * instead)
    (HANDLE, HANDLE, PIO_APC_ROUTINE, void *, IO_STATUS_BLOCK *, ULONG, void *,
     ULONG, void *, ULONG) = polls_ask;
    if (!look_up(module, name, call))
        return false;
    if (strcmp(name, "NtDeviceIoControlFile") == 0) {
        memcpy(&polls_real, call, sizeof polls_real);
        memcpy(call, &instead, sizeof instead);
    }
    return true;
}

static void polls_taken(OVERLAPPED *io)
{
    witness_enter();
    struct witness_conn *w = witness_with(io, model_afd_poll.conn_size);
    witness_hold(RULE_ONCE, w != NULL);
    witness_takes(w);
    w->posted = false; /* what follows needs no operation */
    struct polls_request *r = polls_of(w);
    witness_hold(RULE_REST,
                 polls_filled(r->own, r->size) &&
                     polls_filled(r->status, sizeof(IO_STATUS_BLOCK)));
    memcpy(r->own, r->info, r->size);
    memcpy(r->status, &r->io, sizeof(IO_STATUS_BLOCK));
    witness_leave();
}

BOOL witness_polls_take(HANDLE port, OVERLAPPED_ENTRY *entries, ULONG size,
                        ULONG *count, DWORD wait_ms, BOOL alertable)
{
    BOOL ok = GetQueuedCompletionStatusEx(port, entries, size, count, wait_ms,
                                          alertable);
    const DWORD error = GetLastError();
    for (ULONG n = 0; ok && n < *count; n++)
        if (entries[n].lpOverlapped)
            polls_taken(entries[n].lpOverlapped);
    SetLastError(error);
    return ok;
}

BOOL witness_polls_cancel(HANDLE device, OVERLAPPED *io)
{
    witness_enter();
    polls_by(device);
    witness_leave();
    return CancelIoEx(device, io);
}
