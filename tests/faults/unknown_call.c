/* A source behind the seam with a call that the seam does not know. */
#include "model.h"

int unknown_call(SOCKET s);

int unknown_call(SOCKET s)
{
    return closesocket(s) || shutdown(s, SD_SEND);
}
