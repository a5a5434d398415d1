/*
 * Request targets: see target.h.
 */
#include "http/target.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* reg-name, sub-delims included. */
static bool is_host_byte(unsigned char c)
{
    return is_unreserved(c) || (c != '\0' && strchr("!$&'()*+,;=%", c) != NULL);
}

static bool is_port(minos_view text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.size <= 5;
}

/* The literal in brackets: its characters are checked, its structure is nobody's concern here. */
static size_t bracketed(minos_view text)
{
    size_t at = 1;
    while (at < text.size && (hex(text.data[at]) >= 0 || text.data[at] == ':' ||
                              text.data[at] == '.' || text.data[at] == 'v'))
        at++;
    return at > 2 && at < text.size && text.data[at] == ']' ? at + 1 : 0;
}

bool mn_http_is_authority(minos_view text)
{
    size_t at = 0;
    if (text.size != 0 && text.data[0] == '[') {
        at = bracketed(text);
        if (at == 0)
            return false;
    } else {
        while (at < text.size && is_host_byte((unsigned char)text.data[at]))
            at++;
        if (!mn_http_percent_valid(minos_view_make(text.data, at)))
            return false;
    }
    if (at == text.size)
        return true;
    return text.data[at] == ':' && at != 0 &&
           is_port(minos_view_make(text.data + at + 1, text.size - at - 1));
}

/* http://authority/path?query: give what follows the authority. */
static const char *strip_authority(minos_view raw, minos_view *ret_rest)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t from = strlen(schemes[i]), to = from;
        if (raw.size < from || strncasecmp(raw.data, schemes[i], from) != 0)
            continue;
        while (to < raw.size && raw.data[to] != '/' && raw.data[to] != '?')
            to++;
        if (to == from || !mn_http_is_authority(minos_view_make(raw.data + from, to - from)))
            return "the authority of the request target is not valid";
        *ret_rest = minos_view_make(raw.data + to, raw.size - to);
        return NULL;
    }
    return "the request target is not a path";
}

const char *mn_http_target_parse(minos_view raw, mn_http_target *ret_target)
{
    mn_http_target target = {.path = raw};
    const char *question;

    if (raw.size == 1 && raw.data[0] == '*') {
        *ret_target = target;
        return NULL;
    }
    if (raw.data[0] != '/') {
        const char *why = strip_authority(raw, &target.path);
        if (why != NULL)
            return why;
    }
    question = target.path.size == 0 ? NULL : memchr(target.path.data, '?', target.path.size);
    if (question != NULL) {
        size_t size = (size_t)(question - target.path.data);
        target.query = minos_view_make(question + 1, target.path.size - size - 1);
        target.path.size = size;
    }
    if (target.path.size == 0)
        target.path = MINOS_VIEW("/");
    target.has_percent = memchr(target.path.data, '%', target.path.size) != NULL;
    if (target.has_percent && !mn_http_percent_valid(target.path))
        return "the path holds a % that two hexadecimal digits do not follow";
    if (target.query.size != 0 && !mn_http_percent_valid(target.query))
        return "the query holds a % that two hexadecimal digits do not follow";
    *ret_target = target;
    return NULL;
}

bool mn_http_percent_valid(minos_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '%')
            continue;
        if (text.size - i < 3 || hex(text.data[i + 1]) < 0 || hex(text.data[i + 2]) < 0)
            return false;
        i += 2;
    }
    return true;
}

static unsigned char decoded(const char *at)
{
    return (unsigned char)(hex(at[1]) << 4 | hex(at[2]));
}

static char *put_encoded(char *out, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    *out++ = '%';
    *out++ = digits[c >> 4];
    *out++ = digits[c & 15];
    return out;
}

size_t mn_http_percent_normalize(minos_view text, char *out)
{
    char *begin = out;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c;
        if (text.data[i] != '%') {
            *out++ = text.data[i];
            continue;
        }
        c = decoded(text.data + i);
        if (is_unreserved(c))
            *out++ = (char)c;
        else
            out = put_encoded(out, c);
        i += 2;
    }
    return (size_t)(out - begin);
}

size_t mn_http_percent_encode(minos_view text, char *out)
{
    char *begin = out;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= ' ' || c >= 0x7f || c == '#' || c == '?')
            out = put_encoded(out, c);
        else
            *out++ = (char)c;
    }
    return (size_t)(out - begin);
}
