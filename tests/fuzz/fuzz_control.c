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
static const char *stopped_by;

void metrics_mark(const char *name)
{
    size_t length = strlen(name);

    fuzz_require(length > 0 && length < 256, "a mark's name has a length");
    fuzz_require(strspn(name, "0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz") == length,
                 "a mark's name has no other characters");
    fuzz_require(stops == 0, "no mark after the stop");
}

bool stop_request(struct host *host, const char *by)
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

/* What the thread would do is done for each input. */
static LPTHREAD_START_ROUTINE fuzz_thread;

HANDLE thread_start(LPTHREAD_START_ROUTINE run, void *arg, uint32_t stack_kib)
{
    (void)arg;
    (void)stack_kib;
    fuzz_thread = run;
    return CreateEventW(NULL, TRUE, FALSE, NULL);
}

void server_cannot_start(struct server *srv, const char *call)
{
    (void)srv;
    fuzz_require(false, call);
    abort();
}

/* Whether one of the lines says stop. A line ends for control.c at its first
 * zero byte, and without its carriage return. */
static bool fuzz_says_stop(const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        const char *line = (const char *)data + at;
        const uint8_t *end = memchr(line, '\n', size - at);
        size_t length = end ? (size_t)(end - data) - at : size - at;
        at += length + 1;
        length -= length > 0 && line[length - 1] == '\r';
        if (strnlen(line, length) == 4 && memcmp(line, "stop", 4) == 0)
            return true;
    }
    return false;
}

static void fuzz_standard_input(int file)
{
    fuzz_require(file >= 0 && dup2(file, STDIN_FILENO) == STDIN_FILENO,
                 "it becomes standard input");
    close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct host host;
    char line[64];
    int file = memfd_create("fuzz", 0);
    fuzz_require(file >= 0 && write(file, data, size) == (ssize_t)size &&
                     lseek(file, 0, SEEK_SET) == 0,
                 "the input is a file");
    /* What the last input said after its stop was read ahead. */
    fuzz_standard_input(open("/dev/null", O_RDONLY));
    while (json_lines_read(line, sizeof line))
        ;
    fuzz_standard_input(file);
    stops = 0;
    if (!fuzz_thread)
        control_start(&host);
    fuzz_thread(NULL);
    fuzz_require(stops == 1, "it stops once");
    fuzz_require((strcmp(stopped_by, "stop") == 0) ==
                     fuzz_says_stop(data, size),
                 "it stops by the word if it is there");
    return 0;
}
