#include "common/fs.h"
#include "common/fs_os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/die.h"
#include "common/text.h"

static uint32_t fs_posix_error(void)
{
    return errno != 0 ? (uint32_t)errno : (uint32_t)EIO;
}

/* --- reading and writing -------------------------------------------------- */

uint32_t fs_os_open(const char *path, enum fs_mode mode, intptr_t *file)
{
    static const int flags[] = {
        /* A pipe that nobody writes to would hold us here for ever. */
        [FS_OPEN_READ] = O_RDONLY | O_NONBLOCK,
        [FS_OPEN_NEW] = O_WRONLY | O_CREAT | O_EXCL,
        [FS_OPEN_INTO] = O_WRONLY | O_APPEND | O_NOCTTY,
    };

    *file = open(path, flags[mode] | O_CLOEXEC, 0666);
    return *file >= 0 ? 0 : fs_posix_error();
}

uint32_t fs_os_size(intptr_t file, size_t *size)
{
    struct stat status;

    if (fstat((int)file, &status) != 0)
        return fs_posix_error();
    *size = (size_t)status.st_size;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    return S_ISREG(status.st_mode) ? 0 : FS_NOT_REGULAR;
}

static uint32_t fs_posix_moved(ssize_t moved, size_t *done)
{
    *done = moved > 0 ? (size_t)moved : 0;
    return moved >= 0 ? 0 : fs_posix_error();
}

uint32_t fs_os_read(intptr_t file, void *data, size_t size, size_t *done)
{
    return fs_posix_moved(read((int)file, data, size), done);
}

uint32_t fs_os_write(intptr_t file, const void *data, size_t size, size_t *done)
{
    ssize_t put;

    do
        put = write((int)file, data, size);
    while (put < 0 && errno == EINTR);
    return fs_posix_moved(put, done);
}

uint32_t fs_os_flush(intptr_t file)
{
    return fsync((int)file) == 0 ? 0 : fs_posix_error();
}

uint32_t fs_os_close(intptr_t file)
{
    return close((int)file) == 0 ? 0 : fs_posix_error();
}

static int fs_posix_rename_new(const char *from, const char *to)
{
#ifdef RENAME_NOREPLACE
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
#endif
    /* link() never replaces either. */
    return link(from, to) == 0 ? unlink(from) : -1;
}

uint32_t fs_os_move(const char *from, const char *to, bool over)
{
    int result = over ? rename(from, to) : fs_posix_rename_new(from, to);

    return result == 0 ? 0 : fs_posix_error();
}

char *fs_os_target(const char *path)
{
    struct stat status;
    char *target;

    if (stat(path, &status) != 0)
        return text_copy(path);
    /* Names below these lead to what a process has open already: where a new
     * file would take the old one's name, its other holders would not see it.
     */
    if ((!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) ||
        strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)
        return NULL;
    target = realpath(path, NULL);
    return target != NULL ? target : text_copy(path);
}

uint32_t fs_delete(const char *path)
{
    return unlink(path) == 0 ? 0 : fs_posix_error();
}

/* --- folders -------------------------------------------------------------- */

uint32_t fs_os_make_folder(const char *path)
{
    return mkdir(path, 0777) == 0 ? 0 : fs_posix_error();
}

uint32_t fs_may_write(const char *folder)
{
    return access(folder, W_OK | X_OK) == 0 ? 0 : fs_posix_error();
}

uint32_t fs_os_each(const char *folder,
                    void (*each)(void *context, const char *name),
                    void *context)
{
    DIR *stream = opendir(folder);
    uint32_t code;

    if (stream == NULL)
        return fs_posix_error();
    for (;;) {
        struct dirent *entry;
        struct stat status;

        errno = 0;
        /* The stream is ours alone. NOLINTNEXTLINE(concurrency-mt-unsafe) */
        entry = readdir(stream);
        if (entry == NULL)
            break;
        /* A link that leads nowhere is listed: reading it gives the error. */
        if (fstatat(dirfd(stream), entry->d_name, &status, 0) != 0 ||
            S_ISREG(status.st_mode))
            each(context, entry->d_name);
    }
    code = (uint32_t)errno;
    closedir(stream);
    return code;
}

bool fs_is_file(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool fs_is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* --- paths and errors ----------------------------------------------------- */

char *fs_full(const char *path)
{
    char *here = getcwd(NULL, 0), *full;

    if (here == NULL) /* the working folder was deleted */
        return text_copy(path);
    full = fs_join(here, path);
    free(here);
    return full;
}

char *fs_program(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);

    if (length <= 0 || length == (ssize_t)sizeof path - 1)
        return NULL;
    path[length] = '\0';
    return text_copy(path);
}

uint32_t fs_os_process(void)
{
    return (uint32_t)getpid();
}

bool fs_os_absolute(const char *path)
{
    return path[0] == '/';
}

bool fs_os_separator(char c)
{
    return c == '/';
}

enum fs_trouble fs_os_trouble(uint32_t code)
{
    switch ((int)code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return FS_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
        return FS_DENIED;
    case ENOENT:
    case ENOTDIR:
        return FS_MISSING;
    case EEXIST:
        return FS_EXISTS;
    case EPIPE:
        return FS_UNREAD;
    default:
        return FS_OTHER;
    }
}
