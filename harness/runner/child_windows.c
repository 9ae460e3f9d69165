#include "runner/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/win.h"
#include "common/clock.h"
#include "common/die.h"
#include "runner/lines.h"
#include "runner/platform.h"
#include "runner/quote.h"
#include "runner/wide.h"

enum {
    CHILD_MAX = 16,
    CHILD_PIPE_BYTES = 64 * 1024,
    CHILD_LAST_WORDS_MS = 500, /* from its exit to the end of its output */
    CHILD_KILL_MS = 5000,
    CHILD_TRIES = 3
};

/* A line that the reader took from the pipe and child_wait did not yet. */
struct child_line {
    struct child_line *next;
    int64_t when_ns;
    char *text; /* behind it */
};

struct child {
    HANDLE process, job, input, output, reader;
    HANDLE news; /* auto reset: the reader queued something */
    SRWLOCK lock;
    struct child_line *first, *last; /* with lock */
    bool output_ended;               /* with lock */
    struct child_line *taken;        /* the line last told */
    int64_t exit_ns;                 /* when the exit was seen; 0: not yet */
    bool killed, ended_told;
};

static void child_close(HANDLE *handle)
{
    if (*handle != NULL && *handle != INVALID_HANDLE_VALUE)
        CloseHandle(*handle);
    *handle = NULL;
}

static void child_queue(struct child *c, const char *text)
{
    size_t length = strlen(text);
    struct child_line *line = malloc(sizeof *line + length + 1);
    if (line == NULL)
        die("malloc");
    line->next = NULL;
    line->text = (char *)(line + 1);
    line->when_ns = clock_ns();
    memcpy(line->text, text, length + 1);
    AcquireSRWLockExclusive(&c->lock);
    if (c->last != NULL)
        c->last->next = line;
    else
        c->first = line;
    c->last = line;
    ReleaseSRWLockExclusive(&c->lock);
    SetEvent(c->news);
}

/* Anonymous pipes have neither a time-out nor overlapped reads: a thread. */
static DWORD WINAPI child_reads(void *arg)
{
    struct child *c = arg;
    struct lines lines = {0};
    for (;;) {
        size_t room;
        DWORD got;
        char *to = lines_room(&lines, &room);
        if (!ReadFile(c->output, to, (DWORD)room, &got, NULL) || got == 0)
            break;
        lines_added(&lines, got);
        for (char *line; (line = lines_next(&lines)) != NULL;)
            child_queue(c, line);
    }
    char *rest = lines_rest(&lines);
    if (rest != NULL)
        child_queue(c, rest);
    lines_free(&lines);
    AcquireSRWLockExclusive(&c->lock);
    c->output_ended = true;
    ReleaseSRWLockExclusive(&c->lock);
    SetEvent(c->news);
    return 0;
}

/* The child's ends, each inheritable: input, output, standard error. */
struct child_ends {
    HANDLE handle[3];
};

static void child_ends_close(struct child_ends *ends)
{
    for (int i = 0; i < 3; i++)
        child_close(&ends->handle[i]);
}

/* A copy of `own`: no handle may be twice in the list of those inherited. */
static HANDLE child_error_stream(HANDLE own)
{
    HANDLE copy;
    if (own != NULL && own != INVALID_HANDLE_VALUE &&
        DuplicateHandle(GetCurrentProcess(), own, GetCurrentProcess(), &copy, 0,
                        TRUE, DUPLICATE_SAME_ACCESS))
        return copy;
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    return CreateFileW(L"NUL", GENERIC_WRITE,
                       FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit,
                       OPEN_EXISTING, 0, NULL);
}

static bool child_pipes(struct child *c, struct child_ends *ends, bool heard)
{
    if (!CreatePipe(&ends->handle[0], &c->input, NULL, CHILD_PIPE_BYTES) ||
        !CreatePipe(&c->output, &ends->handle[1], NULL, CHILD_PIPE_BYTES))
        return false;
    ends->handle[2] = child_error_stream(
        heard ? ends->handle[1] : GetStdHandle(STD_ERROR_HANDLE));
    return ends->handle[2] != INVALID_HANDLE_VALUE &&
           SetHandleInformation(ends->handle[0], HANDLE_FLAG_INHERIT,
                                HANDLE_FLAG_INHERIT) &&
           SetHandleInformation(ends->handle[1], HANDLE_FLAG_INHERIT,
                                HANDLE_FLAG_INHERIT);
}

static HANDLE child_job(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    HANDLE job = CreateJobObjectW(NULL, NULL);
    memset(&limits, 0, sizeof limits);
    limits.BasicLimitInformation.LimitFlags =
        JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (job != NULL &&
        !SetInformationJobObject(job, JobObjectExtendedLimitInformation,
                                 &limits, sizeof limits))
        child_close(&job);
    return job;
}

/* Suspended. Under Wine one now and then ends before it began: once more. */
static bool child_create_process(wchar_t *command, STARTUPINFOEXW *start,
                                 PROCESS_INFORMATION *made)
{
    for (int tries = 1;; tries++) {
        if (CreateProcessW(NULL, command, NULL, NULL, TRUE,
                           CREATE_NEW_PROCESS_GROUP | CREATE_SUSPENDED |
                               EXTENDED_STARTUPINFO_PRESENT,
                           NULL, NULL, &start->StartupInfo, made))
            return true;
        if (GetLastError() != ERROR_INTERNAL_ERROR || tries == CHILD_TRIES)
            return false;
    }
}

/* Suspended until it is in its job, so that it starts nothing outside. */
static bool child_create(struct child *c, wchar_t *command,
                         struct child_ends *ends,
                         LPPROC_THREAD_ATTRIBUTE_LIST list)
{
    STARTUPINFOEXW start;
    PROCESS_INFORMATION made;
    memset(&start, 0, sizeof start);
    start.StartupInfo.cb = sizeof start;
    start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    start.StartupInfo.hStdInput = ends->handle[0];
    start.StartupInfo.hStdOutput = ends->handle[1];
    start.StartupInfo.hStdError = ends->handle[2];
    start.lpAttributeList = list;
    if (!UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
                                   ends->handle, sizeof ends->handle, NULL,
                                   NULL) ||
        !child_create_process(command, &start, &made))
        return false;
    bool caged = AssignProcessToJobObject(c->job, made.hProcess);
    DWORD error = GetLastError();
    if (caged)
        ResumeThread(made.hThread);
    else
        TerminateProcess(made.hProcess, 127);
    CloseHandle(made.hThread);
    if (caged)
        c->process = made.hProcess;
    else
        CloseHandle(made.hProcess);
    SetLastError(error);
    return caged;
}

static bool child_launch(struct child *c, wchar_t *command,
                         struct child_ends *ends)
{
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size);
    if (list == NULL)
        die("malloc");
    if (!InitializeProcThreadAttributeList(list, 1, 0, &size))
        die("InitializeProcThreadAttributeList");
    bool launched = child_create(c, command, ends, list);
    DWORD error = GetLastError();
    DeleteProcThreadAttributeList(list);
    free(list);
    SetLastError(error);
    return launched;
}

static bool child_begin(struct child *c, const char *const *words, bool heard)
{
    char *command = quote_command(words);
    if (command == NULL) {
        SetLastError(ERROR_INVALID_NAME);
        return false;
    }
    wchar_t *wide = wide_from(command);
    free(command);
    struct child_ends ends = {{NULL, NULL, NULL}};
    c->job = child_job();
    c->news = CreateEventW(NULL, FALSE, FALSE, NULL);
    bool launched = c->job != NULL && c->news != NULL &&
                    child_pipes(c, &ends, heard) &&
                    child_launch(c, wide, &ends);
    DWORD error = GetLastError();
    child_ends_close(&ends);
    free(wide);
    if (launched) {
        c->reader = CreateThread(NULL, 0, child_reads, c, 0, NULL);
        error = GetLastError();
        launched = c->reader != NULL;
    }
    SetLastError(error);
    return launched;
}

static struct child *child_make(const char *const *words, bool heard, char *why,
                                size_t size)
{
    struct child *c = calloc(1, sizeof *c);
    if (c == NULL)
        die("calloc");
    InitializeSRWLock(&c->lock);
    if (child_begin(c, words, heard))
        return c;
    DWORD error = GetLastError();
    char text[256];
    snprintf(why, size, "cannot start %s: error %lu, %s (%s)", words[0],
             (unsigned long)error, error_name(error),
             error_text(error, text, sizeof text));
    child_free(c);
    return NULL;
}

struct child *child_start(const char *const *words, char *why, size_t size)
{
    return child_make(words, false, why, size);
}

struct child *child_start_heard(const char *const *words, char *why,
                                size_t size)
{
    return child_make(words, true, why, size);
}

static bool child_gone(struct child *c, DWORD wait_ms)
{
    if (c->exit_ns == 0 &&
        WaitForSingleObject(c->process, wait_ms) == WAIT_OBJECT_0)
        c->exit_ns = clock_ns();
    return c->exit_ns != 0;
}

bool child_wait_exit(struct child *c, int64_t deadline_ns)
{
    int64_t left = deadline_ns - clock_ns();
    return child_gone(c, left > 0 ? (DWORD)(left / 1000000 + 1) : 0);
}

void child_kill(struct child *c)
{
    if (c->process == NULL || child_gone(c, 0))
        return;
    c->killed = true;
    TerminateJobObject(c->job, 1);
    child_gone(c, CHILD_KILL_MS);
}

/* With the job dead no one holds the pipe's other end; a reader that is stuck
 * all the same (a handle handed on outside the job) is called back. */
static void child_end_reader(struct child *c)
{
    if (c->reader == NULL)
        return;
    int64_t deadline = clock_ns() + CHILD_KILL_MS * INT64_C(1000000);
    while (WaitForSingleObject(c->reader, 100) == WAIT_TIMEOUT) {
        CancelSynchronousIo(c->reader);
        if (clock_ns() > deadline)
            die("CancelSynchronousIo");
    }
    child_close(&c->reader);
}

void child_free(struct child *c)
{
    if (c == NULL)
        return;
    child_kill(c);
    child_close(&c->job);
    child_end_reader(c);
    child_close(&c->input);
    child_close(&c->output);
    child_close(&c->news);
    child_close(&c->process);
    free(c->taken);
    for (struct child_line *line = c->first; line != NULL;) {
        struct child_line *next = line->next;
        free(line);
        line = next;
    }
    free(c);
}

bool child_write(struct child *c, const char *line)
{
    char text[256];
    DWORD sent;
    int length = snprintf(text, sizeof text, "%s\n", line);
    if (c->input == NULL || length < 0 || (size_t)length >= sizeof text)
        return false;
    return WriteFile(c->input, text, (DWORD)length, &sent, NULL) &&
           sent == (DWORD)length;
}

void child_close_input(struct child *c)
{
    child_close(&c->input);
}

/* Its output ended, or it exited and whoever else holds the pipe is silent. */
static bool child_silent(struct child *c, bool output_ended)
{
    return output_ended ||
           (child_gone(c, 0) &&
            clock_ns() - c->exit_ns > CHILD_LAST_WORDS_MS * INT64_C(1000000));
}

static bool child_has_news(struct child *c, struct child_event *event,
                           enum child_news *news)
{
    if (c == NULL || c->ended_told)
        return false;
    AcquireSRWLockExclusive(&c->lock);
    struct child_line *line = c->first;
    bool ended = c->output_ended;
    if (line != NULL) {
        c->first = line->next;
        if (c->first == NULL)
            c->last = NULL;
    }
    ReleaseSRWLockExclusive(&c->lock);
    event->child = c;
    if (line != NULL) {
        free(c->taken);
        c->taken = line;
        event->line = line->text;
        event->when_ns = line->when_ns;
        *news = CHILD_LINE;
        return true;
    }
    if (!child_silent(c, ended))
        return false;
    event->line = NULL;
    event->when_ns = clock_ns();
    *news = CHILD_ENDED;
    c->ended_told = true;
    return true;
}

static void child_sleep(struct child *const *children, size_t count,
                        int64_t left_ns)
{
    HANDLE handles[2 * CHILD_MAX + 1];
    DWORD used = 0;
    int64_t ms = left_ns / 1000000 + 1;
    for (size_t i = 0; i < count && i < CHILD_MAX; i++) {
        if (children[i] == NULL || children[i]->ended_told)
            continue;
        handles[used++] = children[i]->news;
        if (children[i]->exit_ns == 0)
            handles[used++] = children[i]->process;
        else if (ms > CHILD_LAST_WORDS_MS / 10)
            ms = CHILD_LAST_WORDS_MS / 10;
    }
    if (interrupt_event() != NULL)
        handles[used++] = interrupt_event();
    if (ms > 1000)
        ms = 1000;
    if (used == 0)
        Sleep((DWORD)ms);
    else if (WaitForMultipleObjects(used, handles, FALSE, (DWORD)ms) ==
             WAIT_FAILED)
        die("WaitForMultipleObjects");
}

enum child_news child_wait(struct child *const *children, size_t count,
                           int64_t deadline_ns, struct child_event *event)
{
    static unsigned interrupts_told;
    for (;;) {
        if (interrupts_told != interrupt_count()) {
            interrupts_told = interrupt_count();
            return CHILD_INTERRUPTED;
        }
        enum child_news news;
        for (size_t i = 0; i < count; i++)
            if (child_has_news(children[i], event, &news))
                return news;
        int64_t left = deadline_ns - clock_ns();
        if (left <= 0)
            return CHILD_TIMED_OUT;
        child_sleep(children, count, left);
    }
}

static DWORD child_code(struct child *c)
{
    DWORD code;
    if (!GetExitCodeProcess(c->process, &code))
        die("GetExitCodeProcess");
    return code;
}

bool child_exited_with(struct child *c, uint32_t code)
{
    return child_gone(c, 0) && !c->killed && child_code(c) == code;
}

char *child_exit_show(struct child *c, char *text, size_t size)
{
    if (!child_gone(c, 0))
        snprintf(text, size, "still running");
    else if (c->killed)
        snprintf(text, size, "killed by the runner");
    else
        snprintf(text, size,
                 child_code(c) >= 0xC0000000U ? "exit code 0x%08lX"
                                              : "exit code %lu",
                 (unsigned long)child_code(c));
    return text;
}
