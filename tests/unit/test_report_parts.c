/* The pure parts of the HTML page: text that is never markup, links between
 * folders, and charts that can stand beside each other. */
#include "unit.h"
#include "plots/plot.h"
#include "results/table_format.h"

static void texts(void **state)
{
    static const char *const cases[][2] = {
        {"plain 1 < 2", "plain 1 &lt; 2"},
        {"<script>&\"'", "&lt;script&gt;&amp;&quot;&#39;"},
        {"a\nb\tc", "a\nb\tc"},
        {"Gr\xC3\xB6\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80",
         "Gr\xC3\xB6\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80"},
    };
    struct text out = {0};

    for (size_t i = 0; i < COUNT(cases); i++) {
        html_text(&out, cases[i][0]);
        assert_string_equal(out.data, cases[i][1]);
        free(text_take(&out));
    }
    html_href(&out, "../a b/x:1?\"#<.json");
    assert_string_equal(out.data, "../a%20b/x%3A1%3F%22%23%3C.json");
    free(out.data);
}

static void links(void **state)
{
    static const char *const cases[][3] = {
        {"records/report.html", "records", "x"},
        {"records/report.html", "./records/", "x"},
        {"report.html", "records", "records/x"},
        {"pages/x.html", "records/a", "../records/a/x"},
        {"a/b/c/x.html", "a/d", "../../d/x"},
        {"ab/x.html", "a", "../a/x"},
        {"a/../b/x.html", "b", "x"},
        {"x.html", "a/./b//c", "a/b/c/x"},
        {"/one/two/x.html", "/one/three", "../three/x"},
        {"/one/x.html", "/two", "../two/x"},
        {"/../one/x.html", "/../..", "../x"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *link = report_link(cases[i][0], cases[i][1], "x");

        assert_non_null(link);
        assert_string_equal(link, cases[i][2]);
        free(link);
    }
}

static const char drawn[] =
    "<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 9 6\"\n>\n"
    "<title>Gnuplot</title>\n<desc>Produced by GNUPLOT</desc>\n"
    "<g id=\"canvas\"><circle id='dot'/><use xlink:href='#dot'/>"
    "<path clip-path=\"url(#box)\"/><text>id=1 #dot</text></g>\n</svg>\n";

/* What is no chart of gnuplot's is rejected. */
static void charts(void **state)
{
    static const char *const bad[] = {
        "",      "<svg",
        "<svg>", "<svg><desc>x</desc>",
        "text",  "<svg><desc></desc><script>1</script></svg>"};
    struct text out = {0};

    assert_true(report_svg(&out, drawn, "cpu", "A <title>", "iocp: 1 & 2"));
    assert_string_equal(
        out.data, "<svg \n viewBox=\"0 0 9 6\"\n role=\"img\" "
                  "aria-labelledby=\"cpu-title cpu-desc\">\n"
                  "<title id=\"cpu-title\">A &lt;title&gt;</title>\n"
                  "<desc id=\"cpu-desc\">iocp: 1 &amp; 2</desc>\n\n"
                  "<g id=\"cpu-canvas\"><circle id='cpu-dot'/><use "
                  "xlink:href='#cpu-dot'/><path clip-path=\"url(#cpu-box)\"/>"
                  "<text>id=1 #dot</text></g>\n</svg>\n");
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(report_svg(&out, bad[i], "x", "x", "x"));
    free(out.data);
}

RUN_TESTS(TEST(texts), TEST(links), TEST(charts))
