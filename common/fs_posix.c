#include "common/fs_os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/die.h"

static uint32_t fs_posix_error(void)
{
    return errno != 0 ? (uint32_t)errno : (uint32_t)EIO;
}

static uint32_t fs_posix_read_all(int file, char *data, size_t size)
{
    size_t at = 0;

    while (at < size) {
        ssize_t got = read(file, data + at, size - at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fs_posix_error();
        if (got == 0)
            return EIO; /* it shrank while we read */
        at += (size_t)got;
    }
    data[size] = '\0';
    return 0;
}

uint32_t fs_read(const char *path, char **data, size_t *size)
{
    /* A pipe that nobody writes to would hold us here for ever. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    uint32_t code;

    if (file < 0)
        return fs_posix_error();
    if (fstat(file, &status) != 0) {
        code = fs_posix_error();
    } else if (S_ISDIR(status.st_mode)) {
        code = EISDIR;
    } else if (!S_ISREG(status.st_mode)) {
        code = FS_NOT_REGULAR;
    } else {
        *size = (size_t)status.st_size;
        *data = fs_alloc(*size + 1);
        code = fs_posix_read_all(file, *data, *size);
        if (code != 0)
            free(*data);
    }
    close(file);
    return code;
}

static uint32_t fs_posix_write_all(int file, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t put = write(file, data, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return fs_posix_error();
        data += put;
        size -= (size_t)put;
    }
    return 0;
}

/* The new name itself must reach the disk, too. Some file systems cannot sync
 * a folder; the file is whole all the same. */
static void fs_posix_sync_folder(const char *path)
{
    char *folder = fs_copy(path);
    char *end = strrchr(folder, '/');
    int file;

    if (end == folder)
        end++;
    if (end != NULL)
        *end = '\0';
    file = open(end != NULL ? folder : ".", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        fsync(file);
        close(file);
    }
    free(folder);
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

static uint32_t fs_posix_rename(const char *from, const char *to, bool over)
{
    int result = over ? rename(from, to) : fs_posix_rename_new(from, to);

    if (result != 0)
        return fs_posix_error();
    fs_posix_sync_folder(to);
    return 0;
}

uint32_t fs_os_write(const char *temporary, const char *target,
                     const void *data, size_t size, bool over)
{
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    uint32_t code;

    if (file < 0)
        return fs_posix_error();
    /* Tells fs_os_sweep that we are at work; the kernel lets go of it however
     * we end. Where there are no locks, nothing is swept. */
    flock(file, LOCK_EX | LOCK_NB);
    code = fs_posix_write_all(file, data, size);
    if (code == 0 && fsync(file) != 0)
        code = fs_posix_error();
    if (code == 0 && target != NULL)
        code = fs_posix_rename(temporary, target, over);
    if (code != 0)
        unlink(temporary);
    close(file); /* fsync told of every error already */
    return code;
}

/* What a link says, from the link's own folder; NULL: it is no link. */
static char *fs_posix_link(const char *path)
{
    enum { FS_POSIX_LINK = 4096 };
    char *text = fs_alloc(FS_POSIX_LINK), *folder, *end, *next = NULL;
    ssize_t length = readlink(path, text, FS_POSIX_LINK - 1);

    if (length >= 0) {
        text[length] = '\0';
        folder = fs_copy(path);
        end = strrchr(folder, '/');
        folder[end != NULL ? end + 1 - folder : 0] = '\0';
        next = fs_join(folder, text);
        free(folder);
    }
    free(text);
    return next;
}

/* Names below these lead to what a process has open already: where a new file
 * would take the old one's name, its other holders would not see it. */
static bool fs_posix_is_special(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
}

char *fs_os_target(const char *path)
{
    enum { FS_POSIX_LINKS = 40 }; /* as many as Linux follows */
    struct stat status;
    bool there = stat(path, &status) == 0;
    char *target, *next;

    if (there && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return NULL;
    target = fs_copy(path);
    for (int links = 0; links < FS_POSIX_LINKS; links++) {
        next = fs_posix_link(target);
        if (next == NULL)
            return target;
        if (there && fs_posix_is_special(target)) {
            free(next);
            break;
        }
        free(target);
        target = next;
    }
    free(target);
    return NULL;
}

uint32_t fs_os_write_into(const char *path, const void *data, size_t size)
{
    int file = open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
    uint32_t code = file < 0 ? fs_posix_error() : 0;

    if (code == 0)
        code = fs_posix_write_all(file, data, size);
    if (file >= 0 && close(file) != 0 && code == 0)
        code = fs_posix_error();
    return code;
}

void fs_os_sweep(const char *temporary)
{
    int file = open(temporary, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (file < 0)
        return;
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
        unlink(temporary);
    close(file);
}

static int fs_posix_held = -1;

uint32_t fs_hold(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    uint32_t code = file < 0 ? fs_posix_error() : 0;

    if (code == 0 && flock(file, LOCK_EX | LOCK_NB) != 0) {
        code = fs_posix_error();
        close(file);
    }
    if (code == 0)
        fs_posix_held = file;
    return code;
}

void fs_let_go(void)
{
    if (fs_posix_held >= 0)
        close(fs_posix_held);
    fs_posix_held = -1;
}

uint32_t fs_os_make_folder(const char *path)
{
    return mkdir(path, 0777) == 0 ? 0 : fs_posix_error();
}

uint32_t fs_os_remove_folder(const char *path)
{
    return rmdir(path) == 0 ? 0 : fs_posix_error();
}

/* A link that leads nowhere is listed: whoever reads it is told. */
static bool fs_posix_odd(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

uint32_t fs_os_each(const char *folder,
                    void (*each)(void *context, const char *name),
                    void *context)
{
    DIR *stream = opendir(folder);
    struct dirent *entry;
    uint32_t code;

    if (stream == NULL)
        return fs_posix_error();
    for (;;) {
        char *path;

        errno = 0;
        /* The stream is ours alone. NOLINTNEXTLINE(concurrency-mt-unsafe) */
        entry = readdir(stream);
        if (entry == NULL)
            break;
        path = fs_join(folder, entry->d_name);
        if (!fs_posix_odd(path))
            each(context, entry->d_name);
        free(path);
    }
    code = (uint32_t)errno;
    closedir(stream);
    return code;
}

uint32_t fs_delete(const char *path)
{
    return unlink(path) == 0 ? 0 : fs_posix_error();
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

char *fs_full(const char *path)
{
    char *here = getcwd(NULL, 0), *full;

    if (here == NULL)
        die("getcwd");
    full = fs_join(here, path);
    free(here);
    return full;
}

char *fs_program_folder(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    char *end;

    if (length <= 0 || length == (ssize_t)sizeof path - 1)
        return NULL;
    path[length] = '\0';
    end = strrchr(path, '/');
    if (end == NULL)
        return NULL;
    *end = '\0';
    return fs_copy(path);
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
    case EWOULDBLOCK:
        return FS_HELD;
    case EPIPE:
        return FS_UNREAD;
    default:
        return FS_OTHER;
    }
}
