#include "capture.h"

#include <stdio.h>

#ifdef _WIN32
#include <io.h>
#include "common/win.h"
#else
#include <unistd.h>
#endif

static FILE *capture_file;
static long capture_from;

bool capture_begin(void)
{
    capture_file = tmpfile();
    if (capture_file == NULL)
        return false;
    fflush(stderr);
#ifdef _WIN32
    HANDLE handle = (HANDLE)_get_osfhandle(_fileno(capture_file));
    return _dup2(_fileno(capture_file), 2) == 0 &&
           SetStdHandle(STD_ERROR_HANDLE, handle);
#else
    return dup2(fileno(capture_file), STDERR_FILENO) >= 0;
#endif
}

char *capture_take(char *text, size_t size)
{
    fflush(stderr);
    /* The writers share its position: it is put back where they are. */
    fseek(capture_file, capture_from, SEEK_SET);
    size_t got = fread(text, 1, size - 1, capture_file);
    text[got] = '\0';
    fseek(capture_file, 0, SEEK_END);
    capture_from = ftell(capture_file);
    fflush(capture_file);
    return text;
}
