#include "common/file.h"
#include "common/file_os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"

uint32_t file_os_error(void)
{
    return errno != 0 ? (uint32_t)errno : (uint32_t)EIO;
}

/* --- reading and writing -------------------------------------------------- */

FILE *file_os_open(const char *path, const char *mode)
{
    if (mode[0] == 'r' && file_os_kind(path) == FILE_OTHER) {
        errno = EINVAL;
        return NULL;
    }
    return fopen(path, mode);
}

/* The system or the file system (a share, FAT) lacks the call. */
static bool file_posix_lacks(int error)
{
    return error == ENOSYS || error == EOPNOTSUPP || error == EPERM ||
           error == EINVAL || error == ENOLCK;
}

bool file_os_flush(FILE *file)
{
    return fsync(fileno(file)) == 0 || file_posix_lacks(errno);
}

static int file_posix_rename_new(const char *from, const char *to)
{
    int claim;

    /* link() never replaces a file, nor does O_EXCL. */
    if (link(from, to) == 0)
        return unlink(from);
    if (!file_posix_lacks(errno))
        return -1;
    claim = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (claim == -1)
        return -1;
    close(claim);
    return rename(from, to);
}

uint32_t file_os_move(const char *from, const char *to, bool over)
{
    int result = over ? rename(from, to) : file_posix_rename_new(from, to);

    return result == 0 ? 0 : file_os_error();
}

char *file_os_target(const char *path)
{
    enum file_kind kind = file_os_kind(path);
    char *target;

    /* Names below /dev and /proc lead to what a process has open already:
     * where a new file would take the old one's name, its other holders would
     * not see it. */
    if (kind == FILE_OTHER ||
        (kind != FILE_NOTHING &&
         (strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)))
        return NULL;
    target = realpath(path, NULL);
    return target != NULL ? target : text_copy(path);
}

uint32_t file_delete(const char *path)
{
    return unlink(path) == 0 ? 0 : file_os_error();
}

/* --- folders -------------------------------------------------------------- */

uint32_t file_os_make_folder(const char *path)
{
    return mkdir(path, 0777) == 0 ? 0 : file_os_error();
}

uint32_t file_os_may_write(const char *folder)
{
    return access(folder, W_OK | X_OK) == 0 ? 0 : file_os_error();
}

enum file_kind file_os_kind(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return FILE_NOTHING;
    if (S_ISREG(status.st_mode))
        return FILE_FILE;
    return S_ISDIR(status.st_mode) ? FILE_FOLDER : FILE_OTHER;
}

uint32_t file_os_list(const char *folder, struct words *names)
{
    DIR *stream = opendir(folder);
    struct dirent *entry;
    uint32_t code;

    if (stream == NULL)
        return file_os_error();
    do {
        errno = 0;
        /* The stream is ours alone. NOLINTNEXTLINE(concurrency-mt-unsafe) */
        entry = readdir(stream);
        code = (uint32_t)errno;
        if (entry != NULL)
            words_add(names, entry->d_name);
    } while (entry != NULL);
    closedir(stream);
    return code;
}

/* --- paths ---------------------------------------------------------------- */

char *file_full(const char *path)
{
    char *here = getcwd(NULL, 0), *full;

    if (here == NULL) /* the working folder was deleted */
        return text_copy(path);
    full = file_join(here, path);
    free(here);
    return full;
}

char *file_program(void)
{
    return realpath("/proc/self/exe", NULL);
}
