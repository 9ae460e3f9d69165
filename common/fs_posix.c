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

uint32_t fs_os_error(void)
{
    return errno != 0 ? (uint32_t)errno : (uint32_t)EIO;
}

/* --- reading and writing -------------------------------------------------- */

FILE *fs_os_open(const char *path, const char *mode)
{
    return fopen(path, mode);
}

bool fs_os_flush(FILE *file)
{
    return fsync(fileno(file)) == 0;
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

    return result == 0 ? 0 : fs_os_error();
}

char *fs_os_target(const char *path)
{
    enum fs_kind kind = fs_os_kind(path);
    char *target;

    /* Names below /dev and /proc lead to what a process has open already:
     * where a new file would take the old one's name, its other holders would
     * not see it. */
    if (kind == FS_OTHER ||
        (kind != FS_NOTHING &&
         (strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)))
        return NULL;
    target = realpath(path, NULL);
    return target != NULL ? target : text_copy(path);
}

uint32_t fs_delete(const char *path)
{
    return unlink(path) == 0 ? 0 : fs_os_error();
}

/* --- folders -------------------------------------------------------------- */

uint32_t fs_os_make_folder(const char *path)
{
    return mkdir(path, 0777) == 0 ? 0 : fs_os_error();
}

uint32_t fs_may_write(const char *folder)
{
    return access(folder, W_OK | X_OK) == 0 ? 0 : fs_os_error();
}

static enum fs_kind fs_posix_kind(const struct stat *status)
{
    if (S_ISREG(status->st_mode))
        return FS_FILE;
    return S_ISDIR(status->st_mode) ? FS_FOLDER : FS_OTHER;
}

enum fs_kind fs_os_kind(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? fs_posix_kind(&status) : FS_NOTHING;
}

uint32_t fs_os_list(const char *folder, const char *suffix,
                    struct fs_names *names)
{
    DIR *stream = opendir(folder);
    uint32_t code;

    if (stream == NULL)
        return fs_os_error();
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
            fs_posix_kind(&status) == FS_FILE)
            fs_names_add(names, entry->d_name, suffix);
    }
    code = (uint32_t)errno;
    closedir(stream);
    return code;
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
    case EEXIST:
        return FS_EXISTS;
    case EPIPE:
        return FS_UNREAD;
    default:
        return FS_TROUBLE;
    }
}
