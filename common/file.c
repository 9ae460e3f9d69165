#include "common/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file_os.h"
#include "common/text.h"

/* --- paths ---------------------------------------------------------------- */

char *file_join(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    bool bare = length == 0 || file_os_separator(folder[length - 1]);

    if (file_os_absolute(name))
        return text_copy(name);
    return text_make("%s%s%s", folder, bare ? "" : "/", name);
}

const char *file_name(const char *path)
{
    const char *name = path;

    for (; *path != '\0'; path++)
        if (file_os_separator(*path))
            name = path + 1;
    return name;
}

/* --- reading and writing -------------------------------------------------- */

uint32_t file_read(const char *path, char **data, size_t *size)
{
    enum { FILE_PIECE = 16 * 1024 };
    struct text text = {0};
    char piece[FILE_PIECE];
    FILE *file;
    uint32_t code;

    /* A pipe that nobody writes to would hold us here for ever. */
    if (file_os_kind(path) == FILE_OTHER)
        return FILE_NOT_REGULAR;
    file = file_os_open(path, "rb");
    if (file == NULL)
        return file_os_error();
    for (size_t got = 1; got > 0; text_add_bytes(&text, piece, got))
        got = fread(piece, 1, sizeof piece, file);
    code = ferror(file) ? file_os_error() : 0;
    fclose(file);
    *size = text.length;
    *data = text_take(&text);
    if (code != 0)
        free(*data);
    return code;
}

static uint32_t file_write_all(const char *path, const char *mode,
                               const void *data, size_t size)
{
    FILE *file = file_os_open(path, mode);
    uint32_t code = 0;

    if (file == NULL)
        return file_os_error();
    if (fwrite(data, 1, size, file) != size || fflush(file) != 0 ||
        (mode[0] == 'w' && !file_os_flush(file)))
        code = file_os_error();
    if (fclose(file) != 0 && code == 0)
        code = file_os_error();
    return code;
}

static uint32_t file_write(const char *path, const void *data, size_t size,
                           bool over)
{
    /* Unique among this machine's processes and within this one; the suffix
     * keeps what a killed process leaves from being taken for a record. */
    static uint32_t count;
    char *temporary =
        text_make("%s.%lu-%lu.part", path, (unsigned long)file_os_process(),
                  (unsigned long)++count);
    uint32_t code = file_write_all(temporary, "wb", data, size);

    if (code == 0)
        code = file_os_move(temporary, path, over);
    if (code != 0)
        file_delete(temporary);
    free(temporary);
    return code;
}

uint32_t file_write_new(const char *path, const void *data, size_t size)
{
    return file_write(path, data, size, false);
}

uint32_t file_write_over(const char *path, const void *data, size_t size)
{
    char *target = file_os_target(path);
    uint32_t code = target != NULL ? file_write(target, data, size, true)
                                   : file_write_all(path, "ab", data, size);

    free(target);
    return code;
}

/* --- folders -------------------------------------------------------------- */

uint32_t file_make_folders(const char *path)
{
    char *part = text_copy(path);
    uint32_t code;

    /* From the second character: the first may be the root. Folders above may
     * be there and still refuse to be made ("C:", a share), so only the last
     * one's code counts. */
    for (size_t at = 1; path[0] != '\0' && path[at] != '\0'; at++) {
        if (!file_os_separator(path[at]) || file_os_separator(path[at - 1]))
            continue;
        part[at] = '\0';
        if (!file_is_folder(part))
            file_os_make_folder(part);
        part[at] = path[at];
    }
    code = file_os_make_folder(part);
    if (code != 0 && file_is_folder(part))
        code = 0;
    free(part);
    return code;
}

void file_names_add(struct file_names *names, const char *name,
                    const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);

    if (length < tail || strcmp(name + length - tail, suffix) != 0)
        return;
    names->name =
        realloc(names->name, (names->count + 1) * sizeof *names->name);
    if (names->name == NULL)
        die("realloc");
    names->name[names->count++] = text_copy(name);
}

static int file_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

uint32_t file_list(const char *folder, const char *suffix,
                   struct file_names *names)
{
    uint32_t code;

    memset(names, 0, sizeof *names);
    code = file_os_list(folder, suffix, names);
    if (code != 0)
        file_names_free(names);
    else if (names->count > 1)
        qsort(names->name, names->count, sizeof *names->name, file_compare);
    return code;
}

void file_names_free(struct file_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->name[i]);
    free(names->name);
    memset(names, 0, sizeof *names);
}

bool file_is_file(const char *path)
{
    return file_os_kind(path) == FILE_FILE;
}

bool file_is_folder(const char *path)
{
    return file_os_kind(path) == FILE_FOLDER;
}

/* --- errors --------------------------------------------------------------- */

bool file_exists(uint32_t code)
{
    return file_os_trouble(code) == FILE_EXISTS;
}

bool file_output_done(void)
{
    uint32_t code;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    code = error_last();
    if (file_os_trouble(code) == FILE_UNREAD)
        return true;
    file_complain("write to", "standard output", code);
    return false;
}

void file_complain(const char *verb, const char *path, uint32_t code)
{
    static const char *const remedies[] = {
        [FILE_FULL] = "free some space or choose another disk",
        [FILE_EXISTS] = "choose another name: nothing is overwritten",
        [FILE_UNREAD] = "let it be read to its end",
        [FILE_TROUBLE] = "check the path and its permissions",
    };
    char text[256];

    if (code == FILE_NOT_REGULAR) {
        complain("cannot %s %s: it is not a regular file; check the path", verb,
                 path);
        return;
    }
    complain("cannot %s %s: %s (%s, %lu); %s", verb, path,
             error_text(code, text, sizeof text), error_name(code),
             (unsigned long)code, remedies[file_os_trouble(code)]);
}
