#include "common/process.h"
#include "common/process_os.h"

#include <stdlib.h>
#include <string.h>

#include "common/win.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/text.h"

enum {
    PROCESS_PIPE_BYTES = 64 * 1024,
    PROCESS_LAST_WORDS_MS = 500, /* from its exit to the end of its output */
    PROCESS_CLOSE_MS = 20000,    /* for our own end when a console closes */
    PROCESS_PATH = 32768,
    PROCESS_TRIES = 3
};

struct process_os {
    HANDLE process, job, input, output, reader;
    HANDLE news; /* auto reset: the reader took something */
    SRWLOCK lock;
    struct text taken; /* with lock: output that is not in `lines` yet */
    int64_t taken_ns;  /* with lock */
    bool reader_ended; /* with lock */
    int64_t exit_ns;
};

/* --- Ctrl+C --------------------------------------------------------------- */

static volatile LONG process_interrupts;
static HANDLE process_interrupt;

/* In a thread of the system's. When a console closes, the process dies as
 * soon as this returns: the main thread gets its time first. */
static BOOL WINAPI process_on_control(DWORD control)
{
    InterlockedIncrement(&process_interrupts);
    SetEvent(process_interrupt);
    if (control != CTRL_C_EVENT && control != CTRL_BREAK_EVENT)
        Sleep(PROCESS_CLOSE_MS);
    return TRUE;
}

void interrupt_catch(bool always)
{
    if (process_interrupt != NULL)
        return;
    process_interrupt = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (process_interrupt == NULL)
        die("CreateEvent");
    if (always)
        SetConsoleCtrlHandler(NULL, FALSE);
    if (!SetConsoleCtrlHandler(process_on_control, TRUE))
        die("SetConsoleCtrlHandler");
    /* No dialog box for a child that crashes: it is an exit code. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
}

unsigned interrupt_count(void)
{
    return (unsigned)InterlockedCompareExchange(&process_interrupts, 0, 0);
}

/* --- starting ------------------------------------------------------------- */

char *process_find(const char *program)
{
    wchar_t *name = wide_from(program);
    wchar_t *path = calloc_or_die(PROCESS_PATH, sizeof *path);
    DWORD length = SearchPathW(NULL, name, L".exe", PROCESS_PATH, path, NULL);
    char *found = length > 0 && length < PROCESS_PATH ? wide_to(path) : NULL;
    free(name);
    free(path);
    return found;
}

static void process_close(HANDLE *handle)
{
    if (*handle != NULL && *handle != INVALID_HANDLE_VALUE)
        CloseHandle(*handle);
    *handle = NULL;
}

/* The child's input and output, which it inherits; our ends it does not. */
static void process_pipes(struct process_os *os, HANDLE ends[2])
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    if (!CreatePipe(&ends[0], &os->input, &inherit, PROCESS_PIPE_BYTES) ||
        !CreatePipe(&os->output, &ends[1], &inherit, PROCESS_PIPE_BYTES) ||
        !SetHandleInformation(os->input, HANDLE_FLAG_INHERIT, 0) ||
        !SetHandleInformation(os->output, HANDLE_FLAG_INHERIT, 0))
        die("CreatePipe");
}

/* What is in it ends with the last handle to it: with us. */
static HANDLE process_job(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
        .BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE};
    HANDLE job = CreateJobObjectW(NULL, NULL);
    if (job == NULL ||
        !SetInformationJobObject(job, JobObjectExtendedLimitInformation,
                                 &limits, sizeof limits))
        die("CreateJobObject");
    return job;
}

/* Suspended until it is in its job, so that it starts nothing outside. Under
 * Wine a process now and then ends before it began: then once more. */
static DWORD process_create(struct process_os *os, wchar_t *command,
                            const wchar_t *folder, const HANDLE ends[2],
                            HANDLE error_output)
{
    STARTUPINFOW start = {.cb = sizeof start,
                          .dwFlags = STARTF_USESTDHANDLES,
                          .hStdInput = ends[0],
                          .hStdOutput = ends[1],
                          .hStdError = error_output};
    PROCESS_INFORMATION made;
    DWORD error = 0;
    int tries = 1;
    while (!CreateProcessW(NULL, command, NULL, NULL, TRUE,
                           CREATE_NEW_PROCESS_GROUP | CREATE_SUSPENDED, NULL,
                           folder, &start, &made))
        if (GetLastError() != ERROR_INTERNAL_ERROR || tries++ == PROCESS_TRIES)
            return GetLastError();
    os->process = made.hProcess;
    if (AssignProcessToJobObject(os->job, os->process)) {
        ResumeThread(made.hThread);
    } else {
        error = GetLastError();
        TerminateProcess(os->process, 127);
    }
    CloseHandle(made.hThread);
    return error;
}

/* Anonymous pipes have neither a time-out nor overlapped reads: a thread. */
static DWORD WINAPI process_reader(void *arg)
{
    struct process_os *os = arg;
    char *bytes = calloc_or_die(1, PROCESS_PIPE_BYTES);
    DWORD got;
    bool more;
    do {
        more = ReadFile(os->output, bytes, PROCESS_PIPE_BYTES, &got, NULL) &&
               got > 0;
        AcquireSRWLockExclusive(&os->lock);
        if (more)
            text_add_bytes(&os->taken, bytes, got);
        os->taken_ns = clock_ns();
        os->reader_ended = !more;
        ReleaseSRWLockExclusive(&os->lock);
        SetEvent(os->news);
    } while (more);
    free(bytes);
    return 0;
}

uint32_t process_os_start(struct process *p, const char *const *argv,
                          const char *folder, bool captured)
{
    char *command = words_quote(argv);
    struct process_os *os = calloc_or_die(1, sizeof *os);
    wchar_t *wide = wide_from(command);
    wchar_t *wide_folder = folder != NULL ? wide_from(folder) : NULL;
    HANDLE ends[2], error_output = GetStdHandle(STD_ERROR_HANDLE);
    p->os = os;
    InitializeSRWLock(&os->lock);
    os->job = process_job();
    os->news = CreateEventW(NULL, FALSE, FALSE, NULL);
    process_pipes(os, ends);
    SetHandleInformation(error_output, HANDLE_FLAG_INHERIT,
                         HANDLE_FLAG_INHERIT);
    DWORD error = process_create(os, wide, wide_folder, ends,
                                 captured ? ends[1] : error_output);
    process_close(&ends[0]);
    process_close(&ends[1]);
    free(wide);
    free(wide_folder);
    free(command);
    if (error != 0) {
        process_os_free(p);
        return error;
    }
    os->reader = CreateThread(NULL, 0, process_reader, os, 0, NULL);
    if (os->news == NULL || os->reader == NULL)
        die("CreateThread");
    return 0;
}

/* --- ending --------------------------------------------------------------- */

void process_os_look(struct process *p)
{
    DWORD code;
    if (WaitForSingleObject(p->os->process, 0) != WAIT_OBJECT_0)
        return;
    if (!GetExitCodeProcess(p->os->process, &code))
        die("GetExitCodeProcess");
    p->exited = true;
    p->code = code;
    p->os->exit_ns = clock_ns();
}

void process_os_kill(struct process *p)
{
    TerminateJobObject(p->os->job, 1);
}

/* With the job dead nothing holds the pipe's other end; a reader that is stuck
 * all the same (a handle handed on outside the job) is called back. */
static void process_end_reader(struct process_os *os)
{
    if (os->reader == NULL)
        return;
    while (WaitForSingleObject(os->reader, 100) == WAIT_TIMEOUT)
        CancelSynchronousIo(os->reader);
    process_close(&os->reader);
}

void process_os_free(struct process *p)
{
    struct process_os *os = p->os;
    process_close(&os->job);
    process_end_reader(os);
    process_close(&os->input);
    process_close(&os->output);
    process_close(&os->news);
    process_close(&os->process);
    free(os->taken.data);
    free(os);
}

/* --- talking -------------------------------------------------------------- */

bool process_os_write(struct process *p, const char *text, size_t length)
{
    DWORD sent;
    return p->os->input != NULL &&
           WriteFile(p->os->input, text, (DWORD)length, &sent, NULL) &&
           sent == length;
}

void process_close_input(struct process *p)
{
    process_close(&p->os->input);
}

void process_os_read(struct process *p)
{
    struct process_os *os = p->os;
    AcquireSRWLockExclusive(&os->lock);
    if (os->taken.length > 0) {
        lines_add(&p->lines, os->taken.data, os->taken.length);
        p->read_ns = os->taken_ns;
    }
    p->output_ended = os->reader_ended;
    os->taken.length = 0;
    ReleaseSRWLockExclusive(&os->lock);
    /* Once it has exited, something it started may still hold the pipe. */
    if (p->exited &&
        clock_ns() - os->exit_ns > PROCESS_LAST_WORDS_MS * INT64_C(1000000))
        p->output_ended = true;
}

void process_os_sleep(struct process *const *processes, size_t count,
                      int64_t ms)
{
    HANDLE handles[2 * PROCESS_WAIT_MAX + 1];
    DWORD used = 0;
    for (size_t i = 0; i < count && i < PROCESS_WAIT_MAX; i++) {
        if (processes[i] == NULL || processes[i]->end_told)
            continue;
        handles[used++] = processes[i]->os->news;
        if (!processes[i]->exited)
            handles[used++] = processes[i]->os->process;
        else if (ms > PROCESS_LAST_WORDS_MS / 10)
            ms = PROCESS_LAST_WORDS_MS / 10;
    }
    if (process_interrupt != NULL)
        handles[used++] = process_interrupt;
    if (ms > 1000)
        ms = 1000;
    if (used == 0)
        Sleep((DWORD)ms);
    else if (WaitForMultipleObjects(used, handles, FALSE, (DWORD)ms) ==
             WAIT_FAILED)
        die("WaitForMultipleObjects");
}
