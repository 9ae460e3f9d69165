/* Registered I/O, of Windows 8 and later: the SDK's mswsock.h has it, mingw's
 * does not. Names and layout are Microsoft's. */
#ifndef IOMODELS_RIO_H
#define IOMODELS_RIO_H

#include "common/win.h"

#ifndef SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER
#define SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER _WSAIORW(IOC_WS2, 36)
#endif

#ifndef WSAID_MULTIPLE_RIO
#define WSAID_MULTIPLE_RIO                                                     \
    {                                                                          \
        0x8509e081, 0x96dd, 0x4005,                                            \
        {                                                                      \
            0xb1, 0x65, 0x9e, 0x2e, 0xe8, 0xc7, 0x9e, 0x3f                     \
        }                                                                      \
    }

#define RIO_INVALID_BUFFERID ((RIO_BUFFERID)(ULONG_PTR)0xFFFFFFFF)
#define RIO_INVALID_CQ       ((RIO_CQ)0)
#define RIO_INVALID_RQ       ((RIO_RQ)0)
#define RIO_MAX_CQ_SIZE      0x8000000
#define RIO_CORRUPT_CQ       0xFFFFFFFF

typedef struct RIO_BUFFERID_t *RIO_BUFFERID;
typedef struct RIO_CQ_t *RIO_CQ;
typedef struct RIO_RQ_t *RIO_RQ;

typedef struct {
    LONG Status;
    ULONG BytesTransferred;
    ULONGLONG SocketContext;
    ULONGLONG RequestContext;
} RIORESULT;

typedef struct {
    RIO_BUFFERID BufferId;
    ULONG Offset;
    ULONG Length;
} RIO_BUF;

typedef enum {
    RIO_EVENT_COMPLETION = 1,
    RIO_IOCP_COMPLETION = 2
} RIO_NOTIFICATION_COMPLETION_TYPE;

typedef struct {
    RIO_NOTIFICATION_COMPLETION_TYPE Type;
    union {
        struct {
            HANDLE EventHandle;
            BOOL NotifyReset;
        } Event;
        struct {
            HANDLE IocpHandle;
            void *CompletionKey;
            void *Overlapped;
        } Iocp;
    };
} RIO_NOTIFICATION_COMPLETION;

typedef struct {
    DWORD cbSize;
    BOOL(PASCAL *RIOReceive)(RIO_RQ, RIO_BUF *, ULONG, DWORD, void *);
    void *RIOReceiveEx;
    BOOL(PASCAL *RIOSend)(RIO_RQ, RIO_BUF *, ULONG, DWORD, void *);
    void *RIOSendEx;
    void(PASCAL *RIOCloseCompletionQueue)(RIO_CQ);
    RIO_CQ(PASCAL *RIOCreateCompletionQueue)
    (DWORD, RIO_NOTIFICATION_COMPLETION *);
    RIO_RQ(PASCAL *RIOCreateRequestQueue)
    (SOCKET, ULONG, ULONG, ULONG, ULONG, RIO_CQ, RIO_CQ, void *);
    ULONG(PASCAL *RIODequeueCompletion)(RIO_CQ, RIORESULT *, ULONG);
    void(PASCAL *RIODeregisterBuffer)(RIO_BUFFERID);
    INT(PASCAL *RIONotify)(RIO_CQ);
    RIO_BUFFERID(PASCAL *RIORegisterBuffer)(char *, DWORD);
    void *RIOResizeCompletionQueue;
    void *RIOResizeRequestQueue;
} RIO_EXTENSION_FUNCTION_TABLE;
#endif

#endif
