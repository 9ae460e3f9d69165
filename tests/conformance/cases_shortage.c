/* Out of memory by the limit of a job. The other shortages need a limit of a
 * running process that Windows does not have: test_shortage.py makes them
 * below Wine. */
#include "cases.h"
#include "fixture.h"

#include <string.h>

enum {
    SHORTAGE_HEALTHY = 10,
    SHORTAGE_CROWD = 200,
    SHORTAGE_LATER = 20,
    SHORTAGE_ROOM = 4 << 20 /* bytes that it may still commit */
};

/* 0: as much as it likes. */
static void shortage_limit(struct fixture *f, uint64_t bytes)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limit = {0};
    limit.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (bytes) {
        limit.BasicLimitInformation.LimitFlags |=
            JOB_OBJECT_LIMIT_PROCESS_MEMORY;
        limit.ProcessMemoryLimit = (SIZE_T)bytes;
    }
    require(SetInformationJobObject(f->server.job,
                                    JobObjectExtendedLimitInformation, &limit,
                                    sizeof limit),
            "SetInformationJobObject: %lu", GetLastError());
}

static void shortage_echo(struct client **c, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        client_echo(c[i], 1000);
        fixture_good(c[i]);
    }
}

static void shortage_names(const cJSON *final, uint64_t refused)
{
    static const char *const names[] = {
        "ERROR_NOT_ENOUGH_MEMORY", "ERROR_OUTOFMEMORY",
        "ERROR_COMMITMENT_LIMIT", "ERROR_NO_SYSTEM_RESOURCES", "WSAENOBUFS"};
    const cJSON *reason;
    uint64_t named = 0;
    cJSON_ArrayForEach (reason, cJSON_GetObjectItem(final, "refusals")) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (!strcmp(reason->string, names[i]))
                named += (uint64_t)cJSON_GetNumberValue(reason);
    }
    require(named == refused, "%llu were refused, %llu by a name of memory",
            (unsigned long long)refused, (unsigned long long)named);
}

void case_shortage_memory(void **state)
{
    struct fixture *f = *state;
    struct client *healthy[SHORTAGE_HEALTHY], *later[SHORTAGE_LATER];
    uint64_t refused = 0;
    cJSON *line;
    unsigned i;
    if (resources_wine()) {
        fixture_skip("Wine has no memory limit of jobs; see test_shortage.py");
        return;
    }
    /* No samples: they would find no memory first, and end the server. */
    fixture_serve(f, "--sample-ms 0 --buffer 64K");
    for (i = 0; i < SHORTAGE_HEALTHY; i++)
        healthy[i] = fixture_connect(f);
    shortage_echo(healthy, SHORTAGE_HEALTHY);
    line = fixture_mark(f, "before");
    shortage_limit(f, json_count(line, "private_bytes") + SHORTAGE_ROOM);
    cJSON_Delete(line);
    for (i = 0; i < SHORTAGE_CROWD; i++)
        refused += fixture_turned_away(f, fixture_client(f));
    require(refused > 0, "nothing was short: this case tests nothing");
    shortage_echo(healthy, SHORTAGE_HEALTHY);
    shortage_limit(f, 0);
    for (i = 0; i < SHORTAGE_LATER; i++)
        later[i] = fixture_connect(f);
    shortage_echo(later, SHORTAGE_LATER);
    shortage_echo(healthy, SHORTAGE_HEALTHY);
    line = fixture_stop(f, SUMS_CUT,
                        SHORTAGE_HEALTHY + SHORTAGE_CROWD - refused +
                            SHORTAGE_LATER);
    fixture_expect(f, line, "refused", refused);
    shortage_names(line, refused);
    cJSON_Delete(line);
}
