/* Reads what other programs and the Linux kernel print. Portable. */
#ifndef IOMODELS_PARSE_H
#define IOMODELS_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All return false, and set nothing, when the text is not what they expect. */

/* netsh interface ipv4 show dynamicportrange tcp: first port and count. */
bool parse_netsh_ports(const char *text, uint32_t *first, uint32_t *count);

/* netsh interface ipv4 show global: "adaptive", "inline", "worker", or NULL:
 * older systems do not say, and some languages use other words. */
const char *parse_netsh_loopback(const char *text);

/* /proc/PID/stat of Wine's server: user and kernel time in microseconds. */
bool parse_wineserver(const char *text, uint64_t *user_us, uint64_t *kernel_us);

/* /proc/sys/net/ipv4/ip_local_port_range: first port and count. */
bool parse_port_range(const char *text, uint32_t *first, uint32_t *count);

/* The number behind the first `name`, with blanks before it. */
bool parse_after(const char *text, const char *name, uint64_t *value);

#endif
