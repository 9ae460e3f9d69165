/* Every argument of iomodels run, compare, book, soak and load: the first line
 * of input names the command, each further line is a word. */
#include "fuzz.h"

#include <string.h>

#include "cli/cmd.h"
#include "cli/options.h"
#include "clients/load.h"
#include "clients/traffic.h"

/* In the place of load_run (the linker's --wrap): what got so far is good. */
int __wrap_load_run(const struct option_values *o); /* NOLINT: ld's name */
int __wrap_load_run(const struct option_values *o)  /* NOLINT: ld's name */
{
    fuzz_require(o->target != NULL, "a target");
    fuzz_require(o->threads >= 1 && o->threads <= o->connections, "threads");
    fuzz_require(o->message_bytes >= 1 &&
                     o->message_bytes <= OPTION_MESSAGE_MAX,
                 "message");
    return 0;
}

static void fuzz_plan(struct options *o)
{
    /* What the machine fills in before a run. */
    if (o->setup.server == NULL)
        o->setup.server = "server";
    if (o->setup.load == NULL)
        o->setup.load = "load";
    if (o->setup.server_via == NULL)
        o->setup.server_via = "";
    if (o->setup.load_via == NULL)
        o->setup.load_via = "";
    for (size_t m = 0; o->models[m] != NULL; m++) {
        for (size_t t = 0; t < o->tiers; t++) {
            const struct setup_run run = {
                o->models[m], o->connections[t], 1, 1, 1, 1, 1, 1};
            struct words server = {0}, load = {0};

            setup_server_words(&o->setup, &run, &server);
            setup_load_words(&o->setup, &run, "127.0.0.1:1", &load);
            cJSON_Delete(setup_asked(&o->setup, &run));
            fuzz_require(server.count > 2 && load.count > 2, "command lines");
            words_free(&server);
            words_free(&load);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct options options;
    struct fuzz_words w;
    enum args_result result = ARGS_BAD;

    fuzz_words_make(&w, data, size);
    if (strcmp(w.argv[0], "run") == 0 || strcmp(w.argv[0], "compare") == 0 ||
        strcmp(w.argv[0], "book") == 0 || strcmp(w.argv[0], "soak") == 0)
        result = options_parse(&options, w.argc, w.argv);
    else
        cmd_load(w.argc, w.argv);
    if (result == ARGS_GO && options.summary == NULL)
        fuzz_plan(&options);
    cJSON_Delete(options.plan);
    options.plan = NULL;
    fuzz_words_free(&w);
    return 0;
}
