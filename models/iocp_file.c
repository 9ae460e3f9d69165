/* A file server on a completion port: peers ask for pieces of one file (service
 * `file`), and `by` says how they are sent. read: ReadFile into the
 * connection's buffer (--buffer), then WSASend from there, in turns until the
 * piece is sent. transmit: one TransmitFile for the piece, which the system
 * sends from its cache of the file. packets: one TransmitPackets, whose array
 * could name other files and memory as well. The port has the ends of all of
 * them. Documented: Windows 10 and other clients of Windows process two
 * TransmitFile calls at a time, of the whole system, all others wait; Windows
 * Server as many as there are. So on a client two peers that do not read take
 * both places, and hold up all others until they read or leave. Ceiling: memory
 * and handles; by=transmit on a client of Windows, peers that do not read.
 * Compare iocp_zero.c: there bytes are echoed.
 *
 * Lifetime: an open connection has one operation, of its socket or on the file:
 * pending in the kernel, finished and queued in the port, or in the hands of
 * the thread that took it there, which alone touches the connection, and closes
 * it when nothing is pending. At the end the workers leave first; then one
 * thread cancels what is pending and takes every completion before it frees
 * what that belongs to. */
#include "model.h"

enum { IOCP_FILE_WAIT_MS = 1000 }; /* then look whether the server stops */

enum { IOCP_FILE_BY, IOCP_FILE_CHUNK }; /* server.tuning */
enum { BY_READ, BY_TRANSMIT, BY_PACKETS };

struct iocp_file_conn {
    struct file_conn file;
    OVERLAPPED io;
    bool reads;                      /* `io` is on the file, not the socket */
    TRANSMIT_PACKETS_ELEMENT packet; /* TransmitPackets reads it meanwhile */
};

struct iocp_file {
    struct io_threads workers;
    struct server *srv;
    HANDLE port;
    uint32_t by;
    LPFN_TRANSMITFILE transmit_file;
    LPFN_TRANSMITPACKETS transmit_packets;
};

static void iocp_file_at(struct iocp_file_conn *i)
{
    i->io.Offset = (DWORD)i->file.at;
    i->io.OffsetHigh = (DWORD)(i->file.at >> 32);
}

/* What is left of the piece, in one call. FALSE with WSAGetLastError(). */
static BOOL iocp_file_transmit(struct iocp_file *p, struct iocp_file_conn *i)
{
    const struct conn *c = &i->file.conn;
    const DWORD chunk = p->srv->tuning[IOCP_FILE_CHUNK];
    if (p->by == BY_TRANSMIT) {
        iocp_file_at(i);
        return p->transmit_file(c->sock, p->srv->file, c->io.len, chunk, &i->io,
                                NULL, 0);
    }
    i->packet = (TRANSMIT_PACKETS_ELEMENT){
        .dwElFlags = TP_ELEMENT_FILE | TP_ELEMENT_EOP, .cLength = c->io.len};
    i->packet.nFileOffset.QuadPart = (LONGLONG)i->file.at;
    i->packet.hFile = p->srv->file;
    return p->transmit_packets(c->sock, &i->packet, 1, chunk, &i->io, 0);
}

/* The next bytes of the piece, or what was read of it. */
static BOOL iocp_file_by_reads(struct iocp_file *p, struct iocp_file_conn *i)
{
    struct conn *c = &i->file.conn;
    i->reads = i->file.data.len == 0;
    if (!i->reads)
        return !WSASend(c->sock, &i->file.data, 1, NULL, 0, &i->io, NULL);
    iocp_file_at(i);
    const DWORD most = p->srv->buffer_size;
    return ReadFile(p->srv->file, c->io.buf,
                    c->io.len < most ? c->io.len : most, NULL, &i->io);
}

/* Posts the next operation of a connection in hand, or closes it. */
static void iocp_file_serve(struct iocp_file *p, struct thread_stats *stats,
                            struct iocp_file_conn *i)
{
    struct conn *c = &i->file.conn;
    while (c->want != CONN_CLOSE) {
        DWORD flags = 0;
        i->io = (OVERLAPPED){0};
        i->reads = false;
        BOOL ok = c->want == CONN_RECV
                      ? !WSARecv(c->sock, &c->io, 1, NULL, &flags, &i->io, NULL)
                  : p->by == BY_READ ? iocp_file_by_reads(p, i)
                                     : iocp_file_transmit(p, i);
        if (ok || GetLastError() == ERROR_IO_PENDING)
            return;
        conn_fail(stats, c, GetLastError());
    }
    conn_close(stats, c);
}

/* Takes the next finished operation and tells its connection. NULL: nothing
 * came in time, or the worker is to leave. */
static struct iocp_file_conn *iocp_file_next(struct iocp_file *p,
                                             struct thread_stats *stats)
{
    ULONG_PTR key;
    OVERLAPPED *io = NULL;
    DWORD bytes = 0, flags, error = 0;
    BOOL ok = GetQueuedCompletionStatus(p->port, &bytes, &key, &io,
                                        IOCP_FILE_WAIT_MS);
    if (!ok)
        error = GetLastError();
    if (io == NULL) {
        if (!stats_check(stats, ok || error == WAIT_TIMEOUT))
            Sleep(1); /* or the next one may fail as fast */
        return NULL;
    }
    /* The file has one key for all connections. */
    struct iocp_file_conn *i = CONTAINING_RECORD(io, struct iocp_file_conn, io);
    /* Winsock's code; the port has the file system's. */
    if (error && !i->reads &&
        !WSAGetOverlappedResult(i->file.conn.sock, io, &bytes, FALSE, &flags))
        error = (DWORD)WSAGetLastError();
    if (error)
        conn_fail(stats, &i->file.conn, error);
    else if (i->reads)
        file_was_read(&i->file, bytes);
    else
        file_advance(stats, &i->file, bytes);
    return i;
}

static DWORD WINAPI iocp_file_work(void *arg)
{
    struct io_thread *t = arg;
    struct iocp_file *p = (struct iocp_file *)t->all;
    for (;;) {
        struct iocp_file_conn *i = iocp_file_next(p, t->stats);
        if (i)
            iocp_file_serve(p, t->stats, i);
        else if (server_stopping(p->srv))
            return 0;
    }
}

static void iocp_file_accepted(void *arg, SOCKET sock)
{
    struct iocp_file *p = arg;
    struct thread_stats *stats = p->srv->stats;
    struct conn *c = conn_open(stats, sock);
    if (c == NULL)
        return;
    struct iocp_file_conn *i = (struct iocp_file_conn *)c;
    if (!CreateIoCompletionPort((HANDLE)sock, p->port, 0, 0)) {
        conn_refuse(stats, c, GetLastError());
        return;
    }
    file_open(stats, &i->file);
    iocp_file_serve(p, stats, i);
}

/* Cancels, takes and closes all; a cancel that failed is made again. */
static void iocp_file_close_all(struct iocp_file *p)
{
    struct thread_stats *stats = p->srv->stats;
    struct iocp_file_conn *i;
    uint32_t open;
    do {
        open = 0;
        for (uint32_t slot = 0; slot < server_slots_used(p->srv); slot++) {
            i = (struct iocp_file_conn *)server_conn(p->srv, slot);
            if (i == NULL)
                continue;
            open++;
            HANDLE on = i->reads ? p->srv->file : (HANDLE)i->file.conn.sock;
            stats_check(stats, CancelIoEx(on, &i->io) ||
                                   GetLastError() == ERROR_NOT_FOUND);
        }
        for (; open > 0 && (i = iocp_file_next(p, stats)) != NULL; open--)
            conn_close(stats, &i->file.conn);
    } while (open > 0);
}

static bool iocp_file_look_up(SOCKET sock, GUID name, void *function)
{
    DWORD bytes;
    return !WSAIoctl(sock, SIO_GET_EXTENSION_FUNCTION_POINTER, &name,
                     sizeof name, function, sizeof(void *), &bytes, NULL, NULL);
}

/* Once: a look-up for each call would be a system call more. */
static void iocp_file_choose(struct iocp_file *p)
{
    const SOCKET sock = p->srv->listener;
    p->by = p->srv->tuning[IOCP_FILE_BY];
    if (p->by == BY_READ ||
        (p->by == BY_TRANSMIT
             ? iocp_file_look_up(sock, (GUID)WSAID_TRANSMITFILE,
                                 &p->transmit_file)
             : iocp_file_look_up(sock, (GUID)WSAID_TRANSMITPACKETS,
                                 &p->transmit_packets)))
        return;
    p->srv->fallback = "the file is sent by reads: this system does not have "
                       "the function";
    p->by = BY_READ;
}

static void iocp_file_run(struct server *srv)
{
    struct iocp_file p = {
        .workers.srv = srv,
        .srv = srv,
        .port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0)};
    if (p.port == NULL || !CreateIoCompletionPort(srv->file, p.port, 0, 0))
        server_cannot_start(srv, "CreateIoCompletionPort");
    iocp_file_choose(&p);
    threads_start(&p.workers, iocp_file_work);
    server_ready(srv);
    accept_loop(srv, iocp_file_accepted, &p);
    /* A worker that this does not wake looks once in IOCP_FILE_WAIT_MS. */
    for (uint32_t n = 0; n < p.workers.count; n++)
        stats_check(srv->stats, PostQueuedCompletionStatus(p.port, 0, 0, NULL));
    threads_join(&p.workers);
    iocp_file_close_all(&p);
    stats_check(srv->stats, CloseHandle(p.port));
}

const struct io_model model_iocp_file = {
    .name = "iocp_file",
    .summary = "completion port that sends pieces of a file (--service file)",
    .ceiling = "memory and handles; by=transmit on a client of Windows, two "
               "peers that do not read",
    .service = SERVICE_FILE,
    .conn_size = sizeof(struct iocp_file_conn),
    .options =
        {
            {"by", BY_READ, 0, BY_PACKETS,
             "calls that send: ReadFile and WSASend with --buffer bytes, "
             "TransmitFile or TransmitPackets",
             "read|transmit|packets"},
            {"chunk", 0, 0, 1 << 24,
             "bytes that TransmitFile and TransmitPackets send at a time; 0: "
             "as the system does",
             NULL},
        },
    .run = iocp_file_run,
};
