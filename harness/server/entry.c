#include "server/entry.h"
#include "common/die.h"
#include "common/win.h"
#include <stdlib.h>

/* What the C library calls; its headers do not declare it for the program. */
int wmain(int argc, wchar_t **wide);

static char *entry_utf8(const wchar_t *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    if (!text ||
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL) == 0)
        die("WideCharToMultiByte");
    return text;
}

int wmain(int argc, wchar_t **wide)
{
    char **texts = calloc((size_t)argc + 1, sizeof *texts);
    if (!texts)
        die("calloc");
    for (int i = 0; i < argc; i++)
        texts[i] = entry_utf8(wide[i]);
    return server_main(argc, texts);
}
