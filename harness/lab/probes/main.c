/* iomodels-probe NAME [--OPTION=N...]: runs one probe and writes one line of
 * JSON. Exit code 0: it ran; 1: a call failed, which the line says; 2: bad
 * input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "probe.h"
#include "common/args.h"
#include "common/json_lines.h"
#include "common/sync.h"
#include "probe_list.h"

#define PROBE(name) extern const struct probe probe_##name;
PROBES
#undef PROBE

#define PROBE(name) &probe_##name,
static const struct probe *const probe_table[] = {PROBES};
#undef PROBE

enum { PROBE_COUNT = sizeof probe_table / sizeof *probe_table };

static const struct probe *probe_now;
static volatile LONG probe_over; /* the line has been begun */

/* One thread of the probe and the deadline may both want to end it. */
static _Noreturn void probe_end(cJSON *line, int code)
{
    if (InterlockedExchange(&probe_over, 1))
        Sleep(INFINITE);
    json_lines_write(line);
    json_lines_done();
    ExitProcess((UINT)code);
}

void probe_fail(const char *call, uint32_t code)
{
    char text[256];
    /* Without the figures: another thread may be adding to them. */
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "probe", probe_now->name);
    cJSON *error = cJSON_AddObjectToObject(line, "error");
    cJSON_AddStringToObject(error, "call", call);
    json_add_count(error, "code", code);
    cJSON_AddStringToObject(error, "name", error_name(code));
    cJSON_AddStringToObject(error, "text", error_text(code, text, sizeof text));
    complain("%s: %s failed: error %lu (%s): %s; run it again, with smaller "
             "numbers if memory or ports were short",
             probe_now->name, call, (unsigned long)code, error_name(code),
             text);
    probe_end(line, EXIT_BAD_RUN);
}

static void probe_watch(void *unused)
{
    (void)unused;
    Sleep(PROBE_LONGEST_MS);
    probe_fail("the whole probe", WAIT_TIMEOUT);
}

static void probe_print_list(void)
{
    printf("usage: iomodels-probe NAME [--OPTION=N...]\n\n"
           "Runs one probe of Winsock and writes one line of JSON.\n"
           "iomodels-probe NAME --help lists the options of a probe.\n\n");
    for (size_t i = 0; i < PROBE_COUNT; i++)
        printf("  %-22s  %s (%s)\n", probe_table[i]->name,
               probe_table[i]->summary, probe_table[i]->claims);
}

static const struct probe *probe_find(const char *name)
{
    const char *names[PROBE_COUNT + 1] = {NULL};
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        if (strcmp(probe_table[i]->name, name) == 0)
            return probe_table[i];
        names[i] = probe_table[i]->name;
    }
    args_unknown_name("there is no probe", name, names);
    return NULL;
}

static enum args_result probe_read(int argc, char **argv, uint64_t *option)
{
    struct arg args[PROBE_OPTIONS + 1] = {{0}};
    char usage[64];
    snprintf(usage, sizeof usage, "iomodels-probe %s [--OPTION=N...]",
             probe_now->name);
    for (size_t i = 0; probe_now->options[i].name; i++) {
        const struct probe_option *o = &probe_now->options[i];
        option[i] = o->usual;
        args[i] = (struct arg){o->name, ARG_COUNT, &option[i], o->least,
                               o->most, "N",       o->help};
    }
    return args_parse(&(struct arg_command){usage, probe_now->summary, args, 0},
                      argc, argv);
}

int main(int argc, char **argv)
{
    uint64_t option[PROBE_OPTIONS + 1] = {0};
    WSADATA data;
    program_name_set("iomodels-probe");
    json_lines_init();
    const bool help = argc > 1 && (strcmp(argv[1], "--help") == 0 ||
                                   strcmp(argv[1], "-h") == 0);
    if (argc < 2 || help) {
        probe_print_list();
        return help ? EXIT_SUCCESS : EXIT_BAD_INPUT;
    }
    probe_now = probe_find(argv[1]);
    if (!probe_now)
        return EXIT_BAD_INPUT;
    enum args_result read = probe_read(argc - 1, argv + 1, option);
    if (read != ARGS_GO)
        return read == ARGS_HELP ? EXIT_SUCCESS : EXIT_BAD_INPUT;
    int error = WSAStartup(MAKEWORD(2, 2), &data);
    if (error)
        probe_fail("WSAStartup", (uint32_t)error);
    must(sync_thread_start(probe_watch, NULL) != NULL, "CreateThread");
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "probe", probe_now->name);
    probe_now->run(line, option);
    probe_end(line, EXIT_SUCCESS);
}
