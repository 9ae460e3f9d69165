/* What Windows says of its variables is said to the thread sanitizer: "simple
 * reads and writes to properly-aligned 32-bit variables are atomic"
 * (Interlocked Variable Access), if they are volatile. So a volatile access is
 * no race, as the compiler is told to call these for them; nor does it order
 * anything else, as a plain store does not. */
/* The names are the compiler's.
 * NOLINTBEGIN(bugprone-reserved-identifier) */
#define VOLATILE_ACCESS(name)                                                  \
    void __tsan_volatile_##name(void *at);                                     \
    void __tsan_volatile_##name(void *at)                                      \
    {                                                                          \
        (void)at;                                                              \
    }
VOLATILE_ACCESS(read1)
VOLATILE_ACCESS(read2)
VOLATILE_ACCESS(read4)
VOLATILE_ACCESS(read8)
VOLATILE_ACCESS(write1)
VOLATILE_ACCESS(write2)
VOLATILE_ACCESS(write4)
VOLATILE_ACCESS(write8)
/* NOLINTEND(bugprone-reserved-identifier) */
