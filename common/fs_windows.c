#include "common/fs.h"
#include "common/fs_os.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "common/die.h"
#include "common/text.h"
#include "common/wide.h"
#include "common/win.h"

enum { FS_PATH_MAX = 32768, FS_MOST = 1 << 30 /* bytes of one call */ };

static uint32_t fs_windows_error(void)
{
    DWORD code = GetLastError();

    return code != 0 ? code : ERROR_GEN_FAILURE;
}

static wchar_t *fs_windows_alloc(size_t length)
{
    wchar_t *memory = malloc(length * sizeof *memory);

    if (memory == NULL)
        die("malloc");
    return memory;
}

/* --- paths ---------------------------------------------------------------- */

wchar_t *wide_from(const char *text)
{
    int size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *wide = fs_windows_alloc((size_t)size + 1);

    wide[0] = L'\0';
    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, size);
    return wide;
}

char *wide_to(const wchar_t *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = malloc((size_t)size + 1);

    if (text == NULL)
        die("malloc");
    text[0] = '\0';
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    return text;
}

/* Names over MAX_PATH work only as full paths after a prefix that also turns
 * off the system's reading of "/" and "..", so others stay as they are. */
static wchar_t *fs_windows_path(const char *path)
{
    enum { FS_WINDOWS_SHORT = MAX_PATH - 16, FS_WINDOWS_ROOM = 8 };
    static const wchar_t drive[] = L"\\\\?\\", share[] = L"\\\\?\\UNC";
    wchar_t *wide = wide_from(path), *full, *start;
    DWORD size = GetFullPathNameW(wide, 0, NULL, NULL), skip = 0;

    if (size < FS_WINDOWS_SHORT || wcsncmp(wide, drive, wcslen(drive)) == 0)
        return wide;
    full = fs_windows_alloc(size + FS_WINDOWS_ROOM);
    start = full + FS_WINDOWS_ROOM;
    if (GetFullPathNameW(wide, size, start, NULL) >= size) {
        free(full);
        return wide;
    }
    free(wide);
    if (wcsncmp(start, L"\\\\", 2) == 0)
        skip = 1; /* "\\\\host\\x" becomes "\\\\?\\UNC\\host\\x" */
    wcscpy(full, skip != 0 ? share : drive);
    memmove(full + wcslen(full), start + skip,
            (wcslen(start + skip) + 1) * sizeof *full);
    return full;
}

char *fs_full(const char *path)
{
    wchar_t *wide = wide_from(path), *full = fs_windows_alloc(FS_PATH_MAX);
    DWORD length = GetFullPathNameW(wide, FS_PATH_MAX, full, NULL);
    char *text;

    if (length == 0 || length >= FS_PATH_MAX)
        die("GetFullPathName");
    text = wide_to(full);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\\')
            *at = '/';
    free(wide);
    free(full);
    return text;
}

char *fs_program(void)
{
    wchar_t *wide = fs_windows_alloc(FS_PATH_MAX);
    DWORD length = GetModuleFileNameW(NULL, wide, FS_PATH_MAX);
    char *path = length > 0 && length < FS_PATH_MAX ? wide_to(wide) : NULL;

    free(wide);
    return path;
}

bool fs_os_absolute(const char *path)
{
    return fs_os_separator(path[0]) || (path[0] != '\0' && path[1] == ':');
}

bool fs_os_separator(char c)
{
    return c == '/' || c == '\\';
}

/* --- reading and writing -------------------------------------------------- */

uint32_t fs_os_open(const char *path, enum fs_mode mode, intptr_t *file)
{
    wchar_t *wide = fs_windows_path(path);
    DWORD access = mode == FS_OPEN_READ ? GENERIC_READ : GENERIC_WRITE;
    DWORD shared = mode == FS_OPEN_NEW
                       ? 0
                       : FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    HANDLE handle =
        CreateFileW(wide, access, shared, NULL,
                    mode == FS_OPEN_NEW ? CREATE_NEW : OPEN_EXISTING,
                    FILE_ATTRIBUTE_NORMAL, NULL);
    uint32_t code = handle == INVALID_HANDLE_VALUE ? fs_windows_error() : 0;

    free(wide);
    *file = (intptr_t)handle;
    return code;
}

uint32_t fs_os_size(intptr_t file, size_t *size)
{
    LARGE_INTEGER length;

    if (GetFileType((HANDLE)file) != FILE_TYPE_DISK)
        return FS_NOT_REGULAR;
    if (!GetFileSizeEx((HANDLE)file, &length))
        return fs_windows_error();
    *size = (size_t)length.QuadPart;
    return 0;
}

uint32_t fs_os_read(intptr_t file, void *data, size_t size, size_t *done)
{
    DWORD want = size < FS_MOST ? (DWORD)size : FS_MOST, got = 0;
    bool good = ReadFile((HANDLE)file, data, want, &got, NULL);

    *done = got;
    return good ? 0 : fs_windows_error();
}

uint32_t fs_os_write(intptr_t file, const void *data, size_t size, size_t *done)
{
    DWORD want = size < FS_MOST ? (DWORD)size : FS_MOST, put = 0;
    bool good = WriteFile((HANDLE)file, data, want, &put, NULL);

    *done = put;
    if (good && put == 0)
        return ERROR_HANDLE_DISK_FULL;
    return good ? 0 : fs_windows_error();
}

uint32_t fs_os_flush(intptr_t file)
{
    return FlushFileBuffers((HANDLE)file) ? 0 : fs_windows_error();
}

uint32_t fs_os_close(intptr_t file)
{
    return CloseHandle((HANDLE)file) ? 0 : fs_windows_error();
}

/* Virus scanners and indexers open what was just closed, for a moment and
 * sometimes without sharing it. */
uint32_t fs_os_move(const char *from, const char *to, bool over)
{
    enum { FS_WINDOWS_TRIES = 40, FS_WINDOWS_PAUSE_MS = 50 };
    wchar_t *source = fs_windows_path(from), *target = fs_windows_path(to);
    DWORD flags =
        MOVEFILE_WRITE_THROUGH | (over ? MOVEFILE_REPLACE_EXISTING : 0);
    uint32_t code = 0;

    for (int tries = 1; !MoveFileExW(source, target, flags); tries++) {
        code = fs_windows_error();
        if ((code != ERROR_SHARING_VIOLATION && code != ERROR_ACCESS_DENIED) ||
            tries == FS_WINDOWS_TRIES)
            break;
        code = 0;
        Sleep(FS_WINDOWS_PAUSE_MS);
    }
    free(source);
    free(target);
    return code;
}

/* The full path of NUL, CON and COM1 is "\\.\NUL" and so on; a pipe's begins
 * so too. */
char *fs_os_target(const char *path)
{
    char *full = fs_full(path);
    bool device = strncmp(full, "//./", 4) == 0;

    free(full);
    return device ? NULL : text_copy(path);
}

uint32_t fs_delete(const char *path)
{
    wchar_t *wide = fs_windows_path(path);
    uint32_t code = DeleteFileW(wide) ? 0 : fs_windows_error();

    free(wide);
    return code;
}

/* --- folders -------------------------------------------------------------- */

uint32_t fs_os_make_folder(const char *path)
{
    wchar_t *wide = fs_windows_path(path);
    uint32_t code = CreateDirectoryW(wide, NULL) ? 0 : fs_windows_error();

    free(wide);
    return code;
}

uint32_t fs_may_write(const char *folder)
{
    wchar_t *wide = fs_windows_path(folder);
    HANDLE handle =
        CreateFileW(wide, FILE_ADD_FILE,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    uint32_t code = handle == INVALID_HANDLE_VALUE ? fs_windows_error() : 0;

    free(wide);
    if (code == 0)
        CloseHandle(handle);
    return code;
}

uint32_t fs_os_each(const char *folder,
                    void (*each)(void *context, const char *name),
                    void *context)
{
    char *pattern = fs_join(folder, "*");
    wchar_t *wide = fs_windows_path(pattern);
    WIN32_FIND_DATAW entry;
    HANDLE find = FindFirstFileW(wide, &entry);
    uint32_t code = find == INVALID_HANDLE_VALUE ? fs_windows_error() : 0;

    free(pattern);
    free(wide);
    if (code != 0)
        return code == ERROR_FILE_NOT_FOUND && fs_is_folder(folder) ? 0 : code;
    do {
        char *name;

        if (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        name = wide_to(entry.cFileName);
        each(context, name);
        free(name);
    } while (FindNextFileW(find, &entry));
    code = GetLastError();
    FindClose(find);
    return code == ERROR_NO_MORE_FILES ? 0 : code;
}

static DWORD fs_windows_attributes(const char *path)
{
    wchar_t *wide = fs_windows_path(path);
    DWORD attributes = GetFileAttributesW(wide);

    free(wide);
    return attributes;
}

bool fs_is_file(const char *path)
{
    DWORD attributes = fs_windows_attributes(path);

    return attributes != INVALID_FILE_ATTRIBUTES &&
           (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

bool fs_is_folder(const char *path)
{
    DWORD attributes = fs_windows_attributes(path);

    return attributes != INVALID_FILE_ATTRIBUTES &&
           (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

/* --- errors --------------------------------------------------------------- */

uint32_t fs_os_process(void)
{
    return GetCurrentProcessId();
}

enum fs_trouble fs_os_trouble(uint32_t code)
{
    switch (code) {
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
        return FS_FULL;
    case ERROR_ACCESS_DENIED:
    case ERROR_WRITE_PROTECT:
    case ERROR_SHARING_VIOLATION:
        return FS_DENIED;
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_DIRECTORY:
        return FS_MISSING;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
        return FS_EXISTS;
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
        return FS_UNREAD;
    default:
        return FS_OTHER;
    }
}
