/* The file that is served: made at the start, gone with its handle. */
#include "common/json_lines.h"
#include "common/pattern.h"
#include "common/service.h"
#include "server/host.h"

enum { FILE_BLOCK = 65536 };

/* At its place, since an overlapped handle has no position of its own. */
static bool file_write(HANDLE file, uint64_t at, const uint8_t *data,
                       DWORD bytes)
{
    OVERLAPPED io = {.Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)};
    DWORD written = 0;
    return (WriteFile(file, data, bytes, NULL, &io) ||
            GetLastError() == ERROR_IO_PENDING) &&
           GetOverlappedResult(file, &io, &written, TRUE) && written == bytes;
}

static HANDLE file_create(void)
{
    wchar_t folder[MAX_PATH + 1], path[MAX_PATH + 1];
    if (GetTempPathW(MAX_PATH, folder) == 0 ||
        GetTempFileNameW(folder, L"iom", 0, path) == 0)
        return INVALID_HANDLE_VALUE;
    return CreateFileW(path, GENERIC_READ | GENERIC_WRITE | DELETE, 0, NULL,
                       CREATE_ALWAYS,
                       FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE |
                           FILE_FLAG_OVERLAPPED,
                       NULL);
}

bool file_make(struct host *host)
{
    static uint8_t block[FILE_BLOCK];
    const uint64_t bytes = host->file_bytes;
    uint64_t at = 0;
    if (bytes == 0)
        return true;
    const HANDLE file = file_create();
    bool good = file != INVALID_HANDLE_VALUE;
    for (; at < bytes && good; at += sizeof block) {
        const uint64_t left = bytes - at;
        const DWORD part =
            left < sizeof block ? (DWORD)left : (DWORD)sizeof block;
        pattern_fill(block, part, SERVICE_FILE_SEED, at);
        good = file_write(file, at, block, part);
    }
    if (!good)
        json_lines_error(true, error_last(),
                         "free space in the folder for temporary files (TEMP), "
                         "or give a smaller --file-size",
                         "cannot make a file of %llu bytes",
                         (unsigned long long)bytes);
    host->srv.file = file;
    return good;
}
