#include "clients/input.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "common/json_lines.h"

static const char *const input_names[INPUT_WORDS] = {
    [INPUT_GO] = "go",
    [INPUT_START] = "start",
    [INPUT_DRAIN] = "drain",
    [INPUT_STOP] = "stop",
};

/* Static, since its reader may outlive a load. */
static struct {
    struct sync_count said[INPUT_WORDS];
    struct sync_event *changed;
    struct sync_thread *reader; /* never joined: it waits for input */
} input;

static volatile sig_atomic_t input_interrupted;

#ifdef _WIN32
static BOOL WINAPI input_interrupt(DWORD event)
{
    (void)event;
    input_interrupted = 1;
    return TRUE;
}

void input_catch(void)
{
    SetConsoleCtrlHandler(input_interrupt, TRUE);
}
#else
static void input_interrupt(int signal_number)
{
    (void)signal_number;
    input_interrupted = 1;
}

void input_catch(void)
{
    struct sigaction action = {.sa_handler = input_interrupt};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
#endif

static void input_say(size_t word)
{
    sync_set(&input.said[word], 1);
    sync_event_set(input.changed);
}

/* The input closed: whoever started this is gone. */
static void input_read(void *arg)
{
    char line[64];

    (void)arg;
    while (json_lines_read(line, sizeof line)) {
        size_t word = 0;

        while (word < INPUT_WORDS && strcmp(line, input_names[word]) != 0)
            word++;
        if (word == INPUT_STOP)
            break;
        if (word < INPUT_WORDS)
            input_say(word);
        else
            json_lines_error(true, "unknown word on standard input", 0,
                             "the load knows go, start, drain and stop");
    }
    input_say(INPUT_STOP);
}

bool input_listen(struct sync_event *changed)
{
    input.changed = changed;
    input.reader = sync_thread_start(input_read, NULL);
    return input.reader != NULL;
}

bool input_said(enum input_word word)
{
    return (word == INPUT_STOP && input_interrupted) ||
           sync_get(&input.said[word]) != 0;
}
