#include "common/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file_os.h"
#include "common/text.h"

#ifdef _WIN32
#include "common/win.h"

enum {
    FILE_WINDOWS = true,
    FILE_EXISTS = ERROR_ALREADY_EXISTS,
    FILE_UNREAD = ERROR_NO_DATA,
    FILE_UNREAD_BEFORE = ERROR_BROKEN_PIPE
};

#define getpid() GetCurrentProcessId()
#else
#include <errno.h>
#include <unistd.h>

enum {
    FILE_WINDOWS = false,
    FILE_EXISTS = EEXIST,
    FILE_UNREAD = EPIPE,
    FILE_UNREAD_BEFORE = EPIPE
};
#endif

/* --- paths ---------------------------------------------------------------- */

static bool file_separator(char c)
{
    return c == '/' || (FILE_WINDOWS && c == '\\');
}

char *file_join(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    bool bare = length == 0 || file_separator(folder[length - 1]);

    if (file_separator(name[0]) ||
        (FILE_WINDOWS && name[0] != '\0' && name[1] == ':'))
        return text_copy(name);
    return text_make("%s%s%s", folder, bare ? "" : "/", name);
}

const char *file_name(const char *path)
{
    const char *name = path;

    for (; *path != '\0'; path++)
        if (file_separator(*path))
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
    static unsigned long count;
    char *temporary =
        text_make("%s.%lu-%lu.part", path, (unsigned long)getpid(), ++count);
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
        if (!file_separator(path[at]))
            continue;
        part[at] = '\0';
        if (!file_is_folder(part))
            file_os_make_folder(part);
        part[at] = path[at];
    }
    code = file_os_make_folder(part);
    if (code != 0 && file_is_folder(part))
        code = file_os_may_write(part);
    free(part);
    return code;
}

static int file_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

uint32_t file_list(const char *folder, const char *suffix, struct words *names)
{
    struct words all = {0};
    uint32_t code = file_os_list(folder, &all);

    memset(names, 0, sizeof *names);
    for (size_t i = 0; i < all.count && code == 0; i++) {
        size_t length = strlen(all.word[i]), tail = strlen(suffix);
        char *path = file_join(folder, all.word[i]);
        enum file_kind kind = file_os_kind(path);

        free(path);
        /* A link that leads nowhere is listed: reading it gives the error. */
        if ((kind == FILE_FILE || kind == FILE_NOTHING) && length >= tail &&
            strcmp(all.word[i] + length - tail, suffix) == 0)
            words_add(names, all.word[i]);
    }
    words_free(&all);
    if (names->count > 1)
        qsort(names->word, names->count, sizeof *names->word, file_compare);
    return code;
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
    return code == FILE_EXISTS;
}

bool file_output_done(void)
{
    uint32_t code;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    code = error_last();
    if (code == FILE_UNREAD || code == FILE_UNREAD_BEFORE)
        return true;
    file_complain("write to", "standard output", code);
    return false;
}

void file_complain(const char *verb, const char *path, uint32_t code)
{
    char text[256];

    complain("cannot %s %s: %s (%s, %lu); check the path, its permissions and "
             "the free space",
             verb, path, error_text(code, text, sizeof text), error_name(code),
             (unsigned long)code);
}
