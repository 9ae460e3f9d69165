/* What machine this is, and what its system says of it. */
#ifndef IOMODELS_MACHINE_H
#define IOMODELS_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

/* The active processors that this process may run on; at least 1. */
uint32_t machine_usable_processors(void);

/* The processors that this process may use, one bit each (Windows). 0: they are
 * in several groups, or this is Linux, where a launcher chooses (taskset).
 * machine_restrict() leaves this process, and programs it starts afterwards,
 * only these. */
uint64_t machine_affinity(void);
void machine_restrict(uint64_t processors);

/* The time that processors have spent busy and idle since the system started:
 * all, with interrupts and deferred procedure calls (DPCs); or the usable ones
 * without those, since they are no program's, and a run's own traffic causes
 * them. False where the system does not tell. */
bool machine_times(bool usable, uint64_t *busy_us, uint64_t *idle_us);

bool machine_is_wine(void);

/* The `machine` object of PROTOCOL.md; reasons of what cannot be told go to
 * `unknown`. Takes tens of milliseconds on Windows, which has to ask netsh. */
cJSON *machine_json(cJSON *unknown);

/* For calls that older systems, or Windows itself, may not have: sets the
 * function pointer at `call` to what a loaded module exports under a name.
 * False, and NULL there, when it does not. */
bool look_up(const wchar_t *module, const char *name, void *call);

/* For a user whose attempts were refused or timed out: a format for what the
 * server's machine may lack, with its port. */
#define MACHINE_FIREWALL_RULE                                                  \
    "its firewall allows its port (on Windows, as administrator: "             \
    "New-NetFirewallRule -DisplayName iomodels -Direction Inbound -Protocol "  \
    "TCP -LocalPort %s -Action Allow)"

/* The local TCP ports that Windows gives to connections, first and count. */
bool machine_netsh_ports(uint32_t *first, uint32_t *count);

/* Of so many, the first ones that the load generator leaves to the rest of the
 * machine on Windows: a sixteenth, at most MACHINE_RESERVE. */
enum { MACHINE_RESERVE = 1024 };
static inline uint32_t machine_reserve(uint32_t ports)
{
    return ports / 16 < MACHINE_RESERVE ? ports / 16 : MACHINE_RESERVE;
}

/* The begin of a file of the Linux kernel, below Wine too; "" when it cannot
 * be read. */
enum { PROC_TEXT = 4096 };
const char *proc_text(const char *path, char text[PROC_TEXT]);

/* The local TCP ports that the Linux kernel gives to connections. */
bool proc_ports(uint32_t *first, uint32_t *count);

/* Of the Linux kernel below Wine; false where it cannot be told: the processor
 * time of Wine's server, the memory for TCP, the most of it, and how many
 * descriptors Wine's server may have (as a rule its clients too). */
bool proc_wineserver(uint64_t *user_us, uint64_t *kernel_us);
bool proc_tcp_memory(uint64_t *bytes);
bool proc_tcp_memory_limit(uint64_t *bytes);
bool proc_open_files(uint64_t *files);

/* What other programs and the kernel print. False, and nothing is set, when
 * the text is not what they expect.
 * netsh interface ipv4 show dynamicportrange tcp, which names the first port
 * and how many there are, in labels that are translated; or a range of the
 * kernel's, which `ends` with the last port. */
bool parse_ports(const char *text, bool ends, uint32_t *first, uint32_t *count);
/* netsh interface ipv4 show global: "adaptive", "inline", "worker", or NULL:
 * older systems do not say, and some languages use other words. */
const char *parse_netsh_loopback(const char *text);
/* /proc/PID/stat of Wine's server: user and kernel time in microseconds. */
bool parse_wineserver(const char *text, uint64_t *user_us, uint64_t *kernel_us);
/* The number after the first `name`, with blanks before it. */
bool parse_after(const char *text, const char *name, uint64_t *value);

/* Members of `machine`, null without a text or a port; then `unknown` gets the
 * reason, if there is one. */
void machine_add_text(cJSON *machine, cJSON *unknown, const char *key,
                      const char *text, const char *why);
void machine_add_ports(cJSON *machine, cJSON *unknown, const uint32_t ports[2],
                       const char *why);

#endif
