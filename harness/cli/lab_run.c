#include "cli/lab_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/machine.h"
#include "common/number.h"
#include "common/process.h"
#include "results/fields.h"

enum {
    LAB_TRIES = 3,     /* of a run that was disturbed, at once */
    LAB_PROBE_S = 60,  /* a probe ends itself before */
    LAB_SAME_PAIRS = 4 /* of the same run */
};

static const struct lab_arm lab_same_arm = {
    .name = "iocp", .words = "run --model iocp --connections 100"};

bool lab_is_wine(const struct lab_session *session)
{
    return strcmp(record_text(session->machine, "/os"), "Wine") == 0;
}

char *lab_paste(const struct lab_experiment *e, int arm, bool quick)
{
    char *command = lab_command(&e->arms[arm], quick);
    const char *via = e->via[arm];
    struct text paste = {0};
    text_add(&paste, "iomodels%s%s", lab_is_probe(&e->arms[arm]) ? "-" : " ",
             command);
    if (via != NULL)
        text_add(&paste, " --server-via '");
    for (const char *c = via; c != NULL && *c != '\0'; c++)
        text_add(&paste, *c == '\'' ? "'\\''" : "%c", *c);
    if (via != NULL)
        text_add(&paste, " wine'");
    free(command);
    return text_take(&paste);
}

/* --- one arm -------------------------------------------------------------- */

/* An arm that is being run. */
struct lab_turn {
    const struct lab_session *session;
    const struct lab_experiment *e; /* NULL: of the calibration */
    const struct lab_arm *arm;
    const char *via; /* of it, or NULL */
    int round, rounds;
};

static void lab_watch(void *arg, const struct panel *figures)
{
    const struct lab_turn *turn = arg;
    struct panel panel = *figures;
    if (turn->session->watch == NULL)
        return;
    char *title =
        text_make("round %d/%d %s", turn->round, turn->rounds, turn->arm->name);
    panel.title = title;
    turn->session->watch(turn->session->watch_arg, &panel);
    free(title);
}

/* The words' options, as `iomodels run` reads them. False after one line to
 * standard error. */
static bool lab_options(const struct lab_arm *arm, bool quick,
                        struct words *words, struct options *options)
{
    char *command = lab_command(arm, quick);
    words_split(words, command);
    free(command);
    return options_parse(options, (int)words->count, (char **)words->word) ==
           ARGS_GO;
}

/* Where the programs are is the session's. */
static char *lab_programs(const struct lab_turn *turn,
                          struct run_config *config)
{
    const struct run_config *programs = &turn->session->programs;
    char *via = turn->via != NULL
                    ? text_make("%s %s", turn->via, programs->server_via)
                    : text_copy(programs->server_via);
    config->server = programs->server;
    config->server_via = via;
    config->load = programs->load;
    config->load_via = programs->load_via;
    config->models = programs->models;
    memcpy(config->processors, programs->processors, sizeof config->processors);
    return via;
}

static enum run_end lab_run(const struct lab_turn *turn, cJSON **record)
{
    struct options *o = calloc_or_die(1, sizeof *o);
    struct words words = {0};
    enum run_end end = RUN_STOPPED;
    *record = NULL;
    if (lab_options(turn->arm, turn->session->quick, &words, o)) {
        struct suite suite = {.version = IOMODELS_VERSION,
                              .command = "lab",
                              .id = turn->session->id,
                              .folder = turn->session->folder,
                              .config = &o->config};
        struct run_spec run = {.model = o->models[0],
                               .connections = o->connections[0],
                               .repeat = (uint32_t)turn->round,
                               .repeats = (uint32_t)turn->rounds,
                               .place = (size_t)turn->round,
                               .places = (size_t)turn->rounds,
                               .seed = turn->session->seed,
                               .plan_seed = turn->session->seed};
        struct run_request request = {&suite, &run, turn->session->id,
                                      lab_watch, (void *)turn};
        char *via = lab_programs(turn, &o->config);
        end = run_once(&request, record);
        free(via);
    }
    words_free(&words);
    cJSON_Delete(o->plan);
    free(o);
    return end;
}

/* The line of a probe; an error of it is in that line. */
static enum run_end lab_probe(const struct lab_turn *turn, cJSON **line)
{
    struct words words = {0};
    struct text output = {0};
    char how[128];
    const unsigned interrupts = interrupt_count();
    char *command = lab_command(turn->arm, false);
    struct panel panel;
    panel_init(&panel);
    panel.phase = "asking";
    lab_watch((void *)turn, &panel);
    words_split(&words, turn->session->programs.server_via);
    words_add(&words, turn->session->probe);
    words_split(&words, strchr(command, ' '));
    bool good =
        process_run(words.word, NULL, LAB_PROBE_S, &output, how, sizeof how);
    char *text = text_take(&output);
    const char *json = strstr(text, "{\"probe\":");
    *line = json != NULL ? cJSON_Parse(json) : NULL;
    if (*line == NULL) {
        *line = cJSON_CreateObject();
        cJSON_AddStringToObject(*line, "error", how);
    }
    cJSON_AddBoolToObject(*line, "valid", good);
    free(text);
    free(command);
    words_free(&words);
    return interrupt_count() != interrupts ? RUN_INTERRUPTED : RUN_DONE;
}

/* --- figures -------------------------------------------------------------- */

static void lab_add_figure(cJSON *figures, const cJSON *record,
                           const char *pointer)
{
    double value;
    if (pointer != NULL &&
        cJSON_GetObjectItemCaseSensitive(figures, pointer) == NULL &&
        lab_figure(record, pointer, &value))
        cJSON_AddNumberToObject(figures, pointer, value);
}

static cJSON *lab_figures(const struct lab_experiment *e, const cJSON *record)
{
    cJSON *figures = cJSON_CreateObject();
    for (const struct lab_part *part = e->parts; part->name != NULL; part++) {
        lab_add_figure(figures, record, part->figure);
        lab_add_figure(figures, record, part->over);
    }
    return figures;
}

/* One entry of what was measured; *valid: no need to try it again. */
static enum run_end lab_once(const struct lab_turn *turn, cJSON **one,
                             bool *valid)
{
    const bool probe = lab_is_probe(turn->arm);
    cJSON *found = NULL;
    enum run_end end = probe ? lab_probe(turn, &found) : lab_run(turn, &found);
    *one = NULL;
    if (end == RUN_INTERRUPTED) {
        cJSON_Delete(found);
        return end;
    }
    /* A disturbed run counts: its neighbour was disturbed as well, and the
     * interval of pairs shows it. What did not start will not the next time. */
    bool saturated = false;
    const bool disturbed = !probe && found != NULL && !record_is_valid(found) &&
                           record_is_only_disturbed(found, &saturated) &&
                           !saturated;
    *valid = found == NULL || record_is_valid(found) || disturbed;
    *one = cJSON_CreateObject();
    cJSON_AddNumberToObject(*one, "round", turn->round);
    cJSON_AddStringToObject(*one, "arm", turn->arm->name);
    cJSON_AddBoolToObject(*one, "valid", found != NULL && *valid);
    cJSON_AddBoolToObject(*one, "disturbed",
                          disturbed || record_is_disturbed(found));
    const cJSON *reasons = record_at(found, "/reasons");
    if (cJSON_IsArray(reasons))
        cJSON_AddItemToObject(*one, "reasons", cJSON_Duplicate(reasons, true));
    cJSON_AddItemToObject(*one, "figures", lab_figures(turn->e, found));
    if (probe)
        cJSON_AddItemToObject(*one, "probe", found);
    else
        cJSON_Delete(found);
    return RUN_DONE;
}

int lab_rounds(const struct lab_experiment *e, bool quick)
{
    return quick && e->rounds > JUDGE_PAIRS_MIN ? JUDGE_PAIRS_MIN : e->rounds;
}

/* How often an arm runs: in all rounds for a ratio or a line; counts are the
 * same each time; and of what cannot be judged here a single run keeps what can
 * be seen. */
static int lab_arm_rounds(const struct lab_experiment *e, int arm, bool quick,
                          bool wine)
{
    enum { COUNT_ROUNDS = 3 };
    const int rounds = lab_rounds(e, quick);
    int most = 1;
    for (const struct lab_part *part = e->parts; part->name != NULL; part++) {
        const bool ratio = part->kind <= LAB_ALIKE;
        if (lab_not_here(part, wine) != NULL)
            continue;
        if ((ratio && (arm == part->arm || arm == part->base)) ||
            (part->kind == LAB_LINEAR && arm >= part->base && arm <= part->arm))
            return rounds;
        if (arm == part->arm && most < rounds)
            most = rounds < COUNT_ROUNDS ? rounds : COUNT_ROUNDS;
    }
    return most;
}

enum run_end lab_measure(const struct lab_session *session,
                         const struct lab_experiment *e, cJSON **measured)
{
    enum run_end end = RUN_DONE;
    const int rounds = lab_rounds(e, session->quick);
    int arms = 0;
    while (e->arms[arms].name != NULL)
        arms++;
    *measured = cJSON_CreateArray();
    for (int round = 1; round <= rounds; round++)
        for (int i = 0; i < arms && end == RUN_DONE; i++) {
            const int at = round % 2 == 1 ? i : arms - 1 - i;
            const struct lab_turn turn = {session,    e,     &e->arms[at],
                                          e->via[at], round, rounds};
            cJSON *one = NULL;
            bool valid = (e->via[at] != NULL && !lab_is_wine(session)) ||
                         round > lab_arm_rounds(e, at, session->quick,
                                                lab_is_wine(session));
            for (int tries = 0; tries < LAB_TRIES && !valid; tries++) {
                cJSON_Delete(one);
                end = lab_once(&turn, &one, &valid);
                valid = valid || e->faulty || end != RUN_DONE;
            }
            if (one != NULL)
                cJSON_AddItemToArray(*measured, one);
        }
    return end;
}

/* --- before all experiments ----------------------------------------------- */

enum run_end lab_calibrate(struct lab_session *session, bool pairs)
{
    static const char rate[] = "/throughput/round_trips_per_s";
    double sides[2][LAB_SAME_PAIRS] = {{0}};
    const int rounds = pairs ? LAB_SAME_PAIRS : 1, runs = pairs ? 2 : 1;
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < runs; i++) {
            const struct lab_turn turn = {session, NULL,      &lab_same_arm,
                                          NULL,    round + 1, rounds};
            cJSON *record;
            enum run_end end = lab_run(&turn, &record);
            if (end != RUN_DONE)
                return end;
            record_number(record, rate, &sides[(round + i) % 2][round]);
            if (session->machine == NULL)
                session->machine =
                    cJSON_Duplicate(record_at(record, "/machine/server"), true);
            cJSON_Delete(record);
        }
    if (!pairs)
        return RUN_DONE;
    struct paired found = paired_ratio(sides[0], sides[1], LAB_SAME_PAIRS);
    session->same = cJSON_CreateObject();
    cJSON_AddNumberToObject(session->same, "pairs", (double)found.pairs);
    cJSON_AddNumberToObject(session->same, "ratio", found.ratio);
    cJSON_AddNumberToObject(session->same, "spread_percent",
                            100 * found.spread);
    return RUN_DONE;
}

double lab_seconds(const struct lab_experiment *e, bool quick)
{
#ifdef _WIN32
    const bool wine = machine_is_wine();
#else
    const bool wine = true; /* or wherever a launcher leads */
#endif
    /* Of starting and ending the programs, and of a connection. */
    const double probe_s = 1, run_s = 0.4, each_s = 1.0 / 3000;
    double seconds = 0;
    for (int i = 0; e->arms[i].name != NULL; i++) {
        const struct lab_arm *arm = &e->arms[i];
        struct options *o = calloc_or_die(1, sizeof *o);
        struct words words = {0};
        double one = probe_s;
        if (!lab_is_probe(arm) && lab_options(arm, quick, &words, o))
            one = run_s + o->connections[0] * each_s +
                  (double)(o->config.values.duration_us +
                           o->config.values.warmup_us) /
                      1e6;
        seconds += one * lab_arm_rounds(e, i, quick, wine);
        words_free(&words);
        free(o);
    }
    return seconds;
}
