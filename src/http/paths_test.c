/*
 * The path router: which row a path reaches and with which params, and what templates are refused.
 */
#include "http/paths.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "http/target.h"
#include "support/support.h"

/* Rows of the table that lookups are made in; the data is the row's own text. */
static const char *const routes[][2] = {
    {"GET", "/"},
    {"GET", "/users"},
    {"POST", "/users"},
    {"GET", "/users/{user_id}"},
    {"PUT", "/users/{id}"},
    {"GET", "/users/me"},
    {"GET", "/users/{uuid:[0-9a-f]{8}-[0-9a-f]{4}}"},
    {"GET", "/users/{user_id}/orders/{order_id}"},
    {"GET", "/users/"},
    {"*", "/any/{thing}"},
    {"HEAD", "/any/{thing}"},
    {"GET", "/files/{name}.{kind:txt|md}"},
    {"GET", "/static/{rest:.*}"},
    {"GET", "/a/{first:[^/]+/[^/]+}/z"},
    {"GET", "/b/{n:\\d+}"},
    {"GET", "/b/{n:(?:x|y)[\\w.-]*?}"},
    {"GET", "/caf\xc3\xa9"},
    {"GET", "/dots/../{x}"},
    {"GET", "/{one}/fixed/{two}"},
    {"DELETE", "/x/{a}/y"},
    {"GET", "/x/b/{c}"},
};

typedef struct row {
    const char *name;
    const char *method;
    const char *path;
    const char *expected; /* "index name=value …", "405 allow", or "404" */
} row;

static const row rows[] = {
    {"the root", "GET", "/", "0"},
    {"a literal", "GET", "/users", "1"},
    {"another method of it", "POST", "/users", "2"},
    {"a param", "GET", "/users/42", "3 user_id=42"},
    {"its other method has names of its own", "PUT", "/users/42", "4 id=42"},
    {"a literal beats a param", "GET", "/users/me", "5"},
    {"but does not hide its other methods", "PUT", "/users/me", "4 id=me"},
    {"a regex beats a bare param", "GET", "/users/0123abcd-ef01", "6 uuid=0123abcd-ef01"},
    {"a regex is anchored in front", "GET", "/users/x0123abcd-ef01", "3 user_id=x0123abcd-ef01"},
    {"a regex is anchored behind", "GET", "/users/0123abcd-ef012", "3 user_id=0123abcd-ef012"},
    {"two params", "GET", "/users/1/orders/2", "7 user_id=1 order_id=2"},
    {"a trailing slash counts", "GET", "/users/", "8"},
    {"any method", "PATCH", "/any/x", "9 thing=x"},
    {"a method of its own before any", "HEAD", "/any/x", "10 thing=x"},
    {"HEAD takes GET's row", "HEAD", "/users/7", "3 user_id=7"},
    {"HEAD of a literal", "HEAD", "/users", "1"},
    {"two params in a segment", "GET", "/files/read.me.txt", "11 name=read.me kind=txt"},
    {"the rest of the path", "GET", "/static/a/b//c", "12 rest=a/b//c"},
    {"an empty rest", "GET", "/static/", "12 rest="},
    {"a regex with a slash", "GET", "/a/b/c/z", "13 first=b/c"},
    {"digits as Python writes them", "GET", "/b/123", "14 n=123"},
    {"a group that captures nothing", "GET", "/b/x-1.y", "15 n=x-1.y"},
    {"a literal above ASCII", "GET", "/caf%C3%A9", "16"},
    {"hexadecimal in small letters", "GET", "/caf%c3%a9", "16"},
    {"percent-encoding that was not needed", "GET", "/%75sers/%34%32", "3 user_id=42"},
    {"an encoded slash stays in its segment", "GET", "/users/a%2Fb", "3 user_id=a%2Fb"},
    {"dots are literal", "GET", "/dots/../1", "17 x=1"},
    {"a param first", "GET", "/q/fixed/r", "18 one=q two=r"},
    {"back to a param when the literal leads nowhere", "DELETE", "/x/b/y", "19 a=b"},
    {"a literal when it leads on", "GET", "/x/b/y", "20 c=y"},
    {"dots are not resolved", "GET", "/users/../users", "404"},
    {"no such path", "GET", "/nobody", "404"},
    {"an empty param", "GET", "/users//orders/2", "404"},
    {"two slashes", "GET", "//users", "404"},
    {"a path too long by one", "GET", "/users/1/orders", "404"},
    {"a literal with a slash behind", "GET", "/users/me/", "404"},
    {"a regex that does not match", "GET", "/b/12a", "404"},
    {"a kind that is not listed", "GET", "/files/a.pdf", "404"},
    {"case counts", "GET", "/Users", "404"},
    {"the asterisk is no path", "GET", "*", "404"},
    {"another method", "DELETE", "/users", "405 GET, POST, HEAD, OPTIONS"},
    {"another method of two rows", "DELETE", "/users/me", "405 GET, PUT, HEAD, OPTIONS"},
    {"another method, no GET among them", "GET", "/x/q/y", "405 DELETE, OPTIONS"},
    {"methods are told by case", "get", "/users", "405 GET, POST, HEAD, OPTIONS"},
};

static mn_http_paths *build(void)
{
    mn_http_paths *paths;
    mn_http_paths_new(&paths);
    for (size_t i = 0; i < mn_count_of(routes); i++) {
        void *clash;
        assert_ok(mn_http_paths_add(paths, routes[i][1], routes[i][0], (void *)&routes[i], &clash));
    }
    return paths;
}

static void say(const mn_http_paths *paths, const row *one, char *text, size_t size)
{
    char normal[256];
    minos_view path = minos_view_of(one->path);
    mn_http_match match;
    size_t used;

    path = minos_view_make(normal, mn_http_percent_normalize(path, normal));
    mn_http_paths_find(paths, path, minos_view_of(one->method), &match);
    if (match.data == NULL && !match.path_known) {
        snprintf(text, size, "404");
    } else if (match.data == NULL) {
        minos_buffer allow;
        mn_buffer_init(&allow, 1000);
        mn_http_paths_allow(paths, path, &allow);
        snprintf(text, size, "405 %.*s", (int)allow.size, allow.data);
        mn_buffer_done(&allow);
    } else {
        used = (size_t)snprintf(text, size, "%zu",
                                (size_t)((const char *const(*)[2])match.data - routes));
        for (size_t i = 0; i < match.params_count; i++)
            used += (size_t)snprintf(text + used, size - used, " %s=%.*s", match.names[i],
                                     (int)match.values[i].size, match.values[i].data);
    }
}

static void paths_reach_their_rows(void **state)
{
    mn_http_paths *paths = build();
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        char text[256];
        say(paths, &rows[i], text, sizeof text);
        if (strcmp(text, rows[i].expected) != 0) {
            print_error("%s: \"%s\" instead of \"%s\"\n", rows[i].name, text, rows[i].expected);
            failed++;
        }
    }
    mn_http_paths_free(paths);
    assert_int_equal(failed, 0);
}

static const struct {
    const char *name;
    const char *path;
    minos_rc rc;
    const char *part;
} refused[] = {
    {"no slash", "users", MINOS_EINVAL, "does not begin with /"},
    {"an empty path", "", MINOS_EINVAL, "does not begin with /"},
    {"an open brace", "/users/{id", MINOS_EINVAL, "a param is"},
    {"an open brace behind a regex", "/users/{id:[0-9]", MINOS_EINVAL, "not closed"},
    {"a brace closed twice", "/users/{id}}", MINOS_EINVAL, "not opened"},
    {"a param without name", "/users/{}", MINOS_EINVAL, "a param is"},
    {"a param without name but a regex", "/users/{:x}", MINOS_EINVAL, "a param is"},
    {"a name of a digit", "/users/{1}", MINOS_EINVAL, "a param is"},
    {"a name with a dash", "/users/{a-b}", MINOS_EINVAL, "a param is"},
    {"an empty regex", "/users/{a:}", MINOS_EINVAL, "empty"},
    {"one name twice", "/{a}/{a}", MINOS_EINVAL, "one name"},
    {"a bracket left open", "/{a:[0-9}", MINOS_EINVAL, "not closed"},
    {"a parenthesis left open", "/{a:(b}", MINOS_EINVAL, "regex"},
    {"a star without anything", "/{a:b{2,1}}", MINOS_EINVAL, "regex"},
    {"a back-reference", "/{a:(b)\\1}", MINOS_EINVAL, "back-references"},
    {"a look-ahead", "/{a:(?=b)}", MINOS_EINVAL, "(?:"},
    {"a named group", "/{a:(?P<x>b)}", MINOS_EINVAL, "(?:"},
    {"a word boundary", "/{a:b\\b}", MINOS_EINVAL, "escape"},
    {"a possessive quantifier", "/{a:b*+}", MINOS_EINVAL, "one quantifier"},
    {"a backslash at the end", "/{a:b\\}", MINOS_EINVAL, "not closed"},
    {"two stars", "/{a:b**}", MINOS_EINVAL, "one quantifier"},
    {"two repeats", "/{a:b{2}{3}}", MINOS_EINVAL, "one quantifier"},
    {"a bomb of repeats", "/{a:((b{50}){50}){50}}", MINOS_EINVAL, "repeats too often"},
    {"a repeat without end", "/{a:b{99999999999999999999}}", MINOS_EINVAL, "repeats too often"},
    {"groups too deep", "/{a:((((((((((((((((b))))))))))))))))}", MINOS_EINVAL, "too deep"},
    {"a bad percent", "/a%zz", MINOS_EINVAL, "hexadecimal"},
    {"a row given before", "/users", MINOS_EREDEFINED, "bound twice"},
    {"a row given before with another name", "/users/{other}", MINOS_EREDEFINED, "bound twice"},
    {"a row given before, encoded", "/%75sers", MINOS_EREDEFINED, "bound twice"},
    {"too many params", "/{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}{n}{o}{p}{q}", MINOS_EINVAL,
     "too many"},
};

static void bad_templates_are_refused(void **state)
{
    mn_http_paths *paths = build();
    (void)state;
    for (size_t i = 0; i < mn_count_of(refused); i++) {
        void *clash;
        minos_rc rc = mn_http_paths_add(paths, refused[i].path, "GET", paths, &clash);
        if (rc != refused[i].rc)
            print_error("row: %s\n", refused[i].name);
        assert_rc(rc, refused[i].rc);
        mn_assert_message(refused[i].part, __FILE__, __LINE__);
        assert_true((clash != NULL) == (rc == MINOS_EREDEFINED));
    }
    mn_http_paths_free(paths);
}

static void many_routes_are_told_apart(void **state)
{
    enum { COUNT = 20000 };
    static char texts[COUNT][48];
    mn_http_paths *paths;
    (void)state;
    mn_http_paths_new(&paths);
    for (size_t i = 0; i < COUNT; i++) {
        void *clash;
        snprintf(texts[i], sizeof texts[i], "/service%zu/{id}/part%zu", i % 100, i);
        assert_ok(mn_http_paths_add(paths, texts[i], "GET", texts[i], &clash));
    }
    for (size_t i = 0; i < COUNT; i++) {
        char path[48];
        mn_http_match match;
        snprintf(path, sizeof path, "/service%zu/77/part%zu", i % 100, i);
        mn_http_paths_find(paths, minos_view_of(path), MINOS_VIEW("GET"), &match);
        assert_ptr_equal(match.data, texts[i]);
        assert_true(minos_view_is(match.values[0], "77"));
    }
    mn_http_paths_free(paths);
}

static const struct {
    const char *name;
    const char *target;
    const char *path; /* NULL: refused */
    const char *query;
} targets[] = {
    {"a path", "/a/b", "/a/b", ""},
    {"a query", "/a?b=c&d", "/a", "b=c&d"},
    {"two question marks", "/a?b?c", "/a", "b?c"},
    {"an empty query", "/a?", "/a", ""},
    {"absolute", "http://h/a?b", "/a", "b"},
    {"absolute with a port", "HTTP://h:80/a", "/a", ""},
    {"absolute, https", "https://[::1]:8/a", "/a", ""},
    {"absolute without path", "http://h", "/", ""},
    {"absolute with a query alone", "http://h?a", "/", "a"},
    {"asterisk", "*", "*", ""},
    {"another scheme", "ftp://h/a", NULL, NULL},
    {"no slash", "a", NULL, NULL},
    {"authority form", "h:80", NULL, NULL},
    {"absolute without authority", "http:///a", NULL, NULL},
    {"absolute with a user", "http://u@h/a", NULL, NULL},
    {"absolute with a bad port", "http://h:x/a", NULL, NULL},
    {"a percent at the end", "/a%", NULL, NULL},
    {"half a percent", "/a%4", NULL, NULL},
    {"a percent of no digits", "/a%4g", NULL, NULL},
    {"a percent of no digits in the query", "/a?b=%zz", NULL, NULL},
};

static void targets_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(targets); i++) {
        mn_http_target target;
        const char *why = mn_http_target_parse(minos_view_of(targets[i].target), &target);
        if ((why == NULL) != (targets[i].path != NULL))
            fail_msg("%s: %s", targets[i].name, why == NULL ? "taken" : why);
        if (why != NULL)
            continue;
        if (!minos_view_is(target.path, targets[i].path) ||
            !minos_view_is(target.query, targets[i].query))
            fail_msg("%s: \"%.*s\" and \"%.*s\"", targets[i].name, (int)target.path.size,
                     target.path.data, (int)target.query.size, target.query.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_reach_their_rows),
        cmocka_unit_test(bad_templates_are_refused),
        cmocka_unit_test(many_routes_are_told_apart),
        cmocka_unit_test(targets_are_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
