#include "server/spare.h"

void spare_open(struct host *host, bool wanted)
{
    host->spares = wanted;
    host->spare = INVALID_SOCKET;
    spare_hold(host); /* or before the first connection */
}

bool spare_spend(struct worker *w)
{
    struct host *host = w->host;
    if (!host->spares || host->spare == INVALID_SOCKET)
        return false;
    worker_check(w, !closesocket(host->spare));
    host->spare = INVALID_SOCKET;
    return true;
}

bool spare_hold(struct host *host)
{
    if (!host->spares || host->spare != INVALID_SOCKET)
        return true;
    host->spare = WSASocketW(host->srv.family, SOCK_STREAM, IPPROTO_TCP, NULL,
                             0, WSA_FLAG_NO_HANDLE_INHERIT);
    return host->spare != INVALID_SOCKET;
}
