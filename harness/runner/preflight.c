#include "runner/preflight.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "common/machine.h"
#include "common/process.h"
#include "common/service.h"
#include "results/fields.h"

enum {
    PREFLIGHT_S = 60,   /* a launcher, a fresh Wine prefix */
    PREFLIGHT_TRIES = 2 /* Wine loses a program at its birth now and then */
};

/* What the run config points to. */
static char *preflight_program, *preflight_server;
static cJSON *preflight_listed;

static void preflight_find(void)
{
    /* Beside this program; in this build's folder; in the cross build's. */
    static const char *const places[] = {
        "iomodels-server.exe", "../server/iomodels-server.exe",
        "../../../cross/harness/server/iomodels-server.exe"};
    preflight_program = file_program();
    if (preflight_program == NULL)
        die("file_program");
    int folder = (int)(file_name(preflight_program) - preflight_program);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        free(preflight_server);
        preflight_server =
            text_make("%.*s%s", folder, preflight_program, places[i]);
        if (file_is_file(preflight_server))
            return;
    }
}

static const char *preflight_default_via(const char *server)
{
#ifndef _WIN32
    size_t length = strlen(server);
    if (length > 4 && strcmp(server + length - 4, ".exe") == 0)
        return "wine";
#endif
    (void)server;
    return "";
}

static bool preflight_launcher(const char *via, const char *option)
{
    struct words words = {0};
    words_split(&words, via);
    char *path = words.count > 0 ? process_find(words.word[0]) : NULL;
    bool good = words.count == 0 || path != NULL;
    if (!good)
        complain("%s: no program '%s' is found in PATH; install it%s or name "
                 "another launcher",
                 option, words.word[0],
                 strcmp(words.word[0], "wine") == 0
                     ? " (Debian: apt-get install wine wine64)"
                     : "");
    free(path);
    words_free(&words);
    return good;
}

/* The models that the server lists in one line of JSON, or NULL. A launcher may
 * have said something before. */
static cJSON *preflight_models(struct run_config *s, const char *output)
{
    const char *line = strstr(output, "{\"models\":");
    cJSON *list = cJSON_Parse(line);
    cJSON *models = cJSON_DetachItemFromObjectCaseSensitive(list, "models");
    s->wineserver_files =
        (uint64_t)record_number_or(list, "/wineserver_files", 0);
    cJSON_Delete(list);
    return models;
}

/* What the server prints of its models, to free. */
static char *preflight_answer(struct run_config *s, bool json)
{
    struct words words = {0};
    char *output = NULL, how[256];
    bool good = false;
    run_config_list_argv(s, json, &words);
    for (int tries = 0; tries < PREFLIGHT_TRIES && !good; tries++) {
        struct text text = {0};
        free(output);
        good =
            process_run(words.word, NULL, PREFLIGHT_S, &text, how, sizeof how);
        output = text_take(&text);
        cJSON_Delete(preflight_listed);
        preflight_listed = preflight_models(s, output);
        good = good && (json ? preflight_listed != NULL : output[0] != '\0');
    }
    words_free(&words);
    s->models = preflight_listed;
    if (good)
        return output;
    complain("%s does not start (launcher '%s': %s)%s%.*s; fix the cause, or "
             "name another --server-via or --server",
             s->server, s->server_via, how, output[0] != '\0' ? ": " : "",
             (int)strcspn(output, "\n"), output);
    free(output);
    return NULL;
}

/* The server's are the lower-numbered half, without the odd one. A launcher
 * decides by itself, and so do programs on two machines. */
static bool preflight_split(struct run_config *s)
{
    const uint64_t given = s->values.server_processors;
    const uint64_t ours = machine_affinity();
    const bool here = s->values.target == NULL && run_config_loads(s) == 1 &&
                      run_config_launcher(s, 0).words[0] == '\0' &&
                      s->server_via[0] == '\0';
    const uint32_t count = ours != 0 && here ? machine_usable_processors() : 0;
    const uint64_t servers = given != OPTION_UNSET ? given : count / 2;
    uint64_t taken = 0;
    if (servers > 0 && servers >= count) {
        complain("--server-processors: %lu processors can be split here, and "
                 "each program needs one; give fewer, or 0 (no split with a "
                 "launcher or --target, on Linux or beyond 64 processors)",
                 (unsigned long)count);
        return false;
    }
    for (uint64_t left = servers > 0 ? ours : 0; left != 0; left &= left - 1)
        s->processors[taken++ >= servers] |= left & ~(left - 1);
    return true;
}

char *preflight_list(struct run_config *s, bool json)
{
    bool elsewhere = s->values.target != NULL && s->server_via != NULL;
    if (preflight_program == NULL)
        preflight_find();
    if (s->server == NULL)
        s->server = elsewhere ? "iomodels-server.exe" : preflight_server;
    if (s->server_via == NULL)
        s->server_via = preflight_default_via(s->server);
    if (s->load == NULL)
        s->load = preflight_program;
    if (!elsewhere && !file_is_file(s->server)) {
        complain("--server: there is no file %s; build it (./run setup) or "
                 "name another (for a server on another machine add --target "
                 "HOST)",
                 s->server);
        return NULL;
    }
    bool good = preflight_launcher(s->server_via, "--server-via");
    for (uint32_t i = 0; i < run_config_launchers(s) && good; i++)
        good =
            preflight_launcher(run_config_launcher(s, i).words, "--load-via");
    return good && preflight_split(s) ? preflight_answer(s, json) : NULL;
}

const char *preflight_missing(const struct run_config *s, const char *model)
{
    const cJSON *each;
    cJSON_ArrayForEach (each, s->models) {
        const char *why = record_text(each, "/missing");
        if (strcmp(record_text(each, "/name"), model) != 0)
            continue;
        if (why[0] != '\0')
            return why;
        if (service_is_file(record_text(each, "/service")) !=
            service_is_file(s->values.service))
            return service_is_file(s->values.service)
                       ? "it serves no files (--service file)"
                       : "it serves files; give --service file";
    }
    return NULL;
}

bool preflight_programs(struct run_config *s)
{
    char *list = preflight_list(s, true);
    free(list);
    return list != NULL;
}
