/* M5, M6: a thread waits for at most 64 events, so that these models need a
 * thread for each 63 connections. Documented: WSA_MAXIMUM_WAIT_EVENTS and
 * MAXIMUM_WAIT_OBJECTS are 64, and more are an invalid parameter. */
#include "probe.h"

enum { LIMITS_EVENTS = WSA_MAXIMUM_WAIT_EVENTS + 1 };

static void limits64_run(cJSON *out, const uint64_t *unused)
{
    HANDLE event[LIMITS_EVENTS] = {NULL};
    (void)unused;
    for (int i = 0; i < LIMITS_EVENTS; i++)
        event[i] = event_make();
    /* Only the last of 64, and of 65, is set. */
    must(SetEvent(event[WSA_MAXIMUM_WAIT_EVENTS - 1]), "SetEvent");
    add_number(out, "most_events", WSA_MAXIMUM_WAIT_EVENTS);
    add_number(out, "index_of_64",
               WSAWaitForMultipleEvents(WSA_MAXIMUM_WAIT_EVENTS, event, FALSE,
                                        0, FALSE));
    add_number(out, "code_of_65",
               error_of(WSAWaitForMultipleEvents(LIMITS_EVENTS, event, FALSE, 0,
                                                 FALSE) != WSA_WAIT_FAILED));
    add_number(out, "most_objects", MAXIMUM_WAIT_OBJECTS);
    add_number(out, "object_code_of_65",
               error_of(WaitForMultipleObjects(LIMITS_EVENTS, event, FALSE,
                                               0) != WAIT_FAILED));
}

const struct probe probe_limits64 = {
    .name = "limits64",
    .claims = "M5, M6",
    .summary = "waiting for 64 events, and for 65",
    .run = limits64_run,
};
