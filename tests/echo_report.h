/* What echo_server says of itself: the lines of iomodels-server. */
#ifndef IOMODELS_ECHO_REPORT_H
#define IOMODELS_ECHO_REPORT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct counters {
    uint64_t connections, accepted, closes;
    uint64_t recv_bytes, send_bytes, recvs, sends, partial, blocked;
    int64_t epoch_ns; /* clock_ns of the start */
};

void report_listening(const char *model, const struct sockaddr_in *at,
                      uint32_t buffer);

/* `mark` NULL: a timed one. */
void report_sample(const struct counters *counters, const char *mark);
void report_final(const struct counters *counters, bool eof);

#endif
