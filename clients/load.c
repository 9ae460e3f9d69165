#include "clients/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/json_lines.h"
#include "common/machine.h"
#include "common/process.h"
#include "clients/report.h"

#ifdef _WIN32
#include <io.h>
#include <process.h>
#define getpid _getpid
#define isatty _isatty
#else
#include <unistd.h>
#endif

enum {
    LOAD_WAIT_MS = 100,   /* a signal only sets a flag: look at it this often */
    LOAD_HOLD_MS = 20000, /* for the word `drain`: more than a runner waits */
    LOAD_SATURATED_PERCENT = 95,
    LOAD_WINDOW_TRIPS = 6, /* five medians, which may exceed the mean */
    LOAD_RENEWED = 60000,  /* connections that source addresses are there for */
    LOAD_EXIT_BUG = 70
};

struct load {
    struct shared shared;
    struct report report;
    struct load_thread *threads[OPTION_LOAD_THREADS_MAX];
    uint32_t thread_count;
    int64_t sample_ns; /* when the next is due */
    bool measured;
    struct times times;
    struct snapshot begin, end;
    struct thread_view
        views[2][OPTION_LOAD_THREADS_MAX]; /* of the load threads, then */
};

enum load_word { LOAD_GO, LOAD_START, LOAD_DRAIN, LOAD_STOP, LOAD_WORDS };

/* Static, since the thread that reads standard input may outlive a load. */
static struct {
    struct sync_count said[LOAD_WORDS];
    struct sync_event *changed;
    struct sync_thread *reader;
} load_input;

uint64_t load_threads(uint64_t processors, uint64_t connections)
{
    uint64_t threads = processors / 2;

    if (threads > connections)
        threads = connections;
    if (threads > OPTION_LOAD_THREADS_MAX)
        threads = OPTION_LOAD_THREADS_MAX;
    return threads > 0 ? threads : 1;
}

/* --- setting up ---------------------------------------------------------- */

static bool load_prepare(struct load *load, const struct option_values *options)
{
    const struct traffic *traffic = traffic_find(options->pattern, false);
    struct shared *shared = &load->shared;
    uint64_t connections = options->connections;

    if (load_input.changed == NULL)
        load_input.changed = sync_event_make();
    shared->options = options;
    shared->message = (uint32_t)options->message_bytes;
    shared->connect_timeout_ns = (int64_t)options->connect_timeout_us * 1000;
    shared->io_timeout_ns = (int64_t)options->io_timeout_us * 1000;
    shared->think_ns = options->think_us > 0 ? (int64_t)options->think_us * 1000
                                             : traffic->think_ns;
    times_init(&load->times, traffic->scheduled, options->turns);
    sync_set(&shared->begin_ns, INT64_MAX);
    sync_set(&shared->give_up_ns, INT64_MAX);
    shared->changed = load_input.changed;
    load->report.shared = shared;
    load->report.json = options->json_stream;
    load->report.progress = !options->json_stream && isatty(2) != 0;
    load->report.pid = (uint64_t)getpid();
    load->report.epoch_ns = clock_ns();
    load->report.threads = (uint32_t)options->threads + 1;
    if (!mix_make(&shared->mix, options->pattern, options->hostile) ||
        !engine_prepare(options->connections) ||
        !endpoint_parse(options->target, &shared->target))
        return false;
    if (options->local_addresses != NULL)
        return sources_parse(options->local_addresses, &shared->target,
                             &shared->sources);
    /* Connections made anew leave ports in TIME_WAIT behind. */
    if (options->hostile != NULL || traffic->renews)
        connections += LOAD_RENEWED;
    sources_default(&shared->target, connections, load->report.pid,
                    &shared->sources);
    return true;
}

static bool load_make_threads(struct load *load)
{
    const struct option_values *options = load->shared.options;
    uint64_t from = 0;

    for (uint64_t i = 0; i < options->threads; i++) {
        uint64_t until = options->connections * (i + 1) / options->threads;
        struct load_thread *thread = calloc_or_die(1, sizeof *thread);

        load->threads[load->thread_count++] = thread;
        if (thread_init(thread, &load->shared, (uint32_t)from,
                        (uint32_t)(until - from)))
            thread->handle = sync_thread_start(thread_run, thread);
        if (thread->handle == NULL) {
            json_lines_error(load->report.json, "cannot start a load thread",
                             error_last(),
                             "give fewer --connections or --threads");
            return false;
        }
        from = until;
    }
    return true;
}

static void load_order(struct load *load, enum order order)
{
    sync_set(&load->shared.order, (uint64_t)order);
    for (uint32_t i = 0; i < load->thread_count; i++)
        if (load->threads[i]->engine != NULL)
            engine_wake(load->threads[i]->engine);
}

static void load_stop_threads(struct load *load)
{
    load_order(load, ORDER_STOP);
    for (uint32_t i = 0; i < load->thread_count; i++)
        if (load->threads[i]->handle != NULL)
            sync_thread_join(load->threads[i]->handle);
}

static void load_free(struct load *load)
{
    for (uint32_t i = 0; i < load->thread_count; i++) {
        thread_free(load->threads[i]);
        free(load->threads[i]);
    }
    times_free(&load->times);
    free(load);
}

/* --- waiting ----------------------------------------------------------- */

static void load_say(enum load_word word)
{
    sync_set(&load_input.said[word], 1);
    sync_event_set(load_input.changed);
}

static void load_read(void *arg)
{
    static const char *const names[LOAD_WORDS] = {"go", "start", "drain",
                                                  "stop"};
    char line[64];

    (void)arg;
    while (json_lines_read(line, sizeof line)) {
        int word = 0;

        while (word < LOAD_WORDS && strcmp(line, names[word]) != 0)
            word++;
        if (word == LOAD_STOP)
            break;
        if (word < LOAD_WORDS)
            load_say((enum load_word)word);
        else
            json_lines_error(true, "unknown word on standard input", 0,
                             "the load knows go, start, drain and stop");
    }
    /* Also when the input closed: the program that started this is gone. */
    load_say(LOAD_STOP);
}

static bool load_said(enum load_word word)
{
    return sync_get(&load_input.said[word]) != 0;
}

static bool load_stopped(void)
{
    return load_said(LOAD_STOP) || interrupt_count() > 0;
}

static bool load_go(const struct load *load)
{
    (void)load;
    return load_said(LOAD_GO);
}

static bool load_start(const struct load *load)
{
    (void)load;
    return load_said(LOAD_START);
}

static bool load_settled(const struct load *load)
{
    for (uint32_t i = 0; i < load->thread_count; i++)
        if (sync_get(&load->threads[i]->settled) == 0)
            return false;
    return true;
}

static bool load_empty(const struct load *load)
{
    for (uint32_t i = 0; i < load->thread_count; i++)
        if (sync_get(&load->threads[i]->empty) == 0)
            return false;
    return true;
}

static bool load_released(const struct load *load)
{
    return load_said(LOAD_DRAIN) || load_empty(load);
}

static void load_snapshot(const struct load *load, struct snapshot *s)
{
    *s = (struct snapshot){.at_ns = clock_ns()};
    for (uint32_t i = 0; i < load->thread_count; i++)
        for (uint32_t p = 0; p < load->shared.mix.healthy; p++)
            totals_add(&s->totals, &load->threads[i]->parts[p].counts);
    usage_take(&s->usage);
}

/* At one of the window's edges. */
static void load_edge(struct load *load, struct snapshot *s,
                      struct thread_view *views)
{
    load_snapshot(load, s);
    for (uint32_t i = 0; i < load->thread_count; i++)
        thread_look(load->threads[i], s->at_ns, &views[i]);
}

static void load_sample(struct load *load, int64_t now)
{
    int64_t every = (int64_t)load->shared.options->sample_ms * 1000000;
    struct snapshot s;

    if (now < load->sample_ns)
        return;
    load->sample_ns =
        now - load->sample_ns < every ? load->sample_ns + every : now + every;
    load_snapshot(load, &s);
    report_sample(&load->report, &s, NULL);
}

/* Until `done`, a stop, or `until_ns`; takes samples once it connects. */
static void load_wait(struct load *load, int64_t until_ns,
                      bool (*done)(const struct load *))
{
    const bool samples =
        load->sample_ns != 0 && load->shared.options->sample_ms > 0;

    for (;;) {
        int64_t now = clock_ns(), next = now + LOAD_WAIT_MS * INT64_C(1000000);

        if (load_stopped() || now >= until_ns || done(load))
            return;
        if (samples)
            load_sample(load, now);
        if (next > until_ns)
            next = until_ns;
        if (samples && next > load->sample_ns)
            next = load->sample_ns;
        now = clock_ns();
        if (next > now)
            sync_event_wait(load->shared.changed,
                            (uint32_t)((next - now + 999999) / 1000000));
    }
}

/* --- the phases -------------------------------------------------------- */

static void load_connect(struct load *load)
{
    int64_t budget = (int64_t)load->shared.options->connect_budget_us * 1000;
    int64_t now = clock_ns();

    load->sample_ns = now;
    report_phase(&load->report, "connecting", now);
    sync_set(&load->shared.give_up_ns, (uint64_t)(now + budget));
    load_order(load, ORDER_CONNECT);
    load_wait(load, INT64_MAX, load_settled);
    if (!load_stopped())
        report_phase(&load->report, "connected", clock_ns());
}

/* Whether the window will hold so many round trips of each connection, on
 * average, when it ends then: fewer would measure a phase of the loop and not
 * its rate. Only a closed loop has such a phase. */
static bool load_holds_trips(const struct load *load, int64_t end_ns)
{
    const struct option_values *options = load->shared.options;
    struct snapshot now;

    if (strcmp(options->pattern, "echo") != 0 || options->think_us > 0)
        return true;
    load_snapshot(load, &now);
    const double trips =
        (double)(now.totals.counter[COUNTER_MESSAGES_ECHOED] -
                 load->begin.totals.counter[COUNTER_MESSAGES_ECHOED]);
    const double share = (double)(now.at_ns - load->begin.at_ns) /
                         (double)(end_ns - load->begin.at_ns);
    return trips >= share * LOAD_WINDOW_TRIPS * (double)options->pipeline *
                        (double)now.totals.counter[COUNTER_OPEN];
}

/* Until the window's end, which moves on while too few round trips fit in. */
static void load_window(struct load *load, int64_t begin_ns)
{
    const int64_t duration = (int64_t)load->shared.options->duration_us * 1000;
    const int64_t last =
        begin_ns + duration + OPTION_EXTENSION_S * INT64_C(1000000000);
    int64_t end = begin_ns;

    do {
        end = end + duration < last ? end + duration : last;
        sync_set(&load->shared.end_ns, (uint64_t)end);
        load_wait(load, end - duration / 10, load_empty);
    } while (!load_stopped() && end < last && !load_holds_trips(load, end));
    load_wait(load, end, load_empty);
}

static void load_measure(struct load *load)
{
    const struct option_values *options = load->shared.options;
    int64_t now = clock_ns();

    report_phase(&load->report, "warmup", now);
    load_order(load, ORDER_TRAFFIC);
    load_wait(load, now + (int64_t)options->warmup_us * 1000, load_empty);
    if (load_stopped())
        return;
    load_edge(load, &load->begin, load->views[0]);
    now = load->begin.at_ns;
    sync_set(&load->shared.end_ns, INT64_MAX);
    sync_set(&load->shared.begin_ns, (uint64_t)now);
    report_phase(&load->report, "measuring", now);
    report_sample(&load->report, &load->begin, "begin");
    load_window(load, now);
    load_edge(load, &load->end, load->views[1]);
    report_sample(&load->report, &load->end, "end");
    load->measured = true;
    /* The server is to be seen under this load, with every connection open. */
    if (load->report.json)
        load_wait(load, load->end.at_ns + LOAD_HOLD_MS * INT64_C(1000000),
                  load_released);
}

/* Owed echoes, then FIN for FIN: each has the time-out of one exchange while
 * bytes come, and all of them together three. */
static void load_drain(struct load *load)
{
    int64_t now = clock_ns();

    report_phase(&load->report, "draining", now);
    sync_set(&load->shared.give_up_ns,
             (uint64_t)(now + 3 * load->shared.io_timeout_ns));
    load_order(load, ORDER_DRAIN);
    load_wait(load, INT64_MAX, load_empty);
}

static void load_phases(struct load *load)
{
    const bool json = load->report.json;

    if (json)
        load_wait(load, INT64_MAX, load_go);
    if (!load_stopped())
        load_connect(load);
    if (!load_empty(load) && !load_stopped()) {
        if (json)
            load_wait(load, INT64_MAX, load_start);
        if (!load_stopped())
            load_measure(load);
        if (!load_stopped())
            load_drain(load);
    }
    load_stop_threads(load);
    report_phase(&load->report, "done", clock_ns());
}

/* --- the end ----------------------------------------------------------- */

/* By the time of all threads, which shows a lack of processors, or of any
 * thread: a thread that never waits is late for what its connections ask for.
 */
static bool load_saturated(const struct load *load)
{
    uint64_t processors = machine_usable_processors();
    uint64_t cores =
        load->thread_count < processors ? load->thread_count : processors;
    const struct usage *from = &load->begin.usage, *to = &load->end.usage;
    uint64_t used =
        to->user_us + to->kernel_us - from->user_us - from->kernel_us;
    int64_t window_ns = load->end.at_ns - load->begin.at_ns;

    if (!load->measured || window_ns <= 0)
        return false;
    for (uint32_t i = 0; i < load->thread_count; i++)
        if (thread_saturated(&load->views[0][i], &load->views[1][i], window_ns,
                             LOAD_SATURATED_PERCENT))
            return true;
    return used * 100000 >=
           (uint64_t)window_ns * cores * LOAD_SATURATED_PERCENT;
}

/* Adds up what the threads counted. */
static void load_add_up(struct load *load, struct results *results)
{
    const struct mix *mix = &load->shared.mix;

    for (uint32_t i = 0; i < load->thread_count; i++) {
        const struct load_thread *thread = load->threads[i];

        times_add(&load->times, &thread->times);
        for (uint32_t p = 0; p < mix->hostile; p++)
            totals_add(&results->hostile[p],
                       &thread->parts[mix->healthy + p].counts);
        if (thread->worst_ns > results->worst_ns) {
            results->worst_ns = thread->worst_ns;
            results->worst = thread->worst;
        }
        results->wrongs += thread->wrongs;
        if (thread->wrongs > 0 && (results->wrong == NULL ||
                                   thread->wrong.at_ns < results->wrong->at_ns))
            results->wrong = &thread->wrong;
    }
}

static int load_finish(struct load *load)
{
    struct snapshot final;
    struct results results = {.final = &final, .times = &load->times};
    char why[128];
    bool agree;

    load_snapshot(load, &final);
    load_add_up(load, &results);
    if (load->measured) {
        results.begin = &load->begin;
        results.end = &load->end;
        results.saturated = load_saturated(load);
    }
    report_final(&load->report, &results);
    agree = totals_agree(&final.totals, why, sizeof why);
    for (uint32_t p = 0; p < load->shared.mix.hostile && agree; p++)
        agree = totals_agree(&results.hostile[p], why, sizeof why);
    if (!agree) {
        complain("internal error: the load generator's counters disagree: %s; "
                 "please report it with the command line",
                 why);
        return LOAD_EXIT_BUG;
    }
    if (!load->report.json && final.totals.counter[COUNTER_CONNECTED] == 0) {
        complain("no connection to %s was served; check that an echo server "
                 "runs there",
                 load->shared.options->target);
        return EXIT_BAD_RUN;
    }
    return results.wrongs > 0 ? EXIT_BAD_RUN : 0;
}

int load_run(const struct option_values *options)
{
    struct load *load = calloc_or_die(1, sizeof *load);
    int code = EXIT_BAD_INPUT;

    if (load_prepare(load, options) && load_make_threads(load)) {
        interrupt_catch(false);
        if (options->json_stream) {
            load->report.threads++;
            load_input.reader = sync_thread_start(load_read, NULL);
            if (load_input.reader == NULL)
                die("sync_thread_start");
        }
        report_ready(&load->report);
        load_phases(load);
        code = load_finish(load);
    } else {
        load_stop_threads(load);
    }
    load_free(load);
    return code;
}
