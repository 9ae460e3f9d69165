#include "common/file.h"
#include "common/file_os.h"

#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "common/errors.h"
#include "common/text.h"
#include "common/win.h"

enum { FILE_PATH_MAX = 32768 };

/* --- paths ---------------------------------------------------------------- */

wchar_t *wide_from(const char *text)
{
    int size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *wide = calloc_or_die((size_t)size + 1, sizeof(wchar_t));

    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, size);
    return wide;
}

char *wide_to(const wchar_t *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = calloc_or_die(1, (size_t)size + 1);

    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    return text;
}

static wchar_t *file_windows_full(const char *path)
{
    wchar_t *wide = wide_from(path),
            *full = calloc_or_die(FILE_PATH_MAX, sizeof(wchar_t));
    DWORD length = GetFullPathNameW(wide, FILE_PATH_MAX, full, NULL);

    if (length >= FILE_PATH_MAX)
        die("GetFullPathName");
    free(wide);
    return full;
}

/* Names over MAX_PATH work only after a prefix: "\\?\C:\x", and
 * "\\?\UNC\host\x" for "\\host\x". */
static wchar_t *file_windows_path(const char *path)
{
    enum { FILE_WINDOWS_SHORT = MAX_PATH - 16 };
    wchar_t *full = file_windows_full(path), *prefixed;
    size_t length = wcslen(full);
    bool share = wcsncmp(full, L"\\\\", 2) == 0;

    if (length < FILE_WINDOWS_SHORT || wcsncmp(full, L"\\\\?\\", 4) == 0)
        return full;
    prefixed = calloc_or_die(length + 8, sizeof(wchar_t));
    wcscpy(prefixed, share ? L"\\\\?\\UNC" : L"\\\\?\\");
    wcscat(prefixed, full + share);
    free(full);
    return prefixed;
}

char *file_full(const char *path)
{
    wchar_t *full = file_windows_full(path);
    char *text = wide_to(full);

    for (char *at = text; *at != '\0'; at++)
        if (*at == '\\')
            *at = '/';
    free(full);
    return text;
}

char *file_program(void)
{
    wchar_t *wide = calloc_or_die(FILE_PATH_MAX, sizeof(wchar_t));
    DWORD length = GetModuleFileNameW(NULL, wide, FILE_PATH_MAX);
    char *path = length > 0 && length < FILE_PATH_MAX ? wide_to(wide) : NULL;

    free(wide);
    return path;
}

/* --- reading and writing -------------------------------------------------- */

FILE *file_os_open(const char *path, const char *mode)
{
    wchar_t *wide = file_windows_path(path), *wide_mode = wide_from(mode);
    FILE *file = _wfopen(wide, wide_mode);

    free(wide);
    free(wide_mode);
    return file;
}

/* The C library keeps the system's code of its last call that failed. */
uint32_t file_os_error(void)
{
    return _doserrno != 0 ? _doserrno : ERROR_HANDLE_DISK_FULL;
}

bool file_os_flush(FILE *file)
{
    return _commit(_fileno(file)) == 0;
}

/* Virus scanners and indexers open what was just closed, for a moment and
 * sometimes without sharing it. */
uint32_t file_os_move(const char *from, const char *to, bool over)
{
    enum { FILE_WINDOWS_TRIES = 40, FILE_WINDOWS_PAUSE_MS = 50 };
    wchar_t *source = file_windows_path(from), *target = file_windows_path(to);
    DWORD flags =
        MOVEFILE_WRITE_THROUGH | (over ? MOVEFILE_REPLACE_EXISTING : 0);
    uint32_t code;
    int tries = 0;

    do {
        if (tries > 0)
            Sleep(FILE_WINDOWS_PAUSE_MS);
        code = MoveFileExW(source, target, flags) ? 0 : GetLastError();
    } while ((code == ERROR_SHARING_VIOLATION || code == ERROR_ACCESS_DENIED) &&
             ++tries < FILE_WINDOWS_TRIES);
    free(source);
    free(target);
    return code;
}

/* The full path of NUL, CON and COM1 is "\\.\NUL" and so on; a pipe's begins
 * so too. */
char *file_os_target(const char *path)
{
    char *full = file_full(path);

    if (strncmp(full, "//./", 4) != 0)
        return full;
    free(full);
    return NULL;
}

/* The error code of a call that just returned, and frees its path. */
static uint32_t file_windows_code(bool good, wchar_t *path)
{
    uint32_t code = good ? 0 : GetLastError();

    free(path);
    return code;
}

uint32_t file_delete(const char *path)
{
    wchar_t *wide = file_windows_path(path);

    return file_windows_code(DeleteFileW(wide), wide);
}

/* --- folders -------------------------------------------------------------- */

uint32_t file_os_make_folder(const char *path)
{
    wchar_t *wide = file_windows_path(path);

    return file_windows_code(CreateDirectoryW(wide, NULL), wide);
}

uint32_t file_os_may_write(const char *folder)
{
    wchar_t *wide = file_windows_path(folder);
    HANDLE opened =
        CreateFileW(wide, FILE_ADD_FILE,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    uint32_t code = file_windows_code(opened != INVALID_HANDLE_VALUE, wide);

    if (code == 0)
        CloseHandle(opened);
    return code;
}

enum file_kind file_os_kind(const char *path)
{
    wchar_t *wide = file_windows_path(path);
    DWORD attributes = GetFileAttributesW(wide);

    free(wide);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return FILE_NOTHING;
    return attributes & FILE_ATTRIBUTE_DIRECTORY ? FILE_FOLDER : FILE_FILE;
}

uint32_t file_os_list(const char *folder, struct words *names)
{
    char *pattern = file_join(folder, "*");
    wchar_t *wide = file_windows_path(pattern);
    WIN32_FIND_DATAW entry;
    HANDLE find = FindFirstFileW(wide, &entry);
    bool more = find != INVALID_HANDLE_VALUE;
    uint32_t code = file_windows_code(more, wide);

    free(pattern);
    while (more) {
        words_take(names, wide_to(entry.cFileName));
        more = FindNextFileW(find, &entry);
    }
    if (code != 0)
        return code;
    code = GetLastError();
    FindClose(find);
    return code == ERROR_NO_MORE_FILES ? 0 : code;
}
