/* Files and folders by UTF-8 paths, on Windows too. Functions that return
 * uint32_t give 0 or the system's error code, for error_name, error_text and
 * file_complain. Texts they return are the caller's to free. */
#ifndef IOMODELS_FILE_H
#define IOMODELS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"

/* The whole file, with a zero byte after it that *size does not count. Pipes
 * and devices are not read: they may never end. */
uint32_t file_read(const char *path, char **data, size_t *size);

/* Writes a file whole or not at all: into a temporary beside it, flushed to
 * the disk, then renamed. file_write_new never replaces a file: it gives a code
 * for which file_exists is true. file_write_over replaces what a link leads to,
 * and writes into what is no file, such as /dev/stdout. */
uint32_t file_write_new(const char *path, const void *data, size_t size);
uint32_t file_write_over(const char *path, const void *data, size_t size);
bool file_exists(uint32_t code);

/* Makes the folder and its parents. A folder that is there already is fine, if
 * files can be made in it. */
uint32_t file_make_folders(const char *path);

/* The names (not paths) of a folder's files that end with `suffix`, sorted;
 * pipes and devices are left out. */
uint32_t file_list(const char *folder, const char *suffix, struct words *names);

uint32_t file_delete(const char *path);
bool file_is_file(const char *path);
bool file_is_folder(const char *path);

/* "folder/name"; a name that is absolute already is returned as it is. */
char *file_join(const char *folder, const char *name);

/* The last name of a path, within it. */
const char *file_name(const char *path);

/* The path from the root, with / between names; it need not exist. */
char *file_full(const char *path);

/* This program's own file; NULL when the system cannot tell. */
char *file_program(void);

/* Whatever was printed has reached standard output, or nobody reads it any
 * more (as with "| head"). False after one line to standard error. */
bool file_output_done(void);

/* One line to standard error: "cannot VERB PATH: text (NAME, code); ...". */
void file_complain(const char *verb, const char *path, uint32_t code);

#endif
