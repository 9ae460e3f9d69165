#include "clients/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/json_lines.h"
#include "common/machine.h"
#include "common/process.h"
#include "common/pulse.h"
#include "common/service.h"
#include "clients/report.h"

#ifdef _WIN32
#define getpid() GetCurrentProcessId()
#else
#include <unistd.h>
#endif

enum {
    LOAD_ALIVE_S = 10,     /* of silence after `alive`: the runner is gone */
    LOAD_HOLD_MS = 20000,  /* for the word `drain`: more than a runner waits */
    LOAD_WINDOW_TRIPS = 6, /* five medians, which may exceed the mean */
    LOAD_TIMER_TRIES = 5,
    LOAD_TIMER_NS = 100000,
    LOAD_EXIT_BUG = 70
};

/* LOAD_STOP also when the input closed; LOAD_NO_WORD: none is waited for. */
enum load_word {
    LOAD_GO,
    LOAD_START,
    LOAD_DRAIN,
    LOAD_STOP,
    LOAD_WORDS,
    LOAD_NO_WORD = LOAD_STOP
};

/* Static, since the thread that reads standard input may outlive a load. */
static struct {
    struct sync_count said[LOAD_WORDS];
    struct sync_count alive_ns; /* the word `alive`, when it came last; or 0 */
    struct sync_event *changed;
    struct sync_thread *reader;
    int64_t epoch_ns;
    uint64_t rank;
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
    const uint64_t all = options->connections;
    uint64_t connections;
    char *addresses;
    bool good;

    if (load_input.changed == NULL)
        load_input.changed = sync_event_make();
    shared->options = options;
    shared->part = option_part(all, options->rank, options->generators);
    connections = shared->part.count;
    shared->message = (uint32_t)options->message_bytes;
    shared->file = service_is_file(options->service) ? options->file_bytes : 0;
    shared->connect_timeout_ns = (int64_t)options->connect_timeout_us * 1000;
    shared->io_timeout_ns = (int64_t)options->io_timeout_us * 1000;
    shared->think_ns = options->think_us > 0 ? (int64_t)options->think_us * 1000
                                             : traffic->think_ns;
    shared->stamps =
        traffic->pipelined ? (uint16_t)options->pipeline : traffic->stamps;
    sync_set(&shared->begin_ns, INT64_MAX);
    sync_set(&shared->end_ns, INT64_MAX);
    sync_set(&shared->give_up_ns, INT64_MAX);
    shared->changed = load_input.changed;
    load->pid = (uint64_t)getpid();
    load->epoch_ns = load_input.epoch_ns = clock_ns();
    load_input.rank = options->rank;
    load->sample_ns = INT64_MAX;
    panel_init(&load->panel);
    if (!mix_make(&shared->mix, options->pattern, options->hostile) ||
        !engine_prepare(options) ||
        !endpoint_parse(options->target, &shared->target))
        return false;
    if (traffic->sparse)
        mix_sparse(&shared->mix, options->active, all);
    if (options->local_addresses != NULL) {
        addresses = option_list_part(options->local_addresses, options->rank,
                                     options->generators);
        good = sources_parse(addresses, &shared->target, &shared->sources);
        free(addresses);
        return good;
    }
    if (options->hostile != NULL || traffic->renews)
        connections += SOURCE_RENEWED;
    sources_default(&shared->target, connections, load->pid, &shared->sources);
    return true;
}

/* What a short wait takes, the median of some: the resolution reached. */
static int64_t load_try_timer(struct engine *engine)
{
    int64_t took[LOAD_TIMER_TRIES] = {0};

    for (int i = 0; i < LOAD_TIMER_TRIES; i++) {
        int64_t begin = clock_ns(), ns;
        int at = i;

        engine_wait(engine, LOAD_TIMER_NS, true);
        ns = clock_ns() - begin;
        for (; at > 0 && took[at - 1] > ns; at--)
            took[at] = took[at - 1];
        took[at] = ns;
    }
    return took[LOAD_TIMER_TRIES / 2];
}

static bool load_make_threads(struct load *load)
{
    const struct option_values *options = load->shared.options;
    const struct option_part *all = &load->shared.part;

    for (uint64_t i = 0; i < options->threads; i++) {
        struct option_part part = option_part(all->count, i, options->threads);
        struct load_thread *thread = calloc_or_die(1, sizeof *thread);

        load->threads[load->thread_count++] = thread;
        thread_init(thread, &load->shared, (uint32_t)(all->first + part.first),
                    (uint32_t)part.count);
        if (i == 0)
            load->timer_ns = load_try_timer(thread->engine);
        thread->handle = sync_thread_start(thread_run, thread);
        if (thread->handle == NULL) {
            json_lines_error(options->json_stream, error_last(),
                             "give fewer --connections or --threads",
                             "cannot start a load thread");
            return false;
        }
    }
    return true;
}

static void load_order(struct load *load, enum order order)
{
    sync_set(&load->shared.order, (uint64_t)order);
    for (uint32_t i = 0; i < load->thread_count; i++)
        engine_wake(load->threads[i]->engine);
}

static void load_stop_threads(struct load *load)
{
    load_order(load, ORDER_STOP);
    for (uint32_t i = 0; i < load->thread_count; i++)
        if (load->threads[i]->handle != NULL)
            sync_thread_join(load->threads[i]->handle);
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
    char line[64], clock[32];

    (void)arg;
    snprintf(clock, sizeof clock, "clock %llu",
             (unsigned long long)load_input.rank);
    while (json_lines_read(line, sizeof line)) {
        int word = 0;

        while (word < LOAD_WORDS && strcmp(line, names[word]) != 0)
            word++;
        if (word == LOAD_STOP)
            break;
        if (word < LOAD_WORDS)
            load_say((enum load_word)word);
        else if (strcmp(line, clock) == 0)
            report_clock(load_input.epoch_ns, load_input.rank);
        else if (strncmp(line, "clock ", 6) == 0)
            continue; /* another load generator of this launcher is asked */
        else if (strcmp(line, "alive") == 0)
            sync_set(&load_input.alive_ns, (uint64_t)clock_ns());
        else
            json_lines_error(true, 0,
                             "the words are alive, clock, go, start, drain and "
                             "stop",
                             "unknown word on standard input");
    }
    /* Also when the input closed: the program that started this is gone. */
    load_say(LOAD_STOP);
}

static bool load_stopped(void)
{
    const uint64_t alive_ns = sync_get(&load_input.alive_ns);

    return sync_get(&load_input.said[LOAD_STOP]) != 0 ||
           interrupt_count() > 0 ||
           (alive_ns != 0 &&
            (uint64_t)clock_ns() >
                alive_ns + LOAD_ALIVE_S * UINT64_C(1000000000));
}

/* Whether all load threads have come so far. */
static bool load_reached(const struct load *load, enum progress progress)
{
    for (uint32_t i = 0; i < load->thread_count; i++)
        if (sync_get(&load->threads[i]->progress) < (uint64_t)progress)
            return false;
    return true;
}

static void load_snapshot(const struct load *load, struct snapshot *s)
{
    *s = (struct snapshot){.at_ns = clock_ns(), .held_up_us = pulse_beat()};
    for (uint32_t i = 0; i < load->thread_count; i++)
        for (uint32_t p = 0; p < load->shared.mix.healthy; p++)
            totals_add(&s->totals, &load->threads[i]->parts[p].counts);
    usage_take(&s->usage);
}

/* At one of the window's edges. */
static void load_edge(struct load *load, struct snapshot *s,
                      uint64_t rested_ns[])
{
    load_snapshot(load, s);
    for (uint32_t i = 0; i < load->thread_count; i++)
        rested_ns[i] = thread_rested(load->threads[i], s->at_ns);
}

/* Until a word, progress of all load threads, a stop, or `until_ns`. */
static void load_wait(struct load *load, int64_t until_ns, enum load_word word,
                      enum progress progress)
{
    const int64_t every = (int64_t)load->shared.options->sample_ms * 1000000;
    int64_t now = clock_ns();

    while (!load_stopped() && sync_get(&load_input.said[word]) == 0 &&
           !load_reached(load, progress) && now < until_ns) {
        /* A signal only sets a flag, looked at this often, too. */
        int64_t next = now + PULSE_MS * INT64_C(1000000);
        struct snapshot s;

        if (now >= load->sample_ns) {
            load->sample_ns += every;
            if (load->sample_ns <= now)
                load->sample_ns = now + every;
            load_snapshot(load, &s);
            report_sample(load, &s, NULL);
        }
        next = next < until_ns ? next : until_ns;
        next = next < load->sample_ns ? next : load->sample_ns;
        now = clock_ns();
        if (next > now)
            sync_event_wait(load->shared.changed,
                            (uint32_t)((next - now + 999999) / 1000000));
        pulse_beat();
        now = clock_ns();
    }
}

/* --- the phases -------------------------------------------------------- */

static void load_connect(struct load *load)
{
    int64_t budget = (int64_t)load->shared.options->connect_budget_us * 1000;
    int64_t now = clock_ns();

    if (load->shared.options->sample_ms > 0)
        load->sample_ns = now;
    report_phase(load, "connecting", now);
    sync_set(&load->shared.give_up_ns, (uint64_t)(now + budget));
    load_order(load, ORDER_CONNECT);
    load_wait(load, INT64_MAX, LOAD_NO_WORD, PROGRESS_SETTLED);
    if (!load_stopped())
        report_phase(load, "connected", clock_ns());
}

/* Whether the window will hold so many round trips of each connection, on
 * average, when it ends then: fewer would measure a phase of the loop and not
 * its rate. Only a closed loop has such a phase. */
static bool load_holds_trips(const struct load *load, int64_t end_ns)
{
    const struct option_values *options = load->shared.options;
    const uint64_t active = load->shared.mix.active;
    struct snapshot now;

    if ((strcmp(options->pattern, "echo") != 0 && active == 0) ||
        options->think_us > 0)
        return true;
    load_snapshot(load, &now);
    const uint64_t open = now.totals.of[COUNTER_OPEN];
    const double trips =
        (double)(now.totals.of[COUNTER_MESSAGES_ECHOED] -
                 load->begin.totals.of[COUNTER_MESSAGES_ECHOED]);
    const double share = (double)(now.at_ns - load->begin.at_ns) /
                         (double)(end_ns - load->begin.at_ns);
    return trips >= share * LOAD_WINDOW_TRIPS * (double)options->pipeline *
                        (double)(active > 0 && active < open ? active : open);
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
        load->until_ns = end;
        load_wait(load, end - duration / 10, LOAD_NO_WORD, PROGRESS_EMPTY);
    } while (!load_stopped() && end < last && !load_holds_trips(load, end));
    load_wait(load, end, LOAD_NO_WORD, PROGRESS_EMPTY);
}

static void load_measure(struct load *load)
{
    const struct option_values *options = load->shared.options;
    int64_t now = clock_ns();

    report_phase(load, "warmup", now);
    load_order(load, ORDER_TRAFFIC);
    const int64_t begin = now + (int64_t)options->warmup_us * 1000;
    load->until_ns = begin + (int64_t)options->duration_us * 1000;
    load_wait(load, begin, LOAD_NO_WORD, PROGRESS_EMPTY);
    if (load_stopped())
        return;
    load_edge(load, &load->begin, load->rested_ns[0]);
    now = load->begin.at_ns;
    sync_set(&load->shared.begin_ns, (uint64_t)now);
    report_phase(load, "measuring", now);
    report_sample(load, &load->begin, "begin");
    load_window(load, now);
    load_edge(load, &load->end, load->rested_ns[1]);
    report_sample(load, &load->end, "end");
    load->measured = true;
    /* The server is to be seen under this load, with every connection open. */
    if (load->shared.options->json_stream)
        load_wait(load, load->end.at_ns + LOAD_HOLD_MS * INT64_C(1000000),
                  LOAD_DRAIN, PROGRESS_EMPTY);
    /* Without load the server would answer the last ones faster, or slower. */
    load_order(load, ORDER_TRAFFIC); /* wakes the load threads */
    load_wait(load, clock_ns() + load->shared.io_timeout_ns, LOAD_NO_WORD,
              PROGRESS_ANSWERED);
}

/* Owed echoes, then FIN for FIN: each has the time-out of one exchange while
 * bytes come, and all of them together three. */
static void load_drain(struct load *load)
{
    int64_t now = clock_ns();

    report_phase(load, "draining", now);
    sync_set(&load->shared.give_up_ns,
             (uint64_t)(now + 3 * load->shared.io_timeout_ns));
    load_order(load, ORDER_DRAIN);
    load_wait(load, INT64_MAX, LOAD_NO_WORD, PROGRESS_EMPTY);
}

static void load_phases(struct load *load)
{
    const bool json = load->shared.options->json_stream;

    if (json)
        load_wait(load, INT64_MAX, LOAD_GO, PROGRESS_NEVER);
    if (!load_stopped())
        load_connect(load);
    if (!load_reached(load, PROGRESS_EMPTY) && !load_stopped()) {
        if (json)
            load_wait(load, INT64_MAX, LOAD_START, PROGRESS_NEVER);
        if (!load_stopped())
            load_measure(load);
        if (!load_stopped())
            load_drain(load);
    }
    load_stop_threads(load);
    report_phase(load, "done", clock_ns());
}

/* --- the end ----------------------------------------------------------- */

/* By the time of all threads, which shows a lack of processors, or of any one
 * thread: a thread that never waits serves its connections late. */
static bool load_saturated(const struct load *load)
{
    uint64_t processors = machine_usable_processors();
    uint64_t cores =
        load->thread_count < processors ? load->thread_count : processors;
    const struct snapshot *begin = &load->begin, *end = &load->end;
    uint64_t used = end->usage.user_us + end->usage.kernel_us -
                    begin->usage.user_us - begin->usage.kernel_us;
    uint64_t window_ns = (uint64_t)(end->at_ns - begin->at_ns);
    bool echoed = end->totals.of[COUNTER_MESSAGES_ECHOED] >
                  begin->totals.of[COUNTER_MESSAGES_ECHOED];

    for (uint32_t i = 0; i < load->thread_count; i++)
        if (echoed && thread_saturated(load->rested_ns[0][i],
                                       load->rested_ns[1][i], window_ns))
            return true;
    return load->measured &&
           used * 100000 >= window_ns * cores * THREAD_SATURATED_PERCENT;
}

/* Adds up what the threads counted. */
static void load_add_up(struct load *load)
{
    const struct mix *mix = &load->shared.mix;

    load_snapshot(load, &load->final);
    for (uint32_t i = 0; i < load->thread_count; i++) {
        const struct load_thread *thread = load->threads[i];
        uint64_t wrongs = load->wrong.count + thread->wrong.count;

        if (i > 0)
            times_add(&load->threads[0]->times, &thread->times);
        for (uint32_t p = 0; p < mix->hostile; p++)
            totals_add(&load->hostile[p],
                       &thread->parts[mix->healthy + p].counts);
        if (thread->worst.ns > load->worst.ns)
            load->worst = thread->worst;
        if (thread->wrong.count > 0 &&
            (load->wrong.count == 0 || thread->wrong.at_ns < load->wrong.at_ns))
            load->wrong = thread->wrong;
        load->wrong.count = wrongs;
    }
    load->saturated = load_saturated(load);
}

static int load_finish(struct load *load)
{
    const struct totals *totals = &load->final.totals;
    bool agree;

    load_add_up(load);
    report_final(load);
    agree = totals_agree(totals);
    for (uint32_t p = 0; p < load->shared.mix.hostile && agree; p++)
        agree = totals_agree(&load->hostile[p]);
    if (!agree) {
        complain("internal error: the load generator's counters disagree; "
                 "please report them with the command line");
        return LOAD_EXIT_BUG;
    }
    if (!load->shared.options->json_stream &&
        totals->of[COUNTER_CONNECTED] == 0) {
        report_unserved(load);
        return EXIT_BAD_RUN;
    }
    return load->wrong.count > 0 ? EXIT_BAD_RUN : 0;
}

int load_run(const struct option_values *options)
{
    struct load *load = calloc_or_die(1, sizeof *load);
    int code = EXIT_BAD_INPUT;

    if (load_prepare(load, options) && load_make_threads(load)) {
        interrupt_catch(false);
        if (options->json_stream) {
            load_input.reader = sync_thread_start(load_read, NULL);
            if (load_input.reader == NULL)
                die("sync_thread_start");
        }
        report_ready(load);
        load_phases(load);
        code = load_finish(load);
    } else {
        load_stop_threads(load);
    }
    for (uint32_t i = 0; i < load->thread_count; i++) {
        thread_free(load->threads[i]);
        free(load->threads[i]);
    }
    free(load);
    return code;
}
