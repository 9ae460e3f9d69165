/* What Windows says of its variables is said to the thread sanitizer: "simple
 * reads and writes to properly-aligned 32-bit variables are atomic"
 * (Interlocked Variable Access), if they are volatile. So a volatile access is
 * no race, as the compiler is told to call these for them; nor does it order
 * anything else, as a plain store does not. */
/* The names are the compiler's.
 * NOLINTBEGIN(bugprone-reserved-identifier) */
void __tsan_volatile_read1(void *at);
void __tsan_volatile_read2(void *at);
void __tsan_volatile_read4(void *at);
void __tsan_volatile_read8(void *at);
void __tsan_volatile_write1(void *at);
void __tsan_volatile_write2(void *at);
void __tsan_volatile_write4(void *at);
void __tsan_volatile_write8(void *at);

void __tsan_volatile_read1(void *at)
{
    (void)at;
}

void __tsan_volatile_read2(void *at)
{
    (void)at;
}

void __tsan_volatile_read4(void *at)
{
    (void)at;
}

void __tsan_volatile_read8(void *at)
{
    (void)at;
}

void __tsan_volatile_write1(void *at)
{
    (void)at;
}

void __tsan_volatile_write2(void *at)
{
    (void)at;
}

void __tsan_volatile_write4(void *at)
{
    (void)at;
}

void __tsan_volatile_write8(void *at)
{
    (void)at;
}
/* NOLINTEND(bugprone-reserved-identifier) */
