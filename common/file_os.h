/* What file.c needs of the system; file_posix.c and file_windows.c. */
#ifndef IOMODELS_FILE_OS_H
#define IOMODELS_FILE_OS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/text.h"

/* fopen(), and the system's code for why it or another call of stdio failed. */
FILE *file_os_open(const char *path, const char *mode);
uint32_t file_os_error(void);
bool file_os_flush(FILE *file); /* to the disk */

/* In one step; without `over` an existing target is an error. */
uint32_t file_os_move(const char *from, const char *to, bool over);

/* The file that a write to `path` is to replace, links followed; NULL: it is
 * no file that could be replaced. The caller's to free. */
char *file_os_target(const char *path);

enum file_kind { FILE_NOTHING, FILE_FILE, FILE_FOLDER, FILE_OTHER };
enum file_kind file_os_kind(const char *path);

uint32_t file_os_make_folder(const char *path);
uint32_t file_os_may_write(const char *folder);

/* Every name in the folder, in any order. */
uint32_t file_os_list(const char *folder, struct words *names);

#endif
