#include "base/win.h"
#include <sys/mman.h>

enum { WIN_PAGE = 4096 };

long win_commits_left = -1;

/* A page ahead of what is reserved remembers its size. */
static void *win_reserve(size_t bytes)
{
    char *map = mmap(NULL, bytes + WIN_PAGE, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED || mprotect(map, WIN_PAGE, PROT_READ | PROT_WRITE)) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    *(size_t *)(void *)map = bytes + WIN_PAGE;
    return map + WIN_PAGE;
}

void *VirtualAlloc(void *base, size_t bytes, DWORD how, DWORD access)
{
    (void)access;
    if (how == MEM_RESERVE)
        return win_reserve(bytes);
    uintptr_t first = (uintptr_t)base & ~(uintptr_t)(WIN_PAGE - 1);
    size_t length = (uintptr_t)base + bytes - first;
    if (win_commits_left == 0 ||
        mprotect((void *)first, length, PROT_READ | PROT_WRITE) != 0) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    if (win_commits_left > 0)
        win_commits_left--;
    return base;
}

int VirtualFree(void *base, size_t bytes, DWORD how)
{
    (void)bytes;
    (void)how;
    char *map = (char *)base - WIN_PAGE;
    return munmap(map, *(size_t *)(void *)map) == 0;
}
