/* What the witness sees of a file's pieces: each is sent by operations of its
 * connection, which first received a request with the same OVERLAPPED. */
#define WITNESS_ITSELF
#include "witness.h"
#include "witness_rules.h"
#include <string.h>

static LPFN_TRANSMITFILE file_real_transmit;

BOOL witness_read(HANDLE file, void *to, DWORD size, DWORD *bytes,
                  OVERLAPPED *io)
{
    struct witness_conn *w = witness_begins(NULL, io);
    return !witness_begun(w, !ReadFile(file, to, size, bytes, io));
}

static BOOL PASCAL FAR file_transmit(SOCKET s, HANDLE file, DWORD size,
                                     DWORD chunk, OVERLAPPED *io,
                                     TRANSMIT_FILE_BUFFERS *more, DWORD flags)
{
    struct witness_conn *w = witness_begins(NULL, io);
    return !witness_begun(
        w, !file_real_transmit(s, file, size, chunk, io, more, flags));
}

void witness_file_look_up(const void *name, void *function)
{
    const GUID transmit = WSAID_TRANSMITFILE;
    if (memcmp(name, &transmit, sizeof transmit) != 0)
        return;
    file_real_transmit = *(LPFN_TRANSMITFILE *)function;
    *(LPFN_TRANSMITFILE *)function = file_transmit;
}

enum conn_want witness_file_advance(struct thread_stats *stats,
                                    struct file_conn *f, DWORD bytes)
{
    witness_taken(&f->conn);
    return file_advance(stats, f, bytes);
}

void witness_file_was_read(struct file_conn *f, DWORD bytes)
{
    witness_taken(&f->conn);
    file_was_read(f, bytes);
}
