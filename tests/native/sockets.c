#include "../native/sockets.h"
#include <fcntl.h>

int ioctlsocket(SOCKET s, long what, u_long *value)
{
    int flags = fcntl(s, F_GETFL);
    if (what != FIONBIO || flags < 0)
        return -1;
    return fcntl(s, F_SETFL, *value ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}
