/* The server's standard input, natively: control.c as it is, above doubles of
 * what it tells of the words. A mark has a name of letters, digits, - and _;
 * stop is asked for once, whatever came before. */
#include "fuzz.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "common/json_lines.h"
#include "server/host.h"

static unsigned stops;
static enum stop_by stopped_by;

void metrics_sample(const char *mark)
{
    size_t length = strlen(mark);

    fuzz_require(length > 0 && length < 256, "a mark's name has a length");
    fuzz_require(strspn(mark, "0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz") == length,
                 "a mark's name has no other characters");
    fuzz_require(stops == 0, "no mark after the stop");
}

bool stop_request(struct host *host, enum stop_by by)
{
    (void)host;
    stops++;
    stopped_by = by;
    return true;
}

void stop_wake(struct host *host)
{
    (void)host;
}

/* Events and threads of which nobody here waits for one. */
static int fuzz_handle;

HANDLE CreateEventW(void *security, BOOL manual, BOOL set, const wchar_t *name)
{
    (void)security;
    (void)name;
    return manual && !set ? &fuzz_handle : NULL;
}

BOOL SetEvent(HANDLE event)
{
    return event == &fuzz_handle;
}

BOOL CloseHandle(HANDLE event)
{
    return event == &fuzz_handle;
}

DWORD WaitForSingleObject(HANDLE event, DWORD wait_ms)
{
    (void)event;
    (void)wait_ms;
    return WAIT_OBJECT_0;
}

BOOL SetConsoleCtrlHandler(BOOL (*handler)(DWORD event), BOOL add)
{
    return handler && add;
}

/* At once, on this thread. */
HANDLE thread_start_with(LPTHREAD_START_ROUTINE run, void *arg, unsigned stack)
{
    (void)stack;
    run(arg);
    return &fuzz_handle;
}

void server_cannot_start(struct server *srv, const char *call)
{
    (void)srv;
    fuzz_require(false, call);
    abort();
}

/* Whether one of the lines says stop. */
static bool fuzz_says_stop(const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end ? (size_t)(end - data) - at : size - at;
        size_t word =
            length > 0 && data[at + length - 1] == '\r' ? length - 1 : length;
        /* The line ends for control.c at its first zero byte. */
        const uint8_t *zero = memchr(data + at, '\0', word);
        if (zero)
            word = (size_t)(zero - data) - at;
        if (word == 4 && memcmp(data + at, "stop", 4) == 0)
            return true;
        at += length + 1;
    }
    return false;
}

static void fuzz_standard_input(int file)
{
    fuzz_require(file >= 0 && dup2(file, STDIN_FILENO) == STDIN_FILENO,
                 "it becomes standard input");
    close(file);
}

/* What the last input said after its stop was read ahead: not this one's. */
static void fuzz_forget(void)
{
    char line[64];
    fuzz_standard_input(open("/dev/null", O_RDONLY));
    while (json_lines_read(line, sizeof line))
        ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct host host;
    int file = memfd_create("fuzz", 0);
    fuzz_require(file >= 0 && write(file, data, size) == (ssize_t)size &&
                     lseek(file, 0, SEEK_SET) == 0,
                 "the input is a file");
    fuzz_forget();
    fuzz_standard_input(file);
    stops = 0;
    control_start(&host);
    fuzz_require(stops == 1, "it stops once");
    fuzz_require((stopped_by == STOP_BY_WORD) == fuzz_says_stop(data, size),
                 "it stops by the word if it is there");
    control_done();
    return 0;
}
