/*
 * Paths. An input is a template, a newline and a request target. Properties: what is found equals a
 * naive comparison, segment by segment, for templates without regexes; values lie within the path;
 * bringing percent-encoding to one form twice changes nothing, nor what it decodes to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/form.h"
#include "http/paths.h"
#include "http/target.h"

#define TEXT_MAX 2048

#define ENSURE(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s: " #condition "\n", __func__);                                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next segment behind a slash. */
static minos_view segment(minos_view *rest)
{
    const char *slash = rest->size < 2 ? NULL : memchr(rest->data + 1, '/', rest->size - 1);
    size_t size = slash == NULL ? rest->size : (size_t)(slash - rest->data);
    minos_view one = minos_view_make(rest->data + 1, size - 1);
    rest->data += size;
    rest->size -= size;
    return one;
}

static bool is_whole_param(minos_view text)
{
    return text.size > 2 && text.data[0] == '{' && text.data[text.size - 1] == '}' &&
           memchr(text.data, ':', text.size) == NULL &&
           memchr(text.data + 1, '{', text.size - 1) == NULL;
}

/* A template of literals and whole params against a path. */
static bool naive_match(minos_view pattern, minos_view path)
{
    while (pattern.size != 0 && path.size != 0) {
        minos_view a = segment(&pattern), b = segment(&path);
        char normal[TEXT_MAX * 3];
        if (is_whole_param(a) ? b.size == 0 : false)
            return false;
        if (is_whole_param(a))
            continue;
        a.size = mn_http_percent_encode(a, normal);
        a.data = normal;
        {
            char again[TEXT_MAX * 3];
            size_t size = mn_http_percent_normalize(a, again);
            if (!minos_view_equal(minos_view_make(again, size), b))
                return false;
        }
    }
    return pattern.size == 0 && path.size == 0;
}

/* Whether every segment is a literal or a whole param, so that naive_match understands it. */
static bool is_plain(minos_view pattern)
{
    while (pattern.size != 0) {
        minos_view one = segment(&pattern);
        if (!is_whole_param(one) && one.size != 0 && memchr(one.data, '{', one.size) != NULL)
            return false;
    }
    return true;
}

static void check_normal(minos_view path)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    char once[TEXT_MAX], twice[TEXT_MAX];
    minos_view first = {once, mn_http_percent_normalize(path, once)};
    minos_view second = {twice, mn_http_percent_normalize(first, twice)};
    minos_view of_path, of_first;
    minos_rc rc = mn_percent_decode(path, false, arena, &of_path);
    ENSURE(minos_view_equal(first, second));
    ENSURE(mn_percent_decode(first, false, arena, &of_first) == rc);
    ENSURE(rc != MINOS_OK || minos_view_equal(of_path, of_first));
}

static void check_match(const mn_http_paths *paths, const char *pattern, minos_view path)
{
    char normal[TEXT_MAX];
    mn_http_match match;

    path = minos_view_make(normal, mn_http_percent_normalize(path, normal));
    mn_http_paths_find(paths, path, MINOS_VIEW("GET"), &match);
    ENSURE(match.data == NULL || match.data == pattern);
    ENSURE((match.data != NULL) == match.path_known);
    for (size_t i = 0; match.data != NULL && i < match.params_count; i++) {
        minos_view value = match.values[i];
        ENSURE(value.size == 0 ||
               (value.data >= normal && value.data + value.size <= normal + path.size));
        ENSURE(match.names[i][0] != '\0');
    }
    if (is_plain(minos_view_of(pattern)))
        ENSURE((match.data != NULL) == naive_match(minos_view_of(pattern), path));
}

static void check(const char *pattern, minos_view raw)
{
    mn_http_paths *paths;
    mn_http_target target;
    void *clash;

    mn_http_paths_new(&paths);
    if (mn_http_paths_add(paths, pattern, "GET", (void *)(uintptr_t)pattern, &clash) == MINOS_OK &&
        raw.size != 0 && mn_http_target_parse(raw, &target) == NULL) {
        check_normal(target.path);
        if (target.path.data[0] == '/')
            check_match(paths, pattern, target.path);
    }
    mn_http_paths_free(paths);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MAX / 4];
    const char *newline;

    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    newline = memchr(text, '\n', size);
    if (newline == NULL)
        return 0;
    text[newline - text] = '\0';
    check(text, minos_view_make(newline + 1, size - (size_t)(newline - text) - 1));
    return 0;
}
