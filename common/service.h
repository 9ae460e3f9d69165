/* The service "file": a peer asks for pieces of one file and is sent their
 * bytes. The file is a pattern of its own, so that the peer can check them. */
#ifndef IOMODELS_SERVICE_H
#define IOMODELS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { SERVICE_REQUEST = 16 }; /* bytes of a request */

#define SERVICE_FILE_SEED UINT64_C(0x66696c65)

/* In a request: two numbers of eight bytes, the low one first. */
struct service_piece {
    uint64_t offset, bytes;
};

/* "file", or "echo", which is also the service of none. */
static inline bool service_is_file(const char *service)
{
    return service != NULL && strcmp(service, "file") == 0;
}

static inline void service_write(uint8_t request[SERVICE_REQUEST],
                                 struct service_piece piece)
{
    for (unsigned i = 0; i < SERVICE_REQUEST; i++)
        request[i] =
            (uint8_t)((i < 8 ? piece.offset : piece.bytes) >> 8 * (i % 8));
}

static inline struct service_piece
service_read(const uint8_t request[SERVICE_REQUEST])
{
    struct service_piece piece = {0, 0};

    for (unsigned i = SERVICE_REQUEST; i-- > 0;) {
        uint64_t *number = i < 8 ? &piece.offset : &piece.bytes;

        *number = *number << 8 | request[i];
    }
    return piece;
}

#endif
