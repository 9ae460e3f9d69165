/* The pure parts of the HTML page: text that is never markup, links between
 * folders, and charts that can stand beside each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plots/report_parts.h"

static void text_is(const char *given, const char *expected)
{
    struct text out = {0};
    char *made;

    html_text(&out, given);
    made = text_take(&out);
    assert_string_equal(made, expected);
    free(made);
}

static void texts(void **state)
{
    (void)state;
    text_is("", "");
    text_is("plain 1 < 2", "plain 1 &lt; 2");
    text_is("<script>&\"'", "&lt;script&gt;&amp;&quot;&#39;");
    text_is("a\nb\tc", "a\nb\tc");
    text_is("Gr\xC3\xB6\xC3\x9F"
            "e \xE2\x82\xAC \xF0\x9F\x98\x80",
            "Gr\xC3\xB6\xC3\x9F"
            "e \xE2\x82\xAC \xF0\x9F\x98\x80");
}

static void hrefs(void **state)
{
    struct text out = {0};
    char *made;

    (void)state;
    html_href(&out, "../a b/x:1?\"#<.json");
    made = text_take(&out);
    assert_string_equal(made, "../a%20b/x%3A1%3F%22%23%3C.json");
    free(made);
}

static void way_is(const char *page, const char *folder, const char *expected)
{
    char *way = report_way(page, folder);

    assert_non_null(way);
    assert_string_equal(way, expected);
    free(way);
}

static void ways(void **state)
{
    (void)state;
    way_is("records/report.html", "records", "");
    way_is("records/report.html", "./records/", "");
    way_is("report.html", "records", "records/");
    way_is("pages/x.html", "records/a", "../records/a/");
    way_is("a/b/c/x.html", "a/d", "../../d/");
    way_is("ab/x.html", "a", "../a/");
    way_is("a/../b/x.html", "b", "");
    way_is("x.html", "a/./b//c", "a/b/c/");
    way_is("/one/two/x.html", "/one/three", "../three/");
    way_is("/one/x.html", "/two", "../two/");
    way_is("/../one/x.html", "/../..", "../");
}

static const char drawn[] =
    "<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 9 6\"\n>\n"
    "<title>Gnuplot</title>\n<desc>Produced by GNUPLOT</desc>\n"
    "<g id=\"canvas\"><circle id='dot'/><use xlink:href='#dot'/>"
    "<path clip-path=\"url(#box)\"/><text>id=1 #dot</text></g>\n</svg>\n";

static void charts(void **state)
{
    struct text out = {0};
    char *made;

    (void)state;
    assert_true(report_svg(&out, drawn, "cpu", "A <title>", "iocp: 1 & 2"));
    made = text_take(&out);
    assert_string_equal(
        made, "<svg \n viewBox=\"0 0 9 6\"\n role=\"img\" "
              "aria-labelledby=\"cpu-title cpu-desc\">\n"
              "<title id=\"cpu-title\">A &lt;title&gt;</title>\n"
              "<desc id=\"cpu-desc\">iocp: 1 &amp; 2</desc>\n\n"
              "<g id=\"cpu-canvas\"><circle id='cpu-dot'/><use "
              "xlink:href='#cpu-dot'/><path clip-path=\"url(#cpu-box)\"/>"
              "<text>id=1 #dot</text></g>\n</svg>\n");
    free(made);
}

static void not_charts(void **state)
{
    static const char *const bad[] = {
        "",      "<svg",
        "<svg>", "<svg><desc>x</desc>",
        "text",  "<svg><desc></desc><script>1</script></svg>"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct text out = {0};

        assert_false(report_svg(&out, bad[i], "x", "x", "x"));
        free(out.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),      cmocka_unit_test(hrefs),
        cmocka_unit_test(ways),       cmocka_unit_test(charts),
        cmocka_unit_test(not_charts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
