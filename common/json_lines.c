#include "common/json_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/text.h"

enum { JSON_LINES_WHOLE = 1000 }; /* where longer ones are divided */

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#include "common/win.h"

static UINT json_lines_code_page; /* the console's before; 0: no console */

void json_lines_init(void)
{
    enum { JSON_LINES_BUFFER = 64 * 1024 };

    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    /* A console would get it byte by byte, and cannot put together what is
     * more than one. */
    setvbuf(stdout, NULL, _IOFBF, JSON_LINES_BUFFER);
    json_lines_code_page = GetConsoleOutputCP();
    SetConsoleOutputCP(CP_UTF8);
    atexit(json_lines_done);
}

void json_lines_done(void)
{
    fflush(stdout);
    if (json_lines_code_page != 0)
        SetConsoleOutputCP(json_lines_code_page);
}

static size_t json_lines_take(char *to, size_t size)
{
    DWORD got = 0;

    /* A pipe whose writer is gone is an error, and an end. */
    if (!ReadFile(GetStdHandle(STD_INPUT_HANDLE), to, (DWORD)size, &got, NULL))
        return 0;
    return got;
}
#else
#include <errno.h>
#include <signal.h>
#include <unistd.h>

void json_lines_init(void)
{
    /* A reader that went away is an error of the write, not our death. */
    signal(SIGPIPE, SIG_IGN);
    /* So is a file that reaches the limit on its size. */
    signal(SIGXFSZ, SIG_IGN);
}

static size_t json_lines_take(char *to, size_t size)
{
    ssize_t got;

    do
        got = read(STDIN_FILENO, to, size);
    while (got < 0 && errno == EINTR);
    return got > 0 ? (size_t)got : 0;
}
#endif

static struct {
    bool on;
    uint64_t rank;
} json_lines_divided;

void json_lines_divide(uint64_t rank)
{
    json_lines_divided.on = true;
    json_lines_divided.rank = rank;
}

/* Quoting makes a piece up to twice as long. */
static void json_lines_add_pieces(struct text *to, const char *json)
{
    enum { JSON_LINES_PIECE = 400 };

    while (*json != '\0') {
        cJSON *object = cJSON_CreateObject();
        size_t size = strlen(json);
        struct text piece = {0};
        char *line;

        if (size > JSON_LINES_PIECE)
            size = JSON_LINES_PIECE;
        while ((json[size] & 0xC0) == 0x80) /* within a character */
            size--;
        text_add_bytes(&piece, json, size);
        json += size;
        json_add_count(object, "rank", json_lines_divided.rank);
        cJSON_AddStringToObject(object, "piece", piece.data);
        cJSON_AddBoolToObject(object, "more", *json != '\0');
        line = cJSON_PrintUnformatted(object);
        if (line == NULL)
            die("cJSON_PrintUnformatted");
        text_add(to, "%s\n", line);
        cJSON_free(line);
        cJSON_Delete(object);
        free(piece.data);
    }
}

char *json_print(const cJSON *value)
{
    char *printed = cJSON_Print(value), *text;

    if (printed == NULL)
        die("cJSON_Print");
    text = text_make("%s\n", printed);
    cJSON_free(printed);
    return utf8_valid(text);
}

/* One call of stdio, which locks the stream: lines never mix. */
bool json_lines_write(cJSON *object)
{
    char *json = cJSON_PrintUnformatted(object);
    struct text line = {0};
    bool written;

    cJSON_Delete(object);
    if (json == NULL)
        die("cJSON_PrintUnformatted");
    utf8_valid(json);
    if (json_lines_divided.on && strlen(json) > JSON_LINES_WHOLE)
        json_lines_add_pieces(&line, json);
    else
        text_add(&line, "%s\n", json);
    cJSON_free(json);
    written = fwrite(line.data, 1, line.length, stdout) == line.length &&
              fflush(stdout) == 0;
    free(line.data);
    return written;
}

/* Past stdio: a thread that waits in getc holds the lock of stdin, and exit()
 * would wait for it when it flushes all streams. */
bool json_lines_read(char *line, size_t size)
{
    static struct lines input;
    char piece[512], *text = lines_next(&input);
    size_t got = 1;

    while (text == NULL && got > 0) {
        got = json_lines_take(piece, sizeof piece);
        lines_add(&input, piece, got);
        text = got > 0 ? lines_next(&input) : lines_rest(&input);
    }
    snprintf(line, size, "%s", text != NULL ? text : "");
    return text != NULL;
}

void json_lines_error(bool json, uint32_t code, const char *hint,
                      const char *format, ...)
{
    char what[1024], text[256] = "", shown[512] = "";
    va_list list;

    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    if (code != 0)
        snprintf(shown, sizeof shown, ": error %lu (%s): %s",
                 (unsigned long)code, error_name(code),
                 error_text(code, text, sizeof text));
    if (json) {
        cJSON *event = cJSON_CreateObject();

        cJSON_AddStringToObject(event, "event", "error");
        cJSON_AddStringToObject(event, "what", what);
        if (code != 0) {
            json_add_count(event, "code", code);
            cJSON_AddStringToObject(event, "name", error_name(code));
            cJSON_AddStringToObject(event, "text", text);
        }
        if (hint != NULL)
            cJSON_AddStringToObject(event, "hint", hint);
        json_lines_write(event);
    }
    complain("%s%s%s%s", what, shown, hint != NULL ? "; " : "",
             hint != NULL ? hint : "");
}

void json_add_count(cJSON *object, const char *name, uint64_t value)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    cJSON_AddRawToObject(object, name, digits);
}

void json_add_text(cJSON *array, char *text)
{
    cJSON_AddItemToArray(array, cJSON_CreateString(text));
    free(text);
}

void json_add_known(cJSON *object, const char *name, bool known, double value)
{
    cJSON_AddItemToObject(
        object, name, known ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}
