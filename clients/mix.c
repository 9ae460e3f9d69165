#include "clients/mix.h"

#include <stdio.h>
#include <string.h>

#include "common/args.h"
#include "common/errors.h"
#include "common/number.h"

enum { MIX_TEXT = 32 };

static bool mix_bad_kind(const char *kind)
{
    const char *near = args_nearest(kind, hostile_names());

    complain("--hostile: there is no kind '%s'%s%s%s; the kinds are silent, "
             "slow, deaf and reset",
             kind, near != NULL ? "; did you mean '" : "",
             near != NULL ? near : "", near != NULL ? "'?" : "");
    return false;
}

static bool mix_add(struct mix *mix, const char *kind)
{
    const struct traffic *traffic = hostile_find(kind);

    if (traffic == NULL)
        return mix_bad_kind(kind);
    for (uint32_t i = 0; i < mix->hostile; i++) {
        if (mix->part[mix->healthy + i] == traffic) {
            complain("--hostile: %s is named twice; name it once", kind);
            return false;
        }
    }
    mix->part[mix->healthy + mix->hostile++] = traffic;
    return true;
}

static bool mix_kinds(struct mix *mix, const char *text)
{
    for (;;) {
        size_t length = strcspn(text, ",");
        char kind[MIX_TEXT];

        snprintf(kind, sizeof kind, "%.*s",
                 (int)(length < sizeof kind ? length : sizeof kind - 1), text);
        if (!mix_add(mix, kind))
            return false;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}

static bool mix_share(struct mix *mix, const char *text, size_t length)
{
    char share[MIX_TEXT];

    snprintf(share, sizeof share, "%.*s",
             (int)(length < sizeof share ? length : sizeof share - 1), text);
    if (number_share(share, &mix->share) && mix->share > 0 && mix->share <= 0.9)
        return true;
    complain("--hostile: '%s' is not a share of more than 0 and at most 90%%; "
             "give one such as 20%% or 20%%:silent,reset",
             share);
    return false;
}

bool mix_make(struct mix *mix, const char *pattern, const char *hostile)
{
    const struct traffic *traffic = traffic_find(pattern);
    const char *const *kind;
    size_t length;

    *mix = (struct mix){0};
    if (traffic->members == NULL)
        mix->part[mix->healthy++] = traffic;
    else
        while (traffic->members[mix->healthy] != NULL) {
            mix->part[mix->healthy] = traffic->members[mix->healthy];
            mix->healthy++;
        }
    if (hostile == NULL)
        return true;
    length = strcspn(hostile, ":");
    if (!mix_share(mix, hostile, length))
        return false;
    if (hostile[length] == ':')
        return mix_kinds(mix, hostile + length + 1);
    for (kind = hostile_names(); *kind != NULL; kind++)
        mix_add(mix, *kind);
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
