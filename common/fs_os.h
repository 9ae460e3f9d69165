/* What fs.c needs of the system; fs_posix.c and fs_windows.c. */
#ifndef IOMODELS_FS_OS_H
#define IOMODELS_FS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fs.h"

/* A new file, written, flushed to the disk, then moved to the target in one
 * step; without `over` an existing target is an error. NULL: not moved. After
 * an error nothing is left of it. */
uint32_t fs_os_write(const char *temporary, const char *target,
                     const void *data, size_t size, bool over);
/* The file that a write to `path` is to replace, links followed; NULL: it is
 * no file that could be replaced. The caller's to free. */
char *fs_os_target(const char *path);
/* Opens what is there and writes to it, after whatever it holds. */
uint32_t fs_os_write_into(const char *path, const void *data, size_t size);
/* Removes a temporary unless its writer is at work. */
void fs_os_sweep(const char *temporary);
uint32_t fs_os_make_folder(const char *path);
uint32_t fs_os_remove_folder(const char *path); /* only an empty one */
/* Every file of the folder, in any order: calls `each` with its name. */
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
    FS_HELD,
    FS_UNREAD,
    FS_OTHER
};
enum fs_trouble fs_os_trouble(uint32_t code);

void *fs_alloc(size_t size); /* dies rather than return NULL */
char *fs_copy(const char *text);

#endif
