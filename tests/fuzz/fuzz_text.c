/* Texts that people, other programs and the kernel write: numbers, lists,
 * launchers, addresses, netsh, /proc. */
#include "fuzz.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/number.h"
#include "common/text.h"
#include "clients/endpoint.h"
#include "common/parse.h"

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
    uint64_t value = 0, values[8];
    double share = 0;
    char shown[64];

    if (number_count(text, &value))
        number_show_count(value, shown, sizeof shown);
    if (number_size(text, &value))
        number_show_bytes((double)value, shown, sizeof shown);
    if (number_time(text, &value))
        number_show_seconds((double)value / 1e6, shown, sizeof shown);
    if (number_share(text, &share))
        fuzz_require(share >= 0 && share <= 1e300, "a share is a number");
    fuzz_require(args_counts(text, values, 8) <= 8, "a list has its most");
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
    args_nearest(text, (const char *const[]){"iocp", "select", "", NULL});
}

static void fuzz_machine(const char *text)
{
    uint32_t first = 0, count = 0;
    uint64_t user, kernel;
    const char *mode = parse_netsh_loopback(text);

    fuzz_require(mode == NULL || strlen(mode) >= 6, "a mode is a name");
    if (parse_netsh_ports(text, &first, &count))
        fuzz_require(first >= 1 && count >= 1 && first + count <= 65536,
                     "ports are ports");
    if (parse_port_range(text, &first, &count))
        fuzz_require(first >= 1 && count >= 1 && first + count <= 65536,
                     "a range is of ports");
    parse_wineserver(text, &user, &kernel);
    parse_sockstat(text, &user);
    parse_open_files(text, &user);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    fuzz_numbers(text);
    fuzz_words(text);
    fuzz_machine(text);
    fuzz_addresses(text);
    free(text);
    return 0;
}
