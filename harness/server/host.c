/* What a model can ask of the server as a whole. */
#include "server/host.h"
#include "common/json_lines.h"
#include <stdio.h>
#include <stdlib.h>

bool host_open(struct host *host, size_t conn_size)
{
    stats_open(&host->stats);
    return slots_open(&host->slots, conn_size, host->srv.buffer_size,
                      host->srv.max_conns, host->options.guard);
}

void host_close(struct host *host)
{
    slots_close(&host->slots);
    stats_close(&host->stats);
}

void server_cannot_start(struct server *srv, const char *call)
{
    uint32_t error = error_last();
    char what[160];
    if (error == 0) /* the C library need not say so */
        error = ERROR_NOT_ENOUGH_MEMORY;
    snprintf(what, sizeof what, "model %s cannot start: %s failed",
             host_of(srv)->model->name, call);
    json_lines_error(true, what, error,
                     "free memory and handles, or ask for fewer --threads, and "
                     "start it again");
    /* Not exit: threads are at work already on what exit tears down. */
    fflush(stdout);
    _Exit(EXIT_BAD_INPUT);
}

struct thread_stats *thread_stats_open(struct server *srv)
{
    return stats_add_thread(&host_of(srv)->stats, host_of(srv));
}

bool server_stopping(const struct server *srv)
{
    return ((const struct host *)srv)->stopping != 0;
}

struct conn *server_conn(struct server *srv, uint32_t slot)
{
    return slot_conn(&host_of(srv)->slots, slot);
}

uint32_t server_slots_used(const struct server *srv)
{
    return ((const struct host *)srv)->slots.used;
}
