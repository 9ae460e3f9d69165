/* A probe asks Windows one question about Winsock: a file of plain calls and a
 * name in meson.build. It fills one JSON object, in which units are in the
 * keys; what it found is a figure, also an error code that the claim is about.
 * A call that fails otherwise, or a wait that takes too long, ends the program.
 */
#ifndef IOMODELS_PROBE_H
#define IOMODELS_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include "common/win.h"
#include <psapi.h>
#include <cJSON.h>

enum {
    PROBE_OPTIONS = 4,
    PROBE_WAIT_MS = 5000, /* for what must come */
    PROBE_QUIET_MS = 300, /* for what should not come */
    PROBE_LONGEST_MS = 30000
};

struct probe_option {
    const char *name; /* "--pending" */
    uint64_t usual, least, most;
    const char *help;
};

struct probe {
    const char *name, *claims; /* claims: their names, "A4, A5" */
    const char *summary;
    struct probe_option options[PROBE_OPTIONS + 1];
    void (*run)(cJSON *out, const uint64_t *option); /* by their order */
};

/* Ends the program with code 1 and an error in its line. */
_Noreturn void probe_fail(const char *call, uint32_t code);

/* The same with the last error, unless the call succeeded. */
void must(bool ok, const char *call);

/* The last Winsock error, or 0 if the call succeeded. */
uint32_t error_of(bool ok);

void add_number(cJSON *out, const char *key, double value);
void add_bool(cJSON *out, const char *key, bool value);
void add_numbers(cJSON *out, const char *key, const uint32_t *number,
                 uint32_t count);

/* Null, and the reason in `unknown`. */
void add_unknown(cJSON *out, const char *key, const char *why);

/* Of this process. */
PROCESS_MEMORY_COUNTERS process_memory(void);
double working_set_bytes(void);

/* The non-paged pool of the whole system; false under Wine, which has none. */
bool pool_bytes(uint64_t *bytes);
void add_pool(cJSON *out, const char *key);

/* Reorders the values. */
double median(double *value, uint32_t count);

/* --- sockets: TCP on 127.0.0.1, overlapped ------------------------------- */

SOCKET tcp_socket(void);
void tcp_bind(SOCKET sock); /* to any port */
SOCKET tcp_listen(int backlog);
struct sockaddr_in tcp_address(SOCKET sock);
SOCKET tcp_connect(SOCKET listener); /* blocks until connected */
void tcp_pair(SOCKET end[2]);
void tcp_close(SOCKET sock);

/* Whether data, or the end of the stream, can be read before the time is up. */
bool tcp_readable(SOCKET sock, DWORD wait_ms);

/* Sends and receives that block, but not for ever. */
void tcp_send(SOCKET sock, const void *bytes, size_t count);
void tcp_receive(SOCKET sock, void *bytes, size_t count);

/* An overlapped receive: its code, 0 where it was done at once; or, where it
 * must be done or pend, none. */
uint32_t receive_post(SOCKET sock, void *to, DWORD bytes, OVERLAPPED *io);
void receive_pend(SOCKET sock, void *to, DWORD bytes, OVERLAPPED *io);

/* Sets the function pointer at `call` to an extension function. Returns the
 * error where Winsock does not have it. */
uint32_t extension_find(SOCKET sock, GUID id, void *call);

/* Whether it is signalled before the time is up. */
HANDLE event_make(void);
bool event_wait(HANDLE event, DWORD wait_ms);

/* A window that only gets messages, and its next one of WM_USER: false when
 * none comes in time. */
HWND window_make(void);
bool window_take(HWND window, MSG *message, DWORD wait_ms);

/* --- completion ports ---------------------------------------------------- */

HANDLE port_make(void);
void port_add(HANDLE port, SOCKET sock, ULONG_PTR key);

struct port_done {
    OVERLAPPED *io; /* NULL: nothing came in time */
    ULONG_PTR key;
    DWORD bytes, error; /* error: of the file system, not of Winsock */
};

struct port_done port_take(HANDLE port, DWORD wait_ms);

/* How many come until there is none for PROBE_QUIET_MS. */
uint32_t port_count(HANDLE port);

/* --- AcceptEx ------------------------------------------------------------ */

enum { ACCEPT_ADDRESS = sizeof(SOCKADDR_STORAGE) + 16, ACCEPT_DATA = 1024 };

struct pending_accept {
    OVERLAPPED io; /* first: the port gives it back */
    SOCKET sock;
    char buffer[ACCEPT_DATA + 2 * ACCEPT_ADDRESS];
};

LPFN_ACCEPTEX accept_ex_find(SOCKET listener);

/* Makes a socket and posts AcceptEx, which waits for the first of so many bytes
 * of data unless that is 0. True: it was done at once; its completion comes
 * all the same. */
bool accept_post(LPFN_ACCEPTEX accept_ex, SOCKET listener,
                 struct pending_accept *a, DWORD data);

#endif
