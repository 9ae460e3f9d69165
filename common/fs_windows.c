#include "common/fs_os.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "common/die.h"
#include "common/wide.h"
#include "common/win.h"

static uint32_t fs_windows_error(void)
{
    DWORD code = GetLastError();

    return code != 0 ? code : ERROR_GEN_FAILURE;
}

wchar_t *wide_from(const char *text)
{
    int size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    WCHAR *wide = fs_alloc((size_t)size * sizeof *wide + sizeof *wide);

    wide[0] = L'\0';
    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, size);
    return wide;
}

char *wide_to(const WCHAR *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = fs_alloc((size_t)size + 1);

    text[0] = '\0';
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    return text;
}

/* Names over MAX_PATH work only as full paths after a prefix that also turns
 * off the system's reading of "/" and "..", so others stay as they are. */
static WCHAR *fs_windows_path(const char *path)
{
    enum { FS_WINDOWS_SHORT = MAX_PATH - 16, FS_WINDOWS_ROOM = 8 };
    static const WCHAR drive[] = L"\\\\?\\", share[] = L"\\\\?\\UNC";
    WCHAR *wide = wide_from(path), *full, *start;
    DWORD size = GetFullPathNameW(wide, 0, NULL, NULL), skip = 0;

    if (size < FS_WINDOWS_SHORT || wcsncmp(wide, drive, wcslen(drive)) == 0)
        return wide;
    full = fs_alloc((size + FS_WINDOWS_ROOM) * sizeof *full);
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

static DWORD fs_windows_attributes(const char *path)
{
    WCHAR *wide = fs_windows_path(path);
    DWORD attributes = GetFileAttributesW(wide);

    free(wide);
    return attributes;
}

static uint32_t fs_windows_read_all(HANDLE file, char *data, size_t size)
{
    size_t at = 0;

    while (at < size) {
        size_t left = size - at;
        DWORD want = left < 1 << 30 ? (DWORD)left : 1 << 30, got = 0;

        if (!ReadFile(file, data + at, want, &got, NULL))
            return fs_windows_error();
        if (got == 0)
            return ERROR_HANDLE_EOF; /* it shrank while we read */
        at += got;
    }
    data[size] = '\0';
    return 0;
}

uint32_t fs_read(const char *path, char **data, size_t *size)
{
    WCHAR *wide = fs_windows_path(path);
    HANDLE file =
        CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    LARGE_INTEGER length;
    uint32_t code = file == INVALID_HANDLE_VALUE ? fs_windows_error() : 0;

    free(wide);
    if (code != 0)
        return code;
    if (GetFileType(file) != FILE_TYPE_DISK) {
        code = FS_NOT_REGULAR;
    } else if (!GetFileSizeEx(file, &length)) {
        code = fs_windows_error();
    } else {
        *size = (size_t)length.QuadPart;
        *data = fs_alloc(*size + 1);
        code = fs_windows_read_all(file, *data, *size);
        if (code != 0)
            free(*data);
    }
    CloseHandle(file);
    return code;
}

static uint32_t fs_windows_write_all(HANDLE file, const char *data, size_t size)
{
    while (size > 0) {
        DWORD want = size < 1 << 30 ? (DWORD)size : 1 << 30, put = 0;

        if (!WriteFile(file, data, want, &put, NULL))
            return fs_windows_error();
        if (put == 0)
            return ERROR_HANDLE_DISK_FULL;
        data += put;
        size -= put;
    }
    return 0;
}

/* Virus scanners and indexers open what was just closed, for a moment and
 * sometimes without sharing it. */
static uint32_t fs_windows_move(const WCHAR *from, const WCHAR *to, DWORD flags)
{
    enum { FS_WINDOWS_TRIES = 40, FS_WINDOWS_PAUSE_MS = 50 };
    uint32_t code;

    for (int tries = 1;; tries++) {
        if (MoveFileExW(from, to, flags))
            return 0;
        code = fs_windows_error();
        if ((code != ERROR_SHARING_VIOLATION && code != ERROR_ACCESS_DENIED) ||
            tries == FS_WINDOWS_TRIES)
            return code;
        Sleep(FS_WINDOWS_PAUSE_MS);
    }
}

static uint32_t fs_windows_rename(const WCHAR *from, const char *to, bool over)
{
    WCHAR *target = fs_windows_path(to);
    DWORD flags =
        MOVEFILE_WRITE_THROUGH | (over ? MOVEFILE_REPLACE_EXISTING : 0);
    uint32_t code = fs_windows_move(from, target, flags);

    free(target);
    return code;
}

uint32_t fs_os_write(const char *temporary, const char *target,
                     const void *data, size_t size, bool over)
{
    WCHAR *wide = fs_windows_path(temporary);
    /* Not shared: so DeleteFile, in fs_os_sweep, fails while we write. */
    HANDLE file = CreateFileW(wide, GENERIC_WRITE, 0, NULL, CREATE_NEW,
                              FILE_ATTRIBUTE_NORMAL, NULL);
    uint32_t code;

    if (file == INVALID_HANDLE_VALUE) {
        code = fs_windows_error();
        free(wide);
        return code;
    }
    code = fs_windows_write_all(file, data, size);
    if (code == 0 && !FlushFileBuffers(file))
        code = fs_windows_error();
    if (!CloseHandle(file) && code == 0)
        code = fs_windows_error();
    if (code == 0 && target != NULL)
        code = fs_windows_rename(wide, target, over);
    if (code != 0)
        DeleteFileW(wide);
    free(wide);
    return code;
}

void fs_os_sweep(const char *temporary)
{
    fs_delete(temporary);
}

static HANDLE fs_windows_held;

uint32_t fs_hold(const char *path)
{
    WCHAR *wide = fs_windows_path(path);
    HANDLE file =
        CreateFileW(wide, GENERIC_READ,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    uint32_t code = file == INVALID_HANDLE_VALUE ? fs_windows_error() : 0;
    OVERLAPPED far_end;

    free(wide);
    if (code != 0)
        return code;
    /* Locked bytes cannot be read by others: so one that no file has. */
    memset(&far_end, 0, sizeof far_end);
    far_end.OffsetHigh = LONG_MAX;
    if (!LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY,
                    0, 1, 0, &far_end)) {
        code = fs_windows_error();
        CloseHandle(file);
    }
    if (code == 0)
        fs_windows_held = file;
    return code;
}

void fs_let_go(void)
{
    if (fs_windows_held != NULL)
        CloseHandle(fs_windows_held);
    fs_windows_held = NULL;
}

uint32_t fs_os_make_folder(const char *path)
{
    WCHAR *wide = fs_windows_path(path);
    uint32_t code = 0;

    if (!CreateDirectoryW(wide, NULL))
        code = fs_windows_error();
    free(wide);
    return code;
}

/* The full path of NUL, CON and COM1 is "\\.\NUL" and so on; a pipe's begins
 * so too. */
static bool fs_windows_is_device(const char *path)
{
    static const char device[] = "//./";
    char *full = fs_full(path);
    bool is = strncmp(full, device, sizeof device - 1) == 0;

    free(full);
    return is;
}

/* Where a symbolic link ends. */
static char *fs_windows_final(const char *path)
{
    enum { FS_WINDOWS_FINAL = 32768 };
    WCHAR *wide = fs_windows_path(path), *final;
    HANDLE file = CreateFileW(
        wide, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
        OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    char *text = NULL;
    DWORD length;

    free(wide);
    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    final = fs_alloc(FS_WINDOWS_FINAL * sizeof *final);
    length = GetFinalPathNameByHandleW(file, final, FS_WINDOWS_FINAL,
                                       FILE_NAME_NORMALIZED);
    if (length > 0 && length < FS_WINDOWS_FINAL)
        text = wide_to(final);
    free(final);
    CloseHandle(file);
    return text;
}

char *fs_os_target(const char *path)
{
    DWORD attributes;
    char *final = NULL;

    if (fs_windows_is_device(path))
        return NULL;
    attributes = fs_windows_attributes(path);
    if (attributes != INVALID_FILE_ATTRIBUTES &&
        (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0)
        final = fs_windows_final(path);
    return final != NULL ? final : fs_copy(path);
}

uint32_t fs_os_write_into(const char *path, const void *data, size_t size)
{
    WCHAR *wide = fs_windows_path(path);
    HANDLE file =
        CreateFileW(wide, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                    NULL, OPEN_EXISTING, 0, NULL);
    uint32_t code = file == INVALID_HANDLE_VALUE ? fs_windows_error() : 0;

    free(wide);
    if (code != 0)
        return code;
    code = fs_windows_write_all(file, data, size);
    if (!CloseHandle(file) && code == 0)
        code = fs_windows_error();
    return code;
}

static uint32_t fs_windows_each(HANDLE find, WIN32_FIND_DATAW *entry,
                                void (*each)(void *context, const char *name),
                                void *context)
{
    DWORD code;

    do {
        char *name;

        if (entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        name = wide_to(entry->cFileName);
        each(context, name);
        free(name);
    } while (FindNextFileW(find, entry));
    code = GetLastError();
    return code == ERROR_NO_MORE_FILES ? 0 : code;
}

uint32_t fs_os_remove_folder(const char *path)
{
    WCHAR *wide = fs_windows_path(path);
    uint32_t code = RemoveDirectoryW(wide) ? 0 : fs_windows_error();

    free(wide);
    return code;
}

uint32_t fs_os_each(const char *folder,
                    void (*each)(void *context, const char *name),
                    void *context)
{
    char *pattern = fs_join(folder, "*");
    WCHAR *wide = fs_windows_path(pattern);
    WIN32_FIND_DATAW entry;
    HANDLE find = FindFirstFileW(wide, &entry);
    uint32_t code = find == INVALID_HANDLE_VALUE ? fs_windows_error() : 0;

    free(pattern);
    free(wide);
    if (code != 0) {
        return code == ERROR_FILE_NOT_FOUND && fs_is_folder(folder) ? 0 : code;
    }
    code = fs_windows_each(find, &entry, each, context);
    FindClose(find);
    return code;
}

uint32_t fs_delete(const char *path)
{
    WCHAR *wide = fs_windows_path(path);
    uint32_t code = 0;

    if (!DeleteFileW(wide))
        code = fs_windows_error();
    free(wide);
    return code;
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

char *fs_full(const char *path)
{
    WCHAR *wide = wide_from(path), *full;
    DWORD size = GetFullPathNameW(wide, 0, NULL, NULL);
    char *text;

    full = fs_alloc(((size_t)size + 1) * sizeof *full);
    if (size == 0 || GetFullPathNameW(wide, size, full, NULL) >= size)
        die("GetFullPathName");
    text = wide_to(full);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\\')
            *at = '/';
    free(wide);
    free(full);
    return text;
}

char *fs_program_folder(void)
{
    enum { FS_WINDOWS_PATH_MAX = 32768 };
    WCHAR *wide = fs_alloc(FS_WINDOWS_PATH_MAX * sizeof *wide);
    DWORD length = GetModuleFileNameW(NULL, wide, FS_WINDOWS_PATH_MAX);
    WCHAR *end;
    char *path = NULL;

    if (length > 0 && length < FS_WINDOWS_PATH_MAX) {
        end = wcsrchr(wide, L'\\');
        if (end != NULL) {
            *end = L'\0';
            path = wide_to(wide);
        }
    }
    free(wide);
    return path;
}

uint32_t fs_os_process(void)
{
    return GetCurrentProcessId();
}

bool fs_os_absolute(const char *path)
{
    return fs_os_separator(path[0]) || (path[0] != '\0' && path[1] == ':');
}

bool fs_os_separator(char c)
{
    return c == '/' || c == '\\';
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
    case ERROR_LOCK_VIOLATION:
        return FS_HELD;
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
        return FS_UNREAD;
    default:
        return FS_OTHER;
    }
}
