/* What Windows tells only through netsh. */
#ifndef IOMODELS_NETSH_H
#define IOMODELS_NETSH_H

#include <stdbool.h>
#include <stdint.h>

/* The local TCP ports that connections are given, first and count. */
bool netsh_ports(uint32_t *first, uint32_t *count);

/* The loopback execution mode, "adaptive", "inline" or "worker"; NULL where
 * netsh does not say. */
const char *netsh_loopback(void);

#endif
