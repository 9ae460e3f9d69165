#include "runner/preflight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "common/process.h"

enum {
    PREFLIGHT_S = 60,    /* a launcher, a fresh Wine prefix */
    PREFLIGHT_TRIES = 2, /* Wine loses a program at its birth now and then */
    PREFLIGHT_LINES = 2  /* of what a launcher says, as much as tells why */
};

/* Found once; kept for the life of the program. */
static char *preflight_program, *preflight_found_server;
static cJSON *preflight_models;

/* Beside this program; in this build's host folder; in the cross build's. */
static const char *const preflight_places[] = {
    "iomodels-server.exe", "../server/iomodels-server.exe",
    "../../../cross/harness/server/iomodels-server.exe"};

static void preflight_find(void)
{
    size_t count = sizeof preflight_places / sizeof *preflight_places;
    preflight_program = file_program();
    if (preflight_program == NULL)
        die("file_program");
    int folder = (int)(file_name(preflight_program) - preflight_program);
    for (size_t i = 0; i < count && preflight_found_server == NULL; i++) {
        char *path =
            text_make("%.*s%s", folder, preflight_program, preflight_places[i]);
        if (file_is_file(path))
            preflight_found_server = path;
        else
            free(path);
    }
}

static const char *preflight_default_via(const char *server)
{
#ifdef _WIN32
    (void)server;
    return "";
#else
    size_t length = strlen(server);
    bool exe = length > 4 && strcmp(server + length - 4, ".exe") == 0;
    return exe ? "wine" : "";
#endif
}

static bool preflight_starts(const char *program)
{
    char *path = process_find(program);
    free(path);
    return path != NULL;
}

/* "taskset -c 0 wine": what the last word of it starts matters too. */
static bool preflight_launcher(const char *via, const char *option)
{
    struct words words = {0};
    const char *lacking = NULL;
    words_split(&words, via);
    if (words.count > 0 && !preflight_starts(words.word[0]))
        lacking = words.word[0];
    else if (words.count > 0 &&
             strcmp(words.word[words.count - 1], "wine") == 0 &&
             !preflight_starts("wine"))
        lacking = "wine";
    if (lacking != NULL && strcmp(lacking, "wine") == 0)
        complain("wine is not installed, and %s needs it to start a Windows "
                 "program here; install it (Debian: apt-get install wine "
                 "wine64) or name another launcher, as in %s \"ssh me@winbox\"",
                 option, option);
    else if (lacking != NULL)
        complain("%s: no program '%s' is found in PATH; install it or name "
                 "another launcher",
                 option, lacking);
    words_free(&words);
    return lacking == NULL;
}

bool preflight_server(struct run_config *s)
{
    bool elsewhere = s->values.target != NULL && s->server_via != NULL;
    if (preflight_program == NULL)
        preflight_find();
    if (s->server == NULL)
        s->server = elsewhere ? "iomodels-server.exe" : preflight_found_server;
    if (s->server == NULL) {
        complain("iomodels-server.exe is not beside this program nor in "
                 "build/cross; build it (./run setup) or name it with "
                 "--server PATH");
        return false;
    }
    if (!elsewhere && !file_is_file(s->server)) {
        complain("--server: there is no file %s; build it (./run setup) or "
                 "name another (for a server on another machine add --target "
                 "HOST)",
                 s->server);
        return false;
    }
    if (s->server_via == NULL)
        s->server_via = preflight_default_via(s->server);
    if (!preflight_launcher(s->server_via, "--server-via"))
        return false;
    if (s->server_via[strspn(s->server_via, " ")] != '\0' ||
        preflight_starts(s->server))
        return true;
    complain("--server: %s is no program that can be started; choose another "
             "or name its launcher with --server-via",
             s->server);
    return false;
}

bool preflight_load(struct run_config *s)
{
    if (preflight_program == NULL)
        preflight_find();
    if (s->load == NULL)
        s->load = preflight_program;
    if (s->load_via == NULL)
        s->load_via = "";
    return preflight_launcher(s->load_via, "--load-via");
}

/* Takes the list of models from among the lines of `output`; the first other
 * ones go to said[size]. */
static void preflight_listed(char *output, char *said, size_t size)
{
    size_t used = 0, lines = 0;
    for (char *line = output, *end; *line != '\0'; line = end + 1) {
        end = line + strcspn(line, "\n");
        *end = '\0';
        cJSON *value = cJSON_Parse(line);
        if (cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(value, "models")))
            preflight_models =
                cJSON_DetachItemFromObjectCaseSensitive(value, "models");
        else if (lines++ < PREFLIGHT_LINES)
            used += (size_t)snprintf(said + used, size - used, "%s%.180s",
                                     used > 0 ? " / " : ": ", line);
        cJSON_Delete(value);
    }
}

bool preflight_answers(struct run_config *s)
{
    struct words words = {0};
    char how[256], said[400];
    const char *via = s->server_via + strspn(s->server_via, " \t");
    bool good = false;
    words_split(&words, via);
    words_add(&words, s->server);
    words_add(&words, "--list");
    words_add(&words, "--json");
    for (int tries = 0; tries < PREFLIGHT_TRIES && !good; tries++) {
        struct text output = {0};
        bool ended = process_run(words.word, NULL, PREFLIGHT_S, &output, how,
                                 sizeof how);
        char *lines = text_take(&output);
        said[0] = '\0';
        cJSON_Delete(preflight_models);
        preflight_models = NULL;
        preflight_listed(lines, said, sizeof said);
        good = preflight_models != NULL && ended;
        free(lines);
    }
    if (!good)
        complain("%s does not start%s%s%s (%s)%s; fix the cause, or name "
                 "another --server-via or --server",
                 s->server, *via != '\0' ? " by '" : "", via,
                 *via != '\0' ? "'" : "", how, said);
    s->models = preflight_models;
    words_free(&words);
    return good;
}

bool preflight_folder(const char *path)
{
    uint32_t error = file_make_folders(path);
    if (error == 0)
        error = file_may_write(path);
    if (error != 0)
        file_complain("write into the folder", path, error);
    return error == 0;
}
