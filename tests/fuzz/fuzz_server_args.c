/* Every argument of iomodels-server, natively: a line of input is a word. */
#include "fuzz.h"
#include "model_list.h"
#include "common/machine.h"
#include "server/host.h"

#define MODEL(model, family)                                                   \
    extern const struct io_model model_##model;                                \
    const struct io_model model_##model = {                                    \
        .name = #model,                                                        \
        .summary = "summary",                                                  \
        .ceiling = "ceiling",                                                  \
        .max_threads = sizeof #model % 2,                                      \
        .max_conns = sizeof #model % 3 * 500,                                  \
        .options = {                                                           \
            {sizeof #model % 5 ? "inline" : NULL, 1, 0, 64, "a", NULL},        \
            {"accepts", 256, 1, 1024, "another", NULL}}};
MODELS
#undef MODEL

uint32_t machine_usable_processors(void)
{
    return 2;
}

static void fuzz_serves(const struct host *h)
{
    const struct listener_address *a = &h->address;
    const struct io_model *m = h->model;
    const struct model_option *o = m->options;
    fuzz_require(h->srv.threads >= 1 && h->srv.threads <= 4096, "threads");
    fuzz_require(!m->max_threads || h->srv.threads <= m->max_threads,
                 "the model's threads");
    fuzz_require(h->srv.max_conns >= 1 && h->srv.max_conns <= 10000000,
                 "max_conns");
    fuzz_require(!m->max_conns || h->srv.max_conns <= m->max_conns,
                 "the model's max_conns");
    fuzz_require(h->srv.buffer_size >= 1 && h->srv.buffer_size <= 64 << 20,
                 "buffer_size");
    fuzz_require(h->sample_ms <= 3600000, "sample_ms");
    fuzz_require(a->length > 0 && (a->at.ss_family == AF_INET ||
                                   a->at.ss_family == AF_INET6),
                 "the address");
    for (size_t i = 0; o[i].name; i++)
        fuzz_require(h->srv.tuning[i] >= o[i].low &&
                         h->srv.tuning[i] <= o[i].high,
                     "tuning");
    cJSON_Delete(options_tuning(h));
    listener_is_loopback(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_words w;
    struct host host = {0};
    fuzz_words_make(&w, data, size);
    if (options_read(w.argc, w.argv, &host) == ARGS_GO)
        fuzz_serves(&host);
    fuzz_words_free(&w);
    return 0;
}
