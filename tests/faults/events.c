/* Events, waits and windows. */
#include "faults.h"

static HANDLE events_opened(HANDLE handle)
{
    if (handle)
        fault_open(FAULT_HANDLES);
    return handle;
}

static BOOL events_closed(BOOL closed, enum fault_thing thing)
{
    if (closed)
        fault_close(thing);
    return closed;
}

WSAEVENT fault_wsa_create_event(const struct fault_here *here)
{
    return fault_fails(here) ? WSA_INVALID_EVENT
                             : events_opened(WSACreateEvent());
}

BOOL fault_wsa_close_event(const struct fault_here *here, WSAEVENT event)
{
    return !fault_fails(here) &&
           events_closed(WSACloseEvent(event), FAULT_HANDLES);
}

BOOL fault_wsa_set_event(const struct fault_here *here, WSAEVENT event)
{
    return !fault_fails(here) && WSASetEvent(event);
}

int fault_wsa_event_select(const struct fault_here *here, SOCKET s,
                           WSAEVENT event, long which)
{
    if (fault_fails(here))
        return SOCKET_ERROR;
    int failed = WSAEventSelect(s, event, which);
    if (!failed && which)
        fault_watch_event(s, event, which);
    else if (!failed)
        fault_forget(s);
    return failed;
}

int fault_wsa_enum_events(const struct fault_here *here, SOCKET s,
                          WSAEVENT event, WSANETWORKEVENTS *which)
{
    if (fault_fails(here))
        return SOCKET_ERROR;
    int failed = WSAEnumNetworkEvents(s, event, which);
    if (!failed)
        which->lNetworkEvents |= fault_told(s);
    return failed;
}

/* Late: it looked a moment before the event was set. */
DWORD fault_wsa_wait(const struct fault_here *here, DWORD count,
                     const WSAEVENT *events, BOOL all, DWORD wait_ms,
                     BOOL alertable)
{
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_LATE)
        return WSA_WAIT_TIMEOUT;
    if (fault.kind == FAULT_FAIL) {
        WSASetLastError((int)fault.error);
        return WSA_WAIT_FAILED;
    }
    return WSAWaitForMultipleEvents(count, events, all, wait_ms, alertable);
}

HANDLE fault_create_event(const struct fault_here *here,
                          SECURITY_ATTRIBUTES *security, BOOL manual, BOOL set,
                          const wchar_t *name)
{
    return fault_fails(here)
               ? NULL
               : events_opened(CreateEventW(security, manual, set, name));
}

BOOL fault_set_event(const struct fault_here *here, HANDLE event)
{
    return !fault_fails(here) && SetEvent(event);
}

BOOL fault_close_handle(const struct fault_here *here, HANDLE handle)
{
    return !fault_fails(here) &&
           events_closed(CloseHandle(handle), FAULT_HANDLES);
}

DWORD fault_wait_one(const struct fault_here *here, HANDLE handle,
                     DWORD wait_ms)
{
    return fault_fails(here) ? WAIT_FAILED
                             : WaitForSingleObject(handle, wait_ms);
}

DWORD fault_wait_many(const struct fault_here *here, DWORD count,
                      const HANDLE *handles, BOOL all, DWORD wait_ms)
{
    return fault_fails(here)
               ? WAIT_FAILED
               : WaitForMultipleObjects(count, handles, all, wait_ms);
}

HANDLE fault_create_timer(const struct fault_here *here,
                          SECURITY_ATTRIBUTES *security, const wchar_t *name,
                          DWORD flags, DWORD access)
{
    return fault_fails(here) ? NULL
                             : events_opened(CreateWaitableTimerExW(
                                   security, name, flags, access));
}

BOOL fault_set_timer(const struct fault_here *here, HANDLE timer,
                     const LARGE_INTEGER *due, LONG period,
                     PTIMERAPCROUTINE done, void *arg, BOOL resume)
{
    return !fault_fails(here) &&
           SetWaitableTimer(timer, due, period, done, arg, resume);
}

int fault_wsa_async_select(const struct fault_here *here, SOCKET s, HWND window,
                           u_int message, long which)
{
    if (fault_fails(here))
        return SOCKET_ERROR;
    int failed = WSAAsyncSelect(s, window, message, which);
    if (!failed)
        fault_watch_window(s, window, message, which);
    return failed;
}

/* Late: those posted meanwhile come first. A timer's message is made when it
 * is asked for and never posted: it just comes. */
BOOL fault_get_message(const struct fault_here *here, MSG *message, HWND window,
                       UINT first, UINT last)
{
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_FAIL) {
        SetLastError(fault.error);
        return -1;
    }
    BOOL got = GetMessageW(message, window, first, last);
    if (fault.kind != FAULT_LATE || got <= 0 || message->message < WM_USER ||
        !PostMessageW(message->hwnd, message->message, message->wParam,
                      message->lParam))
        return got;
    return GetMessageW(message, window, first, last);
}

BOOL fault_post_message(const struct fault_here *here, HWND window,
                        UINT message, WPARAM w, LPARAM l)
{
    return !fault_fails(here) && PostMessageW(window, message, w, l);
}

ATOM fault_register_class(const struct fault_here *here,
                          const WNDCLASSEXW *class)
{
    return fault_fails(here) ? 0 : RegisterClassExW(class);
}

BOOL fault_unregister_class(const struct fault_here *here, const wchar_t *name,
                            HINSTANCE instance)
{
    return !fault_fails(here) && UnregisterClassW(name, instance);
}

HWND fault_create_window(const struct fault_here *here, DWORD style_ex,
                         const wchar_t *class, const wchar_t *name, DWORD style,
                         int x, int y, int width, int height, HWND parent,
                         HMENU menu, HINSTANCE instance, void *arg)
{
    if (fault_fails(here))
        return NULL;
    HWND window = CreateWindowExW(style_ex, class, name, style, x, y, width,
                                  height, parent, menu, instance, arg);
    if (window)
        fault_open(FAULT_WINDOWS);
    return window;
}

BOOL fault_destroy_window(const struct fault_here *here, HWND window)
{
    return !fault_fails(here) &&
           events_closed(DestroyWindow(window), FAULT_WINDOWS);
}

UINT_PTR fault_window_timer(const struct fault_here *here, HWND window,
                            UINT_PTR id, UINT ms, TIMERPROC run)
{
    return fault_fails(here) ? 0 : SetTimer(window, id, ms, run);
}
