/* iomodels-server-faults: its call sites, the faults requested, the counts. */
#include "faults.h"

#include <stdio.h>
#include <string.h>
#include "common/json_lines.h"
#include "fault_sites.h"
#include "seam_main.h"

#undef main
#undef ExitProcess

enum {
    FAULTS_SITES = sizeof fault_sites / sizeof *fault_sites,
    FAULTS_WISHES = 8,
    FAULTS_CODES = 12000
};

static const char *const faults_kinds[FAULT_KINDS] = {
    "none", "fail", "complete", "short", "late", "reorder"};

static const char *const faults_things[FAULT_THINGS] = {"sockets", "handles",
                                                        "windows", "memory"};

struct faults_wish {
    size_t site;
    LONG number; /* of the call, from 1 */
    struct fault fault;
    bool later; /* only once the wish before it was granted */
    volatile LONG granted;
};

static struct {
    struct faults_wish wish[FAULTS_WISHES];
    size_t wishes;
    volatile LONG calls[FAULTS_SITES];
    volatile LONG open[FAULT_THINGS];
} faults;

static const char *faults_base(const char *path)
{
    const char *base = path;
    for (const char *c = path; *c; c++)
        if (*c == '/' || *c == '\\')
            base = c + 1;
    return base;
}

/* By a range of lines: compilers differ in which line of a call that has
 * several is the macro's. */
static size_t faults_find(const struct fault_here *here)
{
    for (size_t i = 0; i < FAULTS_SITES; i++) {
        const struct fault_site *s = &fault_sites[i];
        if (here->line >= s->first && here->line <= s->last &&
            strcmp(s->call, here->call) == 0 &&
            strcmp(faults_base(s->file), faults_base(here->file)) == 0)
            return i;
    }
    complain("%s:%d: %s is no site that sites.py found", here->file, here->line,
             here->call);
    abort();
}

static void faults_say(const struct faults_wish *wish)
{
    DWORD kept = GetLastError();
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "event", "fault");
    cJSON_AddStringToObject(line, "site", fault_sites[wish->site].name);
    json_add_count(line, "call", (uint64_t)faults.calls[wish->site]);
    cJSON_AddStringToObject(line, "kind", faults_kinds[wish->fault.kind]);
    cJSON_AddStringToObject(line, "error", error_name(wish->fault.error));
    json_lines_write(line);
    SetLastError(kept);
}

/* Whether the wishes before it came true, when it is to wait for them. */
static bool faults_due(size_t wish)
{
    for (size_t i = 0; i < wish; i++)
        if (!faults.wish[i].granted)
            return false;
    return true;
}

struct fault fault_ask(const struct fault_here *here)
{
    const size_t site = faults_find(here);
    const LONG number = InterlockedIncrement(&faults.calls[site]);
    for (size_t i = 0; i < faults.wishes; i++) {
        struct faults_wish *wish = &faults.wish[i];
        if (wish->site != site)
            continue;
        /* Behind another one the calls are counted from there. */
        if (wish->later
                ? !faults_due(i) || InterlockedDecrement(&wish->number) != 0
                : wish->number != number)
            continue;
        if (InterlockedExchange(&wish->granted, 1))
            continue;
        faults_say(wish);
        if (wish->fault.kind == FAULT_FAIL)
            SetLastError(wish->fault.error);
        return wish->fault;
    }
    return (struct fault){FAULT_NONE, 0};
}

bool fault_fails(const struct fault_here *here)
{
    return fault_ask(here).kind == FAULT_FAIL;
}

void *fault_opened(enum fault_thing thing, void *opened)
{
    if (opened)
        InterlockedIncrement(&faults.open[thing]);
    return opened;
}

SOCKET fault_opened_socket(SOCKET opened)
{
    if (opened != INVALID_SOCKET)
        InterlockedIncrement(&faults.open[FAULT_SOCKETS]);
    return opened;
}

BOOL fault_closed(enum fault_thing thing, BOOL closed)
{
    if (closed)
        InterlockedDecrement(&faults.open[thing]);
    return closed;
}

static size_t faults_site_named(const char *text, size_t length)
{
    size_t i = 0;
    while (i < FAULTS_SITES && (strlen(fault_sites[i].name) != length ||
                                strncmp(fault_sites[i].name, text, length)))
        i++;
    return i;
}

static enum fault_kind faults_kind(const char *text)
{
    int kind = FAULT_FAIL;
    while (kind < FAULT_KINDS && strcmp(faults_kinds[kind], text) != 0)
        kind++;
    return (enum fault_kind)kind;
}

/* The codes are known by their names, and any by its number. */
static bool faults_error(const char *text, size_t length, DWORD *code)
{
    char *end;
    *code = (DWORD)strtoul(text, &end, 10);
    if (end == text + length)
        return true;
    for (*code = 1; *code < FAULTS_CODES; (*code)++) {
        const char *name = error_name(*code);
        if (strlen(name) == length && strncmp(name, text, length) == 0)
            return true;
    }
    return false;
}

/* "[+]SITE:N:ERROR[:KIND]". With + it counts the site's calls from where all
 * that were wished for before it have happened. False: not understood. */
static bool faults_wish_for(const char *text)
{
    struct faults_wish *wish = &faults.wish[faults.wishes];
    if (faults.wishes == FAULTS_WISHES)
        return false;
    wish->later = *text == '+';
    text += wish->later;
    size_t length = strcspn(text, ":");
    wish->site = faults_site_named(text, length);
    if (wish->site == FAULTS_SITES || text[length] != ':')
        return false;
    text += length + 1;
    char *end;
    wish->number = strtol(text, &end, 10);
    if (end == text || *end != ':' || wish->number < 1)
        return false;
    text = end + 1;
    length = strcspn(text, ":");
    wish->fault.kind = FAULT_FAIL;
    if (text[length] == ':')
        wish->fault.kind = faults_kind(text + length + 1);
    if (wish->fault.kind == FAULT_KINDS ||
        !faults_error(text, length, &wish->fault.error))
        return false;
    faults.wishes++;
    return true;
}

static cJSON *faults_site(const struct fault_site *s)
{
    cJSON *site = cJSON_CreateObject();
    cJSON_AddStringToObject(site, "site", s->name);
    cJSON_AddStringToObject(site, "model", s->model);
    cJSON_AddStringToObject(site, "file", s->file);
    json_add_count(site, "line", (uint64_t)s->first);
    cJSON_AddStringToObject(site, "function", s->function);
    cJSON_AddStringToObject(site, "call", s->call);
    return site;
}

static void faults_list(void)
{
    cJSON *line = cJSON_CreateObject();
    cJSON *sites = cJSON_AddArrayToObject(line, "sites");
    for (size_t i = 0; i < FAULTS_SITES; i++)
        cJSON_AddItemToArray(sites, faults_site(&fault_sites[i]));
    json_lines_write(line);
}

void fault_exit(UINT code)
{
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "event", "faults");
    cJSON *open = cJSON_AddObjectToObject(line, "open");
    for (int i = 0; i < FAULT_THINGS; i++)
        cJSON_AddNumberToObject(open, faults_things[i], faults.open[i]);
    cJSON *calls = cJSON_AddObjectToObject(line, "calls");
    for (size_t i = 0; i < FAULTS_SITES; i++)
        if (faults.calls[i])
            json_add_count(calls, fault_sites[i].name,
                           (uint64_t)faults.calls[i]);
    json_lines_write(line);
    ExitProcess(code);
}

static int faults_bad(const char *text)
{
    complain("--fault %s: give SITE:N:ERROR[:KIND], with a site that "
             "--fault-sites lists, the number of its call from 1, and an error "
             "by name; kinds are fail, complete, short, late and reorder",
             text ? text : "");
    return EXIT_BAD_INPUT;
}

/* Takes its own arguments out and leaves the rest to the server. */
int main(int argc, char **argv)
{
    int kept = 1;
    program_name_set("iomodels-server-faults");
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--fault-sites") == 0) {
            json_lines_init();
            faults_list();
            return EXIT_SUCCESS;
        }
        if (strcmp(argv[i], "--fault") == 0) {
            if (++i == argc || !faults_wish_for(argv[i]))
                return faults_bad(i == argc ? NULL : argv[i]);
        } else {
            argv[kept++] = argv[i];
        }
    }
    argv[kept] = NULL;
    return server_main(kept, argv);
}
