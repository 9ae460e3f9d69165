#include "plots/gnuplot.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "common/clock.h"
#include "common/die.h"
#include "common/fs.h"
#include "common/win.h"
#include "results/text.h"

/* Written by the shell of gnuplot_unix_words when its gnuplot has ended. */
#define GNUPLOT_DONE "gnuplot.done"

enum { GNUPLOT_WORDS_MAX = 32768 };

static WCHAR *gnuplot_wide(const char *text)
{
    int size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    WCHAR *wide = calloc((size_t)size + 1, sizeof *wide);

    if (wide == NULL)
        die("calloc");
    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, size);
    return wide;
}

static char *gnuplot_utf8(const WCHAR *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = calloc((size_t)size + 1, 1);

    if (text == NULL)
        die("calloc");
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    return text;
}

/* --- finding ------------------------------------------------------------- */

static char *gnuplot_search(const char *name)
{
    WCHAR *wide = gnuplot_wide(name);
    WCHAR found[MAX_PATH];
    DWORD length = SearchPathW(NULL, wide, L".exe", MAX_PATH, found, NULL);

    free(wide);
    return length > 0 && length < MAX_PATH ? gnuplot_utf8(found) : NULL;
}

static char *gnuplot_installed(void)
{
    static const WCHAR where[] = L"%ProgramFiles%\\gnuplot\\bin\\gnuplot.exe";
    WCHAR path[MAX_PATH];
    DWORD length = ExpandEnvironmentStringsW(where, path, MAX_PATH);
    char *text;

    if (length == 0 || length > MAX_PATH)
        return NULL;
    text = gnuplot_utf8(path);
    if (fs_is_file(text))
        return text;
    free(text);
    return NULL;
}

/* Wine knows nothing of the PATH that it was started with. */
static char *gnuplot_below_wine(void)
{
    static const char *const places[] = {"Z:\\usr\\bin\\gnuplot",
                                         "Z:\\usr\\local\\bin\\gnuplot"};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (fs_is_file(places[i]))
            return text_copy(places[i]);
    return NULL;
}

char *gnuplot_find(const char *asked)
{
    char *path;

    if (asked != NULL && strpbrk(asked, "/\\") != NULL)
        return fs_is_file(asked) ? text_copy(asked) : NULL;
    path = gnuplot_search(asked != NULL ? asked : "gnuplot");
    if (path == NULL && asked == NULL)
        path = gnuplot_installed();
    if (path == NULL && (asked == NULL || strcmp(asked, "gnuplot") == 0))
        path = gnuplot_below_wine();
    return path;
}

/* --- running ------------------------------------------------------------- */

/* Under Wine a program of the system below can be started, but is not a
 * Windows process: there is no handle to wait for, no exit code, and its
 * standard error is not ours to redirect. */
static bool gnuplot_is_unix(const char *program)
{
    static const unsigned char elf[] = {0x7F, 'E', 'L', 'F'};
    WCHAR *wide = gnuplot_wide(program);
    HANDLE file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ, NULL,
                              OPEN_EXISTING, 0, NULL);
    unsigned char head[4] = {0};
    DWORD got = 0;

    free(wide);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    if (!ReadFile(file, head, sizeof head, &got, NULL))
        got = 0;
    CloseHandle(file);
    return got == sizeof head &&
           (memcmp(head, elf, sizeof elf) == 0 || memcmp(head, "#!", 2) == 0);
}

/* "Z:\usr\bin\gnuplot" is "/usr/bin/gnuplot" below Wine. */
static char *gnuplot_unix_path(const char *program)
{
    char *path = text_copy(program[1] == ':' ? program + 2 : program);

    for (char *at = path; *at != '\0'; at++)
        if (*at == '\\')
            *at = '/';
    return path;
}

static char *gnuplot_unix_words(const char *program, const char *scripts)
{
    char *path = gnuplot_unix_path(program);
    struct text words = {0};

    text_add(&words,
             "sh -c \"timeout %d \\\"$0\\\" \\\"$@\\\" >" GNUPLOT_LOG
             " 2>&1; echo $? >" GNUPLOT_DONE ".part; mv " GNUPLOT_DONE
             ".part " GNUPLOT_DONE "\" \"%s\" %s",
             GNUPLOT_LIMIT_MS / 1000, path, scripts);
    free(path);
    return text_take(&words);
}

static bool gnuplot_start(const char *program, const char *words,
                          const char *folder, PROCESS_INFORMATION *process)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOW start = {.cb = sizeof start};
    char *log = fs_join(folder, GNUPLOT_LOG);
    WCHAR *wide_program = gnuplot_wide(program), *wide_words;
    WCHAR *wide_folder = gnuplot_wide(folder), *wide_log = gnuplot_wide(log);
    DWORD code = 0;

    wide_words = gnuplot_wide(words);
    memset(process, 0, sizeof *process);
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ,
                                  &inherit, OPEN_EXISTING, 0, NULL);
    start.hStdOutput =
        CreateFileW(wide_log, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                    &inherit, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    start.hStdError = start.hStdOutput;
    if (start.hStdOutput == INVALID_HANDLE_VALUE ||
        !CreateProcessW(wide_program, wide_words, NULL, NULL, TRUE,
                        CREATE_NO_WINDOW, NULL, wide_folder, &start, process))
        code = GetLastError();
    if (start.hStdInput != INVALID_HANDLE_VALUE)
        CloseHandle(start.hStdInput);
    if (start.hStdOutput != INVALID_HANDLE_VALUE)
        CloseHandle(start.hStdOutput);
    if (code != 0)
        fs_complain("start", program, code);
    free(wide_words);
    free(wide_program);
    free(wide_folder);
    free(wide_log);
    free(log);
    return code == 0;
}

static void gnuplot_late(void)
{
    complain("gnuplot did not end within %d s and was stopped; draw again "
             "with 'iomodels plot'",
             GNUPLOT_LIMIT_MS / 1000);
}

static bool gnuplot_wait(HANDLE process, int *code)
{
    DWORD exit_code = 1;

    if (WaitForSingleObject(process, GNUPLOT_LIMIT_MS) != WAIT_OBJECT_0) {
        TerminateProcess(process, 1);
        gnuplot_late();
        return false;
    }
    if (!GetExitCodeProcess(process, &exit_code))
        die("GetExitCodeProcess");
    *code = (int)exit_code;
    return true;
}

static bool gnuplot_wait_unix(const char *done, int *code)
{
    enum { GNUPLOT_GRACE_MS = 5000 }; /* `timeout` comes first */
    int64_t limit =
        clock_ns() + (int64_t)(GNUPLOT_LIMIT_MS + GNUPLOT_GRACE_MS) * 1000000;
    char *data;
    size_t size;

    while (fs_read(done, &data, &size) != 0) {
        if (clock_ns() > limit) {
            gnuplot_late();
            return false;
        }
        clock_sleep_ms(GNUPLOT_POLL_MS);
    }
    *code = (int)strtol(data, NULL, 10);
    free(data);
    return true;
}

bool gnuplot_run(const char *program, const char *folder, const char *scripts,
                 int *code)
{
    bool below = gnuplot_is_unix(program), ended = false;
    char *done = fs_join(folder, GNUPLOT_DONE);
    PROCESS_INFORMATION process;
    struct text quoted = {0};
    char *words;

    fs_delete(done);
    text_add(&quoted, "\"%s\" %s", program, scripts);
    words = below ? gnuplot_unix_words(program, scripts) : quoted.data;
    if (gnuplot_start(below ? "Z:\\bin\\sh" : program, words, folder,
                      &process)) {
        ended = process.hProcess != NULL && !below
                    ? gnuplot_wait(process.hProcess, code)
                    : gnuplot_wait_unix(done, code);
        if (process.hThread != NULL)
            CloseHandle(process.hThread);
        if (process.hProcess != NULL)
            CloseHandle(process.hProcess);
    }
    fs_delete(done);
    if (below)
        free(words);
    free(quoted.data);
    free(done);
    return ended;
}
