#include "attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/clock.h"
#include "common/die.h"
#include "common/jsonl.h"
#include "capture.h"
#include "net.h"
#include "common/process.h"
#include "visit.h"

enum {
    ATTEMPT_LIMIT_S = 10, /* to listen, to serve, to stop: each */
    ATTEMPT_LINE = 65536,
    ATTEMPT_SAID = 4096
};

struct attempt {
    struct process *server;
    cJSON *facts, *fired;
    struct endpoint at;
    bool listened, ended;
};

static int64_t attempt_deadline(void)
{
    return clock_ns() + ATTEMPT_LIMIT_S * INT64_C(1000000000);
}

static void attempt_listening(struct attempt *a, const cJSON *line)
{
    char text[ENDPOINT_TEXT + 16];
    snprintf(text, sizeof text, "%s:%d",
             cJSON_GetStringValue(cJSON_GetObjectItem(line, "address")),
             cJSON_GetObjectItem(line, "port")->valueint);
    a->listened = endpoint_parse(text, &a->at);
}

static void attempt_line(struct attempt *a, const char *text)
{
    cJSON *line = cJSON_Parse(text);
    const char *event =
        cJSON_GetStringValue(cJSON_GetObjectItem(line, "event"));
    if (event == NULL) {
        cJSON_Delete(line);
        return;
    }
    if (strcmp(event, "listening") == 0)
        attempt_listening(a, line);
    if (strcmp(event, "fault") == 0)
        cJSON_AddItemToArray(a->fired,
                             cJSON_DetachItemFromObject(line, "site"));
    if (strcmp(event, "final") == 0 || strcmp(event, "faults") == 0 ||
        strcmp(event, "error") == 0) {
        cJSON_DeleteItemFromObject(a->facts, event);
        cJSON_AddItemToObject(a->facts, event, line);
    } else {
        cJSON_Delete(line);
    }
}

/* Reads until it listens, or until it ended. False: neither in time. */
static bool attempt_read(struct attempt *a, bool until_listening)
{
    const int64_t deadline = attempt_deadline();
    struct process_event event;
    if (a->ended)
        return true;
    while (!until_listening || !a->listened) {
        switch (process_wait(&a->server, 1, deadline, &event)) {
        case PROCESS_LINE:
            attempt_line(a, event.line);
            break;
        case PROCESS_ENDED:
            a->ended = true;
            return process_wait_exit(a->server, deadline);
        case PROCESS_TIMED_OUT:
        case PROCESS_INTERRUPTED:
        default:
            return false;
        }
    }
    return true;
}

static void attempt_visit(struct attempt *a, const cJSON *asked)
{
    struct visit_result result = {0};
    bool forget = cJSON_IsTrue(cJSON_GetObjectItem(asked, "forget"));
    double seed = cJSON_GetNumberValue(cJSON_GetObjectItem(asked, "seed"));
    struct visit *v =
        visit_make(&a->at, (uint64_t)seed, attempt_deadline(), forget, &result);
    if (v == NULL)
        die("calloc");
    process_write(a->server, "stop");
    unsigned left = visit_end(v, attempt_deadline());
    json_add_count(a->facts, "served", result.served);
    json_add_count(a->facts, "lost", result.lost);
    json_add_count(a->facts, "stuck", result.stuck);
    json_add_count(a->facts, "wrong", result.wrong);
    json_add_count(a->facts, "left", left);
}

static void attempt_late(struct attempt *a, const char *where)
{
    cJSON_AddStringToObject(a->facts, "late", where);
}

static void attempt_run(struct attempt *a, const cJSON *asked)
{
    if (!attempt_read(a, true)) {
        attempt_late(a, "before it listened");
        return;
    }
    if (a->listened)
        attempt_visit(a, asked);
    if (!attempt_read(a, false))
        attempt_late(a, "after it was told to stop");
}

static int attempt_code(struct process *server)
{
    static const int codes[] = {0, EXIT_BAD_INPUT, 70};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (process_exited_with(server, (uint32_t)codes[i]))
            return codes[i];
    return -1;
}

static void attempt_words(const struct words *server, const cJSON *asked,
                          struct words *words)
{
    const cJSON *fault;
    for (size_t i = 0; i < server->count; i++)
        words_add(words, server->word[i]);
    words_add(words, "--model");
    words_add(words, cJSON_GetStringValue(cJSON_GetObjectItem(asked, "model")));
    words_add(words, "--threads"); /* wherever it is pinned to */
    words_add(words, "2");
    words_add(words, "--sample-ms");
    words_add(words, "0");
    words_add(words, "--sndbuf"); /* so that sends have to wait */
    words_add(words, "4096");
    cJSON_ArrayForEach (fault, cJSON_GetObjectItem(asked, "faults")) {
        words_add(words, "--fault");
        words_add(words, cJSON_GetStringValue(fault));
    }
    cJSON_ArrayForEach (fault, cJSON_GetObjectItem(asked, "words"))
        words_add(words, cJSON_GetStringValue(fault));
}

cJSON *attempt_make(const struct words *server, const cJSON *asked)
{
    const int64_t began = clock_ns();
    struct attempt a = {.facts = cJSON_CreateObject()};
    struct words words = {0};
    char why[512], text[ATTEMPT_SAID];
    a.fired = cJSON_AddArrayToObject(a.facts, "fired");
    attempt_words(server, asked, &words);
    a.server = process_start(words.word, why, sizeof why);
    if (a.server == NULL)
        attempt_late(&a, why);
    else
        attempt_run(&a, asked);
    cJSON_AddBoolToObject(a.facts, "listened", a.listened);
    if (a.server) {
        cJSON_AddNumberToObject(a.facts, "exit", attempt_code(a.server));
        cJSON_AddStringToObject(a.facts, "ended",
                                process_exit_show(a.server, text, sizeof text));
    }
    process_free(a.server);
    words_free(&words);
    cJSON_AddStringToObject(a.facts, "said", capture_take(text, sizeof text));
    json_add_count(a.facts, "ms", (uint64_t)(clock_ns() - began) / 1000000);
    return a.facts;
}

int attempt_serve(const struct words *server)
{
    char *line = malloc(ATTEMPT_LINE);
    net_prepare();
    if (line == NULL || !capture_begin())
        die("tmpfile");
    while (jsonl_read(line, ATTEMPT_LINE)) {
        cJSON *asked = cJSON_Parse(line);
        if (asked == NULL)
            break;
        jsonl_write(attempt_make(server, asked));
        cJSON_Delete(asked);
    }
    free(line);
    return 0;
}
