#include "unit.h"
#include "common/parse.h"

static void test_netsh_ports(void **state)
{
    uint32_t first = 0, count = 0;
    assert_true(parse_netsh_ports("\r\nProtocol tcp Dynamic Port Range\r\n"
                                  "---------------------------------\r\n"
                                  "Start Port      : 49152\r\n"
                                  "Number of Ports : 16384\r\n\r\n",
                                  &first, &count));
    assert_int_equal(first, 49152);
    assert_int_equal(count, 16384);
    assert_true(parse_netsh_ports("Startport : 1025\nAnzahl : 64511\n", &first,
                                  &count));
    assert_int_equal(first, 1025);
    assert_int_equal(count, 64511);
    assert_false(parse_netsh_ports("", &first, &count));
    assert_false(parse_netsh_ports("Start Port : 49152\n", &first, &count));
    assert_false(parse_netsh_ports("a : 49152\nb : 16385\n", &first, &count));
    assert_false(parse_netsh_ports("a : 70000\nb : 1\n", &first, &count));
    assert_int_equal(first, 1025);
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
    uint64_t user = 0, kernel = 0;
    assert_true(parse_wineserver(
        "23093 (wineserver64) S 1 23093 23093 0 -1 4194368 1709 0 1 0 10 41 7 "
        "8 20 0 1 0 169851 9900032 1000 18446744073709551615 0 0\n",
        &user, &kernel));
    assert_int_equal(user, 100000);
    assert_int_equal(kernel, 410000);
    assert_true(parse_wineserver(
        "1 (wineserver (x) y) S 1 2 3 0 -1 5 6 7 8 9 11 12", &user, &kernel));
    assert_int_equal(user, 110000);
    assert_int_equal(kernel, 120000);
    assert_false(parse_wineserver(
        "1 (iomodels-server) S 1 2 3 0 -1 5 6 7 8 9 11 12", &user, &kernel));
    assert_false(
        parse_wineserver("1 (wineserver) S 1 2 3 0 -1", &user, &kernel));
    assert_false(parse_wineserver("", &user, &kernel));
}

static void test_port_range(void **state)
{
    uint32_t first = 0, count = 0;
    assert_true(parse_port_range("32768\t60999\n", &first, &count));
    assert_int_equal(first, 32768);
    assert_int_equal(count, 28232);
    assert_false(parse_port_range("60999\t32768\n", &first, &count));
    assert_false(parse_port_range("32768\n", &first, &count));
    assert_false(parse_port_range("1 65536\n", &first, &count));
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

RUN_TESTS(TEST(test_netsh_ports), TEST(test_after), TEST(test_netsh_loopback),
          TEST(test_wineserver), TEST(test_port_range))
