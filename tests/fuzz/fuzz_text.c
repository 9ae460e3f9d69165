/* Texts that people, other programs and the kernel write: numbers, lists,
 * launchers, addresses, netsh, /proc; a stream cut into lines, however it
 * arrives; and words joined into Windows' one command line, which must split
 * into the same words again. */
#include "fuzz.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/machine.h"
#include "common/number.h"
#include "common/text.h"
#include "clients/endpoint.h"

/* In the place of getaddrinfo (the linker's --wrap): no name is looked up. */
int __real_getaddrinfo(const char *node, const char *service, /* NOLINT */
                       const struct addrinfo *hints, struct addrinfo **found);
int __wrap_getaddrinfo(const char *node, const char *service, /* NOLINT */
                       const struct addrinfo *hints, struct addrinfo **found);
int __wrap_getaddrinfo(const char *node, const char *service, /* NOLINT */
                       const struct addrinfo *hints, struct addrinfo **found)
{
    struct addrinfo numeric = {0};

    if (hints != NULL)
        numeric = *hints;
    numeric.ai_flags |= AI_NUMERICHOST;
    return __real_getaddrinfo(node, service, &numeric, found);
}

static void fuzz_numbers(const char *text)
{
    uint64_t value = 0;
    double share = 0;
    char shown[64];

    for (enum number_kind kind = NUMBER_COUNT; kind <= NUMBER_TIME; kind++)
        if (number_read(kind, text, &value)) {
            number_show(kind, value, shown, sizeof shown);
            number_show_count(value, shown, sizeof shown);
            number_show_bytes((double)value, shown, sizeof shown);
        }
    if (number_share(text, &share))
        fuzz_require(share >= 0 && share <= 1e300, "a share is a number");
}

static void fuzz_words(const char *text)
{
    struct words words = {0};
    size_t length = 0;

    words_split(&words, text);
    for (size_t i = 0; i < words.count; i++)
        length += strlen(words.word[i]);
    fuzz_require(length <= strlen(text), "words are parts of the text");
    words_free(&words);
}

static void fuzz_machine(const char *text)
{
    uint32_t first = 0, count = 0;
    uint64_t user, kernel;
    const char *mode = parse_netsh_loopback(text);

    fuzz_require(mode == NULL || strlen(mode) >= 6, "a mode is a name");
    for (int ends = 0; ends < 2; ends++)
        if (parse_ports(text, ends != 0, &first, &count))
            fuzz_require(first >= 1 && count >= 1 && first + count <= 65536,
                         "ports are ports");
    parse_wineserver(text, &user, &kernel);
    parse_after(text, "a", &user);
}

static void fuzz_addresses(const char *text)
{
    struct endpoint endpoint;
    static struct sources sources;
    char shown[ENDPOINT_TEXT];

    if (!endpoint_parse(text, &endpoint))
        endpoint_parse("127.0.0.1:1", &endpoint);
    fuzz_require(endpoint_show(&endpoint, shown)[0] != '\0', "it is shown");
    if (sources_parse(text, &endpoint, &sources))
        fuzz_require(sources.count >= 1 && sources.count <= SOURCES_MAX,
                     "sources have their most");
}

/* The line that begins at *at of the whole, without its end, and with a ? for
 * each byte that is no part of UTF-8. */
static void fuzz_line(const char *line, const uint8_t *data, size_t size,
                      size_t *at)
{
    const uint8_t *end = memchr(data + *at, '\n', size - *at);
    const size_t length = (end != NULL ? (size_t)(end - data) : size) - *at;
    const size_t text = length - (length > 0 && data[*at + length - 1] == '\r');

    for (size_t i = 0; i < text; i++) {
        const uint8_t byte = data[*at + i];

        fuzz_require((uint8_t)line[i] == byte ||
                         (byte >= 0x80 && line[i] == '?'),
                     "a line is what stood there");
    }
    fuzz_require(line[text] == '\0', "it ends where it ended");
    *at += length + 1;
}

static void fuzz_stream(const uint8_t *data, size_t size)
{
    struct lines l = {0};
    size_t at = 0, given = 0;
    char *line;

    while (given < size) {
        const size_t left = size - given, piece = 1 + data[given] % 50;

        lines_add(&l, (const char *)data + given, piece < left ? piece : left);
        given += piece < left ? piece : left;
        while ((line = lines_next(&l)) != NULL)
            fuzz_line(line, data, given, &at);
    }
    line = lines_rest(&l);
    if (line != NULL)
        fuzz_line(line, data, size, &at);
    fuzz_require(at >= size, "nothing is left out");
    lines_free(&l);
}

/* One argument by the rules of CommandLineToArgvW; moves *from behind it. */
static void fuzz_split(const char **from, char *to)
{
    bool quoted = false;
    const char *at = *from;

    while (*at != '\0' && (quoted || (*at != ' ' && *at != '\t'))) {
        size_t slashes = strspn(at, "\\");

        size_t shown = at[slashes] == '"' ? slashes / 2 : slashes;

        memset(to, '\\', shown);
        to += shown;
        at += slashes;
        if (*at == '"' && slashes % 2 == 0) {
            quoted = !quoted;
            at++;
        } else if (*at == '"' || slashes == 0) {
            *to++ = *at++;
        }
    }
    *to = '\0';
    *from = at;
}

static void fuzz_quote(const uint8_t *data, size_t size)
{
    struct fuzz_words w;

    fuzz_words_make(&w, data, size);
    char *text = words_quote((const char *const *)w.argv);
    if (strchr(w.argv[0], '"') == NULL) {
        const char *at = text + strlen(w.argv[0]) + 2;
        char *back = malloc(strlen(text) + 1);

        fuzz_require(back != NULL, "malloc");
        for (int i = 1; i < w.argc; i++) {
            fuzz_require(*at++ == ' ', "words are apart");
            fuzz_split(&at, back);
            fuzz_require(strcmp(back, w.argv[i]) == 0, "a word comes back");
        }
        fuzz_require(*at == '\0', "no word more");
        free(back);
    }
    free(text);
    fuzz_words_free(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    fuzz_numbers(text);
    fuzz_words(text);
    fuzz_machine(text);
    fuzz_addresses(text);
    fuzz_stream(data, size);
    fuzz_quote(data, size);
    free(text);
    return 0;
}
