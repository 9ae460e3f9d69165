#include "server.h"

#include <stdio.h>
#include <string.h>
#include "common/clock.h"
#include "common/process.h"

enum { SERVER_WORDS = 64 };

static int64_t server_deadline(uint32_t ms)
{
    return clock_ns() + (int64_t)ms * 1000000;
}

static bool server_fault(struct server *s, const char *what, const char *more)
{
    snprintf(s->fault, sizeof s->fault, "%s%.200s", what, more);
    return false;
}

bool server_say(struct server *s, const char *text)
{
    return process_write(s->child, text) ||
           server_fault(s, "cannot write to the server's standard input", "");
}

void server_hang_up(struct server *s)
{
    process_close_input(s->child);
}

static cJSON *server_due(struct server *s, const char *event, uint32_t ms)
{
    const int64_t deadline = server_deadline(ms);
    for (;;) {
        struct process_event news;
        enum process_news kind = process_wait(&s->child, 1, deadline, &news);
        if (kind != PROCESS_LINE) {
            server_fault(s,
                         kind == PROCESS_ENDED
                             ? "the server closed its output, due was "
                             : "the server said nothing in time, due was ",
                         event);
            return NULL;
        }
        cJSON *line = cJSON_Parse(news.line);
        const char *name = json_text(line, "event");
        const bool timed =
            !strcmp(name, "sample") && !cJSON_GetObjectItem(line, "mark");
        if (!timed && !strcmp(name, event))
            return line;
        cJSON_Delete(line);
        if (!timed) {
            snprintf(s->fault, sizeof s->fault, "`%s` was due, not %.200s",
                     event, news.line);
            return NULL;
        }
    }
}

cJSON *server_event(struct server *s, const char *event)
{
    return server_due(s, event, SERVER_ANSWER_MS);
}

/* An address and a port of 0 ask for a fault. */
static bool server_address(struct server *s, const char *address, uint64_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&s->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&s->address;
    if (port == 0 || port > UINT16_MAX)
        return false;
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((u_short)port);
        s->address_size = sizeof *v4;
        return true;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((u_short)port);
    s->address_size = sizeof *v6;
    return inet_pton(AF_INET6, address, &v6->sin6_addr) == 1;
}

static bool server_listening(struct server *s, const char *model)
{
    cJSON *line = server_due(s, "listening", SERVER_START_MS);
    if (!line)
        return false;
    s->threads = (uint32_t)json_count(line, "threads");
    s->buffer_bytes = json_count(line, "buffer_bytes");
    s->max_connections = json_count(line, "max_connections");
    s->process =
        OpenProcess(PROCESS_ALL_ACCESS, FALSE, (DWORD)json_count(line, "pid"));
    const bool good =
        s->process && !strcmp(json_text(line, "model"), model) &&
        server_address(s, json_text(line, "address"), json_count(line, "port"));
    cJSON_Delete(line);
    return good || server_fault(s,
                                "`listening` lacks pid, model, address or "
                                "port",
                                "");
}

bool server_start(struct server *s, const char *path, const char *model,
                  const char *options)
{
    char words[512];
    /* A byte written past a buffer, or after the close, ends the server. */
    const char *argv[SERVER_WORDS] = {path, "--model", model, "--guard"};
    size_t count = 4;
    *s = (struct server){0};
    snprintf(words, sizeof words, "%s", options);
    for (char *at = strtok(words, " "); at && count < SERVER_WORDS - 1;
         at = strtok(NULL, " "))
        argv[count++] = at;
    s->child = process_start(argv, s->fault, sizeof s->fault);
    return s->child && server_listening(s, model);
}

bool server_exited(struct server *s)
{
    const int64_t deadline = server_deadline(SERVER_ANSWER_MS);
    struct process_event news;
    char how[128];
    enum process_news kind = process_wait(&s->child, 1, deadline, &news);
    if (kind == PROCESS_LINE)
        return server_fault(s, "a line after `final`: ", news.line);
    if (kind != PROCESS_ENDED || !process_wait_exit(s->child, deadline))
        return server_fault(s, "the server does not end", "");
    return process_exited_with(s->child, 0) ||
           server_fault(s, "the server's end: ",
                        process_exit_show(s->child, how, sizeof how));
}

void server_close(struct server *s)
{
    process_free(s->child);
    if (s->process)
        CloseHandle(s->process);
    *s = (struct server){0};
}

uint64_t json_count(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);
    double value = cJSON_IsNumber(item) ? cJSON_GetNumberValue(item) : -1;
    if (value < 0 || value > 9007199254740992.0)
        return UINT64_MAX;
    return (double)(uint64_t)value < value ? UINT64_MAX : (uint64_t)value;
}

const char *json_text(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
    return text ? text : "";
}
