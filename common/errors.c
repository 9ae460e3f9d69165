#include "common/errors.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *errors_program = "iomodels";

#ifdef _WIN32
#include "common/win.h"

struct errors_name {
    uint32_t code;
    const char *name, *text;
};

#define NAME(symbol) symbol, #symbol

/* What the models, the harness and the load generator can meet. Wine's message
 * tables have no texts for Winsock's codes. */
static const struct errors_name errors_names[] = {
    {NAME(WSAEINTR), NULL},
    {NAME(WSAEACCES), "access to the address is denied"},
    {NAME(WSAEFAULT), NULL},
    {NAME(WSAEINVAL), NULL},
    {NAME(WSAEMFILE), "too many open sockets"},
    {NAME(WSAEWOULDBLOCK), NULL},
    {NAME(WSAEINPROGRESS), NULL},
    {NAME(WSAEALREADY), NULL},
    {NAME(WSAENOTSOCK), NULL},
    {NAME(WSAEMSGSIZE), NULL},
    {NAME(WSAEPROTOTYPE), NULL},
    {NAME(WSAENOPROTOOPT), NULL},
    {NAME(WSAEPROTONOSUPPORT), NULL},
    {NAME(WSAESOCKTNOSUPPORT), NULL},
    {NAME(WSAEOPNOTSUPP), NULL},
    {NAME(WSAEAFNOSUPPORT), "the address family is not supported"},
    {NAME(WSAEADDRINUSE), "the address is already in use"},
    {NAME(WSAEADDRNOTAVAIL), "the address is not one of this machine's"},
    {NAME(WSAENETDOWN), "the network is down"},
    {NAME(WSAENETUNREACH), "the network is unreachable"},
    {NAME(WSAENETRESET), NULL},
    {NAME(WSAECONNABORTED), "the connection was aborted"},
    {NAME(WSAECONNRESET), "the connection was reset by the peer"},
    {NAME(WSAENOBUFS), "no buffer space"},
    {NAME(WSAEISCONN), NULL},
    {NAME(WSAENOTCONN), NULL},
    {NAME(WSAESHUTDOWN), NULL},
    {NAME(WSAETIMEDOUT), "the connection timed out"},
    {NAME(WSAECONNREFUSED), "the connection was refused"},
    {NAME(WSAEHOSTDOWN), NULL},
    {NAME(WSAEHOSTUNREACH), "the host is unreachable"},
    {NAME(WSANOTINITIALISED), NULL},
    {NAME(WSAEDISCON), NULL},
    {NAME(WSAEINVALIDPROCTABLE), NULL},
    {NAME(WSAEINVALIDPROVIDER), NULL},
    {NAME(WSAEPROVIDERFAILEDINIT), NULL},
    {NAME(WSAHOST_NOT_FOUND), NULL},
    {NAME(WSATRY_AGAIN), NULL},
    {NAME(WSANO_DATA), NULL},
    {NAME(ERROR_FILE_NOT_FOUND), NULL},
    {NAME(ERROR_PATH_NOT_FOUND), NULL},
    {NAME(ERROR_TOO_MANY_OPEN_FILES), NULL},
    {NAME(ERROR_ACCESS_DENIED), NULL},
    {NAME(ERROR_INVALID_HANDLE), NULL},
    {NAME(ERROR_NOT_ENOUGH_MEMORY), NULL},
    {NAME(ERROR_OUTOFMEMORY), NULL},
    {NAME(ERROR_GEN_FAILURE), NULL},
    {NAME(ERROR_SHARING_VIOLATION), NULL},
    {NAME(ERROR_HANDLE_DISK_FULL), NULL},
    {NAME(ERROR_NOT_SUPPORTED), NULL},
    {NAME(ERROR_NETNAME_DELETED), NULL},
    {NAME(ERROR_FILE_EXISTS), NULL},
    {NAME(ERROR_INVALID_PARAMETER), NULL},
    {NAME(ERROR_BROKEN_PIPE), NULL},
    {NAME(ERROR_DISK_FULL), NULL},
    {NAME(ERROR_SEM_TIMEOUT), NULL},
    {NAME(ERROR_INVALID_NAME), NULL},
    {NAME(ERROR_ALREADY_EXISTS), NULL},
    {NAME(ERROR_BAD_EXE_FORMAT), NULL},
    {NAME(ERROR_FILENAME_EXCED_RANGE), NULL},
    {NAME(ERROR_NO_DATA), NULL},
    {NAME(WAIT_TIMEOUT), NULL},
    {NAME(ERROR_DIRECTORY), NULL},
    {NAME(ERROR_OPERATION_ABORTED), NULL},
    {NAME(ERROR_NOACCESS), NULL},
    {NAME(ERROR_NOT_FOUND), NULL},
    {NAME(ERROR_NO_SYSTEM_RESOURCES), NULL},
    {NAME(ERROR_COMMITMENT_LIMIT), NULL},
    {NAME(ERROR_CONNECTION_REFUSED), NULL},
    {NAME(ERROR_CONNECTION_ABORTED), NULL},
    {NAME(ERROR_PORT_UNREACHABLE), NULL},
    {NAME(ERROR_HOST_UNREACHABLE), NULL},
    {NAME(ERROR_NETWORK_UNREACHABLE), NULL},
    {NAME(ERROR_INVALID_USER_BUFFER), NULL},
    {NAME(ERROR_NOT_ENOUGH_QUOTA), NULL},
    {NAME(ERROR_NO_MORE_USER_HANDLES), NULL},
};

static const struct errors_name *errors_find(uint32_t code)
{
    for (size_t i = 0; i < sizeof errors_names / sizeof *errors_names; i++)
        if (errors_names[i].code == code)
            return &errors_names[i];
    return NULL;
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
    const struct errors_name *found = errors_find(code);

    if (found != NULL)
        return found->name;
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
                                        NULL, NULL) == 0) {
        const struct errors_name *found = errors_find(code);

        snprintf(text, size, "%s",
                 found != NULL && found->text != NULL
                     ? found->text
                     : "no text for this code");
    }
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

/* Bytes of the letter that begins here; 0: none does. */
static size_t errors_letter(const unsigned char *at)
{
    static const uint32_t least[] = {UINT32_MAX, 0, 0x80, 0x800, 0x10000};
    static const unsigned char bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    size_t length = at[0] < 0x80 ? 1 : 0;

    if (at[0] >= 0xC0 && at[0] < 0xF8)
        length = at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    uint32_t code = at[0] & bits[length];
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3F);
    }
    /* Not what a shorter form has, surrogates, or beyond U+10FFFF. */
    return code < least[length] || code >> 11 == 0x1B || code > 0x10FFFF
               ? 0
               : length;
}

char *utf8_valid(char *text)
{
    for (char *at = text; *at != '\0';) {
        size_t length = errors_letter((const unsigned char *)at);

        if (length == 0)
            *at = '?';
        at += length > 0 ? length : 1;
    }
    return text;
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
