/* What Windows tells only through netsh. */
#ifndef IOMODELS_NETSH_H
#define IOMODELS_NETSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The local TCP ports that connections are given, first and count. */
bool netsh_ports(uint32_t *first, uint32_t *count);

/* "adaptive", "inline" or "worker" into text[size]. False where netsh does not
 * say: before Windows 10 1809 and Server 2019, or in another language. */
bool netsh_loopback(char *text, size_t size);

#endif
