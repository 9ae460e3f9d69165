#include "unit.h"
#include "common/machine.h"

static void test_ports(void **state)
{
    static const struct {
        const char *text;
        bool ends;
        uint32_t first, count; /* 0: not taken */
    } rows[] = {
        {"\r\nProtocol tcp Dynamic Port Range\r\n"
         "---------------------------------\r\n"
         "Start Port      : 49152\r\nNumber of Ports : 16384\r\n\r\n",
         false, 49152, 16384},
        {"Startport : 1025\nAnzahl : 64511\n", false, 1025, 64511},
        {"", false, 0, 0},
        {"Start Port : 49152\n", false, 0, 0},
        {"a : 49152\nb : 16385\n", false, 0, 0},
        {"a : 70000\nb : 1\n", false, 0, 0},
        {"32768\t60999\n", true, 32768, 28232},
        {"60999\t32768\n", true, 0, 0},
        {"32768\n", true, 0, 0},
        {"1 65536\n", true, 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t first = 0, count = 0;
        assert_int_equal(
            parse_ports(rows[i].text, rows[i].ends, &first, &count),
            rows[i].count > 0);
        assert_int_equal(first, rows[i].first);
        assert_int_equal(count, rows[i].count);
    }
}

static void test_netsh_loopback(void **state)
{
    const char *text = "General Global Parameters\r\n"
                       "--------------------------------------\r\n"
                       "Default Hop Limit                   : 128 hops\r\n"
                       "Loopback Large Mtu                  : enabled\r\n"
                       "Loopback Worker Count               : 2\r\n"
                       "Loopback Execution Mode             : adaptive\r\n"
                       "Reassembly Limit                    : 26748608\r\n";
    assert_string_equal(parse_netsh_loopback(text), "adaptive");
    assert_string_equal(
        parse_netsh_loopback("Loopback Execution Mode : worker"), "worker");
    assert_null(parse_netsh_loopback("Loopback Worker Count : 2\r\n"));
    assert_null(parse_netsh_loopback("Other Mode : inline\nLoopback : on\n"));
    assert_null(parse_netsh_loopback("Mode : inline, not of Loopback\n"));
    assert_null(parse_netsh_loopback(""));
}

static void test_wineserver(void **state)
{
    static const struct {
        const char *text;
        uint64_t user_us, kernel_us; /* 0: not taken */
    } rows[] = {
        {"23093 (wineserver64) S 1 23093 23093 0 -1 4194368 1709 0 1 0 10 41 7 "
         "8 20 0 1 0 169851 9900032 1000 18446744073709551615 0 0\n",
         100000, 410000},
        {"1 (wineserver (x) y) S 1 2 3 0 -1 5 6 7 8 9 11 12", 110000, 120000},
        {"1 (iomodels-server) S 1 2 3 0 -1 5 6 7 8 9 11 12", 0, 0},
        {"1 (wineserver) S 1 2 3 0 -1", 0, 0},
        {"1 (wineserver", 0, 0},
        {"", 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t user = 0, kernel = 0;
        assert_int_equal(parse_wineserver(rows[i].text, &user, &kernel),
                         rows[i].user_us > 0);
        assert_int_equal(user, rows[i].user_us);
        assert_int_equal(kernel, rows[i].kernel_us);
    }
}

static void test_after(void **state)
{
    uint64_t files = 0;
    assert_true(parse_after("Max processes             96365       96365\n"
                            "Max open files            1024        20000\n",
                            "Max open files", &files));
    assert_int_equal(files, 1024);
    assert_true(parse_after("TCP: inuse 1 mem 217\nUDP: inuse 0 mem 5\n",
                            " mem ", &files));
    assert_int_equal(files, 217);
    assert_false(parse_after("Max open files     unlimited     unlimited\n"
                             "Max locked memory  8388608       8388608\n",
                             "Max open files", &files));
    assert_false(parse_after("Max open files", "Max open files", &files));
    assert_false(parse_after("", "Max open files", &files));
    assert_int_equal(files, 217);
}

RUN_TESTS(TEST(test_ports), TEST(test_after), TEST(test_netsh_loopback),
          TEST(test_wineserver))
