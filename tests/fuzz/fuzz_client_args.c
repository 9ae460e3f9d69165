/* Every argument of iomodels run, compare, book, soak and load: the first line
 * of input names the command, each further line is a word. */
#include "fuzz.h"

#include <string.h>

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
    if (o->config.server == NULL)
        o->config.server = "server";
    if (o->config.load == NULL)
        o->config.load = "load";
    if (o->config.server_via == NULL)
        o->config.server_via = "";
    for (size_t m = 0; o->models[m] != NULL; m++) {
        for (size_t t = 0; t < o->tiers; t++) {
            const struct run_spec run = {.model = o->models[m],
                                         .connections = o->connections[t],
                                         .repeat = 1,
                                         .repeats = 1,
                                         .place = 1,
                                         .places = 1,
                                         .seed = 1,
                                         .plan_seed = 1};
            struct words server = {0}, load = {0};

            run_config_server_argv(&o->config, &run, &server);
            run_config_load_argv(&o->config, &run, 0, "127.0.0.1:1", &load);
            cJSON_Delete(run_config_requested(&o->config, &run));
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
