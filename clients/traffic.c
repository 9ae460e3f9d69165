#include "clients/traffic.h"

#include <string.h>

#include "common/options.h"

static const struct traffic *const traffic_mixed_members[] = {
    &traffic_echo, &traffic_churn, NULL};

static const struct traffic traffic_mixed = {
    .name = "mixed",
    .summary = "echo and churn, half of the connections each",
    .members = traffic_mixed_members,
    .pipelined = true,
    .thinks = true,
};

static const struct traffic *const traffic_all[] = {
    &traffic_echo,  &traffic_stream, &traffic_paced,
    &traffic_churn, &traffic_idle,   &traffic_mixed,
};

enum { TRAFFIC_COUNT = sizeof traffic_all / sizeof *traffic_all };

const struct traffic *traffic_find(const char *name)
{
    for (size_t i = 0; i < TRAFFIC_COUNT; i++)
        if (strcmp(traffic_all[i]->name, name) == 0)
            return traffic_all[i];
    return NULL;
}

const char *const *traffic_names(void)
{
    static const char *names[TRAFFIC_COUNT + 1];

    for (size_t i = 0; i < TRAFFIC_COUNT; i++)
        names[i] = traffic_all[i]->name;
    return names;
}
