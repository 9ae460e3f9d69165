#include <stdlib.h>
#include "probe.h"
#include "common/json_lines.h"

void must(bool ok, const char *call)
{
    if (!ok)
        probe_fail(call, error_last());
}

uint32_t error_of(bool ok)
{
    return ok ? 0 : (uint32_t)WSAGetLastError();
}

void add_number(cJSON *out, const char *key, double value)
{
    cJSON_AddNumberToObject(out, key, value);
}

void add_bool(cJSON *out, const char *key, bool value)
{
    cJSON_AddBoolToObject(out, key, value);
}

void add_numbers(cJSON *out, const char *key, const uint32_t *number,
                 uint32_t count)
{
    cJSON *array = cJSON_AddArrayToObject(out, key);
    for (uint32_t i = 0; i < count; i++)
        cJSON_AddItemToArray(array, cJSON_CreateNumber(number[i]));
}

void add_unknown(cJSON *out, const char *key, const char *why)
{
    cJSON *unknown = cJSON_GetObjectItem(out, "unknown");
    if (!unknown)
        unknown = cJSON_AddObjectToObject(out, "unknown");
    cJSON_AddNullToObject(out, key);
    cJSON_AddStringToObject(unknown, key, why);
}

PROCESS_MEMORY_COUNTERS process_memory(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    must(GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters),
         "GetProcessMemoryInfo");
    return counters;
}

double working_set_bytes(void)
{
    return (double)process_memory().WorkingSetSize;
}

bool pool_bytes(uint64_t *bytes)
{
    PERFORMANCE_INFORMATION info = {.cb = sizeof info};
    if (!GetPerformanceInfo(&info, sizeof info))
        return false;
    *bytes = (uint64_t)info.KernelNonpaged * info.PageSize;
    return *bytes > 0;
}

void add_pool(cJSON *out, const char *key)
{
    uint64_t bytes;
    if (pool_bytes(&bytes))
        json_add_count(out, key, bytes);
    else
        add_unknown(out, key, "Wine has no non-paged pool");
}

static int median_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double median(double *value, uint32_t count)
{
    qsort(value, count, sizeof *value, median_compare);
    return (value[(count - 1) / 2] + value[count / 2]) / 2;
}

SOCKET tcp_socket(void)
{
    SOCKET sock = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                             WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    must(sock != INVALID_SOCKET, "WSASocketW");
    return sock;
}

void tcp_bind(SOCKET sock)
{
    const struct sockaddr_in any = {.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    must(!bind(sock, (const struct sockaddr *)&any, sizeof any), "bind");
}

SOCKET tcp_listen(int backlog)
{
    SOCKET sock = tcp_socket();
    tcp_bind(sock);
    must(!listen(sock, backlog), "listen");
    return sock;
}

struct sockaddr_in tcp_address(SOCKET sock)
{
    struct sockaddr_in address;
    int size = sizeof address;
    must(!getsockname(sock, (struct sockaddr *)&address, &size), "getsockname");
    return address;
}

SOCKET tcp_connect(SOCKET listener)
{
    SOCKET sock = tcp_socket();
    const struct sockaddr_in to = tcp_address(listener);
    must(!connect(sock, (const struct sockaddr *)&to, sizeof to), "connect");
    return sock;
}

void tcp_pair(SOCKET end[2])
{
    SOCKET listener = tcp_listen(1);
    end[0] = tcp_connect(listener);
    end[1] = accept(listener, NULL, NULL);
    must(end[1] != INVALID_SOCKET, "accept");
    tcp_close(listener);
}

void tcp_close(SOCKET sock)
{
    must(!closesocket(sock), "closesocket");
}

bool tcp_readable(SOCKET sock, DWORD wait_ms)
{
    WSAPOLLFD poll = {.fd = sock, .events = POLLRDNORM};
    const int ready = WSAPoll(&poll, 1, (INT)wait_ms);
    must(ready >= 0, "WSAPoll");
    return ready > 0;
}

void tcp_send(SOCKET sock, const void *bytes, size_t count)
{
    const DWORD wait_ms = PROBE_WAIT_MS;
    must(!setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, (const char *)&wait_ms,
                     sizeof wait_ms),
         "setsockopt(SO_SNDTIMEO)");
    must(send(sock, bytes, (int)count, 0) == (int)count, "send");
}

void tcp_receive(SOCKET sock, void *bytes, size_t count)
{
    for (char *to = bytes; count > 0;) {
        if (!tcp_readable(sock, PROBE_WAIT_MS))
            probe_fail("recv", WAIT_TIMEOUT);
        const int got = recv(sock, to, (int)count, 0);
        must(got >= 0, "recv");
        if (got == 0)
            probe_fail("recv", WSAEDISCON);
        to += got;
        count -= (size_t)got;
    }
}

uint32_t receive_post(SOCKET sock, void *to, DWORD bytes, OVERLAPPED *io)
{
    WSABUF buffer = {bytes, to};
    DWORD flags = 0;
    return error_of(!WSARecv(sock, &buffer, 1, NULL, &flags, io, NULL));
}

void receive_pend(SOCKET sock, void *to, DWORD bytes, OVERLAPPED *io)
{
    const uint32_t code = receive_post(sock, to, bytes, io);
    if (code && code != WSA_IO_PENDING)
        probe_fail("WSARecv", code);
}

uint32_t extension_find(SOCKET sock, GUID id, void *call)
{
    DWORD bytes;
    return error_of(!WSAIoctl(sock, SIO_GET_EXTENSION_FUNCTION_POINTER, &id,
                              sizeof id, call, sizeof(void (*)(void)), &bytes,
                              NULL, NULL));
}

HANDLE event_make(void)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    must(event != NULL, "CreateEventW");
    return event;
}

bool event_wait(HANDLE event, DWORD wait_ms)
{
    const DWORD got = WaitForSingleObject(event, wait_ms);
    must(got != WAIT_FAILED, "WaitForSingleObject");
    return got == WAIT_OBJECT_0;
}

HWND window_make(void)
{
    HWND window = CreateWindowExW(0, L"Static", NULL, 0, 0, 0, 0, 0,
                                  HWND_MESSAGE, NULL, NULL, NULL);
    must(window != NULL, "CreateWindowExW");
    return window;
}

bool window_take(HWND window, MSG *message, DWORD wait_ms)
{
    if (PeekMessageW(message, window, WM_USER, WM_USER, PM_REMOVE))
        return true;
    must(MsgWaitForMultipleObjectsEx(0, NULL, wait_ms, QS_ALLINPUT,
                                     MWMO_INPUTAVAILABLE) != WAIT_FAILED,
         "MsgWaitForMultipleObjectsEx");
    return PeekMessageW(message, window, WM_USER, WM_USER, PM_REMOVE);
}

HANDLE port_make(void)
{
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    must(port != NULL, "CreateIoCompletionPort");
    return port;
}

void port_add(HANDLE port, SOCKET sock, ULONG_PTR key)
{
    must(CreateIoCompletionPort((HANDLE)sock, port, key, 0) != NULL,
         "CreateIoCompletionPort");
}

struct port_done port_take(HANDLE port, DWORD wait_ms)
{
    struct port_done done = {0};
    if (!GetQueuedCompletionStatus(port, &done.bytes, &done.key, &done.io,
                                   wait_ms))
        done.error = GetLastError();
    if (!done.io && done.error != WAIT_TIMEOUT)
        probe_fail("GetQueuedCompletionStatus", done.error);
    return done;
}

uint32_t port_count(HANDLE port)
{
    uint32_t count = 0;
    while (port_take(port, PROBE_QUIET_MS).io)
        count++;
    return count;
}

LPFN_ACCEPTEX accept_ex_find(SOCKET listener)
{
    LPFN_ACCEPTEX accept_ex = NULL;
    must(!extension_find(listener, (GUID)WSAID_ACCEPTEX, &accept_ex),
         "WSAIoctl(WSAID_ACCEPTEX)");
    return accept_ex;
}

bool accept_post(LPFN_ACCEPTEX accept_ex, SOCKET listener,
                 struct pending_accept *a, DWORD data)
{
    DWORD bytes;
    a->io = (OVERLAPPED){0};
    a->sock = tcp_socket();
    const bool done = accept_ex(listener, a->sock, a->buffer, data,
                                ACCEPT_ADDRESS, ACCEPT_ADDRESS, &bytes, &a->io);
    must(done || WSAGetLastError() == WSA_IO_PENDING, "AcceptEx");
    return done;
}
