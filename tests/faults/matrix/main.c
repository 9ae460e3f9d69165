/* Every call site of every model, failed with each error that its call's
 * documentation lists. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/die.h"
#include "common/fs.h"
#include "common/jsonl.h"
#include "common/number.h"
#include "cli/options_parts.h"
#include "cli/output.h"
#include "faults/matrix/attempt.h"
#include "faults/matrix/cases.h"
#include "faults/matrix/crew.h"
#include "faults/matrix/report.h"
#include "common/process.h"
#include "runner/preflight.h"
#include "runner/platform.h"
#include "runner/progress.h"

enum {
    CMD_FAULTS_MODELS = OPTIONS_MODELS,
    CMD_FAULTS_LIST_S = 60,
    CMD_FAULTS_CRASHES = 1024,
    CMD_FAULTS_NEAR_S = 45, /* a case and a crash: see cmd_faults_repeat */
    CMD_FAULTS_ROUNDS = 5
};

struct cmd_faults {
    struct setup setup;
    const char *models_text, *json;
    uint64_t jobs;
    bool worker;
    struct case_filter filter;
    cJSON *list; /* of sites */
    struct case_model models[CMD_FAULTS_MODELS];
    size_t model_count;
    struct cases cases;
    size_t given, done;
    bool *again; /* cases to be given at their site's first call */
    int64_t crashed_ns[CMD_FAULTS_CRASHES]; /* Wine's server */
    size_t crashes, repeated;
    struct progress progress;
};

static const char *const cmd_faults_places[] = {
    "iomodels-server-faults.exe", "../faults/iomodels-server-faults.exe",
    "../../../cross/tests/faults/iomodels-server-faults.exe"};

/* Never freed: as long as the program. */
static const char *cmd_faults_find(void)
{
    char *folder = fs_program_folder();
    size_t count = sizeof cmd_faults_places / sizeof *cmd_faults_places;
    char *path = NULL;
    for (size_t i = 0; folder != NULL && i < count && path == NULL; i++) {
        path = fs_join(folder, cmd_faults_places[i]);
        if (!fs_is_file(path)) {
            free(path);
            path = NULL;
        }
    }
    free(folder);
    return path;
}

static void cmd_faults_server(const struct setup *setup, struct words *words)
{
    words_split(words, setup->server_via);
    words_add(words, setup->server);
}

static bool cmd_faults_ask(struct cmd_faults *f)
{
    int64_t deadline = clock_ns() + CMD_FAULTS_LIST_S * INT64_C(1000000000);
    struct words words = {0};
    struct process_event event;
    char why[512];
    cmd_faults_server(&f->setup, &words);
    words_add(&words, "--fault-sites");
    struct process *server = process_start(words.word, why, sizeof why);
    if (server == NULL)
        complain("%s; check --server and --server-via", why);
    else if (process_wait(&server, 1, deadline, &event) == PROCESS_LINE)
        f->list = cJSON_Parse(event.line);
    if (server != NULL && cJSON_GetObjectItem(f->list, "sites") == NULL)
        complain("%s does not list its call sites; name an "
                 "iomodels-server-faults.exe with --server",
                 f->setup.server);
    process_free(server);
    words_free(&words);
    return cJSON_GetObjectItem(f->list, "sites") != NULL;
}

/* First each model without a fault: how often it comes by which call. */
static cJSON *cmd_faults_next_model(void *arg, size_t *id)
{
    struct cmd_faults *f = arg;
    if (f->given == f->model_count)
        return NULL;
    *id = f->given++;
    cJSON *asked = cJSON_CreateObject();
    cJSON_AddStringToObject(asked, "model", f->models[*id].name);
    cJSON_AddNumberToObject(asked, "seed", 1);
    return asked;
}

static void cmd_faults_model(void *arg, size_t id, const cJSON *facts)
{
    struct cmd_faults *f = arg;
    f->models[id].facts = cJSON_Duplicate(facts, true);
}

static bool cmd_faults_is_sound(const struct case_model *model)
{
    const cJSON *facts = model->facts;
    static const char *const zero[] = {"exit", "lost", "stuck", "wrong",
                                       "left"};
    bool good = cJSON_GetObjectItem(facts, "faults") != NULL;
    for (size_t i = 0; i < sizeof zero / sizeof *zero; i++) {
        const cJSON *item = cJSON_GetObjectItem(facts, zero[i]);
        good = good && item != NULL && item->valueint == 0;
    }
    if (!good) {
        char *text = cJSON_PrintUnformatted(facts);
        complain("%s serves badly without any fault: %s", model->name,
                 text ? text : "nothing came of it");
        free(text);
    }
    return good;
}

/* Again at the site's first call when the one asked for did not come. */
static cJSON *cmd_faults_next(void *arg, size_t *id)
{
    struct cmd_faults *f = arg;
    for (size_t i = 0; i < f->given; i++)
        if (f->again[i]) {
            f->again[i] = false;
            f->cases.each[i].number = 1;
            return case_asked(&f->cases.each[*id = i], true);
        }
    while (f->given < f->cases.count &&
           f->cases.each[f->given].result != CASE_TO_DO)
        f->given++;
    if (f->given == f->cases.count)
        return NULL;
    *id = f->given++;
    return case_asked(&f->cases.each[*id], false);
}

/* Wine's server, not ours: it says so, or ours is gone with code 0 and without
 * its last line. */
static bool cmd_faults_crashed(const cJSON *facts)
{
    const char *said = cJSON_GetStringValue(cJSON_GetObjectItem(facts, "said"));
    const cJSON *code = cJSON_GetObjectItem(facts, "exit");
    return (said && strstr(said, "wineserver crashed")) ||
           (code && code->valueint == 0 &&
            !cJSON_HasObjectItem(facts, "faults"));
}

static void cmd_faults_done(void *arg, size_t id, const cJSON *facts)
{
    struct cmd_faults *f = arg;
    struct fault_case *c = &f->cases.each[id];
    const struct case_model *model = f->models;
    char text[256];
    while (strcmp(model->name, c->model) != 0)
        model++;
    case_judge(c, facts, model);
    if (cmd_faults_crashed(facts) && f->crashes < CMD_FAULTS_CRASHES)
        f->crashed_ns[f->crashes++] = clock_ns();
    if (c->result == CASE_UNREACHED && c->number > 1) {
        c->result = CASE_TO_DO;
        f->again[id] = true;
        return;
    }
    f->done++;
    snprintf(text, sizeof text, "[%zu/%zu] %s %s %s %s: %s", f->done,
             f->cases.count, c->model, case_text(c, "site"), c->error, c->kind,
             case_result_names[c->result]);
    progress_show(&f->progress, text, c->result == CASE_FAILED);
}

static void cmd_faults_worker_words(const struct cmd_faults *f,
                                    struct words *words)
{
    words_add(words, f->setup.load);
    words_add(words, "--worker");
    words_add(words, "--server");
    words_add(words, f->setup.server);
    words_add(words, "--server-via");
    words_add(words, f->setup.server_via);
}

/* Wine 8's server process sometimes crashes when servers under it come and go,
 * and takes all of them along: what failed at about that time says nothing.
 * Those are made again. False: there are none. */
static bool cmd_faults_repeat(struct cmd_faults *f)
{
    const int64_t near = CMD_FAULTS_NEAR_S * INT64_C(1000000000);
    size_t count = 0;
    for (size_t i = 0; i < f->cases.count; i++) {
        struct fault_case *c = &f->cases.each[i];
        bool crash = false;
        for (size_t j = 0; j < f->crashes; j++)
            crash = crash || (c->judged_ns - f->crashed_ns[j] < near &&
                              f->crashed_ns[j] - c->judged_ns < near);
        if (c->result != CASE_FAILED || !crash)
            continue;
        case_reset(c);
        count++;
    }
    f->given = 0;
    f->repeated += count;
    f->done -= count;
    return count > 0;
}

static bool cmd_faults_all(struct cmd_faults *f)
{
    struct words words = {0};
    struct crew_work first = {cmd_faults_next_model, cmd_faults_model, f};
    struct crew_work then = {cmd_faults_next, cmd_faults_done, f};
    cmd_faults_worker_words(f, &words);
    bool good = crew_run(&words, f->jobs, &first);
    for (size_t i = 0; good && i < f->model_count; i++)
        good = cmd_faults_is_sound(&f->models[i]);
    if (good) {
        cases_make(&f->cases, cJSON_GetObjectItem(f->list, "sites"), f->models,
                   f->model_count, &f->filter);
        f->given = 0;
        f->again = calloc(f->cases.count + 1, sizeof *f->again);
        if (f->again == NULL)
            die("calloc");
        for (int round = 1; good; round++) {
            good = crew_run(&words, f->jobs, &then);
            if (round == CMD_FAULTS_ROUNDS || !good || !cmd_faults_repeat(f))
                break;
        }
    }
    words_free(&words);
    progress_clear(&f->progress);
    return good;
}

static bool cmd_faults_save(const struct cmd_faults *f)
{
    cJSON *report = report_json(&f->cases, f->filter.seed, f->filter.share);
    char *text = cJSON_Print(report);
    bool saved = text == NULL || output_write("--json", f->json, text);
    free(text);
    cJSON_Delete(report);
    return saved;
}

static int cmd_faults_run(struct cmd_faults *f)
{
    interrupt_catch();
    if (!cmd_faults_ask(f))
        return EXIT_BAD_INPUT;
    progress_begin(&f->progress);
    bool finished = cmd_faults_all(f);
    if (finished && interrupt_count() == 0 && f->cases.count == 0) {
        complain("no site matches --sites and --calls, or the --share is too "
                 "small; iomodels-server-faults --fault-sites lists them");
        return EXIT_BAD_INPUT;
    }
    report_print(&f->cases);
    if (f->repeated)
        printf("%zu cases were made again: Wine's server process crashed "
               "beside them, %zu times\n",
               f->repeated, f->crashes);
    if (f->json != NULL && !cmd_faults_save(f))
        return EXIT_BAD_INPUT;
    if (interrupt_count() > 0)
        return 130;
    return finished && report_count(&f->cases, CASE_FAILED) == 0 ? 0
                                                                 : EXIT_BAD_RUN;
}

static bool cmd_faults_models(struct cmd_faults *f)
{
    const char *const *known = options_known_models();
    struct words asked = {0};
    size_t length = f->models_text ? strlen(f->models_text) : 0;
    char *text = f->models_text ? malloc(length + 1) : NULL;
    if (text)
        memcpy(text, f->models_text, length + 1);
    for (char *at = text; at && *at; at++)
        if (*at == ',')
            *at = ' ';
    if (text)
        words_split(&asked, text);
    for (size_t i = 0; known[i]; i++) {
        bool wanted = text == NULL;
        for (size_t j = 0; j < asked.count; j++)
            wanted = wanted || strcmp(asked.word[j], known[i]) == 0;
        if (wanted)
            f->models[f->model_count++].name = known[i];
    }
    bool good =
        f->model_count > 0 && (text == NULL || f->model_count == asked.count);
    if (!good)
        complain(
            "--models %s: not all of these are models, each once; iomodels "
            "models lists them",
            f->models_text);
    words_free(&asked);
    free(text);
    return good;
}

static enum args_result cmd_faults_parse(struct cmd_faults *f, int argc,
                                         char **argv)
{
    static const struct options_help differs[] = {
        {"--server", "iomodels-server-faults.exe (the one built beside this)"},
        {NULL, NULL}};
    struct arg args[OPTIONS_ARGS] = {
        {"--models", ARG_TEXT, &f->models_text, 0, 0, "LIST",
         "models, separated by commas (all)"},
        {"--sites", ARG_TEXT, &f->filter.sites, 0, 0, "TEXT",
         "only call sites whose name has this in it"},
        {"--calls", ARG_TEXT, &f->filter.calls, 0, 0, "TEXT",
         "only calls whose name has this in it"},
        {"--share", ARG_SHARE, &f->filter.share, 0, 0, "SHARE",
         "only this share of the cases, drawn by the seed (100%)"},
        {"--seed", ARG_COUNT, &f->filter.seed, 0, 0, "N",
         "draws the share, and which call of a site fails (1)"},
        {"--jobs", ARG_COUNT, &f->jobs, 1, CREW_MOST, "N",
         "cases side by side (2)"},
        {"--json", ARG_TEXT, &f->json, 0, 0, "FILE",
         "also write all of it there"},
        {"--worker", ARG_FLAG, &f->worker, 0, 0, NULL,
         "makes one case a line of its standard input"}};
    size_t n = 8;
    n += setup_args_of_programs(&f->setup, args + n);
    options_help(args, n, differs);
    args[n] = (struct arg){0};
    struct arg_command command = {
        "fault_matrix [OPTION...]",
        "Fails every Winsock and Win32 call of the models with each error "
        "that its documentation lists; prints call sites x errors.",
        args, 0};
    return args_parse(&command, argc, argv);
}

static bool cmd_faults_check(struct cmd_faults *f)
{
    if (!(f->filter.share > 0 && f->filter.share <= 1)) {
        complain("--share: %.3g %% is out of range; give more than 0 %% and "
                 "at most 100 %%",
                 100 * f->filter.share);
        return false;
    }
    if (f->json != NULL && !output_may("--json", f->json))
        return false;
    return cmd_faults_models(f);
}

static int cmd_faults_go(struct cmd_faults *f)
{
    if (!cmd_faults_check(f))
        return EXIT_BAD_INPUT;
    if (f->setup.server == NULL)
        f->setup.server = cmd_faults_find();
    if (f->setup.server == NULL) {
        complain("iomodels-server-faults.exe is not beside this program nor in "
                 "build/cross; build it (./run setup) or name it with "
                 "--server PATH");
        return EXIT_BAD_INPUT;
    }
    if (!preflight_server(&f->setup) || !preflight_load(&f->setup))
        return EXIT_BAD_INPUT;
    if (!f->worker)
        return preflight_answers(&f->setup) ? cmd_faults_run(f)
                                            : EXIT_BAD_INPUT;
    struct words server = {0};
    cmd_faults_server(&f->setup, &server);
    int code = attempt_serve(&server);
    words_free(&server);
    return code;
}

static int cmd_faults(int argc, char **argv)
{
    struct cmd_faults *f = calloc(1, sizeof *f);
    if (f == NULL)
        die("calloc");
    setup_defaults(&f->setup);
    f->jobs = 2;
    f->filter.share = 1;
    f->filter.seed = 1;
    enum args_result parsed = cmd_faults_parse(f, argc, argv);
    int code = parsed == ARGS_HELP ? 0 : EXIT_BAD_INPUT;
    if (parsed == ARGS_GO)
        code = cmd_faults_go(f);
    for (size_t i = 0; i < f->model_count; i++)
        cJSON_Delete(f->models[i].facts);
    cases_free(&f->cases);
    cJSON_Delete(f->list);
    free(f->again);
    free(f);
    return code;
}

int main(int argc, char **argv)
{
    platform_arguments(&argc, &argv);
    program_name_set("fault_matrix");
    jsonl_init();
    int code = cmd_faults(argc, argv);
    return fs_output_done() ? code : EXIT_BAD_INPUT;
}
