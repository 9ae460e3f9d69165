#include "plots/report/report.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/fs.h"
#include "results/text.h"

/* The names on the way from the root, without "." and "name/..". */
struct link_path {
    char *store;
    size_t count, root; /* names that only links with a drive could change */
    char **name;
};

static void link_add(struct link_path *path, char *name)
{
    if (name[0] == '\0' || strcmp(name, ".") == 0)
        return;
    if (strcmp(name, "..") != 0)
        path->name[path->count++] = name;
    else if (path->count > 0)
        path->count--;
}

/* Roots: "/", "C:/", "//host/share/". */
static size_t link_root(const char *full)
{
    if (strncmp(full, "//", 2) == 0)
        return 2;
    return full[0] == '/' ? 0 : 1;
}

static struct link_path link_path(const char *text)
{
    char *full = fs_full(text), *name = full;
    struct link_path path = {full, 0, link_root(full), NULL};

    path.name = calloc(strlen(full) + 1, sizeof(char *));
    if (path.name == NULL)
        die("calloc");
    for (char *at = full;; at++) {
        bool end = *at == '\0';

        if (!end && *at != '/')
            continue;
        *at = '\0';
        link_add(&path, name);
        name = at + 1;
        if (end)
            return path;
    }
}

static void link_free(struct link_path *path)
{
    free(path->store);
    free(path->name);
}

char *report_link(const char *page, const char *folder)
{
    struct link_path from = link_path(page), to = link_path(folder);
    struct text link = {0};
    size_t same = 0, up = from.count - (from.count > 0); /* less the file */
    bool near;

    while (same < up && same < to.count &&
           strcmp(from.name[same], to.name[same]) == 0)
        same++;
    near = same >= from.root && same >= to.root;
    for (size_t i = same; i < up; i++)
        text_add(&link, "%s..", link.length > 0 ? "/" : "");
    for (size_t i = same; i < to.count; i++)
        text_add(&link, "%s%s", link.length > 0 ? "/" : "", to.name[i]);
    link_free(&from);
    link_free(&to);
    if (near)
        return text_take(&link);
    free(link.data);
    return NULL;
}
