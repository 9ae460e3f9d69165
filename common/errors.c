#include "common/errors.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

static const char *errors_program = "iomodels";

#ifdef _WIN32
#include "common/win.h"

struct errors_name {
    uint32_t code;
    const char *name; /* or text */
};

#define NAME(symbol)                                                           \
    {                                                                          \
        symbol, #symbol                                                        \
    }

/* What the models, the harness and the load generator can meet. */
static const struct errors_name errors_names[] = {
    NAME(WSAEINTR),
    NAME(WSAEACCES),
    NAME(WSAEFAULT),
    NAME(WSAEINVAL),
    NAME(WSAEMFILE),
    NAME(WSAEWOULDBLOCK),
    NAME(WSAEINPROGRESS),
    NAME(WSAEALREADY),
    NAME(WSAENOTSOCK),
    NAME(WSAEMSGSIZE),
    NAME(WSAEPROTOTYPE),
    NAME(WSAENOPROTOOPT),
    NAME(WSAEPROTONOSUPPORT),
    NAME(WSAEOPNOTSUPP),
    NAME(WSAESOCKTNOSUPPORT),
    NAME(WSAEAFNOSUPPORT),
    NAME(WSAEADDRINUSE),
    NAME(WSAEADDRNOTAVAIL),
    NAME(WSAENETDOWN),
    NAME(WSAENETUNREACH),
    NAME(WSAENETRESET),
    NAME(WSAECONNABORTED),
    NAME(WSAECONNRESET),
    NAME(WSAENOBUFS),
    NAME(WSAEISCONN),
    NAME(WSAENOTCONN),
    NAME(WSAESHUTDOWN),
    NAME(WSAETIMEDOUT),
    NAME(WSAECONNREFUSED),
    NAME(WSAEHOSTDOWN),
    NAME(WSAEHOSTUNREACH),
    NAME(WSANOTINITIALISED),
    NAME(WSAEDISCON),
    NAME(WSAEINVALIDPROCTABLE),
    NAME(WSAEINVALIDPROVIDER),
    NAME(WSAEPROVIDERFAILEDINIT),
    NAME(WSAHOST_NOT_FOUND),
    NAME(WSATRY_AGAIN),
    NAME(WSANO_DATA),
    NAME(ERROR_FILE_NOT_FOUND),
    NAME(ERROR_PATH_NOT_FOUND),
    NAME(ERROR_TOO_MANY_OPEN_FILES),
    NAME(ERROR_ACCESS_DENIED),
    NAME(ERROR_INVALID_HANDLE),
    NAME(ERROR_NOT_ENOUGH_MEMORY),
    NAME(ERROR_OUTOFMEMORY),
    NAME(ERROR_WRITE_PROTECT),
    NAME(ERROR_GEN_FAILURE),
    NAME(ERROR_SHARING_VIOLATION),
    NAME(ERROR_HANDLE_DISK_FULL),
    NAME(ERROR_NOT_SUPPORTED),
    NAME(ERROR_NETNAME_DELETED),
    NAME(ERROR_FILE_EXISTS),
    NAME(ERROR_INVALID_PARAMETER),
    NAME(ERROR_BROKEN_PIPE),
    NAME(ERROR_DISK_FULL),
    NAME(ERROR_SEM_TIMEOUT),
    NAME(ERROR_INVALID_NAME),
    NAME(ERROR_ALREADY_EXISTS),
    NAME(ERROR_BAD_EXE_FORMAT),
    NAME(ERROR_FILENAME_EXCED_RANGE),
    NAME(ERROR_NO_DATA),
    NAME(WAIT_TIMEOUT),
    NAME(ERROR_DIRECTORY),
    NAME(ERROR_INVALID_ADDRESS),
    NAME(ERROR_OPERATION_ABORTED),
    NAME(ERROR_IO_INCOMPLETE),
    NAME(ERROR_IO_PENDING),
    NAME(ERROR_NOACCESS),
    NAME(ERROR_NOT_FOUND),
    NAME(ERROR_NO_SYSTEM_RESOURCES),
    NAME(ERROR_COMMITMENT_LIMIT),
    NAME(ERROR_CONNECTION_REFUSED),
    NAME(ERROR_CONNECTION_ABORTED),
    NAME(ERROR_PORT_UNREACHABLE),
    NAME(ERROR_HOST_UNREACHABLE),
    NAME(ERROR_NETWORK_UNREACHABLE),
    NAME(ERROR_ABANDONED_WAIT_0),
    NAME(ERROR_NOT_ENOUGH_QUOTA),
    NAME(ERROR_INVALID_WINDOW_HANDLE),
    NAME(ERROR_NO_MORE_USER_HANDLES),
    NAME(ERROR_CANNOT_FIND_WND_CLASS),
    NAME(ERROR_CLASS_ALREADY_EXISTS),
    NAME(ERROR_CLASS_DOES_NOT_EXIST),
    NAME(ERROR_CLASS_HAS_WINDOWS),
    NAME(ERROR_MAX_THRDS_REACHED),
    NAME(ERROR_TOO_MANY_POSTS),
};
/* Wine's message tables have no texts for Winsock's codes. */
static const struct errors_name errors_texts[] = {
    {WSAEACCES, "access to the address is denied"},
    {WSAEMFILE, "too many open sockets"},
    {WSAEAFNOSUPPORT, "the address family is not supported"},
    {WSAEADDRINUSE, "the address is already in use"},
    {WSAEADDRNOTAVAIL, "the address is not one of this machine's"},
    {WSAENETDOWN, "the network is down"},
    {WSAENETUNREACH, "the network is unreachable"},
    {WSAECONNABORTED, "the connection was aborted"},
    {WSAECONNRESET, "the connection was reset by the peer"},
    {WSAENOBUFS, "no buffer space"},
    {WSAETIMEDOUT, "the connection timed out"},
    {WSAECONNREFUSED, "the connection was refused"},
    {WSAEHOSTUNREACH, "the host is unreachable"},
};

static const char *errors_text_of(uint32_t code)
{
    for (size_t i = 0; i < sizeof errors_texts / sizeof *errors_texts; i++)
        if (errors_texts[i].code == code)
            return errors_texts[i].name;
    return "no text for this code";
}
#endif

const char *error_name(uint32_t code)
{
    /* Per thread, so that two unnamed codes at once do not mix. */
#if defined(_MSC_VER)
    static __declspec(thread) char unnamed[24];
#else
    static _Thread_local char unnamed[24];
#endif

#ifdef _WIN32
    for (size_t i = 0; i < sizeof errors_names / sizeof *errors_names; i++)
        if (errors_names[i].code == code)
            return errors_names[i].name;
#else
    const char *name = strerrorname_np((int)code);

    if (name != NULL)
        return name;
#endif
    snprintf(unnamed, sizeof unnamed, "ERROR_%lu", (unsigned long)code);
    return unnamed;
}

uint32_t error_last(void)
{
#ifdef _WIN32
    return GetLastError();
#else
    return (uint32_t)errno;
#endif
}

char *error_text(uint32_t code, char *text, size_t size)
{
    size_t length;

#ifdef _WIN32
    wchar_t wide[256];
    DWORD got = FormatMessageW(
        FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
            FORMAT_MESSAGE_MAX_WIDTH_MASK,
        NULL, code, 0, wide, sizeof wide / sizeof *wide, NULL);

    if (got == 0 || WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, (int)size,
                                        NULL, NULL) == 0)
        snprintf(text, size, "%s", errors_text_of(code));
#else
    char unknown[64]; /* GNU's: the text need not be put there */
    snprintf(text, size, "%s", strerror_r((int)code, unknown, sizeof unknown));
#endif
    length = strlen(text);
    while (length > 0 && strchr(" .\r\n", text[length - 1]) != NULL)
        text[--length] = '\0';
    return text;
}

void program_name_set(const char *name)
{
    errors_program = name;
}

void complain(const char *format, ...)
{
    /* One write, so that lines of several processes do not mix. */
    char line[1024];
    int length = snprintf(line, sizeof line, "%s: ", errors_program);
    va_list args;

    va_start(args, format);
    vsnprintf(line + length, sizeof line - (size_t)length - 1, format, args);
    va_end(args);
    utf8_valid(line);
    length = (int)strlen(line);
    line[length] = '\n';
    line[length + 1] = '\0';
    fputs(line, stderr);
    fflush(stderr);
}

void die(const char *call)
{
    uint32_t code = error_last();
    char text[256];

    complain("internal error: %s failed: error %lu (%s): %s; please report it "
             "with the command line",
             call, (unsigned long)code, error_name(code),
             error_text(code, text, sizeof text));
    fflush(stdout);
    _Exit(70);
}

void *calloc_or_die(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        die("calloc");
    return memory;
}
