#include "common/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/fs_os.h"

enum { FS_TRIES = 3 };
static const char fs_part[] = ".part";
static const char fs_digits[] = "0123456789";

void *fs_alloc(size_t size)
{
    void *memory = malloc(size);

    if (memory == NULL)
        die("malloc");
    return memory;
}

char *fs_copy(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(fs_alloc(size), text, size);
}

char *fs_join(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    size_t size = length + strlen(name) + 2;
    bool bare = length == 0 || fs_os_separator(folder[length - 1]);
    char *path;

    if (fs_os_absolute(name))
        return fs_copy(name);
    path = fs_alloc(size);
    snprintf(path, size, "%s%s%s", folder, bare ? "" : "/", name);
    return path;
}

const char *fs_name(const char *path)
{
    const char *name = path;

    for (; *path != '\0'; path++)
        if (fs_os_separator(*path))
            name = path + 1;
    return name;
}

/* Unique among this machine's processes and within this one; the suffix keeps
 * what a killed process leaves from being taken for a record. */
static char *fs_temporary(const char *path)
{
    static uint32_t count;
    size_t size = strlen(path) + 32;
    char *temporary = fs_alloc(size);

    snprintf(temporary, size, "%s.%lu-%lu%s", path,
             (unsigned long)fs_os_process(), (unsigned long)++count, fs_part);
    return temporary;
}

static uint32_t fs_write(const char *path, const void *data, size_t size,
                         bool over)
{
    uint32_t code = 0;

    /* Another's fs_sweep may take the temporary away in the one moment in
     * which nothing tells that we are at work. */
    for (int tries = 0; tries < FS_TRIES; tries++) {
        char *temporary = fs_temporary(path);

        fs_os_sweep(temporary); /* of one who was killed and had our number */
        code = fs_os_write(temporary, path, data, size, over);
        free(temporary);
        if (fs_os_trouble(code) != FS_MISSING)
            break;
    }
    return code;
}

uint32_t fs_write_new(const char *path, const void *data, size_t size)
{
    return fs_write(path, data, size, false);
}

uint32_t fs_write_over(const char *path, const void *data, size_t size)
{
    char *target = fs_os_target(path);
    uint32_t code = target != NULL ? fs_write(target, data, size, true)
                                   : fs_os_write_into(path, data, size);

    free(target);
    return code;
}

bool fs_exists(uint32_t code)
{
    return fs_os_trouble(code) == FS_EXISTS;
}

bool fs_held(uint32_t code)
{
    return fs_os_trouble(code) == FS_HELD;
}

uint32_t fs_make_folders(const char *path)
{
    char *part = fs_copy(path);
    uint32_t code = 0;

    /* From the second character: the first may be the root. Folders above may
     * be there and still refuse to be made ("C:", a share), so only the last
     * one's code counts. */
    for (size_t at = 1; path[0] != '\0' && path[at] != '\0'; at++) {
        if (!fs_os_separator(path[at]) || fs_os_separator(path[at - 1]))
            continue;
        part[at] = '\0';
        if (!fs_is_folder(part))
            fs_os_make_folder(part);
        part[at] = path[at];
    }
    code = fs_os_make_folder(part);
    if (code != 0 && fs_is_folder(part))
        code = 0;
    free(part);
    return code;
}

/* Shortens the path to the folder above; false when it names none. */
static bool fs_go_up(char *path)
{
    size_t end = strlen(path);

    while (end > 0 && fs_os_separator(path[end - 1]))
        end--;
    while (end > 0 && !fs_os_separator(path[end - 1]))
        end--;
    while (end > 1 && fs_os_separator(path[end - 1]))
        end--;
    path[end] = '\0';
    return end > 0;
}

size_t fs_folders_there(const char *path)
{
    char *part = fs_copy(path);
    size_t length = 0;

    do
        if (fs_is_folder(part))
            length = strlen(part);
    while (length == 0 && fs_go_up(part));
    free(part);
    return length;
}

void fs_remove_folders(const char *path, size_t there)
{
    char *part = fs_copy(path);

    while (strlen(part) > there && fs_os_remove_folder(part) == 0 &&
           fs_go_up(part))
        ;
    free(part);
}

uint32_t fs_try_folder(const char *path)
{
    char *probe = fs_join(path, "writable");
    char *temporary = fs_temporary(probe);
    uint32_t code = fs_os_write(temporary, NULL, "", 0, false);

    /* Where this fails another's fs_sweep has it in hand. */
    if (code == 0)
        fs_delete(temporary);
    free(temporary);
    free(probe);
    return code;
}

struct fs_collector {
    struct fs_names *names;
    const char *suffix;
    size_t room;
};

static void fs_collect(void *context, const char *name)
{
    struct fs_collector *collector = context;
    struct fs_names *names = collector->names;
    size_t length = strlen(name), tail = strlen(collector->suffix);

    if (length < tail || strcmp(name + length - tail, collector->suffix) != 0)
        return;
    if (names->count == collector->room) {
        collector->room = collector->room == 0 ? 64 : 2 * collector->room;
        names->name =
            realloc(names->name, collector->room * sizeof *names->name);
        if (names->name == NULL)
            die("realloc");
    }
    names->name[names->count++] = fs_copy(name);
}

static int fs_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

uint32_t fs_list(const char *folder, const char *suffix, struct fs_names *names)
{
    struct fs_collector collector = {names, suffix, 0};
    uint32_t code;

    memset(names, 0, sizeof *names);
    code = fs_os_each(folder, fs_collect, &collector);
    if (code != 0)
        fs_names_free(names);
    else if (names->count > 1)
        qsort(names->name, names->count, sizeof *names->name, fs_compare);
    return code;
}

void fs_names_free(struct fs_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->name[i]);
    free(names->name);
    memset(names, 0, sizeof *names);
}

/* "NAME.12-3.part", as fs_temporary makes them. */
static bool fs_is_temporary(const char *name)
{
    const char *at = name + strlen(name) - strlen(fs_part);
    size_t process, number;

    while (at > name && at[-1] != '.')
        at--;
    if (at <= name + 1)
        return false;
    process = strspn(at, fs_digits);
    at += process;
    if (process == 0 || *at != '-')
        return false;
    number = strspn(at + 1, fs_digits);
    return number > 0 && strcmp(at + 1 + number, fs_part) == 0;
}

void fs_sweep(const char *folder)
{
    struct fs_names names;

    if (fs_list(folder, fs_part, &names) != 0)
        return;
    for (size_t i = 0; i < names.count; i++) {
        char *path = fs_join(folder, names.name[i]);

        if (fs_is_temporary(names.name[i]))
            fs_os_sweep(path);
        free(path);
    }
    fs_names_free(&names);
}

bool fs_output_done(void)
{
    uint32_t code;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    code = error_last();
    if (fs_os_trouble(code) == FS_UNREAD)
        return true;
    fs_complain("write to", "standard output", code);
    return false;
}

void fs_complain(const char *verb, const char *path, uint32_t code)
{
    static const char *const remedies[] = {
        [FS_FULL] = "free some space or choose another disk",
        [FS_DENIED] = "choose a place you may use, or change its permissions",
        [FS_MISSING] = "check the path",
        [FS_EXISTS] = "choose another name: nothing is overwritten",
        [FS_UNREAD] = "let it be read to its end",
        [FS_HELD] = "wait until the program that uses it has ended",
        [FS_OTHER] = "check the path and the disk",
    };
    char text[256];

    if (code == FS_NOT_REGULAR) {
        complain("cannot %s %s: it is not a regular file; check the path", verb,
                 path);
        return;
    }
    complain("cannot %s %s: %s (%s, %lu); %s", verb, path,
             error_text(code, text, sizeof text), error_name(code),
             (unsigned long)code, remedies[fs_os_trouble(code)]);
}
