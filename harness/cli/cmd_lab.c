/* iomodels lab: the claims of books and papers, each tested by an experiment
 * whose record has the verdict and the figures behind it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/lab_run.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/number.h"
#include "common/process.h"
#include "common/terminal.h"
#include "results/fields.h"
#include "results/table_format.h"
#include "runner/preflight.h"

enum { LAB_ALL = 128 };

struct cmd_lab {
    struct arg_list ids;
    const char *group, *output, *resume;
    bool all, dry_run;
    struct lab_session session;
    const struct lab_experiment *chosen[LAB_ALL + 1]; /* ends with NULL */
    size_t count, done;                               /* of chosen */
    int64_t began_ns;
    double seconds_done, seconds; /* expected of those done, and of all */
    char folder[64], *probe;
    cJSON *plan; /* of --resume */
};

/* --- the list ------------------------------------------------------------- */

static const char *cmd_lab_needs(const struct lab_experiment *e)
{
    size_t parts = 0, windows = 0, wine = 0;
    for (; e->parts[parts].name != NULL; parts++) {
        windows += lab_not_here(&e->parts[parts], true) != NULL;
        wine += lab_not_here(&e->parts[parts], false) != NULL &&
                lab_not_here(&e->parts[parts], true) == NULL;
    }
    return windows == parts ? "Windows"
           : windows > 0    ? "Windows in part"
           : wine > 0       ? "Wine in part"
                            : "nothing";
}

static void cmd_lab_time(struct text *out, double seconds)
{
    if (seconds < 100)
        text_add(out, "%.0f s", seconds);
    else
        text_add(out, "%.0f min", seconds / 60);
}

static int cmd_lab_list(const struct cmd_lab *c)
{
    struct table table = {0};
    double all = 0;
    table_column(&table, "id", true);
    table_column(&table, "group", true);
    table_column(&table, "needs", true);
    table_column(&table, "time", false);
    table_column(&table, "claim", true);
    for (const struct lab_experiment *e = lab_after(NULL); e != NULL;
         e = lab_after(e)) {
        struct text took = {0};
        double seconds = lab_seconds(e, c->session.quick);
        cmd_lab_time(&took, seconds);
        table_cell(&table, text_copy(e->id));
        table_cell(&table, text_copy(lab_group(e)->name));
        table_cell(&table, text_copy(cmd_lab_needs(e)));
        table_cell(&table, text_take(&took));
        table_cell(&table, text_copy(e->title));
        all += seconds;
    }
    char *text = table_write(&table, TABLE_TEXT);
    struct text took = {0};
    cmd_lab_time(&took, all);
    printf("%s\nAll of them take about %s. To run some: iomodels lab A4 D1\n"
           "(with --dry-run: what they claim, and how it is tested), "
           "iomodels lab\n--group accepting, iomodels lab --all\n",
           text, took.data);
    free(took.data);
    free(text);
    return 0;
}

/* --- what was typed ------------------------------------------------------- */

static void cmd_lab_add(struct cmd_lab *c, const struct lab_experiment *e)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->chosen[i] == e)
            return;
    c->chosen[c->count++] = e;
    c->seconds += lab_seconds(e, c->session.quick);
}

static bool cmd_lab_add_id(struct cmd_lab *c, const char *id)
{
    const char *names[LAB_ALL + 1] = {NULL};
    const struct lab_experiment *e = lab_find(id);
    size_t known = 0;
    if (e != NULL) {
        cmd_lab_add(c, e);
        return true;
    }
    for (e = lab_after(NULL); e != NULL; e = lab_after(e))
        names[known++] = e->id;
    args_unknown_name("there is no experiment", id, names);
    return false;
}

static bool cmd_lab_choose(struct cmd_lab *c)
{
    const char *groups[LAB_ALL + 1] = {NULL};
    size_t known = 0;
    bool found = c->group == NULL;
    if ((c->ids.count > 0) + (c->group != NULL) + c->all > 1) {
        complain("experiments are named, or a --group, or --all; leave out "
                 "all but one of them");
        return false;
    }
    for (size_t i = 0; i < c->ids.count; i++)
        if (!cmd_lab_add_id(c, c->ids.text[i]))
            return false;
    for (const struct lab_group *g = lab_groups; g->name != NULL; g++) {
        const bool in = c->group != NULL && strcmp(g->name, c->group) == 0;
        found = found || in;
        groups[known++] = g->name;
        for (const struct lab_experiment *e = g->experiments; e->id != NULL;
             e++)
            if (c->all || in)
                cmd_lab_add(c, e);
    }
    if (!found)
        args_unknown_name("--group: there is no group", c->group, groups);
    return found;
}

/* --- sessions ------------------------------------------------------------- */

static bool cmd_lab_begin(struct cmd_lab *c)
{
    char now[CLOCK_ISO_SIZE];
    struct random r = {(uint64_t)clock_ns() ^ (uint64_t)time(NULL) << 20};
    clock_stamp(now);
    snprintf(c->session.id, sizeof c->session.id, "%s-%016" PRIx64, now,
             random_next(&r));
    c->session.seed = random_next(&r) >> 11; /* exact in JSON */
    snprintf(c->folder, sizeof c->folder, "records/%s-lab", now);
    c->session.folder = c->output != NULL ? c->output : c->folder;
    return lab_plan_write(&c->session, c->chosen);
}

static bool cmd_lab_resume(struct cmd_lab *c)
{
    const cJSON *id;
    if (c->ids.count > 0 || c->group != NULL || c->all || c->output != NULL) {
        complain("--resume goes on with the experiments of its folder; leave "
                 "out the others");
        return false;
    }
    c->session.folder = c->resume;
    c->plan = lab_plan_read(&c->session);
    bool good = c->plan != NULL;
    cJSON_ArrayForEach (id, record_at(c->plan, "/experiments"))
        good = good && cJSON_IsString(id) && cmd_lab_add_id(c, id->valuestring);
    return good;
}

/* --- progress ------------------------------------------------------------- */

static void cmd_lab_watch(void *arg, const struct panel *figures)
{
    const struct cmd_lab *c = arg;
    struct panel panel = *figures;
    double took = (double)(clock_ns() - c->began_ns) / 1e9;
    /* The experiments done say how fast this machine is. */
    double pace = c->seconds_done > 0 ? took / c->seconds_done : 1;
    double seconds = (c->seconds - c->seconds_done) * pace;
    char *title = text_make("[%zu/%zu] %s %s", c->done + 1, c->count,
                            c->chosen[c->done]->id, figures->title);
    panel.title = title;
    panel.left_s = seconds > 0 ? seconds : 0;
    panel_show(&panel);
    free(title);
}

/* "A4  by part", and a line for each part. */
static void cmd_lab_say(const cJSON *record)
{
    const cJSON *part;
    double ratio, low, high;
    terminal_clear();
    printf("%-4s%s\n", record_text(record, "/id"),
           record_text(record, "/verdict"));
    cJSON_ArrayForEach (part, record_at(record, "/parts")) {
        printf("    %s: %s", record_text(part, "/part"),
               record_text(part, "/verdict"));
        if (record_number(part, "/ratio", &ratio) &&
            record_number(part, "/low", &low) &&
            record_number(part, "/high", &high))
            printf(" (%.3g, %.3g..%.3g)", ratio, low, high);
        printf("\n");
    }
    fflush(stdout);
}

/* --- the experiments ------------------------------------------------------ */

static enum run_end cmd_lab_one(struct cmd_lab *c,
                                const struct lab_experiment *e)
{
    char started_at[CLOCK_ISO_SIZE];
    cJSON *measured;
    int64_t began_ns = clock_ns();
    clock_iso(started_at);
    enum run_end end = lab_measure(&c->session, e, &measured);
    if (end == RUN_INTERRUPTED) {
        cJSON_Delete(measured);
        return end;
    }
    cJSON *record = lab_record_make(&c->session, e, measured);
    cJSON_AddStringToObject(record, "started_at", started_at);
    cJSON_AddNumberToObject(record, "seconds",
                            (double)(clock_ns() - began_ns) / 1e9);
    cmd_lab_say(record);
    if (!lab_record_write(&c->session, record))
        end = RUN_STOPPED;
    cJSON_Delete(record);
    return end;
}

static enum run_end cmd_lab_missing(struct cmd_lab *c)
{
    enum run_end end = RUN_DONE;
    size_t missing = 0;
    bool pairs = false;
    for (size_t i = 0; i < c->count; i++) {
        if (lab_is_done(&c->session, c->chosen[i])) {
            c->seconds -= lab_seconds(c->chosen[i], c->session.quick);
            continue;
        }
        missing++;
        for (int p = 0; c->chosen[i]->parts[p].name != NULL; p++)
            pairs = pairs || c->chosen[i]->parts[p].kind <= LAB_ALIKE;
    }
    if (missing > 0)
        end = lab_calibrate(&c->session, pairs);
    c->began_ns = clock_ns();
    for (; c->done < c->count && end == RUN_DONE; c->done++) {
        const struct lab_experiment *e = c->chosen[c->done];
        if (lab_is_done(&c->session, e))
            continue;
        end = cmd_lab_one(c, e);
        c->seconds_done += lab_seconds(e, c->session.quick);
    }
    terminal_clear();
    return end;
}

static int cmd_lab_finish(struct cmd_lab *c, enum run_end end)
{
    const char *folder = c->session.folder;
    double spread;
    if (end != RUN_DONE) {
        complain("%s; to go on: iomodels lab --resume %s",
                 end == RUN_INTERRUPTED ? "interrupted" : "stopped", folder);
        return end == RUN_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_BAD_INPUT;
    }
    if (record_number(c->session.same, "/spread_percent", &spread))
        printf("\nPairs of the same run differ by %.1f %% (standard "
               "deviation)%s\n",
               spread,
               spread > 5 ? ": this machine is disturbed, and small effects "
                            "stay undecided"
                          : "");
    printf("records: %s (%zu); as a page: iomodels lab report %s\n", folder,
           c->count, folder);
    return 0;
}

static void cmd_lab_dry_run(const struct cmd_lab *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct lab_experiment *e = c->chosen[i];
        printf("%s: %s\n    %d rounds of\n", e->id, e->claim,
               lab_rounds(e, c->session.quick));
        for (int arm = 0; e->arms[arm].name != NULL; arm++) {
            char *paste = lab_paste(e, arm, c->session.quick);
            printf("    %s\n", paste);
            free(paste);
        }
    }
}

static bool cmd_lab_asks(const struct cmd_lab *c)
{
    for (size_t i = 0; i < c->count; i++)
        for (const struct lab_arm *arm = c->chosen[i]->arms; arm->name != NULL;
             arm++)
            if (lab_is_probe(arm))
                return true;
    return false;
}

/* Beside the server, or in the folder of the same build. */
static bool cmd_lab_probe(struct cmd_lab *c)
{
    static const char *const places[] = {"iomodels-probe.exe",
                                         "../lab/probes/iomodels-probe.exe"};
    const char *server = c->session.programs.server;
    const int folder = (int)(file_name(server) - server);
    if (!cmd_lab_asks(c))
        return true;
    for (size_t i = 0; c->session.probe == NULL && i < 2; i++) {
        free(c->probe);
        c->probe = text_make("%.*s%s", folder, server, places[i]);
        if (file_is_file(c->probe))
            c->session.probe = c->probe;
    }
    if (c->session.probe == NULL)
        complain("--probe: there is no file %s; build it (./run setup) or name "
                 "another",
                 c->probe);
    return c->session.probe != NULL;
}

static int cmd_lab_go(struct cmd_lab *c)
{
    if (c->resume != NULL ? !cmd_lab_resume(c) : !cmd_lab_choose(c))
        return EXIT_BAD_INPUT;
    if (c->count == 0)
        return cmd_lab_list(c);
    if (c->dry_run) {
        cmd_lab_dry_run(c);
        return 0;
    }
    if (!preflight_programs(&c->session.programs) || !cmd_lab_probe(c) ||
        (c->resume == NULL && !cmd_lab_begin(c)))
        return EXIT_BAD_INPUT;
    interrupt_catch(true);
    return cmd_lab_finish(c, cmd_lab_missing(c));
}

int cmd_lab(int argc, char **argv)
{
    static char report[] = "lab report";
    if (argc > 1 && strcmp(argv[1], "report") == 0) {
        argv[1] = report;
        return cmd_results(argc - 1, argv + 1);
    }
    struct cmd_lab *c = calloc_or_die(1, sizeof *c);
    struct arg args[16] = {
        {"ID", ARG_EACH, &c->ids, 0, 0, NULL, "experiments, such as A4 D1"},
        {"--group", ARG_TEXT, &c->group, 0, 0, "NAME",
         "those of a group: models, accepting, data, resources or more"},
        {"--all", ARG_FLAG, &c->all, 0, 0, NULL, "all of them"},
        {"--quick", ARG_FLAG, &c->session.quick, 0, 0, NULL,
         "shorter runs: what is near its margin stays undecided"},
        {"--dry-run", ARG_FLAG, &c->dry_run, 0, 0, NULL,
         "print the commands, run nothing"},
        {"--output", ARG_TEXT, &c->output, 0, 0, "DIR",
         "folder of the records [records/TIME-lab]"},
        {"--resume", ARG_TEXT, &c->resume, 0, 0, "DIR",
         "folder of an interrupted session, to finish it"},
        {"--probe", ARG_LAST, &c->session.probe, 0, 0, "PATH",
         "program of the probes [iomodels-probe.exe of the same build]"}};
    const struct arg_command command = {
        "iomodels lab [ID...] [OPTION...]; iomodels lab report DIR",
        "Tests the advice of books and papers on Winsock servers, a claim by "
        "an "
        "experiment.\nWithout an experiment: the list of them.",
        args, 0};
    run_config_defaults(&c->session.programs);
    run_config_args_of_programs(&c->session.programs, args + 8);
    enum args_result parsed = args_parse(&command, argc, argv);
    int code = parsed == ARGS_HELP ? 0 : EXIT_BAD_INPUT;
    c->session.watch = cmd_lab_watch;
    c->session.watch_arg = c;
    if (parsed == ARGS_GO)
        code = cmd_lab_go(c);
    cJSON_Delete(c->plan);
    cJSON_Delete(c->session.machine);
    cJSON_Delete(c->session.same);
    free(c->probe);
    free(c);
    return code;
}
