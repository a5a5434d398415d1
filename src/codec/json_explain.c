/*
 * Saying what is wrong with a JSON text: a plain recursive descent over RFC 8259's grammar that
 * stops at the first byte that cannot stand there. It runs only for texts that were refused; being
 * a second reading of the same rules it is also what the fuzz target holds the first one against.
 */
#include "codec/json.h"

#include "base/utf8.h"
#include "codec/value.h"

typedef struct scan {
    const char *begin;
    const char *at;
    const char *end;
    size_t token; /* tokens begun */
    size_t token_wanted;
    const char *reason_wanted;
    mn_json_fault fault;
    int depth;
} scan;

static bool scan_value(scan *in);

static bool fault_at(scan *in, const char *place, const char *reason)
{
    in->fault.reason = reason;
    in->fault.offset = (size_t)(place - in->begin);
    return false;
}

static bool fault(scan *in, const char *reason)
{
    return fault_at(in, in->at, in->at == in->end ? "the text ends too soon" : reason);
}

static void skip_space(scan *in)
{
    while (in->at != in->end &&
           (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r'))
        in->at++;
}

static bool next_is(scan *in, char byte)
{
    if (in->at == in->end || *in->at != byte)
        return false;
    in->at++;
    return true;
}

static bool begin_token(scan *in)
{
    return in->token++ == in->token_wanted ? fault_at(in, in->at, in->reason_wanted) : true;
}

/* ---- strings ---- */

static bool scan_hex(scan *in, unsigned *ret_unit)
{
    unsigned unit = 0;
    for (int i = 0; i < 4; i++, in->at++) {
        char c = in->at == in->end ? '\0' : *in->at;
        if (c >= '0' && c <= '9')
            unit = unit << 4 | (unsigned)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            unit = unit << 4 | (unsigned)((c | 0x20) - 'a' + 10);
        else
            return fault(in, "expected four hexadecimal digits after \\u");
    }
    *ret_unit = unit;
    return true;
}

/* Behind a backslash. A high surrogate must be followed by an escaped low one. */
static bool scan_escape(scan *in)
{
    const char *begin = in->at - 1;
    unsigned unit, low;

    if (in->at == in->end || strchr("\"\\/bfnrtu", *in->at) == NULL || *in->at == '\0')
        return fault(in, "not an escape that JSON knows");
    if (*in->at++ != 'u')
        return true;
    if (!scan_hex(in, &unit))
        return false;
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    if (unit >= 0xdc00 || in->end - in->at < 2 || in->at[0] != '\\' || in->at[1] != 'u')
        return fault_at(in, begin, "half of a surrogate pair");
    in->at += 2;
    if (!scan_hex(in, &low))
        return false;
    if (low < 0xdc00 || low > 0xdfff)
        return fault_at(in, begin, "half of a surrogate pair");
    return true;
}

static bool scan_string(scan *in)
{
    if (!begin_token(in))
        return false;
    in->at++;
    while (in->at != in->end && *in->at != '"') {
        size_t step;
        if ((unsigned char)*in->at < 0x20)
            return fault(in, "a control character inside of a string must be escaped");
        if (next_is(in, '\\')) {
            if (!scan_escape(in))
                return false;
            continue;
        }
        step = mn_utf8_step(in->at, in->end);
        if (step == 0)
            return fault(in, "not UTF-8");
        in->at += step;
    }
    return next_is(in, '"') ? true : fault(in, "");
}

/* ---- numbers ---- */

static bool scan_digits(scan *in)
{
    const char *begin = in->at;
    while (in->at != in->end && *in->at >= '0' && *in->at <= '9')
        in->at++;
    return in->at != begin ? true : fault(in, "expected a digit");
}

static bool int64_fits(const char *at, const char *end)
{
    bool negative = *at == '-';
    uint64_t limit = (uint64_t)INT64_MAX + negative, number = 0;
    for (at += negative; at != end; at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    return true;
}

static bool scan_number(scan *in)
{
    const char *begin = in->at;
    bool is_integer = true;

    if (!begin_token(in))
        return false;
    (void)next_is(in, '-');
    if (next_is(in, '0')) {
        if (in->at != in->end && *in->at >= '0' && *in->at <= '9')
            return fault(in, "a number does not begin with 0");
    } else if (!scan_digits(in)) {
        return false;
    }
    if (next_is(in, '.')) {
        is_integer = false;
        if (!scan_digits(in))
            return false;
    }
    if (next_is(in, 'e') || next_is(in, 'E')) {
        is_integer = false;
        if (!next_is(in, '+'))
            (void)next_is(in, '-');
        if (!scan_digits(in))
            return false;
    }
    if (is_integer)
        return int64_fits(begin, in->at)
                   ? true
                   : fault_at(in, begin, "the integer does not fit into 64 bits with a sign");
    return mn_double_fits(minos_view_make(begin, (size_t)(in->at - begin)))
               ? true
               : fault_at(in, begin, "the number is too large");
}

/* ---- structure ---- */

static bool scan_word(scan *in, const char *word)
{
    if (!begin_token(in))
        return false;
    for (; *word != '\0'; word++)
        if (!next_is(in, *word))
            return fault(in, "expected true, false, null, a number, a string, [ or {");
    return true;
}

static bool scan_list(scan *in)
{
    skip_space(in);
    if (next_is(in, ']'))
        return true;
    for (;;) {
        if (!scan_value(in))
            return false;
        skip_space(in);
        if (next_is(in, ']'))
            return true;
        if (!next_is(in, ','))
            return fault(in, "expected , or ] after an item");
    }
}

static bool scan_map(scan *in)
{
    skip_space(in);
    if (next_is(in, '}'))
        return true;
    for (;;) {
        skip_space(in);
        if (in->at == in->end || *in->at != '"')
            return fault(in, "expected a name in double quotes");
        if (!scan_string(in))
            return false;
        skip_space(in);
        if (!next_is(in, ':'))
            return fault(in, "expected : after a name");
        if (!scan_value(in))
            return false;
        skip_space(in);
        if (next_is(in, '}'))
            return true;
        if (!next_is(in, ','))
            return fault(in, "expected , or } after a value");
    }
}

static bool scan_container(scan *in, bool is_map)
{
    if (!begin_token(in))
        return false;
    if (++in->depth > MN_VALUE_DEPTH_MAX) {
        in->fault.is_limit = true;
        return fault_at(in, in->at, "nested too deep");
    }
    in->at++;
    if (!(is_map ? scan_map(in) : scan_list(in)))
        return false;
    in->depth--;
    return true;
}

static bool scan_value(scan *in)
{
    skip_space(in);
    if (in->at == in->end)
        return fault(in, "");
    switch (*in->at) {
    case '{':
        return scan_container(in, true);
    case '[':
        return scan_container(in, false);
    case '"':
        return scan_string(in);
    case 't':
        return scan_word(in, "true");
    case 'f':
        return scan_word(in, "false");
    case 'n':
        return scan_word(in, "null");
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return scan_number(in);
    default:
        return fault(in, "expected a value: true, false, null, a number, a string, [ or {");
    }
}

mn_json_fault mn_json_explain(minos_view text, size_t token, const char *reason)
{
    scan in = {.begin = text.data, .at = text.data, .token_wanted = token, .reason_wanted = reason};

    if (text.size == 0) {
        in.fault.reason = "the text is empty";
        return in.fault;
    }
    in.end = text.data + text.size;
    if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) {
        fault(&in, "a byte order mark is not allowed");
        return in.fault;
    }
    if (!scan_value(&in))
        return in.fault;
    skip_space(&in);
    if (in.at != in.end)
        fault(&in, "the text goes on behind its value");
    return in.fault;
}
