/* What fs.c needs of the system; fs_posix.c and fs_windows.c. */
#ifndef IOMODELS_FS_OS_H
#define IOMODELS_FS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fs_mode {
    FS_OPEN_READ,
    FS_OPEN_NEW, /* to write; an error when it is there */
    FS_OPEN_INTO /* to write behind what is there */
};

/* *file is the system's number or handle. */
uint32_t fs_os_open(const char *path, enum fs_mode mode, intptr_t *file);
uint32_t fs_os_size(intptr_t file, size_t *size); /* or FS_NOT_REGULAR */
/* As much as one call moves; *done is 0 at the end of a file. */
uint32_t fs_os_read(intptr_t file, void *data, size_t size, size_t *done);
uint32_t fs_os_write(intptr_t file, const void *data, size_t size,
                     size_t *done);
uint32_t fs_os_flush(intptr_t file); /* to the disk */
uint32_t fs_os_close(intptr_t file);

/* In one step; without `over` an existing target is an error. */
uint32_t fs_os_move(const char *from, const char *to, bool over);
/* The file that a write to `path` is to replace, links followed; NULL: it is
 * no file that could be replaced. The caller's to free. */
char *fs_os_target(const char *path);
uint32_t fs_os_make_folder(const char *path);
/* Calls `each` with the name of every file of the folder, in any order. */
uint32_t fs_os_each(const char *folder,
                    void (*each)(void *context, const char *name),
                    void *context);
uint32_t fs_os_process(void);
bool fs_os_absolute(const char *path);
bool fs_os_separator(char c);

enum fs_trouble {
    FS_FULL,
    FS_DENIED,
    FS_MISSING,
    FS_EXISTS,
    FS_UNREAD,
    FS_OTHER
};
enum fs_trouble fs_os_trouble(uint32_t code);

#endif
