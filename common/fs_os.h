/* What fs.c needs of the system; fs_posix.c and fs_windows.c. */
#ifndef IOMODELS_FS_OS_H
#define IOMODELS_FS_OS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct fs_names;

/* fopen(), and the system's code for why it or another call of stdio failed. */
FILE *fs_os_open(const char *path, const char *mode);
uint32_t fs_os_error(void);
bool fs_os_flush(FILE *file); /* to the disk */

/* In one step; without `over` an existing target is an error. */
uint32_t fs_os_move(const char *from, const char *to, bool over);

/* The file that a write to `path` is to replace, links followed; NULL: it is
 * no file that could be replaced. The caller's to free. */
char *fs_os_target(const char *path);

enum fs_kind { FS_NOTHING, FS_FILE, FS_FOLDER, FS_OTHER };
enum fs_kind fs_os_kind(const char *path);

uint32_t fs_os_make_folder(const char *path);

/* Calls fs_names_add with every file of the folder, in any order. */
uint32_t fs_os_list(const char *folder, const char *suffix,
                    struct fs_names *names);
void fs_names_add(struct fs_names *names, const char *name, const char *suffix);

uint32_t fs_os_process(void);
bool fs_os_absolute(const char *path);
bool fs_os_separator(char c);

enum fs_trouble { FS_FULL, FS_EXISTS, FS_UNREAD, FS_TROUBLE };
enum fs_trouble fs_os_trouble(uint32_t code);

#endif
