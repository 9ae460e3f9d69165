/* The only way to the Windows headers: order and settings matter. */
#ifndef IOMODELS_WIN_H
#define IOMODELS_WIN_H

/* Windows 10 1607 / Server 2016 is the floor; newer calls are looked up. */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
/* WSAAsyncSelect is deprecated there, and one of the models. */
#define _WINSOCK_DEPRECATED_NO_WARNINGS
/* Windows' fd_set is a count and an array: raising it here, before winsock2.h,
 * is the documented way (one value for all, so that a set is one type). A probe
 * that includes winsock2.h before sees the usual size. */
#ifndef FD_SETSIZE
#define FD_SETSIZE 16384
#endif

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>

#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION /* missing in older headers */
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 0x2
#endif

#ifndef SO_PORT_SCALABILITY /* missing in mingw's */
#define SO_PORT_SCALABILITY 0x3006
#endif

/* UTF-8 to and from UTF-16; to free. In file_windows.c. */
wchar_t *wide_from(const char *text);
char *wide_to(const wchar_t *text);

#endif
