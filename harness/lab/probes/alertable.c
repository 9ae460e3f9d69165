/* M7: completion routines run only in an alertable wait, first in first out, on
 * the thread that posted. Documented for each of these waits. Eight receives of
 * one byte each on one connection, whose bytes all arrive before the wait. */
#include "probe.h"

enum { ALERTABLE_RECEIVES = 8, ALERTABLE_MS = 100 };

static uint32_t alertable_order[ALERTABLE_RECEIVES], alertable_ran;
static uint32_t alertable_elsewhere; /* on another thread */
static DWORD alertable_thread;

static void CALLBACK alertable_done(DWORD error, DWORD bytes, OVERLAPPED *io,
                                    DWORD flags)
{
    (void)bytes, (void)flags;
    if (error)
        probe_fail("WSARecv", error);
    alertable_elsewhere += GetCurrentThreadId() != alertable_thread;
    /* hEvent is free for the program's use where there is a routine. */
    alertable_order[alertable_ran++] = (uint32_t)(ULONG_PTR)io->hEvent;
}

/* The waits; `never` is an event that is not set. */
static void alertable_sleep(HANDLE never)
{
    (void)never;
    SleepEx(ALERTABLE_MS, TRUE);
}

static void alertable_single(HANDLE never)
{
    WaitForSingleObjectEx(never, ALERTABLE_MS, TRUE);
}

static void alertable_multiple(HANDLE never)
{
    WaitForMultipleObjectsEx(1, &never, FALSE, ALERTABLE_MS, TRUE);
}

static void alertable_events(HANDLE never)
{
    WSAWaitForMultipleEvents(1, &never, FALSE, ALERTABLE_MS, TRUE);
}

static void alertable_messages(HANDLE never)
{
    MsgWaitForMultipleObjectsEx(1, &never, ALERTABLE_MS, 0, MWMO_ALERTABLE);
}

static void alertable_signal(HANDLE never)
{
    SignalObjectAndWait(event_make(), never, ALERTABLE_MS, TRUE);
}

static void alertable_port(HANDLE never)
{
    OVERLAPPED_ENTRY entry;
    ULONG count;
    (void)never;
    GetQueuedCompletionStatusEx(port_make(), &entry, 1, &count, ALERTABLE_MS,
                                TRUE);
}

static void alertable_try(cJSON *out, const char *name, void (*wait)(HANDLE))
{
    static OVERLAPPED io[ALERTABLE_RECEIVES];
    static char byte[ALERTABLE_RECEIVES];
    SOCKET end[2];
    bool in_order = true;
    tcp_pair(end);
    alertable_ran = 0;
    for (uint32_t i = 0; i < ALERTABLE_RECEIVES; i++) {
        WSABUF buffer = {1, &byte[i]};
        DWORD flags = 0;
        io[i] = (OVERLAPPED){.hEvent = (HANDLE)(ULONG_PTR)i};
        must(!WSARecv(end[1], &buffer, 1, NULL, &flags, &io[i],
                      alertable_done) ||
                 WSAGetLastError() == WSA_IO_PENDING,
             "WSARecv");
    }
    tcp_send(end[0], byte, ALERTABLE_RECEIVES);
    Sleep(ALERTABLE_MS); /* not alertable */
    cJSON *found = cJSON_AddObjectToObject(out, name);
    add_number(found, "ran_before", alertable_ran);
    for (int i = 0; i < 10 && alertable_ran < ALERTABLE_RECEIVES; i++)
        wait(event_make());
    for (uint32_t i = 0; i < alertable_ran; i++)
        in_order = in_order && alertable_order[i] == i;
    add_number(found, "ran", alertable_ran);
    add_bool(found, "in_order", in_order);
}

static void alertable_run(cJSON *out, const uint64_t *unused)
{
    (void)unused;
    alertable_thread = GetCurrentThreadId();
    add_number(out, "receives", ALERTABLE_RECEIVES);
    alertable_try(out, "SleepEx", alertable_sleep);
    alertable_try(out, "WaitForSingleObjectEx", alertable_single);
    alertable_try(out, "WaitForMultipleObjectsEx", alertable_multiple);
    alertable_try(out, "WSAWaitForMultipleEvents", alertable_events);
    alertable_try(out, "MsgWaitForMultipleObjectsEx", alertable_messages);
    alertable_try(out, "SignalObjectAndWait", alertable_signal);
    alertable_try(out, "GetQueuedCompletionStatusEx", alertable_port);
    add_number(out, "ran_on_other_threads", alertable_elsewhere);
}

const struct probe probe_alertable = {
    .name = "alertable",
    .claims = "M7",
    .summary = "in which waits completion routines run, and in which order",
    .run = alertable_run,
};
