/*
 * Content types: see media_type.h.
 */
#include "codec/media_type.h"

#include <strings.h>

typedef struct reader {
    const char *at;
    const char *end;
} reader;

/* tchar of RFC 9110 §5.6.2. */
static bool is_token_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

/* Add a byte in lower case; false when there is no room. */
static bool put_lower(char *text, size_t *size, size_t max, char byte)
{
    if (*size == max)
        return false;
    text[(*size)++] = byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
    return true;
}

static minos_view read_token(reader *in)
{
    const char *begin = in->at;
    while (in->at != in->end && is_token_byte(*in->at))
        in->at++;
    return minos_view_make(begin, (size_t)(in->at - begin));
}

static bool next_is(reader *in, char byte)
{
    if (in->at == in->end || *in->at != byte)
        return false;
    in->at++;
    return true;
}

static void skip_space(reader *in)
{
    while (next_is(in, ' ') || next_is(in, '\t')) {
    }
}

static const char *read_name(reader *in, mn_media_type *type)
{
    minos_view major = read_token(in), minor;

    if (major.size == 0 || !next_is(in, '/'))
        return "expected type/subtype";
    minor = read_token(in);
    if (minor.size == 0)
        return "expected a subtype after the slash";
    for (const char *at = major.data; at != in->at; at++)
        if (!put_lower(type->name, &type->name_size, MN_MEDIA_TYPE_BYTES_MAX, *at))
            return "the media type is too long";
    return NULL;
}

/* A parameter's value, token or quoted string, into `charset` when it is the one. */
static const char *read_value(reader *in, mn_media_type *type, bool is_charset)
{
    bool quoted = next_is(in, '"');
    bool fits = true;
    const char *begin = in->at;

    for (; in->at != in->end; in->at++) {
        char byte = *in->at;
        if (quoted ? byte == '"' : !is_token_byte(byte))
            break;
        if (quoted && byte == '\\' && ++in->at == in->end)
            break;
        byte = *in->at;
        if (((unsigned char)byte < 0x20 && byte != '\t') || byte == 0x7f)
            return "a control character in a quoted string";
        if (is_charset)
            fits =
                fits && put_lower(type->charset, &type->charset_size, MN_CHARSET_BYTES_MAX, byte);
    }
    if (quoted ? !next_is(in, '"') : in->at == begin)
        return quoted ? "a quoted string does not end" : "expected a value after =";
    return fits ? NULL : "the charset's name is too long";
}

static const char *read_parameter(reader *in, mn_media_type *type)
{
    minos_view name = read_token(in);
    bool is_charset;

    if (name.size == 0)
        return NULL; /* ";" alone is allowed */
    if (!next_is(in, '='))
        return "expected = after a parameter's name";
    is_charset = name.size == 7 && strncasecmp(name.data, "charset", 7) == 0;
    if (is_charset && type->charset_size != 0)
        return "charset is given twice";
    return read_value(in, type, is_charset);
}

const char *mn_media_type_read(minos_view text, mn_media_type *ret_type)
{
    reader in = {text.data, text.size == 0 ? text.data : text.data + text.size};
    const char *fault;

    ret_type->name_size = ret_type->charset_size = 0;
    skip_space(&in);
    fault = read_name(&in, ret_type);
    while (fault == NULL) {
        skip_space(&in);
        if (in.at == in.end)
            break;
        if (!next_is(&in, ';'))
            return "expected ; before a parameter";
        skip_space(&in);
        fault = read_parameter(&in, ret_type);
    }
    ret_type->name[ret_type->name_size] = '\0';
    ret_type->charset[ret_type->charset_size] = '\0';
    return fault;
}

mn_charset mn_charset_of(minos_view name)
{
    static const struct {
        const char *name;
        mn_charset charset;
    } rows[] = {
        {"", MN_CHARSET_UTF8},
        {"utf-8", MN_CHARSET_UTF8},
        {"utf8", MN_CHARSET_UTF8},
        {"us-ascii", MN_CHARSET_ASCII},
        {"ascii", MN_CHARSET_ASCII},
        {"iso-8859-1", MN_CHARSET_LATIN1},
        {"iso8859-1", MN_CHARSET_LATIN1},
        {"latin1", MN_CHARSET_LATIN1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (name.size == strlen(rows[i].name) &&
            strncasecmp(name.data, rows[i].name, name.size) == 0)
            return rows[i].charset;
    return MN_CHARSET_UNKNOWN;
}
