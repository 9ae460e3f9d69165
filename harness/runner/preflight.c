#include "runner/preflight.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "common/process.h"

enum {
    PREFLIGHT_S = 60,   /* a launcher, a fresh Wine prefix */
    PREFLIGHT_TRIES = 2 /* Wine loses a program at its birth now and then */
};

/* What the run config points to. */
static char *preflight_program, *preflight_server;
static cJSON *preflight_models;

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

/* Takes the list of models from among the lines of `output`. Returns the first
 * other line, which tells why there is no list, to free. */
static char *preflight_take_models(const char *output)
{
    struct lines lines = {0};
    struct text other = {0};
    lines_add(&lines, output, strlen(output));
    for (const char *line = lines_next(&lines); line != NULL;
         line = lines_next(&lines)) {
        cJSON *value = cJSON_Parse(line);
        cJSON *models =
            cJSON_DetachItemFromObjectCaseSensitive(value, "models");
        if (models != NULL) {
            cJSON_Delete(preflight_models);
            preflight_models = models;
        } else if (other.length == 0) {
            text_add(&other, ": %.180s", line);
        }
        cJSON_Delete(value);
    }
    lines_free(&lines);
    return text_take(&other);
}

static bool preflight_answers(struct run_config *s)
{
    struct words words = {0};
    bool good = false;
    run_config_list_argv(s, true, &words);
    for (int left = PREFLIGHT_TRIES - 1; left >= 0 && !good; left--) {
        struct text text = {0};
        char how[256];
        bool ended =
            process_run(words.word, NULL, PREFLIGHT_S, &text, how, sizeof how);
        char *output = text_take(&text);
        char *why = preflight_take_models(output);
        good = ended && preflight_models != NULL;
        if (!good && left == 0)
            complain("%s does not start (launcher '%s': %s)%s; fix the cause, "
                     "or name another --server-via or --server",
                     s->server, s->server_via, how, why);
        free(why);
        free(output);
    }
    s->models = preflight_models;
    words_free(&words);
    return good;
}

bool preflight_programs(struct run_config *s)
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
    if (s->load_via == NULL)
        s->load_via = "";
    if (!elsewhere && !file_is_file(s->server)) {
        complain("--server: there is no file %s; build it (./run setup) or "
                 "name another (for a server on another machine add --target "
                 "HOST)",
                 s->server);
        return false;
    }
    return preflight_launcher(s->server_via, "--server-via") &&
           preflight_launcher(s->load_via, "--load-via") &&
           preflight_answers(s);
}

bool preflight_folder(const char *path)
{
    uint32_t error = file_make_folders(path);
    if (error != 0)
        file_complain("write into the folder", path, error);
    return error == 0;
}
