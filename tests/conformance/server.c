#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/clock.h"
#include "common/errors.h"

struct line {
    struct line *next;
    char *text; /* behind it, in the same allocation */
};

enum { SERVER_LINE_MAX = 1 << 20, SERVER_KILLED = 99, SERVER_TRIES = 3 };

static bool server_fault(struct server *s, const char *what, DWORD code)
{
    char text[128];
    if (code)
        snprintf(s->fault, sizeof s->fault, "%s: %s (%lu): %s", what,
                 error_name(code), (unsigned long)code,
                 error_text(code, text, sizeof text));
    else
        snprintf(s->fault, sizeof s->fault, "%s%s", what,
                 s->killed ? " (killed by the watchdog)" : "");
    return false;
}

static void server_push(struct server *s, const char *text, size_t size)
{
    struct line *line = malloc(sizeof *line + size + 1);
    if (!line)
        die("malloc");
    line->text = (char *)(line + 1);
    memcpy(line->text, text, size);
    line->text[size] = 0;
    line->next = NULL;
    AcquireSRWLockExclusive(&s->lock);
    if (s->last)
        s->last->next = line;
    else
        s->first = line;
    s->last = line;
    ReleaseSRWLockExclusive(&s->lock);
    WakeAllConditionVariable(&s->more);
}

static DWORD WINAPI server_read(void *arg)
{
    struct server *s = arg;
    size_t have = 0;
    char *text = malloc(SERVER_LINE_MAX);
    if (!text)
        die("malloc");
    for (;;) {
        DWORD got = 0;
        char *end;
        if (have == SERVER_LINE_MAX ||
            !ReadFile(s->out, text + have, (DWORD)(SERVER_LINE_MAX - have),
                      &got, NULL) ||
            !got)
            break;
        have += got;
        while ((end = memchr(text, '\n', have)) != NULL) {
            size_t size = (size_t)(end - text);
            server_push(s, text, size);
            have -= size + 1;
            memmove(text, end + 1, have);
        }
    }
    if (have)
        server_push(s, text, have);
    free(text);
    AcquireSRWLockExclusive(&s->lock);
    s->ended = true;
    ReleaseSRWLockExclusive(&s->lock);
    WakeAllConditionVariable(&s->more);
    return 0;
}

static DWORD WINAPI server_watch(void *arg)
{
    struct server *s = arg;
    if (WaitForSingleObject(s->finished, SERVER_LIFE_MS) == WAIT_TIMEOUT) {
        s->killed = true;
        TerminateProcess(s->process, SERVER_KILLED);
    }
    return 0;
}

/* A pipe whose one end the child inherits and whose other end stays ours. */
static bool server_pipe(HANDLE *ours, HANDLE *theirs, bool child_reads)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE read, write;
    if (!CreatePipe(&read, &write, &inherit, 0))
        return false;
    *ours = child_reads ? write : read;
    *theirs = child_reads ? read : write;
    return SetHandleInformation(*ours, HANDLE_FLAG_INHERIT, 0) != 0;
}

static bool server_launch(struct server *s, const char *path, char *command)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limit = {0};
    STARTUPINFOA start = {0};
    PROCESS_INFORMATION made;
    BOOL ok = FALSE;
    limit.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    start.cb = sizeof start;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    s->job = CreateJobObjectW(NULL, NULL);
    if (!s->job ||
        !SetInformationJobObject(s->job, JobObjectExtendedLimitInformation,
                                 &limit, sizeof limit) ||
        !server_pipe(&s->in, &start.hStdInput, true) ||
        !server_pipe(&s->out, &start.hStdOutput, false))
        die("CreatePipe or CreateJobObject");
    /* Under Wine one now and then ends before it began: once more. */
    for (int tries = 1; tries <= SERVER_TRIES; tries++) {
        ok = CreateProcessA(path, command, NULL, NULL, TRUE, CREATE_SUSPENDED,
                            NULL, NULL, &start, &made);
        if (ok || GetLastError() != ERROR_INTERNAL_ERROR)
            break;
    }
    if (!ok)
        server_fault(s, path, GetLastError());
    CloseHandle(start.hStdInput);
    CloseHandle(start.hStdOutput);
    if (!ok)
        return false;
    s->process = made.hProcess;
    if (!AssignProcessToJobObject(s->job, s->process))
        die("AssignProcessToJobObject");
    ResumeThread(made.hThread);
    CloseHandle(made.hThread);
    return true;
}

bool server_say(struct server *s, const char *text)
{
    DWORD size = (DWORD)strlen(text), wrote = 0;
    if (!WriteFile(s->in, text, size, &wrote, NULL) || wrote != size)
        return server_fault(s, "cannot write to the server's standard input",
                            GetLastError());
    return true;
}

void server_hang_up(struct server *s)
{
    if (s->in)
        CloseHandle(s->in);
    s->in = NULL;
}

static struct line *server_take(struct server *s, uint32_t ms)
{
    int64_t end = clock_ns() + (int64_t)ms * 1000000;
    struct line *line;
    AcquireSRWLockExclusive(&s->lock);
    while (!s->first && !s->ended) {
        int64_t left = (end - clock_ns()) / 1000000;
        if (left <= 0)
            break;
        SleepConditionVariableSRW(&s->more, &s->lock, (DWORD)left, 0);
    }
    line = s->first;
    if (line) {
        s->first = line->next;
        if (!s->first)
            s->last = NULL;
    } else {
        server_fault(s,
                     s->ended ? "the server closed its output"
                              : "the server said nothing in time",
                     0);
    }
    ReleaseSRWLockExclusive(&s->lock);
    return line;
}

cJSON *server_next(struct server *s, uint32_t ms)
{
    struct line *line = server_take(s, ms);
    cJSON *object;
    if (!line)
        return NULL;
    object = cJSON_Parse(line->text);
    if (!cJSON_IsObject(object)) {
        snprintf(s->fault, sizeof s->fault, "no JSON object: %.200s",
                 line->text);
        cJSON_Delete(object);
        object = NULL;
    }
    free(line);
    return object;
}

static cJSON *server_due(struct server *s, const char *event, uint32_t ms)
{
    for (;;) {
        cJSON *line = server_next(s, ms);
        const char *name;
        if (!line)
            return NULL;
        name = cJSON_GetStringValue(cJSON_GetObjectItem(line, "event"));
        if (name && !strcmp(name, event) &&
            (strcmp(name, "sample") || cJSON_GetObjectItem(line, "mark")))
            return line;
        if (!name || strcmp(name, "sample")) {
            char *text = cJSON_PrintUnformatted(line);
            snprintf(s->fault, sizeof s->fault, "`%s` was due, not %.200s",
                     event, text ? text : "this");
            cJSON_free(text);
            cJSON_Delete(line);
            return NULL;
        }
        cJSON_Delete(line);
    }
}

cJSON *server_event(struct server *s, const char *event)
{
    return server_due(s, event, SERVER_ANSWER_MS);
}

static bool server_listening(struct server *s, const char *model)
{
    cJSON *line = server_due(s, "listening", SERVER_START_MS);
    const char *name, *address;
    uint64_t port;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&s->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&s->address;
    bool ok = false;
    if (!line)
        return false;
    name = cJSON_GetStringValue(cJSON_GetObjectItem(line, "model"));
    address = cJSON_GetStringValue(cJSON_GetObjectItem(line, "address"));
    port = json_count(line, "port");
    s->threads = (uint32_t)json_count(line, "threads");
    s->buffer_bytes = json_count(line, "buffer_bytes");
    s->max_connections = json_count(line, "max_connections");
    if (!name || strcmp(name, model) || !address || !port || port > 65535) {
        server_fault(s, "`listening` lacks model, address or port", 0);
    } else if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((u_short)port);
        s->address_size = sizeof *v4;
        ok = true;
    } else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((u_short)port);
        s->address_size = sizeof *v6;
        ok = true;
    } else {
        server_fault(s, "the address of `listening` is none", 0);
    }
    cJSON_Delete(line);
    return ok;
}

bool server_run(struct server *s, const char *path, const char *words)
{
    char command[1024];
    memset(s, 0, sizeof *s);
    InitializeSRWLock(&s->lock);
    InitializeConditionVariable(&s->more);
    snprintf(command, sizeof command, "\"%s\" %s", path, words);
    if (!server_launch(s, path, command))
        return false;
    s->finished = CreateEventW(NULL, TRUE, FALSE, NULL);
    s->reader = CreateThread(NULL, 0, server_read, s, 0, NULL);
    s->watchdog = CreateThread(NULL, 0, server_watch, s, 0, NULL);
    if (!s->finished || !s->reader || !s->watchdog)
        die("CreateThread");
    return true;
}

bool server_start(struct server *s, const char *path, const char *model,
                  const char *options)
{
    char words[512];
    /* A byte written past a buffer, or after the close, ends the server. */
    snprintf(words, sizeof words, "--model %s --guard %s", model, options);
    return server_run(s, path, words) && server_listening(s, model);
}

bool server_exited(struct server *s)
{
    struct line *left;
    DWORD code = 0;
    if (WaitForSingleObject(s->process, SERVER_ANSWER_MS) != WAIT_OBJECT_0)
        return server_fault(s, "the server does not end", 0);
    left = server_take(s, SERVER_ANSWER_MS);
    if (left) {
        snprintf(s->fault, sizeof s->fault, "a line after `final`: %.200s",
                 left->text);
        free(left);
        return false;
    }
    GetExitCodeProcess(s->process, &code);
    if (code) {
        snprintf(s->fault, sizeof s->fault, "the server ended with code %lu%s",
                 (unsigned long)code, s->killed ? " by the watchdog" : "");
        return false;
    }
    return s->ended;
}

static void server_join(HANDLE thread)
{
    if (!thread)
        return;
    if (WaitForSingleObject(thread, SERVER_ANSWER_MS) != WAIT_OBJECT_0)
        die("WaitForSingleObject(thread of the server's helper)");
    CloseHandle(thread);
}

void server_close(struct server *s)
{
    if (s->process)
        TerminateProcess(s->process, SERVER_KILLED);
    if (s->finished)
        SetEvent(s->finished);
    server_join(s->watchdog);
    server_join(s->reader);
    server_hang_up(s);
    while (s->first) {
        struct line *line = s->first;
        s->first = line->next;
        free(line);
    }
    if (s->out)
        CloseHandle(s->out);
    if (s->finished)
        CloseHandle(s->finished);
    if (s->process)
        CloseHandle(s->process);
    if (s->job)
        CloseHandle(s->job);
    memset(s, 0, sizeof *s);
}

uint64_t json_count(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);
    double value = cJSON_IsNumber(item) ? cJSON_GetNumberValue(item) : -1;
    if (value < 0 || value > 9007199254740992.0)
        return UINT64_MAX;
    return (double)(uint64_t)value < value ? UINT64_MAX : (uint64_t)value;
}
