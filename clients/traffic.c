#include "clients/traffic.h"

#include <stdio.h>
#include <string.h>

#include "common/args.h"
#include "common/errors.h"
#include "common/number.h"

enum { TRAFFIC_ROWS = 16, MIX_TEXT = 32 };

const struct traffic *traffic_find(const char *name, bool hostile)
{
    const struct traffic *row = traffic_table;

    while (row->name != NULL &&
           (row->hostile != hostile || strcmp(row->name, name) != 0))
        row++;
    return row->name != NULL ? row : NULL;
}

const char *const *traffic_names(bool hostile)
{
    static const char *names[2][TRAFFIC_ROWS];
    size_t count = 0;

    for (const struct traffic *row = traffic_table; row->name != NULL; row++)
        if (row->hostile == hostile)
            names[hostile][count++] = row->name;
    return names[hostile];
}

static bool mix_add(struct mix *mix, const char *kind)
{
    const struct traffic *traffic = traffic_find(kind, true);
    const char *near = args_nearest(kind, traffic_names(true));

    if (traffic == NULL) {
        complain("--hostile: there is no kind '%s'%s%s%s; the kinds are "
                 "silent, slow, deaf and reset",
                 kind, near != NULL ? "; did you mean '" : "",
                 near != NULL ? near : "", near != NULL ? "'?" : "");
        return false;
    }
    for (uint32_t i = 0; i < mix->hostile; i++) {
        if (mix->part[mix->healthy + i] == traffic) {
            complain("--hostile: %s is named twice; name it once", kind);
            return false;
        }
    }
    mix->part[mix->healthy + mix->hostile++] = traffic;
    return true;
}

/* Copies the text up to one of `ends`, cut where it is too long to be right;
 * returns what follows the copied text. */
static const char *mix_word(const char *text, const char *ends,
                            char word[MIX_TEXT])
{
    size_t length = strcspn(text, ends);

    snprintf(word, MIX_TEXT, "%.*s", (int)length, text);
    return text + length;
}

bool mix_make(struct mix *mix, const char *pattern, const char *hostile)
{
    const struct traffic *traffic = traffic_find(pattern, false);
    char word[MIX_TEXT];

    *mix = (struct mix){0};
    for (; traffic->members[mix->healthy] != NULL; mix->healthy++)
        mix->part[mix->healthy] = traffic->members[mix->healthy];
    if (mix->healthy == 0)
        mix->part[mix->healthy++] = traffic;
    if (hostile == NULL)
        return true;
    hostile = mix_word(hostile, ":", word);
    if (!number_share(word, &mix->share) || mix->share <= 0 ||
        mix->share > 0.9) {
        complain("--hostile: '%s' is not a share of more than 0 and at most "
                 "90%%; give one such as 20%% or 20%%:silent,reset",
                 word);
        return false;
    }
    if (*hostile == '\0')
        for (const char *const *kind = traffic_names(true); *kind != NULL;
             kind++)
            mix_add(mix, *kind);
    while (*hostile != '\0') {
        hostile = mix_word(hostile + 1, ",", word);
        if (!mix_add(mix, word))
            return false;
    }
    return true;
}

uint64_t mix_hostile(const struct mix *mix, uint64_t connections)
{
    /* A share such as 0.2 is a little less than it should be. */
    return (uint64_t)((double)connections * mix->share + 1e-6);
}

uint32_t mix_part(const struct mix *mix, uint64_t connection, uint64_t *ordinal)
{
    uint64_t before = mix_hostile(mix, connection);
    bool hostile = mix_hostile(mix, connection + 1) > before;
    uint64_t among = hostile ? before : connection - before;
    uint32_t parts = hostile ? mix->hostile : mix->healthy;

    *ordinal = among / parts;
    return (hostile ? mix->healthy : 0) + (uint32_t)(among % parts);
}
