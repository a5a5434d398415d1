/*
 * Regexes of path templates: see regex.h.
 */
#include "http/regex.h"

#include <string.h>

#define DEPTH_MAX   16   /* of groups */
#define REPEATS_MAX 1000 /* counted repeats, nested ones multiplied: regcomp unrolls them */

typedef struct translation {
    minos_view in;
    size_t at;
    minos_buffer *out;
    size_t groups;
    bool crosses;
    bool quantified; /* what came last is a quantifier, so that `?` behind it means lazy */
    size_t depth;
    size_t repeats[DEPTH_MAX]; /* the most within each open group */
    size_t last;               /* the most within what came last */
} translation;

static bool at_is(const translation *t, size_t ahead, char c)
{
    return t->at + ahead < t->in.size && t->in.data[t->at + ahead] == c;
}

static minos_rc refuse(const translation *t, const char *why)
{
    return minos_fail(MINOS_EINVAL, "regex %.*s: %s", (int)t->in.size, t->in.data, why);
}

/* What a class letter means within brackets, NULL for none. */
static const char *class_of(char letter)
{
    switch (letter) {
    case 'd':
        return "0-9";
    case 'w':
        return "A-Za-z0-9_";
    case 's':
        return " \t";
    default:
        return NULL;
    }
}

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* A backslash outside of brackets. */
static minos_rc escape(translation *t)
{
    char c;
    const char *class;

    if (t->at + 1 == t->in.size)
        return refuse(t, "it ends in a backslash");
    c = t->in.data[t->at + 1];
    class = class_of((char)(c | 0x20));
    t->at += 2;
    if (class != NULL && is_letter_or_digit(c)) {
        mn_buffer_put_text(t->out, c & 0x20 ? "[" : "[^");
        mn_buffer_put_text(t->out, class);
        mn_buffer_put_byte(t->out, ']');
        return MINOS_OK;
    }
    if (is_letter_or_digit(c))
        return refuse(t, c >= '0' && c <= '9' ? "back-references are not supported"
                                              : "it holds an escape that is not supported");
    if (c == '/') {
        t->crosses = true;
        mn_buffer_put_byte(t->out, '/');
        return MINOS_OK;
    }
    mn_buffer_put_byte(t->out, '\\');
    mn_buffer_put_byte(t->out, c);
    return MINOS_OK;
}

/* A backslash within brackets, where POSIX knows none; `-` and `^` are kept for the end. */
static minos_rc bracket_escape(translation *t, bool *dash, bool *caret)
{
    char c;
    if (t->at + 1 == t->in.size)
        return refuse(t, "a bracket is not closed");
    c = t->in.data[t->at + 1];
    t->at += 2;
    if (class_of(c) != NULL)
        mn_buffer_put_text(t->out, class_of(c));
    else if (c == '-')
        *dash = true;
    else if (c == '^')
        *caret = true;
    else if (c == ']' || c == '[' || is_letter_or_digit(c))
        return refuse(t, "a bracket holds an escape that is not supported");
    else
        mn_buffer_put_byte(t->out, c);
    return MINOS_OK;
}

/* [:alpha:] and its like. */
static minos_rc bracket_class(translation *t)
{
    char kind = t->in.data[t->at + 1];
    size_t from = t->at;
    for (t->at += 2; t->at + 1 < t->in.size; t->at++)
        if (t->in.data[t->at] == kind && t->in.data[t->at + 1] == ']') {
            t->at += 2;
            mn_buffer_put(t->out, t->in.data + from, t->at - from);
            return MINOS_OK;
        }
    return refuse(t, "a bracket is not closed");
}

static minos_rc bracket(translation *t)
{
    bool negated = at_is(t, 1, '^'), dash = false, caret = false;
    size_t first = t->at + (negated ? 2 : 1);

    mn_buffer_put_text(t->out, negated ? "[^" : "[");
    for (t->at = first; t->at < t->in.size;) {
        char c = t->in.data[t->at];
        if (c == ']' && t->at != first) {
            if (caret)
                mn_buffer_put_byte(t->out, '^');
            if (dash)
                mn_buffer_put_byte(t->out, '-');
            mn_buffer_put_byte(t->out, ']');
            t->at++;
            return MINOS_OK;
        }
        if (c == '/' && !negated)
            t->crosses = true;
        if (c == '\\') {
            MINOS_TRY(bracket_escape(t, &dash, &caret));
        } else if (c == '[' && (at_is(t, 1, ':') || at_is(t, 1, '.') || at_is(t, 1, '='))) {
            MINOS_TRY(bracket_class(t));
        } else {
            mn_buffer_put_byte(t->out, c);
            t->at++;
        }
    }
    return refuse(t, "a bracket is not closed");
}

static minos_rc group(translation *t)
{
    if (++t->depth == DEPTH_MAX)
        return refuse(t, "its groups are nested too deep");
    t->repeats[t->depth] = 1;
    t->groups++;
    mn_buffer_put_byte(t->out, '(');
    t->at++;
    if (!at_is(t, 0, '?'))
        return MINOS_OK;
    if (!at_is(t, 1, ':'))
        return refuse(t, "of the groups that begin with (? only (?: is supported");
    t->at += 2;
    return MINOS_OK;
}

static void group_end(translation *t)
{
    if (t->depth == 0)
        return; /* regcomp says what is wrong */
    t->last = t->repeats[t->depth--];
    if (t->last > t->repeats[t->depth])
        t->repeats[t->depth] = t->last;
}

/* {3}, {2,5}: what regcomp unrolls must stay small. */
static minos_rc repeat(translation *t)
{
    size_t most = 0, number = 0;
    for (size_t i = t->at; i < t->in.size && t->in.data[i] != '}'; i++) {
        bool is_digit = t->in.data[i] >= '0' && t->in.data[i] <= '9';
        number = is_digit && number < REPEATS_MAX ? number * 10 + (size_t)(t->in.data[i] - '0') : 0;
        most = number > most ? number : most;
    }
    most *= t->last == 0 ? 1 : t->last;
    if (most > REPEATS_MAX)
        return refuse(t, "it repeats too often");
    if (most > t->repeats[t->depth])
        t->repeats[t->depth] = most;
    return MINOS_OK;
}

static minos_rc plain(translation *t, char c)
{
    bool was_quantified = t->quantified;

    t->at++;
    t->quantified = c == '*' || c == '+' || c == '?' || c == '}';
    if (was_quantified && c == '?') {
        t->quantified = false; /* lazy: takes the same paths */
        return MINOS_OK;
    }
    if (was_quantified && (c == '+' || c == '*' || c == '{'))
        return refuse(t, "one quantifier follows another");
    if (c == '/' || (c == '.' && (at_is(t, 0, '*') || at_is(t, 0, '+') || at_is(t, 0, '{'))))
        t->crosses = true;
    mn_buffer_put_byte(t->out, c);
    return MINOS_OK;
}

minos_rc mn_http_regex_translate(minos_view regex, minos_buffer *out, size_t *ret_groups,
                                 bool *ret_crosses)
{
    translation t = {.in = regex, .out = out, .groups = 1, .repeats = {1}, .last = 1};

    if (regex.size == 0)
        return minos_fail(MINOS_EINVAL, "a regex is empty");
    mn_buffer_put_byte(out, '(');
    while (t.at < regex.size) {
        char c = regex.data[t.at];
        if (c == '\\' || c == '[' || c == '(')
            t.quantified = false;
        if (c == '{')
            MINOS_TRY(repeat(&t));
        else if (c != '}' && (c < '0' || c > '9') && c != ',')
            t.last = 1;
        if (c == ')')
            group_end(&t);
        if (c == '\\')
            MINOS_TRY(escape(&t));
        else if (c == '[')
            MINOS_TRY(bracket(&t));
        else if (c == '(')
            MINOS_TRY(group(&t));
        else
            MINOS_TRY(plain(&t, c));
    }
    mn_buffer_put_byte(out, ')');
    *ret_groups = t.groups;
    *ret_crosses = t.crosses;
    return MINOS_OK;
}
